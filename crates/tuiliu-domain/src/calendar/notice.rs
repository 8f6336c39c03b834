//! A year's notice: which days are off, which weekends are worked, read from a text.

use std::collections::BTreeMap;

use super::{Certainty, Day};
use crate::limits::CALENDAR_EXCEPTIONS_MAX;

/// One year of the calendar: the days that differ from Monday to Friday.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Year {
    number: i64,
    certainty: Certainty,
    /// Whether people work on this day, for days that were named.
    days: BTreeMap<Day, bool>,
}

/// Why a calendar's text cannot be used; lines are counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoticeError {
    #[error("failed to read line {line} of the calendar: it is neither a year, nor days off, nor days worked")]
    Unreadable { line: usize },
    #[error("failed to read line {line} of the calendar: no year has begun")]
    NoYear { line: usize },
    #[error("failed to read line {line} of the calendar: `{day}` is not in the year {year}")]
    OtherYear { line: usize, day: Day, year: i64 },
    #[error("failed to read line {line} of the calendar: `{day}` was named before")]
    Twice { line: usize, day: Day },
    #[error("failed to read line {line} of the calendar: `{day}` is worked anyway")]
    NoWeekend { line: usize, day: Day },
    #[error("failed to read line {line} of the calendar: the year {year} was named before")]
    YearTwice { line: usize, year: i64 },
    #[error("failed to read line {line} of the calendar: a year has at most {CALENDAR_EXCEPTIONS_MAX} such days")]
    TooManyDays { line: usize },
    #[error("failed to use the calendar: it has {years} years")]
    TooManyYears { years: usize },
}

impl Year {
    /// Which year it is.
    #[must_use]
    pub const fn number(&self) -> i64 {
        self.number
    }

    /// Whether its notice is known.
    #[must_use]
    pub const fn certainty(&self) -> Certainty {
        self.certainty
    }

    /// Whether people work on this day, if the notice names it.
    #[must_use]
    pub fn exception(&self, day: Day) -> Option<bool> {
        self.days.get(&day).copied()
    }

    fn name(&mut self, line: usize, days: (Day, Day), work: bool) -> Result<(), NoticeError> {
        let (first, last) = days;
        for number in 0..=last.number().saturating_sub(first.number()) {
            let day = first.plus_days(number);
            if day.year() != self.number {
                return Err(NoticeError::OtherYear { line, day, year: self.number });
            }
            if work && !day.is_weekend() {
                return Err(NoticeError::NoWeekend { line, day });
            }
            if self.days.insert(day, work).is_some() {
                return Err(NoticeError::Twice { line, day });
            }
            if self.days.len() > CALENDAR_EXCEPTIONS_MAX {
                return Err(NoticeError::TooManyDays { line });
            }
        }
        Ok(())
    }
}

/// What one line says.
enum Line {
    Year(i64, Certainty),
    Days(Day, Day, bool),
}

/// The years of a text in the format of `mainland.txt`.
pub(super) fn read(text: &str) -> Result<Vec<Year>, NoticeError> {
    let mut years: Vec<Year> = Vec::new();
    for (index, content) in text.lines().enumerate() {
        let (line, content) = (index.saturating_add(1), content.trim());
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        match parse(content).ok_or(NoticeError::Unreadable { line })? {
            Line::Year(year, _) if years.iter().any(|known| known.number == year) => {
                return Err(NoticeError::YearTwice { line, year });
            }
            Line::Year(number, certainty) => years.push(Year { number, certainty, days: BTreeMap::new() }),
            Line::Days(first, last, work) => {
                years.last_mut().ok_or(NoticeError::NoYear { line })?.name(line, (first, last), work)?;
            }
        }
    }
    Ok(years)
}

fn parse(content: &str) -> Option<Line> {
    let (head, rest) = content.split_once(' ')?;
    let word = rest.split(' ').next()?;
    match word {
        "announced" | "provisional" => {
            let year = head.parse().ok().filter(|year| (1_949..=9_999).contains(year))?;
            Some(Line::Year(year, Certainty::from_code(word)?))
        }
        "off" | "work" => {
            let (first, last) = head.split_once("..").unwrap_or((head, head));
            let (first, last) = (first.parse::<Day>().ok()?, last.parse::<Day>().ok()?);
            (first <= last).then_some(Line::Days(first, last, word == "work"))
        }
        _ => None,
    }
}
