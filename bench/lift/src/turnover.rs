//! How often the range of a turnover holds the truth: 12 cells of ghost orders and spread of baskets.

use rand_distr::{Distribution, LogNormal, Poisson};
use serde_json::{Value, json};
use tuiliu_measure::approximate::{approximate, round_to_whole};
use tuiliu_measure::lift::{
    BasketPool, Confidence, SampleArm, SampleArms, ValueArm, ValueArms, gmv_increment, welch_increment,
};

use crate::draw::{in_parallel, stream};

const SURE: Confidence = Confidence::NINETY_FIVE;
const TABLE: u64 = 0x6313;
/// The share held out, and what promotion adds.
const HOLDOUT: f64 = 0.1;
const LIFT: f64 = 1.4;
const USERS: u64 = 50_000;
const BASKET: f64 = 100.0;

pub struct Cell {
    pub ghost_orders: f64,
    /// The standard deviation of a basket's logarithm.
    pub spread: f64,
    pub covered: f64,
    /// With one pooled basket only, as the reference answers have it.
    pub reference_covered: f64,
    /// The mean width beside that one's.
    pub width: f64,
    pub welch_covered: f64,
}

/// All cells.
pub fn run(orders: u64) -> Vec<Cell> {
    let mut cells = Vec::new();
    for ghost_orders in [1.5, 5.0, 15.0, 50.0] {
        for spread in [0.4, 0.7, 1.0] {
            cells.push((ghost_orders, spread));
        }
    }
    in_parallel("turnover", &cells, |place, &(ghost_orders, spread)| {
        let mut rng = stream(TABLE, place);
        // The mean basket is the same whatever its spread.
        let basket = LogNormal::new(BASKET.ln() - spread * spread / 2.0, spread).expect("a spread is positive");
        let ghosts = USERS / 10;
        let rate = ghost_orders / approximate(ghosts);
        let mut draw = |users: u64, rate: f64| {
            let count = Poisson::new(approximate(users) * rate).expect("a rate is positive").sample(&mut rng);
            let count = u64::try_from(round_to_whole(count)).expect("a count is not negative");
            let (mut sum, mut squares) = (0.0, 0.0);
            for _ in 0..count {
                let value = basket.sample(&mut rng);
                (sum, squares) = (sum + value, squares + value * value);
            }
            (users, count, sum, squares)
        };
        let (mut covered, mut reference_covered, mut welch_covered, mut width) = (0, 0, 0, 0.0);
        for _ in 0..orders {
            let (treated, ghost) = (draw(USERS - ghosts, rate * LIFT), draw(ghosts, rate));
            let truth = approximate(treated.0) * rate * (LIFT - 1.0) * BASKET;
            let arm = |(users, count, sum, squares)| ValueArm::try_new(users, count, sum, squares);
            let arms = ValueArms { treated: arm(treated).expect("true sums"), ghost: arm(ghost).expect("true sums") };
            // Nobody bought: the range is nothing and everything, and that is said.
            let Some(pool) = BasketPool::of(arms) else {
                (covered, reference_covered) = (covered + 1, reference_covered + 1);
                continue;
            };
            let range = |pool| gmv_increment(arms, pool, SURE).total.interval;
            let (own, reference) = (range(pool), range(BasketPool { weight: 1.0, ..pool }));
            covered += u64::from(own.contains(truth));
            reference_covered += u64::from(reference.contains(truth));
            width += own.half_width() / reference.half_width();
            let sample = |(users, _, sum, squares)| SampleArm::from_sums(users, sum, squares).expect("true sums");
            let welch = welch_increment(SampleArms { treated: sample(treated), ghost: sample(ghost) }, SURE);
            welch_covered += u64::from(welch.interval.contains(truth));
        }
        let share = |count: u64| approximate(count) / approximate(orders);
        Cell {
            ghost_orders,
            spread,
            covered: share(covered),
            reference_covered: share(reference_covered),
            width: width / approximate(orders),
            welch_covered: share(welch_covered),
        }
    })
}

pub fn table(cells: &[Cell]) -> Vec<Value> {
    let row = |cell: &Cell| {
        json!({
            "ghost_orders": cell.ghost_orders, "basket_spread": cell.spread, "holdout": HOLDOUT,
            "weighted_poisson": cell.covered, "with_one_pooled_basket": cell.reference_covered,
            "width_beside_that": cell.width, "welch": cell.welch_covered,
        })
    };
    cells.iter().map(row).collect()
}
