//! Assessing a promise: whether it is in force, and what would be paid if its window closed now (QB-19).

use super::{Cap, Measure, Pays, PromiseRule, fen_up};
use crate::calendar::Day;
use crate::money::{Amount, Micros};
use crate::time::Timestamp;

/// What happened between two changes of the bid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Stretch {
    /// What was promised meanwhile: millionths of a yuan a result, thousandths of sales per spend, or results.
    pub promised: i64,
    pub spend: Micros,
    /// Results that were not taken back.
    pub results: i64,
    pub sales_fen: i64,
}

/// What is known of a promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PromiseFacts<'f> {
    /// `None` before it began.
    pub began_at: Option<Timestamp>,
    pub stretches: &'f [Stretch],
    /// When the bid or the audience was changed.
    pub edits: &'f [Timestamp],
    /// What the promise cost its buyer, in fen.
    pub fee: Amount,
    /// Decided already.
    pub closed: Option<Closed>,
}

/// What a promise came to on its day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Closed {
    pub at: Timestamp,
    /// Nothing, when it was kept or void.
    pub paid: Amount,
    /// Results that counted.
    pub results: i64,
}

/// Where a promise is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PromiseState {
    /// Its window is open; `Err` says why it would pay nothing now whatever things cost.
    InEffect(Result<(), NotInForce>),
    /// Its window is over; figures may still change until it is paid.
    Confirming,
    Paid,
    Invalid(InvalidReason),
    Ended(EndReason),
}

/// Why a promise is not in force yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NotInForce {
    NotStarted,
    TooFewResults,
}

/// Why a promise is void.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InvalidReason {
    TooManyEdits,
}

/// Why a promise ended without a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EndReason {
    /// It was kept.
    Kept,
    TooFewResults,
}

/// A promise as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assessment {
    pub state: PromiseState,
    pub window_ends: Option<Timestamp>,
    pub pays_at: Option<Timestamp>,
    pub edits_today: usize,
    pub results: i64,
    /// What would be paid if the window closed now, in fen.
    pub would_pay: Amount,
}

impl PromiseRule {
    /// Assesses a promise as of now.
    #[must_use]
    pub fn assess(&self, facts: &PromiseFacts<'_>, now: Timestamp) -> Assessment {
        let counted = || facts.stretches.iter().map(|stretch| stretch.results).sum();
        let results = facts.closed.map_or_else(counted, |closed| closed.results);
        let edits_on = |day: Day| facts.edits.iter().filter(|edit| Day::at(**edit) == day).count();
        let window_ends = facts.began_at.map(|began_at| self.window_ends(began_at));
        let counts = |edit: &&Timestamp| window_ends.is_none_or(|ends| **edit < ends);
        let is_void = self
            .edits_per_day_max
            .is_some_and(|max| facts.edits.iter().filter(counts).any(|edit| max < edits_on(Day::at(*edit))));
        let enough = self.results_min <= results && (self.measure == Measure::Results || results > 0);
        let owed = || if is_void || !enough { Amount::ZERO } else { self.owed(facts) };
        let would_pay = facts.closed.map_or_else(owed, |closed| closed.paid);
        let pays_at = facts.began_at.map(|began_at| self.pays_at(began_at));
        let ended = PromiseState::Ended(if enough { EndReason::Kept } else { EndReason::TooFewResults });
        let state = match (facts.closed, facts.began_at) {
            (Some(closed), _) if closed.paid > Amount::ZERO => PromiseState::Paid,
            (_, _) if is_void => PromiseState::Invalid(InvalidReason::TooManyEdits),
            (Some(_), _) => ended,
            (None, None) => PromiseState::InEffect(Err(NotInForce::NotStarted)),
            (None, Some(began_at)) if now < self.window_ends(began_at) => {
                PromiseState::InEffect(if enough { Ok(()) } else { Err(NotInForce::TooFewResults) })
            }
            (None, Some(began_at)) if now < self.pays_at(began_at) || would_pay > Amount::ZERO => {
                PromiseState::Confirming
            }
            (None, Some(_)) => ended,
        };
        Assessment { state, window_ends, pays_at, edits_today: edits_on(Day::at(now)), results, would_pay }
    }

    /// What is owed by the figures alone; the formulas of QB-18 and GB-06, segment by segment.
    fn owed(&self, facts: &PromiseFacts<'_>) -> Amount {
        let over = |each: fn(&Stretch) -> i128| facts.stretches.iter().map(each).sum::<i128>();
        let spend = over(|stretch| i128::from(stretch.spend.get()));
        let tolerance = i128::from(self.tolerance_permille);
        let excess = match self.measure {
            Measure::Cost => {
                // What the results were to cost: each at the bid of its stretch.
                let promised = over(|stretch| i128::from(stretch.promised) * i128::from(stretch.results));
                let limit = promised * tolerance / 1000;
                (limit < spend).then(|| spend - if self.pays == Pays::WholeExcess { promised } else { limit })
            }
            Measure::Return => {
                let sales = over(|stretch| i128::from(stretch.sales_fen) * 10_000);
                let goal = over(|stretch| i128::from(stretch.promised) * i128::from(stretch.spend.get())) / 1000;
                let limit = goal * tolerance / 1000;
                // What may be spent for the sales there are: each stretch's at its own goal.
                let earned = facts.stretches.iter().map(|stretch| {
                    let goal = i128::from(stretch.promised).max(1);
                    let goal = if self.pays == Pays::WholeExcess { goal } else { (goal * tolerance / 1000).max(1) };
                    i128::from(stretch.sales_fen) * 10_000 * 1000 / goal
                });
                (sales < limit).then(|| spend - earned.sum::<i128>())
            }
            Measure::Results => {
                let expected = over(|stretch| i128::from(stretch.promised));
                let actual = over(|stretch| i128::from(stretch.results));
                let least = expected * tolerance / 1000;
                // The missing part of what was paid, rounded up only at the end.
                let missing = |from: i128| {
                    let missing = (from - actual).max(0) * spend;
                    missing / expected.max(1) + i128::from(missing % expected.max(1) != 0)
                };
                (actual < least).then(|| missing(if self.pays == Pays::WholeExcess { expected } else { least }))
            }
        };
        let owed = excess.map_or(Amount::ZERO, fen_up);
        match self.cap {
            Cap::None => owed,
            Cap::Fee => owed.min(facts.fee),
            Cap::Spend => owed.min(fen_up(spend)),
        }
    }
}

impl PromiseState {
    /// The name of the state in rows and in the API; never renamed.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InEffect(_) => "in_effect",
            Self::Confirming => "confirming",
            Self::Paid => "paid",
            Self::Invalid(_) => "invalid",
            Self::Ended(_) => "ended",
        }
    }

    /// Why, where that is more than the state says.
    #[must_use]
    pub const fn reason(self) -> Option<&'static str> {
        match self {
            Self::InEffect(Err(NotInForce::NotStarted)) => Some("not_started"),
            Self::InEffect(Err(NotInForce::TooFewResults)) | Self::Ended(EndReason::TooFewResults) => {
                Some("too_few_results")
            }
            Self::Invalid(InvalidReason::TooManyEdits) => Some("too_many_edits"),
            Self::Ended(EndReason::Kept) => Some("kept"),
            Self::InEffect(Ok(())) | Self::Confirming | Self::Paid => None,
        }
    }
}
