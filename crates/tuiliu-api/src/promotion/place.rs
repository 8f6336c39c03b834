//! Placing orders, anew or again.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use tuiliu_app::promotion::{OrderAgain, PlacePromotionOrder};
use tuiliu_domain::promotion::Audience;
use utoipa::ToSchema;

use super::guard::GuardRuleView;
use super::money::{beans, bidding};
use super::view::{BoostView, shown};
use super::words::GoalView;
use crate::api::Api;
use crate::auth::Caller;
use crate::idempotency::{IdempotencyKeyHeader, Keyed, answered};
use crate::params::Path;
use crate::problem::Problem;
use crate::views::{AmountView, PartyIdView, PromotionOrderIdView, RoomIdView};

/// What a buyer asks for.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlaceBoostBody {
    room_id: RoomIdView,
    /// Who pays; the caller, unless an agency or a machine acts for somebody.
    payer_id: Option<PartyIdView>,
    goal: GoalView,
    /// Who is to be reached: conditions such as `gender:female`, `age:18-23`, `region:CN-44`, `interest:bakery`,
    /// `device:phone`, `system:ios`, `similar_to:…`, `segment:…`, `live_watcher`, `new_to_creator`, joined by
    /// `and(…)`, `or(…)`, `not(…)`. Left out it is everybody.
    #[schema(example = "and(gender:female,or(age:18-23,age:24-30))")]
    audience: Option<String>,
    /// Most that one result may cost. Rooms with a cart, and only they, need this or a cost cap.
    bid: Option<AmountView>,
    /// What results may cost on average, instead of a bid: one may cost more, others then cost less.
    cost_cap: Option<AmountView>,
    /// Whole beans.
    budget: AmountView,
    #[schema(example = 3_600_000)]
    duration_ms: i64,
    #[serde(default)]
    #[schema(max_items = 8)]
    guard_rules: Vec<GuardRuleView>,
}

/// For which room to order again.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrderAgainBody {
    /// Another room than the earlier order's.
    room_id: Option<RoomIdView>,
}

/// Places an order; it waits 30 minutes for payment.
#[utoipa::path(
    post, path = "/v1/boosts", tag = "boosts", params(IdempotencyKeyHeader), request_body = PlaceBoostBody,
    responses((status = 201, body = BoostView))
)]
pub(super) async fn place_boost(
    State(api): State<Api>,
    caller: Caller,
    asked: Keyed<PlaceBoostBody>,
) -> Result<Response, Problem> {
    let (once, command) = (asked.once_key(&caller), asked.content.command(&caller)?);
    let answer = api.app().once(
        once,
        move |shell, tx| shell.place_promotion_order(tx, &caller.0.actor, &command),
        shown(StatusCode::CREATED),
    );
    Ok(answered(answer.await?))
}

/// Places an order like an earlier one, with its goal, audience, bid or cost cap, budget and duration.
#[utoipa::path(
    post, path = "/v1/boosts/{boost}/order_again", tag = "boosts",
    params(("boost" = PromotionOrderIdView, Path), IdempotencyKeyHeader), request_body = OrderAgainBody,
    responses((status = 201, body = BoostView))
)]
pub(super) async fn order_again(
    State(api): State<Api>,
    caller: Caller,
    boost: Path<PromotionOrderIdView>,
    asked: Keyed<OrderAgainBody>,
) -> Result<Response, Problem> {
    let once = asked.once_key(&caller);
    let command = OrderAgain { order: boost.0.0, room: asked.content.room_id.map(|room| room.0) };
    let answer = api.app().once(
        once,
        move |shell, tx| shell.order_again(tx, &caller.0.actor, command),
        shown(StatusCode::CREATED),
    );
    Ok(answered(answer.await?))
}

impl PlaceBoostBody {
    fn command(&self, caller: &Caller) -> Result<PlacePromotionOrder, Problem> {
        let rules = self.guard_rules.iter().enumerate();
        let rules = rules.map(|(place, rule)| rule.rule(&format!("/guard_rules/{place}")));
        Ok(PlacePromotionOrder {
            room: self.room_id.0,
            payer: self.payer_id.map_or(caller.0.actor.party, |payer| payer.0),
            goal: self.goal.into(),
            audience: self.audience.as_deref().map(str::parse::<Audience>).transpose()?,
            bidding: bidding(self.bid, self.cost_cap)?,
            budget: beans(self.budget, "/budget")?,
            duration_ms: self.duration_ms,
            guard_rules: rules.collect::<Result<_, _>>()?,
        })
    }
}
