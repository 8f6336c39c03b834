//! Live figures as a stream: a message whenever something was counted, and once a minute.

use axum::extract::State;
use axum::response::Response;
use tuiliu_app::App;
use tuiliu_domain::id::{PromotionOrderId, RoomId};
use tuiliu_domain::party::Actor;

use super::view::LiveView;
use crate::api::Api;
use crate::params::Path;
use crate::problem::Problem;
use crate::sse::{self, Follower, Message, StreamMessage};
use crate::views::{PromotionOrderIdView, RoomIdView};

/// Whose figures.
#[derive(Debug, Clone, Copy)]
enum Of {
    Order(PromotionOrderId),
    Room(RoomId),
}

/// Streams the live figures of an order. Each message has an id: whoever comes back with it as `Last-Event-ID` is told
/// only what is new.
#[utoipa::path(
    get, path = "/v1/boosts/{boost}/report/stream", tag = "reports", params(("boost" = PromotionOrderIdView, Path)),
    responses((status = 200, body = StreamMessage, content_type = "text/event-stream"))
)]
pub(super) async fn stream_boost_report(
    State(api): State<Api>,
    boost: Path<PromotionOrderIdView>,
    follower: Follower,
) -> Result<Response, Problem> {
    open(&api, Of::Order(boost.0.0), follower).await
}

/// Streams the live figures of a room, natural and promoted apart; resumes as the stream of an order does.
#[utoipa::path(
    get, path = "/v1/rooms/{room}/report/stream", tag = "reports", params(("room" = RoomIdView, Path)),
    responses((status = 200, body = StreamMessage, content_type = "text/event-stream"))
)]
pub(super) async fn stream_room_report(
    State(api): State<Api>,
    room: Path<RoomIdView>,
    follower: Follower,
) -> Result<Response, Problem> {
    open(&api, Of::Room(room.0.0), follower).await
}

async fn open(api: &Api, of: Of, follower: Follower) -> Result<Response, Problem> {
    let watch = Watch { app: api.app().clone(), of, seen: follower.last.clone() };
    sse::follow(follower, watch).await
}

/// Figures that somebody watches.
struct Watch {
    app: App,
    of: Of,
    seen: Option<String>,
}

impl sse::Watch for Watch {
    async fn look(mut self, actor: Actor) -> Result<(Vec<Message>, Self), Problem> {
        let report = match self.of {
            Of::Order(order) => self.app.order_live(actor, order).await?,
            Of::Room(room) => self.app.room_live(actor, room).await?,
        };
        let view = LiveView::from(&report);
        let id = view.revision();
        if self.seen.as_ref() == Some(&id) {
            return Ok((Vec::new(), self));
        }
        self.seen = Some(id.clone());
        Ok((vec![Message::new("report.live", Some(id), &view)], self))
    }
}
