//! Civil days in China Standard Time, months counted as the civil code counts them, and working days (WL-09).
//!
//! Periods follow the civil code, articles 201 to 203: the day on which something happens is not counted, a period of
//! months ends with the same day of its last month or that month's last day, and a day lasts until its 24:00.

mod day;
mod notice;

pub use day::{Day, DayError};
pub use notice::{NoticeError, Year};

use std::collections::BTreeMap;

use crate::limits::CALENDAR_YEARS_MAX;
use crate::time::Timestamp;

/// What is known of mainland China's years, compiled in; a deployment adds to it (`Calendar::extended`).
const MAINLAND: &str = include_str!("mainland.txt");

/// How sure it is which days of a year are working days; a later one is less sure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certainty {
    /// The State Council's notice for the year is in the calendar.
    Announced,
    /// Only the days off that the law fixes are in the calendar; days moved around them are not known yet.
    Provisional,
    /// The calendar has nothing for the year: Monday to Friday are taken for working days.
    Unknown,
}

/// A promise in working days: the last day on which it can be kept, and how sure that day is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promise {
    pub day: Day,
    /// Of the least certain day that was counted.
    pub certainty: Certainty,
}

/// Which days people work in mainland China.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    years: BTreeMap<i64, Year>,
}

impl Calendar {
    /// The years that this release knows.
    #[must_use]
    pub fn mainland() -> Self {
        let years = notice::read(MAINLAND).expect("a test reads the calendar that is compiled in");
        Self { years: years.into_iter().map(|year| (year.number(), year)).collect() }
    }

    /// This calendar with the years of a text in the format of `mainland.txt`; a year of the text takes the place of
    /// the year that was there.
    pub fn extended(&self, text: &str) -> Result<Self, NoticeError> {
        let mut years = self.years.clone();
        for year in notice::read(text)? {
            years.insert(year.number(), year);
        }
        if years.len() > CALENDAR_YEARS_MAX {
            return Err(NoticeError::TooManyYears { years: years.len() });
        }
        Ok(Self { years })
    }

    /// How sure it is which days of this day's year are working days.
    #[must_use]
    pub fn certainty(&self, day: Day) -> Certainty {
        self.years.get(&day.year()).map_or(Certainty::Unknown, Year::certainty)
    }

    /// Whether people work on this day, as far as the calendar knows.
    #[must_use]
    pub fn is_working(&self, day: Day) -> bool {
        let moved = self.years.get(&day.year()).and_then(|year| year.exception(day));
        moved.unwrap_or(!day.is_weekend())
    }

    /// The day `count` working days after `from`, which itself is never counted; with 0, `from`.
    ///
    /// A promise "within 7 working days" that begins on a Thursday before a plain week ends with the Monday after next.
    #[must_use]
    pub fn add_working_days(&self, from: Day, count: u16) -> Promise {
        let mut promise = Promise { day: from, certainty: self.certainty(from) };
        let mut left = count;
        while left > 0 {
            promise.day = promise.day.plus_days(1);
            promise.certainty = promise.certainty.max(self.certainty(promise.day));
            if self.is_working(promise.day) {
                left -= 1;
            }
        }
        promise
    }

    /// The last day of a promise of `count` working days that begins at this instant in Shanghai.
    #[must_use]
    pub fn promise(&self, from: Timestamp, count: u16) -> Promise {
        self.add_working_days(Day::at(from), count)
    }

    /// How many working days lie after `from`, up to and with `to`: how far a promise has come. 0 when `to` is earlier.
    ///
    /// Counts no further than `CALENDAR_SPAN_DAYS_MAX` days.
    #[must_use]
    pub fn working_days_between(&self, from: Day, to: Day) -> u16 {
        let days = to.number().saturating_sub(from.number()).clamp(0, crate::limits::CALENDAR_SPAN_DAYS_MAX);
        let working = (1..=days).filter(|ahead| self.is_working(from.plus_days(*ahead))).count();
        u16::try_from(working).expect("the span's limit is within u16")
    }
}

impl Promise {
    /// The instant at which the promise is broken if it was not kept: 24:00 of its day in Shanghai.
    #[must_use]
    pub const fn deadline(self) -> Timestamp {
        self.day.end()
    }
}

impl Certainty {
    /// Every certainty there is.
    pub const ALL: &[Self] = &[Self::Announced, Self::Provisional, Self::Unknown];

    /// The code used in rows and in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Announced => "announced",
            Self::Provisional => "provisional",
            Self::Unknown => "unknown",
        }
    }

    /// The certainty with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|certainty| certainty.code() == code)
    }
}

#[cfg(test)]
mod tests;
