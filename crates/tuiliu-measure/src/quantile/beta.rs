//! The beta distribution: the continued fraction of A. R. Didonato and A. H. Morris (TOMS 708, 1992, eq. 9).

use super::invert::{Curve, Tail, invert};
use super::saddle::beta_factor;

/// Terms of the fraction: enough for parameters of a hundred million.
const TERMS_MAX: u32 = 100_000;

/// The probability of a value below `x`: the regularized incomplete beta function.
#[must_use]
pub fn beta_below(a: f64, b: f64, x: f64) -> f64 {
    let (below, _) = both(a, b, Split { x, y: 1.0 - x });
    below
}

/// The value below which the share `probability` lies.
#[must_use]
pub fn beta_quantile(a: f64, b: f64, probability: f64) -> f64 {
    if probability <= 0.0 {
        return 0.0;
    }
    if probability >= 1.0 {
        return 1.0;
    }
    let curve = |logit: f64| {
        let split = Split::at(logit);
        let (below, above) = both(a, b, split);
        Curve { below, above, slope: beta_factor(a, b, split.x, split.y) }
    };
    let start = (a / b).ln();
    Split::at(invert(&curve, Tail::of(probability), start, |logit| logit)).x
}

/// `x` and `y = 1 − x`, each with all its digits.
#[derive(Clone, Copy)]
pub(super) struct Split {
    pub(super) x: f64,
    pub(super) y: f64,
}

impl Split {
    fn at(logit: f64) -> Self {
        Self { x: 1.0 / (1.0 + (-logit).exp()), y: 1.0 / (1.0 + logit.exp()) }
    }
}

/// The probabilities below and above.
pub(super) fn both(a: f64, b: f64, split: Split) -> (f64, f64) {
    let Split { x, y } = split;
    if x <= 0.0 {
        return (0.0, 1.0);
    }
    if y <= 0.0 {
        return (1.0, 0.0);
    }
    let factor = beta_factor(a, b, x, y);
    if a * y >= b * x {
        let below = (factor / fraction(a, b, split)).min(1.0);
        (below, 1.0 - below)
    } else {
        let above = (factor / fraction(b, a, Split { x: y, y: x })).min(1.0);
        (1.0 - above, above)
    }
}

/// The denominator of the fraction by Lentz's method.
fn fraction(a: f64, b: f64, split: Split) -> f64 {
    let Split { x, y } = split;
    // Of one sign where the fraction is used; `a − (a + b) x` would lose its digits.
    let distance = a * y - b * x;
    let partial = |m: f64| {
        m + m * (b - m) * x / (a + 2.0 * m - 1.0) + (a + m) / (a + 2.0 * m + 1.0) * (distance + 1.0 + m * (1.0 + y))
    };
    let mut value = nonzero(a / (a + 1.0) * (distance + 1.0));
    let (mut c, mut d) = (value, 0.0);
    for term in 1..TERMS_MAX {
        let m = f64::from(term);
        let root = x / (a + 2.0 * m - 1.0);
        let numerator = (a + m - 1.0) * (a + b + m - 1.0) * m * (b - m) * root * root;
        let denominator = partial(m);
        d = nonzero(denominator + numerator * d).recip();
        c = nonzero(denominator + numerator / c);
        let step = c * d;
        value *= step;
        if (step - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    value
}

fn nonzero(number: f64) -> f64 {
    if number.abs() < 1e-300 { 1e-300 } else { number }
}
