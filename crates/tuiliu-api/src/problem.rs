//! Problems: every error of every endpoint as `application/problem+json` (RFC 9457).

use axum::body::Body;
use axum::http::header::{CONTENT_LANGUAGE, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, VARY, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use tuiliu_app::{CommandError, StoreError};
use utoipa::ToSchema;

use crate::code::Code;
use crate::request_id::{Language, RequestId};

/// The content type of every error.
pub const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");
/// Seconds after which a caller of a busy server may come back.
const BUSY_RETRY_AFTER_S: u64 = 1;

/// One error on its way out; the frame adds the request's id and the reader's language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem(Box<Inside>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Inside {
    code: Code,
    detail: Option<String>,
    errors: Vec<FieldError>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// What is wrong with one part of the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// JSON pointer (RFC 6901) into the body, or the name of the parameter.
    #[schema(example = "/placements/0/slots")]
    pub pointer: String,
    /// What is wrong, for developers.
    #[schema(example = "invalid type: string \"2\", expected u32")]
    pub detail: String,
}

/// An error (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// Address of the page about the code, relative to the server.
    #[serde(rename = "type")]
    #[schema(example = "/errors/request.invalid")]
    kind: String,
    /// What the code means, in the reader's language (`Accept-Language`: `zh-CN` or `en`).
    title: &'static str,
    /// The HTTP status.
    #[schema(example = 422)]
    status: u16,
    /// What programs go by; means one thing for ever.
    #[schema(example = "request.invalid")]
    code: &'static str,
    /// What went wrong this time, for developers.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// To be told when asking for help; also in `X-Request-Id`.
    request_id: String,
    /// Whether the same request, sent again later, may go well.
    retryable: bool,
    /// What is wrong with which part of the request.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
}

/// A problem as it is kept with an idempotency key: without what belongs to one sending of it.
#[derive(Serialize, Deserialize)]
struct Kept {
    code: String,
    detail: Option<String>,
    errors: Vec<FieldError>,
}

impl Problem {
    /// The problem with this code and nothing more to say.
    #[must_use]
    pub fn new(code: Code) -> Self {
        Self(Box::new(Inside { code, detail: None, errors: Vec::new(), headers: Vec::new() }))
    }

    /// Says what went wrong this time. Never the text of an inner failure: clients see what they can act on.
    #[must_use]
    pub fn with_detail(mut self, detail: impl ToString) -> Self {
        self.0.detail = Some(detail.to_string());
        self
    }

    /// Says what is wrong with one part of the request.
    #[must_use]
    pub fn with_error(mut self, pointer: impl ToString, detail: impl ToString) -> Self {
        self.0.errors.push(FieldError { pointer: pointer.to_string(), detail: detail.to_string() });
        self
    }

    /// Sends a header along.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }

    /// Says after how many seconds to come back.
    #[must_use]
    pub fn with_retry_after(self, seconds: u64) -> Self {
        self.with_header(RETRY_AFTER, HeaderValue::from(seconds))
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.0.code.entry().status).expect("the registry holds statuses")
    }

    /// The bytes kept with an idempotency key.
    #[must_use]
    pub fn to_kept(&self) -> Vec<u8> {
        let Inside { code, detail, errors, .. } = &*self.0;
        let kept = Kept { code: code.text().to_owned(), detail: detail.clone(), errors: errors.clone() };
        serde_json::to_vec(&kept).expect("a problem is JSON")
    }

    /// The problem kept as these bytes; an internal one when they are not one.
    #[must_use]
    pub fn from_kept(bytes: &[u8]) -> Self {
        let Ok(Kept { code, detail, errors }) = serde_json::from_slice(bytes) else {
            tracing::error!("read a kept problem that is not one");
            return Self::new(Code::ServerInternal);
        };
        let code = Code::from_text(&code).unwrap_or(Code::ServerInternal);
        Self(Box::new(Inside { code, detail, errors, headers: Vec::new() }))
    }

    /// The text of a problem: what the frame sends.
    fn body(self, request_id: &RequestId, language: Language) -> ProblemBody {
        let Inside { code, detail, errors, .. } = *self.0;
        let entry = code.entry();
        ProblemBody {
            kind: format!("/errors/{}", entry.text),
            title: code.title(language),
            status: entry.status,
            code: entry.text,
            detail,
            request_id: request_id.to_string(),
            retryable: entry.retryable,
            errors,
        }
    }

    /// What the frame makes of an error that is not a problem yet: a status alone, from the router or a library.
    fn of_status(status: StatusCode) -> Self {
        Self::new(match status {
            StatusCode::UNAUTHORIZED => Code::AccessUnauthenticated,
            StatusCode::FORBIDDEN => Code::AccessForbidden,
            StatusCode::NOT_FOUND => Code::RequestNotFound,
            StatusCode::METHOD_NOT_ALLOWED => Code::RequestMethodNotAllowed,
            StatusCode::REQUEST_TIMEOUT => Code::RequestTimeout,
            StatusCode::PAYLOAD_TOO_LARGE => Code::RequestTooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Code::RequestUnsupportedMediaType,
            StatusCode::UNPROCESSABLE_ENTITY => Code::RequestInvalid,
            StatusCode::TOO_MANY_REQUESTS => Code::RequestRateLimited,
            StatusCode::SERVICE_UNAVAILABLE => Code::ServerUnavailable,
            StatusCode::GATEWAY_TIMEOUT => Code::ServerTimeout,
            other if other.is_client_error() => Code::RequestMalformed,
            _ => Code::ServerInternal,
        })
    }
}

impl IntoResponse for Problem {
    /// A response that carries the problem as it is; the frame writes the body.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Finishes a response: what carries a problem, or is an error without a body of its own, becomes problem+json.
pub(crate) fn complete(mut response: Response, request_id: &RequestId, language: Language) -> Response {
    let carried = response.extensions_mut().remove::<Problem>();
    let Some(problem) = carried.or_else(|| bare_error(&response)) else { return response };
    let (status, headers) = (problem.status(), problem.0.headers.clone());
    let bytes = serde_json::to_vec(&problem.body(request_id, language)).expect("a problem is JSON");
    let (mut parts, _) = response.into_parts();
    parts.status = status;
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.insert(CONTENT_TYPE, PROBLEM_JSON);
    parts.headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
    parts.headers.insert(VARY, HeaderValue::from_static("accept-language"));
    if status == StatusCode::UNAUTHORIZED {
        parts.headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"tuiliu\""));
    }
    parts.headers.extend(headers);
    Response::from_parts(parts, Body::from(bytes))
}

fn bare_error(response: &Response) -> Option<Problem> {
    let status = response.status();
    let has_own_body = response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|kind| !kind.as_bytes().starts_with(b"text/plain") && !kind.as_bytes().is_empty());
    if has_own_body || !(status.is_client_error() || status.is_server_error()) {
        return None;
    }
    Some(Problem::of_status(status))
}

/// What the shell says about every command. A column says what its own refusals mean: `impl From<PayError> for Problem`.
impl<R> From<CommandError<R>> for Problem
where
    R: std::error::Error,
    Self: From<R>,
{
    fn from(error: CommandError<R>) -> Self {
        match error {
            CommandError::NotFound => Self::new(Code::RequestNotFound),
            CommandError::Forbidden => Self::new(Code::AccessForbidden),
            CommandError::Refused(refusal) => Self::from(refusal),
            CommandError::KeyReused => Self::new(Code::IdempotencyKeyReused),
            CommandError::Store(fault) => of_fault(fault),
        }
    }
}

/// What the store's failures mean to a caller: come back, or nothing they can act on.
fn of_fault(fault: StoreError) -> Problem {
    match fault {
        StoreError::Busy { .. } | StoreError::Transient { .. } => {
            Problem::new(Code::ServerBusy).with_retry_after(BUSY_RETRY_AFTER_S)
        }
        StoreError::Closed | StoreError::OutcomeUnknown { .. } => {
            Problem::new(Code::ServerUnavailable).with_retry_after(BUSY_RETRY_AFTER_S)
        }
        StoreError::Panicked { .. } => logged(Code::ServerPanic, &fault),
        StoreError::Inconsistent { .. }
        | StoreError::Conflict { .. }
        | StoreError::Duplicate
        | StoreError::Database { .. }
        | StoreError::NotDurable { .. } => logged(Code::ServerInternal, &fault),
    }
}

impl From<StoreError> for Problem {
    fn from(fault: StoreError) -> Self {
        of_fault(fault)
    }
}

fn logged(code: Code, fault: &StoreError) -> Problem {
    tracing::error!(error.code = code.text(), "failed to {fault}");
    Problem::new(code)
}

impl From<std::convert::Infallible> for Problem {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}
