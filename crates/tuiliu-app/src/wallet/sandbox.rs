//! The sandbox: a payment provider that behaves like the real ones and moves nothing.
//!
//! It keeps books of its own, so that it knows after a restart what was paid. Its notifications are signed with a
//! keyed BLAKE3 hash of time, nonce and body; the payer's part is played by whoever calls [`App::play_in_sandbox`].

mod payout;

pub use payout::{PlayPayout, SandboxPayoutNotice};

use std::error::Error;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio::sync::oneshot;
use tuiliu_domain::id::PaymentId;
use tuiliu_domain::money::Asset;
use tuiliu_domain::party::{Action, Actor};
use tuiliu_domain::time::Timestamp;
use tuiliu_domain::wallet::{PaymentReport, Receipt, ReceivedMoney};
use tuiliu_store::{SandboxRefund, SandboxState, SandboxTrade, Store, StoreError, Tx};

use super::owner_for;
use crate::app::App;
use crate::error::CommandError;
use crate::outside::{
    Calling, NewsAbout, NoticeError, PaymentNews, PaymentOrder, PaymentProvider, PayoutOrder, PayoutProgress,
    ProviderError, RefundOrder, RefundProgress, SignedNotice,
};

/// How far the time of a signature may be from ours.
const NOTICE_SECONDS_MAX: i64 = 300;
const PAID: &str = "payment.succeeded";
const FAILED: &str = "payment.failed";

/// The sandbox provider.
pub struct SandboxProvider {
    store: Store,
    /// Signs notifications.
    secret: [u8; 32],
}

/// What the payer does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Play {
    /// Pays; another amount or currency than was asked for on purpose, when given. Again is a second payment.
    Pay { amount: Option<i64>, currency: Option<String> },
    /// Fails to pay.
    Fail,
    /// Does nothing: the provider only tells again what it knows.
    Nothing,
    /// From now on the provider refuses to give this payment's money back.
    KeepMoney,
}

/// What is to happen in the sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SandboxNotice {
    pub payment: PaymentId,
    pub play: Play,
    /// How often the notification is sent now: 0 is lost, 2 a duplicate.
    pub notices: u32,
}

/// Why nothing happened in the sandbox.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PlayError {
    #[error("play with a payment or payout that the provider was never asked for")]
    NotOpened,
    #[error(transparent)]
    Notice(#[from] NoticeError),
}

/// A notification with what belongs to its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    pub timestamp: String,
    pub nonce: String,
    pub signature: String,
    pub body: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
struct Body {
    id: String,
    event: String,
    payment: Option<String>,
    withdrawal: Option<String>,
    transaction: Option<String>,
    amount: Option<Money>,
    reason: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Money {
    total: i64,
    currency: String,
}

impl SandboxProvider {
    /// A sandbox with its books in this store.
    #[must_use]
    pub fn new(store: Store, secret: [u8; 32]) -> Self {
        Self { store, secret }
    }

    /// Signs a notification, as if it were sent at this instant.
    #[must_use]
    pub fn sign(&self, body: Vec<u8>, at: Timestamp) -> Signed {
        let timestamp = at.ms().div_euclid(1_000).to_string();
        let mut hasher = blake3::Hasher::new_derive_key("tuiliu sandbox payment nonce v1");
        let nonce = hasher.update(timestamp.as_bytes()).update(&body).finalize().to_hex().as_str()[..16].to_owned();
        let signature = self.signature(&timestamp, &nonce, &body).to_hex().to_string();
        Signed { timestamp, nonce, signature, body }
    }

    fn signature(&self, timestamp: &str, nonce: &str, body: &[u8]) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new_keyed(&self.secret);
        for part in [timestamp.as_bytes(), nonce.as_bytes(), body] {
            hasher.update(part).update(b"\n");
        }
        hasher.finalize()
    }

    /// Plays the payer; answers what the provider now knows, for telling.
    async fn play(&self, payment: PaymentId, play: Play, now: Timestamp) -> Result<Option<SandboxTrade>, StoreError> {
        self.write(move |tx| {
            let Some(trade) = tx.sandbox_trade(payment)? else { return Ok(None) };
            let SandboxTrade { price, state, keeps_money, .. } = trade.clone();
            let played = match &play {
                Play::Pay { amount, currency } => SandboxTrade {
                    state: SandboxState::Paid {
                        transaction: next_transaction(payment, &state),
                        amount: amount.unwrap_or(price.units()),
                        currency: currency.clone().unwrap_or_else(|| Asset::Cny.code().to_owned()),
                    },
                    ..trade
                },
                Play::Fail => SandboxTrade { state: SandboxState::Failed, ..trade },
                Play::Nothing => trade,
                Play::KeepMoney => SandboxTrade { keeps_money: true, ..trade },
            };
            if played.state != state || played.keeps_money != keeps_money {
                tx.save_sandbox_trade(&SandboxTrade { changed_at: now, ..played.clone() })?;
            }
            Ok(Some(played))
        })
        .await
    }

    async fn write<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (sender, receiver) = oneshot::channel();
        self.store.write(work, move |outcome| drop(sender.send(outcome)));
        receiver.await.unwrap_or(Err(StoreError::Closed))
    }
}

/// The sandbox's number of the next money for a payment: each is told apart.
fn next_transaction(payment: PaymentId, state: &SandboxState) -> String {
    let number = match state {
        SandboxState::Paid { transaction, .. } => {
            transaction.rsplit('-').next().and_then(|number| number.parse::<u32>().ok()).unwrap_or(1).saturating_add(1)
        }
        SandboxState::Open | SandboxState::Failed => 1,
    };
    format!("sandbox-{payment}-{number}")
}

/// What the sandbox tells of a trade; nothing while it is open. Told again it is the same notification.
fn body_of(trade: &SandboxTrade) -> Option<Vec<u8>> {
    let payment = trade.payment.to_string();
    let body = match &trade.state {
        SandboxState::Open => return None,
        SandboxState::Failed => {
            let (id, event) = (format!("{payment}-failed"), FAILED.to_owned());
            Body { id, event, payment: Some(payment), withdrawal: None, transaction: None, amount: None, reason: None }
        }
        SandboxState::Paid { transaction, amount, currency } => Body {
            id: format!("notice-{transaction}"),
            event: PAID.to_owned(),
            payment: Some(payment),
            withdrawal: None,
            transaction: Some(transaction.clone()),
            amount: Some(Money { total: *amount, currency: currency.clone() }),
            reason: None,
        },
    };
    Some(serde_json::to_vec(&body).expect("a notification is JSON"))
}

fn report_of(state: SandboxState) -> Option<PaymentReport> {
    match state {
        SandboxState::Open => None,
        SandboxState::Failed => Some(PaymentReport::Failed),
        SandboxState::Paid { transaction, amount, currency } => {
            Some(PaymentReport::Paid(ReceivedMoney { transaction, amount, currency }))
        }
    }
}

fn unreachable_because(fault: impl Error) -> ProviderError {
    ProviderError::Unreachable { reason: fault.to_string() }
}

impl PaymentProvider for SandboxProvider {
    fn name(&self) -> &'static str {
        "sandbox"
    }

    fn open(&self, order: PaymentOrder) -> Calling<'_, String> {
        Box::pin(async move {
            let PaymentOrder { payment, price, now, .. } = order;
            self.write(move |tx| tx.open_sandbox_trade(payment, price, now)).await.map_err(unreachable_because)?;
            Ok(format!("sandbox://pay/{payment}?amount={}&currency=CNY", price.units()))
        })
    }

    fn query(&self, payment: PaymentId) -> Calling<'_, Option<PaymentReport>> {
        Box::pin(async move {
            let found = self.write(move |tx| tx.sandbox_trade(payment)).await.map_err(unreachable_because)?;
            let unknown = || ProviderError::Refused { reason: "no such payment".to_owned() };
            Ok(report_of(found.ok_or_else(unknown)?.state))
        })
    }

    fn refund(&self, order: RefundOrder) -> Calling<'_, RefundProgress> {
        Box::pin(async move {
            let done = self.write(move |tx| refund(tx, order)).await.map_err(unreachable_because)?;
            Ok(if done { RefundProgress::Succeeded } else { RefundProgress::Failed })
        })
    }

    fn pay_out(&self, order: PayoutOrder) -> Calling<'_, PayoutProgress> {
        Box::pin(async move {
            let progress = self.write(move |tx| payout::pay_out(tx, &order)).await.map_err(unreachable_because)?;
            progress.ok_or_else(payout::lost)
        })
    }

    fn read_notice(&self, notice: SignedNotice<'_>, now: Timestamp) -> Result<PaymentNews, NoticeError> {
        let SignedNotice { timestamp, nonce, signature, body } = notice;
        // Compared in constant time.
        let signed = blake3::Hash::from_hex(signature).map_err(|_| NoticeError::BadSignature)?;
        if signed != self.signature(timestamp, nonce, body) {
            return Err(NoticeError::BadSignature);
        }
        let malformed = |reason: &str| NoticeError::Malformed { reason: reason.to_owned() };
        let seconds: i64 = timestamp.parse().map_err(|_| malformed("its time is no number"))?;
        if now.ms().div_euclid(1_000).saturating_sub(seconds).saturating_abs() > NOTICE_SECONDS_MAX {
            return Err(NoticeError::Stale { seconds_max: NOTICE_SECONDS_MAX });
        }
        let body: Body = serde_json::from_slice(body).map_err(|error| malformed(&error.to_string()))?;
        if let Some((withdrawal, report)) = payout::report_in(&body) {
            return Ok(PaymentNews { notice: body.id, about: NewsAbout::Payout { withdrawal, report } });
        }
        let payment = body.payment.and_then(|payment| payment.parse().ok());
        let payment = payment.ok_or_else(|| malformed("it names no payment"))?;
        let report = match (body.event.as_str(), body.transaction, body.amount) {
            (FAILED, _, _) => PaymentReport::Failed,
            (PAID, Some(transaction), Some(Money { total, currency })) => {
                PaymentReport::Paid(ReceivedMoney { transaction, amount: total, currency })
            }
            _ => return Err(malformed("it tells neither a payment nor a failure")),
        };
        Ok(PaymentNews { notice: body.id, about: NewsAbout::Payment { payment, report } })
    }

    fn sandbox(&self) -> Option<&SandboxProvider> {
        Some(self)
    }
}

/// Whether the money went back; never more than was paid, and the same refund once.
fn refund(tx: &mut Tx<'_>, order: RefundOrder) -> Result<bool, StoreError> {
    let RefundOrder { refund, payment, amount, now } = order;
    if let Some(known) = tx.sandbox_refund(refund)? {
        return Ok(known.succeeded);
    }
    let trade = tx.sandbox_trade(payment)?;
    let before = tx.sandbox_refunded(payment)?;
    let succeeded = match trade {
        Some(SandboxTrade { state: SandboxState::Paid { amount: paid, .. }, keeps_money: false, .. }) => {
            before.units().saturating_add(amount.units()) <= paid
        }
        _ => false,
    };
    tx.add_sandbox_refund(&SandboxRefund { refund, payment, amount, succeeded, at: now })?;
    Ok(succeeded)
}

impl App {
    /// Plays the payer of a payment, and delivers the notifications of it as the provider would. Only where the
    /// sandbox takes the payments; elsewhere there is nothing to find.
    pub async fn play_in_sandbox(
        &self,
        actor: Actor,
        command: SandboxNotice,
    ) -> Result<Vec<Receipt>, CommandError<PlayError>> {
        let provider = self.payment_provider().ok_or(CommandError::NotFound)?;
        let sandbox = provider.sandbox().ok_or(CommandError::NotFound)?;
        let SandboxNotice { payment, play, notices } = command;
        let asked: Result<(), CommandError<PlayError>> = self
            .read(move |_, tx| {
                let row = tx.payment(actor.tenant, payment)?.ok_or(CommandError::NotFound)?;
                owner_for(tx, &actor, row.payment.party, Action::TopUpWallet)?;
                Ok(())
            })
            .await;
        asked?;
        let played = sandbox.play(payment, play, self.shell.now()).await?;
        let trade = played.ok_or(CommandError::Refused(PlayError::NotOpened))?;
        self.deliver_sandbox_notices(sandbox, body_of(&trade), notices).await
    }

    /// Delivers a notification so often, as the provider would.
    async fn deliver_sandbox_notices(
        &self,
        sandbox: &SandboxProvider,
        body: Option<Vec<u8>>,
        notices: u32,
    ) -> Result<Vec<Receipt>, CommandError<PlayError>> {
        let mut receipts = Vec::new();
        let Some(body) = body else { return Ok(receipts) };
        for _ in 0..notices {
            let Signed { timestamp, nonce, signature, body } = sandbox.sign(body.clone(), self.shell.now());
            let (timestamp, nonce, signature) = (timestamp.as_str(), nonce.as_str(), signature.as_str());
            let notice = SignedNotice { timestamp, nonce, signature, body: &body };
            let receipt = self.receive_payment_notice(sandbox.name(), notice).await;
            let retold =
                receipt.map_err(|error| error.map_refusal(|super::ReceiveNoticeError::Notice(refusal)| refusal.into()));
            receipts.push(retold?);
        }
        Ok(receipts)
    }
}
