//! One run of a bidder over auctions with a budget that it cannot exceed.

use tuiliu_delivery::approximate::approximate;

use crate::market::{Auction, Bought, count};

/// Rows after which deviation from the plan is looked at and bidders correct themselves: 200, or a thousandth of a
/// window that has few. (The product ticks each second; a day has 86 400.)
pub(crate) fn tick(rows: usize) -> usize {
    (rows / 1_000).clamp(1, 200)
}

/// How far a run is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Progress {
    pub(crate) row: usize,
    pub(crate) rows: usize,
    pub(crate) spent: i64,
    pub(crate) budget: i64,
}

impl Progress {
    /// Share of the rows that are over.
    pub(crate) fn share(self) -> f64 {
        count(self.row) / count(self.rows)
    }

    pub(crate) fn spent_share(self) -> f64 {
        approximate(self.spent) / approximate(self.budget.max(1))
    }
}

/// One way to bid.
pub(crate) trait Bidder {
    /// Before each auction.
    fn look(&mut self, progress: Progress);
    /// Whether it bids at least the price.
    fn wins(&mut self, auction: &Auction) -> bool;
    /// Afterwards everybody learns the price.
    fn learn(&mut self, auction: &Auction, won: bool);
    /// Share of the budget that its plan has spent by now; none when it has no plan.
    fn planned(&self, progress: Progress) -> f64 {
        progress.share()
    }
}

/// What came of a run.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Played {
    pub(crate) bought: Bought,
    pub(crate) overspent: i64,
    /// Root mean square of spent minus planned, as a share of the budget.
    pub(crate) unsteady: f64,
}

pub(crate) fn play(auctions: &[Auction], budget: i64, bidder: &mut dyn Bidder) -> Played {
    let mut bought = Bought::default();
    let mut spent = 0;
    let (mut squares, mut looks) = (0.0, 0.0);
    for (row, auction) in auctions.iter().enumerate() {
        let progress = Progress { row, rows: auctions.len(), spent, budget };
        bidder.look(progress);
        if row > 0 && row.is_multiple_of(tick(auctions.len())) {
            squares += (progress.spent_share() - bidder.planned(progress)).powi(2);
            looks += 1.0;
        }
        let won = bidder.wins(auction) && auction.cost <= budget - spent;
        if won {
            spent += auction.cost;
            bought.spent += approximate(auction.cost);
            bought.value += auction.value;
            bought.clicks += f64::from(u8::from(auction.clicked));
            bought.impressions += 1;
        }
        bidder.learn(auction, won);
    }
    Played { bought, overspent: (spent - budget).max(0), unsteady: f64::sqrt(squares / f64::max(looks, 1.0)) }
}
