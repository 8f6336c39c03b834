//! The slots that viewers are expected to bring, by pool and hour.

use std::collections::BTreeMap;

use thiserror::Error;
use tuiliu_domain::limits::{GUARANTEE_HOURS_MAX, GUARANTEE_POOLS_MAX};
use tuiliu_domain::time::{HOUR_MS, Timestamp};

use crate::approximate::approximate;
use crate::pacing::TrafficShape;

/// Hours of supply that the forecast weighs against what really came.
const BELIEF_HOURS: f64 = 12.0;
/// Hours after which what came weighs half.
const HALF_LIFE_HOURS: f64 = 72.0;
/// Least part of a forecast that is believed to come.
const LEVEL_MIN: f64 = 0.25;

/// Viewers that fit the same contracts: supply that is interchangeable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pool {
    /// Places of the contracts it fits, ascending.
    pub fits: Vec<u32>,
    /// Slots of the sample that fell into it.
    pub seen: u64,
}

/// The disjoint pools of a sample of slots, each told as the places of the contracts it fits; largest first.
///
/// Slots that fit nothing are left out, and so are the smallest pools beyond [`GUARANTEE_POOLS_MAX`]: planning without
/// them is a little too careful.
#[must_use]
pub fn pools_of(sample: impl IntoIterator<Item = Vec<u32>>) -> Vec<Pool> {
    let mut counts: BTreeMap<Vec<u32>, u64> = BTreeMap::new();
    for mut fits in sample {
        fits.sort_unstable();
        fits.dedup();
        if !fits.is_empty() {
            *counts.entry(fits).or_default() += 1;
        }
    }
    let mut pools: Vec<Pool> = counts.into_iter().map(|(fits, seen)| Pool { fits, seen }).collect();
    pools.sort_by(|left, right| right.seen.cmp(&left.seen).then_with(|| left.fits.cmp(&right.fits)));
    pools.truncate(GUARANTEE_POOLS_MAX);
    pools
}

/// Why there is no forecast.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum SupplyError {
    #[error("forecast {count} pools of at most {max}")]
    TooManyPools { count: usize, max: usize },
    #[error("forecast {count} hours of at most {max}")]
    TooManyHours { count: usize, max: usize },
    #[error("forecast `{hours}` hours of pool `{pool}` where others have `{expected}`")]
    HoursDiffer { pool: usize, hours: usize, expected: usize },
    #[error("forecast `{slots}` slots in hour `{hour}` of pool `{pool}`")]
    NotAnAmount { pool: usize, hour: usize, slots: f64 },
}

/// Slots that are expected by pool and hour, corrected by what came.
#[derive(Debug, Clone, PartialEq)]
pub struct SupplyForecast {
    starts_at: Timestamp,
    hours: usize,
    /// For each pool `hours + 1` sums: slots before each hour, and before the end.
    before: Vec<f64>,
    /// For each pool, how the forecast has fared.
    fared: Vec<Fared>,
}

/// What was forecast and what came, the past fading.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Fared {
    forecast: f64,
    came: f64,
}

impl SupplyForecast {
    /// The forecast of these slots for each pool and hour; hours begin at `starts_at`.
    pub fn try_new(starts_at: Timestamp, pools: &[Vec<f64>]) -> Result<Self, SupplyError> {
        if pools.len() > GUARANTEE_POOLS_MAX {
            return Err(SupplyError::TooManyPools { count: pools.len(), max: GUARANTEE_POOLS_MAX });
        }
        let hours = pools.first().map_or(0, Vec::len);
        if hours > GUARANTEE_HOURS_MAX {
            return Err(SupplyError::TooManyHours { count: hours, max: GUARANTEE_HOURS_MAX });
        }
        let mut before = Vec::with_capacity(pools.len() * (hours + 1));
        for (pool, slots) in pools.iter().enumerate() {
            if slots.len() != hours {
                return Err(SupplyError::HoursDiffer { pool, hours: slots.len(), expected: hours });
            }
            let mut sum = 0.0;
            before.push(sum);
            for (hour, slots) in slots.iter().copied().enumerate() {
                if !slots.is_finite() || slots < 0.0 {
                    return Err(SupplyError::NotAnAmount { pool, hour, slots });
                }
                sum += slots;
                before.push(sum);
            }
        }
        Ok(Self { starts_at, hours, before, fared: vec![Fared::default(); pools.len()] })
    }

    /// The forecast for pools of so many slots a week that follow these shapes.
    pub fn along(starts_at: Timestamp, hours: usize, pools: &[(f64, &TrafficShape)]) -> Result<Self, SupplyError> {
        if hours > GUARANTEE_HOURS_MAX {
            return Err(SupplyError::TooManyHours { count: hours, max: GUARANTEE_HOURS_MAX });
        }
        let of_pool = |(weekly, shape): &(f64, &TrafficShape)| {
            shape.shares_of_week(starts_at).take(hours).map(|share| weekly * share).collect()
        };
        let pools: Vec<Vec<f64>> = pools.iter().map(of_pool).collect();
        Self::try_new(starts_at, &pools)
    }

    /// How many pools there are.
    #[must_use]
    pub const fn pools(&self) -> usize {
        self.fared.len()
    }

    /// How many hours are forecast.
    #[must_use]
    pub const fn hours(&self) -> usize {
        self.hours
    }

    /// Slots that were forecast of a pool in an hour, before any correction.
    #[must_use]
    pub fn slots(&self, pool: usize, hour: usize) -> f64 {
        let at = pool * (self.hours + 1) + hour;
        self.before[at + 1] - self.before[at]
    }

    /// Learns how many slots of a pool really came in an hour that is over; call it once an hour, for every pool.
    pub fn learn(&mut self, pool: usize, hour: usize, came: u64) {
        let forecast = self.slots(pool, hour);
        let fades = 0.5_f64.powf(1.0 / HALF_LIFE_HOURS);
        let fared = &mut self.fared[pool];
        fared.forecast = fared.forecast * fades + forecast;
        fared.came = fared.came * fades + approximate(i64::try_from(came).unwrap_or(i64::MAX));
    }

    /// How much of the forecast comes of late: the mean of a Gamma-Poisson posterior, and at most one.
    ///
    /// What comes beyond the forecast is served as it comes, but not counted on: who counts on it serves later, and
    /// slots that go by unused never come back.
    #[must_use]
    pub fn level(&self, pool: usize) -> f64 {
        let Fared { forecast, came } = self.fared[pool];
        let whole = self.before[pool * (self.hours + 1) + self.hours];
        let hours = approximate(i64::try_from(self.hours.max(1)).unwrap_or(i64::MAX));
        let belief = (whole / hours * BELIEF_HOURS).max(1.0);
        ((came + belief) / (forecast + belief)).clamp(LEVEL_MIN, 1.0)
    }

    /// Hours from the first hour of the forecast to this instant.
    pub(super) fn hours_at(&self, instant: Timestamp) -> f64 {
        approximate(instant.since_ms(self.starts_at)) / approximate(HOUR_MS)
    }

    /// Slots of a pool before an instant told in whole hours and a fraction, before any correction.
    pub(super) fn before(&self, pool: usize, hour: usize, fraction: f64) -> f64 {
        let row = pool * (self.hours + 1);
        let whole = hour.min(self.hours);
        let here = self.before[row + whole];
        let next = self.before[row + (whole + 1).min(self.hours)];
        here + fraction * (next - here)
    }
}
