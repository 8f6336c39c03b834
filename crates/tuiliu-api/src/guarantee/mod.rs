//! Guaranteed boosts: quotes, purchases, progress, decisions, the book; creators' videos and plays as the host tells them.

mod book;
mod order;
mod refusal;
mod service;
mod video;
mod view;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(order::list_guarantee_creators))
        .routes(routes!(order::quote_guarantees))
        .routes(routes!(order::place_guarantees))
        .routes(routes!(order::read_guarantee_order))
        .routes(routes!(service::list_guarantees))
        .routes(routes!(service::read_guarantee))
        .routes(routes!(service::decide_guarantee))
        .routes(routes!(book::read_guarantee_book))
        .routes(routes!(video::set_creator_price))
        .routes(routes!(video::report_video))
        .routes(routes!(video::report_plays))
}
