//! Ratios of two sums over the same users, by the delta method (A. Deng et al. 2018).

use super::arm::{InputError, SampleArms};
use super::interval::{Confidence, Estimate, Interval};
use super::moments::PairMoments;
use crate::approximate::approximate;

/// A ratio of means and the variance of that ratio.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ratio {
    pub value: f64,
    pub variance: f64,
}

/// The mean of the outcome divided by the mean of the first covariate, such as turnover for each visit.
///
/// Users are independent, their visits are not; so the variance is that of users. The denominator must not be zero.
pub fn ratio_of_means(users: &PairMoments) -> Result<Ratio, InputError> {
    if users.count() < 2 {
        return Err(InputError::TooFewUsers { users: users.count() });
    }
    let count = approximate(users.count());
    let (numerator, denominator) = (users.mean(0), users.mean(1));
    let value = numerator / denominator;
    if !value.is_finite() {
        return Err(InputError::NotFinite { value });
    }
    let spread = users.product(0, 0) - 2.0 * value * users.product(0, 1) + value * value * users.product(1, 1);
    Ok(Ratio { value, variance: spread / (count - 1.0) / count / (denominator * denominator) })
}

/// How much larger the ratio of the treated is, and the standard error of that.
#[must_use]
pub fn ratio_difference(treated: Ratio, ghost: Ratio, confidence: Confidence) -> (Estimate, f64) {
    let point = treated.value - ghost.value;
    let standard_error = (treated.variance + ghost.variance).sqrt();
    (Estimate { point, interval: Interval::around(point, confidence.z() * standard_error) }, standard_error)
}

/// The relative lift with a range that is symmetric in the logarithm; nothing unless both means are positive.
#[must_use]
pub fn log_ratio_interval(arms: SampleArms, confidence: Confidence) -> Option<Estimate> {
    let (treated, ghost) = (arms.treated, arms.ghost);
    if treated.mean() <= 0.0 || ghost.mean() <= 0.0 {
        return None;
    }
    let ratio = treated.mean() / ghost.mean();
    let relative = |arm: super::SampleArm| arm.mean_variance() / (arm.mean() * arm.mean());
    let spread = confidence.z() * (relative(treated) + relative(ghost)).sqrt();
    let interval = Interval { low: ratio * (-spread).exp() - 1.0, high: ratio * spread.exp() - 1.0 };
    Some(Estimate { point: ratio - 1.0, interval })
}
