use super::*;
use crate::calendar::{Calendar, Day};
use crate::id::{IncentiveApplicationId, IncentiveProgrammeId, PartyId, RoomId, TenantId};
use crate::policy::{IncentivePolicy, Policy};
use crate::time::{DAY_MS, HOUR_MS, MINUTE_MS, Timestamp};

mod dry_runs;
mod linked;
mod programmes;

const NOW: Timestamp = Timestamp::from_ms(1_795_163_462_120);
const APPLICATION: IncentiveApplicationId = IncentiveApplicationId::new(4);

fn policy() -> IncentivePolicy {
    Policy::default().incentive
}

fn yuan(yuan: i64) -> Option<Figure> {
    Some(Figure::reported(yuan * 100))
}

/// A broadcast of so many minutes that ended now, with paid, settled and refunded yuan.
fn broadcast(minutes: i64, paid: i64, settled: i64, refunded: i64) -> BroadcastFacts {
    BroadcastFacts {
        room: RoomId::new(1),
        creator: PartyId::new(10),
        started_at: NOW.plus_ms(-minutes * MINUTE_MS),
        ended_at: Some(NOW),
        times: FactSource::Measured,
        sells: Some(FactSource::Measured),
        counts: BroadcastCounts {
            paid_gmv_fen: yuan(paid),
            settled_gmv_fen: yuan(settled),
            refunded_fen: yuan(refunded),
            ..BroadcastCounts::default()
        },
    }
}

#[test]
fn facts_of_broadcasts_add_up_and_rates_are_taken_over_what_is_known() {
    let counts = |viewers: Option<i64>, own: Option<i64>, listed: i64, sold: i64| BroadcastCounts {
        viewers: viewers.map(Figure::measured),
        own_viewers: own.map(Figure::reported),
        products_listed: Some(Figure::reported(listed)),
        products_sold: Some(Figure::reported(sold)),
        follower_gain: Some(Figure::measured(3)),
        complaints: None,
        ..broadcast(0, 1_000, 700, 100).counts
    };
    let one = BroadcastFacts { counts: counts(Some(200), Some(50), 10, 4), ..broadcast(30, 0, 0, 0) };
    let two = BroadcastFacts { counts: counts(Some(800), None, 10, 9), ..broadcast(90, 0, 0, 0) };
    let figures = BroadcastFacts::figures_of(&[one, two], NOW);
    let expected = [
        (Metric::LengthMs, 2 * HOUR_MS, FactSource::Measured),
        (Metric::Sessions, 2, FactSource::Measured),
        (Metric::Viewers, 1_000, FactSource::Measured),
        (Metric::PaidGmvFen, 200_000, FactSource::Reported),
        (Metric::SettledGmvFen, 140_000, FactSource::Reported),
        (Metric::SellThroughPermille, 650, FactSource::Reported),
        (Metric::FollowerGain, 6, FactSource::Measured),
        // Of the second broadcast it is not known: 50 of 200, not of 1 000.
        (Metric::OwnTrafficPermille, 250, FactSource::Reported),
        (Metric::RefundRatePermille, 100, FactSource::Reported),
        (Metric::SettlementRatePermille, 700, FactSource::Reported),
    ];
    for (metric, value, source) in expected {
        assert_eq!(figures.numbers.get(&metric), Some(&Figure { value, source }), "{metric:?}");
    }
    assert_eq!(figures.numbers.len(), expected.len(), "complaints are not known: {figures:?}");
    assert!(figures.is_up(Flag::SellsLive) && !figures.is_up(Flag::BrandFlagship));
    let nothing = BroadcastFacts::figures_of(&[], NOW);
    assert!(nothing.numbers.is_empty() && nothing.flags.is_empty());
}

#[test]
fn a_broadcast_that_still_runs_is_as_long_as_it_has_been() {
    let running = BroadcastFacts { ended_at: None, ..broadcast(61, 0, 0, 0) };
    assert_eq!(running.length_ms(NOW), 61 * MINUTE_MS);
    assert_eq!(running.length_ms(NOW.plus_ms(-DAY_MS)), 0);
}

#[test]
fn conditions_hold_of_what_is_known() {
    let figures = broadcast(60, 1_000, 0, 0).figures(NOW);
    let long = Condition::AtLeast(Metric::LengthMs, HOUR_MS);
    let rich = Condition::AtLeast(Metric::PaidGmvFen, 100_001);
    let seen = Condition::AtLeast(Metric::Viewers, 0);
    let few = Condition::AtMost(Metric::Complaints, 5);
    let check = |condition: Condition, holds: bool| assert_eq!(condition.holds(&figures), holds, "{condition:?}");
    check(Condition::always(), true);
    check(long.clone(), true);
    check(rich.clone(), false);
    check(seen, false);
    check(few, false);
    check(Condition::All(vec![long.clone(), rich.clone()]), false);
    check(Condition::Any(vec![long.clone(), rich.clone()]), true);
    check(Condition::Is(Flag::SellsLive), true);
    check(Condition::IsNot(Flag::BrandFlagship), true);
    let both = Condition::Any(vec![Condition::All(vec![long.clone()]), rich]);
    let progress = both.progress(&figures);
    let shown: Vec<_> = progress.iter().map(|one| (one.figure.map(|figure| figure.value), one.is_met)).collect();
    assert_eq!(shown, [(Some(HOUR_MS), true), (Some(100_000), false)]);
    assert_eq!(Condition::Any(Vec::new()).check(), Err(ConditionError::NeverHolds));
    let deep = (0..9).fold(long.clone(), |inner, _| Condition::All(vec![inner]));
    assert!(matches!(deep.check(), Err(ConditionError::TooDeep { .. })));
    assert!(matches!(Condition::All(vec![long; 33]).check(), Err(ConditionError::TooMany { .. })));
    assert!(Condition::AtMost(Metric::Viewers, -1).check().is_err());
}

fn account(first_days: Option<i64>, last_days: Option<i64>, flagship: bool) -> Figures {
    let ago = |days: Option<i64>| days.map(|days| NOW.plus_ms(-days * DAY_MS));
    let standing = Standing { brand_flagship: flagship, ..Standing::default() };
    let rooms = RoomHistory { first: ago(first_days), last: ago(last_days), sold: true };
    AccountFacts::of(rooms, standing, 100).figures(NOW)
}

#[test]
fn in_01_new_accounts_and_those_long_away_are_helped_and_no_flagship() {
    let terms = ProgrammeTerms::preset(ProgrammeKind::ColdStart);
    let check = |first, last, flagship, helped: bool| {
        let holds = terms.eligibility.holds(&account(first, last, flagship));
        assert_eq!(holds, helped, "first {first:?}, last {last:?} days ago, flagship {flagship}");
    };
    check(None, None, false, true);
    check(Some(30), Some(1), false, true);
    check(Some(31), Some(1), false, false);
    check(Some(400), Some(59), false, false);
    check(Some(400), Some(60), false, true);
    check(Some(2), Some(1), true, false);
}

#[test]
fn in_01_what_the_host_knows_of_earlier_broadcasts_counts() {
    let rooms = RoomHistory { first: Some(NOW.plus_ms(-DAY_MS)), last: Some(NOW.plus_ms(-DAY_MS)), sold: false };
    let told = Standing { first_broadcast_at: Some(NOW.plus_ms(-90 * DAY_MS)), ..Standing::default() };
    let figures = AccountFacts::of(rooms, told, 100).figures(NOW);
    assert_eq!(figures.numbers.get(&Metric::FirstBroadcastAgeMs), Some(&Figure::reported(90 * DAY_MS)));
    assert_eq!(figures.numbers.get(&Metric::LastBroadcastAgeMs), Some(&Figure::measured(DAY_MS)));
    assert!(!ProgrammeTerms::preset(ProgrammeKind::ColdStart).eligibility.holds(&figures));
}

/// Minutes, paid yuan → points of the cold start's next instalment.
#[test]
fn in_05_an_instalment_is_500_and_one_percent_of_paid_sales_up_to_2000() {
    let terms = ProgrammeTerms::preset(ProgrammeKind::ColdStart);
    let RewardRule::Broadcasts { on_approval, tiers, broadcasts_max } = terms.rewards else { panic!("broadcasts") };
    assert_eq!((on_approval, broadcasts_max), (Some(Award { points: 500, coupons: 1 }), 9), "10 instalments");
    let table = [
        (59, 10_000, None),
        (60, 0, Some(500)),
        (60, 99, Some(500)),
        (60, 100, Some(501)),
        (180, 30_000, Some(800)),
        (180, 149_999, Some(1_999)),
        (180, 150_000, Some(2_000)),
        (180, 9_000_000, Some(2_000)),
    ];
    for (minutes, paid, points) in table {
        let award = award(&tiers, &broadcast(minutes, paid, 0, 0).figures(NOW));
        assert_eq!(award.map(|award| award.points), points, "{minutes} minutes, {paid} yuan");
    }
    let gives_nothing_away = BroadcastFacts { sells: None, ..broadcast(180, 0, 0, 0) };
    assert_eq!(award(&tiers, &gives_nothing_away.figures(NOW)), None, "selling live");
}

/// Live hours and settled yuan of a week → points.
#[test]
fn in_06_a_week_brings_one_percent_of_settled_sales_as_far_as_the_hours_carry_them() {
    let terms = ProgrammeTerms::preset(ProgrammeKind::Growth);
    let RewardRule::Periods { tiers, points_per_month_max, period } = terms.rewards else { panic!("periods") };
    assert_eq!((period, points_per_month_max), (Period::Week, 20_000));
    let table = [
        (2, 999, None),
        (1, 100_000, None),
        (2, 1_000, Some(10)),
        (3, 4_999, Some(49)),
        (3, 5_000, Some(50)),
        (3, 90_000, Some(50)),
        (4, 5_000, Some(50)),
        (4, 19_999, Some(199)),
        (5, 20_000, Some(200)),
        (6, 20_000, Some(200)),
        (6, 99_999, Some(999)),
        (8, 100_000, Some(1_000)),
        (9, 499_999, Some(4_999)),
        (9, 800_000, Some(5_000)),
        (10, 500_000, Some(5_000)),
        (10, 800_000, Some(8_000)),
        (40, 90_000_000, Some(20_000)),
    ];
    for (hours, settled, points) in table {
        let facts = broadcast(hours * 60, settled, settled, 0);
        let award = award(&tiers, &facts.figures(NOW));
        assert_eq!(award.map(|award| award.points), points, "{hours} hours, {settled} yuan");
    }
}

#[test]
fn an_award_is_cut_down_to_what_is_left() {
    let check = |points, coupons, left, expected: Option<(i64, u32)>| {
        let cut = Award { points, coupons }.within(left);
        assert_eq!(cut.map(|award| (award.points, award.coupons)), expected, "{coupons} × {points} within {left}");
    };
    check(500, 3, 1_500, Some((500, 3)));
    check(500, 3, 1_499, Some((500, 2)));
    check(500, 3, 499, Some((499, 1)));
    check(500, 1, 120, Some((120, 1)));
    check(500, 1, 0, None);
    check(500, 2, -7, None);
}

#[test]
fn in_12_what_a_debt_leaves_of_an_award_is_whole_coupons_and_a_smaller_one() {
    let award = Award { points: 500, coupons: 3 };
    assert_eq!(award.faces(1_500), [500, 500, 500]);
    assert_eq!(award.faces(1_100), [500, 500, 100]);
    assert_eq!(award.faces(30), [30]);
    assert_eq!(award.faces(0), [0; 0]);
    assert_eq!(award.faces(9_000), [500, 500, 500]);
}

#[test]
fn facts_that_cannot_be_are_refused() {
    let counts = |part: i64, whole: i64| BroadcastCounts {
        own_viewers: Some(Figure::reported(part)),
        viewers: Some(Figure::reported(whole)),
        follower_gain: Some(Figure::reported(-5)),
        ..BroadcastCounts::default()
    };
    assert_eq!(counts(10, 10).check(), Ok(()));
    assert_eq!(counts(11, 10).check(), Err(FactsError::PartAboveWhole));
    assert_eq!(counts(-1, 10).check(), Err(FactsError::Negative));
    let standing = |score, last: i64| Standing {
        shop_score_hundredths: Some(score),
        last_broadcast_at: Some(NOW.plus_ms(last)),
        ..Standing::default()
    };
    assert_eq!(standing(410, 0).check(NOW), Ok(()));
    assert_eq!(standing(-1, 0).check(NOW), Err(FactsError::Negative));
    assert_eq!(standing(410, 1).check(NOW), Err(FactsError::InFuture));
}

#[test]
fn periods_begin_on_mondays_and_firsts_in_shanghai() {
    let day = |text: &str| text.parse::<Day>().unwrap();
    // 2026-11-20 is a Friday.
    let week = Period::Week.first_day(day("2026-11-20").start());
    assert_eq!((week, Period::Week.end(week)), (day("2026-11-16"), day("2026-11-23").start()));
    assert_eq!(Period::Week.first_day(day("2026-11-16").start()), day("2026-11-16"));
    assert_eq!(Period::Week.first_day(day("2026-11-23").start().plus_ms(-1)), day("2026-11-16"));
    assert_eq!(Period::Week.first_day(Timestamp::from_ms(0)), day("1969-12-29"));
    let month = Period::Month.first_day(day("2026-12-31").end().plus_ms(-1));
    assert_eq!((month, Period::Month.end(month)), (day("2026-12-01"), day("2027-01-01").start()));
    assert_eq!(month_of(day("2026-12-31").end().plus_ms(-1)), 202_612);
    assert_eq!(month_of(day("2026-12-31").end()), 202_701);
}

fn target(paid: i64, settlement_rate_permille: Option<i64>, is_over: bool) -> Vec<(String, i64)> {
    let RewardRule::Target(rule) = ProgrammeTerms::preset(ProgrammeKind::Benchmark).rewards else { panic!("target") };
    let progress = TargetProgress { target_fen: 100_000_000, paid_fen: paid * 100, settlement_rate_permille, is_over };
    let parts = rule.parts(APPLICATION, progress).into_iter();
    let name = |task: Task| task.key().replace(&APPLICATION.to_string(), "a");
    parts.map(|(task, worth)| (name(task), worth)).collect()
}

/// Target 1 000 000 yuan: what has been earned in all, at each part.
#[test]
fn in_08_steps_bring_one_percent_in_total_and_half_a_percent_for_settlement() {
    let check = |paid, rate, over, expected: &[(&str, i64)]| {
        let expected: Vec<_> = expected.iter().map(|(name, worth)| ((*name).to_owned(), *worth)).collect();
        assert_eq!(target(paid, rate, over), expected, "{paid} yuan, settled {rate:?}, over {over}");
    };
    check(249_999, None, false, &[]);
    check(250_000, None, false, &[("step:a:250", 2_500)]);
    check(800_000, None, false, &[("step:a:250", 2_500), ("step:a:500", 5_000), ("step:a:750", 7_500)]);
    let whole = [("step:a:250", 2_500), ("step:a:500", 5_000), ("step:a:750", 7_500), ("step:a:1000", 12_000)];
    check(1_200_000, None, false, &whole);
    check(1_200_000, Some(599), true, &[&whole[..], &[("rest:a", 12_000)]].concat());
    check(1_200_000, Some(600), true, &[&whole[..], &[("rest:a", 12_000), ("bonus:a", 18_000)]].concat());
    check(300_000, Some(900), true, &[("step:a:250", 2_500), ("rest:a", 2_500), ("bonus:a", 3_750)]);
    check(100_000, Some(900), true, &[]);
    let capped = target(90_000_000, Some(900), true);
    assert_eq!(capped.last(), Some(&("bonus:a".to_owned(), 300_000)));
    assert!(capped.iter().all(|(_, worth)| *worth <= 300_000));
}

#[test]
fn in_12_each_limit_of_the_policy_is_found() {
    let nothing = Figures::default();
    assert_eq!(findings(&nothing, &policy()), []);
    let session = |refunded| broadcast(60, 1_000, 0, refunded).figures(NOW);
    assert_eq!(findings(&session(400), &policy()), [], "40% is the limit itself");
    assert_eq!(findings(&session(401), &policy()), [AbuseReason::RefundRate]);
    assert_eq!(findings(&broadcast(60, 10_000, 0, 4_001).figures(NOW), &policy()), [AbuseReason::RefundRate]);
    let complained = |complaints| {
        let counts = BroadcastCounts { complaints: Some(Figure::reported(complaints)), ..BroadcastCounts::default() };
        BroadcastFacts { counts, ..broadcast(60, 0, 0, 0) }.figures(NOW)
    };
    assert_eq!(findings(&complained(20), &policy()), []);
    assert_eq!(findings(&complained(21), &policy()), [AbuseReason::Complaints]);
    let standing = |score, credit: i64, flags: [bool; 3]| {
        let standing = Standing {
            shop_score_hundredths: Some(score),
            counterfeit_goods: flags[0],
            shop_closed: flags[1],
            content_violation: flags[2],
            ..Standing::default()
        };
        findings(&AccountFacts::of(RoomHistory::default(), standing, credit).figures(NOW), &policy())
    };
    assert_eq!(standing(410, 85, [false; 3]), []);
    assert_eq!(standing(409, 85, [false; 3]), [AbuseReason::ShopScore]);
    assert_eq!(standing(410, 84, [false; 3]), [AbuseReason::CreditScore]);
    let all = [AbuseReason::CounterfeitGoods, AbuseReason::ShopClosed, AbuseReason::ContentViolation];
    assert_eq!(standing(500, 100, [true; 3]), all);
}

#[test]
fn in_12_a_debt_is_paid_by_later_rewards() {
    assert_eq!(net(500, 0), (0, 500));
    assert_eq!(net(500, 200), (200, 300));
    assert_eq!(net(500, 900), (500, 0));
    assert_eq!(net(500, -3), (0, 500));
}

#[test]
fn in_12_a_measure_says_why_and_how_long() {
    let measure = |kind, until: Option<i64>, evidence: &str| Measure {
        id: crate::id::IncentiveMeasureId::new(1),
        tenant: TenantId::new(1),
        party: PartyId::new(10),
        kind,
        reason: AbuseReason::FakeOrders,
        evidence: evidence.to_owned(),
        operator: PartyId::new(20),
        at: NOW,
        until: until.map(|ms| NOW.plus_ms(ms)),
        lifted_at: None,
        recalled_points: 0,
        owed_points: 0,
        version: 1,
    };
    let check = |kind, until, evidence| measure(kind, until, evidence).check();
    assert_eq!(check(MeasureKind::Limit, Some(DAY_MS), "orders 7 to 90 came from one device"), Ok(()));
    assert_eq!(check(MeasureKind::End, None, "x"), Ok(()));
    assert_eq!(check(MeasureKind::End, Some(DAY_MS), "x"), Err(TakeMeasureError::BadUntil));
    assert_eq!(check(MeasureKind::Limit, None, "x"), Err(TakeMeasureError::BadUntil));
    assert_eq!(check(MeasureKind::Limit, Some(0), "x"), Err(TakeMeasureError::OverAlready));
    assert!(matches!(check(MeasureKind::End, None, " "), Err(TakeMeasureError::BadEvidence { .. })));
    let limit = measure(MeasureKind::Limit, Some(DAY_MS), "x");
    assert_eq!(limit.state(NOW.plus_ms(DAY_MS - 1)), MeasureState::InForce);
    assert_eq!(limit.state(NOW.plus_ms(DAY_MS)), MeasureState::Over);
    assert_eq!(Measure { lifted_at: Some(NOW), ..limit }.state(NOW), MeasureState::Lifted);
}
