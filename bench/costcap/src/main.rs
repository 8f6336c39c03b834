//! Cost caps: what a result really cost, and how many came, beside what was possible in hindsight and four peers.
//!
//! `cargo xtask bench costcap --log FILE [--json]` on a log of real auctions; `--simulator` in a market with rivals.

mod simulator;

use std::io::Write;

use anyhow::Result;
use clap::Parser;

use simulator::Options;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Debug, Parser)]
struct Arguments {
    /// Measures in a market with 47 rivals instead.
    #[arg(long)]
    simulator: bool,
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
    let report = simulator::measure(&Options {
        seeds: arguments.seeds,
        first_seed: arguments.first_seed,
        seats: arguments.seats,
        impressions: arguments.impressions,
        climates,
        verbose: arguments.verbose,
    });
    let text = if arguments.json { format!("{:#}\n", report.json()) } else { report.table() };
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(())
}
