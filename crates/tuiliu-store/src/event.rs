//! Events reported by host platforms: made durable before they are acknowledged, folded later.

pub(crate) mod refused;

use tuiliu_domain::id::TenantId;
use tuiliu_domain::time::{DAY_MS, Timestamp};

use crate::error::StoreError;
use crate::statement::statements;
use crate::tx::Tx;

/// Events acknowledged together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventBatch {
    /// Place in the order of acknowledgement.
    pub seq: i64,
    pub tenant: TenantId,
    pub received_at: Timestamp,
    /// How many events the body holds.
    pub events: u32,
    pub body: Vec<u8>,
}

statements! {
    SEE: "insert into event_seen (key, day) values ($1, $2) on conflict (key) do nothing";
    FORGET: "delete from event_seen where day < $1";
    INSERT: "insert into event_batch (seq, tenant_id, received_at, events, body) values ($1, $2, $3, $4, $5)";
    AFTER: "select seq, tenant_id, received_at, events, body from event_batch where seq > $1 order by seq limit $2";
    FOLDED: "select value from counter where name = 'events_folded' /*lock*/";
    SET_FOLDED: "update counter set value = $1 where name = 'events_folded' and value <= $1";
    LAST: "select value from counter where name = 'event_batch'";
}

impl Tx<'_> {
    /// Remembers an event by the hash of its tenant, type and id; `false` when it was seen before.
    pub fn see_event(&mut self, key: [u8; 16], now: Timestamp) -> Result<bool, StoreError> {
        let key: &[u8] = &key;
        Ok(self.execute(SEE, &[key.into(), (now.ms() / DAY_MS).into()])? == 1)
    }

    /// Forgets events seen before the day of `before`; their ids would be refused as too old by now.
    pub fn forget_events(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        self.execute(FORGET, &[(before.ms() / DAY_MS).into()])
    }

    /// Appends a batch; it is acknowledged when the transaction is.
    pub fn append_events(
        &mut self,
        tenant: TenantId,
        events: u32,
        body: &[u8],
        received_at: Timestamp,
    ) -> Result<i64, StoreError> {
        let seq = self.take_numbers("event_batch", 1)?;
        self.execute_one(INSERT, &[seq.into(), tenant.into(), received_at.into(), events.into(), body.into()])?;
        Ok(seq)
    }

    /// The number of the last batch that was folded; locks it until the commit.
    pub fn folded_events(&mut self) -> Result<i64, StoreError> {
        let row = self.query_one(FOLDED, &[])?;
        row.ok_or_else(|| StoreError::inconsistent("counter", "no counter `events_folded`"))?.get(0)
    }

    /// The number of the last batch that was acknowledged.
    pub fn last_events(&mut self) -> Result<i64, StoreError> {
        self.query_one(LAST, &[])?.map_or(Ok(0), |row| row.get(0))
    }

    /// Batches after this number, in order of acknowledgement.
    pub fn events_after(&mut self, seq: i64, limit: u32) -> Result<Vec<EventBatch>, StoreError> {
        let rows = self.query(AFTER, &[seq.into(), limit.into()])?;
        rows.iter()
            .map(|row| {
                Ok(EventBatch {
                    seq: row.get(0)?,
                    tenant: row.get(1)?,
                    received_at: row.get(2)?,
                    events: row.get(3)?,
                    body: row.get(4)?,
                })
            })
            .collect()
    }

    /// Everything up to this batch is folded.
    pub fn set_folded_events(&mut self, seq: i64) -> Result<(), StoreError> {
        self.execute_one(SET_FOLDED, &[seq.into()])
    }
}

#[cfg(test)]
mod tests;
