//! The payment port: whoever takes money for the platform (WL-08).
//!
//! A provider is asked outside of transactions and may be asked the same again: every call names our own id, and a
//! repeated call changes nothing. What it tells by itself comes as a signed notification.

use std::pin::Pin;

use thiserror::Error;
use tuiliu_domain::id::{PaymentId, PaymentRefundId, WithdrawalId};
use tuiliu_domain::money::Amount;
use tuiliu_domain::time::Timestamp;
use tuiliu_domain::wallet::{PaymentReport, PayoutAccount, PayoutReport};

use crate::wallet::SandboxProvider;

/// An answer that takes time.
pub type Calling<'a, T> = Pin<Box<dyn Future<Output = Result<T, ProviderError>> + Send + 'a>>;

/// What is to be paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentOrder {
    /// Our number; the provider takes it once.
    pub payment: PaymentId,
    /// In fen.
    pub price: Amount,
    /// When the offer ends; money that comes later is still told.
    pub expires_at: Timestamp,
    pub now: Timestamp,
}

/// Money that is to go back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefundOrder {
    /// Our number; the provider takes it once.
    pub refund: PaymentRefundId,
    pub payment: PaymentId,
    /// In fen.
    pub amount: Amount,
    pub now: Timestamp,
}

/// How far a refund is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundProgress {
    /// Accepted is not done: ask again.
    Accepted,
    Succeeded,
    /// The provider will not do it.
    Failed,
}

/// Money that is to go to an account on file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutOrder {
    /// Our number; the provider pays it once.
    pub withdrawal: WithdrawalId,
    pub account: PayoutAccount,
    /// In fen.
    pub amount: Amount,
    pub now: Timestamp,
}

/// How far a payout is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PayoutProgress {
    /// Accepted is not done: ask again.
    Accepted,
    Ended(PayoutReport),
}

/// A notification as it came in.
#[derive(Debug, Clone, Copy)]
pub struct SignedNotice<'a> {
    /// Seconds since the epoch, as signed.
    pub timestamp: &'a str,
    pub nonce: &'a str,
    pub signature: &'a str,
    pub body: &'a [u8],
}

/// What a notification says, once it is known to be the provider's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentNews {
    /// The provider's number of the notification.
    pub notice: String,
    pub about: NewsAbout,
}

/// What a notification is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewsAbout {
    Payment { payment: PaymentId, report: PaymentReport },
    Payout { withdrawal: WithdrawalId, report: PayoutReport },
}

/// Why a provider did not answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ProviderError {
    /// It could not be reached, or failed: ask again later.
    #[error("reach the payment provider: {reason}")]
    Unreachable { reason: String },
    /// It does not know what it is asked about, or refuses.
    #[error("have the payment provider do it: {reason}")]
    Refused { reason: String },
}

/// Why a notification is not believed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NoticeError {
    #[error("verify the signature of a notification")]
    BadSignature,
    #[error("take a notification that was signed more than `{seconds_max}` seconds from now")]
    Stale { seconds_max: i64 },
    #[error("read a notification: {reason}")]
    Malformed { reason: String },
}

/// Takes money for us and gives it back.
pub trait PaymentProvider: Send + Sync {
    /// The name in rows and in the address of notifications; never changed.
    fn name(&self) -> &'static str;

    /// Opens a payment; answers what the payer opens or scans. The same payment again gives the same link.
    fn open(&self, order: PaymentOrder) -> Calling<'_, String>;

    /// What became of a payment; `None` while the payer may still pay.
    fn query(&self, payment: PaymentId) -> Calling<'_, Option<PaymentReport>>;

    /// Gives money back; the same refund again tells how far it is.
    fn refund(&self, order: RefundOrder) -> Calling<'_, RefundProgress>;

    /// Pays out to an account on file; the same withdrawal again pays nothing and tells how far it is.
    fn pay_out(&self, order: PayoutOrder) -> Calling<'_, PayoutProgress>;

    /// Verifies a notification: its signature, and that it was signed just now.
    fn read_notice(&self, notice: SignedNotice<'_>, now: Timestamp) -> Result<PaymentNews, NoticeError>;

    /// The sandbox, when that is what it is.
    fn sandbox(&self) -> Option<&SandboxProvider> {
        None
    }
}
