//! Changing bids, and the cost guarantee as it stands.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tuiliu_app::promotion::{ChangeBid, CostGuaranteeView};
use tuiliu_domain::money::Asset;
use tuiliu_domain::promise::{Assessment, PromiseRule};
use tuiliu_domain::promotion::{Bidding, ChangeBidError};
use utoipa::ToSchema;

use super::money::micros;
use super::view::{BoostView, shown};
use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::code::Code;
use crate::idempotency::{IdempotencyKeyHeader, Keyed, answered};
use crate::params::Path;
use crate::problem::Problem;
use crate::views::{AmountView, PromotionOrderIdView, TimeView};

/// The new bid or goal; one of the two, as the order has one.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeBidBody {
    /// Most that one result may cost from now on.
    bid: Option<AmountView>,
    /// Sales are to be at least so many thousandths of the spend from now on.
    roi_goal_permille: Option<i64>,
}

/// The cost guarantee of an order.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CostGuarantee)]
pub(crate) struct GuaranteeView {
    /// `null`: the order carries none; only quick boosts with a manual bid or a goal of sales per spend do.
    guarantee: Option<StandingView>,
}

/// A cost guarantee as it stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CostGuaranteeStanding)]
pub(crate) struct StandingView {
    /// `in_effect`, `confirming`, `paid`, `invalid` or `ended`.
    state: &'static str,
    /// Why it is not in force, invalid or ended: `not_started`, `too_few_results`, `too_many_edits`, `kept`.
    reason: Option<&'static str>,
    /// `cost`: results cost no more than the bid. `return`: sales reach the goal of sales per spend.
    measure: &'static str,
    window_days: i64,
    window_ends_at: Option<TimeView>,
    pays_at: Option<TimeView>,
    /// Missed when results cost more than so many thousandths of the bid, or sales are below so many of the goal.
    tolerance_permille: i64,
    /// Charged in the window and neither credited nor taken back since; of `return` purchases that are not refunded.
    results: i64,
    results_min: i64,
    edits_today: usize,
    edits_per_day_max: Option<usize>,
    /// What would be paid if the window closed now, or was paid.
    would_pay: AmountView,
    /// `money` or `grant`.
    paid_in: &'static str,
}

/// Reads the cost guarantee of an order as it stands.
#[utoipa::path(
    get, path = "/v1/boosts/{boost}/cost_guarantee", tag = "boosts",
    params(("boost" = PromotionOrderIdView, Path)), responses((status = 200, body = GuaranteeView))
)]
pub(super) async fn read_cost_guarantee(
    State(api): State<Api>,
    caller: Caller,
    boost: Path<PromotionOrderIdView>,
) -> Result<Json<GuaranteeView>, Problem> {
    let CostGuaranteeView { order, assessment } = api.app().cost_guarantee(caller.0.actor.clone(), boost.0.0).await?;
    let standing = order.guarantee.zip(assessment).map(|(own, assessment)| standing(&own.rule, &assessment));
    Ok(Json(GuaranteeView { guarantee: standing }))
}

/// Changes the bid or the goal of an order that runs; each change counts as an edit of its cost guarantee.
#[utoipa::path(
    post, path = "/v1/boosts/{boost}/bid", tag = "boosts",
    params(("boost" = PromotionOrderIdView, Path), IdempotencyKeyHeader), request_body = ChangeBidBody,
    responses((status = 200, body = BoostView))
)]
pub(super) async fn change_bid(
    State(api): State<Api>,
    caller: Caller,
    boost: Path<PromotionOrderIdView>,
    asked: Keyed<ChangeBidBody>,
) -> Result<Response, Problem> {
    let once = asked.once_key(&caller);
    let to = match (asked.content.bid, asked.content.roi_goal_permille) {
        (Some(bid), None) => Bidding::Manual { bid: micros(bid, Asset::from(bid.currency), "/bid")? },
        (None, Some(goal_permille)) => Bidding::RoiGoal { goal_permille },
        _ => {
            return Err(
                Problem::new(Code::RequestInvalid).with_error("/bid", "name either `bid` or `roi_goal_permille`")
            );
        }
    };
    let command = ChangeBid { order: boost.0.0, to };
    let answer =
        api.app().once(once, move |shell, tx| shell.change_bid(tx, &caller.0.actor, command), shown(StatusCode::OK));
    Ok(answered(answer.await?))
}

fn standing(rule: &PromiseRule, assessment: &Assessment) -> StandingView {
    StandingView {
        state: assessment.state.name(),
        reason: assessment.state.reason(),
        measure: rule.measure.code(),
        window_days: rule.window_days,
        window_ends_at: assessment.window_ends.map(TimeView),
        pays_at: assessment.pays_at.map(TimeView),
        tolerance_permille: rule.tolerance_permille,
        results: assessment.results,
        results_min: rule.results_min,
        edits_today: assessment.edits_today,
        edits_per_day_max: rule.edits_per_day_max,
        would_pay: AmountView::new(assessment.would_pay, Asset::Cny),
        paid_in: rule.paid_in.code(),
    }
}

impl From<ChangeBidError> for Problem {
    fn from(refusal: ChangeBidError) -> Self {
        let code = match refusal {
            ChangeBidError::WrongState { .. } => Code::BoostWrongState,
            ChangeBidError::NoBid => Code::BoostBiddingNotOffered,
            ChangeBidError::OutOfRange { .. } => Code::BoostBidOutOfRange,
            ChangeBidError::RoiGoalOutOfRange { .. } => Code::BoostRoiGoalOutOfRange,
        };
        Self::new(code).with_detail(format!("failed to {refusal}"))
    }
}
