//! What a promotion brought beyond what would have come anyway.

use std::borrow::Cow;

use axum::extract::State;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use tuiliu_app::delivery::Month;
use tuiliu_app::promotion::{
    Breakage, LiftEstimate, LiftMetric, LiftState, LiftSum, LiftSumAsk, LiftVersion, MetricLift, OrderLiftView,
    PlatformLift, round_to_whole,
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
    /// When the window is over and the figures become final; `null` while the broadcast, or the delivery of the video,
    /// goes on.
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
    /// Of a room: what a fuller room draws by itself beyond the increments. `null` for videos.
    indirect: Option<IndirectView>,
}

/// Viewers who come because a promoted room is fuller. Those who are held out meet the same room, so no increment has
/// them, and each increment is a lower bound of the whole effect.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IndirectTraffic)]
pub(crate) struct IndirectView {
    /// Only rooms that take turns with and without promotion could tell it. None do here, so it is `not_enough_data`.
    state: LiftStateView,
    /// The state for people.
    state_text: TextView,
}

/// Which version of the figures it is.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = LiftVersion)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LiftVersionView {
    /// Still being counted: the range stays right however often somebody looks.
    Running,
    /// A day after the end of the broadcast or of delivery; the same.
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

/// Whose broadcasts and videos, that ended when.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LiftSumQuery {
    /// Whose broadcasts and videos.
    creator_id: PartyIdView,
    /// Broadcasts that ended, and videos whose delivery ended, at this instant or later …
    from: TimeView,
    /// … and before this one.
    to: TimeView,
}

/// What a creator's promoted broadcasts and videos brought together. Increments and variances add up; ratios never.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LiftSum)]
pub(crate) struct LiftSumView {
    /// Broadcasts in the sum.
    broadcasts: usize,
    /// Videos in the sum.
    videos: usize,
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

/// Which month.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PlatformLiftQuery {
    /// By the clocks of China; the month of now when left out. Kept for fourteen months.
    #[param(value_type = Option<String>, example = "2026-11")]
    month: Option<MonthView>,
}

/// A month, `2026-11`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MonthView(Month);

impl<'de> Deserialize<'de> for MonthView {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.parse().map(Self).map_err(|error| D::Error::custom(format_args!("failed to {error}")))
    }
}

/// What all promotion on the platform brought in a month: viewers who are never shown anything promoted against some who
/// are. It has in it what orders take from each other and from natural traffic, which the lifts of orders have not; so
/// those may add up to more.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlatformLift)]
pub(crate) struct PlatformLiftView {
    #[schema(example = "2026-11")]
    month: String,
    from: TimeView,
    to: TimeView,
    version: LiftVersionView,
    /// Two days after the end of the month: what comes later changes nothing.
    final_at: TimeView,
    as_of: TimeView,
    /// Part of all viewers who are never shown anything promoted, in millionths.
    held_out_share_millionths: u32,
    /// Part of all viewers who are compared with those, in millionths: they stand for everybody who is not held out.
    compared_share_millionths: u32,
    /// Viewers whom any order won in the month, as a ghost or not.
    held_out_viewers: u64,
    compared_viewers: u64,
    /// How likely arms of such sizes are when nothing is broken; below 0.0005 no lift is shown. `null` without viewers.
    #[schema(example = 0.42)]
    sample_ratio_p: Option<f64>,
    /// Why the experiment is broken: `sample_ratio`, `viewers_unnamed`; `null` when it is not.
    broken_by: Option<&'static str>,
    /// Of everybody who is not held out. People count once in the month; money is after refunds.
    metrics: Vec<LiftMetricView>,
}

/// Tells what all promotion on the platform brought in a month, against none.
#[utoipa::path(
    get, path = "/v1/lift/platform", tag = "boosts", params(PlatformLiftQuery),
    responses((status = 200, body = PlatformLiftView))
)]
pub(super) async fn read_platform_lift(
    State(api): State<Api>,
    caller: Caller,
    query: Query<PlatformLiftQuery>,
) -> Result<Json<PlatformLiftView>, Problem> {
    let month = query.0.month.map(|month| month.0);
    let told = api.app().platform_lift(caller.0.actor.clone(), month).await?;
    Ok(Json(platform_view(&told, api.now().into())))
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

/// Adds up what a creator's promoted broadcasts and videos brought beyond what would have come anyway.
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
        version: told.version.into(),
        final_at: told.final_at.map(TimeView),
        as_of,
        holdout_share_millionths: told.order.terms.holdout.share_millionths,
        treated_viewers: told.treated_viewers,
        ghost_viewers: told.ghost_viewers,
        universal_viewers: told.universal_viewers,
        sample_ratio_p: told.lift.sample_ratio.map(|ratio| ratio.p_value),
        broken_by: told.lift.breakage.map(Breakage::code),
        metrics: told.lift.metrics.iter().map(|lift| order_metric(told, lift)).collect(),
        indirect: told.order.content.room().map(|_| indirect()),
    }
}

fn indirect() -> IndirectView {
    let (state, state_text) = state(LiftState::NotEnoughData);
    IndirectView { state, state_text }
}

fn platform_view(told: &PlatformLift, as_of: TimeView) -> PlatformLiftView {
    PlatformLiftView {
        month: told.month.to_string(),
        from: told.month.start().into(),
        to: told.month.plus(1).start().into(),
        version: told.version.into(),
        final_at: told.month.final_at().into(),
        as_of,
        held_out_share_millionths: told.held_out_millionths,
        compared_share_millionths: told.compared_millionths,
        held_out_viewers: told.held_out_viewers,
        compared_viewers: told.compared_viewers,
        sample_ratio_p: told.lift.sample_ratio.map(|ratio| ratio.p_value),
        broken_by: told.lift.breakage.map(Breakage::code),
        metrics: told.lift.metrics.iter().map(metric).collect(),
    }
}

fn order_metric(told: &OrderLiftView, lift: &MetricLift) -> LiftMetricView {
    let attributed = (lift.state == LiftState::BrokenExperiment).then(|| told.attributed.get(lift.metric.code()));
    let comparables = (lift.state == LiftState::SmallSample).then(|| told.comparables.get(&lift.metric));
    LiftMetricView {
        comparables: comparables.flatten().copied(),
        attributed: attributed.flatten().copied(),
        ..metric(lift)
    }
}

fn metric(lift: &MetricLift) -> LiftMetricView {
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
        comparables: None,
        attributed: None,
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

impl From<LiftVersion> for LiftVersionView {
    fn from(version: LiftVersion) -> Self {
        match version {
            LiftVersion::Running => Self::Running,
            LiftVersion::AfterOneDay => Self::AfterOneDay,
            LiftVersion::Final => Self::Final,
        }
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
        let metrics = sum.metrics.iter().map(metric).collect();
        Self { broadcasts: sum.rooms, videos: sum.videos, left_out: sum.left_out, metrics }
    }
}
