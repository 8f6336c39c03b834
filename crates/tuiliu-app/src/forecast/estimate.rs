//! The estimate of an order: its point from sampled requests, its range from comparable orders (TP-07, AT-06).

use tuiliu_delivery::approximate::round_to_count;
use tuiliu_delivery::forecast::{Budget, Outlook, Reach, Wish, openings};
use tuiliu_domain::money::Micros;
use tuiliu_domain::policy::Policy;
use tuiliu_domain::promotion::{
    ChargedBy, Content, Estimate, EstimateRequest, Expected, Goal, PromotionOrder, suppose, suppose_around,
};
use tuiliu_domain::time::Timestamp;
use tuiliu_measure::forecast::{Kind, PointBy, budget_band, hour_band, shown};
use tuiliu_store::ForecastShare;

use super::sample::with_snapshot;
use crate::app::Shell;
use crate::delivery::{Newcomer, newcomer};

/// What may be expected of an order, and what that is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    pub estimate: Estimate,
    /// Before it is known how far such expectations are off.
    pub expected: Expected,
    pub point_by: PointBy,
    /// What sampled requests tell; `None` where there are too few.
    pub market: Option<Market>,
    /// How often the ranges of this goal held lately.
    pub held: Vec<ForecastShare>,
}

/// What the requests of the last day tell of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Market {
    /// Different viewers of the last day whom it is for, and all viewers.
    pub viewers_reachable: i64,
    pub viewers_all: i64,
    /// Those of its window to whom it would be shown.
    pub viewers_shown: i64,
    pub impressions: i64,
    pub spend: Micros,
    /// The bid with which the budget lasts for the window.
    pub bid: Micros,
    /// Requests that were looked at.
    pub sampled: usize,
}

/// Forecasts an order that could be placed now, or was; takes a few milliseconds and reads nothing from the store.
pub(crate) fn forecast(shell: &Shell, order: &PromotionOrder, content: &Content, policy: &Policy) -> Forecast {
    let now = shell.now();
    let PromotionOrder { product, goal, budget, bidding, duration_ms, .. } = *order;
    let request = EstimateRequest { product, goal: order.result_goal(), budget, bidding, duration_ms };
    let market = market(shell, order, content, policy, now);
    let (expected, point_by, supposed) = match market {
        Some((outlook, _, _)) => {
            let expected = Expected {
                results: round_to_count(outlook.results),
                views: round_to_count(outlook.views.max(outlook.results)),
                duration_ms: outlook.duration_ms,
            };
            (expected, PointBy::Replay, suppose_around(expected, &request, policy))
        }
        None => {
            let supposed = suppose(&request, policy);
            (supposed.expected(), PointBy::Prior, supposed)
        }
    };
    let kind = kind(order, point_by, now);
    let book = shell.engine.forecasting.book(order.tenant);
    let held = book.shares.iter().filter(|share| share.goal == goal).copied().collect();
    let market = market.map(|(outlook, reach, sampled)| Market::of(outlook, reach, sampled));
    Forecast { estimate: shown(&book.groups, kind, expected, supposed), expected, point_by, market, held }
}

/// What an order is compared with.
pub(super) fn kind(order: &PromotionOrder, point_by: PointBy, at: Timestamp) -> Kind {
    Kind {
        point_by,
        goal: order.goal,
        form: order.form,
        budget_band: budget_band(order.budget),
        hour_band: hour_band(at),
    }
}

fn market(
    shell: &Shell,
    order: &PromotionOrder,
    content: &Content,
    policy: &Policy,
    now: Timestamp,
) -> Option<(Outlook, Reach, usize)> {
    let engine = &shell.engine;
    let Newcomer { candidate, price_limit } = newcomer(engine, order, content, policy, now)?;
    let viewers = newcomer(
        engine,
        &PromotionOrder { goal: Goal::Viewers, charged_by: ChargedBy::Goal, ..order.clone() },
        content,
        policy,
        now,
    )?;
    let sample = engine.forecasting.view(order.tenant, now);
    let wish = Wish {
        budget: Budget {
            amount: order.budget.micros(),
            bid: candidate.bid,
            price_min: candidate.price_min,
            price_limit,
        },
        starts_at: now,
        duration_ms: order.duration_ms,
        frequency_cap: candidate.frequency_cap,
        shape: engine.learning.traffic.shape(order.tenant),
        nodes: engine.nodes(),
    };
    let found =
        with_snapshot(engine, order.tenant, |snapshot| openings(snapshot, &sample, &candidate, &viewers.candidate));
    Some((found.outlook(&wish, now)?, found.reach, found.sampled))
}

impl Market {
    fn of(outlook: Outlook, reach: Reach, sampled: usize) -> Self {
        Self {
            viewers_reachable: round_to_count(reach.viewers),
            viewers_all: round_to_count(reach.viewers_all),
            viewers_shown: round_to_count(outlook.viewers),
            impressions: round_to_count(outlook.impressions),
            spend: Micros::new(round_to_count(outlook.spend)),
            bid: outlook.bid,
            sampled,
        }
    }
}
