//! Parties: who acts, and what they may do (AC-01).

mod desk;
mod permission;

pub use desk::Desk;
pub use permission::{Action, PERMISSIONS, Permission, Reach, Relation, may};

use std::fmt;

use thiserror::Error;

use crate::id::{PartyId, TenantId};

/// What a party is on the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Broadcasts and buys traffic for their own rooms.
    Creator,
    /// Sells goods and buys traffic for rooms that sell them.
    Merchant,
    /// Buys traffic and nothing else.
    Advertiser,
    /// Acts for others with their consent.
    Agency,
    /// Runs the platform.
    Operator,
    /// Judges content.
    Reviewer,
    /// Keeps the money.
    Finance,
    /// Helps people.
    SupportAgent,
    /// A machine of the host platform; what it may do is told by its key's scopes.
    Integrator,
}

/// What an integrator's key may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    BoostsRead,
    BoostsWrite,
    CouponsRead,
    CouponsWrite,
    DecisionsRead,
    EventsWrite,
    GuaranteesRead,
    GuaranteesWrite,
    IncentivesRead,
    IncentivesWrite,
    PartiesRead,
    PartiesWrite,
    PoliciesRead,
    PoliciesWrite,
    ReviewsRead,
    ReviewsWrite,
    RoomsRead,
    RoomsWrite,
    WalletRead,
    WalletWrite,
    /// What is told to the host's servers, and what was asked with keys.
    WebhooksRead,
    WebhooksWrite,
}

/// Somebody who is signed in, or a machine with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    pub tenant: TenantId,
    pub party: PartyId,
    /// Who they are; a person can be several things.
    pub roles: Vec<Role>,
    /// What the key allows; only looked at for integrators.
    pub scopes: Vec<Scope>,
    /// Parties that agreed to be acted for; only looked at for agencies.
    pub clients: Vec<PartyId>,
}

/// Something that belongs to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Owned {
    pub tenant: TenantId,
    /// Who owns it.
    pub owner: PartyId,
    /// Who owns it too: the payer of an order beside the creator.
    pub co_owner: Option<PartyId>,
}

/// An actor may not do what they asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Forbidden {
    /// It is another tenant's: it must look as if it were not there.
    #[error("find it")]
    NotFound,
    #[error("do `{}` with the rights given", .action.code())]
    NotAllowed { action: Action },
    #[error("do `{}` without the scope `{}`", .action.code(), .scope.code())]
    ScopeMissing { action: Action, scope: Scope },
}

impl Actor {
    /// How the actor stands to something.
    #[must_use]
    pub fn relation(&self, thing: &Owned) -> Relation {
        let owners = || std::iter::once(thing.owner).chain(thing.co_owner);
        if self.tenant != thing.tenant {
            Relation::OtherTenant
        } else if owners().any(|owner| owner == self.party) {
            Relation::Own
        } else if owners().any(|owner| self.clients.contains(&owner)) {
            Relation::Consented
        } else {
            Relation::SameTenant
        }
    }

    /// Whether the actor may do this to that.
    pub fn may(&self, action: Action, thing: &Owned) -> Result<(), Forbidden> {
        let relation = self.relation(thing);
        if relation == Relation::OtherTenant {
            return Err(Forbidden::NotFound);
        }
        let scope = action.scope();
        let allowed = |role: &Role| match role {
            Role::Integrator => self.scopes.contains(&scope) && may(*role, action, relation),
            _ => may(*role, action, relation),
        };
        if self.roles.iter().any(allowed) {
            return Ok(());
        }
        let by_key = self.roles.contains(&Role::Integrator) && may(Role::Integrator, action, relation);
        if by_key { Err(Forbidden::ScopeMissing { action, scope }) } else { Err(Forbidden::NotAllowed { action }) }
    }

    /// How far the actor may list by this action; `None` not at all.
    #[must_use]
    pub fn reach(&self, action: Action) -> Option<Reach> {
        let usable = |role: &&Role| **role != Role::Integrator || self.scopes.contains(&action.scope());
        self.roles.iter().filter(usable).filter_map(|role| permission::reach(*role, action)).max()
    }
}

impl Role {
    /// Every role there is.
    pub const ALL: &[Self] = &[
        Self::Creator,
        Self::Merchant,
        Self::Advertiser,
        Self::Agency,
        Self::Operator,
        Self::Reviewer,
        Self::Finance,
        Self::SupportAgent,
        Self::Integrator,
    ];

    /// The code used in rows and in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Creator => "creator",
            Self::Merchant => "merchant",
            Self::Advertiser => "advertiser",
            Self::Agency => "agency",
            Self::Operator => "operator",
            Self::Reviewer => "reviewer",
            Self::Finance => "finance",
            Self::SupportAgent => "support_agent",
            Self::Integrator => "integrator",
        }
    }

    /// The role with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.code() == code)
    }

    /// Whether people of this role work for the platform and sign in at the console.
    #[must_use]
    pub const fn is_staff(self) -> bool {
        matches!(self, Self::Operator | Self::Reviewer | Self::Finance | Self::SupportAgent)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Scope {
    /// Every scope there is.
    pub const ALL: &[Self] = &[
        Self::BoostsRead,
        Self::BoostsWrite,
        Self::CouponsRead,
        Self::CouponsWrite,
        Self::DecisionsRead,
        Self::EventsWrite,
        Self::GuaranteesRead,
        Self::GuaranteesWrite,
        Self::IncentivesRead,
        Self::IncentivesWrite,
        Self::PartiesRead,
        Self::PartiesWrite,
        Self::PoliciesRead,
        Self::PoliciesWrite,
        Self::ReviewsRead,
        Self::ReviewsWrite,
        Self::RoomsRead,
        Self::RoomsWrite,
        Self::WalletRead,
        Self::WalletWrite,
        Self::WebhooksRead,
        Self::WebhooksWrite,
    ];

    /// The code used in rows, keys and the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::BoostsRead => "boosts:read",
            Self::BoostsWrite => "boosts:write",
            Self::CouponsRead => "coupons:read",
            Self::CouponsWrite => "coupons:write",
            Self::DecisionsRead => "decisions:read",
            Self::EventsWrite => "events:write",
            Self::GuaranteesRead => "guarantees:read",
            Self::GuaranteesWrite => "guarantees:write",
            Self::IncentivesRead => "incentives:read",
            Self::IncentivesWrite => "incentives:write",
            Self::PartiesRead => "parties:read",
            Self::PartiesWrite => "parties:write",
            Self::PoliciesRead => "policies:read",
            Self::PoliciesWrite => "policies:write",
            Self::ReviewsRead => "reviews:read",
            Self::ReviewsWrite => "reviews:write",
            Self::RoomsRead => "rooms:read",
            Self::RoomsWrite => "rooms:write",
            Self::WalletRead => "wallet:read",
            Self::WalletWrite => "wallet:write",
            Self::WebhooksRead => "webhooks:read",
            Self::WebhooksWrite => "webhooks:write",
        }
    }

    /// The scope with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|scope| scope.code() == code)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests;
