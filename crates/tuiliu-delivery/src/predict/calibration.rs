//! Calibration on won traffic: what predictions of won impressions turned out to be (winner's curse).
//!
//! Whoever wins has, among all who were wrong, more often been wrong upwards. So what won impressions were predicted
//! to bring is corrected by what they brought: isotonic in the prediction, times a factor for the price level. It
//! tells what to expect; it is never what is charged.

use tuiliu_domain::money::Micros;
use tuiliu_domain::promotion::Goal;

use super::{GOALS, Rate, goal_index};
use crate::approximate::{approximate, round_to_count};

/// Price levels: every two octaves of the price of an impression.
pub const PRICE_LEVELS: usize = 16;
/// Half octaves of predictions, from 2⁻²⁰ to 1.
pub(super) const BINS: usize = 40;
/// Sums of one goal.
pub(super) const CELLS: usize = PRICE_LEVELS * BINS;
/// Results that the belief in a prediction weighs (delivery.md §4: 5–20).
const STRENGTH: f64 = 10.0;
/// Predictions are believed to be wrong by this factor at most.
const RATIO_MAX: f64 = 20.0;
/// Predicted results of a goal beyond which its sums are halved: what predictors said long ago they say no more.
const PREDICTED_MAX: f64 = 2_000.0;

/// The level of the price of an impression: what a result costs times how likely it was thought to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PriceLevel(usize);

impl PriceLevel {
    /// The level of an impression that was won at this price for a result.
    #[must_use]
    pub fn of(price: Micros, rate: Rate) -> Self {
        let worth = approximate(price.get().max(0)) * rate.number();
        let level = usize::try_from(round_to_count(worth.max(1.0).log2() / 2.0)).unwrap_or(0);
        Self(level.min(PRICE_LEVELS - 1))
    }
}

/// Impressions, what was predicted of them and what came.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Sums {
    pub impressions: f64,
    pub predicted: f64,
    pub results: f64,
}

impl Sums {
    fn add(&mut self, predicted: f64, result: f64) {
        self.impressions += 1.0;
        self.predicted += predicted;
        self.results += result;
    }

    fn halve(&mut self) {
        self.impressions /= 2.0;
        self.predicted /= 2.0;
        self.results /= 2.0;
    }

    /// Results per predicted result, shrunk towards what is believed without these sums (Gamma-Poisson).
    #[must_use]
    pub fn ratio(&self, belief: f64) -> f64 {
        ((self.results + STRENGTH * belief) / (self.predicted + STRENGTH)).clamp(1.0 / RATIO_MAX, RATIO_MAX)
    }
}

/// Won impressions of one goal.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct GoalSums {
    /// By price level, then by prediction; empty until something is won.
    pub(super) cells: Vec<Sums>,
    curve: Curve,
    factors: [f64; PRICE_LEVELS],
    /// Impressions since curve and factors were made.
    fresh: u32,
}

/// What won impressions brought, by goal, prediction and price level.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Calibration {
    pub(super) goals: [GoalSums; GOALS],
}

/// Impressions after which the curve of a goal is made anew.
const CURVE_EVERY: u32 = 200;

/// A map from predicted to real rates that never falls: knots, straight lines between them, rays through zero beyond.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Curve {
    knots: Vec<(f64, f64)>,
}

impl Curve {
    /// The curve through these knots, made to never fall: neighbours that do are pooled (PAVA; Ayer et al. 1955).
    #[must_use]
    pub fn through(points: &[Point]) -> Self {
        let values: Vec<(f64, f64)> = points.iter().map(|point| (point.real, point.weight)).collect();
        let real = isotonic(&values);
        Self { knots: points.iter().zip(real).map(|(point, real)| (point.predicted, real)).collect() }
    }

    /// What a prediction means.
    #[must_use]
    pub fn at(&self, predicted: f64) -> f64 {
        let (Some(first), Some(last)) = (self.knots.first(), self.knots.last()) else { return predicted };
        let right = self.knots.partition_point(|(knot, _)| *knot < predicted);
        if right == 0 {
            return predicted * first.1 / first.0;
        }
        let Some(upper) = self.knots.get(right) else { return predicted * last.1 / last.0 };
        let lower = self.knots[right - 1];
        let width = upper.0 - lower.0;
        if width <= 0.0 { upper.1 } else { lower.1 + (upper.1 - lower.1) * (predicted - lower.0) / width }
    }
}

/// A knot to be: predictions of about this size, what they brought, and how much that weighs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    pub predicted: f64,
    pub real: f64,
    pub weight: f64,
}

/// The never falling sequence nearest to these values, each with its weight (pool adjacent violators).
#[must_use]
pub fn isotonic(values: &[(f64, f64)]) -> Vec<f64> {
    // Blocks of pooled neighbours: mean, weight, members.
    let mut blocks: Vec<(f64, f64, usize)> = Vec::with_capacity(values.len());
    for (value, weight) in values {
        let mut block = (*value, *weight, 1);
        while let Some(last) = blocks.pop_if(|last| last.0 > block.0) {
            let total = last.1 + block.1;
            let mean = if total > 0.0 { (last.0 * last.1 + block.0 * block.1) / total } else { last.0 };
            block = (mean, total, last.2 + block.2);
        }
        blocks.push(block);
    }
    blocks.iter().flat_map(|(mean, _, members)| std::iter::repeat_n(*mean, *members)).collect()
}

fn bin(predicted: f64) -> usize {
    let half_octaves = 2.0 * (predicted.max(1e-12).log2() + 20.0);
    usize::try_from(round_to_count(half_octaves.floor())).unwrap_or(0).min(BINS - 1)
}

impl GoalSums {
    fn allocate(&mut self) {
        if self.cells.is_empty() {
            self.cells = vec![Sums::default(); CELLS];
            self.factors = [1.0; PRICE_LEVELS];
        }
    }

    fn cell(&mut self, level: PriceLevel, predicted: Rate) -> &mut Sums {
        self.allocate();
        &mut self.cells[level.0 * BINS + bin(predicted.number())]
    }

    fn total(&self) -> Sums {
        total(&self.cells)
    }

    /// Puts back sums that were stored; `None` when there is no such place.
    pub(super) fn put(&mut self, place: usize, sums: Sums) -> Option<()> {
        self.allocate();
        *self.cells.get_mut(place)? = sums;
        Some(())
    }

    /// Makes curve and factors from the sums.
    pub(super) fn refresh(&mut self) {
        if self.total().predicted > PREDICTED_MAX {
            self.cells.iter_mut().for_each(Sums::halve);
        }
        let overall = self.total().ratio(1.0);
        let by_bin = (0..BINS).map(|bin| total(self.cells.iter().skip(bin).step_by(BINS)));
        let point = |sum: Sums| {
            let predicted = sum.predicted / sum.impressions;
            let weight = (sum.predicted + STRENGTH) / predicted;
            Point { predicted, real: (predicted * sum.ratio(overall)).min(1.0), weight }
        };
        let points: Vec<Point> = by_bin.filter(|sum| sum.predicted > 0.0).map(point).collect();
        self.curve = Curve::through(&points);
        for (factor, cells) in self.factors.iter_mut().zip(self.cells.chunks(BINS)) {
            *factor = level_sums(&self.curve, cells).ratio(1.0);
        }
        self.fresh = 0;
    }
}

/// A level's sums with what the curve predicts of its impressions, instead of what was predicted.
fn level_sums(curve: &Curve, cells: &[Sums]) -> Sums {
    cells.iter().filter(|sum| sum.predicted > 0.0).fold(Sums::default(), |all, sum| Sums {
        impressions: all.impressions + sum.impressions,
        predicted: all.predicted + sum.impressions * curve.at(sum.predicted / sum.impressions),
        results: all.results + sum.results,
    })
}

impl Calibration {
    /// One won impression: what was predicted, at which price level, and whether it brought a result.
    pub fn add(&mut self, goal: Goal, level: PriceLevel, predicted: Rate, result: bool) {
        let sums = &mut self.goals[goal_index(goal)];
        sums.cell(level, predicted).add(predicted.number(), if result { 1.0 } else { 0.0 });
        sums.fresh += 1;
        if sums.fresh >= CURVE_EVERY {
            sums.refresh();
        }
    }

    /// Corrects an impression that was added with the other label.
    pub fn relabel(&mut self, goal: Goal, level: PriceLevel, predicted: Rate, is_result: bool) {
        let cell = self.goals[goal_index(goal)].cell(level, predicted);
        cell.results = (cell.results + if is_result { 1.0 } else { -1.0 }).max(0.0);
    }

    /// What a prediction of a won impression means.
    #[must_use]
    pub fn calibrated(&self, goal: Goal, level: PriceLevel, predicted: Rate) -> Rate {
        let sums = &self.goals[goal_index(goal)];
        if sums.cells.is_empty() {
            return predicted;
        }
        Rate::from_number((sums.curve.at(predicted.number()) * sums.factors[level.0]).min(1.0))
    }

    /// Everything won for one goal: what was predicted of it, and what came.
    #[must_use]
    pub fn won(&self, goal: Goal) -> Sums {
        self.goals[goal_index(goal)].total()
    }

    /// Results per predicted result over everything won for one goal; near 1 while there is little to tell.
    #[must_use]
    pub fn ratio(&self, goal: Goal) -> f64 {
        self.won(goal).ratio(1.0)
    }
}

fn total<'s>(sums: impl IntoIterator<Item = &'s Sums>) -> Sums {
    sums.into_iter().fold(Sums::default(), |all, sum| Sums {
        impressions: all.impressions + sum.impressions,
        predicted: all.predicted + sum.predicted,
        results: all.results + sum.results,
    })
}

#[cfg(test)]
mod tests;
