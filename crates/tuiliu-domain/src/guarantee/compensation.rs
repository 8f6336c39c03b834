//! What a shortfall of results is worth: exact, rounded up to the fen once, at the end (GB-06).

use crate::money::Amount;

/// What was promised and paid for a number of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Shortfall {
    /// Results that were promised; at least 1.
    pub expected_plays: u64,
    /// What they were to cost in all, in fen: fixed price and fee.
    pub paid_fen: i64,
    /// Never more than this.
    pub cap: Amount,
}

/// The compensation for so many actual results: `(expected − actual) × paid / expected`, rounded up, at most the cap.
///
/// That is GB-06 with the thousands cancelled: expected CPM is `paid / (expected / 1000)`.
///
/// # Panics
/// When nothing was promised or the price is negative, which only a bug can cause.
#[must_use]
pub fn compensation(shortfall: Shortfall, actual_plays: u64) -> Amount {
    let Shortfall { expected_plays, paid_fen, cap } = shortfall;
    assert!(expected_plays > 0 && paid_fen >= 0, "a promise has plays and a price");
    let missing = u128::from(expected_plays.saturating_sub(actual_plays));
    // 64 bits times 63 bits.
    let worth = missing * u128::from(paid_fen.unsigned_abs());
    let fen = worth.div_ceil(u128::from(expected_plays));
    let fen = i64::try_from(fen).expect("a part of what was paid is no more than that");
    Amount::new(fen).min(cap)
}
