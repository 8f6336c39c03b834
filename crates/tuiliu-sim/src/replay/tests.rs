//! Replays of a small made-up log: what is spent, what comes back, what a kill changes.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use tuiliu_app::App;
use tuiliu_app::wallet::SandboxProvider;
use tuiliu_delivery::Rng;
use tuiliu_delivery::predict::Rate;
use tuiliu_domain::money::Micros;
use tuiliu_store::{Store, testing};

use super::{FREQUENCY_BITS, ReplayOptions, ReplayResult, Row, START, run};
use crate::World;
use crate::seed::setup;

const OPTIONS: ReplayOptions = ReplayOptions { orders: 8, seed: 3 };

/// Rows in the shape of real ones, but clicked more often, so that a short log has results.
fn log(rows: usize) -> Vec<Row> {
    let mut rng = Rng::seeded(11);
    let mut row = |number: usize| {
        let predicted = 1_000_000 + u64::from(rng.below_million()) * 40;
        let clicked = u64::from(rng.below_million()) * 1_000 < predicted;
        let price = Micros::new(i64::from(rng.below_million()) / 20 + 1_000);
        let step = u32::try_from(number / 100).unwrap();
        Row { clicked, price, predicted: Rate::from_billionths(predicted), step }
    };
    (0..rows).map(&mut row).collect()
}

/// Runs until the end, or until so many parts were replayed: then everything but the store is gone.
async fn replay(store: &Store, rows: &[Row], parts_max: usize) -> Option<ReplayResult> {
    let world = World::starting_at(START);
    let provider = Arc::new(SandboxProvider::new(store.clone(), [7; 32]));
    let app = App::with_setup(store.clone(), world.outside(), setup(OPTIONS.seed, FREQUENCY_BITS - 6));
    let app = app.with_payments(provider);
    let mut parts = 0;
    let killed = std::cell::Cell::new(false);
    let mut progress = |_| {
        parts += 1;
        killed.set(parts >= parts_max);
    };
    let mut running = pin!(run(&app, &world, rows, OPTIONS, &mut progress));
    std::future::poll_fn(|context| {
        if killed.get() {
            return Poll::Ready(None);
        }
        running.as_mut().poll(context).map(|result| Some(result.unwrap()))
    })
    .await
}

fn check(result: &ReplayResult) {
    assert!(result.audit.is_clean, "{}", result.audit.text);
    assert_eq!(result.overspent(), Micros::ZERO);
    for order in &result.orders {
        let sum = |part: fn(&super::SourceResult) -> Micros| -> i64 {
            order.sources.iter().map(|source| part(source).get()).sum()
        };
        assert_eq!(sum(|source| source.paid), order.budget.get());
        assert_eq!(sum(|source| source.held), 0, "{order:?}");
        assert_eq!(sum(|source| source.used) + sum(|source| source.returned), order.budget.get());
        assert!(sum(|source| source.used) <= order.spent.get(), "fractions are dropped in the payer's favour");
    }
}

#[tokio::test]
async fn spends_budgets_on_results_and_gives_back_the_rest() {
    let rows = log(6_000);
    let result = replay(&testing::memory(), &rows, usize::MAX).await.unwrap();
    check(&result);
    assert_eq!(result.orders.len(), 8);
    assert!(result.orders.iter().filter(|order| order.results > 0).count() >= 4, "{result:?}");
    let impressions: i64 = result.orders.iter().map(|order| order.impressions).sum();
    assert!((1_000..=6_000).contains(&impressions), "{impressions}");
}

#[tokio::test]
async fn the_same_seed_makes_the_same_run() {
    let rows = log(1_500);
    let first = replay(&testing::memory(), &rows, usize::MAX).await.unwrap();
    assert_eq!(first, replay(&testing::memory(), &rows, usize::MAX).await.unwrap());
}

#[tokio::test]
async fn a_killed_replay_goes_on_and_charges_nothing_twice() {
    let rows = log(3_000);
    let store = testing::memory();
    for parts in [1, 3, 2] {
        assert!(replay(&store, &rows, parts).await.is_none());
    }
    let result = replay(&store, &rows, usize::MAX).await.unwrap();
    check(&result);
    assert!(result.resumed_at > 0 && result.resumed_at < 3_000, "{}", result.resumed_at);
    let impressions: i64 = result.orders.iter().map(|order| order.impressions).sum();
    assert!(impressions <= 3_000, "a row is shown at most once: {impressions}");
}
