//! What orders do to coupons, written into the ledger of their use (TP-06, TP-24).

use tuiliu_domain::coupon::CouponUse;
use tuiliu_domain::id::{HoldId, LotId, PromotionOrderId};
use tuiliu_domain::ledger::{Hold, LedgerAnswer};
use tuiliu_domain::money::Amount;
use tuiliu_domain::promotion::{OrderSource, PromotionOrder};
use tuiliu_domain::time::Timestamp;
use tuiliu_store::{StoreError, Tx};

use super::Line;
use crate::app::Shell;
use crate::outcome;

/// Writes what an order has just done to coupons: held what it pays with since it had `held_before` sources, and on
/// its end used, returned, released or burnt it. Coupons that the ledger made of remainders come into being.
///
/// Called in the transaction of the order's change, after its postings.
pub(crate) fn record_use(
    shell: &Shell,
    tx: &mut Tx<'_>,
    order: &PromotionOrder,
    held_before: usize,
    answers: &[LedgerAnswer],
) -> Result<(), StoreError> {
    let now = shell.now();
    for source in order.sources.iter().skip(held_before).filter(|source| source.plan.kind.is_coupon()) {
        Line::new(source.plan.lot, CouponUse::Held, source.plan.amount).with_order(order.id).write(tx, now)?;
    }
    for answer in answers {
        if let LedgerAnswer::Settled { parts } = answer {
            record_end(tx, order, parts, now)?;
            let returned: Vec<_> = parts.iter().copied().filter(|part| is_new(order, part)).collect();
            outcome::tell(shell, tx, order.tenant, &order.coupons_returned(&returned));
        }
    }
    Ok(())
}

/// Whether a part came back as a new coupon, and not into the one it came from.
fn is_new(order: &PromotionOrder, (hold, into, _): &(HoldId, LotId, Amount)) -> bool {
    order.source(*hold).is_some_and(|source| source.plan.lot != *into)
}

fn record_end(
    tx: &mut Tx<'_>,
    order: &PromotionOrder,
    parts: &[(HoldId, LotId, Amount)],
    now: Timestamp,
) -> Result<(), StoreError> {
    let holds = tx.holds_of(order.id)?;
    for source in order.sources.iter().filter(|source| source.plan.kind.is_coupon()) {
        let hold = holds.iter().find(|hold| hold.id == source.hold).ok_or_else(|| StoreError::Inconsistent {
            place: format!("promotion order {}", order.id),
            reason: format!("its source {} has no hold", source.hold),
        })?;
        let part = parts.iter().find(|part| part.0 == source.hold).copied();
        record_source(tx, order, (source, hold, part), now)?;
    }
    Ok(())
}

fn record_source(
    tx: &mut Tx<'_>,
    order: &PromotionOrder,
    (source, hold, part): (&OrderSource, &Hold, Option<(HoldId, LotId, Amount)>),
    now: Timestamp,
) -> Result<(), StoreError> {
    let lot = source.plan.lot;
    let line = |kind, points| Line::new(lot, kind, points).with_order(order.id);
    if hold.captured > Amount::ZERO {
        line(CouponUse::Used, hold.captured).write(tx, now)?;
    }
    match part {
        Some((_, into, points)) if into == lot => line(CouponUse::Released, points).write(tx, now),
        Some((_, into, points)) => {
            line(CouponUse::ReturnedInto, points).with_other(into).write(tx, now)?;
            add_remainder(tx, (lot, into), points, now)?;
            Line::new(into, CouponUse::RemainderOf, points).with_order(order.id).with_other(lot).write(tx, now)
        }
        None if hold.released > Amount::ZERO => line(CouponUse::Burnt, hold.released).write(tx, now),
        None => Ok(()),
    }
}

/// Writes what of a used coupon came back as a new one, for what was charged was not valid traffic (AT-03).
pub(crate) fn record_credit(
    tx: &mut Tx<'_>,
    order: PromotionOrderId,
    (from, into): (LotId, LotId),
    points: Amount,
    now: Timestamp,
) -> Result<(), StoreError> {
    Line::new(from, CouponUse::ReturnedInto, points).with_order(order).with_other(into).write(tx, now)?;
    add_remainder(tx, (from, into), points, now)?;
    Line::new(into, CouponUse::RemainderOf, points).with_order(order).with_other(from).write(tx, now)
}

/// The coupon that a remainder comes back as: the conditions of its source, the time that its lot has (TP-06).
fn add_remainder(
    tx: &mut Tx<'_>,
    (from, into): (LotId, LotId),
    points: Amount,
    now: Timestamp,
) -> Result<(), StoreError> {
    let missing = |lot: LotId| StoreError::Inconsistent {
        place: format!("coupon {lot}"),
        reason: "a lot without its coupon, or none".to_owned(),
    };
    let source = tx.coupon_of_lot(from)?.ok_or_else(|| missing(from))?.coupon;
    let lot = tx.ledger_lot(into)?.ok_or_else(|| missing(into))?;
    let mut coupon = source.remainder(into, points, now, 0);
    coupon.terms.valid_to = lot.valid_to.unwrap_or(coupon.terms.valid_to);
    tx.add_coupon(&coupon, now)
}
