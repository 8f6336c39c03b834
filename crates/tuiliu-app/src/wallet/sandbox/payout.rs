//! Payouts in the sandbox: accepted at once, paid a little later.
//!
//! The last digits of an account's number say what becomes of its payouts: `0000` fails, `9999` is paid although the
//! first answer gets lost.

use tuiliu_domain::id::WithdrawalId;
use tuiliu_domain::party::{Action, Actor};
use tuiliu_domain::time::SECOND_MS;
use tuiliu_domain::wallet::{PayoutReport, Receipt};
use tuiliu_store::{SandboxPayout, SandboxPayoutState, StoreError, Tx};

use super::{Body, PlayError, SandboxProvider};
use crate::app::App;
use crate::error::CommandError;
use crate::outside::{PayoutOrder, PayoutProgress, ProviderError};
use crate::wallet::owner_for;

pub(super) const PAID_OUT: &str = "payout.succeeded";
pub(super) const NOT_PAID_OUT: &str = "payout.failed";
/// A payout takes so long unless somebody plays the bank.
const TAKES_MS: i64 = 30 * SECOND_MS;
const CLOSED_ACCOUNT: &str = "0000";
const LOST_ANSWER: &str = "9999";

/// What the bank does with a payout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlayPayout {
    Pay,
    Fail,
    /// Nothing: the provider only tells again what it knows.
    Tell,
}

/// What is to happen to a payout in the sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SandboxPayoutNotice {
    pub withdrawal: WithdrawalId,
    pub play: PlayPayout,
    /// How often the notification is sent now: 0 is lost, 2 a duplicate.
    pub notices: u32,
}

/// Takes a payout in, or tells how far it is; nothing where the answer gets lost.
pub(super) fn pay_out(tx: &mut Tx<'_>, order: &PayoutOrder) -> Result<Option<PayoutProgress>, StoreError> {
    let PayoutOrder { withdrawal, account, amount, now } = order;
    let digits = account.number.digits();
    let Some(known) = tx.sandbox_payout(*withdrawal)? else {
        let (state, accepted_at) = (SandboxPayoutState::Accepted, *now);
        tx.add_sandbox_payout(&SandboxPayout { withdrawal: *withdrawal, amount: *amount, state, accepted_at })?;
        return Ok((!digits.ends_with(LOST_ANSWER)).then_some(PayoutProgress::Accepted));
    };
    if known.state == SandboxPayoutState::Accepted && now.since_ms(known.accepted_at) >= TAKES_MS {
        let fails = digits.ends_with(CLOSED_ACCOUNT);
        let ended = end(tx, known, if fails { PlayPayout::Fail } else { PlayPayout::Pay })?;
        return Ok(Some(progress_of(&ended.state)));
    }
    Ok(Some(progress_of(&known.state)))
}

pub(super) fn lost() -> ProviderError {
    ProviderError::Unreachable { reason: "the answer got lost".to_owned() }
}

fn end(tx: &mut Tx<'_>, payout: SandboxPayout, play: PlayPayout) -> Result<SandboxPayout, StoreError> {
    let state = match (&payout.state, play) {
        (SandboxPayoutState::Accepted, PlayPayout::Pay) => {
            SandboxPayoutState::Paid { transaction: format!("sandbox-{}", payout.withdrawal) }
        }
        (SandboxPayoutState::Accepted, PlayPayout::Fail) => {
            SandboxPayoutState::Failed { reason: "the account is closed".to_owned() }
        }
        _ => return Ok(payout),
    };
    let ended = SandboxPayout { state, ..payout };
    tx.save_sandbox_payout(&ended)?;
    Ok(ended)
}

fn progress_of(state: &SandboxPayoutState) -> PayoutProgress {
    match state {
        SandboxPayoutState::Accepted => PayoutProgress::Accepted,
        SandboxPayoutState::Paid { transaction } => {
            PayoutProgress::Ended(PayoutReport::Paid { transaction: transaction.clone() })
        }
        SandboxPayoutState::Failed { reason } => PayoutProgress::Ended(PayoutReport::Failed { reason: reason.clone() }),
    }
}

/// What the sandbox tells of a payout; nothing while it is under way. Told again it is the same notification.
fn body_of(payout: SandboxPayout) -> Option<Vec<u8>> {
    let withdrawal = payout.withdrawal.to_string();
    let (event, transaction, reason) = match payout.state {
        SandboxPayoutState::Accepted => return None,
        SandboxPayoutState::Paid { transaction } => (PAID_OUT, Some(transaction), None),
        SandboxPayoutState::Failed { reason } => (NOT_PAID_OUT, None, Some(reason)),
    };
    let (id, event) = (format!("{withdrawal}-{event}"), event.to_owned());
    let body = Body { id, event, payment: None, withdrawal: Some(withdrawal), transaction, amount: None, reason };
    Some(serde_json::to_vec(&body).expect("a notification is JSON"))
}

impl SandboxProvider {
    async fn play_payout(
        &self,
        withdrawal: WithdrawalId,
        play: PlayPayout,
    ) -> Result<Option<SandboxPayout>, StoreError> {
        self.write(move |tx| match tx.sandbox_payout(withdrawal)? {
            Some(payout) => end(tx, payout, play).map(Some),
            None => Ok(None),
        })
        .await
    }
}

impl App {
    /// Plays the bank of a payout, and delivers the notifications of it as the provider would. Only where the sandbox
    /// pays out; elsewhere there is nothing to find.
    pub async fn play_payout_in_sandbox(
        &self,
        actor: Actor,
        command: SandboxPayoutNotice,
    ) -> Result<Vec<Receipt>, CommandError<PlayError>> {
        let provider = self.payment_provider().ok_or(CommandError::NotFound)?;
        let sandbox = provider.sandbox().ok_or(CommandError::NotFound)?;
        let SandboxPayoutNotice { withdrawal, play, notices } = command;
        let asked: Result<(), CommandError<PlayError>> = self
            .read(move |_, tx| {
                let row = tx.withdrawal(actor.tenant, withdrawal)?.ok_or(CommandError::NotFound)?;
                owner_for(tx, &actor, row.party, Action::WithdrawMoney)?;
                Ok(())
            })
            .await;
        asked?;
        let played = sandbox.play_payout(withdrawal, play).await?;
        let payout = played.ok_or(CommandError::Refused(PlayError::NotOpened))?;
        self.deliver_sandbox_notices(sandbox, body_of(payout), notices).await
    }
}

/// What a notification of the sandbox says of a payout, if it is about one.
pub(super) fn report_in(body: &Body) -> Option<(WithdrawalId, PayoutReport)> {
    let withdrawal = body.withdrawal.as_ref()?.parse().ok()?;
    let report = match (body.event.as_str(), &body.transaction, &body.reason) {
        (PAID_OUT, Some(transaction), _) => PayoutReport::Paid { transaction: transaction.clone() },
        (NOT_PAID_OUT, _, Some(reason)) => PayoutReport::Failed { reason: reason.clone() },
        _ => return None,
    };
    Some((withdrawal, report))
}
