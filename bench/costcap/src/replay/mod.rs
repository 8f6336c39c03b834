//! Orders with a cost cap on a log of real auctions, one order at a time.

mod bidders;
mod made_up;
mod report;
mod window;

pub(crate) use made_up::made_up;
pub(crate) use report::Report;

use crate::product::log::Row;
use bidders::{Bidder, NAMES};
use window::{Ended, Window};

/// Budgets, as shares of what everything costs.
const BUDGETS: [f64; 3] = [1.0, 0.25, 0.0625];
/// Caps, as multiples of what a result costs the best fixed factor that knows no cap and just spends the budget.
const CAPS: [f64; 4] = [0.6, 0.8, 1.0, 1.3];
/// Fixed factors that hindsight chooses from, and the ratio of one to the next.
const FIXED: i32 = 480;
const FIXED_STEP: f64 = 1.02;

/// One budget and one cap.
pub(crate) struct Cell {
    pub(crate) budget_share: f64,
    pub(crate) cap_multiple: f64,
    pub(crate) cap: f64,
    pub(crate) budget: f64,
    /// The best fixed factor that keeps the cap; nothing where none does.
    pub(crate) best: Ended,
    pub(crate) rows: Vec<(&'static str, Ended)>,
}

/// Every budget with every cap.
pub(crate) fn measure(name: &str, rows: &[Row], delay: f64) -> Report {
    let window = Window::new(rows, delay);
    let everything: f64 = window.auctions.iter().map(|auction| auction.price).sum();
    let centre = everything / window.auctions.iter().map(|auction| auction.value).sum::<f64>();
    let mut cells = Vec::new();
    for share in BUDGETS {
        let budget = share * everything;
        let fixed: Vec<Ended> =
            (-FIXED / 2..FIXED / 2).map(|step| window.fixed(budget, centre * FIXED_STEP.powi(step))).collect();
        // Results are what counts; of equal ones the cheaper.
        let better = |left: &&Ended, right: &&Ended| {
            left.results.total_cmp(&right.results).then(right.spent.total_cmp(&left.spent))
        };
        let Some(unconstrained) = fixed.iter().max_by(better).filter(|best| best.results > 0.0) else { continue };
        for multiple in CAPS {
            let cap = multiple * unconstrained.spent / unconstrained.results;
            let keeping = fixed.iter().filter(|ended| ended.spent <= cap * ended.results);
            let best = keeping.max_by(better).copied().unwrap_or_default();
            let run = |name: &&'static str| (*name, window.run(budget, Bidder::named(name, budget, cap)));
            let rows = NAMES.iter().map(run).collect();
            cells.push(Cell { budget_share: share, cap_multiple: multiple, cap, budget, best, rows });
        }
    }
    Report { name: name.to_owned(), rows: rows.len(), clicks: window.clicks(), cells }
}
