//! Rows of an auction log through decide, lease, reservation, pacing and the ledger, on one core, without a database.
//!
//! `cargo xtask bench replay [--json] -- [--log FILE] [--rows N] [--orders N]`. Without a log it makes rows up in the
//! shape of a real one: same mean price, click rate and number of steps.

mod engine;
mod product;

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Result, ensure};
use clap::Parser;
use serde_json::json;
use tuiliu_delivery::Rng;
use tuiliu_delivery::predict::Rate;
use tuiliu_domain::money::Micros;

use engine::{Engine, OrderDone};
use product::log::{self, Market, Row};
use product::plan::{Plan, Timetable};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Rows/s that are wanted of one core.
const GOAL_ROWS_PER_SECOND: u64 = 100_000;
/// Means of a real log: price in millionths of a bean, predicted clicks in billionths.
const PRICE: u64 = 6_700;
const PREDICTED: u64 = 600_000;
const STEPS: usize = 19;

#[derive(Debug, Parser)]
struct Arguments {
    /// The log: click, market price, predicted rate and step in each row; plain or gzip.
    #[arg(long)]
    log: Option<PathBuf>,
    /// Rows of it.
    #[arg(long, default_value_t = 300_000)]
    rows: u64,
    /// Packs that compete.
    #[arg(long, default_value_t = 8)]
    orders: u32,
    /// Runs; the fastest counts.
    #[arg(long, default_value_t = 5)]
    runs: u32,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Prints figures for machines.
    #[arg(long)]
    json: bool,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let rows = match &arguments.log {
        Some(path) => log::read(path, Some(arguments.rows))?,
        None => made_up(usize::try_from(arguments.rows)?, arguments.seed),
    };
    let plan = Plan::of(arguments.orders, &Market::of(&rows), arguments.seed);
    let table = Timetable::of(&rows);
    let mut rates = Vec::new();
    let mut done = None;
    for _ in 0..arguments.runs.max(1) {
        let mut engine = Engine::new(&plan, &Market::of(&rows), arguments.seed);
        let started = Instant::now();
        engine.replay(&rows, &table);
        let elapsed = started.elapsed();
        rates.push(u64::try_from(u128::from(u64::try_from(rows.len())?) * 1_000_000 / elapsed.as_micros().max(1))?);
        done = Some(engine.finish()?);
    }
    let done = done.expect("there is at least one run");
    rates.sort_unstable();
    let (best, median) = (rates[rates.len() - 1], rates[rates.len() / 2]);
    ensure!(done.overspent == 0, "overspent {} millionths", done.overspent);
    if arguments.json {
        let figures = json!({
            "bench": "replay", "rows": rows.len(), "orders": arguments.orders, "runs": rates,
            "rows_per_second": best, "rows_per_second_median": median, "goal_rows_per_second": GOAL_ROWS_PER_SECOND,
            "impressions": done.impressions, "charges": done.charges, "spent_micros": done.spent,
            "overspent_micros": done.overspent, "orders": done.orders.iter().map(order).collect::<Vec<_>>(), "ledger_groups": done.groups, "ledger_transfers": done.transfers,
        });
        println!("{figures:#}");
    } else {
        println!("rows        {} x {} orders, fastest of {} runs", rows.len(), arguments.orders, rates.len());
        println!("rows/s      {best} (median {median}, goal {GOAL_ROWS_PER_SECOND})");
        println!("impressions {}   charges {}", done.impressions, done.charges);
        println!("ledger      {} groups, {} transfers, every invariant holds", done.groups, done.transfers);
        for order in &done.orders {
            let bid = if order.is_manual { "manual" } else { "auto" };
            let (budget, spent) = (order.budget / 1_000, order.spent / 1_000);
            let used = 1_000 * spent / budget.max(1);
            let goal = format!("{:?}", order.goal);
            println!(
                "order       {goal:<13} {bid:<6} used {:>3}.{} % of {budget} thousandths, {} results, now at {}",
                used / 10,
                used % 10,
                order.results,
                order.price / 1_000
            );
        }
        println!("spent       {} millionths of a bean, overspent {}", done.spent, done.overspent);
    }
    Ok(())
}

fn order(order: &OrderDone) -> serde_json::Value {
    json!({
        "goal": format!("{:?}", order.goal), "manual": order.is_manual, "budget_micros": order.budget,
        "spent_micros": order.spent, "results": order.results, "price_micros": order.price,
    })
}

/// Rows in the shape of a real log.
fn made_up(rows: usize, seed: u64) -> Vec<Row> {
    let mut rng = Rng::seeded(seed);
    let mut around = |mean: u64| mean / 4 + mean * 3 * u64::from(rng.below_million()) / 2_000_000;
    let mut all = Vec::with_capacity(rows);
    for row in 0..rows {
        let price = Micros::new(i64::try_from(around(PRICE)).expect("prices are small"));
        let predicted = around(PREDICTED);
        let clicked = around(1_000_000_000) < 250_000_000 + predicted * 3 / 2;
        let step = u32::try_from(row * STEPS / rows.max(1)).expect("few steps");
        all.push(Row { clicked, price, predicted: Rate::from_billionths(predicted), step });
    }
    all
}
