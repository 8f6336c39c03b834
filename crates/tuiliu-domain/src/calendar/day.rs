//! A civil day in China Standard Time.

use std::fmt;
use std::str::FromStr;

use crate::time::{DAY_MS, HOUR_MS, Timestamp};

/// China Standard Time is eight hours before UTC, all year, since 1991.
const SHANGHAI_MS: i64 = 8 * HOUR_MS;
/// Days in four hundred years, after which the Gregorian calendar repeats itself.
const DAYS_OF_400_YEARS: i64 = 146_097;
/// Days from the first of March of the year 0 to the Unix epoch.
const DAYS_TO_EPOCH: i64 = 719_468;

/// A day of the Gregorian calendar, from its 00:00 to its 24:00 in Shanghai.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i64);

/// A text that is no day, or parts that make none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a day is written as `2027-01-31` and exists")]
pub struct DayError;

impl Day {
    /// The day in which this instant lies in Shanghai.
    #[must_use]
    pub const fn at(instant: Timestamp) -> Self {
        Self(instant.ms().saturating_add(SHANGHAI_MS).div_euclid(DAY_MS))
    }

    /// The day with this date, if there is one.
    pub fn from_date(year: i64, month: i64, day: i64) -> Result<Self, DayError> {
        let exists = (1..=9_999).contains(&year) && (1..=12).contains(&month) && day >= 1;
        if exists && day <= month_length(year, month) {
            Ok(Self(days_from_date(year, month, day)))
        } else {
            Err(DayError)
        }
    }

    /// Days since 1970-01-01.
    #[must_use]
    pub const fn number(self) -> i64 {
        self.0
    }

    /// Year, month and day of the month.
    #[must_use]
    pub const fn date(self) -> (i64, i64, i64) {
        // Years that begin in March put the leap day at their end (Hinnant, "chrono-compatible low-level date algorithms").
        let shifted = self.0 + DAYS_TO_EPOCH;
        let era = shifted.div_euclid(DAYS_OF_400_YEARS);
        let day_of_era = shifted.rem_euclid(DAYS_OF_400_YEARS);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = year_of_era + era * 400;
        (if month <= 2 { year + 1 } else { year }, month, day)
    }

    #[must_use]
    pub const fn year(self) -> i64 {
        self.date().0
    }

    /// Whether it is a Saturday or a Sunday.
    #[must_use]
    pub const fn is_weekend(self) -> bool {
        // Day 0 was a Thursday; days 2 and 3 a Saturday and a Sunday.
        matches!(self.0.rem_euclid(7), 2 | 3)
    }

    /// The day so many days later.
    #[must_use]
    pub const fn plus_days(self, days: i64) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// The same day of a later month, or that month's last day.
    #[must_use]
    pub fn plus_months(self, months: u16) -> Self {
        let (year, month, day) = self.date();
        let ahead = month - 1 + i64::from(months);
        let (year, month) = (year + ahead / 12, ahead % 12 + 1);
        let last = month_length(year, month);
        Self(days_from_date(year, month, day.min(last)))
    }

    /// Its 00:00 in Shanghai.
    #[must_use]
    pub const fn start(self) -> Timestamp {
        Timestamp::from_ms(self.0.saturating_mul(DAY_MS).saturating_sub(SHANGHAI_MS))
    }

    /// Its 24:00 in Shanghai, which is no longer in it.
    #[must_use]
    pub const fn end(self) -> Timestamp {
        self.plus_days(1).start()
    }
}

const fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

const fn month_length(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

const fn days_from_date(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * DAYS_OF_400_YEARS + day_of_era - DAYS_TO_EPOCH
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.date();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl FromStr for Day {
    type Err = DayError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let mut parts = text.split('-');
        let (Some(year), Some(month), Some(day), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(DayError);
        };
        if (year.len(), month.len(), day.len()) != (4, 2, 2) || ![year, month, day].into_iter().all(digits) {
            return Err(DayError);
        }
        let number = |part: &str| part.parse::<i64>().map_err(|_| DayError);
        Self::from_date(number(year)?, number(month)?, number(day)?)
    }
}
