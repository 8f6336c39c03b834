//! Split conformal ranges: ranks of scores, exact.

use tuiliu_domain::promotion::Range;

use crate::approximate::{approximate, round_to_whole};

/// Millionths in one.
const WHOLE: u32 = 1_000_000;

/// What may lie outside a range on each side; millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tails {
    pub below: u32,
    pub above: u32,
}

impl Tails {
    /// From P10 to P90.
    pub const EIGHTY_PERCENT: Self = Self { below: 100_000, above: 100_000 };
}

/// The rank ⌈(n + 1)(1 − tail)⌉ among `count` ascending scores, counted from 1: the next score lies above the one
/// with this rank with a chance of at most `tail`. `None` when so few scores cannot tell.
#[must_use]
pub fn conformal_rank(count: usize, tail_millionths: u32) -> Option<usize> {
    let next = u128::try_from(count).ok()? + 1;
    let kept = u128::from(WHOLE - tail_millionths.min(WHOLE));
    let rank = usize::try_from((next * kept).div_ceil(u128::from(WHOLE))).ok()?.max(1);
    (rank <= count).then_some(rank)
}

/// How far what came lies from what was expected: `ln(actual ÷ point)`, each with a half added so that nothing at all
/// is a number too.
#[must_use]
pub fn score(point: i64, actual: i64) -> f64 {
    let shifted = |count: i64| approximate(u64::try_from(count).unwrap_or(0)) + 0.5;
    (shifted(actual) / shifted(point)).ln()
}

/// Scores, ascending; not-a-number is left out.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Scores {
    ascending: Vec<f64>,
}

/// The scores between which the next one lies, and the middle one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScoreRange {
    pub low: f64,
    pub mid: f64,
    pub high: f64,
}

impl Scores {
    /// These scores.
    #[must_use]
    pub fn new(scores: impl IntoIterator<Item = f64>) -> Self {
        let mut ascending: Vec<f64> = scores.into_iter().filter(|score| !score.is_nan()).collect();
        ascending.sort_unstable_by(f64::total_cmp);
        Self { ascending }
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.ascending.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.ascending.is_empty()
    }

    /// One more.
    pub fn insert(&mut self, score: f64) {
        if !score.is_nan() {
            let place = self.ascending.partition_point(|own| own.total_cmp(&score).is_lt());
            self.ascending.insert(place, score);
        }
    }

    /// One of them less, if it is there.
    pub fn remove(&mut self, score: f64) {
        let place = self.ascending.partition_point(|own| own.total_cmp(&score).is_lt());
        if self.ascending.get(place).is_some_and(|own| own.total_cmp(&score).is_eq()) {
            self.ascending.remove(place);
        }
    }

    /// The score that the next one exceeds with a chance of at most `tail`; `None` when there are too few.
    #[must_use]
    pub fn upper(&self, tail_millionths: u32) -> Option<f64> {
        conformal_rank(self.len(), tail_millionths).map(|rank| self.ascending[rank - 1])
    }

    /// The score that the next one falls short of with a chance of at most `tail`; `None` when there are too few.
    #[must_use]
    pub fn lower(&self, tail_millionths: u32) -> Option<f64> {
        conformal_rank(self.len(), tail_millionths).map(|rank| self.ascending[self.len() - rank])
    }

    /// The middle one, or the mean of both; `None` when there is none.
    #[must_use]
    pub fn median(&self) -> Option<f64> {
        let (low, high) = (self.len().checked_sub(1)? / 2, self.len() / 2);
        Some(f64::midpoint(self.ascending[low], self.ascending[high]))
    }

    /// The range with these tails. Where a tail is thinner than so few scores can tell, it ends at the outermost one.
    #[must_use]
    pub fn range(&self, tails: Tails) -> Option<ScoreRange> {
        let (first, last) = (*self.ascending.first()?, *self.ascending.last()?);
        let (low, high) = (self.lower(tails.below).unwrap_or(first), self.upper(tails.above).unwrap_or(last));
        let mid = self.median()?;
        // Tails that adapt can pass the middle.
        Some(ScoreRange { low: low.min(mid), mid, high: high.max(mid) })
    }
}

impl ScoreRange {
    /// The range of what may come where so much is expected: ends are rounded outwards.
    #[must_use]
    pub fn around(&self, point: i64) -> Range {
        let shifted = approximate(u64::try_from(point).unwrap_or(0)) + 0.5;
        let at = |score: f64| shifted * score.exp() - 0.5;
        let whole = |number: f64| round_to_whole(number).max(0);
        // A rounding error must not push an order that ended exactly at the end out of its range.
        let (low, high) = (whole((at(self.low) - ROUNDING).ceil()), whole((at(self.high) + ROUNDING).floor()));
        let mid = whole(at(self.mid)).clamp(low.min(high), high);
        Range { low: low.min(mid), mid, high }
    }
}

/// Counts below 2³⁰ come back exactly from their scores within this.
const ROUNDING: f64 = 1e-6;
