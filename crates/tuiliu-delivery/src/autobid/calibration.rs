//! Results per predicted result, by the size of the prediction: a Gamma-Poisson belief.
//!
//! Predictions that spread too far are too high at the top and too low at the bottom; who raises the factor then buys
//! other results than those seen so far. A power of the prediction is believed first, and each size by itself as its
//! results add up (Platt 1999; McMahan et al. 2013 correct clicks by such a power).

/// Sizes that are told apart, each half of the one before; the first ends at 1.
pub(super) const SIZES: usize = 24;
/// Results that the belief in the predictions as a whole weighs.
const PRIOR_RESULTS: f64 = 10.0;
/// Deviations, in standard ones, beyond which that belief gives way to what is seen.
const SURPRISE: f64 = 3.0;
/// How far the exponent usually lies from one.
const EXPONENT_SPREAD: f64 = 0.25;
/// Results that the power weighs for one size.
const SIZE_RESULTS: f64 = 20.0;
/// Steps in which the power is found, and the longest of them.
const STEPS: usize = 20;
const STEP_MAX: f64 = 1.0;

/// The place among the sizes of a predicted number of results.
pub(super) fn size_of(predicted: f64) -> usize {
    // The exponent of the number itself: 1 023 stands for 1 to 2.
    let exponent = (predicted.max(0.0).to_bits() >> 52).min(1_022);
    usize::try_from(1_022 - exponent).map_or(SIZES - 1, |place| place.min(SIZES - 1))
}

/// What was predicted and what came, of one size.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Size {
    /// Predicted results that had their time to come.
    pub(super) predicted: f64,
    /// Results that came; where their size is not known, none.
    pub(super) results: f64,
}

/// What is believed of every size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Calibration {
    /// Results for each predicted one.
    rates: [f64; SIZES],
    /// The same over all sizes.
    pub(super) mean: f64,
    /// Results that the belief weighs.
    pub(super) strength: f64,
}

impl Calibration {
    /// What follows from these sizes and so many results in all.
    ///
    /// Sizes are looked at only where most results tell theirs.
    pub(super) fn of(sizes: &[Size; SIZES], results: f64) -> Self {
        let predicted: f64 = sizes.iter().map(|size| size.predicted).sum();
        let spread = predicted + predicted * predicted / PRIOR_RESULTS;
        let surprise = if spread > 0.0 { (results - predicted).powi(2) / spread } else { 0.0 };
        let prior = PRIOR_RESULTS / (surprise / SURPRISE.powi(2)).max(1.0);
        let mean = (results + prior) / (predicted + prior);
        let mut calibration = Self { rates: [mean; SIZES], mean, strength: prior + results };
        let told: f64 = sizes.iter().map(|size| size.results).sum();
        if told > 0.0 && told >= 0.99 * results {
            let power = Power::fitted(sizes, prior);
            for ((rate, size), place) in calibration.rates.iter_mut().zip(sizes).zip(0..) {
                let usual = power.rate(place);
                *rate = usual * (size.results + SIZE_RESULTS) / (size.predicted * usual + SIZE_RESULTS);
            }
        }
        calibration
    }

    /// Results for each predicted one of impressions with such a prediction.
    pub(super) fn rate(&self, predicted: f64) -> f64 {
        self.rates[size_of(predicted)]
    }

    pub(super) fn of_size(&self, size: usize) -> f64 {
        self.rates[size]
    }
}

/// Rate = e ^ (level + slope × (logarithm of the size - centre)).
#[derive(Debug, Clone, Copy)]
struct Power {
    level: f64,
    slope: f64,
    centre: f64,
}

impl Power {
    /// The likeliest one, given that the rate at the centre is one by `prior` results and the slope zero.
    fn fitted(sizes: &[Size; SIZES], prior: f64) -> Self {
        let (mut predicted, mut moment) = (0.0, 0.0);
        for (size, place) in sizes.iter().zip(0..) {
            predicted += size.predicted;
            moment += size.predicted * logarithm(place);
        }
        let centre = if predicted > 0.0 { moment / predicted } else { 0.0 };
        let mut power = Self { level: 0.0, slope: 0.0, centre };
        for _ in 0..STEPS {
            let weight = 1.0 / EXPONENT_SPREAD.powi(2);
            let at_centre = prior * power.level.exp();
            let (mut up, mut tilt) = (prior - at_centre, -weight * power.slope);
            let (mut level, mut both, mut slope) = (at_centre, 0.0, weight);
            for (size, place) in sizes.iter().zip(0..) {
                let distance = logarithm(place) - centre;
                let expected = size.predicted * power.rate(place);
                up += size.results - expected;
                tilt += (size.results - expected) * distance;
                level += expected;
                both += expected * distance;
                slope += expected * distance * distance;
            }
            let determinant = level * slope - both * both;
            if determinant.is_nan() || determinant <= 0.0 {
                break;
            }
            power.level += ((slope * up - both * tilt) / determinant).clamp(-STEP_MAX, STEP_MAX);
            power.slope += ((level * tilt - both * up) / determinant).clamp(-STEP_MAX, STEP_MAX);
            power.slope = power.slope.clamp(-0.9, 0.9);
        }
        power
    }

    fn rate(&self, place: u32) -> f64 {
        (self.level + self.slope * (logarithm(place) - self.centre)).exp()
    }
}

/// Natural logarithm of the middle of a size.
fn logarithm(place: u32) -> f64 {
    -std::f64::consts::LN_2 * (f64::from(place) + 0.5)
}
