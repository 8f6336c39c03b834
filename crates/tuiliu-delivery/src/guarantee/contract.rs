//! What was promised, how far it has come, and what it costs to break the promise (GB-06).

use tuiliu_domain::id::PromotionOrderId;
use tuiliu_domain::money::Micros;
use tuiliu_domain::time::Timestamp;

use crate::approximate::approximate;

/// A promise of so many plays in a window, to viewers of some pools.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contract {
    pub order: PromotionOrderId,
    /// Plays that were promised: valid ones, whoever brought them (GB-10).
    pub target_plays: u64,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    /// Places of the pools whose viewers count, ascending, each once.
    pub pools: Vec<u32>,
    /// What the buyer paid: the creator's fixed price and the guarantee fee.
    pub paid: Micros,
    /// The guarantee fee: most that is paid back.
    pub fee: Micros,
    /// What each play of a kept promise is worth to the platform beyond the compensation; zero is allowed.
    ///
    /// Without it a promise is broken where that is cheaper: where the fee is less than what the missing plays displace.
    pub goodwill_per_play: Micros,
}

/// How far a contract has come, as the caller counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Valid plays so far, natural ones included.
    pub plays: u64,
    /// Serves that will probably turn out as valid plays, and are not judged yet.
    pub pending: u64,
    /// Natural plays that are expected in the rest of the window without any help.
    pub natural: u64,
}

/// A contract and how far it has come.
#[derive(Debug, Clone, Copy)]
pub struct Standing<'a> {
    pub contract: &'a Contract,
    pub progress: Progress,
}

impl Contract {
    /// What is paid back at the end for so many plays, in millionths rounded up (GB-06).
    ///
    /// Missing plays × (fixed price + fee) / promised plays, at most the fee.
    #[must_use]
    pub fn compensation(&self, plays: u64) -> Micros {
        let missing = u128::from(self.target_plays.saturating_sub(plays));
        let paid = u128::try_from(self.paid.get()).unwrap_or(0);
        let due = (missing * paid).div_ceil(u128::from(self.target_plays.max(1)));
        Micros::new(i64::try_from(due).unwrap_or(i64::MAX)).min(self.fee.max(Micros::ZERO))
    }

    /// The same without rounding, for a number of plays that is itself an estimate.
    pub(super) fn expected_compensation(&self, missing: f64) -> f64 {
        let target = approximate(i64::try_from(self.target_plays).unwrap_or(i64::MAX)).max(1.0);
        (missing.max(0.0) * approximate(self.paid.get().max(0)) / target).min(approximate(self.fee.get().max(0)))
    }
}

impl Standing<'_> {
    /// Plays that help has to bring from here on.
    #[must_use]
    pub const fn missing(&self) -> u64 {
        let come = self.progress.plays.saturating_add(self.progress.pending).saturating_add(self.progress.natural);
        self.contract.target_plays.saturating_sub(come)
    }

    /// Value at stake per missing play: the compensation that is due without more help, spread over the plays that
    /// avert it, and the platform's goodwill.
    ///
    /// It is the price per play that the contract costs when it is broken, until so much is missing that the fee caps
    /// it; a contract that far behind is worth less per play, and more again with each play that comes. Nothing is at
    /// stake once nothing is missing.
    #[must_use]
    pub fn stake_per_play(&self) -> Micros {
        let missing = self.missing();
        if missing == 0 {
            return Micros::ZERO;
        }
        let due = self.contract.compensation(self.contract.target_plays - missing);
        let averted = due.get() / i64::try_from(missing).unwrap_or(i64::MAX);
        Micros::new(averted.saturating_add(self.contract.goodwill_per_play.get().max(0)))
    }
}
