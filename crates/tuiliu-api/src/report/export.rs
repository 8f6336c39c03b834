//! Reports as files.

use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use tuiliu_app::report::{ReportFile, ReportFormat, ReportOf, ReportPart};
use utoipa::ToSchema;

use super::query::TrendQuery;
use crate::api::Api;
use crate::auth::Caller;
use crate::params::{Path, Query};
use crate::problem::Problem;
use crate::views::{PromotionOrderIdView, RoomIdView};

/// How many rows a file has, so that whoever reads it can show how far it is.
pub(crate) const TOTAL_ROWS: HeaderName = HeaderName::from_static("x-total-rows");

/// Which file.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReportExportQuery {
    /// `csv` is one table, UTF-8 with a byte order mark; `xlsx` and `json` have all of them.
    #[param(inline)]
    format: ReportFormatView,
    /// The table of a `csv`: `metrics` when left out.
    #[serde(default)]
    #[param(inline)]
    part: ReportPartView,
}

/// The form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[schema(as = ReportFormat)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReportFormatView {
    Csv,
    Xlsx,
    Json,
}

/// The tables of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[schema(as = ReportPart)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReportPartView {
    #[default]
    Metrics,
    Trend,
    Breakdown,
}

/// Exports the report of an order as a file.
#[utoipa::path(
    get, path = "/v1/boosts/{boost}/report/export", tag = "reports",
    params(("boost" = PromotionOrderIdView, Path), ReportExportQuery, TrendQuery),
    responses((status = 200, content(
        (Vec<u8> = "text/csv"),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (serde_json::Value = "application/json")
    )))
)]
pub(super) async fn export_boost_report(
    State(api): State<Api>,
    caller: Caller,
    boost: Path<PromotionOrderIdView>,
    export: Query<ReportExportQuery>,
    trend: Query<TrendQuery>,
) -> Result<Response, Problem> {
    let (of, asked) = (ReportOf::Order(boost.0.0), (export.0.part.into(), trend.0.ask()));
    Ok(file(api.app().export_report(caller.0.actor.clone(), of, asked, export.0.format.into()).await?))
}

/// Exports the report of a broadcast as a file, natural and promoted apart.
#[utoipa::path(
    get, path = "/v1/rooms/{room}/report/export", tag = "reports",
    params(("room" = RoomIdView, Path), ReportExportQuery, TrendQuery),
    responses((status = 200, content(
        (Vec<u8> = "text/csv"),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (serde_json::Value = "application/json")
    )))
)]
pub(super) async fn export_room_report(
    State(api): State<Api>,
    caller: Caller,
    room: Path<RoomIdView>,
    export: Query<ReportExportQuery>,
    trend: Query<TrendQuery>,
) -> Result<Response, Problem> {
    let (of, asked) = (ReportOf::Room(room.0.0), (export.0.part.into(), trend.0.ask()));
    Ok(file(api.app().export_report(caller.0.actor.clone(), of, asked, export.0.format.into()).await?))
}

/// A file as it is sent.
pub(crate) fn file(exported: ReportFile) -> Response {
    let ReportFile { name, format, rows, bytes } = exported;
    let kind = match format {
        ReportFormat::Csv => HeaderValue::from_static("text/csv; charset=utf-8"),
        ReportFormat::Xlsx => {
            HeaderValue::from_static("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        }
        ReportFormat::Json => HeaderValue::from_static("application/json"),
    };
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    let disposition = disposition.expect("an id and a code are ASCII");
    let headers = [(CONTENT_TYPE, kind), (CONTENT_DISPOSITION, disposition), (TOTAL_ROWS, HeaderValue::from(rows))];
    (headers, bytes).into_response()
}

impl From<ReportFormatView> for ReportFormat {
    fn from(view: ReportFormatView) -> Self {
        match view {
            ReportFormatView::Csv => Self::Csv,
            ReportFormatView::Xlsx => Self::Xlsx,
            ReportFormatView::Json => Self::Json,
        }
    }
}

impl From<ReportPartView> for ReportPart {
    fn from(view: ReportPartView) -> Self {
        match view {
            ReportPartView::Metrics => Self::Metrics,
            ReportPartView::Trend => Self::Trend,
            ReportPartView::Breakdown => Self::Breakdown,
        }
    }
}
