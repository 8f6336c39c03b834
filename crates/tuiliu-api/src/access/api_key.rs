//! Keys of machines.

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tuiliu_app::access::{ApiKeyView as ApiKey, CreateApiKey, CreatedApiKey, RotateApiKey};
use tuiliu_domain::time::HOUR_MS;
use utoipa::ToSchema;

use super::words::{ApiKeyKindView, ScopeView};
use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::page::{Cursor, Cut, Page, PageQuery};
use crate::params::Path;
use crate::problem::Problem;
use crate::views::{ApiKeyIdView, PartyIdView, TimeView};

/// What is asked of a new key.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateApiKeyBody {
    #[schema(example = "feed server", max_length = 256)]
    name: String,
    kind: ApiKeyKindView,
    /// A `pk` key takes `events:write` only.
    scopes: Vec<ScopeView>,
}

/// A key, without what makes it one.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub(crate) struct ApiKeyView {
    id: ApiKeyIdView,
    /// The party that the machine acts as.
    party: PartyIdView,
    name: String,
    kind: ApiKeyKindView,
    /// How the key begins.
    #[schema(example = "sk_live_3f9c1a")]
    shown: String,
    scopes: Vec<ScopeView>,
    created_at: TimeView,
    /// To within a minute.
    last_used_at: Option<TimeView>,
    /// Ahead of now while it is being replaced: until then it is good.
    revoked_at: Option<TimeView>,
}

/// A new key: the only time that `secret` is shown.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CreatedApiKey)]
pub(crate) struct CreatedApiKeyView {
    #[serde(flatten)]
    key: ApiKeyView,
    /// Keep it; it cannot be read again.
    secret: String,
}

/// A page of keys.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApiKeyList {
    data: Vec<ApiKeyView>,
    next_cursor: Option<String>,
    has_more: bool,
}

/// Makes a key. Its secret is shown this once.
#[utoipa::path(
    post, path = "/v1/api_keys", tag = "access", request_body = CreateApiKeyBody,
    responses((status = 201, body = CreatedApiKeyView))
)]
pub(super) async fn create_api_key(
    State(api): State<Api>,
    caller: Caller,
    Json(body): Json<CreateApiKeyBody>,
) -> Result<(StatusCode, Json<CreatedApiKeyView>), Problem> {
    let CreateApiKeyBody { name, kind, scopes } = body;
    let command = CreateApiKey { name, kind: kind.0, scopes: scopes.into_iter().map(|scope| scope.0).collect() };
    let CreatedApiKey { secret, view } = api.app().create_api_key(caller.0, command).await?;
    Ok((StatusCode::CREATED, Json(CreatedApiKeyView { key: view.into(), secret })))
}

/// Lists the tenant's keys, revoked ones included.
#[utoipa::path(
    get, path = "/v1/api_keys", tag = "access", params(PageQuery), responses((status = 200, body = ApiKeyList))
)]
pub(super) async fn list_api_keys(
    State(api): State<Api>,
    caller: Caller,
    page: Page,
) -> Result<Json<ApiKeyList>, Problem> {
    let found = api.app().api_keys(caller.0.actor.clone(), page.after_id()?, page.rows_wanted()).await?;
    let Cut { rows, next_cursor, has_more } = page.cut(found, |key| Cursor::of_id(key.id));
    Ok(Json(ApiKeyList { data: rows.into_iter().map(ApiKeyView::from).collect(), next_cursor, has_more }))
}

/// How a key is replaced.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RotateApiKeyBody {
    /// For so many hours the old key is good too; 0 when it has leaked.
    #[serde(default = "a_day")]
    #[schema(default = 24, minimum = 0, maximum = 168)]
    overlap_hours: u32,
}

const fn a_day() -> u32 {
    24
}

/// Replaces a key by a new one of the same machine with the same scopes. Its secret is shown this once.
#[utoipa::path(
    post, path = "/v1/api_keys/{api_key}/rotate", tag = "access", params(("api_key" = ApiKeyIdView, Path)),
    request_body = RotateApiKeyBody, responses((status = 201, body = CreatedApiKeyView))
)]
pub(super) async fn rotate_api_key(
    State(api): State<Api>,
    caller: Caller,
    api_key: Path<ApiKeyIdView>,
    Json(body): Json<RotateApiKeyBody>,
) -> Result<(StatusCode, Json<CreatedApiKeyView>), Problem> {
    let command = RotateApiKey { key: api_key.0.0, overlap_ms: i64::from(body.overlap_hours) * HOUR_MS };
    let CreatedApiKey { secret, view } = api.app().rotate_api_key(caller.0, command).await?;
    Ok((StatusCode::CREATED, Json(CreatedApiKeyView { key: view.into(), secret })))
}

/// Ends a key, at once.
#[utoipa::path(
    delete, path = "/v1/api_keys/{api_key}", tag = "access", params(("api_key" = ApiKeyIdView, Path)),
    responses((status = 204))
)]
pub(super) async fn revoke_api_key(
    State(api): State<Api>,
    caller: Caller,
    api_key: Path<ApiKeyIdView>,
) -> Result<StatusCode, Problem> {
    api.app().revoke_api_key(caller.0, api_key.0.0).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<ApiKey> for ApiKeyView {
    fn from(key: ApiKey) -> Self {
        let ApiKey { id, party, name, kind, shown, scopes, created_at, last_used_at, revoked_at } = key;
        Self {
            id: id.into(),
            party: party.into(),
            name,
            kind: kind.into(),
            shown,
            scopes: scopes.into_iter().map(ScopeView).collect(),
            created_at: created_at.into(),
            last_used_at: last_used_at.map(TimeView),
            revoked_at: revoked_at.map(TimeView),
        }
    }
}
