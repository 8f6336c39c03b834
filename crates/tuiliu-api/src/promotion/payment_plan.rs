//! What a price would be paid with, before it is paid.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use tuiliu_app::promotion::{PayableThing, PaymentPlan, PaymentPlanAsk};
use tuiliu_domain::coupon::SourcePlan;
use tuiliu_domain::money::{Asset, CENTIBEAN_WORTH};
use utoipa::ToSchema;

use super::money::{asset_of, price, price_view};
use super::pay::{CouponUse, choice};
use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::code::Code;
use crate::problem::Problem;
use crate::views::{AmountView, LotIdView, PartyIdView, PromotionOrderIdView, RoomIdView};

/// What is to be paid: for a room's next order, or for an order that stands.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PaymentPlanBody {
    /// Either this or `boost_id`.
    room_id: Option<RoomIdView>,
    /// An order, to pay it or to top it up.
    boost_id: Option<PromotionOrderIdView>,
    /// With `room_id`: who would pay; the caller, unless an agency or a machine acts for somebody.
    payer_id: Option<PartyIdView>,
    /// Whole beans.
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
    /// What coupons take off the price, in beans.
    by_coupons: AmountView,
    /// What is left to pay in beans.
    by_beans: AmountView,
    /// Beans that the wallet lacks; 0 when the price can be paid.
    missing: AmountView,
    /// In the order of use; empty while beans are missing.
    sources: Vec<PlannedSourceView>,
}

/// A part of one lot that would pay.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlannedSource)]
pub(crate) struct PlannedSourceView {
    lot_id: LotIdView,
    /// `traffic_coupon`, `growth_card`, `gift_beans` or `paid_beans`.
    kind: &'static str,
    amount: AmountView,
    /// What the amount is worth, in beans.
    worth: AmountView,
}

/// Plans a payment: which coupons and beans would pay a price, and what is missing. Nothing is held.
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
        let thing = match (&self.room_id, &self.boost_id) {
            (Some(room), None) => PayableThing::Room { room: room.0, payer },
            (None, Some(order)) => PayableThing::Order(order.0),
            _ => {
                let detail = "name either `room_id` or `boost_id`";
                return Err(Problem::new(Code::RequestInvalid).with_error("/room_id", detail));
            }
        };
        let coupons = choice(self.coupon_use, &self.coupons)?;
        Ok(PaymentPlanAsk { thing, price: price(self.price, Asset::Bean, "/price")?, coupons })
    }
}

impl PaymentPlanView {
    fn new(price: AmountView, plan: &PaymentPlan) -> Self {
        Self {
            price,
            by_coupons: AmountView::new(plan.by_coupons.round_down_to(CENTIBEAN_WORTH), Asset::Bean),
            by_beans: price_view(plan.by_beans, Asset::Bean),
            missing: price_view(plan.missing, Asset::Bean),
            sources: plan.sources.iter().map(PlannedSourceView::new).collect(),
        }
    }
}

impl PlannedSourceView {
    fn new(source: &SourcePlan) -> Self {
        let worth = source.worth().unwrap_or_default().round_down_to(CENTIBEAN_WORTH);
        Self {
            lot_id: source.lot.into(),
            kind: source.kind.code(),
            amount: AmountView::new(source.amount, asset_of(source.kind)),
            worth: AmountView::new(worth, Asset::Bean),
        }
    }
}
