//! Live figures as a stream: a message whenever something was counted, and once a minute.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use futures_util::{Stream, StreamExt as _, stream};
use tuiliu_app::App;
use tuiliu_app::report::LiveReport;
use tuiliu_domain::id::{PromotionOrderId, RoomId};
use tuiliu_domain::party::Actor;
use tuiliu_domain::time::MINUTE_MS;

use super::view::LiveView;
use crate::api::Api;
use crate::auth::Caller;
use crate::code::Code;
use crate::params::Path;
use crate::problem::Problem;
use crate::sse::{self, LastEventId, Message};
use crate::views::{PromotionOrderIdView, RoomIdView};

/// How often it is looked whether figures changed.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// The client comes back after so long, perhaps to another node.
const STREAM_AGE_MAX: Duration = Duration::from_secs(300);
/// Streams of one node; whoever comes later is told when to come again.
const STREAMS_MAX: i64 = 1_024;

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
    responses((status = 200, body = String, content_type = "text/event-stream"))
)]
pub(super) async fn stream_boost_report(
    State(api): State<Api>,
    caller: Caller,
    boost: Path<PromotionOrderIdView>,
    Ok(last): Result<LastEventId, Infallible>,
) -> Result<Response, Problem> {
    open(&api, &caller, Of::Order(boost.0.0), last).await
}

/// Streams the live figures of a room, natural and promoted apart.
#[utoipa::path(
    get, path = "/v1/rooms/{room}/report/stream", tag = "reports", params(("room" = RoomIdView, Path)),
    responses((status = 200, body = String, content_type = "text/event-stream"))
)]
pub(super) async fn stream_room_report(
    State(api): State<Api>,
    caller: Caller,
    room: Path<RoomIdView>,
    Ok(last): Result<LastEventId, Infallible>,
) -> Result<Response, Problem> {
    open(&api, &caller, Of::Room(room.0.0), last).await
}

async fn open(api: &Api, caller: &Caller, of: Of, last: LastEventId) -> Result<Response, Problem> {
    if api.metrics().streams.get() >= STREAMS_MAX {
        return Err(Problem::new(Code::ServerBusy).with_retry_after(5));
    }
    let watch = Watch { app: api.app().clone(), actor: caller.0.actor.clone(), of, seen: last.0 };
    // Whether the caller may see the figures is told before the stream begins.
    let (first, watch) = watch.look().await?;
    let messages = stream::iter(first).chain(watch.news()).take_until(tokio::time::sleep(STREAM_AGE_MAX));
    Ok(sse::events(api, messages))
}

/// Somebody who watches figures.
struct Watch {
    app: App,
    actor: Actor,
    of: Of,
    seen: Option<String>,
}

impl Watch {
    async fn look(mut self) -> Result<(Option<Message>, Self), Problem> {
        let report = match self.of {
            Of::Order(order) => self.app.order_live(self.actor.clone(), order).await?,
            Of::Room(room) => self.app.room_live(self.actor.clone(), room).await?,
        };
        let id = revision(&report);
        if self.seen.as_ref() == Some(&id) {
            return Ok((None, self));
        }
        self.seen = Some(id.clone());
        Ok((Some(Message::new("report.live", Some(id), &LiveView::from(&report))), self))
    }

    /// What comes after; ends when the figures cannot be read any more.
    fn news(self) -> impl Stream<Item = Message> + Send {
        let steps = stream::unfold(self, async |watch| {
            tokio::time::sleep(LOOK_EVERY).await;
            watch.look().await.ok()
        });
        steps.flat_map(stream::iter)
    }
}

/// Changes with everything that is counted of the subject, and with the minute that "now" is about.
fn revision(report: &LiveReport) -> String {
    let changed = report.freshness.changed_at.map_or(0, |at| at.ms());
    format!("{changed}-{}", report.as_of.ms().div_euclid(MINUTE_MS))
}
