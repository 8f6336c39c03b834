//! Coupons: granted, listed, split, recalled, and the ledger of their use.

mod change;
mod list;
mod refusal;
pub(crate) mod view;
pub mod words;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(change::grant_coupons, list::list_coupons))
        .routes(routes!(list::read_coupon))
        .routes(routes!(list::list_coupon_uses))
        .routes(routes!(change::split_coupon))
        .routes(routes!(change::recall_coupon))
}
