//! Score intervals of one rate.

use super::arm::CountArm;
use super::interval::{Confidence, Interval};

/// The range of the rate behind a count of users (E. B. Wilson 1927).
#[must_use]
pub fn wilson(arm: CountArm, confidence: Confidence) -> Interval {
    let (users, rate, square) = (arm.users(), arm.rate(), confidence.z() * confidence.z());
    let centre = (rate + square / (2.0 * users)) / (1.0 + square / users);
    let spread = (rate * (1.0 - rate) / users + square / (4.0 * users * users)).sqrt();
    let half_width = confidence.z() / (1.0 + square / users) * spread;
    // At no event, or at nothing but events, the end is exact; rounding must not push it outside.
    let low = if arm.events() == 0.0 { 0.0 } else { centre - half_width };
    let high = if arm.events() == users { 1.0 } else { centre + half_width };
    Interval { low, high }
}

/// The range of the mean of a Poisson count: `x + z²/2 ± z√(x + z²/4)`; the count need not be whole.
#[must_use]
pub fn poisson_score(count: f64, confidence: Confidence) -> Interval {
    let square = confidence.z() * confidence.z();
    let half_width = confidence.z() * (count + square / 4.0).sqrt();
    let low = if count == 0.0 { 0.0 } else { count + square / 2.0 - half_width };
    Interval { low, high: count + square / 2.0 + half_width }
}
