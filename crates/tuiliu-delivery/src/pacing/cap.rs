//! A cap on what results cost on average, beside pacing (DL-04, delivery.md §4).
//!
//! Only results are paid, so their mean cost is what was charged over how many were charged; a bid may lie above the
//! cap as long as cheaper results make up for it. Each tick the highest bid is looked for with which the whole window
//! keeps the cap: what was charged, what is still to come of impressions shown, and the rest of the window by the
//! landscape. The pacer bids the lower of this and what the budget allows.

use tuiliu_domain::money::Micros;

use super::landscape::{Landscape, Outlook};
use super::state::{CHEAPEST, FLOOR, SAMPLES_MIN};
use super::{PacerState, Plan};
use crate::approximate::{approximate, round_to_count};
use crate::bidding::BID_OVER_COST_MAX;
use crate::predict::Rate;

/// Results that the belief in the predictions weighs against what really came.
const BELIEF_RESULTS: f64 = 10.0;
/// Cost of a result, as a share of the cap, below which the past asks nothing more of the rest of the window.
const AMORTISED: f64 = 0.7;
/// Bids that are tried, in equal ratios, and how often the gap between the best and the next is halved.
const STEPS: u32 = 96;
const HALVINGS: u32 = 16;

/// What shown impressions of one order were predicted to cost and to bring, and what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ResultsDue {
    /// Predicted of impressions whose result may still come.
    waiting: Outlook,
    /// Predicted of impressions whose result had its time, and what came of them.
    matured: Outlook,
    came: Outlook,
    /// Charged of impressions of which a prediction is known, and the part of it whose time is not over.
    charged: Outlook,
    early: Outlook,
}

impl ResultsDue {
    /// An impression was shown: a result of it costs this much and is so likely.
    pub fn show(&mut self, price: Micros, rate: Rate) {
        change(&mut self.waiting, price, rate.number());
    }

    /// The time in which its result could come is over.
    pub fn mature(&mut self, price: Micros, rate: Rate, result: bool) {
        change(&mut self.waiting, price, -rate.number());
        change(&mut self.matured, price, rate.number());
        if result {
            change(&mut self.came, price, 1.0);
            change(&mut self.early, price, -1.0);
        }
    }

    /// Its result was charged, before that time was over or after.
    pub fn charge(&mut self, price: Micros, is_early: bool) {
        change(&mut self.charged, price, 1.0);
        if is_early {
            change(&mut self.early, price, 1.0);
        }
    }

    /// What a predicted result, and a predicted unit of cost, turned out to be: means of Gamma-Poisson posteriors.
    fn calibration(&self) -> Outlook {
        let ratio = |came: f64, matured: f64, belief: f64| {
            if matured > 0.0 { (came + belief) / (matured + belief) } else { 1.0 }
        };
        let usual = self.matured.spend / self.matured.results.max(f64::MIN_POSITIVE);
        Outlook {
            spend: ratio(self.came.spend, self.matured.spend, BELIEF_RESULTS * usual),
            results: ratio(self.came.results, self.matured.results, BELIEF_RESULTS),
        }
    }

    /// What is still to be charged for impressions that were shown: results that came and wait for their charge, and
    /// those to come.
    fn pending(&self, calibration: Outlook) -> Outlook {
        let part = |of: fn(&Outlook) -> f64, calibration: f64| {
            let to_come = (of(&self.waiting) * calibration - of(&self.early)).max(0.0);
            let uncharged = (of(&self.came) + of(&self.early) - of(&self.charged)).max(0.0);
            to_come + uncharged
        };
        Outlook {
            spend: part(|outlook| outlook.spend, calibration.spend),
            results: part(|outlook| outlook.results, calibration.results),
        }
    }
}

fn change(outlook: &mut Outlook, price: Micros, results: f64) {
    outlook.spend = (outlook.spend + results * approximate(price.get().max(0))).max(0.0);
    outlook.results = (outlook.results + results).max(0.0);
}

/// What an order with a cost cap has bought so far.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bought {
    /// Charged so far, and for how many results.
    pub spent: Micros,
    pub results: u64,
    pub due: ResultsDue,
}

/// The controller of one order's cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CostCap {
    /// What results may cost on average.
    pub cost_max: Micros,
}

impl CostCap {
    /// The most that may ever be bid for a result, where the policy allows so much.
    #[must_use]
    pub fn price_limit(self, policy_max: Micros) -> Micros {
        Micros::new(self.cost_max.get().max(0).saturating_mul(BID_OVER_COST_MAX)).min(policy_max)
    }

    /// The highest bid per result that keeps the cap over the whole window: the plan's limit until the next tick.
    ///
    /// Until prices are known it is the cap itself, with which nothing can go wrong. It never falls so low that
    /// nothing would be tried any more, and a deficit that the rest of the window cannot repay is carried on.
    #[must_use]
    pub fn bid_max(self, plan: &Plan, bought: &Bought, pacer: &PacerState, landscape: &Landscape) -> Micros {
        let limit = self.price_limit(plan.price_limit);
        if landscape.len() < SAMPLES_MIN {
            return self.cost_max.min(limit);
        }
        let floor = FLOOR * landscape.price_quantile(CHEAPEST).map_or(0.0, |price| approximate(price.get()));
        let lowest = approximate(plan.price_min.get()).max(1.0);
        let highest = approximate(limit.get()).min(landscape.dearest()).max(lowest);
        let outlook = Whole::of(self, plan, bought);
        let keeps = |price: f64| outlook.keeps(pacer.rest(landscape, Micros::new(round_to_count(price))));
        // Where even the dearest fit, a still dearer one may be tried.
        let best = if keeps(highest) { approximate(limit.get()) } else { largest(lowest, highest, keeps) };
        Micros::new(round_to_count(best.max(floor))).min(limit)
    }
}

/// The whole window but for what is still to be bid for.
struct Whole {
    cost_max: f64,
    left: f64,
    /// Of what was shown so far, with what is still to come of it.
    so_far: Outlook,
    calibration: Outlook,
}

impl Whole {
    fn of(cap: CostCap, plan: &Plan, bought: &Bought) -> Self {
        let calibration = bought.due.calibration();
        let pending = bought.due.pending(calibration);
        let spent = approximate(bought.spent.get().max(0)) + pending.spend;
        let results = approximate(i64::try_from(bought.results).unwrap_or(i64::MAX)) + pending.results;
        Self {
            cost_max: approximate(cap.cost_max.get().max(0)),
            left: (approximate(plan.budget.get()) - spent).max(0.0),
            so_far: Outlook { spend: spent, results },
            calibration,
        }
    }

    /// Whether the cap is kept when the rest of the window is predicted to cost and to bring so much.
    fn keeps(&self, rest: Outlook) -> bool {
        let (spend, results) = (rest.spend * self.calibration.spend, rest.results * self.calibration.results);
        let goes = if spend > self.left { self.left / spend } else { 1.0 };
        let (spend, results) = (spend * goes, results * goes);
        self.so_far.spend + spend <= self.cost_max * (self.so_far.results + results)
            || (results > 0.0 && spend <= AMORTISED * self.cost_max * results)
    }
}

/// The largest price in between of which this holds; the lowest where it holds of none.
fn largest(lowest: f64, highest: f64, holds: impl Fn(f64) -> bool) -> f64 {
    let ratio = (highest / lowest).powf(1.0 / f64::from(STEPS));
    let mut above = highest;
    for step in (0..STEPS).rev() {
        let price = lowest * ratio.powf(f64::from(step));
        if holds(price) {
            let (mut low, mut high) = (price, above);
            for _ in 0..HALVINGS {
                let middle = 0.5 * (low + high);
                if holds(middle) { low = middle } else { high = middle }
            }
            return low;
        }
        above = price;
    }
    lowest
}

#[cfg(test)]
mod tests;
