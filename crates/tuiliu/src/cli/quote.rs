//! `tuiliu quote`: what a guarantee would promise and cost for each creator of a table, and how that did in the past.
//!
//! Needs no store and no settings.

mod table;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use tuiliu_domain::time::Timestamp;
use tuiliu_measure::quote::{
    Backtest, BacktestRules, CreatorVideos, DriftIndex, PremiumPolicy, PremiumRule, ResolvedQuote, SpreadPrior,
    backtest, past_videos, prior_at, quote,
};

use super::{WELL, print_json};
use table::{Creator, History};

/// What `tuiliu quote` takes.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Videos with the columns `creator`, `published_at`, `plays` and, where a video was read more than once or when
    /// young, `observed_at` and `video_id`; `-` reads standard input.
    #[arg(long, value_name = "FILE")]
    history: PathBuf,
    /// A quote rests on the videos of the last so many days.
    #[arg(long, value_name = "DAYS", default_value_t = 45.0, value_parser = positive)]
    history_days: f64,
    /// A quote rests on the last so many videos, however old they are.
    #[arg(long, value_name = "VIDEOS", conflicts_with = "history_days")]
    last: Option<usize>,
    /// What is promised: the median, or the buyer-friendly mean.
    #[arg(long, value_enum, default_value_t = Policy::P50)]
    policy: Policy,
    /// Fewer videos make no guarantee.
    #[arg(long, value_name = "VIDEOS", default_value_t = 5)]
    videos_min: usize,
    /// Leaves the drift of recent quotes out.
    #[arg(long)]
    no_drift: bool,
    /// The first part of all videos, from which the back-test only learns.
    #[arg(long, value_name = "SHARE", default_value_t = 0.4, value_parser = share)]
    training: f64,
    /// The age from which on a video counts in the back-test of tables that say nothing of when they were read.
    #[arg(long, value_name = "DAYS", default_value_t = 14.0, value_parser = positive)]
    known_after: f64,
}

/// What is promised, and for which part of the fees.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Policy {
    P50,
    Lr60,
}

/// Quotes every creator, tells how quotes did in the past, prints both as JSON.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let History { creators, latest } = table::read(&arguments.history)?;
    let rules = rules(arguments);
    let own: Vec<CreatorVideos> = creators.iter().map(|creator| creator.videos.clone()).collect();
    let test = backtest(&own, &rules);
    ensure!(!own.is_empty(), "`{}` has no videos", arguments.history.display());
    let drift = if arguments.no_drift { 0.0 } else { drift_now(&test, latest) };
    let now_rules = BacktestRules { age_days_min: 0.0, ..rules };
    let prior = prior_at(&own, latest, &now_rules);
    let quotes: Vec<Value> =
        creators.iter().map(|creator| tell_creator(creator, latest, prior, drift, &now_rules)).collect();
    print_json(&json!({
        "at": table::text(latest),
        "policy": match arguments.policy { Policy::P50 => "p50", Policy::Lr60 => "lr60" },
        "prior": { "degrees": prior.degrees, "standard_deviation": prior.variance.sqrt() },
        "drift": drift,
        "creators": quotes,
        "backtest": tell_backtest(&test, rules.premium.policy.target()),
    }))?;
    Ok(WELL)
}

fn rules(arguments: &Arguments) -> BacktestRules {
    let policy = match arguments.policy {
        Policy::P50 => PremiumPolicy::P50,
        Policy::Lr60 => PremiumPolicy::LR60,
    };
    BacktestRules {
        premium: PremiumRule { policy, videos_min: arguments.videos_min, ..PremiumRule::default() },
        days_max: arguments.last.is_none().then_some(arguments.history_days),
        videos_max: arguments.last.unwrap_or(usize::MAX),
        age_days_min: arguments.known_after,
        training_share: arguments.training,
        with_drift: !arguments.no_drift,
    }
}

fn drift_now(test: &Backtest, now: Timestamp) -> f64 {
    let resolved = test.outcomes.iter().map(|outcome| ResolvedQuote {
        quoted_at: outcome.published_at,
        residual: outcome.log_plays - (outcome.quote.predictive.mean - outcome.drift),
    });
    DriftIndex::at(now, resolved).drift
}

fn tell_creator(creator: &Creator, now: Timestamp, prior: SpreadPrior, drift: f64, rules: &BacktestRules) -> Value {
    let past = past_videos(&creator.videos.videos, now, rules);
    match quote(&past, prior, drift, &rules.premium) {
        Ok(quote) => json!({
            "creator": creator.name,
            "on_offer": true,
            "expected_plays": quote.expected.round(),
            "premium_permille": (quote.rate * 1_000.0).round(),
            "interval_80": [quote.low.round(), quote.high.round()],
            "loss_ratio": quote.loss_ratio,
            "videos": quote.videos,
            "left_out": creator.left_out,
        }),
        Err(refusal) => json!({
            "creator": creator.name,
            "on_offer": false,
            "reason": refusal.to_string(),
            "videos": past.len(),
            "left_out": creator.left_out,
        }),
    }
}

fn tell_backtest(test: &Backtest, target: f64) -> Value {
    let mut creators: Vec<usize> = test.outcomes.iter().map(|outcome| outcome.creator).collect();
    creators.dedup();
    creators.sort_unstable();
    creators.dedup();
    json!({
        "quotes": test.outcomes.len(),
        "creators": creators.len(),
        "loss_ratio": test.loss_ratio,
        "loss_ratio_target": target,
        "coverage_80": test.coverage,
        "payout_share": test.payout_share,
        "premium_permille_mean": (test.rate * 1_000.0).round(),
        "prior": { "degrees": test.prior.degrees, "standard_deviation": test.prior.variance.sqrt() },
    })
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() && number > 0.0 => Ok(number),
        _ => Err("it is no positive number".to_owned()),
    }
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if (0.0..1.0).contains(&share) => Ok(share),
        _ => Err("it is not from 0 to below 1".to_owned()),
    }
}
