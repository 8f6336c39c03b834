//! Rates by level: goal, category, hour, content, order; what is known of one level is the prior of the next.
//!
//! Each level is a Beta-Binomial: its posterior mean is (results + strength × mean above) / (impressions + strength).
//! How strongly a level believes the one above follows from how much its members differ (method of moments).

use std::collections::BTreeMap;

use tuiliu_domain::id::ContentId;
use tuiliu_domain::limits::PREDICTOR_CELLS_MAX;
use tuiliu_domain::promotion::Goal;

use super::{Belief, Prior, Rate, goal_index};
use crate::approximate::round_to_count;
use crate::random::mix;

/// Where an impression belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub goal: Goal,
    /// Hash of the room's category.
    pub category: u64,
    pub content: ContentId,
}

/// A level of the hierarchy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Goal,
    Category,
    Hour,
    Room,
}

/// How many levels there are above the orders.
pub(super) const LEVELS: usize = 4;

/// Impressions that the mean above weighs, for each level and last for orders.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Strengths(pub [f64; LEVELS + 1]);

impl Default for Strengths {
    fn default() -> Self {
        Self([200.0, 200.0, 500.0, 200.0, 200.0])
    }
}

/// Strengths that are fitted stay in this range.
const STRENGTH_MIN: f64 = 20.0;
const STRENGTH_MAX: f64 = 100_000.0;
/// Members and results that a fit needs at least.
const FIT_MEMBERS_MIN: u32 = 8;
const FIT_RESULTS_MIN: f64 = 50.0;
/// Counts are halved beyond this, so that what is long ago is forgotten.
pub(super) const IMPRESSIONS_MAX: u32 = 1 << 20;

/// One member of one level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) level: Level,
    pub(super) goal: Goal,
    /// Key of the member of the level above; 0 at the top.
    pub(super) parent: u64,
    pub(super) impressions: u32,
    pub(super) results: u32,
}

/// Counts of one tenant by level, and how strongly each level believes the one above.
#[derive(Debug, Clone, Default)]
pub struct Hierarchy {
    pub(super) cells: BTreeMap<u64, Cell>,
    pub(super) strengths: Strengths,
}

fn goal_number(goal: Goal) -> u64 {
    u64::try_from(goal_index(goal)).unwrap_or(0)
}

/// Keys and levels from the top down.
fn path(place: Place, hour: usize) -> [(u64, Level); LEVELS] {
    let goal = mix(goal_number(place.goal) + 1);
    let category = mix(goal ^ place.category);
    let hour = mix(category ^ (u64::try_from(hour).unwrap_or(0) + 1));
    let halves = place.content.value() ^ (place.content.value() >> 64);
    let content = mix(mix(u64::try_from(halves & u128::from(u64::MAX)).unwrap_or(0)) ^ goal);
    [(goal, Level::Goal), (category, Level::Category), (hour, Level::Hour), (content, Level::Room)]
}

/// Posterior mean of counts under a mean above and its strength.
fn posterior(impressions: f64, results: f64, above: f64, strength: f64) -> f64 {
    ((results + strength * above) / (impressions + strength).max(1e-9)).clamp(1e-9, 1.0)
}

impl Hierarchy {
    /// The strengths in use.
    #[must_use]
    pub const fn strengths(&self) -> Strengths {
        self.strengths
    }

    /// An impression, and whether it brought a result.
    pub fn add(&mut self, place: Place, hour: usize, result: bool) {
        self.count(place, hour, (1, u32::from(result)));
    }

    /// A result of an impression that was counted without one.
    pub fn add_late_result(&mut self, place: Place, hour: usize) {
        self.count(place, hour, (0, 1));
    }

    /// A result that was counted and taken back.
    pub fn take_back_result(&mut self, place: Place, hour: usize) {
        for (key, _) in path(place, hour) {
            if let Some(cell) = self.cells.get_mut(&key) {
                cell.results = cell.results.saturating_sub(1);
            }
        }
    }

    fn count(&mut self, place: Place, hour: usize, (impressions, results): (u32, u32)) {
        let mut parent = 0;
        for (key, level) in path(place, hour) {
            let fresh = Cell { level, goal: place.goal, parent, impressions: 0, results: 0 };
            let cell = self.cells.entry(key).or_insert(fresh);
            cell.impressions += impressions;
            cell.results = (cell.results + results).min(cell.impressions);
            if cell.impressions > IMPRESSIONS_MAX {
                cell.impressions /= 2;
                cell.results /= 2;
            }
            parent = key;
        }
        if self.cells.len() > PREDICTOR_CELLS_MAX {
            self.forget_smallest();
        }
    }

    /// Drops the rooms that were shown least: they fall back to their category, which is close.
    fn forget_smallest(&mut self) {
        let mut shown: Vec<u32> = self.cells.values().map(|cell| cell.impressions).collect();
        let middle = shown.len() / 4;
        let (_, least, _) = shown.select_nth_unstable(middle);
        let least = *least;
        self.cells.retain(|_, cell| matches!(cell.level, Level::Goal) || cell.impressions > least);
    }

    /// Rate of an order of this place before anything is known of the order itself.
    #[must_use]
    pub fn rate_above(&self, place: Place, hour: usize) -> f64 {
        let top = Prior::of(place.goal).rate.number();
        path(place, hour).iter().zip(self.strengths.0).fold(top, |above, ((key, _), strength)| {
            let Some(cell) = self.cells.get(key) else { return above };
            posterior(f64::from(cell.impressions), f64::from(cell.results), above, strength)
        })
    }

    /// What is believed of an order that was shown so often with so many results.
    ///
    /// `reach` is the furthest correction in use, as a logarithm of odds.
    #[must_use]
    pub fn belief(&self, place: Place, hour: usize, own: OwnCounts, reach: f32) -> Belief {
        let above = self.rate_above(place, hour);
        let strength = self.strengths.0[LEVELS];
        let impressions = count_number(own.impressions);
        let rate = posterior(impressions, count_number(own.results), above, strength);
        let highest = super::belief::corrected(rate, reach);
        let weight = u32::try_from(round_to_count(impressions + strength)).unwrap_or(u32::MAX);
        let rate = Rate::from_number(rate);
        Belief { rate, ceiling: Rate::from_number(highest).max(rate), weight: if own.is_known { 0 } else { weight } }
    }

    /// Fits the strength of every level to how much its members differ from what the level above says.
    pub fn fit(&mut self) {
        let mut sums = [Moments::default(); LEVELS];
        for cell in self.cells.values() {
            let Some(parent) = self.cells.get(&cell.parent) else { continue };
            if parent.impressions == 0 {
                continue;
            }
            let above = f64::from(parent.results.max(1)) / f64::from(parent.impressions);
            sums[cell.level.number()].add(f64::from(cell.impressions), f64::from(cell.results), above);
        }
        for (strength, sum) in self.strengths.0.iter_mut().zip(sums) {
            if let Some(fitted) = sum.strength() {
                *strength = fitted;
            }
        }
    }

    /// Takes the strength with which orders believe their rooms from sums over the orders.
    pub fn fit_orders(&mut self, orders: Moments) {
        if let Some(fitted) = orders.strength() {
            self.strengths.0[LEVELS] = fitted;
        }
    }
}

/// What an order itself has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OwnCounts {
    pub impressions: u64,
    pub results: u64,
    /// Shown often enough not to be explored.
    pub is_known: bool,
}

fn count_number(count: u64) -> f64 {
    crate::approximate::approximate(i64::try_from(count).unwrap_or(i64::MAX))
}

impl Level {
    pub(super) const fn number(self) -> usize {
        match self {
            Self::Goal => 0,
            Self::Category => 1,
            Self::Hour => 2,
            Self::Room => 3,
        }
    }

    pub(super) const ALL: [Self; LEVELS] = [Self::Goal, Self::Category, Self::Hour, Self::Room];
}

/// Sums from which the strength of a Beta-Binomial follows, over members of a level with the mean above each.
#[derive(Debug, Clone, Copy, Default)]
pub struct Moments {
    members: u32,
    results: f64,
    /// Squared deviations beyond what chance alone brings.
    excess: f64,
    /// What they would be, were all impressions of a member alike.
    most: f64,
}

impl Moments {
    /// One more member: its counts, and the mean it was expected to have.
    pub fn add(&mut self, impressions: f64, results: f64, above: f64) {
        if impressions < 1.0 {
            return;
        }
        let chance = above * (1.0 - above);
        let deviation = results - impressions * above;
        self.members += 1;
        self.results += results;
        self.excess += deviation * deviation - impressions * chance;
        self.most += impressions * (impressions - 1.0) * chance;
    }

    /// The strength; `None` when there is too little to tell.
    #[must_use]
    pub fn strength(&self) -> Option<f64> {
        if self.members < FIT_MEMBERS_MIN || self.results < FIT_RESULTS_MIN || self.most <= 0.0 {
            return None;
        }
        let alike = self.excess / self.most;
        let strength = if alike <= 0.0 { STRENGTH_MAX } else { (1.0 - alike) / alike };
        Some(strength.clamp(STRENGTH_MIN, STRENGTH_MAX))
    }
}

#[cfg(test)]
mod tests;
