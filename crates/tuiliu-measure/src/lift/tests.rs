//! Estimators: examples worked out elsewhere, laws, and refusals. Agreement with packages is in `tests/it`.

use proptest::prelude::*;

use super::second_opinion::{AncovaFit, AncovaVariance, fisher_exact, miettinen_nurminen, wald};
use super::*;

const SURE: Confidence = Confidence::NINETY_FIVE;

fn counts(treated: (u64, u64), ghost: (u64, u64)) -> CountArms {
    let arm = |(users, events)| CountArm::try_new(users, events).unwrap();
    CountArms { treated: arm(treated), ghost: arm(ghost) }
}

fn around(point: f64, half_width: f64) -> Estimate {
    Estimate { point, interval: Interval::around(point, half_width) }
}

#[track_caller]
fn close(own: f64, expected: f64) {
    assert!((own / expected - 1.0).abs() < 1e-9, "{own} is not {expected}");
}

/// Rows of the fixture: is treated, outcome, covariates.
fn rows() -> Vec<(bool, f64, [f64; 2])> {
    let text = include_str!("../../tests/fixtures/adjusted.csv");
    let row = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |place: usize| cells[place].parse().unwrap();
        (cells[0] == "treated", number(1), [number(2), number(3)])
    };
    text.lines().skip(1).map(row).collect()
}

fn moments(width: usize) -> [PairMoments; 2] {
    [true, false].map(|is_treated| {
        let mut moments = PairMoments::new(width);
        let own = rows().into_iter().filter(|row| row.0 == is_treated);
        own.for_each(|(_, outcome, covariates)| moments.add(outcome, &covariates[..width]));
        moments
    })
}

#[test]
fn the_interacted_regression_agrees_with_one_in_forty_digits() {
    let [treated, ghost] = moments(2);
    let fit = LinFit::try_new(&treated, &ghost).unwrap();
    let mut variance = LinVariance::new(&fit);
    for (is_treated, outcome, covariates) in rows() {
        if is_treated {
            variance.add_treated(&fit, outcome, &covariates);
        } else {
            variance.add_ghost(&fit, outcome, &covariates);
        }
    }
    close(fit.difference(), 4.536_698_796_844_475);
    close(variance.standard_error(), 0.835_598_219_274_601_2);
    close(fit.estimate(&variance, SURE).interval.low, fit.difference() - SURE.z() * 0.835_598_219_274_601_2);
}

#[test]
fn the_common_slope_agrees_with_one_in_forty_digits() {
    let [treated, ghost] = moments(1);
    let fit = AncovaFit::try_new(&treated, &ghost).unwrap();
    let mut variance = AncovaVariance::default();
    rows().into_iter().for_each(|(arm, outcome, covariates)| variance.add(&fit, arm, outcome, covariates[0]));
    close(fit.difference(), 4.739_309_222_177_62);
    close(variance.standard_error(), 0.839_229_721_183_348_8);
    let (_, arms) = cuped_one_covariate(&treated, &ghost).unwrap();
    close(arms.difference(), fit.difference());
}

#[test]
fn refuses_covariates_that_say_nothing_new() {
    let mut twice = PairMoments::new(2);
    (0..20_u32).for_each(|user| twice.add(f64::from(user % 7), &[f64::from(user), f64::from(2 * user)]));
    assert_eq!(LinFit::try_new(&twice, &twice), Err(RegressionError::Dependent { covariate: 1 }));
    let mut constant = PairMoments::new(1);
    (0..20_u32).for_each(|user| constant.add(f64::from(user), &[3.0]));
    assert_eq!(LinFit::try_new(&constant, &constant), Err(RegressionError::Dependent { covariate: 0 }));
    let few = PairMoments::new(3);
    assert_eq!(LinFit::try_new(&few, &few), Err(RegressionError::TooFewUsers { users: 0, covariates: 3 }));
}

#[test]
fn refuses_numbers_of_no_experiment() {
    assert_eq!(CountArm::try_new(0, 0), Err(InputError::NoUsers));
    assert_eq!(CountArm::try_new(3, 4), Err(InputError::MoreEventsThanUsers { users: 3, events: 4 }));
    assert_eq!(SampleArm::from_sums(1, 1.0, 1.0), Err(InputError::TooFewUsers { users: 1 }));
    assert_eq!(SampleArm::from_sums(2, 10.0, 1.0), Err(InputError::SquaresTooSmall { square_sum: 1.0 }));
    assert_eq!(ValueArm::try_new(2, 0, 5.0, 25.0), Err(InputError::SquaresTooSmall { square_sum: 25.0 }));
    assert_eq!(ValueArm::try_new(2, 1, -5.0, 25.0), Err(InputError::Negative { value: -5.0 }));
    assert!(Confidence::try_new(1.0).is_none() && Confidence::try_new(0.9).is_some());
}

#[test]
fn the_prior_is_the_likeliest_one() {
    let orders = |users: &[u64], events: &[u64]| -> Vec<GhostCount> {
        users.iter().zip(events).map(|(&users, &events)| GhostCount { users, events }).collect()
    };
    // Both from a search with thirty digits.
    let users = [100, 120, 90, 400, 250, 80, 100, 130, 1_000, 60, 75, 220, 90, 110, 300];
    let small = fit_prior(&orders(&users, &[0, 1, 0, 5, 0, 0, 2, 0, 3, 0, 0, 4, 1, 0, 1])).unwrap();
    close(small.shape, 2.375_814_064_351_399_3);
    close(small.rate, 421.006_591_730_267_9);
    let users = [10_000, 12_000, 9_000, 40_000, 25_000, 8_000, 10_000, 13_000, 100_000, 6_000];
    let large = fit_prior(&orders(&users, &[500, 700, 300, 2_600, 1_500, 350, 420, 900, 4_000, 410])).unwrap();
    close(large.shape, 18.516_761_952_617_9);
    close(large.rate, 349.372_288_242_700_3);
}

#[test]
fn orders_that_differ_by_chance_alone_get_the_mean() {
    let same = vec![GhostCount { users: 1_000, events: 5 }; 40];
    let prior = fit_prior(&same).unwrap();
    assert!(prior.shape > 1e4, "{prior:?}");
    close(prior.shape / prior.rate, 0.005);
    let few = vec![GhostCount { users: 1_000, events: 5 }; 9];
    assert_eq!(fit_prior(&few), Err(FitError::TooFewOrders { orders: 9 }));
    assert_eq!(fit_prior(&[GhostCount { users: 10, events: 0 }; 40]), Err(FitError::NoEvents));
}

#[test]
fn a_prior_narrows_a_small_order() {
    let arms = counts((1_900, 14), (100, 1));
    let prior = GammaPrior { shape: 1.5, rate: 400.0 };
    let own = bayes_increment(arms, prior, SURE);
    close(own.point, 4.5);
    close(own.interval.low, -11.418_498_867_353_263);
    close(own.interval.high, 16.813_635_978_245_436);
    assert!(own.interval.half_width() < 0.4 * count_increment(arms, SURE).interval.half_width());
}

#[test]
fn running_ranges_wait_for_five_ghosts_with_an_event() {
    let end = PlannedEnd { treated_users: 9e3, ghost_users: 1e3, natural_rate: 0.01, promoted_rate: 0.01 };
    let ranges = AlwaysValid::narrowest_at(end.variance(), SURE);
    close(ranges.mixing_variance() / end.variance(), 7.936_154_601_737_6);
    assert_eq!(always_valid_increment(counts((4_000, 60), (500, 4)), ranges), None);
    let arms = counts((4_000, 60), (500, 5));
    let running = always_valid_increment(arms, ranges).unwrap();
    close(running.point, 20.0);
    assert!(running.interval.half_width() > count_increment(arms, SURE).interval.half_width());
}

#[test]
fn a_ratio_without_a_sure_denominator_has_no_upper_end() {
    let input = |denominator: f64, denominator_variance: f64| RatioInput {
        numerator: 10.0,
        numerator_variance: 1.0,
        denominator,
        denominator_variance,
        covariance: 0.0,
    };
    let RatioInterval::Bounded(range) = fieller(input(5.0, 0.25), SURE) else { panic!("five is far from zero") };
    // The roots of (10 − 5ρ)² = z² (1 + ρ²/4).
    for end in [range.low, range.high] {
        close((10.0 - 5.0 * end).powi(2), SURE.z().powi(2) * (1.0 + end * end / 4.0));
    }
    assert!(range.low < 2.0 && range.high > 2.0);
    let RatioInterval::AtLeast(low) = fieller(input(5.0, 9.0), SURE) else { panic!("five may be nothing") };
    assert!(low > 0.0 && low < 2.0, "{low}");
    let wide = RatioInput { numerator_variance: 100.0, ..input(1.0, 100.0) };
    assert_eq!(fieller(wide, SURE), RatioInterval::NotBounded);
}

#[test]
fn the_cost_of_an_increment_follows_its_range() {
    let range = |low, high| Interval { low, high };
    assert_eq!(cost_per_increment(100.0, range(10.0, 50.0)), RatioInterval::Bounded(range(2.0, 10.0)));
    assert_eq!(cost_per_increment(100.0, range(-3.0, 50.0)), RatioInterval::AtLeast(2.0));
    assert_eq!(cost_per_increment(100.0, range(-3.0, 0.0)), RatioInterval::NotBounded);
    assert_eq!(incremental_return(around(300.0, 100.0), 100.0), Some(around(3.0, 1.0)));
    assert_eq!(incremental_return(around(300.0, 100.0), 0.0), None);
}

#[test]
fn sizes_that_were_not_drawn_break_the_experiment() {
    assert!(!sample_ratio(&[(9_020, 0.9), (980, 0.1)]).unwrap().is_broken());
    let broken = sample_ratio(&[(8_800, 0.9), (1_200, 0.1)]).unwrap();
    assert!(broken.is_broken());
    close(broken.chi_square, 200.0 * 200.0 / 9_000.0 + 200.0 * 200.0 / 1_000.0);
    assert_eq!(sample_ratio(&[(0, 0.9), (0, 0.1)]), Err(InputError::NoUsers));
    assert!(sample_ratio(&[(5, 0.9), (5, 0.0)]).is_err());
}

#[test]
fn what_is_shown_depends_on_what_is_known() {
    let well = sample_ratio(&[(900, 0.9), (100, 0.1)]).unwrap();
    let broken = SampleRatio { chi_square: 30.0, p_value: 1e-7 };
    let sharp = around(50.0, 20.0);
    let blurred = around(50.0, 40.0);
    let blind = around(50.0, 80.0);
    let state = |sample_ratio, plain, bayes| display_state(Findings { sample_ratio, plain, bayes });
    assert_eq!(state(well, sharp, Some(blurred)), DisplayState::Measured(sharp));
    assert_eq!(state(well, blind, Some(blurred)), DisplayState::SmallSample(blurred));
    assert_eq!(state(well, blind, Some(around(50.0, 51.0))), DisplayState::NotEnoughData(Interval::around(50.0, 51.0)));
    assert_eq!(state(well, blurred, None), DisplayState::NotEnoughData(blurred.interval));
    assert_eq!(state(well, around(-2.0, 0.5), None), DisplayState::NotEnoughData(Interval::around(-2.0, 0.5)));
    assert_eq!(state(broken, sharp, Some(sharp)), DisplayState::BrokenExperiment);
}

#[test]
fn a_headline_adds_up_to_what_was_counted() {
    let told = headline(Estimate { point: 50.4, interval: Interval { low: 15.6, high: 74.2 } }, 78);
    assert_eq!(told, Headline { increment: 50, low: 16, high: 74, natural: 28 });
    let negative = headline(Estimate { point: -2.0, interval: Interval { low: -3.2, high: 8.4 } }, 12);
    assert_eq!(negative, Headline { increment: 0, low: -3, high: 8, natural: 12 });
}

#[test]
fn orders_add_up_and_their_squares_too() {
    let one = Estimate { point: 10.0, interval: Interval { low: 7.0, high: 15.0 } };
    let other = Estimate { point: -1.0, interval: Interval { low: -5.0, high: 11.0 } };
    let sum = sum_of_orders([one, other]);
    assert_eq!(sum, Estimate { point: 9.0, interval: Interval { low: 4.0, high: 22.0 } });
    assert_eq!(sum_of_orders([]), around(0.0, 0.0));
}

/// A room in turns of 20 minutes with 5 minutes of burn-in: `natural` entries a second, `gain` more when promoted.
fn room(natural: f64, gain: f64, direct_share: f64) -> RoomSession {
    let window = |is_promoted: bool| Window {
        is_promoted,
        seconds: 1_200.0,
        burn_in_seconds: 300.0,
        entries: 900.0 * (natural + if is_promoted { gain } else { 0.0 }),
    };
    let direct_increment = 2.0 * 900.0 * gain * direct_share;
    RoomSession { windows: vec![window(true), window(false), window(true), window(false)], direct_increment }
}

#[test]
fn rooms_that_take_turns_show_the_indirect_viewers() {
    let sessions: Vec<RoomSession> = [(0.5, 0.21), (0.4, 0.19), (0.9, 0.30), (0.3, 0.11), (0.6, 0.24)]
        .map(|(own, gain)| room(own, gain, 0.8))
        .into();
    let (multiplier, is_shown) = indirect_multiplier(&sessions, SURE).unwrap();
    close(multiplier.point, 1.25);
    assert!(is_shown && multiplier.interval.low > 1.2, "{multiplier:?}");
    let noisy = [room(0.5, 0.21, 0.4), room(0.4, 0.19, 1.9), room(0.9, 0.3, 0.8), room(0.3, 0.11, 1.1)];
    let (_, is_shown) = indirect_multiplier(&noisy, SURE).unwrap();
    assert!(!is_shown);
    let always_on = RoomSession { windows: vec![sessions[0].windows[0]], direct_increment: 5.0 };
    assert_eq!(
        indirect_multiplier(&[always_on.clone(), always_on], SURE),
        Err(MultiplierError::Input(InputError::TooFewUsers { users: 0 }))
    );
    let nothing = [room(0.5, 0.2, 1.0), room(0.5, 0.2, -1.0)];
    assert_eq!(indirect_multiplier(&nothing, SURE), Err(MultiplierError::NotBounded));
}

#[test]
fn power_is_what_the_smallest_increment_promises() {
    for (natural, share) in [(0.0, 0.05), (10.0, 0.1), (1_000.0, 0.5)] {
        let smallest = smallest_detectable_increment(natural, share, DetectionGoal::USUAL);
        close(power_to_detect(smallest, natural, share, SURE), 0.8);
    }
}

#[test]
fn exact_tests_know_their_tables() {
    // A lady tasting tea: 3 of 4 right is 34 of 70 tables.
    close(fisher_exact(counts((4, 3), (4, 1))), 34.0 / 70.0);
    assert_eq!(fisher_exact(counts((4, 0), (4, 0))), 1.0);
    close(fisher_exact(counts((5, 5), (5, 0))), 2.0 / 252.0);
    close(fisher_exact(counts((5, 5), (5, 5))), 1.0);
}

#[test]
fn turnover_without_any_basket_has_no_range() {
    let arm = |users| ValueArm::try_new(users, 0, 0.0, 0.0).unwrap();
    assert_eq!(BasketPool::of(ValueArms { treated: arm(90), ghost: arm(10) }), None);
}

#[test]
fn welch_needs_no_spread() {
    let arm = |mean: f64| SampleArm::from_sums(4, 4.0 * mean, 4.0 * mean * mean).unwrap();
    let test = welch_test(SampleArms { treated: arm(2.0), ghost: arm(1.0) }, SURE);
    assert_eq!(test.difference, around(1.0, 0.0));
    assert_eq!(test.p_value, 0.0);
}

prop_compose! {
    fn any_counts()(treated in 1_u64..5_000, ghost in 1_u64..5_000)
        (treated_events in 0..=treated, ghost_events in 0..=ghost, treated in Just(treated), ghost in Just(ghost))
        -> CountArms {
        counts((treated, treated_events), (ghost, ghost_events))
    }
}

proptest! {
    #[test]
    fn ranges_hold_their_points_and_stay_in_the_possible(arms in any_counts()) {
        for estimate in [rate_difference(arms, SURE), gap(miettinen_nurminen(arms, SURE), arms)] {
            prop_assert!(estimate.interval.contains(estimate.point));
            prop_assert!(estimate.interval.low >= -1.0 - 1e-12 && estimate.interval.high <= 1.0 + 1e-12);
        }
        let own = wilson(arms.ghost, SURE);
        prop_assert!(own.contains(arms.ghost.rate()) && own.low >= 0.0 && own.high <= 1.0);
    }

    #[test]
    fn changing_sides_changes_signs(arms in any_counts()) {
        let there = rate_difference(arms, SURE).interval;
        let back = rate_difference(CountArms { treated: arms.ghost, ghost: arms.treated }, SURE).interval;
        prop_assert!((there.low + back.high).abs() < 1e-12 && (there.high + back.low).abs() < 1e-12);
        let mirrored = fisher_exact(CountArms { treated: arms.ghost, ghost: arms.treated });
        prop_assert!((fisher_exact(arms) - mirrored).abs() < 1e-9);
    }

    #[test]
    fn many_users_make_all_methods_agree(rate in 0.2_f64..0.8) {
        let events = u64::try_from(crate::approximate::round_to_whole(rate * 1e6)).unwrap();
        let arms = counts((1_000_000, events), (1_000_000, 500_000));
        let (own, plain) = (rate_difference(arms, SURE).interval, wald(arms, SURE));
        prop_assert!((own.low - plain.low).abs() < 1e-5 && (own.high - plain.high).abs() < 1e-5);
    }
}

fn gap(interval: Interval, arms: CountArms) -> Estimate {
    Estimate { point: arms.treated.rate() - arms.ghost.rate(), interval }
}
