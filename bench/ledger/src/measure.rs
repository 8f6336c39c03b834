//! Figures: what one cell measured, and over all passes.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};

/// How long callers waited.
#[derive(Debug, Default)]
pub struct Latencies {
    micros: Vec<u32>,
}

impl Latencies {
    pub fn add(&mut self, waited: Duration) {
        self.micros.push(u32::try_from(waited.as_micros()).unwrap_or(u32::MAX));
    }

    pub fn extend(&mut self, other: Self) {
        self.micros.extend(other.micros);
    }

    /// The wait that so many in a thousand stay below, in ms.
    fn permille(&mut self, permille: usize) -> f64 {
        if self.micros.is_empty() {
            return 0.0;
        }
        let index = (self.micros.len() * permille / 1000).min(self.micros.len() - 1);
        let (_, micros, _) = self.micros.select_nth_unstable(index);
        f64::from(*micros) / 1000.0
    }
}

/// One measurement.
#[derive(Debug, Clone, Copy)]
pub struct Cell {
    pub per_second: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
}

impl Cell {
    pub fn of(count: u64, elapsed: Duration, mut latencies: Latencies) -> Self {
        let per_second = count_as_f64(count) / elapsed.as_secs_f64();
        Self { per_second, p50_ms: latencies.permille(500), p99_ms: latencies.permille(990) }
    }
}

/// Figures are far below 2^53.
pub fn count_as_f64(count: u64) -> f64 {
    let high = u32::try_from(count >> 32).unwrap_or(u32::MAX);
    let low = u32::try_from(count & 0xFFFF_FFFF).unwrap_or(0);
    f64::from(high) * 4_294_967_296.0 + f64::from(low)
}

/// One cell over all passes.
#[derive(Debug, Default)]
pub struct Series {
    pub cells: Vec<Cell>,
}

impl Series {
    pub fn best(&self) -> Cell {
        let none = Cell { per_second: 0.0, p50_ms: 0.0, p99_ms: 0.0 };
        self.cells.iter().copied().fold(none, |best, cell| if cell.per_second > best.per_second { cell } else { best })
    }

    pub fn median(&self) -> f64 {
        median(self.cells.iter().map(|cell| cell.per_second))
    }

    pub fn p99_median(&self) -> f64 {
        median(self.cells.iter().map(|cell| cell.p99_ms))
    }

    pub fn json(&self) -> Value {
        let best = self.best();
        let passes: Vec<f64> = self.cells.iter().map(|cell| round(cell.per_second)).collect();
        json!({
            "best": round(best.per_second), "median": round(self.median()), "passes": passes,
            "p50_ms_of_best": best.p50_ms, "p99_ms_of_best": best.p99_ms, "p99_ms_median": self.p99_median(),
        })
    }
}

pub fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

pub fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// What else this machine is doing: without it, figures of a shared machine mean little.
pub fn load() -> Value {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load: Vec<f64> = load.split(' ').take(3).filter_map(|number| number.parse().ok()).collect();
    let pressure = fs::read_to_string("/proc/pressure/cpu").unwrap_or_default();
    let waiting = pressure.split_once("avg10=").and_then(|(_, rest)| rest.split(' ').next()?.parse::<f64>().ok());
    json!({ "load_average": load, "cpu_pressure_percent_10s": waiting })
}
