//! Sending: the outbox is read once, what is due is carried with bounded concurrency, what came of it is written down.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;
use tracing::{error, warn};
use tuiliu_domain::id::{TenantId, WebhookEndpointId};
use tuiliu_domain::limits::{WEBHOOK_ENDPOINTS_MAX, WEBHOOKS_AT_ONCE_MAX};
use tuiliu_domain::message::MessageTopic;
use tuiliu_domain::time::{DAY_MS, MINUTE_MS};
use tuiliu_domain::webhook::{
    AttemptOutcome, DeliveryState, DisabledBy, EndpointState, WebhookDelivery, WebhookEndpoint,
};
use tuiliu_store::{StoreError, Tx, WebhookAttemptRow};

use super::delivery::OnTwin;
use crate::app::{App, Shell};
use crate::error::CommandError;
use crate::outside::{Parcel, Receipt};

/// Deliveries and attempts are kept so long.
const SENDING_KEPT_MS: i64 = 30 * DAY_MS;
/// Notices that are queued in one transaction.
const NOTICES_PER_ROUND: u32 = 200;
/// Whoever takes a delivery has so long until another may: longer than any attempt.
const CLAIM_MS: i64 = 2 * MINUTE_MS;

/// What this node is carrying.
#[derive(Default)]
struct Carrying {
    tasks: JoinSet<WebhookEndpointId>,
    of: HashMap<WebhookEndpointId, usize>,
    /// Grows with each round: another endpoint is served first each time.
    round: usize,
}

impl Carrying {
    /// How many more of this endpoint may be under way.
    fn room(&self, endpoint: &WebhookEndpoint) -> usize {
        let busy = self.of.get(&endpoint.id).copied().unwrap_or(0);
        let left = WEBHOOKS_AT_ONCE_MAX.saturating_sub(self.tasks.len());
        endpoint.at_once().saturating_sub(busy).min(left)
    }

    fn begin(&mut self, app: &App, endpoint: WebhookEndpointId, task: Task) {
        *self.of.entry(endpoint).or_default() += 1;
        let app = app.clone();
        self.tasks.spawn(async move {
            app.carry(task).await;
            endpoint
        });
    }

    /// Waits for the next one to be done; `false` when there is none.
    async fn next(&mut self) -> bool {
        let Some(done) = self.tasks.join_next().await else { return false };
        match done {
            Ok(endpoint) => self.done(endpoint),
            Err(fault) => error!(fault = %fault, "a webhook fell over on its way"),
        }
        if self.tasks.is_empty() {
            // Whose a task was that fell over is not known.
            self.of.clear();
        }
        true
    }

    fn done(&mut self, endpoint: WebhookEndpointId) {
        if let Some(busy) = self.of.get_mut(&endpoint) {
            *busy = busy.saturating_sub(1);
        }
        self.of.retain(|_, busy| *busy > 0);
    }
}

/// One attempt to be made.
struct Task {
    delivery: WebhookDelivery,
    parcel: Parcel,
}

impl App {
    /// Sends what is due, once and to the end; how many attempts were made.
    pub async fn send_webhooks(&self) -> Result<usize, CommandError<Infallible>> {
        let mut carrying = Carrying::default();
        let begun = self.begin_webhooks(&mut carrying).await?;
        while carrying.next().await {}
        Ok(begun)
    }

    /// Sends what is due, for ever: who does not answer holds up nobody else.
    pub(crate) async fn send_webhooks_again_and_again(self, pause: Duration) {
        let mut carrying = Carrying::default();
        loop {
            if let Err(fault) = self.begin_webhooks(&mut carrying).await {
                error!(fault = %fault, "could not send webhooks");
            }
            let rest = tokio::time::sleep(pause);
            tokio::pin!(rest);
            loop {
                tokio::select! {
                    () = &mut rest => break,
                    true = carrying.next() => {}
                }
            }
        }
    }

    /// Notices of the outbox that no endpoint was told of yet, as this node saw it last.
    #[must_use]
    pub fn notices_waiting(&self) -> i64 {
        self.shell.notices_waiting.load(Ordering::Relaxed)
    }

    /// Forgets deliveries and attempts whose time is over.
    pub(crate) async fn forget_webhooks(&self) -> Result<u64, CommandError<Infallible>> {
        self.write(|shell, tx| {
            let before = shell.now().plus_ms(-SENDING_KEPT_MS);
            Ok(tx.forget_webhook_attempts(before)? + tx.forget_webhook_deliveries(before)?)
        })
        .await
    }

    async fn begin_webhooks(&self, carrying: &mut Carrying) -> Result<usize, CommandError<Infallible>> {
        if self.shell.webhooks.get().is_none() {
            return Ok(0);
        }
        while self.queue_webhooks().await? {}
        let mut due = self.read(|shell, tx| Ok(tx.due_webhook_endpoints(shell.now())?)).await?;
        carrying.round = carrying.round.wrapping_add(1);
        let first = carrying.round.checked_rem(due.len()).unwrap_or(0);
        due.rotate_left(first);
        let mut begun = 0;
        for endpoint in due {
            let room = carrying.room(&endpoint);
            if room == 0 {
                continue;
            }
            let id = endpoint.id;
            for task in self.claim_webhooks(endpoint, room).await? {
                carrying.begin(self, id, task);
                begun += 1;
            }
        }
        Ok(begun)
    }

    /// Queues the next notices of the outbox for whoever wants them; whether there may be more.
    async fn queue_webhooks(&self) -> Result<bool, CommandError<Infallible>> {
        let waiting = self.read(|_, tx| Ok(tx.last_notice()?.saturating_sub(tx.notices_told()?))).await?;
        self.shell.notices_waiting.store(waiting, Ordering::Relaxed);
        if waiting <= 0 {
            return Ok(false);
        }
        self.write(|shell, tx| Ok(queue(shell, tx)?)).await
    }

    /// Takes what is due to an endpoint, for this node alone for a while.
    async fn claim_webhooks(
        &self,
        endpoint: WebhookEndpoint,
        room: usize,
    ) -> Result<Vec<Task>, CommandError<Infallible>> {
        self.write(move |shell, tx| {
            let now = shell.now();
            let limit = u32::try_from(room).unwrap_or(u32::MAX);
            let due = tx.due_webhook_deliveries(endpoint.id, now, limit)?;
            let secrets = endpoint.signing(now).map(|number| shell.webhook_secret(endpoint.id, number));
            let secrets: Vec<[u8; 32]> = secrets.collect();
            let mut tasks = Vec::with_capacity(due.len());
            for delivery in due {
                let state = DeliveryState::Pending { due_at: now.plus_ms(CLAIM_MS) };
                tx.update_webhook_delivery(&WebhookDelivery { state, ..delivery.clone() })?;
                let (url, id, body) = (endpoint.url.clone(), delivery.id, delivery.body.clone());
                tasks.push(Task { delivery, parcel: Parcel { url, id, at: now, secrets: secrets.clone(), body } });
            }
            Ok(tasks)
        })
        .await
    }

    async fn carry(&self, task: Task) {
        let Some(carrier) = self.shell.webhooks.get() else { return };
        let Task { delivery, parcel } = task;
        let at = parcel.at;
        let receipt = carrier.carry(parcel).await;
        let (tenant, id) = (delivery.tenant, delivery.id);
        let attempt = WebhookAttemptRow {
            id: self.shell.id(),
            delivery: id,
            at,
            status: receipt.status,
            fault: receipt.fault.clone(),
            duration_ms: receipt.duration_ms,
            signatures: receipt.signatures.clone(),
            answer: receipt.answer.clone(),
        };
        let written = self
            .write(move |shell, tx| Ok::<_, CommandError<Infallible>>(record(shell, tx, tenant, &attempt, &receipt)?));
        if let Err(fault) = written.await {
            // It stays due and is sent again: at least once.
            error!(webhook.delivery = %id, fault = %fault, "could not write down what came of a webhook");
        }
    }
}

fn queue(shell: &Shell, tx: &mut Tx<'_>) -> Result<bool, StoreError> {
    let told = tx.notices_told()?;
    let notices = tx.notices_after(told, NOTICES_PER_ROUND)?;
    let Some((last, _)) = notices.last() else { return Ok(false) };
    let last = *last;
    let mut endpoints: HashMap<TenantId, Vec<WebhookEndpoint>> = HashMap::new();
    for (seq, notice) in &notices {
        let of_tenant = match endpoints.get(&notice.tenant) {
            Some(known) => known,
            None => {
                let limit = u32::try_from(WEBHOOK_ENDPOINTS_MAX).expect("the limit is small");
                let read = tx.webhook_endpoints(notice.tenant, (None, limit))?;
                endpoints.entry(notice.tenant).or_insert(read)
            }
        };
        for endpoint in of_tenant {
            shell.queue(tx, endpoint, (*seq, notice), OnTwin::Leave)?;
        }
    }
    tx.tell_notices((told, last))?;
    Ok(true)
}

/// Writes down what came of an attempt: for the delivery, for the endpoint, and for whoever made the endpoint.
fn record(
    shell: &Shell,
    tx: &mut Tx<'_>,
    tenant: TenantId,
    attempt: &WebhookAttemptRow,
    receipt: &Receipt,
) -> Result<(), StoreError> {
    // Forgotten meanwhile, with its endpoint.
    let Some(delivery) = tx.webhook_delivery(tenant, attempt.delivery)? else { return Ok(()) };
    let Some(endpoint) = tx.webhook_endpoint(tenant, delivery.endpoint)? else { return Ok(()) };
    let now = shell.now();
    let outcome = AttemptOutcome::of(receipt.status, receipt.retry_after_ms);
    tx.add_webhook_attempt(attempt)?;
    if matches!(delivery.state, DeliveryState::Pending { .. }) {
        let [high, low, ..] = shell.secret();
        tx.update_webhook_delivery(&delivery.attempted(outcome, u16::from_be_bytes([high, low]), now))?;
    }
    let after = endpoint.clone().attempted(outcome, now);
    if after == endpoint {
        return Ok(());
    }
    tx.update_webhook_endpoint(&after)?;
    match after.state {
        EndpointState::Disabled { by, .. } => tell_disabled(shell, tx, &after, by),
        EndpointState::Enabled { .. } => Ok(()),
    }
}

fn tell_disabled(shell: &Shell, tx: &mut Tx<'_>, endpoint: &WebhookEndpoint, by: DisabledBy) -> Result<(), StoreError> {
    warn!(webhook.endpoint = %endpoint.id, webhook.disabled_by = by.code(), "disabled an endpoint");
    let body = json!({ "endpoint": endpoint.id.to_string(), "url": endpoint.url.as_str(), "by": by.code() });
    shell.send_message(tx, (endpoint.tenant, endpoint.created_by), MessageTopic::WebhookDisabled, &body)
}
