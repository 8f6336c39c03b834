//! What is on its way to endpoints: looked at, tried out, sent again.

use std::convert::Infallible;

use serde_json::json;
use thiserror::Error;
use tuiliu_domain::id::{WebhookDeliveryId, WebhookEndpointId};
use tuiliu_domain::limits::WEBHOOK_REPLAY_MAX;
use tuiliu_domain::party::{Action, Actor};
use tuiliu_domain::time::Timestamp;
use tuiliu_domain::webhook::{DeliveryState, RETRY_DELAYS_MS, WebhookDelivery, WebhookEndpoint, WebhookEventType};
use tuiliu_store::{DeliveryPage, Notice, StoreError, Tx, WebhookAttemptRow};

use super::endpoint_for;
use crate::access::of_tenant;
use crate::app::{App, Shell};
use crate::error::CommandError;
use crate::notice::time_text;

/// A delivery with every attempt since it was queued first, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookDeliveryView {
    pub delivery: WebhookDelivery,
    pub attempts: Vec<WebhookAttemptRow>,
}

/// Which deliveries to list, newest first.
#[derive(Debug, Clone, Copy)]
pub struct DeliveryList {
    pub endpoint: WebhookEndpointId,
    /// A code of [`DeliveryState`].
    pub state: Option<&'static str>,
    /// The last one of the page before.
    pub before: Option<WebhookDeliveryId>,
    pub limit: u32,
}

/// Sends everything again that an endpoint wants and that happened since an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplaySince {
    pub endpoint: WebhookEndpointId,
    pub since: Timestamp,
}

/// What was queued again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplayedSince {
    pub queued: usize,
    /// Where to go on, when there was more than one replay takes.
    pub next_since: Option<Timestamp>,
}

/// Why nothing is sent again.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReplayRefusal {
    #[error("send to an endpoint that is disabled")]
    Disabled,
}

type Refused = CommandError<ReplayRefusal>;

impl App {
    /// A page of what was queued for an endpoint, newest first.
    pub async fn webhook_deliveries(
        &self,
        actor: Actor,
        list: DeliveryList,
    ) -> Result<Vec<WebhookDelivery>, CommandError<Infallible>> {
        self.read(move |_, tx| {
            let DeliveryList { endpoint, state, before, limit } = list;
            let endpoint = endpoint_for(tx, &actor, endpoint, Action::ReadWebhooks)?.id;
            Ok(tx.webhook_deliveries(DeliveryPage { endpoint, state, before, limit })?)
        })
        .await
    }

    /// A delivery with its attempts.
    pub async fn webhook_delivery(
        &self,
        actor: Actor,
        id: WebhookDeliveryId,
    ) -> Result<WebhookDeliveryView, CommandError<Infallible>> {
        self.read(move |_, tx| {
            actor.may(Action::ReadWebhooks, &of_tenant(actor.tenant))?;
            let delivery = tx.webhook_delivery(actor.tenant, id)?.ok_or(CommandError::NotFound)?;
            let attempts = tx.webhook_attempts(id, attempts_shown())?;
            Ok(WebhookDeliveryView { delivery, attempts })
        })
        .await
    }
}

/// Every attempt of a few replays.
fn attempts_shown() -> u32 {
    u32::try_from(RETRY_DELAYS_MS.len()).map_or(u32::MAX, |retries| (retries + 1) * 5)
}

impl Shell {
    /// Queues an event that did not happen, in the caller's transaction.
    pub fn test_webhook(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        (endpoint, event_type): (WebhookEndpointId, WebhookEventType),
    ) -> Result<WebhookDelivery, Refused> {
        let endpoint = enabled_for(tx, actor, endpoint)?;
        let at = self.now();
        let data = json!({ "test": true, "endpoint": endpoint.id.to_string() }).to_string();
        let delivery = self.delivery(&endpoint, event_type, body(event_type, at, &data));
        tx.add_webhook_delivery(&delivery, None)?;
        Ok(delivery)
    }

    /// Sends one delivery again, in the caller's transaction; its id stays, so that a receiver knows it.
    pub fn replay_webhook(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        id: WebhookDeliveryId,
    ) -> Result<WebhookDelivery, Refused> {
        actor.may(Action::ReplayWebhooks, &of_tenant(actor.tenant))?;
        let delivery = tx.webhook_delivery(actor.tenant, id)?.ok_or(CommandError::NotFound)?;
        enabled_for(tx, actor, delivery.endpoint)?;
        let again = delivery.again(self.now());
        tx.update_webhook_delivery(&again)?;
        Ok(again)
    }

    /// Sends everything again since an instant, in the caller's transaction: also what happened while the endpoint was
    /// disabled or was not there yet.
    pub fn replay_webhooks(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        command: ReplaySince,
    ) -> Result<ReplayedSince, Refused> {
        let endpoint = enabled_for(tx, actor, command.endpoint)?;
        let told = tx.notices_told()?;
        let notices = tx.notices_since(actor.tenant, command.since, (told, WEBHOOK_REPLAY_MAX + 1))?;
        let full = notices.len() > usize::try_from(WEBHOOK_REPLAY_MAX).expect("the limit is small");
        // What happened at one instant is taken together or not at all, so that one can go on from there.
        let next_since = notices.last().filter(|_| full).map(|(_, notice)| notice.at);
        let next_since = next_since.filter(|next| *next > command.since);
        let mut queued = 0;
        for (seq, notice) in notices.iter().filter(|(_, notice)| next_since.is_none_or(|next| notice.at < next)) {
            queued += usize::from(self.queue(tx, &endpoint, (*seq, notice), OnTwin::SendAgain)?);
        }
        Ok(ReplayedSince { queued, next_since })
    }

    /// Queues a notice for an endpoint that wants it; whether it did.
    pub(super) fn queue(
        &self,
        tx: &mut Tx<'_>,
        endpoint: &WebhookEndpoint,
        (seq, notice): (i64, &Notice),
        on_twin: OnTwin,
    ) -> Result<bool, StoreError> {
        let Some(event_type) = WebhookEventType::from_code(&notice.name) else {
            return Err(StoreError::Inconsistent {
                place: format!("notice {seq}"),
                reason: format!("`{}` is no type of event", notice.name),
            });
        };
        if !endpoint.wants(event_type) {
            return Ok(false);
        }
        match tx.webhook_delivery_of(endpoint.id, seq)? {
            None => {
                let body = body(event_type, notice.at, &notice.body);
                tx.add_webhook_delivery(&self.delivery(endpoint, event_type, body), Some(seq))?;
            }
            Some(twin) if on_twin == OnTwin::SendAgain => tx.update_webhook_delivery(&twin.again(self.now()))?,
            Some(_) => return Ok(false),
        }
        Ok(true)
    }

    fn delivery(&self, endpoint: &WebhookEndpoint, event_type: WebhookEventType, body: String) -> WebhookDelivery {
        let now = self.now();
        WebhookDelivery {
            id: self.id(),
            tenant: endpoint.tenant,
            endpoint: endpoint.id,
            event_type,
            body,
            created_at: now,
            attempts: 0,
            state: DeliveryState::Pending { due_at: now },
        }
    }
}

/// What becomes of a delivery that was queued before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OnTwin {
    Leave,
    SendAgain,
}

fn enabled_for(tx: &mut Tx<'_>, actor: &Actor, endpoint: WebhookEndpointId) -> Result<WebhookEndpoint, Refused> {
    let endpoint = endpoint_for(tx, actor, endpoint, Action::ReplayWebhooks)?;
    if endpoint.is_enabled() { Ok(endpoint) } else { Err(CommandError::Refused(ReplayRefusal::Disabled)) }
}

/// What is sent: the envelope of Standard Webhooks around what the notice says.
fn body(event_type: WebhookEventType, at: Timestamp, data: &str) -> String {
    format!(r#"{{"type":"{}","timestamp":"{}","data":{data}}}"#, event_type.code(), time_text(at))
}
