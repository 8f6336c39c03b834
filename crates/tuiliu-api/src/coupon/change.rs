//! What is done to coupons outside of orders.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tuiliu_app::coupon::{CouponValidity, CouponView as Seen, GrantCoupons, SplitCoupon};
use tuiliu_domain::coupon::{CouponConditions, ProductConstraint};
use tuiliu_domain::money::Amount;
use tuiliu_domain::party::Action;
use tuiliu_domain::promotion::Goal;
use utoipa::ToSchema;

use super::view::CouponView;
use super::words::{CouponKindView, CouponProductView};
use crate::api::Api;
use crate::auth::Caller;
use crate::code::Code;
use crate::idempotency::{IdempotencyKeyHeader, Keyed, Nothing, answered, kept};
use crate::params::Path;
use crate::problem::Problem;
use crate::promotion::words::GoalView;
use crate::views::{LotIdView, PartyIdView, PlacementNameView, TimeView};

/// What is granted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GrantCouponsBody {
    /// One coupon for each; to all or to none.
    #[schema(min_items = 1, max_items = 1000)]
    owners: Vec<PartyIdView>,
    kind: CouponKindView,
    /// On each coupon.
    #[schema(minimum = 1, maximum = 10_000_000, example = 500)]
    points: i64,
    /// Only orders of this product, or of this form; left out, any.
    product: Option<CouponProductView>,
    /// Only orders for this goal; left out, any.
    goal: Option<GoalView>,
    /// Only orders that are shown in this placement alone; left out, any.
    placement: Option<PlacementNameView>,
    /// From when it can be used; left out, from now.
    valid_from: Option<TimeView>,
    /// When it can no longer be used; left out, as the policy says.
    valid_to: Option<TimeView>,
    /// Whether it rewards a task, which the policy may give another time.
    #[serde(default)]
    task_reward: bool,
}

/// The coupons that were granted, in the order of their owners.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GrantedCoupons {
    data: Vec<CouponView>,
}

/// What is split off.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SplitCouponBody {
    /// On the new coupon; something must stay on the old one.
    #[schema(minimum = 1, example = 200)]
    points: i64,
}

/// Grants a coupon to each of some parties, at the platform's expense.
#[utoipa::path(
    post, path = "/v1/coupons", tag = "coupon", params(IdempotencyKeyHeader), request_body = GrantCouponsBody,
    responses((status = 201, body = GrantedCoupons))
)]
pub(super) async fn grant_coupons(
    State(api): State<Api>,
    caller: Caller,
    keyed: Keyed<GrantCouponsBody>,
) -> Result<Response, Problem> {
    let (key, actor) = (keyed.once_key(&caller), caller.0.actor.clone());
    let validity = keyed.content.validity(&api)?;
    let GrantCouponsBody { owners, kind, points, product, goal, placement, .. } = keyed.content;
    let command = GrantCoupons {
        owners: owners.into_iter().map(|owner| owner.0).collect(),
        kind: kind.0,
        points: Amount::new(points),
        conditions: CouponConditions {
            product: product.map_or(ProductConstraint::Any, |product| product.0),
            goal: goal.map(Goal::from),
            placement: placement.map(|placement| placement.0),
        },
        validity,
    };
    let grant = move |shell: &tuiliu_app::Shell, tx: &mut tuiliu_app::Tx<'_>| shell.grant_coupons(tx, &actor, &command);
    let view = |coupons: Vec<Seen>| GrantedCoupons { data: coupons.into_iter().map(CouponView::from).collect() };
    Ok(answered(api.app().once(key, grant, kept(StatusCode::CREATED, view)).await?))
}

/// Splits points off into a new coupon under the same conditions; answers the new one.
#[utoipa::path(
    post, path = "/v1/coupons/{coupon}/split", tag = "coupon",
    params(("coupon" = LotIdView, Path), IdempotencyKeyHeader), request_body = SplitCouponBody,
    responses((status = 201, body = CouponView))
)]
pub(super) async fn split_coupon(
    State(api): State<Api>,
    caller: Caller,
    coupon: Path<LotIdView>,
    keyed: Keyed<SplitCouponBody>,
) -> Result<Response, Problem> {
    let (key, actor) = (keyed.once_key(&caller), caller.0.actor.clone());
    let command = SplitCoupon { coupon: coupon.0.0, points: Amount::new(keyed.content.points) };
    let split = move |shell: &tuiliu_app::Shell, tx: &mut tuiliu_app::Tx<'_>| shell.split_coupon(tx, &actor, command);
    Ok(answered(api.app().once(key, split, kept(StatusCode::CREATED, CouponView::from)).await?))
}

/// Takes back what is left of a coupon; what orders hold of it stays with them.
#[utoipa::path(
    post, path = "/v1/coupons/{coupon}/recall", tag = "coupon",
    params(("coupon" = LotIdView, Path), IdempotencyKeyHeader), request_body = Nothing,
    responses((status = 200, body = CouponView))
)]
pub(super) async fn recall_coupon(
    State(api): State<Api>,
    caller: Caller,
    coupon: Path<LotIdView>,
    keyed: Keyed<Nothing>,
) -> Result<Response, Problem> {
    // Not under the key: with the password given again, the same request goes through.
    caller.0.proved(Action::RecallCoupon, api.now())?;
    let (key, lot) = (keyed.once_key(&caller), coupon.0.0);
    let recall = move |shell: &tuiliu_app::Shell, tx: &mut tuiliu_app::Tx<'_>| shell.recall_coupon(tx, &caller.0, lot);
    Ok(answered(api.app().once(key, recall, kept(StatusCode::OK, CouponView::from)).await?))
}

impl GrantCouponsBody {
    fn validity(&self, api: &Api) -> Result<CouponValidity, Problem> {
        match (self.valid_from, self.valid_to, self.task_reward) {
            (None, None, true) => Ok(CouponValidity::TaskReward),
            (None, None, false) => Ok(CouponValidity::Standard),
            (from, Some(to), false) => {
                Ok(CouponValidity::Between { from: from.map_or(api.now(), |from| from.0), to: to.0 })
            }
            (Some(_), None, _) => Err(invalid("/valid_to", "`valid_from` needs `valid_to`")),
            (_, Some(_), true) => Err(invalid("/task_reward", "a reward for a task lasts as long as the policy says")),
        }
    }
}

fn invalid(pointer: &str, detail: &str) -> Problem {
    Problem::new(Code::RequestInvalid).with_error(pointer, detail)
}
