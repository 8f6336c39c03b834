//! The difference within groups of users, weighted by the groups' sizes (post-stratification).

use crate::lift::arm::SampleArms;
use crate::lift::interval::{Confidence, Estimate, Interval};

/// One group of users in both arms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stratum {
    pub arms: SampleArms,
}

/// The weighted difference and its standard error.
#[must_use]
pub fn stratified_difference(strata: &[Stratum], confidence: Confidence) -> (Estimate, f64) {
    let users = |stratum: &Stratum| stratum.arms.treated.users() + stratum.arms.ghost.users();
    let all: f64 = strata.iter().map(users).sum();
    let (mut point, mut variance) = (0.0, 0.0);
    for stratum in strata {
        let weight = users(stratum) / all;
        point += weight * stratum.arms.difference();
        variance += weight * weight * stratum.arms.difference_variance();
    }
    let standard_error = f64::sqrt(variance);
    (Estimate { point, interval: Interval::around(point, confidence.z() * standard_error) }, standard_error)
}
