//! Topping up: a payment is begun here, opened at the provider outside of any transaction, and credited by what the
//! provider tells.

use std::convert::Infallible;

use thiserror::Error;
use tuiliu_domain::id::{PartyId, PaymentId};
use tuiliu_domain::money::{Amount, Asset};
use tuiliu_domain::party::{Action, Actor};
use tuiliu_domain::policy::SaleChannel;
use tuiliu_domain::time::{HOUR_MS, Timestamp};
use tuiliu_domain::wallet::{Payment, StartTopUpError, TopUpDraft};
use tuiliu_store::{PartyPage, PaymentRow, SuspendedMoney, Tx};

use super::owner_for;
use crate::access::of_tenant;
use crate::app::{App, Shell};
use crate::error::CommandError;

/// How long the payer has; money that comes later is credited all the same.
const PAYMENT_TIMEOUT_MS: i64 = 2 * HOUR_MS;

/// Begins a top-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StartTopUp {
    pub party: PartyId,
    pub channel: SaleChannel,
    /// In fen.
    pub price: Amount,
    /// Beans, or money that stays money.
    pub asset: Asset,
}

/// Why a top-up was not begun.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TopUpRefusal {
    #[error(transparent)]
    Start(#[from] StartTopUpError),
    #[error("take payments without a provider")]
    NoProvider,
    #[error("top up the wallet of a party that is banned")]
    Banned,
}

impl Shell {
    /// Begins a top-up in the caller's transaction; [`App::pay_link`] opens it at the provider.
    pub fn start_top_up(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        command: &StartTopUp,
    ) -> Result<PaymentRow, CommandError<TopUpRefusal>> {
        let StartTopUp { party, channel, price, asset } = *command;
        let row = owner_for(tx, actor, party, Action::TopUpWallet)?;
        if row.banned {
            return Err(CommandError::Refused(TopUpRefusal::Banned));
        }
        let provider = self.provider().ok_or(CommandError::Refused(TopUpRefusal::NoProvider))?.name();
        let policy = self.policy(tx, actor.tenant)?;
        let timeout_ms = PAYMENT_TIMEOUT_MS;
        let draft = TopUpDraft { id: self.id(), tenant: actor.tenant, party, channel, price, asset, timeout_ms };
        let payment =
            Payment::start(draft, &policy.sale, self.now()).map_err(|error| CommandError::Refused(error.into()))?;
        tx.add_payment(&payment, provider)?;
        Ok(PaymentRow { payment, provider: provider.to_owned(), pay_link: None })
    }

    /// One top-up.
    pub fn top_up(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        payment: PaymentId,
    ) -> Result<PaymentRow, CommandError<Infallible>> {
        let row = tx.payment(actor.tenant, payment)?.ok_or(CommandError::NotFound)?;
        // Whoever may not look at the wallet is not told that it has this payment.
        owner_for(tx, actor, row.payment.party, Action::ReadWallet).map_err(|error| match error {
            CommandError::Forbidden => CommandError::NotFound,
            other => other,
        })?;
        Ok(row)
    }
}

impl App {
    /// [`Shell::top_up`] on a reader.
    pub async fn top_up(&self, actor: Actor, payment: PaymentId) -> Result<PaymentRow, CommandError<Infallible>> {
        self.read(move |shell, tx| shell.top_up(tx, &actor, payment)).await
    }

    /// How many whole beans one yuan buys in each channel: shown before anything is bought (TP-25).
    pub async fn bean_rates(&self, actor: Actor) -> Result<Vec<(SaleChannel, i64)>, CommandError<Infallible>> {
        self.read(move |shell, tx| {
            actor.may(Action::ReadPolicy, &of_tenant(actor.tenant))?;
            let policy = shell.policy(tx, actor.tenant)?;
            let rate = |channel: &SaleChannel| (*channel, policy.sale.beans_per_yuan(*channel));
            Ok(SaleChannel::ALL.iter().map(rate).collect())
        })
        .await
    }

    /// A page of a party's top-ups, newest first.
    pub async fn top_ups(
        &self,
        actor: Actor,
        party: PartyId,
        (before, limit): (Option<PaymentId>, usize),
    ) -> Result<Vec<PaymentRow>, CommandError<Infallible>> {
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        self.read(move |_, tx| {
            owner_for(tx, &actor, party, Action::ReadWallet)?;
            Ok(tx.payments_of(PartyPage { tenant: actor.tenant, party, before, limit })?)
        })
        .await
    }

    /// A page of the money that came and was not asked for, oldest first: somebody must look at it.
    pub async fn suspended_money(
        &self,
        actor: Actor,
        (after, limit): (Option<(Timestamp, PaymentId)>, usize),
    ) -> Result<Vec<SuspendedMoney>, CommandError<Infallible>> {
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        self.read(move |_, tx| {
            actor.may(Action::CorrectWallet, &of_tenant(actor.tenant))?;
            Ok(tx.suspended_money(actor.tenant, after, limit)?)
        })
        .await
    }
}
