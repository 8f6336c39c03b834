//! Gifts: beans at the platform's expense, never refundable in money.

use thiserror::Error;

use super::{gift_account, of_tenant};
use crate::event::{Event, Outcome};
use crate::id::{LotId, PartyId, TenantId};
use crate::ledger::{AccountKind, LedgerCommand, Lot, LotOrigin, LotReturn, NewLot};
use crate::limits::GIFT_BEANS_MAX;
use crate::money::{Amount, Asset};
use crate::time::Timestamp;

/// Beans to be given to a party.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Gift {
    pub lot: LotId,
    pub tenant: TenantId,
    pub party: PartyId,
    /// In 1/100 bean.
    pub beans: Amount,
    /// First instant at which they can no longer be used; `None` never lapses.
    pub valid_to: Option<Timestamp>,
}

/// Why beans are not given.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum GiveBeansError {
    #[error("give `{units}` hundredths of a bean: a gift has 1 to `{max}`")]
    BadAmount { units: i64, max: i64 },
    #[error("give beans that are never valid")]
    NeverValid,
}

/// Why a gift does not lapse.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ExpireGiftError {
    #[error("expire a gift before its time")]
    TooEarly,
    #[error("expire as a gift what is none")]
    NotAGift,
}

impl Gift {
    /// Gives the beans.
    pub fn give(self, now: Timestamp) -> Result<Outcome<Self>, GiveBeansError> {
        let Self { lot, tenant, party, beans, valid_to } = self;
        if !(1..=GIFT_BEANS_MAX).contains(&beans.units()) {
            return Err(GiveBeansError::BadAmount { units: beans.units(), max: GIFT_BEANS_MAX });
        }
        if valid_to.is_some_and(|end| end <= now) {
            return Err(GiveBeansError::NeverValid);
        }
        let from = of_tenant(tenant, AccountKind::GiftExpense, Asset::Bean);
        let new = NewLot {
            id: lot,
            account: gift_account(party),
            origin: LotOrigin::Grant,
            amount: beans,
            valid_from: now,
            valid_to,
            on_return: LotReturn::SameLot,
        };
        let postings = vec![LedgerCommand::OpenLot { from, lot: new }];
        let events = vec![Event::BeansGiven { party, lot, beans, valid_to }];
        Ok(Outcome { state: self, postings, events })
    }
}

/// Lets the rest of a gift lapse whose time is over.
pub fn expire_gift(lot: &Lot, tenant: TenantId, now: Timestamp) -> Result<Outcome<()>, ExpireGiftError> {
    if lot.account.kind != AccountKind::WalletGift {
        return Err(ExpireGiftError::NotAGift);
    }
    if !lot.is_over(now) {
        return Err(ExpireGiftError::TooEarly);
    }
    if lot.remaining <= Amount::ZERO {
        return Ok(Outcome { state: (), postings: Vec::new(), events: Vec::new() });
    }
    let to = of_tenant(tenant, AccountKind::Breakage, lot.account.asset);
    let postings = vec![LedgerCommand::ExpireLot { lot: lot.id, to }];
    let party = PartyId::new(lot.account.owner);
    let events = vec![Event::BeansExpired { party, lot: lot.id, beans: lot.remaining }];
    Ok(Outcome { state: (), postings, events })
}
