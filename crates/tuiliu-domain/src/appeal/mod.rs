//! Appeals: somebody asks for a decision to be looked at again, by somebody else (RV-04).

use thiserror::Error;

use crate::id::{AppealId, PartyId, TenantId};
use crate::limits::{APPEAL_LINKS_MAX, APPEAL_TEXT_BYTES_MAX};
use crate::party::Owned;
use crate::time::Timestamp;

/// What kind of decision is appealed; with the id of the thing it names one decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AppealSubject {
    /// A promotion order that was rejected.
    RejectedOrder,
    /// An account that was banned.
    BannedAccount,
    /// A measure that limits an account and took rewards back.
    IncentiveMeasure,
}

/// Where an appeal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AppealState {
    /// Waits for the second look.
    Open,
    /// The first decision is undone.
    Granted,
    /// The first decision stands.
    Dismissed,
    Withdrawn,
}

/// An appeal and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appeal {
    pub id: AppealId,
    pub tenant: TenantId,
    /// Whose matter it is.
    pub party: PartyId,
    pub subject: AppealSubject,
    /// The thing's own id: of the order, the account, the measure.
    pub subject_id: u128,
    /// Who decided first, if a person did: somebody else decides now.
    pub first_decider: Option<PartyId>,
    pub evidence: AppealEvidence,
    pub state: AppealState,
    pub created_at: Timestamp,
    /// Until when an answer is promised, in working days.
    pub promised_at: Timestamp,
    pub answer: Option<AppealAnswer>,
    pub version: u64,
}

/// What the appeal rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppealEvidence {
    pub text: String,
    /// Where more is to be seen.
    pub links: Vec<String>,
}

/// What the second look came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppealAnswer {
    pub reviewer: PartyId,
    pub text: String,
    pub at: Timestamp,
}

/// Why an appeal is not filed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum FileAppealError {
    #[error("appeal without saying why, or with more than `{max}` bytes")]
    BadText { max: usize },
    #[error("appeal with more than `{max}` links, or with one that is none")]
    BadLinks { max: usize },
}

/// Why an appeal is not decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DecideAppealError {
    #[error("decide on an appeal that is `{}`", .state.code())]
    WrongState { state: AppealState },
    #[error("decide on an appeal against one's own decision")]
    SameReviewer,
    #[error("decide on an appeal without a reason")]
    NoReason,
}

impl AppealEvidence {
    /// Whether it can be worked with.
    pub fn check(&self) -> Result<(), FileAppealError> {
        if self.text.trim().is_empty() || self.text.len() > APPEAL_TEXT_BYTES_MAX {
            return Err(FileAppealError::BadText { max: APPEAL_TEXT_BYTES_MAX });
        }
        let is_link = |link: &String| link.starts_with("https://") && link.len() <= 2_048 && !link.contains(' ');
        if self.links.len() > APPEAL_LINKS_MAX || !self.links.iter().all(is_link) {
            return Err(FileAppealError::BadLinks { max: APPEAL_LINKS_MAX });
        }
        Ok(())
    }
}

impl Appeal {
    /// Whose it is.
    #[must_use]
    pub const fn owned(&self) -> Owned {
        Owned { tenant: self.tenant, owner: self.party, co_owner: None }
    }

    /// The appeal with its answer: by somebody who neither made the first decision nor has an interest in it.
    pub fn decided(mut self, grant: bool, answer: AppealAnswer) -> Result<Self, DecideAppealError> {
        self.is_open()?;
        if self.first_decider == Some(answer.reviewer) || self.party == answer.reviewer {
            return Err(DecideAppealError::SameReviewer);
        }
        if answer.text.trim().is_empty() {
            return Err(DecideAppealError::NoReason);
        }
        self.state = if grant { AppealState::Granted } else { AppealState::Dismissed };
        self.answer = Some(answer);
        Ok(self)
    }

    /// The appeal, taken back by who filed it.
    pub fn withdrawn(mut self) -> Result<Self, DecideAppealError> {
        self.is_open()?;
        self.state = AppealState::Withdrawn;
        Ok(self)
    }

    fn is_open(&self) -> Result<(), DecideAppealError> {
        if self.state == AppealState::Open { Ok(()) } else { Err(DecideAppealError::WrongState { state: self.state }) }
    }
}

impl AppealSubject {
    /// Every subject there is.
    pub const ALL: &[Self] = &[Self::RejectedOrder, Self::BannedAccount, Self::IncentiveMeasure];

    /// The code used in rows and in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::RejectedOrder => "rejected_order",
            Self::BannedAccount => "banned_account",
            Self::IncentiveMeasure => "incentive_measure",
        }
    }

    /// The subject with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|subject| subject.code() == code)
    }
}

impl AppealState {
    /// Every state there is.
    pub const ALL: &[Self] = &[Self::Open, Self::Granted, Self::Dismissed, Self::Withdrawn];

    /// The code used in rows and in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Granted => "granted",
            Self::Dismissed => "dismissed",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The state with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.code() == code)
    }
}

#[cfg(test)]
mod tests;
