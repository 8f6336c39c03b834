//! Online logistic regression by FTRL-proximal (McMahan et al. 2013): what the circumstances add to a rate.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;

use super::belief::CORRECTION_MAX;
use super::feature::{Features, NOWHERE};

/// 2^bits weights of one tenant (*default*).
pub const TABLE_BITS: u32 = 18;
/// Most bits a place in the table has.
pub(super) const TABLE_BITS_MAX: u32 = 24;

/// How many requests may be used to learn about orders that little is known of, and for how long an order is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exploration {
    /// Share of requests in which such orders are ranked by a draw from what is believed; millionths.
    pub share_millionths: u32,
    /// Impressions after which an order is known.
    pub impressions_max: u32,
}

impl Default for Exploration {
    fn default() -> Self {
        Self { share_millionths: 50_000, impressions_max: 1_000 }
    }
}

/// Weights as decisions read them: immutable, swapped whole.
#[derive(Debug, Clone)]
pub struct Model {
    /// A power of two of them; a single zero while nothing is learnt.
    weights: Arc<[f32]>,
    pub exploration: Exploration,
}

impl Default for Model {
    fn default() -> Self {
        Self { weights: Arc::from([0.0]), exploration: Exploration::default() }
    }
}

impl Model {
    /// Whether it corrects nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.weights.len() == 1
    }

    /// The sum of the weights at these places.
    #[must_use]
    pub fn sum(&self, places: &[u32]) -> f32 {
        sum(&self.weights, places)
    }
}

/// A correction within its bounds.
pub(super) const fn bounded(sum: f32) -> f32 {
    sum.clamp(-CORRECTION_MAX, CORRECTION_MAX)
}

/// The current model of a tenant; shared by all snapshots of the tenant.
#[derive(Debug, Default)]
pub struct ModelCell {
    model: ArcSwap<Model>,
    version: AtomicU64,
}

impl ModelCell {
    /// The current model.
    #[must_use]
    pub fn load(&self) -> Arc<Model> {
        self.model.load_full()
    }

    /// Puts a model in the place of the last one; decisions under way finish on the old.
    pub fn publish(&self, model: Model) {
        self.model.store(Arc::new(model));
        self.version.fetch_add(1, Ordering::Relaxed);
    }

    /// How many models were published here; 0 is the prior alone.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version.load(Ordering::Relaxed)
    }
}

/// Rates and penalties of learning; the names of the paper.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FtrlSettings {
    pub alpha: f32,
    pub beta: f32,
    /// A feature gets a weight only when its results deviate by more than this.
    pub lambda1: f32,
    pub lambda2: f32,
}

impl Default for FtrlSettings {
    fn default() -> Self {
        Self { alpha: 0.1, beta: 1.0, lambda1: 1.0, lambda2: 1.0 }
    }
}

/// The learner's side of the weights: two numbers for each, from which the weight follows.
#[derive(Debug, Clone)]
pub struct Ftrl {
    settings: FtrlSettings,
    bits: u32,
    /// Empty until there is something to learn: most tenants of a small host never have it.
    pub(super) z: Vec<f32>,
    pub(super) n: Vec<f32>,
    weights: Vec<f32>,
}

/// One example: where its features are, the log-odds believed without them, and what came of it.
#[derive(Debug, Clone, Copy)]
pub struct Example<'f> {
    pub features: &'f Features,
    pub log_odds: f32,
    pub result: bool,
}

impl Ftrl {
    /// Knows nothing; will have 2^bits weights.
    #[must_use]
    pub const fn new(bits: u32, settings: FtrlSettings) -> Self {
        let bits = if bits > TABLE_BITS_MAX { TABLE_BITS_MAX } else { bits };
        Self { settings, bits, z: Vec::new(), n: Vec::new(), weights: Vec::new() }
    }

    /// Logarithm of the number of weights.
    #[must_use]
    pub const fn bits(&self) -> u32 {
        self.bits
    }

    /// Whether it has learnt anything.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.z.is_empty()
    }

    pub(super) fn allocate(&mut self) {
        if self.is_empty() {
            let count = 1_usize << self.bits;
            self.z = vec![0.0; count];
            self.n = vec![0.0; count];
            self.weights = vec![0.0; count];
        }
    }

    /// The probability of a result by everything known now.
    #[must_use]
    pub fn probability(&self, features: &Features, log_odds: f32) -> f32 {
        logistic(log_odds + bounded(self.sum(features)))
    }

    /// The correction as it stands, before it is bounded.
    #[must_use]
    pub fn sum(&self, features: &Features) -> f32 {
        if self.is_empty() { 0.0 } else { sum(&self.weights, &features.0) }
    }

    /// Learns from one example; answers what it would have said before.
    pub fn learn(&mut self, example: Example<'_>) -> f32 {
        self.allocate();
        let correction = self.sum(example.features);
        let probability = logistic(example.log_odds + bounded(correction));
        let gradient = probability - if example.result { 1.0 } else { 0.0 };
        // At its bound a correction is pushed no further: the example says nothing about which weight is wrong.
        let is_beyond =
            correction >= CORRECTION_MAX && gradient < 0.0 || correction <= -CORRECTION_MAX && gradient > 0.0;
        if !is_beyond {
            for place in example.features.0 {
                self.step(place, gradient, gradient * gradient);
            }
        }
        probability
    }

    /// Corrects an example that was learnt with the other label: the difference of both gradients.
    pub fn relabel(&mut self, features: &Features, is_result: bool) {
        self.allocate();
        for place in features.0 {
            self.step(place, if is_result { -1.0 } else { 1.0 }, 0.0);
        }
    }

    fn step(&mut self, place: u32, gradient: f32, square: f32) {
        if place == NOWHERE {
            return;
        }
        let place = index(place, self.weights.len());
        let FtrlSettings { alpha, .. } = self.settings;
        let (before, after) = (self.n[place], self.n[place] + square);
        let step = (after.sqrt() - before.sqrt()) / alpha;
        self.z[place] += gradient - step * self.weights[place];
        self.n[place] = after;
        self.weights[place] = self.weight(place);
    }

    fn weight(&self, place: usize) -> f32 {
        let FtrlSettings { alpha, beta, lambda1, lambda2 } = self.settings;
        let z = self.z[place];
        if z.abs() <= lambda1 {
            return 0.0;
        }
        -(z - z.signum() * lambda1) / ((beta + self.n[place].sqrt()) / alpha + lambda2)
    }

    /// Makes the weights anew from the two numbers of each.
    pub(super) fn restore(&mut self) {
        for place in 0..self.weights.len() {
            self.weights[place] = self.weight(place);
        }
    }

    /// The weights as they are now.
    #[must_use]
    pub fn model(&self, exploration: Exploration) -> Model {
        if self.is_empty() {
            return Model { exploration, ..Model::default() };
        }
        Model { weights: Arc::from(self.weights.as_slice()), exploration }
    }
}

/// A place may share its cell with another one; with 2^18 cells few do.
fn index(place: u32, count: usize) -> usize {
    usize::try_from(place).unwrap_or(0) & (count - 1)
}

fn sum(weights: &[f32], places: &[u32]) -> f32 {
    places.iter().map(|place| weights[index(*place, weights.len())]).sum()
}

fn logistic(log_odds: f32) -> f32 {
    1.0 / (1.0 + (-log_odds).exp())
}

#[cfg(test)]
mod tests;
