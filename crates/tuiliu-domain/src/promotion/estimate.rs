//! What a buyer may expect before paying: a range, never a promise (TP-07, AT-06).

use super::bidding::Bidding;
use super::goal::Goal;
use crate::limits::ESTIMATE_HISTORY_MAX;
use crate::money::{Beans, Micros};
use crate::policy::EstimatePolicy;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EstimateRequest {
    pub goal: Goal,
    pub budget: Beans,
    pub bidding: Bidding,
    pub duration_ms: i64,
}

/// What one comparable order brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PastResult {
    pub spend: Micros,
    /// Charged results.
    pub results: i64,
    /// Promoted room entries.
    pub views: i64,
    /// From start of delivery to its end.
    pub delivered_ms: i64,
}

/// Seldom less than `low`, usually about `mid`, seldom more than `high`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Range {
    pub low: i64,
    pub mid: i64,
    pub high: i64,
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
    /// Charged results.
    pub results: Range,
    /// Promoted room entries.
    pub views: Range,
    /// How long delivery takes, in milliseconds.
    pub duration_ms: Range,
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
}

/// Estimates from comparable past orders, or from the policy's prior where they are too few.
///
/// Orders that spent nothing say nothing about price and are left out; at most the first
/// [`ESTIMATE_HISTORY_MAX`] are looked at. A bid or a cost cap only
/// lowers the low end: it may win less than was won before.
#[must_use]
pub fn estimate(request: &EstimateRequest, history: &[PastResult], policy: &EstimatePolicy) -> Estimate {
    let spent = |past: &&PastResult| past.spend > Micros::ZERO && past.results >= 0 && past.views >= 0;
    let comparable: Vec<&PastResult> = history.iter().take(ESTIMATE_HISTORY_MAX).filter(spent).collect();
    if comparable.len() < policy.comparables_min.max(1) {
        return from_prior(request, policy, comparable.len());
    }
    let budget = i128::from(request.budget.micros().get());
    let scaled = |count: i64, spend: Micros| {
        let expected = i128::from(count) * budget / i128::from(spend.get());
        i64::try_from(expected).unwrap_or(i64::MAX)
    };
    let results = quantiles(comparable.iter().map(|past| scaled(past.results, past.spend)).collect());
    let views = quantiles(comparable.iter().map(|past| scaled(past.views, past.spend)).collect());
    let within_window = |past: &&PastResult| past.delivered_ms.clamp(0, request.duration_ms);
    let duration_ms = quantiles(comparable.iter().map(within_window).collect());
    let low_bid = |bid: Micros| {
        // What the median order paid for a result; a lower bid may win nothing.
        results.mid > 0 && i128::from(bid.get()) * i128::from(results.mid) < budget
    };
    let results = if request.bidding.named().is_some_and(low_bid) { Range { low: 0, ..results } } else { results };
    let views = if request.bidding.named().is_some_and(low_bid) { Range { low: 0, ..views } } else { views };
    Estimate { results, views, duration_ms, comparables: comparable.len(), basis: EstimateBasis::Comparables }
}

fn from_prior(request: &EstimateRequest, policy: &EstimatePolicy, comparables: usize) -> Estimate {
    let bought = |goal: Goal| {
        let prior = policy.cost_per_result.get(goal);
        let at = |cost: Micros| request.budget.micros().get() / cost.get().max(1);
        Range { low: at(prior.high), mid: at(prior.mid), high: at(prior.low) }
    };
    let prior = policy.cost_per_result.get(request.goal);
    let low_bid = request.bidding.named().is_some_and(|bid| bid < prior.mid);
    let cut = |range: Range| if low_bid { Range { low: 0, ..range } } else { range };
    // Whoever does more than watch has entered, so other goals bring at least as many views as results.
    let results = bought(request.goal);
    let watched = bought(Goal::Viewers);
    let views = Range { low: results.low, mid: watched.mid.max(results.mid), high: watched.high.max(results.high) };
    let low = i128::from(request.duration_ms) * i128::from(policy.duration_permille_low) / 1000;
    let duration_ms = Range {
        low: i64::try_from(low).unwrap_or(request.duration_ms),
        mid: request.duration_ms,
        high: request.duration_ms,
    };
    Estimate { results: cut(results), views: cut(views), duration_ms, comparables, basis: EstimateBasis::Prior }
}

/// P10, P50 and P90 by nearest rank.
fn quantiles(mut values: Vec<i64>) -> Range {
    values.sort_unstable();
    let at = |percent: usize| {
        let rank = (values.len() * percent).div_ceil(100).max(1);
        values[rank - 1]
    };
    Range { low: at(10), mid: at(50), high: at(90) }
}
