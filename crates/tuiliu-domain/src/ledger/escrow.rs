//! Escrows, holds and leases: value promised to an order and lent to the nodes that spend it.

use crate::id::{HoldId, LotId, PromotionOrderId};
use crate::money::{Amount, AmountOverflow, Micros};

/// What one order may spend, over all its holds.
///
/// `spent + leased + free = budget` in millionths of the order's price unit, every part ≥ 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Escrow {
    pub order: PromotionOrderId,
    /// Worth of all holds.
    pub budget: Micros,
    /// Charged so far, reported through leases; only grows.
    pub spent: Micros,
    /// Lent to nodes and not yet reported spent.
    pub leased: Micros,
    /// Holds opened so far; the next one takes this place in the order of use.
    pub holds: u32,
    /// Leases that are not closed.
    pub open_leases: u32,
    /// Set once: nothing is held, leased or charged after it.
    pub settled: bool,
}

impl Escrow {
    /// What can still be lent, in millionths.
    ///
    /// # Errors
    /// When the parts are no amounts, which no row of ours is.
    pub fn free(&self) -> Result<Micros, AmountOverflow> {
        self.budget.minus(self.spent)?.minus(self.leased)
    }
}

/// Value of one lot promised to one order.
///
/// `amount = captured + released + remaining`; captured and released only grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    pub id: HoldId,
    pub order: PromotionOrderId,
    /// Place in the order of use: hold 0 is used up before hold 1 is touched.
    pub place: u32,
    pub lot: LotId,
    pub amount: Amount,
    pub captured: Amount,
    pub released: Amount,
    /// What one unit of the lot's asset is worth in the order's price unit.
    pub unit_worth: Micros,
}

impl Hold {
    /// What is neither captured nor released.
    ///
    /// # Errors
    /// When the parts are no amounts, which no row of ours is.
    pub const fn remaining(&self) -> Result<Amount, AmountOverflow> {
        match self.amount.minus(self.captured) {
            Ok(left) => left.minus(self.released),
            Err(overflow) => Err(overflow),
        }
    }

    /// What the whole hold is worth, in millionths of the order's price unit.
    ///
    /// # Errors
    /// When the worth is beyond the range of amounts.
    pub fn worth(&self) -> Result<Micros, AmountOverflow> {
        self.amount.times(self.unit_worth.get()).map(|worth| Micros::new(worth.units()))
    }

    /// How much of it is used up once the order has spent so much, given the worth of all earlier holds:
    /// whole units only, the fraction dropped in the payer's favour (ledger.md §5.7).
    ///
    /// # Errors
    /// When the worth is beyond the range of amounts.
    pub fn captured_at(&self, spent: Micros, worth_before: Micros) -> Result<Amount, AmountOverflow> {
        let reached = spent.minus(worth_before)?.clamp(Micros::ZERO, self.worth()?);
        Ok(reached.round_down_to(self.unit_worth))
    }

    /// The lot in which the rest of this hold comes back when it cannot go back to its own.
    #[must_use]
    pub const fn remainder_lot(&self) -> LotId {
        self.id.child(0)
    }
}

/// A node's lease on one order; a new epoch is a new lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeaseId {
    pub order: PromotionOrderId,
    pub node: u32,
    pub epoch: u64,
}

/// A node's slice of an escrow. `0 ≤ spent ≤ granted`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    pub id: LeaseId,
    /// Lent so far, extensions included, less what was returned.
    pub granted: Micros,
    /// Largest cumulative spend reported; reports merge by maximum, so they may repeat and cross.
    pub spent: Micros,
    pub closed: bool,
}
