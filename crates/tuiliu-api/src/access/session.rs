//! Signing in and out, and the caller's own sessions.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{SET_COOKIE, USER_AGENT};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use tuiliu_app::access::{Credential, PROOF_MS, Password, SESSION_MS, SessionView as Session, SignIn, SignedIn};
use tuiliu_domain::party::Action;
use utoipa::ToSchema;

use super::words::{ApiKeyKindView, RoleView, ScopeView};
use crate::address::ClientAddress;
use crate::api::Api;
use crate::auth::{Caller, OwnPages, ended_session_cookie, session_cookie};
use crate::body::Json;
use crate::params::Path;
use crate::problem::Problem;
use crate::views::{ApiKeyIdView, PartyIdView, SessionIdView, TenantIdView, TimeView};

/// A login and its password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignInBody {
    /// May be left out where there is only one.
    tenant: Option<TenantIdView>,
    #[schema(example = "may", max_length = 128)]
    login: String,
    #[schema(format = Password, max_length = 1024)]
    password: String,
}

/// A session that was opened; its token is in the cookie.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OpenedSession {
    id: SessionIdView,
    tenant: TenantIdView,
    party: PartyIdView,
    expires_at: TimeView,
}

/// A session of the caller.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub(crate) struct SessionView {
    id: SessionIdView,
    /// Where the person signed in from.
    #[schema(example = "192.0.2.1")]
    address: String,
    /// The browser's own words.
    agent: String,
    created_at: TimeView,
    expires_at: TimeView,
    last_seen_at: TimeView,
    /// Whether it is the session that asks.
    is_current: bool,
}

/// The caller's open sessions, newest first: all of them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionList {
    data: Vec<SessionView>,
    next_cursor: Option<String>,
    has_more: bool,
}

/// The password once more.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProofBody {
    #[schema(format = Password, max_length = 1024)]
    password: String,
}

/// Who calls, and what they may do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Me)]
pub(crate) struct MeView {
    tenant: TenantIdView,
    party: PartyIdView,
    display_name: String,
    roles: Vec<RoleView>,
    /// What the key may be used for; empty for people.
    scopes: Vec<ScopeView>,
    /// Parties that an agency acts for.
    clients: Vec<PartyIdView>,
    /// Codes of the actions that the caller may do at least to their own things.
    #[schema(example = json!(["order.place", "order.read"]))]
    actions: Vec<&'static str>,
    credential: CredentialView,
}

/// What the caller came in with.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Credential)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum CredentialView {
    ApiKey {
        id: ApiKeyIdView,
        kind: ApiKeyKindView,
    },
    Session {
        id: SessionIdView,
        expires_at: TimeView,
        /// From then on, sensitive actions ask for the password again.
        password_asked_at: TimeView,
    },
}

/// Signs in. The answer sets the session cookie; the request must carry `X-Tuiliu-Csrf: 1`.
#[utoipa::path(
    post, path = "/v1/sessions", tag = "access", security(()), request_body = SignInBody,
    responses((status = 201, body = OpenedSession, headers(("Set-Cookie" = String, description = "The session"))))
)]
pub(super) async fn sign_in(
    _own: OwnPages,
    State(api): State<Api>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    Json(body): Json<SignInBody>,
) -> Result<(StatusCode, [(axum::http::HeaderName, HeaderValue); 1], Json<OpenedSession>), Problem> {
    let SignInBody { tenant, login, password } = body;
    let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default().to_owned();
    let password = Password::typed(password)?;
    let command = SignIn { tenant: tenant.map(|tenant| tenant.0), login, password, address, agent };
    let SignedIn { session, tenant, party, token, expires_at } = api.app().sign_in(command).await?;
    let cookie = session_cookie(&token, SESSION_MS / 1_000, api.settings());
    let view =
        OpenedSession { id: session.into(), tenant: tenant.into(), party: party.into(), expires_at: expires_at.into() };
    Ok((StatusCode::CREATED, [(SET_COOKIE, cookie)], Json(view)))
}

/// Lists the caller's open sessions.
#[utoipa::path(get, path = "/v1/sessions", tag = "access", responses((status = 200, body = SessionList)))]
pub(super) async fn list_sessions(State(api): State<Api>, caller: Caller) -> Result<Json<SessionList>, Problem> {
    let sessions = api.app().sessions(caller.0).await?;
    let data = sessions.into_iter().map(SessionView::from).collect();
    Ok(Json(SessionList { data, next_cursor: None, has_more: false }))
}

/// Signs out: ends the session of the cookie.
#[utoipa::path(delete, path = "/v1/sessions/current", tag = "access", responses((status = 204)))]
pub(super) async fn sign_out(
    State(api): State<Api>,
    caller: Caller,
) -> Result<(StatusCode, [(axum::http::HeaderName, HeaderValue); 1]), Problem> {
    api.app().sign_out(caller.0).await?;
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, ended_session_cookie(api.settings()))]))
}

/// Gives the password again, so that sensitive actions are open for a quarter of an hour.
#[utoipa::path(
    post, path = "/v1/sessions/current/proof", tag = "access", request_body = ProofBody,
    responses((status = 204))
)]
pub(super) async fn prove_session(
    State(api): State<Api>,
    caller: Caller,
    ClientAddress(address): ClientAddress,
    Json(body): Json<ProofBody>,
) -> Result<StatusCode, Problem> {
    api.app().prove_session(caller.0, Password::typed(body.password)?, address).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends a session: one's own, or as an operator anybody's.
#[utoipa::path(
    delete, path = "/v1/sessions/{session}", tag = "access", params(("session" = SessionIdView, Path)),
    responses((status = 204))
)]
pub(super) async fn revoke_session(
    State(api): State<Api>,
    caller: Caller,
    session: Path<SessionIdView>,
) -> Result<StatusCode, Problem> {
    api.app().revoke_session(caller.0, session.0.0).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Tells who calls, and what they may do.
#[utoipa::path(get, path = "/v1/me", tag = "access", responses((status = 200, body = MeView)))]
pub(super) async fn read_me(State(api): State<Api>, caller: Caller) -> Result<Json<MeView>, Problem> {
    let party = api.app().own_party(caller.0.actor.clone()).await?;
    Ok(Json(MeView::new(&caller.0, party.display_name)))
}

impl MeView {
    fn new(caller: &Arc<tuiliu_app::access::Caller>, display_name: String) -> Self {
        let actor = &caller.actor;
        let actions = Action::ALL.iter().filter(|action| actor.reach(**action).is_some());
        let credential = match caller.credential {
            Credential::ApiKey { key, kind } => CredentialView::ApiKey { id: key.into(), kind: kind.into() },
            Credential::Session { session, expires_at, proved_at } => CredentialView::Session {
                id: session.into(),
                expires_at: expires_at.into(),
                password_asked_at: proved_at.plus_ms(PROOF_MS).into(),
            },
        };
        Self {
            tenant: actor.tenant.into(),
            party: actor.party.into(),
            display_name,
            roles: actor.roles.iter().copied().map(RoleView).collect(),
            scopes: actor.scopes.iter().copied().map(ScopeView).collect(),
            clients: actor.clients.iter().copied().map(PartyIdView::from).collect(),
            actions: actions.map(|action| action.code()).collect(),
            credential,
        }
    }
}

impl From<Session> for SessionView {
    fn from(session: Session) -> Self {
        let Session { id, address, agent, created_at, expires_at, last_seen_at, is_current } = session;
        Self {
            id: id.into(),
            address,
            agent,
            created_at: created_at.into(),
            expires_at: expires_at.into(),
            last_seen_at: last_seen_at.into(),
            is_current,
        }
    }
}
