//! Who may take the measured seat.

use tuiliu_delivery::autobid::{Arrival, Auction, AutoBid, CapRule, Coming, Terms, TickSeen};

use super::rivals::{Habit, Memory, Standing};
use super::world::{Advertiser, TICKS};

/// A bidder in the seat.
pub(crate) enum Seat {
    Ours(Box<AutoBid>),
    Rival(Habit),
    Fixed(f64),
}

/// What the seat learns of a tick.
pub(crate) struct Learnt {
    pub(crate) auctions: Vec<Auction>,
    pub(crate) spent: f64,
    pub(crate) results: usize,
}

/// Names of all that are measured.
pub(crate) const NAMES: [&str; 6] = ["ours", "onlinelp", "pid", "fixed cap", "ours, cap kept hard", HINDSIGHT];

/// The best of some fixed factors of each day, known afterwards only.
pub(crate) const HINDSIGHT: &str = "best fixed, hindsight";
/// Multiples of the cap among which it is.
pub(crate) const MULTIPLES: [f64; 10] = [0.2, 0.3, 0.45, 0.6, 0.8, 1.0, 1.25, 1.5, 1.8, 2.2];

impl Seat {
    pub(crate) fn named(name: &str, own: &Advertiser) -> Self {
        let ours = |rule| {
            let terms = Terms { rule, ..Terms::for_cost(own.budget, own.cap) };
            Self::Ours(Box::new(AutoBid::new(terms)))
        };
        match name {
            "ours" => ours(CapRule::Soften { exponent: 2.0 }),
            "ours, cap kept hard" => ours(CapRule::Keep),
            "onlinelp" => Self::Rival(Habit::OnlineLp),
            "pid" => Self::Rival(Habit::Pid { factor: 15.0 }),
            _ => Self::Rival(Habit::FixedCap),
        }
    }

    pub(crate) fn factor(&mut self, own: &Advertiser, seen: Standing, memory: &Memory, values: &[f64]) -> f64 {
        match self {
            Self::Ours(bidder) => bidder.choose(&Coming { values, span: 1.0 / TICKS as f64 }).factor,
            Self::Rival(habit) => habit.factor(own, seen, memory),
            Self::Fixed(factor) => *factor,
        }
    }

    pub(crate) fn learn(&mut self, tick: usize, learnt: &Learnt) {
        if let Self::Ours(bidder) = self {
            let share = (tick + 1) as f64 / TICKS as f64;
            let arrivals = vec![Arrival { shown_at: share, worth: 1.0, predicted: None }; learnt.results];
            let seen = TickSeen { share, auctions: &learnt.auctions, spent: learnt.spent, arrivals: &arrivals };
            bidder.observe(&seen);
        }
    }
}
