//! The pacing controller of the product beside known ways to bid, on a log of real auctions.
//!
//! `cargo xtask bench pacing [--json] -- --log FILE [--episode N] [--budget 1/32,1/16,…] [--train 1/5] [--limit]`.

mod limit;
mod market;
mod ours;
mod play;
mod product;
mod report;
mod rivals;
mod setting;

use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::Parser;

use market::{Auction, Share};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Debug, Parser)]
struct Arguments {
    /// The log: click, market price, predicted rate and step in each row; plain or gzip.
    #[arg(long)]
    log: PathBuf,
    /// Rows of it.
    #[arg(long)]
    rows: Option<u64>,
    /// Auctions of an episode with a budget of its own; without it the whole log is one window.
    #[arg(long)]
    episode: Option<usize>,
    /// Budgets, as shares of what the auctions cost.
    #[arg(long, value_delimiter = ',')]
    budget: Vec<Share>,
    /// The first part of the rows, on which the rivals' parameters are tuned.
    #[arg(long, default_value = "1/5")]
    train: Share,
    /// In episodes, also what a dynamic program reaches that knows the mix of all tested auctions; takes a minute.
    #[arg(long)]
    limit: bool,
    /// Prints figures for machines.
    #[arg(long)]
    json: bool,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let rows = product::log::read(&arguments.log, arguments.rows)?;
    let auctions: Vec<Auction> = rows.iter().map(Auction::of).collect();
    let train = rivals::training(&auctions, arguments.train);
    let setting = setting::Setting { auctions: &auctions, train, episode: arguments.episode, limit: arguments.limit };
    if let Some(episode) = arguments.episode {
        let tested = auctions.len() - train;
        ensure!(episode >= 2 && tested >= episode, "{tested} rows after training are less than one episode");
    }
    let budgets = if arguments.budget.is_empty() { setting.usual_budgets() } else { arguments.budget };
    let results: Vec<setting::BudgetResult> = budgets.iter().map(|share| setting.run(*share)).collect();
    let speed = report::Speed::of(&auctions);
    let told = report::Report { setting: &setting, results: &results, speed };
    if arguments.json {
        println!("{:#}", told.json());
    } else {
        told.print();
    }
    let overspent: i64 = results.iter().flat_map(|result| &result.rows).map(|row| row.overspent).sum();
    ensure!(overspent == 0, "overspent {overspent} millionths");
    Ok(())
}
