//! The trail of transfers: balances recomputed from nothing but what moved.

use super::{Broken, INVARIANTS};
use crate::id::LotId;
use crate::ledger::account::{Account, AccountId};
use crate::ledger::lot::Lot;
use crate::ledger::table::IdMap;
use crate::ledger::transfer::Transfer;
use crate::money::Amount;

/// Balances of accounts and lots as the transfers seen so far make them.
///
/// Give it every transfer in the order of the log, then the stored rows.
#[derive(Debug, Clone, Default)]
pub struct TransferTrail {
    accounts: IdMap<AccountId, i128>,
    lots: IdMap<LotId, i128>,
}

impl TransferTrail {
    /// Takes the next transfer.
    ///
    /// # Errors
    /// Invariant 2 when it is none, invariant 3 when the balances it states are not the ones recomputed.
    pub fn follow(&mut self, transfer: &Transfer) -> Result<(), Broken> {
        let amount = i128::from(transfer.amount.units());
        let between_lots = transfer.debit_lot.is_some() && transfer.credit_lot.is_some();
        let moves = transfer.debit.asset == transfer.credit.asset
            && transfer.amount > Amount::ZERO
            && (transfer.debit != transfer.credit || between_lots)
            && transfer.debit.kind.keeps_lots() == transfer.debit_lot.is_some()
            && transfer.credit.kind.keeps_lots() == transfer.credit_lot.is_some();
        if !moves {
            return Err(broken(2, format!("{transfer:?}")));
        }
        *self.accounts.entry(transfer.debit).or_default() -= amount;
        *self.accounts.entry(transfer.credit).or_default() += amount;
        let after = |account: &AccountId| self.accounts.get(account).copied().unwrap_or_default();
        let (debit, credit) = (after(&transfer.debit), after(&transfer.credit));
        let stated = (i128::from(transfer.debit_after.units()), i128::from(transfer.credit_after.units()));
        if stated != (debit, credit) {
            return Err(broken(3, format!("{transfer:?} should leave {debit} and {credit}")));
        }
        if let Some(lot) = transfer.debit_lot {
            *self.lots.entry(lot).or_default() -= amount;
        }
        if let Some(lot) = transfer.credit_lot {
            *self.lots.entry(lot).or_default() += amount;
        }
        Ok(())
    }

    /// Compares what was recomputed with the stored rows, all of them.
    ///
    /// # Errors
    /// Invariant 3, with the first account or lot that differs or has no row.
    pub fn arrive<'a>(
        &self,
        accounts: impl IntoIterator<Item = &'a Account>,
        lots: impl IntoIterator<Item = &'a Lot>,
    ) -> Result<(), Broken> {
        let mut missing = self.accounts.len();
        for account in accounts {
            let moved = self.accounts.get(&account.id);
            missing = missing.saturating_sub(usize::from(moved.is_some()));
            let sum = moved.copied().unwrap_or_default();
            if sum != i128::from(account.posted.units()) {
                return Err(broken(3, format!("{account:?} has transfers of {sum}")));
            }
        }
        let mut missing_lots = self.lots.len();
        for lot in lots {
            let moved = self.lots.get(&lot.id);
            missing_lots = missing_lots.saturating_sub(usize::from(moved.is_some()));
            let sum = moved.copied().unwrap_or_default();
            if sum != i128::from(lot.remaining.units()) + i128::from(lot.held.units()) {
                return Err(broken(3, format!("{lot:?} has transfers of {sum}")));
            }
        }
        if missing + missing_lots > 0 {
            return Err(broken(3, format!("{missing} accounts and {missing_lots} lots with transfers have no row")));
        }
        Ok(())
    }
}

fn broken(number: u8, detail: String) -> Broken {
    let name = INVARIANTS.iter().find(|invariant| invariant.number == number).map_or("", |invariant| invariant.name);
    Broken { number, name, detail }
}
