//! Placing orders, anew or again.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use tuiliu_app::promotion::{OrderAgain, PlacePromotionOrder};
use tuiliu_domain::id::ContentId;
use tuiliu_domain::promotion::{Audience, ChargedBy, Desk, Product};
use utoipa::ToSchema;

use super::guard::GuardRuleView;
use super::money::{bidding, price};
use super::view::{BoostView, shown};
use super::words::{ChargedByView, DeskView, GoalView, ProductView};
use crate::api::Api;
use crate::auth::Caller;
use crate::code::Code;
use crate::idempotency::{IdempotencyKeyHeader, Keyed, answered};
use crate::params::Path;
use crate::problem::Problem;
use crate::views::{AmountView, PartyIdView, PlacementNameView, PromotionOrderIdView, RoomIdView, VideoIdView};

/// What a buyer asks for.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlaceBoostBody {
    /// A traffic pack unless it says otherwise.
    #[serde(default)]
    product: Option<ProductView>,
    /// The room that is promoted; or a video, one of the two.
    room_id: Option<RoomIdView>,
    /// The video that is promoted; of quick boosts.
    video_id: Option<VideoIdView>,
    /// Where it is placed; `mobile` when left out.
    desk: Option<DeskView>,
    /// Who pays; the caller, unless an agency or a machine acts for somebody.
    payer_id: Option<PartyIdView>,
    goal: GoalView,
    /// What is charged: what the goal names, or plays of a video.
    charged_by: Option<ChargedByView>,
    /// Who is to be reached: conditions such as `gender:female`, `age:18-23`, `region:CN-44`, `interest:bakery`,
    /// `device:phone`, `system:ios`, `similar_to:…`, `segment:…`, `live_watcher`, `new_to_creator`, joined by
    /// `and(…)`, `or(…)`, `not(…)`. Left out it is everybody.
    #[schema(example = "and(gender:female,or(age:18-23,age:24-30))")]
    audience: Option<String>,
    /// The placement that it is to be shown in alone, of the options' `placements`; left out it is shown everywhere.
    #[schema(example = "feed_home")]
    placement: Option<PlacementNameView>,
    /// Most that one result may cost. Traffic packs of rooms with a cart, and only they, need this or a cost cap; quick
    /// boosts of videos take it.
    bid: Option<AmountView>,
    /// What results may cost on average, instead of a bid: one may cost more, others then cost less.
    cost_cap: Option<AmountView>,
    /// Sales are to be at least so many thousandths of the spend, instead of a bid; of quick boosts for purchases or
    /// sales. It carries a cost guarantee.
    #[schema(example = 3_000)]
    roi_goal_permille: Option<i64>,
    /// Whole beans of a traffic pack; of a quick boost tens of yuan.
    budget: AmountView,
    #[schema(example = 3_600_000)]
    duration_ms: i64,
    #[serde(default)]
    #[schema(max_items = 8)]
    guard_rules: Vec<GuardRuleView>,
}

/// For which room or video to order again.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrderAgainBody {
    /// Another room than the earlier order's.
    room_id: Option<RoomIdView>,
    /// Another video than the earlier order's.
    video_id: Option<VideoIdView>,
}

/// Places an order; it waits for payment, a traffic pack 30 minutes and a quick boost 15.
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
    let OrderAgainBody { room_id, video_id } = asked.content;
    let content = if room_id.is_none() && video_id.is_none() { None } else { Some(content(room_id, video_id)?) };
    let command = OrderAgain { order: boost.0.0, content };
    let answer = api.app().once(
        once,
        move |shell, tx| shell.order_again(tx, &caller.0.actor, command),
        shown(StatusCode::CREATED),
    );
    Ok(answered(answer.await?))
}

impl PlaceBoostBody {
    fn command(&self, caller: &Caller) -> Result<PlacePromotionOrder, Problem> {
        let product = self.product.map_or(Product::TrafficPack, Product::from);
        let asset = product.currency();
        let rules = self.guard_rules.iter().enumerate();
        let rules = rules.map(|(place, rule)| rule.rule(asset, &format!("/guard_rules/{place}")));
        Ok(PlacePromotionOrder {
            product,
            content: content(self.room_id, self.video_id)?,
            desk: self.desk.map(Desk::from).unwrap_or_default(),
            payer: self.payer_id.map_or(caller.0.actor.party, |payer| payer.0),
            goal: self.goal.into(),
            charged_by: self.charged_by.map(ChargedBy::from).unwrap_or_default(),
            audience: self.audience.as_deref().map(str::parse::<Audience>).transpose()?,
            placement: self.placement.clone().map(|placement| placement.0),
            bidding: bidding(product, self.bid, self.cost_cap, self.roi_goal_permille)?,
            budget: price(self.budget, asset, "/budget")?,
            duration_ms: self.duration_ms,
            guard_rules: rules.collect::<Result<_, _>>()?,
        })
    }
}

/// The room or video that is named; exactly one of the two is.
pub(crate) fn content(room: Option<RoomIdView>, video: Option<VideoIdView>) -> Result<ContentId, Problem> {
    match (room, video) {
        (Some(room), None) => Ok(ContentId::Room(room.0)),
        (None, Some(video)) => Ok(ContentId::Video(video.0)),
        (None, None) | (Some(_), Some(_)) => {
            Err(Problem::new(Code::RequestInvalid).with_error("/room_id", "name either a room or a video"))
        }
    }
}
