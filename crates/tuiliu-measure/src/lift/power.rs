//! What an experiment can see at all.

use super::interval::Confidence;
use crate::quantile::{normal_below, normal_quantile};

/// How surely an increment of some size is to be found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DetectionGoal {
    pub confidence: Confidence,
    /// The share of such orders whose range must not reach zero.
    pub power: f64,
}

impl DetectionGoal {
    /// Four of five, with ranges of 95 %.
    pub const USUAL: Self = Self { confidence: Confidence::NINETY_FIVE, power: 0.8 };
}

/// The smallest increment that is found: `I = (k² + √(k⁴ + 4 k² B / h)) / 2`.
///
/// It solves `I = k √(I + B / h)`: the variance of an increment is itself and the `natural` events of the treated,
/// divided by the holdout's share of users.
#[must_use]
pub fn smallest_detectable_increment(natural: f64, holdout_share: f64, goal: DetectionGoal) -> f64 {
    let factor = goal.confidence.z() + normal_quantile(goal.power);
    let square = factor * factor;
    f64::midpoint(square, (square * square + 4.0 * square * natural / holdout_share).sqrt())
}

/// The share of orders with this increment whose range does not reach zero.
#[must_use]
pub fn power_to_detect(increment: f64, natural: f64, holdout_share: f64, confidence: Confidence) -> f64 {
    let spread = (increment + natural / holdout_share).sqrt();
    if spread > 0.0 { normal_below(increment / spread - confidence.z()) } else { 0.0 }
}
