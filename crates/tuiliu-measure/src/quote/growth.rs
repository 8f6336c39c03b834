//! The growth of plays with age: which part of its 14-day plays a video has when it is younger or older.

use tuiliu_domain::time::{DAY_MS, Timestamp};

use crate::approximate::approximate;

/// The age at which plays are compared and guarantees end (GB-05).
pub const MATURE_DAYS: f64 = 14.0;
/// Ages in days at which the curve is known; between them it is linear in the logarithm of the age.
const AGES: [f64; 12] = [0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 7.0, 10.0, MATURE_DAYS, 21.0, 30.0, 45.0];
/// The place of [`MATURE_DAYS`] in [`AGES`].
const MATURE: usize = 8;
/// Shares of the 14-day plays that are assumed at these ages where nothing was measured: for people to look at, never
/// for a price.
const ASSUMED: [f64; AGES.len()] = [0.15, 0.25, 0.40, 0.55, 0.64, 0.75, 0.83, 0.92, 1.0, 1.08, 1.15, 1.22];
/// Videos that a knot must have been seen in.
const VIDEOS_MIN: usize = 10;

/// How many valid plays a video had at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reading {
    pub at: Timestamp,
    pub plays: u64,
}

/// A published video and what was read of it, oldest reading first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Video {
    pub published_at: Timestamp,
    pub readings: Vec<Reading>,
}

/// `ln(plays at an age / plays at 14 days)`, never falling with age.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GrowthCurve {
    /// One value for each age; `None` where too few videos were seen.
    knots: [Option<f64>; AGES.len()],
}

impl GrowthCurve {
    /// A curve of which only 14 days are known: younger videos then say nothing, older ones have their last plays.
    #[must_use]
    pub const fn unknown() -> Self {
        let mut knots = [None; AGES.len()];
        knots[MATURE] = Some(0.0);
        Self { knots }
    }

    /// This curve with what is assumed where nothing was measured, and whether nothing had to be assumed before 14 days.
    #[must_use]
    pub fn or_assumed(&self) -> (Self, bool) {
        let is_measured = self.knots.iter().take(MATURE).all(Option::is_some);
        let mut curve = *self;
        for (knot, assumed) in curve.knots.iter_mut().zip(ASSUMED) {
            knot.get_or_insert(assumed.ln());
        }
        curve.level();
        (curve, is_measured)
    }

    /// The median curve of videos that were read when young and at 14 days or later.
    #[must_use]
    pub fn fit(videos: &[Video]) -> Self {
        let mut ratios = AGES.map(|_| Vec::new());
        for video in videos {
            let Some(mature) = video.log_plays_at(MATURE_DAYS) else { continue };
            for (age, own) in AGES.iter().zip(&mut ratios) {
                own.extend(video.log_plays_at(*age).map(|log_plays| log_plays - mature));
            }
        }
        let mut curve = Self { knots: ratios.map(median) };
        curve.knots[MATURE] = Some(0.0);
        curve.level();
        curve
    }

    /// The logarithm of the plays that a video read at this age will have, or had, at 14 days.
    ///
    /// `None` when it is younger than the curve is known. After the last age that is known plays count as they are.
    #[must_use]
    pub fn matured(&self, video: &Video, now: Timestamp) -> Option<f64> {
        if let Some(mature) = video.known_at(now).log_plays_at(MATURE_DAYS) {
            return Some(mature);
        }
        let reading = video.readings.iter().rev().find(|reading| reading.at <= now)?;
        Some(log_plays(reading.plays) - self.at(age_days(video.published_at, reading.at))?)
    }

    /// The logarithm of the share of its 14-day plays that a video of this age has.
    #[must_use]
    pub fn at(&self, age: f64) -> Option<f64> {
        let known = || AGES.iter().zip(&self.knots).filter_map(|(age, knot)| knot.map(|knot| (*age, knot)));
        let before = known().take_while(|(own, _)| *own <= age).last()?;
        match known().find(|(own, _)| *own > age) {
            Some(after) => Some(between(before, after, age)),
            None => Some(before.1),
        }
    }

    /// Makes the curve rise: a knot is never below an earlier one, and none before 14 days is above 0.
    fn level(&mut self) {
        let mut floor = f64::NEG_INFINITY;
        for (place, knot) in self.knots.iter_mut().enumerate() {
            if let Some(knot) = knot {
                *knot = if place < MATURE { knot.min(0.0) } else { knot.max(0.0) }.max(floor);
                floor = *knot;
            }
        }
    }
}

impl Video {
    /// The logarithm of the plays that were read last, whatever its age was then.
    #[must_use]
    pub fn log_plays_read(&self) -> Option<f64> {
        self.readings.last().map(|reading| log_plays(reading.plays))
    }

    /// The video as it was known at this instant.
    fn known_at(&self, now: Timestamp) -> Self {
        let readings = self.readings.iter().copied().filter(|reading| reading.at <= now).collect();
        Self { published_at: self.published_at, readings }
    }

    /// The logarithm of its plays at this age, between two readings; a later reading alone says nothing of the past.
    fn log_plays_at(&self, age: f64) -> Option<f64> {
        let points = || self.readings.iter().map(|read| (age_days(self.published_at, read.at), log_plays(read.plays)));
        let before = points().rev().find(|(own, _)| *own <= age && *own > 0.0)?;
        if before.0 == age {
            return Some(before.1);
        }
        points().find(|(own, _)| *own > age).map(|after| between(before, after, age))
    }
}

/// Between two points, linear in the logarithm of the age.
fn between(before: (f64, f64), after: (f64, f64), age: f64) -> f64 {
    let part = (age / before.0).ln() / (after.0 / before.0).ln();
    before.1 + (after.1 - before.1) * part
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    (values.len() >= VIDEOS_MIN).then(|| values[values.len() / 2])
}

/// The logarithm of a number of plays; none count as one.
pub(super) fn log_plays(plays: u64) -> f64 {
    approximate(plays.max(1)).ln()
}

/// Days from one instant to another; 0 when the other is earlier.
pub(super) fn age_days(from: Timestamp, to: Timestamp) -> f64 {
    let ms = u64::try_from(to.since_ms(from)).unwrap_or_default();
    approximate(ms) / approximate(DAY_MS.unsigned_abs())
}
