//! Whether the arms have the sizes that were drawn: if not, something is broken and no figure can be trusted.
//!
//! Pearson's chi-square test (A. Fabijan et al. 2019 for experiments).

use super::arm::InputError;
use crate::approximate::approximate;
use crate::quantile::chi_square_above;

/// Below this the experiment is broken and its lift is not shown.
pub const BROKEN_BELOW: f64 = 0.000_5;

/// How far the sizes of the arms are from what was drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SampleRatio {
    pub chi_square: f64,
    /// How likely sizes so far off are when nothing is broken.
    pub p_value: f64,
}

impl SampleRatio {
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.p_value < BROKEN_BELOW
    }
}

/// Compares each arm's users with its share; the shares need not add up to one. At least two arms.
pub fn sample_ratio(arms: &[(u64, f64)]) -> Result<SampleRatio, InputError> {
    let users: f64 = arms.iter().map(|(users, _)| approximate(*users)).sum();
    let shares: f64 = arms.iter().map(|(_, share)| share).sum();
    if users == 0.0 || arms.len() < 2 {
        return Err(InputError::NoUsers);
    }
    let mut chi_square = 0.0;
    for (own, share) in arms {
        if !share.is_finite() || *share <= 0.0 {
            return Err(InputError::NotFinite { value: *share });
        }
        let expected = users * share / shares;
        let off = approximate(*own) - expected;
        chi_square += off * off / expected;
    }
    let degrees = approximate(u64::try_from(arms.len()).unwrap_or(u64::MAX)) - 1.0;
    Ok(SampleRatio { chi_square, p_value: chi_square_above(degrees, chi_square) })
}
