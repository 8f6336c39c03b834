//! What is on its way to endpoints: looked at, tried out, sent again.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tuiliu_app::webhook::{DeliveryList, ReplaySince, ReplayedSince, WebhookAttemptRow, WebhookDeliveryView as Seen};
use tuiliu_app::{Shell, Tx};
use tuiliu_domain::webhook::{DeliveryState, WebhookDelivery};
use utoipa::ToSchema;

use super::WebhookEventTypeView;
use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::idempotency::{IdempotencyKeyHeader, Keyed, Nothing, answered, kept};
use crate::page::{Cursor, Cut, Page, PageQuery};
use crate::params::{Path, Query};
use crate::problem::Problem;
use crate::views::{TimeView, WebhookAttemptIdView, WebhookDeliveryIdView, WebhookEndpointIdView};

/// Where a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = WebhookDeliveryState)]
pub(crate) enum DeliveryStateView {
    /// On its way, or waiting for the next attempt.
    Pending,
    Delivered,
    /// Given up after ten attempts; it can be sent again.
    Failed,
}

/// Which deliveries.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeliveryQuery {
    #[param(inline)]
    state: Option<DeliveryStateView>,
}

/// An event on its way to an endpoint.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookDelivery)]
pub(crate) struct DeliveryView {
    /// Sent as `webhook-id` with every attempt.
    id: WebhookDeliveryIdView,
    endpoint_id: WebhookEndpointIdView,
    event_type: WebhookEventTypeView,
    state: DeliveryStateView,
    /// Made since it was queued, or queued again.
    attempts: u32,
    /// When it is tried next.
    next_attempt_at: Option<TimeView>,
    /// When it arrived or was given up.
    ended_at: Option<TimeView>,
    created_at: TimeView,
}

/// A page of deliveries, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WebhookDeliveryList {
    data: Vec<DeliveryView>,
    next_cursor: Option<String>,
    has_more: bool,
}

/// A delivery with what was sent and answered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookDeliveryDetail)]
pub(crate) struct DeliveryDetailView {
    #[serde(flatten)]
    delivery: DeliveryView,
    /// What is sent, to the letter.
    body: String,
    /// Newest first.
    attempt_log: Vec<AttemptView>,
}

/// One attempt.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookAttempt)]
pub(crate) struct AttemptView {
    id: WebhookAttemptIdView,
    at: TimeView,
    /// Sent as `webhook-timestamp`: seconds since 1970.
    timestamp: i64,
    /// Sent as `webhook-signature`.
    signature: String,
    /// `null` when nobody answered.
    status: Option<u16>,
    /// Why nobody answered.
    fault: Option<String>,
    duration_ms: i64,
    /// How the answer began: at most 1024 bytes.
    answer: String,
}

/// An event that did not happen.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TestWebhookBody {
    /// The event's data is `{"test": true, …}`.
    #[serde(rename = "type")]
    event_type: WebhookEventTypeView,
}

/// From when on events are sent again.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplaySinceBody {
    since: TimeView,
}

/// What was queued again.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReplayedWebhooks)]
pub(crate) struct ReplayedView {
    queued: usize,
    /// Where to go on: one replay looks at a thousand events.
    next_since: Option<TimeView>,
}

/// Sends an event that did not happen: `data` is `{"test": true, …}`. It goes only where events of its type go.
#[utoipa::path(
    post, path = "/v1/webhook_endpoints/{endpoint}/test", tag = "webhooks",
    params(("endpoint" = WebhookEndpointIdView, Path), IdempotencyKeyHeader), request_body = TestWebhookBody,
    responses((status = 202, body = DeliveryView))
)]
pub(super) async fn test_webhook_endpoint(
    State(api): State<Api>,
    caller: Caller,
    endpoint: Path<WebhookEndpointIdView>,
    keyed: Keyed<TestWebhookBody>,
) -> Result<Response, Problem> {
    let (key, actor) = (keyed.once_key(&caller), caller.0.actor.clone());
    let (endpoint, event_type) = (endpoint.0.0, keyed.content.event_type.0);
    let test = move |shell: &Shell, tx: &mut Tx<'_>| shell.test_webhook(tx, &actor, (endpoint, event_type));
    Ok(answered(api.app().once(key, test, kept(StatusCode::ACCEPTED, DeliveryView::from)).await?))
}

/// Sends again what happened since an instant and the endpoint wants: also what it missed while it was disabled.
#[utoipa::path(
    post, path = "/v1/webhook_endpoints/{endpoint}/replay", tag = "webhooks",
    params(("endpoint" = WebhookEndpointIdView, Path), IdempotencyKeyHeader), request_body = ReplaySinceBody,
    responses((status = 202, body = ReplayedView))
)]
pub(super) async fn replay_webhooks_since(
    State(api): State<Api>,
    caller: Caller,
    endpoint: Path<WebhookEndpointIdView>,
    keyed: Keyed<ReplaySinceBody>,
) -> Result<Response, Problem> {
    let (key, actor) = (keyed.once_key(&caller), caller.0.actor.clone());
    let command = ReplaySince { endpoint: endpoint.0.0, since: keyed.content.since.0 };
    let replay = move |shell: &Shell, tx: &mut Tx<'_>| shell.replay_webhooks(tx, &actor, command);
    Ok(answered(api.app().once(key, replay, kept(StatusCode::ACCEPTED, ReplayedView::from)).await?))
}

/// Lists what was queued for an endpoint, newest first; kept for 30 days.
#[utoipa::path(
    get, path = "/v1/webhook_endpoints/{endpoint}/deliveries", tag = "webhooks",
    params(("endpoint" = WebhookEndpointIdView, Path), DeliveryQuery, PageQuery),
    responses((status = 200, body = WebhookDeliveryList))
)]
pub(super) async fn list_webhook_deliveries(
    State(api): State<Api>,
    caller: Caller,
    endpoint: Path<WebhookEndpointIdView>,
    Query(DeliveryQuery { state }): Query<DeliveryQuery>,
    page: Page,
) -> Result<Json<WebhookDeliveryList>, Problem> {
    let state = state.map(DeliveryStateView::code);
    let list = DeliveryList { endpoint: endpoint.0.0, state, before: page.after_id()?, limit: page.limit_wanted() };
    let found = api.app().webhook_deliveries(caller.0.actor.clone(), list).await?;
    let Cut { rows, next_cursor, has_more } = page.cut(found, |seen| Cursor::of_id(seen.id));
    Ok(Json(WebhookDeliveryList { data: rows.into_iter().map(DeliveryView::from).collect(), next_cursor, has_more }))
}

/// Reads a delivery: what was sent, how it was signed, what was answered.
#[utoipa::path(
    get, path = "/v1/webhook_deliveries/{delivery}", tag = "webhooks",
    params(("delivery" = WebhookDeliveryIdView, Path)), responses((status = 200, body = DeliveryDetailView))
)]
pub(super) async fn read_webhook_delivery(
    State(api): State<Api>,
    caller: Caller,
    delivery: Path<WebhookDeliveryIdView>,
) -> Result<Json<DeliveryDetailView>, Problem> {
    Ok(Json(api.app().webhook_delivery(caller.0.actor.clone(), delivery.0.0).await?.into()))
}

/// Sends a delivery again, with the same id and body.
#[utoipa::path(
    post, path = "/v1/webhook_deliveries/{delivery}/replay", tag = "webhooks",
    params(("delivery" = WebhookDeliveryIdView, Path), IdempotencyKeyHeader), request_body(content = Option<Nothing>),
    responses((status = 202, body = DeliveryView))
)]
pub(super) async fn replay_webhook_delivery(
    State(api): State<Api>,
    caller: Caller,
    delivery: Path<WebhookDeliveryIdView>,
    keyed: Keyed<Nothing>,
) -> Result<Response, Problem> {
    let (key, actor) = (keyed.once_key(&caller), caller.0.actor.clone());
    let replay = move |shell: &Shell, tx: &mut Tx<'_>| shell.replay_webhook(tx, &actor, delivery.0.0);
    Ok(answered(api.app().once(key, replay, kept(StatusCode::ACCEPTED, DeliveryView::from)).await?))
}

impl DeliveryStateView {
    const fn code(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }
}

impl From<WebhookDelivery> for DeliveryView {
    fn from(delivery: WebhookDelivery) -> Self {
        let (state, next_attempt_at, ended_at) = match delivery.state {
            DeliveryState::Pending { due_at } => (DeliveryStateView::Pending, Some(due_at), None),
            DeliveryState::Delivered { at } => (DeliveryStateView::Delivered, None, Some(at)),
            DeliveryState::Failed { at } => (DeliveryStateView::Failed, None, Some(at)),
        };
        Self {
            id: delivery.id.into(),
            endpoint_id: delivery.endpoint.into(),
            event_type: delivery.event_type.into(),
            state,
            attempts: delivery.attempts,
            next_attempt_at: next_attempt_at.map(TimeView),
            ended_at: ended_at.map(TimeView),
            created_at: delivery.created_at.into(),
        }
    }
}

impl From<Seen> for DeliveryDetailView {
    fn from(Seen { delivery, attempts }: Seen) -> Self {
        let body = delivery.body.clone();
        let attempt_log = attempts.into_iter().map(AttemptView::from).collect();
        Self { delivery: delivery.into(), body, attempt_log }
    }
}

impl From<WebhookAttemptRow> for AttemptView {
    fn from(attempt: WebhookAttemptRow) -> Self {
        Self {
            id: attempt.id.into(),
            at: attempt.at.into(),
            timestamp: attempt.at.ms().div_euclid(1_000),
            signature: attempt.signatures,
            status: attempt.status,
            fault: attempt.fault,
            duration_ms: attempt.duration_ms,
            answer: attempt.answer,
        }
    }
}

impl From<ReplayedSince> for ReplayedView {
    fn from(replayed: ReplayedSince) -> Self {
        Self { queued: replayed.queued, next_since: replayed.next_since.map(TimeView) }
    }
}
