//! The view: the rows that commands touch, and what they did to them.

use super::account::{Account, AccountId};
use super::escrow::{Escrow, Hold, Lease, LeaseId};
use super::lot::Lot;
use super::table::{Changes, IdMap, Table};
use super::transfer::{PostedGroup, Transfer};
use crate::id::{CommandId, HoldId, LotId, PromotionOrderId};

/// The rows that some groups of commands touch. A row that is not here does not exist.
///
/// The store loads what [`Keys`](super::Keys) name, [`apply`](super::apply()) changes the rows, and
/// [`take_diff`](Self::take_diff) tells what to write.
#[derive(Debug, Clone, Default)]
pub struct View {
    accounts: Table<AccountId, Account>,
    lots: Table<LotId, Lot>,
    holds: Table<HoldId, Hold>,
    places: IdMap<(PromotionOrderId, u32), HoldId>,
    escrows: Table<PromotionOrderId, Escrow>,
    leases: Table<LeaseId, Lease>,
    posted_groups: Table<CommandId, PostedGroup>,
    transfers: Vec<Transfer>,
    diffs_taken: u64,
}

/// What is to be written: each changed row once, and every transfer in order.
#[must_use]
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Diff {
    pub accounts: Changes<Account>,
    pub lots: Changes<Lot>,
    pub holds: Changes<Hold>,
    pub escrows: Changes<Escrow>,
    pub leases: Changes<Lease>,
    /// Created: groups that can be reversed. Updated: groups that were reversed.
    pub posted_groups: Changes<PostedGroup>,
    pub transfers: Vec<Transfer>,
}

impl Diff {
    /// Whether there is nothing to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty()
            && self.lots.is_empty()
            && self.holds.is_empty()
            && self.escrows.is_empty()
            && self.leases.is_empty()
            && self.posted_groups.is_empty()
            && self.transfers.is_empty()
    }
}

/// A moment to which a view can be taken back, until its next diff is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Savepoint {
    accounts: usize,
    lots: usize,
    holds: usize,
    escrows: usize,
    leases: usize,
    posted_groups: usize,
    transfers: usize,
    diffs_taken: u64,
}

/// Loading: stored rows come in without counting as changes; a row that is here already stays as it is.
impl View {
    /// A view without rows.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in a stored account.
    pub fn load_account(&mut self, account: Account) {
        self.accounts.load(account.id, account);
    }

    /// Takes in a stored lot.
    pub fn load_lot(&mut self, lot: Lot) {
        self.lots.load(lot.id, lot);
    }

    /// Takes in a stored hold.
    pub fn load_hold(&mut self, hold: Hold) {
        self.places.insert((hold.order, hold.place), hold.id);
        self.holds.load(hold.id, hold);
    }

    /// Takes in a stored escrow.
    pub fn load_escrow(&mut self, escrow: Escrow) {
        self.escrows.load(escrow.order, escrow);
    }

    /// Takes in a stored lease.
    pub fn load_lease(&mut self, lease: Lease) {
        self.leases.load(lease.id, lease);
    }

    /// Takes in an accepted group that consisted of posts only.
    pub fn load_posted_group(&mut self, group: PostedGroup) {
        self.posted_groups.load(group.id, group);
    }
}

/// Reading.
impl View {
    #[must_use]
    pub fn account(&self, id: AccountId) -> Option<&Account> {
        self.accounts.get(&id)
    }

    #[must_use]
    pub fn lot(&self, id: LotId) -> Option<&Lot> {
        self.lots.get(&id)
    }

    #[must_use]
    pub fn hold(&self, id: HoldId) -> Option<&Hold> {
        self.holds.get(&id)
    }

    /// The hold in this place of an order's order of use.
    #[must_use]
    pub fn hold_at(&self, order: PromotionOrderId, place: u32) -> Option<&Hold> {
        self.holds.get(self.places.get(&(order, place))?)
    }

    /// The holds of an order in the order of use, as far as they are here.
    pub fn holds_of(&self, order: PromotionOrderId) -> impl Iterator<Item = &Hold> {
        (0..).map_while(move |place| self.hold_at(order, place))
    }

    #[must_use]
    pub fn escrow(&self, order: PromotionOrderId) -> Option<&Escrow> {
        self.escrows.get(&order)
    }

    #[must_use]
    pub fn lease(&self, id: LeaseId) -> Option<&Lease> {
        self.leases.get(&id)
    }

    #[must_use]
    pub fn posted_group(&self, id: CommandId) -> Option<&PostedGroup> {
        self.posted_groups.get(&id)
    }

    /// All accounts that are here, in no order.
    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.accounts.rows()
    }

    /// All lots that are here, in no order.
    pub fn lots(&self) -> impl Iterator<Item = &Lot> {
        self.lots.rows()
    }

    /// All holds that are here, in no order.
    pub fn holds(&self) -> impl Iterator<Item = &Hold> {
        self.holds.rows()
    }

    /// All escrows that are here, in no order.
    pub fn escrows(&self) -> impl Iterator<Item = &Escrow> {
        self.escrows.rows()
    }

    /// All leases that are here, in no order.
    pub fn leases(&self) -> impl Iterator<Item = &Lease> {
        self.leases.rows()
    }

    /// All groups of posts that are here, in no order.
    pub fn posted_groups(&self) -> impl Iterator<Item = &PostedGroup> {
        self.posted_groups.rows()
    }
}

/// Writing: what changed, and taking it back.
impl View {
    /// This moment, to come back to.
    #[must_use]
    pub fn savepoint(&self) -> Savepoint {
        Savepoint {
            accounts: self.accounts.mark(),
            lots: self.lots.mark(),
            holds: self.holds.mark(),
            escrows: self.escrows.mark(),
            leases: self.leases.mark(),
            posted_groups: self.posted_groups.mark(),
            transfers: self.transfers.len(),
            diffs_taken: self.diffs_taken,
        }
    }

    /// Takes back everything since the savepoint; loaded rows stay.
    ///
    /// # Panics
    /// When the diff was taken or the view cleared after the savepoint: what was written cannot be taken back here.
    pub fn roll_back(&mut self, savepoint: Savepoint) {
        assert_eq!(savepoint.diffs_taken, self.diffs_taken, "a savepoint ends when the diff is taken");
        self.accounts.roll_back(savepoint.accounts, |_| {});
        self.lots.roll_back(savepoint.lots, |_| {});
        let places = &mut self.places;
        self.holds.roll_back(savepoint.holds, |hold| {
            places.remove(&(hold.order, hold.place));
        });
        self.escrows.roll_back(savepoint.escrows, |_| {});
        self.leases.roll_back(savepoint.leases, |_| {});
        self.posted_groups.roll_back(savepoint.posted_groups, |_| {});
        self.transfers.truncate(savepoint.transfers);
    }

    /// What changed since the last diff; from now on it counts as stored.
    pub fn take_diff(&mut self) -> Diff {
        self.diffs_taken += 1;
        Diff {
            accounts: self.accounts.take_changes(),
            lots: self.lots.take_changes(),
            holds: self.holds.take_changes(),
            escrows: self.escrows.take_changes(),
            leases: self.leases.take_changes(),
            posted_groups: self.posted_groups.take_changes(),
            transfers: {
                // The next diff is often as large as this one.
                let room = Vec::with_capacity(self.transfers.len());
                std::mem::replace(&mut self.transfers, room)
            },
        }
    }

    /// Forgets every row and every change; keeps the memory for the next batch.
    pub fn clear(&mut self) {
        self.diffs_taken += 1;
        self.accounts.clear();
        self.lots.clear();
        self.holds.clear();
        self.places.clear();
        self.escrows.clear();
        self.leases.clear();
        self.posted_groups.clear();
        self.transfers.clear();
    }

    /// Forgets every group of posts; those that are reversed later are loaded again.
    ///
    /// # Panics
    /// When one of them was created or changed after the last diff: it would be lost.
    pub fn forget_posted_groups(&mut self) {
        assert_eq!(self.posted_groups.mark(), 0, "what changed is written before it is forgotten");
        self.posted_groups.clear();
    }

    /// The account, to be changed; an account comes into being when it is first touched.
    pub(super) fn change_account(&mut self, id: AccountId) -> &mut Account {
        self.accounts.change_or_create(id, || Account::empty(id))
    }

    pub(super) fn change_lot(&mut self, id: LotId) -> Option<&mut Lot> {
        self.lots.change(id)
    }

    pub(super) fn change_hold(&mut self, id: HoldId) -> Option<&mut Hold> {
        self.holds.change(id)
    }

    pub(super) fn change_escrow(&mut self, order: PromotionOrderId) -> Option<&mut Escrow> {
        self.escrows.change(order)
    }

    pub(super) fn change_lease(&mut self, id: LeaseId) -> Option<&mut Lease> {
        self.leases.change(id)
    }

    pub(super) fn change_posted_group(&mut self, id: CommandId) -> Option<&mut PostedGroup> {
        self.posted_groups.change(id)
    }

    #[must_use]
    pub(super) fn create_lot(&mut self, lot: Lot) -> bool {
        self.lots.create(lot.id, lot)
    }

    #[must_use]
    pub(super) fn create_hold(&mut self, hold: Hold) -> bool {
        let created = self.holds.create(hold.id, hold);
        if created {
            self.places.insert((hold.order, hold.place), hold.id);
        }
        created
    }

    #[must_use]
    pub(super) fn create_escrow(&mut self, escrow: Escrow) -> bool {
        self.escrows.create(escrow.order, escrow)
    }

    #[must_use]
    pub(super) fn create_lease(&mut self, lease: Lease) -> bool {
        self.leases.create(lease.id, lease)
    }

    #[must_use]
    pub(super) fn create_posted_group(&mut self, group: PostedGroup) -> bool {
        self.posted_groups.create(group.id, group)
    }

    pub(super) fn note(&mut self, transfer: Transfer) {
        self.transfers.push(transfer);
    }
}
