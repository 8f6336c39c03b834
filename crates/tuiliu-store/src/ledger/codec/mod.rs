//! The canonical bytes of a batch: groups with their outcomes, as the log keeps them and the chain hashes them.
//!
//! One byte of version; how many groups; how much earlier than the batch's own time the first was applied; then
//! each group: id, time since the one before, commands, outcome. The same groups always give the same bytes.

mod bytes;
mod command;
mod outcome;

use tuiliu_domain::id::CommandId;
use tuiliu_domain::ledger::{LedgerGroup, Remembered};
use tuiliu_domain::time::Timestamp;

use bytes::{Decoder, Encoder};

pub(crate) use bytes::Malformed;

const VERSION: u8 = 1;

/// The bytes of groups in the order in which they were applied; the batch's time is that of the last.
pub(crate) fn encode(log: &[Remembered]) -> Vec<u8> {
    let mut to = Encoder::default();
    to.byte(VERSION);
    to.number(u64::try_from(log.len()).expect("a length fits 64 bits"));
    let first = log.first().map_or(Timestamp::default(), |group| group.applied_at);
    let last = log.last().map_or(first, |group| group.applied_at);
    to.number(span_ms(first, last));
    let mut before = first;
    for Remembered { group, applied_at, result } in log {
        to.raw_word(group.id.value());
        to.number(span_ms(before, *applied_at));
        before = *applied_at;
        to.number(u64::try_from(group.commands.len()).expect("a length fits 64 bits"));
        for command in &group.commands {
            command::encode(&mut to, command, *applied_at);
        }
        outcome::encode(&mut to, result);
    }
    to.out
}

/// The groups in these bytes, given the batch's time.
pub(crate) fn decode(body: &[u8], at: Timestamp) -> Result<Vec<Remembered>, Malformed> {
    let mut from = Decoder::new(body);
    if from.byte()? != VERSION {
        return Err("a version that is not known");
    }
    let groups = from.count()?;
    let mut log = Vec::with_capacity(groups);
    let first = earlier(at, from.number()?)?;
    let mut applied_at = first;
    for _ in 0..groups {
        let id = CommandId::new(from.raw_word()?);
        applied_at = later(applied_at, from.number()?)?;
        let count = from.count()?;
        let mut commands = Vec::with_capacity(count);
        for _ in 0..count {
            commands.push(command::decode(&mut from, applied_at)?);
        }
        let result = outcome::decode(&mut from, count)?;
        log.push(Remembered { group: LedgerGroup { id, commands }, applied_at, result });
    }
    if !from.is_at_end() {
        return Err("bytes after the last group");
    }
    if applied_at != at {
        return Err("groups that end at another time than their batch");
    }
    if log.first().is_some_and(|group| group.applied_at != first) {
        return Err("groups that begin at another time than stated");
    }
    Ok(log)
}

/// Milliseconds from one instant to a later one. The whole range of time fits.
fn span_ms(from: Timestamp, to: Timestamp) -> u64 {
    assert!(from <= to, "time never goes back in the log");
    to.ms().abs_diff(from.ms())
}

fn later(from: Timestamp, ms: u64) -> Result<Timestamp, Malformed> {
    from.ms().checked_add_unsigned(ms).map(Timestamp::from_ms).ok_or("a time beyond the end of time")
}

fn earlier(from: Timestamp, ms: u64) -> Result<Timestamp, Malformed> {
    from.ms().checked_sub_unsigned(ms).map(Timestamp::from_ms).ok_or("a time before the beginning of time")
}

#[cfg(test)]
mod tests;
