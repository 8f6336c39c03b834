use tuiliu_domain::time::Timestamp;

use super::*;

/// A story such as `5 view, 7 pay #1 300, 9 refund #1 100` and what is left of it from 5 to 100.
fn check(story: &str, expected: &str) {
    let word = |text: &str| text.parse::<i64>().unwrap();
    let read = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let money = || (u128::try_from(word(words[2].trim_start_matches('#'))).unwrap(), word(words[3]));
        let did = match words[1] {
            "view" => ViewerDid::View,
            "follow" => ViewerDid::Follow,
            "unfollow" => ViewerDid::Unfollow,
            "comment" => ViewerDid::Comment,
            "uncomment" => ViewerDid::CommentUndone,
            "click" => ViewerDid::ProductClick,
            "pay" => ViewerDid::Pay { purchase: money().0, value_fen: money().1 },
            "refund" => ViewerDid::Refund { purchase: money().0, value_fen: money().1 },
            other => panic!("{other}"),
        };
        (Timestamp::from_ms(word(words[0])), did)
    };
    let events: Vec<_> = story.split(", ").filter(|line| !line.is_empty()).map(read).collect();
    let outcome = viewer_outcome(&events, Timestamp::from_ms(5), Some(Timestamp::from_ms(100)));
    let ViewerOutcome { viewed, followed, commented, clicked, paid, gmv_fen } = outcome;
    let named =
        [(viewed, "viewed"), (followed, "followed"), (commented, "commented"), (clicked, "clicked"), (paid, "paid")];
    let mut told: Vec<String> =
        named.into_iter().filter(|(holds, _)| *holds).map(|(_, name)| name.to_owned()).collect();
    if gmv_fen != 0 {
        told.push(gmv_fen.to_string());
    }
    assert_eq!(told.join(" "), expected, "{story}");
}

#[test]
fn at_01_an_outcome_counts_from_the_first_win_to_the_end_of_the_window() {
    check("", "");
    check("4 view", "");
    check("5 view, 100 click", "viewed clicked");
    check("101 view", "");
    check("4 pay #1 300, 6 refund #1 300", "");
}

#[test]
fn at_01_what_is_taken_back_or_refunded_does_not_count() {
    check("6 follow, 7 unfollow", "");
    check("6 follow, 7 unfollow, 8 follow", "followed");
    check("6 unfollow", "");
    check("6 comment, 7 comment, 8 uncomment", "commented");
    check("6 comment, 8 uncomment", "");
    check("6 pay #1 300, 7 refund #1 100", "paid 200");
    check("6 pay #1 300, 7 pay #2 50, 8 refund #1 300", "paid 50");
    check("6 pay #1 300, 7 refund #1 300", "");
    check("6 refund #1 300, 7 pay #1 300", "");
    check("6 pay #0 300, 7 refund #0 100", "paid 200");
    check("6 pay #1 300, 7 refund #2 300", "paid 300");
    check("6 pay #1 300, 101 refund #1 300", "paid 300");
}

fn experiment(version: LiftVersion, treated: (u64, u64), ghost: (u64, u64)) -> OrderExperiment {
    let arm = |(users, events): (u64, u64)| ArmResults {
        users,
        events: [events; 5],
        spends: (0..events).map(|nth| 1_000 + 100 * (nth % 7)).collect(),
    };
    OrderExperiment {
        share_millionths: 500_000,
        viewers_planned: treated.0,
        version,
        treated: arm(treated),
        ghost: arm(ghost),
        viewers_named: true,
    }
}

fn of(lift: &OrderLift, metric: LiftMetric) -> MetricLift {
    *lift.metrics.iter().find(|lift| lift.metric == metric).unwrap()
}

#[test]
fn at_01_a_final_lift_has_point_range_and_natural_part() {
    let lift = order_lift(&experiment(LiftVersion::Final, (10_000, 700), (10_000, 300)), |_| None);
    let payers = of(&lift, LiftMetric::Payers);
    let whole = |number: Option<f64>| number.map(crate::approximate::round_to_whole);
    assert_eq!(
        (payers.state, whole(payers.point), whole(payers.natural())),
        (LiftState::Measured, Some(400), Some(300))
    );
    assert!((payers.share().unwrap() - 4.0 / 7.0).abs() < 1e-12);
    let range = payers.range.unwrap();
    assert!(300.0 < range.low && range.low < 400.0 && 400.0 < range.high && range.high < 500.0, "{range:?}");
    let gmv = of(&lift, LiftMetric::GmvFen);
    assert!(gmv.state == LiftState::Measured && gmv.point.unwrap() > 500_000.0);
}

#[test]
fn at_01_while_it_runs_the_range_is_wider_and_waits_for_five_ghosts() {
    let wide = |version| {
        let lift = order_lift(&experiment(version, (10_000, 700), (10_000, 300)), |_| None);
        [LiftMetric::Payers, LiftMetric::GmvFen].map(|metric| of(&lift, metric).range.unwrap().half_width())
    };
    let (running, fixed) = (wide(LiftVersion::Running), wide(LiftVersion::Final));
    assert!(running[0] > 1.3 * fixed[0] && running[1] > 1.3 * fixed[1], "{running:?} {fixed:?}");
    assert_eq!(wide(LiftVersion::AfterOneDay), running);
    let early = order_lift(&experiment(LiftVersion::Running, (1_000, 40), (1_000, 4)), |_| None);
    for lift in early.metrics {
        assert_eq!((lift.state, lift.point, lift.range), (LiftState::NotEnoughData, None, None), "{:?}", lift.metric);
    }
}

#[test]
fn a_small_order_leans_on_comparable_ones_and_says_so() {
    let mut small = experiment(LiftVersion::Final, (1_900, 14), (100, 0));
    small.share_millionths = 50_000;
    let prior = GammaPrior { shape: 4.0, rate: 2_000.0 };
    let alone = of(&order_lift(&small, |_| None), LiftMetric::Payers);
    let leaning = of(&order_lift(&small, |_| Some(prior)), LiftMetric::Payers);
    assert_eq!((alone.state, alone.point), (LiftState::NotEnoughData, None));
    assert_eq!(leaning.state, LiftState::SmallSample, "{leaning:?}");
    assert!(leaning.range.unwrap().half_width() < alone.range.unwrap().half_width() / 3.0);
}

#[test]
fn a_broken_experiment_shows_no_lift() {
    let broken = order_lift(&experiment(LiftVersion::Final, (10_000, 700), (9_000, 300)), |_| None);
    assert_eq!(broken.breakage, Some(Breakage::SampleRatio));
    let mut unnamed = experiment(LiftVersion::Final, (10_000, 700), (10_000, 300));
    unnamed.viewers_named = false;
    let unnamed = order_lift(&unnamed, |_| None);
    assert_eq!(unnamed.breakage, Some(Breakage::ViewersUnnamed));
    for lift in broken.metrics.iter().chain(&unnamed.metrics) {
        assert_eq!((lift.state, lift.point, lift.range), (LiftState::BrokenExperiment, None, None));
    }
    let empty = order_lift(&experiment(LiftVersion::Final, (0, 0), (0, 0)), |_| None);
    assert!(empty.metrics.iter().all(|lift| lift.state == LiftState::NotEnoughData));
}

#[test]
fn a_part_that_stands_for_the_whole_is_scaled_with_its_range_and_keeps_its_state() {
    let arm = |users, viewers| ArmResults { users, events: [viewers, 0, 0, 0, 0], spends: vec![500] };
    let experiment = OrderExperiment {
        share_millionths: 100_000,
        viewers_planned: 9_000,
        version: LiftVersion::Final,
        treated: arm(9_000, 3_000),
        ghost: arm(1_000, 100),
        viewers_named: true,
    };
    let own = order_lift(&experiment, |_| None);
    let whole = own.clone().scaled(990_000, 90_000);
    for (told, part) in whole.metrics.iter().zip(&own.metrics) {
        assert_eq!((told.state, told.treated), (part.state, part.treated * 11.0));
        assert_eq!(told.point, part.point.map(|point| point * 11.0));
        assert_eq!(told.range.map(|range| range.high), part.range.map(|range| range.high * 11.0));
    }
    assert_eq!(own.clone().scaled(1, 0), own, "of nothing there is no whole");
}
