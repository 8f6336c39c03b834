//! Densities without cancellation, after C. Loader, "Fast and accurate computation of binomial probabilities" (2000).
//!
//! `x ln x − ln Γ(x)` of large numbers loses all digits; its parts are written as what Stirling's formula misses and as
//! the deviance, both of which are small.

use std::f64::consts::TAU;

use statrs::function::gamma::ln_gamma;

/// From here on five terms of Stirling's series give every digit.
const SERIES_FROM: f64 = 15.0;

/// What Stirling's formula misses: `ln Γ(n + 1) − (½ ln 2πn + n ln n − n)`.
pub(super) fn stirling_error(n: f64) -> f64 {
    if n < SERIES_FROM {
        return ln_gamma(n + 1.0) - (0.5 * (TAU * n).ln() + n * n.ln() - n);
    }
    let square = n * n;
    let tail = 1.0 / 1680.0 - (1.0 / 1188.0 - 691.0 / 360_360.0 / square) / square;
    (1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1260.0 - tail / square) / square) / square) / n
}

/// The deviance `x ln(x / mean) + mean − x`, never negative.
pub(super) fn deviance(x: f64, mean: f64) -> f64 {
    if (x - mean).abs() >= 0.1 * (x + mean) {
        return if x == 0.0 { mean } else { x * (x / mean).ln() + mean - x };
    }
    let ratio = (x - mean) / (x + mean);
    let mut sum = (x - mean) * ratio;
    let mut term = 2.0 * x * ratio;
    let mut odd = 1.0;
    loop {
        term *= ratio * ratio;
        odd += 2.0;
        let next = sum + term / odd;
        if next == sum {
            return sum;
        }
        sum = next;
    }
}

/// `x^shape e^−x / Γ(shape + 1)` for a positive shape and a positive `x`.
pub(super) fn gamma_factor(shape: f64, x: f64) -> f64 {
    if shape < 1.0 {
        return (shape * x.ln() - x - ln_gamma(shape + 1.0)).exp();
    }
    (-stirling_error(shape) - deviance(shape, x)).exp() / (TAU * shape).sqrt()
}

/// The chance of `hits` in `tries` draws that hit with probability `chance` and miss with `miss = 1 − chance`.
///
/// Neither number has to be whole.
pub(crate) fn binomial_density(hits: f64, tries: f64, chance: f64, miss: f64) -> f64 {
    if hits == 0.0 || hits == tries {
        let (own, other, power) = if hits == 0.0 { (miss, chance, tries) } else { (chance, miss, tries) };
        // `ln_1p` keeps the digits of a chance near one.
        return (power * if other < 0.5 { (-other).ln_1p() } else { own.ln() }).exp();
    }
    let misses = tries - hits;
    let correction = stirling_error(tries) - stirling_error(hits) - stirling_error(misses);
    let distance = deviance(hits, tries * chance) + deviance(misses, tries * miss);
    (correction - distance).exp() * (tries / (TAU * hits * misses)).sqrt()
}

/// `x^a y^b / B(a, b)` with `y = 1 − x`.
pub(super) fn beta_factor(a: f64, b: f64, x: f64, y: f64) -> f64 {
    if x <= 0.0 || y <= 0.0 {
        return 0.0;
    }
    if a >= 1.0 && b >= 1.0 {
        return a * b / (a + b) * binomial_density(a, a + b, x, y);
    }
    // The smaller parameter goes up by one, so that Loader's form applies: B(a, b) = B(a + 1, b) (a + b) / a.
    if a < 1.0 {
        return beta_factor(a + 1.0, b, x, y) / x * a / (a + b);
    }
    beta_factor(a, b + 1.0, x, y) / y * b / (a + b)
}
