//! What auctions have cost of late, so that a price can be chosen for a wanted spend.

use tuiliu_domain::money::Micros;

use super::steps::{edge_of, step_of};
use crate::approximate::approximate;
use crate::auction::{Entry, Outcome};
use crate::eligibility::LossReason;
use crate::predict::Rate;

/// Auctions after which one counts for less than half, at least: enough to know the rare ones.
const MEMORY_MIN: u64 = 20_000;
const MEMORY_MAX: u64 = 1_000_000;
/// Weight of the newest auction at which all are scaled down.
const SCALE_MAX: f64 = 1e60;
/// Part of what is remembered that one sample may make forgotten, however many auctions it stands for.
const FORGOTTEN_MAX: f64 = 0.1;
/// How many times the usual weight of this landscape counts in full.
const USUAL_TIMES_MAX: f64 = 20.0;
/// Narrower than this part of its step, prices are the same price.
const SAME_PRICE: f64 = 1e-4;
/// How much above the dearest is offered when everything is affordable, to meet what was not seen.
const ABOVE_ALL: f64 = 1.2;

/// One auction as one order met it: the price per result that wins, and how likely a result is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PriceSample {
    pub price: Micros,
    pub rate: Rate,
}

impl Entry {
    /// What this auction teaches its order about prices; nothing when the order stood in its own way.
    #[must_use]
    pub fn sample(&self) -> Option<PriceSample> {
        match self.outcome {
            Outcome::Lost(LossReason::RoomShown) => None,
            _ => Some(PriceSample { price: self.price_to_win, rate: self.rate }),
        }
    }
}

/// The auctions of one step of prices, newer ones weighing more.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Step {
    weight: f64,
    /// Results expected of winning them all.
    results: f64,
    /// Spend expected of winning them all.
    cost: f64,
    /// Results × cost of the impression: how large the parts are in which the results are sold.
    lumps: f64,
    /// Cost × place within the step, and × its square: where in the step the spend is.
    places: f64,
    squares: f64,
}

const FIELDS: usize = 6;

impl Step {
    fn numbers(&mut self) -> [&mut f64; FIELDS] {
        [&mut self.weight, &mut self.results, &mut self.cost, &mut self.lumps, &mut self.places, &mut self.squares]
    }

    /// From where to where in the step its spend lies, 0 to 1; the same twice where all have one price.
    fn extent(&self) -> (f64, f64) {
        if self.cost <= 0.0 {
            return (0.0, 1.0);
        }
        let mean = self.places / self.cost;
        // What is spread evenly over a stretch has a variance of a twelfth of its square.
        let half = (3.0 * (self.squares / self.cost - mean * mean)).max(0.0).sqrt();
        if half < SAME_PRICE { (mean, mean) } else { ((mean - half).max(0.0), (mean + half).min(1.0)) }
    }
}

/// Where spend meets what is wanted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Level {
    /// The price per result at which spend is what is wanted, or the price many auctions share that is met there.
    pub(super) price: f64,
    /// Where many auctions share the price: which part of their spend is wanted, and which part of all spend up to
    /// and with them it is. Bidding less than `price` wins none of them.
    pub(super) shared: Option<Shared>,
}

/// Which part of those who share a price is affordable.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Shared {
    pub(super) of_these: f64,
    pub(super) of_all: f64,
}

/// Recent auctions by price per result, in steps of equal proportion; older ones weigh less.
///
/// It is some hundred steps whatever the traffic, so looking for a price takes the same time always. It may be
/// shared by the orders of a targeting cluster, as long as their rates are the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Landscape {
    /// Number of the first of the steps that are kept.
    first: usize,
    steps: Vec<Step>,
    /// Sums of all steps.
    all: Step,
    /// Weight of the next auction, and by how much it grows with each.
    scale: f64,
    growth: f64,
    /// Auctions, and samples that stood for them.
    seen: u64,
    samples: u64,
}

impl Default for Landscape {
    fn default() -> Self {
        Self::expecting(0)
    }
}

impl Landscape {
    /// An empty one for an order that expects so many auctions: it remembers about a tenth of them.
    #[must_use]
    pub fn expecting(auctions: u64) -> Self {
        let memory = (auctions / 10).clamp(MEMORY_MIN, MEMORY_MAX);
        let growth = 1.0 + 1.0 / approximate(i64::try_from(memory).expect("below its limit"));
        Self { first: 0, steps: Vec::new(), all: Step::default(), scale: 1.0, growth, seen: 0, samples: 0 }
    }

    /// Adds one auction.
    pub fn add(&mut self, sample: PriceSample) {
        self.add_weighted(sample, 1);
    }

    /// Adds one auction that stands for so many like it, and weighs as much as they would.
    ///
    /// It makes no more than a tenth of the memory forgotten: where all weights are large more is remembered, so that
    /// shares of prices stay right on average. Only a weight beyond a tenth of the memory that is also many times the
    /// usual one is cut, because one sample would be all that is left.
    pub fn add_weighted(&mut self, sample: PriceSample, weight: u32) {
        let forgotten_max = FORGOTTEN_MAX / (self.growth - 1.0);
        let usual = approximate(i64::try_from(self.seen.checked_div(self.samples).unwrap_or(0)).unwrap_or(i64::MAX));
        let counted = f64::from(weight).min(forgotten_max.max(USUAL_TIMES_MAX * usual));
        let (step, place) = step_of(sample.price);
        let results = counted * self.scale * sample.rate.number();
        let per_impression = cost(&sample);
        let cost = results * approximate(sample.price.get().max(0));
        let more = Step {
            weight: counted * self.scale,
            results,
            cost,
            lumps: results * per_impression,
            places: cost * place,
            squares: cost * place * place,
        };
        add(self.step_mut(step), more);
        add(&mut self.all, more);
        self.seen = self.seen.saturating_add(u64::from(weight));
        self.samples = self.samples.saturating_add(1);
        let forgetting = counted.min(forgotten_max);
        self.scale *= if weight == 1 { self.growth } else { self.growth.powf(forgetting) };
        if self.scale > SCALE_MAX {
            self.scale_down();
        }
    }

    fn step_mut(&mut self, step: usize) -> &mut Step {
        if self.steps.is_empty() {
            self.first = step;
        }
        if step < self.first {
            self.steps.reserve_exact(self.first - step);
            let before = std::iter::repeat_n(Step::default(), self.first - step);
            self.steps.splice(0..0, before);
            self.first = step;
        }
        let place = step - self.first;
        if place >= self.steps.len() {
            self.steps.reserve_exact(place + 1 - self.steps.len());
            self.steps.resize(place + 1, Step::default());
        }
        &mut self.steps[place]
    }

    fn scale_down(&mut self) {
        let down = 1.0 / self.scale;
        for step in self.steps.iter_mut().chain([&mut self.all]) {
            step.numbers().into_iter().for_each(|number| *number *= down);
        }
        self.scale = 1.0;
    }

    /// How many samples it remembers, whatever they stand for; those that count for little are not counted.
    #[must_use]
    pub fn len(&self) -> usize {
        let memory = 2.0 / (self.growth - 1.0);
        usize::try_from(self.samples).unwrap_or(usize::MAX).min(usize::try_from(round(memory)).unwrap_or(usize::MAX))
    }

    /// Whether it remembers none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.seen == 0
    }

    /// How many auctions were added.
    #[must_use]
    pub const fn seen(&self) -> u64 {
        self.seen
    }

    /// The price per result below which this share of auctions was to be had; none when nothing was seen.
    #[must_use]
    pub fn price_quantile(&self, share: f64) -> Option<Micros> {
        let wanted = share.clamp(0.0, 1.0) * self.all.weight;
        let mut weight = 0.0;
        for (nth, step) in self.steps.iter().enumerate() {
            if step.weight > 0.0 && weight + step.weight >= wanted {
                let (edge, width) = edge_of(self.first + nth);
                let price = edge + width * ((wanted - weight) / step.weight).clamp(0.0, 1.0);
                return Some(Micros::new(round(price)));
            }
            weight += step.weight;
        }
        None
    }

    /// No auction it remembers had a higher price per result.
    #[must_use]
    pub(super) fn dearest(&self) -> f64 {
        let (edge, width) = edge_of(self.first + self.steps.len().saturating_sub(1));
        edge + width
    }

    /// What an auction is expected to cost and to bring, on average, when bidding this price per result in all.
    #[must_use]
    pub fn outlook(&self, price: Micros) -> Outlook {
        if self.all.weight <= 0.0 {
            return Outlook::default();
        }
        let (last, place) = step_of(price);
        let (mut spend, mut results) = (0.0, 0.0);
        for (nth, step) in self.steps.iter().enumerate() {
            let number = self.first + nth;
            if number > last {
                break;
            }
            let (from, to) = step.extent();
            let part =
                if number < last || place + SAME_PRICE >= to { 1.0 } else { ((place - from) / (to - from)).max(0.0) };
            spend += part * step.cost;
            results += part * step.results;
        }
        Outlook { spend: spend / self.all.weight, results: results / self.all.weight }
    }

    /// The price per result that spends this much per auction on average.
    #[must_use]
    pub(super) fn level_for(&self, per_auction: f64) -> Level {
        let wanted = per_auction * self.all.weight;
        let mut spent = 0.0;
        for (nth, step) in self.steps.iter().enumerate() {
            if step.cost > 0.0 && spent + step.cost > wanted {
                let of_these = ((wanted - spent) / step.cost).clamp(0.0, 1.0);
                let (edge, width) = edge_of(self.first + nth);
                let (from, to) = step.extent();
                let price = edge + width * (from + of_these * (to - from));
                let share = Shared { of_these, of_all: wanted / (spent + step.cost) };
                return Level { price, shared: (from >= to).then_some(share) };
            }
            spent += step.cost;
        }
        Level { price: self.dearest() * ABOVE_ALL, shared: None }
    }

    /// How much of what is left is best kept to the end, when so many auctions are yet to come.
    ///
    /// Money runs out a little at a time, but impressions are sold whole: near the end what is left no longer pays
    /// for a rare impression that is worth many others. Keeping its price back gives up the least of the others.
    /// The choice weighs what is given up against what is then still in reach, both from the landscape.
    #[must_use]
    pub(super) fn hold_back(&self, left: f64, auctions: f64) -> f64 {
        if self.all.results <= 0.0 || left <= 0.0 || self.all.lumps / self.all.results * LUMPS_MANY < left {
            return 0.0;
        }
        let dearest = self.steps.iter().filter(|step| step.results > 0.0);
        let dearest = dearest.map(|step| step.lumps / step.results).fold(0.0, f64::max);
        let mut best = (self.results_holding(left, 0.0, auctions), 0.0);
        let mut held = (0.9 * left).min(dearest);
        for _ in 0..HOLDS_TRIED {
            let results = self.results_holding(left, held, auctions);
            if results > best.0 {
                best = (results, held);
            }
            held *= HOLD_STEP;
        }
        best.1
    }

    /// Results per auction when `left` is spent evenly down to `held`: an impression is out of reach from when what
    /// is left falls below its cost.
    fn results_holding(&self, left: f64, held: f64, auctions: f64) -> f64 {
        let spendable = left - held;
        let wanted = spendable / auctions * self.all.weight;
        let (mut spent, mut results) = (0.0, 0.0);
        for step in self.steps.iter().filter(|step| step.cost > 0.0) {
            let part = ((wanted - spent) / step.cost).min(1.0);
            let missed = ((step.lumps / step.results - held) / spendable).clamp(0.0, 1.0);
            results += part * step.results * (1.0 - missed);
            spent += step.cost;
            if part < 1.0 {
                break;
            }
        }
        results
    }

    /// Bytes it keeps on the heap.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.steps.capacity() * size_of::<Step>()
    }
}

/// What an auction is expected to cost, in millionths, and to bring, in results.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Outlook {
    pub spend: f64,
    pub results: f64,
}

/// How many impressions must be affordable before it does not matter that they are sold whole.
const LUMPS_MANY: f64 = 50.0;
/// How many amounts are tried, each this part of the one before.
const HOLDS_TRIED: u32 = 14;
const HOLD_STEP: f64 = 0.8;

fn cost(sample: &PriceSample) -> f64 {
    approximate(sample.price.get().max(0)) * sample.rate.number()
}

fn add(step: &mut Step, more: Step) {
    step.weight += more.weight;
    step.results += more.results;
    step.cost += more.cost;
    step.lumps += more.lumps;
    step.places += more.places;
    step.squares += more.squares;
}

fn round(number: f64) -> i64 {
    crate::approximate::round_to_count(number)
}
