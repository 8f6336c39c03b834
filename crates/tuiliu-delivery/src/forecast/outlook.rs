//! What a budget buys in a window: bids tried on the openings, and the lowest that spends it taken.

use std::sync::Arc;

use tuiliu_domain::limits::FREQUENCY_CAP_MAX;
use tuiliu_domain::money::Micros;
use tuiliu_domain::time::{DAY_MS, HOUR_MS, MINUTE_MS, Timestamp};

use crate::approximate::{approximate, round_to_count};
use crate::bidding::Bid;
use crate::frequency::FrequencyCap;
use crate::pacing::TrafficShape;

use super::openings::{Opening, Openings};

/// A sample of fewer requests, or of a shorter time, tells nothing.
const REQUESTS_MIN: usize = 50;
const SPAN_MS_MIN: i64 = 5 * MINUTE_MS;
/// The hours of the window must be known for this share of its traffic; else all hours stand for them.
const KNOWN_MIN: f64 = 0.5;

/// What would be bought.
#[derive(Debug, Clone)]
pub struct Wish {
    pub budget: Budget,
    pub starts_at: Timestamp,
    pub duration_ms: i64,
    pub frequency_cap: Option<FrequencyCap>,
    /// How traffic is spread over the week.
    pub shape: Arc<TrafficShape>,
    /// As many nodes answer requests; this one's sample stands for all.
    pub nodes: u32,
}

/// What may be spent, and how a result may be bid for.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    pub amount: Micros,
    pub bid: Bid,
    /// What a result costs at least, and the most that may be bid for one.
    pub price_min: Micros,
    pub price_limit: Micros,
}

/// What may be expected.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outlook {
    pub impressions: f64,
    pub results: f64,
    /// Impressions that bring a viewer.
    pub views: f64,
    /// In millionths.
    pub spend: f64,
    /// Until the budget is used up; the whole window when it is not.
    pub duration_ms: i64,
    /// The bid with which the budget lasts for the window.
    pub bid: Micros,
    /// Different viewers who are shown it.
    pub viewers: f64,
    /// Requests of the window that it may answer.
    pub requests: f64,
}

/// What one bid wins.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Sums {
    pub impressions: f64,
    pub results: f64,
    pub views: f64,
    /// In millionths.
    pub spend: f64,
    pub viewers: f64,
    /// What it would win without a cap.
    pub uncapped: f64,
}

/// The openings of one window: each with how many it stands for there.
struct Window<'a> {
    openings: Vec<(&'a Opening, f64)>,
    cap: Option<FrequencyCap>,
    /// The bids at which another slot is won or another price is paid, lowest first: between two of them nothing changes.
    steps: Vec<Micros>,
}

impl Openings {
    /// What may be expected of this wish; `None` when the sample is too thin to tell.
    #[must_use]
    pub fn outlook(&self, wish: &Wish, now: Timestamp) -> Option<Outlook> {
        let window = self.window(wish, now)?;
        let Budget { amount, bid, price_min, price_limit } = wish.budget;
        let budget = approximate(amount.get()).max(0.0);
        let most = bid.effective(price_limit, price_limit).max(price_min);
        let most = match bid {
            Bid::CostCap { cost_max } => {
                window.highest(price_min, most, |sums| sums.spend <= sums.results * approximate(cost_max.get()))
            }
            _ => most,
        };
        // The lowest bid that spends the budget, or the highest there is.
        let lowest = window.highest(price_min, most, |sums| sums.spend < budget);
        let lowest = if window.sums(lowest).spend < budget { Micros::new(lowest.get() + 1).min(most) } else { lowest };
        let all = window.sums(lowest);
        let share = if all.spend > budget { budget / all.spend } else { 1.0 };
        let requests = window.openings.iter().map(|(_, weight)| weight).sum();
        Some(Outlook {
            impressions: all.impressions * share,
            results: all.results * share,
            views: all.views * share,
            spend: all.spend * share,
            duration_ms: window.duration_ms(wish, most),
            bid: lowest,
            viewers: all.viewers * share,
            requests,
        })
    }

    /// What this bid would win in the window, however large the budget; `None` when the sample is too thin to tell.
    #[must_use]
    pub fn at_bid(&self, wish: &Wish, bid: Micros, now: Timestamp) -> Option<Sums> {
        Some(self.window(wish, now)?.sums(bid))
    }

    fn window(&self, wish: &Wish, now: Timestamp) -> Option<Window<'_>> {
        let since = self.since?;
        if self.sampled < REQUESTS_MIN || now.since_ms(since) < SPAN_MS_MIN {
            return None;
        }
        let ends_at = wish.starts_at.plus_ms(wish.duration_ms.max(0));
        let shape = &wish.shape;
        let wanted = shape.traffic_between(wish.starts_at, ends_at);
        let known = known_traffic(wish, (since, now));
        let nodes = f64::from(wish.nodes.max(1));
        let weigh: Box<dyn Fn(&Opening) -> f64> = if known >= wanted * KNOWN_MIN {
            let scale = wanted / known * nodes;
            Box::new(move |opening| {
                let level = |at: Timestamp| shape.weight_at(at).max(1.0);
                let again = |at: Timestamp| level(at) / level(opening.at);
                scale * repeats(opening.at, wish.starts_at, ends_at).map(again).sum::<f64>()
            })
        } else {
            let scale = wanted / shape.traffic_between(since, now).max(1.0) * nodes;
            Box::new(move |_| scale)
        };
        let weighed = |opening| {
            let weight = weigh(opening);
            (weight > 0.0).then_some((opening, weight * opening.weight))
        };
        let openings: Vec<(&Opening, f64)> = self.list.iter().filter_map(weighed).collect();
        let places = openings.iter().flat_map(|(opening, _)| &opening.places);
        let mut steps: Vec<Micros> = places.flat_map(|place| [Some(place.win_at), place.ghost_at]).flatten().collect();
        steps.sort_unstable();
        steps.dedup();
        Some(Window { openings, cap: wish.frequency_cap, steps })
    }
}

/// The instants within the window that are whole days after this one.
fn repeats(at: Timestamp, from: Timestamp, until: Timestamp) -> impl Iterator<Item = Timestamp> {
    let days = from.since_ms(at).div_euclid(DAY_MS) + i64::from(from.since_ms(at).rem_euclid(DAY_MS) > 0);
    (days..).map(move |days| at.plus_ms(days * DAY_MS)).take_while(move |at| *at < until)
}

/// The traffic of those parts of the window whose time of the day was sampled.
fn known_traffic(wish: &Wish, (since, now): (Timestamp, Timestamp)) -> f64 {
    let ends_at = wish.starts_at.plus_ms(wish.duration_ms.max(0));
    let mut known = 0.0;
    let mut day = wish.starts_at.since_ms(now).div_euclid(DAY_MS) - 1;
    loop {
        // What was sampled, so many days later.
        let (from, until) = (since.plus_ms(day * DAY_MS), now.plus_ms(day * DAY_MS));
        if from >= ends_at {
            return known;
        }
        let (from, until) = (from.max(wish.starts_at), until.min(ends_at));
        if from < until {
            known += wish.shape.traffic_between(from, until);
        }
        day += 1;
    }
}

impl Window<'_> {
    /// What this bid wins, each viewer no more often than the cap allows.
    fn sums(&self, bid: Micros) -> Sums {
        let mut sums = Sums::default();
        let mut last: Option<u64> = None;
        let mut recent = Recent::default();
        for (opening, weight) in &self.openings {
            if last != Some(opening.viewer) {
                last = Some(opening.viewer);
                recent = Recent::default();
            }
            let Some((place, pays)) = opening.won(bid) else { continue };
            sums.uncapped += weight;
            if !recent.allows(self.cap, opening.at) {
                continue;
            }
            let results = weight * place.rate;
            sums.impressions += weight;
            sums.results += results;
            sums.views += weight * place.view_rate;
            sums.spend += results * approximate(pays.get());
            sums.viewers += if recent.is_first() { opening.viewer_weight } else { 0.0 };
            recent.add(opening.at);
        }
        sums
    }

    /// The highest bid for which this holds, as it holds for lower bids; the lowest when it never does.
    fn highest(&self, lowest: Micros, highest: Micros, holds: impl Fn(&Sums) -> bool) -> Micros {
        if holds(&self.sums(highest)) {
            return highest;
        }
        let steps = &self.steps[self.steps.partition_point(|step| *step <= lowest)..];
        let steps = &steps[..steps.partition_point(|step| *step <= highest)];
        let ends = steps.partition_point(|step| holds(&self.sums(*step)));
        steps.get(ends).map_or(lowest, |step| Micros::new(step.get() - 1))
    }

    /// Until the budget is used up, hour by hour along the traffic: what is behind the plan is caught up with as soon as
    /// the highest bid allows it.
    fn duration_ms(&self, wish: &Wish, most: Micros) -> i64 {
        let budget = approximate(wish.budget.amount.get());
        let all = self.sums(most).spend;
        let ends_at = wish.starts_at.plus_ms(wish.duration_ms.max(0));
        let whole = wish.shape.traffic_between(wish.starts_at, ends_at).max(1.0);
        let (mut spent, mut from) = (0.0, wish.starts_at);
        while from < ends_at {
            let until = from.plus_ms(HOUR_MS).min(ends_at);
            let until_share = wish.shape.traffic_between(wish.starts_at, until) / whole;
            let supply = all * wish.shape.traffic_between(from, until) / whole;
            let wanted = (budget * until_share - spent).max(0.0);
            if supply > 0.0 && spent + supply.min(wanted) >= budget * WHOLE {
                let part = ((budget - spent) / supply.min(wanted)).min(1.0);
                let last = round_to_count(part * approximate(until.since_ms(from)));
                return from.plus_ms(last).since_ms(wish.starts_at);
            }
            spent += supply.min(wanted);
            from = until;
        }
        wish.duration_ms
    }
}

/// Nearly all of a budget: sums of shares are not exact.
const WHOLE: f64 = 1.0 - 1e-9;

/// When a viewer was shown the order last, the newest first.
#[derive(Debug, Clone, Copy, Default)]
struct Recent {
    at: [Option<Timestamp>; RECENT],
}

const RECENT: usize = 15;

impl Recent {
    const fn is_first(&self) -> bool {
        self.at[0].is_none()
    }

    fn allows(&self, cap: Option<FrequencyCap>, now: Timestamp) -> bool {
        let Some(cap) = cap else { return true };
        let nth = usize::from(cap.impressions_max().min(FREQUENCY_CAP_MAX)).clamp(1, RECENT) - 1;
        self.at[nth].is_none_or(|at| now.since_ms(at) >= cap.window.length_ms())
    }

    fn add(&mut self, now: Timestamp) {
        self.at.rotate_right(1);
        self.at[0] = Some(now);
    }
}
