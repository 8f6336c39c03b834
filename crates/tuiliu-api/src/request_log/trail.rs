//! What is learnt of a request on its way through the handlers: who asks, and what the body was.

use std::sync::{Arc, OnceLock};

use axum::body::{Bytes, HttpBody as _};
use axum::extract::Request;
use axum::http::header::CONTENT_LENGTH;
use axum::http::{Extensions, HeaderMap, Method, Uri};
use axum::response::Response;
use serde_json::Value;
use tuiliu_app::access::{Caller, Credential};
use tuiliu_app::request_log::AnsweredRequest;
use tuiliu_domain::limits::{LOGGED_BODY_BYTES_MAX, LOGGED_PATH_BYTES_MAX};

use crate::api::Api;
use crate::code::Code;
use crate::problem::Problem;
use crate::request_id::X_REQUEST_ID;
use crate::stopwatch::Stopwatch;

/// Fields that hold what opens something, or tell who a person is.
const REDACTED: &[&str] = &[
    "password",
    "current",
    "secret",
    "token",
    "tracking_token",
    "key",
    "code",
    "user",
    "context",
    "device",
    "ip",
    "user_agent",
    "opaque_user_id",
    "anonymous_id",
    "name",
    "display_name",
    "phone",
    "email",
    "login",
    "marks",
];
/// How our own secrets begin, wherever they stand.
const SECRET_PREFIXES: &[&str] = &["sk_live_", "sk_test_", "pk_", "whsec_", "tss_"];
const REDACTION: &str = "…";

/// A place in which extractors leave what they learn; the frame reads it when the request is answered.
#[derive(Clone, Default)]
pub(crate) struct Trail(Arc<Learnt>);

#[derive(Default)]
struct Learnt {
    caller: OnceLock<Arc<Caller>>,
    body: OnceLock<Bytes>,
}

/// What is known of a request before it is handled.
pub(crate) struct Begun {
    trail: Trail,
    method: Method,
    uri: Uri,
    request_bytes: Option<i64>,
    since: Stopwatch,
}

impl Trail {
    /// A trail for this request.
    pub(crate) fn begin(request: &mut Request) -> Begun {
        let trail = Self::default();
        let request_bytes = announced(request.headers());
        let (method, uri) = (request.method().clone(), request.uri().clone());
        request.extensions_mut().insert(trail.clone());
        Begun { trail, method, uri, request_bytes, since: Stopwatch::start() }
    }

    /// Notes who asks.
    pub(crate) fn note_caller(extensions: &Extensions, caller: &Arc<Caller>) {
        if let Some(trail) = extensions.get::<Self>() {
            // Looked up twice, it is the same.
            drop(trail.0.caller.set(Arc::clone(caller)));
        }
    }

    /// Notes what was sent.
    pub(crate) fn note_body(&self, body: &Bytes) {
        drop(self.0.body.set(body.clone()));
    }
}

impl Begun {
    /// Notes the answer in the log, if it is one to a key.
    pub(crate) fn log(self, api: &Api, route: &str, code: Option<Code>, response: &Response) {
        let Some(caller) = self.trail.0.caller.get() else { return };
        if !matches!(caller.credential, Credential::ApiKey { .. }) {
            return;
        }
        let status = response.status();
        let body = self.trail.0.body.get();
        let refused_write = status.is_client_error() && self.method != Method::GET;
        let request_id = response.headers().get(X_REQUEST_ID).and_then(|id| id.to_str().ok());
        let length = |bytes: usize| i64::try_from(bytes).unwrap_or(i64::MAX);
        let answer_bytes = response.body().size_hint().exact().and_then(|bytes| i64::try_from(bytes).ok());
        let answered = AnsweredRequest {
            method: self.method.as_str().to_owned(),
            route: route.to_owned(),
            path: path(&self.uri),
            status: status.as_u16(),
            code: code.map(|code| code.text().to_owned()),
            duration_us: i64::try_from(self.since.elapsed().as_micros()).unwrap_or(i64::MAX),
            request_id: request_id.unwrap_or_default().to_owned(),
            request_bytes: self.request_bytes.or(body.map(|body| length(body.len()))).unwrap_or(0),
            answer_bytes: answer_bytes.unwrap_or(0),
            body: body.filter(|_| refused_write).and_then(redacted),
        };
        api.app().log_request(caller, answered);
    }
}

/// The code of a problem on its way out.
pub(crate) fn code_of(response: &Response) -> Option<Code> {
    response.extensions().get::<Problem>().map(Problem::code)
}

fn announced(headers: &HeaderMap) -> Option<i64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Path and query, without the key that pages send in it.
fn path(uri: &Uri) -> String {
    let query = uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("k="));
    let query: Vec<&str> = query.collect();
    let path = if query.is_empty() { uri.path().to_owned() } else { format!("{}?{}", uri.path(), query.join("&")) };
    path.chars().take(LOGGED_PATH_BYTES_MAX).collect()
}

/// A body that may be looked at: JSON of small size without secrets and persons.
fn redacted(body: &Bytes) -> Option<String> {
    if body.is_empty() || body.len() > LOGGED_BODY_BYTES_MAX {
        return None;
    }
    let mut value: Value = serde_json::from_slice(body).ok()?;
    redact(&mut value);
    Some(value.to_string())
}

fn redact(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                if REDACTED.contains(&name.as_str()) {
                    *field = Value::from(REDACTION);
                } else {
                    redact(field);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(redact),
        Value::String(text) if SECRET_PREFIXES.iter().any(|prefix| text.contains(prefix)) => {
            REDACTION.clone_into(text);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_kept_without_secrets_and_persons() {
        let check = |body: &'static str, expected: Option<&str>| {
            assert_eq!(redacted(&Bytes::from_static(body.as_bytes())).as_deref(), expected, "{body}");
        };
        check(r#"{"room_id":"room_1","budget":{"amount":1}}"#, Some(r#"{"budget":{"amount":1},"room_id":"room_1"}"#));
        check(r#"{"login":{"name":"may","password":"x"}}"#, Some(r#"{"login":"…"}"#));
        check(
            r#"{"events":[{"user":{"opaque_user_id":"u"},"id":"1"}]}"#,
            Some(r#"{"events":[{"id":"1","user":"…"}]}"#),
        );
        check(r#"{"note":"my key is sk_live_0123"}"#, Some(r#"{"note":"…"}"#));
        check("not json", None);
        check("", None);
        assert_eq!(redacted(&Bytes::from(vec![b' '; LOGGED_BODY_BYTES_MAX + 1])), None);
    }

    #[test]
    fn paths_are_kept_without_keys() {
        let check = |uri: &'static str, expected: &str| assert_eq!(path(&Uri::from_static(uri)), expected);
        check("/v1/events?k=pk_0123", "/v1/events");
        check("/v1/boosts?limit=1&k=pk_0123&state=running", "/v1/boosts?limit=1&state=running");
        check("/v1/boosts", "/v1/boosts");
    }
}
