//! How much of an order one node should hold, and when it gives back what it does not use (delivery.md §5).

use tuiliu_domain::money::{MICROS_PER_UNIT, Micros};

/// Below this much, what is free goes to one node whole (40 fen are four beans).
pub const SLICE_MIN: Micros = Micros::new(4 * MICROS_PER_UNIT);
/// Bids that fit into the smallest slice: a lease smaller than its bid loses auctions that the budget could pay for.
const BIDS_PER_SLICE: i64 = 4;
/// A node holds one part in so many of what is free, per node.
const SLICES: i64 = 4;

/// What a node knows of one order when it looks after its lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaseNeed {
    /// What the order has neither spent nor lent.
    pub free: Micros,
    /// How many nodes share the budget.
    pub nodes: u32,
    /// What the lease has left.
    pub available: Micros,
    /// What one result may cost.
    pub bid: Micros,
}

impl LeaseNeed {
    /// How much one node should hold: its part of what is free, which a few bids fit into, or the last units whole.
    #[must_use]
    pub fn slice(&self) -> Micros {
        let free = self.free.max(Micros::ZERO);
        let part = free.get() / (SLICES * i64::from(self.nodes.max(1)));
        Micros::new(part).max(self.least().min(free))
    }

    /// Whether the order has so little free that nodes take units from each other.
    #[must_use]
    pub fn is_scarce(&self) -> bool {
        self.free.get() / (SLICES * i64::from(self.nodes.max(1))) < self.least().get()
    }

    /// What to borrow now: up to a whole slice, once less than half of one is left.
    #[must_use]
    pub fn to_borrow(&self) -> Micros {
        let slice = self.slice().get();
        let available = self.available.get().max(0);
        if available >= slice - slice / 2 {
            return Micros::ZERO;
        }
        Micros::new(slice - available)
    }

    /// Whether the lease cannot pay for one result, and nothing is free to borrow for it.
    #[must_use]
    pub fn is_starving(&self) -> bool {
        self.available.get().saturating_add(self.to_borrow().get()) < self.bid.get().max(1)
    }

    /// What to return when another node starves: everything when nobody asked for it, else the half that is not
    /// needed for one result.
    #[must_use]
    pub fn to_return(&self, asked: bool) -> Micros {
        let available = self.available.max(Micros::ZERO);
        let kept = if asked { Micros::new(available.get() / 2).max(self.bid) } else { Micros::ZERO };
        Micros::new(available.get().saturating_sub(kept.get()).max(0))
    }

    fn least(&self) -> Micros {
        SLICE_MIN.max(Micros::new(self.bid.get().saturating_mul(BIDS_PER_SLICE)))
    }
}
