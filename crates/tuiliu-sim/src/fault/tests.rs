//! Many seeds; one that failed once stands here by its number.

use std::sync::Arc;

use tuiliu_app::delivery::{DecisionAsk, EventKind, ReportedEvent, Reporter, SlotAsk};
use tuiliu_app::outside::Outside;
use tuiliu_app::promotion::PlacePromotionOrder;
use tuiliu_app::wallet::SandboxProvider;
use tuiliu_app::{App, Setup};
use tuiliu_domain::coupon::CouponChoice;
use tuiliu_domain::live::RoomFact;
use tuiliu_domain::money::{Beans, Micros};
use tuiliu_domain::party::Role;
use tuiliu_domain::promotion::{Bidding, ChargedBy, CompletedBy, Desk, Ending, Goal, OrderState, Product};
use tuiliu_domain::time::HOUR_MS;
use tuiliu_store::{Store, testing};

use super::{FREQUENCY_BITS, START, SimulationOptions, simulate};
use crate::creator::content;
use crate::seed::funding::Funding;
use crate::seed::platform::{Platform, login};
use crate::seed::{World, setup};

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

/// An impression that is worth this much, if anything is shown.
fn slot(floor: Micros) -> DecisionAsk {
    let slot = SlotAsk {
        position: 1,
        floor: Some(floor),
        predicted_view_billionths: Some(1_000_000_000),
        ..SlotAsk::default()
    };
    DecisionAsk { placement: "feed".to_owned(), slots: vec![slot], feed_items: Some(4), ..DecisionAsk::default() }
}

#[tokio::test]
async fn a_remainder_that_buys_nothing_ends_an_order() {
    let store = testing::memory();
    let world = World::starting_at(START);
    let app = open(&store, world.outside(), setup(1, FREQUENCY_BITS));
    let clock = Arc::new(Arc::clone(&world.clock));
    let operator = login("operator", "simulated-operator", &[Role::Operator]).unwrap();
    let platform = Platform::open(app.clone(), clock, "simulated", operator).await.unwrap();
    let prior = r#"{"low": 1, "mid": 5000000, "high": 9000000}"#;
    let change = format!(
        r#"{{"order": {{"presets": {{"viewers": [20], "interactions": [20], "follows": [20], "product_clicks": [20]}}}},
            "estimate": {{"cost_per_result": {{"viewers": {prior}, "interactions": {prior}, "follows": {prior},
                "product_clicks": {prior}}}}}}}"#
    );
    app.change_policy(platform.actor(), 1, change.parse().unwrap()).await.unwrap();
    let creator = platform.party(Role::Creator, "creator", None).await.unwrap();
    let room = platform.room(creator, "room", content(0)).await.unwrap();
    platform.fact(room, RoomFact::Started).await.unwrap();
    platform.fund("creator", creator, Funding { paid_beans: 20, ..Funding::default() }).await.unwrap();
    let command = PlacePromotionOrder {
        product: Product::TrafficPack,
        content: room.into(),
        desk: Desk::default(),
        charged_by: ChargedBy::default(),
        payer: creator,
        goal: Goal::Viewers,
        placement: None,
        audience: None,
        bidding: Bidding::Automatic,
        budget: Beans::from(20),
        duration_ms: HOUR_MS,
        guard_rules: Vec::new(),
    };
    let order = platform.order("only", command, Some(CouponChoice::No)).await.unwrap();
    app.start_delivery().await.unwrap();
    let reporter = Reporter { tenant: platform.tenant, money_allowed: true, strict: true, validate_only: false };
    for nth in 0..6 {
        app.deliver_once().await;
        let shown = app.decide(platform.tenant, &slot(Micros::new(3_333_333))).shown.pop().expect("it is still shown");
        let event = |kind, watched_ms| ReportedEvent {
            id: format!("view-{nth}"),
            kind: Some(kind),
            occurred_at: platform.now(),
            token: Some(shown.token.clone()),
            watched_ms,
            ..ReportedEvent::default()
        };
        let events = vec![event(EventKind::Impression, None), event(EventKind::Watch, Some(9_000))];
        app.report_events(reporter, events).await.unwrap();
        app.deliver_once().await;
    }
    let view = app.promotion_order(platform.actor(), order).await.unwrap();
    assert_eq!(view.escrow.unwrap().spent, Micros::new(19_999_998));
    let OrderState::Settling { ending, .. } = view.order.state else { panic!("{:?}", view.order.state) };
    assert_eq!(ending, Ending::Completed(CompletedBy::Budget));
}
