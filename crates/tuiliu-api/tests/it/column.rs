//! A sample column: every shape of endpoint that a real one has.

use axum::extract::State;
use axum::http::header::ETAG;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use futures_util::stream;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use tuiliu_api::api::Api;
use tuiliu_api::auth::Caller;
use tuiliu_api::body::{EventsJson, Json};
use tuiliu_api::code::Code;
use tuiliu_api::edit::{IfMatch, IfMatchHeader, etag};
use tuiliu_api::headers::browser_cors;
use tuiliu_api::idempotency::{IdempotencyKeyHeader, Keyed, Nothing, answered, kept};
use tuiliu_api::page::{Cursor, Cut, Page, PageQuery};
use tuiliu_api::params::{Path, Query};
use tuiliu_api::problem::Problem;
use tuiliu_api::sse::{self, Message};
use tuiliu_api::views::{AmountView, PromotionOrderIdView, TimeView};
use tuiliu_app::Answered;
use tuiliu_app::access::Credential;
use tuiliu_domain::id::{PromotionOrderId, PromotionOrderKind};
use tuiliu_domain::money::{Amount, Asset};
use tuiliu_domain::time::Timestamp;
use utoipa::ToSchema;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt as _};
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_samples, place_sample))
        .routes(routes!(read_sample, change_sample))
        .routes(routes!(pay_sample))
        .routes(routes!(follow_samples))
        .routes(routes!(read_me, change_me))
        .routes(routes!(report_events).layer(browser_cors()))
        .routes(routes!(panic_on_request))
        .routes(routes!(never_answer))
}

/// A sample.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SampleView {
    id: PromotionOrderIdView,
    price: AmountView,
    placed_at: TimeView,
}

impl SampleView {
    fn numbered(n: u128) -> Self {
        let price = AmountView::new(Amount::new(12_990), Asset::Cny);
        let id = PromotionOrderId::new(n);
        Self { id: id.into(), price, placed_at: Timestamp::from_ms(1_795_163_462_120).into() }
    }
}

/// A page of samples.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SampleList {
    data: Vec<SampleView>,
    next_cursor: Option<String>,
    has_more: bool,
}

/// What is asked of a new sample.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlaceSample {
    room: PromotionOrderIdView,
    price: AmountView,
    begins_at: Option<TimeView>,
    #[serde(default)]
    parts: Vec<Part>,
}

#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct Part {
    count: u32,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SampleFilter {
    /// Only those from this one on.
    from: Option<u32>,
}

/// Lists samples.
#[utoipa::path(
    get, path = "/v1/samples", tag = "sample", params(PageQuery, SampleFilter),
    responses((status = 200, body = SampleList))
)]
async fn list_samples(_caller: Caller, page: Page, filter: Query<SampleFilter>) -> Result<Json<SampleList>, Problem> {
    let first = page.after_id::<PromotionOrderKind>()?.map_or(0, PromotionOrderId::value) + 1;
    let first = first.max(u128::from(filter.0.from.unwrap_or(0)));
    let rows = (first..=5).take(page.rows_wanted()).collect::<Vec<u128>>();
    let Cut { rows, next_cursor, has_more } = page.cut(rows, |n| Cursor::of_id(PromotionOrderId::new(*n)));
    Ok(Json(SampleList { data: rows.into_iter().map(SampleView::numbered).collect(), next_cursor, has_more }))
}

/// Places a sample.
#[utoipa::path(
    post, path = "/v1/samples", tag = "sample", request_body = PlaceSample,
    responses((status = 200, body = SampleView))
)]
async fn place_sample(_caller: Caller, Json(asked): Json<PlaceSample>) -> Result<Json<SampleView>, Problem> {
    asked.price.positive(Asset::Cny, "/price")?;
    let late = asked.begins_at.is_some_and(|time| time.0 < Timestamp::from_ms(1));
    assert!(!late && asked.parts.iter().all(|part| part.count < 10));
    Ok(Json(SampleView::numbered(asked.room.0.value())))
}

/// Reads a sample.
#[utoipa::path(
    get, path = "/v1/samples/{sample}", tag = "sample", params(("sample" = PromotionOrderIdView, Path)),
    responses((status = 200, body = SampleView))
)]
async fn read_sample(_caller: Caller, sample: Path<PromotionOrderIdView>) -> Result<Json<SampleView>, Problem> {
    if sample.0.0.value() > 5 {
        return Err(Problem::new(Code::RequestNotFound));
    }
    Ok(Json(SampleView::numbered(sample.0.0.value())))
}

/// Changes a sample, which is at version 7.
#[utoipa::path(
    patch, path = "/v1/samples/{sample}", tag = "sample",
    params(("sample" = PromotionOrderIdView, Path), IfMatchHeader), request_body = Nothing,
    responses((status = 204))
)]
async fn change_sample(
    _caller: Caller,
    _sample: Path<PromotionOrderIdView>,
    read: IfMatch,
    _change: Json<Nothing>,
) -> Result<(StatusCode, [(HeaderName, HeaderValue); 1]), Problem> {
    if read.0 != 7 {
        return Err(Problem::new(Code::RequestVersionConflict));
    }
    Ok((StatusCode::NO_CONTENT, [(ETAG, etag(8))]))
}

#[derive(Debug, Clone, Error)]
enum PaySampleError {
    #[error("pay `{price}` out of `{available}`")]
    Short { price: i64, available: i64 },
}

impl From<PaySampleError> for Problem {
    fn from(error: PaySampleError) -> Self {
        match error {
            PaySampleError::Short { .. } => {
                Self::new(Code::RequestInvalidAmount).with_detail(format!("failed to {error}"))
            }
        }
    }
}

/// Pays a sample; the second is too expensive.
#[utoipa::path(
    post, path = "/v1/samples/{sample}/pay", tag = "sample",
    params(("sample" = PromotionOrderIdView, Path), IdempotencyKeyHeader), request_body = Nothing,
    responses((status = 201, body = SampleView))
)]
async fn pay_sample(caller: Caller, sample: Path<PromotionOrderIdView>, asked: Keyed<Nothing>) -> Response {
    let once = asked.once_key(&caller);
    let id = sample.0.0;
    let outcome = if id.value() == 2 { Err(PaySampleError::Short { price: 2, available: 1 }) } else { Ok(id) };
    let (status, body) = kept(StatusCode::CREATED, |id: PromotionOrderId| SampleView::numbered(id.value()))(outcome);
    let replayed = once.key.ends_with(":again");
    let mut response = answered(Answered { status, body, replayed });
    let digest: String = once.digest.iter().map(|byte| format!("{byte:02x}")).collect();
    response.headers_mut().insert("x-digest", digest.parse().unwrap());
    response.headers_mut().insert("x-once-key", once.key.parse().unwrap());
    response
}

/// Follows samples: two messages, and then nothing more.
#[utoipa::path(
    get, path = "/v1/samples/stream", tag = "sample", security(()),
    responses((status = 200, body = String, content_type = "text/event-stream"))
)]
async fn follow_samples(State(api): State<Api>) -> Response {
    let messages = (1..=2).map(|n: u32| Message::new("sample.updated", Some(n.to_string()), &n));
    sse::events(&api, futures_util::StreamExt::chain(stream::iter(messages), stream::pending()))
}

/// Who calls.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MeView {
    party: String,
    means: &'static str,
}

impl MeView {
    fn of(caller: &Caller) -> Json<Self> {
        let caller = &caller.0;
        let means = match caller.credential {
            Credential::ApiKey { .. } => "key",
            Credential::Session { .. } => "session",
        };
        Json(Self { party: caller.actor.party.to_string(), means })
    }
}

/// Reads who calls.
#[utoipa::path(get, path = "/v1/me", tag = "sample", responses((status = 200, body = MeView)))]
async fn read_me(caller: Caller) -> Json<MeView> {
    MeView::of(&caller)
}

/// Changes who calls.
#[utoipa::path(post, path = "/v1/me", tag = "sample", responses((status = 200, body = MeView)))]
async fn change_me(caller: Caller) -> Json<MeView> {
    MeView::of(&caller)
}

/// A report of events.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct EventsReport {
    events: Vec<String>,
}

/// How many events came.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventsAnswer {
    accepted: usize,
}

/// Reports events.
#[utoipa::path(
    post, path = "/v1/events", tag = "sample", request_body = EventsReport,
    responses((status = 202, body = EventsAnswer))
)]
async fn report_events(_caller: Caller, report: EventsJson<EventsReport>) -> (StatusCode, Json<EventsAnswer>) {
    (StatusCode::ACCEPTED, Json(EventsAnswer { accepted: report.0.events.len() }))
}

/// Hits a bug.
#[utoipa::path(get, path = "/v1/panic", tag = "sample", security(()), responses((status = 200)))]
async fn panic_on_request() {
    panic!("a bug with `secret` values");
}

/// Never answers.
#[utoipa::path(get, path = "/v1/never", tag = "sample", security(()), responses((status = 200)))]
async fn never_answer() {
    std::future::pending::<()>().await;
}
