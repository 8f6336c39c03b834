//! Wallets: top-ups, gifts, refunds to the source, freezing (WL-05, WL-08, WL-10, TP-25).

mod bank;
mod gift;
mod invoice;
mod payment;
mod payout_account;
mod refund;
mod subject;
mod withdrawal;

pub use bank::{
    AnnounceTransferError, BANK_PROVIDER, BankLine, BankLineDraft, BankLineState, BankTransfer, BankTransferDraft,
    EnterLineError, SettleLineError,
};
pub use gift::{ExpireGiftError, Gift, GiveBeansError, expire_gift};
pub use invoice::{InvoiceFigures, PaidUse, invoice_figures};
pub use payment::{
    Payment, PaymentReport, PaymentState, Receipt, ReceivedMoney, Refunded, StartTopUpError, SuspenseReason, TopUpDraft,
};
pub use payout_account::{AccountNumber, PayoutAccount, PayoutAccountDraft, PayoutAccountError};
pub use refund::{
    DecideRefundError, PlanRefundError, Refund, RefundDecision, RefundPart, RefundRequest, RefundState, TopUpLot,
    plan_refund,
};
pub use subject::{
    Company, CompanyQualification, InvoiceAccount, InvoiceKind, InvoiceMismatch, InvoiceSubjectAsk,
    InvoiceSubjectError, NoInvoice, QualificationDraft, QualificationState, QualifyError, TaxNumber,
};
pub use withdrawal::{
    Approval, DecideWithdrawalError, PayoutReceipt, PayoutReport, RequestWithdrawalError, Withdrawal, WithdrawalDraft,
    WithdrawalFunds, WithdrawalState, escrow_of,
};

use crate::event::{Event, Outcome};
use crate::id::{PartyId, TenantId};
use crate::ledger::{AccountId, AccountKind, LedgerCommand};
use crate::money::{Amount, Asset};

/// The account of beans or money that payments back.
#[must_use]
pub const fn paid_account(party: PartyId, asset: Asset) -> AccountId {
    AccountId { kind: AccountKind::WalletPaid, asset, owner: party.value() }
}

/// The account of beans that were given.
#[must_use]
pub const fn gift_account(party: PartyId) -> AccountId {
    AccountId { kind: AccountKind::WalletGift, asset: Asset::Bean, owner: party.value() }
}

/// The account of money that was given for promotion; it pays orders and cannot be withdrawn.
#[must_use]
pub const fn granted_account(party: PartyId) -> AccountId {
    AccountId { kind: AccountKind::WalletGift, asset: Asset::Cny, owner: party.value() }
}

/// The account of a party's coupons.
#[must_use]
pub const fn coupon_account(party: PartyId) -> AccountId {
    AccountId { kind: AccountKind::Coupon, asset: Asset::Point, owner: party.value() }
}

/// Says that a payment left less than is called low, the one time that the line is crossed.
#[must_use]
pub fn low_after(party: PartyId, asset: Asset, (before, paid): (Amount, Amount), limit: Amount) -> Option<Event> {
    let left = before.minus(paid).unwrap_or(Amount::ZERO);
    (before >= limit && left < limit).then_some(Event::WalletLow { party, asset, left })
}

/// Everything that a party can pay from; frozen together (WL-10).
#[must_use]
pub const fn accounts(party: PartyId) -> [AccountId; 5] {
    [
        paid_account(party, Asset::Bean),
        gift_account(party),
        coupon_account(party),
        paid_account(party, Asset::Cny),
        granted_account(party),
    ]
}

/// Stops payments out of a wallet, or allows them again; what comes in still comes in (WL-10).
pub fn set_frozen(party: PartyId, frozen: bool) -> Outcome<()> {
    let postings = accounts(party).map(|account| LedgerCommand::SetFrozen { account, frozen }).to_vec();
    let event = if frozen { Event::WalletFrozen { party } } else { Event::WalletUnfrozen { party } };
    Outcome { state: (), postings, events: vec![event] }
}

const fn of_tenant(tenant: TenantId, kind: AccountKind, asset: Asset) -> AccountId {
    AccountId { kind, asset, owner: tenant.value() }
}

#[cfg(test)]
mod tests;
