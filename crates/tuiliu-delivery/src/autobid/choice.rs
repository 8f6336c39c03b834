//! The best factor for the rest of the window, given what it would spend and bring.

use super::evidence::Belief;
use super::market::{Curve, Forecast, Price};
use super::{Bound, CapRule};
use crate::approximate::approximate;
use crate::bidding::BID_OVER_COST_MAX;

/// Auctions, of all, at whose price the floor is taken, and how far below it.
const FLOOR_AUCTIONS: f64 = 0.05;
const FLOOR_FACTOR: f64 = 0.3;
/// Share of the budget that may go, evenly over the window, to learning how good the predictions are, and results
/// that end it.
const LEARNING_SHARE: f64 = 0.1;
const LEARNING_RESULTS: f64 = 5.0;
/// Cost of a result, as a share of the cap, below which the past asks nothing more of the rest of the window.
const AMORTISED: f64 = 0.7;
/// How much more than its share of the auctions one tick may spend of what is left.
const TICK_SHARES: f64 = 1.5;
/// How much more traffic than expected the budget must last for; it shrinks as the window passes.
///
/// What is spent early is gone, what is saved is not.
const RESERVE: f64 = 0.6;
const SOFT_RESERVE: f64 = 0.3;
/// The same where the cap is kept, which holds back by itself.
const KEEPING_RESERVE: f64 = 0.3;
/// How far a bid may exceed the cap where missing it is only weighed: beyond 1.5 × the mean cost nothing is gained.
const SOFT_OVER_COST_MAX: f64 = 2.0;
/// Share of auctions beyond which the dearest are left alone.
const NEARLY_ALL: f64 = 0.999;
/// Factors that are tried, and how far the lowest lies below the highest.
const STEPS: u32 = 160;
const RANGE: f64 = 2e4;
/// Centres of 12 equally likely parts of the standard normal distribution.
const NODES: [f64; 12] =
    [-1.7317, -1.1503, -0.8122, -0.5485, -0.3186, -0.1046, 0.1046, 0.3186, 0.5485, 0.8122, 1.1503, 1.7317];

/// What is known when a factor is chosen; results in numbers, factors per unit of value.
#[derive(Debug)]
pub(super) struct Outlook<'a> {
    pub(super) budget: f64,
    pub(super) left: f64,
    pub(super) spent: f64,
    /// Share of the window's traffic that is over.
    pub(super) share: f64,
    /// What a result may cost on average.
    pub(super) cap: Option<f64>,
    pub(super) rule: CapRule,
    /// Value of a usual result.
    pub(super) unit: f64,
    pub(super) belief: Belief,
    pub(super) forecast: &'a Forecast,
    pub(super) price: Price,
}

impl Outlook<'_> {
    /// The factor, and what holds it there.
    pub(super) fn choose(&self) -> (f64, Bound) {
        let reserve = match (self.rule, self.cap) {
            (CapRule::Keep, Some(_)) => KEEPING_RESERVE,
            (CapRule::Soften { .. }, Some(_)) => SOFT_RESERVE,
            _ => RESERVE,
        };
        let reserve = 1.0 + reserve * (1.0 - self.share);
        let affordable = self.affordable(&self.forecast.all, self.left / reserve);
        let share = (TICK_SHARES * self.forecast.tick_share).min(1.0);
        let in_tick = self.affordable(&self.forecast.tick, self.left * share);
        let (factor, bound) = match self.cap {
            None => (affordable, Bound::Budget),
            Some(cap) => self.capped(cap, affordable),
        };
        if factor > in_tick { (in_tick, Bound::Tick) } else { (factor, bound) }
    }

    /// What the rest of the window costs and brings at this factor, as far as the budget goes.
    pub(super) fn brings(&self, factor: f64) -> (f64, f64) {
        let (cost, results) = self.unlimited(factor);
        let goes = if cost > self.left { self.left / cost } else { 1.0 };
        (cost * goes, results * goes)
    }

    fn unlimited(&self, factor: f64) -> (f64, f64) {
        let (least, value) = self.forecast.all.wins(factor);
        (self.price.of(factor, least, value), self.forecast.all.results(factor))
    }

    fn capped(&self, cap: f64, affordable: f64) -> (f64, Bound) {
        let by_cap = match self.rule {
            CapRule::Keep => self.keeping(cap, self.highest(cap, approximate(BID_OVER_COST_MAX))),
            CapRule::Soften { exponent } => self.softened(cap, self.highest(cap, SOFT_OVER_COST_MAX), exponent),
        };
        let cheap = self.forecast.all.factor_for(FLOOR_AUCTIONS);
        let (mut factor, mut bound) = (by_cap.unwrap_or(0.0), Bound::Cap);
        if factor < FLOOR_FACTOR * cheap {
            (factor, bound) = (FLOOR_FACTOR * cheap, Bound::Floor);
        }
        if self.is_learning() {
            let budget = LEARNING_SHARE * self.budget;
            let allowed = budget * self.share - self.spent;
            let explores = allowed > 0.0 && factor < cheap;
            let waits = self.spent > budget && self.belief.pending > 0.5 * self.belief.so_far() && factor > cheap;
            if explores || waits {
                (factor, bound) = (cheap, Bound::Learning);
            }
        }
        if factor > affordable { (affordable, Bound::Budget) } else { (factor, bound) }
    }

    fn is_learning(&self) -> bool {
        self.belief.known < LEARNING_RESULTS
    }

    /// No factor beyond is worth looking at.
    fn highest(&self, cap: f64, over: f64) -> f64 {
        let dearest = 1.2 * self.forecast.all.factor_for(NEARLY_ALL);
        dearest.min(over * cap / self.unit * self.belief.rate)
    }

    /// The largest factor at which the whole window keeps the cap, or at which the rest does its part.
    fn keeping(&self, cap: f64, highest: f64) -> Option<f64> {
        let so_far = self.belief.so_far();
        let keeps = |factor: f64| {
            let (cost, results) = self.unlimited(factor);
            results > 0.0 && (self.spent + cost <= cap * (so_far + results) || cost <= AMORTISED * cap * results)
        };
        let grid: Vec<f64> = grid(highest).collect();
        let place = grid.iter().rposition(|factor| keeps(*factor))?;
        let (mut low, mut high) = (grid[place], grid.get(place + 1).copied().unwrap_or(highest));
        for _ in 0..12 {
            let middle = 0.5 * (low + high);
            if keeps(middle) { low = middle } else { high = middle }
        }
        Some(low)
    }

    /// The factor with the largest expected results × min(1, (cap ÷ cost of a result) ^ exponent).
    fn softened(&self, cap: f64, highest: f64, exponent: f64) -> Option<f64> {
        let mut best = None;
        let mut best_score = 0.0;
        for factor in grid(highest) {
            let score = self.score(cap, exponent, factor);
            if score > best_score {
                (best, best_score) = (Some(factor), score);
            }
        }
        best
    }

    fn score(&self, cap: f64, exponent: f64, factor: f64) -> f64 {
        let (cost, more) = self.brings(factor);
        let spent = self.spent + cost;
        let open = self.belief.pending + more;
        // Chance of the results themselves, and of the belief about their rate.
        let spread = (open + open * open / self.belief.strength.max(1.0)).sqrt();
        let score = |node: &f64| {
            let results = (self.belief.known + open + node * spread).max(0.0);
            let kept = if spent > cap * results { (cap * results / spent).powf(exponent) } else { 1.0 };
            results * kept
        };
        NODES.iter().map(score).sum::<f64>()
    }

    /// The largest factor that spends no more than this.
    fn affordable(&self, curve: &Curve, budget: f64) -> f64 {
        let cost = |factor: f64| {
            let (least, value) = curve.wins(factor);
            self.price.of(factor, least, value)
        };
        let dearest = curve.factor_for(NEARLY_ALL).max(f64::MIN_POSITIVE) * 1.2;
        if cost(dearest) <= budget {
            return dearest;
        }
        let (mut low, mut high) = (0.0, dearest);
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if cost(middle) <= budget { low = middle } else { high = middle }
        }
        low
    }
}

/// Factors up to the highest, in equal ratios.
fn grid(highest: f64) -> impl Iterator<Item = f64> {
    (1..=STEPS).map(move |step| highest * RANGE.powf(f64::from(step) / f64::from(STEPS) - 1.0))
}
