//! The past quoted as if it were the future: a rolling origin over real videos (measurement.md §4.5).

use tuiliu_domain::time::{DAY_MS, Timestamp};

use super::drift::{DriftIndex, ResolvedQuote};
use super::growth::age_days;
use super::loss::payout_share;
use super::predictive::{Evidence, PastVideo};
use super::premium::{PremiumRule, Quote, quote};
use super::prior::SpreadPrior;
use crate::approximate::{approximate, round_to_whole};

/// How often the prior is fitted anew.
const REFIT_MS: i64 = 7 * DAY_MS;

/// One creator's videos, oldest first: when each was published, and the logarithm of its plays at 14 days.
#[derive(Debug, Clone, PartialEq)]
pub struct CreatorVideos {
    pub videos: Vec<(Timestamp, f64)>,
}

/// Which videos a quote of the past rests on, and how it is made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BacktestRules {
    pub premium: PremiumRule,
    /// Only videos of the last so many days.
    pub days_max: Option<f64>,
    /// Only the last so many videos.
    pub videos_max: usize,
    /// A video counts for others from this age on; 14 uses nothing that was not known then.
    pub age_days_min: f64,
    /// The first part of all videos, in whose time quotes are only learnt from.
    pub training_share: f64,
    pub with_drift: bool,
}

/// One quote of the past and what came of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// Its place among the creators that were given.
    pub creator: usize,
    pub published_at: Timestamp,
    pub quote: Quote,
    /// The drift that the quote was corrected by.
    pub drift: f64,
    /// Logarithm of the plays that came.
    pub log_plays: f64,
}

/// What all quotes came to, at equal fixed prices.
#[derive(Debug, Clone, PartialEq)]
pub struct Backtest {
    pub outcomes: Vec<Outcome>,
    /// The prior of the last quote.
    pub prior: SpreadPrior,
    /// Compensation over fees.
    pub loss_ratio: f64,
    /// Quotes that had to pay, as a share.
    pub payout_share: f64,
    /// Actual plays inside the interval, as a share.
    pub coverage: f64,
    /// Mean premium rate.
    pub rate: f64,
}

/// Quotes every video after the training time from what was known when it was published.
#[must_use]
pub fn backtest(creators: &[CreatorVideos], rules: &BacktestRules) -> Backtest {
    let origin = training_end(creators, rules.training_share);
    let (mut prior, mut fitted_at) = (SpreadPrior::MEASURED, Timestamp::from_ms(i64::MIN));
    let mut moments: Vec<(Timestamp, usize, usize)> = Vec::new();
    for (creator, own) in creators.iter().enumerate() {
        moments.extend(own.videos.iter().enumerate().map(|(video, (published_at, _))| (*published_at, creator, video)));
    }
    moments.sort_unstable();
    let (mut outcomes, mut resolved): (Vec<Outcome>, Vec<ResolvedQuote>) = (Vec::new(), Vec::new());
    for (now, creator, video) in moments {
        let past = past_videos(&creators[creator].videos[..video], now, rules);
        let Some((_, log_plays)) = creators[creator].videos.get(video).copied() else { continue };
        if now.since_ms(fitted_at) >= REFIT_MS {
            (prior, fitted_at) = (prior_at(creators, now, rules), now);
        }
        let recent = resolved.iter().rev().take_while(|own| now.since_ms(own.quoted_at) <= 61 * DAY_MS);
        let drift = if rules.with_drift { DriftIndex::at(now, recent.copied()).drift } else { 0.0 };
        let Ok(quote) = quote(&past, prior, drift, &rules.premium) else { continue };
        resolved.push(ResolvedQuote { quoted_at: now, residual: log_plays - (quote.predictive.mean - drift) });
        if now >= origin {
            outcomes.push(Outcome { creator, published_at: now, quote, drift, log_plays });
        }
    }
    sum_up(outcomes, prior)
}

/// The videos of a creator that a quote at this instant rests on, newest first.
#[must_use]
pub fn past_videos(videos: &[(Timestamp, f64)], now: Timestamp, rules: &BacktestRules) -> Vec<PastVideo> {
    let past = videos
        .iter()
        .rev()
        .map(|(published_at, log_plays)| PastVideo { age_days: age_days(*published_at, now), log_plays: *log_plays });
    let old_enough = past.filter(|video| video.age_days >= rules.age_days_min);
    let recent = old_enough.filter(|video| rules.days_max.is_none_or(|days| video.age_days <= days));
    recent.take(rules.videos_max).collect()
}

/// When the training share of all videos had been published.
fn training_end(creators: &[CreatorVideos], share: f64) -> Timestamp {
    let times = creators.iter().flat_map(|own| own.videos.iter().map(|(published_at, _)| *published_at));
    let mut times: Vec<Timestamp> = times.collect();
    times.sort_unstable();
    let place = round_to_whole(approximate(u64::try_from(times.len()).unwrap_or_default()) * share);
    let place = usize::try_from(place).unwrap_or_default();
    times.get(place).copied().unwrap_or(Timestamp::from_ms(i64::MAX))
}

/// The prior of the quotes that every creator would get at this instant.
#[must_use]
pub fn prior_at(creators: &[CreatorVideos], now: Timestamp, rules: &BacktestRules) -> SpreadPrior {
    let spreads = creators.iter().filter_map(|own| {
        let known = own.videos.partition_point(|(published_at, _)| *published_at < now);
        let past = past_videos(&own.videos[..known], now, rules);
        let enough = past.len() >= rules.premium.videos_min;
        Evidence::of(&past, rules.premium.half_life_days).filter(|_| enough).map(|evidence| evidence.spread)
    });
    SpreadPrior::fit(&spreads.collect::<Vec<_>>()).unwrap_or(SpreadPrior::MEASURED)
}

fn sum_up(outcomes: Vec<Outcome>, prior: SpreadPrior) -> Backtest {
    let (mut fees, mut paid, mut missed, mut inside) = (0.0, 0.0, 0_u64, 0_u64);
    for Outcome { quote, log_plays, .. } in &outcomes {
        let back = payout_share(quote.rate, log_plays.exp() / quote.expected);
        fees += quote.rate;
        paid += quote.rate * back;
        missed = missed.saturating_add(u64::from(back > 0.0));
        inside = inside.saturating_add(u64::from((quote.low..=quote.high).contains(&log_plays.exp())));
    }
    let count = approximate(u64::try_from(outcomes.len()).unwrap_or(u64::MAX)).max(1.0);
    let loss_ratio = if fees > 0.0 { paid / fees } else { 0.0 };
    let (payout_share, coverage) = (approximate(missed) / count, approximate(inside) / count);
    Backtest { outcomes, prior, loss_ratio, payout_share, coverage, rate: fees / count }
}
