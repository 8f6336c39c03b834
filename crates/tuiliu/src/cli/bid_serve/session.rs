//! One bidder over one window: what it is told is matched with what it offered.

use tuiliu_delivery::autobid::{Arrival, Auction, AutoBid, CapRule, Choice, Coming, Terms, TickSeen};

use super::message::{History, Message, Row};

/// Where no least winning cost is told: how far above our own bid an auction was lost.
const LOST_BY: f64 = 1.25;

/// What was offered in a tick.
#[derive(Debug, Default)]
struct Offered {
    tick: u32,
    values: Vec<f64>,
    bids: Vec<f64>,
}

/// A bidder.
#[derive(Debug)]
pub(super) struct Session {
    bidder: AutoBid,
    budget: f64,
    remaining: f64,
    /// The last tick that was answered.
    last: Option<Offered>,
    /// Results of each tick that are known already.
    results: Vec<f64>,
}

impl Session {
    /// A bidder for the terms of this message.
    pub(super) fn new(message: &Message, rule: CapRule) -> Self {
        let terms = Terms { rule, cost_max: message.cap, ..Terms::for_budget(message.budget) };
        Self {
            bidder: AutoBid::new(terms),
            budget: message.budget,
            remaining: message.budget,
            last: None,
            results: Vec::new(),
        }
    }

    /// Whether the message goes on where this bidder stands; otherwise a new window begins.
    pub(super) fn is_before(&self, message: &Message) -> bool {
        self.last.as_ref().is_some_and(|last| message.tick > last.tick)
    }

    /// Learns from the history and bids.
    pub(super) fn tick(&mut self, message: &Message) -> (Choice, Vec<f64>) {
        self.learn(message);
        let (from, to) = (message.share_before(message.tick), message.share_before(message.tick + 1));
        let choice = self.bidder.choose(&Coming { values: &message.values.0, span: to - from });
        // Bids are finite whatever the values are, so that they can be told.
        let bid = |value: &f64| (choice.factor * value).min(1e300);
        let bids: Vec<f64> = message.values.0.iter().map(bid).collect();
        self.last = Some(Offered { tick: message.tick, values: message.values.0.clone(), bids: bids.clone() });
        (choice, bids)
    }

    /// Everything that is new since the last answer.
    fn learn(&mut self, message: &Message) {
        let history = &message.history;
        let length = history.len();
        let tick = usize::try_from(message.tick).unwrap_or(usize::MAX);
        // As many entries as ticks are the whole past; fewer are its end.
        let first = tick.saturating_sub(length);
        let last = self.last.take();
        let known_to = last.as_ref().map_or(0, |last| usize::try_from(last.tick).unwrap_or(0));
        let mut ticks: Vec<(usize, Vec<Auction>)> = Vec::new();
        for past in known_to.max(first)..tick {
            let own = last.as_ref().filter(|last| usize::try_from(last.tick).is_ok_and(|at| at == past));
            ticks.push((past, auctions(history, past - first, own)));
        }
        if ticks.is_empty() && tick > 0 {
            ticks.push((tick - 1, Vec::new()));
        }
        let least: f64 =
            ticks.iter().flat_map(|(_, auctions)| auctions).filter(|won| won.is_won).map(|won| won.price).sum();
        let spent = match message.remaining {
            Some(remaining) if remaining.is_finite() => (self.remaining - remaining).max(0.0),
            _ => least,
        };
        self.remaining = (self.remaining - spent).min(self.budget);
        let count = f64::from(u32::try_from(ticks.len().max(1)).unwrap_or(u32::MAX));
        for (past, auctions) in &mut ticks {
            let own: f64 = auctions.iter().filter(|auction| auction.is_won).map(|won| won.price).sum();
            let paid = if least > 0.0 { spent * own / least } else { spent / count };
            if history.least_winning_cost.is_empty() {
                guess_prices(auctions, paid);
            }
            let end = u32::try_from(*past + 1).unwrap_or(u32::MAX);
            let share = message.share_before(end);
            let arrivals = self.arrivals(message, first, *past);
            self.bidder.observe(&TickSeen { share, auctions, spent: paid, arrivals: &arrivals });
        }
    }

    /// Results that became known with this message, up to the tick.
    fn arrivals(&mut self, message: &Message, first: usize, until: usize) -> Vec<Arrival> {
        let mut arrivals = Vec::new();
        for (row, tick) in message.history.results.iter().zip(first..=until) {
            let now: f64 = row.0.iter().filter(|result| result.is_finite() && **result > 0.0).sum();
            if self.results.len() <= tick {
                self.results.resize(tick + 1, 0.0);
            }
            let mut fresh = now - self.results[tick];
            self.results[tick] = self.results[tick].max(now);
            let at = u32::try_from(tick).unwrap_or(u32::MAX);
            let shown_at = if tick == until {
                message.share_before(at.saturating_add(1))
            } else {
                0.5 * (message.share_before(at) + message.share_before(at.saturating_add(1)))
            };
            while fresh > 1e-9 && arrivals.len() < 1_000_000 {
                arrivals.push(Arrival { shown_at, worth: fresh.min(1.0), predicted: None });
                fresh -= 1.0;
            }
        }
        arrivals
    }
}

/// The auctions of one past tick, as far as they are told; none where their values are not known.
fn auctions(history: &History, place: usize, own: Option<&Offered>) -> Vec<Auction> {
    let row = |rows: &[Row]| rows.get(place).map_or_else(Vec::new, |row| row.0.clone());
    let told_values = row(&history.values);
    let values = if told_values.is_empty() { own.map_or(&[][..], |own| &own.values) } else { &told_values };
    let told_bids = row(&history.bids);
    let bids = if told_bids.is_empty() { own.map_or(&[][..], |own| &own.bids) } else { &told_bids };
    let (won, prices) = (row(&history.won), row(&history.least_winning_cost));
    if won.is_empty() && prices.is_empty() {
        return Vec::new();
    }
    let auction = |(place, (value, bid)): (usize, (&f64, &f64))| {
        let price = prices.get(place).copied().filter(|price| price.is_finite()).unwrap_or(0.0);
        let is_won = won.get(place).map_or(*bid > price, |won| *won > 0.0);
        Auction { value: *value, bid: *bid, price, is_won }
    };
    let length = [won.len(), prices.len()].into_iter().max().unwrap_or(0);
    values.iter().zip(bids).take(length).enumerate().map(auction).collect()
}

/// Without least winning costs: what was won cost its part of what was paid, what was lost a little more than was bid.
fn guess_prices(auctions: &mut [Auction], paid: f64) {
    let bids: f64 = auctions.iter().filter(|auction| auction.is_won).map(|auction| auction.bid).sum();
    let part = if bids > 0.0 { (paid / bids).min(1.0) } else { 1.0 };
    for auction in auctions {
        auction.price = auction.bid * if auction.is_won { part } else { LOST_BY };
    }
}
