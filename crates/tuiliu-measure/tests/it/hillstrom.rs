//! A real experiment, three comparisons, three outcomes, three holdouts: every estimator to 1e-9.

use tuiliu_measure::lift::{
    AlwaysValid, BasketPool, Confidence, CountArm, CountArms, DetectionGoal, Interval, SampleArm, SampleArms, ValueArm,
    ValueArms, count_increment, gmv_difference, gmv_increment, gmv_rate, ratio_difference, ratio_of_means,
    sample_ratio, share_shown, smallest_detectable_increment,
};

use crate::answers::{Comparison, answers};
use crate::fixture::{ANSWERS, Aggregates, PATH, POWER, TURNOVER, rows, whole};

const SURE: Confidence = Confidence::NINETY_FIVE;
const RELATIVE: f64 = 1e-9;

#[track_caller]
fn check(what: &str, own: f64, expected: f64) {
    let error = if expected == 0.0 { own.abs() } else { (own / expected - 1.0).abs() };
    assert!(error <= RELATIVE, "{what}: {own} is not {expected}, off by {error:e}");
}

#[test]
fn agrees_with_the_reference_answers() {
    let aggregates = Aggregates::read();
    let mut compared = 0;
    for cells in rows(ANSWERS) {
        let [comparison, outcome, holdout, estimator] = cells[..4] else { panic!("{cells:?}") };
        if comparison == "three_arm" || estimator == "delta_method" {
            continue;
        }
        // Sizes are the same whatever the outcome.
        let outcome = if outcome.is_empty() { "visit" } else { outcome };
        let arm = |arm| aggregates.arm([comparison, holdout, outcome, arm]);
        let own = answers(&Comparison { treated: arm("treated"), ghost: arm("ghost"), is_count: outcome != "spend" })
            .unwrap();
        for (quantity, expected) in cells[4..].iter().map(|cell| cell.split_once('=').unwrap()) {
            let value = own.iter().find(|(name, what, _)| *name == estimator && *what == quantity);
            let (_, _, value) = value.unwrap_or_else(|| panic!("nothing says {estimator} {quantity}"));
            let what = format!("{comparison} {outcome} {holdout} {estimator} {quantity}");
            check(&what, *value, expected.parse().unwrap());
            compared += 1;
        }
    }
    // All 1 333 but the interacted regression (108), standard errors of ancova (27), ratios (12) and three arms (2).
    assert_eq!(compared, 1_184);
}

#[test]
fn agrees_on_ratios_and_on_three_arms() {
    let aggregates = Aggregates::read();
    let mut compared = 0;
    for cells in rows(ANSWERS) {
        let values: Vec<(&str, f64)> = cells[4..]
            .iter()
            .map(|cell| cell.split_once('=').unwrap())
            .map(|(name, value)| (name, value.parse().unwrap()))
            .collect();
        if cells[3] == "delta_method" {
            let ratio = |arm| ratio_of_means(&aggregates.moments(["delta", cells[0], "all", cells[1], arm])).unwrap();
            let (treated, ghost) = (ratio("treated"), ratio("ghost"));
            let (difference, standard_error) = ratio_difference(treated, ghost, SURE);
            let own = [treated.value, ghost.value, difference.point, standard_error];
            for (own, (name, expected)) in own.into_iter().zip(&values) {
                check(name, own, *expected);
                compared += 1;
            }
        } else if cells[0] == "three_arm" {
            let users = |comparison, arm| aggregates.arm([comparison, "all", "visit", arm]).joint.count();
            let sizes =
                [users("mens_vs_none", "treated"), users("womens_vs_none", "treated"), users("any_vs_none", "ghost")];
            let test = sample_ratio(&sizes.map(|size| (size, 1.0))).unwrap();
            check("chi2", test.chi_square, values[0].1);
            check("p", test.p_value, values[1].1);
            compared += 2;
        }
    }
    assert_eq!(compared, 14);
}

#[test]
fn agrees_on_running_ranges() {
    let aggregates = Aggregates::read();
    let mut compared = 0;
    for cells in rows(PATH).skip(1) {
        let numbers: Vec<f64> = cells[1..].iter().map(|cell| cell.parse().unwrap()).collect();
        let sample = |arm| {
            let moments = aggregates.moments(["path", "any_vs_none", cells[1], cells[0], arm]);
            SampleArm::from_moments(&moments.outcome()).unwrap()
        };
        let arms = SampleArms { treated: sample("treated"), ghost: sample("ghost") };
        let standard_error = arms.difference_variance().sqrt();
        check("users", arms.treated.users(), numbers[1]);
        check("difference", arms.difference(), numbers[3]);
        check("standard error", standard_error, numbers[4]);
        check("fixed", Interval::around(arms.difference(), SURE.z() * standard_error).low, numbers[5]);
        let range = AlwaysValid::with_mixing_variance(numbers[7], SURE).interval(arms.difference(), standard_error);
        check("running, low", range.low, numbers[8]);
        check("running, high", range.high, numbers[9]);
        compared += 1;
    }
    assert_eq!(compared, 27);
}

/// The turnover of both arms, from the sums of spend and the number of conversions.
fn turnover() -> ValueArms {
    let aggregates = Aggregates::read();
    let arm = |arm| {
        let total = |outcome| {
            let segments = aggregates.arm(["any_vs_none", "all", outcome, arm]).segments;
            segments.iter().fold((0, 0.0, 0.0), |sum, own| (sum.0 + own.0, sum.1 + own.1, sum.2 + own.2))
        };
        let ((users, value, squares), (_, baskets, _)) = (total("spend"), total("conversion"));
        ValueArm::try_new(users, whole(baskets), value, squares).unwrap()
    };
    ValueArms { treated: arm("treated"), ghost: arm("ghost") }
}

#[test]
fn agrees_on_turnover() {
    let arms = turnover();
    // The reference answers let one basket of both arms stand in.
    let pool = BasketPool { weight: 1.0, ..BasketPool::of(arms).unwrap() };
    let difference = gmv_difference(arms, pool, SURE);
    let (treated, ghost) = (gmv_rate(arms.treated, pool, SURE), gmv_rate(arms.ghost, pool, SURE));
    for cells in rows(TURNOVER).skip(1) {
        let own = match cells[0] {
            "pool_m1" => pool.mean,
            "pool_m2" => pool.square_mean,
            "l1" => treated.interval.low,
            "u1" => treated.interval.high,
            "l0" => ghost.interval.low,
            "u0" => ghost.interval.high,
            "diff" => difference.point,
            "lo" => difference.interval.low,
            "hi" => difference.interval.high,
            other => panic!("nobody knows `{other}`"),
        };
        check(cells[0], own, cells[1].parse().unwrap());
    }
    let total = gmv_increment(arms, pool, SURE).total;
    check("total", total.point, difference.point * 42_694.0);
}

#[test]
fn agrees_on_what_can_be_detected() {
    let mut rows = rows(POWER);
    let head = rows.next().unwrap();
    let mut compared = 0;
    for cells in rows {
        let natural: f64 = cells[0].trim_start_matches("B=").parse().unwrap();
        for (share, expected) in head.iter().zip(&cells).skip(1) {
            let percent: f64 = share.trim_start_matches("h=").trim_end_matches('%').parse().unwrap();
            let own = smallest_detectable_increment(natural, percent / 100.0, DetectionGoal::USUAL);
            check(&format!("{} {share}", cells[0]), own, expected.parse().unwrap());
            compared += 1;
        }
    }
    assert_eq!(compared, 36);
}

/// The design's own example: 456 conversions that last touch would claim, of which 211.5 were brought.
#[test]
fn last_touch_claims_twice_what_was_brought() {
    let arm = |users, events| CountArm::try_new(users, events).unwrap();
    let arms = CountArms { treated: arm(42_694, 456), ghost: arm(21_306, 122) };
    let increment = count_increment(arms, SURE);
    let share = share_shown(increment.point, 456.0).unwrap();
    assert!((increment.point - 211.530_460_9).abs() < 1e-6, "{increment:?}");
    assert!((1.0 / share - 2.16).abs() < 0.005, "{share}");
}
