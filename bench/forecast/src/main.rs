//! How long an estimate takes with many running orders, and whether the conformal quantile is that of the reference.
//!
//! `cargo xtask bench forecast [--json] -- [--orders N] [--asks N] [--reference DIR]`
//!
//! An ask is what the server does for one position of a slider besides reading room and policy: it takes the sample,
//! finds the openings of an order with one of several audiences, and solves for the bid that its budget lasts with.

#[path = "../../decide/src/world.rs"]
mod world;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Parser;
use serde_json::json;
use tuiliu_delivery::audience::CompiledAudience;
use tuiliu_delivery::bidding::Bid;
use tuiliu_delivery::forecast::{Asked, Budget, RequestSample, Wish, openings};
use tuiliu_delivery::frequency::FrequencyTable;
use tuiliu_delivery::pacing::TrafficShape;
use tuiliu_delivery::random::mix;
use tuiliu_delivery::{Candidate, Rng};
use tuiliu_domain::limits::FORECAST_REQUESTS_MAX;
use tuiliu_domain::money::Micros;
use tuiliu_domain::time::{DAY_MS, HOUR_MS};
use tuiliu_measure::forecast::{QuantileForecast, margin};

use world::{NOW, Shape};

/// The quantile of the reference, and how near ours has to be.
const QUANTILE: f64 = 0.043_922_811_640_680_52;
const QUANTILE_ERROR_MAX: f64 = 1e-12;
/// An ask must not take longer, or the number does not follow the finger.
const ASK_MS_MAX: f64 = 50.0;

#[derive(Debug, Parser)]
struct Arguments {
    /// Running orders.
    #[arg(long, default_value_t = 10_000)]
    orders: u64,
    /// Estimates that are asked for.
    #[arg(long, default_value_t = 500)]
    asks: u64,
    /// The folder with `cqr_fixture.csv`; without it nothing is compared.
    #[arg(long, value_name = "FOLDER")]
    reference: Option<PathBuf>,
    /// Prints figures for machines.
    #[arg(long)]
    json: bool,
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let shape = Shape { orders: arguments.orders, predicates: 2, equal_bids: false, ceiling: 1.5 };
    let snapshot = world::snapshot(1, &shape, Arc::new(FrequencyTable::with_bits(22)));
    let mut sample = full_sample();
    let start = Instant::now();
    let priced = sample.price(&snapshot, NOW, usize::MAX);
    let price_us = start.elapsed().as_secs_f64() * 1e6 / priced as f64;
    let mut times = Vec::new();
    let mut impressions = 0.0;
    for nth in 0..arguments.asks {
        let mut own: Candidate = world::changed(mix(nth), 1 + nth % 40, &shape);
        // For everybody is the dearest to ask.
        if nth % 2 == 0 {
            own.audience = CompiledAudience::everybody();
        }
        let wish = wish(nth);
        let start = Instant::now();
        let found = openings(&snapshot, &sample.view(), &own, &own);
        impressions += found.outlook(&wish, NOW).map_or(0.0, |outlook| outlook.impressions);
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    let error = arguments.reference.as_deref().map(quantile_error).transpose()?;
    let is_met = at(0.99) < ASK_MS_MAX && error.is_none_or(|error| error <= QUANTILE_ERROR_MAX);
    let figures = json!({
        "bench": "forecast", "orders": arguments.orders, "asks": arguments.asks, "sampled_requests": priced,
        "ask_p50_ms": at(0.5), "ask_p99_ms": at(0.99), "ask_max_ms": at(1.0), "look_up_us": price_us,
        "impressions_mean": impressions / arguments.asks as f64, "cqr_error": error, "met": is_met,
    });
    if arguments.json {
        println!("{figures}");
    } else {
        for (name, figure) in figures.as_object().into_iter().flatten() {
            println!("{name:<18} {figure}");
        }
    }
    Ok(if is_met { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// As many requests as a sample holds, over a day.
fn full_sample() -> RequestSample {
    let mut rng = Rng::seeded(7);
    let mut sample = RequestSample::default();
    let count = FORECAST_REQUESTS_MAX as u64;
    for nth in 0..count {
        let mut request = world::request(&mut rng, nth);
        // About eight requests of each viewer.
        request.viewer.hash = u128::from(mix(nth % (count / 8)));
        let at = NOW.plus_ms(-DAY_MS + 1 + nth as i64 * (DAY_MS / count as i64));
        sample.add(Asked { request, at, draw: mix(nth), shown: Vec::new(), slots: Vec::new() });
    }
    sample
}

/// A budget dragged up and down, for the usual durations.
fn wish(nth: u64) -> Wish {
    let hours = [1, 2, 6, 12, 24][nth as usize % 5];
    let amount = Micros::new(100_000_000 * (1 + nth as i64 * 37 % 500));
    Wish {
        budget: Budget { amount, bid: Bid::Auto, price_min: Micros::new(10_000), price_limit: Micros::new(500_000_000) },
        starts_at: NOW,
        duration_ms: hours * HOUR_MS,
        frequency_cap: None,
        shape: Arc::new(TrafficShape::default()),
        nodes: 1,
    }
}

fn quantile_error(folder: &Path) -> Result<f64> {
    let text = std::fs::read_to_string(folder.join("cqr_fixture.csv")).context("failed to read the fixture")?;
    let case = |line: &str| -> Result<QuantileForecast> {
        let numbers = line.split(',').map(str::parse).collect::<Result<Vec<f64>, _>>()?;
        Ok(QuantileForecast { low: numbers[0], high: numbers[1], actual: numbers[2] })
    };
    let cases = text.lines().skip(1).map(case).collect::<Result<Vec<_>>>()?;
    let found = margin(&cases, 200_000).context("the fixture has enough cases")?;
    Ok((found - QUANTILE).abs())
}
