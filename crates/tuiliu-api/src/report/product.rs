//! What products of the shop brought, natural and promoted apart.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use tuiliu_app::report::{ProductPlace, ProductReport, ProductSums, Scope};
use tuiliu_domain::id::Id;
use tuiliu_domain::time::Timestamp;
use utoipa::ToSchema;

use super::query::TrendQuery;
use super::view::{BreakdownView, FreshView, ScopeView, SumsView, TrendView};
use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::code::Code;
use crate::page::{Cursor, Cut, Page, PageQuery};
use crate::params::{Path, Query};
use crate::problem::Problem;
use crate::views::{PromotionOrderIdView, RoomIdView, VideoIdView};

/// Where products are looked at: in all rooms and videos of the platform, which only its staff may, or in one of these.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ProductQuery {
    /// Only in this room.
    room_id: Option<RoomIdView>,
    /// Only with this video.
    video_id: Option<VideoIdView>,
    /// Only what this order brought.
    boost_id: Option<PromotionOrderIdView>,
}

/// A product and its figures since the beginning.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Product)]
pub(crate) struct ProductView {
    /// The host's id.
    #[schema(example = "sku1")]
    product: String,
    /// Of everybody, of natural and of promoted traffic; of an order all is promoted.
    scopes: Vec<ScopeView>,
}

/// A page of products, in no order that means anything.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProductList {
    data: Vec<ProductView>,
    next_cursor: Option<String>,
    has_more: bool,
}

/// What one product brought.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProductReport)]
pub(crate) struct ProductReportView {
    #[serde(flatten)]
    product: ProductView,
    trend: TrendView,
    /// By who the viewers were, of what is broken down: clicks, clickers, purchases, payers, paid amounts.
    breakdown: Vec<BreakdownView>,
    freshness: FreshView,
}

/// Lists the products that viewers were shown, clicked or bought, with their figures.
#[utoipa::path(
    get, path = "/v1/reports/products", tag = "reports", params(ProductQuery, PageQuery),
    responses((status = 200, body = ProductList))
)]
pub(super) async fn list_products(
    State(api): State<Api>,
    caller: Caller,
    place: Query<ProductQuery>,
    page: Page,
) -> Result<Json<ProductList>, Problem> {
    let after = page.after_id::<()>()?.map(Id::value);
    let asked = (after, page.limit_wanted());
    let found = api.app().product_sums(caller.0.actor.clone(), place.0.place()?, asked).await?;
    let Cut { rows, next_cursor, has_more } = page.cut(found, |own| Cursor::of_id(Id::<()>::new(own.id)));
    Ok(Json(ProductList { data: rows.iter().map(ProductView::from).collect(), next_cursor, has_more }))
}

/// Reports what one product brought: by step of time, by who the viewers were, natural and promoted apart.
#[utoipa::path(
    get, path = "/v1/reports/products/{product}", tag = "reports",
    params(("product" = String, Path, description = "The host's id.", example = "sku1"), ProductQuery, TrendQuery),
    responses((status = 200, body = ProductReportView))
)]
pub(super) async fn read_product_report(
    State(api): State<Api>,
    caller: Caller,
    product: Path<String>,
    place: Query<ProductQuery>,
    trend: Query<TrendQuery>,
) -> Result<Json<ProductReportView>, Problem> {
    let of = (product.0, place.0.place()?);
    let report = api.app().product_report(caller.0.actor.clone(), of, trend.0.ask()).await?;
    Ok(Json(view(&report, api.now())))
}

impl ProductQuery {
    fn place(&self) -> Result<ProductPlace, Problem> {
        match (&self.room_id, &self.video_id, &self.boost_id) {
            (None, None, None) => Ok(ProductPlace::Everywhere),
            (Some(room), None, None) => Ok(ProductPlace::Room(room.0)),
            (None, Some(video), None) => Ok(ProductPlace::Video(video.0)),
            (None, None, Some(boost)) => Ok(ProductPlace::Order(boost.0)),
            _ => Err(Problem::new(Code::RequestInvalidQuery)
                .with_detail("at most one of `room_id`, `video_id` and `boost_id` says where")),
        }
    }
}

fn view(report: &ProductReport, now: Timestamp) -> ProductReportView {
    let sums: fn(&tuiliu_app::report::Sums) -> SumsView = match report.of.place {
        ProductPlace::Order(_) => SumsView::of_order,
        _ => SumsView::of_room,
    };
    ProductReportView {
        product: ProductView::from(&report.of),
        trend: TrendView::new(&report.trend, sums),
        breakdown: BreakdownView::all(&report.breakdown, sums),
        freshness: FreshView::new(report.freshness, now.into()),
    }
}

impl From<&ProductSums> for ProductView {
    fn from(own: &ProductSums) -> Self {
        let scope = |scope: &Scope| ScopeView::new(*scope, &own.counts(*scope), &own.figures(*scope));
        Self { product: own.product.clone(), scopes: own.place.scopes().iter().map(scope).collect() }
    }
}
