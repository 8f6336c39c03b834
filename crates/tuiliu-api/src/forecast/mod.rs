//! What an order may bring before it is bought, and how often such ranges held.

mod calibration;
mod estimate;

pub(crate) use estimate::ShownView;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(estimate::estimate)).routes(routes!(calibration::read_calibration))
}
