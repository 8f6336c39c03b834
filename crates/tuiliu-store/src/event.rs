//! Events reported by host platforms: made durable before they are acknowledged, folded later.

pub(crate) mod refused;

use tuiliu_domain::id::{Id, TenantId};
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
    INSERT: "insert into event_batch (seq, tenant_id, received_at, events, body) values ($1, $2, $3, $4, $5)";
    AFTER: "select seq, tenant_id, received_at, events, body from event_batch where seq > $1 order by seq limit $2";
    FOLDED: "select value from counter where name = 'events_folded' /*lock*/";
    SET_FOLDED: "update counter set value = $1 where name = 'events_folded' and value <= $1";
    LAST: "select value from counter where name = 'event_batch'";
}

impl Tx<'_> {
    /// Remembers events by the hashes of tenant, type and id; tells of each, in their order, whether it was new.
    pub fn see_events(&mut self, keys: &[u128], now: Timestamp) -> Result<Vec<bool>, StoreError> {
        // Neighbours lie in one page, and two nodes that report the same events lock them in the same order.
        let mut order: Vec<(u128, usize)> = keys.iter().copied().zip(0..).collect();
        order.sort_unstable();
        let day = now.ms() / DAY_MS;
        let rows: Vec<_> = order.iter().map(|(key, _)| [Id::<()>::new(*key).into(), day.into()]).collect();
        let mut new = vec![false; keys.len()];
        for ((_, place), is_new) in order.into_iter().zip(self.insert_new(SEE, &rows)?) {
            new[place] = is_new;
        }
        Ok(new)
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
