//! How often the range of a count holds the truth: 144 cells of size, holdout, rate and lift.

use serde_json::{Value, json};
use tuiliu_measure::lift::second_opinion::{agresti_caffo, wald};
use tuiliu_measure::lift::{Confidence, Interval, count_increment};

use crate::draw::{Order, in_parallel, stream};

const SURE: Confidence = Confidence::NINETY_FIVE;
const TABLE: u64 = 0x11F7;
const METHODS: [&str; 3] = ["newcombe", "wald", "agresti_caffo"];

/// A cell and how its ranges did.
pub struct Cell {
    pub order: Order,
    /// Shares of orders whose range holds the truth, in the order of `METHODS`.
    pub covered: [f64; 3],
    /// Shares of orders whose range lies above nothing.
    pub found: [f64; 3],
}

impl Cell {
    /// Ghost events to expect.
    pub fn ghost_events(&self) -> f64 {
        self.order.natural * self.order.holdout * approximate(self.order.users)
    }

    pub fn json(&self) -> Value {
        let Order { users, holdout, natural, promoted } = self.order;
        json!({
            "users": users, "holdout": holdout, "natural": natural, "promoted": promoted,
            "ghost_events": self.ghost_events(), "covered": self.covered[0], "found": self.found[0],
        })
    }

    pub fn is_null(&self) -> bool {
        self.order.natural == self.order.promoted
    }
}

fn approximate(count: u64) -> f64 {
    tuiliu_measure::approximate::approximate(count)
}

/// All cells.
pub fn run(orders: u64) -> Vec<Cell> {
    let mut cells = Vec::new();
    for users in [1_000, 5_000, 20_000, 100_000] {
        for holdout in [0.05, 0.1, 0.2, 0.5] {
            for natural in [0.001, 0.005, 0.02] {
                for lift in [1.0, 1.3, 2.0] {
                    cells.push(Order { users, holdout, natural, promoted: natural * lift });
                }
            }
        }
    }
    in_parallel("coverage", &cells, |place, order| {
        let mut rng = stream(TABLE, place);
        let (mut covered, mut found) = ([0_u64; 3], [0_u64; 3]);
        for _ in 0..orders {
            let arms = order.draw(&mut rng);
            let users = arms.treated.users();
            let truth = users * (order.promoted - order.natural);
            let ranges: [Interval; 3] = [
                count_increment(arms, SURE).interval,
                wald(arms, SURE).times(users),
                agresti_caffo(arms, SURE).times(users),
            ];
            for (method, range) in ranges.iter().enumerate() {
                covered[method] += u64::from(range.contains(truth));
                found[method] += u64::from(range.low > 0.0);
            }
        }
        let share = |count: u64| approximate(count) / approximate(orders);
        Cell { order: *order, covered: covered.map(share), found: found.map(share) }
    })
}

/// Mean, least and largest coverage by expected ghost events, as in the design's table.
pub fn table(cells: &[Cell]) -> Vec<Value> {
    let bands = [(0.0, 1.0), (1.0, 3.0), (3.0, 10.0), (10.0, 30.0), (30.0, f64::INFINITY)];
    let mut rows = Vec::new();
    for (low, high) in bands {
        let own: Vec<&Cell> =
            cells.iter().filter(|cell| cell.ghost_events() >= low && cell.ghost_events() < high).collect();
        let mut row = json!({ "ghost_events_from": low, "ghost_events_below": high, "cells": own.len() });
        for (method, name) in METHODS.into_iter().enumerate() {
            let covered = own.iter().map(|cell| cell.covered[method]);
            let count = approximate(u64::try_from(own.len()).unwrap_or(1).max(1));
            row[name] = json!({
                "mean": covered.clone().sum::<f64>() / count,
                "least": covered.clone().fold(1.0, f64::min),
                "largest": covered.fold(0.0, f64::max),
            });
        }
        rows.push(row);
    }
    rows
}
