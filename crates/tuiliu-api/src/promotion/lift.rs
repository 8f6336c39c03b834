//! What a promotion brought beyond what would have come anyway.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use tuiliu_app::promotion::{
    Breakage, LiftEstimate, LiftMetric, LiftState, LiftSum, LiftSumAsk, LiftVersion, MetricLift, OrderLiftView,
    round_to_whole,
};
use utoipa::ToSchema;

use super::words::TextView;
use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::params::{Path, Query};
use crate::problem::Problem;
use crate::views::{PartyIdView, PromotionOrderIdView, TimeView};

/// The lift of one order: viewers who were shown it against viewers who would have been and were held out, everything
/// counted that either did from the first win on, natural or promoted.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BoostLift)]
pub(crate) struct LiftView {
    boost_id: PromotionOrderIdView,
    version: LiftVersionView,
    /// When the window is over and the figures become final; `null` while the broadcast goes on.
    final_at: Option<TimeView>,
    as_of: TimeView,
    /// Part of the viewers who are held out, in millionths, as agreed at purchase.
    holdout_share_millionths: u32,
    /// Viewers it won who were shown it.
    treated_viewers: u64,
    /// Viewers it won who were held out.
    ghost_viewers: u64,
    /// Viewers it won who are held out of everything promoted; in neither arm.
    universal_viewers: u64,
    /// How likely arms of such sizes are when nothing is broken; below 0.0005 no lift is shown. `null` without viewers.
    #[schema(example = 0.42)]
    sample_ratio_p: Option<f64>,
    /// Why the experiment is broken: `sample_ratio`, `viewers_unnamed`; `null` when it is not.
    #[schema(example = "sample_ratio")]
    broken_by: Option<&'static str>,
    metrics: Vec<LiftMetricView>,
}

/// Which version of the figures it is.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = LiftVersion)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LiftVersionView {
    /// Still being counted: the range stays right however often somebody looks.
    Running,
    /// A day after the end of the broadcast; the same.
    AfterOneDay,
    /// The window is over: the range of 95 %.
    Final,
}

/// How much can be said.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = LiftState)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LiftStateView {
    /// The order's own viewers suffice.
    Measured,
    /// Leans on comparable orders.
    SmallSample,
    /// At most the range can be told.
    NotEnoughData,
    /// No lift: what is told is attributed, and no increment.
    BrokenExperiment,
}

/// One metric. People count once each; money is after refunds.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BoostLiftMetric)]
pub(crate) struct LiftMetricView {
    /// `viewers`, `followers`, `commenters`, `product_clickers`, `payers`, `gmv_fen`.
    #[schema(example = "payers")]
    metric: &'static str,
    state: LiftStateView,
    /// The state for people.
    state_text: TextView,
    /// What the viewers who were shown it did in all.
    treated: i64,
    /// What of it the promotion brought; below zero where the held out did better, to be shown as 0. `null` where it
    /// cannot be told.
    #[schema(example = 50)]
    increment: Option<i64>,
    /// The range that holds the truth 95 times of 100.
    #[schema(example = 16)]
    low: Option<i64>,
    #[schema(example = 74)]
    high: Option<i64>,
    /// What would have come anyway; not counted as the promotion's.
    #[schema(example = 28)]
    natural: Option<i64>,
    /// The increment's part of what they did, in thousandths.
    share_permille: Option<i64>,
    /// Comparable orders that a small sample leans on.
    comparables: Option<u32>,
    /// Where the experiment is broken: what followed an exposure. Attributed, no increment; never to be added to one.
    attributed: Option<i64>,
}

/// Whose broadcasts, that ended when.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LiftSumQuery {
    /// Whose broadcasts.
    creator_id: PartyIdView,
    /// Those that ended at this instant or later …
    from: TimeView,
    /// … and before this one.
    to: TimeView,
}

/// What a creator's promoted broadcasts brought together. Increments and variances add up; ratios never.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LiftSum)]
pub(crate) struct LiftSumView {
    /// Broadcasts in the sum.
    broadcasts: usize,
    /// Those whose window is not over or whose experiment is broken: not in the sum.
    left_out: usize,
    metrics: Vec<LiftSumMetricView>,
}

/// One metric of a sum.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LiftSumMetric)]
pub(crate) struct LiftSumMetricView {
    #[schema(example = "payers")]
    metric: &'static str,
    treated: i64,
    increment: i64,
    low: i64,
    high: i64,
    natural: i64,
}

/// Tells what an order brought beyond what would have come anyway.
#[utoipa::path(
    get, path = "/v1/boosts/{boost}/lift", tag = "boosts", params(("boost" = PromotionOrderIdView, Path)),
    responses((status = 200, body = LiftView))
)]
pub(super) async fn read_lift(
    State(api): State<Api>,
    caller: Caller,
    boost: Path<PromotionOrderIdView>,
) -> Result<Json<LiftView>, Problem> {
    let told = api.app().order_lift(caller.0.actor.clone(), boost.0.0).await?;
    Ok(Json(view(&told, api.now().into())))
}

/// Adds up what a creator's promoted broadcasts brought beyond what would have come anyway.
#[utoipa::path(
    get, path = "/v1/lift", tag = "boosts", params(LiftSumQuery), responses((status = 200, body = LiftSumView))
)]
pub(super) async fn read_lift_sum(
    State(api): State<Api>,
    caller: Caller,
    query: Query<LiftSumQuery>,
) -> Result<Json<LiftSumView>, Problem> {
    let LiftSumQuery { creator_id, from, to } = query.0;
    let ask = LiftSumAsk { creator: creator_id.0, from: from.0, to: to.0 };
    let sum = api.app().lift_sum(caller.0.actor.clone(), ask).await?;
    Ok(Json(LiftSumView::from(&sum)))
}

fn view(told: &OrderLiftView, as_of: TimeView) -> LiftView {
    LiftView {
        boost_id: told.order.id.into(),
        version: match told.version {
            LiftVersion::Running => LiftVersionView::Running,
            LiftVersion::AfterOneDay => LiftVersionView::AfterOneDay,
            LiftVersion::Final => LiftVersionView::Final,
        },
        final_at: told.final_at.map(TimeView),
        as_of,
        holdout_share_millionths: told.order.terms.holdout.share_millionths,
        treated_viewers: told.treated_viewers,
        ghost_viewers: told.ghost_viewers,
        universal_viewers: told.universal_viewers,
        sample_ratio_p: told.lift.sample_ratio.map(|ratio| ratio.p_value),
        broken_by: told.lift.breakage.map(Breakage::code),
        metrics: told.lift.metrics.iter().map(|lift| metric(told, lift)).collect(),
    }
}

fn metric(told: &OrderLiftView, lift: &MetricLift) -> LiftMetricView {
    let attributed = (lift.state == LiftState::BrokenExperiment).then(|| told.attributed.get(lift.metric.code()));
    let comparables = (lift.state == LiftState::SmallSample).then(|| told.comparables.get(&lift.metric));
    let (state, state_text) = state(lift.state);
    LiftMetricView {
        metric: lift.metric.code(),
        state,
        state_text,
        treated: round_to_whole(lift.treated),
        increment: lift.point.map(round_to_whole),
        low: lift.range.map(|range| round_to_whole(range.low)),
        high: lift.range.map(|range| round_to_whole(range.high)),
        natural: lift.point.map(|point| natural(lift.treated, point)),
        share_permille: lift.share().map(|share| round_to_whole(share * 1_000.0)),
        comparables: comparables.flatten().copied(),
        attributed: attributed.flatten().copied(),
    }
}

/// What is left of what was counted, so that both parts, as they are shown, add up to it.
fn natural(treated: f64, point: f64) -> i64 {
    let treated = round_to_whole(treated);
    treated - round_to_whole(point).clamp(0, treated.max(0))
}

fn state(state: LiftState) -> (LiftStateView, TextView) {
    match state {
        LiftState::Measured => (LiftStateView::Measured, TextView::new("已测量", "Measured")),
        LiftState::SmallSample => (
            LiftStateView::SmallSample,
            TextView::new("小样本估计（参考同类订单）", "Small sample: leans on comparable orders"),
        ),
        LiftState::NotEnoughData => (LiftStateView::NotEnoughData, TextView::new("数据不足", "Not enough data")),
        LiftState::BrokenExperiment => (
            LiftStateView::BrokenExperiment,
            TextView::new("实验异常：所示为归因，非增量", "Broken experiment: attributed, no increment"),
        ),
    }
}

impl From<&LiftSum> for LiftSumView {
    fn from(sum: &LiftSum) -> Self {
        let metric = |(metric, treated, estimate): &(LiftMetric, f64, LiftEstimate)| LiftSumMetricView {
            metric: metric.code(),
            treated: round_to_whole(*treated),
            increment: round_to_whole(estimate.point),
            low: round_to_whole(estimate.interval.low),
            high: round_to_whole(estimate.interval.high),
            natural: natural(*treated, estimate.point),
        };
        Self { broadcasts: sum.rooms, left_out: sum.left_out, metrics: sum.metrics.iter().map(metric).collect() }
    }
}
