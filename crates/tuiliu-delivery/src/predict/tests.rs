use super::*;

fn check(impressions: u64, results: u64, expected_billionths: u32) {
    let prior = Prior { rate: Rate::from_number(0.1), strength: 100 };
    assert_eq!(ResultCounts::starting(impressions, results).rate(prior).billionths(), expected_billionths);
}

#[test]
fn believes_the_prior_first_and_the_counts_in_the_end() {
    check(0, 0, 100_000_000);
    check(100, 0, 50_000_000);
    check(100, 30, 200_000_000);
    check(1_000_000, 300_000, 299_980_001);
    check(u64::MAX, 0, 1);
}

#[test]
fn without_strength_or_counts_the_prior_stands() {
    let prior = Prior { rate: Rate::from_number(0.25), strength: 0 };
    assert_eq!(ResultCounts::default().rate(prior), prior.rate);
    assert_eq!(ResultCounts::starting(4, 3).rate(prior), Rate::from_number(0.75));
}

#[test]
fn a_rate_stays_within_its_range() {
    for (number, billionths) in
        [(-1.0, 1), (0.0, 1), (f64::NAN, 1), (0.5, 500_000_000), (7.0, BILLION), (f64::INFINITY, BILLION)]
    {
        assert_eq!(Rate::from_number(number).billionths(), billionths, "{number}");
    }
}

#[test]
fn counts_what_is_reported() {
    let counts = ResultCounts::default();
    counts.add_impression();
    counts.add_impression();
    counts.add_result();
    assert_eq!((counts.impressions(), counts.results()), (2, 1));
    counts.take_result();
    counts.take_result();
    assert_eq!((counts.impressions(), counts.results()), (2, 0), "no more is taken back than there was");
}

#[test]
fn every_goal_has_its_place() {
    for (place, goal) in KINDS.iter().enumerate() {
        assert_eq!(goal_index(*goal), place);
    }
    assert!(Goal::ALL.iter().all(|goal| goal_index(*goal) < GOALS));
}
