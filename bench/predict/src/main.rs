//! How good predictions are, what calibration on won traffic repairs, and what both cost.
//!
//! `cargo xtask bench predict [--json] [--log FILE] [--requests N] [--orders N] [--seed N]`. Without a log a market
//! with known truth is asked; with one, its predictions are won with at several budgets. Speed is measured in both.

mod auction_log;
mod market;
mod product;
mod score;
mod speed;

use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;
use serde_json::json;
use tuiliu_delivery::predict::FtrlSettings;

use auction_log::Cell;
use market::{Done, Method};
use product::log;
use score::{Score, number};
use speed::Speed;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Debug, Parser)]
struct Arguments {
    /// A log: click, market price and predicted rate in each row, plain or gzip.
    #[arg(long)]
    log: Option<PathBuf>,
    /// Rows of it; all by default.
    #[arg(long)]
    rows: Option<u64>,
    /// Budgets, each as one part in so many of what all rows cost.
    #[arg(long, value_delimiter = ',', default_value = "128,32,8,2")]
    budget: Vec<u32>,
    /// Requests of the market with known truth.
    #[arg(long, default_value_t = 900_000)]
    requests: u64,
    /// Orders among which predictions are timed.
    #[arg(long, default_value_t = 1_000)]
    orders: u64,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Learning rate of FTRL; the product's own without it.
    #[arg(long)]
    alpha: Option<f32>,
    /// Its first penalty, likewise.
    #[arg(long)]
    lambda1: Option<f32>,
    /// Prints figures for machines.
    #[arg(long)]
    json: bool,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let usual = FtrlSettings::default();
    let (alpha, lambda1) = (arguments.alpha.unwrap_or(usual.alpha), arguments.lambda1.unwrap_or(usual.lambda1));
    let settings = FtrlSettings { alpha, lambda1, ..usual };
    let speed = speed::run(arguments.orders.max(1), arguments.seed);
    let mut figures = json!({ "bench": "predict", "seed": arguments.seed, "speed": speed.json() });
    if let Some(path) = &arguments.log {
        let rows = log::read(path, arguments.rows)?;
        let cells: Vec<Cell> = arguments.budget.iter().map(|part| auction_log::run(&rows, (*part).max(1))).collect();
        figures["log"] = json!({ "rows": rows.len(), "budgets": cells.iter().map(Cell::json).collect::<Vec<_>>() });
        if !arguments.json {
            print_log(&cells, rows.len());
        }
    } else {
        let done =
            Method::ALL.map(|method| (method, market::run(method, arguments.requests, arguments.seed, settings)));
        let cell = |(method, done): &(Method, Done)| {
            json!({
                "method": method.name(), "won": done.raw.json(), "calibrated": done.calibrated.json(),
                "log_loss_everywhere": done.everywhere, "log_loss_of_truth": done.truth, "value": done.value,
                "stored_bytes": done.bytes,
            })
        };
        figures["market"] = json!({
            "requests": arguments.requests, "methods": done.iter().map(cell).collect::<Vec<_>>(),
        });
        if !arguments.json {
            print_market(&done);
        }
    }
    if arguments.json {
        println!("{figures:#}");
    } else {
        print_speed(&speed);
    }
    Ok(())
}

fn scored(score: &Score) -> String {
    format!("{:.3} {:.5} {:6.1}%", score.ratio(), score.log_loss(), score.calibration_error() * 100.0)
}

fn print_market(done: &[(Method, Done)]) {
    println!("                        all orders         won, as predicted          won, calibrated");
    println!(
        "                        excess log-loss    ratio log-loss ECE         ratio log-loss ECE         won   value"
    );
    let first = done.first().map_or(1.0, |(_, done)| done.value);
    for (method, done) in done {
        println!(
            "{:<22} {:>8.5} nats      {}     {}     {:>6} {:.3}",
            method.name(),
            done.everywhere - done.truth,
            scored(&done.raw),
            scored(&done.calibrated),
            done.raw.count(),
            done.value / first,
        );
    }
}

fn print_log(cells: &[Cell], rows: usize) {
    println!("{rows} rows; ratio = predicted ÷ real clicks of what was won");
    println!("budget     won    real   raw ratio   calibrated   (± sampling)   second half: raw   calibrated");
    for cell in cells {
        println!(
            "1/{:<5} {:>7} {:>7}   {:>9.3}   {:>10.3}   {:>12.3}   {:>16.3}   {:>10.3}",
            cell.part,
            cell.raw.count(),
            cell.raw.real(),
            cell.raw.ratio(),
            cell.calibrated.ratio(),
            1.0 / cell.raw.real().max(1.0).sqrt(),
            cell.raw_late.ratio(),
            cell.calibrated_late.ratio(),
        );
    }
}

fn print_speed(speed: &Speed) {
    println!("rate           {:.1} ns (goal 50), over {} orders", speed.rate_ns, speed.orders);
    println!("rate_max       {:.1} ns (goal 10)", speed.rate_max_ns);
    println!("context        {:.0} ns a request", speed.context_ns);
    println!("learning       {:.2} million examples/s", speed.learn_per_second / 1e6);
    println!("publishing     {:.0} µs", speed.publish_us);
    println!(
        "storing        {:.0} kB in {:.1} ms, read in {:.1} ms",
        number(speed.bytes) / 1e3,
        speed.save_ms,
        speed.load_ms
    );
}
