//! What an order may bring before it is bought, how often such ranges held, and why an order falls short.

mod calibration;
mod diagnosis;
mod estimate;

pub(crate) use estimate::ShownView;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(estimate::estimate))
        .routes(routes!(calibration::read_calibration))
        .routes(routes!(diagnosis::read_diagnosis))
}
