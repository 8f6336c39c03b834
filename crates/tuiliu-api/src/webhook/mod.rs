//! Webhooks: endpoints of the host, what was sent to them, and sending it again (AC-04).

mod delivery;
mod endpoint;
mod refusal;

use tuiliu_domain::webhook::{DisabledBy, WebhookEventType};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::words::words;
use crate::api::Api;

words! {
    /// What an event says happened.
    WebhookEventTypeView of WebhookEventType, "WebhookEventType";
    /// Why nothing is sent to an endpoint any more.
    DisabledByView of DisabledBy, "WebhookDisabledBy";
}

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(endpoint::list_webhook_endpoints, endpoint::create_webhook_endpoint))
        .routes(routes!(
            endpoint::read_webhook_endpoint,
            endpoint::change_webhook_endpoint,
            endpoint::delete_webhook_endpoint
        ))
        .routes(routes!(endpoint::rotate_webhook_secret))
        .routes(routes!(endpoint::list_webhook_event_types))
        .routes(routes!(delivery::test_webhook_endpoint))
        .routes(routes!(delivery::replay_webhooks_since))
        .routes(routes!(delivery::list_webhook_deliveries))
        .routes(routes!(delivery::read_webhook_delivery))
        .routes(routes!(delivery::replay_webhook_delivery))
}
