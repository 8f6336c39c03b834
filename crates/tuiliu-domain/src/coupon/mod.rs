//! Coupons: less to pay for promotion; each one is a lot on the ledger (WL-06, TP-05, TP-06, TP-28).

mod condition;
mod funds;
mod state;

pub use condition::{CouponConditions, Misfit, PayableOrder, ProductConstraint};
pub(crate) use funds::total_worth;
pub use funds::{
    BeanLot, CouponChoice, CouponLot, Funds, PaymentRules, PlanPaymentError, SourceKind, SourcePlan, can_pay,
    plan_payment,
};
pub use state::{CouponState, CouponUse};

use thiserror::Error;

use crate::event::{Event, Outcome};
use crate::id::{LotId, PartyId, TenantId};
use crate::ledger::{AccountId, AccountKind, LedgerCommand, LotOrigin, LotReturn, NewLot};
use crate::limits::COUPON_POINTS_MAX;
use crate::money::{Amount, Asset};
use crate::time::Timestamp;

/// The two kinds of coupon (TP-28).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CouponKind {
    /// Can be split; what an order leaves comes back as a new coupon.
    TrafficCoupon,
    /// Used whole; what an order leaves is burnt. Refused below a credit score.
    GrowthCard,
}

/// Face, kind and conditions of a coupon.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CouponTerms {
    pub kind: CouponKind,
    /// In points.
    pub points: Amount,
    pub conditions: CouponConditions,
    pub valid_from: Timestamp,
    /// First instant at which it can no longer be used.
    pub valid_to: Timestamp,
}

/// A coupon as the rules see it; what is left of it is told by its lot.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Coupon {
    /// A coupon's id is its lot's.
    pub lot: LotId,
    pub tenant: TenantId,
    pub owner: PartyId,
    pub terms: CouponTerms,
    /// The coupon that this one was split from, or is the remainder of.
    pub parent: Option<LotId>,
}

/// Why a coupon is not granted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum GrantCouponError {
    #[error("grant `{points}` points: a coupon has 1 to `{max}`")]
    BadPoints { points: i64, max: i64 },
    #[error("grant a coupon that is never valid")]
    NeverValid,
    #[error("grant a coupon that no order can be paid with")]
    NeverFits,
}

/// Why a coupon is not split.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SplitCouponError {
    #[error("split a growth card")]
    Indivisible,
    #[error("split `{points}` points off a coupon with `{spendable}` to spend")]
    BadPoints { points: i64, spendable: i64 },
    #[error("split a coupon that is not valid now")]
    NotValid,
}

/// Why a coupon does not lapse.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("expire a coupon that is valid until `{}` ms", .valid_to.ms())]
pub struct ExpireCouponError {
    pub valid_to: Timestamp,
}

impl Coupon {
    /// Grants a coupon at the platform's expense.
    pub fn grant(self, now: Timestamp) -> Result<Outcome<Self>, GrantCouponError> {
        let points = self.terms.points;
        if !(1..=COUPON_POINTS_MAX).contains(&points.units()) {
            return Err(GrantCouponError::BadPoints { points: points.units(), max: COUPON_POINTS_MAX });
        }
        if self.terms.valid_to <= self.terms.valid_from || self.terms.valid_to <= now {
            return Err(GrantCouponError::NeverValid);
        }
        if !self.terms.conditions.can_be_met() {
            return Err(GrantCouponError::NeverFits);
        }
        let from = self.tenant_account(AccountKind::CouponExpense);
        let lot = NewLot {
            id: self.lot,
            account: self.account(),
            origin: LotOrigin::Grant,
            amount: points,
            valid_from: self.terms.valid_from,
            valid_to: Some(self.terms.valid_to),
            on_return: self.terms.kind.on_return(),
        };
        let postings = vec![LedgerCommand::OpenLot { from, lot }];
        let event = Event::CouponGranted {
            lot: self.lot,
            owner: self.owner,
            kind: self.terms.kind,
            points,
            valid_to: self.terms.valid_to,
        };
        Ok(Outcome { state: self, postings, events: vec![event] })
    }

    /// Splits points off into a new coupon with the same conditions; the state is the new one (TP-06).
    pub fn split(self, into: LotId, part: CouponPart, now: Timestamp) -> Result<Outcome<Self>, SplitCouponError> {
        if self.terms.kind == CouponKind::GrowthCard {
            return Err(SplitCouponError::Indivisible);
        }
        if now < self.terms.valid_from || self.terms.valid_to <= now {
            return Err(SplitCouponError::NotValid);
        }
        let CouponPart { points, spendable } = part;
        // Splitting everything off would leave an empty coupon behind.
        if points.units() < 1 || spendable <= points {
            return Err(SplitCouponError::BadPoints { points: points.units(), spendable: spendable.units() });
        }
        let postings = vec![LedgerCommand::SplitLot { lot: self.lot, into, amount: points }];
        let event = Event::CouponSplit { from: self.lot, into, owner: self.owner, points };
        let terms = CouponTerms { points, ..self.terms };
        let state = Self { lot: into, terms, parent: Some(self.lot), ..self };
        Ok(Outcome { state, postings, events: vec![event] })
    }

    /// Lets the rest of a coupon lapse whose time is over.
    pub fn expire(self, spendable: Amount, now: Timestamp) -> Result<Outcome<Self>, ExpireCouponError> {
        if now < self.terms.valid_to {
            return Err(ExpireCouponError { valid_to: self.terms.valid_to });
        }
        if spendable <= Amount::ZERO {
            return Ok(Outcome { state: self, postings: Vec::new(), events: Vec::new() });
        }
        let to = self.tenant_account(AccountKind::Breakage);
        let postings = vec![LedgerCommand::ExpireLot { lot: self.lot, to }];
        let event = Event::CouponExpired { lot: self.lot, owner: self.owner, points: spendable };
        Ok(Outcome { state: self, postings, events: vec![event] })
    }

    /// Takes back what is left of a coupon; what orders hold of it stays with them.
    pub fn recall(self, spendable: Amount) -> Outcome<Self> {
        if spendable <= Amount::ZERO {
            return Outcome { state: self, postings: Vec::new(), events: Vec::new() };
        }
        let to = self.tenant_account(AccountKind::Recalled);
        let postings = vec![LedgerCommand::TakeFromLot { lot: self.lot, to, amount: spendable }];
        let event = Event::CouponRecalled { lot: self.lot, owner: self.owner, points: spendable };
        Outcome { state: self, postings, events: vec![event] }
    }

    /// The coupon that an order's remainder comes back as (TP-06).
    ///
    /// It keeps conditions and expiry; if it expired during the order, it lives `grace_ms` from now.
    #[must_use]
    pub fn remainder(&self, into: LotId, points: Amount, now: Timestamp, grace_ms: i64) -> Self {
        let valid_to = if self.terms.valid_to <= now { now.plus_ms(grace_ms) } else { self.terms.valid_to };
        let terms = CouponTerms { points, valid_to, ..self.terms.clone() };
        Self { lot: into, terms, parent: Some(self.lot), ..*self }
    }

    /// The account that keeps its owner's coupons.
    #[must_use]
    pub const fn account(&self) -> AccountId {
        AccountId { kind: AccountKind::Coupon, asset: Asset::Point, owner: self.owner.value() }
    }

    const fn tenant_account(&self, kind: AccountKind) -> AccountId {
        AccountId { kind, asset: Asset::Point, owner: self.tenant.value() }
    }
}

/// How much to split off, of how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CouponPart {
    pub points: Amount,
    /// What the coupon's lot has to spend.
    pub spendable: Amount,
}

impl CouponKind {
    /// Every kind there is.
    pub const ALL: &[Self] = &[Self::TrafficCoupon, Self::GrowthCard];

    /// The code used in rows and in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TrafficCoupon => "traffic_coupon",
            Self::GrowthCard => "growth_card",
        }
    }

    /// The kind with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.code() == code)
    }

    /// What happens to the part that an order held and did not use.
    #[must_use]
    pub const fn on_return(self) -> LotReturn {
        match self {
            Self::TrafficCoupon => LotReturn::NewLot,
            Self::GrowthCard => LotReturn::Burn,
        }
    }
}

#[cfg(test)]
mod tests;
