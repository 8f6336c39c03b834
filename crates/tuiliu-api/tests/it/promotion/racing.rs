//! Things that happen to one order at the same instant, on threads of their own, on either database (QB-10, TP-19).
//!
//! Whoever comes first, the order ends in one state that the rules know, and every unit of value is where it belongs.

use std::future::Future;
use std::sync::Arc;

use axum::http::StatusCode;
use serde_json::{Value, json};
use tokio::sync::Barrier;
use tuiliu_store::testing::on_both;

use super::stage::{HOUR_MS, MINUTE_MS, Stage};

/// Rooms that each race is run in, one after the other.
const ROUNDS: usize = 8;
/// Who stops the same order at once.
const STOPS: usize = 24;
/// 1/100 beans that the creator begins with.
const BEANS: i64 = 10_000_000;

/// Runs a story on threads, with nothing held in its database before.
fn on_threads<F: Future<Output = ()>>(story: fn(Arc<Stage>) -> F) {
    on_both(|store| {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap();
        runtime.block_on(async {
            let stage = Arc::new(Stage::on(store).await);
            stage.give(stage.creator().party, BEANS).await;
            story(stage).await;
        });
    });
}

/// One of those that race.
#[derive(Clone)]
enum Racer {
    Pay(String),
    Stop(String),
    MountCart(String),
    Report(Value),
    /// The jobs that time and news start.
    Jobs,
}

impl Stage {
    async fn run(&self, racer: Racer) -> (StatusCode, Value) {
        match racer {
            Racer::Pay(boost) => {
                self.platform.post(self.creator(), &format!("/v1/boosts/{boost}/pay"), json!({})).await
            }
            Racer::Stop(boost) => {
                self.platform.post(self.creator(), &format!("/v1/boosts/{boost}/stop"), json!({})).await
            }
            Racer::MountCart(room) => {
                let body = json!({"fact": "cart_mounted", "occurred_at": self.at(0)});
                self.platform.post(self.machine(), &format!("/v1/rooms/{room}/facts"), body).await
            }
            Racer::Report(event) => self.platform.post(self.machine(), "/v1/events", json!({"events": [event]})).await,
            Racer::Jobs => {
                self.tick().await;
                (StatusCode::OK, Value::Null)
            }
        }
    }
}

/// Lets all of them go at once; their answers in the order in which they were named.
async fn race(stage: &Arc<Stage>, racers: Vec<Racer>) -> Vec<(StatusCode, Value)> {
    let gate = Arc::new(Barrier::new(racers.len()));
    let start = |racer: Racer| {
        let (stage, gate) = (Arc::clone(stage), Arc::clone(&gate));
        tokio::spawn(async move {
            gate.wait().await;
            stage.run(racer).await
        })
    };
    let running: Vec<_> = racers.into_iter().map(start).collect();
    let mut answers = Vec::new();
    for racer in running {
        answers.push(racer.await.unwrap());
    }
    answers
}

/// Turns the order of the racers round after round.
fn turned(mut racers: Vec<Racer>, round: usize) -> Vec<Racer> {
    let by = round % racers.len();
    racers.rotate_left(by);
    racers
}

/// How often this happened to an order.
async fn times(stage: &Stage, boost: &str, event: &str) -> usize {
    let timeline = stage.get(&format!("/v1/boosts/{boost}/timeline")).await;
    let happened = timeline["data"].as_array().unwrap();
    happened.iter().filter(|entry| entry["name"] == event).count()
}

async fn cart_while_paying(stage: Arc<Stage>) {
    for round in 0..ROUNDS {
        let room = stage.live(&format!("r{round}")).await;
        let boost = stage.place(Stage::draft(&room)).await;
        stage.platform.clock.advance_ms(1_000);
        let racers = vec![Racer::Pay(boost.clone()), Racer::MountCart(room.clone()), Racer::Jobs];
        let answers = race(&stage, turned(racers, round)).await;
        let refused = answers.iter().filter(|(status, _)| !status.is_success()).count();
        stage.tick().await;
        let state = stage.state(&boost).await;
        match state.as_str() {
            // Paid first: it ran, and the cart ended it.
            "settling" => assert_eq!(refused, 0, "{answers:?}"),
            // The cart first: nothing is taken for what cannot be delivered.
            "pending_payment" => assert_eq!(refused, 1, "{answers:?}"),
            other => panic!("{other}: {answers:?}"),
        }
        stage.pass_ms(30 * MINUTE_MS).await;
        let read = stage.get(&format!("/v1/boosts/{boost}")).await;
        let end = (read["state"].as_str().unwrap(), read["state_detail"]["by"].as_str().unwrap());
        assert!(matches!(end, ("stopped", "cart_mounted") | ("closed", "timeout")), "{read}");
        assert_eq!(stage.spendable(stage.creator()).await.0, BEANS, "nothing was shown: {end:?}");
    }
    stage.audit_is_clean().await;
}

async fn cart_while_charged(stage: Arc<Stage>) {
    let mut left = BEANS;
    for round in 0..ROUNDS {
        let room = stage.live(&format!("r{round}")).await;
        let boost = stage.running(Stage::draft(&room)).await;
        let viewer = format!("viewer-{round}");
        let token = stage.token(&viewer).await;
        let shown = stage.event(&format!("{viewer}-i"), "impression", &token);
        stage.report_events(vec![shown]).await;
        stage.platform.clock.advance_ms(1_000);
        let mut watch = stage.event(&format!("{viewer}-w"), "watch", &token);
        watch["properties"] = json!({"watch_ms": 6_000});
        // The same event twice: it is one result.
        let racers = vec![
            Racer::Report(watch.clone()),
            Racer::MountCart(room.clone()),
            Racer::Jobs,
            Racer::Report(watch),
            Racer::Jobs,
        ];
        let answers = race(&stage, turned(racers, round)).await;
        assert!(answers.iter().all(|(status, _)| status.is_success()), "{answers:?}");
        stage.tick().await;
        assert_eq!(stage.state(&boost).await, "settling");
        stage.pass_ms(30 * MINUTE_MS).await;
        let read = stage.get(&format!("/v1/boosts/{boost}")).await;
        assert_eq!((&read["state"], &read["state_detail"]["by"]), (&json!("stopped"), &json!("cart_mounted")));
        let report = stage.report(&boost).await;
        let results = report["totals"]["results"].as_i64().unwrap_or(0);
        let spent = report["money"]["spend"]["micros"].as_i64().unwrap();
        // What was shown before the cart came is a result, whichever was heard of first; and only one.
        assert_eq!((results, spent > 0), (1, true), "{report}");
        left -= (spent + 9_999) / 10_000;
        assert_eq!(stage.spendable(stage.creator()).await.0, left, "what was spent is gone, all else is back");
        assert_eq!(times(&stage, &boost, "boost.settled").await, 1);
    }
    stage.audit_is_clean().await;
}

async fn stop_while_settling(stage: Arc<Stage>) {
    let mut left = BEANS;
    for round in 0..ROUNDS {
        let room = stage.live(&format!("r{round}")).await;
        let boost = stage.running(Stage::draft(&room)).await;
        stage.view(&format!("viewer-{round}")).await;
        // Every other round its time is over at the instant at which it is stopped.
        if round % 2 == 1 {
            stage.platform.clock.advance_ms(HOUR_MS);
        }
        let stops = |jobs: usize| {
            let mut racers = vec![Racer::Stop(boost.clone()); STOPS];
            racers.extend(vec![Racer::Jobs; jobs]);
            turned(racers, round * 7)
        };
        let stopped = |answers: &[(StatusCode, Value)]| {
            let refused = answers.iter().filter(|(status, _)| !status.is_success());
            assert!(refused.clone().all(|(_, json)| json["code"] == "boost.wrong_state"), "{answers:?}");
            answers.len() - refused.count()
        };
        let first = stopped(&race(&stage, stops(2)).await) - 2;
        assert!(first <= 1, "{first} ended the same delivery");
        stage.platform.clock.advance_ms(30 * MINUTE_MS);
        let second = stopped(&race(&stage, stops(2)).await) - 2;
        assert_eq!(second, 0, "what settles is not stopped");
        stage.tick().await;
        let state = stage.state(&boost).await;
        assert_eq!(state, if first == 1 { "stopped" } else { "completed" });
        assert_eq!(times(&stage, &boost, "boost.settled").await, 1);
        let spent = stage.report(&boost).await["money"]["spend"]["micros"].as_i64().unwrap();
        left -= (spent + 9_999) / 10_000;
        assert_eq!(stage.spendable(stage.creator()).await.0, left, "what was spent is gone, all else is back");
        stage.fact(&room, "ended").await;
    }
    stage.audit_is_clean().await;
}

#[test]
fn qb_10_a_cart_that_comes_while_an_order_is_paid_leaves_it_ended_or_unpaid() {
    on_threads(cart_while_paying);
}

#[test]
fn qb_10_a_cart_that_comes_while_a_result_is_charged_ends_the_order_and_keeps_the_money_exact() {
    on_threads(cart_while_charged);
}

#[test]
fn qb_10_an_order_that_is_stopped_while_it_settles_is_settled_once() {
    on_threads(stop_while_settling);
}
