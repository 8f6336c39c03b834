//! Increments of turnover: weighted-Poisson MOVER, a score interval of an effective number of equal baskets.
//!
//! A sum of few, unequal baskets is no normal variable: Welch's interval covers 74 % at 1.5 expected ghost orders.
//! A sum of `x` equal baskets of value `c` has the mean `c x` and the variance `c² x` when `x` is Poisson; solving
//! for both gives `c = Σv² / Σv` and `x = Σv / c` (M. P. Fay and E. J. Feuer 1997 for weighted sums of Poisson counts).
//!
//! An arm that happens to lack large baskets would underrate `c` just when it underrates the sum; so some baskets of both
//! arms together count as its own. One of them is what reference answers have; twenty hold what they promise also when
//! baskets are very unequal: 95.6 % instead of 91.6 % at 50 ghost orders whose logarithms spread by 1.3, for ranges that
//! are 4 % wider.

use super::arm::InputError;
use super::interval::{Confidence, Estimate};
use super::newcombe::{RateRange, square_and_add};
use super::wilson::poisson_score;
use crate::approximate::approximate;

/// Users of one arm and their baskets; values in any unit of money, after refunds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ValueArm {
    users: u64,
    baskets: u64,
    value_sum: f64,
    square_sum: f64,
}

impl ValueArm {
    /// `square_sum` is the sum of the squares of each basket's value.
    pub fn try_new(users: u64, baskets: u64, value_sum: f64, square_sum: f64) -> Result<Self, InputError> {
        if users == 0 {
            return Err(InputError::NoUsers);
        }
        for value in [value_sum, square_sum] {
            if !value.is_finite() {
                return Err(InputError::NotFinite { value });
            }
            if value < 0.0 {
                return Err(InputError::Negative { value });
            }
        }
        // Cauchy and Schwarz: values of so many baskets have at least these squares.
        let least = if baskets == 0 { 0.0 } else { value_sum * value_sum / approximate(baskets) };
        let is_empty = baskets == 0 && (value_sum > 0.0 || square_sum > 0.0);
        if is_empty || square_sum < least * (1.0 - 1e-9) {
            return Err(InputError::SquaresTooSmall { square_sum });
        }
        Ok(Self { users, baskets, value_sum, square_sum })
    }

    #[must_use]
    pub fn users(&self) -> f64 {
        approximate(self.users)
    }

    #[must_use]
    pub fn value_sum(&self) -> f64 {
        self.value_sum
    }

    /// Value for each user.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.value_sum / self.users()
    }
}

/// Both arms of a turnover.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ValueArms {
    pub treated: ValueArm,
    pub ghost: ValueArm,
}

/// Baskets of both arms that count as an arm's own.
const POOL_WEIGHT: f64 = 20.0;

/// What a basket is like, whoever buys it: stands in for a few more baskets of each arm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BasketPool {
    /// Baskets that it is worth.
    pub weight: f64,
    /// The mean value of a basket.
    pub mean: f64,
    /// The mean of the squared value of a basket.
    pub square_mean: f64,
}

impl BasketPool {
    /// Of all baskets of both arms; nothing when there are none.
    #[must_use]
    pub fn of(arms: ValueArms) -> Option<Self> {
        let baskets = approximate(arms.treated.baskets) + approximate(arms.ghost.baskets);
        let mean = (arms.treated.value_sum + arms.ghost.value_sum) / baskets;
        let square_mean = (arms.treated.square_sum + arms.ghost.square_sum) / baskets;
        (mean > 0.0).then_some(Self { weight: POOL_WEIGHT, mean, square_mean })
    }
}

/// An increment of turnover.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GmvIncrement {
    /// In the unit of the baskets' value.
    pub total: Estimate,
    /// For each treated user.
    pub per_user: Estimate,
}

/// How much more a treated user buys for.
#[must_use]
pub fn gmv_difference(arms: ValueArms, pool: BasketPool, confidence: Confidence) -> Estimate {
    let rate = |arm: ValueArm| {
        let estimate = gmv_rate(arm, pool, confidence);
        RateRange { rate: estimate.point, range: estimate.interval }
    };
    square_and_add(rate(arms.treated), rate(arms.ghost))
}

/// The turnover that was there because of the promotion.
#[must_use]
pub fn gmv_increment(arms: ValueArms, pool: BasketPool, confidence: Confidence) -> GmvIncrement {
    let per_user = gmv_difference(arms, pool, confidence);
    GmvIncrement { total: per_user.times(arms.treated.users()), per_user }
}

/// What a user of one arm buys for.
#[must_use]
pub fn gmv_rate(arm: ValueArm, pool: BasketPool, confidence: Confidence) -> Estimate {
    let squares = arm.square_sum + pool.weight * pool.square_mean;
    let basket = squares / (arm.value_sum + pool.weight * pool.mean);
    let baskets = arm.value_sum / basket;
    Estimate { point: arm.rate(), interval: poisson_score(baskets, confidence).times(basket / arm.users()) }
}
