//! Orders: escrows, holds, leases, captures and settlement.

use super::lots::part_of;
use super::{Movement, Running, Source, positive, positive_micros};
use crate::id::{HoldId, LotId, PromotionOrderId};
use crate::ledger::account::{AccountId, AccountKind};
use crate::ledger::command::{LedgerAnswer, LedgerRefusal, ReleaseMode};
use crate::ledger::escrow::{Escrow, Hold, Lease, LeaseId};
use crate::ledger::keys::consumed;
use crate::ledger::lot::{Lot, LotOrigin, LotReturn};
use crate::ledger::transfer::TransferCause;
use crate::limits::ORDER_SOURCES_MAX;
use crate::money::{Amount, Micros};

/// A hold to be opened.
pub(super) struct NewHold {
    pub(super) id: HoldId,
    pub(super) order: PromotionOrderId,
    pub(super) lot: LotId,
    pub(super) amount: Amount,
    pub(super) unit_worth: Micros,
}

/// An order to be ended.
pub(super) struct Settling {
    pub(super) order: PromotionOrderId,
    pub(super) mode: ReleaseMode,
    pub(super) grace_ms: i64,
    pub(super) breakage_owner: u128,
}

/// Where the rest of one hold goes.
enum Way {
    SameLot,
    NewLot,
    Lapse,
}

impl Running<'_> {
    pub(super) fn open_escrow(&mut self, order: PromotionOrderId) -> Result<LedgerAnswer, LedgerRefusal> {
        let zero = Micros::ZERO;
        let escrow =
            Escrow { order, budget: zero, spent: zero, leased: zero, holds: 0, open_leases: 0, settled: false };
        if self.view.create_escrow(escrow) {
            Ok(LedgerAnswer::Done)
        } else {
            Err(LedgerRefusal::AlreadyExists { what: "escrow" })
        }
    }

    pub(super) fn hold(&mut self, new: &NewHold) -> Result<LedgerAnswer, LedgerRefusal> {
        positive(new.amount)?;
        positive_micros(new.unit_worth)?;
        let escrow = self.live_escrow(new.order)?;
        let place = escrow.holds;
        if usize::try_from(place).map_or(true, |holds| holds >= ORDER_SOURCES_MAX) {
            return Err(LedgerRefusal::TooManySources { sources_max: ORDER_SOURCES_MAX });
        }
        let lot = self.payable_lot(new.lot, new.amount)?;
        if !lot.is_valid(self.now) {
            return Err(LedgerRefusal::OutsideValidity { lot: lot.id });
        }
        if lot.on_return == LotReturn::Burn && new.amount != lot.remaining {
            return Err(LedgerRefusal::Indivisible { lot: lot.id });
        }
        let hold = Hold {
            id: new.id,
            order: new.order,
            place,
            lot: lot.id,
            amount: new.amount,
            captured: Amount::ZERO,
            released: Amount::ZERO,
            unit_worth: new.unit_worth,
        };
        if !self.view.create_hold(hold) {
            return Err(LedgerRefusal::AlreadyExists { what: "hold" });
        }
        let worth = hold.worth()?;
        let escrow = self.escrow_to_change(new.order)?;
        escrow.budget = escrow.budget.plus(worth)?;
        escrow.holds += 1;
        let row = self.lot_to_change(lot.id)?;
        row.remaining = row.remaining.minus(new.amount)?;
        row.held = row.held.plus(new.amount)?;
        let account = self.view.change_account(lot.account);
        account.held = account.held.plus(new.amount)?;
        if account.held > account.posted {
            let available = account.posted.minus(account.held)?.plus(new.amount)?.units();
            return Err(LedgerRefusal::InsufficientFunds { available, needed: new.amount.units() });
        }
        Ok(LedgerAnswer::Done)
    }

    pub(super) fn lend(&mut self, id: LeaseId, amount: Micros) -> Result<LedgerAnswer, LedgerRefusal> {
        positive_micros(amount)?;
        let escrow = self.live_escrow(id.order)?;
        let lease = self.view.lease(id).copied();
        if lease.is_some_and(|lease| lease.closed) {
            return Err(LedgerRefusal::LeaseClosed);
        }
        let free = escrow.free()?;
        if amount > free {
            return Err(LedgerRefusal::EscrowExhausted { free: free.get(), needed: amount.get() });
        }
        let escrow = self.escrow_to_change(id.order)?;
        escrow.leased = escrow.leased.plus(amount)?;
        if lease.is_none() {
            escrow.open_leases = escrow.open_leases.checked_add(1).ok_or(LedgerRefusal::Overflow)?;
            let new = Lease { id, granted: Micros::ZERO, spent: Micros::ZERO, closed: false };
            if !self.view.create_lease(new) {
                return Err(LedgerRefusal::AlreadyExists { what: "lease" });
            }
        }
        let lease = self.lease_to_change(id)?;
        lease.granted = lease.granted.plus(amount)?;
        Ok(LedgerAnswer::Lent { available: lease.granted.minus(lease.spent)? })
    }

    /// Reports merge by maximum: one that tells nothing new changes nothing, even after the lease was closed.
    pub(super) fn report_spent(&mut self, id: LeaseId, cumulative: Micros) -> Result<LedgerAnswer, LedgerRefusal> {
        if cumulative < Micros::ZERO {
            return Err(LedgerRefusal::NotPositive { units: cumulative.get() });
        }
        let lease = *self.view.lease(id).ok_or(LedgerRefusal::NotFound { what: "lease" })?;
        if cumulative <= lease.spent {
            return Ok(LedgerAnswer::Captured { parts: Vec::new() });
        }
        if lease.closed {
            return Err(LedgerRefusal::LeaseClosed);
        }
        if cumulative > lease.granted {
            let (granted, cumulative) = (lease.granted.get(), cumulative.get());
            return Err(LedgerRefusal::BeyondLease { granted, cumulative });
        }
        let news = cumulative.minus(lease.spent)?;
        self.lease_to_change(id)?.spent = cumulative;
        let escrow = self.escrow_to_change(id.order)?;
        escrow.spent = escrow.spent.plus(news)?;
        escrow.leased = escrow.leased.minus(news)?;
        let escrow = *escrow;
        self.capture(&escrow)
    }

    /// Brings every hold's captured part up to what the order has spent, in the order of use.
    fn capture(&mut self, escrow: &Escrow) -> Result<LedgerAnswer, LedgerRefusal> {
        let mut parts = Vec::new();
        let mut worth_before = Micros::ZERO;
        for place in 0..escrow.holds {
            if worth_before >= escrow.spent {
                break;
            }
            let hold = self.hold_at(escrow.order, place)?;
            let part = hold.captured_at(escrow.spent, worth_before)?.minus(hold.captured)?;
            if part > Amount::ZERO {
                self.capture_part(&hold, part)?;
                parts.push((hold.id, part));
            }
            worth_before = worth_before.plus(hold.worth()?)?;
        }
        Ok(LedgerAnswer::Captured { parts })
    }

    fn capture_part(&mut self, hold: &Hold, part: Amount) -> Result<(), LedgerRefusal> {
        let row = self.hold_to_change(hold.id)?;
        row.captured = row.captured.plus(part)?;
        let lot = self.lot_to_change(hold.lot)?;
        lot.held = lot.held.minus(part)?;
        lot.spent = lot.spent.plus(part)?;
        let movement = Movement {
            cause: TransferCause::Capture,
            debit: lot.account,
            credit: consumed(hold.order, lot.account.asset),
            amount: part,
            debit_lot: Some(hold.lot),
            credit_lot: None,
        };
        self.transfer(&movement, Source::Held)
    }

    pub(super) fn return_unspent(&mut self, id: LeaseId, amount: Micros) -> Result<LedgerAnswer, LedgerRefusal> {
        positive_micros(amount)?;
        let lease = self.lease_to_change(id)?;
        if lease.closed {
            return Err(LedgerRefusal::LeaseClosed);
        }
        let unspent = lease.granted.minus(lease.spent)?;
        if amount > unspent {
            let cumulative = lease.spent.plus(amount)?.get();
            return Err(LedgerRefusal::BeyondLease { granted: lease.granted.get(), cumulative });
        }
        lease.granted = lease.granted.minus(amount)?;
        let escrow = self.escrow_to_change(id.order)?;
        escrow.leased = escrow.leased.minus(amount)?;
        Ok(LedgerAnswer::Lent { available: unspent.minus(amount)? })
    }

    pub(super) fn close_lease(&mut self, id: LeaseId) -> Result<LedgerAnswer, LedgerRefusal> {
        let lease = self.lease_to_change(id)?;
        if lease.closed {
            return Err(LedgerRefusal::LeaseClosed);
        }
        lease.closed = true;
        let unspent = lease.granted.minus(lease.spent)?;
        let escrow = self.escrow_to_change(id.order)?;
        escrow.leased = escrow.leased.minus(unspent)?;
        escrow.open_leases = escrow.open_leases.checked_sub(1).ok_or(LedgerRefusal::Overflow)?;
        Ok(LedgerAnswer::Done)
    }

    /// Gives back what is left of each source, the last one used first (WL-05).
    pub(super) fn settle(&mut self, settling: &Settling) -> Result<LedgerAnswer, LedgerRefusal> {
        if settling.grace_ms < 0 {
            return Err(LedgerRefusal::NotPositive { units: settling.grace_ms });
        }
        let escrow = self.live_escrow(settling.order)?;
        if escrow.open_leases > 0 {
            return Err(LedgerRefusal::LeasesOpen);
        }
        let ran = escrow.spent > Micros::ZERO;
        if ran && settling.mode == ReleaseMode::Undo {
            return Err(LedgerRefusal::AlreadyRan { spent: escrow.spent.get() });
        }
        self.escrow_to_change(settling.order)?.settled = true;
        let mut parts = Vec::new();
        for place in (0..escrow.holds).rev() {
            let hold = self.hold_at(settling.order, place)?;
            let rest = hold.remaining()?;
            if rest == Amount::ZERO {
                continue;
            }
            if let Some(lot) = self.release(&hold, settling, ran)? {
                parts.push((hold.id, lot, rest));
            }
        }
        Ok(LedgerAnswer::Settled { parts })
    }

    /// Releases the rest of a hold; the lot it went to, if it did not lapse.
    fn release(&mut self, hold: &Hold, settling: &Settling, ran: bool) -> Result<Option<LotId>, LedgerRefusal> {
        let rest = hold.remaining()?;
        let row = self.hold_to_change(hold.id)?;
        row.released = row.released.plus(rest)?;
        let now = self.now;
        let lot = self.lot_to_change(hold.lot)?;
        lot.held = lot.held.minus(rest)?;
        let lot = *lot;
        match way_back(&lot, settling.mode, ran, lot.is_over(now)) {
            Way::SameLot => {
                self.unhold(&lot, rest)?;
                let row = self.lot_to_change(lot.id)?;
                row.remaining = row.remaining.plus(rest)?;
                Ok(Some(lot.id))
            }
            Way::NewLot => {
                self.unhold(&lot, rest)?;
                self.remainder(hold, &lot, settling.grace_ms).map(Some)
            }
            Way::Lapse => {
                let row = self.lot_to_change(lot.id)?;
                row.expired = row.expired.plus(rest)?;
                let (asset, owner) = (lot.account.asset, settling.breakage_owner);
                let movement = Movement {
                    cause: TransferCause::Burn,
                    debit: lot.account,
                    credit: AccountId { kind: AccountKind::Breakage, asset, owner },
                    amount: rest,
                    debit_lot: Some(lot.id),
                    credit_lot: None,
                };
                self.transfer(&movement, Source::Held)?;
                Ok(None)
            }
        }
    }

    /// What is left comes back as a new lot under the same conditions (TP-06).
    fn remainder(&mut self, hold: &Hold, lot: &Lot, grace_ms: i64) -> Result<LotId, LedgerRefusal> {
        let rest = hold.remaining()?;
        let row = self.lot_to_change(lot.id)?;
        row.returned = row.returned.plus(rest)?;
        let mut back = part_of(lot, hold.remainder_lot(), LotOrigin::RemainderOf(lot.id), rest);
        if lot.is_over(self.now) {
            back.valid_to = Some(self.now.plus_ms(grace_ms));
        }
        self.create_lot(back)?;
        self.note_within(TransferCause::Remainder, lot, &back);
        Ok(back.id)
    }

    fn unhold(&mut self, lot: &Lot, amount: Amount) -> Result<(), LedgerRefusal> {
        let account = self.view.change_account(lot.account);
        account.held = account.held.minus(amount)?;
        Ok(())
    }

    fn live_escrow(&self, order: PromotionOrderId) -> Result<Escrow, LedgerRefusal> {
        let escrow = *self.view.escrow(order).ok_or(LedgerRefusal::NotFound { what: "escrow" })?;
        if escrow.settled { Err(LedgerRefusal::AlreadySettled) } else { Ok(escrow) }
    }

    fn hold_at(&self, order: PromotionOrderId, place: u32) -> Result<Hold, LedgerRefusal> {
        self.view.hold_at(order, place).copied().ok_or(LedgerRefusal::NotFound { what: "hold" })
    }

    fn escrow_to_change(&mut self, order: PromotionOrderId) -> Result<&mut Escrow, LedgerRefusal> {
        self.view.change_escrow(order).ok_or(LedgerRefusal::NotFound { what: "escrow" })
    }

    fn hold_to_change(&mut self, id: HoldId) -> Result<&mut Hold, LedgerRefusal> {
        self.view.change_hold(id).ok_or(LedgerRefusal::NotFound { what: "hold" })
    }

    fn lease_to_change(&mut self, id: LeaseId) -> Result<&mut Lease, LedgerRefusal> {
        self.view.change_lease(id).ok_or(LedgerRefusal::NotFound { what: "lease" })
    }
}

fn way_back(lot: &Lot, mode: ReleaseMode, ran: bool, over: bool) -> Way {
    match (mode, lot.on_return) {
        (ReleaseMode::Remainder, LotReturn::Burn) if ran => Way::Lapse,
        (ReleaseMode::Remainder, LotReturn::NewLot) => Way::NewLot,
        _ if over => Way::NewLot,
        _ => Way::SameLot,
    }
}
