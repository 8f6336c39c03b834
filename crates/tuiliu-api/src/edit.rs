//! Edits: `ETag` says which version was read, `If-Match` says which one is changed.

use axum::extract::FromRequestParts;
use axum::http::HeaderValue;
use axum::http::header::IF_MATCH;
use axum::http::request::Parts;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::code::Code;
use crate::problem::Problem;

/// The header, for documentation: `params(IfMatchHeader)`.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "read by the derive only")]
pub struct IfMatchHeader {
    /// The `ETag` of what is changed, as it was read.
    #[serde(rename = "If-Match")]
    #[param(example = "\"v7\"")]
    if_match: String,
}

/// The `ETag` of this version.
#[must_use]
pub fn etag(version: u64) -> HeaderValue {
    HeaderValue::from_str(&format!("\"v{version}\"")).expect("digits are visible ASCII")
}

/// The version that the caller read and now changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IfMatch(pub u64);

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let given = parts.headers.get(IF_MATCH).ok_or_else(|| Problem::new(Code::RequestVersionRequired))?;
        let digits = given.to_str().ok().and_then(|tag| tag.strip_prefix("\"v")?.strip_suffix('"'));
        let version = digits.and_then(|digits| digits.parse().ok()).filter(|version| etag(*version) == given);
        // A tag that was never given here cannot match any version.
        version.map(Self).ok_or_else(|| Problem::new(Code::RequestVersionConflict))
    }
}
