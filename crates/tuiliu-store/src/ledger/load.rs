//! Loading: the rows that groups touch, each read once.

use std::collections::HashMap;

use tuiliu_domain::id::{CommandId, LotId, PromotionOrderId};
use tuiliu_domain::ledger::{AccountId, Keys, LeaseId, LedgerCommand, LedgerGroup, PostedGroup, Posting, Remembered};

use super::codec;
use super::replay::BEGINNING;
use super::rows::{
    self, account_columns, epoch_to_stored, escrow_columns, hold_columns, lease_columns, lot_columns, pack,
};
use super::session::{Head, Place};
use crate::error::StoreError;
use crate::statement::statements;
use crate::tx::Tx;
use crate::value::Value;

statements! {
    LOCK: "select value from counter where name = 'ledger' /*lock*/";
    HEAD: "select at, hash from ledger_batch where seq = $1";
    LARGEST: "select id from ledger_command order by id desc limit 1";
    COMMAND: "select id, batch, position from ledger_command where id = $1";
    BATCH: "select at, body from ledger_batch where seq = $1";
    ACCOUNT: concat!("select ", account_columns!(), " from ledger_account where account = $1");
    LOT: concat!("select ", lot_columns!(), " from ledger_lot where id = $1");
    HOLD: concat!("select ", hold_columns!(), " from ledger_hold where id = $1");
    HOLDS_OF: concat!("select ", hold_columns!(), " from ledger_hold where order_id = $1");
    ESCROW: concat!("select ", escrow_columns!(), " from ledger_escrow where order_id = $1");
    LEASE: concat!(
        "select ", lease_columns!(), " from ledger_lease where order_id = $1 and node = $2 and epoch = $3"
    );
    REVERSAL: "select id, reversed_by from ledger_reversal where id = $1";
}

impl Tx<'_> {
    /// Locks the ledger and makes sure that the session's rows are those of the database.
    ///
    /// The lock is one row, taken before anything is read: whoever holds it is the only one who moves value, so rows
    /// need no locks of their own, cannot deadlock, and stay right from batch to batch as long as the head stays.
    pub(super) fn lock_ledger(&mut self) -> Result<(), StoreError> {
        if self.ledger.locked || self.only_reads() {
            return Ok(());
        }
        let row = self.query_one(LOCK, &[])?;
        let seq: i64 = row.ok_or_else(|| StoreError::inconsistent("counter", "no counter `ledger`"))?.get(0)?;
        self.ledger.locked = true;
        if self.ledger.head.is_some_and(|head| head.seq == seq) {
            return Ok(());
        }
        self.note_ledger_written();
        self.ledger.forget_rows();
        let largest = self.query_one(LARGEST, &[])?.map(|row| row.get(0)).transpose()?;
        let head = match self.query_one(HEAD, &[seq.into()])? {
            Some(row) => Head { seq, at: row.get(0)?, hash: row.get(1)?, largest },
            None if seq == 0 => Head { largest, ..BEGINNING },
            None => return Err(StoreError::inconsistent("ledger_batch", format!("no batch `{seq}`"))),
        };
        self.ledger.head = Some(head);
        Ok(())
    }

    /// Where these ids stand in the log, as far as they were given before this transaction.
    pub(super) fn places_of(&mut self, ids: &[CommandId]) -> Result<Vec<(CommandId, Place)>, StoreError> {
        let largest = self.ledger.head.map(|head| head.largest);
        let known = |id: &&CommandId| largest.is_none_or(|largest| largest.is_some_and(|largest| **id <= largest));
        let ids: Vec<[Value<'_>; 1]> = ids.iter().filter(known).map(|id| [(*id).into()]).collect();
        let found = self.query_many(COMMAND, &ids)?;
        found.iter().map(|row| Ok((row.get(0)?, Place { batch: row.get(1)?, position: row.get(2)? }))).collect()
    }

    /// The groups of one batch, with their outcomes.
    pub(super) fn batch(&mut self, seq: i64) -> Result<Vec<Remembered>, StoreError> {
        let row = self.query_one(BATCH, &[seq.into()])?;
        let row = row.ok_or_else(|| StoreError::inconsistent("ledger_batch", format!("no batch `{seq}`")))?;
        let body: Vec<u8> = row.get(1)?;
        codec::decode(&body, row.get(0)?)
            .map_err(|reason| StoreError::inconsistent(format!("ledger_batch {seq}"), reason))
    }

    /// What is remembered of groups that were given before this transaction; each batch is read once.
    pub(super) fn remembered(
        &mut self,
        mut places: Vec<(CommandId, Place)>,
    ) -> Result<HashMap<CommandId, Remembered>, StoreError> {
        places.sort_unstable_by_key(|(_, place)| *place);
        let mut found = HashMap::with_capacity(places.len());
        for in_one in places.chunk_by(|(_, one), (_, other)| one.batch == other.batch) {
            let Some((_, Place { batch, .. })) = in_one.first() else { continue };
            let mut groups: Vec<Option<Remembered>> = self.batch(*batch)?.into_iter().map(Some).collect();
            for (id, place) in in_one {
                let group = groups.get_mut(place.position).and_then(Option::take);
                let group = group.filter(|group| group.group.id == *id).ok_or_else(|| {
                    StoreError::inconsistent("ledger_command", format!("`{id}` is not where it should be"))
                })?;
                found.insert(*id, group);
            }
        }
        Ok(found)
    }

    /// What one group asked for and what became of it, if it was ever given.
    pub fn ledger_group(&mut self, id: CommandId) -> Result<Option<Remembered>, StoreError> {
        self.lock_ledger()?;
        let places = self.places_of(&[id])?;
        Ok(self.remembered(places)?.remove(&id))
    }

    /// Loads what these groups touch and whether their ids were given before, in as few steps as there can be.
    pub(crate) fn preload_ledger<'a>(
        &mut self,
        groups: impl Iterator<Item = &'a LedgerGroup> + Clone,
    ) -> Result<(), StoreError> {
        self.lock_ledger()?;
        let ids: Vec<CommandId> = groups.clone().map(|group| group.id).collect();
        self.ledger.seen = self.places_of(&ids)?.into_iter().collect();
        let mut keys = Keys::default();
        for group in groups {
            if !self.ledger.seen.contains_key(&group.id) {
                keys.add(group);
            }
        }
        keys.sort();
        self.load_keys(keys)?;
        self.ledger.preloaded = true;
        Ok(())
    }

    /// Loads the rows that are not at hand yet.
    pub(super) fn load_keys(&mut self, mut keys: Keys) -> Result<(), StoreError> {
        self.load_escrows(&keys.escrows)?;
        self.load_leases(&keys.leases)?;
        self.load_holds(&keys)?;
        self.load_sources(&keys.sources)?;
        self.load_posted_groups(&keys.posted_groups)?;
        keys.follow_holds(&self.ledger.view);
        self.load_lots(&keys.lots)?;
        keys.follow_lots(&self.ledger.view);
        self.load_accounts(&keys.accounts)
    }

    pub(super) fn load_accounts(&mut self, ids: &[AccountId]) -> Result<(), StoreError> {
        let missing = ids.iter().filter(|id| self.ledger.view.account(**id).is_none());
        let missing: Vec<[Value<'_>; 1]> = missing.map(|id| [Value::Account(pack(*id))]).collect();
        for row in self.query_many(ACCOUNT, &missing)? {
            let (account, entries) = rows::account(&row)?;
            self.ledger.view.load_account(account);
            if entries > 0 {
                self.ledger.entry_counts.insert(account.id, entries);
            }
            self.ledger.rows += 1;
        }
        Ok(())
    }

    pub(super) fn load_lots(&mut self, ids: &[LotId]) -> Result<(), StoreError> {
        let missing = ids.iter().filter(|id| self.ledger.view.lot(**id).is_none());
        let missing: Vec<[Value<'_>; 1]> = missing.map(|id| [(*id).into()]).collect();
        for row in self.query_many(LOT, &missing)? {
            self.ledger.view.load_lot(rows::lot(&row)?);
            self.ledger.rows += 1;
        }
        Ok(())
    }

    pub(super) fn load_escrows(&mut self, orders: &[PromotionOrderId]) -> Result<(), StoreError> {
        let missing = orders.iter().filter(|order| self.ledger.view.escrow(**order).is_none());
        let missing: Vec<[Value<'_>; 1]> = missing.map(|order| [(*order).into()]).collect();
        for row in self.query_many(ESCROW, &missing)? {
            self.ledger.view.load_escrow(rows::escrow(&row)?);
            self.ledger.rows += 1;
        }
        Ok(())
    }

    fn load_leases(&mut self, ids: &[LeaseId]) -> Result<(), StoreError> {
        let missing = ids.iter().filter(|id| self.ledger.view.lease(**id).is_none());
        let missing: Vec<[Value<'_>; 3]> = missing
            .map(|LeaseId { order, node, epoch }| [(*order).into(), (*node).into(), epoch_to_stored(*epoch).into()])
            .collect();
        for row in self.query_many(LEASE, &missing)? {
            self.ledger.view.load_lease(rows::lease(&row)?);
            self.ledger.rows += 1;
        }
        Ok(())
    }

    fn load_holds(&mut self, keys: &Keys) -> Result<(), StoreError> {
        let missing = keys.holds.iter().filter(|id| self.ledger.view.hold(**id).is_none());
        let missing: Vec<[Value<'_>; 1]> = missing.map(|id| [(*id).into()]).collect();
        for row in self.query_many(HOLD, &missing)? {
            self.ledger.view.load_hold(rows::hold(&row)?);
            self.ledger.rows += 1;
        }
        Ok(())
    }

    /// All holds of orders; the escrow tells how many there are.
    pub(super) fn load_sources(&mut self, orders: &[PromotionOrderId]) -> Result<(), StoreError> {
        let view = &self.ledger.view;
        let incomplete = orders.iter().filter(|order| {
            let holds = view.escrow(**order).map_or(0, |escrow| escrow.holds);
            (0..holds).any(|place| view.hold_at(**order, place).is_none())
        });
        let incomplete: Vec<[Value<'_>; 1]> = incomplete.map(|order| [(*order).into()]).collect();
        for row in self.query_many(HOLDS_OF, &incomplete)? {
            self.ledger.view.load_hold(rows::hold(&row)?);
            self.ledger.rows += 1;
        }
        Ok(())
    }

    /// Accepted groups of posts are read from the log; whether they were reversed is a row of its own.
    fn load_posted_groups(&mut self, ids: &[CommandId]) -> Result<(), StoreError> {
        let missing = ids.iter().filter(|id| self.ledger.view.posted_group(**id).is_none());
        let missing: Vec<CommandId> = missing.copied().collect();
        if missing.is_empty() {
            return Ok(());
        }
        let places = self.places_of(&missing)?;
        let mut posted = Vec::new();
        for (id, remembered) in self.remembered(places)? {
            posted.push((id, postings_of(&remembered)));
        }
        // Of this transaction: here when the rows were forgotten since.
        for id in &missing {
            let position = self.ledger.positions.get(id);
            let remembered = position.and_then(|position| self.ledger.log.get(*position));
            posted.extend(remembered.map(|remembered| (*id, postings_of(remembered))));
        }
        let rows: Vec<[Value<'_>; 1]> = missing.iter().map(|id| [(*id).into()]).collect();
        let mut reversed: HashMap<CommandId, CommandId> = HashMap::new();
        for row in self.query_many(REVERSAL, &rows)? {
            reversed.insert(row.get(0)?, row.get(1)?);
        }
        for (id, postings) in posted {
            if let Some(postings) = postings {
                let reversed_by = reversed.get(&id).copied();
                self.ledger.view.load_posted_group(PostedGroup { id, postings, reversed_by });
            }
        }
        Ok(())
    }
}

/// What an accepted group of posts moved; `None` for every other group.
pub(super) fn postings_of(remembered: &Remembered) -> Option<Vec<Posting>> {
    if remembered.result.is_err() {
        return None;
    }
    let posting = |command: &LedgerCommand| match *command {
        LedgerCommand::Post { debit, credit, amount } => Some(Posting { debit, credit, amount }),
        _ => None,
    };
    remembered.group.commands.iter().map(posting).collect()
}
