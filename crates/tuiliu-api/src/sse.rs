//! Server-sent events: streams that stay alive through proxies and end when the server stops.

use std::convert::Infallible;
use std::future::Future;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt, stream};
use serde::Serialize;
use tuiliu_domain::party::Actor;
use utoipa::ToSchema;

use crate::api::Api;
use crate::auth::{Caller, Credentials};
use crate::code::Code;
use crate::problem::Problem;
use crate::stop::Phase;

/// A comment goes out after so long without a message, so that proxies keep the connection.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// After the end of the stream, the client comes back after so long: to the next process, or another node.
const RECONNECT_AFTER: Duration = Duration::from_secs(2);
/// A stream ends after so long; the client comes back, perhaps to another node.
const AGE_MAX: Duration = Duration::from_secs(300);
/// Streams of one process; whoever comes beyond is told to come back.
const STREAMS_MAX: i64 = 1_024;
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Longest `Last-Event-ID` that is looked at.
const LAST_EVENT_ID_LENGTH_MAX: usize = 128;

/// One message of a stream, as browsers' `EventSource` reads it.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "read by the derive only")]
pub(crate) struct StreamMessage {
    /// Goes back as `Last-Event-ID`, for what came after it.
    id: Option<String>,
    /// What it is, `order.updated`.
    event: Option<String>,
    /// A view as JSON.
    data: Option<String>,
    /// Milliseconds after which to come back.
    retry: Option<u64>,
}

/// One message of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// What a client that comes back sends as `Last-Event-ID`.
    pub id: Option<String>,
    /// What it is, `order.updated`.
    pub event: &'static str,
    data: String,
}

impl Message {
    /// A message with this view as its data.
    ///
    /// # Panics
    /// When the view is not JSON, or the id has line breaks: both can only be a bug.
    #[must_use]
    pub fn new(event: &'static str, id: Option<String>, view: &impl Serialize) -> Self {
        assert!(id.as_ref().is_none_or(|id| !id.contains(['\n', '\r', '\0'])), "an id is one line");
        Self { id, event, data: serde_json::to_string(view).expect("a view is JSON") }
    }
}

impl From<Message> for Event {
    fn from(message: Message) -> Self {
        let event = Self::default().event(message.event).data(message.data);
        match message.id {
            Some(id) => event.id(id),
            None => event,
        }
    }
}

/// The response that sends these messages until they end, the client goes, or the server stops.
pub fn events(api: &Api, messages: impl Stream<Item = Message> + Send + 'static) -> Response {
    let open = OpenStream::begin(api);
    let stop = api.stop().clone();
    let hello = stream::once(async { Event::default().retry(RECONNECT_AFTER).comment("open") });
    let until_stop = messages.map(Event::from).take_until(async move { stop.reached(Phase::Ending).await });
    let events = hello.chain(until_stop).map(move |event| {
        // Moved in, so that it lives as long as the stream.
        let _open = &open;
        Ok::<_, Infallible>(event)
    });
    let keep_alive = KeepAlive::new().interval(KEEP_ALIVE).text("keep-alive");
    let mut response = Sse::new(events).keep_alive(keep_alive).into_response();
    response.headers_mut().insert(X_ACCEL_BUFFERING, HeaderValue::from_static("no"));
    response
}

/// Something that is looked at again and again for somebody.
pub trait Watch: Send + Sized + 'static {
    /// What is new since the last look, and where the next begins.
    fn look(self, actor: Actor) -> impl Future<Output = Result<(Vec<Message>, Self), Problem>> + Send;
}

/// Whoever follows a stream.
pub struct Follower {
    api: Api,
    credentials: Credentials,
    /// The last message that they have, when they come back.
    pub last: Option<String>,
}

impl Follower {
    /// Who that is now: what was revoked since, or was taken from them, ends the stream.
    async fn actor(&self) -> Result<Actor, Problem> {
        Ok(Caller::of(&self.api, &self.credentials).await?.0.actor.clone())
    }
}

impl FromRequestParts<Api> for Follower {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let credentials = <Credentials as FromRequestParts<Api>>::from_request_parts(parts, api).await?;
        // Who is refused is told at once, and who is not is known to the log of requests.
        <Caller as FromRequestParts<Api>>::from_request_parts(parts, api).await?;
        let Ok(last) = LastEventId::from_request_parts(parts, api).await;
        Ok(Self { api: api.clone(), credentials, last: last.0 })
    }
}

/// The response that tells a follower what is new, until the client goes or may not see it any more.
///
/// Nothing is looked at before the client has taken what came before: a slow reader is told the newest state, late, and
/// holds up nobody.
pub async fn follow(follower: Follower, watch: impl Watch) -> Result<Response, Problem> {
    let api = follower.api.clone();
    if api.metrics().streams.get() >= STREAMS_MAX {
        return Err(Problem::new(Code::ServerBusy).with_retry_after(5));
    }
    // Whether the caller may see it is told before the stream begins.
    let (first, watch) = watch.look(follower.actor().await?).await?;
    let every = api.settings().stream_look_every;
    let news = stream::unfold((follower, watch), move |(follower, watch)| async move {
        tokio::time::sleep(every).await;
        let actor = follower.actor().await.ok()?;
        let (news, watch) = watch.look(actor).await.ok()?;
        Some((stream::iter(news), (follower, watch)))
    });
    let messages = stream::iter(first).chain(news.flatten()).take_until(tokio::time::sleep(AGE_MAX));
    Ok(events(&api, messages))
}

struct OpenStream(Api);

impl OpenStream {
    fn begin(api: &Api) -> Self {
        api.metrics().streams.inc();
        Self(api.clone())
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.0.metrics().streams.dec();
    }
}

/// Where a client that comes back was; `None` for a new one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastEventId(pub Option<String>);

impl<S: Sync> FromRequestParts<S> for LastEventId {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let given = parts.headers.get(LAST_EVENT_ID).and_then(|id| id.to_str().ok());
        Ok(Self(given.filter(|id| id.len() <= LAST_EVENT_ID_LENGTH_MAX).map(str::to_owned)))
    }
}
