//! What a price would be paid with, before it is paid.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use tuiliu_app::promotion::{PayableThing, PaymentPlan, PaymentPlanAsk};
use tuiliu_domain::coupon::SourcePlan;
use tuiliu_domain::money::{Asset, CENTIBEAN_WORTH, Price};
use tuiliu_domain::promotion::Product;
use utoipa::ToSchema;

use super::money::{asset_of, price_or_none, price_view};
use super::pay::{CouponUse, choice};
use super::place::content;
use super::words::ProductView;
use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::code::Code;
use crate::problem::Problem;
use crate::views::{AmountView, LotIdView, PartyIdView, PromotionOrderIdView, RoomIdView, VideoIdView};

/// What is to be paid: for the next order of a room or a video, or for an order that stands.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PaymentPlanBody {
    /// Either this, a video, or `boost_id`.
    room_id: Option<RoomIdView>,
    video_id: Option<VideoIdView>,
    /// With a room or a video: a traffic pack unless it says otherwise.
    product: Option<ProductView>,
    /// An order, to pay it or to top it up.
    boost_id: Option<PromotionOrderIdView>,
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

/// What would pay, if it were paid now. Nothing is held.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PaymentPlan)]
pub(crate) struct PaymentPlanView {
    price: AmountView,
    /// What coupons take off the price.
    by_coupons: AmountView,
    /// What is left to pay from the wallet: beans, or money of a quick boost.
    by_wallet: AmountView,
    /// What the wallet lacks of it; 0 when the price can be paid.
    missing: AmountView,
    /// In the order of use; empty while something is missing.
    sources: Vec<PlannedSourceView>,
}

/// A part of one lot that would pay.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlannedSource)]
pub(crate) struct PlannedSourceView {
    lot_id: LotIdView,
    /// `traffic_coupon`, `growth_card`, `gift_beans`, `paid_beans`, `granted_money` or `paid_money`.
    kind: &'static str,
    amount: AmountView,
    /// What the amount is worth, in what the price is told in.
    worth: AmountView,
}

/// Plans a payment: which coupons, beans or money would pay a price, and what is missing. Nothing is held.
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
    Ok(Json(PaymentPlanView::new(asked.price, &plan)))
}

impl PaymentPlanBody {
    fn ask(&self, caller: &Caller) -> Result<PaymentPlanAsk, Problem> {
        let payer = self.payer_id.as_ref().map_or(caller.0.actor.party, |payer| payer.0);
        let thing = match &self.boost_id {
            Some(order) if self.room_id.is_none() && self.video_id.is_none() => PayableThing::Order(order.0),
            Some(_) => {
                let detail = "name either content or `boost_id`";
                return Err(Problem::new(Code::RequestInvalid).with_error("/boost_id", detail));
            }
            None => {
                let product = self.product.map_or(Product::TrafficPack, Product::from);
                PayableThing::Content { content: content(self.room_id, self.video_id)?, product, payer }
            }
        };
        let (price, currency) = price_or_none(self.price, "/price")?;
        if price == Price::ZERO {
            return Err(Problem::new(Code::RequestInvalidAmount).with_error("/price", "the amount is above zero"));
        }
        Ok(PaymentPlanAsk { thing, price, currency, coupons: choice(self.coupon_use, &self.coupons)? })
    }
}

impl PaymentPlanView {
    fn new(price: AmountView, plan: &PaymentPlan) -> Self {
        let asset = Asset::from(price.currency);
        Self {
            price,
            by_coupons: AmountView::new(plan.by_coupons.round_down_to(CENTIBEAN_WORTH), asset),
            by_wallet: price_view(plan.by_wallet, asset),
            missing: price_view(plan.missing, asset),
            sources: plan.sources.iter().map(|source| PlannedSourceView::new(source, asset)).collect(),
        }
    }
}

impl PlannedSourceView {
    fn new(source: &SourcePlan, price: Asset) -> Self {
        let worth = source.worth().unwrap_or_default().round_down_to(CENTIBEAN_WORTH);
        Self {
            lot_id: source.lot.into(),
            kind: source.kind.code(),
            amount: AmountView::new(source.amount, asset_of(source.kind)),
            worth: AmountView::new(worth, price),
        }
    }
}
