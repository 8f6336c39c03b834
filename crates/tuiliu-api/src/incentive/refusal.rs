//! What the refusals of this column mean to a client.

use std::fmt::Display;

use tuiliu_app::incentive::{
    ApplyRefusal, DecideApplicationRefusal, DryRunRefusal, ProgrammeRefusal, ReportFactsRefusal, TakeMeasureRefusal,
};
use tuiliu_domain::incentive::{DecideApplicationError, FormError, TakeMeasureError};

use crate::code::Code;
use crate::problem::Problem;

fn told(code: Code, refusal: impl Display) -> Problem {
    Problem::new(code).with_detail(format!("failed to {refusal}"))
}

fn at(code: Code, pointer: &str, refusal: impl Display) -> Problem {
    Problem::new(code).with_error(pointer, format!("failed to {refusal}"))
}

impl From<ProgrammeRefusal> for Problem {
    fn from(refusal: ProgrammeRefusal) -> Self {
        let code = match &refusal {
            ProgrammeRefusal::Unreadable { .. } | ProgrammeRefusal::Terms(_) => Code::IncentiveTermsInvalid,
            ProgrammeRefusal::Change(_) | ProgrammeRefusal::TooManyEditions { .. } => Code::IncentiveWrongState,
            ProgrammeRefusal::VersionConflict { .. } => Code::RequestVersionConflict,
        };
        told(code, refusal)
    }
}

impl From<DryRunRefusal> for Problem {
    fn from(refusal: DryRunRefusal) -> Self {
        told(Code::RequestInvalidQuery, refusal)
    }
}

impl From<ApplyRefusal> for Problem {
    fn from(refusal: ApplyRefusal) -> Self {
        let code = match &refusal {
            ApplyRefusal::NotOpen => Code::IncentiveNotOpen,
            ApplyRefusal::NoApplicationNeeded => Code::IncentiveNoApplicationNeeded,
            ApplyRefusal::NoParty => Code::IncentiveNoParty,
            ApplyRefusal::Limited { .. } => Code::IncentiveLimited,
            ApplyRefusal::NotEligible { .. } => Code::IncentiveNotEligible,
            ApplyRefusal::AlreadyHelped => Code::IncentiveAlreadyHelped,
            ApplyRefusal::AlreadyApplied => Code::IncentiveAlreadyApplied,
            ApplyRefusal::QuotaExhausted { .. } => Code::IncentiveQuotaExhausted,
            ApplyRefusal::Form(error) => return at(Code::IncentiveFormInvalid, pointer(error), error),
        };
        told(code, refusal)
    }
}

const fn pointer(error: &FormError) -> &'static str {
    match error {
        FormError::BadText { .. } => "/goods",
        FormError::BadBroadcasts { .. } | FormError::NotAscending => "/broadcasts",
        FormError::TooSoon { .. } => "/broadcasts/0/starts_at",
        FormError::TooShort { .. } => "/broadcasts/0/length_ms",
        FormError::BadTarget => "/target_gmv_fen",
    }
}

impl From<DecideApplicationRefusal> for Problem {
    fn from(refusal: DecideApplicationRefusal) -> Self {
        let code = match refusal {
            DecideApplicationRefusal::Decide(DecideApplicationError::WrongState { .. }) => Code::IncentiveWrongState,
            DecideApplicationRefusal::Decide(DecideApplicationError::NoReason) => Code::IncentiveNoReason,
            DecideApplicationRefusal::Decide(DecideApplicationError::OwnApplication) => Code::AccessForbidden,
            DecideApplicationRefusal::AlreadyHelped => Code::IncentiveAlreadyHelped,
            DecideApplicationRefusal::NotOpen => Code::IncentiveNotOpen,
        };
        told(code, refusal)
    }
}

impl From<ReportFactsRefusal> for Problem {
    fn from(refusal: ReportFactsRefusal) -> Self {
        match refusal {
            ReportFactsRefusal::NotStarted => told(Code::RoomWrongState, refusal),
            ReportFactsRefusal::Facts(_) | ReportFactsRefusal::TooManyMarks { .. } => {
                told(Code::IncentiveFactsInvalid, refusal)
            }
        }
    }
}

impl From<TakeMeasureRefusal> for Problem {
    fn from(refusal: TakeMeasureRefusal) -> Self {
        match refusal {
            TakeMeasureRefusal::Take(TakeMeasureError::BadEvidence { .. }) => {
                at(Code::IncentiveMeasureInvalid, "/evidence", refusal)
            }
            TakeMeasureRefusal::Take(_) => at(Code::IncentiveMeasureInvalid, "/until", refusal),
            TakeMeasureRefusal::UnknownReward { .. } => at(Code::IncentiveMeasureInvalid, "/rewards", refusal),
            TakeMeasureRefusal::NoParty => at(Code::IncentiveNoParty, "/party_id", refusal),
            TakeMeasureRefusal::WalletFrozen => told(Code::WalletFrozen, refusal),
            TakeMeasureRefusal::AskAgain(refusal) => refusal.into(),
        }
    }
}
