//! Whether the lift that the platform tells holds the truth, on orders of a crowd of which the truth is known.
//!
//! `cargo xtask bench truth [--json] -- [--orders N] [--viewers N] [--share PERMILLE] [--priors]`. Orders are placed,
//! paid, won, held out, reported, folded and measured by the whole app on a store in memory; only the crowd is made up.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Parser;
use serde_json::{Value, json};
use tuiliu_app::App;
use tuiliu_domain::time::Timestamp;
use tuiliu_sim::truth::{MetricTruth, TruthReport, TruthSettings, run};
use tuiliu_sim::{World, seed};
use tuiliu_store::{Address, Store, StoreConfig};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What is wanted of ranges of 95 %.
const COVERAGE: std::ops::RangeInclusive<f64> = 0.94..=0.96;
/// 2026-11-18: nothing depends on it.
const START: Timestamp = Timestamp::from_ms(1_795_000_000_000);
const FREQUENCY_BITS: u32 = 16;

#[derive(Debug, Parser)]
struct Arguments {
    #[arg(long, default_value_t = 1_000)]
    orders: usize,
    /// Viewers who come while a group of eight orders runs.
    #[arg(long, default_value_t = 1_600)]
    viewers: u64,
    /// Part of the viewers that is held out, in thousandths; 0 leaves it to the published rule.
    #[arg(long, default_value_t = 300)]
    share: i64,
    /// Small orders lean on finished ones, as on a platform that has run for a while.
    #[arg(long)]
    priors: bool,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Prints figures for machines.
    #[arg(long)]
    json: bool,
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let Arguments { seed, orders, viewers, share, priors, json } = arguments;
    let share_permille = (share > 0).then_some(share);
    let settings = TruthSettings { seed, orders, viewers, share_permille, priors };
    let store = Store::open(&StoreConfig { address: Address::Memory, readers: 0 }).context("failed to open a store")?;
    let world = World::starting_at(START);
    let app = App::with_setup(store, world.outside(), seed::setup(seed, FREQUENCY_BITS));
    let began = Instant::now();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let told = |orders: usize| {
        if !json && orders % 200 == 0 {
            println!("{orders} orders after {:.0} s", began.elapsed().as_secs_f64());
        }
    };
    let report = runtime.block_on(run(&app, &world, settings, told))?;
    let seconds = began.elapsed().as_secs_f64();
    if json {
        println!("{}", figures(&report, seconds));
    } else {
        table(&report, seconds);
    }
    let holds = report.metrics.iter().take(2).all(|told| COVERAGE.contains(&told.coverage()));
    Ok(if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn figures(report: &TruthReport, seconds: f64) -> Value {
    let metric = |told: &MetricTruth| {
        json!({
            "metric": told.metric.code(),
            "orders": told.told,
            "coverage": told.coverage(),
            "last_touch_coverage": told.last_touch_coverage(),
            "truth": told.truth,
            "lift": told.lift,
            "lift_half_width": told.half_width(),
            "last_touch": told.last_touch,
        })
    };
    json!({
        "orders": report.orders,
        "broken": report.broken,
        "treated_viewers": report.treated_viewers,
        "ghost_viewers": report.ghost_viewers,
        "metrics": report.metrics.iter().map(metric).collect::<Vec<_>>(),
        "seconds": seconds,
    })
}

fn table(report: &TruthReport, seconds: f64) {
    let TruthReport { orders, broken, treated_viewers, ghost_viewers, .. } = report;
    println!("{orders} orders ({broken} broken), {treated_viewers} treated and {ghost_viewers} ghosts, {seconds:.0} s");
    println!("metric       orders  lift covers  last touch covers       truth   lift ± half width      last touch");
    for told in &report.metrics {
        println!(
            "{:<12} {:>6}  {:>10.1}%  {:>16.1}%  {:>10.0}  {:>10.0} ± {:<6.0}  {:>14.0}",
            told.metric.code(),
            told.told,
            100.0 * told.coverage(),
            100.0 * told.last_touch_coverage(),
            told.truth,
            told.lift,
            told.half_width(),
            told.last_touch,
        );
    }
}
