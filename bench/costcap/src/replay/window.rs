//! A log as one window: auctions in their order, results that come later.

use tuiliu_delivery::autobid::{Arrival, Auction};
use tuiliu_delivery::random::mix;

use super::bidders::{Bidder, Seen};
use crate::product::log::Row;

/// Parts of the window after which a bidder may change its mind: five minutes of a day.
pub(super) const TICKS: usize = 288;

/// A log.
pub(super) struct Window {
    pub(super) auctions: Vec<Offer>,
}

/// One auction: what it costs, and what comes of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Offer {
    pub(super) value: f64,
    pub(super) price: f64,
    /// When its result comes, as a share of the window; beyond one, after the end.
    comes_at: Option<f64>,
}

/// What a bidder had at the end, late results included.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Ended {
    pub(crate) spent: f64,
    pub(crate) results: f64,
}

impl Window {
    /// Results come after an exponential time of this mean, drawn from the row's number.
    pub(super) fn new(rows: &[Row], delay: f64) -> Self {
        let count = rows.len() as f64;
        let offer = |(nth, row): (usize, &Row)| {
            let chance = ((mix(nth as u64) >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
            let comes_at = row.clicked.then(|| nth as f64 / count - delay * chance.ln());
            Offer { value: row.predicted.number(), price: row.price.get() as f64, comes_at }
        };
        Self { auctions: rows.iter().enumerate().map(offer).collect() }
    }

    pub(super) fn clicks(&self) -> usize {
        self.auctions.iter().filter(|offer| offer.comes_at.is_some()).count()
    }

    /// Always the same factor, until the budget is used up.
    pub(super) fn fixed(&self, budget: f64, factor: f64) -> Ended {
        let mut ended = Ended::default();
        for offer in &self.auctions {
            if factor * offer.value >= offer.price && ended.spent + offer.price <= budget {
                ended.spent += offer.price;
                ended.results += f64::from(u8::from(offer.comes_at.is_some()));
            }
        }
        ended
    }

    /// The whole window.
    pub(super) fn run(&self, budget: f64, mut bidder: Bidder) -> Ended {
        let mut ended = Ended::default();
        let mut open: Vec<Arrival> = Vec::new();
        let mut comes: Vec<f64> = Vec::new();
        let count = self.auctions.len();
        for tick in 0..TICKS {
            let (from, to) = (count * tick / TICKS, count * (tick + 1) / TICKS);
            let factor = bidder.factor();
            let mut auctions = Vec::with_capacity(to - from);
            let before = ended.spent;
            for (offer, nth) in self.auctions[from..to].iter().zip(from..) {
                let bid = factor * offer.value;
                let is_won = bid >= offer.price && ended.spent + offer.price <= budget;
                auctions.push(Auction { value: offer.value, bid, price: offer.price, is_won });
                if is_won {
                    ended.spent += offer.price;
                    if let Some(comes_at) = offer.comes_at {
                        ended.results += 1.0;
                        open.push(Arrival { shown_at: nth as f64 / count as f64, worth: 1.0, predicted: Some(offer.value) });
                        comes.push(comes_at);
                    }
                }
            }
            let share = (tick + 1) as f64 / TICKS as f64;
            let mut arrivals = Vec::new();
            for nth in (0..open.len()).rev() {
                if comes[nth] <= share {
                    arrivals.push(open.swap_remove(nth));
                    comes.swap_remove(nth);
                }
            }
            bidder.learn(&Seen { share, auctions: &auctions, spent: ended.spent - before, arrivals: &arrivals });
        }
        ended
    }
}
