//! Student's t distribution, by way of the beta distribution of `ν / (ν + t²)`.

use super::beta::{Split, both};
use super::normal::normal_quantile;
use super::saddle::beta_factor;

/// Newton steps of the inverse.
const STEPS_MAX: u32 = 100;

/// The probability of a value below `t`.
#[must_use]
pub fn student_below(degrees: f64, t: f64) -> f64 {
    student_above(degrees, -t)
}

/// The probability of a value above `t`.
#[must_use]
pub fn student_above(degrees: f64, t: f64) -> f64 {
    if t.is_infinite() {
        return if t > 0.0 { 0.0 } else { 1.0 };
    }
    let (tail, _) = tails(degrees, t.abs());
    if t > 0.0 { tail } else { 1.0 - tail }
}

/// The value below which the share `probability` lies.
#[must_use]
pub fn student_quantile(degrees: f64, probability: f64) -> f64 {
    let tail = probability.min(1.0 - probability);
    if tail <= 0.0 {
        return if probability < 0.5 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    let size = upper_quantile(degrees, tail);
    if probability < 0.5 { -size } else { size }
}

/// The probability above a positive `t`, and of lying between zero and `t`.
fn tails(degrees: f64, t: f64) -> (f64, f64) {
    let (tail, centre) = both(degrees / 2.0, 0.5, split(degrees, t));
    (0.5 * tail, 0.5 * centre)
}

fn split(degrees: f64, t: f64) -> Split {
    let square = t * t;
    Split { x: degrees / (degrees + square), y: square / (degrees + square) }
}

/// The positive `t` above which `tail` lies: Newton on the logarithm of the tail, or on the centre when that is smaller.
///
/// Both are monotone and curve one way, so a step never crosses more than once; a bracket holds it anyway.
fn upper_quantile(degrees: f64, tail: f64) -> f64 {
    let centre = 0.5 - tail;
    if centre <= 0.0 {
        return 0.0;
    }
    let (mut low, mut high) = (0.0, f64::INFINITY);
    let mut at = normal_quantile(1.0 - tail.max(1e-16)).max(centre);
    for _ in 0..STEPS_MAX {
        let (above, inside) = tails(degrees, at);
        let density = density(degrees, at);
        let (miss, step) = if tail < 0.25 {
            let miss = (tail / above).ln();
            // In ln t a heavy tail is a straight line; the step is taken there.
            (miss, at * (-miss * above / (density * at)).exp())
        } else {
            (inside - centre, at - (inside - centre) / density)
        };
        if (step - at).abs() <= 4.0 * f64::EPSILON * at {
            return step;
        }
        if miss > 0.0 {
            high = at;
        } else {
            low = at;
        }
        let halved = if high.is_finite() { low + (high - low) / 2.0 } else { at * 2.0 };
        at = if step > low && step < high { step } else { halved };
    }
    at
}

/// The density at `t`: the derivative of half the beta function, `|dx/dt| = 2 x y / t`.
fn density(degrees: f64, t: f64) -> f64 {
    let Split { x, y } = split(degrees, t);
    beta_factor(degrees / 2.0, 0.5, x, y) / t
}
