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
    /// By the factor that wins: the factor, and price and results of all up to it.
    winners: Vec<(f64, Ended)>,
    cheapest: f64,
}

/// One auction: what it costs, and what comes of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Offer {
    pub(super) value: f64,
    pub(super) price: f64,
    /// When its result comes, as a share of the window; beyond one, after the end.
    comes_at: Option<f64>,
    /// Results that impressions of this value had on average in the whole log.
    expected: f64,
}

/// Results that are enough to tell what impressions of one size bring.
const KNOWN_RESULTS: f64 = 20.0;

/// What a bidder had at the end, late results included.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Ended {
    pub(crate) spent: f64,
    pub(crate) results: f64,
}

/// What impressions brought, by their value, from the least on: as many as have enough results go together.
fn know(auctions: &mut [Offer]) {
    let mut by_value: Vec<usize> = (0..auctions.len()).collect();
    by_value.sort_unstable_by(|left, right| auctions[*left].value.total_cmp(&auctions[*right].value));
    let (mut from, mut value, mut results) = (0, 0.0, 0.0);
    let mut rate = 0.0;
    for to in 0..by_value.len() {
        let offer = auctions[by_value[to]];
        value += offer.value;
        results += f64::from(u8::from(offer.comes_at.is_some()));
        let is_last = to + 1 == by_value.len();
        if results >= KNOWN_RESULTS || is_last {
            // What is left at the end says too little by itself.
            rate = if value > 0.0 && (results >= KNOWN_RESULTS || from == 0) { results / value } else { rate };
            for place in &by_value[from..=to] {
                auctions[*place].expected = rate * auctions[*place].value;
            }
            (from, value, results) = (to + 1, 0.0, 0.0);
        }
    }
}

impl Offer {
    /// The least factor that wins it, and what it brings then.
    fn winner(&self) -> (f64, Ended) {
        let least = if self.price > 0.0 { self.price / self.value } else { 0.0 };
        (least, Ended { spent: self.price, results: f64::from(u8::from(self.comes_at.is_some())) })
    }
}

impl Window {
    /// Results come after an exponential time of this mean, drawn from the row's number.
    pub(super) fn new(rows: &[Row], delay: f64) -> Self {
        let count = rows.len() as f64;
        let offer = |(nth, row): (usize, &Row)| {
            let chance = ((mix(nth as u64) >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
            let comes_at = row.clicked.then(|| nth as f64 / count - delay * chance.ln());
            Offer { value: row.predicted.number(), price: row.price.get() as f64, comes_at, expected: 0.0 }
        };
        Self::of(rows.iter().enumerate().map(offer).collect())
    }

    fn of(mut auctions: Vec<Offer>) -> Self {
        know(&mut auctions);
        let mut winners: Vec<(f64, Ended)> = auctions.iter().map(Offer::winner).collect();
        winners.sort_unstable_by(|left, right| left.0.total_cmp(&right.0));
        let mut sum = Ended::default();
        for (_, ended) in &mut winners {
            sum = Ended { spent: sum.spent + ended.spent, results: sum.results + ended.results };
            *ended = sum;
        }
        let cheapest = auctions.iter().map(|offer| offer.price).fold(f64::INFINITY, f64::min);
        Self { auctions, winners, cheapest }
    }

    pub(super) fn clicks(&self) -> usize {
        self.auctions.iter().filter(|offer| offer.comes_at.is_some()).count()
    }

    /// Always the same factor, until the budget is used up.
    pub(super) fn fixed(&self, budget: f64, factor: f64) -> Ended {
        let all = match self.winners.partition_point(|(least, _)| *least <= factor) {
            0 => Ended::default(),
            place => self.winners[place - 1].1,
        };
        if all.spent <= budget {
            return all;
        }
        let mut ended = Ended::default();
        for offer in &self.auctions {
            if ended.spent + self.cheapest > budget {
                break;
            }
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
            let mut known = Vec::new();
            let before = ended.spent;
            for (offer, nth) in self.auctions[from..to].iter().zip(from..) {
                let bid = factor * offer.value;
                let is_won = bid >= offer.price && ended.spent + offer.price <= budget;
                auctions.push(Auction { value: offer.value, bid, price: offer.price, is_won });
                if is_won {
                    ended.spent += offer.price;
                    let shown_at = (tick + 1) as f64 / TICKS as f64;
                    known.push(Arrival { shown_at, worth: offer.expected, predicted: Some(offer.value) });
                    if let Some(comes_at) = offer.comes_at {
                        ended.results += 1.0;
                        open.push(Arrival {
                            shown_at: nth as f64 / count as f64,
                            worth: 1.0,
                            predicted: Some(offer.value),
                        });
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
            let spent = ended.spent - before;
            bidder.learn(&Seen { share, auctions: &auctions, spent, arrivals: &arrivals, known: &known });
        }
        ended
    }
}
