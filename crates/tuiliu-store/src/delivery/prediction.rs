//! What nodes have learnt about rates, kept whole so that a restart forgets nothing but examples.

use tuiliu_domain::id::TenantId;
use tuiliu_domain::time::Timestamp;

use crate::error::StoreError;
use crate::statement::statements;
use crate::tx::Tx;

/// What one node has learnt for one tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPrediction {
    pub tenant: TenantId,
    pub node: u32,
    pub saved_at: Timestamp,
    /// Read and written by whoever learns; says its version itself.
    pub body: Vec<u8>,
}

statements! {
    SAVE: "insert into prediction (tenant_id, node, saved_at, body) values ($1, $2, $3, $4)
        on conflict (tenant_id, node) do update set saved_at = excluded.saved_at, body = excluded.body";
    FOR_NODE: "select p.tenant_id, p.node, p.saved_at, p.body from prediction p where p.node = $1
        or not exists (select 1 from prediction o where o.tenant_id = p.tenant_id
            and (o.node = $1 or o.saved_at > p.saved_at or (o.saved_at = p.saved_at and o.node < p.node)))
        order by p.tenant_id";
}

impl Tx<'_> {
    /// Writes what a node has learnt for a tenant over what it wrote before.
    pub fn save_prediction(&mut self, stored: &StoredPrediction) -> Result<(), StoreError> {
        let StoredPrediction { tenant, node, saved_at, body } = stored;
        let body: &[u8] = body;
        self.execute_one(SAVE, &[(*tenant).into(), (*node).into(), (*saved_at).into(), body.into()])
    }

    /// What a node starts with for every tenant: what it has learnt itself, or else what was written last by another.
    pub fn predictions_for(&mut self, node: u32) -> Result<Vec<StoredPrediction>, StoreError> {
        self.query(FOR_NODE, &[node.into()])?.iter().map(read).collect()
    }
}

fn read(row: &crate::row::Row) -> Result<StoredPrediction, StoreError> {
    Ok(StoredPrediction { tenant: row.get(0)?, node: row.get(1)?, saved_at: row.get(2)?, body: row.get(3)? })
}

#[cfg(test)]
mod tests;
