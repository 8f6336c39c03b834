//! Ranges and how sure they are.

use crate::quantile::normal_quantile;

/// A closed range in the unit of what it is about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}

impl Interval {
    /// A range of the same distance to both sides.
    #[must_use]
    pub fn around(point: f64, half_width: f64) -> Self {
        Self { low: point - half_width, high: point + half_width }
    }

    /// Half of the distance between the ends.
    #[must_use]
    pub fn half_width(&self) -> f64 {
        (self.high - self.low) / 2.0
    }

    /// Whether the value lies inside; the ends do.
    #[must_use]
    pub fn contains(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    /// The range in a unit that is `factor` times smaller; the factor is positive.
    #[must_use]
    pub fn times(&self, factor: f64) -> Self {
        Self { low: self.low * factor, high: self.high * factor }
    }
}

/// The most likely value and the range of those that the data allow.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    pub point: f64,
    pub interval: Interval,
}

impl Estimate {
    /// Both in a unit that is `factor` times smaller; the factor is positive.
    #[must_use]
    pub fn times(&self, factor: f64) -> Self {
        Self { point: self.point * factor, interval: self.interval.times(factor) }
    }
}

/// How often a range is to hold the truth, and how many standard errors that takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Confidence {
    level: f64,
    z: f64,
}

impl Confidence {
    /// The level of everything that is displayed.
    pub const NINETY_FIVE: Self = Self { level: 0.95, z: 1.959_963_984_540_054 };

    /// Any level between 0 and 1; nothing for others.
    #[must_use]
    pub fn try_new(level: f64) -> Option<Self> {
        (level > 0.0 && level < 1.0).then(|| Self { level, z: normal_quantile(0.5 + level / 2.0) })
    }

    /// The share of ranges that hold the truth.
    #[must_use]
    pub fn level(&self) -> f64 {
        self.level
    }

    /// Standard errors to each side.
    #[must_use]
    pub fn z(&self) -> f64 {
        self.z
    }

    /// The probability below the range, and above it.
    #[must_use]
    pub fn tail(&self) -> f64 {
        (1.0 - self.level) / 2.0
    }
}
