//! Who bids on a recorded day.

use crate::simulator::rivals::{Memory, Standing};
use crate::simulator::score::expected_score;
use crate::simulator::seats::{Learnt, Seat};
use crate::simulator::world::{Advertiser, TICKS};

/// The best fixed factor of the day by the score to be expected, known afterwards only.
pub(super) const HINDSIGHT: &str = "best fixed, hindsight";
/// The same chosen again each tick, with the results that came: knows all prices of the future.
pub(super) const FORESIGHT: &str = "foresight, each tick";
pub(super) const NAMES: [&str; 6] = ["ours", "onlinelp", "pid", "fixed cap", HINDSIGHT, FORESIGHT];
/// Factors that are tried, as powers of a step from the cap.
const STEP: f64 = 1.05;
const STEPS: std::ops::Range<i32> = -60..32;

pub(super) enum Bidder<'a> {
    Seated(Seat),
    Foresight(Foresight<'a>),
}

/// Knows what every factor spends and brings from each tick on.
pub(super) struct Foresight<'a> {
    ticks: &'a [Vec<(f64, f64)>],
    spent: f64,
    results: f64,
}

impl Bidder<'_> {
    pub(super) fn factor(&mut self, own: &Advertiser, seen: Standing, memory: &Memory, values: &[f64]) -> f64 {
        match self {
            Self::Seated(seat) => seat.factor(own, seen, memory, values),
            Self::Foresight(foresight) => best(&foresight.ticks[seen.tick..], own, foresight.spent, foresight.results),
        }
    }

    pub(super) fn learn(&mut self, tick: usize, learnt: &Learnt) {
        match self {
            Self::Seated(seat) => seat.learn(tick, learnt),
            Self::Foresight(foresight) => {
                foresight.spent += learnt.spent;
                foresight.results += learnt.results as f64;
            }
        }
    }
}

impl<'a> Bidder<'a> {
    pub(super) fn named(name: &str, own: &Advertiser, ticks: &'a [Vec<(f64, f64)>]) -> Self {
        match name {
            HINDSIGHT => Self::Seated(Seat::Fixed(best(ticks, own, 0.0, 0.0))),
            FORESIGHT => Self::Foresight(Foresight { ticks, spent: 0.0, results: 0.0 }),
            _ => Self::Seated(Seat::named(name, own)),
        }
    }
}

/// The factor with the best expected score of the whole day, when so much was spent and came already.
fn best(ticks: &[Vec<(f64, f64)>], own: &Advertiser, spent: f64, came: f64) -> f64 {
    let count = STEPS.len();
    let lowest = own.cap * STEP.powi(STEPS.start);
    // What each step of the factor adds, by tick.
    let mut added = vec![(0.0, 0.0); ticks.len() * count];
    for (nth, tick) in ticks.iter().enumerate() {
        for (value, price) in tick {
            let step = ((price / value / lowest).ln() / STEP.ln()).ceil().max(0.0) as usize;
            if *value > 0.0 && step < count {
                let cell = &mut added[nth * count + step];
                *cell = (cell.0 + price, cell.1 + value);
            }
        }
    }
    let mut tried: Vec<(f64, f64)> = Vec::new();
    let mut by_tick = vec![(0.0, 0.0); ticks.len()];
    for step in 0..count {
        let mut left = own.budget - spent;
        let mut expected = 0.0;
        for (nth, won) in by_tick.iter_mut().enumerate() {
            let more = added[nth * count + step];
            *won = (won.0 + more.0, won.1 + more.1);
            let part = if won.0 > left { left / won.0 } else { 1.0 };
            left -= won.0 * part;
            expected += won.1 * part;
        }
        tried.push((own.budget - left, expected));
    }
    let scores = tried.iter().map(|(cost, expected)| expected_with(came, *expected, *cost, own.cap));
    let best = scores.enumerate().max_by(|left, right| left.1.total_cmp(&right.1));
    best.map_or(own.cap, |(step, _)| lowest * STEP.powi(step as i32))
}

fn expected_with(came: f64, expected: f64, cost: f64, cap: f64) -> f64 {
    if came <= 0.0 {
        return expected_score(expected, cost, cap);
    }
    let highest = (expected + 9.0 * expected.sqrt() + 12.0).ceil() as u32;
    let mut log_chance = -expected;
    let mut mean = log_chance.exp() * crate::simulator::score::score(came, cost, cap);
    for results in 1..=highest {
        log_chance += (expected / f64::from(results)).ln();
        mean += log_chance.exp() * crate::simulator::score::score(came + f64::from(results), cost, cap);
    }
    mean
}

/// What stands when a tick begins.
pub(super) fn standing(tick: usize, left: f64, last_cost: f64, results: f64) -> Standing {
    assert!(tick < TICKS);
    Standing { tick, left, last_cost, results }
}
