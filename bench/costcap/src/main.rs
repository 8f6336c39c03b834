//! Cost caps: what a result really cost, and how many came, beside what was possible in hindsight and four peers.
//!
//! `cargo xtask bench costcap --log FILE [--json]` on a log of real auctions; `--simulator` in a market with rivals.

mod product;
mod replay;
mod simulator;

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;

use simulator::Options;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Debug, Parser)]
struct Arguments {
    /// The log: click, market price, predicted rate and step in each row; plain or gzip. Without it, made-up ones.
    #[arg(long)]
    log: Option<PathBuf>,
    /// Rows of it at most.
    #[arg(long)]
    rows: Option<u64>,
    /// Mean time from impression to result, as a share of the window.
    #[arg(long, default_value_t = 0.03)]
    delay: f64,
    /// Seed of the made-up logs.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Measures in a market with 47 rivals instead.
    #[arg(long)]
    simulator: bool,
    /// Measures on recorded days that do not react instead.
    #[arg(long)]
    recorded: bool,
    /// Days of the simulator for each market.
    #[arg(long, default_value_t = 20)]
    seeds: u64,
    #[arg(long, default_value_t = 1)]
    first_seed: u64,
    /// Seats of each day.
    #[arg(long, default_value_t = 5)]
    seats: usize,
    #[arg(long, default_value_t = 100_000)]
    impressions: usize,
    /// Only markets whose name contains this.
    #[arg(long, default_value = "")]
    market: String,
    /// Tells each day.
    #[arg(long)]
    verbose: bool,
    /// Prints figures for machines.
    #[arg(long)]
    json: bool,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let text = if arguments.recorded {
        let report = simulator::measure_recorded(&options(&arguments, Vec::new()));
        if arguments.json { format!("{:#}\n", report.json()) } else { report.table() }
    } else if arguments.simulator { simulate(&arguments) } else { replay(&arguments)? };
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(())
}

fn replay(arguments: &Arguments) -> Result<String> {
    let reports: Vec<replay::Report> = match &arguments.log {
        Some(path) => {
            let rows = product::log::read(path, arguments.rows)?;
            vec![replay::measure(&path.display().to_string(), &rows, arguments.delay)]
        }
        None => replay::made_up(arguments.seed)
            .map(|log| replay::measure(log.name, &log.rows, log.delay * arguments.delay))
            .collect(),
    };
    if arguments.json {
        let logs: Vec<serde_json::Value> = reports.iter().map(replay::Report::json).collect();
        return Ok(format!(
            "{:#}\n",
            serde_json::json!({ "bench": "costcap", "delay": arguments.delay, "logs": logs })
        ));
    }
    Ok(reports.iter().map(replay::Report::table).collect::<Vec<_>>().join("\n"))
}

fn simulate(arguments: &Arguments) -> String {
    let usual = simulator::Climate { budgets: 1.0, caps: 1.0, long_tail: false, truth: 1.0 };
    let climates = vec![
        ("usual", usual),
        ("light", simulator::Climate { budgets: 0.5, ..usual }),
        ("heavy", simulator::Climate { budgets: 2.0, ..usual }),
        ("loose caps", simulator::Climate { caps: 2.5, ..usual }),
        ("tight caps", simulator::Climate { caps: 0.6, ..usual }),
        ("long tail", simulator::Climate { long_tail: true, ..usual }),
        ("half the truth", simulator::Climate { truth: 0.5, ..usual }),
    ];
    let climates = climates.into_iter().filter(|(name, _)| name.contains(&arguments.market)).collect();
    let report = simulator::measure(&options(arguments, climates));
    if arguments.json { format!("{:#}\n", report.json()) } else { report.table() }
}

fn options(arguments: &Arguments, climates: Vec<(&'static str, simulator::Climate)>) -> Options {
    Options {
        seeds: arguments.seeds,
        first_seed: arguments.first_seed,
        seats: arguments.seats,
        impressions: arguments.impressions,
        climates,
        market: arguments.market.clone(),
        verbose: arguments.verbose,
    }
}
