//! Who calls: credentials as they come in, and the caller they stand for.

use std::fmt;
use std::sync::Arc;

use axum::extract::{FromRequestParts, MatchedPath, OptionalFromRequestParts};
use axum::http::header::{AUTHORIZATION, COOKIE, HOST, HeaderName, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method};
use tuiliu_app::access::{self, AskAgain, NotAuthenticated};
use tuiliu_app::audit::log::{self, Deed};
use tuiliu_domain::party::Forbidden;

use crate::api::{Api, ApiSettings};
use crate::code::Code;
use crate::problem::Problem;
use crate::request_id::RequestId;
use crate::request_log::Trail;

/// The cookie of a signed-in person; `__Host-` keeps other hosts from setting it.
pub const SESSION_COOKIE: &str = "__Host-tuiliu_session";
/// The same where browsers reach us without TLS: they take no `__Host-` cookie there.
pub const SESSION_COOKIE_PLAIN: &str = "tuiliu_session";
/// Browser requests that change state carry this with the value `1`: no form and no foreign page can.
pub const X_TUILIU_CSRF: HeaderName = HeaderName::from_static("x-tuiliu-csrf");
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// Fewest and most characters of a secret, its prefix included.
const SECRET_LENGTH_MIN: usize = 20;
const SECRET_LENGTH_MAX: usize = 200;

/// A text that must not be seen: shown as dots, also by `{:?}`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The text itself, for hashing and nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The secret in a text, if it is shaped like one of ours.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let well_formed = (SECRET_LENGTH_MIN..=SECRET_LENGTH_MAX).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        well_formed.then(|| Self(text.to_owned()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// What a request shows of its sender; not looked up yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credentials {
    /// `Authorization: Bearer sk_live_…`: a server of the host platform.
    LiveKey(Secret),
    /// `Authorization: Bearer sk_test_…`: the same, in test mode.
    TestKey(Secret),
    /// `Authorization: Bearer pk_…`, or `?k=pk_…` from `sendBeacon`: a browser, for impressions and clicks only.
    PublishableKey(Secret),
    /// The session cookie: a signed-in person. A request that changes state has passed the cross-site check.
    Session(Secret),
}

/// Who calls, as the app knows them: `caller.0.actor`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller(pub Arc<access::Caller>);

impl Credentials {
    /// The secret, to be looked up by its hash.
    #[must_use]
    pub const fn secret(&self) -> &Secret {
        let (Self::LiveKey(secret) | Self::TestKey(secret) | Self::PublishableKey(secret) | Self::Session(secret)) =
            self;
        secret
    }

    fn shown(&self) -> access::Credentials<'_> {
        match self {
            Self::LiveKey(secret) | Self::TestKey(secret) | Self::PublishableKey(secret) => {
                access::Credentials::ApiKey(secret.expose())
            }
            Self::Session(secret) => access::Credentials::Session(secret.expose()),
        }
    }
}

impl From<NotAuthenticated> for Problem {
    fn from(_: NotAuthenticated) -> Self {
        unauthenticated("the key or session is unknown, revoked or expired")
    }
}

impl From<AskAgain> for Problem {
    fn from(refusal: AskAgain) -> Self {
        Self::new(Code::AccessPasswordRequired).with_detail(format!("failed to {refusal}"))
    }
}

impl From<Forbidden> for Problem {
    fn from(refusal: Forbidden) -> Self {
        match refusal {
            Forbidden::NotFound => Self::new(Code::RequestNotFound),
            Forbidden::NotAllowed { .. } => Self::new(Code::AccessForbidden).with_detail(sentence(&refusal)),
            Forbidden::ScopeMissing { .. } => Self::new(Code::AccessScopeMissing).with_detail(sentence(&refusal)),
        }
    }
}

/// The text of a refusal completes "failed to".
fn sentence(refusal: &Forbidden) -> String {
    format!("failed to {refusal}")
}

/// The `Set-Cookie` of a new session.
///
/// # Panics
/// When the token has characters that a cookie cannot have: tokens are made here.
#[must_use]
pub fn session_cookie(token: &str, seconds: i64, settings: &ApiSettings) -> HeaderValue {
    let (name, secure) = cookie_form(settings.plain_http);
    let text = format!("{name}={token}; Path=/;{secure} HttpOnly; SameSite=Lax; Max-Age={seconds}");
    HeaderValue::from_str(&text).expect("a session token is letters and digits")
}

/// The `Set-Cookie` that ends a session.
#[must_use]
pub fn ended_session_cookie(settings: &ApiSettings) -> HeaderValue {
    session_cookie("", 0, settings)
}

const fn cookie_form(plain_http: bool) -> (&'static str, &'static str) {
    if plain_http { (SESSION_COOKIE_PLAIN, "") } else { (SESSION_COOKIE, " Secure;") }
}

/// The credentials of a request, if it has any. A key is preferred to a cookie: no browser adds it by itself.
fn read(parts: &Parts, settings: &ApiSettings) -> Result<Option<Credentials>, Problem> {
    if let Some(header) = parts.headers.get(AUTHORIZATION) {
        let key = header.to_str().ok().and_then(bearer).and_then(key);
        return key.map(Some).ok_or_else(|| unauthenticated("`Authorization` is not `Bearer` and a key"));
    }
    if let Some(text) = publishable_in_query(parts) {
        let key = key(text).filter(|key| matches!(key, Credentials::PublishableKey(_)));
        return key.map(Some).ok_or_else(|| unauthenticated("`k` is not a publishable key"));
    }
    let Some(token) = session(&parts.headers, settings.plain_http) else { return Ok(None) };
    same_site(parts, settings.public_origin.as_deref())?;
    Ok(Some(Credentials::Session(token)))
}

fn unauthenticated(detail: &str) -> Problem {
    Problem::new(Code::AccessUnauthenticated).with_detail(detail)
}

fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

type AsCredentials = fn(Secret) -> Credentials;

fn key(text: &str) -> Option<Credentials> {
    let kinds: [(&str, AsCredentials); 3] =
        [("sk_live_", Credentials::LiveKey), ("sk_test_", Credentials::TestKey), ("pk_", Credentials::PublishableKey)];
    let (_, kind) = kinds.into_iter().find(|(prefix, _)| text.starts_with(prefix))?;
    Secret::read(text).map(kind)
}

/// Only where `sendBeacon` needs it: it cannot set headers.
fn publishable_in_query(parts: &Parts) -> Option<&str> {
    if parts.uri.path() != "/v1/events" {
        return None;
    }
    parts.uri.query()?.split('&').find_map(|pair| pair.strip_prefix("k="))
}

/// What a request's share is counted against: the key or the session it shows, whoever that is.
pub(crate) fn shown(headers: &HeaderMap, settings: &ApiSettings) -> Option<[u8; 16]> {
    let digest = match headers.get(AUTHORIZATION) {
        Some(key) => blake3::hash(key.as_bytes()),
        None => blake3::hash(session(headers, settings.plain_http)?.expose().as_bytes()),
    };
    let (start, _) = digest.as_bytes().split_at(16);
    Some(start.try_into().expect("a digest has 32 bytes"))
}

fn session(headers: &HeaderMap, plain_http: bool) -> Option<Secret> {
    let (wanted, _) = cookie_form(plain_http);
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == wanted).and_then(|(_, token)| Secret::read(token))
}

/// Refuses a state change that does not come from our own pages.
fn same_site(parts: &Parts, public_origin: Option<&str>) -> Result<(), Problem> {
    if matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    let text = |name: &HeaderName| parts.headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let refuse = |why: &str| Err(Problem::new(Code::AccessCrossSite).with_detail(why));
    if text(&X_TUILIU_CSRF) != Some("1") {
        return refuse("the request lacks `X-Tuiliu-Csrf: 1`");
    }
    if text(&SEC_FETCH_SITE).is_some_and(|site| site != "same-origin" && site != "none") {
        return refuse("the request comes from another site");
    }
    match (text(&ORIGIN), public_origin) {
        (None, _) => Ok(()),
        (Some(origin), Some(own)) if origin.eq_ignore_ascii_case(own) => Ok(()),
        (Some(origin), None) if is_host(origin, text(&HOST)) => Ok(()),
        (Some(_), _) => refuse("the request comes from another origin"),
    }
}

fn is_host(origin: &str, host: Option<&str>) -> bool {
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    authority.zip(host).is_some_and(|(authority, host)| authority.eq_ignore_ascii_case(host))
}

impl FromRequestParts<Api> for Credentials {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        read(parts, api.settings())?.ok_or_else(|| unauthenticated("the request has neither a key nor a session"))
    }
}

impl OptionalFromRequestParts<Api> for Credentials {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Option<Self>, Problem> {
        read(parts, api.settings())
    }
}

impl FromRequestParts<Api> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let credentials = <Credentials as FromRequestParts<Api>>::from_request_parts(parts, api).await?;
        let caller = Self::of(api, &credentials).await?;
        Trail::note_caller(&parts.extensions, &caller.0);
        if matches!(credentials, Credentials::Session(_)) && !matches!(parts.method, Method::GET | Method::HEAD) {
            log::begin(deed(parts, &caller.0));
        }
        Ok(caller)
    }
}

impl Caller {
    /// Whose credentials these are now.
    pub(crate) async fn of(api: &Api, credentials: &Credentials) -> Result<Self, Problem> {
        Ok(Self(api.app().authenticate(credentials.shown()).await?))
    }
}

/// What a signed-in person is about to do, as the audit log calls it (AC-03).
fn deed(parts: &Parts, caller: &access::Caller) -> Deed {
    let pattern = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let named = pattern.split('/').zip(parts.uri.path().split('/')).find(|(part, _)| part.starts_with('{'));
    Deed {
        tenant: caller.actor.tenant,
        party: caller.actor.party,
        action: format!("{} {pattern}", parts.method),
        subject: named.map(|(_, id)| id.to_owned()).unwrap_or_default(),
        request: parts.extensions.get::<RequestId>().map(|id| id.as_str().to_owned()).unwrap_or_default(),
    }
}

/// A request without credentials that comes from our own pages: a foreign page cannot sign somebody in.
#[derive(Debug, Clone, Copy)]
pub struct OwnPages;

impl FromRequestParts<Api> for OwnPages {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        same_site(parts, api.settings().public_origin.as_deref()).map(|()| Self)
    }
}

#[cfg(test)]
mod tests;
