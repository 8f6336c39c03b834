//! The crossings between whole numbers and approximate ones; figures for people, never charges.

/// The nearest approximate number; exact up to 2⁵³.
#[must_use]
#[expect(clippy::as_conversions, reason = "the one named way from a count to an approximate number")]
pub fn approximate(count: u64) -> f64 {
    count as f64
}

/// The nearest whole number; beyond the range it stops at the end, and not-a-number is zero.
#[must_use]
#[expect(clippy::as_conversions, reason = "the one named way back to a whole number; `as` saturates")]
pub fn round_to_whole(number: f64) -> i64 {
    number.round() as i64
}
