//! Gifts and freezing: what staff do to a wallet.

use std::convert::Infallible;
use std::sync::Arc;

use thiserror::Error;
use tuiliu_domain::id::PartyId;
use tuiliu_domain::limits::WALLET_NOTE_BYTES_MAX;
use tuiliu_domain::money::Amount;
use tuiliu_domain::party::{Action, Actor};
use tuiliu_domain::time::Timestamp;
use tuiliu_domain::wallet::{self, Gift, GiveBeansError};
use tuiliu_store::{GiftRow, Tx};

use super::balance::{is_frozen, view};
use super::{WalletView, owner_for, unrefused};
use crate::access::{AskAgain, Caller};
use crate::app::{App, Shell};
use crate::error::CommandError;
use crate::outcome::{self, Saved};

/// Gives beans to a party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GiveBeans {
    pub party: PartyId,
    /// In 1/100 bean.
    pub beans: Amount,
    /// `None` never lapses.
    pub valid_to: Option<Timestamp>,
    /// Why, for whoever asks later.
    pub note: String,
}

/// Why beans were not given.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum GiveBeansRefusal {
    #[error(transparent)]
    Gift(#[from] GiveBeansError),
    #[error("note nothing, or more than `{max}` bytes")]
    BadNote { max: usize },
}

/// Freezes or unfreezes a wallet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetFrozen {
    pub party: PartyId,
    pub frozen: bool,
}

/// Why a wallet was not frozen or unfrozen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum FreezeError {
    #[error(transparent)]
    AskAgain(#[from] AskAgain),
}

impl Shell {
    /// Gives beans in the caller's transaction.
    pub fn give_beans(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        command: &GiveBeans,
    ) -> Result<GiftRow, CommandError<GiveBeansRefusal>> {
        let GiveBeans { party, beans, valid_to, note } = command;
        owner_for(tx, actor, *party, Action::GiveBeans)?;
        let note = note.trim();
        if note.is_empty() || note.len() > WALLET_NOTE_BYTES_MAX {
            return Err(CommandError::Refused(GiveBeansRefusal::BadNote { max: WALLET_NOTE_BYTES_MAX }));
        }
        let tenant = actor.tenant;
        let gift = Gift { lot: self.id(), tenant, party: *party, beans: *beans, valid_to: *valid_to };
        let outcome = gift.give(self.now()).map_err(|error| CommandError::Refused(error.into()))?;
        let Saved { state: gift, .. } = unrefused(tenant, "gift", outcome::save(self, tx, tenant, outcome)?)?;
        let row = GiftRow { gift, giver: actor.party, note: note.to_owned(), created_at: self.now() };
        tx.add_gift(&row)?;
        Ok(row)
    }

    /// Freezes or unfreezes a wallet in the caller's transaction (WL-10); as it is already, nothing happens.
    pub fn set_wallet_frozen(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        command: SetFrozen,
    ) -> Result<(), CommandError<FreezeError>> {
        let SetFrozen { party, frozen } = command;
        owner_for(tx, &caller.actor, party, Action::FreezeWallet)?;
        caller.proved(Action::FreezeWallet, self.now()).map_err(|error| CommandError::Refused(error.into()))?;
        if is_frozen(tx, party)? == frozen {
            return Ok(());
        }
        let tenant = caller.actor.tenant;
        let saved = outcome::save(self, tx, tenant, wallet::set_frozen(party, frozen))?;
        let Saved { .. } = unrefused(tenant, "wallet", saved)?;
        Ok(())
    }
}

impl App {
    /// Freezes or unfreezes a wallet; answers it as it is then.
    pub async fn set_wallet_frozen(
        &self,
        caller: Arc<Caller>,
        command: SetFrozen,
    ) -> Result<WalletView, CommandError<FreezeError>> {
        self.write(move |shell, tx| {
            shell.set_wallet_frozen(tx, &caller, command)?;
            Ok(view(tx, command.party, shell.now())?)
        })
        .await
    }

    /// Lets gifts lapse whose time is over; how many. A job's, `limit` at a time.
    pub async fn expire_gifts(&self, limit: u32) -> Result<usize, CommandError<Infallible>> {
        self.write(move |shell, tx| {
            let now = shell.now();
            let gifts = tx.ended_gifts(now, limit)?;
            for GiftRow { gift, .. } in &gifts {
                let (tenant, id) = (gift.tenant, gift.lot);
                if let Some(lot) = tx.ledger_lot(id)?
                    && let Ok(outcome) = wallet::expire_gift(&lot, tenant, now)
                {
                    let saved = outcome::save_as(shell, tx, (tenant, id.child(1)), outcome)?;
                    let Saved { .. } = unrefused(tenant, "gift", saved)?;
                }
                tx.close_gift(id)?;
            }
            Ok(gifts.len())
        })
        .await
    }
}
