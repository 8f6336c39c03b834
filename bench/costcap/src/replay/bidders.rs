//! The product's bidder and four that are told about.

use tuiliu_delivery::autobid::{Arrival, Auction, AutoBid, Coming, Terms, TickSeen};

use super::window::TICKS;

pub(super) const NAMES: [&str; 6] =
    ["ours", "ours, rates known", "trusting predictions", "fixed: cap × value", "PID on cost", "dual descent"];

/// What a tick brought.
pub(super) struct Seen<'a> {
    pub(super) share: f64,
    pub(super) auctions: &'a [Auction],
    pub(super) spent: f64,
    pub(super) arrivals: &'a [Arrival],
    /// What hindsight expects of everything won, at once and without chance.
    pub(super) known: &'a [Arrival],
}

/// One who sets a factor each tick.
pub(super) enum Bidder {
    Ours(Box<AutoBid>),
    /// The same controller, told what hindsight expects: what is left to better calibration.
    Knowing(Box<AutoBid>),
    /// The same controller, told that what was predicted has come.
    Trusting(Box<AutoBid>),
    Fixed(f64),
    Pid(Pid),
    Dual(Dual),
}

/// Factor = cap × e^(proportional + integral of the relative error), and a plan for the budget.
pub(super) struct Pid {
    cap: f64,
    budget: f64,
    spent: f64,
    results: f64,
    integral: f64,
    pace: f64,
    factor: f64,
}

/// Mirror descent on one multiplier for the budget and one for the cap.
pub(super) struct Dual {
    cap: f64,
    budget: f64,
    /// Prices of money and of missing the cap, in units of the cap.
    of_budget: f64,
    of_cap: f64,
}

impl Bidder {
    pub(super) fn named(name: &str, budget: f64, cap: f64) -> Self {
        let ours = || Box::new(AutoBid::new(Terms::for_cost(budget, cap)));
        match name {
            "ours" => Self::Ours(ours()),
            "ours, rates known" => Self::Knowing(ours()),
            "trusting predictions" => Self::Trusting(ours()),
            "PID on cost" => {
                Self::Pid(Pid { cap, budget, spent: 0.0, results: 0.0, integral: 0.0, pace: 1.0, factor: cap })
            }
            "dual descent" => Self::Dual(Dual { cap, budget, of_budget: 0.5, of_cap: 1.0 }),
            _ => Self::Fixed(cap),
        }
    }

    pub(super) fn factor(&self) -> f64 {
        let coming = Coming { values: &[], span: 1.0 / TICKS as f64 };
        match self {
            Self::Ours(bidder) | Self::Knowing(bidder) | Self::Trusting(bidder) => bidder.choose(&coming).factor,
            Self::Fixed(factor) => *factor,
            Self::Pid(pid) => pid.factor,
            // What maximises value - of_budget × cost - of_cap × (cost - cap × value) in one auction.
            Self::Dual(dual) => dual.cap * (1.0 + dual.of_cap) / (dual.of_budget + dual.of_cap),
        }
    }

    pub(super) fn learn(&mut self, seen: &Seen<'_>) {
        let results = seen.arrivals.len() as f64;
        let tick = TickSeen { share: seen.share, auctions: seen.auctions, spent: seen.spent, arrivals: seen.arrivals };
        match self {
            Self::Ours(bidder) => bidder.observe(&tick),
            Self::Knowing(bidder) => bidder.observe(&TickSeen { arrivals: seen.known, ..tick }),
            Self::Trusting(bidder) => {
                let predicted =
                    seen.auctions.iter().filter(|auction| auction.is_won).map(|auction| auction.value).sum();
                let arrivals =
                    [Arrival { shown_at: seen.share - 0.5 / TICKS as f64, worth: predicted, predicted: None }];
                bidder.observe(&TickSeen { arrivals: &arrivals, ..tick });
            }
            Self::Fixed(_) => {}
            Self::Pid(pid) => pid.learn(seen.share, seen.spent, results),
            Self::Dual(dual) => {
                let even = dual.budget / TICKS as f64;
                let step = 0.05;
                dual.of_budget *= (step * (seen.spent / even - 1.0)).clamp(-0.5, 0.5).exp();
                dual.of_cap *= (step * (seen.spent - dual.cap * results) / even).clamp(-0.5, 0.5).exp();
                dual.of_budget = dual.of_budget.clamp(1e-3, 1e3);
                dual.of_cap = dual.of_cap.clamp(1e-2, 1e3);
            }
        }
    }
}

impl Pid {
    fn learn(&mut self, share: f64, spent: f64, results: f64) {
        self.spent += spent;
        self.results += results;
        // One result of belief keeps the start from swinging.
        let error = 1.0 - (self.spent + self.cap) / (self.cap * (self.results + 1.0));
        let error = error.clamp(-1.0, 1.0);
        self.integral = (self.integral + error / TICKS as f64 * 10.0).clamp(-2.0, 2.0);
        let behind = share - self.spent / self.budget;
        self.pace = (self.pace * (2.0 * behind).clamp(-0.1, 0.1).exp()).clamp(0.01, 1.0);
        self.factor = self.cap * (0.5 * error + self.integral).exp() * self.pace;
    }
}
