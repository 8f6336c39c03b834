//! The chi-square distribution: a gamma distribution on another scale.

use super::gamma::{gamma_above, gamma_quantile};

/// The probability of a value above `x`.
#[must_use]
pub fn chi_square_above(degrees: f64, x: f64) -> f64 {
    gamma_above(degrees / 2.0, x / 2.0)
}

/// The value below which the share `probability` lies.
#[must_use]
pub fn chi_square_quantile(degrees: f64, probability: f64) -> f64 {
    2.0 * gamma_quantile(degrees / 2.0, probability)
}
