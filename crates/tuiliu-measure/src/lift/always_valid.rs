//! Ranges that stay right however often somebody looks: the normal mixture (H. Robbins 1970; S. R. Howard et al. 2021).
//!
//! A fixed 95 % range that is looked at 200 times is wrong at some look in a quarter to a half of the orders.

use super::arm::{CountArm, CountArms};
use super::interval::{Confidence, Estimate, Interval};
use crate::approximate::approximate;

/// Ghosts with an event from which on a running range is shown: before that a normal range promises too much.
pub const GHOST_EVENTS_MIN: u64 = 5;

/// A sequence of ranges all of which hold the truth together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AlwaysValid {
    /// One minus the confidence.
    alpha: f64,
    /// The variance of the mixing distribution, in squares of the effect's unit.
    mixing_variance: f64,
}

impl AlwaysValid {
    /// Ranges that are narrowest at the planned end, when the effect is expected to have this variance.
    ///
    /// `τ² = se² (−2 ln α + ln(1 − 2 ln α))`, 7.936 se² at 95 %.
    #[must_use]
    pub fn narrowest_at(planned_variance: f64, confidence: Confidence) -> Self {
        let alpha = 2.0 * confidence.tail();
        let logarithm = -2.0 * alpha.ln();
        Self { alpha, mixing_variance: planned_variance * (logarithm + logarithm.ln_1p()) }
    }

    /// Ranges with a mixing variance that was frozen before.
    #[must_use]
    pub fn with_mixing_variance(mixing_variance: f64, confidence: Confidence) -> Self {
        Self { alpha: 2.0 * confidence.tail(), mixing_variance }
    }

    #[must_use]
    pub fn mixing_variance(&self) -> f64 {
        self.mixing_variance
    }

    /// Half the width of the range when the effect's standard error is `standard_error`:
    /// `se √((1 + se²/τ²) ln((1 + τ²/se²) / α²))`.
    #[must_use]
    pub fn half_width(&self, standard_error: f64) -> f64 {
        let variance = standard_error * standard_error;
        let logarithm = ((1.0 + self.mixing_variance / variance) / (self.alpha * self.alpha)).ln();
        ((variance + variance * variance / self.mixing_variance) * logarithm).sqrt()
    }

    /// The range around a point.
    #[must_use]
    pub fn interval(&self, point: f64, standard_error: f64) -> Interval {
        Interval::around(point, self.half_width(standard_error))
    }
}

/// What is expected of an order when it ends. A bad guess widens the ranges, it never makes them wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlannedEnd {
    pub treated_users: f64,
    pub ghost_users: f64,
    /// Events for each user without promotion.
    pub natural_rate: f64,
    /// Events for each user with promotion.
    pub promoted_rate: f64,
}

impl PlannedEnd {
    /// The expected variance of the difference of the rates.
    #[must_use]
    pub fn variance(&self) -> f64 {
        let of = |rate: f64, users: f64| rate * (1.0 - rate) / users;
        of(self.promoted_rate, self.treated_users) + of(self.natural_rate, self.ghost_users)
    }
}

/// The increment so far of an order that runs; nothing before five ghosts have the event.
#[must_use]
pub fn always_valid_increment(arms: CountArms, ranges: AlwaysValid) -> Option<Estimate> {
    if arms.ghost.events() < approximate(GHOST_EVENTS_MIN) {
        return None;
    }
    let point = arms.treated.rate() - arms.ghost.rate();
    let standard_error = (with_half(arms.treated) + with_half(arms.ghost)).sqrt();
    let estimate = Estimate { point, interval: ranges.interval(point, standard_error) };
    Some(estimate.times(arms.treated.users()))
}

/// The variance of a rate with half an event, and half a user without one, added: never zero.
fn with_half(arm: CountArm) -> f64 {
    let rate = (arm.events() + 0.5) / (arm.users() + 1.0);
    rate * (1.0 - rate) / arm.users()
}
