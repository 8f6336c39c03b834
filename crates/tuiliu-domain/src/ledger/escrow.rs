//! Escrows, holds and leases: value promised to an order and lent to the nodes that spend it.

use crate::id::{HoldId, LotId, PromotionOrderId};
use crate::money::{Amount, Micros};

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
    /// Set once: nothing is held, leased or charged after it.
    pub settled: bool,
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
    /// Lent so far, extensions included.
    pub granted: Micros,
    /// Largest cumulative spend reported; reports merge by maximum, so they may repeat and cross.
    pub spent: Micros,
    pub closed: bool,
}
