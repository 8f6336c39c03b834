//! Steps of time: minutes, hours and days of a time zone.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;
use tuiliu_domain::time::{DAY_MS, HOUR_MS, MINUTE_MS, Timestamp};

/// Sums are kept by minute and by quarter of an hour: every offset of a time zone is a whole number of quarters, so
/// hours and days of any zone are exact sums of them.
const QUARTER_MS: i64 = 15 * MINUTE_MS;
/// No zone is further from UTC.
const OFFSET_MS_MAX: i64 = 14 * HOUR_MS;

/// How long a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Grain {
    Minute,
    Hour,
    Day,
}

/// A fixed offset from UTC, `+08:00`; a whole number of quarters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Zone {
    offset_ms: i64,
}

/// A text is no offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("read an offset like `+08:00`, in quarters of an hour and at most 14 hours")]
pub struct ParseZoneError;

impl Grain {
    /// Every length.
    pub const ALL: &[Self] = &[Self::Minute, Self::Hour, Self::Day];

    /// The code used in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }

    /// Its length.
    #[must_use]
    pub const fn length_ms(self) -> i64 {
        match self {
            Self::Minute => MINUTE_MS,
            Self::Hour => HOUR_MS,
            Self::Day => DAY_MS,
        }
    }

    /// Whether quarters of an hour tell it.
    #[must_use]
    pub const fn is_of_quarters(self) -> bool {
        !matches!(self, Self::Minute)
    }

    /// The start of the step that an instant lies in, by the clocks of a zone.
    #[must_use]
    pub const fn start(self, at: Timestamp, zone: Zone) -> Timestamp {
        let local = at.ms().saturating_add(zone.offset_ms);
        Timestamp::from_ms(local.saturating_sub(local.rem_euclid(self.length_ms())).saturating_sub(zone.offset_ms))
    }
}

impl Zone {
    /// The clocks of China.
    pub const CHINA: Self = Self { offset_ms: 8 * HOUR_MS };

    /// The start of the quarter of an hour that an instant lies in, in every zone.
    #[must_use]
    pub const fn quarter(at: Timestamp) -> Timestamp {
        Timestamp::from_ms(at.ms().saturating_sub(at.ms().rem_euclid(QUARTER_MS)))
    }

    /// Clocks so far ahead of UTC.
    #[must_use]
    pub const fn ahead_of_utc(offset_ms: i64) -> Self {
        Self { offset_ms }
    }

    /// What its clocks are ahead of UTC.
    #[must_use]
    pub const fn offset_ms(self) -> i64 {
        self.offset_ms
    }
}

impl FromStr for Zone {
    type Err = ParseZoneError;

    fn from_str(text: &str) -> Result<Self, ParseZoneError> {
        if text == "Z" {
            return Ok(Self::default());
        }
        let (sign, rest) = match text.split_at_checked(1) {
            Some(("+", rest)) => (1, rest),
            Some(("-", rest)) => (-1, rest),
            _ => return Err(ParseZoneError),
        };
        let (hours, minutes) = rest.split_once(':').ok_or(ParseZoneError)?;
        let number = |digits: &str| {
            let plain = digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_digit());
            plain.then(|| digits.parse::<i64>().ok()).flatten().ok_or(ParseZoneError)
        };
        let minutes = number(minutes)?;
        let offset_ms = sign * (number(hours)? * HOUR_MS + minutes * MINUTE_MS);
        if minutes > 59 || offset_ms % QUARTER_MS != 0 || offset_ms.abs() > OFFSET_MS_MAX {
            return Err(ParseZoneError);
        }
        Ok(Self { offset_ms })
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.offset_ms < 0 { '-' } else { '+' };
        let minutes = self.offset_ms.abs() / MINUTE_MS;
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}
