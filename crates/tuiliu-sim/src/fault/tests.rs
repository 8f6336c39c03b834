//! Many seeds; one that failed once stands here by its number.

use std::sync::Arc;

use tuiliu_app::outside::Outside;
use tuiliu_app::wallet::SandboxProvider;
use tuiliu_app::{App, Setup};
use tuiliu_store::{Store, testing};

use super::{SimulationOptions, simulate};

/// A node on this store.
fn open(store: &Store, outside: Outside, setup: Setup) -> App {
    let provider = SandboxProvider::new(store.clone(), [7; 32]);
    App::with_setup(store.clone(), outside, setup).with_payments(Arc::new(provider))
}

async fn check(seed: u64) {
    let store = testing::memory();
    let options = SimulationOptions { seed, orders: 24, hours: 1 };
    let result = simulate(options, &|outside, setup| open(&store, outside, setup)).await;
    let result = result.unwrap_or_else(|error| panic!("seed {seed}: {error:#}"));
    assert!(result.is_well(), "seed {seed}: {} {:?}", result.audit.text, result.broken);
    let done = result.done;
    assert!(done.orders >= 10 && done.events > 300 && done.duplicates > 0, "seed {seed}: {done:?}");
}

#[tokio::test]
async fn twelve_seeds_keep_every_promise() {
    for seed in 0..12 {
        check(seed).await;
    }
}

#[tokio::test]
async fn twelve_more_seeds_keep_every_promise() {
    for seed in 100..112 {
        check(seed).await;
    }
}

#[tokio::test]
async fn the_same_seed_makes_the_same_run() {
    let run = async || {
        let store = testing::memory();
        let options = SimulationOptions { seed: 5, orders: 12, hours: 1 };
        simulate(options, &|outside, setup| open(&store, outside, setup)).await.unwrap()
    };
    assert_eq!(run().await, run().await);
}
