//! What is sent of reviews and of the desk.

use serde::Serialize;
use tuiliu_app::promotion::{DeskLoad, DeskReport, ReviewQueueRow, ReviewRow, ReviewerReport, SampleRow};
use tuiliu_domain::promotion::ReviewStage;
use tuiliu_domain::review::ReviewTask;
use tuiliu_domain::time::Timestamp;
use utoipa::ToSchema;

use crate::live::RoomView;
use crate::promotion::view::{BoostView, ReasonView, reason_views};
use crate::video::VideoView;
use crate::views::{PartyIdView, ReviewIdView, ReviewTaskIdView, TimeView};

/// A verdict that was given.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Review)]
pub(crate) struct ReviewView {
    id: ReviewIdView,
    /// `booking`, `start`, or `change` when changed content was judged again.
    stage: String,
    content_version: u32,
    /// `pass`, `reject` or `escalate`.
    verdict: &'static str,
    reasons: Vec<ReasonView>,
    /// `null` when the automatic rules said so.
    reviewer_id: Option<PartyIdView>,
    at: TimeView,
}

impl From<&ReviewRow> for ReviewView {
    fn from(row: &ReviewRow) -> Self {
        Self {
            id: row.id.into(),
            stage: row.stage.clone(),
            content_version: row.content_version,
            verdict: row.verdict.code(),
            reasons: reason_views(row.verdict.reasons()),
            reviewer_id: row.reviewer.map(Into::into),
            at: row.at.into(),
        }
    }
}

/// An order that waits for a person.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PendingReview)]
pub(crate) struct PendingReviewView {
    boost: BoostView,
    /// The room that is promoted.
    #[serde(skip_serializing_if = "Option::is_none")]
    room: Option<RoomView>,
    /// The video that is promoted.
    #[serde(skip_serializing_if = "Option::is_none")]
    video: Option<VideoView>,
    /// `booking`, `start`, or `change` when changed content is judged again.
    stage: &'static str,
    /// To be named in the verdict.
    content_version: u32,
    task: ReviewTaskView,
    /// Verdicts so far, the automatic rules' first. Where two people must agree, what the first one thought is kept
    /// from the second.
    reviews: Vec<ReviewView>,
}

/// A page of orders that wait for a person: the most urgent first, then by when the verdict is promised.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PendingReviewList {
    pub(super) data: Vec<PendingReviewView>,
    pub(super) next_cursor: Option<String>,
    pub(super) has_more: bool,
}

/// Who has taken a task, and until when.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ReviewClaim {
    reviewer_id: PartyIdView,
    /// From then on anybody may take it.
    until: TimeView,
}

/// One piece of work at the review desk.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ReviewTask)]
pub(crate) struct ReviewTaskView {
    id: ReviewTaskIdView,
    /// `judgement`, or `sample` for a verdict that is judged once more.
    kind: &'static str,
    /// `urgent` while delivery stands still, `normal`, `low`.
    priority: &'static str,
    /// Two people must agree.
    four_eyes: bool,
    /// People who have judged it so far.
    judgements: usize,
    opened_at: TimeView,
    /// When the verdict is promised.
    due_at: TimeView,
    is_overdue: bool,
    /// `null` when nobody has it.
    claim: Option<ReviewClaim>,
}

impl ReviewTaskView {
    pub(super) fn at(task: &ReviewTask, now: Timestamp) -> Self {
        let claim = task
            .claim_at(now)
            .map(|claim| ReviewClaim { reviewer_id: claim.reviewer.into(), until: claim.until.into() });
        Self {
            id: task.id.into(),
            kind: task.kind.code(),
            priority: task.priority.code(),
            four_eyes: task.four_eyes,
            judgements: task.opinions.len(),
            opened_at: task.opened_at.into(),
            due_at: task.due_at.into(),
            is_overdue: task.closed_at.is_none() && task.due_at < now,
            claim,
        }
    }
}

impl PendingReviewView {
    pub(super) fn at(row: &ReviewQueueRow, now: Timestamp) -> Self {
        Self {
            boost: BoostView::from(&row.order),
            room: row.content.room().map(RoomView::from),
            video: row.content.video().map(VideoView::from),
            stage: row.request.stage.map_or("change", ReviewStage::code),
            content_version: row.request.content_version,
            task: ReviewTaskView::at(&row.task, now),
            reviews: row.reviews.iter().map(ReviewView::from).collect(),
        }
    }
}

/// What was taken from the queue.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NextReview {
    /// `null` when nothing is left for this reviewer.
    pub(super) review: Option<PendingReviewView>,
}

/// A verdict that is judged once more by somebody else; the order is not touched.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReviewSample {
    task: ReviewTaskView,
    boost: BoostView,
    /// The room that is promoted.
    #[serde(skip_serializing_if = "Option::is_none")]
    room: Option<RoomView>,
    /// The video that is promoted.
    #[serde(skip_serializing_if = "Option::is_none")]
    video: Option<VideoView>,
    content_version: u32,
}

impl ReviewSample {
    pub(super) fn at(row: &SampleRow, now: Timestamp) -> Self {
        Self {
            task: ReviewTaskView::at(&row.task, now),
            boost: BoostView::from(&row.order),
            room: row.content.room().map(RoomView::from),
            video: row.content.video().map(VideoView::from),
            content_version: row.task.content_version,
        }
    }
}

/// A page of samples, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReviewSampleList {
    pub(super) data: Vec<ReviewSample>,
    pub(super) next_cursor: Option<String>,
    pub(super) has_more: bool,
}

/// How much waits, and how much of it past the time its verdict was promised for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeskLoad)]
pub(crate) struct DeskLoadView {
    open: u64,
    overdue: u64,
}

/// How one reviewer judged in the last 30 days.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReviewerReport)]
pub(crate) struct ReviewerReportView {
    reviewer_id: PartyIdView,
    passed: u64,
    rejected: u64,
    escalated: u64,
    /// Verdicts that somebody else judged once more.
    sampled: u64,
    /// Of those, how many came out the same.
    agreed: u64,
}

/// What waits at the desk, and how it did in the last 30 days.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeskReport)]
pub(crate) struct DeskReportView {
    judgements: DeskLoadView,
    /// What an outside check has not answered yet.
    checks: DeskLoadView,
    samples: DeskLoadView,
    reviewers: Vec<ReviewerReportView>,
}

impl From<DeskLoad> for DeskLoadView {
    fn from(load: DeskLoad) -> Self {
        let DeskLoad { open, overdue } = load;
        Self { open, overdue }
    }
}

impl From<&DeskReport> for DeskReportView {
    fn from(report: &DeskReport) -> Self {
        let reviewers = report.reviewers.iter().map(|(reviewer, report)| {
            let ReviewerReport { passed, rejected, escalated, sampled, agreed } = *report;
            ReviewerReportView { reviewer_id: (*reviewer).into(), passed, rejected, escalated, sampled, agreed }
        });
        Self {
            judgements: report.judgements.into(),
            checks: report.checks.into(),
            samples: report.samples.into(),
            reviewers: reviewers.collect(),
        }
    }
}
