//! The books with their sums, gathered once for all checks.

use super::Books;
use crate::id::{LotId, PromotionOrderId};
use crate::ledger::account::AccountId;
use crate::ledger::escrow::{Escrow, Hold};
use crate::ledger::lot::{Lot, LotOrigin};
use crate::ledger::table::IdMap;
use crate::money::Asset;

/// What other rows say about one lot.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LotSums {
    /// Remaining over its holds.
    pub(super) held: i128,
    /// Captured over its holds.
    pub(super) captured: i128,
    /// Faces of the lots split from it.
    pub(super) split: i128,
    /// Faces of the lots that came back from orders it paid for.
    pub(super) remainders: i128,
}

/// What the lots say about one account.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct AccountSums {
    pub(super) posted: i128,
    pub(super) held: i128,
}

/// What the leases say about one order.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LeaseSums {
    pub(super) spent: i128,
    pub(super) leased: i128,
    pub(super) open: u32,
}

/// The rows, found by their ids, and the sums over them.
pub struct Index<'a> {
    pub(super) books: &'a Books<'a>,
    pub(super) lots: IdMap<LotId, &'a Lot>,
    pub(super) escrows: IdMap<PromotionOrderId, &'a Escrow>,
    /// The holds of each order, in the order of use.
    pub(super) holds: IdMap<PromotionOrderId, Vec<&'a Hold>>,
    /// Holds by the id of the lot in which their rest would come back.
    pub(super) remainders: IdMap<LotId, &'a Hold>,
    pub(super) lot_sums: IdMap<LotId, LotSums>,
    pub(super) account_sums: IdMap<AccountId, AccountSums>,
    pub(super) lease_sums: IdMap<PromotionOrderId, LeaseSums>,
    /// Captured by each order, per asset.
    pub(super) captured: IdMap<(PromotionOrderId, Asset), i128>,
}

impl<'a> Index<'a> {
    pub(super) fn new(books: &'a Books<'a>) -> Self {
        let mut index = Self {
            books,
            lots: books.lots.iter().map(|lot| (lot.id, lot)).collect(),
            escrows: books.escrows.iter().map(|escrow| (escrow.order, escrow)).collect(),
            holds: IdMap::default(),
            remainders: books.holds.iter().map(|hold| (hold.remainder_lot(), hold)).collect(),
            lot_sums: IdMap::default(),
            account_sums: IdMap::default(),
            lease_sums: IdMap::default(),
            captured: IdMap::default(),
        };
        index.add_lots();
        index.add_holds();
        index.add_leases();
        index
    }

    fn add_lots(&mut self) {
        for lot in self.books.lots {
            let sums = self.account_sums.entry(lot.account).or_default();
            sums.posted += units(lot.remaining.units()) + units(lot.held.units());
            sums.held += units(lot.held.units());
            let face = units(lot.face.units());
            match lot.origin {
                LotOrigin::SplitFrom(parent) => self.lot_sums.entry(parent).or_default().split += face,
                LotOrigin::RemainderOf(parent) => self.lot_sums.entry(parent).or_default().remainders += face,
                LotOrigin::Payment(_) | LotOrigin::Grant => {}
            }
        }
    }

    fn add_holds(&mut self) {
        for hold in self.books.holds {
            let sums = self.lot_sums.entry(hold.lot).or_default();
            let captured = units(hold.captured.units());
            sums.captured += captured;
            sums.held += units(hold.amount.units()) - captured - units(hold.released.units());
            if let Some(lot) = self.lots.get(&hold.lot) {
                *self.captured.entry((hold.order, lot.account.asset)).or_default() += captured;
            }
            self.holds.entry(hold.order).or_default().push(hold);
        }
        for holds in self.holds.values_mut() {
            holds.sort_unstable_by_key(|hold| hold.place);
        }
    }

    fn add_leases(&mut self) {
        for lease in self.books.leases {
            let sums = self.lease_sums.entry(lease.id.order).or_default();
            sums.spent += units(lease.spent.get());
            if !lease.closed {
                sums.open += 1;
                sums.leased += units(lease.granted.get()) - units(lease.spent.get());
            }
        }
    }
}

/// Sums are taken where they cannot overflow.
pub(super) fn units(units: i64) -> i128 {
    i128::from(units)
}
