//! Months by the clocks of China, in which the platform's own experiment is told.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, date};
use jiff::tz::{Offset, TimeZone};
use thiserror::Error;
use tuiliu_domain::time::{DAY_MS, Timestamp};

/// The clocks of China are so far ahead.
const CHINA: Offset = Offset::constant(8);
/// Purchases of a month are refunded, and its last events told of, until so long after its end.
const FINAL_AFTER_MS: i64 = 2 * DAY_MS;

/// A month, `2026-11`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(i64);

/// A text is no month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("read a month like `2026-11`")]
pub struct ParseMonthError;

impl Month {
    /// The month that an instant lies in.
    #[must_use]
    pub fn of(at: Timestamp) -> Self {
        let instant = jiff::Timestamp::from_millisecond(at.ms()).expect("these years exist");
        Self::of_day(CHINA.to_datetime(instant).date())
    }

    fn of_day(day: Date) -> Self {
        Self(i64::from(day.year()) * 12 + i64::from(day.month()) - 1)
    }

    /// Counted from the year 0.
    #[must_use]
    pub const fn number(self) -> i64 {
        self.0
    }

    /// The month so many months later.
    #[must_use]
    pub const fn plus(self, months: i64) -> Self {
        Self(self.0.saturating_add(months))
    }

    fn first_day(self) -> Date {
        let year = i16::try_from(self.0.div_euclid(12)).expect("these years exist");
        let month = i8::try_from(self.0.rem_euclid(12) + 1).expect("a year has twelve months");
        date(year, month, 1)
    }

    /// Its first instant.
    #[must_use]
    pub fn start(self) -> Timestamp {
        let start = self.first_day().to_zoned(TimeZone::fixed(CHINA)).expect("these years exist");
        Timestamp::from_ms(start.timestamp().as_millisecond())
    }

    /// The first month that is not final yet.
    #[must_use]
    pub fn open_at(now: Timestamp) -> Self {
        Self::of(now.plus_ms(-FINAL_AFTER_MS))
    }

    /// When what is told of it changes no more.
    #[must_use]
    pub fn final_at(self) -> Timestamp {
        self.plus(1).start().plus_ms(FINAL_AFTER_MS)
    }
}

impl FromStr for Month {
    type Err = ParseMonthError;

    fn from_str(text: &str) -> Result<Self, ParseMonthError> {
        let is_shaped = text.len() == 7
            && text.bytes().enumerate().all(|(at, byte)| match at {
                4 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        let day: Option<Date> = is_shaped.then(|| format!("{text}-01").parse().ok()).flatten();
        // Calendars of other centuries are nobody's month here.
        day.filter(|day| (1970..=9000).contains(&day.year())).map(Self::of_day).ok_or(ParseMonthError)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = self.first_day();
        write!(f, "{:04}-{:02}", day.year(), day.month())
    }
}

#[cfg(test)]
mod tests;
