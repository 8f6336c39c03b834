use proptest::prelude::*;

use super::*;
use crate::predict::ftrl::{Example, Exploration, Ftrl, FtrlSettings, ModelCell};
use crate::predict::{CORRECTION_MAX, Learner, log_odds};
use crate::tests::{NOON, candidate, request, snapshot};
use crate::{Viewer, audience::Tag};

fn viewer(gender: &str) -> Viewer {
    Viewer { hash: 42, gender: Some(Tag::named(gender)), ..Viewer::default() }
}

fn asked(gender: &str) -> Request {
    Request { viewer: viewer(gender), ..request(1) }
}

fn believed(rate: f64, ceiling: f64, weight: u32) -> Candidate {
    let candidate = candidate(1);
    let (rate, ceiling) = (Rate::from_number(rate), Rate::from_number(ceiling));
    candidate.counts.publish(Belief { rate, ceiling, weight });
    candidate
}

/// A snapshot that reads these weights, explored in this share of requests.
fn reading(ftrl: &Ftrl, share_millionths: u32) -> Snapshot {
    let cell = Arc::new(ModelCell::default());
    cell.publish(ftrl.model(Exploration { share_millionths, impressions_max: 1_000 }));
    snapshot(Vec::new()).with_model(cell)
}

/// Weights taught that these viewers bring results more often than was believed, and those less.
fn taught() -> Ftrl {
    let mut ftrl = Ftrl::new(14, FtrlSettings::default());
    let empty = snapshot(Vec::new());
    let order = believed(0.1, 1.0, 0);
    let [one, other] = ["f", "m"].map(|gender| Context::of(&empty, &asked(gender), NOON, 0).features(&order));
    for nth in 0..6_000_u32 {
        for (features, results) in [(one, 3), (other, 0)] {
            ftrl.learn(Example { features: &features, log_odds: -2.197, result: nth % 10 < results });
        }
    }
    ftrl
}

#[test]
fn circumstances_move_the_rate_within_a_factor_of_four_of_the_odds() {
    let book = reading(&taught(), 0);
    let order = believed(0.1, 1.0, 0);
    let rates = ["f", "m", "x"].map(|gender| order.rate(&Context::of(&book, &asked(gender), NOON, 0)).number());
    assert!((rates[0] - 0.3).abs() < 0.05, "{rates:?}");
    assert!(rates[1] < 0.06 && rates[1] > 0.02, "{rates:?}");
    assert!(rates[1] < rates[2] && rates[2] < rates[0], "{rates:?}");
}

#[test]
fn without_a_belief_the_counts_and_the_prior_speak() {
    let book = reading(&taught(), 1_000_000);
    let order = candidate(1);
    let context = Context::of(&book, &asked("f"), NOON, 0);
    assert_eq!((order.rate(&context), order.rate_max()), (order.prior.rate, order.prior.rate));
    assert!(!context.is_drawn(&order));
}

#[test]
fn only_a_share_of_requests_explores_and_only_what_is_little_known() {
    let book = reading(&Ftrl::new(4, FtrlSettings::default()), 50_000);
    let (new, known) = (believed(0.1, 0.4, 200), believed(0.1, 0.1, 0));
    let mut drawn = 0;
    for n in 0..20_000 {
        let context = Context::of(&book, &asked("f"), NOON, mix(n));
        drawn += u32::from(new.rate(&context) != new.believed());
        assert_eq!(known.rate(&context), known.believed());
    }
    assert!((800..1_200).contains(&drawn), "{drawn} of 20000 at 5%");
}

#[test]
fn a_draw_belongs_to_the_order_whichever_orders_are_asked_before() {
    let book = reading(&taught(), 1_000_000);
    let context = Context::of(&book, &asked("f"), NOON, 99);
    let orders: Vec<Candidate> = (1..20).map(candidate).collect();
    for order in &orders {
        let belief = Belief { rate: Rate::from_number(0.05), ceiling: Rate::from_number(0.2), weight: 100 };
        order.counts.publish(belief);
    }
    let forwards: Vec<Rate> = orders.iter().map(|order| order.rate(&context)).collect();
    let mut backwards: Vec<Rate> = orders.iter().rev().map(|order| order.rate(&context)).collect();
    backwards.reverse();
    assert_eq!(forwards, backwards);
    assert!(forwards.iter().any(|rate| *rate != forwards[0]), "orders do not share one draw");
}

#[test]
fn a_learner_publishes_bounds_that_hold() {
    let mut learner = Learner::default();
    learner.ftrl = taught();
    learner.reach = 1.0;
    let order = candidate(1);
    let book = snapshot(Vec::new()).with_model({
        let cell = Arc::new(ModelCell::default());
        cell.publish(learner.model());
        cell
    });
    for counts in [(0, 0), (500, 20), (50_000, 9_000)] {
        order.counts.publish(learner.belief(order.place(), 3, counts));
        for n in 0..200 {
            let context = Context::of(&book, &asked(["f", "m", "x"][usize::try_from(n % 3).unwrap()]), NOON, mix(n));
            assert!(order.rate(&context) <= order.rate_max());
        }
        let odds = log_odds(order.rate_max()) - log_odds(order.believed());
        assert!(odds <= f64::from(CORRECTION_MAX) + 1e-6, "so the bound is of use: {odds}");
    }
}

proptest! {
    #[test]
    fn no_rate_passes_its_maximum(
        rate in 1_u64..1_000_000_000,
        beyond in 0_u64..1_000_000_000,
        weight in 0_u32..5_000,
        draw in any::<u64>(),
        gender in "[fmx]",
        share in 0_u32..1_000_000,
    ) {
        let order = candidate(1);
        let ceiling = Rate::from_billionths(rate + beyond);
        order.counts.publish(Belief { rate: Rate::from_billionths(rate), ceiling, weight });
        let book = reading(&TAUGHT, share);
        let context = Context::of(&book, &asked(&gender), NOON, draw);
        let answered = order.rate(&context);
        prop_assert!(answered <= order.rate_max());
        prop_assert_eq!(answered, order.rate(&Context::of(&book, &asked(&gender), NOON, draw)));
    }
}

static TAUGHT: std::sync::LazyLock<Ftrl> = std::sync::LazyLock::new(taught);
