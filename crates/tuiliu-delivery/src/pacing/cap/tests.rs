use std::collections::VecDeque;
use std::sync::Arc;

use tuiliu_domain::time::{HOUR_MS, MINUTE_MS, Timestamp};

use super::*;
use crate::pacing::{Observation, PacingCell, PriceSample, TrafficShape};
use crate::random::Rng;
use crate::tests::{NOON, UNIT};

const WINDOW_MS: i64 = 4 * HOUR_MS;

/// A market in which only results are paid.
#[derive(Clone, Copy)]
struct Market {
    seed: u64,
    auctions: u32,
    /// Budget and cap in units.
    budget: i64,
    cost_max: f64,
    /// Results for each predicted one.
    come: f64,
    /// How long results take until they are charged, and until they are learnt from.
    charged_ms: i64,
    matured_ms: i64,
    /// Prices at the end of the window, for each at its beginning.
    drift: f64,
}

const USUAL: Market = Market {
    seed: 1,
    auctions: 30_000,
    budget: 100_000,
    cost_max: 1.2,
    come: 1.0,
    charged_ms: 0,
    matured_ms: 0,
    drift: 1.0,
};

impl Market {
    fn plan(&self) -> Plan {
        Plan {
            starts_at: NOON,
            ends_at: NOON.plus_ms(WINDOW_MS),
            budget: Micros::new(self.budget * UNIT),
            shape: Arc::new(TrafficShape::default()),
            price_min: Micros::new(1),
            price_limit: Micros::new(1_000 * UNIT),
        }
    }

    fn cap(&self) -> CostCap {
        CostCap { cost_max: Micros::new(round_to_count(self.cost_max * approximate(UNIT))) }
    }

    /// Auctions, each with a number that says whether winning it brings a result.
    fn stream(&self) -> Vec<(Timestamp, PriceSample, f64)> {
        let mut rng = Rng::seeded(self.seed);
        let mut uniform = || f64::from(rng.below_million()) / 1e6;
        (0..self.auctions)
            .map(|nth| {
                let at = f64::from(nth) / f64::from(self.auctions);
                let rate = 0.02 + 0.2 * uniform() * uniform();
                let price = approximate(UNIT) * (0.3 + 4.0 * uniform() * uniform()) * (1.0 + (self.drift - 1.0) * at);
                let sample = PriceSample { price: Micros::new(round_to_count(price)), rate: Rate::from_number(rate) };
                (NOON.plus_ms(round_to_count(at * approximate(WINDOW_MS))), sample, uniform())
            })
            .collect()
    }

    /// Most results of one who knows all of them and may choose one bid.
    fn best(&self) -> f64 {
        let mut won: Vec<_> = self.stream();
        won.retain(|(_, sample, chance)| *chance < sample.rate.number() * self.come);
        won.sort_by_key(|(_, sample, _)| sample.price);
        let (mut spent, mut best) = (0, 0.0);
        for (count, (_, sample, _)) in (1_i64..).zip(won) {
            spent += sample.price.get();
            if spent <= self.cap().cost_max.get() * count && spent <= self.budget * UNIT {
                best = approximate(count);
            }
        }
        best
    }

    /// Buys a window; answers the mean cost of a result for each unit of the cap, and how many there were.
    fn buy(&self) -> (f64, f64) {
        let (plan, cap) = (self.plan(), self.cap());
        let mut rng = Rng::seeded(77);
        let cell = PacingCell::new(cap.cost_max);
        let mut pacer = PacerState::starting(cap.cost_max);
        let mut landscape = Landscape::default();
        let mut bought = Bought { spent: Micros::ZERO, results: 0, due: ResultsDue::default() };
        let mut reserved = 0;
        let mut charges: VecDeque<(Timestamp, Micros)> = VecDeque::new();
        let mut outcomes: VecDeque<(Timestamp, PriceSample, bool)> = VecDeque::new();
        for (auctions, (now, sample, chance)) in (0_u64..).zip(self.stream()) {
            while let Some((_, price)) = charges.pop_front_if(|(at, _)| *at <= now) {
                bought.spent = Micros::new(bought.spent.get() + price.get());
                bought.results += 1;
                bought.due.charge(price, self.charged_ms < self.matured_ms);
            }
            while let Some((_, sample, result)) = outcomes.pop_front_if(|(at, ..)| *at <= now) {
                bought.due.mature(sample.price, sample.rate, result);
            }
            if auctions.is_multiple_of(50) {
                let plan = Plan { price_limit: cap.bid_max(&plan, &bought, &pacer, &landscape), ..plan.clone() };
                let seen = Observation { now, spent: bought.spent, predicted: None, auctions };
                let (next, pace) = pacer.tick(&plan, seen, &landscape);
                pacer = next;
                pace.put_into(&cell);
            }
            landscape.add(sample);
            let takes_part = rng.below_million() < cell.participation_millionths();
            if takes_part && cell.price() >= sample.price && reserved + sample.price.get() <= plan.budget.get() {
                let result = chance < sample.rate.number() * self.come;
                bought.due.show(sample.price, sample.rate);
                outcomes.push_back((now.plus_ms(self.matured_ms), sample, result));
                if result {
                    reserved += sample.price.get();
                    charges.push_back((now.plus_ms(self.charged_ms), sample.price));
                }
            }
        }
        let late: i64 = charges.iter().map(|(_, price)| price.get()).sum();
        let results = approximate(i64::try_from(bought.results).unwrap() + i64::try_from(charges.len()).unwrap());
        let cost = approximate(bought.spent.get() + late) / results.max(1.0);
        (cost / approximate(cap.cost_max.get()), results)
    }
}

/// The cap is kept within 2%, with at least this share of the results of the best single bid known in hindsight.
#[track_caller]
fn check(name: &str, market: Market, share: f64) {
    for seed in 1..=4 {
        let market = Market { seed, ..market };
        let ((cost, results), best) = (market.buy(), market.best());
        let told = format!("{name}, seed {seed}: cost {cost:.3}, {results} results of {best}");
        assert!(results >= 100.0 && cost <= 1.02 && results >= share * best, "{told}");
    }
}

#[test]
fn dl_04_results_cost_no_more_than_the_cap_on_average() {
    check("usual", USUAL, 0.95);
    check("tight", Market { cost_max: 0.6, ..USUAL }, 0.95);
    check("loose", Market { cost_max: 5.0, ..USUAL }, 0.95);
    check("few auctions", Market { auctions: 4_000, ..USUAL }, 0.95);
    check("scarce budget", Market { budget: 500, ..USUAL }, 0.95);
}

#[test]
fn dl_04_wrong_predictions_and_late_results_do_not_break_the_cap() {
    check("half as many", Market { come: 0.5, ..USUAL }, 0.95);
    check("twice as many", Market { come: 2.0, ..USUAL }, 0.95);
    let held = Market { charged_ms: 10 * MINUTE_MS, matured_ms: 5 * MINUTE_MS, ..USUAL };
    check("charged long after they are learnt", held, 0.95);
    let slow = Market { charged_ms: 5 * MINUTE_MS, matured_ms: 20 * MINUTE_MS, ..USUAL };
    check("charged long before they are learnt", slow, 0.95);
    check("dearer by the hour", Market { drift: 2.0, ..USUAL }, 0.95);
    check("cheaper by the hour", Market { drift: 0.5, ..USUAL }, 0.95);
}

#[test]
fn until_prices_are_known_a_result_costs_at_most_the_cap() {
    let (plan, cap) = (USUAL.plan(), USUAL.cap());
    let bought = Bought { spent: Micros::ZERO, results: 0, due: ResultsDue::default() };
    let pacer = PacerState::starting(cap.cost_max);
    assert_eq!(cap.bid_max(&plan, &bought, &pacer, &Landscape::default()), cap.cost_max);
    assert_eq!(cap.price_limit(Micros::new(7)), Micros::new(7), "the policy's limit is kept");
}

#[test]
fn a_deficit_that_cannot_be_repaid_is_carried_on_and_something_is_always_tried() {
    let (plan, cap) = (USUAL.plan(), USUAL.cap());
    let pacer = PacerState::starting(cap.cost_max).expecting(1_000);
    let mut landscape = Landscape::default();
    USUAL.stream().iter().take(500).for_each(|(_, sample, _)| landscape.add(*sample));
    let mut bought = Bought { spent: Micros::new(5_000 * UNIT), results: 10, due: ResultsDue::default() };
    let bid = cap.bid_max(&plan, &bought, &pacer, &landscape);
    let mean = landscape.outlook(bid);
    let mean = mean.spend / mean.results / approximate(cap.cost_max.get());
    assert!((0.65..=0.7001).contains(&mean), "{mean}");
    bought.spent = Micros::new(50 * UNIT);
    let out_of_reach = CostCap { cost_max: Micros::new(1_000) };
    let cheapest = approximate(landscape.price_quantile(CHEAPEST).unwrap().get());
    let bid = out_of_reach.bid_max(&plan, &bought, &pacer, &landscape);
    assert!((approximate(bid.get()) - (FLOOR * cheapest).min(100_000.0)).abs() <= 1.0, "{bid:?}");
}

#[test]
fn what_is_still_to_come_is_expected_once() {
    let (price, rate) = (Micros::new(10), Rate::from_number(0.25));
    let pending = |due: &ResultsDue| {
        let Outlook { spend, results } = due.pending(due.calibration());
        (round_to_count(spend), round_to_count(results))
    };
    let mut due = ResultsDue::default();
    (0..8).for_each(|_| due.show(price, rate));
    assert_eq!(pending(&due), (20, 2));
    due.charge(price, true);
    assert_eq!(pending(&due), (10, 1), "one of the two has come");
    due.mature(price, rate, true);
    (0..7).for_each(|nth| due.mature(price, rate, nth == 0));
    assert_eq!(pending(&due), (10, 1), "the other waits for its charge");
    due.charge(price, false);
    assert_eq!(pending(&due), (0, 0));
}
