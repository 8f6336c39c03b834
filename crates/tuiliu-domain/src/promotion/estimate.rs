//! What a buyer may expect before paying: a range, never a promise (TP-07, AT-06).

use super::bidding::Bidding;
use super::goal::Goal;
use super::product::Product;
use crate::money::{Micros, Price};
use crate::policy::Policy;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EstimateRequest {
    pub product: Product,
    /// What results are priced by: the goal, or viewers where plays are charged.
    pub goal: Goal,
    pub budget: Price,
    pub bidding: Bidding,
    pub duration_ms: i64,
}

/// Seldom less than `low`, usually about `mid`, seldom more than `high`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Range {
    pub low: i64,
    pub mid: i64,
    pub high: i64,
}

impl Range {
    /// Whether so much is neither less nor more.
    #[must_use]
    pub const fn holds(&self, actual: i64) -> bool {
        self.low <= actual && actual <= self.high
    }
}

/// What is expected before anything is known of how far such expectations are off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Expected {
    /// Charged results.
    pub results: i64,
    /// Promoted room entries.
    pub views: i64,
    /// How long delivery takes, in milliseconds.
    pub duration_ms: i64,
}

/// Seldom less, usually, seldom more: of everything that is foretold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ranges {
    /// Charged results.
    pub results: Range,
    /// Promoted room entries.
    pub views: Range,
    /// How long delivery takes, in milliseconds.
    pub duration_ms: Range,
}

impl Ranges {
    /// The middles.
    #[must_use]
    pub const fn expected(&self) -> Expected {
        Expected { results: self.results.mid, views: self.views.mid, duration_ms: self.duration_ms.mid }
    }
}

/// What a range is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EstimateBasis {
    /// Too few comparable orders: what the platform supposes, to be named as such.
    Prior,
    /// P10, P50 and P90 of comparable orders.
    Comparables,
}

/// What a buyer may expect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Estimate {
    pub ranges: Ranges,
    /// How many orders were compared with.
    pub comparables: usize,
    pub basis: EstimateBasis,
}

impl EstimateBasis {
    /// The code used in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Prior => "prior",
            Self::Comparables => "comparables",
        }
    }

    /// The basis with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Prior, Self::Comparables].into_iter().find(|basis| basis.code() == code)
    }
}

/// What the platform supposes of an order while nothing is known of the traffic (AT-06).
///
/// A bid or a cost cap below the usual cost only lowers the low end: it may win less than is usual.
#[must_use]
pub fn suppose(request: &EstimateRequest, policy: &Policy) -> Ranges {
    let bought = |goal: Goal| {
        let prior = policy.usual_cost(request.product, goal);
        let at = |cost: Micros| request.budget.micros().get() / cost.get().max(1);
        Range { low: at(prior.high), mid: at(prior.mid), high: at(prior.low) }
    };
    let prior = policy.usual_cost(request.product, request.goal);
    let low_bid = request.bidding.named().is_some_and(|bid| bid < prior.mid);
    let cut = |range: Range| if low_bid { Range { low: 0, ..range } } else { range };
    // Whoever does more than watch has entered, so other goals bring at least as many views as results.
    let results = bought(request.goal);
    let watched = bought(Goal::Viewers);
    let views = Range { low: results.low, mid: watched.mid.max(results.mid), high: watched.high.max(results.high) };
    Ranges { results: cut(results), views: cut(views), duration_ms: window(request, request.duration_ms, policy) }
}

/// What the platform supposes around an expectation of which it is not known how far such ones are off (AT-06): as far
/// as the cost of a result is supposed to lie around its usual one.
#[must_use]
pub fn suppose_around(expected: Expected, request: &EstimateRequest, policy: &Policy) -> Ranges {
    let prior = policy.usual_cost(request.product, request.goal);
    let times = |count: i64, numerator: Micros, denominator: Micros| {
        let product = i128::from(count) * i128::from(numerator.get()) / i128::from(denominator.get().max(1));
        i64::try_from(product).unwrap_or(i64::MAX)
    };
    let around =
        |mid: i64| Range { low: times(mid, prior.mid, prior.high), mid, high: times(mid, prior.mid, prior.low) };
    Ranges {
        results: around(expected.results),
        views: around(expected.views),
        duration_ms: window(request, expected.duration_ms, policy),
    }
}

/// Delivery ends with the window at the latest.
fn window(request: &EstimateRequest, expected_ms: i64, policy: &Policy) -> Range {
    let low = i128::from(expected_ms) * i128::from(policy.estimate.duration_permille_low) / 1000;
    let mid = expected_ms.min(request.duration_ms);
    Range { low: i64::try_from(low).unwrap_or(mid).min(mid), mid, high: request.duration_ms }
}
