//! Impressions whose outcome is still open: each becomes an example once its result had time to come.

use std::collections::{BTreeSet, HashMap, VecDeque};

use tuiliu_domain::id::{DecisionId, PromotionOrderId};
use tuiliu_domain::limits::PREDICTOR_EXAMPLES_MAX;
use tuiliu_domain::money::Micros;
use tuiliu_domain::promotion::Goal;
use tuiliu_domain::time::{MINUTE_MS, SECOND_MS, Timestamp};

use super::feature::Features;
use super::hierarchy::Place;
use super::{GOALS, Rate, goal_index};

/// How long a served item may take to be reported as shown.
const SERVED_FOR_MS: i64 = 10 * MINUTE_MS;
/// How long an impression without a result is remembered, so that a late one corrects it.
const LATE_FOR_MS: i64 = 30 * MINUTE_MS;

/// What is kept of a served item.
#[derive(Debug, Clone, Copy)]
pub struct Served {
    pub decision: DecisionId,
    pub order: PromotionOrderId,
    pub place: Place,
    pub hour: usize,
    pub features: Features,
    /// What the hierarchy believed.
    pub believed: Rate,
    /// What the auction used: corrected, drawn, or the host's.
    pub predicted: Rate,
    pub price: Micros,
    /// The rate was drawn, not predicted: it says nothing about how good predictions are.
    pub is_drawn: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Not known to be seen.
    Served,
    Shown {
        since: Timestamp,
    },
    /// Learnt from; kept in case it was wrong.
    Mature,
}

#[derive(Debug)]
struct Open {
    served: Served,
    stage: Stage,
    due_at: Timestamp,
    result: bool,
}

/// What a report did.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::large_enum_variant, reason = "an answer that is looked at once and never kept")]
pub enum Told {
    /// Nothing is known of the impression: served by another node, or before a restart, or too long ago.
    Unknown,
    /// It is noted, and counts when the impression is mature.
    Noted,
    /// It was noted before.
    Again,
    /// The impression was learnt from with the other label.
    Late(Served),
}

/// Served and shown impressions of one tenant on this node; what is lost in a crash is only examples.
#[derive(Debug, Default)]
pub struct Pending {
    open: HashMap<DecisionId, Open>,
    /// What was served, in the order in which it is given up; what was seen meanwhile is passed over.
    served: VecDeque<(Timestamp, DecisionId)>,
    /// What was shown, by when its result had its time.
    due: BTreeSet<(Timestamp, DecisionId)>,
    /// What was learnt from, in the order of being forgotten.
    mature: VecDeque<(Timestamp, DecisionId)>,
}

impl Pending {
    /// Remembers what was served. When there are too many, the oldest that was not seen is forgotten, so that a host
    /// that never reports does not keep others from being learnt from; then the oldest that was learnt from. When all
    /// wait for their results, it is not an example.
    pub fn serve(&mut self, served: Served, now: Timestamp) {
        if self.open.contains_key(&served.decision) {
            return;
        }
        if self.open.len() >= PREDICTOR_EXAMPLES_MAX && !self.forget_unseen(Timestamp::from_ms(i64::MAX)) {
            let oldest = self.mature.pop_front();
            oldest.and_then(|(_, decision)| self.open.remove(&decision));
        }
        if self.open.len() < PREDICTOR_EXAMPLES_MAX {
            let due_at = now.plus_ms(SERVED_FOR_MS);
            self.served.push_back((due_at, served.decision));
            self.open.insert(served.decision, Open { served, stage: Stage::Served, due_at, result: false });
        }
    }

    /// It was seen: its result has this long to come. `false` when nothing is known of it.
    pub fn show(&mut self, decision: DecisionId, now: Timestamp, windows: &Windows) -> bool {
        let Some(open) = self.open.get_mut(&decision) else { return false };
        if open.stage == Stage::Served {
            open.stage = Stage::Shown { since: now };
            open.due_at = now.plus_ms(windows.of(open.served.place.goal));
            self.due.insert((open.due_at, decision));
        }
        true
    }

    /// It brought a result.
    pub fn result(&mut self, decision: DecisionId, now: Timestamp, windows: &mut Windows) -> Told {
        let Some(open) = self.open.get_mut(&decision) else { return Told::Unknown };
        if open.result {
            return Told::Again;
        }
        open.result = true;
        let goal = open.served.place.goal;
        match open.stage {
            Stage::Served => Told::Noted,
            Stage::Shown { since } => {
                windows.learn(goal, now.since_ms(since));
                Told::Noted
            }
            Stage::Mature => {
                windows.learn(goal, i64::MAX);
                Told::Late(open.served)
            }
        }
    }

    /// Its result was taken back.
    pub fn undo(&mut self, decision: DecisionId) -> Told {
        let Some(open) = self.open.get_mut(&decision) else { return Told::Unknown };
        if !open.result {
            return Told::Again;
        }
        open.result = false;
        if open.stage == Stage::Mature { Told::Late(open.served) } else { Told::Noted }
    }

    /// Impressions whose result had its time, each with whether it came.
    pub fn mature(&mut self, now: Timestamp) -> Vec<(Served, bool)> {
        while let Some((_, decision)) = self.mature.pop_front_if(|(until, _)| *until <= now) {
            self.open.remove(&decision);
        }
        while self.forget_unseen(now) {}
        let mut mature = Vec::new();
        while let Some(decision) = pop_due(&mut self.due, now) {
            let Some(open) = self.open.get_mut(&decision) else { continue };
            open.stage = Stage::Mature;
            mature.push((open.served, open.result));
            self.mature.push_back((now.plus_ms(LATE_FOR_MS), decision));
        }
        mature
    }

    /// Forgets the oldest that was not seen, if it was to be seen by then.
    fn forget_unseen(&mut self, now: Timestamp) -> bool {
        while let Some((_, decision)) = self.served.pop_front_if(|(until, _)| *until <= now) {
            if self.unseen(decision).is_some() {
                self.open.remove(&decision);
                return true;
            }
        }
        false
    }

    /// What was served and is not known to be seen yet.
    #[must_use]
    pub fn unseen(&self, decision: DecisionId) -> Option<&Served> {
        self.open.get(&decision).filter(|open| open.stage == Stage::Served).map(|open| &open.served)
    }

    /// Whether the impression still waits to be learnt from.
    #[must_use]
    pub fn is_open(&self, decision: DecisionId) -> Option<bool> {
        self.open.get(&decision).map(|open| open.stage != Stage::Mature)
    }

    /// How many are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.open.len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }
}

/// Takes the first off that is due.
fn pop_due(waiting: &mut BTreeSet<(Timestamp, DecisionId)>, now: Timestamp) -> Option<DecisionId> {
    waiting.first().filter(|(due_at, _)| *due_at <= now)?;
    waiting.pop_first().map(|(_, decision)| decision)
}

/// How long results of each goal are waited for: half as long again as 95% of them have taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Windows {
    /// The 95% quantile of delays, in milliseconds.
    pub(super) usual_ms: [f64; GOALS],
}

const WINDOW_MS_MIN: i64 = 30 * SECOND_MS;
const WINDOW_MS_MAX: i64 = 30 * MINUTE_MS;
const QUANTILE: f64 = 0.95;
const STEP: f64 = 0.1;

impl Default for Windows {
    fn default() -> Self {
        Self { usual_ms: [40_000.0, 200_000.0, 200_000.0, 200_000.0, 600_000.0, 200_000.0, 200_000.0] }
    }
}

impl Windows {
    /// The window of a goal, in milliseconds.
    #[must_use]
    pub fn of(&self, goal: Goal) -> i64 {
        let window = crate::approximate::round_to_count(1.5 * self.usual_ms[goal_index(goal)]);
        window.clamp(WINDOW_MS_MIN, WINDOW_MS_MAX)
    }

    /// A result has taken so long: the quantile moves up by 95% of a step or down by 5%.
    fn learn(&mut self, goal: Goal, delay_ms: i64) {
        let usual = &mut self.usual_ms[goal_index(goal)];
        let is_longer = crate::approximate::approximate(delay_ms) > *usual;
        let step = if is_longer { QUANTILE } else { QUANTILE - 1.0 };
        *usual = (*usual * (1.0 + STEP * step)).clamp(1_000.0, 1_200_000.0);
    }
}

#[cfg(test)]
pub(super) mod tests;
