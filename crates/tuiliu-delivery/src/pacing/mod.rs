//! Spending a budget over its window at the best price: one number per order, corrected as it goes (DL-04, DL-06).

mod cap;
mod landscape;
mod plan;
mod state;
mod steps;
mod traffic;

pub use cap::{Bought, CostCap, ResultsDue};
pub use landscape::{Landscape, Outlook, PriceSample};
pub use plan::{Plan, RESERVE_SHARE, RESERVE_UNTIL, TrafficShape, hour_of_week_at};
pub use state::PacerState;
pub use traffic::TrafficCounts;

use tuiliu_domain::money::Micros;
use tuiliu_domain::time::Timestamp;

use crate::bidding::PacingCell;

/// What is known of an order at a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observation {
    pub now: Timestamp,
    /// Charged so far, and what served impressions are expected to be charged yet.
    pub spent: Micros,
    /// What impressions served so far should have cost by their predicted rates, without those whose results
    /// are still to come. Where it is not known, the landscape says what should have been spent.
    pub predicted: Option<Micros>,
    /// Auctions the order was eligible for so far, whether it took part or not.
    pub auctions: u64,
}

/// The pacer's answer: what the order may bid until the next tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    pub price: Micros,
    pub participation_millionths: u32,
    /// The buyer's limit has kept the bid too low for more than 15% of the window (delivery.md §4).
    pub bid_too_low: Option<ExpectedShare>,
}

/// What part of a budget is expected to be spent by the end of its window, in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExpectedShare {
    pub millionths: u32,
}

impl Pace {
    /// Lets decisions see it.
    pub fn put_into(self, cell: &PacingCell) {
        cell.set(self.price, self.participation_millionths);
    }
}

#[cfg(test)]
mod tests;
