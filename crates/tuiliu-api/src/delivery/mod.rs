//! The data plane: what to show, and what came of it.

mod ask;
mod decision;
mod event;
mod report;
mod seen;
mod traffic;

use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt as _};
use utoipa_axum::routes;

use crate::api::Api;
use crate::headers::browser_cors;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(decision::decide))
        .routes(routes!(report::report_events).layer(browser_cors()))
        .routes(routes!(traffic::list_refused_events))
        .routes(routes!(seen::list_seen_events))
        .routes(routes!(traffic::replay_events))
        .routes(routes!(traffic::read_traffic_rules))
}
