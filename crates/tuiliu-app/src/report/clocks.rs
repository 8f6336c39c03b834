//! Whose clocks steps of time follow: a fixed offset from UTC, or a named zone whose days may have 23 or 25 hours.

use std::fmt;
use std::str::FromStr;

use jiff::tz::TimeZone;
use thiserror::Error;
use tuiliu_domain::time::{SECOND_MS, Timestamp};
use tuiliu_measure::rollup::{Grain, Zone};

/// Longest name of a zone.
const NAME_LENGTH_MAX: usize = 64;

/// The clocks of some place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clocks {
    /// The same offset all year.
    Fixed(Zone),
    /// A zone of the IANA database, which is part of the binary: `Europe/Berlin`.
    Named(TimeZone),
}

/// A text names no clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("read an offset like `+08:00`, in quarters of an hour and at most 14 hours, or a zone like `Europe/Berlin`")]
pub struct ParseClocksError;

impl Clocks {
    /// Those of China.
    pub const CHINA: Self = Self::Fixed(Zone::CHINA);

    /// The start of the step that an instant lies in.
    #[must_use]
    pub fn start(&self, grain: Grain, at: Timestamp) -> Timestamp {
        match (self, grain) {
            (Self::Fixed(zone), _) => grain.start(at, *zone),
            (Self::Named(zone), Grain::Minute | Grain::Hour) => {
                // Between two changes of its clocks a zone is an offset; an hour that comes twice is two steps.
                let seconds = i64::from(zone.to_offset(instant(at)).seconds());
                grain.start(at, Zone::ahead_of_utc(seconds * SECOND_MS))
            }
            (Self::Named(zone), Grain::Day) => {
                let day = instant(at).to_zoned(zone.clone()).start_of_day().expect("these years exist");
                Timestamp::from_ms(day.timestamp().as_millisecond())
            }
        }
    }
}

fn instant(at: Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_millisecond(at.ms()).expect("these years exist")
}

impl FromStr for Clocks {
    type Err = ParseClocksError;

    fn from_str(text: &str) -> Result<Self, ParseClocksError> {
        if let Ok(zone) = text.parse() {
            return Ok(Self::Fixed(zone));
        }
        if text.len() > NAME_LENGTH_MAX {
            return Err(ParseClocksError);
        }
        TimeZone::get(text).map(Self::Named).map_err(|_| ParseClocksError)
    }
}

impl fmt::Display for Clocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(zone) => zone.fmt(f),
            Self::Named(zone) => f.write_str(zone.iana_name().unwrap_or("UTC")),
        }
    }
}

#[cfg(test)]
mod tests;
