//! Paying, canceling, stopping and topping up.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use tuiliu_app::promotion::{PayPromotionOrder, StopPromotionOrder, TopUpPromotionOrder};
use tuiliu_domain::coupon::CouponChoice;
use utoipa::ToSchema;

use super::money::price_or_none;
use super::view::{BoostView, shown};
use crate::api::Api;
use crate::auth::Caller;
use crate::code::Code;
use crate::idempotency::{IdempotencyKeyHeader, Keyed, Nothing, answered, kept};
use crate::params::Path;
use crate::problem::Problem;
use crate::views::{AmountView, LotIdView, PromotionOrderIdView};
use crate::wallet::{TopUpView, with_pay_link};

/// Which coupons to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CouponChoice)]
pub(crate) enum CouponUse {
    /// Every traffic coupon that fits, those that expire first first. Growth cards are used by name only.
    #[default]
    Automatic,
    /// None.
    No,
    /// Those in `coupons`.
    These,
}

/// How to pay.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PayBoostBody {
    #[serde(default)]
    coupon_use: CouponUse,
    /// With `coupon_use` `these`, in the order of use.
    #[serde(default)]
    coupons: Vec<LotIdView>,
}

/// What to add.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TopUpBody {
    /// Whole beans, or tens of yuan of a quick boost; 0 adds time only.
    budget: AmountView,
    /// 0 adds budget only.
    #[serde(default)]
    duration_ms: i64,
    #[serde(default)]
    coupon_use: CouponUse,
    /// With `coupon_use` `these`, in the order of use.
    #[serde(default)]
    coupons: Vec<LotIdView>,
}

/// Pays an order and hands it to review: a traffic pack from coupons, gift beans and paid beans, a quick boost from
/// granted and paid money.
#[utoipa::path(
    post, path = "/v1/boosts/{boost}/pay", tag = "boosts",
    params(("boost" = PromotionOrderIdView, Path), IdempotencyKeyHeader), request_body = PayBoostBody,
    responses((status = 200, body = BoostView))
)]
pub(super) async fn pay_boost(
    State(api): State<Api>,
    caller: Caller,
    boost: Path<PromotionOrderIdView>,
    asked: Keyed<PayBoostBody>,
) -> Result<Response, Problem> {
    let once = asked.once_key(&caller);
    let coupons = choice(asked.content.coupon_use, &asked.content.coupons)?;
    let command = PayPromotionOrder { order: boost.0.0, coupons };
    let answer = api.app().once(
        once,
        move |shell, tx| shell.pay_promotion_order(tx, &caller.0.actor, &command),
        shown(StatusCode::OK),
    );
    Ok(answered(answer.await?))
}

/// Asks for the money of a quick boost from the buyer's payment account: the payer opens or scans `pay_link`, and the
/// money pays the order when it comes. Money that comes after the order is closed is in the balance. Asked again, the
/// payment that is under way is answered.
#[utoipa::path(
    post, path = "/v1/boosts/{boost}/payments", tag = "boosts",
    params(("boost" = PromotionOrderIdView, Path), IdempotencyKeyHeader), request_body = Nothing,
    responses((status = 201, body = TopUpView))
)]
pub(super) async fn start_boost_payment(
    State(api): State<Api>,
    caller: Caller,
    boost: Path<PromotionOrderIdView>,
    asked: Keyed<Nothing>,
) -> Result<Response, Problem> {
    let (once, order, actor) = (asked.once_key(&caller), boost.0.0, caller.0.actor.clone());
    let tenant = actor.tenant;
    let begin =
        move |shell: &tuiliu_app::Shell, tx: &mut tuiliu_app::Tx<'_>| shell.start_order_payment(tx, &actor, order);
    let begun = api.app().once(once, begin, kept(StatusCode::CREATED, TopUpView::from)).await?;
    Ok(answered(with_pay_link(&api, tenant, begun).await?))
}

/// Cancels an order that is not paid.
#[utoipa::path(
    post, path = "/v1/boosts/{boost}/cancel", tag = "boosts",
    params(("boost" = PromotionOrderIdView, Path), IdempotencyKeyHeader), request_body = Nothing,
    responses((status = 200, body = BoostView))
)]
pub(super) async fn cancel_boost(
    State(api): State<Api>,
    caller: Caller,
    boost: Path<PromotionOrderIdView>,
    asked: Keyed<Nothing>,
) -> Result<Response, Problem> {
    let (once, order) = (asked.once_key(&caller), boost.0.0);
    let answer = api.app().once(
        once,
        move |shell, tx| shell.cancel_promotion_order(tx, &caller.0.actor, order),
        shown(StatusCode::OK),
    );
    Ok(answered(answer.await?))
}

/// Stops delivery at once; what is unused goes back where it came from.
#[utoipa::path(
    post, path = "/v1/boosts/{boost}/stop", tag = "boosts",
    params(("boost" = PromotionOrderIdView, Path), IdempotencyKeyHeader), request_body = Nothing,
    responses((status = 200, body = BoostView))
)]
pub(super) async fn stop_boost(
    State(api): State<Api>,
    caller: Caller,
    boost: Path<PromotionOrderIdView>,
    asked: Keyed<Nothing>,
) -> Result<Response, Problem> {
    let (once, command) = (asked.once_key(&caller), StopPromotionOrder { order: boost.0.0 });
    let answer = api.app().once(
        once,
        move |shell, tx| shell.stop_promotion_order(tx, &caller.0.actor, command),
        shown(StatusCode::OK),
    );
    Ok(answered(answer.await?))
}

/// Adds budget and time to an order that runs: its own payment with its own sources.
#[utoipa::path(
    post, path = "/v1/boosts/{boost}/top_up", tag = "boosts",
    params(("boost" = PromotionOrderIdView, Path), IdempotencyKeyHeader), request_body = TopUpBody,
    responses((status = 200, body = BoostView))
)]
pub(super) async fn top_up_boost(
    State(api): State<Api>,
    caller: Caller,
    boost: Path<PromotionOrderIdView>,
    asked: Keyed<TopUpBody>,
) -> Result<Response, Problem> {
    let once = asked.once_key(&caller);
    let TopUpBody { budget, duration_ms, coupon_use, ref coupons } = asked.content;
    let (price, currency) = price_or_none(budget, "/budget")?;
    let command =
        TopUpPromotionOrder { order: boost.0.0, price, currency, duration_ms, coupons: choice(coupon_use, coupons)? };
    let answer = api.app().once(
        once,
        move |shell, tx| shell.top_up_promotion_order(tx, &caller.0.actor, &command),
        shown(StatusCode::OK),
    );
    Ok(answered(answer.await?))
}

pub(super) fn choice(coupon_use: CouponUse, coupons: &[LotIdView]) -> Result<CouponChoice, Problem> {
    if (coupon_use == CouponUse::These) == coupons.is_empty() {
        let detail = "`coupons` is for `coupon_use` `these`, which needs at least one";
        return Err(Problem::new(Code::RequestInvalid).with_error("/coupons", detail));
    }
    Ok(match coupon_use {
        CouponUse::Automatic => CouponChoice::Automatic,
        CouponUse::No => CouponChoice::No,
        CouponUse::These => CouponChoice::These(coupons.iter().map(|coupon| coupon.0).collect()),
    })
}
