//! Reports: the metric dictionary, and what orders and broadcasts brought.

mod dictionary;
mod export;
mod product;
mod query;
mod recap;
mod room;
mod stream;
mod view;

pub(crate) use export::{ReportFormatView, TOTAL_ROWS, file};
pub(crate) use query::TrendQuery;
pub(crate) use view::OrderFiguresView;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(dictionary::list_metrics))
        .routes(routes!(room::read_account_report))
        .routes(routes!(room::read_creator_report))
        .routes(routes!(room::read_boost_live))
        .routes(routes!(room::read_room_live))
        .routes(routes!(room::read_room_report))
        .routes(routes!(product::list_products))
        .routes(routes!(product::read_product_report))
        .routes(routes!(export::export_boost_report))
        .routes(routes!(export::export_room_report))
        .routes(routes!(recap::read_recap))
        .routes(routes!(recap::export_recap))
        .routes(routes!(stream::stream_boost_report))
        .routes(routes!(stream::stream_room_report))
}
