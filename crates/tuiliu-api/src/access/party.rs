//! Parties, their passwords, and the agencies that act for them.

use axum::extract::State;
use axum::http::header::ETAG;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use tuiliu_app::access::{ChangeParty, LoginDraft, PartyView as Party, Password, RegisterParty, SetPassword};
use utoipa::ToSchema;

use super::words::RoleView;
use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::edit::{IfMatch, IfMatchHeader, etag};
use crate::page::{Cursor, Cut, Page, PageQuery};
use crate::params::Path;
use crate::problem::Problem;
use crate::views::{PartyIdView, TimeView};

/// A party with the version that a change must name.
type Tagged = ([(HeaderName, HeaderValue); 1], Json<PartyView>);

/// What is asked of a new party.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RegisterPartyBody {
    kind: RoleView,
    #[schema(example = "五月的小店", max_length = 256)]
    display_name: String,
    /// The host platform's own name for the party; unique.
    #[schema(example = "u_1001", max_length = 256)]
    external_ref: Option<String>,
    /// For people who sign in here.
    login: Option<LoginBody>,
}

/// How a person will sign in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoginBody {
    #[schema(example = "may", max_length = 128)]
    name: String,
    #[schema(format = Password, min_length = 10, max_length = 1024)]
    password: String,
    /// Left out or empty it is the party's kind.
    #[serde(default)]
    roles: Vec<RoleView>,
}

/// What staff change about a party; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangePartyBody {
    #[schema(max_length = 256)]
    display_name: Option<String>,
    #[schema(minimum = 0, maximum = 100)]
    credit_score: Option<i64>,
    banned: Option<bool>,
}

/// A new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetPasswordBody {
    /// Needed of whoever changes their own.
    #[schema(format = Password, max_length = 1024)]
    current: Option<String>,
    #[schema(format = Password, min_length = 10, max_length = 1024)]
    password: String,
}

/// Somebody who acts, or is acted for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Party)]
pub(crate) struct PartyView {
    id: PartyIdView,
    kind: RoleView,
    display_name: String,
    external_ref: Option<String>,
    credit_score: i64,
    banned: bool,
    created_at: TimeView,
}

/// A page of parties.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PartyList {
    data: Vec<PartyView>,
    next_cursor: Option<String>,
    has_more: bool,
}

/// Makes a party known, with a login if it is a person who signs in here.
#[utoipa::path(
    post, path = "/v1/parties", tag = "access", request_body = RegisterPartyBody,
    responses((status = 201, body = PartyView))
)]
pub(super) async fn register_party(
    State(api): State<Api>,
    caller: Caller,
    Json(body): Json<RegisterPartyBody>,
) -> Result<(StatusCode, Tagged), Problem> {
    let RegisterPartyBody { kind, display_name, external_ref, login } = body;
    let login = login.map(LoginBody::draft).transpose()?;
    let command = RegisterParty { kind: kind.0, display_name, external_ref, login };
    Ok((StatusCode::CREATED, tagged(api.app().register_party(caller.0, command).await?)))
}

/// Lists the parties that the caller may see.
#[utoipa::path(
    get, path = "/v1/parties", tag = "access", params(PageQuery), responses((status = 200, body = PartyList))
)]
pub(super) async fn list_parties(
    State(api): State<Api>,
    caller: Caller,
    page: Page,
) -> Result<Json<PartyList>, Problem> {
    let found = api.app().parties(caller.0.actor.clone(), page.after_id()?, page.rows_wanted()).await?;
    let Cut { rows, next_cursor, has_more } = page.cut(found, |party| Cursor::of_id(party.id));
    Ok(Json(PartyList { data: rows.into_iter().map(PartyView::from).collect(), next_cursor, has_more }))
}

/// Reads a party.
#[utoipa::path(
    get, path = "/v1/parties/{party}", tag = "access", params(("party" = PartyIdView, Path)),
    responses((status = 200, body = PartyView))
)]
pub(super) async fn read_party(
    State(api): State<Api>,
    caller: Caller,
    party: Path<PartyIdView>,
) -> Result<Tagged, Problem> {
    Ok(tagged(api.app().party(caller.0.actor.clone(), party.0.0).await?))
}

/// Changes what staff decide about a party: its name, its credit score, whether it is banned.
#[utoipa::path(
    patch, path = "/v1/parties/{party}", tag = "access", params(("party" = PartyIdView, Path), IfMatchHeader),
    request_body = ChangePartyBody, responses((status = 200, body = PartyView))
)]
pub(super) async fn change_party(
    State(api): State<Api>,
    caller: Caller,
    party: Path<PartyIdView>,
    IfMatch(version): IfMatch,
    Json(body): Json<ChangePartyBody>,
) -> Result<Tagged, Problem> {
    let ChangePartyBody { display_name, credit_score, banned } = body;
    // A version that no row can have matches none.
    let version = i64::try_from(version).unwrap_or(i64::MAX);
    let command = ChangeParty { party: party.0.0, version, display_name, credit_score, banned };
    Ok(tagged(api.app().change_party(caller.0.actor.clone(), command).await?))
}

/// Changes a password: one's own with the present one, or as an operator anybody's. Other sessions end.
#[utoipa::path(
    put, path = "/v1/parties/{party}/password", tag = "access", params(("party" = PartyIdView, Path)),
    request_body = SetPasswordBody, responses((status = 204))
)]
pub(super) async fn set_password(
    State(api): State<Api>,
    caller: Caller,
    party: Path<PartyIdView>,
    Json(body): Json<SetPasswordBody>,
) -> Result<StatusCode, Problem> {
    let SetPasswordBody { current, password } = body;
    let current = current.map(Password::typed).transpose()?;
    let command = SetPassword { party: party.0.0, current, new: Password::chosen(password)? };
    api.app().set_password(caller.0, command).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lets an agency act for a party. Asked again, it stays so.
#[utoipa::path(
    put, path = "/v1/parties/{party}/agencies/{agency}", tag = "access",
    params(("party" = PartyIdView, Path), ("agency" = PartyIdView, Path)), responses((status = 204))
)]
pub(super) async fn consent_to_agency(
    State(api): State<Api>,
    caller: Caller,
    Path((party, agency)): Path<(PartyIdView, PartyIdView)>,
) -> Result<StatusCode, Problem> {
    api.app().consent_to_agency(caller.0.actor.clone(), party.0, agency.0).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends an agency's consent. Asked again, it stays ended.
#[utoipa::path(
    delete, path = "/v1/parties/{party}/agencies/{agency}", tag = "access",
    params(("party" = PartyIdView, Path), ("agency" = PartyIdView, Path)), responses((status = 204))
)]
pub(super) async fn withdraw_consent(
    State(api): State<Api>,
    caller: Caller,
    Path((party, agency)): Path<(PartyIdView, PartyIdView)>,
) -> Result<StatusCode, Problem> {
    api.app().withdraw_consent(caller.0.actor.clone(), party.0, agency.0).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl LoginBody {
    fn draft(self) -> Result<LoginDraft, Problem> {
        let Self { name, password, roles } = self;
        let password = Password::chosen(password)?;
        Ok(LoginDraft { name, password, roles: roles.into_iter().map(|role| role.0).collect() })
    }
}

fn tagged(party: Party) -> Tagged {
    let version = u64::try_from(party.version).expect("versions count up from 1");
    ([(ETAG, etag(version))], Json(party.into()))
}

impl From<Party> for PartyView {
    fn from(party: Party) -> Self {
        let Party { id, kind, display_name, external_ref, credit_score, banned, created_at, .. } = party;
        Self {
            id: id.into(),
            kind: kind.into(),
            display_name,
            external_ref,
            credit_score,
            banned,
            created_at: created_at.into(),
        }
    }
}
