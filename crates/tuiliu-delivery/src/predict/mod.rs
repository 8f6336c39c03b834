//! How likely an impression brings a result: counts smoothed by a prior (delivery.md §2).

mod context;

pub use context::Context;

use std::sync::atomic::{AtomicU64, Ordering};

use tuiliu_domain::promotion::Goal;

use crate::approximate::round_to_count;

/// How many goals there are.
pub const GOALS: usize = 4;

/// The place of a goal in arrays by goal.
#[must_use]
pub const fn goal_index(goal: Goal) -> usize {
    match goal {
        Goal::Viewers => 0,
        Goal::Interactions => 1,
        Goal::Follows => 2,
        Goal::ProductClicks => 3,
    }
}

/// A probability in billionths, from one billionth to one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rate(u32);

/// Billionths in one.
pub const BILLION: u32 = 1_000_000_000;

impl Rate {
    /// So many billionths, brought into the range.
    #[must_use]
    pub fn from_billionths(billionths: u64) -> Self {
        Self(u32::try_from(billionths).unwrap_or(BILLION).clamp(1, BILLION))
    }

    /// The nearest rate to this number; not-a-number becomes the smallest.
    #[must_use]
    pub fn from_number(probability: f64) -> Self {
        let billionths = round_to_count(probability * f64::from(BILLION));
        Self::from_billionths(u64::try_from(billionths).unwrap_or(0))
    }

    /// The number of billionths.
    #[must_use]
    pub const fn billionths(self) -> u32 {
        self.0
    }

    /// The probability as a number between 0 and 1.
    #[must_use]
    pub fn number(self) -> f64 {
        f64::from(self.0) / f64::from(BILLION)
    }
}

/// What is believed of an order before it has been shown: a rate, and how many impressions that belief weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prior {
    pub rate: Rate,
    pub strength: u32,
}

impl Prior {
    /// The belief about an order of this goal of which nothing else is known (*default*).
    #[must_use]
    pub fn of(goal: Goal) -> Self {
        let billionths = match goal {
            Goal::Viewers => 100_000_000,
            Goal::Interactions => 10_000_000,
            Goal::Follows => 5_000_000,
            Goal::ProductClicks => 20_000_000,
        };
        Self { rate: Rate::from_billionths(billionths), strength: 200 }
    }
}

/// What an order's impressions have brought so far; shared by every snapshot the order is in.
#[derive(Debug, Default)]
pub struct ResultCounts {
    impressions: AtomicU64,
    results: AtomicU64,
}

impl ResultCounts {
    /// Counts that start here, e.g. from what is stored.
    #[must_use]
    pub const fn starting(impressions: u64, results: u64) -> Self {
        Self { impressions: AtomicU64::new(impressions), results: AtomicU64::new(results) }
    }

    /// One more impression.
    pub fn add_impression(&self) {
        self.impressions.fetch_add(1, Ordering::Relaxed);
    }

    /// One more result.
    pub fn add_result(&self) {
        self.results.fetch_add(1, Ordering::Relaxed);
    }

    /// Impressions so far.
    #[must_use]
    pub fn impressions(&self) -> u64 {
        self.impressions.load(Ordering::Relaxed)
    }

    /// Results so far.
    #[must_use]
    pub fn results(&self) -> u64 {
        self.results.load(Ordering::Relaxed)
    }

    /// Probability that the next impression brings a result: the mean of the Beta-Binomial posterior.
    #[must_use]
    pub fn rate(&self, prior: Prior) -> Rate {
        let seen = u128::from(self.impressions()) + u128::from(prior.strength);
        let brought = u128::from(self.results()) * u128::from(BILLION)
            + u128::from(prior.rate.billionths()) * u128::from(prior.strength);
        match brought.checked_div(seen) {
            Some(billionths) => Rate::from_billionths(u64::try_from(billionths).unwrap_or(u64::MAX)),
            None => prior.rate,
        }
    }
}

#[cfg(test)]
mod tests;
