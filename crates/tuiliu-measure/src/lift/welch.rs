//! Increments of numbers that every user has, such as seconds watched (B. L. Welch 1947).

use super::arm::SampleArms;
use super::interval::{Confidence, Estimate, Interval};
use crate::quantile::{student_above, student_quantile};

/// A comparison of two means that lets the arms differ in their variances.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WelchTest {
    /// How much more a treated user has.
    pub difference: Estimate,
    pub standard_error: f64,
    /// Welch and Satterthwaite's.
    pub degrees_of_freedom: f64,
    /// Two-sided: how likely so large a difference is when there is none.
    pub p_value: f64,
}

/// Compares the means of both arms. Without any spread the range is the point.
#[must_use]
pub fn welch_test(arms: SampleArms, confidence: Confidence) -> WelchTest {
    let point = arms.difference();
    let variance = arms.difference_variance();
    let standard_error = variance.sqrt();
    let share = |arm: super::SampleArm| arm.mean_variance() * arm.mean_variance() / (arm.users() - 1.0);
    if variance == 0.0 {
        let interval = Interval { low: point, high: point };
        let p_value = if point == 0.0 { 1.0 } else { 0.0 };
        let degrees_of_freedom = arms.treated.users() + arms.ghost.users() - 2.0;
        return WelchTest { difference: Estimate { point, interval }, standard_error, degrees_of_freedom, p_value };
    }
    let degrees_of_freedom = variance * variance / (share(arms.treated) + share(arms.ghost));
    let quantile = -student_quantile(degrees_of_freedom, confidence.tail());
    WelchTest {
        difference: Estimate { point, interval: Interval::around(point, quantile * standard_error) },
        standard_error,
        degrees_of_freedom,
        p_value: (2.0 * student_above(degrees_of_freedom, point.abs() / standard_error)).min(1.0),
    }
}

/// What all treated users have more together.
#[must_use]
pub fn welch_increment(arms: SampleArms, confidence: Confidence) -> Estimate {
    welch_test(arms, confidence).difference.times(arms.treated.users())
}
