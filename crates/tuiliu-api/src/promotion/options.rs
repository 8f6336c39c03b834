//! What can be ordered for a room.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use tuiliu_app::promotion::{GoalOption, OrderOptions, cost_cap_results_min};
use tuiliu_domain::money::Asset;
use tuiliu_domain::policy::{Policy, SaleChannel};
use tuiliu_domain::promotion::OrderForm;
use utoipa::ToSchema;

use super::money::{beans_view, price_view};
use super::refusal::place_code;
use super::words::{FormView, GoalView, TextView, charged};
use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::params::Query;
use crate::problem::Problem;
use crate::views::{AmountView, RoomIdView};

/// Which room.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct OptionsQuery {
    /// The room that would be promoted.
    room_id: RoomIdView,
}

/// What a buyer can choose from for one room.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BoostOptions)]
pub(crate) struct OptionsView {
    room_id: RoomIdView,
    /// An order placed now would be a reservation: the room is not live yet.
    is_reservation: bool,
    /// How long a reservation holds.
    reservation_ms: i64,
    goals: Vec<GoalOptionView>,
    durations_ms: Vec<i64>,
    /// Largest budget, top-ups included.
    budget_max: AmountView,
    /// Least and most that can be bid per result where a bid is asked for; never more than the budget.
    bid_min: AmountView,
    bid_max: AmountView,
    /// Least and most that results may be asked to cost on average, instead of a bid; never more than the budget.
    cost_cap_min: AmountView,
    cost_cap_max: AmountView,
    /// For fewer results chance alone moves their mean cost beyond any cap: it is then no promise.
    #[schema(example = 50)]
    cost_cap_results_min: i64,
    /// What beans cost, by where they are bought.
    bean_prices: Vec<BeanPriceView>,
    /// What one coupon point offsets.
    point_worth: AmountView,
    /// Largest part of a price that coupons offset, in thousandths.
    offset_permille_max: i64,
    /// An order not paid after so long is closed.
    payment_timeout_ms: i64,
    /// Everything unused is back so long after delivery ended.
    settle_limit_ms: i64,
}

/// One goal and whether it can be ordered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GoalOption)]
pub(crate) struct GoalOptionView {
    goal: GoalView,
    available: bool,
    /// The form of order that it would be.
    #[serde(skip_serializing_if = "Option::is_none")]
    form: Option<FormView>,
    bid_required: bool,
    /// Why it cannot be ordered now.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<UnavailableView>,
    /// What one result is, and when it is charged.
    charged: TextView,
    /// Budgets offered, ascending.
    presets: Vec<AmountView>,
    /// Smallest budget.
    budget_min: AmountView,
}

/// Why something cannot be ordered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Unavailable)]
pub(crate) struct UnavailableView {
    /// The code that placing the order would be refused with.
    #[schema(example = "boost.goal_needs_cart")]
    code: &'static str,
    title: TextView,
}

/// What beans cost in one channel.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BeanPrice)]
pub(crate) struct BeanPriceView {
    /// `direct` or `app_store`.
    channel: &'static str,
    /// Whole beans for one yuan.
    beans_per_yuan: i64,
}

/// Tells what can be ordered for a room right now.
#[utoipa::path(
    get, path = "/v1/boost_options", tag = "boosts", params(OptionsQuery),
    responses((status = 200, body = OptionsView))
)]
pub(super) async fn read_options(
    State(api): State<Api>,
    caller: Caller,
    query: Query<OptionsQuery>,
) -> Result<Json<OptionsView>, Problem> {
    let options = api.app().order_options(caller.0.actor.clone(), query.0.room_id.0).await?;
    Ok(Json(OptionsView::from(&options)))
}

impl From<&OrderOptions> for OptionsView {
    fn from(options: &OrderOptions) -> Self {
        let OrderOptions { room, is_reservation, goals, policy } = options;
        let price = |channel: &SaleChannel| BeanPriceView {
            channel: channel.code(),
            beans_per_yuan: policy.sale.beans_per_yuan(*channel),
        };
        Self {
            room_id: room.id.into(),
            is_reservation: *is_reservation,
            reservation_ms: policy.order.reservation_ms,
            goals: goals.iter().map(|option| goal_view(option, policy)).collect(),
            durations_ms: policy.order.durations_ms.clone(),
            budget_max: beans_view(policy.order.budget_max),
            bid_min: price_view(policy.order.bid_min),
            bid_max: price_view(policy.order.bid_max),
            cost_cap_min: price_view(policy.order.bid_min),
            cost_cap_max: price_view(policy.order.bid_max),
            cost_cap_results_min: cost_cap_results_min(),
            bean_prices: SaleChannel::ALL.iter().map(price).collect(),
            point_worth: AmountView::new(policy.coupon.point_worth, Asset::Bean),
            offset_permille_max: policy.coupon.offset_permille_max,
            payment_timeout_ms: policy.order.payment_timeout_ms,
            settle_limit_ms: policy.order.settle_limit_ms,
        }
    }
}

fn goal_view(option: &GoalOption, policy: &Policy) -> GoalOptionView {
    let presets = policy.order.presets.get(option.goal);
    let reason = option.form.as_ref().err().map(|refusal| {
        let entry = place_code(refusal).entry();
        UnavailableView { code: entry.text, title: TextView::new(entry.title_zh, entry.title_en) }
    });
    let form = option.form.as_ref().ok().copied();
    GoalOptionView {
        goal: option.goal.into(),
        available: form.is_some(),
        form: form.map(FormView::from),
        bid_required: form == Some(OrderForm::Commerce),
        reason,
        charged: charged(option.goal, policy),
        presets: presets.iter().copied().map(beans_view).collect(),
        budget_min: beans_view(presets.first().copied().unwrap_or(policy.order.budget_max)),
    }
}
