//! Small orders with and without what comparable orders say: a prior of one half, tested on the other.

use rand_distr::{Distribution, Gamma, Uniform};
use serde_json::{Value, json};
use tuiliu_measure::approximate::{approximate, round_to_whole};
use tuiliu_measure::lift::{Confidence, CountArms, Estimate, GhostCount, bayes_increment, count_increment, fit_prior};

use crate::draw::{Order, in_parallel, stream};

const SURE: Confidence = Confidence::NINETY_FIVE;
const TABLE: u64 = 0xEB;
const USERS: u64 = 2_000;
/// Natural rates are spread like this: 0.3 % on average.
const SHAPE: f64 = 2.0;
const MEAN: f64 = 0.003;
/// Promotion adds up to so much of an average rate.
const EFFECT_MAX: f64 = 2.0;

/// How one kind of estimate did.
#[derive(Default)]
pub struct Score {
    pub covered: f64,
    pub half_width: f64,
    pub error: f64,
    /// Orders with a range above nothing.
    pub found: f64,
}

impl Score {
    fn add(&mut self, estimate: Estimate, truth: f64, weight: f64) {
        self.covered += if estimate.interval.contains(truth) { weight } else { 0.0 };
        self.half_width += estimate.interval.half_width() * weight;
        self.error += (estimate.point - truth).powi(2) * weight;
        self.found += if estimate.interval.low > 0.0 { weight } else { 0.0 };
    }

    fn json(&self) -> Value {
        json!({ "coverage": self.covered, "half_width": self.half_width, "rmse": self.error.sqrt(), "found": self.found })
    }
}

pub struct Row {
    pub holdout: f64,
    pub plain: Score,
    pub bayes: Score,
    pub last_touch: Score,
}

/// One row for each holdout share.
pub fn run(orders: u64) -> Vec<Row> {
    let holdouts = [0.05, 0.1, 0.2, 0.5];
    in_parallel("small orders", &holdouts, |place, &holdout| {
        let mut rng = stream(TABLE, place);
        let natural = Gamma::new(SHAPE, MEAN / SHAPE).expect("a shape is positive");
        let effect = Uniform::new(0.0, EFFECT_MAX * MEAN).expect("a range");
        let mut draw = || {
            let natural: f64 = natural.sample(&mut rng);
            let order = Order { users: USERS, holdout, natural, promoted: natural + effect.sample(&mut rng) };
            let arms = order.draw(&mut rng);
            (arms, arms.treated.users() * (order.promoted - order.natural))
        };
        let known: Vec<GhostCount> = (0..orders).map(|_| ghosts(draw().0)).collect();
        let prior = fit_prior(&known).expect("there are enough orders");
        let (mut plain, mut bayes, mut last_touch) = (Score::default(), Score::default(), Score::default());
        let weight = 1.0 / approximate(orders);
        for _ in 0..orders {
            let (arms, truth) = draw();
            plain.add(count_increment(arms, SURE), truth, weight);
            bayes.add(bayes_increment(arms, prior, SURE), truth, weight);
            last_touch.error += (arms.treated.events() - truth).powi(2) * weight;
        }
        Row { holdout, plain, bayes, last_touch }
    })
}

fn ghosts(arms: CountArms) -> GhostCount {
    let whole = |number: f64| u64::try_from(round_to_whole(number)).expect("a count is not negative");
    GhostCount { users: whole(arms.ghost.users()), events: whole(arms.ghost.events()) }
}

pub fn table(rows: &[Row]) -> Vec<Value> {
    let row = |row: &Row| {
        json!({
            "holdout": row.holdout, "users": USERS, "plain": row.plain.json(), "bayes": row.bayes.json(),
            "last_touch_rmse": row.last_touch.error.sqrt(),
        })
    };
    rows.iter().map(row).collect()
}
