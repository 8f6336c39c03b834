//! How likely an impression brings a result (delivery.md §2): a hierarchy of rates, corrected by circumstances.
//!
//! `p = hierarchy × circumstances`, the latter within a factor of four of the odds, so that a bound holds for every
//! request. What decisions read (beliefs, weights) changes only when a [`Learner`] publishes it.

mod belief;
mod calibration;
mod codec;
mod context;
mod feature;
mod ftrl;
mod hierarchy;
mod learner;
mod pending;

pub use belief::{Belief, CORRECTION_MAX, corrected, log_odds};
pub use calibration::{Calibration, Curve, PRICE_LEVELS, Point, PriceLevel, Sums, isotonic};
pub use codec::RestoreError;
pub use context::Context;
pub use feature::{FEATURES, Features, hour_of_day};
pub use ftrl::{Example, Exploration, Ftrl, FtrlSettings, Model, ModelCell, TABLE_BITS};
pub use hierarchy::{Hierarchy, Moments, OwnCounts, Place, Strengths};
pub use learner::{Learner, Learnt};
pub use pending::{Pending, Served, Told, Windows};

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use tuiliu_domain::promotion::Goal;

use crate::approximate::round_to_count;

/// How many kinds of results are told apart: goals that the same event fulfils are one.
pub const GOALS: usize = 7;

/// One goal of each kind, in their order.
pub const KINDS: [Goal; GOALS] = [
    Goal::Viewers,
    Goal::Interactions,
    Goal::Follows,
    Goal::ProductClicks,
    Goal::Purchases,
    Goal::ContentInterest,
    Goal::ProfileVisits,
];

/// The place of a goal in arrays by goal.
#[must_use]
pub const fn goal_index(goal: Goal) -> usize {
    match goal {
        Goal::Viewers => 0,
        Goal::Interactions | Goal::Comments => 1,
        Goal::Follows => 2,
        Goal::ProductClicks => 3,
        Goal::Purchases | Goal::Sales => 4,
        Goal::ContentInterest => 5,
        Goal::ProfileVisits => 6,
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
            Goal::Interactions | Goal::Comments => 10_000_000,
            Goal::Follows | Goal::ProfileVisits => 5_000_000,
            Goal::ProductClicks => 20_000_000,
            Goal::Purchases | Goal::Sales => 2_000_000,
            Goal::ContentInterest => 30_000_000,
        };
        Self { rate: Rate::from_billionths(billionths), strength: 200 }
    }
}

/// What an order's impressions have brought so far; shared by every snapshot the order is in.
#[derive(Debug, Default)]
pub struct ResultCounts {
    impressions: AtomicU64,
    results: AtomicU64,
    /// Rate and ceiling of the published belief, 32 bits each; 0 while there is none.
    believed: AtomicU64,
    belief_weight: AtomicU32,
    /// Hash of the room's category.
    category: u64,
}

impl ResultCounts {
    /// Counts that start here, e.g. from what is stored.
    #[must_use]
    pub const fn starting(impressions: u64, results: u64) -> Self {
        Self {
            impressions: AtomicU64::new(impressions),
            results: AtomicU64::new(results),
            believed: AtomicU64::new(0),
            belief_weight: AtomicU32::new(0),
            category: 0,
        }
    }

    /// The same, of an order whose room is of the category with this hash.
    #[must_use]
    pub const fn in_category(mut self, category: u64) -> Self {
        self.category = category;
        self
    }

    /// Hash of the room's category; 0 when it is not known.
    #[must_use]
    pub const fn category(&self) -> u64 {
        self.category
    }

    /// Lets decisions see what is believed of the order from now on.
    pub fn publish(&self, belief: Belief) {
        let Belief { rate, ceiling, weight } = belief;
        self.belief_weight.store(weight, Ordering::Relaxed);
        let both = u64::from(rate.0) << 32 | u64::from(ceiling.max(rate).0);
        self.believed.store(both, Ordering::Release);
    }

    /// What was published last; `None` before the first time.
    #[must_use]
    pub fn belief(&self) -> Option<Belief> {
        let both = self.believed.load(Ordering::Acquire);
        let rate = Rate(u32::try_from(both >> 32).unwrap_or(BILLION));
        let weight = self.belief_weight.load(Ordering::Relaxed);
        (both != 0).then(|| Belief { rate, ceiling: ceiling_of(both), weight })
    }

    /// The ceiling of what was published last.
    #[must_use]
    pub fn ceiling(&self) -> Option<Rate> {
        let both = self.believed.load(Ordering::Acquire);
        (both != 0).then(|| ceiling_of(both))
    }

    /// One more impression.
    pub fn add_impression(&self) {
        self.impressions.fetch_add(1, Ordering::Relaxed);
    }

    /// One more result.
    pub fn add_result(&self) {
        self.results.fetch_add(1, Ordering::Relaxed);
    }

    /// A result was taken back after it was counted.
    pub fn take_result(&self) {
        // There is none when it was counted before these counts began.
        let _ = self.results.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |results| results.checked_sub(1));
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
        let (impressions, results) = (self.impressions(), self.results());
        // Half the width divides several times faster.
        if impressions.max(results) < 1 << 33 {
            let seen = impressions + u64::from(prior.strength);
            let brought = results * u64::from(BILLION) + u64::from(prior.rate.billionths()) * u64::from(prior.strength);
            return brought.checked_div(seen).map_or(prior.rate, Rate::from_billionths);
        }
        let seen = u128::from(self.impressions()) + u128::from(prior.strength);
        let brought = u128::from(self.results()) * u128::from(BILLION)
            + u128::from(prior.rate.billionths()) * u128::from(prior.strength);
        match brought.checked_div(seen) {
            Some(billionths) => Rate::from_billionths(u64::try_from(billionths).unwrap_or(u64::MAX)),
            None => prior.rate,
        }
    }
}

/// The lower half.
fn ceiling_of(both: u64) -> Rate {
    Rate(u32::try_from(both & u64::from(u32::MAX)).unwrap_or(BILLION))
}

#[cfg(test)]
mod tests;
