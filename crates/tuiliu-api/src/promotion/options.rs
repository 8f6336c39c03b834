//! What can be ordered for a room or a video.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use tuiliu_app::promotion::{GoalOption, OrderOptions, cost_cap_results_min};
use tuiliu_domain::money::{Amount, CENTIBEANS_PER_BEAN};
use tuiliu_domain::policy::SaleChannel;
use tuiliu_domain::promotion::{ChargedBy, Goal, OrderForm, Product};
use utoipa::ToSchema;

use super::money::{cost_view, price_view};
use super::place::content;
use super::refusal::place_code;
use super::words::{FormView, GoalView, ProductView, TextView, charged};
use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::code::Code;
use crate::params::Query;
use crate::problem::Problem;
use crate::views::{AmountView, RoomIdView, VideoIdView};

/// Which product, for which room or video.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct OptionsQuery {
    /// A traffic pack unless it says otherwise.
    #[param(inline)]
    product: Option<ProductView>,
    /// The room that would be promoted; or a video.
    room_id: Option<RoomIdView>,
    /// The video that would be promoted.
    video_id: Option<VideoIdView>,
}

/// What a buyer can choose from for one room or video.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BoostOptions)]
pub(crate) struct OptionsView {
    product: ProductView,
    room_id: Option<RoomIdView>,
    video_id: Option<VideoIdView>,
    /// An order placed now would be a reservation: the room is not live yet.
    is_reservation: bool,
    /// How long a reservation holds.
    reservation_ms: i64,
    goals: Vec<GoalOptionView>,
    durations_ms: Vec<i64>,
    /// Placements that an order can be bought for alone.
    #[schema(example = json!(["feed_home"]))]
    placements: Vec<String>,
    /// From this budget on `long_duration_ms` is recommended; of quick boosts.
    long_from: Option<AmountView>,
    long_duration_ms: Option<i64>,
    /// Delivery ends at the latest after so many thousandths of the duration.
    hard_end_permille: i64,
    /// Budgets are multiples of this.
    budget_step: AmountView,
    /// Largest budget, top-ups included.
    budget_max: AmountView,
    /// Least and most that can be bid per result where a bid is asked for; never more than the budget.
    bid_min: AmountView,
    bid_max: AmountView,
    /// Least and most that results may be asked to cost on average, instead of a bid; never more than the budget.
    cost_cap_min: AmountView,
    cost_cap_max: AmountView,
    /// Least and most sales per spend that can be asked for, in thousandths; of quick boosts for purchases or sales.
    roi_goal_permille_min: Option<i64>,
    roi_goal_permille_max: Option<i64>,
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
    /// How it can be bid for: `automatic`, `manual`, `cost_cap`, `plays`, `roi_goal`.
    #[schema(example = json!(["automatic"]))]
    bidding: Vec<&'static str>,
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

/// Why something cannot be ordered or used.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Unavailable)]
pub(crate) struct UnavailableView {
    /// The code that it would be refused with.
    #[schema(example = "boost.goal_needs_cart")]
    code: &'static str,
    title: TextView,
}

impl UnavailableView {
    /// A refusal with this code, for the buyer.
    pub(super) fn of(code: Code) -> Self {
        let entry = code.entry();
        Self { code: entry.text, title: TextView::new(entry.title_zh, entry.title_en) }
    }
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

/// Tells what can be ordered for a room or a video right now.
#[utoipa::path(
    get, path = "/v1/boost_options", tag = "boosts", params(OptionsQuery),
    responses((status = 200, body = OptionsView))
)]
pub(super) async fn read_options(
    State(api): State<Api>,
    caller: Caller,
    query: Query<OptionsQuery>,
) -> Result<Json<OptionsView>, Problem> {
    let OptionsQuery { product, room_id, video_id } = query.0;
    let wanted = (product.map_or(Product::TrafficPack, Product::from), content(room_id, video_id)?);
    let options = api.app().order_options(caller.0.actor.clone(), wanted).await?;
    Ok(Json(OptionsView::from(&options)))
}

impl From<&OrderOptions> for OptionsView {
    fn from(options: &OrderOptions) -> Self {
        let OrderOptions { product, content, is_reservation, goals, policy } = options;
        let bean_price = |channel: &SaleChannel| BeanPriceView {
            channel: channel.code(),
            beans_per_yuan: policy.sale.beans_per_yuan(*channel),
        };
        let asset = product.currency();
        let any_goal = goals.first().map_or(Goal::Viewers, |option| option.goal);
        let rules = policy.product(*product, any_goal);
        let terms = policy.terms_of(*product, any_goal, ChargedBy::default());
        let is_boost = *product == Product::QuickBoost;
        let point_worth = if is_boost { policy.quick_boost.point_worth } else { policy.coupon.point_worth };
        Self {
            product: (*product).into(),
            room_id: content.id().room().map(Into::into),
            video_id: content.id().video().map(Into::into),
            is_reservation: *is_reservation,
            reservation_ms: policy.order.reservation_ms,
            goals: goals.iter().map(|option| goal_view(option, options)).collect(),
            durations_ms: rules.durations_ms.to_vec(),
            placements: policy.delivery.placements_sold.clone(),
            long_from: is_boost.then(|| price_view(policy.quick_boost.long_from, asset)),
            long_duration_ms: rules.durations_ms.last().copied().filter(|_| is_boost),
            hard_end_permille: terms.hard_end_permille,
            budget_step: AmountView::new(Amount::new(rules.budget_step * CENTIBEANS_PER_BEAN), asset),
            budget_max: price_view(rules.budget_max, asset),
            bid_min: cost_view(rules.bid_min, asset),
            bid_max: cost_view(rules.bid_max, asset),
            cost_cap_min: cost_view(rules.bid_min, asset),
            cost_cap_max: cost_view(rules.bid_max, asset),
            roi_goal_permille_min: is_boost.then_some(rules.roi_goal_permille.0),
            roi_goal_permille_max: is_boost.then_some(rules.roi_goal_permille.1),
            cost_cap_results_min: cost_cap_results_min(),
            bean_prices: SaleChannel::ALL.iter().map(bean_price).collect(),
            point_worth: AmountView::new(point_worth, asset),
            offset_permille_max: terms.offset_permille_max,
            payment_timeout_ms: terms.payment_timeout_ms,
            settle_limit_ms: terms.settle_limit_ms,
        }
    }
}

fn goal_view(option: &GoalOption, options: &OrderOptions) -> GoalOptionView {
    let OrderOptions { product, content, policy, .. } = options;
    let rules = policy.product(*product, option.goal);
    let asset = product.currency();
    let reason = option.form.as_ref().err().map(|refusal| UnavailableView::of(place_code(refusal)));
    let form = option.form.as_ref().ok().copied();
    let mut bidding = match (product, form, content.id().is_video()) {
        (Product::TrafficPack, Some(OrderForm::Commerce), _) => vec!["manual", "cost_cap"],
        (Product::QuickBoost, _, true) => vec!["automatic", "manual", "plays"],
        (Product::TrafficPack | Product::QuickBoost, ..) => vec!["automatic"],
    };
    if *product == Product::QuickBoost && option.goal.is_of_purchases() {
        bidding.push("roi_goal");
    }
    GoalOptionView {
        goal: option.goal.into(),
        available: form.is_some(),
        form: form.map(FormView::from),
        bid_required: *product == Product::TrafficPack && form == Some(OrderForm::Commerce),
        bidding,
        reason,
        charged: charged(option.goal, policy),
        presets: rules.presets.iter().map(|preset| price_view(*preset, asset)).collect(),
        budget_min: price_view(rules.budget_min, asset),
    }
}
