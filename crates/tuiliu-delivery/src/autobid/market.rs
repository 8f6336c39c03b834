//! What auctions have cost of late, and what every factor would have spent and won.

use tuiliu_domain::limits::{AUTOBID_SAMPLES_MAX, AUTOBID_SLICES};

use super::{CapRule, Coming, Terms, finite};
use crate::approximate::{approximate, round_to_count};
use crate::random::mix;

/// Share of the window's traffic after which what was seen counts half.
const HALF_LIFE: f64 = 0.25;
/// Share of the window's traffic for which the market of now is expected to last.
const LASTING: f64 = 0.125;
/// The same two where a missed cap is weighed: the best factor hardly changes in a window, so that good times are for
/// spending more and not for lowering it.
const STEADY_HALF_LIFE: f64 = 1.0;
const STEADY_LASTING: f64 = 0.06;
/// Share of the window's traffic that the belief "budget and cap suit the market" weighs, and how far it reaches.
const BELIEF_SHARE: f64 = 0.2;
const BELIEF_SCALE: (f64, f64) = (0.25, 2.0);
/// Slices whose prices are expected of the coming tick.
const LATEST: usize = 2;
/// Share of the budget's worth of prices that the belief "what is paid is the least winning cost" weighs.
const PRICE_BELIEF: f64 = 0.05;

/// One auction that could have been bid in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Auction {
    /// Predicted value of the impression.
    pub value: f64,
    /// What was bid.
    pub bid: f64,
    /// Least bid that would have won; zero where nobody else wanted it.
    pub price: f64,
    pub is_won: bool,
}

#[derive(Debug, Clone, Copy)]
struct Sample {
    value: f64,
    /// Least bid that wins.
    least: f64,
}

/// Auctions of one stretch of the window.
#[derive(Debug, Clone, Default)]
struct Slice {
    from: f64,
    to: f64,
    samples: Vec<Sample>,
    seen: u64,
    /// Least winning cost of all that was won, what was bid beyond it, and what was paid.
    least_won: f64,
    bid_beyond: f64,
    paid: f64,
}

/// What was seen of the market.
#[derive(Debug, Clone, Default)]
pub(super) struct Market {
    slices: Vec<Slice>,
    /// Budget and cap where the market is believed to suit them.
    suits: Option<(f64, f64)>,
    spent: f64,
}

/// How what is paid follows from the least winning cost and the bid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Price {
    /// Paid for each unit of least winning cost; below one where not everything won is shown.
    scale: f64,
    /// Where between least winning cost and bid what is paid lies; above zero where better places cost more.
    slope: f64,
}

/// Wins by factor, and their cost, in the rest of the window.
#[derive(Debug)]
pub(super) struct Forecast {
    pub(super) all: Curve,
    /// The coming tick alone, and its share of all auctions to come.
    pub(super) tick: Curve,
    pub(super) tick_share: f64,
}

/// Auctions by the factor that wins them.
#[derive(Debug, Clone, Default)]
pub(super) struct Curve {
    /// Ascending.
    factors: Vec<f64>,
    /// Least winning costs, values and auctions up to that factor.
    costs: Vec<f64>,
    values: Vec<f64>,
    auctions: Vec<f64>,
    /// Results expected of them, once that is known.
    results: Vec<f64>,
}

impl Market {
    /// A market of which nothing was seen yet.
    pub(super) fn for_terms(terms: &Terms) -> Self {
        let suits = match terms.rule {
            CapRule::Keep => None,
            CapRule::Soften { .. } => terms.cost_max.map(|cap| (terms.budget, cap)),
        };
        Self { suits, ..Self::default() }
    }

    /// A tick's auctions.
    pub(super) fn add(&mut self, from: f64, to: f64, auctions: &[Auction], paid: f64) {
        self.spent += paid;
        let length = 1.0 / approximate(i64::try_from(AUTOBID_SLICES).unwrap_or(64));
        match self.slices.last_mut() {
            Some(last) if to - last.from <= length => last.to = to,
            _ => self.slices.push(Slice { from, to, ..Slice::default() }),
        }
        if self.slices.len() > 2 * AUTOBID_SLICES {
            self.slices.remove(0);
        }
        let slice = self.slices.last_mut().expect("one was just pushed or extended");
        slice.paid += paid;
        for auction in auctions {
            slice.add(auction);
        }
    }

    /// How what is paid follows from what wins, by what was paid of late.
    pub(super) fn price(&self) -> Price {
        let (mut least, mut beyond, mut paid) = (0.0, 0.0, 0.0);
        for (slice, weight) in self.weighted() {
            least += weight * slice.least_won;
            beyond += weight * slice.bid_beyond;
            paid += weight * slice.paid;
        }
        // A little of the plain belief keeps the first few wins from saying much.
        let all: f64 = self.slices.iter().map(|slice| slice.paid).sum();
        let belief = PRICE_BELIEF * all;
        if least <= 0.0 || paid <= 0.0 {
            return Price { scale: 1.0, slope: 0.0 };
        }
        let ratio = (paid + belief) / (least + belief);
        if ratio <= 1.0 || beyond <= 0.0 {
            return Price { scale: ratio.min(1.5), slope: 0.0 };
        }
        let slope = ((paid - least) / (beyond + belief)).clamp(0.0, 1.0);
        Price { scale: 1.0, slope }
    }

    /// Largest share of what is won that can have been shown: nothing shown costs less than the least winning cost.
    pub(super) fn shown_at_most(&self) -> f64 {
        self.price().scale.min(1.0)
    }

    /// What the rest of the window offers; nothing as long as nothing was seen.
    pub(super) fn forecast(&self, share: f64, coming: &Coming<'_>) -> Option<Forecast> {
        let (mut seen, mut span) = (0.0, 0.0);
        for (slice, weight) in self.weighted() {
            seen += weight * slice.count();
            span += weight * (slice.to - slice.from);
        }
        if seen <= 0.0 {
            return None;
        }
        let rate = if span > 0.0 { seen / span } else { 0.0 };
        let tick_span = finite(coming.span).min(1.0 - share);
        let now = if coming.values.is_empty() {
            rate * tick_span
        } else {
            approximate(i64::try_from(coming.values.len()).unwrap_or(i64::MAX))
        };
        let later = rate * (1.0 - share - tick_span).max(0.0);
        let tick = self.tick(coming.values, now);
        let left = (1.0 - share - tick_span).max(1e-9);
        let lasting = if self.suits.is_some() { STEADY_LASTING } else { LASTING };
        let lasting = (lasting / left).min(1.0);
        let mut all = tick.clone();
        if now > 0.0 {
            for (_, weight) in &mut all {
                *weight *= 1.0 + later * lasting / now;
            }
        }
        let whole = later;
        let mut past = Vec::new();
        for (slice, weight) in self.weighted() {
            let each = later * weight * slice.count() / seen / slice.len().max(1.0);
            past.extend(slice.samples.iter().map(|sample| (*sample, each)));
        }
        let belief = BELIEF_SHARE * (1.0 - share) / (BELIEF_SHARE + share);
        if let Some(scale) = self.suiting(&past) {
            let suited = |(sample, weight): &(Sample, f64)| {
                (Sample { value: sample.value * scale, ..*sample }, weight * belief * (1.0 - lasting))
            };
            all.extend(past.iter().map(suited));
            past.iter_mut().for_each(|(_, weight)| *weight *= 1.0 - belief);
        }
        all.extend(past.into_iter().map(|(sample, weight)| (sample, weight * (1.0 - lasting))));
        let tick_share = if now + whole > 0.0 { now / (now + whole) } else { 1.0 };
        Some(Forecast { all: Curve::of(all), tick: Curve::of(tick), tick_share })
    }

    /// What multiplies values of the past so that the bid cap × value spends what is left; nothing without belief in it.
    ///
    /// Who names a budget and a cap usually knows about what the market is like. While little was seen this says more
    /// about the rest of the window than the first few ticks, in which values may be unusually low or high.
    fn suiting(&self, past: &[(Sample, f64)]) -> Option<f64> {
        let (budget, cap) = self.suits?;
        let curve = Curve::of(past.to_vec());
        let place = curve.costs.partition_point(|cost| *cost <= budget - self.spent);
        let factor = curve.factors.get(place).or(curve.factors.last())?;
        let scale = factor / cap;
        scale.is_finite().then(|| scale.clamp(BELIEF_SCALE.0, BELIEF_SCALE.1))
    }

    /// The coming tick: its own values where they are known, at the prices of late for values of the same rank.
    fn tick(&self, values: &[f64], now: f64) -> Vec<(Sample, f64)> {
        let latest = &self.slices[self.slices.len().saturating_sub(LATEST)..];
        let mut samples: Vec<Sample> = latest.iter().flat_map(|slice| slice.samples.iter().copied()).collect();
        let count = approximate(i64::try_from(samples.len().max(1)).unwrap_or(i64::MAX));
        if !values.is_empty() {
            let mut sorted: Vec<f64> = values.iter().map(|value| finite(*value)).collect();
            sorted.sort_unstable_by(f64::total_cmp);
            samples.sort_unstable_by(|left, right| left.value.total_cmp(&right.value));
            let step = approximate(i64::try_from(sorted.len()).unwrap_or(i64::MAX)) / count;
            for (sample, rank) in samples.iter_mut().zip(0_i64..) {
                let place = usize::try_from(round_to_count((approximate(rank) + 0.5) * step - 0.5)).unwrap_or(0);
                sample.value = sorted[place.min(sorted.len() - 1)];
            }
        }
        samples.into_iter().map(|sample| (sample, now / count)).collect()
    }

    fn weighted(&self) -> impl Iterator<Item = (&Slice, f64)> {
        let now = self.slices.last().map_or(0.0, |slice| slice.to);
        let half_life = if self.suits.is_some() { STEADY_HALF_LIFE } else { HALF_LIFE };
        self.slices.iter().map(move |slice| {
            let age = now - 0.5 * (slice.from + slice.to);
            (slice, 0.5_f64.powf(age / half_life))
        })
    }
}

impl Slice {
    fn add(&mut self, auction: &Auction) {
        let (value, price, bid) = (finite(auction.value), finite(auction.price), finite(auction.bid));
        if auction.is_won {
            self.least_won += price;
            self.bid_beyond += (bid - price).max(0.0);
        }
        self.seen += 1;
        let sample = Sample { value, least: price };
        if self.samples.len() < AUTOBID_SAMPLES_MAX {
            self.samples.push(sample);
            return;
        }
        let place = usize::try_from(mix(self.seen) % self.seen).unwrap_or(usize::MAX);
        if let Some(kept) = self.samples.get_mut(place) {
            *kept = sample;
        }
    }

    fn count(&self) -> f64 {
        approximate(i64::try_from(self.seen).unwrap_or(i64::MAX))
    }

    fn len(&self) -> f64 {
        approximate(i64::try_from(self.samples.len()).unwrap_or(i64::MAX))
    }
}

impl Price {
    /// What is paid for wins of this value and least winning cost, at this factor.
    pub(super) fn of(self, factor: f64, cost: f64, value: f64) -> f64 {
        self.scale * (cost + self.slope * (factor * value - cost).max(0.0))
    }
}

impl Curve {
    fn of(mut samples: Vec<(Sample, f64)>) -> Self {
        samples.retain(|(sample, _)| sample.value > 0.0);
        let mut by_factor: Vec<(f64, Sample, f64)> =
            samples.into_iter().map(|(sample, weight)| (sample.least / sample.value, sample, weight)).collect();
        by_factor.sort_unstable_by(|left, right| left.0.total_cmp(&right.0));
        let mut curve = Self::default();
        let (mut cost, mut value, mut auctions) = (0.0, 0.0, 0.0);
        for (factor, sample, weight) in by_factor {
            cost += weight * sample.least;
            value += weight * sample.value;
            auctions += weight;
            curve.factors.push(factor);
            curve.costs.push(cost);
            curve.values.push(value);
            curve.auctions.push(auctions);
        }
        curve
    }

    /// Works out the results, given those of one won auction by its value.
    pub(super) fn expect(&mut self, of_value: impl Fn(f64) -> f64) {
        let (mut value_before, mut auctions_before, mut results) = (0.0, 0.0, 0.0);
        self.results.clear();
        for (value, auctions) in self.values.iter().zip(&self.auctions) {
            let count = auctions - auctions_before;
            results += if count > 0.0 { count * of_value((value - value_before) / count) } else { 0.0 };
            (value_before, auctions_before) = (*value, *auctions);
            self.results.push(results);
        }
    }

    /// Results expected of what this factor wins.
    pub(super) fn results(&self, factor: f64) -> f64 {
        let place = self.factors.partition_point(|least| *least <= factor);
        place.checked_sub(1).and_then(|place| self.results.get(place)).copied().unwrap_or(0.0)
    }

    /// Least winning cost and value of what this factor wins.
    pub(super) fn wins(&self, factor: f64) -> (f64, f64) {
        match self.factors.partition_point(|least| *least <= factor) {
            0 => (0.0, 0.0),
            place => (self.costs[place - 1], self.values[place - 1]),
        }
    }

    /// The least factor that wins this share of all auctions.
    pub(super) fn factor_for(&self, share: f64) -> f64 {
        let wanted = share * self.auctions.last().copied().unwrap_or(0.0);
        let place = self.auctions.partition_point(|auctions| *auctions < wanted);
        self.factors.get(place.min(self.factors.len().saturating_sub(1))).copied().unwrap_or(0.0)
    }
}
