//! How much of an order one node should hold, and when it gives back what it does not use (delivery.md §5).

use tuiliu_domain::money::{MICROS_PER_UNIT, Micros};

/// Below this much, what is free goes to one node whole (40 fen are four beans).
pub const SLICE_MIN: Micros = Micros::new(4 * MICROS_PER_UNIT);
/// Bids that fit into the smallest slice: a lease smaller than its bid loses auctions that the budget could pay for.
const BIDS_PER_SLICE: i64 = 4;
/// Where nodes starve, they hold a little more than one result costs.
const BIDS_WHEN_CONTENDED: i64 = 2;
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
    /// Nodes starve, or did not long ago: the last units are shared in small change instead of whole slices.
    pub contended: bool,
}

/// Who needs what a node is to return.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Returning {
    /// Viewers come to this node too: it keeps half.
    Busy,
    /// Nobody asks here, but may: it keeps what one result costs.
    Idle,
    /// Nobody asks here, and what others returned did not suffice: it keeps nothing.
    All,
}

/// A lease with less than this is low whatever is free: half of the smallest slice that a node holds.
#[must_use]
pub fn low_at_least(bid: Micros) -> Micros {
    Micros::new(SLICE_MIN.get().max(bid.get().saturating_mul(BIDS_PER_SLICE)) / 2)
}

impl LeaseNeed {
    /// How much one node should hold: its part of what is free, but as much as a few bids fit into.
    #[must_use]
    pub fn slice(&self) -> Micros {
        self.part().max(self.least())
    }

    /// Whether the order has so little free that nodes take units from each other.
    #[must_use]
    pub fn is_scarce(&self) -> bool {
        self.part() < self.least()
    }

    /// What to borrow now: up to a whole slice, once less than half of one is left; the last units whole.
    #[must_use]
    pub fn to_borrow(&self) -> Micros {
        let slice = self.slice().get();
        let available = self.available.get().max(0);
        if available >= slice - slice / 2 {
            return Micros::ZERO;
        }
        Micros::new((slice - available).min(self.free.get()).max(0))
    }

    /// Whether the lease cannot pay for one result, and nothing is free to borrow for it.
    #[must_use]
    pub fn is_starving(&self) -> bool {
        self.available.get().saturating_add(self.to_borrow().get()) < self.bid.get().max(1)
    }

    /// What to return when another node starves.
    #[must_use]
    pub fn to_return(&self, returning: Returning) -> Micros {
        let available = self.available.max(Micros::ZERO);
        let kept = match returning {
            Returning::Busy => Micros::new(available.get() / 2).max(self.bid),
            Returning::Idle => self.bid,
            Returning::All => Micros::ZERO,
        };
        Micros::new(available.get().saturating_sub(kept.get()).max(0))
    }

    fn part(&self) -> Micros {
        Micros::new(self.free.get().max(0) / (SLICES * i64::from(self.nodes.max(1))))
    }

    fn least(&self) -> Micros {
        let bids = |count| Micros::new(self.bid.get().saturating_mul(count));
        if self.contended { bids(BIDS_WHEN_CONTENDED) } else { SLICE_MIN.max(bids(BIDS_PER_SLICE)) }
    }
}
