//! What the bench tells: a table, or one JSON document.

use std::time::Instant;

use serde_json::{Value, json};
use tuiliu_delivery::approximate::{approximate, round_to_count};
use tuiliu_delivery::pacing::{Landscape, Observation, PacerState, TrafficShape};
use tuiliu_domain::money::Micros;
use tuiliu_domain::time::DAY_MS;

use crate::market::{Auction, count, micros};
use crate::ours::plan;
use crate::setting::{BudgetResult, Row, Setting};

/// Ticks of one measurement, and how often it is repeated; the fastest counts.
const TICKS: i64 = 20_000;
const REPEATS: u32 = 5;

/// How fast the controller is, and how much it keeps.
pub(crate) struct Speed {
    tick_ns: f64,
    tick_holding_ns: f64,
    add_ns: f64,
    landscape_bytes: usize,
    state_bytes: usize,
}

impl Speed {
    /// On the landscape of these rows.
    pub(crate) fn of(auctions: &[Auction]) -> Self {
        let mut landscape = Landscape::expecting(0);
        let rows = auctions.len().min(30_000);
        let filled = best_of(|| {
            landscape = Landscape::expecting(0);
            auctions[..rows].iter().for_each(|one| landscape.add(one.sample));
        });
        let cost: i64 = auctions.iter().map(|one| one.cost).sum();
        let few = cost / i64::try_from(auctions.len()).expect("few rows") * 10;
        Self {
            tick_ns: best_of(|| ticks(&landscape, cost / 16, auctions.len())) / approximate(TICKS),
            tick_holding_ns: best_of(|| ticks(&landscape, few, 1_000)) / approximate(TICKS),
            add_ns: filled / count(rows),
            landscape_bytes: size_of::<Landscape>() + landscape.bytes(),
            state_bytes: size_of::<PacerState>(),
        }
    }

    fn json(&self) -> Value {
        json!({
            "tick_ns": rounded(self.tick_ns), "ticks_per_second": rounded(1e9 / self.tick_ns),
            "tick_with_hold_back_ns": rounded(self.tick_holding_ns), "add_ns": rounded(self.add_ns),
            "landscape_bytes": self.landscape_bytes, "state_bytes": self.state_bytes,
        })
    }
}

/// Ticks of an order over its window.
fn ticks(landscape: &Landscape, budget: i64, rows: usize) {
    let plan = plan(budget, TrafficShape::default());
    let mut state = PacerState::starting(micros(1e6)).expecting(u64::try_from(rows).expect("few rows"));
    for tick in 0..TICKS {
        let now = plan.starts_at.plus_ms(DAY_MS * tick / TICKS);
        let spent = Micros::new(plan.planned_spend(now).get() * (95 + tick % 10) / 100);
        let auctions = u64::try_from(i64::try_from(rows).expect("few rows") * tick / TICKS).expect("positive");
        let seen = Observation { now, spent, predicted: None, auctions };
        let (next, pace) = state.tick(&plan, seen, landscape);
        state = next;
        std::hint::black_box(pace);
    }
}

fn best_of(mut work: impl FnMut()) -> f64 {
    let mut best = f64::MAX;
    for _ in 0..REPEATS {
        let started = Instant::now();
        work();
        best = best.min(started.elapsed().as_secs_f64() * 1e9);
    }
    best
}

/// Everything there is to tell.
pub(crate) struct Report<'a> {
    pub(crate) setting: &'a Setting<'a>,
    pub(crate) results: &'a [BudgetResult],
    pub(crate) speed: Speed,
}

/// Figures of one row, in percent.
struct Figures {
    value: f64,
    clicks: f64,
    utilisation: f64,
}

impl Figures {
    fn of(result: &BudgetResult, row: &Row) -> Self {
        let budget = approximate(result.budget) * count(result.windows);
        Self {
            value: 100.0 * row.bought.value / result.optimum.value,
            clicks: if result.optimum.clicks > 0.0 { 100.0 * row.bought.clicks / result.optimum.clicks } else { 0.0 },
            utilisation: 100.0 * row.bought.spent / budget.min(result.optimum.supply),
        }
    }
}

impl Report<'_> {
    fn title(&self) -> String {
        let rows = self.setting.auctions.len();
        match self.setting.episode {
            Some(episode) => {
                format!("{rows} rows, the first {} to learn from, then episodes of {episode}", self.setting.train)
            }
            None => format!("{rows} rows as one window; tuned rivals learnt from the first {}", self.setting.train),
        }
    }

    pub(crate) fn json(&self) -> Value {
        let row = |result: &BudgetResult, row: &Row| {
            let figures = Figures::of(result, row);
            json!({
                "method": row.method, "value_percent": rounded(figures.value), "clicks_percent": rounded(figures.clicks),
                "clicks": row.bought.clicks, "impressions": row.bought.impressions,
                "utilisation_percent": rounded(figures.utilisation), "overspent_micros": row.overspent,
                "smoothness_rms": rounded(row.unsteady),
            })
        };
        let budget = |result: &BudgetResult| {
            json!({
                "budget": result.share.to_string(), "budget_micros": result.budget, "windows": result.windows,
                "optimum_value": result.optimum.value, "optimum_clicks": rounded(result.optimum.clicks),
                "methods": result.rows.iter().map(|one| row(result, one)).collect::<Vec<_>>(),
            })
        };
        json!({
            "bench": "pacing", "rows": self.setting.auctions.len(), "training_rows": self.setting.train,
            "episode": self.setting.episode, "ties": "a bid equal to the price wins",
            "budgets": self.results.iter().map(budget).collect::<Vec<_>>(), "speed": self.speed.json(),
        })
    }

    pub(crate) fn print(&self) {
        println!("{}; a bid that equals the price wins, at the price", self.title());
        println!("value and clicks in % of the fractional knapsack, used in % of the budget, rms of spend minus plan");
        for result in self.results {
            println!("\nbudget {}  ({} millionths, {} windows)", result.share, result.budget, result.windows);
            println!("  {:<42} {:>7} {:>7} {:>7} {:>6} {:>9}", "", "value", "clicks", "used", "rms", "overspent");
            for row in &result.rows {
                let Figures { value, clicks, utilisation } = Figures::of(result, row);
                let (method, unsteady, overspent) = (&row.method, row.unsteady, row.overspent);
                println!("  {method:<42} {value:>7.2} {clicks:>7.1} {utilisation:>7.2} {unsteady:>6.3} {overspent:>9}");
            }
        }
        let speed = &self.speed;
        println!(
            "\ntick {:.0} ns ({:.0}/s), {:.0} ns while money is held back; add {:.0} ns; landscape {} bytes, state {} bytes",
            speed.tick_ns,
            1e9 / speed.tick_ns,
            speed.tick_holding_ns,
            speed.add_ns,
            speed.landscape_bytes,
            speed.state_bytes
        );
    }
}

/// Four decimals.
fn rounded(number: f64) -> f64 {
    approximate(round_to_count(number * 1e4)) / 1e4
}
