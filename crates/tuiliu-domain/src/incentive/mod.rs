//! Incentives: programmes that give traffic coupons to creators and merchants (IN-01…IN-13).

mod application;
mod condition;
mod dry_run;
mod facts;
mod linkage;
mod measure;
mod preset;
mod programme;
mod reward;
pub(crate) mod words;

pub use application::{
    Application, ApplicationForm, ApplicationState, ApplicationVerdict, DecideApplicationError, FormError,
    PlannedBroadcast, promised_at,
};
pub use condition::{Condition, ConditionError, Progress};
pub use dry_run::{Past, PastTarget, Trial, dry_run, task_figures};
pub use facts::{
    AccountFacts, BroadcastCounts, BroadcastFacts, FactSource, FactsError, Figure, Figures, Flag, Metric, RoomHistory,
    Standing,
};
pub use linkage::{Link, Mark, MarkKind, Marked, cluster_of, clusters, links};
pub use measure::{
    AbuseReason, DebtKind, Measure, MeasureKind, MeasureState, TakeMeasureError, TakenBack, findings, net, taken_back,
};
pub use programme::{
    ApplicationRules, ChangeProgrammeError, Edition, Programme, ProgrammeKind, ProgrammeState, ProgrammeTerms,
    RewardCoupon, TermsError, edition_at,
};
pub use reward::{
    Award, Face, Period, RewardRule, RewardState, SettlementBonus, TargetProgress, TargetRule, Task, Tier, award,
    month_of,
};

#[cfg(test)]
mod tests;
