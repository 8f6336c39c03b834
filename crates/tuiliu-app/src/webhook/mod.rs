//! Webhooks: endpoints of tenants, fed from the outbox, never inside the request that caused an event (AC-04).

mod delivery;
mod endpoint;
mod send;

pub use delivery::{DeliveryList, ReplayRefusal, ReplaySince, ReplayedSince, WebhookDeliveryView};
pub use endpoint::{ChangeEndpoint, CreateEndpointError, CreatedEndpoint, EndpointSecret, RotateSecret};
pub use tuiliu_store::WebhookAttemptRow;

use std::sync::Arc;

use tuiliu_domain::id::WebhookEndpointId;
use tuiliu_domain::party::{Action, Actor};
use tuiliu_domain::webhook::{Reachable, WebhookEndpoint};
use tuiliu_store::Tx;

use crate::access::of_tenant;
use crate::app::{App, Shell};
use crate::error::CommandError;
use crate::outside::WebhookCarrier;

impl App {
    /// The same app, with events carried to endpoints. Once, before it is used.
    #[must_use]
    pub fn with_webhooks(self, carrier: Arc<dyn WebhookCarrier>) -> Self {
        assert!(self.shell.webhooks.set(carrier).is_ok(), "events are carried by one carrier");
        self
    }
}

impl Shell {
    fn reachable(&self) -> Reachable {
        self.webhooks.get().map_or(Reachable::Public, |carrier| carrier.reachable())
    }

    /// The secret of an endpoint with this number: follows from the platform's key, so that it is stored nowhere.
    fn webhook_secret(&self, endpoint: WebhookEndpointId, number: u32) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_keyed(&self.engine.keys.webhooks);
        hasher.update(&endpoint.bytes()).update(&number.to_be_bytes());
        *hasher.finalize().as_bytes()
    }
}

/// The tenant's endpoint, if the actor may do this to it.
fn endpoint_for<R: std::error::Error>(
    tx: &mut Tx<'_>,
    actor: &Actor,
    endpoint: WebhookEndpointId,
    action: Action,
) -> Result<WebhookEndpoint, CommandError<R>> {
    actor.may(action, &of_tenant(actor.tenant))?;
    tx.webhook_endpoint(actor.tenant, endpoint)?.ok_or(CommandError::NotFound)
}

#[cfg(test)]
mod tests;
