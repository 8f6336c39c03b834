//! Attempts to bring events to endpoints.

use tuiliu_domain::id::{WebhookAttemptId, WebhookDeliveryId};
use tuiliu_domain::time::Timestamp;

use crate::error::StoreError;
use crate::row::Row;
use crate::statement::statements;
use crate::tx::Tx;

/// One attempt: what was signed, what was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookAttemptRow {
    pub id: WebhookAttemptId,
    pub delivery: WebhookDeliveryId,
    /// Also what was sent as `webhook-timestamp`.
    pub at: Timestamp,
    /// Nothing when nobody answered.
    pub status: Option<u16>,
    /// Why nobody answered.
    pub fault: Option<String>,
    pub duration_ms: i64,
    /// What was sent as `webhook-signature`.
    pub signatures: String,
    /// How the answer began.
    pub answer: String,
}

statements! {
    INSERT: "insert into webhook_attempt (id, delivery_id, at, status, fault, duration_ms, signatures, answer)
        values ($1, $2, $3, $4, $5, $6, $7, $8)";
    OF_DELIVERY: "select id, delivery_id, at, status, fault, duration_ms, signatures, answer from webhook_attempt
        where delivery_id = $1 order by id desc limit $2";
    FORGET: "delete from webhook_attempt where at < $1";
}

impl Tx<'_> {
    /// Keeps an attempt.
    pub fn add_webhook_attempt(&mut self, attempt: &WebhookAttemptRow) -> Result<(), StoreError> {
        let values = [
            attempt.id.into(),
            attempt.delivery.into(),
            attempt.at.into(),
            attempt.status.map(i64::from).into(),
            attempt.fault.as_ref().into(),
            attempt.duration_ms.into(),
            (&attempt.signatures).into(),
            (&attempt.answer).into(),
        ];
        self.execute_one(INSERT, &values)
    }

    /// The newest attempts of a delivery, newest first.
    pub fn webhook_attempts(
        &mut self,
        delivery: WebhookDeliveryId,
        limit: u32,
    ) -> Result<Vec<WebhookAttemptRow>, StoreError> {
        self.query(OF_DELIVERY, &[delivery.into(), limit.into()])?.iter().map(read).collect()
    }

    /// Forgets attempts made before this instant.
    pub fn forget_webhook_attempts(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        self.execute(FORGET, &[before.into()])
    }
}

fn read(row: &Row) -> Result<WebhookAttemptRow, StoreError> {
    Ok(WebhookAttemptRow {
        id: row.get(0)?,
        delivery: row.get(1)?,
        at: row.get(2)?,
        status: row.get(3)?,
        fault: row.get(4)?,
        duration_ms: row.get(5)?,
        signatures: row.get(6)?,
        answer: row.get(7)?,
    })
}
