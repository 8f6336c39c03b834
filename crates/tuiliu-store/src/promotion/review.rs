//! Judgements of orders, by rules and by people (RV-01).

use tuiliu_domain::id::{PartyId, PromotionOrderId, ReviewId, TenantId};
use tuiliu_domain::review::{Reason, Verdict};
use tuiliu_domain::time::Timestamp;

use super::stored_state::StoredReason;
use crate::error::StoreError;
use crate::row::Row;
use crate::statement::statements;
use crate::tx::Tx;

/// One judgement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewRow {
    pub id: ReviewId,
    pub tenant: TenantId,
    pub order: PromotionOrderId,
    /// `booking`, `start`, or `change` for content that changed while the order ran.
    pub stage: String,
    pub content_version: u32,
    pub verdict: Verdict,
    /// `None`: the automatic rules.
    pub reviewer: Option<PartyId>,
    pub at: Timestamp,
}

statements! {
    INSERT: "insert into review (id, tenant_id, order_id, stage, content_version, verdict, reasons, reviewer_id, at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    OF_ORDER: "select id, tenant_id, order_id, stage, content_version, verdict, reasons, reviewer_id, at
        from review where order_id = $1 order by at, id";
}

impl Tx<'_> {
    /// Writes a judgement; there is no changing one.
    pub fn insert_review(&mut self, review: &ReviewRow) -> Result<(), StoreError> {
        let reasons = serde_json::to_string(&write_reasons(&review.verdict)).map_err(StoreError::database)?;
        let values = [
            review.id.into(),
            review.tenant.into(),
            review.order.into(),
            (&review.stage).into(),
            review.content_version.into(),
            review.verdict.code().into(),
            (&reasons).into(),
            review.reviewer.into(),
            review.at.into(),
        ];
        self.execute_one(INSERT, &values)
    }

    /// All judgements of an order, oldest first.
    pub fn reviews_of(&mut self, order: PromotionOrderId) -> Result<Vec<ReviewRow>, StoreError> {
        self.query(OF_ORDER, &[order.into()])?.iter().map(read).collect()
    }
}

pub(super) fn write_reasons(verdict: &Verdict) -> Vec<StoredReason> {
    verdict.reasons().iter().map(StoredReason::from).collect()
}

/// The verdict with this code and these reasons, or what is wrong with them.
pub(super) fn read_verdict(code: &str, stored: Vec<StoredReason>) -> Result<Verdict, String> {
    let reasons: Vec<Reason> = stored.into_iter().map(StoredReason::read).collect::<Result<_, _>>()?;
    match code {
        "pass" => Ok(Verdict::Pass),
        "reject" => Ok(Verdict::Reject(reasons)),
        "escalate" => Ok(Verdict::Escalate(reasons)),
        other => Err(format!("no verdict `{other}`")),
    }
}

fn read(row: &Row) -> Result<ReviewRow, StoreError> {
    let id: ReviewId = row.get(0)?;
    let wrong = |reason: String| StoreError::inconsistent(format!("review {id}"), reason);
    let text: String = row.get(6)?;
    let stored: Vec<StoredReason> = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    let verdict = read_verdict(&row.get::<String>(5)?, stored).map_err(wrong)?;
    Ok(ReviewRow {
        id,
        tenant: row.get(1)?,
        order: row.get(2)?,
        stage: row.get(3)?,
        content_version: row.get(4)?,
        verdict,
        reviewer: row.get(7)?,
        at: row.get(8)?,
    })
}
