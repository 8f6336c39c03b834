use proptest::prelude::*;

use super::*;
use crate::Rng;

const GOAL: Goal = Goal::ProductClicks;

fn check(values: &[f64], expected: &[f64]) {
    let weighted: Vec<(f64, f64)> = values.iter().map(|value| (*value, 1.0)).collect();
    assert_eq!(isotonic(&weighted), expected);
}

#[test]
fn neighbours_that_fall_are_pooled() {
    check(&[1.0, 2.0, 3.0], &[1.0, 2.0, 3.0]);
    check(&[1.0, 3.0, 2.0, 4.0], &[1.0, 2.5, 2.5, 4.0]);
    check(&[3.0, 2.0, 1.0], &[2.0, 2.0, 2.0]);
    check(&[], &[]);
    assert_eq!(isotonic(&[(4.0, 1.0), (1.0, 2.0)]), [2.0, 2.0]);
}

#[test]
fn nothing_won_changes_no_prediction() {
    let calibration = Calibration::default();
    let rate = Rate::from_number(0.037);
    assert_eq!(calibration.calibrated(GOAL, PriceLevel::of(Micros::new(1_000), rate), rate), rate);
    assert!((calibration.ratio(GOAL) - 1.0).abs() < 1e-12);
}

#[test]
fn little_data_moves_little() {
    let mut calibration = Calibration::default();
    let rate = Rate::from_number(0.01);
    let level = PriceLevel::of(Micros::new(1_000_000), rate);
    for _ in 0..200 {
        calibration.add(GOAL, level, rate, false);
    }
    // Two results were predicted, none came: not yet a reason to believe in none.
    let factor = calibration.calibrated(GOAL, level, rate).number() / rate.number();
    assert!((0.5..0.95).contains(&factor), "{factor}");
    assert_eq!(calibration.calibrated(Goal::Follows, level, rate), rate, "another goal knows nothing of it");
}

/// Won impressions whose predictions are this much too high at each of two price levels.
fn cursed(excess: [f64; 2]) -> Calibration {
    let mut rng = Rng::seeded(3);
    let mut calibration = Calibration::default();
    for n in 0..40_000_u32 {
        let side = usize::try_from(n % 2).unwrap();
        let real = 0.005 + 0.045 * f64::from(rng.below_million()) / 1e6;
        let predicted = Rate::from_number(real * excess[side]);
        let price = Micros::new([1_000, 1_000_000_000][side]);
        let result = f64::from(rng.below_million()) < real * 1e6;
        calibration.add(GOAL, PriceLevel::of(price, predicted), predicted, result);
    }
    calibration
}

#[test]
fn what_won_by_being_wrong_is_brought_back() {
    let calibration = cursed([1.4, 2.0]);
    assert!((1.0 / calibration.ratio(GOAL) - 1.65).abs() < 0.15, "{}", calibration.ratio(GOAL));
    for (side, excess) in [(0, 1.4), (1, 2.0)] {
        let price = Micros::new([1_000, 1_000_000_000][side]);
        let mut sums = (0.0, 0.0);
        for step in 1..=45 {
            let real = 0.005 + 0.001 * f64::from(step);
            let predicted = Rate::from_number(real * excess);
            sums.0 += calibration.calibrated(GOAL, PriceLevel::of(price, predicted), predicted).number();
            sums.1 += real;
        }
        assert!((sums.0 / sums.1 - 1.0).abs() < 0.1, "at level {side}: {}", sums.0 / sums.1);
    }
}

#[test]
fn a_late_result_counts_as_if_it_had_come_in_time() {
    let (mut late, mut early) = (Calibration::default(), Calibration::default());
    let rate = Rate::from_number(0.2);
    let level = PriceLevel::of(Micros::new(1_000_000), rate);
    for nth in 0..CURVE_EVERY {
        early.add(GOAL, level, rate, nth < 10);
        late.add(GOAL, level, rate, false);
    }
    (0..10).for_each(|_| late.relabel(GOAL, level, rate, true));
    late.goals[goal_index(GOAL)].refresh();
    assert_eq!(late, early);
    late.relabel(GOAL, level, rate, false);
    assert!((late.won(GOAL).results - 9.0).abs() < 1e-9);
}

proptest! {
    #[test]
    fn a_higher_prediction_never_means_less(
        seed in any::<u64>(),
        count in 1_u32..3_000,
        one in 1_u64..1_000_000_000,
        other in 1_u64..1_000_000_000,
    ) {
        let mut rng = Rng::seeded(seed);
        let mut calibration = Calibration::default();
        for _ in 0..count {
            let predicted = Rate::from_billionths(u64::from(rng.below_million()).pow(2) / 1_000);
            let price = Micros::new(i64::from(rng.below_million()));
            let result = rng.next_u64().is_multiple_of(3);
            calibration.add(GOAL, PriceLevel::of(price, predicted), predicted, result);
        }
        let (low, high) = (Rate::from_billionths(one.min(other)), Rate::from_billionths(one.max(other)));
        for level in 0..PRICE_LEVELS {
            let level = PriceLevel(level);
            prop_assert!(calibration.calibrated(GOAL, level, low) <= calibration.calibrated(GOAL, level, high));
        }
    }

    #[test]
    fn pooling_keeps_the_weighted_sum_and_never_falls(
        values in proptest::collection::vec((0.0_f64..1.0, 0.1_f64..10.0), 0..60),
    ) {
        let pooled = isotonic(&values);
        prop_assert_eq!(pooled.len(), values.len());
        prop_assert!(pooled.windows(2).all(|pair| pair[0] <= pair[1]));
        let before: f64 = values.iter().map(|(value, weight)| value * weight).sum();
        let after: f64 = pooled.iter().zip(&values).map(|(value, (_, weight))| value * weight).sum();
        prop_assert!((before - after).abs() < 1e-6);
    }
}
