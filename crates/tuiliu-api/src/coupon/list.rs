//! Looking at coupons.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use tuiliu_app::coupon::CouponList as Listing;
use tuiliu_domain::id::{CommandId, CommandKind};
use utoipa::ToSchema;

use super::view::{CouponEntryView, CouponView};
use super::words::CouponStateView;
use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::page::{Cursor, Cut, Page, PageQuery};
use crate::params::{Path, Query};
use crate::problem::Problem;
use crate::views::{LotIdView, PartyIdView};

/// Which coupons to list.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CouponQuery {
    /// Whose; left out, everybody's, or the caller's own for whoever may look at nobody else's.
    #[param(value_type = Option<PartyIdView>)]
    owner: Option<PartyIdView>,
    /// Only those in this state.
    #[param(value_type = Option<CouponStateView>)]
    state: Option<CouponStateView>,
}

/// A page of coupons.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CouponList {
    data: Vec<CouponView>,
    next_cursor: Option<String>,
    has_more: bool,
}

/// A page of the ledger of a coupon's use.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CouponUseList {
    data: Vec<CouponEntryView>,
    next_cursor: Option<String>,
    has_more: bool,
}

/// Lists coupons, oldest first.
#[utoipa::path(
    get, path = "/v1/coupons", tag = "coupon", params(CouponQuery, PageQuery),
    responses((status = 200, body = CouponList))
)]
pub(super) async fn list_coupons(
    State(api): State<Api>,
    caller: Caller,
    Query(CouponQuery { owner, state }): Query<CouponQuery>,
    page: Page,
) -> Result<Json<CouponList>, Problem> {
    let (owner, state) = (owner.map(|owner| owner.0), state.map(|state| state.0));
    let list = Listing { owner, state, after: page.after_id()?, limit: page.rows_wanted() };
    let found = api.app().coupons(caller.0.actor.clone(), list).await?;
    let Cut { rows, next_cursor, has_more } = page.cut(found, |seen| Cursor::of_id(seen.coupon.lot));
    Ok(Json(CouponList { data: rows.into_iter().map(CouponView::from).collect(), next_cursor, has_more }))
}

/// Reads a coupon.
#[utoipa::path(
    get, path = "/v1/coupons/{coupon}", tag = "coupon", params(("coupon" = LotIdView, Path)),
    responses((status = 200, body = CouponView))
)]
pub(super) async fn read_coupon(
    State(api): State<Api>,
    caller: Caller,
    coupon: Path<LotIdView>,
) -> Result<Json<CouponView>, Problem> {
    Ok(Json(api.app().coupon(caller.0.actor.clone(), coupon.0.0).await?.into()))
}

/// Lists what happened to a coupon, oldest line first: granted, held, used, returned, split, expired.
#[utoipa::path(
    get, path = "/v1/coupons/{coupon}/uses", tag = "coupon", params(("coupon" = LotIdView, Path), PageQuery),
    responses((status = 200, body = CouponUseList))
)]
pub(super) async fn list_coupon_uses(
    State(api): State<Api>,
    caller: Caller,
    coupon: Path<LotIdView>,
    page: Page,
) -> Result<Json<CouponUseList>, Problem> {
    // Lines are numbered; the cursor carries the number where other lists have an id.
    let after = page.after_id::<CommandKind>()?.map_or(0, |id| u64::try_from(id.value()).unwrap_or(u64::MAX));
    let found = api.app().coupon_uses(caller.0.actor.clone(), coupon.0.0, (after, page.rows_wanted())).await?;
    let cut = page.cut(found, |entry| Cursor::of_id(CommandId::new(entry.number.into())));
    let Cut { rows, next_cursor, has_more } = cut;
    Ok(Json(CouponUseList { data: rows.into_iter().map(CouponEntryView::from).collect(), next_cursor, has_more }))
}
