//! Endpoints of tenants.

use tuiliu_domain::id::{TenantId, WebhookEndpointId};
use tuiliu_domain::time::Timestamp;
use tuiliu_domain::webhook::{DisabledBy, EndpointState, EndpointUrl, WebhookEndpoint, WebhookEventType};

use crate::access::{join, split};
use crate::error::StoreError;
use crate::row::Row;
use crate::statement::statements;
use crate::tx::Tx;

macro_rules! columns {
    () => {
        "id, tenant_id, created_by, url, description, event_types, disabled_at, disabled_by, failing_since,
        quiet_until, secret_number, overlap_until, created_at, version"
    };
}

statements! {
    INSERT: concat!("insert into webhook_endpoint (", columns!(), ")
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1)");
    FIND: concat!("select ", columns!(), " from webhook_endpoint where tenant_id = $1 and id = $2 /*lock*/");
    OF_TENANT: concat!("select ", columns!(), " from webhook_endpoint where tenant_id = $1 and id > $2 order by id limit $3");
    UPDATE: "update webhook_endpoint set url = $3, description = $4, event_types = $5, disabled_at = $6,
        disabled_by = $7, failing_since = $8, quiet_until = $9, secret_number = $10, overlap_until = $11,
        version = version + 1 where id = $1 and version = $2";
    DELETE: "delete from webhook_endpoint where tenant_id = $1 and id = $2";
    DELETE_ATTEMPTS: "delete from webhook_attempt where delivery_id in
        (select id from webhook_delivery where endpoint_id = $1)";
    DELETE_DELIVERIES: "delete from webhook_delivery where endpoint_id = $1";
    DUE: concat!("select ", columns!(), " from webhook_endpoint e
        where disabled_at is null and (quiet_until is null or quiet_until <= $1)
        and exists (select 1 from webhook_delivery d where d.endpoint_id = e.id and d.due_at <= $1) order by id");
}

impl Tx<'_> {
    /// Keeps a new endpoint.
    pub fn add_webhook_endpoint(&mut self, endpoint: &WebhookEndpoint) -> Result<(), StoreError> {
        let (disabled_at, disabled_by, failing_since) = state(endpoint);
        let event_types = join(endpoint.event_types.iter().map(|event_type| event_type.code()));
        let values = [
            endpoint.id.into(),
            endpoint.tenant.into(),
            endpoint.created_by.into(),
            endpoint.url.as_str().into(),
            (&endpoint.description).into(),
            (&event_types).into(),
            disabled_at.into(),
            disabled_by.into(),
            failing_since.into(),
            endpoint.quiet_until.into(),
            endpoint.secret_number.into(),
            endpoint.overlap_until.into(),
            endpoint.created_at.into(),
        ];
        self.execute_one(INSERT, &values)
    }

    /// The tenant's endpoint with this id.
    pub fn webhook_endpoint(
        &mut self,
        tenant: TenantId,
        id: WebhookEndpointId,
    ) -> Result<Option<WebhookEndpoint>, StoreError> {
        self.query_one(FIND, &[tenant.into(), id.into()])?.as_ref().map(read).transpose()
    }

    /// A tenant's endpoints after this one, in the order of their ids.
    pub fn webhook_endpoints(
        &mut self,
        tenant: TenantId,
        (after, limit): (Option<WebhookEndpointId>, u32),
    ) -> Result<Vec<WebhookEndpoint>, StoreError> {
        let after = after.unwrap_or(WebhookEndpointId::new(0));
        self.query(OF_TENANT, &[tenant.into(), after.into(), limit.into()])?.iter().map(read).collect()
    }

    /// Writes an endpoint over the version that was read.
    pub fn update_webhook_endpoint(&mut self, endpoint: &WebhookEndpoint) -> Result<(), StoreError> {
        let version = i64::try_from(endpoint.version).map_err(StoreError::database)?;
        let (disabled_at, disabled_by, failing_since) = state(endpoint);
        let event_types = join(endpoint.event_types.iter().map(|event_type| event_type.code()));
        let values = [
            endpoint.id.into(),
            version.into(),
            endpoint.url.as_str().into(),
            (&endpoint.description).into(),
            (&event_types).into(),
            disabled_at.into(),
            disabled_by.into(),
            failing_since.into(),
            endpoint.quiet_until.into(),
            endpoint.secret_number.into(),
            endpoint.overlap_until.into(),
        ];
        self.execute_one(UPDATE, &values)
    }

    /// Forgets an endpoint with everything that was sent to it; whether there was one.
    pub fn delete_webhook_endpoint(&mut self, tenant: TenantId, id: WebhookEndpointId) -> Result<bool, StoreError> {
        if self.execute(DELETE, &[tenant.into(), id.into()])? == 0 {
            return Ok(false);
        }
        self.execute(DELETE_ATTEMPTS, &[id.into()])?;
        self.execute(DELETE_DELIVERIES, &[id.into()])?;
        Ok(true)
    }

    /// Endpoints that something is due to at this instant.
    pub fn due_webhook_endpoints(&mut self, now: Timestamp) -> Result<Vec<WebhookEndpoint>, StoreError> {
        self.query(DUE, &[now.into()])?.iter().map(read).collect()
    }
}

fn state(endpoint: &WebhookEndpoint) -> (Option<Timestamp>, Option<&'static str>, Option<Timestamp>) {
    match endpoint.state {
        EndpointState::Enabled { failing_since } => (None, None, failing_since),
        EndpointState::Disabled { at, by } => (Some(at), Some(by.code()), None),
    }
}

fn read(row: &Row) -> Result<WebhookEndpoint, StoreError> {
    let state = match row.get::<Option<Timestamp>>(6)? {
        None => EndpointState::Enabled { failing_since: row.get(8)? },
        Some(at) => EndpointState::Disabled { at, by: row.parse(7, |code: String| DisabledBy::from_code(&code))? },
    };
    Ok(WebhookEndpoint {
        id: row.get(0)?,
        tenant: row.get(1)?,
        created_by: row.get(2)?,
        url: EndpointUrl::kept(row.get(3)?),
        description: row.get(4)?,
        event_types: row.parse(5, |codes: String| split(&codes, WebhookEventType::from_code))?,
        state,
        quiet_until: row.get(9)?,
        secret_number: row.get(10)?,
        overlap_until: row.get(11)?,
        created_at: row.get(12)?,
        version: row.get(13)?,
    })
}
