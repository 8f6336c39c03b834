//! Statements: what moved in an account of a wallet (WL-07).

use std::convert::Infallible;

use tuiliu_domain::id::PartyId;
use tuiliu_domain::ledger::AccountId;
use tuiliu_domain::money::Asset;
use tuiliu_domain::party::{Action, Actor};
use tuiliu_domain::wallet;
use tuiliu_store::StatementLine;

use super::owner_for;
use crate::app::App;
use crate::error::CommandError;

/// An account of a wallet, as statements name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StatementAccount {
    /// Beans that were bought.
    PaidBeans,
    /// Beans that were given.
    GiftBeans,
    /// Points of all coupons.
    Coupons,
    /// Money.
    Money,
}

/// Which account of whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StatementOf {
    pub party: PartyId,
    pub account: StatementAccount,
}

impl StatementAccount {
    /// Every account there is, in the order of a wallet.
    pub const ALL: &[Self] = &[Self::PaidBeans, Self::GiftBeans, Self::Coupons, Self::Money];

    /// The code used in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::PaidBeans => "paid_beans",
            Self::GiftBeans => "gift_beans",
            Self::Coupons => "coupons",
            Self::Money => "money",
        }
    }

    /// The account with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|account| account.code() == code)
    }

    /// The account of this ledger account, if it is one of a wallet.
    #[must_use]
    pub fn of(account: AccountId) -> Option<Self> {
        let party = PartyId::new(account.owner);
        Self::ALL.iter().copied().find(|one| one.account(party) == account)
    }

    /// The account itself.
    #[must_use]
    pub const fn account(self, party: PartyId) -> AccountId {
        match self {
            Self::PaidBeans => wallet::paid_account(party, Asset::Bean),
            Self::GiftBeans => wallet::gift_account(party),
            Self::Coupons => wallet::coupon_account(party),
            Self::Money => wallet::paid_account(party, Asset::Cny),
        }
    }

    /// What it counts.
    #[must_use]
    pub const fn asset(self) -> Asset {
        match self {
            Self::PaidBeans | Self::GiftBeans => Asset::Bean,
            Self::Coupons => Asset::Point,
            Self::Money => Asset::Cny,
        }
    }
}

impl App {
    /// A page of a statement, oldest line first, after the line with this number.
    pub async fn statement(
        &self,
        actor: Actor,
        of: StatementOf,
        (after, limit): (u64, usize),
    ) -> Result<Vec<StatementLine>, CommandError<Infallible>> {
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        self.read(move |_, tx| {
            owner_for(tx, &actor, of.party, Action::ReadWallet)?;
            Ok(tx.statement(of.account.account(of.party), after, limit)?)
        })
        .await
    }
}
