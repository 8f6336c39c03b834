//! What the rows alone can tell, one function an invariant.

use super::index::{Index, units};
use crate::id::{LotId, PaymentId, PromotionOrderId};
use crate::ledger::account::AccountKind;
use crate::ledger::escrow::{Escrow, Hold};
use crate::ledger::lot::{Lot, LotOrigin};
use crate::ledger::table::IdMap;
use crate::money::{Amount, Asset, Micros};

/// Ok, or the detail of what is broken.
fn require(holds: bool, detail: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(detail()) }
}

pub(super) fn accounts_sum_to_zero(index: &Index<'_>) -> Result<(), String> {
    for asset in Asset::ALL {
        let of_asset = index.books.accounts.iter().filter(|account| account.id.asset == *asset);
        let sum: i128 = of_asset.map(|account| units(account.posted.units())).sum();
        require(sum == 0, || format!("{asset} sums to {sum}"))?;
    }
    Ok(())
}

pub(super) fn floors_hold(index: &Index<'_>) -> Result<(), String> {
    for account in index.books.accounts {
        let floor = !account.id.kind.has_floor() || account.held <= account.posted;
        let held =
            if account.id.kind.keeps_lots() { account.held >= Amount::ZERO } else { account.held == Amount::ZERO };
        require(floor && held, || format!("{account:?}"))?;
    }
    Ok(())
}

pub(super) fn holds_add_up(index: &Index<'_>) -> Result<(), String> {
    for hold in index.books.holds {
        let parts = [hold.captured, hold.released];
        let remaining = hold.remaining().map_err(|error| format!("{hold:?}: {error}"))?;
        let fits = hold.amount > Amount::ZERO && hold.unit_worth > Micros::ZERO && remaining >= Amount::ZERO;
        require(fits && parts.iter().all(|part| *part >= Amount::ZERO), || format!("{hold:?}"))?;
    }
    Ok(())
}

pub(super) fn lots_add_up(index: &Index<'_>) -> Result<(), String> {
    for lot in index.books.lots {
        let parts = [lot.remaining, lot.held, lot.spent, lot.returned, lot.expired, lot.split_out];
        let sum: i128 = parts.iter().map(|part| units(part.units())).sum();
        let positive = lot.face > Amount::ZERO && parts.iter().all(|part| *part >= Amount::ZERO);
        require(positive && sum == units(lot.face.units()), || format!("{lot:?} has parts of {sum}"))?;
        let split = index.lot_sums.get(&lot.id).copied().unwrap_or_default().split;
        require(split == units(lot.split_out.units()), || format!("{lot:?} was split into {split}"))?;
        if let LotOrigin::SplitFrom(parent) | LotOrigin::RemainderOf(parent) = lot.origin {
            let home = index.lots.get(&parent).map(|parent| parent.account);
            require(home == Some(lot.account), || format!("{lot:?} is not where its parent is"))?;
        }
    }
    Ok(())
}

pub(super) fn control_accounts_are_their_lots(index: &Index<'_>) -> Result<(), String> {
    let mut with_lots = index.account_sums.len();
    for account in index.books.accounts {
        let sums = index.account_sums.get(&account.id);
        with_lots -= usize::from(sums.is_some());
        if sums.is_none() && !account.id.kind.keeps_lots() {
            continue;
        }
        let sums = sums.copied().unwrap_or_default();
        let same = sums.posted == units(account.posted.units()) && sums.held == units(account.held.units());
        require(same && account.id.kind.keeps_lots(), || format!("{account:?} has lots of {sums:?}"))?;
    }
    require(with_lots == 0, || format!("{with_lots} accounts with lots have no row"))?;
    for lot in index.books.lots {
        let sums = index.lot_sums.get(&lot.id).copied().unwrap_or_default();
        require(sums.held == units(lot.held.units()), || format!("{lot:?} has holds of {}", sums.held))?;
    }
    Ok(())
}

pub(super) fn orders_add_up(index: &Index<'_>) -> Result<(), String> {
    for lot in index.books.lots {
        let captured = index.lot_sums.get(&lot.id).copied().unwrap_or_default().captured;
        require(captured == units(lot.spent.units()), || format!("{lot:?} was captured for {captured}"))?;
    }
    for hold in index.books.holds {
        require(index.lots.contains_key(&hold.lot), || format!("{hold:?} has no lot"))?;
        require(index.escrows.contains_key(&hold.order), || format!("{hold:?} has no escrow"))?;
    }
    for escrow in index.books.escrows {
        escrow_has_its_holds(index, escrow)?;
    }
    for account in index.books.accounts.iter().filter(|account| account.id.kind == AccountKind::Consumed) {
        let key = (PromotionOrderId::new(account.id.owner), account.id.asset);
        let captured = index.captured.get(&key).copied().unwrap_or_default();
        let posted = units(account.posted.units());
        require(0 <= posted && posted <= captured, || format!("{account:?} consumed more than {captured}"))?;
    }
    Ok(())
}

fn escrow_has_its_holds(index: &Index<'_>, escrow: &Escrow) -> Result<(), String> {
    let holds = index.holds.get(&escrow.order).map_or(&[][..], Vec::as_slice);
    let in_order = (0..escrow.holds).eq(holds.iter().map(|hold| hold.place));
    require(in_order, || format!("{escrow:?} has {} holds, or gaps between them", holds.len()))?;
    let mut worth = 0;
    for hold in holds {
        worth += units(hold.amount.units()) * units(hold.unit_worth.get());
        let open = hold.remaining().map_err(|error| format!("{hold:?}: {error}"))? > Amount::ZERO;
        require(!(escrow.settled && open), || format!("{hold:?} is open after settlement"))?;
        require(escrow.settled || hold.released == Amount::ZERO, || format!("{hold:?} is released before settlement"))?;
    }
    require(worth == units(escrow.budget.get()), || format!("{escrow:?} has holds worth {worth}"))
}

pub(super) fn leases_are_covered(index: &Index<'_>) -> Result<(), String> {
    for escrow in index.books.escrows {
        let sums = index.lease_sums.get(&escrow.order).copied().unwrap_or_default();
        let same = sums.spent == units(escrow.spent.get())
            && sums.leased == units(escrow.leased.get())
            && sums.open == escrow.open_leases;
        require(same, || format!("{escrow:?} has leases of {sums:?}"))?;
        let covered = escrow.free().is_ok_and(|free| free >= Micros::ZERO);
        require(covered, || format!("{escrow:?} has lent more than it holds"))?;
        let ended = !escrow.settled || (escrow.open_leases == 0 && escrow.leased == Micros::ZERO);
        require(ended, || format!("{escrow:?} has leases after settlement"))?;
    }
    let ownerless = index.lease_sums.keys().find(|order| !index.escrows.contains_key(order));
    require(ownerless.is_none(), || format!("leases of {ownerless:?} have no escrow"))
}

pub(super) fn leases_stay_within(index: &Index<'_>) -> Result<(), String> {
    let outside =
        index.books.leases.iter().find(|lease| !(Micros::ZERO <= lease.spent && lease.spent <= lease.granted));
    require(outside.is_none(), || format!("{outside:?}"))
}

/// What one payment brought, and where it is now.
#[derive(Debug, Clone, Copy, Default)]
struct Fate {
    brought: i128,
    /// Remaining, held, spent or lapsed, in its lots and in the lots that came of them.
    here: i128,
    refunded: i128,
}

pub(super) fn payments_are_conserved(index: &Index<'_>) -> Result<(), String> {
    let mut fates: IdMap<PaymentId, Fate> = IdMap::default();
    for lot in index.books.lots {
        let Some(payment) = payment_behind(index, lot)? else { continue };
        let fate = fates.entry(payment).or_default();
        if matches!(lot.origin, LotOrigin::Payment(_)) {
            fate.brought += units(lot.face.units());
        }
        let parts = [lot.remaining, lot.held, lot.spent, lot.expired];
        fate.here += parts.iter().map(|part| units(part.units())).sum::<i128>();
        fate.refunded += refunded(index, lot);
    }
    for (payment, fate) in &fates {
        let exact = fate.refunded >= 0 && fate.here + fate.refunded == fate.brought;
        require(exact, || format!("{payment:?}: {fate:?}"))?;
    }
    Ok(())
}

/// What went from a lot to the outside: returned, less what came back as new lots.
fn refunded(index: &Index<'_>, lot: &Lot) -> i128 {
    let sums = index.lot_sums.get(&lot.id).copied().unwrap_or_default();
    units(lot.returned.units()) - sums.remainders
}

fn payment_behind(index: &Index<'_>, lot: &Lot) -> Result<Option<PaymentId>, String> {
    let mut ancestor = lot;
    for _ in 0..=index.books.lots.len() {
        let parent: LotId = match ancestor.origin {
            LotOrigin::Payment(payment) => return Ok(Some(payment)),
            LotOrigin::Grant => return Ok(None),
            LotOrigin::SplitFrom(parent) | LotOrigin::RemainderOf(parent) => parent,
        };
        ancestor = index.lots.get(&parent).ok_or_else(|| format!("{ancestor:?} has no parent"))?;
    }
    Err(format!("{lot:?} is its own ancestor"))
}

pub(super) fn refunds_go_home(index: &Index<'_>) -> Result<(), String> {
    for lot in index.books.lots {
        let outside = refunded(index, lot);
        require(outside >= 0, || format!("{lot:?} came back {} times too much", -outside))?;
        let hold = index.remainders.get(&lot.id);
        let home = match lot.origin {
            LotOrigin::RemainderOf(parent) => hold.is_some_and(|hold| hold.lot == parent && hold.released == lot.face),
            _ => hold.is_none(),
        };
        require(home, || format!("{lot:?} is what {hold:?} left"))?;
    }
    Ok(())
}

pub(super) fn charges_telescope(index: &Index<'_>) -> Result<(), String> {
    for escrow in index.books.escrows {
        let mut worth_before = 0;
        for hold in index.holds.get(&escrow.order).map_or(&[][..], Vec::as_slice) {
            let due = captured_by_formula(hold, units(escrow.spent.get()) - worth_before);
            require(due == units(hold.captured.units()), || format!("{hold:?} should have captured {due}"))?;
            worth_before += units(hold.amount.units()) * units(hold.unit_worth.get());
        }
    }
    Ok(())
}

/// Written apart from [`Hold::captured_at`], so that the two can disagree: whole units, no more than there are.
fn captured_by_formula(hold: &Hold, reached: i128) -> i128 {
    if reached <= 0 || hold.unit_worth <= Micros::ZERO {
        return 0;
    }
    (reached / units(hold.unit_worth.get())).min(units(hold.amount.units()))
}

pub(super) fn rounding_is_zero(index: &Index<'_>) -> Result<(), String> {
    let rounding = |kind: AccountKind| kind == AccountKind::Rounding;
    let off = index.books.accounts.iter().find(|account| rounding(account.id.kind) && account.posted != Amount::ZERO);
    require(off.is_none(), || format!("{off:?}"))
}

pub(super) fn lapsed_lots_are_empty(index: &Index<'_>) -> Result<(), String> {
    let off = index.books.lots.iter().find(|lot| lot.expired > Amount::ZERO && lot.remaining > Amount::ZERO);
    require(off.is_none(), || format!("{off:?}"))
}
