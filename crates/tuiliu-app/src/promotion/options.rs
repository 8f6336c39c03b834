//! What can be ordered for a room or a video right now, and what may be expected of it (TP-03, TP-07, TP-10, TP-26).

use std::convert::Infallible;
use std::sync::Arc;

use tuiliu_delivery::approximate::round_to_count;
use tuiliu_delivery::autobid::PROMISE_RESULTS;
use tuiliu_domain::id::{ContentId, PromotionOrderId};
use tuiliu_domain::live::RoomState;
use tuiliu_domain::money::Price;
use tuiliu_domain::party::{Action, Actor};
use tuiliu_domain::policy::{HoldoutFacts, Policy};
use tuiliu_domain::promotion::{
    Audience, Bidding, ChargedBy, Content, Desk, Goal, OrderDraft, OrderForm, PlaceOrderError, PlacementName, Product,
    place,
};
use tuiliu_domain::time::Timestamp;
use tuiliu_store::Tx;

use super::PlaceRefusal;
use crate::app::App;
use crate::error::CommandError;
use crate::forecast::{Forecast, forecast};

/// What a buyer can choose from for one room or video.
#[derive(Debug, Clone)]
pub struct OrderOptions {
    pub product: Product,
    pub content: Content,
    /// An order placed now would be a reservation (TP-10).
    pub is_reservation: bool,
    pub goals: Vec<GoalOption>,
    pub policy: Arc<Policy>,
}

/// Whether one goal can be ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoalOption {
    pub goal: Goal,
    /// The form of order that it would be, or what placing it would be refused with.
    pub form: Result<OrderForm, PlaceOrderError>,
}

/// What would be ordered for a room or a video.
#[derive(Debug, Clone)]
pub struct ContentEstimateAsk {
    pub product: Product,
    pub content: ContentId,
    pub goal: Goal,
    pub charged_by: ChargedBy,
    pub budget: Price,
    pub bidding: Bidding,
    pub duration_ms: i64,
    /// `None` is everybody.
    pub audience: Option<Audience>,
    /// Where alone it would be shown; `None` is everywhere.
    pub placement: Option<PlacementName>,
}

/// From how many results on the mean cost that a cost cap asks for can be promised.
#[must_use]
pub fn cost_cap_results_min() -> i64 {
    round_to_count(PROMISE_RESULTS)
}

impl App {
    /// What the actor can choose from for a room or a video.
    pub async fn order_options(
        &self,
        actor: Actor,
        (product, content): (Product, ContentId),
    ) -> Result<OrderOptions, CommandError<Infallible>> {
        if actor.reach(Action::EstimateOrder).is_none() {
            return Err(CommandError::Forbidden);
        }
        self.read(move |shell, tx| {
            let content = content_of_tenant(tx, &actor, content)?.ok_or(CommandError::NotFound)?;
            let policy = shell.policy(tx, actor.tenant)?;
            let now = shell.now();
            let goals = Goal::offered(product, content.id()).iter().map(|goal| GoalOption {
                goal: *goal,
                form: form_of(&cheapest(&actor, (product, *goal), &policy), &content, &policy, now),
            });
            let goals = goals.collect();
            let is_reservation = content.room().is_some_and(|room| room.state == RoomState::Planned);
            Ok(OrderOptions { product, is_reservation, content, goals, policy })
        })
        .await
    }

    /// Estimates what could be placed; what could not be placed is refused as placing it would be.
    pub async fn estimate_for_content(
        &self,
        actor: Actor,
        ask: ContentEstimateAsk,
    ) -> Result<Forecast, CommandError<PlaceRefusal>> {
        if actor.reach(Action::EstimateOrder).is_none() {
            return Err(CommandError::Forbidden);
        }
        self.read(move |shell, tx| {
            let ContentEstimateAsk { product, content, goal, charged_by, budget, bidding, .. } = ask;
            let (duration_ms, audience, placement) = (ask.duration_ms, ask.audience.clone(), ask.placement.clone());
            let content =
                content_of_tenant(tx, &actor, content)?.ok_or(CommandError::Refused(PlaceRefusal::NoContent))?;
            let policy = shell.policy(tx, actor.tenant)?;
            let cheapest = cheapest(&actor, (product, goal), &policy);
            let draft = OrderDraft { charged_by, budget, bidding, duration_ms, audience, placement, ..cheapest };
            let outcome = shell.draft_order(tx, draft, &content, &policy)?;
            Ok(forecast(shell, &outcome.state, &content, &policy))
        })
        .await
    }
}

/// A room or a video of the actor's tenant.
pub(super) fn content_of_tenant(
    tx: &mut Tx<'_>,
    actor: &Actor,
    id: ContentId,
) -> Result<Option<Content>, tuiliu_store::StoreError> {
    Ok(super::review::content_with_id(tx, id)?.filter(|content| content.tenant() == actor.tenant))
}

/// The smallest order for a goal, to try whether it can be placed; it never is.
pub(super) fn cheapest(actor: &Actor, (product, goal): (Product, Goal), policy: &Policy) -> OrderDraft {
    let rules = policy.product(product, goal);
    OrderDraft {
        id: PromotionOrderId::new(0),
        tenant: actor.tenant,
        payer: actor.party,
        product,
        desk: Desk::default(),
        goal,
        charged_by: ChargedBy::default(),
        audience: None,
        placement: None,
        bidding: Bidding::Automatic,
        budget: rules.budget_min,
        duration_ms: rules.durations_ms.first().copied().unwrap_or_default(),
        guard_rules: Vec::new(),
        again_of: None,
        holdout: HoldoutFacts::default(),
    }
}

/// Tries without a bid, and with one where that is asked for: the form says which.
pub(super) fn form_of(
    draft: &OrderDraft,
    content: &Content,
    policy: &Policy,
    now: Timestamp,
) -> Result<OrderForm, PlaceOrderError> {
    let tried = match place(draft.clone(), content, policy, now) {
        Err(PlaceOrderError::BidRequired) => place(
            OrderDraft { bidding: Bidding::Manual { bid: policy.order.bid_min }, ..draft.clone() },
            content,
            policy,
            now,
        ),
        other => other,
    };
    tried.map(|outcome| outcome.state.form)
}
