//! What operators and tools ask: health, readiness, metrics, the meaning of a code.

use std::fmt::Write as _;

use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::body::Json;
use crate::code::Code;
use crate::metrics::OPEN_METRICS;
use crate::problem::Problem;
use crate::request_id::Language;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(read_health))
        .routes(routes!(read_readiness))
        .routes(routes!(read_metrics))
        .routes(routes!(explain_error))
}

/// How the process is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HealthView {
    /// `ok`.
    #[schema(example = "ok")]
    status: &'static str,
}

/// Whether the process is alive: it answers. Restart it when it does not.
#[utoipa::path(get, path = "/healthz", tag = "system", security(()), responses((status = 200, body = HealthView)))]
async fn read_health() -> Json<HealthView> {
    Json(HealthView { status: "ok" })
}

/// Whether requests should be sent here: not while starting or stopping.
#[utoipa::path(get, path = "/readyz", tag = "system", security(()), responses((status = 200, body = HealthView)))]
async fn read_readiness(State(api): State<Api>) -> Result<Json<HealthView>, Problem> {
    if api.is_ready() { Ok(Json(HealthView { status: "ok" })) } else { Err(Problem::new(Code::ServerUnavailable)) }
}

/// Metrics in the OpenMetrics text format. Keep it from the public at the proxy.
#[utoipa::path(
    get, path = "/metrics", tag = "system", security(()),
    responses((status = 200, body = String, content_type = "application/openmetrics-text"))
)]
async fn read_metrics(State(api): State<Api>) -> Response {
    (api.surroundings().gauge)(api.metrics());
    ([(CONTENT_TYPE, OPEN_METRICS)], api.metrics().text()).into_response()
}

/// What an error code means: the address in a problem's `type`.
#[utoipa::path(
    get, path = "/errors/{code}", tag = "system", security(()),
    params(("code" = String, Path, description = "An error code", example = "request.invalid")),
    responses((status = 200, body = String, content_type = "text/plain"))
)]
async fn explain_error(Path(code): Path<String>) -> Result<Response, Problem> {
    let code = Code::from_text(&code).ok_or_else(|| Problem::new(Code::RequestNotFound))?;
    let entry = code.entry();
    let mut text = format!("{}\n", entry.text);
    for language in [Language::Chinese, Language::English] {
        writeln!(text, "{}", code.title(language)).expect("a string takes all");
    }
    writeln!(text, "status: {}\nretryable: {}", entry.status, entry.retryable).expect("a string takes all");
    Ok(([(CACHE_CONTROL, "public, max-age=86400")], text).into_response())
}
