use std::sync::Arc;

use proptest::prelude::*;
use tuiliu_domain::time::{HOUR_MS, MINUTE_MS};

use super::*;
use crate::approximate::{approximate, round_to_count};
use crate::bidding::WHOLE_SHARE;
use crate::predict::Rate;
use crate::random::Rng;
use crate::tests::{NOON, UNIT};

const WINDOW_MS: i64 = 4 * HOUR_MS;

mod market;

fn plan(budget: i64) -> Plan {
    Plan {
        starts_at: NOON,
        ends_at: NOON.plus_ms(WINDOW_MS),
        budget: Micros::new(budget),
        shape: Arc::default(),
        price_min: Micros::new(1),
        price_limit: Micros::new(1_000 * UNIT),
    }
}

/// What came of one simulated window.
struct Ended {
    /// Share of the budget.
    spent: f64,
    /// Expected results, as a share of what one who knows all prices beforehand gets for the same spend.
    value: f64,
    /// Root mean square of spend minus plan, as a share of the budget.
    unsteady: f64,
}

/// A stream of auctions: price per result and probability of a result.
fn stream(seed: u64, auctions: u32) -> Vec<PriceSample> {
    let mut rng = Rng::seeded(seed);
    let mut uniform = || f64::from(rng.below_million()) / 1e6;
    (0..auctions)
        .map(|_| {
            let rate = 0.02 + 0.3 * uniform() * uniform();
            let per_impression = approximate(UNIT) * (0.02 + uniform() * uniform() * uniform());
            PriceSample { price: Micros::new(round_to_count(per_impression / rate)), rate: Rate::from_number(rate) }
        })
        .collect()
}

fn cost(sample: &PriceSample) -> f64 {
    approximate(sample.price.get()) * sample.rate.number()
}

fn run(plan: &Plan, stream: &[PriceSample], start: i64) -> Ended {
    run_with(plan, stream, start, 1.0)
}

/// The same, when only this share of the predicted results comes.
fn run_with(plan: &Plan, stream: &[PriceSample], start: i64, coming: f64) -> Ended {
    let mut rng = Rng::seeded(99);
    let cell = PacingCell::new(Micros::new(start));
    let mut state = PacerState::starting(Micros::new(start));
    let mut landscape = Landscape::expecting(u64::try_from(stream.len()).unwrap());
    let (mut spent, mut predicted, mut results, mut squares, mut ticks) = (0.0, 0.0, 0.0, 0.0, 0.0);
    let budget = approximate(plan.budget.get());
    for (nth, sample) in (0_i64..).zip(stream) {
        let now = NOON.plus_ms(WINDOW_MS * nth / i64::try_from(stream.len()).unwrap());
        landscape.add(*sample);
        let takes_part = rng.below_million() < cell.participation_millionths();
        if takes_part && cell.price() >= sample.price && spent + cost(sample) * coming <= budget {
            spent += cost(sample) * coming;
            predicted += cost(sample);
            results += sample.rate.number();
        }
        if nth % 200 == 199 {
            let auctions = u64::try_from(nth).unwrap() + 1;
            let predicted = Some(Micros::new(round_to_count(predicted)));
            let seen = Observation { now, spent: Micros::new(round_to_count(spent)), predicted, auctions };
            let (next, pace) = state.tick(plan, seen, &landscape);
            state = next;
            pace.put_into(&cell);
            squares += plan.behind(plan.traffic_share(now), seen.spent).powi(2);
            ticks += 1.0;
        }
    }
    let mut by_price: Vec<&PriceSample> = stream.iter().collect();
    by_price.sort_by_key(|sample| sample.price);
    let (mut best_spent, mut best_results) = (0.0, 0.0);
    for sample in by_price {
        if best_spent + cost(sample) * coming <= spent {
            best_spent += cost(sample) * coming;
            best_results += sample.rate.number();
        }
    }
    let unsteady = f64::sqrt(squares / ticks);
    Ended { spent: spent / budget, value: results / best_results, unsteady }
}

/// A budget that buys this share of everything that is offered.
fn affordable(stream: &[PriceSample], share: f64) -> i64 {
    round_to_count(stream.iter().map(cost).sum::<f64>() * share)
}

#[test]
fn dl_06_spends_the_budget_along_the_plan_wherever_it_starts() {
    for share in [1.0 / 32.0, 1.0 / 8.0, 1.0 / 2.0] {
        for start in [UNIT / 100, UNIT, 100 * UNIT] {
            let stream = stream(1, 40_000);
            let ended = run(&plan(affordable(&stream, share)), &stream, start);
            let Ended { spent, value, unsteady } = ended;
            let told = format!("share {share}, start {start}: spent {spent:.3}, value {value:.3}, rms {unsteady:.3}");
            assert!((0.97..=1.0).contains(&spent), "{told}");
            // A start a hundred times too high wastes what is spent before the first correction.
            assert!(value >= if start > UNIT { 0.85 } else { 0.95 }, "{told}");
            assert!(unsteady <= 0.10, "{told}");
        }
    }
}

#[test]
fn dl_06_without_competition_it_takes_part_in_as_many_auctions_as_it_can_pay() {
    // Every auction costs the same, so no price is right; only their number can be.
    let stream = vec![PriceSample { price: Micros::new(UNIT), rate: Rate::from_number(0.1) }; 20_000];
    let ended = run(&plan(affordable(&stream, 0.25)), &stream, UNIT);
    assert!((0.97..=1.0).contains(&ended.spent), "spent {:.3}", ended.spent);
    assert!(ended.unsteady <= 0.05, "rms {:.3}", ended.unsteady);
}

#[test]
fn dl_06_predictions_that_run_high_or_low_are_allowed_for() {
    for coming in [0.25, 0.5, 2.0] {
        let stream = stream(4, 40_000);
        let budget = round_to_count(approximate(affordable(&stream, 0.1)) * coming);
        let Ended { spent, value, unsteady } = run_with(&plan(budget), &stream, UNIT, coming);
        let told = format!("coming {coming}: spent {spent:.3}, value {value:.3}, rms {unsteady:.3}");
        assert!((0.97..=1.0).contains(&spent) && value >= 0.95 && unsteady <= 0.10, "{told}");
    }
}

#[test]
fn dl_06_a_plan_that_is_wrong_by_a_third_still_arrives() {
    let stream = stream(2, 40_000);
    // Noon falls into hour 23 (China Standard Time 23:06); the plan expects three times as much traffic afterwards.
    let mut weights = [3; 24];
    weights[23] = 1;
    let wrong = Plan { shape: Arc::new(TrafficShape::new(weights)), ..plan(affordable(&stream, 0.125)) };
    let ended = run(&wrong, &stream, UNIT);
    assert!((0.95..=1.0).contains(&ended.spent), "spent {:.3}", ended.spent);
    assert!(ended.value >= 0.9, "value {:.3}", ended.value);
}

#[test]
fn dl_04_never_bids_above_the_limit() {
    let stream = stream(3, 20_000);
    let short = Plan { price_limit: Micros::new(UNIT / 10), ..plan(affordable(&stream, 0.9)) };
    let mut state = PacerState::starting(Micros::new(50 * UNIT));
    let mut landscape = Landscape::expecting(20_000);
    for (nth, sample) in (1_u64..).zip(&stream) {
        landscape.add(*sample);
        let now = NOON.plus_ms(WINDOW_MS * i64::try_from(nth).unwrap() / 20_000);
        let (next, pace) =
            state.tick(&short, Observation { now, spent: Micros::ZERO, predicted: None, auctions: nth }, &landscape);
        state = next;
        assert!(pace.price <= short.price_limit);
        if nth > 500 {
            break;
        }
    }
    assert_eq!(state.price(), short.price_limit);
}

#[test]
fn dl_06_the_plan_follows_the_hours_and_keeps_a_reserve() {
    // From 12:00 to 14:00 in China; the second hour has three times the traffic of the first.
    let start = Timestamp::from_ms(1_750_000_000_000).minute();
    let local_noon = start.plus_ms(-((start.ms() + 8 * HOUR_MS).rem_euclid(24 * HOUR_MS)) + 12 * HOUR_MS);
    let mut weights = [9; 24];
    (weights[12], weights[13]) = (1, 3);
    let plan = Plan {
        starts_at: local_noon,
        ends_at: local_noon.plus_ms(2 * HOUR_MS),
        shape: Arc::new(TrafficShape::new(weights)),
        ..plan(1_000_000)
    };
    let planned = |minutes| plan.planned_spend(local_noon.plus_ms(minutes * MINUTE_MS)).get();
    assert_eq!(planned(-5), 0);
    assert_eq!(planned(60), 237_500, "a quarter of the traffic, of 95%");
    assert_eq!(planned(80), 475_000, "half; from here the reserve is released");
    assert_eq!(planned(100), 737_500, "three quarters of 95%, and half of the reserve");
    assert_eq!(planned(120), 1_000_000);
    assert_eq!(planned(500), 1_000_000);
    let points = [0, 60, 80, 120].map(|minutes| local_noon.plus_ms(minutes * MINUTE_MS));
    let curve: Vec<i64> = plan.curve(&points).into_iter().map(Micros::get).collect();
    assert_eq!(curve, [0, 237_500, 475_000, 1_000_000]);
}

#[test]
fn dl_06_a_window_of_days_counts_each_day() {
    let mut weights = [0; 24];
    weights[20] = 5;
    let week =
        Plan { ends_at: NOON.plus_ms(7 * 24 * HOUR_MS), shape: Arc::new(TrafficShape::new(weights)), ..plan(UNIT) };
    let share = week.traffic_share(NOON.plus_ms(3 * 24 * HOUR_MS));
    assert!((share - 3.0 / 7.0).abs() < 1e-9, "{share}");
    let silent = Plan { shape: Arc::new(TrafficShape::new(weights)), ..plan(UNIT) };
    let share = silent.traffic_share(NOON.plus_ms(HOUR_MS));
    assert!((share - 0.25).abs() < 1e-9, "no traffic was expected in these hours, so time goes: {share}");
}

#[test]
fn dl_06_a_plan_that_is_corrected_on_the_way_bids_as_if_it_had_been_right() {
    // The last three hours have three times the traffic of the first, and spend has followed that.
    let stream = stream(4, 6_000);
    let mut landscape = Landscape::expecting(6_000);
    stream.iter().for_each(|sample| landscape.add(*sample));
    let mut weights = [1; 24];
    // NOON is 23:06 in China.
    (weights[1], weights[2], weights[3]) = (3, 3, 3);
    let flat = plan(affordable(&stream, 0.125));
    let right = Plan { shape: Arc::new(TrafficShape::new(weights)), ..flat.clone() };
    let at = |minutes: i64| NOON.plus_ms(minutes * MINUTE_MS);
    let seen = |minutes: i64| {
        let spent = right.planned_spend(at(minutes));
        let auctions = u64::try_from(minutes).unwrap() * 12;
        Observation { now: at(minutes), spent, predicted: Some(spent), auctions }
    };
    let follow = |plan: &Plan, from: i64, until: i64, state: PacerState| {
        (from..=until).fold(state, |state, minute| state.tick(plan, seen(minute), &landscape).0)
    };
    let start = PacerState::starting(Micros::new(UNIT));
    let wrong = follow(&flat, 1, 110, start);
    let price = |state: PacerState| approximate(follow(&right, 111, 115, state).price().get());
    let always_right = price(follow(&right, 1, 110, start));
    let told = price(wrong.replanned(&right, at(110))) / always_right;
    let not_told = price(wrong) / always_right;
    assert!((told - 1.0).abs() < 0.02, "{told}");
    assert!((not_told - 1.0).abs() > 0.1, "otherwise there is nothing to tell: {not_told}");
}

#[test]
fn without_auctions_nothing_is_learnt() {
    let state = PacerState::starting(Micros::new(UNIT));
    let seen = Observation { now: NOON.plus_ms(WINDOW_MS / 2), spent: Micros::ZERO, predicted: None, auctions: 0 };
    let (_, pace) = state.tick(&plan(UNIT), seen, &Landscape::default());
    assert_eq!(pace, Pace { price: Micros::new(UNIT), participation_millionths: WHOLE_SHARE, bid_too_low: None });
}

fn observed() -> impl Strategy<Value = (i64, i64, Option<i64>, u64)> {
    let money = || 0_i64..=i64::MAX / 4;
    (-HOUR_MS..2 * WINDOW_MS, money(), prop::option::of(money()), any::<u64>())
}

proptest! {
    /// Whatever is observed, the answer is a price within the plan and a share.
    #[test]
    fn dl_06_no_observation_makes_it_wild(
        budget in 0_i64..=i64::MAX / 4,
        price_limit in 0_i64..=i64::MAX / 4,
        seen in prop::collection::vec(observed(), 1..20),
        samples in prop::collection::vec((0_i64..=i64::MAX / 4, 1_u64..1_000_000_000), 0..200),
    ) {
        let plan = Plan { price_limit: Micros::new(price_limit), ..plan(budget) };
        let mut landscape = Landscape::expecting(1_000);
        for (price, rate) in samples {
            landscape.add(PriceSample { price: Micros::new(price), rate: Rate::from_billionths(rate) });
        }
        let mut state = PacerState::starting(Micros::new(UNIT));
        for (at, spent, predicted, auctions) in seen {
            let seen = Observation { now: NOON.plus_ms(at), spent: Micros::new(spent), predicted: predicted.map(Micros::new), auctions };
            let (next, pace) = state.tick(&plan, seen, &landscape);
            state = next;
            prop_assert!(pace.price <= plan.price_limit && pace.price.get() >= 0, "{pace:?}");
            prop_assert!(pace.participation_millionths <= WHOLE_SHARE);
            prop_assert!(plan.planned_spend(seen.now) <= plan.budget);
        }
    }
}

#[test]
fn one_lesson_is_one_sample_whatever_it_stands_for() {
    let mut landscape = Landscape::default();
    landscape.add_weighted(PriceSample { price: Micros::new(UNIT), rate: Rate::from_number(0.1) }, 500);
    assert_eq!((landscape.len(), landscape.seen()), (1, 500));
}

#[test]
fn large_weights_keep_their_proportion() {
    let mut landscape = Landscape::default();
    let sample = |price| PriceSample { price: Micros::new(price), rate: Rate::from_number(0.1) };
    for _ in 0..200 {
        landscape.add_weighted(sample(UNIT), 40_000);
        landscape.add_weighted(sample(4 * UNIT), 4_000);
    }
    let share = landscape.outlook(Micros::new(2 * UNIT)).results / landscape.outlook(Micros::new(9 * UNIT)).results;
    assert!((share - 40.0 / 44.0).abs() < 0.02, "{share}");
}
