//! Payouts: approved withdrawals on their way through the provider, which is asked until it answers (QB-16).

use std::convert::Infallible;

use tracing::{error, info, warn};
use tuiliu_domain::id::WithdrawalId;
use tuiliu_domain::time::MINUTE_MS;
use tuiliu_domain::wallet::{PayoutReceipt, PayoutReport, Withdrawal, WithdrawalState};
use tuiliu_store::{StoreError, Tx};

use super::balance::is_frozen;
use super::withdrawal::{account_of, save_withdrawal, step};
use crate::app::{App, Shell};
use crate::error::CommandError;
use crate::outside::{PayoutOrder, PayoutProgress, ProviderError};

/// How long to wait before a provider is asked again about a payout, and before a frozen wallet is looked at again.
const ASK_AGAIN_MS: i64 = MINUTE_MS;

impl App {
    /// Asks the provider for the payouts that are due; how many came to an end. A job's, `limit` at a time.
    pub async fn send_payouts(&self, limit: u32) -> Result<usize, CommandError<Infallible>> {
        let due = self.read(move |shell, tx| Ok(tx.due_withdrawals(shell.now(), limit)?)).await?;
        let mut ended = 0;
        for withdrawal in due {
            let id = withdrawal.id;
            // What is asked of the provider was written down before: a node that stops here asks again, as the same.
            let begun = self.write(move |shell, tx| Ok::<_, CommandError<Infallible>>(begin_payout(shell, tx, id)?));
            let Some(order) = begun.await? else { continue };
            let report = self.ask_for_payout(order).await;
            if self.note_payout(id, report).await? {
                ended += 1;
            }
        }
        Ok(ended)
    }

    /// A failed call is no failed payout: whether the money went is not known, so it is asked again under the same id.
    async fn ask_for_payout(&self, order: PayoutOrder) -> Option<PayoutReport> {
        let (provider, id) = (self.payment_provider()?, order.withdrawal);
        match provider.pay_out(order).await {
            Ok(PayoutProgress::Accepted) => None,
            Ok(PayoutProgress::Ended(report)) => Some(report),
            Err(fault @ ProviderError::Unreachable { .. }) => {
                warn!(withdrawal.id = %id, fault = %fault, "could not ask for a payout");
                None
            }
            Err(ProviderError::Refused { reason }) => {
                error!(withdrawal.id = %id, "a payout was refused");
                Some(PayoutReport::Failed { reason })
            }
        }
    }

    /// Notes how far a payout is; whether it came to an end.
    async fn note_payout(
        &self,
        id: WithdrawalId,
        report: Option<PayoutReport>,
    ) -> Result<bool, CommandError<Infallible>> {
        self.write(move |shell, tx| {
            if let Some(report) = &report {
                return Ok(take_in_payout(shell, tx, id, report)? == Some(PayoutReceipt::Taken));
            }
            let Some(withdrawal) = tx.withdrawal_anywhere(id)? else { return Ok(false) };
            if matches!(withdrawal.state, WithdrawalState::Paying { .. }) {
                tx.save_withdrawal(&withdrawal, Some(shell.now().plus_ms(ASK_AGAIN_MS)))?;
            }
            Ok(false)
        })
        .await
    }
}

/// What the provider is to be asked, once it is written down that it is; nothing when it is not its time.
fn begin_payout(shell: &Shell, tx: &mut Tx<'_>, id: WithdrawalId) -> Result<Option<PayoutOrder>, StoreError> {
    let Some(withdrawal) = tx.withdrawal_anywhere(id)? else { return Ok(None) };
    let now = shell.now();
    match withdrawal.state {
        WithdrawalState::Paying { .. } => Ok(Some(order_of(shell, tx, &withdrawal)?)),
        WithdrawalState::Approved { .. } => {
            let is_frozen = is_frozen(tx, withdrawal.party)?;
            let outcome = withdrawal.clone().begin_paying(is_frozen, now);
            if outcome.state == withdrawal {
                tx.save_withdrawal(&withdrawal, Some(now.plus_ms(ASK_AGAIN_MS)))?;
                return Ok(None);
            }
            let paying = save_withdrawal(shell, tx, (outcome, Some(now)), step("paying", (None, None), now))?;
            Ok(Some(order_of(shell, tx, &paying)?))
        }
        _ => Ok(None),
    }
}

fn order_of(shell: &Shell, tx: &mut Tx<'_>, withdrawal: &Withdrawal) -> Result<PayoutOrder, StoreError> {
    let account = account_of(tx, withdrawal)?;
    Ok(PayoutOrder { withdrawal: withdrawal.id, amount: withdrawal.amount, account, now: shell.now() })
}

/// Takes in what a provider says of a payout, asked or by itself; `None` when there is no such withdrawal.
pub(super) fn take_in_payout(
    shell: &Shell,
    tx: &mut Tx<'_>,
    id: WithdrawalId,
    report: &PayoutReport,
) -> Result<Option<PayoutReceipt>, StoreError> {
    let Some(withdrawal) = tx.withdrawal_anywhere(id)? else { return Ok(None) };
    let now = shell.now();
    let before = withdrawal.state.name();
    let outcome = withdrawal.receive(report.clone(), now);
    let receipt = outcome.state.1;
    let (what, note) = match report {
        PayoutReport::Paid { transaction } => ("paid", transaction),
        PayoutReport::Failed { reason } => ("failed", reason),
    };
    match receipt {
        PayoutReceipt::Taken => {
            let outcome = outcome.map(|(withdrawal, _)| withdrawal);
            save_withdrawal(shell, tx, (outcome, None), step(what, (None, Some(note.clone())), now))?;
            info!(withdrawal.id = %id, withdrawal.state = what, "a payout came to its end");
        }
        PayoutReceipt::AlreadyKnown => {}
        PayoutReceipt::Contradicts => {
            error!(withdrawal.id = %id, withdrawal.state = before, told = what, "a provider contradicts the books");
            tx.add_withdrawal_step(id, &step("contradicted", (None, Some(format!("{what}: {note}"))), now))?;
        }
    }
    Ok(Some(receipt))
}
