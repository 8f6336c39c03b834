//! Orders as they are sent.

use axum::http::StatusCode;
use serde::Serialize;
use tuiliu_app::promotion::OrderView;
use tuiliu_domain::promotion::{Ending, OrderState, PromotionOrder};
use tuiliu_domain::review::Reason;
use tuiliu_domain::time::Timestamp;
use utoipa::ToSchema;

use super::guard::GuardRuleView;
use super::money::{CostView, asset_of, cost_view, price_view};
use super::refund::BoostRefundView;
use super::words::{ChargedByView, DeskView, FormView, GoalView, ProductView};
use crate::idempotency::kept;
use crate::live::RoomView;
use crate::problem::Problem;
use crate::review::ReviewView;
use crate::video::VideoView;
use crate::views::{
    AmountView, LotIdView, PartyIdView, PlacementNameView, PromotionOrderIdView, RoomIdView, TimeView, VideoIdView,
};

/// An order to promote one live room or one video.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Boost)]
pub(crate) struct BoostView {
    pub(crate) id: PromotionOrderIdView,
    product: ProductView,
    /// The room that is promoted; `null` when it is a video.
    room_id: Option<RoomIdView>,
    /// The video that is promoted; `null` when it is a room.
    video_id: Option<VideoIdView>,
    /// Where it was placed; it is seen on every desk.
    desk: DeskView,
    /// Whose room or video it is.
    creator_id: PartyIdView,
    /// Whose wallet and coupons pay.
    payer_id: PartyIdView,
    form: FormView,
    goal: GoalView,
    charged_by: ChargedByView,
    /// Who is to be reached; `null` is everybody.
    #[schema(example = "and(gender:female,or(age:18-23,age:24-30))")]
    audience: Option<String>,
    /// Where alone it is shown; `null` is everywhere.
    placement: Option<PlacementNameView>,
    /// Most that one result may cost; `null` where the buyer named none.
    bid: Option<AmountView>,
    /// What results may cost on average; `null` where the buyer named nothing. It is no promise for fewer results than
    /// `cost_cap_results_min` of the options.
    cost_cap: Option<AmountView>,
    /// Sales are to be at least so many thousandths of the spend; `null` where the buyer named no such goal.
    roi_goal_permille: Option<i64>,
    /// What delivery may use, top-ups included: whole beans or yuan.
    budget: AmountView,
    /// How long delivery lasts, top-ups included. Of a quick boost it is an expectation: delivery ends when the budget
    /// is used, at the latest at `state_detail.ends_at`.
    duration_ms: i64,
    guard_rules: Vec<GuardRuleView>,
    /// Where the order is in its life.
    #[schema(value_type = super::words::StateView)]
    pub(crate) state: &'static str,
    state_detail: StateDetailView,
    /// What was promised of coupons, beans and money, in the order of use.
    sources: Vec<SourceView>,
    /// The first payment and each top-up.
    payments: Vec<PaymentView>,
    /// What one result is, as agreed at purchase.
    charged_for: &'static str,
    /// Part of the viewers who would have been shown it and are not, so that its effect can be measured; millionths,
    /// as agreed at purchase. 0 where nobody is held out.
    #[schema(example = 100_000)]
    holdout_share_millionths: u32,
    /// The order that this one repeats.
    again_of: Option<PromotionOrderIdView>,
    created_at: TimeView,
}

/// What belongs to the state that the order is in.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = BoostStateDetail)]
pub(crate) struct StateDetailView {
    /// When an unpaid order closes by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    closes_at: Option<TimeView>,
    /// When a reservation lapses.
    #[serde(skip_serializing_if = "Option::is_none")]
    reservation_expires_at: Option<TimeView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<TimeView>,
    /// When delivery ends whatever is left of the budget.
    #[serde(skip_serializing_if = "Option::is_none")]
    ends_at: Option<TimeView>,
    /// Since when the order is in this state.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<TimeView>,
    /// When everything unused is back at the latest.
    #[serde(skip_serializing_if = "Option::is_none")]
    settled_by: Option<TimeView>,
    /// When the order came to its final state.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<TimeView>,
    /// Which review it is: `booking` or `start`.
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<&'static str>,
    /// The state that it will settle into.
    #[serde(skip_serializing_if = "Option::is_none")]
    settles_into: Option<&'static str>,
    /// What brought it there: `timeout`, `buyer`, `budget`, `duration`, `operator`, `guard_rule`, `cart_mounted`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<&'static str>,
    /// Why delivery is paused: `interrupted`, `re_review`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    paused_for: Vec<&'static str>,
    /// Why it was rejected.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<ReasonView>,
}

/// One reason of a verdict, with what it was found in.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Reason)]
pub(crate) struct ReasonView {
    #[schema(example = "blocked_word")]
    pub(crate) code: &'static str,
    /// The part of the content that it is about: `title`, `cover`, `footage`, `product`, `cart`, `visibility`,
    /// `creator` or `whole`.
    #[schema(example = "title")]
    pub(crate) element: &'static str,
    /// For the buyer.
    pub(crate) text: String,
}

/// A part of one lot that is promised to an order.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BoostSource)]
pub(crate) struct SourceView {
    lot_id: LotIdView,
    /// `traffic_coupon`, `growth_card`, `gift_beans`, `paid_beans`, `granted_money` or `paid_money`.
    kind: &'static str,
    amount: AmountView,
}

/// One payment of an order.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BoostPayment)]
pub(crate) struct PaymentView {
    at: TimeView,
    price: AmountView,
    /// Delivery time that came with it.
    duration_ms: i64,
}

/// An order with its room or video, what it has spent and brought, and its reviews.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BoostDetail)]
pub(crate) struct BoostDetailView {
    #[serde(flatten)]
    boost: BoostView,
    #[serde(skip_serializing_if = "Option::is_none")]
    room: Option<RoomView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    video: Option<VideoView>,
    /// Charged so far.
    spent: CostView,
    /// What the promotion brought since it began, natural traffic never among it; see the metric dictionary.
    #[schema(value_type = std::collections::BTreeMap<String, i64>, example = json!({"impressions": 120, "views": 18}))]
    totals: serde_json::Map<String, serde_json::Value>,
    reviews: Vec<ReviewView>,
    /// Of a rejected quick boost, when it is read by itself: when its money is back, and how far that is.
    #[serde(skip_serializing_if = "Option::is_none")]
    refund: Option<BoostRefundView>,
}

/// A page of orders.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BoostList {
    pub(crate) data: Vec<BoostDetailView>,
    pub(crate) next_cursor: Option<String>,
    pub(crate) has_more: bool,
}

impl From<&PromotionOrder> for BoostView {
    fn from(order: &PromotionOrder) -> Self {
        let asset = order.currency();
        let source = |source: &tuiliu_domain::promotion::OrderSource| SourceView {
            lot_id: source.plan.lot.into(),
            kind: source.plan.kind.code(),
            amount: AmountView::new(source.plan.amount, asset_of(source.plan.kind)),
        };
        let payment = |payment: &tuiliu_domain::promotion::OrderPayment| PaymentView {
            at: payment.at.into(),
            price: price_view(payment.price, asset),
            duration_ms: payment.duration_ms,
        };
        Self {
            id: order.id.into(),
            product: order.product.into(),
            room_id: order.content.room().map(Into::into),
            video_id: order.content.video().map(Into::into),
            desk: order.desk.into(),
            creator_id: order.creator.into(),
            payer_id: order.payer.into(),
            form: order.form.into(),
            goal: order.goal.into(),
            charged_by: order.charged_by.into(),
            audience: order.audience.as_ref().map(ToString::to_string),
            placement: order.placement.clone().map(PlacementNameView),
            bid: order.bidding.bid().map(|bid| cost_view(bid, asset)),
            cost_cap: order.bidding.cost_max().map(|cost| cost_view(cost, asset)),
            roi_goal_permille: order.bidding.roi_goal_permille(),
            budget: price_view(order.budget, asset),
            duration_ms: order.duration_ms,
            guard_rules: order.guard_rules.iter().map(|rule| GuardRuleView::of(rule, asset)).collect(),
            state: order.state.name(),
            state_detail: StateDetailView::from(&order.state),
            sources: order.sources.iter().map(source).collect(),
            payments: order.payments.iter().map(payment).collect(),
            charged_for: order.terms.charge.code(),
            holdout_share_millionths: order.terms.holdout.share_millionths,
            again_of: order.again_of.map(Into::into),
            created_at: order.created_at.into(),
        }
    }
}

impl From<&OrderState> for StateDetailView {
    fn from(state: &OrderState) -> Self {
        let time = |at: Timestamp| Some(TimeView(at));
        let blank = Self { ended_at: state.ended_at().map(TimeView), ..Self::default() };
        match state {
            OrderState::PendingPayment { close_at } => Self { closes_at: time(*close_at), ..blank },
            OrderState::Closed { by, .. } => Self { by: Some(by.code()), ..blank },
            OrderState::InReview { since, stage } => {
                let expires_at = match stage {
                    tuiliu_domain::promotion::ReviewStage::Booking { expires_at } => time(*expires_at),
                    tuiliu_domain::promotion::ReviewStage::Start => None,
                };
                Self { since: time(*since), stage: Some(stage.code()), reservation_expires_at: expires_at, ..blank }
            }
            OrderState::Rejected { reasons, .. } => Self { reasons: reason_views(reasons), ..blank },
            OrderState::Reserved { since, expires_at } => {
                Self { since: time(*since), reservation_expires_at: time(*expires_at), ..blank }
            }
            OrderState::ReservationExpired { .. } | OrderState::RoomEnded { .. } => blank,
            OrderState::ReservationInvalid { reason, .. } => Self { by: Some(reason.code()), ..blank },
            OrderState::Running { started_at, ends_at } => {
                Self { started_at: time(*started_at), ends_at: time(*ends_at), ..blank }
            }
            OrderState::Paused { started_at, ends_at, since, reasons } => {
                let why = [(reasons.interrupted, "interrupted"), (reasons.re_review, "re_review")];
                let paused_for = why.into_iter().filter(|(holds, _)| *holds).map(|(_, name)| name).collect();
                let (started_at, ends_at, since) = (time(*started_at), time(*ends_at), time(*since));
                Self { started_at, ends_at, since, paused_for, ..blank }
            }
            OrderState::Settling { started_at, since, deadline, ending, .. } => Self {
                started_at: time(*started_at),
                since: time(*since),
                settled_by: time(*deadline),
                settles_into: Some(ending.name()),
                by: by(ending),
                reasons: match ending {
                    Ending::Rejected(reasons) => reason_views(reasons),
                    Ending::Completed(_) | Ending::RoomEnded | Ending::Stopped(_) => Vec::new(),
                },
                ..blank
            },
            OrderState::Completed { by, .. } => Self { by: Some(by.code()), ..blank },
            OrderState::Stopped { cause, .. } => Self { by: Some(cause.code()), ..blank },
        }
    }
}

const fn by(ending: &Ending) -> Option<&'static str> {
    match ending {
        Ending::Completed(by) => Some(by.code()),
        Ending::Stopped(cause) => Some(cause.code()),
        Ending::RoomEnded | Ending::Rejected(_) => None,
    }
}

pub(crate) fn reason_views(reasons: &[Reason]) -> Vec<ReasonView> {
    let view = |reason: &Reason| ReasonView {
        code: reason.code.code(),
        element: reason.element.code(),
        text: reason.text.clone(),
    };
    reasons.iter().map(view).collect()
}

impl From<&OrderView> for BoostDetailView {
    fn from(view: &OrderView) -> Self {
        let spent = view.escrow.as_ref().map_or_else(Default::default, |escrow| escrow.spent);
        Self {
            boost: BoostView::from(&view.order),
            room: view.content.room().map(RoomView::from),
            video: view.content.video().map(VideoView::from),
            spent: CostView::new(spent, view.order.currency()),
            totals: figures(&view.totals),
            reviews: view.reviews.iter().map(ReviewView::from).collect(),
            refund: view.refund.as_ref().map(|refund| BoostRefundView::new(refund, view.order.currency())),
        }
    }
}

/// What is kept and sent of a command that answers an order.
pub(crate) fn shown<R>(status: StatusCode) -> impl FnMut(Result<PromotionOrder, R>) -> (u16, Vec<u8>)
where
    Problem: From<R>,
{
    kept(status, |order| BoostView::from(&order))
}

/// Figures by the ids of the metric dictionary.
pub(crate) fn figures(totals: &[(String, i64)]) -> serde_json::Map<String, serde_json::Value> {
    totals.iter().map(|(metric, value)| (metric_id(metric).to_owned(), (*value).into())).collect()
}

/// The dictionary's id of a counted metric.
pub(crate) fn metric_id(metric: &str) -> &str {
    match metric {
        "charged_micros" => "spend_micros",
        "followers" => "new_follows",
        other => other,
    }
}
