//! Reports: the metric dictionary, and what orders and broadcasts brought.

mod dictionary;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(dictionary::list_metrics))
}
