//! Score intervals that estimate both rates under each hypothesis (O. Miettinen and M. Nurminen 1985).

use crate::lift::arm::CountArms;
use crate::lift::interval::{Confidence, Interval};

/// Halvings: more than a number has digits.
const HALVINGS: u32 = 200;

/// The range of the difference of two rates.
#[must_use]
pub fn miettinen_nurminen(arms: CountArms, confidence: Confidence) -> Interval {
    let point = arms.treated.rate() - arms.ghost.rate();
    let score = |difference: f64| difference_score(arms, difference);
    Interval {
        low: cross(|difference| score(difference) > confidence.z(), -1.0, point),
        high: cross(|difference| score(difference) > -confidence.z(), point, 1.0),
    }
}

/// The range of the ratio of two rates. Without ghost events there is no upper end: it is infinite then.
#[must_use]
pub fn rate_ratio_score(arms: CountArms, confidence: Confidence) -> Interval {
    let ratio = arms.treated.rate() / arms.ghost.rate();
    let score = |logarithm: f64| ratio_score(arms, logarithm.exp());
    let point = if ratio > 0.0 && ratio.is_finite() { ratio.ln() } else { 0.0 };
    let low = if ratio == 0.0 { 0.0 } else { cross(|at| score(at) > confidence.z(), point - 50.0, point).exp() };
    let high =
        if ratio.is_finite() { cross(|at| score(at) > -confidence.z(), point, point + 50.0).exp() } else { ratio };
    Interval { low, high }
}

/// Where a condition that holds below stops to hold.
fn cross(holds: impl Fn(f64) -> bool, mut low: f64, mut high: f64) -> f64 {
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        if holds(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

fn difference_score(arms: CountArms, difference: f64) -> f64 {
    let (treated, ghost) = (arms.treated.users(), arms.ghost.users());
    let all = treated + ghost;
    let own = constrained_ghost_rate(arms, difference);
    let other = (own + difference).clamp(0.0, 1.0);
    let variance = (other * (1.0 - other) / treated + own * (1.0 - own) / ghost) * all / (all - 1.0);
    (arms.treated.rate() - arms.ghost.rate() - difference) / variance.sqrt()
}

/// The likeliest ghost rate when the treated rate is larger by `difference`: the cubic's root between its bounds.
fn constrained_ghost_rate(arms: CountArms, difference: f64) -> f64 {
    let (treated, ghost) = (arms.treated.users(), arms.ghost.users());
    let (hits, ghost_hits) = (arms.treated.events(), arms.ghost.events());
    let all = treated + ghost;
    let square = (treated + 2.0 * ghost) * difference - all - hits - ghost_hits;
    let linear = (ghost * difference - all - 2.0 * ghost_hits) * difference + hits + ghost_hits;
    let constant = ghost_hits * difference * (1.0 - difference);
    let cubic = |rate: f64| ((all * rate + square) * rate + linear) * rate + constant;
    // Between the bounds the likelihood has one maximum and the cubic one root; it falls through it.
    let (low, high) = ((-difference).max(0.0), (1.0 - difference).min(1.0));
    cross(|rate| cubic(rate) > 0.0, low, high)
}

fn ratio_score(arms: CountArms, ratio: f64) -> f64 {
    let (treated, ghost) = (arms.treated.users(), arms.ghost.users());
    let (hits, ghost_hits) = (arms.treated.events(), arms.ghost.events());
    let all = treated + ghost;
    let square = all * ratio;
    let linear = -(treated * ratio + hits + ghost + ghost_hits * ratio);
    let root = (linear * linear - 4.0 * square * (hits + ghost_hits)).max(0.0).sqrt();
    // The smaller root, in the form that does not cancel.
    let own = 2.0 * (hits + ghost_hits) / (root - linear);
    let other = own * ratio;
    let variance = other * (1.0 - other) / treated + ratio * ratio * own * (1.0 - own) / ghost;
    (arms.treated.rate() - ratio * arms.ghost.rate()) / (variance * all / (all - 1.0)).sqrt()
}
