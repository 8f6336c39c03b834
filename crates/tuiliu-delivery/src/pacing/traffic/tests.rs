use proptest::prelude::*;
use tuiliu_domain::time::{DAY_MS, MINUTE_MS};

use super::*;

/// Midnight on a Monday in China.
const MONDAY: Timestamp = Timestamp::from_ms(1_767_542_400_000);
const WEEK_MS: i64 = 7 * DAY_MS;

/// Observes from `from` to `until`, every ten minutes, with so many requests an hour.
fn observe(counts: &mut TrafficCounts, from: Timestamp, until: Timestamp, requests_in: impl Fn(usize) -> u64) {
    let step_ms = 10 * MINUTE_MS;
    counts.observe(0, from);
    let mut at = from;
    while at < until {
        let hour = hour_of_week(local_hour(at));
        let nth = u64::try_from(ms_of_local_hour(at) / step_ms).unwrap();
        // Sixths of the hour that add up to the whole.
        let whole = requests_in(hour);
        at = at.plus_ms(step_ms);
        counts.observe(whole * (nth + 1) / 6 - whole * nth / 6, at);
    }
    // The hour after is begun, so that the last one is complete.
    counts.observe(0, at.plus_ms(1));
}

/// Quiet from 0:00 to 8:00, busy in the evening, and twice as busy at the weekend's noon.
fn usual(hour: usize) -> u64 {
    match (hour / 24, hour % 24) {
        (_, 0..8) => 100,
        (_, 19..23) => 1_200,
        (5..7, 11..14) => 800,
        _ => 400,
    }
}

/// The share of a week's traffic in each hour.
fn shares(shape: &TrafficShape) -> Vec<f64> {
    let hour = |nth: usize| MONDAY.plus_ms(i64::try_from(nth).unwrap() * HOUR_MS);
    let of = |nth| shape.between(hour(nth), hour(nth + 1)) / shape.between(MONDAY, MONDAY.plus_ms(WEEK_MS));
    (0..HOURS).map(of).collect()
}

fn true_shares(requests_in: impl Fn(usize) -> u64) -> Vec<f64> {
    let number = |requests: u64| approximate(i64::try_from(requests).unwrap());
    let whole: f64 = (0..HOURS).map(|hour| number(requests_in(hour))).sum();
    (0..HOURS).map(|hour| number(requests_in(hour)) / whole).collect()
}

/// By how much the worst hour is off, relative to what it should be.
fn worst(found: &[f64], wanted: &[f64]) -> f64 {
    found.iter().zip(wanted).map(|(found, wanted)| (found / wanted - 1.0).abs()).fold(0.0, f64::max)
}

#[test]
fn dl_06_without_a_request_every_hour_is_alike() {
    let mut counts = TrafficCounts::default();
    assert_eq!(counts.shape(), TrafficShape::default());
    observe(&mut counts, MONDAY, MONDAY.plus_ms(2 * DAY_MS), |_| 0);
    assert_eq!(counts.shape(), TrafficShape::default(), "before the first request nobody was connected");
    assert_eq!(counts.hours_closed(), 0);
}

#[test]
fn dl_06_one_day_tells_a_daily_shape_for_all_days() {
    let mut counts = TrafficCounts::default();
    observe(&mut counts, MONDAY, MONDAY.plus_ms(DAY_MS), usual);
    let found = shares(&counts.shape());
    let daily = true_shares(|hour| usual(hour % 24));
    assert!(worst(&found[..24], &daily[..24]) < 0.2, "{:?}", &found[..24]);
    for day in found.chunks(24) {
        assert!(worst(day, &daily[..24]) < 0.4, "the other days are like the one that is known: {day:?}");
        assert!(day[20] > 8.0 * day[3] && day[20] > 2.5 * day[12], "{day:?}");
    }
}

#[test]
fn dl_06_one_week_tells_the_weekend_apart() {
    let mut counts = TrafficCounts::default();
    observe(&mut counts, MONDAY, MONDAY.plus_ms(WEEK_MS), usual);
    let found = shares(&counts.shape());
    assert!(found[5 * 24 + 12] > 1.5 * found[2 * 24 + 12], "Saturday's noon and Wednesday's");
    assert!(worst(&found, &true_shares(usual)) < 0.25, "{found:?}");
}

#[test]
fn dl_06_hours_that_were_never_observed_are_planned_all_the_same() {
    let mut counts = TrafficCounts::default();
    observe(&mut counts, MONDAY.plus_ms(18 * HOUR_MS), MONDAY.plus_ms(24 * HOUR_MS), |_| 500);
    let found = shares(&counts.shape());
    let even = 1.0 / approximate(i64::try_from(HOURS).unwrap());
    assert!(found.iter().all(|share| (share / even - 1.0).abs() < 0.01), "nothing is known of the morning: {found:?}");
}

#[test]
fn dl_06_an_outage_changes_little_whoever_is_out() {
    let month = MONDAY.plus_ms(4 * WEEK_MS);
    let mut before = TrafficCounts::default();
    observe(&mut before, MONDAY, month, usual);
    let usual_shares = shares(&before.shape());
    // This node was down on Tuesday: nobody counted.
    let mut down = before.clone();
    observe(&mut down, month, month.plus_ms(DAY_MS), usual);
    observe(&mut down, month.plus_ms(2 * DAY_MS), month.plus_ms(4 * DAY_MS), usual);
    let off = worst(&shares(&down.shape()), &usual_shares);
    assert!(off < 0.02, "{off}");
    // The host was down on Tuesday: nobody asked.
    let mut silent = before.clone();
    observe(&mut silent, month, month.plus_ms(4 * DAY_MS), |hour| if hour / 24 == 1 { 0 } else { usual(hour) });
    let off = worst(&shares(&silent.shape()), &usual_shares);
    assert!(off < 0.1, "{off}");
}

#[test]
fn dl_06_nights_without_a_request_are_learnt() {
    let nights = |hour: usize| if hour % 24 < 6 { 0 } else { 600 };
    let mut counts = TrafficCounts::default();
    observe(&mut counts, MONDAY, MONDAY.plus_ms(4 * WEEK_MS), nights);
    let found = shares(&counts.shape());
    assert!(found[3] > 0.0 && found[3] < 0.05 * found[12], "{} at night, {} at noon", found[3], found[12]);
}

#[test]
fn dl_06_a_new_habit_weighs_as_much_as_the_old_one_after_four_weeks() {
    let was = |hour: usize| if hour.is_multiple_of(2) { 1_000 } else { 500 };
    let is = |hour: usize| if hour.is_multiple_of(2) { 500 } else { 1_000 };
    let mut counts = TrafficCounts::default();
    let changed_at = MONDAY.plus_ms(52 * WEEK_MS);
    observe(&mut counts, MONDAY, changed_at, was);
    observe(&mut counts, changed_at, changed_at.plus_ms(4 * WEEK_MS), is);
    let found = shares(&counts.shape());
    assert!((found[0] / found[1] - 1.0).abs() < 0.05, "{} and {}", found[0], found[1]);
}

#[test]
fn requests_are_spread_over_the_hours_in_which_they_came() {
    let mut counts = TrafficCounts::default();
    let half_past = MONDAY.plus_ms(HOUR_MS / 2);
    assert!(!counts.observe(1_000, half_past), "nobody knows since when these came");
    assert!(counts.observe(600, half_past.plus_ms(HOUR_MS)), "half in the first hour, half in the second");
    assert_eq!(counts.cells[0], Cell { requests: 300.0, hours: 0.5 });
    assert!((counts.open.requests - 300.0).abs() < 1e-9);
    assert!(!counts.observe(900, half_past.plus_ms(3 * HOUR_MS)), "nobody was there for two hours");
    assert!(!counts.observe(900, half_past), "a clock that went back");
    assert_eq!(counts.hours_closed(), 1);
}

#[test]
fn what_was_counted_survives_as_bytes() {
    let mut counts = TrafficCounts::default();
    observe(&mut counts, MONDAY, MONDAY.plus_ms(9 * DAY_MS + 20 * MINUTE_MS), usual);
    let bytes = counts.to_bytes();
    let read = TrafficCounts::from_bytes(&bytes).unwrap();
    assert_eq!(read, TrafficCounts { seen_at: None, hours_closed: 0, ..counts.clone() });
    assert_eq!(read.shape(), counts.shape());
    for place in [0, 5, 40, bytes.len() - 1] {
        let mut damaged = bytes.clone();
        damaged[place] ^= 1;
        assert_eq!(TrafficCounts::from_bytes(&damaged), Err(RestoreError::Damaged));
    }
    assert_eq!(TrafficCounts::from_bytes(&bytes[..20]), Err(RestoreError::Damaged));
    let mut later = bytes[..bytes.len() - CHECK_BYTES].to_vec();
    later[4] = 2;
    later.extend_from_slice(&check_of(&later.clone()));
    assert_eq!(TrafficCounts::from_bytes(&later), Err(RestoreError::UnknownVersion));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever comes in whatever gaps, every hour has weight, and it is restored as it was.
    #[test]
    fn dl_06_no_hour_is_without_weight(
        steps in prop::collection::vec((-HOUR_MS..3 * HOUR_MS, 0_u64..100_000), 0..300),
        flood in prop::option::of(any::<u64>()),
    ) {
        let mut counts = TrafficCounts::default();
        let mut at = MONDAY;
        for (step_ms, requests) in steps.into_iter().chain(flood.map(|flood| (MINUTE_MS, flood))) {
            at = at.plus_ms(step_ms);
            counts.observe(requests, at);
        }
        counts.observe(0, at.plus_ms(HOUR_MS));
        let found = shares(&counts.shape());
        prop_assert!(found.iter().all(|share| *share > 0.0 && *share < 1.0), "{found:?}");
        let read = TrafficCounts::from_bytes(&counts.to_bytes());
        prop_assert_eq!(read.map(|read| read.shape()), Ok(counts.shape()));
    }

    /// Any week that comes again and again is learnt, and the longer it is seen the better.
    #[test]
    fn dl_06_it_converges_to_the_true_week(week in prop::collection::vec(20_u64..2_000, HOURS)) {
        let wanted = true_shares(|hour| week[hour]);
        let mut counts = TrafficCounts::default();
        let mut off = Vec::new();
        let mut from = MONDAY;
        for weeks in [1, 7, 16] {
            let until = from.plus_ms(weeks * WEEK_MS);
            observe(&mut counts, from, until, |hour| week[hour]);
            from = until;
            let found = shares(&counts.shape());
            // Half of the traffic that is planned in a wrong hour.
            off.push(found.iter().zip(&wanted).map(|(found, wanted)| (found - wanted).abs()).sum::<f64>() / 2.0);
        }
        prop_assert!(off[0] < 0.12 && off[2] < 0.03 && off[2] < off[1] && off[1] < off[0], "{off:?}");
    }
}
