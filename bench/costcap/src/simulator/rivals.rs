//! The other advertisers: each has its own habit of turning budget and cap into one factor a tick.

use tuiliu_delivery::Rng;

use super::world::{Advertiser, CATEGORIES, TICKS, uniform};

/// What a bidder knows when a tick begins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    pub(crate) tick: usize,
    pub(crate) left: f64,
    /// Spent in the tick before.
    pub(crate) last_cost: f64,
    pub(crate) results: f64,
}

/// What prices were on another day: by category and first tick, what a budget buys until the end of the day.
#[derive(Debug, Clone, Default)]
pub(crate) struct Memory {
    /// Factor and what all cheaper ones cost until the end of the day, ascending.
    pub(crate) until_end: Vec<Vec<Vec<(f64, f64)>>>,
}

impl Memory {
    /// The factor at which this budget lasts until the end, if it runs out at all.
    pub(crate) fn factor(&self, category: usize, tick: usize, budget: f64) -> Option<f64> {
        let table = self.until_end.get(category)?.get(tick)?;
        table.get(table.partition_point(|(_, cost)| *cost <= budget)).map(|(factor, _)| *factor)
    }

    /// From prices met by one advertiser of each category: factor that wins, least winning cost, by tick.
    pub(crate) fn of(met: Vec<Vec<Vec<(f64, f64)>>>) -> Self {
        let until_end = |ticks: &Vec<Vec<(f64, f64)>>| {
            (0..TICKS).map(|tick| cumulated(ticks[tick..].iter().flatten().copied().collect())).collect()
        };
        assert_eq!(met.len(), CATEGORIES);
        Self { until_end: met.iter().map(until_end).collect() }
    }
}

fn cumulated(mut prices: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    prices.sort_unstable_by(|left, right| left.0.total_cmp(&right.0));
    let mut cost = 0.0;
    for price in &mut prices {
        cost += price.1;
        price.1 = cost;
    }
    let keep = (prices.len() / 2_000).max(1);
    prices.into_iter().step_by(keep).collect()
}

/// A habit.
#[derive(Debug, Clone)]
pub(crate) enum Habit {
    /// Raises and lowers its factor so that the budget is spent evenly, whatever a result costs.
    Pid { factor: f64 },
    /// Solves the linear program on what prices were on another day.
    OnlineLp,
    /// Always the cap.
    FixedCap,
    /// Some multiple of the cap, more when budget is left over and results are cheap.
    Learned { multiple: f64, eager: f64 },
}

impl Habit {
    /// Every category has the same mix.
    pub(crate) fn of(nth: usize, rng: &mut Rng) -> Self {
        match nth % 8 {
            0 => Self::Pid { factor: 15.0 },
            1 | 2 => Self::OnlineLp,
            3 => Self::FixedCap,
            _ => Self::Learned { multiple: 0.6 + 0.9 * uniform(rng), eager: uniform(rng) },
        }
    }

    /// The factor of this tick.
    pub(crate) fn factor(&mut self, own: &Advertiser, seen: Standing, memory: &Memory) -> f64 {
        let ticks_left = (TICKS - seen.tick) as f64;
        match self {
            Self::Pid { factor } => {
                if seen.tick > 0 && seen.left > 0.0 {
                    let pace = seen.last_cost * ticks_left / seen.left;
                    *factor *= if pace < 0.7 {
                        1.2
                    } else if pace > 1.1 {
                        0.7
                    } else {
                        1.0
                    };
                }
                *factor
            }
            Self::OnlineLp => {
                let wanted = memory.factor(own.category, seen.tick, seen.left).unwrap_or(own.cap);
                wanted.min(1.5 * own.cap)
            }
            Self::FixedCap => own.cap,
            Self::Learned { multiple, eager } => {
                let time_left = ticks_left / TICKS as f64;
                let behind = (seen.left / own.budget / time_left).powf(*eager);
                let spent = own.budget - seen.left;
                let cheap = ((seen.results + 3.0) * own.cap / (spent + 3.0 * own.cap)).powf(0.5 * *eager);
                (*multiple * own.cap * behind * cheap).min(2.0 * own.cap)
            }
        }
    }
}
