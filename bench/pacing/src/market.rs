//! The auctions of a log as an order meets them, and what one who knows them all beforehand would buy.

use tuiliu_delivery::approximate::{approximate, round_to_count};
use tuiliu_delivery::bidding::{Quality, Rank, Weight};
use tuiliu_delivery::pacing::PriceSample;
use tuiliu_domain::money::Micros;

use crate::product::log::Row;

/// One auction: what an impression costs, what it is worth, and what the product's auction makes of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Auction {
    pub(crate) cost: i64,
    pub(crate) value: f64,
    pub(crate) clicked: bool,
    /// The smallest bid per result that wins; a bid that equals it wins.
    pub(crate) sample: PriceSample,
}

impl Auction {
    pub(crate) fn of(row: &Row) -> Self {
        let price = Weight::new(row.predicted, Quality::NEUTRAL).price_for(Rank::of_price(row.price));
        let sample = PriceSample { price, rate: row.predicted };
        Self { cost: row.price.get(), value: row.predicted.number(), clicked: row.clicked, sample }
    }

    pub(crate) fn price(&self) -> f64 {
        approximate(self.sample.price.get())
    }
}

/// What was bought.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Bought {
    pub(crate) spent: f64,
    pub(crate) value: f64,
    pub(crate) clicks: f64,
    pub(crate) impressions: u32,
}

impl Bought {
    pub(crate) fn add(&mut self, more: Self) {
        self.spent += more.spent;
        self.value += more.value;
        self.clicks += more.clicks;
        self.impressions += more.impressions;
    }
}

/// The most that a budget can bring, in the relaxation in which a part of an impression can be bought.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Optimum {
    pub(crate) value: f64,
    pub(crate) clicks: f64,
    /// Price per result of the dearest impression bought.
    pub(crate) price: f64,
    /// What everything costs.
    pub(crate) supply: f64,
}

impl Optimum {
    pub(crate) fn of(auctions: &[Auction], budget: i64) -> Self {
        let mut by_value: Vec<(f64, i64, f64)> =
            auctions.iter().map(|one| (one.price(), one.cost, one.value)).collect();
        let clicked = auctions.iter().filter(|one| one.clicked);
        let mut by_clicks: Vec<(f64, i64, f64)> = clicked.map(|one| (approximate(one.cost), one.cost, 1.0)).collect();
        let (value, price) = knapsack(&mut by_value, budget);
        let (clicks, _) = knapsack(&mut by_clicks, budget);
        Self { value, clicks, price, supply: approximate(auctions.iter().map(|one| one.cost).sum()) }
    }
}

/// Sum of the best values for the budget, and the ratio of the last one.
fn knapsack(items: &mut [(f64, i64, f64)], budget: i64) -> (f64, f64) {
    items.sort_unstable_by(|left, right| left.0.total_cmp(&right.0));
    let (mut left, mut sum, mut last) = (budget, 0.0, 0.0);
    for (ratio, cost, value) in items.iter().copied() {
        last = ratio;
        if cost > left {
            return (sum + value * approximate(left) / approximate(cost), last);
        }
        left -= cost;
        sum += value;
    }
    (sum, last)
}

/// A part of the budgets: `1/32`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Share {
    pub(crate) parts: u32,
    pub(crate) of: u32,
}

impl Share {
    pub(crate) fn of_amount(self, amount: f64) -> i64 {
        round_to_count(amount * f64::from(self.parts) / f64::from(self.of))
    }
}

impl std::str::FromStr for Share {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (parts, of) = text.trim().split_once('/').unwrap_or((text.trim(), "1"));
        match (parts.parse(), of.parse()) {
            (Ok(parts), Ok(of)) if parts > 0 && of > 0 => Ok(Self { parts, of }),
            _ => Err(format!("`{text}` is no share such as 1/32")),
        }
    }
}

impl std::fmt::Display for Share {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}/{}", self.parts, self.of)
    }
}

/// The mean cost of an impression.
pub(crate) fn mean_cost(auctions: &[Auction]) -> f64 {
    approximate(auctions.iter().map(|one| one.cost).sum()) / count(auctions.len())
}

pub(crate) fn count(number: usize) -> f64 {
    approximate(i64::try_from(number).expect("a log has few rows"))
}

/// An amount of millionths.
pub(crate) fn micros(amount: f64) -> Micros {
    Micros::new(round_to_count(amount))
}
