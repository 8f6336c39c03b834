//! Reported events that were refused: kept for a while, so that somebody can look and have them taken again.

use tuiliu_domain::id::{EventId, TenantId};
use tuiliu_domain::time::Timestamp;

use crate::error::StoreError;
use crate::row::Row;
use crate::statement::statements;
use crate::tx::Tx;

/// One refused event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedEvent {
    /// Sorts by the time it was refused.
    pub id: EventId,
    /// Why, as a code.
    pub reason: String,
    pub at: Timestamp,
    /// What was reported, without what only filters look at.
    pub body: String,
    /// Whether its reporter might speak of money.
    pub money_allowed: bool,
    /// When it was taken after all.
    pub replayed_at: Option<Timestamp>,
}

statements! {
    INSERT: "insert into refused_event (tenant_id, id, reason, at, body, money_allowed, replayed_at)
        values ($1, $2, $3, $4, $5, $6, null)";
    COUNT: "select count(*) from refused_event where tenant_id = $1";
    FIND: "select id, reason, at, body, money_allowed, replayed_at from refused_event where tenant_id = $1 and id = $2";
    PAGE: "select id, reason, at, body, money_allowed, replayed_at from refused_event
        where tenant_id = $1 and id < $2 order by id desc limit $3";
    PAGE_OF: "select id, reason, at, body, money_allowed, replayed_at from refused_event
        where tenant_id = $1 and id < $2 and reason = $3 order by id desc limit $4";
    REPLAYED: "update refused_event set replayed_at = $1 where tenant_id = $2 and id = $3 and replayed_at is null";
    TRIM: "delete from refused_event where tenant_id = $1 and id in
        (select id from refused_event where tenant_id = $1 order by id limit $2)";
}

impl Tx<'_> {
    /// Keeps a refused event.
    pub fn keep_refused_event(&mut self, tenant: TenantId, event: &RefusedEvent) -> Result<(), StoreError> {
        let values = [
            tenant.into(),
            event.id.into(),
            event.reason.as_str().into(),
            event.at.into(),
            event.body.as_str().into(),
            event.money_allowed.into(),
        ];
        self.execute_one(INSERT, &values)
    }

    /// How many a tenant has.
    pub fn refused_events_kept(&mut self, tenant: TenantId) -> Result<i64, StoreError> {
        self.query_one(COUNT, &[tenant.into()])?.map_or(Ok(0), |row| row.get(0))
    }

    /// One of them.
    pub fn refused_event(&mut self, tenant: TenantId, id: EventId) -> Result<Option<RefusedEvent>, StoreError> {
        self.query_one(FIND, &[tenant.into(), id.into()])?.as_ref().map(read).transpose()
    }

    /// The newest before this one; all reasons, or one.
    pub fn refused_events(
        &mut self,
        tenant: TenantId,
        reason: Option<&str>,
        before: EventId,
        limit: u32,
    ) -> Result<Vec<RefusedEvent>, StoreError> {
        let rows = match reason {
            None => self.query(PAGE, &[tenant.into(), before.into(), limit.into()])?,
            Some(reason) => self.query(PAGE_OF, &[tenant.into(), before.into(), reason.into(), limit.into()])?,
        };
        rows.iter().map(read).collect()
    }

    /// Marks one as taken after all; `false` when it was before.
    pub fn mark_replayed(&mut self, tenant: TenantId, id: EventId, now: Timestamp) -> Result<bool, StoreError> {
        Ok(self.execute(REPLAYED, &[now.into(), tenant.into(), id.into()])? == 1)
    }

    /// Forgets a tenant's oldest ones.
    pub fn trim_refused_events(&mut self, tenant: TenantId, count: u32) -> Result<u64, StoreError> {
        self.execute(TRIM, &[tenant.into(), count.into()])
    }
}

fn read(row: &Row) -> Result<RefusedEvent, StoreError> {
    Ok(RefusedEvent {
        id: row.get(0)?,
        reason: row.get(1)?,
        at: row.get(2)?,
        body: row.get(3)?,
        money_allowed: row.get(4)?,
        replayed_at: row.get(5)?,
    })
}

#[cfg(test)]
mod tests;
