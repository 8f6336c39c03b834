//! What an order is ready to pay for a result: its own limit, its pacing, its lease (DL-04).

use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use tuiliu_domain::money::Micros;

use crate::predict::Rate;

/// How the buyer lets the engine bid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bid {
    /// Spend the budget evenly over the window at the best price: the bid is what pacing says.
    Auto,
    /// At most this price per result; pacing only lowers it.
    Manual { price_max: Micros },
    /// Results may cost this much on average; the paced bid follows from it ([`crate::autobid`]) and may lie above,
    /// since what is paid lies below the bid, but never beyond [`BID_OVER_COST_MAX`] times.
    CostCap { cost_max: Micros },
    /// A guaranteed contract (DL-07): the platform bids for itself, pacing says how much, never above what is at stake.
    Shadow { stake_max: Micros, turn: u32 },
}

/// How many times the mean cost of a result a single bid may be.
pub const BID_OVER_COST_MAX: i64 = 100;

/// Millionths in a whole share.
pub const WHOLE_SHARE: u32 = 1_000_000;

/// What pacing currently allows an order; shared by every snapshot the order is in.
#[derive(Debug)]
pub struct PacingCell {
    /// The bid per result, in millionths of the price unit (k in delivery.md).
    price: AtomicI64,
    /// Share of auctions the order takes part in, in millionths; below one only when even the cheapest are too many.
    participation: AtomicU32,
}

impl PacingCell {
    /// Takes part in every auction at this price per result.
    #[must_use]
    pub const fn new(price: Micros) -> Self {
        Self { price: AtomicI64::new(price.get()), participation: AtomicU32::new(WHOLE_SHARE) }
    }

    /// Puts a new answer of the pacer into effect.
    pub fn set(&self, price: Micros, participation_millionths: u32) {
        self.price.store(price.get(), Ordering::Relaxed);
        self.participation.store(participation_millionths.min(WHOLE_SHARE), Ordering::Relaxed);
    }

    /// The bid per result.
    #[must_use]
    pub fn price(&self) -> Micros {
        Micros::new(self.price.load(Ordering::Relaxed))
    }

    /// Share of auctions to take part in, in millionths.
    #[must_use]
    pub fn participation_millionths(&self) -> u32 {
        self.participation.load(Ordering::Relaxed)
    }
}

impl Bid {
    /// The bid per result: never above the buyer's limit, nor above what the lease has left (DL-05).
    #[must_use]
    pub fn effective(self, paced: Micros, lease_available: Micros) -> Micros {
        let own = match self {
            Self::Auto => paced,
            Self::Manual { price_max } => paced.min(price_max),
            Self::CostCap { cost_max } => {
                paced.min(Micros::new(cost_max.get().max(0).saturating_mul(BID_OVER_COST_MAX)))
            }
            Self::Shadow { stake_max, .. } => paced.min(stake_max),
        };
        own.min(lease_available)
    }

    /// The place of a guaranteed contract in the order in which contracts take part; others need none.
    #[must_use]
    pub const fn turn(self) -> Option<u32> {
        match self {
            Self::Shadow { turn, .. } => Some(turn),
            _ => None,
        }
    }
}

/// How good an item is for viewers, in millionths; one million is neutral.
///
/// An item whose prices are in a dearer unit than the market's ranks by so much more: see [`Quality::priced_in`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quality(u32);

impl Quality {
    pub const NEUTRAL: Self = Self(1_000_000);
    /// The best there is: ten times neutral.
    pub const BEST: Self = Self(10_000_000);

    /// So many millionths, brought into 0.001 … 10.
    #[must_use]
    pub fn from_millionths(millionths: u32) -> Self {
        Self(millionths.clamp(1_000, Self::BEST.0))
    }

    /// The same of an item whose price unit is worth so many of the market's: one yuan is ten beans.
    #[must_use]
    pub const fn priced_in(self, units: u32) -> Self {
        let millionths = self.0.saturating_mul(units);
        Self(if millionths == 0 { 1 } else { millionths })
    }

    /// The number of millionths.
    #[must_use]
    pub const fn millionths(self) -> u32 {
        self.0
    }
}

/// Probability of a result times quality, in billionths: what turns a price per result into a rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Weight(u64);

impl Weight {
    /// The weight of an item with this rate and quality; at least one billionth.
    #[must_use]
    pub fn new(rate: Rate, quality: Quality) -> Self {
        let product = u64::from(rate.billionths()) * u64::from(quality.millionths());
        Self((product / 1_000_000).max(1))
    }

    /// The rank of this bid per result, exact.
    #[must_use]
    pub fn rank(self, bid: Micros) -> Rank {
        Rank(i128::from(bid.get()) * i128::from(self.0))
    }

    /// The smallest price per result whose rank is at least this one.
    #[must_use]
    pub fn price_for(self, rank: Rank) -> Micros {
        if rank.0 <= 0 {
            return Micros::ZERO;
        }
        let weight = i128::from(self.0);
        let price = match i64::try_from(rank.0) {
            // The narrow division is several times faster, and nearly every rank fits.
            Ok(narrow) => i64::try_from(self.0).map(|weight| narrow / weight + i64::from(narrow % weight != 0)).ok(),
            Err(_) => i64::try_from((rank.0 - 1) / weight + 1).ok(),
        };
        Micros::new(price.unwrap_or(i64::MAX))
    }
}

/// Value of an impression to its buyer: bid × probability × quality, in millionths of a billionth.
///
/// It is not rounded, so that a second price computed from it keeps the rank exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Rank(i128);

impl Rank {
    pub const ZERO: Self = Self(0);
    /// Bits dropped where a rank is kept as a bound.
    pub(crate) const ROUNDED_BITS: u32 = 16;

    /// In units of 2¹⁶, rounded up and then some; the highest number when it has no room.
    pub(crate) fn rounded_up(self) -> u64 {
        let whole = u128::try_from(self.0.max(0)).unwrap_or(0) >> Self::ROUNDED_BITS;
        u64::try_from(whole).unwrap_or(u64::MAX).saturating_add(1)
    }

    /// Whether everything whose [`rounded_up`](Self::rounded_up) is this stands below it.
    pub(crate) fn is_above(self, rounded_up: u64) -> bool {
        i128::from(rounded_up) <= self.0 >> Self::ROUNDED_BITS && rounded_up < u64::MAX
    }

    /// The least that is above it.
    pub(crate) const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The rank that a price per impression stands for.
    #[must_use]
    pub fn of_price(per_impression: Micros) -> Self {
        Self(i128::from(per_impression.get().max(0)) * i128::from(crate::predict::BILLION))
    }

    /// The price per impression it stands for, the fraction dropped.
    #[must_use]
    pub fn price(self) -> Micros {
        Micros::new(i64::try_from(self.0 / i128::from(crate::predict::BILLION)).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests;
