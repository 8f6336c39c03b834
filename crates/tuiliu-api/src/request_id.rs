//! What tells one request from another: its id, and the language its sender reads.

use std::fmt;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::{ACCEPT_LANGUAGE, HeaderName};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use tuiliu_domain::id::{Id, IdKind};

/// The header that carries a request's id both ways.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longest request id taken from a caller; a longer one is replaced.
pub const REQUEST_ID_LENGTH_MAX: usize = 128;

enum RequestKind {}

impl IdKind for RequestKind {
    const PREFIX: &'static str = "req";
}

/// The id of one request: the caller's, when it is well formed, else made here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// The caller's own id, or the one made from `fresh`.
    pub(crate) fn read(headers: &HeaderMap, fresh: impl FnOnce() -> u128) -> Self {
        let given = headers.get(X_REQUEST_ID).and_then(|value| value.to_str().ok()).filter(|text| well_formed(text));
        match given {
            Some(text) => Self(Arc::from(text)),
            None => Self(Arc::from(Id::<RequestKind>::new(fresh()).to_string())),
        }
    }

    /// The id as it stands in headers, problems and logs.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn header(&self) -> HeaderValue {
        HeaderValue::from_str(&self.0).expect("a request id is visible ASCII")
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// No spaces, quotes or control characters: an id must not be able to forge a log line.
fn well_formed(text: &str) -> bool {
    (1..=REQUEST_ID_LENGTH_MAX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:/+=@".contains(&byte))
}

impl<S: Sync> FromRequestParts<S> for RequestId {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get::<Self>().cloned().expect("the frame gives every request an id"))
    }
}

/// The language of titles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    #[default]
    Chinese,
    English,
}

impl Language {
    /// The tag in `Content-Language`.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }

    /// The language that `Accept-Language` likes best; Chinese when it likes neither more.
    #[must_use]
    pub fn read(headers: &HeaderMap) -> Self {
        let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let mut best = (Self::Chinese, 0);
        for range in accepted.split(',').take(32) {
            let mut parts = range.trim().split(';');
            let tag = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
            let quality = parts.find_map(|part| part.trim().strip_prefix("q=").map(permille)).unwrap_or(1_000);
            let language = match tag.split('-').next() {
                Some("zh" | "*") => Self::Chinese,
                Some("en") => Self::English,
                _ => continue,
            };
            if quality > best.1 {
                best = (language, quality);
            }
        }
        best.0
    }
}

/// `0.25` is 250; what cannot be read is 0.
fn permille(text: &str) -> u32 {
    let (whole, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let digits = format!("{fraction:0<3}");
    match (whole, digits.get(..3).and_then(|three| three.parse::<u32>().ok())) {
        ("1", Some(0)) => 1_000,
        ("0", Some(rest)) => rest,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn keeps_a_well_formed_id_and_replaces_any_other() {
        let check = |given: &str, expected: &str| {
            let id = RequestId::read(&headers(X_REQUEST_ID, given), || 1);
            assert_eq!(id.as_str(), expected, "`{given}`");
        };
        let made = "req_00000000000000000000000001";
        check("01JD-abc_1.2:3/x+y=@", "01JD-abc_1.2:3/x+y=@");
        check(&"a".repeat(128), &"a".repeat(128));
        check(&"a".repeat(129), made);
        check("", made);
        check("a b", made);
        check("a\"b", made);
        check("a\tb", made);
        assert_eq!(RequestId::read(&HeaderMap::new(), || 1).as_str(), made);
    }

    #[test]
    fn chooses_the_language_by_quality() {
        let check = |accepted: &str, expected: Language| {
            assert_eq!(Language::read(&headers(ACCEPT_LANGUAGE, accepted)), expected, "`{accepted}`");
        };
        check("en", Language::English);
        check("en-GB,en;q=0.9", Language::English);
        check("zh-CN,zh;q=0.9,en;q=0.8", Language::Chinese);
        check("zh;q=0.3, en;q=0.75", Language::English);
        check("fr, en;q=0.1", Language::English);
        check("fr", Language::Chinese);
        check("*", Language::Chinese);
        check("en;q=0", Language::Chinese);
        check("en;q=nonsense", Language::Chinese);
        assert_eq!(Language::read(&HeaderMap::new()), Language::Chinese);
    }
}
