//! The two crossings between whole numbers and approximate ones; predictions only, never charges.

/// The nearest approximate number.
#[must_use]
#[expect(clippy::as_conversions, reason = "the one named way from a count to a prediction")]
pub fn approximate(count: i64) -> f64 {
    count as f64
}

/// The nearest whole number; beyond the range it stops at the end, and not-a-number is zero.
#[must_use]
#[expect(clippy::as_conversions, reason = "the one named way from a prediction to a count; `as` saturates")]
pub fn round_to_count(number: f64) -> i64 {
    number.round() as i64
}
