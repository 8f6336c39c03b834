//! Lots: opened, taken from, split and lapsed.

use super::{Movement, Running, Source, outside_captures, positive, without_lots};
use crate::id::LotId;
use crate::ledger::AccountKind;
use crate::ledger::account::AccountId;
use crate::ledger::command::{LedgerAnswer, LedgerRefusal, NewLot};
use crate::ledger::lot::{Lot, LotOrigin, LotReturn};
use crate::ledger::transfer::TransferCause;
use crate::money::Amount;

impl Running<'_> {
    pub(super) fn open_lot(&mut self, from: AccountId, new: &NewLot) -> Result<LedgerAnswer, LedgerRefusal> {
        positive(new.amount)?;
        without_lots(from)?;
        if !new.account.kind.keeps_lots() {
            return Err(LedgerRefusal::MismatchedAccounts);
        }
        if matches!(new.origin, LotOrigin::SplitFrom(_) | LotOrigin::RemainderOf(_)) {
            return Err(LedgerRefusal::OriginReserved { lot: new.id });
        }
        let lot = new_lot(new);
        let never_valid = new.valid_to.is_some_and(|valid_to| valid_to <= new.valid_from);
        if never_valid || lot.is_over(self.now) {
            return Err(LedgerRefusal::OutsideValidity { lot: new.id });
        }
        let movement = Movement {
            cause: TransferCause::OpenLot,
            debit: from,
            credit: new.account,
            amount: new.amount,
            debit_lot: None,
            credit_lot: Some(new.id),
        };
        self.transfer(&movement, Source::Free)?;
        self.create_lot(lot)?;
        Ok(LedgerAnswer::Done)
    }

    pub(super) fn take_from_lot(
        &mut self,
        id: LotId,
        to: AccountId,
        amount: Amount,
    ) -> Result<LedgerAnswer, LedgerRefusal> {
        positive(amount)?;
        outside_captures(to)?;
        let lot = self.payable_lot(id, amount)?;
        if lot.on_return == LotReturn::Burn && amount != lot.remaining {
            return Err(LedgerRefusal::Indivisible { lot: id });
        }
        let lot = self.lot_to_change(id)?;
        lot.remaining = lot.remaining.minus(amount)?;
        lot.returned = lot.returned.plus(amount)?;
        let debit = lot.account;
        let cause = TransferCause::TakeFromLot;
        let movement = Movement { cause, debit, credit: to, amount, debit_lot: Some(id), credit_lot: None };
        self.transfer(&movement, Source::Free)?;
        Ok(LedgerAnswer::Done)
    }

    pub(super) fn split_lot(&mut self, id: LotId, into: LotId, amount: Amount) -> Result<LedgerAnswer, LedgerRefusal> {
        positive(amount)?;
        let whole = self.payable_lot(id, amount)?;
        if whole.account.kind != AccountKind::Coupon || whole.on_return == LotReturn::Burn {
            return Err(LedgerRefusal::Indivisible { lot: id });
        }
        let lot = self.lot_to_change(id)?;
        lot.remaining = lot.remaining.minus(amount)?;
        lot.split_out = lot.split_out.plus(amount)?;
        let part = part_of(&whole, into, LotOrigin::SplitFrom(id), amount);
        self.create_lot(part)?;
        self.note_within(TransferCause::SplitLot, &whole, &part);
        Ok(LedgerAnswer::Done)
    }

    /// Lapsing nothing is done already, so that a job may come twice.
    pub(super) fn expire_lot(&mut self, id: LotId, to: AccountId) -> Result<LedgerAnswer, LedgerRefusal> {
        outside_captures(to)?;
        let now = self.now;
        let lot = *self.view.lot(id).ok_or(LedgerRefusal::NotFound { what: "lot" })?;
        if !lot.is_over(now) {
            return Err(LedgerRefusal::NotExpired { lot: id });
        }
        let amount = lot.remaining;
        if amount == Amount::ZERO {
            return Ok(LedgerAnswer::Done);
        }
        let lot = self.lot_to_change(id)?;
        lot.remaining = Amount::ZERO;
        lot.expired = lot.expired.plus(amount)?;
        let debit = lot.account;
        let cause = TransferCause::ExpireLot;
        let movement = Movement { cause, debit, credit: to, amount, debit_lot: Some(id), credit_lot: None };
        self.transfer(&movement, Source::Lapsing)?;
        Ok(LedgerAnswer::Done)
    }

    /// The lot, if its owner may give so much of it away now. Before its time a lot can be split or recalled.
    pub(super) fn payable_lot(&self, id: LotId, needed: Amount) -> Result<Lot, LedgerRefusal> {
        let lot = *self.view.lot(id).ok_or(LedgerRefusal::NotFound { what: "lot" })?;
        let account = *self.view.account(lot.account).ok_or(LedgerRefusal::NotFound { what: "account" })?;
        if account.frozen {
            return Err(LedgerRefusal::Frozen { account });
        }
        if lot.is_over(self.now) {
            return Err(LedgerRefusal::OutsideValidity { lot: id });
        }
        if needed > lot.remaining {
            let (available, needed) = (lot.remaining.units(), needed.units());
            return Err(LedgerRefusal::InsufficientFunds { available, needed });
        }
        Ok(lot)
    }

    pub(super) fn create_lot(&mut self, lot: Lot) -> Result<(), LedgerRefusal> {
        if self.view.create_lot(lot) { Ok(()) } else { Err(LedgerRefusal::AlreadyExists { what: "lot" }) }
    }

    pub(super) fn lot_to_change(&mut self, id: LotId) -> Result<&mut Lot, LedgerRefusal> {
        self.view.change_lot(id).ok_or(LedgerRefusal::NotFound { what: "lot" })
    }
}

fn new_lot(new: &NewLot) -> Lot {
    Lot {
        id: new.id,
        account: new.account,
        origin: new.origin,
        face: new.amount,
        remaining: new.amount,
        held: Amount::ZERO,
        spent: Amount::ZERO,
        returned: Amount::ZERO,
        expired: Amount::ZERO,
        split_out: Amount::ZERO,
        valid_from: new.valid_from,
        valid_to: new.valid_to,
        on_return: new.on_return,
    }
}

/// A new lot under the conditions of another one.
pub(super) fn part_of(whole: &Lot, id: LotId, origin: LotOrigin, amount: Amount) -> Lot {
    new_lot(&NewLot {
        id,
        account: whole.account,
        origin,
        amount,
        valid_from: whole.valid_from,
        valid_to: whole.valid_to,
        on_return: whole.on_return,
    })
}
