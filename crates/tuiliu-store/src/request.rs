//! First answers, kept so that a repeated command is answered and not run again (WL-04).

use tuiliu_domain::id::TenantId;
use tuiliu_domain::time::Timestamp;

use crate::error::StoreError;
use crate::statement::statements;
use crate::tx::Tx;

/// The answer that a command with an idempotency key was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// Hash of what was asked, so that the same key with other content is refused.
    pub digest: [u8; 32],
    /// HTTP status; the store only keeps it.
    pub status: u16,
    pub body: Vec<u8>,
}

statements! {
    FIND: "select digest, status, body from request where tenant_id = $1 and key = $2";
    INSERT: "insert into request (tenant_id, key, digest, status, body, at) values ($1, $2, $3, $4, $5, $6)";
}

impl Tx<'_> {
    /// The answer kept under this key, if the command has run.
    pub fn stored_answer(&mut self, tenant: TenantId, key: &str) -> Result<Option<StoredAnswer>, StoreError> {
        let row = self.query_one(FIND, &[tenant.into(), key.into()])?;
        row.map(|row| Ok(StoredAnswer { digest: row.get(0)?, status: row.get(1)?, body: row.get(2)? })).transpose()
    }

    /// Keeps the answer in the transaction of its effect.
    pub fn store_answer(
        &mut self,
        tenant: TenantId,
        key: &str,
        answer: &StoredAnswer,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let StoredAnswer { digest, status, body } = answer;
        let digest: &[u8] = digest;
        self.execute_one(
            INSERT,
            &[tenant.into(), key.into(), digest.into(), u32::from(*status).into(), body.into(), at.into()],
        )
    }
}

#[cfg(test)]
mod tests;
