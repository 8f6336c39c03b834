//! `POST /v1/events`: what viewers did, taken one by one and durable before it is acknowledged.

use std::collections::HashMap;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tuiliu_app::access::{ApiKeyKind, Credential};
use tuiliu_app::delivery::{ReportAnswer, ReportedEvent, Reporter};
use tuiliu_domain::id::{ContentId, PartyId, TenantId};
use tuiliu_domain::limits::EVENTS_PER_REPORT_MAX;
use tuiliu_domain::party::{Action, Owned};
use tuiliu_domain::time::Timestamp;
use utoipa::ToSchema;

use super::ask::{EntityKind, EntityView};
use super::event::{EventBody, Refused, in_problem};
use super::seen::Picked;
use crate::api::Api;
use crate::auth::Caller;
use crate::body::{EventsBytes, Json, decode};
use crate::code::Code;
use crate::metrics::ReasonLabels;
use crate::problem::Problem;
use crate::views::TimeView;

const PREFER: HeaderName = HeaderName::from_static("prefer");
const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");
const HANDLING_STRICT: &str = "handling=strict";
/// A sender's clock that is off by less than this is left alone.
const SKEW_MS_MIN: i64 = 10_000;
/// Rejected events that a strict refusal names.
const REJECTED_NAMED_MAX: usize = 100;

/// The header, for documentation.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "read by the derive only")]
pub(crate) struct PreferHeader {
    /// `handling=strict` takes all events or none.
    #[serde(rename = "Prefer")]
    #[param(example = "handling=strict")]
    prefer: Option<String>,
}

/// A report of what viewers did.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = EventReport)]
pub(crate) struct ReportBody<E> {
    /// When the sender sent it, by its own clock: events of a clock that is off are put right by it.
    sent_at: Option<TimeView>,
    /// With one the report is judged and nothing is taken.
    test_event_code: Option<String>,
    /// Judges and takes nothing.
    #[serde(default)]
    validate_only: bool,
    /// At most 1000.
    #[schema(max_items = 1000)]
    events: Vec<E>,
}

/// What became of a report.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EventReportAnswer)]
pub(crate) struct ReportAnswerView {
    /// Taken now; they survive a power cut.
    accepted: usize,
    /// There already; nothing was taken again.
    duplicates: usize,
    rejected: Vec<RejectedView>,
}

/// An event that was not taken.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RejectedEvent)]
pub(crate) struct RejectedView {
    /// Its place in the report, from 0.
    index: usize,
    id: Option<String>,
    #[schema(example = "event.too_old")]
    code: &'static str,
    detail: String,
}

/// An event of a report, or why it cannot be one.
pub(super) struct Read {
    pub(super) id: Option<String>,
    pub(super) event: Result<EventBody, Refused>,
}

/// A report with every event read for itself.
struct Report {
    late_ms: i64,
    validate_only: bool,
    test_event_code: Option<String>,
    events: Vec<Read>,
}

/// Reports what viewers did. A bad event does not lose its neighbours; what is acknowledged is durable.
#[utoipa::path(
    post, path = "/v1/events", tag = "delivery", params(PreferHeader),
    request_body(content = inline(ReportBody<EventBody>), content_type = "application/json"),
    responses((status = 202, body = ReportAnswerView))
)]
pub(super) async fn report_events(
    State(api): State<Api>,
    caller: Caller,
    headers: HeaderMap,
    EventsBytes(bytes): EventsBytes,
) -> Result<Response, Problem> {
    let actor = &caller.0.actor;
    actor.may(Action::ReportEvents, &Owned { tenant: actor.tenant, owner: PartyId::new(0), co_owner: None })?;
    let strict = is_strict(&headers);
    let report = read(&bytes, api.now())?;
    let reporter = Reporter {
        tenant: actor.tenant,
        money_allowed: matches!(
            caller.0.credential,
            Credential::ApiKey { kind: ApiKeyKind::Live | ApiKeyKind::Test, .. }
        ),
        strict,
        validate_only: report.validate_only,
    };
    let answer = take(&api, reporter, report).await?;
    if strict && !answer.rejected.is_empty() {
        return Err(refused_whole(&answer.rejected));
    }
    Ok(told(answer, strict))
}

fn is_strict(headers: &HeaderMap) -> bool {
    let preferences = headers.get_all(&PREFER).iter().filter_map(|value| value.to_str().ok());
    preferences.flat_map(|value| value.split(',')).any(|preference| preference.trim() == HANDLING_STRICT)
}

/// Reads a report: at once when all of it has the right shape, event by event when not.
fn read(bytes: &[u8], now: Timestamp) -> Result<Report, Problem> {
    if let Ok(report) = serde_json::from_slice::<ReportBody<EventBody>>(bytes) {
        return checked(report, now, |event| Read { id: None, event: Ok(event) });
    }
    let report: ReportBody<Value> = decode(bytes)?;
    checked(report, now, |event| {
        let id = event.get("id").and_then(Value::as_str).map(|id| id.chars().take(128).collect());
        let event =
            EventBody::deserialize(event).map_err(|error| Refused::new(Code::EventMalformed, error.to_string()));
        Read { id, event }
    })
}

fn checked<E>(report: ReportBody<E>, now: Timestamp, read: impl Fn(E) -> Read) -> Result<Report, Problem> {
    let ReportBody { sent_at, test_event_code, validate_only, events } = report;
    if events.len() > EVENTS_PER_REPORT_MAX {
        let detail = format!("a report has at most {EVENTS_PER_REPORT_MAX} events");
        return Err(Problem::new(Code::EventTooMany).with_detail(detail));
    }
    let late_ms = sent_at.map_or(0, |sent_at| now.since_ms(sent_at.0));
    Ok(Report {
        late_ms: if late_ms.abs() < SKEW_MS_MIN { 0 } else { late_ms },
        validate_only: validate_only || test_event_code.is_some(),
        test_event_code,
        events: events.into_iter().map(read).collect(),
    })
}

/// What became of the events, in our words.
struct Outcome {
    accepted: usize,
    duplicates: usize,
    rejected: Vec<(usize, Option<String>, Refused)>,
}

async fn take(api: &Api, reporter: Reporter, report: Report) -> Result<Outcome, Problem> {
    let contents = contents(api, reporter.tenant, &report.events).await?;
    let picked = Picked::of(&report.events, report.test_event_code.as_deref(), api.now());
    let mut rejected = Vec::new();
    let mut places = Vec::with_capacity(report.events.len());
    let mut events: Vec<ReportedEvent> = Vec::with_capacity(report.events.len());
    for (index, Read { id, event }) in report.events.into_iter().enumerate() {
        let id = event.as_ref().map_or(id, |event| Some(event.id.clone()));
        let reported = event.and_then(|event| {
            let named = |entity: &EntityView| contents.get(&(entity.kind, entity.id.clone())).copied();
            let content = event.entity.as_ref().and_then(named);
            event.reported(content, report.late_ms)
        });
        match reported {
            Ok(event) => {
                places.push((index, id));
                events.push(event);
            }
            Err(refused) => rejected.push((index, id, refused)),
        }
    }
    // The app sees only what could be read: what could not must refuse a strict report before it is taken.
    let reporter =
        Reporter { validate_only: reporter.validate_only || (reporter.strict && !rejected.is_empty()), ..reporter };
    let ReportAnswer { accepted, duplicates, rejected: refused } = api.app().report_events(reporter, events).await?;
    for (place, refusal) in refused {
        if let Some((index, id)) = places.get(place) {
            rejected.push((*index, id.clone(), refusal.into()));
        }
    }
    rejected.sort_by_key(|(index, _, _)| *index);
    count(api, &reporter, accepted, duplicates, &rejected);
    let refused_whole = reporter.strict && !rejected.is_empty();
    let taken = !(reporter.validate_only || refused_whole);
    api.app().show_events(reporter.tenant, picked.fated(taken, &rejected));
    Ok(Outcome { accepted, duplicates, rejected })
}

/// What events name, by kind and by the names that they use.
async fn contents(
    api: &Api,
    tenant: TenantId,
    events: &[Read],
) -> Result<HashMap<(EntityKind, String), ContentId>, Problem> {
    let mut known = HashMap::new();
    let (mut rooms, mut videos) = (Vec::new(), Vec::new());
    for entity in events.iter().filter_map(|read| read.event.as_ref().ok()?.entity.as_ref()) {
        let (own, unknown) = match entity.kind {
            EntityKind::LiveRoom => (entity.id.parse().ok().map(ContentId::Room), &mut rooms),
            EntityKind::Video => (entity.id.parse().ok().map(ContentId::Video), &mut videos),
            EntityKind::Creator => continue,
        };
        match own {
            Some(content) => drop(known.insert((entity.kind, entity.id.clone()), content)),
            None => unknown.push(entity.id.clone()),
        }
    }
    if !rooms.is_empty() {
        let found = api.app().rooms_named(tenant, unique(rooms)).await?;
        known.extend(found.into_iter().map(|(name, room)| ((EntityKind::LiveRoom, name), room.into())));
    }
    if !videos.is_empty() {
        let found = api.app().videos_named(tenant, unique(videos)).await?;
        known.extend(found.into_iter().map(|(name, video)| ((EntityKind::Video, name), video.into())));
    }
    Ok(known)
}

fn unique(mut names: Vec<String>) -> Vec<String> {
    names.sort_unstable();
    names.dedup();
    names
}

fn count(
    api: &Api,
    reporter: &Reporter,
    accepted: usize,
    duplicates: usize,
    rejected: &[(usize, Option<String>, Refused)],
) {
    let metrics = api.metrics();
    if !reporter.validate_only {
        metrics.events_accepted.inc_by(u64::try_from(accepted).unwrap_or(0));
        metrics.events_duplicate.inc_by(u64::try_from(duplicates).unwrap_or(0));
    }
    for (_, _, refused) in rejected {
        metrics.events_rejected.get_or_create(&ReasonLabels { reason: refused.code.text() }).inc();
    }
}

fn refused_whole(rejected: &[(usize, Option<String>, Refused)]) -> Problem {
    let problem = Problem::new(Code::EventReportRefused)
        .with_detail(format!("{} of the events cannot be taken, so none was", rejected.len()));
    let named = rejected.iter().take(REJECTED_NAMED_MAX);
    named.fold(problem, |problem, (index, _, refused)| in_problem(problem, *index, refused))
}

fn told(outcome: Outcome, strict: bool) -> Response {
    let rejected = outcome.rejected.into_iter().map(|(index, id, Refused { code, detail })| RejectedView {
        index,
        id,
        code: code.text(),
        detail,
    });
    let view =
        ReportAnswerView { accepted: outcome.accepted, duplicates: outcome.duplicates, rejected: rejected.collect() };
    let mut response = (StatusCode::ACCEPTED, Json(view)).into_response();
    if strict {
        response.headers_mut().insert(PREFERENCE_APPLIED, HeaderValue::from_static(HANDLING_STRICT));
    }
    response
}
