//! The desk: what waits for a person, who has taken it, and when enough people have judged it (RV-02).

use thiserror::Error;

use super::{Reason, Verdict};
use crate::id::{PartyId, PromotionOrderId, ReviewTaskId, TenantId};
use crate::policy::ReviewPolicy;
use crate::time::Timestamp;

/// Judgements at which the majority decides, whoever disagreed before.
const MAJORITY_OF: usize = 3;
/// What is mixed into a task's id to draw samples.
const SAMPLE_DRAW: u64 = 0x73_61_6d_70;
/// More than any time in milliseconds, so that a priority outweighs every time.
const RANK_WEIGHT: i64 = 1_000_000_000_000_000;

/// Why somebody has to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TaskKind {
    /// An outside check has to answer first; no person sees it yet (RV-01).
    Check,
    /// The rules, or the outside check, left the verdict to people.
    Judgement,
    /// A verdict already given is judged once more by somebody else, to know how good verdicts are. It changes nothing.
    Sample,
}

/// What cannot wait comes before what can, whenever it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// Delivery stands still until there is a verdict (RV-03).
    Urgent,
    /// A room is live and waits for its start.
    Normal,
    /// A booking, or a sample.
    Low,
}

/// Somebody took a task for a while, so that no other does the same work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Claim {
    pub reviewer: PartyId,
    /// From then on anybody may take it.
    pub until: Timestamp,
}

/// What one reviewer thinks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opinion {
    pub reviewer: PartyId,
    pub verdict: Verdict,
    pub at: Timestamp,
}

/// One piece of work at the desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewTask {
    pub id: ReviewTaskId,
    pub tenant: TenantId,
    pub order: PromotionOrderId,
    pub kind: TaskKind,
    pub priority: Priority,
    /// The version of the content to be judged.
    pub content_version: u32,
    /// Two people must agree (RV-02).
    pub four_eyes: bool,
    pub opened_at: Timestamp,
    /// When the verdict is promised (RV-02); later is overdue.
    pub due_at: Timestamp,
    pub claim: Option<Claim>,
    /// What was thought so far, in this order.
    pub opinions: Vec<Opinion>,
    /// When it was decided, or had nothing to decide any more.
    pub closed_at: Option<Timestamp>,
    /// Grows with each change in the store.
    pub version: u64,
}

/// Why a task is not for this reviewer now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DeskError {
    #[error("work on a task that is closed")]
    Closed,
    #[error("work on a task that an outside check has not answered yet")]
    NotForPeople,
    #[error("take a task that another reviewer has")]
    Claimed { until: Timestamp },
    #[error("judge twice what two people must judge")]
    AlreadyJudged,
    #[error("give back a task that was not taken")]
    NotClaimed,
    #[error("reject without a reason")]
    NoReason,
}

/// What a judgement led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judged {
    /// Another reviewer must look.
    Waits(ReviewTask),
    /// This is the verdict; the task is closed.
    Decided(ReviewTask, Verdict),
}

/// What a task is opened with.
#[derive(Debug, Clone, Copy)]
pub struct TaskOpening<'c> {
    pub id: ReviewTaskId,
    pub tenant: TenantId,
    pub order: PromotionOrderId,
    pub kind: TaskKind,
    pub priority: Priority,
    pub content_version: u32,
    pub category: &'c str,
}

impl ReviewTask {
    /// A task that waits from now on.
    #[must_use]
    pub fn opened(opening: TaskOpening<'_>, policy: &ReviewPolicy, now: Timestamp) -> Self {
        let TaskOpening { id, tenant, order, kind, priority, content_version, category } = opening;
        Self {
            id,
            tenant,
            order,
            kind,
            priority,
            content_version,
            four_eyes: policy.four_eyes_categories.iter().any(|named| named == category),
            opened_at: now,
            due_at: now.plus_ms(policy.verdict_ms),
            claim: None,
            opinions: Vec::new(),
            closed_at: None,
            version: 1,
        }
    }

    /// Its place in the queue: smaller is earlier. The most urgent first, then by when the verdict is promised.
    #[must_use]
    pub const fn place(&self) -> i64 {
        self.priority.rank() * RANK_WEIGHT + self.due_at.ms()
    }

    /// Whether this reviewer may take it now.
    pub fn available_to(&self, reviewer: PartyId, now: Timestamp) -> Result<(), DeskError> {
        if self.closed_at.is_some() {
            return Err(DeskError::Closed);
        }
        if self.kind == TaskKind::Check {
            return Err(DeskError::NotForPeople);
        }
        if let Some(Claim { until, .. }) = self.claim_at(now).filter(|claim| claim.reviewer != reviewer) {
            return Err(DeskError::Claimed { until });
        }
        if self.opinions.iter().any(|opinion| opinion.reviewer == reviewer) {
            return Err(DeskError::AlreadyJudged);
        }
        Ok(())
    }

    /// Who has it now.
    #[must_use]
    pub fn claim_at(&self, now: Timestamp) -> Option<Claim> {
        self.claim.filter(|claim| now < claim.until)
    }

    /// Taken by this reviewer for a while; taking it again makes the while begin anew.
    pub fn claimed(self, reviewer: PartyId, now: Timestamp, policy: &ReviewPolicy) -> Result<Self, DeskError> {
        self.available_to(reviewer, now)?;
        let claim = Some(Claim { reviewer, until: now.plus_ms(policy.claim_ms) });
        Ok(Self { claim, ..self })
    }

    /// Given back by whoever has it.
    pub fn released(self, reviewer: PartyId, now: Timestamp) -> Result<Self, DeskError> {
        match self.claim_at(now) {
            Some(claim) if claim.reviewer == reviewer => Ok(Self { claim: None, ..self }),
            Some(Claim { until, .. }) => Err(DeskError::Claimed { until }),
            None => Err(DeskError::NotClaimed),
        }
    }

    /// Judged by this reviewer.
    ///
    /// One judgement decides, unless the task has four eyes: then two that agree decide, and where they do not, the
    /// majority of three. Who escalates leaves the verdict to others. A sample is decided by one judgement.
    pub fn judged(self, reviewer: PartyId, verdict: Verdict, now: Timestamp) -> Result<Judged, DeskError> {
        self.available_to(reviewer, now)?;
        if matches!(&verdict, Verdict::Reject(reasons) if reasons.is_empty()) {
            return Err(DeskError::NoReason);
        }
        let mut task = Self { claim: None, ..self };
        task.opinions.push(Opinion { reviewer, verdict, at: now });
        match task.decision() {
            Some(verdict) => Ok(Judged::Decided(task.closed(now), verdict)),
            None => Ok(Judged::Waits(task)),
        }
    }

    /// Closed: decided, or nothing is left to decide.
    #[must_use]
    pub fn closed(self, now: Timestamp) -> Self {
        Self { claim: None, closed_at: Some(now), ..self }
    }

    /// The outside check has answered, or was waited for long enough: people go on.
    #[must_use]
    pub fn handed_to_people(self) -> Self {
        Self { kind: TaskKind::Judgement, ..self }
    }

    /// The judgements of a sample: the one that counted, and the one that was asked for afterwards.
    #[must_use]
    pub fn sampled(&self) -> Option<(&Opinion, &Opinion)> {
        match (self.kind, self.closed_at, &self.opinions[..]) {
            (TaskKind::Sample, Some(_), [.., first, second]) => Some((first, second)),
            _ => None,
        }
    }

    /// A sample of a verdict that was just given: somebody else will judge the same content (RV-02).
    ///
    /// Drawn by the id of the task, so that nobody can tell beforehand and a repeated command draws the same.
    #[must_use]
    pub fn sample(&self, id: ReviewTaskId, now: Timestamp, policy: &ReviewPolicy) -> Option<Self> {
        let spread = self.id.child::<()>(SAMPLE_DRAW).value() % 1000;
        let drawn = i64::try_from(spread).expect("below 1000") < policy.sample_permille;
        let (TaskKind::Judgement, true) = (self.kind, drawn) else { return None };
        Some(Self {
            id,
            kind: TaskKind::Sample,
            priority: Priority::Low,
            four_eyes: false,
            opened_at: now,
            due_at: now.plus_ms(policy.sample_ms),
            claim: None,
            closed_at: None,
            version: 1,
            ..self.clone()
        })
    }

    fn decision(&self) -> Option<Verdict> {
        let decided = |opinion: &&Opinion| !matches!(opinion.verdict, Verdict::Escalate(_));
        let mut decided: Vec<&Opinion> = self.opinions.iter().filter(decided).collect();
        if self.kind == TaskKind::Sample {
            return self.opinions.last().map(|opinion| opinion.verdict.clone());
        }
        if !self.four_eyes {
            return decided.pop().map(|opinion| opinion.verdict.clone());
        }
        let (passed, refused): (Vec<&Opinion>, Vec<&Opinion>) =
            decided.iter().partition(|opinion| opinion.verdict == Verdict::Pass);
        let enough = MAJORITY_OF / 2 + 1;
        if passed.len() >= enough {
            return Some(Verdict::Pass);
        }
        (refused.len() >= enough).then(|| Verdict::Reject(reasons_of(&refused)))
    }
}

/// All reasons that were given, each once, in the order given.
fn reasons_of(opinions: &[&Opinion]) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = Vec::new();
    for reason in opinions.iter().flat_map(|opinion| opinion.verdict.reasons()) {
        if !reasons.contains(reason) {
            reasons.push(reason.clone());
        }
    }
    reasons
}

impl TaskKind {
    /// Every kind there is.
    pub const ALL: &[Self] = &[Self::Check, Self::Judgement, Self::Sample];

    /// The code used in rows and in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Judgement => "judgement",
            Self::Sample => "sample",
        }
    }

    /// The kind with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.code() == code)
    }
}

impl Priority {
    /// Every priority, the most urgent first.
    pub const ALL: &[Self] = &[Self::Urgent, Self::Normal, Self::Low];

    /// The code used in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Urgent => "urgent",
            Self::Normal => "normal",
            Self::Low => "low",
        }
    }

    /// The number used in rows; smaller is earlier.
    #[must_use]
    pub const fn rank(self) -> i64 {
        match self {
            Self::Urgent => 0,
            Self::Normal => 1,
            Self::Low => 2,
        }
    }

    /// The priority with this number.
    #[must_use]
    pub fn from_rank(rank: i64) -> Option<Self> {
        Self::ALL.iter().copied().find(|priority| priority.rank() == rank)
    }
}
