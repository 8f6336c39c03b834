//! Server-sent events: streams that stay alive through proxies and end when the server stops.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt, stream};
use serde::Serialize;

use crate::api::Api;
use crate::stop::Phase;

/// A comment goes out after so long without a message, so that proxies keep the connection.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// After the end of the stream, the client comes back after so long: to the next process, or another node.
const RECONNECT_AFTER: Duration = Duration::from_secs(2);
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Longest `Last-Event-ID` that is looked at.
const LAST_EVENT_ID_LENGTH_MAX: usize = 128;

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
