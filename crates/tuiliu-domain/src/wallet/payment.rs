//! Payments: money that comes in through a provider and becomes value in a wallet (WL-08, TP-25).
//!
//! ```text
//! pending ─→ paid        the money came
//!    ├────→ failed ─→ paid     it failed, and then came all the same
//!    ├────→ expired ─→ paid    it came late: it is still the payer's
//!    └────→ suspended ─→ paid  something came that was not asked for
//! ```

use thiserror::Error;

use super::{of_tenant, paid_account};
use crate::event::{Event, Outcome};
use crate::id::{LotId, PartyId, PaymentId, TenantId};
use crate::ledger::{AccountKind, LedgerCommand, LotOrigin, LotReturn, NewLot};
use crate::limits::TOP_UP_FEN_MAX;
use crate::money::{Amount, Asset};
use crate::policy::{SaleChannel, SalePolicy};
use crate::time::Timestamp;

/// One payment through an outside provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    pub id: PaymentId,
    pub tenant: TenantId,
    /// Whose wallet is topped up.
    pub party: PartyId,
    pub channel: SaleChannel,
    /// What it costs, in fen.
    pub price: Amount,
    /// What it buys: beans, or money that stays money.
    pub asset: Asset,
    /// How much of it, at the rate of its day.
    pub amount: Amount,
    pub state: PaymentState,
    pub refunded: Refunded,
    pub created_at: Timestamp,
    /// Version of the row that was read; the store writes the next one.
    pub version: u64,
}

/// Where a payment is in its life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PaymentState {
    /// Waits for the money.
    Pending { expires_at: Timestamp },
    /// The money came and is in the wallet.
    Paid { at: Timestamp, lot: LotId, transaction: String },
    /// The provider said that it failed.
    Failed { at: Timestamp },
    /// Nothing came in time.
    Expired { at: Timestamp },
    /// Money came that is not what was asked for.
    Suspended { at: Timestamp, transaction: String },
}

/// What went back of a payment, or is on its way back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Refunded {
    /// In fen; never more than the price.
    pub price: Amount,
    /// In the unit of what was bought; never more than the amount.
    pub amount: Amount,
    /// How many times, also those that failed.
    pub times: u32,
}

/// What somebody wants to buy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TopUpDraft {
    pub id: PaymentId,
    pub tenant: TenantId,
    pub party: PartyId,
    pub channel: SaleChannel,
    /// In fen.
    pub price: Amount,
    pub asset: Asset,
    /// The offer ends after so long.
    pub timeout_ms: i64,
}

/// Why a top-up is not begun.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StartTopUpError {
    #[error("top up for `{fen}` fen: it must be from 1 to `{max}`")]
    BadPrice { fen: i64, max: i64 },
    #[error("top up in `{asset}`: only beans and money are sold")]
    NotSold { asset: Asset },
}

/// Money that a provider says it has taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedMoney {
    /// The provider's number of the transaction; one payment may be paid twice by mistake.
    pub transaction: String,
    pub amount: i64,
    pub currency: String,
}

/// What a provider says of a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PaymentReport {
    Paid(ReceivedMoney),
    Failed,
}

/// What came of a provider's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Receipt {
    /// The wallet is topped up.
    Credited,
    /// Nothing new; nothing changed.
    AlreadyKnown,
    /// The payment or the payout failed.
    Failed,
    /// The money is where it was to be paid out to.
    PaidOut,
    /// The contrary of what was said before; somebody must look.
    Contradicts,
    /// Money came that belongs to nobody yet; somebody must look.
    Suspended(SuspenseReason),
}

/// Why money was put aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SuspenseReason {
    WrongAmount,
    WrongCurrency,
    /// Paid a second time.
    PaidTwice,
    /// Another company paid than was announced.
    WrongPayer,
    /// Nobody announced it.
    NotAnnounced,
}

impl Payment {
    /// Begins a top-up: what it will bring is fixed now, at the rate of the channel (TP-25).
    pub fn start(draft: TopUpDraft, sale: &SalePolicy, now: Timestamp) -> Result<Self, StartTopUpError> {
        let TopUpDraft { id, tenant, party, channel, price, asset, timeout_ms } = draft;
        let bad_price = StartTopUpError::BadPrice { fen: price.units(), max: TOP_UP_FEN_MAX };
        if !(1..=TOP_UP_FEN_MAX).contains(&price.units()) {
            return Err(bad_price);
        }
        let amount = match asset {
            Asset::Bean => sale.beans_for(channel, price).map_err(|_| bad_price)?,
            Asset::Cny => price,
            Asset::Point => return Err(StartTopUpError::NotSold { asset }),
        };
        let state = PaymentState::Pending { expires_at: now.plus_ms(timeout_ms) };
        let refunded = Refunded::default();
        Ok(Self { id, tenant, party, channel, price, asset, amount, state, refunded, created_at: now, version: 0 })
    }

    /// Takes in what the provider says. The same word twice changes nothing; late money is still the payer's;
    /// money that is not what was asked for is put aside and told (WL-08).
    pub fn receive(self, report: PaymentReport, now: Timestamp) -> Outcome<(Self, Receipt)> {
        match report {
            PaymentReport::Failed => self.fail(now),
            PaymentReport::Paid(money) => self.take(money, now),
        }
    }

    /// Gives up waiting when the time is over; anything else is left as it is.
    pub fn expire(self, now: Timestamp) -> Outcome<Self> {
        match self.state {
            PaymentState::Pending { expires_at } if expires_at <= now => {
                let event = Event::PaymentExpired { party: self.party, payment: self.id };
                let state = Self { state: PaymentState::Expired { at: now }, ..self };
                Outcome { state, postings: Vec::new(), events: vec![event] }
            }
            _ => Outcome { state: self, postings: Vec::new(), events: Vec::new() },
        }
    }

    /// When waiting ends.
    #[must_use]
    pub const fn due_at(&self) -> Option<Timestamp> {
        match self.state {
            PaymentState::Pending { expires_at } => Some(expires_at),
            _ => None,
        }
    }

    fn fail(self, now: Timestamp) -> Outcome<(Self, Receipt)> {
        let PaymentState::Pending { .. } = self.state else { return known(self) };
        let event = Event::PaymentFailed { party: self.party, payment: self.id };
        let state = Self { state: PaymentState::Failed { at: now }, ..self };
        Outcome { state: (state, Receipt::Failed), postings: Vec::new(), events: vec![event] }
    }

    fn take(self, money: ReceivedMoney, now: Timestamp) -> Outcome<(Self, Receipt)> {
        match &self.state {
            PaymentState::Paid { transaction, .. } | PaymentState::Suspended { transaction, .. }
                if *transaction == money.transaction =>
            {
                return known(self);
            }
            PaymentState::Paid { .. } => return self.suspend(&money, SuspenseReason::PaidTwice, now),
            _ => {}
        }
        if money.currency != Asset::Cny.code() {
            return self.suspend(&money, SuspenseReason::WrongCurrency, now);
        }
        if money.amount != self.price.units() {
            return self.suspend(&money, SuspenseReason::WrongAmount, now);
        }
        self.credit_from(AccountKind::PaymentClearing, money.transaction, now)
    }

    /// Credits what was asked for, out of the account where its money lies.
    pub(super) fn credit_from(
        self,
        kind: AccountKind,
        transaction: String,
        now: Timestamp,
    ) -> Outcome<(Self, Receipt)> {
        let Self { id, tenant, party, price, asset, amount, .. } = self;
        let lot = id.child(0);
        let money = of_tenant(tenant, kind, Asset::Cny);
        let new = NewLot {
            id: lot,
            account: paid_account(party, asset),
            origin: LotOrigin::Payment(id),
            amount,
            valid_from: now,
            valid_to: None,
            on_return: LotReturn::SameLot,
        };
        let postings = if asset == Asset::Cny {
            vec![LedgerCommand::OpenLot { from: money, lot: new }]
        } else {
            let sold = of_tenant(tenant, AccountKind::Liquidity, Asset::Cny);
            let from = of_tenant(tenant, AccountKind::Liquidity, asset);
            vec![
                LedgerCommand::Post { debit: money, credit: sold, amount: price },
                LedgerCommand::OpenLot { from, lot: new },
            ]
        };
        let event = Event::WalletToppedUp { party, payment: id, asset, amount, paid: price };
        let state = Self { state: PaymentState::Paid { at: now, lot, transaction }, ..self };
        Outcome { state: (state, Receipt::Credited), postings, events: vec![event] }
    }

    /// Puts money aside. What is not yuan cannot be booked; it is told all the same.
    fn suspend(self, money: &ReceivedMoney, reason: SuspenseReason, now: Timestamp) -> Outcome<(Self, Receipt)> {
        let Self { id, tenant, party, price, .. } = self;
        let received = Amount::new(money.amount);
        let bookable = money.currency == Asset::Cny.code() && received > Amount::ZERO;
        let postings = if bookable {
            let debit = of_tenant(tenant, AccountKind::PaymentClearing, Asset::Cny);
            let credit = of_tenant(tenant, AccountKind::Suspense, Asset::Cny);
            vec![LedgerCommand::Post { debit, credit, amount: received }]
        } else {
            Vec::new()
        };
        let currency = money.currency.clone();
        let event = Event::PaymentSuspended { party, payment: id, expected: price, received, currency };
        let state = match self.state {
            // What was paid stays paid; only the second money waits.
            PaymentState::Paid { .. } => self,
            _ => Self { state: PaymentState::Suspended { at: now, transaction: money.transaction.clone() }, ..self },
        };
        Outcome { state: (state, Receipt::Suspended(reason)), postings, events: vec![event] }
    }
}

fn known(payment: Payment) -> Outcome<(Payment, Receipt)> {
    Outcome { state: (payment, Receipt::AlreadyKnown), postings: Vec::new(), events: Vec::new() }
}

impl PaymentState {
    /// The name of the state in rows and in the API; never renamed.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Pending { .. } => "pending",
            Self::Paid { .. } => "paid",
            Self::Failed { .. } => "failed",
            Self::Expired { .. } => "expired",
            Self::Suspended { .. } => "suspended",
        }
    }
}

impl SuspenseReason {
    /// Every reason there is.
    pub const ALL: &[Self] =
        &[Self::WrongAmount, Self::WrongCurrency, Self::PaidTwice, Self::WrongPayer, Self::NotAnnounced];

    /// The code used in rows and in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::WrongAmount => "wrong_amount",
            Self::WrongCurrency => "wrong_currency",
            Self::PaidTwice => "paid_twice",
            Self::WrongPayer => "wrong_payer",
            Self::NotAnnounced => "not_announced",
        }
    }

    /// The reason with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.code() == code)
    }
}
