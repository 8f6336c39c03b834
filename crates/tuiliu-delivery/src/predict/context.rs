//! What of a request bears on how likely a result is; made once per request, read for every order.

use std::sync::Arc;

use tuiliu_domain::time::Timestamp;

use super::belief::{Belief, corrected};
use super::feature::{Features, Traits, hour_of_day};
use super::ftrl::{Model, bounded};
use super::hierarchy::Place;
use super::{GOALS, Rate, goal_index};
use crate::random::{fold, mix};
use crate::request::Request;
use crate::snapshot::{Candidate, Snapshot};

/// The circumstances of one request, as predictions see them.
#[derive(Debug, Clone)]
pub struct Context {
    model: Arc<Model>,
    traits: Traits,
    /// What the request alone adds, by goal.
    sums: [f32; GOALS],
    hour: usize,
    draw: u64,
    /// Orders that little is known of are ranked by a draw.
    explores: bool,
}

impl Context {
    /// The circumstances of this request. `draw` is random: it decides whether and how this request explores.
    #[must_use]
    pub fn of(snapshot: &Snapshot, request: &Request, now: Timestamp, draw: u64) -> Self {
        let model = snapshot.model.load();
        let traits = Traits::of(request, now);
        let mut sums = [0.0; GOALS];
        if !model.is_empty() {
            for (goal, sum) in sums.iter_mut().enumerate() {
                *sum = model.sum(&traits.own(goal));
            }
        }
        let explores = ((draw >> 32) * 1_000_000) >> 32 < u64::from(model.exploration.share_millionths);
        Self { model, traits, sums, hour: hour_of_day(now), draw, explores }
    }

    fn correction(&self, candidate: &Candidate) -> f32 {
        if self.model.is_empty() {
            return 0.0;
        }
        bounded(self.sums[goal_index(candidate.goal)] + self.model.sum(&self.traits.joint(candidate)))
    }

    fn rate(&self, candidate: &Candidate, belief: Belief) -> Rate {
        let correction = self.correction(candidate);
        let is_drawn = self.explores && belief.weight > 0;
        if correction == 0.0 && !is_drawn {
            return belief.rate;
        }
        let believed = if is_drawn { belief.draw(self.lot(candidate)) } else { belief.rate.number() };
        Rate::from_number(corrected(believed, correction)).min(belief.ceiling)
    }

    fn expected(&self, candidate: &Candidate, belief: Belief) -> Rate {
        let correction = self.correction(candidate);
        if correction == 0.0 {
            return belief.rate;
        }
        Rate::from_number(corrected(belief.rate.number(), correction)).min(belief.ceiling)
    }

    /// Random bits for one order, whichever orders are looked at before it.
    fn lot(&self, candidate: &Candidate) -> u64 {
        let order = candidate.order.value();
        mix(self.draw ^ fold(order))
    }

    /// What an example of this order in these circumstances is learnt from.
    #[must_use]
    pub fn features(&self, candidate: &Candidate) -> Features {
        self.traits.features(candidate)
    }

    /// The hour of the day, by the world's clock.
    #[must_use]
    pub const fn hour(&self) -> usize {
        self.hour
    }

    /// Whether the rate of this order is drawn in this request.
    #[must_use]
    pub fn is_drawn(&self, candidate: &Candidate) -> bool {
        self.explores && candidate.counts.belief().is_some_and(|belief| belief.weight > 0)
    }
}

impl Candidate {
    /// Probability that an impression of this order in these circumstances brings a result.
    #[must_use]
    pub fn rate(&self, context: &Context) -> Rate {
        match self.counts.belief() {
            Some(belief) => context.rate(self, belief),
            None => self.counts.rate(self.prior),
        }
    }

    /// The same on average: what is expected, not what is tried.
    #[must_use]
    pub fn expected_rate(&self, context: &Context) -> Rate {
        match self.counts.belief() {
            Some(belief) => context.expected(self, belief),
            None => self.counts.rate(self.prior),
        }
    }

    /// The highest probability that [`rate`](Self::rate) can answer, whatever the circumstances, until more is
    /// learnt: what an early stop may rely on.
    #[must_use]
    pub fn rate_max(&self) -> Rate {
        self.counts.ceiling().unwrap_or_else(|| self.counts.rate(self.prior))
    }

    /// Where its impressions belong in the hierarchy of rates.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { goal: self.goal, category: self.counts.category(), content: self.content }
    }

    /// The mean that the hierarchy believes in, before circumstances and draws.
    #[must_use]
    pub fn believed(&self) -> Rate {
        self.counts.belief().map_or_else(|| self.counts.rate(self.prior), |belief| belief.rate)
    }
}

#[cfg(test)]
mod tests;
