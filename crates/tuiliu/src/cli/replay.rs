//! `tuiliu replay`: a log of real auctions through the real decisions, leases, charges and settlement.

mod table;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use tuiliu_app::App;
use tuiliu_app::outside::{Secrets, SystemSecrets};
use tuiliu_app::wallet::SandboxProvider;
use tuiliu_sim::World;
use tuiliu_sim::replay::{self, FREQUENCY_BITS, ReplayOptions, ReplayProgress, START};
use tuiliu_sim::seed::setup;
use tuiliu_store::{Address, Store, StoreConfig};

use super::{BROKEN, WELL, print, print_json};
use crate::config::Config;

/// What `tuiliu replay` takes.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The log: click, market price, predicted rate and step in each row; plain or gzip.
    #[arg(long, value_name = "FILE")]
    pub(super) log: PathBuf,
    /// The folder that its state lives in, or `memory`. A replay that was killed goes on there.
    #[arg(long, value_name = "FOLDER", default_value = "memory")]
    pub(super) data: PathBuf,
    /// Packs that compete.
    #[arg(long, value_name = "NUMBER", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(super) orders: u32,
    /// Ends after so many rows; without it, with the log.
    #[arg(long, value_name = "NUMBER")]
    pub(super) rows: Option<u64>,
    /// The same seed makes the same run.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub(super) seed: u64,
    /// Prints the result as JSON.
    #[arg(long)]
    pub(super) json: bool,
}

/// Runs the log and prints a table of the orders and the audit's verdict.
pub(super) fn run(_config: &Config, arguments: &Arguments) -> Result<ExitCode> {
    let rows = replay::read(&arguments.log, arguments.rows)?;
    let world = World::starting_at(START);
    let store = Store::open(&StoreConfig { address: address(&arguments.data), readers: 1 });
    let store = store.context("failed to open the store")?;
    // What it signs is read by this very process.
    let provider = SandboxProvider::new(store.clone(), SystemSecrets.next_secret());
    let app = App::with_setup(store, world.outside(), setup(arguments.seed, FREQUENCY_BITS));
    let app = app.with_payments(Arc::new(provider));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("failed to start")?;
    let bar = progress_bar();
    let started = now();
    let options = ReplayOptions { orders: arguments.orders, seed: arguments.seed };
    let result = runtime.block_on(replay::run(&app, &world, &rows, options, &mut |progress| show(&bar, progress)))?;
    let elapsed = started.elapsed();
    bar.finish_and_clear();
    let told = table::Told { result: &result, elapsed };
    if arguments.json {
        print_json(&told.json())?;
    } else {
        print(&told.text())?;
    }
    let well = result.audit.is_clean && result.overspent().get() == 0;
    Ok(if well { WELL } else { ExitCode::from(BROKEN) })
}

fn address(data: &Path) -> Address {
    if data == Path::new("memory") { Address::Memory } else { Address::File(data.join("tuiliu.db")) }
}

fn progress_bar() -> ProgressBar {
    let template = "{bar:40} {human_pos}/{human_len} rows  {per_sec}  won {msg}  eta {eta}";
    let style = ProgressStyle::with_template(template).expect("the template is well formed");
    ProgressBar::new(0).with_style(style)
}

fn show(bar: &ProgressBar, progress: ReplayProgress) {
    bar.set_length(progress.rows_in_all);
    bar.set_position(progress.rows);
    bar.set_message(progress.won.to_string());
}

#[expect(clippy::disallowed_methods, reason = "how long a run took is told to people and decides nothing")]
fn now() -> Instant {
    Instant::now()
}
