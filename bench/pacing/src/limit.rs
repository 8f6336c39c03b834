//! The most that any bidder can expect who knows the market but not the order in which it comes.

use tuiliu_delivery::approximate::{approximate, round_to_count};

use crate::market::{Auction, Bought, count};

/// The unit of the log's prices, in millionths: a budget is counted in these.
const UNIT: f64 = 100.0;
/// Or in larger ones, when it would be more than so many.
const STEPS_MAX: f64 = 8_000.0;
/// Values told apart, in equal proportion over this many doublings below certainty.
const VALUES: usize = 400;
const DOUBLINGS: f64 = 24.0;

/// What there is to gain at each price, by the value that must be given up for it.
struct Market {
    /// Price in steps of the budget, and for each value the mean of what lies above it.
    gains: Vec<(usize, Vec<f64>)>,
}

impl Market {
    fn of(auctions: &[Auction], step: f64) -> Self {
        let mut by_cost: std::collections::BTreeMap<usize, Vec<f64>> = std::collections::BTreeMap::new();
        for auction in auctions {
            by_cost.entry(steps(approximate(auction.cost), step)).or_default().push(auction.value);
        }
        let whole = count(auctions.len());
        let gains = by_cost.into_iter().map(|(cost, mut values)| {
            values.sort_unstable_by(|left, right| right.total_cmp(left));
            let mut sums = vec![0.0];
            values.iter().for_each(|value| sums.push(sums[sums.len() - 1] + value));
            let gain = |nth: usize| {
                let given_up = value_of(nth);
                let above = values.partition_point(|value| *value > given_up);
                (sums[above] - given_up * count(above)) / whole
            };
            (cost, (0..=VALUES).map(gain).collect())
        });
        Self { gains: gains.collect() }
    }

    /// Expected values by auctions left and steps of budget left: dynamic programming over both.
    fn values(&self, auctions: usize, budgets: usize) -> Vec<Vec<f64>> {
        let mut all = vec![vec![0.0; budgets]];
        for left in 0..auctions {
            let before = &all[left];
            let better = (0..budgets).map(|budget| {
                let affordable = self.gains.iter().take_while(|(cost, _)| *cost <= budget);
                before[budget]
                    + affordable.map(|(cost, gain)| gain_at(gain, before[budget] - before[budget - cost])).sum::<f64>()
            });
            let better = better.collect();
            all.push(better);
        }
        all
    }
}

/// Value number so many, 0 first.
fn value_of(nth: usize) -> f64 {
    if nth == 0 { 0.0 } else { f64::exp2(DOUBLINGS * (count(nth) / count(VALUES) - 1.0)) }
}

fn gain_at(gains: &[f64], given_up: f64) -> f64 {
    let place = ((given_up.max(1e-12).log2() / DOUBLINGS + 1.0) * count(VALUES)).clamp(0.0, count(VALUES) - 1.0);
    let below = usize::try_from(round_to_count(place.floor())).expect("few values");
    gains[below] + (place - place.floor()) * (gains[below + 1] - gains[below])
}

fn steps(amount: f64, step: f64) -> usize {
    usize::try_from(round_to_count((amount / step).round())).expect("few steps")
}

/// The policy of the dynamic program that knows the mix of all tested auctions, on the windows they come in.
pub(crate) fn limit(auctions: &[Auction], windows: &[&[Auction]], budget: i64) -> Bought {
    let step = UNIT.max(approximate(budget) / STEPS_MAX);
    let budgets = steps(approximate(budget), step) + 1;
    let values = Market::of(auctions, step).values(windows[0].len(), budgets);
    let mut all = Bought::default();
    for window in windows {
        let mut left = budget;
        for (row, auction) in window.iter().enumerate().filter(|(_, auction)| auction.value > 0.0) {
            let after = &values[window.len() - row - 1];
            let at = |amount: i64| after[steps(approximate(amount), step)];
            if auction.cost <= left && auction.value + at(left - auction.cost) >= at(left) {
                left -= auction.cost;
                let clicks = f64::from(u8::from(auction.clicked));
                all.add(Bought { spent: approximate(auction.cost), value: auction.value, clicks, impressions: 1 });
            }
        }
    }
    all
}
