//! Endpoints.

use axum::extract::State;
use axum::http::header::ETAG;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use tuiliu_app::access::of_tenant;
use tuiliu_app::webhook::{ChangeEndpoint, CreatedEndpoint, EndpointSecret, RotateSecret};
use tuiliu_domain::party::Action;
use tuiliu_domain::time::HOUR_MS;
use tuiliu_domain::webhook::{EndpointState, WebhookEndpoint, WebhookEventType};
use utoipa::ToSchema;

use super::{DisabledByView, WebhookEventTypeView};
use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::edit::{IfMatch, IfMatchHeader, etag};
use crate::page::{Cursor, Cut, Page, PageQuery};
use crate::params::Path;
use crate::problem::Problem;
use crate::views::{PartyIdView, TimeView, WebhookEndpointIdView};

/// What is asked of a new endpoint.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateEndpointBody {
    /// `https://` and a public host, unless the platform's settings allow more.
    #[schema(example = "https://host.example/tuiliu", max_length = 2048)]
    url: String,
    #[serde(default)]
    #[schema(example = "orders to the warehouse", max_length = 256)]
    description: String,
    /// What it wants to know; empty or left out, everything, also types that come later.
    #[serde(default)]
    event_types: Vec<WebhookEventTypeView>,
}

/// What is changed of an endpoint; what is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeEndpointBody {
    #[schema(max_length = 2048)]
    url: Option<String>,
    #[schema(max_length = 256)]
    description: Option<String>,
    event_types: Option<Vec<WebhookEventTypeView>>,
    /// Switched on again, an endpoint begins with a clean slate; what it missed can be replayed.
    enabled: Option<bool>,
}

/// How a secret is replaced.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RotateSecretBody {
    /// For so many hours the secret before signs too; 0 when it has leaked.
    #[serde(default = "a_day")]
    #[schema(default = 24, minimum = 0, maximum = 168)]
    overlap_hours: u32,
}

const fn a_day() -> u32 {
    24
}

/// A server of the host that is told what happens.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookEndpoint)]
pub(crate) struct EndpointView {
    id: WebhookEndpointIdView,
    url: String,
    description: String,
    /// Empty is everything.
    event_types: Vec<WebhookEventTypeView>,
    enabled: bool,
    /// Since when it took nothing, if the last attempt failed; after five days it is disabled.
    failing_since: Option<TimeView>,
    disabled_at: Option<TimeView>,
    disabled_by: Option<DisabledByView>,
    /// It asked to be left alone until then.
    quiet_until: Option<TimeView>,
    /// Until when two secrets sign.
    overlap_until: Option<TimeView>,
    created_by: PartyIdView,
    created_at: TimeView,
}

/// An endpoint with a new secret: the only time that `secret` is shown.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CreatedWebhookEndpoint)]
pub(crate) struct CreatedEndpointView {
    #[serde(flatten)]
    endpoint: EndpointView,
    /// Verifies what comes; keep it, it cannot be read again.
    #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=")]
    secret: String,
}

/// A page of endpoints.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WebhookEndpointList {
    data: Vec<EndpointView>,
    next_cursor: Option<String>,
    has_more: bool,
}

/// A type of events.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookEventTypeEntry)]
pub(crate) struct EventTypeEntry {
    #[serde(rename = "type")]
    event_type: WebhookEventTypeView,
    about: &'static str,
}

/// Every type of events there is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WebhookEventTypeList {
    data: Vec<EventTypeEntry>,
}

/// Lists the types of events that endpoints can be told of.
#[utoipa::path(
    get, path = "/v1/webhook_event_types", tag = "webhooks", responses((status = 200, body = WebhookEventTypeList))
)]
pub(super) async fn list_webhook_event_types(caller: Caller) -> Result<Json<WebhookEventTypeList>, Problem> {
    let actor = &caller.0.actor;
    actor.may(Action::ReadWebhooks, &of_tenant(actor.tenant))?;
    let entry =
        |event_type: &WebhookEventType| EventTypeEntry { event_type: (*event_type).into(), about: event_type.about() };
    Ok(Json(WebhookEventTypeList { data: WebhookEventType::ALL.iter().map(entry).collect() }))
}

type Tagged = ([(HeaderName, HeaderValue); 1], Json<EndpointView>);

fn tagged(endpoint: WebhookEndpoint) -> Tagged {
    ([(ETAG, etag(endpoint.version))], Json(endpoint.into()))
}

/// Makes an endpoint. Its secret is shown this once.
#[utoipa::path(
    post, path = "/v1/webhook_endpoints", tag = "webhooks", request_body = CreateEndpointBody,
    responses((status = 201, body = CreatedEndpointView))
)]
pub(super) async fn create_webhook_endpoint(
    State(api): State<Api>,
    caller: Caller,
    Json(body): Json<CreateEndpointBody>,
) -> Result<(StatusCode, Json<CreatedEndpointView>), Problem> {
    let CreateEndpointBody { url, description, event_types } = body;
    let command = ChangeEndpoint {
        url: Some(url),
        description: Some(description),
        event_types: Some(event_types.into_iter().map(|word| word.0).collect()),
        enabled: None,
    };
    let created = api.app().create_webhook_endpoint(caller.0, command).await?;
    Ok((StatusCode::CREATED, Json(created.into())))
}

/// Lists the tenant's endpoints.
#[utoipa::path(
    get, path = "/v1/webhook_endpoints", tag = "webhooks", params(PageQuery),
    responses((status = 200, body = WebhookEndpointList))
)]
pub(super) async fn list_webhook_endpoints(
    State(api): State<Api>,
    caller: Caller,
    page: Page,
) -> Result<Json<WebhookEndpointList>, Problem> {
    let found = api.app().webhook_endpoints(caller.0.actor.clone(), page.after_id()?, page.limit_wanted()).await?;
    let Cut { rows, next_cursor, has_more } = page.cut(found, |endpoint| Cursor::of_id(endpoint.id));
    Ok(Json(WebhookEndpointList { data: rows.into_iter().map(EndpointView::from).collect(), next_cursor, has_more }))
}

/// Reads an endpoint.
#[utoipa::path(
    get, path = "/v1/webhook_endpoints/{endpoint}", tag = "webhooks",
    params(("endpoint" = WebhookEndpointIdView, Path)), responses((status = 200, body = EndpointView))
)]
pub(super) async fn read_webhook_endpoint(
    State(api): State<Api>,
    caller: Caller,
    endpoint: Path<WebhookEndpointIdView>,
) -> Result<Tagged, Problem> {
    Ok(tagged(api.app().webhook_endpoint(caller.0.actor.clone(), endpoint.0.0).await?))
}

/// Changes an endpoint, or switches it off and on.
#[utoipa::path(
    patch, path = "/v1/webhook_endpoints/{endpoint}", tag = "webhooks",
    params(("endpoint" = WebhookEndpointIdView, Path), IfMatchHeader), request_body = ChangeEndpointBody,
    responses((status = 200, body = EndpointView))
)]
pub(super) async fn change_webhook_endpoint(
    State(api): State<Api>,
    caller: Caller,
    endpoint: Path<WebhookEndpointIdView>,
    IfMatch(version): IfMatch,
    Json(body): Json<ChangeEndpointBody>,
) -> Result<Tagged, Problem> {
    let ChangeEndpointBody { url, description, event_types, enabled } = body;
    let event_types = event_types.map(|types| types.into_iter().map(|word| word.0).collect());
    let command = ChangeEndpoint { url, description, event_types, enabled };
    Ok(tagged(api.app().change_webhook_endpoint(caller.0, (endpoint.0.0, version), command).await?))
}

/// Forgets an endpoint and what was sent to it.
#[utoipa::path(
    delete, path = "/v1/webhook_endpoints/{endpoint}", tag = "webhooks",
    params(("endpoint" = WebhookEndpointIdView, Path)), responses((status = 204))
)]
pub(super) async fn delete_webhook_endpoint(
    State(api): State<Api>,
    caller: Caller,
    endpoint: Path<WebhookEndpointIdView>,
) -> Result<StatusCode, Problem> {
    api.app().delete_webhook_endpoint(caller.0, endpoint.0.0).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives an endpoint a new secret, shown this once. While both are good, each request carries two signatures.
#[utoipa::path(
    post, path = "/v1/webhook_endpoints/{endpoint}/rotate_secret", tag = "webhooks",
    params(("endpoint" = WebhookEndpointIdView, Path)), request_body = RotateSecretBody,
    responses((status = 200, body = CreatedEndpointView))
)]
pub(super) async fn rotate_webhook_secret(
    State(api): State<Api>,
    caller: Caller,
    endpoint: Path<WebhookEndpointIdView>,
    Json(body): Json<RotateSecretBody>,
) -> Result<Json<CreatedEndpointView>, Problem> {
    let overlap_ms = i64::from(body.overlap_hours) * HOUR_MS;
    let command = RotateSecret { endpoint: endpoint.0.0, overlap_ms };
    Ok(Json(api.app().rotate_webhook_secret(caller.0, command).await?.into()))
}

impl From<WebhookEndpoint> for EndpointView {
    fn from(endpoint: WebhookEndpoint) -> Self {
        let enabled = endpoint.is_enabled();
        let (failing_since, disabled) = match endpoint.state {
            EndpointState::Enabled { failing_since } => (failing_since, None),
            EndpointState::Disabled { at, by } => (None, Some((at, by))),
        };
        Self {
            id: endpoint.id.into(),
            url: endpoint.url.as_str().to_owned(),
            description: endpoint.description,
            event_types: endpoint.event_types.into_iter().map(WebhookEventTypeView).collect(),
            enabled,
            failing_since: failing_since.map(TimeView),
            disabled_at: disabled.map(|(at, _)| at.into()),
            disabled_by: disabled.map(|(_, by)| by.into()),
            quiet_until: endpoint.quiet_until.map(TimeView),
            overlap_until: endpoint.overlap_until.map(TimeView),
            created_by: endpoint.created_by.into(),
            created_at: endpoint.created_at.into(),
        }
    }
}

impl From<CreatedEndpoint> for CreatedEndpointView {
    fn from(created: CreatedEndpoint) -> Self {
        let CreatedEndpoint { endpoint, secret: EndpointSecret(secret) } = created;
        Self { endpoint: endpoint.into(), secret: format!("whsec_{}", BASE64_STANDARD.encode(secret)) }
    }
}
