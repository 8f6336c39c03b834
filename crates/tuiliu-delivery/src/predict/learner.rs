//! The learner of one tenant: examples in, beliefs and weights out; beside the decisions, on the tick.

use tuiliu_domain::id::{DecisionId, PromotionOrderId};
use tuiliu_domain::money::Micros;
use tuiliu_domain::promotion::Goal;
use tuiliu_domain::time::Timestamp;

use super::belief::{CORRECTION_MAX, log_odds};
use super::calibration::{Calibration, PriceLevel, Sums};
use super::ftrl::{Example, Exploration, Ftrl, FtrlSettings, Model, TABLE_BITS};
use super::hierarchy::{Hierarchy, Moments, OwnCounts, Place};
use super::pending::{Pending, Served, Told, Windows};
use super::{Belief, Rate};

/// How much further than the furthest correction seen a rate may be moved.
const REACH_ROOM: f32 = 0.2;
/// How fast the furthest correction seen is forgotten, for each example.
const REACH_DECAY: f32 = 0.999_9;

/// An impression that was learnt from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Learnt {
    pub order: PromotionOrderId,
    pub place: Place,
    pub result: bool,
    /// What a result of it costs, and what the auction thought how likely it is.
    pub price: Micros,
    pub predicted: Rate,
}

/// See the module.
#[derive(Debug)]
pub struct Learner {
    pub(super) ftrl: Ftrl,
    pub(super) hierarchy: Hierarchy,
    pub(super) calibration: Calibration,
    pub(super) windows: Windows,
    pub(super) exploration: Exploration,
    pending: Pending,
    /// The furthest correction of late, as a logarithm of odds.
    pub(super) reach: f32,
    /// Examples learnt so far, by this process.
    examples: u64,
}

impl Default for Learner {
    fn default() -> Self {
        Self::new(TABLE_BITS, FtrlSettings::default())
    }
}

impl Learner {
    /// Knows nothing; will have 2^bits weights.
    #[must_use]
    pub fn new(bits: u32, settings: FtrlSettings) -> Self {
        Self {
            ftrl: Ftrl::new(bits, settings),
            hierarchy: Hierarchy::default(),
            calibration: Calibration::default(),
            windows: Windows::default(),
            exploration: Exploration::default(),
            pending: Pending::default(),
            reach: 0.0,
            examples: 0,
        }
    }

    /// An item was served: a possible example. Ghosts and natural items are never given here.
    pub fn serve(&mut self, served: Served, now: Timestamp) {
        self.pending.serve(served, now);
    }

    /// An impression was reported; `false` when nothing is known of it.
    pub fn show(&mut self, decision: DecisionId, now: Timestamp) -> bool {
        self.pending.show(decision, now, &self.windows)
    }

    /// A result was reported. One that comes late corrects what was learnt.
    pub fn result(&mut self, decision: DecisionId, now: Timestamp) -> Told {
        let told = self.pending.result(decision, now, &mut self.windows);
        if let Told::Late(served) = &told {
            self.relabel(served, true);
        }
        told
    }

    /// A result was taken back.
    pub fn undo(&mut self, decision: DecisionId) -> Told {
        let told = self.pending.undo(decision);
        if let Told::Late(served) = &told {
            self.relabel(served, false);
        }
        told
    }

    fn relabel(&mut self, served: &Served, is_result: bool) {
        self.examples += 1;
        self.ftrl.relabel(&served.features, is_result);
        if is_result {
            self.hierarchy.add_late_result(served.place, served.hour);
        } else {
            self.hierarchy.take_back_result(served.place, served.hour);
        }
        if !served.is_drawn {
            let level = PriceLevel::of(served.price, served.predicted);
            self.calibration.relabel(served.place.goal, level, served.predicted, is_result);
        }
    }

    /// Learns from every impression whose result had its time.
    pub fn learn(&mut self, now: Timestamp) -> Vec<Learnt> {
        let mature = self.pending.mature(now);
        let mut learnt = Vec::with_capacity(mature.len());
        for (served, result) in mature {
            self.learn_one(&served, result);
            let Served { order, place, price, predicted, .. } = served;
            learnt.push(Learnt { order, place, result, price, predicted });
        }
        learnt
    }

    /// Learns from one impression whose outcome is known.
    pub fn learn_one(&mut self, served: &Served, result: bool) {
        let odds = narrow(log_odds(served.believed));
        let correction = self.ftrl.sum(&served.features).abs();
        self.reach = (self.reach * REACH_DECAY).max(correction.min(CORRECTION_MAX));
        self.ftrl.learn(Example { features: &served.features, log_odds: odds, result });
        self.hierarchy.add(served.place, served.hour, result);
        if !served.is_drawn {
            let level = PriceLevel::of(served.price, served.predicted);
            self.calibration.add(served.place.goal, level, served.predicted, result);
        }
        self.examples += 1;
    }

    /// An impression of which only the order is known, e.g. one that another node served.
    pub fn count_foreign_impression(&mut self, place: Place, hour: usize) {
        self.examples += 1;
        self.hierarchy.add(place, hour, false);
    }

    /// A result of such an impression.
    pub fn count_foreign_result(&mut self, place: Place, hour: usize) {
        self.examples += 1;
        self.hierarchy.add_late_result(place, hour);
    }

    /// What is believed of an order that was shown so often with so many results.
    #[must_use]
    pub fn belief(&self, place: Place, hour: usize, (impressions, results): (u64, u64)) -> Belief {
        let is_known = impressions >= u64::from(self.exploration.impressions_max);
        // Draws of orders that little is known of need the whole range.
        let reach = if is_known { (self.reach + REACH_ROOM).min(CORRECTION_MAX) } else { CORRECTION_MAX };
        let reach = if is_known && self.ftrl.is_empty() { 0.0 } else { reach };
        self.hierarchy.belief(place, hour, OwnCounts { impressions, results, is_known }, reach)
    }

    /// Adds an order to the sums from which the strength of the lowest level follows.
    pub fn add_to_moments(&self, moments: &mut Moments, place: Place, hour: usize, (impressions, results): (u32, u32)) {
        let above = self.hierarchy.rate_above(place, hour);
        moments.add(f64::from(impressions), f64::from(results), above);
    }

    /// Fits how strongly each level believes the one above; seldom, it looks at everything.
    pub fn fit_strengths(&mut self, orders: Moments) {
        self.hierarchy.fit();
        self.hierarchy.fit_orders(orders);
    }

    /// The weights as they are now, for decisions to read.
    #[must_use]
    pub fn model(&self) -> Model {
        self.ftrl.model(self.exploration)
    }

    /// How many examples were learnt from; grows whenever anything has changed.
    #[must_use]
    pub const fn examples(&self) -> u64 {
        self.examples
    }

    /// What was served and is not known to be seen yet.
    #[must_use]
    pub fn unseen(&self, decision: DecisionId) -> Option<&Served> {
        self.pending.unseen(decision)
    }

    /// Whether an impression is remembered: `Some(true)` until it is learnt from, `Some(false)` for a while after.
    #[must_use]
    pub fn is_open(&self, decision: DecisionId) -> Option<bool> {
        self.pending.is_open(decision)
    }

    /// What a prediction of a won impression means, by what won impressions have brought.
    #[must_use]
    pub fn calibrated(&self, goal: Goal, price: Micros, predicted: Rate) -> Rate {
        self.calibration.calibrated(goal, PriceLevel::of(price, predicted), predicted)
    }

    /// Everything won for one goal: what was predicted of it, and what came.
    #[must_use]
    pub fn won(&self, goal: Goal) -> Sums {
        self.calibration.won(goal)
    }

    /// Results per predicted result over everything won for one goal.
    #[must_use]
    pub fn won_ratio(&self, goal: Goal) -> f64 {
        self.calibration.ratio(goal)
    }
}

/// The nearest number of half the width.
#[expect(clippy::as_conversions, reason = "the one named way to a narrower prediction; there is no `From`")]
pub(super) const fn narrow(number: f64) -> f32 {
    number as f32
}

#[cfg(test)]
mod tests;
