//! Refunds of top-ups: the value leaves the wallet first, then the provider is asked until it answers (WL-05).

use std::convert::Infallible;

use thiserror::Error;
use tracing::{error, warn};
use tuiliu_domain::event::Outcome;
use tuiliu_domain::id::{PartyId, PaymentId, PaymentRefundId, TenantId};
use tuiliu_domain::ledger::{LedgerRefusal, LotOrigin};
use tuiliu_domain::money::{Amount, Asset};
use tuiliu_domain::party::Action;
use tuiliu_domain::time::MINUTE_MS;
use tuiliu_domain::wallet::{
    self, DecideRefundError, Payment, PlanRefundError, Refund, RefundDecision, RefundPart, RefundRequest, RefundState,
    TopUpLot, plan_refund,
};
use tuiliu_store::{PartyPage, RefundRow, StoreError, Tx};

use super::balance::is_frozen;
use super::{owner_for, unrefused};
use crate::access::{AskAgain, Caller};
use crate::app::{App, Shell};
use crate::error::CommandError;
use crate::outcome::{self, Saved};
use crate::outside::{ProviderError, RefundOrder, RefundProgress};

/// How long to wait before a provider is asked again about a refund.
const ASK_AGAIN_MS: i64 = MINUTE_MS;

/// Gives top-ups back, the last one first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefundTopUps {
    pub party: PartyId,
    pub asset: Asset,
    /// In the unit of the asset.
    pub amount: Amount,
    /// Only this payment; `None` whichever came last.
    pub payment: Option<PaymentId>,
}

/// Why nothing was refunded.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RefundRefusal {
    #[error(transparent)]
    Plan(#[from] PlanRefundError),
    #[error("take value out of a frozen wallet")]
    WalletFrozen,
    #[error(transparent)]
    AskAgain(#[from] AskAgain),
}

/// Gives unspent value of a banned or frozen account back, for staff's reasons (QB-15).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundUnspent {
    pub refund: RefundTopUps,
    pub reason: String,
}

/// Refunds, and the payments that they change.
struct PlannedRefunds {
    refunds: Vec<Refund>,
    payments: Vec<Payment>,
}

/// Why staff's refund was not made.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RefundUnspentRefusal {
    #[error(transparent)]
    Refund(#[from] RefundRefusal),
    #[error(transparent)]
    Decide(#[from] DecideRefundError),
}

impl Shell {
    /// Takes value of top-ups out of a wallet in the caller's transaction; [`App::send_refunds`] asks for the money.
    pub fn refund_top_ups(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        command: &RefundTopUps,
    ) -> Result<Vec<Refund>, CommandError<RefundRefusal>> {
        owner_for(tx, &caller.actor, command.party, Action::RefundTopUp)?;
        caller.proved(Action::RefundTopUp, self.now()).map_err(|error| CommandError::Refused(error.into()))?;
        let planned = self.plan_refunds(tx, caller.actor.tenant, command)?;
        let saved = self.save_refunds(tx, caller.actor.tenant, (planned, None))?;
        saved.ok_or(CommandError::Refused(RefundRefusal::WalletFrozen))
    }

    /// Takes unspent value out of the wallet of a banned or frozen account, in the caller's transaction: for staff,
    /// who say why (QB-15).
    pub fn refund_unspent(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        command: &RefundUnspent,
    ) -> Result<Vec<RefundRow>, CommandError<RefundUnspentRefusal>> {
        let RefundUnspent { refund, reason } = command;
        let RefundTopUps { party, asset, amount, payment } = *refund;
        let (tenant, actor) = (caller.actor.tenant, &caller.actor);
        let row = owner_for(tx, actor, party, Action::RefundUnspent)?;
        let asked = caller.proved(Action::RefundUnspent, self.now());
        asked.map_err(|error| CommandError::Refused(RefundRefusal::from(error).into()))?;
        let is_frozen = is_frozen(tx, party)?;
        let decision = RefundDecision::new(actor.party, reason, row.banned || is_frozen)
            .map_err(|error| CommandError::Refused(error.into()))?;
        let planned = self.plan_refunds(tx, tenant, refund).map_err(|error| error.map_refusal(Into::into))?;
        let planned = decision.decide(&RefundRequest { asset, amount, payment }, (party, is_frozen), planned);
        let refunds = self.save_refunds(tx, tenant, (planned, Some(&decision)))?;
        let refunds = refunds.ok_or(CommandError::Refused(RefundRefusal::WalletFrozen.into()))?;
        let due_at = Some(self.now());
        let row = |refund| RefundRow { refund, due_at, decision: Some(decision.clone()) };
        Ok(refunds.into_iter().map(row).collect())
    }

    /// The refunds that a wish comes to, and the payments that they change.
    fn plan_refunds(
        &self,
        tx: &mut Tx<'_>,
        tenant: TenantId,
        command: &RefundTopUps,
    ) -> Result<Outcome<PlannedRefunds>, CommandError<RefundRefusal>> {
        let RefundTopUps { party, asset, amount, payment } = *command;
        let lots = top_up_lots(tx, tenant, (party, asset))?;
        let parts = plan_refund(&RefundRequest { asset, amount, payment }, &lots, self.now())
            .map_err(|error| CommandError::Refused(error.into()))?;
        let mut payments: Vec<Payment> = Vec::new();
        let mut whole = Outcome { state: Vec::new(), postings: Vec::new(), events: Vec::new() };
        for part in parts {
            let place = match payments.iter().position(|payment| payment.id == part.payment) {
                Some(place) => place,
                None => {
                    let of_part = lots.iter().find(|lot| lot.payment.id == part.payment);
                    payments.push(of_part.expect("parts are planned from these lots").payment.clone());
                    payments.len() - 1
                }
            };
            let Outcome { state: (refund, payment), postings, events } =
                self.new_refund(tenant, command, part).request(payments[place].clone());
            payments[place] = payment;
            whole.state.push(refund);
            whole.postings.extend(postings);
            whole.events.extend(events);
        }
        let Outcome { state: refunds, postings, events } = whole;
        Ok(Outcome { state: PlannedRefunds { refunds, payments }, postings, events })
    }

    /// Saves refunds and what they change; `None` when the wallet is frozen.
    fn save_refunds(
        &self,
        tx: &mut Tx<'_>,
        tenant: TenantId,
        (planned, decision): (Outcome<PlannedRefunds>, Option<&RefundDecision>),
    ) -> Result<Option<Vec<Refund>>, StoreError> {
        let saved = match outcome::save(self, tx, tenant, planned)? {
            Ok(saved) => saved,
            Err(LedgerRefusal::Frozen { .. }) => return Ok(None),
            Err(refusal) => unrefused(tenant, "refund", Err(refusal))?,
        };
        let PlannedRefunds { refunds, payments } = saved.state;
        for payment in &payments {
            tx.save_payment(payment, self.now())?;
        }
        for refund in &refunds {
            tx.add_refund(refund, decision)?;
        }
        Ok(Some(refunds))
    }

    fn new_refund(&self, tenant: TenantId, command: &RefundTopUps, part: RefundPart) -> Refund {
        let RefundTopUps { party, asset, .. } = *command;
        let state = RefundState::Requested;
        Refund { id: self.id(), tenant, party, asset, part, state, created_at: self.now(), version: 0 }
    }
}

/// What top-ups left in a wallet, each lot with its payment.
fn top_up_lots(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    (party, asset): (PartyId, Asset),
) -> Result<Vec<TopUpLot>, StoreError> {
    let mut lots = Vec::new();
    for lot in tx.spendable_lots_of(wallet::paid_account(party, asset))? {
        if let LotOrigin::Payment(payment) = lot.origin
            && let Some(row) = tx.payment(tenant, payment)?
            // No provider can give back what came by bank transfer; it is withdrawn.
            && row.provider != wallet::BANK_PROVIDER
        {
            lots.push(TopUpLot { lot, payment: row.payment });
        }
    }
    Ok(lots)
}

impl App {
    /// A page of a party's refunds, newest first.
    pub async fn refunds(
        &self,
        actor: tuiliu_domain::party::Actor,
        party: PartyId,
        (before, limit): (Option<PaymentRefundId>, usize),
    ) -> Result<Vec<RefundRow>, CommandError<Infallible>> {
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        self.read(move |_, tx| {
            owner_for(tx, &actor, party, Action::ReadWallet)?;
            Ok(tx.refunds_of(PartyPage { tenant: actor.tenant, party, before, limit })?)
        })
        .await
    }

    /// Asks the provider for the refunds that are due; how many came to an end. A job's, `limit` at a time.
    pub async fn send_refunds(&self, limit: u32) -> Result<usize, CommandError<Infallible>> {
        let due = self.read(move |shell, tx| Ok(tx.due_refunds(shell.now(), limit)?)).await?;
        let mut ended = 0;
        for RefundRow { refund, .. } in due {
            let progress = self.ask_for_refund(&refund).await;
            if self.note_refund(refund.id, progress).await? {
                ended += 1;
            }
        }
        Ok(ended)
    }

    /// A failed call is no failed refund: it is asked again under the same id.
    async fn ask_for_refund(&self, refund: &Refund) -> RefundProgress {
        let RefundPart { payment, price, .. } = refund.part;
        let order = RefundOrder { refund: refund.id, payment, amount: price, now: self.shell.now() };
        let Some(provider) = self.payment_provider() else { return RefundProgress::Accepted };
        match provider.refund(order).await {
            Ok(progress) => progress,
            Err(fault @ ProviderError::Unreachable { .. }) => {
                warn!(refund.id = %refund.id, fault = %fault, "could not ask for a refund");
                RefundProgress::Accepted
            }
            Err(fault @ ProviderError::Refused { .. }) => {
                error!(refund.id = %refund.id, fault = %fault, "a refund was refused");
                RefundProgress::Failed
            }
        }
    }

    /// Notes how far a refund is; whether it came to an end.
    async fn note_refund(
        &self,
        id: PaymentRefundId,
        progress: RefundProgress,
    ) -> Result<bool, CommandError<Infallible>> {
        self.write(move |shell, tx| {
            let Some(RefundRow { refund, .. }) = tx.refund_anywhere(id)? else { return Ok(false) };
            if refund.state != RefundState::Requested {
                return Ok(false);
            }
            let (tenant, now) = (refund.tenant, shell.now());
            match progress {
                RefundProgress::Accepted => {
                    tx.save_refund(&refund, Some(now.plus_ms(ASK_AGAIN_MS)))?;
                    return Ok(false);
                }
                RefundProgress::Succeeded => {
                    let saved = outcome::save(shell, tx, tenant, refund.succeed(now))?;
                    let Saved { state, .. } = unrefused(tenant, "refund", saved)?;
                    tx.save_refund(&state, None)?;
                }
                RefundProgress::Failed => {
                    let row = tx.payment(tenant, refund.part.payment)?.ok_or(CommandError::NotFound)?;
                    let outcome = refund.fail(row.payment, now);
                    let saved = outcome::save_as(shell, tx, (tenant, id.child(1)), outcome)?;
                    let Saved { state: (refund, payment), .. } = unrefused(tenant, "refund", saved)?;
                    tx.save_payment(&payment, now)?;
                    tx.save_refund(&refund, None)?;
                }
            }
            Ok(true)
        })
        .await
    }
}
