//! What reports of one order and its room cost while their events grow to a million.
//!
//! `cargo xtask bench report [--json] [--events N] [--reads N] [--hours N]`. Every event is reported, made durable and
//! folded as in the product, into a SQLite file; a report is the whole request through the router, JSON and all.

mod stage;

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use clap::Parser;
use serde_json::{Value, json};

use self::stage::Stage;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Longest time of a report of an order with a million events.
const REPORT_MS_MAX: f64 = 100.0;

#[derive(Debug, Clone, Parser)]
struct Arguments {
    /// Events of the order.
    #[arg(long, default_value_t = 1_000_000)]
    events: u64,
    /// Times that each report is read.
    #[arg(long, default_value_t = 15)]
    reads: usize,
    /// Hours over which the events are spread.
    #[arg(long, default_value_t = 24)]
    hours: i64,
    /// Prints figures for machines.
    #[arg(long)]
    json: bool,
}

/// What one report cost.
struct Cost {
    name: &'static str,
    median_ms: f64,
    worst_ms: f64,
    bytes: usize,
}

/// What reports cost at one size.
struct Row {
    events: u64,
    /// Events folded in a second since the row before.
    folded_per_second: f64,
    costs: Vec<Cost>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let rows = runtime.block_on(measure(&arguments))?;
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&told(&rows))?);
    } else {
        print(&rows);
    }
    let last = rows.last().and_then(|row| row.costs.first());
    if let Some(report) = last.filter(|_| arguments.events >= 1_000_000) {
        ensure!(report.median_ms < REPORT_MS_MAX, "a report takes {:.1} ms", report.median_ms);
    }
    Ok(())
}

async fn measure(arguments: &Arguments) -> Result<Vec<Row>> {
    let mut stage = Stage::open(arguments.hours).await?;
    let sizes = [arguments.events / 100, arguments.events / 10, arguments.events];
    let mut rows = Vec::new();
    let mut done = 0;
    for size in sizes.into_iter().filter(|size| *size > 0) {
        let took = stage.fill(done, size, arguments.events).await?;
        let folded_per_second = (size - done) as f64 / took.as_secs_f64();
        done = size;
        let mut costs = Vec::new();
        for (name, path) in stage.reports() {
            costs.push(cost(&stage, name, &path, arguments.reads).await?);
        }
        rows.push(Row { events: size, folded_per_second, costs });
    }
    Ok(rows)
}

async fn cost(stage: &Stage, name: &'static str, path: &str, reads: usize) -> Result<Cost> {
    let mut times = Vec::with_capacity(reads);
    let mut bytes = 0;
    for _ in 0..reads.max(1) {
        let begun = Instant::now();
        bytes = stage.get(path).await?;
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    let ms = |time: &Duration| time.as_secs_f64() * 1_000.0;
    Ok(Cost { name, median_ms: ms(&times[times.len() / 2]), worst_ms: times.last().map_or(0.0, ms), bytes })
}

fn told(rows: &[Row]) -> Value {
    let cost = |cost: &Cost| {
        json!({"report": cost.name, "median_ms": cost.median_ms, "worst_ms": cost.worst_ms, "bytes": cost.bytes})
    };
    let row = |row: &Row| {
        let costs: Vec<Value> = row.costs.iter().map(cost).collect();
        json!({"events": row.events, "folded_per_second": row.folded_per_second, "reports": costs})
    };
    json!({"bar_ms": REPORT_MS_MAX, "sizes": rows.iter().map(row).collect::<Vec<Value>>()})
}

fn print(rows: &[Row]) {
    println!("{:>9} {:>10}  {:<34} {:>9} {:>9} {:>10}", "events", "folded/s", "report", "median ms", "worst ms", "bytes");
    for row in rows {
        for cost in &row.costs {
            println!(
                "{:>9} {:>10.0}  {:<34} {:>9.2} {:>9.2} {:>10}",
                row.events, row.folded_per_second, cost.name, cost.median_ms, cost.worst_ms, cost.bytes
            );
        }
    }
}
