//! What is done to coupons outside of orders.

use std::convert::Infallible;

use thiserror::Error;
use tuiliu_domain::coupon::{
    Coupon, CouponConditions, CouponKind, CouponPart, CouponTerms, CouponUse, GrantCouponError, SplitCouponError,
};
use tuiliu_domain::event::{Event, Outcome};
use tuiliu_domain::id::{LotId, PartyId, TenantId};
use tuiliu_domain::ledger::{LedgerRefusal, Lot};
use tuiliu_domain::limits::COUPON_GRANT_MAX;
use tuiliu_domain::money::Amount;
use tuiliu_domain::party::{Action, Actor};
use tuiliu_domain::time::{DAY_MS, Timestamp};
use tuiliu_store::{CouponRow, StoreError, Tx};

use super::list::coupon_for;
use super::{CouponView, Line};
use crate::access::{AskAgain, Caller, of_tenant};
use crate::app::{App, Shell};
use crate::error::CommandError;
use crate::outcome::{self, Saved};
use crate::wallet::unrefused;

/// So long before its end the owner of a coupon is told.
const EXPIRING_MS: i64 = 3 * DAY_MS;

/// Grants the same coupon to each of these parties, to all or to none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantCoupons {
    /// Somebody named twice gets two.
    pub owners: Vec<PartyId>,
    pub kind: CouponKind,
    /// On each coupon.
    pub points: Amount,
    pub conditions: CouponConditions,
    pub validity: CouponValidity,
}

/// How long a coupon is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CouponValidity {
    /// From now, as long as the policy says.
    Standard,
    /// From now, as long as the policy says of rewards for tasks.
    TaskReward,
    Between {
        from: Timestamp,
        to: Timestamp,
    },
}

/// Why no coupon was granted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum GrantCouponsError {
    #[error(transparent)]
    Grant(#[from] GrantCouponError),
    #[error("grant coupons to `{owners}` parties: it must be 1 to `{max}`")]
    BadCount { owners: usize, max: usize },
    #[error("grant a coupon to `{owner}`, who is nobody")]
    UnknownOwner { owner: PartyId },
}

/// Splits points off into a new coupon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SplitCoupon {
    pub coupon: LotId,
    pub points: Amount,
}

/// Why a coupon was not split.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SplitCouponRefusal {
    #[error(transparent)]
    Split(#[from] SplitCouponError),
    #[error("split a coupon of a frozen wallet")]
    WalletFrozen,
}

/// Why a coupon was not taken back.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RecallCouponError {
    #[error("take back a coupon of which nothing is left to take")]
    NothingLeft,
    #[error("take back a coupon of a frozen wallet")]
    WalletFrozen,
    #[error("take back a coupon whose time is over")]
    Over,
    #[error(transparent)]
    AskAgain(#[from] AskAgain),
}

impl Shell {
    /// Grants coupons in the caller's transaction.
    pub fn grant_coupons(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        command: &GrantCoupons,
    ) -> Result<Vec<CouponView>, CommandError<GrantCouponsError>> {
        let refuse = |error| Err(CommandError::Refused(error));
        let tenant = actor.tenant;
        actor.may(Action::GrantCoupon, &of_tenant(tenant))?;
        let GrantCoupons { owners, kind, points, conditions, validity } = command;
        if !(1..=COUPON_GRANT_MAX).contains(&owners.len()) {
            return refuse(GrantCouponsError::BadCount { owners: owners.len(), max: COUPON_GRANT_MAX });
        }
        let (valid_from, valid_to) = self.validity(tx, tenant, *validity)?;
        let (kind, points, conditions) = (*kind, *points, conditions.clone());
        let terms = CouponTerms { kind, points, conditions, valid_from, valid_to };
        let now = self.now();
        let mut whole = Outcome { state: Vec::new(), postings: Vec::new(), events: Vec::new() };
        for owner in owners {
            if tx.party(tenant, *owner)?.is_none() {
                return refuse(GrantCouponsError::UnknownOwner { owner: *owner });
            }
            let coupon = Coupon { lot: self.id(), tenant, owner: *owner, terms: terms.clone(), parent: None };
            let Outcome { state, postings, events } =
                coupon.grant(now).map_err(|error| CommandError::Refused(error.into()))?;
            whole.state.push(state);
            whole.postings.extend(postings);
            whole.events.extend(events);
        }
        let Saved { state: coupons, .. } = unrefused(tenant, "coupons", outcome::save(self, tx, tenant, whole)?)?;
        for coupon in &coupons {
            tx.add_coupon(coupon, now)?;
            Line::new(coupon.lot, CouponUse::Granted, points).write(tx, now)?;
        }
        coupons.iter().map(|coupon| Ok(super::list::view_of(tx, coupon.tenant, coupon.lot, now)?)).collect()
    }

    fn validity(
        &self,
        tx: &mut Tx<'_>,
        tenant: TenantId,
        validity: CouponValidity,
    ) -> Result<(Timestamp, Timestamp), StoreError> {
        let now = self.now();
        let policy = &self.policy(tx, tenant)?.coupon;
        Ok(match validity {
            CouponValidity::Standard => (now, now.plus_ms(policy.validity_ms)),
            CouponValidity::TaskReward => (now, now.plus_ms(policy.task_reward_validity_ms)),
            CouponValidity::Between { from, to } => (from, to),
        })
    }

    /// Splits a coupon in the caller's transaction; answers the new one (TP-06).
    pub fn split_coupon(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        command: SplitCoupon,
    ) -> Result<CouponView, CommandError<SplitCouponRefusal>> {
        let (row, lot) = coupon_for(tx, actor, command.coupon, Action::SplitCoupon)?;
        let (tenant, now) = (actor.tenant, self.now());
        let SplitCoupon { coupon: from, points } = command;
        let part = CouponPart { points, spendable: lot.remaining };
        let outcome = row.coupon.split(self.id(), part, now).map_err(|error| CommandError::Refused(error.into()))?;
        let saved = match outcome::save(self, tx, tenant, outcome)? {
            Err(LedgerRefusal::Frozen { .. }) => return Err(CommandError::Refused(SplitCouponRefusal::WalletFrozen)),
            other => unrefused(tenant, "coupon", other)?,
        };
        let into = saved.state;
        tx.add_coupon(&into, now)?;
        Line::new(from, CouponUse::SplitInto, points).with_other(into.lot).write(tx, now)?;
        Line::new(into.lot, CouponUse::SplitFrom, points).with_other(from).write(tx, now)?;
        Ok(super::list::view_of(tx, tenant, into.lot, now)?)
    }

    /// Takes back what is left of a coupon in the caller's transaction; what orders hold stays with them.
    pub fn recall_coupon(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        coupon: LotId,
    ) -> Result<CouponView, CommandError<RecallCouponError>> {
        let refuse = |error| Err(CommandError::Refused(error));
        let (row, lot) = coupon_for(tx, &caller.actor, coupon, Action::RecallCoupon)?;
        let (tenant, now) = (caller.actor.tenant, self.now());
        caller.proved(Action::RecallCoupon, now).map_err(|error| CommandError::Refused(error.into()))?;
        if lot.remaining <= Amount::ZERO {
            return refuse(RecallCouponError::NothingLeft);
        }
        let outcome = row.coupon.recall(lot.remaining);
        match outcome::save(self, tx, tenant, outcome)? {
            Err(LedgerRefusal::Frozen { .. }) => return refuse(RecallCouponError::WalletFrozen),
            Err(LedgerRefusal::OutsideValidity { .. }) => return refuse(RecallCouponError::Over),
            other => drop(unrefused(tenant, "coupon", other)?),
        }
        Line::new(coupon, CouponUse::Recalled, lot.remaining).write(tx, now)?;
        Ok(super::list::view_of(tx, tenant, coupon, now)?)
    }
}

impl App {
    /// Lets coupons lapse whose time is over; how many. A job's, `limit` at a time.
    pub async fn expire_coupons(&self, limit: u32) -> Result<usize, CommandError<Infallible>> {
        self.write(move |shell, tx| {
            let now = shell.now();
            let ended = tx.ended_coupons(now, limit)?;
            for row in &ended {
                let lot = tx.ledger_lot(row.coupon.lot)?;
                expire(shell, tx, row, lot, now)?;
            }
            Ok(ended.len())
        })
        .await
    }
}

impl App {
    /// Tells of coupons that end soon and have value left, once each; how many were looked at. A job's.
    pub async fn tell_expiring_coupons(&self, limit: u32) -> Result<usize, CommandError<Infallible>> {
        self.write(move |shell, tx| {
            let ending = tx.expiring_coupons(shell.now().plus_ms(EXPIRING_MS), limit)?;
            for row in &ending {
                let Coupon { lot, tenant, owner, ref terms, .. } = row.coupon;
                let points = tx.ledger_lot(lot)?.map_or(Amount::ZERO, |lot| lot.remaining);
                if points > Amount::ZERO && shell.now() < terms.valid_to {
                    let event = Event::CouponExpiring { lot, owner, points, valid_to: terms.valid_to };
                    outcome::tell(shell, tx, tenant, &[event]);
                }
                tx.note_expiring_coupon(lot)?;
            }
            Ok(ending.len())
        })
        .await
    }
}

fn expire(shell: &Shell, tx: &mut Tx<'_>, row: &CouponRow, lot: Option<Lot>, now: Timestamp) -> Result<(), StoreError> {
    let Coupon { lot: id, tenant, .. } = row.coupon;
    let points = lot.map_or(Amount::ZERO, |lot| lot.remaining);
    if let Ok(outcome) = row.coupon.clone().expire(points, now) {
        let saved = outcome::save_as(shell, tx, (tenant, id.child(1)), outcome)?;
        drop(unrefused(tenant, "coupon", saved)?);
    }
    if points > Amount::ZERO {
        Line::new(id, CouponUse::Expired, points).write(tx, now)?;
    }
    tx.close_coupon(id)
}
