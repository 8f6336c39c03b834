//! The log applied again, from nothing: what proves the rows, and what tells of accounts without history.

use tuiliu_domain::ledger::invariants::{Broken, INVARIANTS};
use tuiliu_domain::ledger::{AccountId, Diff, Remembered, Transfer, View, apply};
use tuiliu_domain::money::Amount;
use tuiliu_domain::time::Timestamp;

use super::codec;
use super::session::Head;
use super::write::chain;
use crate::error::StoreError;
use crate::statement::statements;
use crate::tx::Tx;

statements! {
    BATCHES_AFTER: "select seq, at, hash, body from ledger_batch where seq > $1 order by seq limit $2";
}

/// Batches read from the database at once.
const BATCHES_AT_ONCE: u32 = 32;

/// One batch as it is stored.
pub(super) struct StoredBatch {
    pub(super) seq: i64,
    at: Timestamp,
    hash: [u8; 32],
    body: Vec<u8>,
}

/// One batch, applied again.
pub(super) struct Replayed {
    pub(super) seq: i64,
    pub(super) log: Vec<Remembered>,
    /// In order, each with the position of its group.
    pub(super) transfers: Vec<(usize, Transfer)>,
}

/// The state of the ledger after some batches, made by nothing but the log.
pub(super) struct Replay {
    pub(super) view: View,
    pub(super) head: Head,
}

/// The first of nothing: no batch, no time, no hash.
pub(super) const BEGINNING: Head = Head { seq: 0, at: Timestamp::from_ms(i64::MIN), hash: [0; 32], largest: None };

impl Replay {
    pub(super) fn new() -> Self {
        Self { view: View::new(), head: BEGINNING }
    }

    /// Applies the next batch and checks everything that the log says of itself: numbers, chain, time, outcomes.
    pub(super) fn next(&mut self, batch: &StoredBatch) -> Result<Replayed, Broken> {
        let StoredBatch { seq, at, hash, body } = batch;
        if *seq != self.head.seq + 1 {
            return Err(broken(19, format!("batch {seq} follows batch {}", self.head.seq)));
        }
        if *hash != chain(&self.head, *seq, at.ms(), body) {
            return Err(broken(19, format!("the hash of batch {seq} is not that of its content")));
        }
        if *at < self.head.at {
            return Err(broken(26, format!("batch {seq} is earlier than the one before")));
        }
        let log =
            codec::decode(body, *at).map_err(|reason| broken(19, format!("batch {seq} cannot be read: {reason}")))?;
        if log.first().is_none_or(|first| first.applied_at < self.head.at) {
            return Err(broken(26, format!("batch {seq} is empty or begins before the one before ends")));
        }
        for (position, Remembered { group, applied_at, result }) in log.iter().enumerate() {
            let again = apply(&mut self.view, group, *applied_at);
            if again != *result {
                let id = group.id;
                let detail =
                    format!("`{id}` (batch {seq}, {position}) answered {result:?}, again it answers {again:?}");
                return Err(broken(23, detail));
            }
        }
        let Diff { transfers, .. } = self.view.take_diff();
        let mut position = 0;
        let mut placed = Vec::with_capacity(transfers.len());
        for transfer in transfers {
            while log.get(position).is_some_and(|group| group.group.id != transfer.command) {
                position += 1;
            }
            placed.push((position, transfer));
        }
        self.head = Head { seq: *seq, at: *at, hash: *hash, largest: None };
        Ok(Replayed { seq: *seq, log, transfers: placed })
    }
}

/// The two sides of a transfer: account, what came in or (negative) went out, balance afterwards. None when value
/// only went from lot to lot in one account: no balance changes by a split or a remainder.
pub(super) fn sides(transfer: &Transfer) -> Option<[(AccountId, Amount, Amount); 2]> {
    let taken = Amount::new(-transfer.amount.units());
    let sides =
        [(transfer.debit, taken, transfer.debit_after), (transfer.credit, transfer.amount, transfer.credit_after)];
    (transfer.debit != transfer.credit).then_some(sides)
}

/// The invariant of this number, broken.
pub(super) fn broken(number: u8, detail: String) -> Broken {
    let name = INVARIANTS.iter().find(|invariant| invariant.number == number).map_or("", |invariant| invariant.name);
    Broken { number, name, detail }
}

impl Tx<'_> {
    /// The next batches of the log, as they are stored.
    pub(super) fn batches_after(&mut self, seq: i64) -> Result<Vec<StoredBatch>, StoreError> {
        let rows = self.query(BATCHES_AFTER, &[seq.into(), BATCHES_AT_ONCE.into()])?;
        let read = |row: &crate::row::Row| {
            Ok(StoredBatch { seq: row.get(0)?, at: row.get(1)?, hash: row.get(2)?, body: row.get(3)? })
        };
        rows.iter().map(read).collect()
    }

    /// Applies the whole log again, until `each` says to stop.
    pub(super) fn replay(&mut self, mut each: impl FnMut(Replayed) -> bool) -> Result<(), StoreError> {
        let mut replay = Replay::new();
        loop {
            let batches = self.batches_after(replay.head.seq)?;
            if batches.is_empty() {
                return Ok(());
            }
            for batch in &batches {
                let replayed = replay.next(batch).map_err(|broken| StoreError::inconsistent("ledger_batch", broken))?;
                if !each(replayed) {
                    return Ok(());
                }
            }
        }
    }
}
