//! What a text would have brought in the past (IN-07).

use std::collections::BTreeMap;

use super::*;

/// A broadcast that ended on a day of November 2026 at noon, in so many minutes, with so many yuan paid and settled.
fn ended(room: u128, creator: u128, day: i64, minutes: i64, yuan: i64) -> BroadcastFacts {
    let end = Day::from_date(2026, 11, day).unwrap().start().plus_ms(12 * HOUR_MS);
    BroadcastFacts {
        room: RoomId::new(room),
        creator: PartyId::new(creator),
        started_at: end.plus_ms(-minutes * MINUTE_MS),
        ended_at: Some(end),
        ..broadcast(0, yuan, yuan, 0)
    }
}

fn told(terms: &ProgrammeTerms, past: Past) -> Vec<(u128, String, i64, &'static str)> {
    let trials = dry_run(terms, past, &policy());
    let short = |trial: Trial| {
        let task = trial.task.split(':').next().unwrap_or_default().to_owned();
        (trial.party.value(), task, trial.award.total(), trial.outcome.code())
    };
    trials.into_iter().map(short).collect()
}

fn lines(expected: &[(u128, &str, i64, &'static str)]) -> Vec<(u128, String, i64, &'static str)> {
    expected.iter().map(|(party, task, points, outcome)| (*party, (*task).to_owned(), *points, *outcome)).collect()
}

#[test]
fn in_07_a_dry_run_of_a_cold_start_shows_who_would_have_won_and_who_came_too_late() {
    let terms = ProgrammeTerms { coupons_per_month: Some(4), ..ProgrammeTerms::preset(ProgrammeKind::ColdStart) };
    let broadcasts = vec![
        ended(1, 1, 2, 90, 10_000),
        ended(2, 1, 3, 30, 10_000),
        ended(3, 2, 4, 90, 0),
        ended(4, 3, 5, 90, 0),
        ended(5, 1, 6, 60, 900_000),
    ];
    // The third account has been live for years.
    let old =
        RoomHistory { first: Some(NOW.plus_ms(-900 * DAY_MS)), last: Some(NOW.plus_ms(-20 * DAY_MS)), sold: true };
    let accounts = BTreeMap::from([(PartyId::new(3), AccountFacts::of(old, Standing::default(), 100))]);
    let found = told(&terms, Past { broadcasts, accounts, targets: Vec::new() });
    let expected = [
        (1, "approval", 500, "issued"),
        (1, "broadcast", 600, "issued"),
        (2, "approval", 500, "issued"),
        (2, "broadcast", 500, "issued"),
        (1, "broadcast", 2_000, "over_quota"),
    ];
    assert_eq!(found, lines(&expected));
}

#[test]
fn in_07_a_dry_run_of_growth_counts_weeks_and_the_month() {
    let terms = ProgrammeTerms::preset(ProgrammeKind::Growth);
    let refunded = BroadcastFacts {
        counts: BroadcastCounts { refunded_fen: yuan(9_000), ..broadcast(0, 20_000, 20_000, 0).counts },
        ..ended(9, 2, 12, 360, 20_000)
    };
    let broadcasts = vec![
        ended(1, 1, 3, 600, 1_800_000),
        ended(2, 1, 4, 600, 100_000),
        ended(3, 1, 10, 600, 700_000),
        ended(4, 2, 11, 100, 900),
        refunded,
        ended(5, 1, 20, 60, 50_000),
    ];
    let found = told(&terms, Past { broadcasts, ..Past::default() });
    // 1% of 1 900 000 is 19 000; of the second week's 7 000 only 1 000 are left of the month.
    let expected = [(1, "period", 19_000, "issued"), (1, "period", 1_000, "issued"), (2, "period", 209, "withheld")];
    assert_eq!(found, lines(&expected));
}

#[test]
fn in_07_a_dry_run_of_a_benchmark_goes_by_the_targets_agreed_on() {
    let terms = ProgrammeTerms::preset(ProgrammeKind::Benchmark);
    let broadcast = ended(1, 1, 10, 330, 600_000);
    let target = PastTarget {
        application: APPLICATION,
        party: PartyId::new(1),
        planned: PlannedBroadcast { starts_at: broadcast.started_at.plus_ms(HOUR_MS), length_ms: 5 * HOUR_MS },
        target_fen: 100_000_000,
    };
    let nobody = PastTarget { party: PartyId::new(2), ..target };
    let past = Past { broadcasts: vec![broadcast], targets: vec![nobody, target], ..Past::default() };
    let expected = [(1, "bonus", 2_500, "issued"), (1, "step", 2_500, "issued"), (1, "step", 2_500, "issued")];
    assert_eq!(told(&terms, past), lines(&expected));
}
