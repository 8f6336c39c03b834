//! Auto-bid for whoever names a budget and what a result may cost: one factor a tick, bid = factor × value (DL-04).
//!
//! It is for bidders who pay when they win: with a cost cap, with an ROI goal ([`Terms::for_roi`]), and in other
//! people's auction simulators (`tuiliu bid-serve`). Orders that pay for results are capped by `pacing`. Money is in any unit, as long as it is always the same one;
//! time is the share of the window's traffic that is over, so that ticks may be of any length.
//!
//! Each tick it solves again for the rest of the window: a [`market`] of what auctions have cost lately tells what
//! every factor would spend and bring, an [`evidence`] of what came corrects the predictions, [`choice`] takes the
//! best factor. A promise on the cost of a result makes sense from [`PROMISE_RESULTS`] results on: below, chance alone
//! moves the cost of a result by more than any controller can correct.

mod calibration;
mod choice;
mod delay;
mod evidence;
mod market;

pub use evidence::Arrival;
pub use market::Auction;

use evidence::Evidence;
use market::Market;

/// Results from which on the cost of a result can be promised.
pub const PROMISE_RESULTS: f64 = 50.0;
/// Even shares of the budget that the bids of the first tick may add up to, as if all of them won at their own price.
const OPENING_SHARES: f64 = 4.0;

/// What is to be kept when a result is dearer than wanted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CapRule {
    /// As many results as possible while the mean cost of a result stays at or below the cap.
    Keep,
    /// As much as possible of results × min(1, (cap ÷ mean cost of a result) ^ exponent).
    Soften { exponent: f64 },
}

/// What a buyer wants.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Terms {
    /// What may be spent in the whole window.
    pub budget: f64,
    /// What a unit of value may cost on average.
    pub cost_max: Option<f64>,
    pub rule: CapRule,
    /// Value of a usual result: 1 where results are counted.
    pub worth_of_result: f64,
}

impl Terms {
    /// Results are counted, and each may cost so much on average.
    #[must_use]
    pub const fn for_cost(budget: f64, cost_max: f64) -> Self {
        Self { budget, cost_max: Some(cost_max), rule: CapRule::Keep, worth_of_result: 1.0 }
    }

    /// Results are amounts paid by viewers, together at least `roi` times what is spent.
    ///
    /// Values are expected paid amounts of an impression; `usual_purchase` is what one purchase usually brings.
    #[must_use]
    pub fn for_roi(budget: f64, roi: f64, usual_purchase: f64) -> Self {
        let cost_max = (roi > 0.0).then(|| 1.0 / roi);
        Self { budget, cost_max, rule: CapRule::Keep, worth_of_result: usual_purchase }
    }

    /// As many results as the budget buys, whatever one costs.
    #[must_use]
    pub const fn for_budget(budget: f64) -> Self {
        Self { budget, cost_max: None, rule: CapRule::Keep, worth_of_result: 1.0 }
    }
}

/// What a tick brought.
#[derive(Debug, Clone, Copy)]
pub struct TickSeen<'a> {
    /// Share of the window's traffic that is over at the end of the tick; 0 to 1, never going back.
    pub share: f64,
    /// Every auction of the tick, won or lost.
    pub auctions: &'a [Auction],
    /// What was really paid for them.
    pub spent: f64,
    /// Results that became known in the tick, whenever their impression was.
    pub arrivals: &'a [Arrival],
}

/// What is known of the coming tick.
#[derive(Debug, Clone, Copy)]
pub struct Coming<'a> {
    /// Predicted value of each impression; empty where they are not known beforehand.
    pub values: &'a [f64],
    /// Share of the window's traffic that the tick is expected to be.
    pub span: f64,
}

/// What held the factor where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// Nothing is known yet but the terms.
    Opening,
    /// A higher one would run out of budget before the end.
    Budget,
    /// A higher one would make results too dear.
    Cap,
    /// A lower one would learn nothing any more.
    Floor,
    /// What is spent to learn how good the predictions are.
    Learning,
    /// A higher one would spend too much in this one tick.
    Tick,
}

/// The answer for the coming tick.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Choice {
    /// Bid per unit of value: bid = factor × value.
    pub factor: f64,
    pub bound: Bound,
    /// Results expected in the whole window, with those that came.
    pub results: f64,
    /// Mean cost of a result expected of the whole window; zero without results.
    pub cost_of_result: f64,
}

impl Choice {
    /// Whether so many results are to be expected that their mean cost can be promised.
    #[must_use]
    pub fn can_be_promised(&self) -> bool {
        self.results >= PROMISE_RESULTS
    }
}

/// A bidder of one order over one window.
#[derive(Debug, Clone)]
pub struct AutoBid {
    terms: Terms,
    share: f64,
    spent: f64,
    market: Market,
    evidence: Evidence,
}

impl AutoBid {
    /// A bidder that has seen nothing.
    #[must_use]
    pub fn new(terms: Terms) -> Self {
        Self { terms, share: 0.0, spent: 0.0, market: Market::for_terms(&terms), evidence: Evidence::default() }
    }

    /// What it was told to have spent.
    #[must_use]
    pub const fn spent(&self) -> f64 {
        self.spent
    }

    /// Learns from a tick. Numbers that are not finite or negative count as zero.
    pub fn observe(&mut self, seen: &TickSeen<'_>) {
        let share = finite(seen.share).clamp(self.share, 1.0);
        let spent = finite(seen.spent);
        let unit = self.unit();
        self.market.add(self.share, share, seen.auctions, spent);
        let won = seen.auctions.iter().filter(|auction| auction.is_won);
        self.evidence.expect(0.5 * (self.share + share), won.map(|won| finite(won.value) / unit));
        for arrival in seen.arrivals {
            let predicted = arrival.predicted.map(|value| finite(value) / unit);
            self.evidence.arrive(share, Arrival { worth: finite(arrival.worth) / unit, predicted, ..*arrival });
        }
        self.spent += spent;
        self.share = share;
    }

    /// The factor for the coming tick. It is zero when nothing is left to spend.
    #[must_use]
    pub fn choose(&self, coming: &Coming<'_>) -> Choice {
        let left = self.terms.budget - self.spent;
        if left.is_nan() || left <= 0.0 {
            return self.answer(0.0, Bound::Budget, (0.0, 0.0));
        }
        let Some(mut forecast) = self.market.forecast(self.share, coming) else {
            return self.answer(self.opening(coming, left), Bound::Opening, (0.0, 0.0));
        };
        let shown = self.market.shown_at_most();
        let belief = self.evidence.belief(self.share, shown);
        forecast.all.expect(|value| belief.results(value / self.unit()));
        let outlook = choice::Outlook {
            budget: self.terms.budget,
            left,
            spent: self.spent,
            share: self.share,
            cap: self.terms.cost_max.map(|cap| cap * self.unit()),
            rule: self.terms.rule,
            unit: self.unit(),
            belief,
            forecast: &forecast,
            price: self.market.price(),
        };
        let (factor, bound) = outlook.choose();
        let (cost, results) = outlook.brings(factor);
        self.answer(factor, bound, (cost, outlook.belief.so_far() + results))
    }

    fn answer(&self, factor: f64, bound: Bound, (cost, results): (f64, f64)) -> Choice {
        let cost_of_result = if results > 0.0 { (self.spent + cost) / results } else { 0.0 };
        Choice { factor: finite(factor), bound, results, cost_of_result }
    }

    /// What a unit of value may cost, as long as the bids of the tick stay within a few even shares of the budget.
    fn opening(&self, coming: &Coming<'_>, left: f64) -> f64 {
        let all: f64 = coming.values.iter().map(|value| finite(*value)).sum();
        let ticks = (1.0 / finite(coming.span).max(1e-6)).max(1.0);
        let even = if all > 0.0 { OPENING_SHARES * left / ticks / all } else { f64::INFINITY };
        even.min(self.terms.cost_max.unwrap_or(f64::INFINITY))
    }

    fn unit(&self) -> f64 {
        let worth = self.terms.worth_of_result;
        if worth.is_finite() && worth > 0.0 { worth } else { 1.0 }
    }
}

/// The number itself where it is finite and not negative.
fn finite(number: f64) -> f64 {
    if number.is_finite() { number.max(0.0) } else { 0.0 }
}

#[cfg(test)]
mod tests;
