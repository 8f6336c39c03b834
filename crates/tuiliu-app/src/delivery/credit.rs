//! Credits: a viewer found not to be valid is taken out of all figures, and what was charged for goes back (AT-03).

use std::collections::{BTreeMap, BTreeSet};

use tuiliu_domain::coupon::SourceKind;
use tuiliu_domain::id::{LotId, PromotionOrderId, RoomId};
use tuiliu_domain::ledger::{AccountId, AccountKind, Hold, LedgerCommand, LedgerGroup, Lot, LotOrigin, NewLot};
use tuiliu_domain::money::{Amount, Micros};
use tuiliu_domain::promotion::{CreditPart, PromotionOrder, UsedLot, UsedSource, credit_parts};
use tuiliu_domain::wallet::Gift;
use tuiliu_measure::rollup::Zone;
use tuiliu_measure::traffic::{Invalid, RULES_VERSION};
use tuiliu_store::{AttributionRecord, GiftRow, MinuteSum, OrderCredit, StoreError, TrafficCredit, Tx};

use super::attribution::{self, KnownViewer};
use crate::app::Shell;
use crate::coupon;

/// What a gift says that came back.
const NOTE: &str = "credit for traffic that was not valid";

/// Takes a viewer of a room out of every figure and arm, and gives back what was charged for; `false` when that was done.
pub(super) fn invalidate_viewer(
    shell: &Shell,
    tx: &mut Tx<'_>,
    (room, viewer): (RoomId, u128),
    rule: Invalid,
) -> Result<bool, StoreError> {
    let now = shell.now();
    let mut known = KnownViewer::read(tx, room, viewer)?;
    if known.invalid().is_some() {
        return Ok(false);
    }
    let mark = AttributionRecord { kind: rule.metric().to_owned(), ..attribution::blank_mark(now) };
    known.take(mark);
    tx.put_attribution_records(&known.changed().map(|record| (room, viewer, record)).collect::<Vec<_>>())?;
    let windows = attribution::windows(shell, tx, &known)?;
    attribution::save_shares(tx, &[(viewer, &known, windows)])?;
    tx.invalidate_arms(room, viewer)?;
    let mut impressions: BTreeMap<PromotionOrderId, i64> = BTreeMap::new();
    let mut credited = BTreeSet::new();
    for (order, decision) in known.impressions() {
        *impressions.entry(order).or_default() += 1;
        for charge in tx.charges_of_decision(order, decision)? {
            let credit = TrafficCredit {
                number: charge.number,
                reason: rule.code().to_owned(),
                rules: RULES_VERSION,
                price: charge.price,
                at: now,
            };
            if charge.price > Micros::ZERO && tx.credit_charge(order, &credit)? {
                credited.insert(order);
            }
        }
    }
    for (order, value) in impressions {
        let sum = MinuteSum { minute: now.minute(), metric: rule.metric().to_owned(), value };
        tx.add_minute(order, &sum)?;
        tx.add_quarter(order, &MinuteSum { minute: Zone::quarter(now.minute()), ..sum })?;
        tx.add_total(order, rule.metric(), value, now)?;
    }
    for order in credited {
        credit_order(shell, tx, order)?;
    }
    Ok(true)
}

/// Gives back what is still missing of an order's credits, to the sources it came from, in reverse order of use.
fn credit_order(shell: &Shell, tx: &mut Tx<'_>, id: PromotionOrderId) -> Result<(), StoreError> {
    let Some(order) = tx.promotion_order(id)? else { return Ok(()) };
    let (due, _) = tx.traffic_credited(id)?;
    let before = tx.order_credits(id)?;
    let holds = tx.holds_of(id)?;
    let used: Vec<UsedSource> = holds.iter().filter_map(|hold| used(&order, hold, &before)).collect();
    let first = before.last().map_or(1, |credit| credit.number + 1);
    for (number, CreditPart { hold, amount }) in (first..).zip(credit_parts(due, &used)) {
        let missing = || StoreError::Inconsistent {
            place: format!("promotion order {id}"),
            reason: format!("its hold {hold} has no lot"),
        };
        let lot = holds.iter().find(|known| known.id == hold).ok_or_else(missing)?.lot;
        let source = tx.ledger_lot(lot)?.ok_or_else(missing)?;
        let into = give_back(shell, tx, &order, &source, amount)?;
        tx.add_order_credit(id, OrderCredit { number, hold, lot: into, amount, at: shell.now() })?;
    }
    Ok(())
}

fn used(order: &PromotionOrder, hold: &Hold, before: &[OrderCredit]) -> Option<UsedSource> {
    let kind = order.source(hold.id)?.plan.kind;
    let credited = before.iter().filter(|credit| credit.hold == hold.id).map(|credit| credit.amount.units()).sum();
    let (captured, unit_worth) = (hold.captured, hold.unit_worth);
    Some(UsedSource { hold: hold.id, kind, captured, credited: Amount::new(credited), unit_worth })
}

/// What an order used of each lot that paid, less what was credited since.
pub(crate) fn used_lots(tx: &mut Tx<'_>, order: &PromotionOrder) -> Result<Vec<UsedLot>, StoreError> {
    let before = tx.order_credits(order.id)?;
    let mut lots = Vec::new();
    for hold in tx.holds_of(order.id)? {
        if let Some(used) = used(order, &hold, &before)
            && let Some(Lot { account, origin, .. }) = tx.ledger_lot(hold.lot)?
        {
            lots.push(UsedLot { used, account, origin });
        }
    }
    Ok(lots)
}

/// Opens a lot like the one that paid; a part whose time is over gets the days of a remainder (TP-06).
fn give_back(
    shell: &Shell,
    tx: &mut Tx<'_>,
    order: &PromotionOrder,
    source: &Lot,
    amount: Amount,
) -> Result<LotId, StoreError> {
    let now = shell.now();
    let into: LotId = shell.id();
    let grace = now.plus_ms(order.terms.remainder_grace_ms);
    let valid_to = source.valid_to.map(|valid_to| if valid_to <= now { grace } else { valid_to });
    let origin = match source.origin {
        LotOrigin::Payment(payment) => LotOrigin::Payment(payment),
        _ => LotOrigin::Grant,
    };
    let account = source.account;
    let from = AccountId { kind: AccountKind::Consumed, asset: account.asset, owner: order.id.value() };
    let lot = NewLot { id: into, account, origin, amount, valid_from: now, valid_to, on_return: source.on_return };
    let group = LedgerGroup { id: shell.id(), commands: vec![LedgerCommand::OpenLot { from, lot }] };
    tx.ledger(&group, now)?.map_err(|refusal| StoreError::Inconsistent {
        place: format!("crediting promotion order {}", order.id),
        reason: refusal.to_string(),
    })?;
    match account.kind {
        AccountKind::Coupon => coupon::record_credit(tx, order.id, (source.id, into), amount, now)?,
        AccountKind::WalletGift => {
            let gift = Gift { lot: into, tenant: order.tenant, party: order.payer, beans: amount, valid_to };
            tx.add_gift(&GiftRow { gift, giver: order.payer, note: NOTE.to_owned(), created_at: now })?;
        }
        _ => {}
    }
    Ok(into)
}

/// What of an order was credited by kind of source.
pub(crate) fn credited_by_kind(
    tx: &mut Tx<'_>,
    order: &PromotionOrder,
) -> Result<Vec<(SourceKind, Amount)>, StoreError> {
    let mut sums: Vec<(SourceKind, Amount)> = Vec::new();
    for credit in tx.order_credits(order.id)? {
        let Some(source) = order.source(credit.hold) else { continue };
        match sums.iter_mut().find(|(kind, _)| *kind == source.plan.kind) {
            Some((_, sum)) => *sum = Amount::new(sum.units().saturating_add(credit.amount.units())),
            None => sums.push((source.plan.kind, credit.amount)),
        }
    }
    Ok(sums)
}
