//! Words of this column as they are sent: by their codes.

use tuiliu_domain::incentive::{
    AbuseReason, ApplicationState, DebtKind, MarkKind, MeasureKind, MeasureState, ProgrammeKind, ProgrammeState,
    RewardState,
};

use crate::access::words::words;

words! {
    /// What a programme is for: `cold_start` and `benchmark` by application, `growth` for everybody eligible.
    ProgrammeKindView of ProgrammeKind, "IncentiveProgrammeKind";
    /// Where a programme is.
    ProgrammeStateView of ProgrammeState, "IncentiveProgrammeState";
    /// Where an application is.
    ApplicationStateView of ApplicationState, "IncentiveApplicationState";
    /// What became of what was achieved.
    RewardStateView of RewardState, "IncentiveRewardState";
    /// Why somebody is limited.
    AbuseReasonView of AbuseReason, "AbuseReason";
    /// `limit` holds for a time, `end` for good.
    MeasureKindView of MeasureKind, "IncentiveMeasureKind";
    /// Where a measure is.
    MeasureStateView of MeasureState, "IncentiveMeasureState";
    /// What two accounts can share.
    MarkKindView of MarkKind, "AccountMarkKind";
    /// A line in the debt of an account.
    DebtKindView of DebtKind, "IncentiveDebtKind";
}
