//! Applications: a form, a promised answer, a verdict (IN-03, IN-08).

use thiserror::Error;

use super::programme::ApplicationRules;
use super::words::coded;
use crate::calendar::Calendar;
use crate::id::{IncentiveApplicationId, IncentiveProgrammeId, PartyId, TenantId};
use crate::limits::{INCENTIVE_BROADCASTS_MAX, INCENTIVE_TEXT_BYTES_MAX};
use crate::party::Owned;
use crate::time::{HOUR_MS, Timestamp};

coded! {
    /// Where an application is.
    ApplicationState {
        /// Waits for the platform's answer.
        Submitted = "submitted",
        /// The account takes part.
        Approved = "approved",
        Rejected = "rejected",
        Withdrawn = "withdrawn",
    }
}

/// What the creator tells in the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplicationForm {
    /// What is sold; for a benchmark, which goods are exclusive or at an advantage.
    pub goods: String,
    /// When the creator means to broadcast, ascending; resources are released at these times.
    pub broadcasts: Vec<PlannedBroadcast>,
    /// Planned paid sales of the broadcast with a target.
    pub target_gmv_fen: Option<i64>,
    pub contact_note: String,
}

/// A broadcast that is planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlannedBroadcast {
    pub starts_at: Timestamp,
    pub length_ms: i64,
}

/// An application and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    pub id: IncentiveApplicationId,
    pub tenant: TenantId,
    pub programme: IncentiveProgrammeId,
    /// The edition that was applied under.
    pub edition: u32,
    pub party: PartyId,
    pub form: ApplicationForm,
    pub state: ApplicationState,
    pub created_at: Timestamp,
    /// Until when the platform has promised an answer.
    pub promised_at: Timestamp,
    pub verdict: Option<ApplicationVerdict>,
    pub version: u64,
}

/// What the platform answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplicationVerdict {
    pub reviewer: PartyId,
    pub reason: String,
    pub at: Timestamp,
}

/// Why a form is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FormError {
    #[error("fill in `{field}` with 1 to `{max}` bytes")]
    BadText { field: &'static str, max: usize },
    #[error("plan `{broadcasts}` broadcasts: it is 1 to `{max}`, and 1 with a target")]
    BadBroadcasts { broadcasts: usize, max: usize },
    #[error("plan a broadcast at `{}` ms: the first is at `{}` ms at the earliest", .starts_at.ms(), .earliest.ms())]
    TooSoon { starts_at: Timestamp, earliest: Timestamp },
    #[error("plan a broadcast of `{length_ms}` ms: it takes `{min}`")]
    TooShort { length_ms: i64, min: i64 },
    #[error("plan broadcasts that are not in the order of their times")]
    NotAscending,
    #[error("apply without a sales target, or with one where none belongs")]
    BadTarget,
}

/// Why an application is not decided or withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DecideApplicationError {
    #[error("decide on an application that is `{}`", .state.code())]
    WrongState { state: ApplicationState },
    #[error("decide on an application without a reason")]
    NoReason,
    #[error("decide on one's own application")]
    OwnApplication,
}

/// A broadcast that starts so much earlier or later than planned is still the planned one.
const PLANNED_TOLERANCE_MS: i64 = 12 * HOUR_MS;

impl PlannedBroadcast {
    /// Whether a broadcast that started at this instant is the planned one.
    #[must_use]
    pub const fn is(&self, started_at: Timestamp) -> bool {
        started_at.since_ms(self.starts_at).saturating_abs() <= PLANNED_TOLERANCE_MS
    }
}

impl ApplicationForm {
    /// Whether the form says what the programme asks for.
    pub fn check(&self, rules: ApplicationRules, has_target: bool, now: Timestamp) -> Result<(), FormError> {
        let max = INCENTIVE_TEXT_BYTES_MAX;
        if self.goods.trim().is_empty() || self.goods.len() > max {
            return Err(FormError::BadText { field: "goods", max });
        }
        if self.contact_note.len() > max {
            return Err(FormError::BadText { field: "contact_note", max });
        }
        let (broadcasts, most) = (self.broadcasts.len(), if has_target { 1 } else { INCENTIVE_BROADCASTS_MAX });
        let Some(first) = self.broadcasts.first().filter(|_| broadcasts <= most) else {
            return Err(FormError::BadBroadcasts { broadcasts, max: most });
        };
        let earliest = now.plus_ms(rules.ahead_ms_min);
        if first.starts_at < earliest {
            return Err(FormError::TooSoon { starts_at: first.starts_at, earliest });
        }
        if !self.broadcasts.is_sorted_by(|one, next| one.starts_at < next.starts_at) {
            return Err(FormError::NotAscending);
        }
        if let Some(short) = self.broadcasts.iter().find(|planned| planned.length_ms < rules.planned_ms_min.max(1)) {
            return Err(FormError::TooShort { length_ms: short.length_ms, min: rules.planned_ms_min.max(1) });
        }
        match self.target_gmv_fen {
            Some(target) if has_target && target > 0 => Ok(()),
            None if !has_target => Ok(()),
            _ => Err(FormError::BadTarget),
        }
    }
}

/// Until when an answer is promised that takes so many working days (IN-03).
#[must_use]
pub fn promised_at(calendar: &Calendar, now: Timestamp, working_days: u16) -> Timestamp {
    calendar.promise(now, working_days).deadline()
}

impl Application {
    /// Whose it is.
    #[must_use]
    pub const fn owned(&self) -> Owned {
        Owned { tenant: self.tenant, owner: self.party, co_owner: None }
    }

    /// The application with the platform's answer.
    pub fn decided(mut self, approve: bool, verdict: ApplicationVerdict) -> Result<Self, DecideApplicationError> {
        self.is_open()?;
        if verdict.reviewer == self.party {
            return Err(DecideApplicationError::OwnApplication);
        }
        if verdict.reason.trim().is_empty() && !approve {
            return Err(DecideApplicationError::NoReason);
        }
        self.state = if approve { ApplicationState::Approved } else { ApplicationState::Rejected };
        self.verdict = Some(verdict);
        Ok(self)
    }

    /// The application, taken back by who made it.
    pub fn withdrawn(mut self) -> Result<Self, DecideApplicationError> {
        self.is_open()?;
        self.state = ApplicationState::Withdrawn;
        Ok(self)
    }

    /// From when on the coupons of its approval can be used: the first broadcast agreed on, or now when that is past.
    #[must_use]
    pub fn released_at(&self, now: Timestamp) -> Timestamp {
        self.form.broadcasts.first().map_or(now, |first| first.starts_at.max(now))
    }

    fn is_open(&self) -> Result<(), DecideApplicationError> {
        let state = self.state;
        if state == ApplicationState::Submitted { Ok(()) } else { Err(DecideApplicationError::WrongState { state }) }
    }
}
