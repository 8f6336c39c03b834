//! Promises of what results cost or bring, and what is paid when one is missed: one rule for every product (QB-18).
//!
//! ```text
//! in_effect ─→ confirming ─→ paid
//!     │            └───────→ ended (kept, too few results)
//!     └─→ invalid (too many edits)
//! ```
//!
//! Amounts are exact: a rule is assessed in millionths of a yuan over the stretches between changes of the bid, and what
//! is owed is rounded up to the fen, once.

mod assess;

pub use assess::{Assessment, Closed, EndReason, InvalidReason, NotInForce, PromiseFacts, PromiseState, Stretch};

use crate::calendar::Day;
use crate::money::Amount;
use crate::time::Timestamp;

/// What is promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Measure {
    /// A result costs no more than the bid.
    Cost,
    /// Sales per spend reach the goal.
    Return,
    /// So many results come (GB-06).
    Results,
}

/// Which part of the excess is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pays {
    /// All of it, from the promise itself.
    WholeExcess,
    /// Only what lies beyond the tolerance.
    BeyondTolerance,
}

/// The most that is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cap {
    None,
    /// What the promise cost its buyer.
    Fee,
    /// What was spent.
    Spend,
}

/// What is paid in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PaidIn {
    Money,
    /// Money that pays for promotion and cannot be withdrawn.
    Grant,
}

/// A promise: how long, how exactly, from how many results on, and what is paid when it is missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PromiseRule {
    pub measure: Measure,
    /// Natural days, that of the start among them.
    pub window_days: i64,
    /// In thousandths of what was promised: cost above it, or sales or results below it, miss the promise.
    pub tolerance_permille: i64,
    /// With fewer results nothing is promised.
    pub results_min: i64,
    /// With more changes on one natural day nothing is promised any more; `None` allows any number.
    pub edits_per_day_max: Option<usize>,
    pub pays: Pays,
    pub cap: Cap,
    pub paid_in: PaidIn,
    /// The natural day on which it is paid, that of the start being the first.
    pub paid_on_day: i64,
}

impl PromiseRule {
    /// Cost guarantee by the bid: 3 days, above 1.2 times the bid, from 6 results on, the whole excess on day 5.
    pub const COST: Self = Self {
        measure: Measure::Cost,
        window_days: 3,
        tolerance_permille: 1_200,
        results_min: 6,
        edits_per_day_max: Some(2),
        pays: Pays::WholeExcess,
        cap: Cap::None,
        paid_in: PaidIn::Grant,
        paid_on_day: 5,
    };
    /// Cost guarantee by a goal of sales per spend: below 0.8 times the goal, from 10 purchases on.
    pub const RETURN: Self = Self { measure: Measure::Return, tolerance_permille: 800, results_min: 10, ..Self::COST };
    /// Guaranteed boost: the missing part of the expected plays, at most the fee (GB-06).
    pub const PLAYS: Self = Self {
        measure: Measure::Results,
        window_days: 14,
        tolerance_permille: 1_000,
        results_min: 0,
        edits_per_day_max: None,
        pays: Pays::WholeExcess,
        cap: Cap::Fee,
        paid_in: PaidIn::Money,
        paid_on_day: 15,
    };

    /// The same rule, paid in this.
    #[must_use]
    pub const fn paid_in(self, paid_in: PaidIn) -> Self {
        Self { paid_in, ..self }
    }

    /// When the window of a promise that began at this instant is over: at the end of its last natural day.
    #[must_use]
    pub fn window_ends(&self, began_at: Timestamp) -> Timestamp {
        Day::at(began_at).plus_days(self.window_days - 1).end()
    }

    /// When it is paid: at the start of its day.
    #[must_use]
    pub fn pays_at(&self, began_at: Timestamp) -> Timestamp {
        let day = Day::at(began_at).plus_days(self.paid_on_day - 1).start();
        day.max(self.window_ends(began_at))
    }
}

impl Measure {
    /// The code used in rows and in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Cost => "cost",
            Self::Return => "return",
            Self::Results => "results",
        }
    }
}

impl PaidIn {
    /// Everything there is.
    pub const ALL: &[Self] = &[Self::Money, Self::Grant];

    /// The code used in rows and in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Money => "money",
            Self::Grant => "grant",
        }
    }

    /// What has this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|paid_in| paid_in.code() == code)
    }
}

/// Rounds a positive number of millionths of a yuan up to the fen.
fn fen_up(micros: i128) -> Amount {
    const MICROS_PER_FEN: i128 = 10_000;
    let fen = micros.max(0).div_euclid(MICROS_PER_FEN) + i128::from(micros.max(0).rem_euclid(MICROS_PER_FEN) != 0);
    Amount::new(i64::try_from(fen).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests;
