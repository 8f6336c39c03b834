//! Bodies: read within limits, unpacked within limits, turned into what the handler takes or into a problem.

use std::io::Read as _;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use flate2::read::MultiGzDecoder;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_path_to_error::{Path, Segment};
use tuiliu_app::audit::log;

use crate::code::Code;
use crate::problem::Problem;
use crate::request_log::Trail;

/// Largest body of an endpoint that says nothing else.
pub const BODY_BYTES_MAX: usize = 64 * 1_024;
/// Largest body of a report of events, as sent.
pub const EVENTS_BYTES_MAX: usize = 500 * 1_024;
/// Largest body of a report of events, unpacked.
pub const EVENTS_BYTES_UNPACKED_MAX: usize = 4 * 1_024 * 1_024;
/// Room for an answer of usual length, so that it is not moved while it grows.
const ANSWER_BYTES: usize = 1_024;
const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// A body that has not arrived after so long is given up.
const BODY_TIMEOUT: Duration = Duration::from_secs(15);

/// A JSON body of at most [`BODY_BYTES_MAX`], or a JSON answer.
#[derive(Debug, Clone)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let bytes = read_json(request).await?;
        decode(&bytes).map(Self)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        let mut bytes = Vec::with_capacity(ANSWER_BYTES);
        match serde_json::to_writer(&mut bytes, &self.0) {
            Ok(()) => ([(CONTENT_TYPE, JSON)], bytes).into_response(),
            // Every view is JSON; a map with keys that are no text would be our mistake.
            Err(_) => Problem::new(Code::ServerPanic).into_response(),
        }
    }
}

/// The body of a report of events: larger, gzip allowed, and `text/plain` as `sendBeacon` sends it.
#[derive(Debug, Clone)]
pub struct EventsJson<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for EventsJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let EventsBytes(bytes) = EventsBytes::from_request(request, state).await?;
        decode(&bytes).map(Self)
    }
}

/// The same, unpacked and not read yet.
#[derive(Debug, Clone)]
pub struct EventsBytes(pub Bytes);

impl<S: Sync> FromRequest<S> for EventsBytes {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let headers = request.headers();
        takes_media_type(headers, &["application/json", "text/plain", "application/cloudevents-batch+json"])?;
        let packed = match encoding(headers) {
            None => false,
            Some(b"gzip") => true,
            Some(_) => return Err(unsupported_encoding("the body may be packed by `gzip` or not at all")),
        };
        let bytes = read(request, EVENTS_BYTES_MAX).await?;
        if packed { unpack(&bytes, EVENTS_BYTES_UNPACKED_MAX).map(Bytes::from) } else { Ok(bytes) }.map(Self)
    }
}

/// The bytes of a JSON body of at most [`BODY_BYTES_MAX`].
pub(crate) async fn read_json(request: Request) -> Result<Bytes, Problem> {
    takes_media_type(request.headers(), &["application/json"])?;
    if encoding(request.headers()).is_some() {
        return Err(unsupported_encoding("the body may not be packed"));
    }
    let bytes = read(request, BODY_BYTES_MAX).await?;
    log::with_content(&bytes);
    Ok(bytes)
}

/// The bytes of a body of at most `bytes_max`.
pub(crate) async fn read(request: Request, bytes_max: usize) -> Result<Bytes, Problem> {
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > u64::try_from(bytes_max).unwrap_or(u64::MAX)) {
        return Err(too_large(bytes_max));
    }
    let trail = request.extensions().get::<Trail>().cloned();
    let collected = Limited::new(request.into_body(), bytes_max).collect();
    match tokio::time::timeout(BODY_TIMEOUT, collected).await {
        Ok(Ok(body)) => {
            let bytes = body.to_bytes();
            if let Some(trail) = trail {
                trail.note_body(&bytes);
            }
            Ok(bytes)
        }
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large(bytes_max)),
        Ok(Err(_)) => Err(Problem::new(Code::RequestMalformed).with_detail("the body ended before its end")),
        Err(_) => Err(Problem::new(Code::RequestTimeout)),
    }
}

fn too_large(bytes_max: usize) -> Problem {
    Problem::new(Code::RequestTooLarge).with_detail(format!("the body may have at most {bytes_max} bytes"))
}

/// Unpacks gzip, and stops at `bytes_max`: what it would have become stays unknown.
fn unpack(bytes: &[u8], bytes_max: usize) -> Result<Vec<u8>, Problem> {
    let limit = u64::try_from(bytes_max).unwrap_or(u64::MAX).saturating_add(1);
    let mut unpacked = Vec::new();
    let read = MultiGzDecoder::new(bytes).take(limit).read_to_end(&mut unpacked);
    if unpacked.len() > bytes_max {
        return Err(too_large(bytes_max).with_detail(format!("the body may unpack to at most {bytes_max} bytes")));
    }
    read.map_err(|_| Problem::new(Code::RequestMalformed).with_detail("the body is not gzip"))?;
    Ok(unpacked)
}

fn encoding(headers: &HeaderMap) -> Option<&[u8]> {
    headers.get(CONTENT_ENCODING).map(HeaderValue::as_bytes).filter(|encoding| *encoding != b"identity")
}

fn unsupported_encoding(detail: &str) -> Problem {
    let problem = Problem::new(Code::RequestUnsupportedMediaType).with_detail(detail);
    problem.with_header(ACCEPT_ENCODING, HeaderValue::from_static("gzip"))
}

fn takes_media_type(headers: &HeaderMap, taken: &[&str]) -> Result<(), Problem> {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if taken.iter().any(|one| kind.eq_ignore_ascii_case(one)) {
        return Ok(());
    }
    let detail = format!("the body must be `{}`", taken.join("` or `"));
    Err(Problem::new(Code::RequestUnsupportedMediaType).with_detail(detail))
}

/// The value in these bytes, and nothing after it.
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // Where in the body an error is costs time to know, so it is only asked once there is one.
    if let Ok(value) = serde_json::from_slice(bytes) {
        return Ok(value);
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let pointer = pointer(error.path());
        refused(&pointer, &error.into_inner())
    })?;
    json.end().map_err(|error| refused("", &error))?;
    Ok(value)
}

fn refused(pointer: &str, error: &serde_json::Error) -> Problem {
    match error.classify() {
        serde_json::error::Category::Data => {
            let (code, detail) = coded(&error.to_string(), Code::RequestInvalid);
            Problem::new(code).with_error(pointer, detail)
        }
        _ => Problem::new(Code::RequestMalformed).with_detail(format!("the body is not JSON: {error}")),
    }
}

/// A view that refuses a text says with which code by starting its message with it; see `views`.
pub(crate) fn coded(message: &str, otherwise: Code) -> (Code, String) {
    let own =
        [Code::RequestInvalidId, Code::RequestInvalidTime, Code::RequestInvalidAmount, Code::RequestInvalidCursor];
    for code in own {
        if let Some((before, after)) = message.split_once(&format!("{}: ", code.text())) {
            return (code, format!("{before}{after}"));
        }
    }
    (otherwise, message.to_owned())
}

/// The JSON pointer (RFC 6901) of a path.
fn pointer(path: &Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        let text = match segment {
            Segment::Seq { index } => index.to_string(),
            Segment::Map { key } => key.replace('~', "~0").replace('/', "~1"),
            Segment::Enum { variant } => variant.clone(),
            Segment::Unknown => continue,
        };
        pointer.push('/');
        pointer.push_str(&text);
    }
    pointer
}
