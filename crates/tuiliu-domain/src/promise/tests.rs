//! A table that a merchant could read: what was bid, what came, what is paid.

use super::*;
use crate::money::Micros;
use crate::time::{DAY_MS, HOUR_MS};

/// Ten in the morning in China.
const BEGAN: Timestamp = Timestamp::from_ms(1000 * DAY_MS + 2 * HOUR_MS);

fn day(day: i64, hour: i64) -> Timestamp {
    Day::at(BEGAN).plus_days(day - 1).start().plus_ms(hour * HOUR_MS)
}

/// `promised spend results sales; …` in yuan a result (or times, or results), yuan, pieces, yuan.
fn stretches(text: &str, measure: Measure) -> Vec<Stretch> {
    let number = |word: &str| (word.parse::<f64>().unwrap() * 100.0).round();
    let units = |word: &str| i64::try_from(crate_round(number(word))).unwrap();
    text.split(';')
        .map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let promised = match measure {
                Measure::Cost => units(words[0]) * 10_000,
                Measure::Return => units(words[0]) * 10,
                Measure::Results => units(words[0]) / 100,
            };
            Stretch {
                promised,
                spend: Micros::new(units(words[1]) * 10_000),
                results: words[2].parse().unwrap(),
                sales_fen: words.get(3).map_or(0, |word| units(word)),
            }
        })
        .collect()
}

fn crate_round(number: f64) -> i128 {
    format!("{number:.0}").parse().unwrap()
}

/// What would be paid in fen, and the state with its reason.
#[track_caller]
fn check(rule: &PromiseRule, text: &str, (now, edits): (Timestamp, &[Timestamp]), expected: (&str, i64)) {
    let stretches = stretches(text, rule.measure);
    let facts =
        PromiseFacts { began_at: Some(BEGAN), stretches: &stretches, edits, fee: Amount::new(200_000), closed: None };
    let told = rule.assess(&facts, now);
    let state = told.state.reason().map_or(told.state.name().to_owned(), |why| format!("{} {why}", told.state.name()));
    assert_eq!((state.as_str(), told.would_pay.units()), expected, "{text}");
}

#[test]
fn qb_18_a_cost_above_the_bid_is_paid_back_whole() {
    let now = (day(2, 12), &[][..]);
    let rule = &PromiseRule::COST;
    // 10 yuan bid, 6 results for 72 yuan: 1.2 times exactly is not above it.
    check(rule, "10 72 6", now, ("in_effect", 0));
    check(rule, "10 72.01 6", now, ("in_effect", 1_201));
    check(rule, "10 100 6", now, ("in_effect", 4_000));
    // Five results promise nothing.
    check(rule, "10 500 5", now, ("in_effect too_few_results", 0));
    // Two stretches: 4 results at 10 and 4 at 20 were to cost 120; above 144 all beyond 120 comes back.
    check(rule, "10 60 4; 20 84 4", now, ("in_effect", 0));
    check(rule, "10 60 4; 20 90 4", now, ("in_effect", 3_000));
    // What a stretch cost without a result counts against the others.
    check(rule, "10 40 0; 10 60 6", now, ("in_effect", 4_000));
    let beyond = PromiseRule { pays: Pays::BeyondTolerance, ..*rule };
    check(&beyond, "10 100 6", now, ("in_effect", 2_800));
    let capped = PromiseRule { cap: Cap::Fee, ..*rule };
    check(&capped, "10 9000 6", now, ("in_effect", 200_000));
    // Millionths round up to the fen, once.
    let third = Stretch { promised: 3_333_333, spend: Micros::new(30_000_001), results: 6, sales_fen: 0 };
    let facts =
        PromiseFacts { began_at: Some(BEGAN), stretches: &[third], edits: &[], fee: Amount::ZERO, closed: None };
    assert_eq!(rule.assess(&facts, BEGAN).would_pay, Amount::new(1_001), "30.000001 − 19.999998 = 10.000003");
}

#[test]
fn qb_18_sales_below_the_goal_are_made_up_for() {
    let now = (day(2, 12), &[][..]);
    // A goal of 3 times: 100 yuan are to sell 300; 0.8 times is 240.
    check(&PromiseRule::RETURN, "3 100 10 240", now, ("in_effect", 0));
    check(&PromiseRule::RETURN, "3 100 10 239.99", now, ("in_effect", 2_001));
    check(&PromiseRule::RETURN, "3 100 10 150", now, ("in_effect", 5_000));
    check(&PromiseRule::RETURN, "3 100 9 0", now, ("in_effect too_few_results", 0));
    // 100 at 3 times and 100 at 2 times are to sell 500; 300 sold are worth 50 and 75 of spend.
    check(&PromiseRule::RETURN, "3 100 6 150; 2 100 6 150", now, ("in_effect", 7_500));
}

#[test]
fn qb_18_guaranteed_plays_are_a_preset_of_the_same_rule() {
    let now = (day(2, 12), &[][..]);
    // Price 10 000, premium 20%: 12 000 paid, 1 000 000 plays expected, at most the fee of 2 000 back.
    check(&PromiseRule::PLAYS, "1000000 12000 1000000", now, ("in_effect", 0));
    check(&PromiseRule::PLAYS, "1000000 12000 900000", now, ("in_effect", 120_000));
    check(&PromiseRule::PLAYS, "1000000 12000 800000", now, ("in_effect", 200_000));
    check(&PromiseRule::PLAYS, "1000000 12000 999999", now, ("in_effect", 2));
}

#[test]
fn qb_19_a_promise_goes_through_its_states_by_natural_days() {
    let rule = &PromiseRule::COST;
    check(rule, "10 100 6", (day(1, 10), &[]), ("in_effect", 4_000));
    check(rule, "10 100 6", (day(3, 23), &[]), ("in_effect", 4_000));
    check(rule, "10 100 6", (day(4, 0), &[]), ("confirming", 4_000));
    check(rule, "10 100 6", (day(5, 0), &[]), ("confirming", 4_000));
    check(rule, "10 60 6", (day(4, 23), &[]), ("confirming", 0));
    check(rule, "10 60 6", (day(5, 0), &[]), ("ended kept", 0));
    check(rule, "10 60 3", (day(5, 0), &[]), ("ended too_few_results", 0));
    assert_eq!(rule.pays_at(BEGAN), day(5, 0));
    let paid = PromiseFacts {
        began_at: Some(BEGAN),
        stretches: &[],
        edits: &[],
        fee: Amount::ZERO,
        closed: Some(Closed { at: day(5, 1), paid: Amount::new(4_000), results: 6 }),
    };
    let told = rule.assess(&paid, day(9, 0));
    assert_eq!((told.state, told.would_pay), (PromiseState::Paid, Amount::new(4_000)));
    // What was decided stays, whatever becomes of the results afterwards.
    for (results, reason) in [(6, "kept"), (5, "too_few_results")] {
        let closed = Some(Closed { at: day(5, 0), paid: Amount::ZERO, results });
        let told = rule.assess(&PromiseFacts { closed, ..paid }, day(9, 0));
        assert_eq!((told.state.name(), told.state.reason(), told.results), ("ended", Some(reason), results));
    }
    let before = PromiseFacts { began_at: None, closed: None, ..paid };
    assert_eq!(rule.assess(&before, BEGAN).state.reason(), Some("not_started"));
}

#[test]
fn qb_19_more_than_two_edits_on_one_day_void_it() {
    let rule = &PromiseRule::COST;
    let two = [day(1, 11), day(1, 23), day(2, 0), day(2, 1)];
    check(rule, "10 100 6", (day(2, 12), &two), ("in_effect", 4_000));
    let three = [day(2, 0), day(2, 9), day(2, 23)];
    check(rule, "10 100 6", (day(3, 0), &three), ("invalid too_many_edits", 0));
    // What is edited after the window changes nothing.
    let late = [day(4, 1), day(4, 2), day(4, 3)];
    check(rule, "10 100 6", (day(4, 12), &late), ("confirming", 4_000));
    let facts = PromiseFacts { began_at: Some(BEGAN), stretches: &[], edits: &two, fee: Amount::ZERO, closed: None };
    assert_eq!(rule.assess(&facts, day(2, 12)).edits_today, 2);
}

#[test]
fn qb_18_nothing_is_ever_paid_below_the_least_results() {
    for results in 0..PromiseRule::COST.results_min {
        for spend in [0, 1, 1_000_000, 1_000_000_000_000] {
            let stretch = Stretch { promised: 1_000_000, spend: Micros::new(spend), results, sales_fen: 0 };
            let facts = PromiseFacts {
                began_at: Some(BEGAN),
                stretches: &[stretch],
                edits: &[],
                fee: Amount::ZERO,
                closed: None,
            };
            for at in [day(1, 12), day(4, 1), day(6, 0)] {
                assert_eq!(PromiseRule::COST.assess(&facts, at).would_pay, Amount::ZERO);
            }
        }
    }
}
