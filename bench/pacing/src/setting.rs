//! The two settings: the whole log as one window, and episodes of N auctions with a budget each.

use tuiliu_delivery::Rng;
use tuiliu_delivery::approximate::approximate;
use tuiliu_delivery::pacing::{Landscape, PacerState, TrafficShape};

use crate::limit::limit;
use crate::market::{Auction, Bought, Optimum, Share, count, mean_cost, micros};
use crate::ours::{Ours, plan};
use crate::play::{Bidder, Played, play, tick};
use crate::rivals::{Constant, Dual, Linear, OnPlan, Throttled, per_auction, tried, tune};

/// How far off the adaptive ones start when they know nothing yet.
const START_OFF: f64 = 3.0;
/// By how much throttling bids more than the best.
const THROTTLED: f64 = 4.0;

/// What is run.
pub(crate) struct Setting<'a> {
    pub(crate) auctions: &'a [Auction],
    /// Rows that come before all tests of episodes, and on which parameters are tuned.
    pub(crate) train: usize,
    pub(crate) episode: Option<usize>,
    /// Whether the dynamic program is run too.
    pub(crate) limit: bool,
}

/// How one bidder fared with one budget.
pub(crate) struct Row {
    pub(crate) method: String,
    pub(crate) bought: Bought,
    pub(crate) overspent: i64,
    pub(crate) unsteady: f64,
}

/// One budget.
pub(crate) struct BudgetResult {
    pub(crate) share: Share,
    /// Of each episode, or of the whole.
    pub(crate) budget: i64,
    pub(crate) windows: usize,
    pub(crate) optimum: Optimum,
    pub(crate) rows: Vec<Row>,
}

impl Setting<'_> {
    pub(crate) fn usual_budgets(&self) -> Vec<Share> {
        let share = |of| Share { parts: 1, of };
        let mut all = vec![share(32), share(16), share(8), share(4), share(2)];
        if self.episode.is_none() {
            all.insert(0, share(128));
        }
        all
    }

    /// The windows that are tested: rows that share a budget.
    fn windows(&self) -> Vec<&[Auction]> {
        match self.episode {
            Some(rows) => self.auctions[self.train..].chunks_exact(rows).collect(),
            None => vec![self.auctions],
        }
    }

    pub(crate) fn run(&self, share: Share) -> BudgetResult {
        let windows = self.windows();
        let budget = self.budget(share);
        let mut optimum = Optimum::default();
        for window in &windows {
            let more = Optimum::of(window, budget);
            optimum.value += more.value;
            optimum.clicks += more.clicks;
            optimum.supply += more.supply;
            optimum.price = more.price;
        }
        let mut rows = self.rivals(share, &windows, budget, &optimum);
        match self.episode {
            Some(_) => {
                rows.push(self.ours_in_episodes(&windows, budget));
                if self.limit {
                    rows.push(self.limit(&windows, budget));
                }
            }
            None => rows.extend(self.ours_in_one(budget, &optimum)),
        }
        BudgetResult { share, budget, windows: windows.len(), optimum, rows }
    }

    /// The budget of a window: of an episode by the mean price of the training rows, as in the RLB paper.
    fn budget(&self, share: Share) -> i64 {
        match self.episode {
            Some(rows) => share.of_amount(mean_cost(&self.auctions[..self.train]) * count(rows)),
            None => share.of_amount(mean_cost(self.auctions) * count(self.auctions.len())),
        }
    }

    fn rivals(&self, share: Share, windows: &[&[Auction]], budget: i64, optimum: &Optimum) -> Vec<Row> {
        let training = &self.auctions[..self.train];
        let rows = self.episode.unwrap_or(training.len()).min(training.len());
        let part = share.of_amount(mean_cost(training) * count(rows));
        let linear = |auctions: &[Auction], rows: usize, budget: i64| {
            tune(&tried(auctions.iter().map(Auction::price)), |price| {
                results(auctions, rows, budget, &mut Linear { price })
            })
        };
        let constant = |auctions: &[Auction], rows: usize, budget: i64, too: Option<f64>| {
            let mut bids = tried(auctions.iter().map(|one| approximate(one.cost)));
            bids.extend(too);
            tune(&bids, |bid| results(auctions, rows, budget, &mut Constant { bid }))
        };
        let tuned = linear(training, rows, part);
        let bid = constant(training, rows, part, None);
        let tested = &self.auctions[if self.episode.is_some() { self.train } else { 0 }..];
        let hindsight = constant(tested, self.episode.unwrap_or(tested.len()), budget, Some(bid));
        let start = if self.episode.is_some() { tuned } else { optimum.price * START_OFF };
        let per_auction = per_auction(budget, windows[0].len());
        let loud = if self.episode.is_some() { tuned } else { optimum.price } * THROTTLED;
        vec![
            over(windows, budget, "constant bid, tuned on the training rows", || Constant { bid }),
            over(windows, budget, "linear bid, tuned on the training rows", || Linear { price: tuned }),
            over(windows, budget, "constant bid, best in hindsight", || Constant { bid: hindsight }),
            over(windows, budget, "throttling, linear bid 4x", || Throttled {
                price: loud,
                participation: 0.1,
                rng: Rng::seeded(1),
            }),
            over(windows, budget, "dual descent, eta 0.003", || Dual { price: start, per_auction }),
            over(windows, budget, "PI on the plan", || OnPlan { start, price: start, integral: 0.0 }),
        ]
    }

    /// Episodes: each begins with the landscape of all rows before it, and ticks with each auction.
    fn ours_in_episodes(&self, windows: &[&[Auction]], budget: i64) -> Row {
        let mut landscape = Landscape::expecting(0);
        self.auctions[..self.train].iter().for_each(|one| landscape.add(one.sample));
        let mut sum = Summed::default();
        for window in windows {
            let auctions = u64::try_from(window.len()).expect("few rows");
            let state = PacerState::starting(micros(1.0)).expecting(auctions);
            let mut ours = Ours::new(plan(budget, TrafficShape::default()), landscape, state, 1);
            sum.add(play(window, budget, &mut ours));
            landscape = ours.landscape;
        }
        sum.row("tuiliu")
    }

    fn limit(&self, windows: &[&[Auction]], budget: i64) -> Row {
        let bought = limit(&self.auctions[self.train..], windows, budget);
        Row { method: "dynamic program that knows the tested mix".to_owned(), bought, overspent: 0, unsteady: 0.0 }
    }

    /// One window: it begins with nothing but a price that is off.
    fn ours_in_one(&self, budget: i64, optimum: &Optimum) -> Vec<Row> {
        let rows = u64::try_from(self.auctions.len()).expect("few rows");
        let run = |(name, shape): (&str, TrafficShape)| {
            let state = PacerState::starting(micros(optimum.price * START_OFF));
            let mut ours = Ours::new(plan(budget, shape), Landscape::expecting(rows), state, tick(self.auctions.len()));
            let mut sum = Summed::default();
            sum.add(play(self.auctions, budget, &mut ours));
            sum.row(name)
        };
        shapes().into_iter().map(run).collect()
    }
}

/// Plans that are right, or wrong by 30% in hours where rows come evenly.
fn shapes() -> [(&'static str, TrafficShape); 5] {
    let shaped = |is_high: fn(usize) -> bool| {
        TrafficShape::new(std::array::from_fn(|hour| if is_high(hour) { 130 } else { 70 }))
    };
    [
        ("tuiliu", TrafficShape::default()),
        ("tuiliu, plan 30% too early", shaped(|hour| hour < 12)),
        ("tuiliu, plan 30% too late", shaped(|hour| hour >= 12)),
        ("tuiliu, plan wrong by 30% every 3 hours", shaped(|hour| hour / 3 % 2 == 0)),
        ("tuiliu, plan wrong by 30% every hour", shaped(|hour| hour % 2 == 1)),
    ]
}

/// Predicted results of a bidder that does not learn, in windows of so many rows.
fn results(auctions: &[Auction], rows: usize, budget: i64, bidder: &mut dyn Bidder) -> f64 {
    auctions.chunks_exact(rows).map(|window| play(window, budget, bidder).bought.value).sum()
}

fn over<B: Bidder>(windows: &[&[Auction]], budget: i64, method: &str, mut fresh: impl FnMut() -> B) -> Row {
    let mut sum = Summed::default();
    for window in windows {
        sum.add(play(window, budget, &mut fresh()));
    }
    sum.row(method)
}

#[derive(Default)]
struct Summed {
    bought: Bought,
    overspent: i64,
    unsteady: f64,
    windows: f64,
}

impl Summed {
    fn add(&mut self, played: Played) {
        self.bought.add(played.bought);
        self.overspent += played.overspent;
        self.unsteady += played.unsteady;
        self.windows += 1.0;
    }

    fn row(self, method: &str) -> Row {
        Row {
            method: method.to_owned(),
            bought: self.bought,
            overspent: self.overspent,
            unsteady: self.unsteady / self.windows.max(1.0),
        }
    }
}
