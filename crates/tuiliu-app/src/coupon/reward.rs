//! Coupons as rewards: granted by programmes, and taken back with everything that became of them (IN-09, IN-12).

use std::collections::{BTreeMap, BTreeSet};

use tuiliu_domain::coupon::{Coupon, CouponUse};
use tuiliu_domain::event::Outcome;
use tuiliu_domain::id::{CommandId, LotId, PartyId, TenantId};
use tuiliu_domain::ledger::{LedgerRefusal, Lot};
use tuiliu_domain::money::Amount;
use tuiliu_store::{CouponPage, CouponRow, StoreError, Tx};

use super::Line;
use crate::app::Shell;
use crate::outcome;
use crate::wallet::unrefused;

/// Coupons read at once.
const PAGE: u32 = 500;

/// Grants these coupons as one command, which the ledger carries out once for ever.
pub(crate) fn grant_each(
    shell: &Shell,
    tx: &mut Tx<'_>,
    (tenant, command): (TenantId, CommandId),
    coupons: &[Coupon],
) -> Result<(), StoreError> {
    let now = shell.now();
    let mut whole = Outcome { state: (), postings: Vec::new(), events: Vec::new() };
    for coupon in coupons {
        let granted = coupon.clone().grant(now).map_err(|error| StoreError::Inconsistent {
            place: format!("reward of tenant {tenant}"),
            reason: error.to_string(),
        })?;
        whole.postings.extend(granted.postings);
        whole.events.extend(granted.events);
    }
    let _saved = unrefused(tenant, "reward", outcome::save_as(shell, tx, (tenant, command), whole)?)?;
    for coupon in coupons {
        tx.add_coupon(coupon, now)?;
        Line::new(coupon.lot, CouponUse::Granted, coupon.terms.points).write(tx, now)?;
    }
    Ok(())
}

/// These coupons of one owner, those split from them and those that orders left of them, each with its lot.
pub(crate) fn with_descendants(
    tx: &mut Tx<'_>,
    (tenant, owner): (TenantId, PartyId),
    roots: &[LotId],
) -> Result<Vec<(CouponRow, Lot)>, StoreError> {
    let (mut rows, mut after) = (BTreeMap::new(), None);
    loop {
        let page = tx.coupons_after(CouponPage { tenant, owner: Some(owner), after, limit: PAGE })?;
        let Some(last) = page.last() else { break };
        after = Some(last.coupon.lot);
        rows.extend(page.into_iter().map(|row| (row.coupon.lot, row)));
    }
    let (mut found, mut looked_at) = (Vec::new(), BTreeSet::new());
    let mut waiting: Vec<LotId> = roots.to_vec();
    while let Some(lot) = waiting.pop().filter(|_| looked_at.len() <= rows.len()) {
        if !looked_at.insert(lot) {
            continue;
        }
        let Some(row) = rows.get(&lot).cloned() else { continue };
        if let Some(lot) = tx.ledger_lot(lot)? {
            found.push((row, lot));
        }
        waiting.extend(rows.values().filter(|row| row.coupon.parent == Some(lot)).map(|row| row.coupon.lot));
    }
    Ok(found)
}

/// Takes back what is left of a coupon; nothing when its time is over or nothing is left.
pub(crate) fn take_back(
    shell: &Shell,
    tx: &mut Tx<'_>,
    (row, lot): &(CouponRow, Lot),
) -> Result<Result<Amount, LedgerRefusal>, StoreError> {
    let now = shell.now();
    if lot.remaining <= Amount::ZERO || lot.is_over(now) {
        return Ok(Ok(Amount::ZERO));
    }
    match outcome::save(shell, tx, row.coupon.tenant, row.coupon.clone().recall(lot.remaining))? {
        Err(refusal) => Ok(Err(refusal)),
        Ok(_) => {
            Line::new(lot.id, CouponUse::Recalled, lot.remaining).write(tx, now)?;
            Ok(Ok(lot.remaining))
        }
    }
}
