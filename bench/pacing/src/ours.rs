//! The product's own controller: landscape, pacer, plan and the cell that decisions read.

use tuiliu_delivery::Rng;
use tuiliu_delivery::approximate::approximate;
use tuiliu_delivery::bidding::PacingCell;
use tuiliu_delivery::pacing::{Landscape, Observation, PacerState, Plan, TrafficShape};
use tuiliu_domain::money::Micros;
use tuiliu_domain::time::{DAY_MS, Timestamp};

use crate::market::Auction;
use crate::play::{Bidder, Progress};

/// 2026-01-05 00:00 in China, a Monday.
const START: Timestamp = Timestamp::from_ms(1_767_542_400_000);
/// The policy's limit for automatic bids: none that matters.
const PRICE_LIMIT: i64 = 1_000_000_000_000_000;

/// The plan for a budget that lasts for a day, in which rows come evenly.
pub(crate) fn plan(budget: i64, shape: TrafficShape) -> Plan {
    Plan {
        starts_at: START,
        ends_at: START.plus_ms(DAY_MS),
        budget: Micros::new(budget),
        shape: shape.into(),
        price_min: Micros::new(1),
        price_limit: Micros::new(PRICE_LIMIT),
    }
}

/// An order of the product.
pub(crate) struct Ours {
    pub(crate) plan: Plan,
    pub(crate) landscape: Landscape,
    pub(crate) state: PacerState,
    cell: PacingCell,
    every: usize,
    rng: Rng,
}

impl Ours {
    /// One that ticks after so many auctions.
    pub(crate) fn new(plan: Plan, landscape: Landscape, state: PacerState, every: usize) -> Self {
        let cell = PacingCell::new(state.price());
        Self { plan, landscape, state, cell, every, rng: Rng::seeded(7) }
    }

    fn at(progress: Progress) -> Timestamp {
        let whole = |number: usize| i64::try_from(number).expect("a log has few rows");
        START.plus_ms(DAY_MS * whole(progress.row) / whole(progress.rows))
    }
}

impl Bidder for Ours {
    fn look(&mut self, progress: Progress) {
        if progress.row.is_multiple_of(self.every) {
            let auctions = u64::try_from(progress.row).expect("a log has few rows");
            let spent = Micros::new(progress.spent);
            let seen = Observation { now: Self::at(progress), spent, predicted: None, auctions };
            let (state, pace) = self.state.tick(&self.plan, seen, &self.landscape);
            self.state = state;
            pace.put_into(&self.cell);
        }
    }

    fn wins(&mut self, auction: &Auction) -> bool {
        let share = self.cell.participation_millionths();
        (share >= 1_000_000 || self.rng.below_million() < share) && self.cell.price() >= auction.sample.price
    }

    fn learn(&mut self, auction: &Auction, _: bool) {
        self.landscape.add(auction.sample);
    }

    fn planned(&self, progress: Progress) -> f64 {
        approximate(self.plan.planned_spend(Self::at(progress)).get()) / approximate(self.plan.budget.get().max(1))
    }
}
