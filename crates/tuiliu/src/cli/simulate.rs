//! `tuiliu simulate`: seeds in which everything goes wrong that may; what must hold is checked at the end of each.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tuiliu_app::outside::{Outside, Secrets, SystemSecrets};
use tuiliu_app::wallet::SandboxProvider;
use tuiliu_app::{App, Setup};
use tuiliu_sim::fault::{SimulationOptions, SimulationResult, simulate};
use tuiliu_store::{Address, Store, StoreConfig};

use super::{BROKEN, WELL, print};

/// What `tuiliu simulate` takes.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The first seed; the same seed makes the same run.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub(super) seed: u64,
    /// Seeds to run, one after the other.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub(super) seeds: u64,
    /// Orders placed in each run.
    #[arg(long, value_name = "NUMBER", default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(super) orders: u32,
    /// Hours that each run lasts on its own clock.
    #[arg(long, value_name = "NUMBER", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(super) hours: u32,
    /// Prints each result as one line of JSON.
    #[arg(long)]
    pub(super) json: bool,
}

/// Runs the seeds; stops at the first one that breaks a promise, and names it.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("failed to start")?;
    for seed in (arguments.seed..).take(usize::try_from(arguments.seeds).unwrap_or(usize::MAX)) {
        let options = SimulationOptions { seed, orders: arguments.orders, hours: arguments.hours };
        let store = Store::open(&StoreConfig { address: Address::Memory, readers: 0 });
        let store = store.context("failed to open a store in memory")?;
        let secret = SystemSecrets.next_secret();
        let open = |outside: Outside, setup: Setup| {
            let provider = SandboxProvider::new(store.clone(), secret);
            App::with_setup(store.clone(), outside, setup).with_payments(Arc::new(provider))
        };
        let result = runtime.block_on(simulate(options, &open)).with_context(|| format!("failed at seed {seed}"))?;
        let told = if arguments.json { format!("{}\n", told_json(&result)) } else { told_text(&result) };
        print(&told)?;
        if !result.is_well() {
            return Ok(ExitCode::from(BROKEN));
        }
    }
    Ok(WELL)
}

fn told_text(result: &SimulationResult) -> String {
    let SimulationResult { seed, done, audit, broken } = result;
    let mut text = format!(
        "seed {seed}: {} orders, {} decisions, {} events, {} duplicates, {} refused, {} lost answers, \
        {} interruptions, {} restarts, {} charges; audit {}\n",
        done.orders,
        done.decisions,
        done.events,
        done.duplicates,
        done.refused_events,
        done.lost_answers,
        done.interruptions,
        done.restarts,
        audit.charges,
        audit.text,
    );
    for promise in broken {
        text.push_str(&format!("seed {seed}: broken: {promise}\n"));
    }
    text
}

fn told_json(result: &SimulationResult) -> Value {
    let SimulationResult { seed, done, audit, broken } = result;
    json!({
        "seed": seed,
        "orders": done.orders,
        "decisions": done.decisions,
        "impressions": done.impressions,
        "events": done.events,
        "duplicates": done.duplicates,
        "refused_events": done.refused_events,
        "lost_answers": done.lost_answers,
        "interruptions": done.interruptions,
        "broadcasts": done.broadcasts,
        "stops": done.stops,
        "top_ups": done.top_ups,
        "restarts": done.restarts,
        "charges": audit.charges,
        "transfers": audit.transfers,
        "audit": audit.text,
        "broken": broken,
    })
}
