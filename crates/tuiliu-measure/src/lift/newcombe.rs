//! Increments of counts: the square-and-add interval (R. G. Newcombe 1998, method 10; MOVER of G. Y. Zou 2008).

use super::arm::CountArms;
use super::interval::{Confidence, Estimate, Interval};
use super::wilson::wilson;

/// A rate with its own range; two of them make the range of their difference.
#[derive(Debug, Clone, Copy)]
pub(super) struct RateRange {
    pub(super) rate: f64,
    pub(super) range: Interval,
}

/// The difference of two independent rates: each side adds the squares of what moves the difference to that side.
pub(super) fn square_and_add(treated: RateRange, ghost: RateRange) -> Estimate {
    let point = treated.rate - ghost.rate;
    let down = (treated.rate - treated.range.low).hypot(ghost.range.high - ghost.rate);
    let up = (treated.range.high - treated.rate).hypot(ghost.rate - ghost.range.low);
    Estimate { point, interval: Interval { low: point - down, high: point + up } }
}

/// How much likelier a treated user has the event than a ghost.
#[must_use]
pub fn rate_difference(arms: CountArms, confidence: Confidence) -> Estimate {
    let treated = RateRange { rate: arms.treated.rate(), range: wilson(arms.treated, confidence) };
    let ghost = RateRange { rate: arms.ghost.rate(), range: wilson(arms.ghost, confidence) };
    square_and_add(treated, ghost)
}

/// The users who had the event because they were shown something: `Y_T − (N_T / N_C) Y_C` and its range.
#[must_use]
pub fn count_increment(arms: CountArms, confidence: Confidence) -> Estimate {
    rate_difference(arms, confidence).times(arms.treated.users())
}

/// The share of the treated users' events that the promotion brought; nothing when there are none.
///
/// Attribution by last touch claims the inverse of it too much. Negative when ghosts do better.
#[must_use]
pub fn share_shown(increment: f64, treated_events: f64) -> Option<f64> {
    (treated_events > 0.0).then(|| increment / treated_events)
}
