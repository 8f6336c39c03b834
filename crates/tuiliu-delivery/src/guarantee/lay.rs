//! Laying plays over supply: the high-water mark of one contract after the other.

use tuiliu_domain::time::Timestamp;

use super::{SupplyForecast, Terms};
use crate::approximate::{approximate, round_to_count};

/// Whole hours from now that are planned one by one; then in threes; then by half days.
const SINGLE_HOURS: usize = 24;
const TRIPLE_HOURS: usize = 72;

/// The supply ahead, in spans that grow longer with their distance.
#[derive(Debug)]
pub(super) struct Field {
    /// Where spans begin, in hours of the forecast; the last is the end.
    bounds: Vec<f64>,
    /// Share of each span that newcomers leave.
    open: Vec<f64>,
    /// Slots by pool and span, as they are to be expected now.
    slots: Vec<f64>,
    pools: usize,
}

/// The part of the future that a contract may use: how much of each span, from the first on.
#[derive(Debug, Default)]
pub(super) struct Window {
    first: usize,
    parts: Vec<f64>,
}

/// What a contract asks for.
#[derive(Debug)]
pub(super) struct Ask<'a> {
    pub(super) pools: &'a [u32],
    /// Plays to be laid.
    pub(super) needed: f64,
    /// Where they are meant to be laid.
    pub(super) early: Window,
    /// Where they may lie if they must.
    pub(super) late: Window,
}

/// What a contract got.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Got {
    pub(super) share: f64,
    /// Plays for which there is no room at all.
    pub(super) shortfall: f64,
}

/// All contracts, laid.
#[derive(Debug)]
pub(super) struct Laid {
    /// By place of the ask.
    pub(super) got: Vec<Got>,
    /// Share of each span of each pool that is left.
    free: Vec<f64>,
}

impl Field {
    /// The supply from `now` to the end of the forecast, without what newcomers will claim of it.
    pub(super) fn ahead(supply: &SupplyForecast, terms: &Terms, now: Timestamp) -> Self {
        let from = supply.hours_at(now).max(0.0);
        let last = approximate(i64::try_from(supply.hours()).unwrap_or(i64::MAX));
        let mut bounds = vec![from.min(last)];
        let first_whole = usize::try_from(round_to_count(from.floor())).unwrap_or(usize::MAX).saturating_add(1);
        let mut hour = first_whole;
        while hour < supply.hours() {
            bounds.push(approximate(i64::try_from(hour).unwrap_or(i64::MAX)));
            hour += match hour - first_whole {
                0..SINGLE_HOURS => 1,
                SINGLE_HOURS..TRIPLE_HOURS => 3,
                _ => 12,
            };
        }
        bounds.push(last);
        let open: Vec<f64> =
            bounds.windows(2).map(|pair| 1.0 - terms.newcomers.claim(f64::midpoint(pair[0], pair[1]) - from)).collect();
        let places: Vec<(usize, f64)> = bounds.iter().map(|bound| split(*bound)).collect();
        let mut slots = Vec::with_capacity(supply.pools() * open.len());
        for pool in 0..supply.pools() {
            let level = supply.level(pool);
            let mut before = supply.before(pool, places[0].0, places[0].1);
            for ((hour, fraction), open) in places[1..].iter().copied().zip(&open) {
                let next = supply.before(pool, hour, fraction);
                slots.push((next - before).max(0.0) * level * open);
                before = next;
            }
        }
        Self { bounds, open, slots, pools: supply.pools() }
    }

    /// The same supply when nobody else comes.
    pub(super) fn without_newcomers(&self) -> Self {
        let open = self.open.iter().cycle();
        Self {
            bounds: self.bounds.clone(),
            open: vec![1.0; self.open.len()],
            slots: self.slots.iter().zip(open).map(|(slots, open)| slots / open).collect(),
            pools: self.pools,
        }
    }

    const fn spans(&self) -> usize {
        self.bounds.len() - 1
    }

    /// The parts of the spans between two hours of the forecast.
    pub(super) fn window(&self, from: f64, to: f64) -> Window {
        let mut window = Window::default();
        for (span, pair) in self.bounds.windows(2).enumerate() {
            let (begins, ends) = (pair[0], pair[1]);
            let part = if ends > begins { (to.min(ends) - from.max(begins)) / (ends - begins) } else { 0.0 };
            if part > 0.0 {
                if window.parts.is_empty() {
                    window.first = span;
                }
                window.parts.push(part);
            }
        }
        window
    }

    /// Slots of these pools in a window.
    pub(super) fn supply(&self, pools: &[u32], window: &Window) -> f64 {
        self.rows(pools, window).map(|row| dot(&self.slots[row..], &window.parts)).sum()
    }

    /// Where the window begins in each of these pools; pools that are not forecast bring nothing.
    fn rows(&self, pools: &[u32], window: &Window) -> impl Iterator<Item = usize> {
        let (spans, first) = (self.spans(), window.first);
        let known = self.pools;
        let places = pools.iter().filter_map(|pool| usize::try_from(*pool).ok());
        places.filter(move |pool| *pool < known).map(move |pool| pool * spans + first)
    }

    /// Lays every ask, in this order.
    ///
    /// Takes O(Σ pools × spans) for the pools of each contract and the spans of its window, a few times over.
    pub(super) fn lay(&self, asks: &[Ask<'_>], order: &[usize]) -> Laid {
        let mut laid = Laid { got: vec![Got::default(); asks.len()], free: vec![1.0; self.slots.len()] };
        let mut nodes = Vec::new();
        for place in order.iter().copied() {
            let ask = &asks[place];
            nodes.clear();
            for row in self.rows(ask.pools, &ask.early) {
                let slots = self.slots[row..].iter().zip(&laid.free[row..]);
                nodes.extend(slots.zip(&ask.early.parts).map(|((slots, free), part)| (slots * part, *free)));
            }
            let (share, missing) = high_water(&nodes, ask.needed);
            for row in self.rows(ask.pools, &ask.early) {
                for (free, part) in laid.free[row..].iter_mut().zip(&ask.early.parts) {
                    *free -= part * free.min(share);
                }
            }
            let shortfall = if missing > 0.0 { self.lay_late(&mut laid.free, ask, missing) } else { 0.0 };
            laid.got[place] = Got { share, shortfall };
        }
        laid
    }

    /// Lays what found no room in the hours that were meant for it; returns what finds none at all.
    fn lay_late(&self, free: &mut [f64], ask: &Ask<'_>, missing: f64) -> f64 {
        let mut room = 0.0;
        for row in self.rows(ask.pools, &ask.late) {
            let nodes = self.slots[row..].iter().zip(&free[row..]).zip(&ask.late.parts);
            room += nodes.map(|((slots, free), part)| slots * free * part).sum::<f64>();
        }
        let taken = if room > missing { missing / room } else { 1.0 };
        for row in self.rows(ask.pools, &ask.late) {
            for (free, part) in free[row..].iter_mut().zip(&ask.late.parts) {
                *free *= 1.0 - part * taken;
            }
        }
        (missing - room).max(0.0)
    }

    /// Share of a contract's slots that are taken by any contract, the fuller ones weighing more.
    pub(super) fn crowding(&self, ask: &Ask<'_>, laid: &Laid) -> f64 {
        let (mut taken, mut twice) = (0.0, 0.0);
        for row in self.rows(ask.pools, &ask.early) {
            let nodes = self.slots[row..].iter().zip(&laid.free[row..]).zip(&ask.early.parts);
            for ((slots, free), part) in nodes {
                let load = 1.0 - free;
                taken += slots * part * load;
                twice += slots * part * load * load;
            }
        }
        if taken > 0.0 { (twice / taken).clamp(0.0, 1.0) } else { 1.0 }
    }
}

/// The share of its nodes that brings so many plays, each node giving at most what it has left; and what is missing
/// even at a share of one. Nodes are slots and the share of them that is left.
///
/// Newton's method on a concave piecewise linear function, from below: it ends after few steps, exactly.
fn high_water(nodes: &[(f64, f64)], needed: f64) -> (f64, f64) {
    if needed <= 0.0 {
        return (0.0, 0.0);
    }
    let mut share = 0.0;
    loop {
        let (mut full, mut open) = (0.0, 0.0);
        for (slots, free) in nodes {
            let is_full = *free <= share;
            full += if is_full { slots * free } else { 0.0 };
            open += if is_full { 0.0 } else { *slots };
        }
        if open <= 0.0 {
            // Everything that is left is not enough, or just enough: whoever is so short takes what comes.
            return (1.0, (needed - full).max(0.0));
        }
        let next = (needed - full) / open;
        if next <= share * (1.0 + 1e-9) {
            return (share.min(1.0), 0.0);
        }
        share = next;
    }
}

fn dot(slots: &[f64], parts: &[f64]) -> f64 {
    slots.iter().zip(parts).map(|(slots, part)| slots * part).sum()
}

/// The whole hours of an instant, and the fraction.
fn split(hours: f64) -> (usize, f64) {
    let whole = hours.floor();
    (usize::try_from(round_to_count(whole)).unwrap_or(0), hours - whole)
}
