//! The review desk: what waits for people, who has taken it, how good verdicts are (RV-02).

use std::collections::BTreeMap;
use std::convert::Infallible;

use tuiliu_domain::id::{PartyId, PromotionOrderId, ReviewTaskId, TenantId};
use tuiliu_domain::party::{Action, Actor, Owned, Reach};
use tuiliu_domain::policy::ReviewPolicy;
use tuiliu_domain::promotion::{Content, PromotionOrder, ReviewRequest, ReviewStage};
use tuiliu_domain::review::{DeskError, Judged, Priority, ReviewTask, TaskKind, TaskOpening, Verdict};
use tuiliu_domain::time::{DAY_MS, Timestamp};
use tuiliu_store::{DeskLoad, ReviewRow, StoreError, TaskPage, Tx};

use super::review::content_of;
use super::{JudgeRefusal, order_for};
use crate::app::{App, Shell};
use crate::error::CommandError;

/// How far back the report of the desk looks.
const REPORT_MS: i64 = 30 * DAY_MS;
/// Samples that the report of the desk looks at, newest first.
const REPORT_SAMPLES: u32 = 10_000;
/// Tasks looked at to find one that a reviewer may take.
const LOOKED_AT: u32 = 100;

/// An order that waits for a person.
#[derive(Debug, Clone)]
pub struct ReviewQueueRow {
    pub task: ReviewTask,
    pub order: PromotionOrder,
    pub content: Content,
    pub request: ReviewRequest,
    /// What was said so far, the rules first. What other people think of a task of four eyes is left out, so that
    /// everybody judges for themselves.
    pub reviews: Vec<ReviewRow>,
}

/// A verdict that is judged once more.
#[derive(Debug, Clone)]
pub struct SampleRow {
    pub task: ReviewTask,
    pub order: PromotionOrder,
    pub content: Content,
}

/// A second judgement of what was judged before.
#[derive(Debug, Clone)]
pub struct JudgeSample {
    pub task: ReviewTaskId,
    pub verdict: Verdict,
}

/// How one reviewer judged in the last 30 days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReviewerReport {
    pub passed: u64,
    pub rejected: u64,
    pub escalated: u64,
    /// Verdicts that were judged once more, and how many of those the second judgement agreed with.
    pub sampled: u64,
    pub agreed: u64,
}

/// What waits at the desk and how it did in the last 30 days.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeskReport {
    pub judgements: DeskLoad,
    pub checks: DeskLoad,
    pub samples: DeskLoad,
    pub reviewers: BTreeMap<PartyId, ReviewerReport>,
}

impl Shell {
    /// Puts an order on the desk; whatever waited there for it before has nothing to decide any more.
    pub(super) fn open_review_task(
        &self,
        tx: &mut Tx<'_>,
        order: &PromotionOrder,
        (content, request, kind): (&Content, ReviewRequest, TaskKind),
        policy: &ReviewPolicy,
    ) -> Result<ReviewTask, StoreError> {
        close_review_tasks(tx, order.id, self.now())?;
        let opening = TaskOpening {
            id: self.id(),
            tenant: order.tenant,
            order: order.id,
            kind,
            priority: priority(request),
            content_version: request.content_version,
            category: content.category(),
        };
        let task = ReviewTask::opened(opening, policy, self.now());
        tx.insert_review_task(&task)?;
        Ok(task)
    }

    /// Content that changed while it waited is looked at from the beginning: what waits is about what was there before.
    pub(crate) fn review_again_if_changed(
        &self,
        tx: &mut Tx<'_>,
        order: PromotionOrder,
        content: &Content,
    ) -> Result<(), StoreError> {
        let is_stale = |task: &ReviewTask| task.content_version != content.content_version();
        if order.waits_for_review() && tx.open_review_tasks_of(order.id)?.iter().any(is_stale) {
            self.screen_promotion_order(tx, order, content)?;
        }
        Ok(())
    }

    /// What waits at the desk for an order whose review is due.
    pub(super) fn task_of(
        &self,
        tx: &mut Tx<'_>,
        order: &PromotionOrder,
        content: &Content,
        policy: &ReviewPolicy,
    ) -> Result<ReviewTask, StoreError> {
        if let Some(task) = tx.open_review_tasks_of(order.id)?.pop() {
            return Ok(task);
        }
        let request = order.review_due(content).expect("asked for an order whose review is due");
        self.open_review_task(tx, order, (content, request, TaskKind::Judgement), policy)
    }

    /// Takes what is first in the queue and may be taken by this reviewer; `None` when nothing is left for them.
    pub fn claim_next_review(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
    ) -> Result<Option<ReviewQueueRow>, CommandError<JudgeRefusal>> {
        judges(actor)?;
        let page = TaskPage { tenant: actor.tenant, kind: TaskKind::Judgement, after: None, limit: LOOKED_AT };
        for task in tx.open_review_tasks(page)? {
            if task.available_to(actor.party, self.now()).is_err() {
                continue;
            }
            match self.queue_row(tx, actor, task.clone())? {
                Some(row) => return Ok(Some(self.claim(tx, actor, row)?)),
                None => tx.update_review_task(&task.closed(self.now()))?,
            }
        }
        Ok(None)
    }

    /// Takes the review of one order.
    pub fn claim_review(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        order: PromotionOrderId,
    ) -> Result<ReviewQueueRow, CommandError<JudgeRefusal>> {
        let row = self.open_row(tx, actor, order)?;
        self.claim(tx, actor, row)
    }

    /// Gives the review of one order back to the queue.
    pub fn release_review(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        order: PromotionOrderId,
    ) -> Result<ReviewQueueRow, CommandError<JudgeRefusal>> {
        let row = self.open_row(tx, actor, order)?;
        let task = row.task.released(actor.party, self.now()).map_err(refused)?;
        tx.update_review_task(&task)?;
        Ok(ReviewQueueRow { task, ..row })
    }

    fn claim(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        row: ReviewQueueRow,
    ) -> Result<ReviewQueueRow, CommandError<JudgeRefusal>> {
        let policy = self.policy(tx, actor.tenant)?.review.clone();
        let task = row.task.claimed(actor.party, self.now(), &policy).map_err(refused)?;
        tx.update_review_task(&task)?;
        Ok(ReviewQueueRow { task, ..row })
    }

    fn open_row(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        order: PromotionOrderId,
    ) -> Result<ReviewQueueRow, CommandError<JudgeRefusal>> {
        let order = order_for(tx, actor, order, Action::JudgeReview)?;
        let task = tx.open_review_tasks_of(order.id)?.pop().ok_or_else(|| refused(DeskError::Closed))?;
        self.queue_row(tx, actor, task)?.ok_or_else(|| refused(DeskError::Closed))
    }

    /// A task with what it is about; `None` when nothing is left to decide.
    fn queue_row(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        task: ReviewTask,
    ) -> Result<Option<ReviewQueueRow>, StoreError> {
        let Some(order) = tx.promotion_order(task.order)? else { return Ok(None) };
        let content = content_of(tx, &order)?;
        let due = order.review_due(&content).filter(|request| request.content_version == task.content_version);
        let Some(request) = due else { return Ok(None) };
        let mut reviews = tx.reviews_of(order.id)?;
        if task.four_eyes {
            let others = |review: &ReviewRow| review.reviewer.is_some_and(|reviewer| reviewer != actor.party);
            reviews.retain(|review| !others(review) || review.at < task.opened_at);
        }
        Ok(Some(ReviewQueueRow { task, order, content, request, reviews }))
    }

    /// Judges once more what was judged before; only the report of the desk changes (RV-02).
    pub fn judge_sample(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        command: &JudgeSample,
    ) -> Result<ReviewTask, CommandError<JudgeRefusal>> {
        let task = tx.review_task(command.task)?.ok_or(CommandError::NotFound)?;
        actor.may(Action::JudgeReview, &Owned { tenant: task.tenant, owner: PartyId::new(0), co_owner: None })?;
        if task.kind != TaskKind::Sample {
            return Err(CommandError::NotFound);
        }
        match task.judged(actor.party, command.verdict.clone(), self.now()).map_err(refused)? {
            Judged::Waits(task) | Judged::Decided(task, _) => {
                tx.update_review_task(&task)?;
                Ok(task)
            }
        }
    }
}

/// Whatever waits at the desk for this order has nothing to decide any more.
pub(super) fn close_review_tasks(tx: &mut Tx<'_>, order: PromotionOrderId, now: Timestamp) -> Result<(), StoreError> {
    for task in tx.open_review_tasks_of(order)? {
        tx.update_review_task(&task.closed(now))?;
    }
    Ok(())
}

const fn priority(request: ReviewRequest) -> Priority {
    match request.stage {
        None => Priority::Urgent,
        Some(ReviewStage::Start) => Priority::Normal,
        Some(ReviewStage::Booking { .. }) => Priority::Low,
    }
}

fn refused(error: impl Into<JudgeRefusal>) -> CommandError<JudgeRefusal> {
    CommandError::Refused(error.into())
}

/// Whether the actor judges for the whole tenant.
fn judges(actor: &Actor) -> Result<(), CommandError<JudgeRefusal>> {
    if actor.reach(Action::JudgeReview) == Some(Reach::Tenant) { Ok(()) } else { Err(CommandError::Forbidden) }
}

fn reads(actor: &Actor) -> Result<(), CommandError<Infallible>> {
    if actor.reach(Action::ReadReview) == Some(Reach::Tenant) { Ok(()) } else { Err(CommandError::Forbidden) }
}

fn report(shell: &Shell, tx: &mut Tx<'_>, tenant: TenantId) -> Result<DeskReport, StoreError> {
    let (now, since) = (shell.now(), shell.now().plus_ms(-REPORT_MS));
    let mut reviewers: BTreeMap<PartyId, ReviewerReport> = BTreeMap::new();
    for counted in tx.verdicts_since(tenant, since)? {
        let report = reviewers.entry(counted.reviewer).or_default();
        match counted.verdict.as_str() {
            "pass" => report.passed = counted.count,
            "reject" => report.rejected = counted.count,
            _ => report.escalated = counted.count,
        }
    }
    for sample in tx.judged_samples(tenant, since, REPORT_SAMPLES)? {
        let Some((first, second)) = sample.sampled() else { continue };
        let report = reviewers.entry(first.reviewer).or_default();
        report.sampled += 1;
        report.agreed += u64::from(first.verdict.code() == second.verdict.code());
    }
    Ok(DeskReport {
        judgements: tx.desk_load(tenant, TaskKind::Judgement, now)?,
        checks: tx.desk_load(tenant, TaskKind::Check, now)?,
        samples: tx.desk_load(tenant, TaskKind::Sample, now)?,
        reviewers,
    })
}

impl App {
    /// What waits for a person: the most urgent first, then by when the verdict is promised.
    pub async fn review_queue(
        &self,
        actor: Actor,
        after: Option<(i64, ReviewTaskId)>,
        limit: u32,
    ) -> Result<Vec<ReviewQueueRow>, CommandError<Infallible>> {
        reads(&actor)?;
        self.read(move |shell, tx| Ok(waiting(shell, tx, (&actor, after), limit)?)).await
    }

    /// Verdicts that wait to be judged once more by somebody else, oldest first.
    pub async fn review_samples(
        &self,
        actor: Actor,
        after: Option<(i64, ReviewTaskId)>,
        limit: u32,
    ) -> Result<Vec<SampleRow>, CommandError<Infallible>> {
        reads(&actor)?;
        self.read(move |_, tx| {
            let page = TaskPage { tenant: actor.tenant, kind: TaskKind::Sample, after, limit };
            let mut rows = Vec::new();
            for task in tx.open_review_tasks(page)? {
                let Some(order) = tx.promotion_order(task.order)? else { continue };
                let content = content_of(tx, &order)?;
                rows.push(SampleRow { task, order, content });
            }
            Ok(rows)
        })
        .await
    }

    /// How the desk does.
    pub async fn review_report(&self, actor: Actor) -> Result<DeskReport, CommandError<Infallible>> {
        reads(&actor)?;
        self.read(move |shell, tx| Ok(report(shell, tx, actor.tenant)?)).await
    }
}

/// As many rows as asked for, unless there are no more: tasks that have nothing to decide any more are passed over.
fn waiting(
    shell: &Shell,
    tx: &mut Tx<'_>,
    (actor, mut after): (&Actor, Option<(i64, ReviewTaskId)>),
    limit: u32,
) -> Result<Vec<ReviewQueueRow>, StoreError> {
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut rows = Vec::new();
    loop {
        let page = tx.open_review_tasks(TaskPage { tenant: actor.tenant, kind: TaskKind::Judgement, after, limit })?;
        let is_last = page.len() < wanted;
        after = page.last().map(|task| (task.place(), task.id)).or(after);
        for task in page {
            rows.extend(shell.queue_row(tx, actor, task)?);
        }
        if is_last || rows.len() >= wanted {
            rows.truncate(wanted);
            return Ok(rows);
        }
    }
}
