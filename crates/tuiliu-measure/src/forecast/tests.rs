//! Ranks are exact, ranges hold as often as they say, groups back off to wider ones, and slow orders are told why.

use tuiliu_domain::money::Beans;
use tuiliu_domain::promotion::{Estimate, EstimateBasis, Expected, Goal, OrderForm, Range, Ranges};
use tuiliu_domain::time::{DAY_MS, HOUR_MS, Timestamp};

use super::*;

/// Even numbers between 0 and 1, the same every time.
struct Even(u64);

impl Even {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        f64::from(u32::try_from((z ^ (z >> 31)) >> 32).unwrap()) / f64::from(u32::MAX)
    }

    /// Nearly normal.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.next()).sum::<f64>() - 6.0
    }
}

fn check_rank(count: usize, tail: u32, expected: Option<usize>) {
    assert_eq!(conformal_rank(count, tail), expected, "{count} scores, tail {tail}");
}

#[test]
fn at_06_ranks_are_exact_and_need_enough_scores() {
    // measurement.md §3: 9 orders for 80%, 19 for 90%, 39 for 95%.
    check_rank(8, 100_000, None);
    check_rank(9, 100_000, Some(9));
    check_rank(18, 50_000, None);
    check_rank(19, 50_000, Some(19));
    check_rank(38, 25_000, None);
    check_rank(39, 25_000, Some(39));
    // Where floats would say 28 and 64: 30 × 0.9 and 70 × 0.9.
    check_rank(29, 100_000, Some(27));
    check_rank(69, 100_000, Some(63));
    check_rank(1_733, 200_000, Some(1_388));
    check_rank(0, 1_000_000, None);
    check_rank(5, 1_000_000, Some(1));
}

/// The cases of the reference whose scores lie around the rank; 1 375 lie below them and 333 above.
fn around_the_rank() -> Vec<QuantileForecast> {
    let text = include_str!("../../tests/fixtures/cqr_around_the_rank.csv");
    let case = |line: &str| {
        let numbers: Vec<f64> = line.split(',').map(|number| number.parse().unwrap()).collect();
        QuantileForecast { low: numbers[0], high: numbers[1], actual: numbers[2] }
    };
    text.lines().skip(1).map(case).collect()
}

#[test]
fn at_06_the_conformal_quantile_of_the_reference_is_exact() {
    let inside = QuantileForecast { low: 0.0, high: 2.0, actual: 1.0 };
    let outside = QuantileForecast { low: 0.0, high: 1.0, actual: 2.0 };
    let mut cases = around_the_rank();
    assert_eq!(cases.len(), 25);
    cases.extend([inside; 1_375]);
    cases.extend([outside; 333]);
    let found = margin(&cases, 200_000).unwrap();
    assert!((found - 0.043_922_811_640_680_52).abs() < 1e-15, "{found}");
    assert_eq!(margin(&cases[..3], 200_000), None);
    let (below, above) = margins(&cases, 100_000).unwrap();
    assert!(below <= found && above >= found, "{below} {above}");
}

fn order(hour: i64, budget: i64, point: i64, actual: i64) -> Comparable {
    let ended_at = Timestamp::from_ms(hour * HOUR_MS);
    let kind = Kind {
        point_by: PointBy::Replay,
        goal: Goal::Viewers,
        form: OrderForm::Plain,
        budget_band: budget_band(Beans::parse(budget).unwrap()),
        hour_band: hour_band(ended_at),
    };
    let figure = PointAndActual { point, actual };
    Comparable { kind, ended_at, figures: [figure; 3] }
}

#[test]
fn at_06_no_range_is_made_of_fewer_than_thirty() {
    let orders: Vec<Comparable> = (0..29).map(|nth| order(nth, 500, 100, 90 + nth)).collect();
    let kind = orders[0].kind;
    let groups = Groups::build(&orders, 30, Tails::EIGHTY_PERCENT);
    assert_eq!(groups.find(kind), None);
    assert_eq!(groups.comparables(kind), 29);
    let more: Vec<Comparable> = orders.into_iter().chain([order(30, 500, 100, 119)]).collect();
    let found = Groups::build(&more, 30, Tails::EIGHTY_PERCENT).find(kind).unwrap();
    assert_eq!(found.comparables, 30);
    // Actuals are 90 … 119: ranks ⌈31 × 0.9⌉ = 28 from both ends.
    assert_eq!(found.around(Figure::Results, 100), Range { low: 92, mid: 104, high: 117 });
    assert_eq!(found.around(Figure::Results, 0).low, 0);
}

#[test]
fn at_06_what_is_shown_names_where_it_comes_from() {
    let orders: Vec<Comparable> = (0..30).map(|nth| order(nth, 500, 100, 90 + nth)).collect();
    let kind = orders[0].kind;
    let range = |low, mid, high| Range { low, mid, high };
    let supposed = Ranges { results: range(1, 2, 3), views: range(4, 5, 6), duration_ms: range(50, 100, 105) };
    let expected = Expected { results: 100, views: 200, duration_ms: 100 };
    let told =
        |count: usize| shown(&Groups::build(&orders[..count], 30, Tails::EIGHTY_PERCENT), kind, expected, supposed);
    assert_eq!(told(29), Estimate { ranges: supposed, comparables: 29, basis: EstimateBasis::Prior });
    let Estimate { ranges, comparables, basis } = told(30);
    assert_eq!((comparables, basis), (30, EstimateBasis::Comparables));
    assert_eq!(ranges.results, range(92, 104, 117));
    assert_eq!(ranges.views, range(185, 209, 233));
    assert_eq!(ranges.duration_ms, range(92, 104, 105), "delivery ends with the window");
}

#[test]
fn at_06_a_small_group_backs_off_to_its_parents() {
    // The same hour of the day, another one, another budget: each too few alone.
    let mut orders = Vec::new();
    for nth in 0..20 {
        orders.push(order(nth * 24, 500, 100, 100));
        orders.push(order(nth * 24 + 12, 500, 100, 200));
        orders.push(order(nth * 24, 5_000, 100, 400));
    }
    let groups = Groups::build(&orders, 30, Tails::EIGHTY_PERCENT);
    let found = groups.find(orders[0].kind).unwrap();
    assert_eq!((found.level, found.comparables), (Level::Budget, 40));
    let wide = groups.find(Kind { budget_band: 0, ..orders[0].kind }).unwrap();
    assert_eq!((wide.level, wide.comparables), (Level::Form, 60));
    let other_goal = groups.find(Kind { goal: Goal::Follows, ..orders[0].kind }).unwrap();
    assert_eq!((other_goal.level, other_goal.comparables), (Level::Platform, 60));
    // A point that was made in another way errs in another way.
    assert_eq!(groups.find(Kind { point_by: PointBy::Prior, ..orders[0].kind }), None);
}

#[test]
fn at_06_bands_of_budget_and_hour() {
    let bands =
        [100, 299, 300, 3_000, 299_999, 300_000, 1_000_000].map(|beans| budget_band(Beans::parse(beans).unwrap()));
    assert_eq!(bands, [0, 0, 1, 3, 6, 7, 7]);
    // 20:00 in China is 12:00 in UTC.
    let bands = [0, 12, 16, 22].map(|hour| hour_band(Timestamp::from_ms(hour * HOUR_MS)));
    assert_eq!(bands, [1, 3, 0, 1]);
}

/// How often the range of the last 40 orders holds for the next one.
fn coverage(rounds: u32, spread: f64) -> f64 {
    let mut even = Even(7);
    let mut inside = 0_u32;
    for _ in 0..rounds {
        let scores = Scores::new((0..40).map(|_| even.normal() * spread));
        let range = scores.range(Tails::EIGHTY_PERCENT).unwrap();
        let next = even.normal() * spread;
        inside += u32::from(range.low <= next && next <= range.high);
    }
    f64::from(inside) / f64::from(rounds)
}

#[test]
fn at_06_ranges_hold_as_often_as_they_say() {
    for spread in [0.1, 1.0] {
        let found = coverage(4_000, spread);
        // Ranks make it 33 of 41, 80.5%; three standard errors are 1.9%.
        assert!((found - 33.0 / 41.0).abs() < 0.02, "{found} at spread {spread}");
    }
}

/// Coverage over the last half of 200 days of 20 orders whose scores drift by 1.5 deviations.
fn coverage_under_drift(adapts: bool) -> f64 {
    let mut even = Even(11);
    let target = Tails::EIGHTY_PERCENT;
    let (mut scores, mut tails) = (Scores::default(), target);
    let (mut inside, mut orders) = (0_u32, 0_u32);
    for day in 0..200_u32 {
        let drift = f64::from(day.saturating_sub(100)) / 100.0 * 1.5;
        let mut missed = Missed::default();
        let own: Vec<f64> = (0..20).map(|_| even.normal() + drift).collect();
        if let Some(range) = scores.range(tails).filter(|_| scores.len() >= 30) {
            for score in &own {
                let (below, above) = (u32::from(*score < range.low), u32::from(*score > range.high));
                missed = Missed { orders: missed.orders + 1, below: missed.below + below, above: missed.above + above };
                if day >= 100 {
                    orders += 1;
                    inside += 1 - below - above;
                }
            }
        }
        if adapts {
            tails = adapt(tails, target, missed);
        }
        own.into_iter().for_each(|score| scores.insert(score));
    }
    f64::from(inside) / f64::from(orders)
}

#[test]
fn at_06_ranges_follow_a_world_that_drifts() {
    let (fixed, adaptive) = (coverage_under_drift(false), coverage_under_drift(true));
    assert!(fixed < 0.74, "{fixed}");
    assert!((0.78..=0.86).contains(&adaptive), "{adaptive}");
}

#[test]
fn at_06_groups_adapt_by_whole_days() {
    let day = DAY_MS / HOUR_MS;
    let mut orders: Vec<Comparable> = (0..40).map(|nth| order(nth / 10, 500, 1_000, 900 + nth * 5)).collect();
    let kind = orders[0].kind;
    let before = Groups::build(&orders, 30, Tails::EIGHTY_PERCENT).find(kind).unwrap().around(Figure::Views, 1_000);
    // A day on which everybody gets far less: the ranges of the same day do not know of it yet.
    orders.extend((0..5).map(|_| order(day, 500, 1_000, 901)));
    let missed = Groups::build(&orders, 30, Tails::EIGHTY_PERCENT);
    orders.push(order(2 * day, 500, 1_000, 1_000));
    let after = Groups::build(&orders, 30, Tails::EIGHTY_PERCENT);
    let tails = |groups: &Groups| groups.find(kind).unwrap().around(Figure::Views, 1_000).low;
    assert!(tails(&after) <= tails(&missed) && tails(&missed) < before.low, "{before:?}");
}

#[test]
fn at_06_the_share_inside_is_counted() {
    let range = Range { low: 90, mid: 100, high: 110 };
    let share = share_inside([(range, 90), (range, 110), (range, 111), (range, 89)]);
    assert_eq!(share, Share { inside: 2, orders: 4 });
    assert_eq!(share.permille(), Some(500));
    assert_eq!(Share::default().permille(), None);
}

#[test]
fn a_group_forgets_its_oldest_orders() {
    let orders: Vec<Comparable> = (0..5_000).map(|_| order(0, 500, 100, 1)).collect();
    let later = (0..4_000).map(|_| order(1, 500, 100, 100));
    let groups = Groups::build(&orders.into_iter().chain(later).collect::<Vec<_>>(), 30, Tails::EIGHTY_PERCENT);
    let found = groups.find(order(0, 500, 100, 1).kind).unwrap();
    assert_eq!(found.comparables, COMPARABLES_PER_GROUP_MAX);
    assert_eq!(found.around(Figure::Results, 100), Range { low: 100, mid: 100, high: 100 });
}

fn check_slow(planned: f64, delivered: u64, expected: bool) {
    assert_eq!(Pace { planned, delivered }.is_slow(), expected, "{delivered} of {planned}");
}

#[test]
fn qb_13_only_what_chance_does_not_explain_is_slow() {
    // Upper 95% limits: 0 → 2.996, 10 → 16.96, 100 → 118.08.
    assert!((poisson_upper(0) - 2.995_732_273_553_991).abs() < 1e-12);
    assert!((poisson_upper(10) - 16.962_219_236_721_32).abs() < 1e-9);
    check_slow(3.0, 0, false);
    check_slow(4.0, 0, true);
    check_slow(19.0, 10, false);
    check_slow(20.0, 10, true);
    check_slow(138.0, 100, false);
    check_slow(140.0, 100, true);
    check_slow(0.0, 0, false);
}

#[test]
fn qb_13_the_cause_is_what_gains_most_in_the_replay() {
    let slow = Pace { planned: 200.0, delivered: 100 };
    let remedy = |cause, delivered| Remedy { cause, delivered };
    let remedies = [
        remedy(Cause::Audience, 99.0),
        remedy(Cause::SameAudience, 114.0),
        remedy(Cause::Quality, 125.0),
        remedy(Cause::Bid, 180.0),
    ];
    let told = diagnose(slow, 100.0, &remedies);
    assert_eq!(told.cause(), Some(Cause::Bid));
    let Verdict::Slow(gains) = told else { panic!("{told:?}") };
    let causes: Vec<Cause> = gains.iter().map(|(cause, _)| *cause).collect();
    assert_eq!(causes, [Cause::Bid, Cause::Quality], "15% more is not enough to be told");
    assert!((gains[0].1 - 0.8).abs() < 1e-12);
    assert_eq!(diagnose(slow, 100.0, &remedies[..2]), Verdict::Unexplained);
    let even = [remedy(Cause::Audience, 150.0), remedy(Cause::Bid, 160.0)];
    assert_eq!(diagnose(slow, 100.0, &even), Verdict::Unexplained, "neither stands out");
    assert_eq!(diagnose(Pace { planned: 110.0, delivered: 100 }, 100.0, &remedies), Verdict::OnPlan);
    // Nothing was won: whatever wins is the remedy.
    assert_eq!(
        diagnose(Pace { planned: 50.0, delivered: 0 }, 0.0, &[remedy(Cause::Bid, 3.0)]).cause(),
        Some(Cause::Bid)
    );
}

#[test]
fn qb_13_a_few_plays_say_little_of_quality() {
    let near = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    near(shrunk_rate(0, 0, 0.1), 0.1);
    near(shrunk_rate(0, 60, 0.1), 0.05);
    near(shrunk_rate(10, 540, 0.1), 16.0 / 600.0);
}
