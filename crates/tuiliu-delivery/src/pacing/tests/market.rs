//! Markets that change, share prices, sell rarely, or come when nobody planned them.

use super::*;
use crate::pacing::landscape::Level;

/// One auction and when it is, in milliseconds from the start.
#[derive(Clone, Copy)]
struct At {
    ms: i64,
    sample: PriceSample,
}

/// The stream of [`stream`] at even times, each price per result multiplied by what `change` says of its place, 0 to 1.
fn market(seed: u64, auctions: u32, change: impl Fn(f64) -> f64) -> Vec<At> {
    let all = stream(seed, auctions);
    let whole = i64::from(auctions);
    let at = |(nth, sample): (i64, &PriceSample)| {
        let price = approximate(sample.price.get()) * change(approximate(nth) / approximate(whole));
        At { ms: WINDOW_MS * nth / whole, sample: PriceSample { price: Micros::new(round_to_count(price)), ..*sample } }
    };
    (0_i64..).zip(&all).map(at).collect()
}

fn affordable_of(market: &[At], share: f64) -> i64 {
    round_to_count(market.iter().map(|one| cost(&one.sample)).sum::<f64>() * share)
}

/// How a window is run.
struct Run {
    /// Auctions between two ticks.
    every: usize,
    start: i64,
}

const USUAL: Run = Run { every: 50, start: UNIT };

/// Runs a window in which every impression is paid by what it costs; the value is a share of the best for the budget.
fn window(plan: &Plan, market: &[At], how: &Run) -> (Ended, Vec<Pace>) {
    let mut rng = Rng::seeded(5);
    let cell = PacingCell::new(Micros::new(how.start));
    let mut state = PacerState::starting(Micros::new(how.start));
    let mut landscape = Landscape::default();
    let budget = approximate(plan.budget.get());
    let (mut spent, mut results, mut squares) = (0.0, 0.0, 0.0);
    let mut paces = Vec::new();
    for (nth, At { ms, sample }) in (0_u64..).zip(market) {
        if usize::try_from(nth).unwrap().is_multiple_of(how.every) {
            let now = NOON.plus_ms(*ms);
            let seen = Observation { now, spent: Micros::new(round_to_count(spent)), predicted: None, auctions: nth };
            let (next, pace) = state.tick(plan, seen, &landscape);
            state = next;
            pace.put_into(&cell);
            paces.push(pace);
            squares += (approximate(plan.planned_spend(now).get()) / budget - spent / budget).powi(2);
        }
        let takes_part = rng.below_million() < cell.participation_millionths();
        if takes_part && cell.price() >= sample.price && spent + cost(sample) <= budget {
            spent += cost(sample);
            results += sample.rate.number();
        }
        landscape.add(*sample);
    }
    let unsteady = (squares / approximate(i64::try_from(paces.len()).unwrap())).sqrt();
    (Ended { spent: spent / budget, value: results / best(market, budget), unsteady }, paces)
}

/// Results of one who knows every auction beforehand and can buy a part of an impression.
fn best(market: &[At], budget: f64) -> f64 {
    let mut by_price: Vec<&PriceSample> = market.iter().map(|one| &one.sample).collect();
    by_price.sort_by_key(|sample| sample.price);
    let (mut left, mut results) = (budget, 0.0);
    for sample in by_price {
        let part = (left / cost(sample).max(1e-9)).min(1.0);
        results += part * sample.rate.number();
        left -= part * cost(sample);
        if part < 1.0 {
            break;
        }
    }
    results
}

fn check(name: &str, ended: &Ended, spent: f64, value: f64, unsteady: f64) {
    let told = format!("{name}: spent {:.4}, value {:.4}, rms {:.4}", ended.spent, ended.value, ended.unsteady);
    assert!((spent..=1.0).contains(&ended.spent) && ended.value >= value && ended.unsteady <= unsteady, "{told}");
}

#[test]
fn dl_06_a_steady_market_is_bought_at_nearly_the_best_price() {
    let steady = market(11, 40_000, |_| 1.0);
    for (parts, value) in [(128.0, 0.95), (32.0, 0.985), (16.0, 0.985), (8.0, 0.985), (4.0, 0.985), (2.0, 0.985)] {
        let plan = plan(affordable_of(&steady, 1.0 / parts));
        let (ended, _) = window(&plan, &steady, &USUAL);
        check(&format!("1/{parts}"), &ended, 0.995, value, 0.15);
    }
}

#[test]
fn dl_06_prices_that_drift_or_jump_are_followed() {
    let rising = market(12, 40_000, |at| 1.0 + at);
    check("rising", &window(&plan(affordable_of(&rising, 0.1)), &rising, &USUAL).0, 0.99, 0.90, 0.15);
    let falling = market(12, 40_000, |at| 2.0 - at);
    check("falling", &window(&plan(affordable_of(&falling, 0.1)), &falling, &USUAL).0, 0.99, 0.90, 0.15);
    let jump = market(13, 40_000, |at| if at < 0.5 { 1.0 } else { 3.0 });
    check("jump", &window(&plan(affordable_of(&jump, 0.1)), &jump, &USUAL).0, 0.99, 0.70, 0.15);
    let fall = market(13, 40_000, |at| if at < 0.5 { 3.0 } else { 1.0 });
    check("fall", &window(&plan(affordable_of(&fall, 0.1)), &fall, &USUAL).0, 0.99, 0.70, 0.15);
}

#[test]
fn dl_06_hours_without_traffic_are_made_up_for() {
    let mut gap = market(14, 40_000, |_| 1.0);
    gap.retain(|one| !(WINDOW_MS * 4 / 10..WINDOW_MS * 6 / 10).contains(&one.ms));
    let (ended, _) = window(&plan(affordable_of(&gap, 0.1)), &gap, &USUAL);
    check("gap", &ended, 0.99, 0.93, 0.15);
}

#[test]
fn dl_06_a_plan_wrong_by_30_percent_costs_little() {
    let even = market(15, 40_000, |_| 1.0);
    // The window is from 23:06 to 03:06 in China.
    let shapes =
        [("early", [130, 130, 70, 70, 70]), ("late", [70, 70, 130, 130, 130]), ("turns", [130, 70, 130, 70, 130])];
    for (name, [first, second, third, fourth, fifth]) in shapes {
        let mut weights = [100; 24];
        (weights[23], weights[0], weights[1], weights[2], weights[3]) = (first, second, third, fourth, fifth);
        let wrong = Plan { shape: TrafficShape::new(weights).into(), ..plan(affordable_of(&even, 0.125)) };
        let (ended, _) = window(&wrong, &even, &USUAL);
        check(name, &ended, 0.99, 0.975, 0.30);
    }
}

#[test]
fn dl_06_where_many_share_a_price_as_many_are_bought_as_can_be_paid() {
    // Two thirds of all auctions cost the same; the others are dearer or cheaper.
    let mut tied = market(16, 30_000, |_| 1.0);
    let shared = PriceSample { price: Micros::new(3 * UNIT), rate: Rate::from_number(0.05) };
    tied.iter_mut().enumerate().filter(|(nth, _)| nth % 3 > 0).for_each(|(_, one)| one.sample = shared);
    for share in [0.01, 0.1, 0.3, 0.6] {
        let (ended, _) = window(&plan(affordable_of(&tied, share)), &tied, &USUAL);
        check(&format!("tied, {share}"), &ended, 0.99, 0.96, 0.15);
    }
}

#[test]
fn dl_06_a_budget_for_a_dozen_impressions_is_used_well() {
    let (mut spent, mut value) = (0.0, 0.0);
    for seed in 0..20 {
        let short = market(100 + seed, 2_000, |_| 1.0);
        let (ended, _) = window(&plan(affordable_of(&short, 0.003)), &short, &Run { every: 1, ..USUAL });
        assert!(ended.spent <= 1.0);
        spent += ended.spent / 20.0;
        value += ended.value / 20.0;
    }
    assert!(spent > 0.9 && value > 0.75, "spent {spent:.3}, value {value:.3}");
}

#[test]
fn dl_06_money_is_kept_back_for_rare_impressions_worth_many_others() {
    // Impressions bring a two-hundredth of the usual, but one in 500 nearly surely brings a result.
    let mut ordinary = market(17, 20_000, |_| 200.0);
    ordinary.iter_mut().for_each(|one| one.sample.rate = Rate::from_number(one.sample.rate.number() / 200.0));
    let mut rare = ordinary.clone();
    let find = PriceSample { price: Micros::new(UNIT), rate: Rate::from_number(0.9) };
    rare.iter_mut().enumerate().filter(|(nth, _)| nth % 500 == 499).for_each(|(_, one)| one.sample = find);
    let mut landscape = Landscape::default();
    rare.iter().for_each(|one| landscape.add(one.sample));
    let held = landscape.hold_back(approximate(2 * UNIT), 200.0);
    assert!(held > 0.8 * cost(&find), "the price of one is kept: {held}");
    let plenty = landscape.hold_back(approximate(1_000 * UNIT), 20_000.0);
    assert!(plenty == 0.0, "with plenty there is no need: {plenty}");
    let mut landscape = Landscape::default();
    ordinary.iter().for_each(|one| landscape.add(one.sample));
    let held = landscape.hold_back(approximate(2 * UNIT), 200.0);
    assert!(held < 0.5 * cost(&find), "ordinary ones are not waited for: {held}");
}

#[test]
fn dl_06_after_too_much_spend_the_rest_is_spread_over_the_rest() {
    let steady = market(18, 4_000, |_| 1.0);
    let mut landscape = Landscape::default();
    steady.iter().for_each(|one| landscape.add(one.sample));
    let plan = plan(affordable_of(&steady, 0.5));
    let seen = |tenths: i64, spent_percent: i64| Observation {
        now: NOON.plus_ms(WINDOW_MS * tenths / 10),
        spent: Micros::new(plan.budget.get() * spent_percent / 100),
        predicted: None,
        auctions: 400 * u64::try_from(tenths).unwrap(),
    };
    let (state, _) = PacerState::starting(Micros::new(UNIT)).tick(&plan, seen(1, 80), &landscape);
    let (_, pace) = state.tick(&plan, seen(2, 80), &landscape);
    let lowest = approximate(landscape.price_quantile(0.05).unwrap().get()) * 0.3;
    assert!(approximate(pace.price.get()) >= lowest.floor() && pace.participation_millionths > 0, "{pace:?}");
    let (_, even) = PacerState::starting(Micros::new(UNIT)).tick(&plan, seen(2, 20), &landscape);
    assert!(pace.price < even.price, "less than without: {pace:?}, {even:?}");
    let (_, gone) = state.tick(&plan, seen(2, 100), &landscape);
    assert!(approximate(gone.price.get()) >= lowest.floor(), "something is always tried: {gone:?}");
}

#[test]
fn dl_06_learning_takes_a_tenth_of_the_budget_at_most() {
    let plan = plan(100 * UNIT);
    let mut landscape = Landscape::default();
    stream(19, 40).iter().for_each(|sample| landscape.add(*sample));
    let seen = |spent: i64, auctions| Observation {
        now: NOON.plus_ms(WINDOW_MS / 1_000),
        spent: Micros::new(spent * UNIT),
        predicted: None,
        auctions,
    };
    let start = PacerState::starting(Micros::new(50 * UNIT));
    let (_, pace) = start.tick(&plan, seen(9, 40), &landscape);
    assert_eq!(pace.participation_millionths, WHOLE_SHARE);
    let (state, pace) = start.tick(&plan, seen(11, 40), &landscape);
    assert_eq!(pace.participation_millionths, 0, "prices are learnt from lost auctions too");
    stream(20, 40).iter().for_each(|sample| landscape.add(*sample));
    let (_, pace) = state.tick(&plan, seen(11, 80), &landscape);
    assert!(pace.participation_millionths > 0, "{pace:?}");
}

#[test]
fn dl_04_a_bid_that_stays_too_low_is_told_with_what_it_will_spend() {
    let steady = market(21, 20_000, |_| 1.0);
    let budget = affordable_of(&steady, 0.5);
    let mut prices: Vec<Micros> = steady.iter().map(|one| one.sample.price).collect();
    prices.sort_unstable();
    let limited = Plan { price_limit: prices[prices.len() / 10], ..plan(budget) };
    let (ended, paces) = window(&limited, &steady, &USUAL);
    assert!(paces.iter().all(|pace| pace.price <= limited.price_limit));
    assert!(paces[..paces.len() * 14 / 100].iter().all(|pace| pace.bid_too_low.is_none()));
    for pace in &paces[paces.len() * 17 / 100..] {
        let told = f64::from(pace.bid_too_low.expect("it is too low").millionths) / 1e6;
        assert!((told - ended.spent).abs() < 0.03, "told {told:.3}, came {:.3}", ended.spent);
    }
    let (_, paces) = window(&plan(budget), &steady, &USUAL);
    assert!(paces.iter().all(|pace| pace.bid_too_low.is_none()), "a high limit is never too low");
}

#[test]
fn dl_06_the_same_auctions_bring_the_same() {
    let market = market(22, 10_000, |at| 1.0 + at);
    let plan = plan(affordable_of(&market, 0.1));
    let (_, first) = window(&plan, &market, &USUAL);
    let (_, again) = window(&plan, &market, &USUAL);
    assert_eq!(first, again);
}

#[test]
fn an_auction_of_weight_stands_for_as_many() {
    let (mut single, mut weighted) = (Landscape::default(), Landscape::default());
    for (nth, sample) in (0_u32..).zip(&stream(24, 2_000)) {
        let weight = 1 + nth % 4;
        weighted.add_weighted(*sample, weight);
        (0..weight).for_each(|_| single.add(*sample));
    }
    assert_eq!(single.seen(), weighted.seen());
    for per_auction in [1_000.0, 10_000.0, 100_000.0] {
        let (one, other) = (single.level_for(per_auction), weighted.level_for(per_auction));
        assert!((one.price / other.price - 1.0).abs() < 1e-3, "{one:?}, {other:?}");
    }
}

#[test]
fn one_auction_of_any_weight_pushes_out_no_more_than_a_tenth() {
    let mut landscape = Landscape::default();
    stream(26, 100_000).iter().for_each(|sample| landscape.add(*sample));
    let before = landscape.outlook(Micros::new(1_000 * UNIT));
    landscape.add_weighted(PriceSample { price: Micros::new(UNIT), rate: Rate::from_billionths(1) }, u32::MAX);
    let after = landscape.outlook(Micros::new(1_000 * UNIT));
    assert!((0.85..1.0).contains(&(after.spend / before.spend)), "{before:?}, {after:?}");
}

#[test]
fn the_level_spends_what_is_wanted() {
    let samples = stream(25, 5_000);
    let mut landscape = Landscape::default();
    samples.iter().for_each(|sample| landscape.add(*sample));
    let offered: f64 = samples.iter().map(cost).sum::<f64>() / 5_000.0;
    for share in [0.01, 0.1, 0.5, 0.9] {
        let Level { price, shared } = landscape.level_for(offered * share);
        assert_eq!(shared, None);
        let won = samples.iter().filter(|sample| approximate(sample.price.get()) <= price);
        let spends = won.map(cost).sum::<f64>() / 5_000.0;
        // Newer auctions weigh a little more, and prices are known to within their step.
        assert!((spends / (offered * share) - 1.0).abs() < 0.1, "{share}: {spends} of {}", offered * share);
        let outlook = landscape.outlook(Micros::new(round_to_count(price)));
        assert!((outlook.spend / (offered * share) - 1.0).abs() < 1e-3, "{share}: {outlook:?}");
        assert!(outlook.results > 0.0);
    }
}
