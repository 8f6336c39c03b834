//! Orders that ended, as what the next ones are compared with.

use tuiliu_domain::money::Beans;
use tuiliu_domain::promotion::{Goal, OrderForm};
use tuiliu_domain::time::{HOUR_MS, Timestamp};

use super::conformal::score;

/// How the point was made at purchase: orders are only compared with orders whose point was made the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PointBy {
    /// From what the platform supposes a result costs: there was no traffic to look at.
    Prior,
    /// By deciding on sampled requests again, with the order among the others.
    Replay,
}

impl PointBy {
    /// The code used in rows and in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Prior => "prior",
            Self::Replay => "replay",
        }
    }

    /// The way with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Prior, Self::Replay].into_iter().find(|way| way.code() == code)
    }
}

/// What makes orders comparable, the widest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kind {
    pub point_by: PointBy,
    pub goal: Goal,
    pub form: OrderForm,
    /// See [`budget_band`].
    pub budget_band: u8,
    /// See [`hour_band`].
    pub hour_band: u8,
}

/// Budgets at which a new band begins, in beans.
pub const BUDGET_BANDS_FROM: [i64; 7] = [300, 1_000, 3_000, 10_000, 30_000, 100_000, 300_000];
/// Hours of a band of the day.
pub const HOUR_BAND_HOURS: i64 = 6;
/// China has one time zone and no summer time.
const LOCAL_OFFSET_MS: i64 = 8 * HOUR_MS;

/// The number of the band that a budget lies in; each is about three times the last.
#[must_use]
pub fn budget_band(budget: Beans) -> u8 {
    let band = BUDGET_BANDS_FROM.partition_point(|from| *from <= budget.get());
    u8::try_from(band).unwrap_or(u8::MAX)
}

/// The number of the part of the day, by the wall clock of China: night, morning, afternoon, evening.
#[must_use]
pub fn hour_band(at: Timestamp) -> u8 {
    let hour = at.plus_ms(LOCAL_OFFSET_MS).ms().div_euclid(HOUR_MS).rem_euclid(24);
    u8::try_from(hour / HOUR_BAND_HOURS).unwrap_or(0)
}

/// What is foretold of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Figure {
    /// Charged results.
    Results,
    /// Promoted room entries.
    Views,
    /// How long delivery takes, in milliseconds.
    DurationMs,
}

impl Figure {
    /// Every figure there is.
    pub const ALL: [Self; 3] = [Self::Results, Self::Views, Self::DurationMs];

    pub(super) const fn index(self) -> usize {
        match self {
            Self::Results => 0,
            Self::Views => 1,
            Self::DurationMs => 2,
        }
    }
}

/// What was expected at purchase, and what came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PointAndActual {
    pub point: i64,
    pub actual: i64,
}

/// One order that ended by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comparable {
    pub kind: Kind,
    pub ended_at: Timestamp,
    /// In the order of [`Figure::ALL`].
    pub figures: [PointAndActual; 3],
}

impl Comparable {
    /// How far a figure ended from its point.
    #[must_use]
    pub fn score(&self, figure: Figure) -> f64 {
        let PointAndActual { point, actual } = self.figures[figure.index()];
        score(point, actual)
    }
}
