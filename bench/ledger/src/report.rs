//! The goals: what was measured against what was promised, as a table and as JSON.

use serde_json::{Map, Value, json};

use crate::Measured;
use crate::measure::{Cell, count_as_f64, round};

/// One goal of the ledger.
pub struct Goal {
    pub id: &'static str,
    pub what: &'static str,
    pub unit: &'static str,
    pub value: f64,
    /// The same over all passes, where there are passes.
    pub median: Option<f64>,
    pub target: Target,
    /// Ours divided by theirs, by what they are.
    pub ratios: Vec<(&'static str, f64)>,
}

/// What a value must be.
#[derive(Clone, Copy)]
pub enum Target {
    AtLeast(f64),
    AtMost(f64),
    /// Told, not promised.
    None,
}

impl Target {
    fn met(self, value: f64) -> bool {
        match self {
            Self::None => true,
            Self::AtLeast(target) => value >= target,
            Self::AtMost(target) => value <= target,
        }
    }

    fn text(self) -> String {
        match self {
            Self::AtLeast(target) => format!("≥ {target}"),
            Self::AtMost(target) => format!("≤ {target}"),
            Self::None => String::new(),
        }
    }
}

impl Goal {
    pub fn met(&self) -> bool {
        self.target.met(self.value)
    }

    fn json(&self) -> Value {
        let target = match self.target {
            Target::AtLeast(target) => json!({ "at_least": target }),
            Target::AtMost(target) => json!({ "at_most": target }),
            Target::None => Value::Null,
        };
        let ratios: Map<String, Value> =
            self.ratios.iter().map(|(name, ratio)| ((*name).to_owned(), json!(round(*ratio * 10.0) / 10.0))).collect();
        json!({
            "id": self.id, "what": self.what, "unit": self.unit, "value": round(self.value),
            "median": self.median.map(round), "target": target, "met": self.met(),
            "met_by_median": self.median.map(|median| self.target.met(median)), "ratios": ratios,
        })
    }
}

/// Every goal of which something was measured.
pub fn goals(measured: &Measured) -> Vec<Goal> {
    let mut goals = Vec::new();
    let rates: [(_, _, _, f64, &[_]); 6] = [
        (
            "G1",
            "file, 256 callers, one transfer each",
            "file.callers.256",
            40_000.0,
            &["limit.bare.256", "plain.callers.256", "cala.callers.20"],
        ),
        ("G2", "file, 8 callers", "file.callers.8", 5_000.0, &["limit.bare.8", "plain.callers.8", "cala.callers.8"]),
        (
            "G3",
            "file, 1000 transfers a request",
            "file.batch.1000",
            120_000.0,
            &["limit.bare.1000", "plain.batch.1000", "cala.batch.100"],
        ),
        (
            "G3",
            "PostgreSQL, 1000 transfers a request",
            "server.batch.1000",
            60_000.0,
            &["plain.batch.1000", "cala.batch.100"],
        ),
        (
            "G4",
            "PostgreSQL, one hot account, 256 callers",
            "server.hot.256",
            20_000.0,
            &["plain.hot.256", "cala.hot.20"],
        ),
        (
            "G5",
            "PostgreSQL, random accounts, 256 callers",
            "server.callers.256",
            20_000.0,
            &["plain.callers.256", "cala.callers.20"],
        ),
    ];
    for (id, what, cell, target, others) in rates {
        let Some(series) = measured.cells.get(cell) else { continue };
        let value = series.best().per_second;
        let ratio = |other: &&'static str| {
            let theirs = measured.cells.get(other)?.best().per_second;
            Some((*other, value / theirs.max(f64::MIN_POSITIVE)))
        };
        let ratios = others.iter().filter_map(ratio).collect();
        let (unit, median) = ("transfers/s", Some(series.median()));
        goals.push(Goal { id, what, unit, value, median, target: Target::AtLeast(target), ratios });
    }
    for (id, what, cell, target) in [
        ("G1", "file, 256 callers, p99", "file.callers.256", 25.0),
        ("G4", "PostgreSQL, one hot account, p99", "server.hot.256", 30.0),
    ] {
        let Some(series) = measured.cells.get(cell) else { continue };
        let (value, median) = (series.best().p99_ms, Some(series.p99_median()));
        goals.push(Goal { id, what, unit: "ms", value, median, target: Target::AtMost(target), ratios: Vec::new() });
    }
    goals.extend(sizes(measured));
    goals
}

fn sizes(measured: &Measured) -> Vec<Goal> {
    let mut goals = Vec::new();
    let mut add = |id, what, unit, value, target, ratios| {
        goals.push(Goal { id, what, unit, value, median: None, target, ratios });
    };
    let peers = |value: f64| {
        let others = [("plain", measured.plain_size), ("cala", measured.cala_size)];
        others.into_iter().filter_map(|(name, theirs)| Some((name, value / theirs?))).collect::<Vec<_>>()
    };
    if let Some(sizes) = &measured.file_sizes {
        add("G6", "file, a plain transfer", "bytes", sizes.transfer, Target::AtMost(150.0), peers(sizes.transfer));
        add("G6", "file, a top-up with its lot and history", "bytes", sizes.top_up, Target::None, Vec::new());
        add("G6", "file, a command of an order's life", "bytes", sizes.life_command, Target::AtMost(150.0), Vec::new());
    }
    if let Some(bytes) = measured.server_size {
        add("G6", "PostgreSQL, a plain transfer", "bytes", bytes, Target::AtMost(150.0), peers(bytes));
    }
    if let Some(idle) = &measured.idle {
        let resident = count_as_f64(idle.resident_kb) / 1024.0;
        add("G6", "memory of an idle store", "MB", resident, Target::AtMost(64.0), Vec::new());
        add("G6", "first start", "s", idle.start.as_secs_f64(), Target::AtMost(1.0), Vec::new());
        let empty = count_as_f64(idle.empty_bytes) / 1_000_000.0;
        add("G6", "empty data", "MB", empty, Target::AtMost(1.0), Vec::new());
    }
    if let Some(audited) = &measured.audited {
        add("G11", "full audit", "transfers/s", audited.per_second(), Target::AtLeast(1_000_000.0), Vec::new());
    }
    goals
}

/// The whole run for machines.
pub fn json(measured: &Measured, goals: &[Goal]) -> Value {
    let cells: Map<String, Value> =
        measured.cells.iter().map(|(name, series)| ((*name).to_owned(), series.json())).collect();
    json!({
        "bench": "ledger",
        "machine": crate::machine(), "postgres": measured.postgres, "load_before_each_pass_and_after": measured.loads,
        "seconds_a_cell": measured.seconds,
        "goals": goals.iter().map(Goal::json).collect::<Vec<_>>(),
        "cells": cells,
        "bytes_per_transfer": {
            "file_transfer": measured.file_sizes.as_ref().map(|sizes| round(sizes.transfer)),
            "file_top_up": measured.file_sizes.as_ref().map(|sizes| round(sizes.top_up)),
            "file_life_command": measured.file_sizes.as_ref().map(|sizes| round(sizes.life_command)),
            "server_transfer": measured.server_size.map(round),
            "plain": measured.plain_size.map(round), "cala": measured.cala_size.map(round),
        },
        "audit": measured.audited.as_ref().map(crate::size::Audited::json),
        "cala_missing": measured.cala_missing,
    })
}

/// The whole run for people.
pub fn print(measured: &Measured, goals: &[Goal]) {
    eprintln!("\n{:<28} {:>10} {:>10} {:>9} {:>9}", "cell", "best /s", "median /s", "p50 ms", "p99 ms");
    for (name, series) in &measured.cells {
        let Cell { per_second, p50_ms, p99_ms } = series.best();
        eprintln!("{name:<28} {per_second:>10.0} {:>10.0} {p50_ms:>9.2} {p99_ms:>9.2}", series.median());
    }
    eprintln!(
        "\n{:<5}{:<42} {:>11} {:>11} {:<12} {:>10}  met  ours ÷ theirs",
        "goal", "", "value", "median", "", "target"
    );
    for goal in goals {
        let ratios: Vec<String> = goal.ratios.iter().map(|(name, ratio)| format!("{name} {ratio:.2}")).collect();
        let median = goal.median.map(|median| format!("{median:.1}")).unwrap_or_default();
        let met = match goal.target {
            Target::None => "–",
            _ if goal.met() => "yes",
            _ => "NO",
        };
        eprintln!(
            "{:<5}{:<42} {:>11.1} {median:>11} {:<12} {:>10}  {met:<3}  {}",
            goal.id,
            goal.what,
            goal.value,
            goal.unit,
            goal.target.text(),
            ratios.join(", ")
        );
    }
    if let Some(reason) = &measured.cala_missing {
        eprintln!("\ncala-ledger was not measured: {reason}");
    }
    for load in &measured.loads {
        eprintln!("load: {load}");
    }
}
