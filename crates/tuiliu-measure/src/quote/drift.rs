//! The drift index: how far the quotes that were resolved lately were off, over all creators (measurement.md, M11).

use tuiliu_domain::time::{DAY_MS, Timestamp};

use crate::approximate::approximate;

/// Ages of the quotes that count, in days since they were made: resolved, and not long ago.
const AGE_DAYS: (i64, i64) = (14, 60);
/// As many quotes that were right as the index starts with.
const CALM: f64 = 30.0;

/// A quote whose video is 14 days old.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ResolvedQuote {
    pub quoted_at: Timestamp,
    /// Logarithm of the actual plays less that of the quoted mean, the drift of its day left out.
    pub residual: f64,
}

/// The mean residual of the quotes of the last 14 to 60 days, drawn towards zero.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct DriftIndex {
    pub drift: f64,
    pub quotes: usize,
}

impl DriftIndex {
    /// Of these quotes at this instant: `mean · k / (k + 30)`.
    #[must_use]
    pub fn at(now: Timestamp, quotes: impl IntoIterator<Item = ResolvedQuote>) -> Self {
        let (mut sum, mut count) = (0.0, 0_u32);
        for quote in quotes {
            let age = now.since_ms(quote.quoted_at);
            if (AGE_DAYS.0 * DAY_MS..=AGE_DAYS.1 * DAY_MS).contains(&age) {
                sum += quote.residual;
                count = count.saturating_add(1);
            }
        }
        let quotes = usize::try_from(count).unwrap_or(usize::MAX);
        let drift = if count == 0 { 0.0 } else { sum / (approximate(u64::from(count)) + CALM) };
        Self { drift, quotes }
    }
}
