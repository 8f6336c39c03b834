//! A shelf: the smallest store there can be. It loads what keys name and writes what a diff says.

use std::collections::BTreeMap;

use crate::id::{CommandId, HoldId, LotId, PromotionOrderId};
use crate::ledger::{
    Account, AccountId, Diff, Escrow, Hold, Keys, Lease, LeaseId, LedgerGroup, Lot, PostedGroup, Transfer, View,
};

#[derive(Default)]
pub(super) struct Shelf {
    accounts: BTreeMap<AccountId, Account>,
    lots: BTreeMap<LotId, Lot>,
    holds: BTreeMap<HoldId, Hold>,
    escrows: BTreeMap<PromotionOrderId, Escrow>,
    leases: BTreeMap<LeaseId, Lease>,
    posted_groups: BTreeMap<CommandId, PostedGroup>,
    pub(super) transfers: Vec<Transfer>,
}

impl Shelf {
    /// A view of exactly the rows that this group needs.
    pub(super) fn load(&self, group: &LedgerGroup) -> View {
        let mut view = View::new();
        let mut keys: Keys = group.keys();
        pick(&self.escrows, &keys.escrows, |row| view.load_escrow(row));
        pick(&self.leases, &keys.leases, |row| view.load_lease(row));
        pick(&self.holds, &keys.holds, |row| view.load_hold(row));
        pick(&self.posted_groups, &keys.posted_groups, |row| view.load_posted_group(row));
        let of_sources = self.holds.values().filter(|hold| keys.sources.contains(&hold.order));
        of_sources.for_each(|hold| view.load_hold(*hold));
        keys.follow_holds(&view);
        pick(&self.lots, &keys.lots, |row| view.load_lot(row));
        keys.follow_lots(&view);
        pick(&self.accounts, &keys.accounts, |row| view.load_account(row));
        view
    }

    /// Writes the diff; a created row must be new and an updated row must be there.
    pub(super) fn write(&mut self, diff: Diff) {
        put(&mut self.accounts, diff.accounts.created, diff.accounts.updated, |row| row.id);
        put(&mut self.lots, diff.lots.created, diff.lots.updated, |row| row.id);
        put(&mut self.holds, diff.holds.created, diff.holds.updated, |row| row.id);
        put(&mut self.escrows, diff.escrows.created, diff.escrows.updated, |row| row.order);
        put(&mut self.leases, diff.leases.created, diff.leases.updated, |row| row.id);
        put(&mut self.posted_groups, diff.posted_groups.created, diff.posted_groups.updated, |row| row.id);
        self.transfers.extend(diff.transfers);
    }

    /// A view of everything.
    pub(super) fn all(&self) -> View {
        let mut view = View::new();
        self.accounts.values().for_each(|row| view.load_account(*row));
        self.lots.values().for_each(|row| view.load_lot(*row));
        self.holds.values().for_each(|row| view.load_hold(*row));
        self.escrows.values().for_each(|row| view.load_escrow(*row));
        self.leases.values().for_each(|row| view.load_lease(*row));
        self.posted_groups.values().for_each(|row| view.load_posted_group(row.clone()));
        view
    }
}

fn pick<K: Ord, R: Clone>(rows: &BTreeMap<K, R>, keys: &[K], mut load: impl FnMut(R)) {
    assert!(keys.windows(2).all(|pair| pair[0] < pair[1]), "keys come in order, each once");
    keys.iter().filter_map(|key| rows.get(key)).for_each(|row| load(row.clone()));
}

fn put<K: Ord, R>(rows: &mut BTreeMap<K, R>, created: Vec<R>, updated: Vec<R>, key: impl Fn(&R) -> K) {
    for row in created {
        assert!(rows.insert(key(&row), row).is_none(), "a created row is new");
    }
    for row in updated {
        assert!(rows.insert(key(&row), row).is_some(), "an updated row is there");
    }
}
