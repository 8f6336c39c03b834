//! Reviewing orders: by rules at once, by people where rules are not enough (RV-01, RV-03).

use thiserror::Error;
use tuiliu_domain::id::{ContentId, PartyId, PromotionOrderId};
use tuiliu_domain::party::{Action, Actor};
use tuiliu_domain::promotion::{Content, PromotionOrder, ReviewOrderError, ReviewRequest, ReviewStage};
use tuiliu_domain::review::{DeskError, Judged, TaskKind, Verdict};
use tuiliu_store::{ReviewRow, StoreError, Tx};

use super::{order_for, save_unrefused};
use crate::app::{App, Shell};
use crate::error::CommandError;

/// A reviewer's verdict on an order and the content it was given for.
#[derive(Debug, Clone)]
pub struct JudgeOrder {
    pub order: PromotionOrderId,
    pub verdict: Verdict,
    /// Version of the content that the reviewer saw.
    pub content_version: u32,
}

/// Why a verdict is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum JudgeRefusal {
    #[error(transparent)]
    Order(#[from] ReviewOrderError),
    #[error(transparent)]
    Desk(#[from] DeskError),
}

impl Shell {
    /// Judges an order by the automatic rules; what they leave open is asked of the outside check, if there is one,
    /// and then of people.
    pub(crate) fn screen_promotion_order(
        &self,
        tx: &mut Tx<'_>,
        order: PromotionOrder,
        content: &Content,
    ) -> Result<PromotionOrder, StoreError> {
        let Some(request) = order.review_due(content) else { return Ok(order) };
        let policy = self.policy(tx, order.tenant)?.review.clone();
        let verdict = order.screen(content, &policy);
        let next = match (&verdict, self.content_check.get()) {
            (Verdict::Reject(_), _) | (Verdict::Pass, None) => None,
            (Verdict::Pass | Verdict::Escalate(_), Some(_)) => Some(TaskKind::Check),
            (Verdict::Escalate(_), None) => Some(TaskKind::Judgement),
        };
        if let Some(kind) = next {
            self.open_review_task(tx, &order, (content, request, kind), &policy)?;
        }
        if next == Some(TaskKind::Check) {
            self.record_review(tx, &order, request, (&verdict, None))?;
            return Ok(order);
        }
        self.give_verdict(tx, order, content, (verdict, None))
    }

    /// Brings an order on by a verdict that stands; the automatic rules' where no reviewer is named.
    pub(super) fn give_verdict(
        &self,
        tx: &mut Tx<'_>,
        order: PromotionOrder,
        content: &Content,
        (verdict, reviewer): (Verdict, Option<PartyId>),
    ) -> Result<PromotionOrder, StoreError> {
        let Some(request) = order.review_due(content) else { return Ok(order) };
        self.record_review(tx, &order, request, (&verdict, reviewer))?;
        let id = order.id;
        let outcome = order.review(verdict, request.content_version, content, self.now()).map_err(|error| {
            StoreError::Inconsistent { place: format!("promotion order {id}"), reason: error.to_string() }
        })?;
        let order = save_unrefused(self, tx, outcome)?;
        self.screen_next(tx, order, (content, Some(request)))
    }

    /// A verdict may bring the order to its next review, which begins with the rules again (TP-20).
    fn screen_next(
        &self,
        tx: &mut Tx<'_>,
        order: PromotionOrder,
        (content, judged): (&Content, Option<ReviewRequest>),
    ) -> Result<PromotionOrder, StoreError> {
        if order.review_due(content) == judged { Ok(order) } else { self.screen_promotion_order(tx, order, content) }
    }

    /// Takes in a reviewer's verdict in the caller's transaction. Where two people must agree, the first judgement
    /// leaves the order waiting (RV-02).
    pub fn judge_promotion_order(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        command: &JudgeOrder,
    ) -> Result<PromotionOrder, CommandError<JudgeRefusal>> {
        let refused = |refusal: JudgeRefusal| CommandError::Refused(refusal);
        let order = order_for(tx, actor, command.order, Action::JudgeReview)?;
        let content = content_of(tx, &order)?;
        // What the order itself would refuse is refused before anything is written.
        if let Err(error) = order.clone().review(command.verdict.clone(), command.content_version, &content, self.now())
        {
            return Err(refused(error.into()));
        }
        let policy = self.policy(tx, order.tenant)?.review.clone();
        let task = self.task_of(tx, &order, &content, &policy)?;
        let judged = task.judged(actor.party, command.verdict.clone(), self.now());
        match judged.map_err(|error| refused(error.into()))? {
            Judged::Waits(task) => {
                tx.update_review_task(&task)?;
                let request = order.review_due(&content).expect("what is judged is due");
                self.record_review(tx, &order, request, (&command.verdict, Some(actor.party)))?;
                Ok(order)
            }
            Judged::Decided(task, verdict) => {
                tx.update_review_task(&task)?;
                if let Some(sample) = task.sample(self.id(), self.now(), &policy) {
                    tx.insert_review_task(&sample)?;
                }
                Ok(self.give_verdict(tx, order, &content, (verdict, Some(actor.party)))?)
            }
        }
    }

    fn record_review(
        &self,
        tx: &mut Tx<'_>,
        order: &PromotionOrder,
        request: ReviewRequest,
        (verdict, reviewer): (&Verdict, Option<PartyId>),
    ) -> Result<(), StoreError> {
        tx.insert_review(&ReviewRow {
            id: self.id(),
            tenant: order.tenant,
            order: order.id,
            stage: request.stage.map_or("change", ReviewStage::code).to_owned(),
            content_version: request.content_version,
            verdict: verdict.clone(),
            reviewer,
            at: self.now(),
        })
    }
}

/// What an order promotes; without it the order cannot be.
pub(crate) fn content_of(tx: &mut Tx<'_>, order: &PromotionOrder) -> Result<Content, StoreError> {
    content_with_id(tx, order.content)?.ok_or_else(|| StoreError::Inconsistent {
        place: format!("promotion order {}", order.id),
        reason: format!("its {} is not there", order.content.kind()),
    })
}

/// The room or video with this id.
pub(crate) fn content_with_id(tx: &mut Tx<'_>, id: ContentId) -> Result<Option<Content>, StoreError> {
    Ok(match id {
        ContentId::Room(room) => tx.room(room)?.map(Content::Room),
        ContentId::Video(video) => tx.video(video)?.map(Content::Video),
    })
}

impl App {
    /// [`Shell::judge_promotion_order`] in a transaction of its own.
    pub async fn judge_promotion_order(
        &self,
        actor: Actor,
        command: JudgeOrder,
    ) -> Result<PromotionOrder, CommandError<JudgeRefusal>> {
        self.write(move |shell, tx| shell.judge_promotion_order(tx, &actor, &command)).await
    }
}
