//! What providers tell: links to pay, notifications, answers to questions; each taken in once.

use std::convert::Infallible;

use thiserror::Error;
use tracing::error;
use tuiliu_domain::id::{CommandKind, PaymentId, TenantId};
use tuiliu_domain::time::Timestamp;
use tuiliu_domain::wallet::{PaymentReport, PaymentState, PayoutReceipt, PayoutReport, Receipt};
use tuiliu_store::{PaymentNotice, PaymentRow, StoreError, SuspendedMoney, Tx};

use super::payout::take_in_payout;
use super::unrefused;
use crate::app::{App, Shell};
use crate::error::CommandError;
use crate::outcome::{self, Saved};
use crate::outside::{NewsAbout, NoticeError, PaymentNews, PaymentOrder, ProviderError, SignedNotice};

/// Why there is no link to pay.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PayLinkError {
    #[error("take payments without a provider")]
    NoProvider,
    #[error(transparent)]
    Provider(#[from] ProviderError),
}

/// Why a notification was not taken in.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReceiveNoticeError {
    #[error(transparent)]
    Notice(#[from] NoticeError),
}

/// What a provider says of a payment, and how we know.
struct Told<'a> {
    provider: &'a str,
    /// Number of the notification; `None` when we asked.
    notice: Option<&'a str>,
    payment: PaymentId,
    report: &'a PaymentReport,
}

impl App {
    /// What the payer opens or scans. The provider is asked once, outside of any transaction; a payment that is no
    /// longer open has its old link or none.
    pub async fn pay_link(
        &self,
        tenant: TenantId,
        payment: PaymentId,
    ) -> Result<Option<String>, CommandError<PayLinkError>> {
        let provider = self.payment_provider().ok_or(CommandError::Refused(PayLinkError::NoProvider))?;
        let found = self.read(move |_, tx| tx.payment(tenant, payment).map_err(CommandError::from)).await?;
        let PaymentRow { payment: row, pay_link, .. } = found.ok_or(CommandError::NotFound)?;
        let (None, PaymentState::Pending { expires_at }) = (&pay_link, &row.state) else { return Ok(pay_link) };
        let now = self.shell.now();
        let order = PaymentOrder { payment, price: row.price, expires_at: *expires_at, now };
        let link = provider.open(order).await.map_err(|fault| CommandError::Refused(fault.into()))?;
        self.write(move |_, tx| {
            tx.set_pay_link(payment, &link)?;
            // Whoever was faster: everybody gets the link that is kept.
            let row = tx.payment(tenant, payment)?.ok_or(CommandError::NotFound)?;
            Ok(row.pay_link)
        })
        .await
    }

    /// Takes in a notification: verified, and each once (WL-08).
    pub async fn receive_payment_notice(
        &self,
        provider_name: &str,
        notice: SignedNotice<'_>,
    ) -> Result<Receipt, CommandError<ReceiveNoticeError>> {
        let provider = self.payment_provider().filter(|provider| provider.name() == provider_name);
        let provider = provider.ok_or(CommandError::NotFound)?;
        let read = provider.read_notice(notice, self.shell.now());
        let news = read.map_err(|refusal| CommandError::Refused(refusal.into()))?;
        let provider = provider.name();
        self.write(move |shell, tx| {
            let PaymentNews { notice, about } = &news;
            let receipt = match about {
                NewsAbout::Payment { payment, report } => {
                    take_in(shell, tx, &Told { provider, notice: Some(notice), payment: *payment, report })?
                }
                NewsAbout::Payout { withdrawal, report } => {
                    take_in_payout(shell, tx, *withdrawal, report)?.map(|receipt| told_as(receipt, report))
                }
            };
            receipt.ok_or(CommandError::NotFound)
        })
        .await
    }

    /// Closes payments whose time is over, after asking the provider whether the money came; how many.
    pub async fn expire_payments(&self, limit: u32) -> Result<usize, CommandError<Infallible>> {
        let due = self.read(move |shell, tx| Ok(tx.due_payments(shell.now(), limit)?)).await?;
        let mut closed = 0;
        for PaymentRow { payment, provider, .. } in due {
            if self.close_payment(payment.id, &provider).await? {
                closed += 1;
            }
        }
        Ok(closed)
    }

    /// Whether a payment whose time is over came to an end.
    async fn close_payment(&self, payment: PaymentId, provider: &str) -> Result<bool, CommandError<Infallible>> {
        let asked = self.payment_provider().filter(|asked| asked.name() == provider);
        let report = match asked {
            // Nobody can say; it expires, and money that comes later is credited then.
            None => None,
            Some(asked) => match asked.query(payment).await {
                Ok(report) => report,
                Err(ProviderError::Refused { .. }) => None,
                Err(fault) => {
                    error!(payment.id = %payment, fault = %fault, "could not ask what became of a payment");
                    return Ok(false);
                }
            },
        };
        let provider = provider.to_owned();
        self.write(move |shell, tx| {
            if let Some(report) = &report {
                let told = Told { provider: &provider, notice: None, payment, report };
                take_in(shell, tx, &told)?;
            } else {
                expire(shell, tx, payment)?;
            }
            Ok(true)
        })
        .await
    }
}

/// What came of a word about a payout, in the words for payments.
const fn told_as(receipt: PayoutReceipt, report: &PayoutReport) -> Receipt {
    match (receipt, report) {
        (PayoutReceipt::Taken, PayoutReport::Paid { .. }) => Receipt::PaidOut,
        (PayoutReceipt::Taken, PayoutReport::Failed { .. }) => Receipt::Failed,
        (PayoutReceipt::AlreadyKnown, _) => Receipt::AlreadyKnown,
        (PayoutReceipt::Contradicts, _) => Receipt::Contradicts,
    }
}

fn expire(shell: &Shell, tx: &mut Tx<'_>, payment: PaymentId) -> Result<(), StoreError> {
    let Some(PaymentRow { payment: row, .. }) = tx.payment_anywhere(payment)? else { return Ok(()) };
    let before = row.state.clone();
    let outcome = row.expire(shell.now());
    if outcome.state.state != before {
        let tenant = outcome.state.tenant;
        let Saved { state, .. } = unrefused(tenant, "payment", outcome::save(shell, tx, tenant, outcome)?)?;
        tx.save_payment(&state, shell.now())?;
    }
    Ok(())
}

/// Takes in what a provider says; `None` when there is no such payment of this provider.
fn take_in(shell: &Shell, tx: &mut Tx<'_>, told: &Told<'_>) -> Result<Option<Receipt>, StoreError> {
    let Told { provider, notice, payment, report } = *told;
    let found = tx.payment_anywhere(payment)?.filter(|row| row.provider == provider);
    let Some(PaymentRow { payment: row, .. }) = found else { return Ok(None) };
    if let Some(notice) = notice
        && tx.has_payment_notice(provider, notice)?
    {
        return Ok(Some(Receipt::AlreadyKnown));
    }
    let now = shell.now();
    let receipt = if is_put_aside(tx, provider, report)? {
        Receipt::AlreadyKnown
    } else {
        let (tenant, before) = (row.tenant, row.state.clone());
        let outcome = row.receive(report.clone(), now);
        // The money of one payment is credited under one command id, whoever tells of it and how often.
        let command = match outcome.state.1 {
            Receipt::Credited => payment.child::<CommandKind>(1),
            _ => shell.id(),
        };
        let saved = unrefused(tenant, "payment", outcome::save_as(shell, tx, (tenant, command), outcome)?)?;
        let (state, receipt) = saved.state;
        if state.state != before {
            tx.save_payment(&state, now)?;
        }
        if receipt == Receipt::Credited {
            shell.pay_by_payment(tx, &state)?;
        }
        if let (Receipt::Suspended(reason), PaymentReport::Paid(money)) = (&receipt, report) {
            error!(payment.id = %payment, reason = reason.code(), "money came that was not asked for");
            let (transaction, currency) = (money.transaction.clone(), money.currency.clone());
            let (amount, reason, at) = (money.amount, *reason, now);
            let provider = provider.to_owned();
            let aside = SuspendedMoney { provider, transaction, tenant, payment, amount, currency, reason, at };
            tx.add_suspended_money(&aside)?;
        }
        receipt
    };
    remember(tx, told, &receipt, now)?;
    Ok(Some(receipt))
}

/// Whether this very money was put aside before: a second notification of it is nothing new.
fn is_put_aside(tx: &mut Tx<'_>, provider: &str, report: &PaymentReport) -> Result<bool, StoreError> {
    match report {
        PaymentReport::Paid(money) => tx.is_suspended(provider, &money.transaction),
        PaymentReport::Failed => Ok(false),
    }
}

fn remember(tx: &mut Tx<'_>, told: &Told<'_>, receipt: &Receipt, at: Timestamp) -> Result<(), StoreError> {
    let Some(notice) = told.notice else { return Ok(()) };
    let outcome = match receipt {
        Receipt::Credited => "credited",
        Receipt::AlreadyKnown => "already_known",
        Receipt::Failed => "failed",
        Receipt::PaidOut => "paid_out",
        Receipt::Contradicts => "contradicts",
        Receipt::Suspended(reason) => reason.code(),
    };
    let (provider, notice) = (told.provider.to_owned(), notice.to_owned());
    tx.add_payment_notice(&PaymentNotice { provider, notice, payment: told.payment, outcome, at })
}
