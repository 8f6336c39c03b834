//! The log applied again, from nothing: what proves the rows, and what tells of accounts without history.

use tuiliu_domain::id::CommandId;
use tuiliu_domain::ledger::invariants::{Broken, INVARIANTS};
use tuiliu_domain::ledger::{
    AccountId, IdMap, LedgerCommand, LedgerGroup, PostedGroup, Posting, Remembered, Transfer, View, apply,
};
use tuiliu_domain::money::Amount;
use tuiliu_domain::time::Timestamp;

use super::codec::{self, Malformed};
use super::load::postings_of;
use super::session::Head;
use super::write::chain;
use crate::error::StoreError;
use crate::statement::statements;
use crate::tx::Tx;

statements! {
    BATCHES_AFTER: "select seq, at, hash, body from ledger_batch where seq > $1 order by seq limit $2";
}

/// Batches read from the database at once.
const BATCHES_AT_ONCE: u32 = 16;

/// One batch as it is stored, read as far as it can be.
pub(super) struct StoredBatch {
    pub(super) seq: i64,
    at: Timestamp,
    hash: [u8; 32],
    body: Vec<u8>,
    log: Result<Vec<Remembered>, Malformed>,
    /// The groups of earlier batches that it names to be reversed.
    originals: Vec<(CommandId, Vec<Posting>)>,
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
    /// Groups of posts that were reversed, and by which. Others are not kept: there are as many as there were posts.
    pub(super) reversed: IdMap<CommandId, CommandId>,
}

/// The first of nothing: no batch, no time, no hash.
pub(super) const BEGINNING: Head = Head { seq: 0, at: Timestamp::from_ms(i64::MIN), hash: [0; 32], largest: None };

impl Replay {
    pub(super) fn new() -> Self {
        Self { view: View::new(), head: BEGINNING, reversed: IdMap::default() }
    }

    /// Applies the next batch and checks everything that the log says of itself: numbers, chain, time, outcomes.
    pub(super) fn next(&mut self, batch: StoredBatch) -> Result<Replayed, Broken> {
        let StoredBatch { seq, at, hash, body, log, originals } = batch;
        if seq != self.head.seq + 1 {
            return Err(broken(19, format!("batch {seq} follows batch {}", self.head.seq)));
        }
        if hash != chain(&self.head, seq, at.ms(), &body) {
            return Err(broken(19, format!("the hash of batch {seq} is not that of its content")));
        }
        if at < self.head.at {
            return Err(broken(26, format!("batch {seq} is earlier than the one before")));
        }
        let log = log.map_err(|reason| broken(19, format!("batch {seq} cannot be read: {reason}")))?;
        if log.first().is_none_or(|first| first.applied_at < self.head.at) {
            return Err(broken(26, format!("batch {seq} is empty or begins before the one before ends")));
        }
        self.apply_again(seq, &log, originals)?;
        let transfers = place(&log, self.view.take_diff().transfers);
        self.view.forget_posted_groups();
        self.head = Head { seq, at, hash, largest: None };
        Ok(Replayed { seq, log, transfers })
    }

    fn apply_again(
        &mut self,
        seq: i64,
        log: &[Remembered],
        originals: Vec<(CommandId, Vec<Posting>)>,
    ) -> Result<(), Broken> {
        for (id, postings) in originals {
            let reversed_by = self.reversed.get(&id).copied();
            self.view.load_posted_group(PostedGroup { id, postings, reversed_by });
        }
        for (position, Remembered { group, applied_at, result }) in log.iter().enumerate() {
            let again = apply(&mut self.view, group, *applied_at);
            if again != *result {
                let id = group.id;
                let detail =
                    format!("`{id}` (batch {seq}, {position}) answered {result:?}, again it answers {again:?}");
                return Err(broken(23, detail));
            }
            if result.is_ok() {
                self.reversed.extend(reversals(group).map(|original| (original, group.id)));
            }
        }
        Ok(())
    }
}

/// The groups that this one names to be reversed.
fn reversals(group: &LedgerGroup) -> impl Iterator<Item = CommandId> {
    group.commands.iter().filter_map(|command| match command {
        LedgerCommand::Reverse { command } => Some(*command),
        _ => None,
    })
}

/// Each transfer with the position of its group; both are in order.
fn place(log: &[Remembered], transfers: Vec<Transfer>) -> Vec<(usize, Transfer)> {
    let mut position = 0;
    let mut placed = Vec::with_capacity(transfers.len());
    for transfer in transfers {
        while log.get(position).is_some_and(|group| group.group.id != transfer.command) {
            position += 1;
        }
        placed.push((position, transfer));
    }
    placed
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
        let mut batches = Vec::new();
        for row in self.query(BATCHES_AFTER, &[seq.into(), BATCHES_AT_ONCE.into()])? {
            let (seq, at, body): (i64, Timestamp, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(3)?);
            let log = codec::decode(&body, at);
            let originals = self.originals_of(seq, log.as_deref().unwrap_or_default())?;
            batches.push(StoredBatch { seq, at, hash: row.get(2)?, body, log, originals });
        }
        Ok(batches)
    }

    /// What the groups posted that a batch names to be reversed, as far as they are of earlier batches.
    fn originals_of(&mut self, seq: i64, log: &[Remembered]) -> Result<Vec<(CommandId, Vec<Posting>)>, StoreError> {
        let ids: Vec<CommandId> = log.iter().flat_map(|remembered| reversals(&remembered.group)).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut places = self.places_of(&ids)?;
        places.retain(|(_, place)| place.batch < seq);
        let found = self.remembered(places)?;
        Ok(found.iter().filter_map(|(id, remembered)| Some((*id, postings_of(remembered)?))).collect())
    }

    /// Applies the whole log again, until `each` says to stop.
    pub(super) fn replay(&mut self, mut each: impl FnMut(Replayed) -> bool) -> Result<(), StoreError> {
        let mut replay = Replay::new();
        loop {
            let batches = self.batches_after(replay.head.seq)?;
            if batches.is_empty() {
                return Ok(());
            }
            for batch in batches {
                let replayed = replay.next(batch).map_err(|broken| StoreError::inconsistent("ledger_batch", broken))?;
                if !each(replayed) {
                    return Ok(());
                }
            }
        }
    }
}
