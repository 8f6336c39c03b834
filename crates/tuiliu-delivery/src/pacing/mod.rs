//! Spending a budget over its window at the best price: one number per order, corrected as it goes (DL-04, DL-06).

mod landscape;
mod plan;

pub use landscape::{Landscape, PriceSample};
pub use plan::{Plan, TrafficShape};

use tuiliu_domain::money::Micros;
use tuiliu_domain::time::Timestamp;

use crate::approximate::{approximate, round_to_count};
use crate::bidding::{PacingCell, WHOLE_SHARE};

/// Share of the budget that is kept for late traffic (DL-06).
pub const RESERVE_SHARE: f64 = 0.05;
/// Share of the window's traffic after which the reserve is released.
pub const RESERVE_UNTIL: f64 = 0.9;
/// Deviation from the plan that is not acted upon.
const DEAD_BAND: f64 = 0.02;
/// How far the trim may move the price away from what the landscape says.
const TRIM_MAX: f64 = 0.3;
/// Auctions needed before the landscape is believed.
const SAMPLES_MIN: usize = 50;
/// How far one tick may move the price, up or down.
const STEP_MAX: f64 = 1.5;
/// Share of the window's traffic from which an order that is behind may pay more to catch up.
const CATCH_UP_FROM: f64 = 0.97;
/// How much more at the very end.
const CATCH_UP_MAX: f64 = 3.0;
/// Share of the window's traffic over which the arrival of auctions is averaged.
const MEMORY: f64 = 0.1;
/// Results that the belief in the predictions weighs against what really came.
const CALIBRATION_STRENGTH: f64 = 10.0;
/// How far predictions are believed to be wrong at most.
const CALIBRATION_MAX: f64 = 20.0;

/// What the pacer remembers of one order between two ticks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PacerState {
    /// Bid per result, in millionths.
    price: f64,
    /// Share of auctions taken part in; 0 to 1.
    participation: f64,
    /// Slowly adapting part of the trim.
    integral: f64,
    /// Auctions expected in the whole window, at the rate of late; none before the first.
    volume: Option<f64>,
    auctions: u64,
    share: f64,
    solved: bool,
}

/// What is known of an order at a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observation {
    pub now: Timestamp,
    /// Charged so far, and what served impressions are expected to be charged yet.
    pub spent: Micros,
    /// What impressions served so far should have cost by their predicted rates, without those whose results
    /// are still to come. Where it is known, predictions that run high or low are allowed for.
    pub predicted: Option<Micros>,
    /// Auctions the order was eligible for so far, whether it took part or not.
    pub auctions: u64,
}

/// The pacer's answer: what the order may bid until the next tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    pub price: Micros,
    pub participation_millionths: u32,
}

impl Pace {
    /// Lets decisions see it.
    pub fn put_into(self, cell: &PacingCell) {
        cell.set(self.price, self.participation_millionths);
    }
}

impl PacerState {
    /// A pacer that has seen nothing and starts at this price per result.
    #[must_use]
    pub fn starting(price: Micros) -> Self {
        Self {
            price: approximate(price.get()).max(1.0),
            participation: 1.0,
            integral: 0.0,
            volume: None,
            auctions: 0,
            share: 0.0,
            solved: false,
        }
    }

    /// Corrects the price. Call it each second, or each 200 auctions.
    ///
    /// The level comes from solving "expected spend at this price × auctions to come = budget left" on the
    /// landscape; a trim of at most ± 0.3 brings spend back to the plan. Never above the plan's limit.
    #[must_use]
    pub fn tick(mut self, plan: &Plan, seen: Observation, landscape: &Landscape) -> (Self, Pace) {
        let share = plan.traffic_share(seen.now);
        let fresh = seen.auctions.saturating_sub(self.auctions);
        self.remember_volume(share, fresh, seen.auctions);
        let behind = plan.behind(seen.now, seen.spent);
        self.integral = (self.integral + behind * (share - self.share).max(0.0) * 10.0).clamp(-0.15, 0.15);
        if fresh > 0 {
            let target = self.solve(plan, share, seen, landscape);
            self.approach(plan, target.unwrap_or_else(|| self.groping(behind)), target.is_some(), behind);
        }
        self.auctions = seen.auctions;
        self.share = share;
        let pace = self.pace(plan, share, behind);
        (self, pace)
    }

    /// Auctions to expect in the whole window, from the recent rate per share of planned traffic.
    fn remember_volume(&mut self, share: f64, fresh: u64, total: u64) {
        let step = share - self.share;
        if step <= 0.0 {
            return;
        }
        let recent = approximate(i64::try_from(fresh).unwrap_or(i64::MAX)) / step;
        self.volume = Some(match self.volume {
            None => approximate(i64::try_from(total).unwrap_or(i64::MAX)) / share,
            Some(volume) => {
                let weight = step / (step + MEMORY.min(self.share));
                volume + weight * (recent - volume)
            }
        });
    }

    /// Price and participation at which the rest of the budget lasts for the rest of the window.
    fn solve(&self, plan: &Plan, share: f64, seen: Observation, landscape: &Landscape) -> Option<(f64, f64)> {
        let volume = self.volume.filter(|_| landscape.len() >= SAMPLES_MIN)?;
        let coming = volume * (1.0 - share);
        let held_back = if share < RESERVE_UNTIL { RESERVE_SHARE } else { 0.0 };
        let left = approximate(plan.budget.get()) * (1.0 - held_back) - approximate(seen.spent.get());
        if coming < 1.0 {
            return Some((approximate(plan.price_limit.get()), 1.0));
        }
        Some(landscape.price_for_spend((left / coming / self.calibration(seen)).max(0.0)))
    }

    /// What a predicted unit of cost turned out to be: the mean of a Gamma-Poisson posterior.
    fn calibration(&self, seen: Observation) -> f64 {
        let Some(predicted) = seen.predicted else { return 1.0 };
        let belief = CALIBRATION_STRENGTH * self.price;
        let ratio = (approximate(seen.spent.get().max(0)) + belief) / (approximate(predicted.get().max(0)) + belief);
        ratio.clamp(1.0 / CALIBRATION_MAX, CALIBRATION_MAX)
    }

    /// A step in the right direction while the landscape is unknown.
    fn groping(&self, behind: f64) -> (f64, f64) {
        (self.price * (1.0 + (4.0 * behind).clamp(-0.2, 0.2)), self.participation)
    }

    fn approach(&mut self, plan: &Plan, target: (f64, f64), is_solved: bool, behind: f64) {
        let trim = if !is_solved || behind.abs() < DEAD_BAND { 0.0 } else { 2.0 * behind + self.integral };
        let trim = 1.0 + trim.clamp(-TRIM_MAX, TRIM_MAX);
        let (price, participation) = target;
        // Where even the cheapest auctions are too many, the lever is how many, not how dear.
        let (price, participation) =
            if participation < 1.0 { (price, participation * trim) } else { (price * trim, 1.0) };
        let bounded =
            if self.solved && is_solved { price.clamp(self.price / STEP_MAX, self.price * STEP_MAX) } else { price };
        self.solved |= is_solved;
        let lowest = approximate(plan.price_min.get()).max(1.0);
        let highest = approximate(plan.price_limit.get()).max(lowest);
        self.price = bounded.clamp(lowest, highest);
        self.participation = participation.clamp(0.0, 1.0);
    }

    fn pace(&self, plan: &Plan, share: f64, behind: f64) -> Pace {
        let late = ((share - CATCH_UP_FROM) / (1.0 - CATCH_UP_FROM)).clamp(0.0, 1.0);
        let lift = if behind > 0.0 { 1.0 + (CATCH_UP_MAX - 1.0) * late } else { 1.0 };
        let price = Micros::new(round_to_count(self.price * lift)).min(plan.price_limit);
        let participation = round_to_count((self.participation * lift).min(1.0) * f64::from(WHOLE_SHARE));
        Pace { price, participation_millionths: u32::try_from(participation).unwrap_or(WHOLE_SHARE) }
    }

    /// The bid per result it stands at.
    #[must_use]
    pub fn price(&self) -> Micros {
        Micros::new(round_to_count(self.price))
    }
}

#[cfg(test)]
mod tests;
