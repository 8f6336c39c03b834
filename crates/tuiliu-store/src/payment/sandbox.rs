//! The sandbox provider's books: what an outside provider would remember, so that it survives a restart.

use tuiliu_domain::id::{PaymentId, PaymentRefundId, WithdrawalId};
use tuiliu_domain::money::Amount;
use tuiliu_domain::time::Timestamp;

use crate::error::StoreError;
use crate::row::Row;
use crate::statement::statements;
use crate::tx::Tx;

/// One payment as the sandbox knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SandboxTrade {
    pub payment: PaymentId,
    /// What it was asked to take, in fen.
    pub price: Amount,
    pub state: SandboxState,
    /// Whether it will refuse to give the money back.
    pub keeps_money: bool,
    pub changed_at: Timestamp,
}

/// What the payer did in the sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SandboxState {
    Open,
    Paid {
        transaction: String,
        /// What was really paid; tests pay the wrong amount on purpose.
        amount: i64,
        currency: String,
    },
    Failed,
}

/// One refund as the sandbox knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SandboxRefund {
    pub refund: PaymentRefundId,
    pub payment: PaymentId,
    /// In fen.
    pub amount: Amount,
    pub succeeded: bool,
    pub at: Timestamp,
}

/// One payout as the sandbox knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SandboxPayout {
    pub withdrawal: WithdrawalId,
    /// In fen.
    pub amount: Amount,
    pub state: SandboxPayoutState,
    pub accepted_at: Timestamp,
}

/// How far a payout is in the sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SandboxPayoutState {
    Accepted,
    Paid { transaction: String },
    Failed { reason: String },
}

statements! {
    ADD_PAYOUT: "insert into sandbox_payout (withdrawal_id, amount_fen, state, transaction_id, reason, accepted_at)
        values ($1, $2, $3, $4, $5, $6)";
    FIND_PAYOUT: "select withdrawal_id, amount_fen, state, transaction_id, reason, accepted_at from sandbox_payout
        where withdrawal_id = $1";
    SAVE_PAYOUT: "update sandbox_payout set state = $2, transaction_id = $3, reason = $4 where withdrawal_id = $1";
    OPEN: "insert into sandbox_trade (payment_id, price_fen, state, keeps_money, changed_at)
        values ($1, $2, 'open', 0, $3) on conflict (payment_id) do nothing";
    FIND: "select payment_id, price_fen, state, transaction_id, paid_amount, paid_currency, keeps_money, changed_at
        from sandbox_trade where payment_id = $1";
    SAVE: "update sandbox_trade set state = $2, transaction_id = $3, paid_amount = $4, paid_currency = $5,
        keeps_money = $6, changed_at = $7 where payment_id = $1";
    ADD_REFUND: "insert into sandbox_refund (refund_id, payment_id, amount_fen, succeeded, at)
        values ($1, $2, $3, $4, $5)";
    FIND_REFUND: "select refund_id, payment_id, amount_fen, succeeded, at from sandbox_refund where refund_id = $1";
    REFUNDED: "select cast(coalesce(sum(amount_fen), 0) as bigint) from sandbox_refund
        where payment_id = $1 and succeeded = 1";
}

impl Tx<'_> {
    /// Opens a trade; again changes nothing.
    pub fn open_sandbox_trade(&mut self, payment: PaymentId, price: Amount, at: Timestamp) -> Result<(), StoreError> {
        self.execute(OPEN, &[payment.into(), price.into(), at.into()])?;
        Ok(())
    }

    /// What the sandbox knows of a payment.
    pub fn sandbox_trade(&mut self, payment: PaymentId) -> Result<Option<SandboxTrade>, StoreError> {
        self.query_one(FIND, &[payment.into()])?.as_ref().map(read).transpose()
    }

    /// Writes what the payer did.
    pub fn save_sandbox_trade(&mut self, trade: &SandboxTrade) -> Result<(), StoreError> {
        let SandboxTrade { payment, state, keeps_money, changed_at, .. } = trade;
        let (name, transaction, amount, currency) = match state {
            SandboxState::Open => ("open", None, None, None),
            SandboxState::Paid { transaction, amount, currency } => {
                ("paid", Some(transaction), Some(*amount), Some(currency))
            }
            SandboxState::Failed => ("failed", None, None, None),
        };
        let values = [
            (*payment).into(),
            name.into(),
            transaction.into(),
            amount.into(),
            currency.into(),
            (*keeps_money).into(),
            (*changed_at).into(),
        ];
        self.execute_one(SAVE, &values)
    }

    /// Remembers what came of a refund.
    pub fn add_sandbox_refund(&mut self, refund: &SandboxRefund) -> Result<(), StoreError> {
        let SandboxRefund { refund, payment, amount, succeeded, at } = *refund;
        self.execute_one(ADD_REFUND, &[refund.into(), payment.into(), amount.into(), succeeded.into(), at.into()])
    }

    /// What the sandbox knows of a refund.
    pub fn sandbox_refund(&mut self, refund: PaymentRefundId) -> Result<Option<SandboxRefund>, StoreError> {
        let row = self.query_one(FIND_REFUND, &[refund.into()])?;
        row.map(|row| {
            let (refund, payment, amount) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok(SandboxRefund { refund, payment, amount, succeeded: row.get(3)?, at: row.get(4)? })
        })
        .transpose()
    }

    /// Remembers a payout that was accepted.
    pub fn add_sandbox_payout(&mut self, payout: &SandboxPayout) -> Result<(), StoreError> {
        let SandboxPayout { withdrawal, amount, state, accepted_at } = payout;
        let (name, transaction, reason) = state.cells();
        let values = [
            (*withdrawal).into(),
            (*amount).into(),
            name.into(),
            transaction.into(),
            reason.into(),
            (*accepted_at).into(),
        ];
        self.execute_one(ADD_PAYOUT, &values)
    }

    /// What the sandbox knows of a payout.
    pub fn sandbox_payout(&mut self, withdrawal: WithdrawalId) -> Result<Option<SandboxPayout>, StoreError> {
        self.query_one(FIND_PAYOUT, &[withdrawal.into()])?.as_ref().map(read_payout).transpose()
    }

    /// Writes how far a payout is.
    pub fn save_sandbox_payout(&mut self, payout: &SandboxPayout) -> Result<(), StoreError> {
        let (name, transaction, reason) = payout.state.cells();
        let values = [payout.withdrawal.into(), name.into(), transaction.into(), reason.into()];
        self.execute_one(SAVE_PAYOUT, &values)
    }

    /// What the sandbox has given back of a payment, in fen.
    pub fn sandbox_refunded(&mut self, payment: PaymentId) -> Result<Amount, StoreError> {
        self.query_one(REFUNDED, &[payment.into()])?.map_or(Ok(Amount::ZERO), |row| row.get(0))
    }
}

impl SandboxPayoutState {
    fn cells(&self) -> (&'static str, Option<&String>, Option<&String>) {
        match self {
            Self::Accepted => ("accepted", None, None),
            Self::Paid { transaction } => ("paid", Some(transaction), None),
            Self::Failed { reason } => ("failed", None, Some(reason)),
        }
    }
}

fn read_payout(row: &Row) -> Result<SandboxPayout, StoreError> {
    let name: String = row.get(2)?;
    let state = match name.as_str() {
        "accepted" => SandboxPayoutState::Accepted,
        "paid" => SandboxPayoutState::Paid { transaction: row.get(3)? },
        "failed" => SandboxPayoutState::Failed { reason: row.get(4)? },
        _ => row.parse(2, |_: String| None)?,
    };
    Ok(SandboxPayout { withdrawal: row.get(0)?, amount: row.get(1)?, state, accepted_at: row.get(5)? })
}

fn read(row: &Row) -> Result<SandboxTrade, StoreError> {
    let name: String = row.get(2)?;
    let state = match name.as_str() {
        "open" => SandboxState::Open,
        "failed" => SandboxState::Failed,
        "paid" => SandboxState::Paid { transaction: row.get(3)?, amount: row.get(4)?, currency: row.get(5)? },
        _ => row.parse(2, |_: String| None)?,
    };
    Ok(SandboxTrade {
        payment: row.get(0)?,
        price: row.get(1)?,
        state,
        keeps_money: row.get(6)?,
        changed_at: row.get(7)?,
    })
}
