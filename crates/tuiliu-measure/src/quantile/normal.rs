//! The standard normal distribution.

use std::f64::consts::SQRT_2;

use statrs::function::erf::erfc_inv;

use super::gamma::{gamma_above, gamma_below};

/// The probability of a value below `x`.
#[must_use]
pub fn normal_below(x: f64) -> f64 {
    normal_above(-x)
}

/// The probability of a value above `x`.
#[must_use]
pub fn normal_above(x: f64) -> f64 {
    // The error function as an incomplete gamma function: `statrs::erfc` is off by 7e-11 in the tails.
    let half = 0.5 * x * x;
    if x > 0.0 { 0.5 * gamma_above(0.5, half) } else { 0.5 + 0.5 * gamma_below(0.5, half) }
}

/// The value below which the share `probability` lies; infinite at 0 and 1.
#[must_use]
pub fn normal_quantile(probability: f64) -> f64 {
    -SQRT_2 * erfc_inv(2.0 * probability)
}
