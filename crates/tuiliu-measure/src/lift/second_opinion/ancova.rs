//! One covariate with one common slope and HC2: worse than no adjustment when the arms differ in size and slope.

use crate::approximate::approximate;
use crate::lift::moments::PairMoments;

/// The regression on arm and covariate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AncovaFit {
    treated: Arm,
    ghost: Arm,
    slope: f64,
    /// The squared deviations of the covariate within the arms.
    spread: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Arm {
    users: f64,
    outcome: f64,
    covariate: f64,
}

impl AncovaFit {
    /// Fits the common slope to the first covariate; nothing when it never varies.
    #[must_use]
    pub fn try_new(treated: &PairMoments, ghost: &PairMoments) -> Option<Self> {
        let spread = treated.product(1, 1) + ghost.product(1, 1);
        let arm =
            |own: &PairMoments| Arm { users: approximate(own.count()), outcome: own.mean(0), covariate: own.mean(1) };
        let slope = (treated.product(0, 1) + ghost.product(0, 1)) / spread;
        (spread > 0.0).then(|| Self { treated: arm(treated), ghost: arm(ghost), slope, spread })
    }

    /// How much more a treated user has at an equal covariate.
    #[must_use]
    pub fn difference(&self) -> f64 {
        self.treated.outcome - self.ghost.outcome - self.slope * self.covariate_difference()
    }

    fn covariate_difference(&self) -> f64 {
        self.treated.covariate - self.ghost.covariate
    }
}

/// The second pass: the HC2 variance of the difference.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct AncovaVariance {
    sum: f64,
}

impl AncovaVariance {
    pub fn add(&mut self, fit: &AncovaFit, is_treated: bool, outcome: f64, covariate: f64) {
        let (arm, sign) = if is_treated { (fit.treated, 1.0) } else { (fit.ghost, -1.0) };
        let deviation = covariate - arm.covariate;
        let residual = outcome - arm.outcome - fit.slope * deviation;
        let leverage = 1.0 / arm.users + deviation * deviation / fit.spread;
        let weight = sign / arm.users - deviation * fit.covariate_difference() / fit.spread;
        self.sum += weight * weight * residual * residual / (1.0 - leverage);
    }

    #[must_use]
    pub fn standard_error(&self) -> f64 {
        self.sum.sqrt()
    }
}
