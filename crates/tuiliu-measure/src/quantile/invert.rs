//! Inverting a distribution function: Newton steps on the logarithm of the smaller tail, kept inside a bracket.

/// Steps; Newton needs fewer than ten, halving alone fewer than these.
const STEPS_MAX: u32 = 200;

/// A distribution at one place.
pub(super) struct Curve {
    pub(super) below: f64,
    pub(super) above: f64,
    /// How fast `below` grows with the coordinate that is searched.
    pub(super) slope: f64,
}

/// The smaller tail that is wanted.
#[derive(Clone, Copy)]
pub(super) enum Tail {
    Below(f64),
    Above(f64),
}

impl Tail {
    pub(super) fn of(probability: f64) -> Self {
        if probability < 0.5 { Self::Below(probability) } else { Self::Above(1.0 - probability) }
    }
}

/// The coordinate where the tail has its wanted size; `place` leads from the coordinate to the argument of the curve.
///
/// In these coordinates (a logarithm, a logit) the logarithm of a tail is concave, so Newton converges from anywhere.
pub(super) fn invert(curve: &dyn Fn(f64) -> Curve, tail: Tail, start: f64, place: fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
    let mut at = start;
    for _ in 0..STEPS_MAX {
        let here = curve(place(at));
        // `miss` is positive to the right of the goal.
        let (miss, slope) = match tail {
            Tail::Below(wanted) => ((here.below / wanted).ln(), here.slope / here.below),
            Tail::Above(wanted) => (-(here.above / wanted).ln(), here.slope / here.above),
        };
        let newton = at - miss / slope;
        // At the end rounding may throw a step out of the bracket by the last digit.
        if (newton - at).abs() <= 4.0 * f64::EPSILON * at.abs().max(1e-3) {
            return newton;
        }
        if miss > 0.0 {
            high = at;
        } else {
            low = at;
        }
        let next = if newton.is_finite() && newton > low && newton < high { newton } else { between(low, high, at) };
        at = next;
    }
    at
}

fn between(low: f64, high: f64, at: f64) -> f64 {
    match (low.is_finite(), high.is_finite()) {
        (true, true) => low + (high - low) / 2.0,
        (true, false) => at + at.abs().max(1.0),
        _ => at - at.abs().max(1.0),
    }
}
