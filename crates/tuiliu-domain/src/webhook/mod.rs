//! Webhooks: what happened, told to the host's own servers, until they have it or do not want it (AC-04).

mod address;
mod delivery;
mod endpoint;
mod event_type;
mod url;

pub use address::is_public;
pub use delivery::{AttemptOutcome, DeliveryState, RETRY_DELAYS_MS, WebhookDelivery};
pub use endpoint::{ChangeEndpointError, DisabledBy, EndpointDraft, EndpointState, FAILING_MS_MAX, WebhookEndpoint};
pub use event_type::WebhookEventType;
pub use url::{EndpointUrl, EndpointUrlError, Reachable};

#[cfg(test)]
mod tests;
