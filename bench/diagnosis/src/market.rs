//! Made-up orders: requests come, some are blocked, the others are auctions against a competing score.
//!
//! An order is planned as its peers run: with their requests, their share not blocked, their bid and their result rate.
//! A healthy one differs from them a little in each; a broken one has one of them multiplied by what broke.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Binomial, Distribution, LogNormal, Poisson};
use tuiliu_measure::forecast::{Cause, Pace, Remedy, Verdict, diagnose, shrunk_rate};

/// What peers have: share not blocked, results of a play, and the competing score's deviation.
const OPEN: f64 = 0.9;
const RATE: f64 = 0.1;
const SCORES: f64 = 0.5;

#[derive(Clone, Copy)]
pub enum Severity {
    Mild,
    Severe,
}

/// What is broken, and how much.
#[derive(Clone, Copy)]
pub struct Break {
    pub cause: Cause,
    pub severity: Severity,
}

pub struct Market {
    pub requests_an_hour: f64,
    pub hours: f64,
    /// How healthy orders differ from their peers: deviation of the logarithm of each factor.
    pub spread: f64,
}

/// What is known of an order when it is judged.
pub struct Seen {
    planned: f64,
    delivered: u64,
    /// What peers have in the same time.
    requests_of_peers: f64,
    requests: u64,
    open: u64,
    /// The competing score of each auction.
    scores: Vec<f64>,
    bid: f64,
    rate: f64,
}

impl Market {
    pub fn order(&self, rng: &mut ChaCha8Rng, broken: Option<Break>) -> Seen {
        let spread = LogNormal::new(0.0, self.spread).expect("a deviation");
        let factor = |cause: Cause, rng: &mut ChaCha8Rng| {
            let own: f64 = spread.sample(rng);
            match broken {
                Some(broken) if broken.cause == cause => {
                    let (low, high) = match broken.severity {
                        Severity::Mild => (0.6, 0.85),
                        Severity::Severe => (0.25, 0.6),
                    };
                    own * rng.random_range(low..high)
                }
                _ => own,
            }
        };
        let peers = self.requests_an_hour * self.hours;
        let expected = peers * factor(Cause::Audience, rng);
        let open_share = (OPEN * factor(Cause::SameAudience, rng)).min(1.0);
        let rate = (RATE * factor(Cause::Quality, rng)).min(1.0);
        let bid = factor(Cause::Bid, rng);
        let requests = Poisson::new(expected).expect("some come").sample(rng) as u64;
        let open = Binomial::new(requests, open_share).expect("a share").sample(rng);
        // Of peers, bidding one with the rate of peers, half win: the median score is theirs.
        let rival = LogNormal::new(RATE.ln(), SCORES).expect("a deviation");
        let scores: Vec<f64> = (0..open).map(|_| rival.sample(rng)).collect();
        // The engine ranks by what it believes: at the end nearly the truth.
        let delivered = scores.iter().filter(|score| bid * rate > **score).count() as u64;
        let results = Binomial::new(delivered, rate).expect("a share").sample(rng);
        let measured = shrunk_rate(results, delivered, RATE);
        Seen {
            planned: peers * OPEN * 0.5,
            delivered,
            requests_of_peers: peers,
            requests,
            open,
            scores,
            bid,
            rate: measured,
        }
    }
}

impl Seen {
    /// What the product says; without the gate, as if every order were slow.
    pub fn verdict(&self, gated: bool) -> Verdict {
        let wins = |bid: f64, rate: f64| self.scores.iter().filter(|score| bid * rate > **score).count() as f64;
        let as_it_is = wins(self.bid, self.rate).max(1.0);
        let share = self.open as f64 / (self.requests as f64).max(1.0);
        let remedy = |cause, delivered| Remedy { cause, delivered };
        let remedies = [
            remedy(Cause::Audience, as_it_is * self.requests_of_peers / (self.requests as f64).max(1.0)),
            remedy(Cause::SameAudience, as_it_is * OPEN / share.max(f64::MIN_POSITIVE)),
            remedy(Cause::Quality, wins(self.bid, RATE.max(self.rate))),
            remedy(Cause::Bid, wins(self.bid.max(1.0), self.rate)),
        ];
        let pace = if gated {
            Pace { planned: self.planned, delivered: self.delivered }
        } else {
            Pace { planned: f64::INFINITY, delivered: 0 }
        };
        diagnose(pace, as_it_is, &remedies)
    }
}
