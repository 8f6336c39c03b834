//! Estimates: ranges, never promises.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use tuiliu_app::forecast::{Forecast, Market, ShownForecast};
use tuiliu_app::promotion::{ContentEstimateAsk, cost_cap_results_min};
use tuiliu_domain::money::Asset;
use tuiliu_domain::promotion::{Audience, Bidding, ChargedBy, EstimateBasis, Product, Range, Ranges};
use utoipa::ToSchema;

use super::calibration::HeldView;
use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::problem::Problem;
use crate::promotion::money::{CostView, bidding, price};
use crate::promotion::place::content;
use crate::promotion::words::{ChargedByView, GoalView, ProductView, TextView};
use crate::views::{AmountView, PlacementNameView, RoomIdView, TimeView, VideoIdView};

/// What would be ordered.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EstimateBody {
    /// A traffic pack unless it says otherwise.
    product: Option<ProductView>,
    /// The room that would be promoted; or a video, one of the two.
    room_id: Option<RoomIdView>,
    video_id: Option<VideoIdView>,
    goal: GoalView,
    charged_by: Option<ChargedByView>,
    /// Written as in an order; left out it is everybody.
    #[schema(example = "and(gender:female,or(age:18-23,age:24-30))")]
    audience: Option<String>,
    /// As in an order.
    placement: Option<PlacementNameView>,
    budget: AmountView,
    bid: Option<AmountView>,
    /// Instead of a bid.
    cost_cap: Option<AmountView>,
    /// Instead of a bid; of quick boosts for purchases or sales.
    roi_goal_permille: Option<i64>,
    #[schema(example = 3_600_000)]
    duration_ms: i64,
}

/// What a buyer may expect: an estimate, never a promise.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Estimate)]
pub(crate) struct EstimateView {
    /// Charged results.
    results: RangeView,
    /// Promoted room entries.
    views: RangeView,
    /// How long delivery takes.
    duration_ms: RangeView,
    /// `comparables`: P10, P50 and P90 of comparable orders. `prior`: too few of them, what the platform supposes.
    basis: &'static str,
    /// How many orders were compared with.
    comparables: usize,
    /// `replay`: the middle comes from requests of the last day, decided on again with this order among the others.
    /// `prior`: there are too few requests, it is what the platform supposes.
    point_by: &'static str,
    /// What those requests tell; `null` where there are too few.
    market: Option<MarketView>,
    /// How often such ranges held over the last 30 days.
    held: Vec<HeldView>,
    /// Only with a cost cap: whether so many results are to be expected that their mean cost can be promised.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_cap_can_be_promised: Option<bool>,
    note: TextView,
}

/// What the requests of the last day tell of an order.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EstimateMarket)]
pub(crate) struct MarketView {
    /// Different viewers of the last day whom the order is for.
    viewers_reachable: i64,
    /// All different viewers of the last day.
    viewers_all: i64,
    /// Those to whom it would be shown.
    viewers_shown: i64,
    impressions: i64,
    spend: CostView,
    /// The bid per result with which the budget lasts for the whole duration: what can be suggested.
    bid: CostView,
    /// Requests that were looked at.
    sampled_requests: usize,
}

/// Seldom less than `low`, usually about `mid`, seldom more than `high`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Range)]
pub(crate) struct RangeView {
    low: i64,
    mid: i64,
    high: i64,
}

/// What was shown when the order was paid, and what came of it so far.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BoostEstimate)]
pub(crate) struct ShownView {
    results: RangeView,
    views: RangeView,
    duration_ms: RangeView,
    /// As in estimates.
    basis: &'static str,
    comparables: i64,
    paid_at: TimeView,
    /// Results ÷ the middle of the range, in thousandths; `null` where nothing was expected.
    #[schema(example = 1_040)]
    attainment_permille: Option<i64>,
    /// Whether it ended inside the range; `null` before its end.
    is_inside: Option<bool>,
}

/// Estimates what an order would bring, before it is placed. What could not be placed is refused as placing it would be.
#[utoipa::path(
    post, path = "/v1/boost_estimates", tag = "boosts", request_body = EstimateBody,
    responses((status = 200, body = EstimateView))
)]
pub(super) async fn estimate(
    State(api): State<Api>,
    caller: Caller,
    Json(asked): Json<EstimateBody>,
) -> Result<Json<EstimateView>, Problem> {
    let product = asked.product.map_or(Product::TrafficPack, Product::from);
    let bidding = bidding(product, asked.bid, asked.cost_cap, asked.roi_goal_permille)?;
    let ask = ContentEstimateAsk {
        product,
        content: content(asked.room_id, asked.video_id)?,
        goal: asked.goal.into(),
        charged_by: asked.charged_by.map(ChargedBy::from).unwrap_or_default(),
        budget: price(asked.budget, product.currency(), "/budget")?,
        bidding,
        duration_ms: asked.duration_ms,
        audience: asked.audience.as_deref().map(str::parse::<Audience>).transpose()?,
        placement: asked.placement.map(|placement| placement.0),
    };
    let forecast = api.app().estimate_for_content(caller.0.actor.clone(), ask).await?;
    Ok(Json(EstimateView {
        cost_cap_can_be_promised: promised(bidding, &forecast),
        ..EstimateView::of(&forecast, product.currency())
    }))
}

/// Whether a cost cap can be promised by the fewest results that are to be expected; nothing without one.
fn promised(bidding: Bidding, forecast: &Forecast) -> Option<bool> {
    bidding.cost_max().map(|_| forecast.estimate.ranges.results.low >= cost_cap_results_min())
}

impl EstimateView {
    fn of(forecast: &Forecast, asset: Asset) -> Self {
        let Forecast { estimate, point_by, market, held, .. } = forecast;
        let Ranges { results, views, duration_ms } = estimate.ranges;
        let note = match estimate.basis {
            EstimateBasis::Prior => TextView::new(
                "可比订单不足，以下为平台的先验估计，不构成效果承诺",
                "Too few comparable orders: this is what the platform supposes, and no promise",
            ),
            EstimateBasis::Comparables => TextView::new(
                format!("根据 {} 个可比订单估计，不构成效果承诺", estimate.comparables),
                format!("Estimated from {} comparable orders; no promise", estimate.comparables),
            ),
        };
        Self {
            results: results.into(),
            views: views.into(),
            duration_ms: duration_ms.into(),
            basis: estimate.basis.code(),
            comparables: estimate.comparables,
            point_by: point_by.code(),
            market: market.map(|market| MarketView::of(market, asset)),
            held: held.iter().map(HeldView::from).collect(),
            cost_cap_can_be_promised: None,
            note,
        }
    }
}

impl From<Range> for RangeView {
    fn from(Range { low, mid, high }: Range) -> Self {
        Self { low, mid, high }
    }
}

impl MarketView {
    fn of(market: Market, asset: Asset) -> Self {
        Self {
            viewers_reachable: market.viewers_reachable,
            viewers_all: market.viewers_all,
            viewers_shown: market.viewers_shown,
            impressions: market.impressions,
            spend: CostView::new(market.spend, asset),
            bid: CostView::new(market.bid, asset),
            sampled_requests: market.sampled,
        }
    }
}

impl From<&ShownForecast> for ShownView {
    fn from(shown: &ShownForecast) -> Self {
        let Ranges { results, views, duration_ms } = shown.ranges;
        Self {
            results: results.into(),
            views: views.into(),
            duration_ms: duration_ms.into(),
            basis: shown.basis.code(),
            comparables: shown.comparables,
            paid_at: shown.paid_at.into(),
            attainment_permille: shown.attainment_permille,
            is_inside: shown.is_inside,
        }
    }
}
