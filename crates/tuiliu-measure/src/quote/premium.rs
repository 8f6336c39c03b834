//! From what may come to what is promised and charged: expected plays and the premium rate.

use thiserror::Error;

use super::loss::{loss_ratio, mean_between};
use super::predictive::{Evidence, PastVideo, Predictive};
use super::prior::SpreadPrior;

/// The premium rates that may be charged, as parts of the fixed price (GB-02).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateRange {
    pub least: f64,
    pub most: f64,
}

/// What is promised, and for which part of the fee.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PremiumPolicy {
    /// Half of the comparable videos reach the expected plays; this part of the fees is paid back on average.
    Median { loss_ratio: f64 },
    /// The mean of what may come is promised, without its rare great hits; this part of the fees is paid back on average,
    /// and never less than `loss_ratio_min`, for which the promise is raised.
    BuyerFriendly { loss_ratio: f64, loss_ratio_min: f64 },
}

/// Everything a quote is made by besides the creator's videos.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PremiumRule {
    pub policy: PremiumPolicy,
    pub rates: RateRange,
    /// A video weighs half as much when it is so much older.
    pub half_life_days: f64,
    /// Fewer videos make no guarantee (GB-03).
    pub videos_min: usize,
    /// The interval that is told holds so much.
    pub confidence: f64,
}

/// What is promised of a creator's next video, at which price.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quote {
    /// Expected plays within 14 days of publication.
    pub expected: f64,
    /// The premium rate, as a part of the fixed price.
    pub rate: f64,
    /// The part of the fee that is paid back on average.
    pub loss_ratio: f64,
    /// Plays that are reached or missed with equal tails.
    pub low: f64,
    pub high: f64,
    pub predictive: Predictive,
    pub videos: usize,
}

/// Why there is no guarantee on offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum QuoteError {
    #[error("`{videos}` videos are fewer than the `{min}` that a guarantee rests on")]
    TooFewVideos { videos: usize, min: usize },
}

impl PremiumPolicy {
    /// The default: the median is promised, 42% of the fees are paid back.
    pub const P50: Self = Self::Median { loss_ratio: 0.42 };
    /// The buyer-friendly one: 60% of the fees are paid back, at least 50%.
    pub const LR60: Self = Self::BuyerFriendly { loss_ratio: 0.60, loss_ratio_min: 0.50 };

    /// The part of the fees that it aims to pay back.
    #[must_use]
    pub const fn target(self) -> f64 {
        match self {
            Self::Median { loss_ratio } | Self::BuyerFriendly { loss_ratio, .. } => loss_ratio,
        }
    }
}

impl Default for PremiumRule {
    fn default() -> Self {
        Self {
            policy: PremiumPolicy::P50,
            rates: RateRange { least: 0.10, most: 0.50 },
            half_life_days: 20.0,
            videos_min: 5,
            confidence: 0.8,
        }
    }
}

/// Quotes a creator's next video; `drift` is how far recent quotes were off, in logarithms.
pub fn quote(videos: &[PastVideo], prior: SpreadPrior, drift: f64, rule: &PremiumRule) -> Result<Quote, QuoteError> {
    let too_few = QuoteError::TooFewVideos { videos: videos.len(), min: rule.videos_min };
    if videos.len() < rule.videos_min {
        return Err(too_few);
    }
    let evidence = Evidence::of(videos, rule.half_life_days).ok_or(too_few)?;
    let predictive = Predictive::new(evidence, prior, drift);
    let (log_expected, rate) = promise(&predictive, rule);
    let tail = (1.0 - rule.confidence) / 2.0;
    Ok(Quote {
        expected: log_expected.exp(),
        rate,
        loss_ratio: expected_loss(&predictive, log_expected, rate),
        low: predictive.quantile(tail).exp(),
        high: predictive.quantile(1.0 - tail).exp(),
        predictive,
        videos: videos.len(),
    })
}

/// The logarithm of the expected plays, and the premium rate.
pub(super) fn promise(predictive: &Predictive, rule: &PremiumRule) -> (f64, f64) {
    let rates = rule.rates;
    match rule.policy {
        PremiumPolicy::Median { loss_ratio } => {
            (predictive.mean, rate_for(predictive, predictive.mean, loss_ratio, rates))
        }
        PremiumPolicy::BuyerFriendly { loss_ratio, loss_ratio_min } => {
            let mean = winsorised_mean(predictive).ln();
            if expected_loss(predictive, mean, rates.most) > loss_ratio {
                (plays_for(predictive, rates.most, loss_ratio), rates.most)
            } else if expected_loss(predictive, mean, rates.least) < loss_ratio_min {
                (plays_for(predictive, rates.least, loss_ratio_min), rates.least)
            } else {
                (mean, rate_for(predictive, mean, loss_ratio, rates))
            }
        }
    }
}

fn expected_loss(predictive: &Predictive, log_expected: f64, rate: f64) -> f64 {
    loss_ratio(rate, |share| predictive.below(log_expected + share.ln()))
}

/// The rate at which this part is paid back: it falls with the rate. At the end of the range when there is none.
fn rate_for(predictive: &Predictive, log_expected: f64, target: f64, rates: RateRange) -> f64 {
    let off = |rate: f64| target - expected_loss(predictive, log_expected, rate);
    root(rates.least, rates.most, off)
}

/// The logarithm of the promise at which this part is paid back at this rate: it grows with the promise.
fn plays_for(predictive: &Predictive, rate: f64, target: f64) -> f64 {
    let (low, high) = (predictive.quantile(0.001), predictive.quantile(0.999));
    root(low, high, |log_expected| expected_loss(predictive, log_expected, rate) - target)
}

/// The mean of the plays, those above the 95% point counted as that point.
fn winsorised_mean(predictive: &Predictive) -> f64 {
    const KEPT: f64 = 0.95;
    // In two parts: the plays of the upper ones bend more.
    let part = |low: f64, high: f64| (high - low) * mean_between(low, high, |share| predictive.quantile(share).exp());
    part(0.0, 0.5) + part(0.5, KEPT) + (1.0 - KEPT) * predictive.quantile(KEPT).exp()
}

/// Where a rising function is zero (Illinois false position); an end of the range where it is not inside.
fn root(low: f64, high: f64, function: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = ((low, function(low)), (high, function(high)));
    if low.1 >= 0.0 {
        return low.0;
    }
    if high.1 <= 0.0 {
        return high.0;
    }
    for _ in 0..100 {
        let at = high.0 - high.1 * (high.0 - low.0) / (high.1 - low.1);
        let value = function(at);
        if value.abs() < 1e-12 || (high.0 - low.0).abs() < 1e-12 {
            return at;
        }
        if value < 0.0 {
            low = (at, value);
            high.1 /= 2.0;
        } else {
            high = (at, value);
            low.1 /= 2.0;
        }
    }
    low.0 + (high.0 - low.0) / 2.0
}
