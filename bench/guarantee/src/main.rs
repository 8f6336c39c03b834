//! Contracts of 14 days delivered over made-up pools on real traffic curves, by several methods side by side.
//!
//! `cargo xtask bench guarantee [--json] --curves FILE [--seeds N]`; see `docs/bench.md`.

mod engine;
mod hindsight;
mod market;
mod methods;
mod shale;

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Result;
use clap::Parser;
use serde_json::{Value, json};
use tuiliu_delivery::Rng;
use tuiliu_delivery::approximate::approximate;
use tuiliu_delivery::guarantee::{Contract, Progress, Standing, SupplyForecast, Terms, replan};
use tuiliu_delivery::pacing::TrafficShape;
use tuiliu_domain::id::PromotionOrderId;
use tuiliu_domain::money::Micros;
use tuiliu_domain::time::HOUR_MS;

use engine::{Ended, Method};
use market::{BEGINS, Forecast, Market, Noise, Scene};
use methods::{FirstBegun, FirstBooked, HighWater, PacedAlone};

#[derive(Debug, Parser)]
struct Arguments {
    /// Rows of region, day of the week (1 to 7), hour and share of the week's traffic.
    #[arg(long)]
    curves: PathBuf,
    /// Markets that are drawn for each cell.
    #[arg(long, default_value_t = 3)]
    seeds: u64,
    /// Contracts in each market.
    #[arg(long, default_value_t = 120)]
    contracts: usize,
    /// Regions, each with four groups of viewers: a pool is a group of a region.
    #[arg(long, default_value_t = 24)]
    regions: usize,
    /// Slots of an average pool and hour.
    #[arg(long, default_value_t = 30.0)]
    slots: f64,
    /// How wrong the forecast is in each region and hour: deviation of the logarithm.
    #[arg(long, default_value_t = 0.2)]
    hourly: f64,
    /// How wrong it is in each region all the time.
    #[arg(long, default_value_t = 0.05)]
    drift: f64,
    /// Only methods whose name contains this.
    #[arg(long)]
    only: Option<String>,
    /// Prints figures for machines.
    #[arg(long)]
    json: bool,
}

/// One row of the table.
struct Cell {
    sold_percent: u32,
    forecast: Forecast,
    method: &'static str,
    ended: Ended,
}

impl Cell {
    fn percent(part: usize, whole: usize) -> f64 {
        100.0 * market::count(part) / market::count(whole)
    }

    fn displaced_per_play(&self) -> f64 {
        approximate(self.ended.displaced) / approximate(i64::try_from(self.ended.plays.max(1)).unwrap_or(i64::MAX))
    }

    fn json(&self) -> Value {
        let Ended { contracts, met, nearly, worst, promised, plays, displaced, compensation } = self.ended;
        json!({
            "sold_percent": self.sold_percent, "forecast": self.forecast.name(), "method": self.method,
            "contracts": contracts, "met_percent": Self::percent(met, contracts),
            "met_99_percent": Self::percent(nearly, contracts), "worst_percent": 100.0 * worst,
            "promised_plays": promised, "plays": plays, "displaced_micros": displaced,
            "displaced_micros_per_play": self.displaced_per_play(), "compensation_micros": compensation,
        })
    }
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let curves = market::read_curves(&arguments.curves)?;
    let mut cells = Vec::new();
    let mut markets = Vec::new();
    for forecast in Forecast::ALL {
        for sold_percent in [85, 95, 100] {
            let (rows, told) = measure(&arguments, &curves, sold_percent, forecast)?;
            if !arguments.json {
                print_rows(&rows, &told);
            }
            cells.extend(rows);
            markets.push(told);
        }
    }
    let plan_ms = plan_time(&curves[0])?;
    if arguments.json {
        let figures = json!({
            "bench": "guarantee", "seeds": arguments.seeds, "contracts": arguments.contracts,
            "regions": arguments.regions, "hourly_deviation": arguments.hourly, "drift_deviation": arguments.drift,
            "markets": markets, "cells": cells.iter().map(Cell::json).collect::<Vec<_>>(),
            "plan": { "contracts": 10_000, "pools": 1_000, "hours": 336, "best_ms": plan_ms },
        });
        println!("{figures:#}");
    } else {
        println!("one plan of 10 000 contracts in 50 of 1 000 pools each, 336 hours: {plan_ms} ms, best of 3");
    }
    Ok(())
}

/// All methods on the same markets; and what is known of those markets.
fn measure(
    arguments: &Arguments,
    curves: &[TrafficShape],
    sold_percent: u32,
    forecast: Forecast,
) -> Result<(Vec<Cell>, Value)> {
    let sold = f64::from(sold_percent) / 100.0;
    let noise = Noise { hourly: arguments.hourly, drift: arguments.drift, forecast };
    let mut cells: Vec<Cell> = Vec::new();
    let mut came = Vec::new();
    let mut possible = Vec::new();
    for seed in 1..=arguments.seeds {
        let (contracts, regions, slots) = (arguments.contracts, arguments.regions, arguments.slots);
        let market = Market::draw(curves, &Scene { seed, regions, contracts, slots, sold, noise })?;
        came.push(100.0 * market.came_share());
        let promised: u64 = market.contracts.iter().map(|contract| contract.target_plays).sum();
        let number = |plays: u64| approximate(i64::try_from(plays).unwrap_or(i64::MAX));
        possible.push(100.0 * number(hindsight::plays_possible(&market)) / number(promised));
        for (place, mut method) in methods(&market, sold, arguments.only.as_deref()).into_iter().enumerate() {
            let ended = engine::run(&market, seed, method.as_mut());
            match cells.get_mut(place) {
                Some(cell) => cell.ended = cell.ended.and(ended),
                None => cells.push(Cell { sold_percent, forecast, method: method.name(), ended }),
            }
        }
    }
    let told = json!({
        "sold_percent": sold_percent, "forecast": forecast.name(), "came_percent": came,
        "possible_plays_percent": possible,
    });
    Ok((cells, told))
}

fn methods(market: &Market, sold: f64, only: Option<&str>) -> Vec<Box<dyn Method>> {
    let all: Vec<Box<dyn Method>> = vec![
        Box::new(FirstBooked),
        Box::new(FirstBegun),
        Box::new(PacedAlone),
        Box::new(shale::Shale::default()),
        Box::new(HighWater::plain(market, "HWM hourly", 0)),
        Box::new(HighWater::plain(market, "HWM hourly, 12 h early", 12)),
        Box::new(HighWater::whole(market, sold)),
    ];
    all.into_iter().filter(|method| only.is_none_or(|only| method.name().contains(only))).collect()
}

fn print_rows(rows: &[Cell], told: &Value) {
    println!(
        "{}% of the {} forecast sold: {}% of it came; {}% of the plays were possible in hindsight",
        told["sold_percent"],
        told["forecast"].as_str().unwrap_or_default(),
        rounded(&told["came_percent"]),
        rounded(&told["possible_plays_percent"])
    );
    println!("  {:28} {:>7} {:>7} {:>7} {:>10} {:>12}", "", "met", ">= 99%", "worst", "displaced", "compensation");
    for cell in rows {
        let Ended { contracts, met, nearly, worst, compensation, .. } = cell.ended;
        println!(
            "  {:28} {:>6.1}% {:>6.1}% {:>6.1}% {:>10.0} {:>12.2}",
            cell.method,
            Cell::percent(met, contracts),
            Cell::percent(nearly, contracts),
            100.0 * worst,
            cell.displaced_per_play(),
            approximate(compensation) / 1e6,
        );
    }
}

fn rounded(list: &Value) -> String {
    let numbers = list.as_array().into_iter().flatten().filter_map(Value::as_f64);
    numbers.map(|number| format!("{number:.1}")).collect::<Vec<_>>().join(" / ")
}

/// Milliseconds of one plan at the largest size, best of three.
fn plan_time(curve: &TrafficShape) -> Result<u128> {
    let mut rng = Rng::seeded(7);
    let pools: Vec<(f64, &TrafficShape)> = (0..1_000).map(|_| (168_000.0, curve)).collect();
    let forecast = SupplyForecast::along(BEGINS, 336, &pools)?;
    let mut draw = |limit: u64| i64::try_from(rng.next_u64() % limit).expect("a small number");
    let contracts: Vec<Contract> = (0..10_000)
        .map(|nth| {
            let mut pools: Vec<u32> = (0..50).map(|_| u32::try_from(draw(1_000)).expect("small")).collect();
            pools.sort_unstable();
            pools.dedup();
            let target = 5_000 + draw(40_000);
            let (paid, fee) = (Micros::new(target * 100_000), Micros::new(target * 20_000));
            let ends_at = BEGINS.plus_ms((24 + draw(312)) * HOUR_MS);
            let order = PromotionOrderId::new(nth);
            let target_plays = u64::try_from(target).expect("positive");
            Contract {
                order,
                target_plays,
                starts_at: BEGINS,
                ends_at,
                pools,
                paid,
                fee,
                goodwill_per_play: Micros::ZERO,
            }
        })
        .collect();
    let standings: Vec<Standing<'_>> =
        contracts.iter().map(|contract| Standing { contract, progress: Progress::default() }).collect();
    let mut best = u128::MAX;
    for _ in 0..3 {
        let started = Instant::now();
        let plan = replan(&standings, &forecast, &Terms::default(), BEGINS);
        best = best.min(started.elapsed().as_millis());
        anyhow::ensure!(plan.servings.len() == contracts.len(), "every contract is planned");
    }
    Ok(best)
}
