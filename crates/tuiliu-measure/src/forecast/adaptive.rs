//! Adaptive conformal inference: whoever misses too often lately gets wider ranges (Gibbs and Candès 2021).

use super::conformal::Tails;

/// How far a tail moves for each order of a day, as a part of how far the day's misses were from the target.
pub const STEP_PER_ORDER: f64 = 0.02;
/// Orders of one day beyond which more of them move a tail no further: a day is one look at the world.
pub const STEP_ORDERS_MAX: u32 = 5;
/// Tails stay in this range, so that a bad week neither makes ranges endless nor a good one makes them points.
const TAIL_MIN: f64 = 5_000.0;
const TAIL_MAX: f64 = 350_000.0;

/// How many orders of one day there were, and how many ended outside their range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Missed {
    pub orders: u32,
    pub below: u32,
    pub above: u32,
}

/// The tails of the next day: `α + γ (target − misses)` on each side, with γ by the number of orders.
#[must_use]
pub fn adapt(tails: Tails, target: Tails, day: Missed) -> Tails {
    if day.orders == 0 {
        return tails;
    }
    let step = STEP_PER_ORDER * f64::from(day.orders.min(STEP_ORDERS_MAX));
    let moved = |tail: u32, target: u32, missed: u32| {
        let share = f64::from(missed) / f64::from(day.orders) * 1_000_000.0;
        let next = (f64::from(tail) + step * (f64::from(target) - share)).clamp(TAIL_MIN, TAIL_MAX);
        u32::try_from(crate::approximate::round_to_whole(next)).unwrap_or(target)
    };
    Tails { below: moved(tails.below, target.below, day.below), above: moved(tails.above, target.above, day.above) }
}
