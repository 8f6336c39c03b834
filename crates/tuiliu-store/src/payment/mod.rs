//! Payments through outside providers, their refunds, and what providers told us (WL-08).

mod bank;
mod gift;
mod invoice;
mod order;
mod payout_account;
mod refund;
mod sandbox;
mod subject;
mod withdrawal;

pub use bank::{BankLinePage, BankTransferPage};
pub use gift::GiftRow;
pub use refund::RefundRow;
pub use sandbox::{SandboxPayout, SandboxPayoutState, SandboxRefund, SandboxState, SandboxTrade};
pub use withdrawal::{WithdrawalPage, WithdrawalStep};

use tuiliu_domain::id::{PartyId, PaymentId, TenantId};
use tuiliu_domain::money::Asset;
use tuiliu_domain::policy::SaleChannel;
use tuiliu_domain::time::Timestamp;
use tuiliu_domain::wallet::{Payment, PaymentState, Refunded, SuspenseReason};

use crate::error::StoreError;
use crate::row::Row;
#[cfg(test)]
use crate::statement::Statement;
use crate::statement::statements;
use crate::tx::Tx;

/// The statements of every module of this column.
#[cfg(test)]
pub(crate) const ALL_STATEMENTS: &[&[Statement]] = &[
    STATEMENTS,
    bank::STATEMENTS,
    gift::STATEMENTS,
    invoice::STATEMENTS,
    order::STATEMENTS,
    payout_account::STATEMENTS,
    refund::STATEMENTS,
    sandbox::STATEMENTS,
    subject::STATEMENTS,
    withdrawal::STATEMENTS,
];

/// A payment with what belongs to its provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentRow {
    pub payment: Payment,
    /// Through which provider.
    pub provider: String,
    /// What the payer opens or scans; `None` until the provider was asked.
    pub pay_link: Option<String>,
}

/// Where a page of a party's payments or refunds, newest first, goes on.
#[derive(Debug, Clone, Copy)]
pub struct PartyPage<I> {
    pub tenant: TenantId,
    pub party: PartyId,
    /// The last one of the page before; `None` starts at the newest.
    pub before: Option<I>,
    pub limit: u32,
}

/// What a provider told, remembered so that the same is not taken in twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentNotice {
    pub provider: String,
    /// The provider's number of the notification.
    pub notice: String,
    pub payment: PaymentId,
    /// What came of it, for people who look.
    pub outcome: &'static str,
    pub at: Timestamp,
}

/// Money that came and was not asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuspendedMoney {
    pub provider: String,
    /// The provider's number of the money.
    pub transaction: String,
    pub tenant: TenantId,
    pub payment: PaymentId,
    /// In the smallest unit of the currency, as the provider said.
    pub amount: i64,
    pub currency: String,
    pub reason: SuspenseReason,
    pub at: Timestamp,
}

macro_rules! payment_columns {
    () => {
        "payment.id, payment.tenant_id, payment.party_id, channel, provider, price_fen, asset, amount, state, due_at,
        changed_at, lot_id, transaction_id, pay_link, refunded_fen, refunded_amount, refund_times, created_at, version"
    };
}
use payment_columns;

statements! {
    INSERT: "insert into payment (id, tenant_id, party_id, channel, provider, price_fen, asset, amount, state, due_at,
        changed_at, refunded_fen, refunded_amount, refund_times, created_at, version)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, 0, 0, $12, 1)";
    FIND: concat!("select ", payment_columns!(), " from payment where tenant_id = $1 and id = $2 /*lock*/");
    FIND_ANYWHERE: concat!("select ", payment_columns!(), " from payment where id = $1 /*lock*/");
    OF_PARTY: concat!("select ", payment_columns!(), " from payment
        where tenant_id = $1 and party_id = $2 and id < $3 order by id desc limit $4");
    DUE: concat!("select ", payment_columns!(), " from payment where due_at <= $1 order by due_at, id limit $2");
    UPDATE: "update payment set state = $3, due_at = $4, changed_at = $5, lot_id = $6, transaction_id = $7,
        refunded_fen = $8, refunded_amount = $9, refund_times = $10, version = version + 1
        where id = $1 and version = $2";
    LINK: "update payment set pay_link = $2 where id = $1 and pay_link is null";
    FIND_NOTICE: "select outcome from payment_notice where provider = $1 and notice_id = $2";
    INSERT_NOTICE: "insert into payment_notice (provider, notice_id, payment_id, outcome, at)
        values ($1, $2, $3, $4, $5)";
    FIND_SUSPENDED: "select at from suspended_money where provider = $1 and transaction_id = $2";
    INSERT_SUSPENDED: "insert into suspended_money
        (provider, transaction_id, tenant_id, payment_id, amount, currency, reason, at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)";
    SUSPENDED: "select provider, transaction_id, tenant_id, payment_id, amount, currency, reason, at
        from suspended_money where tenant_id = $1 and (at, payment_id) > ($2, $3) order by at, payment_id limit $4";
}

impl Tx<'_> {
    /// Keeps a payment that was just begun.
    pub fn add_payment(&mut self, payment: &Payment, provider: &str) -> Result<(), StoreError> {
        let Payment { id, tenant, party, channel, price, asset, amount, state, created_at, .. } = payment;
        let values = [
            (*id).into(),
            (*tenant).into(),
            (*party).into(),
            channel.code().into(),
            provider.into(),
            (*price).into(),
            asset.code().into(),
            (*amount).into(),
            state.name().into(),
            payment.due_at().into(),
            (*created_at).into(),
            (*created_at).into(),
        ];
        self.execute_one(INSERT, &values)
    }

    /// The tenant's payment with this id.
    pub fn payment(&mut self, tenant: TenantId, id: PaymentId) -> Result<Option<PaymentRow>, StoreError> {
        self.query_one(FIND, &[tenant.into(), id.into()])?.as_ref().map(read).transpose()
    }

    /// The payment with this id, whosever it is: a provider names no tenant.
    pub fn payment_anywhere(&mut self, id: PaymentId) -> Result<Option<PaymentRow>, StoreError> {
        self.query_one(FIND_ANYWHERE, &[id.into()])?.as_ref().map(read).transpose()
    }

    /// A page of a party's payments, newest first.
    pub fn payments_of(&mut self, page: PartyPage<PaymentId>) -> Result<Vec<PaymentRow>, StoreError> {
        let PartyPage { tenant, party, before, limit } = page;
        let before = before.unwrap_or(PaymentId::new(u128::MAX));
        let values = [tenant.into(), party.into(), before.into(), limit.into()];
        self.query(OF_PARTY, &values)?.iter().map(read).collect()
    }

    /// Pending payments whose time is over, longest over first.
    pub fn due_payments(&mut self, now: Timestamp, limit: u32) -> Result<Vec<PaymentRow>, StoreError> {
        self.query(DUE, &[now.into(), limit.into()])?.iter().map(read).collect()
    }

    /// Writes a payment over the version that was read.
    pub fn save_payment(&mut self, payment: &Payment, now: Timestamp) -> Result<(), StoreError> {
        let Payment { id, state, refunded, version, .. } = payment;
        let (changed_at, lot, transaction) = match state {
            PaymentState::Pending { .. } => (now, None, None),
            PaymentState::Paid { at, lot, transaction } => (*at, Some(*lot), Some(transaction)),
            PaymentState::Failed { at } | PaymentState::Expired { at } => (*at, None, None),
            PaymentState::Suspended { at, transaction } => (*at, None, Some(transaction)),
        };
        let values = [
            (*id).into(),
            i64::try_from(*version).map_err(StoreError::database)?.into(),
            state.name().into(),
            payment.due_at().into(),
            changed_at.into(),
            lot.into(),
            transaction.into(),
            refunded.price.into(),
            refunded.amount.into(),
            refunded.times.into(),
        ];
        self.execute_one(UPDATE, &values)
    }

    /// Keeps what the payer opens or scans, if nothing is kept yet.
    pub fn set_pay_link(&mut self, id: PaymentId, link: &str) -> Result<(), StoreError> {
        self.execute(LINK, &[id.into(), link.into()])?;
        Ok(())
    }

    /// Whether this notification was taken in before.
    pub fn has_payment_notice(&mut self, provider: &str, notice: &str) -> Result<bool, StoreError> {
        Ok(self.query_one(FIND_NOTICE, &[provider.into(), notice.into()])?.is_some())
    }

    /// Remembers a notification.
    pub fn add_payment_notice(&mut self, told: &PaymentNotice) -> Result<(), StoreError> {
        let PaymentNotice { provider, notice, payment, outcome, at } = told;
        let outcome: &str = outcome;
        self.execute_one(
            INSERT_NOTICE,
            &[provider.into(), notice.into(), (*payment).into(), outcome.into(), (*at).into()],
        )
    }

    /// Whether this money was put aside before.
    pub fn is_suspended(&mut self, provider: &str, transaction: &str) -> Result<bool, StoreError> {
        Ok(self.query_one(FIND_SUSPENDED, &[provider.into(), transaction.into()])?.is_some())
    }

    /// Remembers money that was put aside.
    pub fn add_suspended_money(&mut self, money: &SuspendedMoney) -> Result<(), StoreError> {
        let SuspendedMoney { provider, transaction, tenant, payment, amount, currency, reason, at } = money;
        let values = [
            provider.into(),
            transaction.into(),
            (*tenant).into(),
            (*payment).into(),
            (*amount).into(),
            currency.into(),
            reason.code().into(),
            (*at).into(),
        ];
        self.execute_one(INSERT_SUSPENDED, &values)
    }

    /// Money that was put aside after this moment, oldest first.
    pub fn suspended_money(
        &mut self,
        tenant: TenantId,
        after: Option<(Timestamp, PaymentId)>,
        limit: u32,
    ) -> Result<Vec<SuspendedMoney>, StoreError> {
        let (at, payment) = after.unwrap_or((Timestamp::from_ms(i64::MIN), PaymentId::new(0)));
        let values = [tenant.into(), at.into(), payment.into(), limit.into()];
        self.query(SUSPENDED, &values)?.iter().map(read_suspended).collect()
    }
}

fn read(row: &Row) -> Result<PaymentRow, StoreError> {
    let changed_at = row.get(10)?;
    let name: String = row.get(8)?;
    let state = match name.as_str() {
        "pending" => PaymentState::Pending { expires_at: row.get(9)? },
        "paid" => PaymentState::Paid { at: changed_at, lot: row.get(11)?, transaction: row.get(12)? },
        "failed" => PaymentState::Failed { at: changed_at },
        "expired" => PaymentState::Expired { at: changed_at },
        "suspended" => PaymentState::Suspended { at: changed_at, transaction: row.get(12)? },
        _ => row.parse(8, |_: String| None)?,
    };
    let payment = Payment {
        id: row.get(0)?,
        tenant: row.get(1)?,
        party: row.get(2)?,
        channel: row.parse(3, |code: String| SaleChannel::from_code(&code))?,
        price: row.get(5)?,
        asset: row.parse(6, |code: String| Asset::from_code(&code))?,
        amount: row.get(7)?,
        state,
        refunded: Refunded { price: row.get(14)?, amount: row.get(15)?, times: row.get(16)? },
        created_at: row.get(17)?,
        version: row.get(18)?,
    };
    Ok(PaymentRow { payment, provider: row.get(4)?, pay_link: row.get(13)? })
}

fn read_suspended(row: &Row) -> Result<SuspendedMoney, StoreError> {
    Ok(SuspendedMoney {
        provider: row.get(0)?,
        transaction: row.get(1)?,
        tenant: row.get(2)?,
        payment: row.get(3)?,
        amount: row.get(4)?,
        currency: row.get(5)?,
        reason: row.parse(6, |code: String| SuspenseReason::from_code(&code))?,
        at: row.get(7)?,
    })
}

#[cfg(test)]
mod tests;
