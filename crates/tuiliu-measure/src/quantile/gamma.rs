//! The gamma distribution with rate one: series below its mean, Legendre's continued fraction above it.

use super::invert::{Curve, Tail, invert};
use super::normal::normal_quantile;
use super::saddle::gamma_factor;

/// Terms of an expansion: enough for shapes of ten million.
const TERMS_MAX: u32 = 100_000;

/// The probability of a value below `x`: the regularized incomplete gamma function P.
#[must_use]
pub fn gamma_below(shape: f64, x: f64) -> f64 {
    let (below, _) = both(shape, x);
    below
}

/// The probability of a value above `x`: the regularized incomplete gamma function Q.
#[must_use]
pub fn gamma_above(shape: f64, x: f64) -> f64 {
    let (_, above) = both(shape, x);
    above
}

/// The value below which the share `probability` of a gamma distribution with this shape and rate one lies.
#[must_use]
pub fn gamma_quantile(shape: f64, probability: f64) -> f64 {
    if probability <= 0.0 {
        return 0.0;
    }
    if probability >= 1.0 {
        return f64::INFINITY;
    }
    let curve = |x: f64| {
        let (below, above) = both(shape, x);
        Curve { below, above, slope: gamma_factor(shape, x) * shape }
    };
    invert(&curve, Tail::of(probability), start(shape, probability), f64::exp).exp()
}

/// The logarithm of a first guess: Wilson and Hilferty (1931), or the leading term of the series near zero.
fn start(shape: f64, probability: f64) -> f64 {
    let spread = 1.0 / (9.0 * shape);
    let cube_root = 1.0 - spread + normal_quantile(probability) * spread.sqrt();
    if cube_root > 0.2 && shape > 0.5 {
        return shape.ln() + 3.0 * cube_root.ln();
    }
    (probability.ln() + statrs::function::gamma::ln_gamma(shape + 1.0)) / shape
}

fn both(shape: f64, x: f64) -> (f64, f64) {
    if x <= 0.0 {
        return (0.0, 1.0);
    }
    let factor = gamma_factor(shape, x);
    if x < shape + 1.0 {
        let below = (factor * series(shape, x)).min(1.0);
        (below, 1.0 - below)
    } else {
        let above = (factor * shape * fraction(shape, x)).min(1.0);
        (1.0 - above, above)
    }
}

/// `1 + x/(a+1) + x²/((a+1)(a+2)) + …`
fn series(shape: f64, x: f64) -> f64 {
    let (mut sum, mut term, mut next) = (1.0, 1.0, shape);
    for _ in 0..TERMS_MAX {
        next += 1.0;
        term *= x / next;
        sum += term;
        if term < sum * f64::EPSILON * 0.1 {
            break;
        }
    }
    sum
}

/// `1/(x+1−a− 1(1−a)/(x+3−a− …))` by Lentz's method.
fn fraction(shape: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let mut b = x + 1.0 - shape;
    let mut c = 1.0 / TINY;
    let mut d = 1.0 / b;
    let mut value = d;
    for term in 1..TERMS_MAX {
        let index = f64::from(term);
        let numerator = -index * (index - shape);
        b += 2.0;
        d = nonzero(numerator * d + b, TINY).recip();
        c = nonzero(b + numerator / c, TINY);
        let step = c * d;
        value *= step;
        if (step - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    value
}

fn nonzero(number: f64, tiny: f64) -> f64 {
    if number.abs() < tiny { tiny } else { number }
}
