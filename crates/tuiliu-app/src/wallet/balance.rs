//! What a party has: to spend, held, frozen, by lot.

use std::convert::Infallible;

use tuiliu_domain::coupon::{BeanLot, CouponLot, Funds};
use tuiliu_domain::id::{LotId, PartyId, TenantId};
use tuiliu_domain::ledger::{AccountId, AccountKind, Lot};
use tuiliu_domain::money::{Amount, Asset, Beans, CENTIBEANS_PER_BEAN};
use tuiliu_domain::party::{Action, Actor};
use tuiliu_domain::time::Timestamp;
use tuiliu_domain::wallet;
use tuiliu_store::{StoreError, Tx};

use super::{StatementOf, owner_for};
use crate::app::{App, Shell};
use crate::error::CommandError;

/// One account of a wallet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountBalance {
    pub account: AccountId,
    /// Everything in it, what is held included.
    pub posted: Amount,
    /// Promised to orders.
    pub held: Amount,
    /// Of what is not held, what can be used now.
    pub spendable: Amount,
}

/// A wallet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WalletView {
    pub party: PartyId,
    /// It receives but does not pay (WL-10).
    pub frozen: bool,
    /// Whole beans that can be spent (TP-04).
    pub beans: Beans,
    /// What stays because it is less than a bean, in 1/100 bean.
    pub fraction: Amount,
    /// Beans that were bought, beans that were given, coupons, money, money that was given; in this order.
    pub accounts: Vec<AccountBalance>,
}

/// What a party could pay an order with (TP-04, TP-05).
pub(crate) fn funds(tx: &mut Tx<'_>, tenant: TenantId, party: PartyId) -> Result<Funds, StoreError> {
    let row = tx.party(tenant, party)?;
    let row = row.ok_or_else(|| missing(format!("party {party}"), "a payer that is nobody"))?;
    let mut coupons = Vec::new();
    for lot in tx.spendable_lots_of(wallet::coupon_account(party))? {
        coupons.push(coupon_lot(tx, &lot)?);
    }
    let gift_beans = tx.spendable_lots_of(wallet::gift_account(party))?.iter().map(bean_lot).collect();
    let paid = wallet::paid_account(party, Asset::Bean);
    let paid_beans = tx.spendable_lots_of(paid)?.iter().map(bean_lot).collect();
    let granted_money = tx.spendable_lots_of(wallet::granted_account(party))?.iter().map(bean_lot).collect();
    let paid = wallet::paid_account(party, Asset::Cny);
    let paid_money = tx.spendable_lots_of(paid)?.iter().map(bean_lot).collect();
    Ok(Funds {
        coupons,
        gift_beans,
        paid_beans,
        granted_money,
        paid_money,
        frozen: is_frozen(tx, party)?,
        credit_score: row.credit_score,
    })
}

/// Whether a wallet is frozen: its accounts are frozen together.
pub(super) fn is_frozen(tx: &mut Tx<'_>, party: PartyId) -> Result<bool, StoreError> {
    for account in wallet::accounts(party) {
        if tx.ledger_account(account)?.is_some_and(|account| account.frozen) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn coupon_lot(tx: &mut Tx<'_>, lot: &Lot) -> Result<CouponLot, StoreError> {
    let row =
        tx.coupon_of_lot(lot.id)?.ok_or_else(|| missing(lot.id.to_string(), "a coupon lot without its coupon"))?;
    let terms = row.coupon.terms;
    Ok(CouponLot {
        lot: lot.id,
        kind: terms.kind,
        spendable: lot.remaining,
        conditions: terms.conditions,
        valid_from: lot.valid_from,
        valid_to: lot.valid_to.unwrap_or(terms.valid_to),
    })
}

fn bean_lot(lot: &Lot) -> BeanLot {
    BeanLot { lot: lot.id, spendable: lot.remaining, valid_from: lot.valid_from, valid_to: lot.valid_to }
}

fn missing(place: String, reason: &str) -> StoreError {
    StoreError::Inconsistent { place, reason: reason.to_owned() }
}

impl Shell {
    /// A wallet, for whoever may look at it.
    pub fn wallet(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        party: PartyId,
    ) -> Result<WalletView, CommandError<Infallible>> {
        owner_for(tx, actor, party, Action::ReadWallet)?;
        Ok(view(tx, party, self.now())?)
    }

    /// What each account of a wallet had at this instant (WL-07).
    pub fn balances_at(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        (party, at): (PartyId, Timestamp),
    ) -> Result<Vec<(AccountId, Amount)>, CommandError<Infallible>> {
        owner_for(tx, actor, party, Action::ReadWallet)?;
        let balances = wallet::accounts(party).into_iter().map(|account| Ok((account, tx.balance_at(account, at)?)));
        balances.collect()
    }
}

/// A wallet as it is now.
pub(super) fn view(tx: &mut Tx<'_>, party: PartyId, now: Timestamp) -> Result<WalletView, StoreError> {
    let mut accounts = Vec::new();
    let mut centibeans = 0_i64;
    for id in wallet::accounts(party) {
        let account = tx.ledger_account(id)?;
        let of_account = tx.spendable_lots_of(id)?;
        let valid = of_account.iter().filter(|lot| lot.is_valid(now));
        let spendable = valid.fold(0_i64, |sum, lot| sum.saturating_add(lot.remaining.units()));
        if matches!(id.kind, AccountKind::WalletPaid | AccountKind::WalletGift) && id.asset == Asset::Bean {
            centibeans = centibeans.saturating_add(spendable);
        }
        let posted = account.map_or(Amount::ZERO, |account| account.posted);
        let held = account.map_or(Amount::ZERO, |account| account.held);
        accounts.push(AccountBalance { account: id, posted, held, spendable: Amount::new(spendable) });
    }
    let frozen = is_frozen(tx, party)?;
    let beans = Beans::whole_in(Amount::new(centibeans));
    let fraction = Amount::new(centibeans % CENTIBEANS_PER_BEAN);
    Ok(WalletView { party, frozen, beans, fraction, accounts })
}

impl App {
    /// [`Shell::wallet`] on a reader.
    pub async fn wallet(&self, actor: Actor, party: PartyId) -> Result<WalletView, CommandError<Infallible>> {
        self.read(move |shell, tx| shell.wallet(tx, &actor, party)).await
    }

    /// A page of the lots of one account of a wallet, oldest first: each top-up, gift and coupon with what is left.
    pub async fn wallet_lots(
        &self,
        actor: Actor,
        of: StatementOf,
        (after, limit): (Option<LotId>, usize),
    ) -> Result<Vec<Lot>, CommandError<Infallible>> {
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        self.read(move |_, tx| {
            owner_for(tx, &actor, of.party, Action::ReadWallet)?;
            Ok(tx.lots_after(of.account.account(of.party), after, limit)?)
        })
        .await
    }

    /// [`Shell::balances_at`] on a reader.
    pub async fn balances_at(
        &self,
        actor: Actor,
        party: PartyId,
        at: Timestamp,
    ) -> Result<Vec<(AccountId, Amount)>, CommandError<Infallible>> {
        self.read(move |shell, tx| shell.balances_at(tx, &actor, (party, at))).await
    }
}
