//! The log of requests: what keys asked lately and what was answered.

mod trail;

pub(crate) use trail::{Trail, code_of};

use axum::extract::State;
use serde::{Deserialize, Serialize};
use tuiliu_app::request_log::{LoggedRequest, RequestLogList};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::code::Code;
use crate::page::{Cursor, Cut, Page, PageQuery};
use crate::params::Query;
use crate::problem::Problem;
use crate::views::{ApiKeyIdView, LoggedRequestIdView, TimeView};

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list_logged_requests))
}

/// Which requests.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RequestLogQuery {
    /// Asked with this key.
    #[param(value_type = Option<ApiKeyIdView>)]
    key: Option<ApiKeyIdView>,
    /// `422`, or `4xx` for all that begin so.
    #[param(example = "4xx", pattern = "^[1-5]([0-9]{2}|xx)$")]
    status: Option<String>,
    /// From this instant on.
    #[param(value_type = Option<TimeView>)]
    from: Option<TimeView>,
    /// Before this instant.
    #[param(value_type = Option<TimeView>)]
    to: Option<TimeView>,
}

/// A request and what was answered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LoggedRequest)]
pub(crate) struct LoggedRequestView {
    id: LoggedRequestIdView,
    at: TimeView,
    key_id: ApiKeyIdView,
    #[schema(example = "POST")]
    method: String,
    /// As the document writes it.
    #[schema(example = "/v1/boosts/{boost}/pay")]
    route: String,
    /// With its query, without credentials.
    path: String,
    #[schema(example = 422)]
    status: u16,
    /// Of the problem, if it was refused.
    #[schema(example = "promotion.expired")]
    code: Option<String>,
    duration_us: i64,
    request_id: String,
    request_bytes: i64,
    answer_bytes: i64,
    /// Of a refused write, without secrets and persons; at most 4 KiB.
    body: Option<String>,
}

/// A page of requests, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LoggedRequestList {
    data: Vec<LoggedRequestView>,
    next_cursor: Option<String>,
    has_more: bool,
}

/// Lists what keys asked lately, newest first: seven days, the last 20 000 requests. Of decisions and reports of events
/// that went well, one in a hundred is kept. A line is there a second after its answer.
#[utoipa::path(
    get, path = "/v1/request-log", tag = "webhooks", params(RequestLogQuery, PageQuery),
    responses((status = 200, body = LoggedRequestList))
)]
async fn list_logged_requests(
    State(api): State<Api>,
    caller: Caller,
    Query(RequestLogQuery { key, status, from, to }): Query<RequestLogQuery>,
    page: Page,
) -> Result<Json<LoggedRequestList>, Problem> {
    let list = RequestLogList {
        key: key.map(|key| key.0),
        status: status.as_deref().map_or(Ok((100, 599)), statuses)?,
        from: from.map(|from| from.0),
        to: to.map(|to| to.0),
        before: page.after_id()?,
        limit: page.limit_wanted(),
    };
    let found = api.app().logged_requests(caller.0.actor.clone(), list).await?;
    let Cut { rows, next_cursor, has_more } = page.cut(found, |seen| Cursor::of_id(seen.id));
    Ok(Json(LoggedRequestList { data: rows.into_iter().map(LoggedRequestView::from).collect(), next_cursor, has_more }))
}

/// `422` is that status, `4xx` all that begin so.
fn statuses(text: &str) -> Result<(u16, u16), Problem> {
    let class = text.strip_suffix("xx").filter(|digit| digit.len() == 1);
    let read = match class {
        Some(digit) => digit.parse::<u16>().ok().map(|digit| (digit * 100, digit * 100 + 99)),
        None => text.parse::<u16>().ok().map(|status| (status, status)),
    };
    let bounded = read.filter(|(least, most)| *least >= 100 && *most <= 599);
    bounded
        .ok_or_else(|| Problem::new(Code::RequestInvalidQuery).with_detail("`status` must be one like `422`, or `4xx`"))
}

impl From<LoggedRequest> for LoggedRequestView {
    fn from(request: LoggedRequest) -> Self {
        Self {
            id: request.id.into(),
            at: request.at.into(),
            key_id: request.key.into(),
            method: request.method,
            route: request.route,
            path: request.path,
            status: request.status,
            code: request.code,
            duration_us: request.duration_us,
            request_id: request.request_id,
            request_bytes: request.request_bytes,
            answer_bytes: request.answer_bytes,
            body: request.body,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_one_or_all_that_begin_so() {
        let check = |text: &str, expected: Option<(u16, u16)>| assert_eq!(statuses(text).ok(), expected, "{text}");
        check("422", Some((422, 422)));
        check("4xx", Some((400, 499)));
        check("5xx", Some((500, 599)));
        for bad in ["", "xx", "6xx", "0xx", "99", "600", "4x", "44xx", "-1"] {
            check(bad, None);
        }
    }
}
