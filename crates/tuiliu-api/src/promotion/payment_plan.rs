//! What a price would be paid with, before it is paid.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use tuiliu_app::promotion::{CouponFit, PayableDraft, PayableThing, PaymentPlan, PaymentPlanAsk};
use tuiliu_domain::coupon::{PlanPaymentError, SourcePlan};
use tuiliu_domain::money::{Asset, CENTIBEAN_WORTH};
use tuiliu_domain::promotion::{Goal, Product};
use utoipa::ToSchema;

use super::money::{asset_of, price, price_view};
use super::options::UnavailableView;
use super::pay::{CouponUse, choice};
use super::place::content;
use super::refusal::plan_code;
use super::words::{GoalView, ProductView};
use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::code::Code;
use crate::coupon::view::ConditionsView;
use crate::coupon::words::CouponKindView;
use crate::problem::Problem;
use crate::views::{
    AmountView, LotIdView, PartyIdView, PlacementNameView, PromotionOrderIdView, RoomIdView, TimeView, VideoIdView,
};

/// What is to be paid: the next order for a room or a video, or an order that stands.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PaymentPlanBody {
    /// One of this, `video_id` and `boost_id`.
    room_id: Option<RoomIdView>,
    video_id: Option<VideoIdView>,
    /// An order, to pay it or to top it up.
    boost_id: Option<PromotionOrderIdView>,
    /// With a room or a video: a traffic pack unless it says otherwise.
    product: Option<ProductView>,
    /// With a room or a video: coupons may be for certain goals only. Left out, the first that is offered.
    goal: Option<GoalView>,
    /// With a room or a video: where alone it is to be shown.
    placement: Option<PlacementNameView>,
    /// With a room or a video: who would pay; the caller, unless an agency or a machine acts for somebody.
    payer_id: Option<PartyIdView>,
    /// Whole beans; of a quick boost whole yuan.
    price: AmountView,
    #[serde(default)]
    coupon_use: CouponUse,
    /// With `coupon_use` `these`, in the order of use.
    #[serde(default)]
    coupons: Vec<LotIdView>,
}

/// What would pay, if it were paid now. Nothing is held. Amounts are in the currency of the price.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PaymentPlan)]
pub(crate) struct PaymentPlanView {
    price: AmountView,
    /// What coupons take off the price.
    by_coupons: AmountView,
    /// What is left to pay from the wallet: in beans, or of a quick boost in yuan.
    by_wallet: AmountView,
    /// What the wallet lacks; 0 when the price can be paid.
    missing: AmountView,
    /// In the order of use; empty while something is missing.
    sources: Vec<PlannedSourceView>,
    /// The payer's coupons that have points left, and whether each can be used for this: those that can first, then by
    /// expiry.
    #[schema(max_items = 200)]
    coupons: Vec<CouponFitView>,
}

/// A part of one lot that would pay.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlannedSource)]
pub(crate) struct PlannedSourceView {
    lot_id: LotIdView,
    /// `traffic_coupon`, `growth_card`, `gift_beans`, `paid_beans`, `granted_money` or `paid_money`.
    kind: &'static str,
    amount: AmountView,
    /// What the amount is worth, in the currency of the price.
    worth: AmountView,
}

/// A coupon of the payer's, and whether it can be used.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CouponFit)]
pub(crate) struct CouponFitView {
    id: LotIdView,
    kind: CouponKindView,
    #[serde(flatten)]
    conditions: ConditionsView,
    /// Points that are left.
    points: i64,
    valid_from: TimeView,
    valid_to: TimeView,
    usable: bool,
    /// Why it cannot be used for this.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<UnavailableView>,
    /// Which of its conditions is not met: `product`, `goal` or `placement`.
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<&'static str>,
}

/// Plans a payment: which coupons, beans and money would pay a price, what is missing, and why a coupon does not fit.
/// Nothing is held.
#[utoipa::path(
    post, path = "/v1/payment_plans", tag = "boosts", request_body = PaymentPlanBody,
    responses((status = 200, body = PaymentPlanView))
)]
pub(super) async fn plan_payment(
    State(api): State<Api>,
    caller: Caller,
    Json(asked): Json<PaymentPlanBody>,
) -> Result<Json<PaymentPlanView>, Problem> {
    let ask = asked.ask(&caller)?;
    let plan = api.app().payment_plan(caller.0.actor.clone(), ask).await?;
    Ok(Json(PaymentPlanView::new(asked.price, plan)))
}

impl PaymentPlanBody {
    fn ask(&self, caller: &Caller) -> Result<PaymentPlanAsk, Problem> {
        let thing = match (&self.boost_id, self.room_id.is_some() || self.video_id.is_some()) {
            (Some(order), false) => PayableThing::Order(order.0),
            (None, true) => PayableThing::Draft(PayableDraft {
                product: self.product.map_or(Product::TrafficPack, Product::from),
                content: content(self.room_id, self.video_id)?,
                goal: self.goal.map(Goal::from),
                placement: self.placement.clone().map(|placement| placement.0),
                payer: self.payer_id.as_ref().map_or(caller.0.actor.party, |payer| payer.0),
            }),
            (Some(_), true) | (None, false) => {
                let detail = "name either a room, a video or `boost_id`";
                return Err(Problem::new(Code::RequestInvalid).with_error("/room_id", detail));
            }
        };
        let currency = Asset::from(self.price.currency);
        let coupons = choice(self.coupon_use, &self.coupons)?;
        Ok(PaymentPlanAsk { thing, price: price(self.price, currency, "/price")?, currency, coupons })
    }
}

impl PaymentPlanView {
    fn new(price: AmountView, plan: PaymentPlan) -> Self {
        let asset = Asset::from(price.currency);
        Self {
            price,
            by_coupons: AmountView::new(plan.by_coupons.round_down_to(CENTIBEAN_WORTH), asset),
            by_wallet: price_view(plan.by_wallet, asset),
            missing: price_view(plan.missing, asset),
            sources: plan.sources.iter().map(|source| PlannedSourceView::new(source, asset)).collect(),
            coupons: plan.coupons.into_iter().map(CouponFitView::from).collect(),
        }
    }
}

impl PlannedSourceView {
    fn new(source: &SourcePlan, asset: Asset) -> Self {
        let worth = source.worth().unwrap_or_default().round_down_to(CENTIBEAN_WORTH);
        Self {
            lot_id: source.lot.into(),
            kind: source.kind.code(),
            amount: AmountView::new(source.amount, asset_of(source.kind)),
            worth: AmountView::new(worth, asset),
        }
    }
}

impl From<CouponFit> for CouponFitView {
    fn from(CouponFit { coupon, fit }: CouponFit) -> Self {
        let condition = match fit {
            Err(PlanPaymentError::CouponDoesNotFit { misfit, .. }) => Some(misfit.code()),
            _ => None,
        };
        Self {
            id: coupon.lot.into(),
            kind: coupon.kind.into(),
            conditions: coupon.conditions.into(),
            points: coupon.spendable.units(),
            valid_from: coupon.valid_from.into(),
            valid_to: coupon.valid_to.into(),
            usable: fit.is_ok(),
            reason: fit.err().map(|refusal| UnavailableView::of(plan_code(&refusal))),
            condition,
        }
    }
}
