//! How widely creators' videos spread, over all creators: a scaled inverse chi-square prior (G. Smyth 2004, section 6.2).

use crate::approximate::approximate;

/// Creators that a prior is made of at least.
const CREATORS_MIN: usize = 4;
/// As if the prior had seen so many videos; more makes no difference to a quote.
const DEGREES_MAX: f64 = 1_000.0;
const STEPS_MAX: u32 = 60;

/// The variance of the logarithm of one creator's plays, from its own videos.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CreatorSpread {
    pub variance: f64,
    /// Videos that it rests on, less one.
    pub degrees: f64,
}

/// What is believed of a creator's variance before its own videos are seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpreadPrior {
    /// `s₀²`.
    pub variance: f64,
    /// `d₀`: videos that it is worth.
    pub degrees: f64,
}

impl SpreadPrior {
    /// What was measured over 24 channels of a public platform; in force until enough of one's own creators are known.
    pub const MEASURED: Self = Self { variance: 0.774, degrees: 2.4 };

    /// The prior whose first two moments of `ln s²` are those of these creators; `None` for fewer than four with a spread.
    #[must_use]
    pub fn fit(creators: &[CreatorSpread]) -> Option<Self> {
        let usable = || creators.iter().filter(|creator| creator.degrees > 0.0 && creator.variance > 0.0);
        let count = usable().count();
        if count < CREATORS_MIN {
            return None;
        }
        let number = approximate(u64::try_from(count).ok()?);
        let centred = |own: &CreatorSpread| own.variance.ln() - digamma(own.degrees / 2.0) + (own.degrees / 2.0).ln();
        let mean = usable().map(centred).sum::<f64>() / number;
        let scatter = usable().map(|own| (centred(own) - mean).powi(2)).sum::<f64>() / (number - 1.0);
        let noise = usable().map(|own| trigamma(own.degrees / 2.0)).sum::<f64>() / number;
        let degrees = if scatter > noise { 2.0 * trigamma_inverse(scatter - noise) } else { DEGREES_MAX };
        let degrees = degrees.min(DEGREES_MAX);
        let variance = (mean + digamma(degrees / 2.0) - (degrees / 2.0).ln()).exp();
        Some(Self { variance, degrees })
    }

    /// The creator's variance, drawn towards the prior, and its degrees of freedom.
    #[must_use]
    pub fn moderate(self, own: CreatorSpread) -> CreatorSpread {
        let degrees = self.degrees + own.degrees;
        let variance = (self.degrees * self.variance + own.degrees * own.variance) / degrees;
        CreatorSpread { variance, degrees }
    }
}

/// The derivative of the logarithm of the gamma function.
fn digamma(x: f64) -> f64 {
    let (mut x, mut sum) = (x, 0.0);
    while x < 12.0 {
        sum -= 1.0 / x;
        x += 1.0;
    }
    let square = 1.0 / (x * x);
    let tail = square * (1.0 / 12.0 - square * (1.0 / 120.0 - square * (1.0 / 252.0 - square / 240.0)));
    sum + x.ln() - 0.5 / x - tail
}

/// The derivative of the digamma function.
pub(super) fn trigamma(x: f64) -> f64 {
    let (mut x, mut sum) = (x, 0.0);
    while x < 12.0 {
        sum += 1.0 / (x * x);
        x += 1.0;
    }
    let square = 1.0 / (x * x);
    let tail = square * (1.0 / 6.0 - square * (1.0 / 30.0 - square * (1.0 / 42.0 - square / 30.0)));
    sum + (1.0 + 0.5 / x + tail) / x
}

/// Where the trigamma function has this positive value: halving in the logarithm, since it only falls.
fn trigamma_inverse(value: f64) -> f64 {
    let (mut low, mut high) = (1e-8_f64.ln(), DEGREES_MAX.ln());
    for _ in 0..STEPS_MAX {
        let middle = low + (high - low) / 2.0;
        if trigamma(middle.exp()) > value {
            low = middle;
        } else {
            high = middle;
        }
    }
    (low + (high - low) / 2.0).exp()
}
