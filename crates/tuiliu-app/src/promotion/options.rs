//! What can be ordered for a room right now, and what may be expected of it (TP-03, TP-07, TP-10, TP-26).

use std::convert::Infallible;
use std::sync::Arc;

use tuiliu_delivery::approximate::round_to_count;
use tuiliu_delivery::autobid::PROMISE_RESULTS;
use tuiliu_domain::id::{PromotionOrderId, RoomId};
use tuiliu_domain::live::{Room, RoomState};
use tuiliu_domain::money::Beans;
use tuiliu_domain::party::{Action, Actor};
use tuiliu_domain::policy::{HoldoutFacts, Policy};
use tuiliu_domain::promotion::{Audience, Bidding, Goal, OrderDraft, OrderForm, PlaceOrderError, place};
use tuiliu_domain::time::Timestamp;
use tuiliu_store::Tx;

use super::PlaceRefusal;
use crate::app::App;
use crate::error::CommandError;
use crate::forecast::{Forecast, forecast};

/// What a buyer can choose from for one room.
#[derive(Debug, Clone)]
pub struct OrderOptions {
    pub room: Room,
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

/// What would be ordered for a room.
#[derive(Debug, Clone)]
pub struct RoomEstimateAsk {
    pub room: RoomId,
    pub goal: Goal,
    pub budget: Beans,
    pub bidding: Bidding,
    pub duration_ms: i64,
    /// `None` is everybody.
    pub audience: Option<Audience>,
}

/// From how many results on the mean cost that a cost cap asks for can be promised.
#[must_use]
pub fn cost_cap_results_min() -> i64 {
    round_to_count(PROMISE_RESULTS)
}

impl App {
    /// What the actor can choose from for a room.
    pub async fn order_options(&self, actor: Actor, room: RoomId) -> Result<OrderOptions, CommandError<Infallible>> {
        if actor.reach(Action::EstimateOrder).is_none() {
            return Err(CommandError::Forbidden);
        }
        self.read(move |shell, tx| {
            let room = room_of_tenant(tx, &actor, room)?.ok_or(CommandError::NotFound)?;
            let policy = shell.policy(tx, actor.tenant)?;
            let now = shell.now();
            let goals = Goal::ALL.iter().map(|goal| GoalOption {
                goal: *goal,
                form: form_of(&cheapest(&actor, *goal, &policy), &room, &policy, now),
            });
            let goals = goals.collect();
            Ok(OrderOptions { is_reservation: room.state == RoomState::Planned, room, goals, policy })
        })
        .await
    }

    /// Estimates what could be placed for a room; what could not be placed is refused as placing it would be.
    pub async fn estimate_for_room(
        &self,
        actor: Actor,
        ask: RoomEstimateAsk,
    ) -> Result<Forecast, CommandError<PlaceRefusal>> {
        if actor.reach(Action::EstimateOrder).is_none() {
            return Err(CommandError::Forbidden);
        }
        self.read(move |shell, tx| {
            let RoomEstimateAsk { room, goal, budget, bidding, duration_ms, audience } = ask.clone();
            let room = room_of_tenant(tx, &actor, room)?.ok_or(CommandError::Refused(PlaceRefusal::NoRoom))?;
            let policy = shell.policy(tx, actor.tenant)?;
            let draft = OrderDraft { budget, bidding, duration_ms, audience, ..cheapest(&actor, goal, &policy) };
            let outcome = shell.draft_order(tx, draft, &room, &policy)?;
            Ok(forecast(shell, &outcome.state, &room, &policy))
        })
        .await
    }
}

fn room_of_tenant(tx: &mut Tx<'_>, actor: &Actor, room: RoomId) -> Result<Option<Room>, tuiliu_store::StoreError> {
    Ok(tx.room(room)?.filter(|room| room.tenant == actor.tenant))
}

/// The smallest order for a goal, to try whether it can be placed; it never is.
pub(super) fn cheapest(actor: &Actor, goal: Goal, policy: &Policy) -> OrderDraft {
    OrderDraft {
        id: PromotionOrderId::new(0),
        tenant: actor.tenant,
        payer: actor.party,
        goal,
        audience: None,
        bidding: Bidding::Automatic,
        budget: policy.order.presets.get(goal).first().copied().unwrap_or(policy.order.budget_max),
        duration_ms: policy.order.durations_ms.first().copied().unwrap_or_default(),
        guard_rules: Vec::new(),
        again_of: None,
        holdout: HoldoutFacts::default(),
    }
}

/// Tries without a bid, and with one where that is asked for: the form says which.
pub(super) fn form_of(
    draft: &OrderDraft,
    room: &Room,
    policy: &Policy,
    now: Timestamp,
) -> Result<OrderForm, PlaceOrderError> {
    let tried = match place(draft.clone(), room, policy, now) {
        Err(PlaceOrderError::BidRequired) => place(
            OrderDraft { bidding: Bidding::Manual { bid: policy.order.bid_min }, ..draft.clone() },
            room,
            policy,
            now,
        ),
        other => other,
    };
    tried.map(|outcome| outcome.state.form)
}
