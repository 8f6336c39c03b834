//! Placing orders, anew or again (TP-01…TP-03, TP-09, TP-10).

use thiserror::Error;
use tuiliu_delivery::predict::Prior;
use tuiliu_domain::event::Outcome;
use tuiliu_domain::id::{ContentId, PartyId, PromotionOrderId};
use tuiliu_domain::money::Price;
use tuiliu_domain::party::{Action, Actor, Owned};
use tuiliu_domain::policy::{HoldoutFacts, Policy};
use tuiliu_domain::promotion::{
    Audience, Bidding, ChargedBy, Content, Desk, Goal, GuardRule, OrderAgainError, OrderDraft, PlaceOrderError,
    PlacementName, Product, PromotionOrder, again, place,
};
use tuiliu_store::{StoreError, Tx};

use super::order_for;
use crate::app::{App, Shell};
use crate::error::CommandError;
use crate::outcome;

/// Places an order for a room or a video; it waits for payment.
#[derive(Debug, Clone)]
pub struct PlacePromotionOrder {
    pub product: Product,
    pub content: ContentId,
    /// Where it is placed.
    pub desk: Desk,
    /// Who pays; the actor, unless an agency or a machine acts for somebody.
    pub payer: PartyId,
    pub goal: Goal,
    pub charged_by: ChargedBy,
    pub audience: Option<Audience>,
    /// Where alone it is to be shown; `None` is everywhere.
    pub placement: Option<PlacementName>,
    pub bidding: Bidding,
    pub budget: Price,
    pub duration_ms: i64,
    pub guard_rules: Vec<GuardRule>,
}

/// Places an order like an earlier one (TP-09).
#[derive(Debug, Clone, Copy)]
pub struct OrderAgain {
    pub order: PromotionOrderId,
    /// Another room or video than the earlier order's, if given.
    pub content: Option<ContentId>,
}

/// Why no order is placed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PlaceRefusal {
    #[error(transparent)]
    Order(#[from] PlaceOrderError),
    /// The room or video does not exist or is another tenant's.
    #[error("promote a room or video that is not there")]
    NoContent,
    /// The payer does not exist or is another tenant's.
    #[error("let somebody pay who is not there")]
    NoPayer,
    /// The payer has been banned.
    #[error("promote for an account that is banned")]
    Banned,
    /// An audience that delivery cannot tell apart fast enough.
    #[error("reach an audience of more combinations than delivery can keep")]
    AudienceTooComplex,
}

/// Why an order is not repeated.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OrderAgainRefusal {
    #[error(transparent)]
    Again(#[from] OrderAgainError),
    #[error(transparent)]
    Place(#[from] PlaceRefusal),
}

impl Shell {
    /// Places an order in the caller's transaction.
    pub fn place_promotion_order(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        command: &PlacePromotionOrder,
    ) -> Result<PromotionOrder, CommandError<PlaceRefusal>> {
        let owner = Owned { tenant: actor.tenant, owner: command.payer, co_owner: None };
        actor.may(Action::PlaceOrder, &owner)?;
        let content = content_for(tx, actor, command.content)?;
        let draft = OrderDraft {
            id: self.id(),
            tenant: actor.tenant,
            payer: command.payer,
            product: command.product,
            desk: command.desk,
            goal: command.goal,
            charged_by: command.charged_by,
            audience: command.audience.clone(),
            placement: command.placement.clone(),
            bidding: command.bidding,
            budget: command.budget,
            duration_ms: command.duration_ms,
            guard_rules: command.guard_rules.clone(),
            again_of: None,
            holdout: HoldoutFacts::default(),
        };
        self.place_draft(tx, draft, &content)
    }

    /// Places an order like an earlier one in the caller's transaction.
    pub fn order_again(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        command: OrderAgain,
    ) -> Result<PromotionOrder, CommandError<OrderAgainRefusal>> {
        let earlier = order_for(tx, actor, command.order, Action::OrderAgain)?;
        let content = content_for(tx, actor, command.content.unwrap_or(earlier.content))
            .map_err(|error| error.map_refusal(OrderAgainRefusal::Place))?;
        let draft = again(&earlier, self.id(), &content).map_err(|error| CommandError::Refused(error.into()))?;
        self.place_draft(tx, draft, &content).map_err(|error| error.map_refusal(OrderAgainRefusal::Place))
    }

    fn place_draft(
        &self,
        tx: &mut Tx<'_>,
        draft: OrderDraft,
        content: &Content,
    ) -> Result<PromotionOrder, CommandError<PlaceRefusal>> {
        let payer = tx.party(draft.tenant, draft.payer)?.ok_or(CommandError::Refused(PlaceRefusal::NoPayer))?;
        if payer.banned {
            return Err(CommandError::Refused(PlaceRefusal::Banned));
        }
        let policy = self.policy(tx, draft.tenant)?;
        let outcome = self.draft_order(tx, draft, content, &policy)?;
        Ok(insert(self, tx, outcome)?)
    }
}

impl Shell {
    /// The order that would be placed now; nothing is saved.
    pub(super) fn draft_order(
        &self,
        tx: &mut Tx<'_>,
        draft: OrderDraft,
        content: &Content,
        policy: &Policy,
    ) -> Result<Outcome<PromotionOrder>, CommandError<PlaceRefusal>> {
        if let Some(audience) = &draft.audience
            && !crate::delivery::can_deliver_to(audience, content.creator())
        {
            return Err(CommandError::Refused(PlaceRefusal::AudienceTooComplex));
        }
        let holdout = self.holdout_facts(tx, &draft, (content, policy))?;
        let draft = OrderDraft { holdout, ..draft };
        place(draft, content, policy, self.now()).map_err(|error| CommandError::Refused(PlaceRefusal::Order(error)))
    }

    /// What is known of the viewers whom an order placed now can reach.
    ///
    /// Viewers paid for are results at the usual cost, at the usual results for each impression; viewers reachable are
    /// those whom this node saw in as many hours as the order has, and unknown for an order that is not for everybody.
    fn holdout_facts(
        &self,
        tx: &mut Tx<'_>,
        draft: &OrderDraft,
        (content, policy): (&Content, &Policy),
    ) -> Result<HoldoutFacts, StoreError> {
        let share_of_content = tx.promotion_orders_for(content.id())?.first().map(|earlier| earlier.terms.holdout);
        let reachable = match draft.audience {
            None => self.engine.learning.traffic.viewers(draft.tenant, draft.duration_ms, self.now()),
            Some(_) => None,
        };
        let goal = draft.result_goal();
        let cost = policy.usual_cost(draft.product, goal).mid.get().max(1);
        let results = u128::try_from(draft.budget.micros().get() / cost).unwrap_or(0);
        let rate = u128::from(Prior::of(goal).rate.billionths()).max(1);
        let paid = (results * 1_000_000_000).div_ceil(rate);
        Ok(HoldoutFacts {
            share_of_content: share_of_content.map(|holdout| holdout.share_millionths),
            viewers_paid: u64::try_from(paid).unwrap_or(u64::MAX),
            viewers_reachable: reachable,
        })
    }
}

fn insert(shell: &Shell, tx: &mut Tx<'_>, outcome: Outcome<PromotionOrder>) -> Result<PromotionOrder, StoreError> {
    let (id, tenant) = (outcome.state.id, outcome.state.tenant);
    tx.insert_promotion_order(&outcome.state)?;
    let saved = outcome::save(shell, tx, tenant, outcome)?;
    saved.map(|saved| saved.state).map_err(|refusal| StoreError::Inconsistent {
        place: format!("promotion order {id}"),
        reason: refusal.to_string(),
    })
}

fn content_for(tx: &mut Tx<'_>, actor: &Actor, id: ContentId) -> Result<Content, CommandError<PlaceRefusal>> {
    let content = super::review::content_with_id(tx, id)?.filter(|content| content.tenant() == actor.tenant);
    content.ok_or(CommandError::Refused(PlaceRefusal::NoContent))
}

impl App {
    /// [`Shell::place_promotion_order`] in a transaction of its own.
    pub async fn place_promotion_order(
        &self,
        actor: Actor,
        command: PlacePromotionOrder,
    ) -> Result<PromotionOrder, CommandError<PlaceRefusal>> {
        self.write(move |shell, tx| shell.place_promotion_order(tx, &actor, &command)).await
    }
}
