//! How money goes out of wallets, and comes in by bank transfer (QB-16).

use super::check::{PolicyError, TIME_MS_MAX, within};
use crate::limits::{BANK_TRANSFER_FEN_MAX, WITHDRAWALS_OPEN_MAX};
use crate::money::Amount;
use crate::time::DAY_MS;

/// How money goes out of wallets, and comes in by bank transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WalletPolicy {
    /// Least and most of one withdrawal, in fen.
    pub withdrawal_min: Amount,
    pub withdrawal_max: Amount,
    /// Above this, in fen, two people approve a withdrawal.
    pub withdrawal_one_approval_max: Amount,
    /// A withdrawal is promised to be paid within so many working days.
    pub withdrawal_working_days: u16,
    /// Withdrawals of one wallet that may be under way at once.
    pub withdrawals_open_max: usize,
    /// An announced bank transfer is waited for so long; what comes later is credited all the same.
    pub bank_transfer_ms: i64,
}

impl Default for WalletPolicy {
    fn default() -> Self {
        Self {
            withdrawal_min: Amount::new(100),
            withdrawal_max: Amount::new(50_000_000),
            withdrawal_one_approval_max: Amount::new(1_000_000),
            withdrawal_working_days: 5,
            withdrawals_open_max: 5,
            bank_transfer_ms: 14 * DAY_MS,
        }
    }
}

impl WalletPolicy {
    pub(super) fn check(&self) -> Result<(), PolicyError> {
        let max = self.withdrawal_max.units();
        within("wallet.withdrawal_max", max, 1, BANK_TRANSFER_FEN_MAX)?;
        within("wallet.withdrawal_min", self.withdrawal_min.units(), 1, max)?;
        within("wallet.withdrawal_one_approval_max", self.withdrawal_one_approval_max.units(), 0, max)?;
        within("wallet.withdrawal_working_days", i64::from(self.withdrawal_working_days), 1, 30)?;
        let (open, open_max) = (self.withdrawals_open_max, i64::from(WITHDRAWALS_OPEN_MAX));
        within("wallet.withdrawals_open_max", i64::try_from(open).unwrap_or(i64::MAX), 1, open_max)?;
        within("wallet.bank_transfer_ms", self.bank_transfer_ms, 1, TIME_MS_MAX)
    }
}
