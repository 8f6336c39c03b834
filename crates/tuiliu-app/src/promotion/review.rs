//! Reviewing orders: by rules at once, by people where rules are not enough (RV-01, RV-03).

use tuiliu_domain::id::{PartyId, PromotionOrderId, TenantId};
use tuiliu_domain::live::Room;
use tuiliu_domain::party::{Action, Actor, Reach};
use tuiliu_domain::promotion::{PromotionOrder, ReviewOrderError, ReviewRequest, ReviewStage};
use tuiliu_domain::review::Verdict;
use tuiliu_store::{ReviewRow, StoreError, Tx};

use super::{order_for, save_unrefused};
use crate::app::{App, Shell};
use crate::error::CommandError;

/// A reviewer's verdict on an order and the content it was given for.
#[derive(Debug, Clone)]
pub struct JudgeOrder {
    pub order: PromotionOrderId,
    pub verdict: Verdict,
    /// Version of the room's content that the reviewer saw.
    pub content_version: u32,
}

/// An order that waits for a person.
#[derive(Debug, Clone)]
pub struct ReviewQueueRow {
    pub order: PromotionOrder,
    pub room: Room,
    pub request: ReviewRequest,
    /// What the rules said.
    pub reviews: Vec<ReviewRow>,
}

impl Shell {
    /// Judges an order by the automatic rules; what they escalate waits for a person.
    pub(crate) fn screen_promotion_order(
        &self,
        tx: &mut Tx<'_>,
        order: PromotionOrder,
        room: &Room,
    ) -> Result<PromotionOrder, StoreError> {
        let Some(request) = order.review_due(room) else { return Ok(order) };
        let policy = self.policy(tx, order.tenant)?;
        let verdict = order.screen(room, &policy.review);
        self.record_review(tx, &order, request, (&verdict, None))?;
        let id = order.id;
        let outcome = order.review(verdict, request.content_version, room, self.now()).map_err(|error| {
            StoreError::Inconsistent { place: format!("promotion order {id}"), reason: error.to_string() }
        })?;
        let order = save_unrefused(self, tx, outcome)?;
        self.screen_next(tx, order, (room, Some(request)))
    }

    /// A verdict may bring the order to its next review, which begins with the rules again (TP-20).
    fn screen_next(
        &self,
        tx: &mut Tx<'_>,
        order: PromotionOrder,
        (room, judged): (&Room, Option<ReviewRequest>),
    ) -> Result<PromotionOrder, StoreError> {
        if order.review_due(room) == judged { Ok(order) } else { self.screen_promotion_order(tx, order, room) }
    }

    /// Takes in a reviewer's verdict in the caller's transaction.
    pub fn judge_promotion_order(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        command: &JudgeOrder,
    ) -> Result<PromotionOrder, CommandError<ReviewOrderError>> {
        let order = order_for(tx, actor, command.order, Action::JudgeReview)?;
        let room = room_of(tx, &order)?;
        let request = order.review_due(&room);
        let outcome = order
            .clone()
            .review(command.verdict.clone(), command.content_version, &room, self.now())
            .map_err(CommandError::Refused)?;
        if let Some(request) = request {
            self.record_review(tx, &order, request, (&command.verdict, Some(actor.party)))?;
        }
        let order = save_unrefused(self, tx, outcome)?;
        Ok(self.screen_next(tx, order, (&room, request))?)
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

/// The room of an order; without one the order cannot be.
pub(super) fn room_of(tx: &mut Tx<'_>, order: &PromotionOrder) -> Result<Room, StoreError> {
    tx.room(order.room)?.ok_or_else(|| StoreError::Inconsistent {
        place: format!("promotion order {}", order.id),
        reason: "its room is not there".to_owned(),
    })
}

/// Orders in this state that wait for a person, oldest first: as many as asked for, unless there are no more.
///
/// Most paused orders wait for their stream and for nobody, so a page of them may hold none that does.
fn waiting(
    tx: &mut Tx<'_>,
    (tenant, state): (TenantId, &str),
    mut after: Option<PromotionOrderId>,
    limit: u32,
) -> Result<Vec<ReviewQueueRow>, StoreError> {
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut rows = Vec::new();
    loop {
        let page = tx.promotion_orders_in_state(tenant, state, after, limit)?;
        let is_last = page.len() < wanted;
        after = page.last().map(|order| order.id).or(after);
        for order in page {
            let room = room_of(tx, &order)?;
            if let Some(request) = order.review_due(&room) {
                let reviews = tx.reviews_of(order.id)?;
                rows.push(ReviewQueueRow { order, room, request, reviews });
            }
        }
        if is_last || rows.len() >= wanted {
            return Ok(rows);
        }
    }
}

impl App {
    /// Orders that wait for a person, oldest first.
    pub async fn review_queue(
        &self,
        actor: Actor,
        after: Option<PromotionOrderId>,
        limit: u32,
    ) -> Result<Vec<ReviewQueueRow>, CommandError<std::convert::Infallible>> {
        if actor.reach(Action::ReadReview) != Some(Reach::Tenant) {
            return Err(CommandError::Forbidden);
        }
        self.read(move |_, tx| {
            let mut rows = waiting(tx, (actor.tenant, "in_review"), after, limit)?;
            rows.extend(waiting(tx, (actor.tenant, "paused"), after, limit)?);
            rows.sort_by_key(|row| row.order.id);
            rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
            Ok(rows)
        })
        .await
    }

    /// [`Shell::judge_promotion_order`] in a transaction of its own.
    pub async fn judge_promotion_order(
        &self,
        actor: Actor,
        command: JudgeOrder,
    ) -> Result<PromotionOrder, CommandError<ReviewOrderError>> {
        self.write(move |shell, tx| shell.judge_promotion_order(tx, &actor, &command)).await
    }
}
