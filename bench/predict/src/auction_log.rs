//! The winner's curse on a log of real auctions: what rows won with given predictions brought, raw and calibrated.
//!
//! One order bids `k ×` the predicted rate in every row and pays the market's price where it wins; `k` is what spends
//! just its budget in hindsight. The calibration sees what is won, row by row, after it was asked about it.

use serde_json::{Value, json};
use tuiliu_delivery::predict::{Calibration, PriceLevel, Rate};
use tuiliu_domain::money::Micros;
use tuiliu_domain::promotion::Goal;

use crate::product::log::Row;
use crate::score::Score;

const GOAL: Goal = Goal::ProductClicks;

/// One budget: its share of what all rows cost.
pub(crate) struct Cell {
    pub(crate) part: u32,
    pub(crate) raw: Score,
    pub(crate) calibrated: Score,
    /// Only the second half of what was won.
    pub(crate) raw_late: Score,
    pub(crate) calibrated_late: Score,
}

impl Cell {
    pub(crate) fn json(&self) -> Value {
        json!({
            "budget": format!("1/{}", self.part), "raw": self.raw.json(), "calibrated": self.calibrated.json(),
            "raw_second_half": self.raw_late.json(), "calibrated_second_half": self.calibrated_late.json(),
        })
    }
}

fn price(row: &Row) -> f64 {
    tuiliu_delivery::approximate::approximate(row.price.get())
}

fn wins(row: &Row, k: f64) -> bool {
    k * row.predicted.number() >= price(row)
}

/// The multiplier that spends the budget on these rows.
fn multiplier(rows: &[Row], budget: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1e15);
    for _ in 0..200 {
        let middle = (low + high) / 2.0;
        let cost: f64 = rows.iter().filter(|row| wins(row, middle)).map(price).sum();
        if cost > budget { high = middle } else { low = middle }
    }
    low
}

/// What an order with this part of the whole cost as its budget wins.
pub(crate) fn run(rows: &[Row], part: u32) -> Cell {
    let whole: f64 = rows.iter().map(price).sum();
    let k = multiplier(rows, whole / f64::from(part));
    let won: Vec<&Row> = rows.iter().filter(|row| wins(row, k)).collect();
    let mut calibration = Calibration::default();
    let mut cell = Cell {
        part,
        raw: Score::default(),
        calibrated: Score::default(),
        raw_late: Score::default(),
        calibrated_late: Score::default(),
    };
    for (nth, row) in won.iter().enumerate() {
        let predicted = row.predicted;
        // What is paid for an impression is the market's price; a result costs that over its rate.
        let price = Micros::new(tuiliu_delivery::approximate::round_to_count(price(row) / predicted.number()));
        let level = PriceLevel::of(price, predicted);
        let calibrated: Rate = calibration.calibrated(GOAL, level, predicted);
        cell.raw.add(predicted.number(), row.clicked);
        cell.calibrated.add(calibrated.number(), row.clicked);
        if nth >= won.len() / 2 {
            cell.raw_late.add(predicted.number(), row.clicked);
            cell.calibrated_late.add(calibrated.number(), row.clicked);
        }
        calibration.add(GOAL, level, predicted, row.clicked);
    }
    cell
}
