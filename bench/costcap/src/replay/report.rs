//! Tables and figures of a log.

use serde_json::{Value, json};

use super::bidders::NAMES;
use super::{Cell, window::Ended};

/// Results from which on the goal counts, and below which nothing is promised.
const GOAL_RESULTS: f64 = 100.0;
const SMALL_RESULTS: f64 = 65.0;

/// One log.
pub(crate) struct Report {
    pub(crate) name: String,
    pub(crate) rows: usize,
    pub(crate) clicks: usize,
    pub(crate) cells: Vec<Cell>,
}

impl Cell {
    /// Whether a higher factor would have broken the cap, rather than have run out of budget.
    fn cap_binds(&self) -> bool {
        self.best.spent < 0.98 * self.budget || self.best.spent > 0.95 * self.cap * self.best.results
    }

    fn cost_to_cap(&self, ended: &Ended) -> f64 {
        if ended.results > 0.0 {
            ended.spent / ended.results / self.cap
        } else {
            f64::from(u8::from(ended.spent > 0.0)) * 9.99
        }
    }

    fn of_best(&self, ended: &Ended) -> f64 {
        if self.best.results > 0.0 { ended.results / self.best.results } else { 0.0 }
    }

    fn class(&self) -> &'static str {
        match self.best.results {
            results if results >= GOAL_RESULTS => "large",
            results if results >= SMALL_RESULTS => "middle",
            _ => "small",
        }
    }

    /// In 95–105% of the cap, or below where the budget ends first, with 95% of the results.
    fn meets_goal(&self, ended: &Ended) -> bool {
        let low = if self.cap_binds() { 0.95 } else { 0.0 };
        (low..=1.05).contains(&self.cost_to_cap(ended)) && self.of_best(ended) >= 0.95
    }
}

impl Report {
    pub(crate) fn table(&self) -> String {
        let mut text = format!("{}: {} rows, {} results\n", self.name, self.rows, self.clicks);
        text += &format!("{:<7} {:>4} {:<6} {:>8}", "budget", "cap", "size", "possible");
        for name in NAMES {
            text += &format!("  {name:>24}");
        }
        text += "\n";
        for cell in &self.cells {
            text += &format!(
                "1/{:<5} {:>4.1} {:<6} {:>8}",
                (1.0 / cell.budget_share).round(),
                cell.cap_multiple,
                cell.class(),
                cell.best.results
            );
            for (_, ended) in &cell.rows {
                text += &format!(
                    "  {:>5.0}% {:>5.0}% {:>5.0}% {:>4}",
                    100.0 * cell.cost_to_cap(ended),
                    100.0 * cell.of_best(ended),
                    100.0 * ended.spent / cell.budget,
                    ended.results
                );
            }
            text += "\n";
        }
        text += "(cost ÷ cap, results ÷ best fixed factor in hindsight that keeps the cap, budget used, results)\n";
        for class in ["large", "middle", "small"] {
            let cells: Vec<&Cell> = self.cells.iter().filter(|cell| cell.class() == class).collect();
            if cells.is_empty() {
                continue;
            }
            text += &format!("{class:<6} {:>2} cells; goal met:", cells.len());
            for (nth, name) in NAMES.iter().enumerate() {
                let met = cells.iter().filter(|cell| cell.meets_goal(&cell.rows[nth].1)).count();
                text += &format!("  {name} {met}");
            }
            text += "\n";
        }
        text
    }

    pub(crate) fn json(&self) -> Value {
        let cells = self.cells.iter().map(|cell| {
            let bidders = cell.rows.iter().map(|(name, ended)| {
                json!({
                    "bidder": name, "cost_to_cap": cell.cost_to_cap(ended), "of_best_fixed": cell.of_best(ended),
                    "spent_of_budget": ended.spent / cell.budget, "results": ended.results,
                    "overspent": (ended.spent - cell.budget).max(0.0), "goal_met": cell.meets_goal(ended),
                })
            });
            json!({
                "budget_share": cell.budget_share, "cap_multiple": cell.cap_multiple, "cap_micros": cell.cap,
                "class": cell.class(), "cap_binds": cell.cap_binds(), "best_fixed_results": cell.best.results,
                "best_fixed_cost_to_cap": cell.cost_to_cap(&cell.best), "bidders": bidders.collect::<Vec<_>>(),
            })
        });
        json!({ "log": self.name, "rows": self.rows, "results": self.clicks, "cells": cells.collect::<Vec<_>>() })
    }
}
