//! Endpoints: made, changed, given new secrets, forgotten.

use std::convert::Infallible;
use std::sync::Arc;

use thiserror::Error;
use tuiliu_domain::id::WebhookEndpointId;
use tuiliu_domain::limits::WEBHOOK_ENDPOINTS_MAX;
use tuiliu_domain::party::{Action, Actor};
use tuiliu_domain::time::DAY_MS;
use tuiliu_domain::webhook::{
    ChangeEndpointError, EndpointDraft, EndpointState, EndpointUrl, WebhookEndpoint, WebhookEventType,
};
use tuiliu_store::Tx;

use super::endpoint_for;
use crate::access::{AskAgain, Caller, of_tenant};
use crate::app::{App, Shell};
use crate::error::CommandError;

/// Longest time for which two secrets sign.
const OVERLAP_MS_MAX: i64 = 7 * DAY_MS;

/// What an endpoint is to be; what is left out stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangeEndpoint {
    pub url: Option<String>,
    pub description: Option<String>,
    pub event_types: Option<Vec<WebhookEventType>>,
    pub enabled: Option<bool>,
}

/// Gives an endpoint a new secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RotateSecret {
    pub endpoint: WebhookEndpointId,
    /// For how long the secret before signs too.
    pub overlap_ms: i64,
}

/// 32 bytes by which a receiver knows us; the only time that they can be seen.
#[derive(Clone, PartialEq, Eq)]
pub struct EndpointSecret(pub [u8; 32]);

/// An endpoint with its new secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatedEndpoint {
    pub endpoint: WebhookEndpoint,
    pub secret: EndpointSecret,
}

/// Why an endpoint is not made or changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CreateEndpointError {
    #[error(transparent)]
    Change(#[from] ChangeEndpointError),
    #[error("make more than `{max}` endpoints")]
    TooMany { max: usize },
    #[error("let two secrets sign for more than `{max_ms}` ms")]
    BadOverlap { max_ms: i64 },
    #[error("change an endpoint that was changed since it was read")]
    Changed,
    #[error(transparent)]
    AskAgain(#[from] AskAgain),
}

type Refused = CommandError<CreateEndpointError>;

impl App {
    /// Makes an endpoint; its secret is shown this once.
    pub async fn create_webhook_endpoint(
        &self,
        caller: Arc<Caller>,
        command: ChangeEndpoint,
    ) -> Result<CreatedEndpoint, Refused> {
        self.write(move |shell, tx| {
            let actor = &caller.actor;
            actor.may(Action::ManageWebhooks, &of_tenant(actor.tenant))?;
            proved(shell, &caller)?;
            let limit = u32::try_from(WEBHOOK_ENDPOINTS_MAX).expect("the limit is small");
            if tx.webhook_endpoints(actor.tenant, (None, limit))?.len() >= WEBHOOK_ENDPOINTS_MAX {
                return refuse(CreateEndpointError::TooMany { max: WEBHOOK_ENDPOINTS_MAX });
            }
            let empty = WebhookEndpoint {
                id: shell.id(),
                tenant: actor.tenant,
                created_by: actor.party,
                url: EndpointUrl::kept(String::new()),
                description: String::new(),
                event_types: Vec::new(),
                state: EndpointState::Enabled { failing_since: None },
                quiet_until: None,
                secret_number: 1,
                overlap_until: None,
                created_at: shell.now(),
                version: 1,
            };
            let endpoint = changed(shell, empty, command.clone())?;
            tx.add_webhook_endpoint(&endpoint)?;
            Ok(with_secret(shell, endpoint))
        })
        .await
    }

    /// Changes an endpoint over the version that was read.
    pub async fn change_webhook_endpoint(
        &self,
        caller: Arc<Caller>,
        (endpoint, version): (WebhookEndpointId, u64),
        command: ChangeEndpoint,
    ) -> Result<WebhookEndpoint, Refused> {
        self.write(move |shell, tx| {
            let before = endpoint_for(tx, &caller.actor, endpoint, Action::ManageWebhooks)?;
            proved(shell, &caller)?;
            if before.version != version {
                return refuse(CreateEndpointError::Changed);
            }
            let after = changed(shell, before, command.clone())?;
            tx.update_webhook_endpoint(&after)?;
            Ok(WebhookEndpoint { version: version + 1, ..after })
        })
        .await
    }

    /// Gives an endpoint a new secret, shown this once; for a while the one before signs too.
    pub async fn rotate_webhook_secret(
        &self,
        caller: Arc<Caller>,
        command: RotateSecret,
    ) -> Result<CreatedEndpoint, Refused> {
        self.write(move |shell, tx| {
            let RotateSecret { endpoint, overlap_ms } = command;
            let before = endpoint_for(tx, &caller.actor, endpoint, Action::ManageWebhooks)?;
            proved(shell, &caller)?;
            if !(0..=OVERLAP_MS_MAX).contains(&overlap_ms) {
                return refuse(CreateEndpointError::BadOverlap { max_ms: OVERLAP_MS_MAX });
            }
            let after = before.with_next_secret(overlap_ms, shell.now());
            tx.update_webhook_endpoint(&after)?;
            let version = after.version + 1;
            Ok(with_secret(shell, WebhookEndpoint { version, ..after }))
        })
        .await
    }

    /// Forgets an endpoint and everything that was sent to it.
    pub async fn delete_webhook_endpoint(
        &self,
        caller: Arc<Caller>,
        endpoint: WebhookEndpointId,
    ) -> Result<(), Refused> {
        self.write(move |shell, tx| {
            let found = endpoint_for(tx, &caller.actor, endpoint, Action::ManageWebhooks)?;
            proved(shell, &caller)?;
            tx.delete_webhook_endpoint(found.tenant, found.id)?;
            Ok(())
        })
        .await
    }

    /// The tenant's endpoints after this one.
    pub async fn webhook_endpoints(
        &self,
        actor: Actor,
        after: Option<WebhookEndpointId>,
        limit: u32,
    ) -> Result<Vec<WebhookEndpoint>, CommandError<Infallible>> {
        self.read(move |_, tx| {
            actor.may(Action::ReadWebhooks, &of_tenant(actor.tenant))?;
            Ok(tx.webhook_endpoints(actor.tenant, (after, limit))?)
        })
        .await
    }

    /// One of them.
    pub async fn webhook_endpoint(
        &self,
        actor: Actor,
        endpoint: WebhookEndpointId,
    ) -> Result<WebhookEndpoint, CommandError<Infallible>> {
        self.read(move |_, tx: &mut Tx<'_>| endpoint_for(tx, &actor, endpoint, Action::ReadWebhooks)).await
    }
}

fn refuse<T>(error: CreateEndpointError) -> Result<T, Refused> {
    Err(CommandError::Refused(error))
}

fn proved(shell: &Shell, caller: &Caller) -> Result<(), Refused> {
    caller.proved(Action::ManageWebhooks, shell.now()).or_else(|error| refuse(error.into()))
}

/// The endpoint as the command wants it.
fn changed(shell: &Shell, before: WebhookEndpoint, command: ChangeEndpoint) -> Result<WebhookEndpoint, Refused> {
    let ChangeEndpoint { url, description, event_types, enabled } = command;
    let url = match url {
        None => Ok(before.url.clone()),
        Some(text) => EndpointUrl::parse(&text, shell.reachable()),
    };
    let draft = EndpointDraft {
        url: url.or_else(|error| refuse(ChangeEndpointError::from(error).into()))?,
        description: description.unwrap_or_else(|| before.description.clone()),
        event_types: event_types.unwrap_or_else(|| before.event_types.clone()),
        enabled: enabled.unwrap_or(before.is_enabled()),
    };
    before.changed(draft, shell.now()).or_else(|error| refuse(error.into()))
}

fn with_secret(shell: &Shell, endpoint: WebhookEndpoint) -> CreatedEndpoint {
    let secret = EndpointSecret(shell.webhook_secret(endpoint.id, endpoint.secret_number));
    CreatedEndpoint { endpoint, secret }
}

/// Without the secret, so that it can be logged.
impl std::fmt::Debug for EndpointSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}
