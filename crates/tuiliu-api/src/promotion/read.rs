//! Orders one by one, in lists, and what happened to each.

use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tuiliu_app::App;
use tuiliu_app::promotion::OrderFilter;
use tuiliu_domain::id::{ContentId, PromotionOrderId};
use tuiliu_domain::party::Actor;
use utoipa::ToSchema;

use super::money::CostView;
use super::view::{BoostDetailView, BoostList};
use super::words::{StateView, TextView, loss};
use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::page::{Cursor, Cut, Page, PageQuery};
use crate::params::{Path, Query};
use crate::problem::Problem;
use crate::sse::{self, Follower, Message, StreamMessage};
use crate::views::{PartyIdView, PromotionOrderIdView, RoomIdView, TimeView, VideoIdView};

/// Messages read at once.
const NEWS_MAX: u32 = 100;

/// Which orders.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct BoostFilter {
    /// Only those that this party pays.
    payer_id: Option<PartyIdView>,
    /// Only those for this room.
    room_id: Option<RoomIdView>,
    /// Only those for this video.
    video_id: Option<VideoIdView>,
    /// Only those in this state.
    #[param(inline)]
    state: Option<StateView>,
}

/// Something that happened to an order.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TimelineEntry)]
pub(crate) struct TimelineEntryView {
    /// Grows; no two entries have the same.
    number: i64,
    #[schema(example = "boost.started")]
    name: String,
    at: TimeView,
    /// What belongs to what happened.
    #[schema(value_type = Object)]
    data: Value,
}

/// A page of what happened to an order, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TimelineList {
    data: Vec<TimelineEntryView>,
    next_cursor: Option<String>,
    has_more: bool,
}

/// Why an order is not shown more: auctions on this node since it started.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BoostLosses)]
pub(crate) struct LossesView {
    /// Auctions that it took part in.
    auctions: u64,
    wins: u64,
    /// The most frequent first.
    lost: Vec<LossView>,
    /// What its bid fell short by on average where it did not win.
    short_by: Option<CostView>,
}

/// One reason for not being shown.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BoostLoss)]
pub(crate) struct LossView {
    #[schema(example = "lost_auction")]
    code: &'static str,
    text: TextView,
    count: u64,
}

/// Lists orders with what each brought, newest first.
#[utoipa::path(
    get, path = "/v1/boosts", tag = "boosts", params(PageQuery, BoostFilter),
    responses((status = 200, body = BoostList))
)]
pub(super) async fn list_boosts(
    State(api): State<Api>,
    caller: Caller,
    page: Page,
    filter: Query<BoostFilter>,
) -> Result<Json<BoostList>, Problem> {
    let BoostFilter { payer_id, room_id, video_id, state } = filter.0;
    let room = room_id.map(|room| ContentId::Room(room.0));
    let filter = OrderFilter {
        payer: payer_id.map(|payer| payer.0),
        content: room.or_else(|| video_id.map(|video| ContentId::Video(video.0))),
        before: page.after_id()?,
        limit: page.limit_wanted(),
    };
    let state = state.map(StateView::name);
    let found = api.app().promotion_orders_in(caller.0.actor.clone(), filter, state).await?;
    let Cut { rows, next_cursor, has_more } = page.cut(found, |view| Cursor::of_id(view.order.id));
    Ok(Json(BoostList { data: rows.iter().map(BoostDetailView::from).collect(), next_cursor, has_more }))
}

/// Reads one order.
#[utoipa::path(
    get, path = "/v1/boosts/{boost}", tag = "boosts", params(("boost" = PromotionOrderIdView, Path)),
    responses((status = 200, body = BoostDetailView))
)]
pub(super) async fn read_boost(
    State(api): State<Api>,
    caller: Caller,
    boost: Path<PromotionOrderIdView>,
) -> Result<Json<BoostDetailView>, Problem> {
    let view = api.app().promotion_order(caller.0.actor.clone(), boost.0.0).await?;
    Ok(Json(BoostDetailView::from(&view)))
}

/// Lists what happened to an order, oldest first.
#[utoipa::path(
    get, path = "/v1/boosts/{boost}/timeline", tag = "boosts",
    params(("boost" = PromotionOrderIdView, Path), PageQuery), responses((status = 200, body = TimelineList))
)]
pub(super) async fn read_timeline(
    State(api): State<Api>,
    caller: Caller,
    boost: Path<PromotionOrderIdView>,
    page: Page,
) -> Result<Json<TimelineList>, Problem> {
    let after = page.after_number()?.unwrap_or(0);
    let actor = caller.0.actor.clone();
    let found = api.app().promotion_order_timeline(actor, boost.0.0, after, page.limit_wanted()).await?;
    let Cut { rows, next_cursor, has_more } = page.cut(found, |(number, _)| Cursor::of_number(*number));
    let entries = rows.into_iter().map(|(number, notice)| TimelineEntryView {
        number,
        data: serde_json::from_str(&notice.body).unwrap_or_default(),
        name: notice.name,
        at: notice.at.into(),
    });
    Ok(Json(TimelineList { data: entries.collect(), next_cursor, has_more }))
}

/// Tells why an order is not shown more.
#[utoipa::path(
    get, path = "/v1/boosts/{boost}/losses", tag = "boosts", params(("boost" = PromotionOrderIdView, Path)),
    responses((status = 200, body = LossesView))
)]
pub(super) async fn read_losses(
    State(api): State<Api>,
    caller: Caller,
    boost: Path<PromotionOrderIdView>,
) -> Result<Json<LossesView>, Problem> {
    let found = api.app().order_losses(caller.0.actor.clone(), boost.0.0).await?;
    let lost = found.lost.iter().map(|(code, count)| LossView { code, text: loss(code), count: *count });
    let (auctions, wins, short_by) =
        (found.auctions, found.wins, found.short_by.map(|cost| CostView::new(cost, found.currency)));
    Ok(Json(LossesView { auctions, wins, lost: lost.collect(), short_by }))
}

/// Follows what happens to an order: its timeline from `Last-Event-ID` on, then what comes.
#[utoipa::path(
    get, path = "/v1/boosts/{boost}/events", tag = "boosts", params(("boost" = PromotionOrderIdView, Path)),
    responses((status = 200, body = StreamMessage, content_type = "text/event-stream"))
)]
pub(super) async fn follow_boost(
    State(api): State<Api>,
    boost: Path<PromotionOrderIdView>,
    follower: Follower,
) -> Result<Response, Problem> {
    let after = follower.last.as_ref().and_then(|id| id.parse().ok()).unwrap_or(0);
    sse::follow(follower, Watch { app: api.app().clone(), order: boost.0.0, after }).await
}

/// An order that somebody watches.
struct Watch {
    app: App,
    order: PromotionOrderId,
    after: i64,
}

/// One entry as it goes down a stream.
#[derive(Serialize)]
struct NewsView {
    name: String,
    at: TimeView,
    data: Value,
}

impl sse::Watch for Watch {
    async fn look(mut self, actor: Actor) -> Result<(Vec<Message>, Self), Problem> {
        let found = self.app.promotion_order_timeline(actor, self.order, self.after, NEWS_MAX).await?;
        self.after = found.last().map_or(self.after, |(number, _)| *number);
        let messages = found.into_iter().map(|(number, notice)| {
            let data = serde_json::from_str(&notice.body).unwrap_or_default();
            let view = NewsView { name: notice.name, at: notice.at.into(), data };
            Message::new("boost.timeline", Some(number.to_string()), &view)
        });
        Ok((messages.collect(), self))
    }
}
