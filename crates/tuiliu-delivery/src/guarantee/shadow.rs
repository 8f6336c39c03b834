//! What a contract bids: the least that takes enough slots, never more than what is at stake (DL-07, GB-09).

use tuiliu_domain::limits::LANDSCAPE_SAMPLES_MAX;
use tuiliu_domain::money::Micros;

use super::{Serving, Standing};
use crate::approximate::{approximate, round_to_count};
use crate::auction::{Entry, Outcome, Won};
use crate::bidding::{PacingCell, WHOLE_SHARE};
use crate::eligibility::LossReason;
use crate::random::mix;

/// Auctions needed before prices are believed.
const SAMPLES_MIN: usize = 50;
/// Share of its slots above which a contract cannot be choosy.
const NEARLY_ALL: f64 = 0.98;
/// How many times the crowding of its slots a contract prepares for: forecasts are wrong, and so are quantiles.
const CAUTION: f64 = 1.05;

/// What a contract bids until the next plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// The bid per play, in millionths; zero when nothing is missing.
    pub price: Micros,
    /// Share of its slots that it takes part in, in millionths.
    pub participation_millionths: u32,
}

impl Offer {
    /// No bid: the target is reached.
    pub const NONE: Self = Self { price: Micros::ZERO, participation_millionths: 0 };

    /// Lets decisions see it.
    pub fn put_into(self, cell: &PacingCell) {
        cell.set(self.price, self.participation_millionths);
    }
}

/// What it took of late to win the slots a contract fits: a sample in which the past fades.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DisplacedValues {
    /// Each with the number of auctions it stands for.
    prices: Vec<(Micros, u32)>,
    seen: u64,
}

impl DisplacedValues {
    /// Adds what one more auction would have cost per play.
    pub fn add(&mut self, price: Micros) {
        self.add_weighted(price, 1);
    }

    fn add_weighted(&mut self, price: Micros, weight: u32) {
        self.seen += 1;
        if self.prices.len() < LANDSCAPE_SAMPLES_MAX {
            self.prices.push((price, weight));
        } else {
            // Replacing a random one lets ages fall off exponentially; mixing the count is random enough.
            let kept = u64::try_from(LANDSCAPE_SAMPLES_MAX).expect("a limit fits");
            let place = usize::try_from(mix(self.seen) % kept).expect("below the limit");
            self.prices[place] = (price, weight);
        }
    }

    /// Adds an auction in which the contract took part; one in which it was not its turn teaches nothing, because
    /// there it would have competed with another contract and not with a buyer.
    pub fn add_entry(&mut self, entry: &Entry) {
        if matches!(entry.outcome, Outcome::Won | Outcome::Lost(LossReason::LostAuction | LossReason::BelowFloor)) {
            self.add_weighted(entry.price_to_win, entry.weight);
        }
    }

    /// How many samples it remembers, whatever they stand for.
    #[must_use]
    pub fn len(&self) -> usize {
        self.prices.len()
    }

    /// Whether it remembers none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.prices.is_empty()
    }

    /// The lowest price per play that wins this share of auctions; none while too little is known.
    #[must_use]
    pub fn price_for_share(&self, share: f64) -> Option<Micros> {
        if self.prices.len() < SAMPLES_MIN {
            return None;
        }
        let mut prices = self.prices.clone();
        prices.sort_unstable();
        let all: i64 = prices.iter().map(|(_, weight)| i64::from(*weight)).sum();
        let mut left = round_to_count(approximate(all - 1) * share.clamp(0.0, 1.0));
        let reached = prices.iter().find(|(_, weight)| {
            left -= i64::from(*weight);
            left < 0
        });
        reached.or(prices.last()).map(|(price, _)| *price)
    }
}

/// What a contract bids per play until the next plan, and in which share of its slots it takes part.
///
/// Where contracts together need only the share `crowding` of the slots, the cheapest that many are enough: the price
/// is that quantile of what slots displace, and among those each contract takes part in `share / crowding`. Solved
/// again each hour on what is left: behind the plan, crowding and with it the price rise towards the stake; ahead they
/// fall. Nothing is bid once nothing is missing.
#[must_use]
pub fn offer(standing: &Standing<'_>, serving: &Serving, values: &DisplacedValues) -> Offer {
    let stake = standing.stake_per_play();
    if stake <= Micros::ZERO {
        return Offer::NONE;
    }
    let crowding = (serving.crowding * CAUTION).clamp(serving.share.max(1e-6), 1.0);
    let known = if crowding < NEARLY_ALL { values.price_for_share(crowding) } else { None };
    let (price, share) = match known {
        // Ties at the quantile lose to a price that only equals them.
        Some(price) => (Micros::new(price.get().saturating_add(1)).min(stake), serving.share / crowding),
        None => (stake, serving.share),
    };
    let participation = round_to_count(share.clamp(0.0, 1.0) * f64::from(WHOLE_SHARE));
    Offer { price, participation_millionths: u32::try_from(participation).unwrap_or(WHOLE_SHARE) }
}

/// What a serve of a contract displaces: what the runner-up, or the floor, would have paid for the impression.
///
/// The platform pays itself, so nobody is charged; this is the cost that is booked against guarantee income (GB-09).
#[must_use]
pub fn displaced_value(won: &Won) -> Micros {
    let bid = i128::from(won.bid.get().max(1));
    let value = i128::from(won.rank.price().get()) * i128::from(won.price.get().max(0)) / bid;
    Micros::new(i64::try_from(value).unwrap_or(i64::MAX))
}
