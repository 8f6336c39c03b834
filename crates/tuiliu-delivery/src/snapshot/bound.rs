//! Upper bounds of ranks, so that most orders need not be looked at.
//!
//! A bound holds because what it was made from is a limit: until the next [`Snapshot::reprice`](super::Snapshot)
//! an order bids at most its paced price of the last one, at the rate it could have at most then.

use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering};

use tuiliu_domain::money::Micros;

use super::Candidate;
use crate::bidding::{Rank, Weight};
use crate::predict::Rate;

/// What an order may bid, and how likely its result may be, until the next repricing.
#[derive(Debug, Default)]
pub(crate) struct Limit {
    price: AtomicI64,
    rate: AtomicU32,
}

impl Limit {
    /// The order's paced price and highest rate of now.
    pub(super) fn of(candidate: &Candidate) -> Self {
        let limit = Self::default();
        limit.set(candidate);
        limit
    }

    pub(super) fn set(&self, candidate: &Candidate) {
        self.price.store(candidate.pacing.price().get(), Ordering::Relaxed);
        self.rate.store(candidate.rate_max().billionths(), Ordering::Relaxed);
    }

    /// The highest paced price.
    pub(crate) fn price(&self) -> Micros {
        Micros::new(self.price.load(Ordering::Relaxed))
    }

    /// The highest rate.
    pub(crate) fn rate(&self) -> Rate {
        Rate::from_billionths(u64::from(self.rate.load(Ordering::Relaxed)))
    }
}

impl Clone for Limit {
    fn clone(&self) -> Self {
        Self {
            price: AtomicI64::new(self.price.load(Ordering::Relaxed)),
            rate: AtomicU32::new(self.rate.load(Ordering::Relaxed)),
        }
    }
}

/// The highest rank that an order, or any of several, can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Bound {
    /// By the engine's own rates, as [`Rank::rounded_up`].
    pub(crate) ranked: u64,
    /// Price times quality in thousandths, rounded up: what is left to be multiplied with a rate of the host's.
    pub(crate) plain: u64,
}

impl Bound {
    /// The bound that follows from a limit; zero for an order that cannot reach its minimum.
    pub(super) fn of(candidate: &Candidate, limit: &Limit) -> Self {
        let price = candidate.bid.effective(limit.price(), Micros::new(i64::MAX));
        if price.get() <= 0 || price < candidate.price_min {
            return Self::default();
        }
        let quality = candidate.quality.millionths();
        let plain = u128::try_from(price.get()).unwrap_or(0) * u128::from(quality.div_ceil(1_000));
        Self {
            ranked: Weight::new(limit.rate(), candidate.quality).rank(price).rounded_up(),
            plain: u64::try_from(plain).unwrap_or(u64::MAX),
        }
    }

    pub(super) fn max(self, other: Self) -> Self {
        Self { ranked: self.ranked.max(other.ranked), plain: self.plain.max(other.plain) }
    }

    /// The highest rank at a rate of the host's, as [`Rank::rounded_up`].
    pub(crate) fn at(self, rate: Rate) -> u64 {
        if self.plain == u64::MAX || self.plain == 0 {
            return self.plain;
        }
        // A weight is never below one billionth, whatever the rate.
        let whole = (u128::from(self.plain) * u128::from(rate.billionths())).div_ceil(1_000);
        u64::try_from(whole.max(u128::from(self.plain)) >> Rank::ROUNDED_BITS)
            .map_or(u64::MAX, |rounded| rounded.saturating_add(1))
    }
}

/// A bound that a repricing changes while others read it.
#[derive(Debug, Default)]
pub(crate) struct SharedBound {
    ranked: AtomicU64,
    plain: AtomicU64,
}

impl SharedBound {
    pub(super) fn new(bound: Bound) -> Self {
        let shared = Self::default();
        shared.store(bound);
        shared
    }

    pub(crate) fn load(&self) -> Bound {
        Bound { ranked: self.ranked.load(Ordering::Relaxed), plain: self.plain.load(Ordering::Relaxed) }
    }

    pub(super) fn store(&self, bound: Bound) {
        self.ranked.store(bound.ranked, Ordering::Relaxed);
        self.plain.store(bound.plain, Ordering::Relaxed);
    }
}

impl Clone for SharedBound {
    fn clone(&self) -> Self {
        Self::new(self.load())
    }
}
