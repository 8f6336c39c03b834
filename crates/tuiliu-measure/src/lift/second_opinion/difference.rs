//! Closed forms for the difference of two rates.

use crate::lift::arm::{CountArm, CountArms};
use crate::lift::interval::{Confidence, Interval};
use crate::lift::newcombe::{RateRange, square_and_add};
use crate::lift::wilson::poisson_score;

/// The normal approximation that most tools use; it holds the truth in 40 % of small orders.
#[must_use]
pub fn wald(arms: CountArms, confidence: Confidence) -> Interval {
    let (treated, ghost) = (arms.treated, arms.ghost);
    normal((treated.users(), treated.events()), (ghost.users(), ghost.events()), confidence)
}

/// Wald's with one event and one user without an event added to each arm (A. Agresti and B. Caffo 2000).
#[must_use]
pub fn agresti_caffo(arms: CountArms, confidence: Confidence) -> Interval {
    let more = |arm: CountArm| (arm.users() + 2.0, arm.events() + 1.0);
    normal(more(arms.treated), more(arms.ghost), confidence)
}

/// Square-and-add on Poisson score intervals: for events of which a user may have several.
#[must_use]
pub fn poisson_mover(arms: CountArms, confidence: Confidence) -> Interval {
    let range = |arm: CountArm| RateRange {
        rate: arm.rate(),
        range: poisson_score(arm.events(), confidence).times(1.0 / arm.users()),
    };
    square_and_add(range(arms.treated), range(arms.ghost)).interval
}

fn normal(treated: (f64, f64), ghost: (f64, f64), confidence: Confidence) -> Interval {
    let (one, other) = (treated.1 / treated.0, ghost.1 / ghost.0);
    let variance = one * (1.0 - one) / treated.0 + other * (1.0 - other) / ghost.0;
    Interval::around(one - other, confidence.z() * variance.sqrt())
}
