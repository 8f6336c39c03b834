//! Events on their way to endpoints.

use tuiliu_domain::id::{TenantId, WebhookDeliveryId, WebhookEndpointId};
use tuiliu_domain::time::Timestamp;
use tuiliu_domain::webhook::{DeliveryState, WebhookDelivery, WebhookEventType};

use crate::error::StoreError;
use crate::outbox::{Notice, read as read_notice};
use crate::row::Row;
use crate::statement::statements;
use crate::tx::Tx;

/// Which deliveries a list shows, newest first.
#[derive(Debug, Clone, Copy)]
pub struct DeliveryPage {
    pub endpoint: WebhookEndpointId,
    /// A code of [`DeliveryState`]; `None` is all.
    pub state: Option<&'static str>,
    pub before: Option<WebhookDeliveryId>,
    pub limit: u32,
}

macro_rules! columns {
    () => {
        "id, tenant_id, endpoint_id, event_type, body, state, attempts, due_at, ended_at, created_at"
    };
}

statements! {
    TOLD: "select value from counter where name = 'webhook' /*lock*/";
    TELL: "update counter set value = $2 where name = 'webhook' and value = $1";
    SINCE: "select seq, tenant_id, name, subject, body, at from outbox
        where tenant_id = $1 and at >= $2 and seq <= $3 order by at, seq limit $4";
    INSERT: concat!("insert into webhook_delivery (", columns!(), ", seq)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)");
    OF_SEQ: concat!("select ", columns!(), " from webhook_delivery where endpoint_id = $1 and seq = $2");
    FIND: concat!("select ", columns!(), " from webhook_delivery where tenant_id = $1 and id = $2 /*lock*/");
    PAGE: concat!("select ", columns!(), " from webhook_delivery
        where endpoint_id = $1 and id < $2 order by id desc limit $3");
    PAGE_OF: concat!("select ", columns!(), " from webhook_delivery
        where endpoint_id = $1 and id < $2 and state = $3 order by id desc limit $4");
    DUE: concat!("select ", columns!(), " from webhook_delivery
        where endpoint_id = $1 and due_at <= $2 order by due_at, id limit $3 /*lock_skip*/");
    UPDATE: "update webhook_delivery set state = $2, attempts = $3, due_at = $4, ended_at = $5 where id = $1";
    FORGET: "delete from webhook_delivery where created_at < $1";
}

impl Tx<'_> {
    /// The number of the last notice that was queued for endpoints; nobody else queues until the commit.
    pub fn notices_told(&mut self) -> Result<i64, StoreError> {
        self.query_one(TOLD, &[])?.map_or(Ok(0), |row| row.get(0))
    }

    /// Notes that everything up to this notice is queued.
    pub fn tell_notices(&mut self, (from, to): (i64, i64)) -> Result<(), StoreError> {
        self.execute_one(TELL, &[from.into(), to.into()])
    }

    /// A tenant's notices since an instant, up to a number, oldest first.
    pub fn notices_since(
        &mut self,
        tenant: TenantId,
        since: Timestamp,
        (last, limit): (i64, u32),
    ) -> Result<Vec<(i64, Notice)>, StoreError> {
        let rows = self.query(SINCE, &[tenant.into(), since.into(), last.into(), limit.into()])?;
        rows.iter().map(read_notice).collect()
    }

    /// Keeps a new delivery; `seq` is the number of its notice, if it is of one.
    pub fn add_webhook_delivery(&mut self, delivery: &WebhookDelivery, seq: Option<i64>) -> Result<(), StoreError> {
        let (due_at, ended_at) = times(delivery.state);
        let values = [
            delivery.id.into(),
            delivery.tenant.into(),
            delivery.endpoint.into(),
            delivery.event_type.code().into(),
            (&delivery.body).into(),
            delivery.state.code().into(),
            delivery.attempts.into(),
            due_at.into(),
            ended_at.into(),
            delivery.created_at.into(),
            seq.into(),
        ];
        self.execute_one(INSERT, &values)
    }

    /// What was queued of this notice for this endpoint.
    pub fn webhook_delivery_of(
        &mut self,
        endpoint: WebhookEndpointId,
        seq: i64,
    ) -> Result<Option<WebhookDelivery>, StoreError> {
        self.query_one(OF_SEQ, &[endpoint.into(), seq.into()])?.as_ref().map(read).transpose()
    }

    /// The tenant's delivery with this id.
    pub fn webhook_delivery(
        &mut self,
        tenant: TenantId,
        id: WebhookDeliveryId,
    ) -> Result<Option<WebhookDelivery>, StoreError> {
        self.query_one(FIND, &[tenant.into(), id.into()])?.as_ref().map(read).transpose()
    }

    /// A page of what was queued for an endpoint, newest first.
    pub fn webhook_deliveries(&mut self, page: DeliveryPage) -> Result<Vec<WebhookDelivery>, StoreError> {
        let DeliveryPage { endpoint, state, before, limit } = page;
        let before = before.unwrap_or(WebhookDeliveryId::new(u128::MAX));
        let rows = match state {
            None => self.query(PAGE, &[endpoint.into(), before.into(), limit.into()])?,
            Some(state) => self.query(PAGE_OF, &[endpoint.into(), before.into(), state.into(), limit.into()])?,
        };
        rows.iter().map(read).collect()
    }

    /// What is due to an endpoint and nobody else takes just now, the longest overdue first.
    pub fn due_webhook_deliveries(
        &mut self,
        endpoint: WebhookEndpointId,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<WebhookDelivery>, StoreError> {
        self.query(DUE, &[endpoint.into(), now.into(), limit.into()])?.iter().map(read).collect()
    }

    /// Writes where a delivery is.
    pub fn update_webhook_delivery(&mut self, delivery: &WebhookDelivery) -> Result<(), StoreError> {
        let (due_at, ended_at) = times(delivery.state);
        let (state, attempts) = (delivery.state.code(), delivery.attempts);
        self.execute_one(UPDATE, &[delivery.id.into(), state.into(), attempts.into(), due_at.into(), ended_at.into()])
    }

    /// Forgets deliveries queued before this instant, whatever became of them.
    pub fn forget_webhook_deliveries(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        self.execute(FORGET, &[before.into()])
    }
}

fn times(state: DeliveryState) -> (Option<Timestamp>, Option<Timestamp>) {
    match state {
        DeliveryState::Pending { due_at } => (Some(due_at), None),
        DeliveryState::Delivered { at } | DeliveryState::Failed { at } => (None, Some(at)),
    }
}

fn read(row: &Row) -> Result<WebhookDelivery, StoreError> {
    let state = match row.get::<String>(5)?.as_str() {
        "pending" => DeliveryState::Pending { due_at: row.get(7)? },
        "delivered" => DeliveryState::Delivered { at: row.get(8)? },
        "failed" => DeliveryState::Failed { at: row.get(8)? },
        other => return Err(StoreError::inconsistent("webhook_delivery", format!("no state `{other}`"))),
    };
    Ok(WebhookDelivery {
        id: row.get(0)?,
        tenant: row.get(1)?,
        endpoint: row.get(2)?,
        event_type: row.parse(3, |code: String| WebhookEventType::from_code(&code))?,
        body: row.get(4)?,
        created_at: row.get(9)?,
        attempts: row.get(6)?,
        state,
    })
}
