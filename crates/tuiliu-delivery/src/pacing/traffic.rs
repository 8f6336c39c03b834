//! What a tenant's own requests tell of the hours of its week (DL-06).
//!
//! Each hour of the week is estimated from itself as far as it was observed, and else from the same hour of the other
//! days; that one from itself as far as it was observed, and else from the overall level. So a day tells a daily
//! shape and a week a weekly one. How much the wider estimate weighs is Bühlmann's credibility: the variance of one
//! observed hour over the variance among the hours that are told apart.

use tuiliu_domain::time::{HOUR_MS, MINUTE_MS, Timestamp};

use super::plan::{HOURS, TrafficShape, hour_of_week, local_hour, ms_of_local_hour};
use crate::approximate::{approximate, round_to_count};
use crate::predict::RestoreError;

/// Hours after which an observed hour weighs half: four weeks, so that seasons are followed and one odd week is not.
const HALF_LIFE_HOURS: f64 = 4.0 * 7.0 * 24.0;
/// Variance of the same hour in different weeks, relative to its square.
const VARIANCE_OF_ONE: f64 = 0.04;
/// Variance among the hours of a day, relative to the square of the level.
const VARIANCE_OF_HOURS: f64 = 0.4;
/// Variance among the days of a week at the same hour, relative to its square.
const VARIANCE_OF_DAYS: f64 = 0.1;
/// Longer between two observations means that nobody was there to count.
const GAP_MS_MAX: i64 = HOUR_MS;
/// An hour that was observed for less than that tells nothing.
const OBSERVED_MS_MIN: i64 = MINUTE_MS;
/// Where so many requests were to come and none came, the host was out rather than its viewers.
const OUTAGE_REQUESTS: f64 = 20.0;
/// How much of an observation such an hour is: an outage changes little, and a habit of silence is still learnt.
const OUTAGE_WEIGHT: f64 = 0.25;
/// An hour of which less is left is forgotten: soon it would be too little for a division.
const HOURS_MIN: f64 = 1e-6;
/// The mean weight of a learnt shape.
const WEIGHT_MEAN: f64 = 10_000.0;

const MARK: [u8; 5] = *b"TLTR\x01";
const CHECK_BYTES: usize = 8;

/// Requests and observed hours, the newer the heavier.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Cell {
    requests: f64,
    hours: f64,
}

impl Cell {
    fn add(&mut self, other: Self) {
        self.requests += other.requests;
        self.hours += other.hours;
    }

    /// Requests an hour, when so many hours of `prior` are added to what was observed.
    fn rate(self, strength: f64, prior: f64) -> f64 {
        (self.requests + strength * prior) / (self.hours + strength)
    }
}

/// The hour that is being observed.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct OpenHour {
    /// Local hours since the first Monday of the count.
    hour: i64,
    requests: f64,
    observed_ms: i64,
}

/// Requests of one tenant by hour of the week, as one node has seen them.
#[derive(Debug, Clone, PartialEq)]
pub struct TrafficCounts {
    cells: Box<[Cell; HOURS]>,
    /// The hour to which the cells are aged.
    aged_to: i64,
    open: OpenHour,
    /// When requests were counted last; not known after a restart.
    seen_at: Option<Timestamp>,
    hours_closed: u64,
}

impl Default for TrafficCounts {
    fn default() -> Self {
        Self {
            cells: Box::new([Cell::default(); HOURS]),
            aged_to: 0,
            open: OpenHour::default(),
            seen_at: None,
            hours_closed: 0,
        }
    }
}

impl TrafficCounts {
    /// Counts the requests since the last call, evenly over the time since; answers whether an hour was completed,
    /// so that the shape may be another.
    ///
    /// The first call, and one after more than an hour, only start to observe: nobody counted before them.
    pub fn observe(&mut self, requests: u64, now: Timestamp) -> bool {
        let Some(seen_at) = self.seen_at.replace(now) else { return false };
        let elapsed_ms = now.since_ms(seen_at);
        if !(0..=GAP_MS_MAX).contains(&elapsed_ms) {
            return false;
        }
        let requests = approximate(i64::try_from(requests).unwrap_or(i64::MAX));
        if elapsed_ms == 0 {
            self.open.requests += requests;
            return false;
        }
        let closed_before = self.hours_closed;
        let mut from = seen_at;
        while from < now {
            let (hour, over_ms) = (local_hour(from), ms_of_local_hour(from));
            let until = from.plus_ms(HOUR_MS - over_ms).min(now);
            if hour != self.open.hour {
                self.close();
                self.open = OpenHour { hour, ..OpenHour::default() };
            }
            let piece_ms = until.since_ms(from);
            self.open.requests += requests * approximate(piece_ms) / approximate(elapsed_ms);
            self.open.observed_ms = (self.open.observed_ms + piece_ms).min(HOUR_MS);
            from = until;
        }
        self.hours_closed != closed_before
    }

    /// How many hours were completed since this was made or restored.
    #[must_use]
    pub const fn hours_closed(&self) -> u64 {
        self.hours_closed
    }

    /// Whether it has observed nothing at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self { seen_at: self.seen_at, ..Self::default() }
    }

    /// Requests an hour for each hour of the week; `None` before the first request.
    #[must_use]
    pub fn requests_by_hour(&self) -> Option<Box<[f64]>> {
        self.rates().map(|rates| rates.to_vec().into_boxed_slice())
    }

    /// How requests are spread over the week; every hour alike while nothing is known, and none is without weight.
    #[must_use]
    pub fn shape(&self) -> TrafficShape {
        let Some(rates) = self.rates() else { return TrafficShape::default() };
        let mean = rates.iter().sum::<f64>() / approximate(i64::try_from(HOURS).unwrap_or(i64::MAX));
        TrafficShape::weekly(rates.map(|rate| {
            let weight = round_to_count(WEIGHT_MEAN * rate / mean).max(1);
            u32::try_from(weight).unwrap_or(u32::MAX)
        }))
    }

    /// Requests an hour for each hour of the week; `None` before the first request.
    fn rates(&self) -> Option<[f64; HOURS]> {
        let mut days = [Cell::default(); 24];
        let mut all = Cell::default();
        for (hour, cell) in self.cells.iter().enumerate() {
            days[hour % 24].add(*cell);
            all.add(*cell);
        }
        if all.requests <= 0.0 {
            return None;
        }
        let level = all.requests / all.hours;
        let variance = VARIANCE_OF_ONE + 1.0 / level;
        let of_day = days.map(|cell| cell.rate(variance / VARIANCE_OF_HOURS, level));
        let of_week = |hour: usize| self.cells[hour].rate(variance / VARIANCE_OF_DAYS, of_day[hour % 24]);
        Some(std::array::from_fn(of_week))
    }

    /// Moves the open hour into its cell.
    fn close(&mut self) {
        let OpenHour { hour, requests, observed_ms } = self.open;
        if observed_ms < OBSERVED_MS_MIN {
            return;
        }
        let place = hour_of_week(hour);
        let mut hours = approximate(observed_ms) / approximate(HOUR_MS);
        if requests <= 0.0 {
            // Before the first request nobody was connected: that is no silence.
            let Some(rates) = self.rates() else { return };
            if rates[place] * hours >= OUTAGE_REQUESTS {
                hours *= OUTAGE_WEIGHT;
            }
        }
        self.age_to(hour);
        self.cells[place].add(Cell { requests, hours });
        self.hours_closed += 1;
    }

    fn age_to(&mut self, hour: i64) {
        let hours = approximate(hour.saturating_sub(self.aged_to).max(0));
        let fade = (-hours / HALF_LIFE_HOURS).exp2();
        for cell in self.cells.iter_mut() {
            cell.requests *= fade;
            cell.hours *= fade;
            if cell.hours < HOURS_MIN {
                *cell = Cell::default();
            }
        }
        self.aged_to = self.aged_to.max(hour);
    }

    /// Everything observed, as one blob: a mark with the version, the numbers in turn, eight bytes of BLAKE3.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MARK.to_vec();
        bytes.extend_from_slice(&self.aged_to.to_le_bytes());
        bytes.extend_from_slice(&self.open.hour.to_le_bytes());
        bytes.extend_from_slice(&self.open.requests.to_le_bytes());
        bytes.extend_from_slice(&self.open.observed_ms.to_le_bytes());
        for cell in self.cells.iter() {
            bytes.extend_from_slice(&cell.requests.to_le_bytes());
            bytes.extend_from_slice(&cell.hours.to_le_bytes());
        }
        let check = check_of(&bytes);
        bytes.extend_from_slice(&check);
        bytes
    }

    /// The counts that these bytes were made of.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, RestoreError> {
        let (body, check) = bytes.split_last_chunk::<CHECK_BYTES>().ok_or(RestoreError::Damaged)?;
        if check_of(body) != *check {
            return Err(RestoreError::Damaged);
        }
        let Some(rest) = body.strip_prefix(&MARK) else { return Err(RestoreError::UnknownVersion) };
        read(rest).ok_or(RestoreError::Damaged)
    }
}

fn check_of(bytes: &[u8]) -> [u8; CHECK_BYTES] {
    *blake3::hash(bytes).as_bytes().first_chunk().expect("a hash has 32 bytes")
}

fn read(mut bytes: &[u8]) -> Option<TrafficCounts> {
    let mut counts = TrafficCounts { aged_to: whole(&mut bytes)?, ..TrafficCounts::default() };
    let (hour, requests) = (whole(&mut bytes)?, amount(&mut bytes)?);
    let observed_ms = whole(&mut bytes).filter(|observed_ms| (0..=HOUR_MS).contains(observed_ms))?;
    counts.open = OpenHour { hour, requests, observed_ms };
    for cell in counts.cells.iter_mut() {
        *cell = Cell { requests: amount(&mut bytes)?, hours: amount(&mut bytes)? };
        if cell.hours < HOURS_MIN && *cell != Cell::default() {
            return None;
        }
    }
    bytes.is_empty().then_some(counts)
}

fn word(bytes: &mut &[u8]) -> Option<[u8; 8]> {
    let (first, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*first)
}

fn whole(bytes: &mut &[u8]) -> Option<i64> {
    word(bytes).map(i64::from_le_bytes)
}

/// A number that is not negative.
fn amount(bytes: &mut &[u8]) -> Option<f64> {
    word(bytes).map(f64::from_le_bytes).filter(|number| number.is_finite() && *number >= 0.0)
}

#[cfg(test)]
mod tests;
