//! Refunds: money on its way back from payments.

use tuiliu_domain::id::{PartyId, PaymentId, PaymentRefundId, TenantId};
use tuiliu_domain::limits::PAYMENT_REFUNDS_MAX;
use tuiliu_domain::money::Asset;
use tuiliu_domain::time::Timestamp;
use tuiliu_domain::wallet::{Refund, RefundDecision, RefundPart, RefundState};

use super::PartyPage;
use crate::error::StoreError;
use crate::row::Row;
use crate::statement::statements;
use crate::tx::Tx;

/// A refund, and when its provider is to be asked next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundRow {
    pub refund: Refund,
    pub due_at: Option<Timestamp>,
    /// `None` when its owner asked for it.
    pub decision: Option<RefundDecision>,
}

macro_rules! columns {
    () => {
        "id, tenant_id, party_id, payment_id, lot_id, asset, amount, price_fen, state, changed_at, due_at, created_at,
        version, reason, decided_by"
    };
}

statements! {
    INSERT: concat!("insert into payment_refund (", columns!(), ")
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1, $13, $14)");
    FIND: concat!("select ", columns!(), " from payment_refund where tenant_id = $1 and id = $2 /*lock*/");
    FIND_ANYWHERE: concat!("select ", columns!(), " from payment_refund where id = $1 /*lock*/");
    OF_PARTY: concat!("select ", columns!(), " from payment_refund
        where tenant_id = $1 and party_id = $2 and id < $3 order by id desc limit $4");
    OF_PAYMENT: concat!("select ", columns!(), " from payment_refund
        where payment_id = $1 and tenant_id = $2 and created_at >= $3 order by id limit $4");
    DUE: concat!("select ", columns!(), " from payment_refund where due_at <= $1 order by due_at, id limit $2");
    UPDATE: "update payment_refund set state = $3, changed_at = $4, due_at = $5, version = version + 1
        where id = $1 and version = $2";
}

impl Tx<'_> {
    /// Keeps a refund that was just asked for, by its owner or by a decision; its provider is asked at once.
    pub fn add_refund(&mut self, refund: &Refund, decision: Option<&RefundDecision>) -> Result<(), StoreError> {
        let Refund { id, tenant, party, asset, part, state, created_at, .. } = *refund;
        let RefundPart { payment, lot, amount, price } = part;
        let values = [
            id.into(),
            tenant.into(),
            party.into(),
            payment.into(),
            lot.into(),
            asset.code().into(),
            amount.into(),
            price.into(),
            state.name().into(),
            created_at.into(),
            created_at.into(),
            created_at.into(),
            decision.map(|decision| decision.reason.as_str()).into(),
            decision.map(|decision| decision.by).into(),
        ];
        self.execute_one(INSERT, &values)
    }

    /// The tenant's refund with this id.
    pub fn refund(&mut self, tenant: TenantId, id: PaymentRefundId) -> Result<Option<RefundRow>, StoreError> {
        self.query_one(FIND, &[tenant.into(), id.into()])?.as_ref().map(read).transpose()
    }

    /// The refund with this id, whosever it is: for jobs.
    pub fn refund_anywhere(&mut self, id: PaymentRefundId) -> Result<Option<RefundRow>, StoreError> {
        self.query_one(FIND_ANYWHERE, &[id.into()])?.as_ref().map(read).transpose()
    }

    /// A page of a party's refunds, newest first.
    pub fn refunds_of(&mut self, page: PartyPage<PaymentRefundId>) -> Result<Vec<RefundRow>, StoreError> {
        let PartyPage { tenant, party, before, limit } = page;
        let before = before.unwrap_or(PaymentRefundId::new(u128::MAX));
        let values = [tenant.into(), party.into(), before.into(), limit.into()];
        self.query(OF_PARTY, &values)?.iter().map(read).collect()
    }

    /// What was asked back of a payment since an instant, oldest first; a payment has a limited number of refunds.
    pub fn refunds_of_payment(
        &mut self,
        tenant: TenantId,
        payment: PaymentId,
        since: Timestamp,
    ) -> Result<Vec<RefundRow>, StoreError> {
        let values = [payment.into(), tenant.into(), since.into(), PAYMENT_REFUNDS_MAX.into()];
        self.query(OF_PAYMENT, &values)?.iter().map(read).collect()
    }

    /// Refunds whose provider is to be asked now, longest due first.
    pub fn due_refunds(&mut self, now: Timestamp, limit: u32) -> Result<Vec<RefundRow>, StoreError> {
        self.query(DUE, &[now.into(), limit.into()])?.iter().map(read).collect()
    }

    /// Writes a refund over the version that was read, and when its provider is to be asked next.
    pub fn save_refund(&mut self, refund: &Refund, due_at: Option<Timestamp>) -> Result<(), StoreError> {
        let changed_at = match refund.state {
            RefundState::Requested => refund.created_at,
            RefundState::Succeeded { at } | RefundState::Failed { at } => at,
        };
        let version = i64::try_from(refund.version).map_err(StoreError::database)?;
        let values = [refund.id.into(), version.into(), refund.state.name().into(), changed_at.into(), due_at.into()];
        self.execute_one(UPDATE, &values)
    }
}

fn read(row: &Row) -> Result<RefundRow, StoreError> {
    let at = row.get(9)?;
    let part = RefundPart { payment: row.get(3)?, lot: row.get(4)?, amount: row.get(6)?, price: row.get(7)? };
    let refund = Refund {
        id: row.get(0)?,
        tenant: row.get(1)?,
        party: row.get(2)?,
        asset: row.parse(5, |code: String| Asset::from_code(&code))?,
        part,
        state: row.parse(8, |name: String| match name.as_str() {
            "requested" => Some(RefundState::Requested),
            "succeeded" => Some(RefundState::Succeeded { at }),
            "failed" => Some(RefundState::Failed { at }),
            _ => None,
        })?,
        created_at: row.get(11)?,
        version: row.get(12)?,
    };
    let (reason, by): (Option<String>, Option<PartyId>) = (row.get(13)?, row.get(14)?);
    let decision = by.zip(reason).map(|(by, reason)| RefundDecision { by, reason });
    Ok(RefundRow { refund, due_at: row.get(10)?, decision })
}
