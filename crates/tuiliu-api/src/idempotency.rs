//! `Idempotency-Key`: a request that moves money is carried out once, however often it is sent (WL-04).

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::{CONTENT_TYPE, HeaderName};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tuiliu_app::{Answered, OnceKey};
use utoipa::IntoParams;

use crate::auth::Caller;
use crate::body;
use crate::code::Code;
use crate::problem::Problem;

/// The header that names one wish of the caller.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// On an answer that was given before: nothing was done now.
pub const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Longest key.
pub const IDEMPOTENCY_KEY_LENGTH_MAX: usize = 200;

/// The header, for documentation: `params(IdempotencyKeyHeader)`.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "read by the derive only")]
pub struct IdempotencyKeyHeader {
    /// Names this wish: 1 to 200 visible ASCII characters, a UUID for example. Sent again with the same content, the
    /// first answer is given again; with other content, `idempotency.key_reused`.
    #[serde(rename = "Idempotency-Key")]
    #[param(min_length = 1, max_length = 200, pattern = "^[!-~]{1,200}$")]
    idempotency_key: String,
}

/// The caller's name for one wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The key as sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<S: Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut given = parts.headers.get_all(IDEMPOTENCY_KEY).iter();
        let key = given.next().ok_or_else(|| Problem::new(Code::IdempotencyKeyRequired))?;
        let well_formed = (1..=IDEMPOTENCY_KEY_LENGTH_MAX).contains(&key.len())
            && key.as_bytes().iter().all(u8::is_ascii_graphic)
            && given.next().is_none();
        match key.to_str() {
            Ok(text) if well_formed => Ok(Self(text.to_owned())),
            _ => Err(Problem::new(Code::IdempotencyKeyInvalid)
                .with_detail("`Idempotency-Key` must be one text of 1 to 200 visible ASCII characters")),
        }
    }
}

/// A request under a key: its JSON body, and a digest of everything that is asked.
#[derive(Debug, Clone)]
pub struct Keyed<T> {
    pub key: IdempotencyKey,
    /// BLAKE3 of method, address and body.
    pub digest: [u8; 32],
    pub content: T,
}

/// The body of a request that says everything by its address: empty, or `{}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

impl<T> Keyed<T> {
    /// The key as the shell knows it: callers of one tenant do not meet in it.
    #[must_use]
    pub fn once_key(&self, caller: &Caller) -> OnceKey {
        let actor = &caller.0.actor;
        let key = format!("{}:{}", actor.party, self.key.as_str());
        OnceKey { tenant: actor.tenant, key, digest: self.digest }
    }
}

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for Keyed<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (mut parts, stream) = request.into_parts();
        let key = IdempotencyKey::from_request_parts(&mut parts, state).await?;
        let (method, address) = (parts.method.clone(), parts.uri.clone());
        let typed = parts.headers.contains_key(CONTENT_TYPE);
        let request = Request::from_parts(parts, stream);
        let bytes = if typed { body::read_json(request).await? } else { empty(request).await? };
        let address = address.path_and_query().map_or("/", |address| address.as_str());
        let digest = digest(&[method.as_str().as_bytes(), address.as_bytes(), &bytes]);
        let content = if bytes.is_empty() { body::decode(b"{}")? } else { body::decode(&bytes)? };
        Ok(Self { key, digest, content })
    }
}

/// A body without a content type must be none.
async fn empty(request: Request) -> Result<Bytes, Problem> {
    let bytes = body::read(request, body::BODY_BYTES_MAX).await?;
    let typeless =
        || Problem::new(Code::RequestUnsupportedMediaType).with_detail("the body must be `application/json`");
    if bytes.is_empty() { Ok(bytes) } else { Err(typeless()) }
}

/// A hash that tells apart where one part ends and the next begins.
fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        let length = u64::try_from(part.len()).expect("lengths fit");
        hasher.update(&length.to_be_bytes()).update(part);
    }
    *hasher.finalize().as_bytes()
}

/// What is kept and sent of a command's outcome: for [`tuiliu_app::App::once`].
///
/// A refusal is kept without the request's id and language, so that each sending gets its own.
pub fn kept<T, R, V: Serialize>(status: StatusCode, view: impl Fn(T) -> V) -> impl FnMut(Result<T, R>) -> (u16, Vec<u8>)
where
    Problem: From<R>,
{
    move |outcome| match outcome {
        Ok(done) => (status.as_u16(), serde_json::to_vec(&view(done)).expect("a view is JSON")),
        Err(refusal) => {
            let problem = Problem::from(refusal);
            (problem.status().as_u16(), problem.to_kept())
        }
    }
}

/// The response of an answer given once or again.
pub fn answered(answer: Answered) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = if status.is_success() {
        let json = (CONTENT_TYPE, HeaderValue::from_static("application/json"));
        (status, [json], Body::from(answer.body)).into_response()
    } else {
        Problem::from_kept(&answer.body).into_response()
    };
    if answer.replayed {
        response.headers_mut().insert(IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
    }
    response
}
