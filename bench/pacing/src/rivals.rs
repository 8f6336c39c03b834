//! Known ways to bid, each as its authors describe it.

use tuiliu_delivery::Rng;
use tuiliu_delivery::approximate::approximate;

use crate::market::{Auction, Share, count};
use crate::play::{Bidder, Progress, tick};

/// Step of dual descent, as a share of the price for each budgeted unit of spend.
const ETA: f64 = 0.003;
/// Gains of the PI controller on the deviation from the plan, as a share of the budget.
const PROPORTIONAL: f64 = 5.0;
const INTEGRAL: f64 = 20.0;
/// Parameters tried when one is tuned on earlier rows, as the RLB paper does it.
const TRIED: u32 = 80;

/// The same bid for every impression.
pub(crate) struct Constant {
    pub(crate) bid: f64,
}

impl Bidder for Constant {
    fn look(&mut self, _: Progress) {}
    fn wins(&mut self, auction: &Auction) -> bool {
        self.bid >= approximate(auction.cost)
    }
    fn learn(&mut self, _: &Auction, _: bool) {}
}

/// The bid is proportional to the predicted rate, always with the same factor.
pub(crate) struct Linear {
    pub(crate) price: f64,
}

impl Bidder for Linear {
    fn look(&mut self, _: Progress) {}
    fn wins(&mut self, auction: &Auction) -> bool {
        self.price >= auction.price()
    }
    fn learn(&mut self, _: &Auction, _: bool) {}
}

/// A linear bid that is too high, in as many auctions as the plan pays for.
pub(crate) struct Throttled {
    pub(crate) price: f64,
    pub(crate) participation: f64,
    pub(crate) rng: Rng,
}

impl Bidder for Throttled {
    fn look(&mut self, progress: Progress) {
        let ahead = progress.spent_share() - progress.share();
        if progress.row > 0 && progress.row.is_multiple_of(tick(progress.rows)) {
            self.participation = (self.participation * if ahead > 0.0 { 0.9 } else { 1.1 }).clamp(0.001, 1.0);
        }
    }
    fn wins(&mut self, auction: &Auction) -> bool {
        f64::from(self.rng.below_million()) < self.participation * 1e6 && self.price >= auction.price()
    }
    fn learn(&mut self, _: &Auction, _: bool) {}
}

/// Dual descent: after each auction the price moves by what was budgeted for it minus what was spent on it.
pub(crate) struct Dual {
    pub(crate) price: f64,
    pub(crate) per_auction: f64,
}

impl Bidder for Dual {
    fn look(&mut self, _: Progress) {}
    fn wins(&mut self, auction: &Auction) -> bool {
        self.price >= auction.price()
    }
    fn learn(&mut self, auction: &Auction, won: bool) {
        let spent = if won { approximate(auction.cost) } else { 0.0 };
        self.price *= (ETA * (1.0 - spent / self.per_auction)).clamp(-1.0, 1.0).exp();
    }
}

/// PI control of the price on the deviation from the plan.
pub(crate) struct OnPlan {
    pub(crate) start: f64,
    pub(crate) price: f64,
    pub(crate) integral: f64,
}

impl Bidder for OnPlan {
    fn look(&mut self, progress: Progress) {
        if progress.row > 0 && progress.row.is_multiple_of(tick(progress.rows)) {
            let behind = progress.share() - progress.spent_share();
            self.integral += behind * count(tick(progress.rows)) / count(progress.rows);
            let change = PROPORTIONAL * behind + INTEGRAL * self.integral;
            self.price = self.start * change.clamp(-5.0, 5.0).exp();
        }
    }
    fn wins(&mut self, auction: &Auction) -> bool {
        self.price >= auction.price()
    }
    fn learn(&mut self, _: &Auction, _: bool) {}
}

/// The parameter that brings most on these rows, in runs of so many rows with this budget each.
pub(crate) fn tune(parameters: &[f64], mut results: impl FnMut(f64) -> f64) -> f64 {
    let mut best = (f64::MIN, 0.0);
    for parameter in parameters {
        let result = results(*parameter);
        if result > best.0 {
            best = (result, *parameter);
        }
    }
    best.1
}

/// Parameters in equal proportion between the extremes of these numbers.
pub(crate) fn tried(numbers: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut sorted: Vec<f64> = numbers.filter(|number| *number > 0.0).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let quantile = |nth: u32| sorted[(sorted.len() - 1) * usize::try_from(nth).expect("few") / 80];
    // Quantiles reach into the tails, where small budgets buy.
    let low = sorted.first().copied().unwrap_or(1.0).max(1.0);
    let mut all: Vec<f64> = if sorted.is_empty() { vec![1.0] } else { (1..=TRIED).map(quantile).collect() };
    let first = all[0].max(low);
    all.extend((1..TRIED).map(|nth| low * (first / low).powf(f64::from(nth) / f64::from(TRIED))));
    all
}

/// What a part of the mean cost allows for each auction.
pub(crate) fn per_auction(budget: i64, rows: usize) -> f64 {
    approximate(budget) / count(rows)
}

/// The first rows, on which parameters are tuned.
pub(crate) fn training(auctions: &[Auction], share: Share) -> usize {
    usize::try_from(share.of_amount(count(auctions.len()))).expect("a part of the rows").clamp(1, auctions.len())
}
