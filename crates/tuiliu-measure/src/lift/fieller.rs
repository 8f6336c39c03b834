//! Ranges of ratios whose denominator may be near nothing (E. C. Fieller 1954).

use super::arm::SampleArms;
use super::interval::{Confidence, Estimate, Interval};

/// What the data allow a ratio to be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RatioInterval {
    Bounded(Interval),
    /// The denominator may be zero: the ratio is this or more, without an upper end.
    AtLeast(f64),
    /// The data allow any ratio.
    NotBounded,
}

/// Two means, how sure each is, and how they move together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RatioInput {
    pub numerator: f64,
    pub numerator_variance: f64,
    pub denominator: f64,
    pub denominator_variance: f64,
    pub covariance: f64,
}

/// All ratios ρ with `(numerator − ρ denominator)² ≤ z² Var(numerator − ρ denominator)`.
///
/// When `g = z² Var(denominator) / denominator²` reaches 1 that set has no upper end; of its two pieces the one that
/// holds the estimate counts, where there are two.
#[must_use]
pub fn fieller(input: RatioInput, confidence: Confidence) -> RatioInterval {
    let square = confidence.z() * confidence.z();
    let a = input.denominator * input.denominator - square * input.denominator_variance;
    let b = input.numerator * input.denominator - square * input.covariance;
    let c = input.numerator * input.numerator - square * input.numerator_variance;
    let discriminant = b * b - a * c;
    if a > 0.0 {
        // With `a` positive the set is never empty: it holds the estimate.
        let root = discriminant.max(0.0).sqrt();
        return RatioInterval::Bounded(Interval { low: (b - root) / a, high: (b + root) / a });
    }
    if discriminant <= 0.0 || a == 0.0 {
        return RatioInterval::NotBounded;
    }
    // Outside the roots; the upper piece starts at the larger one.
    let root = discriminant.sqrt();
    let start = ((b - root) / a).max((b + root) / a);
    if input.numerator / input.denominator >= start { RatioInterval::AtLeast(start) } else { RatioInterval::NotBounded }
}

/// How much more a treated user has beside what a ghost has: 0.2 is a fifth more.
#[must_use]
pub fn relative_lift(arms: SampleArms, confidence: Confidence) -> RatioInterval {
    let input = RatioInput {
        numerator: arms.treated.mean(),
        numerator_variance: arms.treated.mean_variance(),
        denominator: arms.ghost.mean(),
        denominator_variance: arms.ghost.mean_variance(),
        covariance: 0.0,
    };
    match fieller(input, confidence) {
        RatioInterval::Bounded(range) => {
            RatioInterval::Bounded(Interval { low: range.low - 1.0, high: range.high - 1.0 })
        }
        RatioInterval::AtLeast(low) => RatioInterval::AtLeast(low - 1.0),
        RatioInterval::NotBounded => RatioInterval::NotBounded,
    }
}

/// What one more event cost, in the unit of `cost`: Fieller with a numerator that is known.
///
/// The increment's range may be of any shape. When it reaches down to nothing the cost has no upper end, and when it
/// never exceeds nothing there is no cost of an increment at all.
#[must_use]
pub fn cost_per_increment(cost: f64, increment: Interval) -> RatioInterval {
    if increment.high <= 0.0 {
        return RatioInterval::NotBounded;
    }
    if increment.low <= 0.0 {
        return RatioInterval::AtLeast(cost / increment.high);
    }
    RatioInterval::Bounded(Interval { low: cost / increment.high, high: cost / increment.low })
}

/// Turnover brought for each unit of money spent (iROAS); the spend is known, so the range only changes its unit.
///
/// Nothing when nothing was spent.
#[must_use]
pub fn incremental_return(turnover: Estimate, cost: f64) -> Option<Estimate> {
    (cost > 0.0).then(|| turnover.times(1.0 / cost))
}
