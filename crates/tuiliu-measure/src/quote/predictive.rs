//! What the next video of a creator may reach: a t distribution of the logarithm of its plays.

use super::prior::{CreatorSpread, SpreadPrior};
use crate::quantile::{student_below, student_quantile};

/// One video of the creator as a quote sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PastVideo {
    /// Since it was published.
    pub age_days: f64,
    /// Logarithm of its valid plays, grown to 14 days.
    pub log_plays: f64,
}

/// A creator's level and spread, recent videos counting more.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evidence {
    pub mean: f64,
    pub spread: CreatorSpread,
    /// As many equally weighted videos as the weights are worth.
    pub effective: f64,
}

/// The logarithm of the plays is `mean + scale · t(degrees)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Predictive {
    pub mean: f64,
    pub scale: f64,
    pub degrees: f64,
}

impl Evidence {
    /// Of these videos, each weighing half as much when it is `half_life_days` older; `None` for fewer than two.
    #[must_use]
    pub fn of(videos: &[PastVideo], half_life_days: f64) -> Option<Self> {
        if videos.len() < 2 {
            return None;
        }
        // Weights are relative to the newest, so that old videos alone do not weigh nothing.
        let newest = videos.iter().map(|video| video.age_days).fold(f64::INFINITY, f64::min);
        let weight = |video: &PastVideo| 0.5_f64.powf((video.age_days - newest) / half_life_days);
        let sum: f64 = videos.iter().map(weight).sum();
        let squares: f64 = videos.iter().map(|video| weight(video).powi(2)).sum();
        let mean = videos.iter().map(|video| weight(video) * video.log_plays).sum::<f64>() / sum;
        let off = |video: &PastVideo| weight(video) * (video.log_plays - mean).powi(2);
        let effective = sum * sum / squares;
        let variance = videos.iter().map(off).sum::<f64>() / (sum - squares / sum);
        let degrees = effective - 1.0;
        // One recent video among very old ones has no spread of its own.
        let spread = if degrees > 1e-6 { CreatorSpread { variance, degrees } } else { CreatorSpread::NONE };
        Some(Self { mean, spread, effective })
    }
}

impl CreatorSpread {
    /// Nothing is known of it.
    const NONE: Self = Self { variance: 0.0, degrees: 0.0 };
}

impl Predictive {
    /// What the next video may reach, given the creator's videos, all creators' spread, and how far quotes were off lately.
    #[must_use]
    pub fn new(evidence: Evidence, prior: SpreadPrior, drift: f64) -> Self {
        let CreatorSpread { variance, degrees } = prior.moderate(evidence.spread);
        let scale = (variance * (1.0 + 1.0 / evidence.effective)).sqrt();
        Self { mean: evidence.mean + drift, scale, degrees }
    }

    /// The probability of fewer plays than `exp(log_plays)`.
    #[must_use]
    pub fn below(&self, log_plays: f64) -> f64 {
        student_below(self.degrees, (log_plays - self.mean) / self.scale)
    }

    /// The logarithm of the plays below which the share `probability` lies.
    #[must_use]
    pub fn quantile(&self, probability: f64) -> f64 {
        self.mean + self.scale * student_quantile(self.degrees, probability)
    }
}
