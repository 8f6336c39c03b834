//! Looking at coupons.

use std::convert::Infallible;

use tuiliu_domain::coupon::{Coupon, CouponState};
use tuiliu_domain::id::{LotId, PartyId, TenantId};
use tuiliu_domain::ledger::Lot;
use tuiliu_domain::party::{Action, Actor, Reach};
use tuiliu_domain::time::Timestamp;
use tuiliu_store::{CouponEntry, CouponPage, CouponRow, StoreError, Tx};

use crate::access::{of_party, of_tenant};
use crate::app::{App, Shell};
use crate::error::CommandError;

/// Rows looked at for one page of a list that shows some states only.
const LOOKED_AT: u32 = 500;

/// A coupon with what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CouponView {
    pub coupon: Coupon,
    /// How much is left, held, used, returned, lapsed, split off.
    pub lot: Lot,
    pub state: CouponState,
    pub created_at: Timestamp,
}

/// Which coupons to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CouponList {
    /// Whose; `None` is everybody, or one's own for whoever may look at nobody else's.
    pub owner: Option<PartyId>,
    /// Only those in this state.
    pub state: Option<CouponState>,
    /// The last one of the page before.
    pub after: Option<LotId>,
    pub limit: usize,
}

/// The coupon with its lot, if the actor may do this to it.
pub(super) fn coupon_for<R: std::error::Error>(
    tx: &mut Tx<'_>,
    actor: &Actor,
    lot: LotId,
    action: Action,
) -> Result<(CouponRow, Lot), CommandError<R>> {
    let row = tx.coupon(actor.tenant, lot)?.ok_or(CommandError::NotFound)?;
    let owned = of_party(actor.tenant, row.coupon.owner);
    if actor.may(Action::ReadCoupon, &owned).is_err() && actor.reach(Action::ReadCoupon).is_some() {
        return Err(CommandError::NotFound);
    }
    actor.may(action, &owned)?;
    Ok((row, lot_of(tx, lot)?))
}

pub(super) fn view_of(tx: &mut Tx<'_>, tenant: TenantId, lot: LotId, now: Timestamp) -> Result<CouponView, StoreError> {
    let row = tx.coupon(tenant, lot)?.ok_or_else(|| missing(lot))?;
    view(tx, &row, now)
}

fn view(tx: &mut Tx<'_>, row: &CouponRow, now: Timestamp) -> Result<CouponView, StoreError> {
    let lot = lot_of(tx, row.coupon.lot)?;
    Ok(CouponView { coupon: row.coupon.clone(), lot, state: CouponState::of(&lot, now), created_at: row.created_at })
}

fn lot_of(tx: &mut Tx<'_>, lot: LotId) -> Result<Lot, StoreError> {
    tx.ledger_lot(lot)?.ok_or_else(|| missing(lot))
}

fn missing(lot: LotId) -> StoreError {
    StoreError::Inconsistent { place: format!("coupon {lot}"), reason: "a row without the other".to_owned() }
}

impl Shell {
    /// One coupon.
    pub fn coupon(&self, tx: &mut Tx<'_>, actor: &Actor, lot: LotId) -> Result<CouponView, CommandError<Infallible>> {
        let (row, _) = coupon_for(tx, actor, lot, Action::ReadCoupon)?;
        Ok(view(tx, &row, self.now())?)
    }

    /// A page of coupons, oldest first.
    pub fn coupons(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        list: CouponList,
    ) -> Result<Vec<CouponView>, CommandError<Infallible>> {
        let CouponList { owner, state, mut after, limit } = list;
        let tenant = actor.tenant;
        // Who may look at nobody else's is asked about their own.
        let owner = match actor.reach(Action::ReadCoupon) {
            Some(Reach::Own | Reach::Consented) => owner.or(Some(actor.party)),
            Some(Reach::Tenant) | None => owner,
        };
        match owner {
            Some(owner) => actor.may(Action::ReadCoupon, &of_party(tenant, owner))?,
            None => actor.may(Action::ReadCoupon, &of_tenant(tenant))?,
        }
        if let Some(owner) = owner
            && tx.party(tenant, owner)?.is_none()
        {
            return Err(CommandError::NotFound);
        }
        let step = if state.is_some() { LOOKED_AT } else { u32::try_from(limit).unwrap_or(u32::MAX) };
        let mut found = Vec::new();
        // The state is told by the ledger and not by the row, so rows are looked through until the page is full.
        loop {
            let rows = tx.coupons_after(CouponPage { tenant, owner, after, limit: step })?;
            for row in &rows {
                let seen = view(tx, row, self.now())?;
                if state.is_none_or(|state| seen.state == state) {
                    found.push(seen);
                }
                if found.len() >= limit {
                    return Ok(found);
                }
            }
            match rows.last() {
                Some(last) if u32::try_from(rows.len()).is_ok_and(|read| read == step) => {
                    after = Some(last.coupon.lot);
                }
                _ => return Ok(found),
            }
        }
    }
}

impl App {
    /// [`Shell::coupon`] on a reader.
    pub async fn coupon(&self, actor: Actor, lot: LotId) -> Result<CouponView, CommandError<Infallible>> {
        self.read(move |shell, tx| shell.coupon(tx, &actor, lot)).await
    }

    /// [`Shell::coupons`] on a reader.
    pub async fn coupons(&self, actor: Actor, list: CouponList) -> Result<Vec<CouponView>, CommandError<Infallible>> {
        self.read(move |shell, tx| shell.coupons(tx, &actor, list)).await
    }

    /// A page of the ledger of a coupon's use, oldest line first (TP-24).
    pub async fn coupon_uses(
        &self,
        actor: Actor,
        lot: LotId,
        (after, limit): (u64, usize),
    ) -> Result<Vec<CouponEntry>, CommandError<Infallible>> {
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        self.read(move |_, tx| {
            coupon_for::<Infallible>(tx, &actor, lot, Action::ReadCoupon)?;
            Ok(tx.coupon_entries(lot, after, limit)?)
        })
        .await
    }
}
