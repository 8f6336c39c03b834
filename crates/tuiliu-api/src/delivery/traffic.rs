//! Valid traffic: the published rules, and the events that were refused.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tuiliu_app::delivery::{
    InvalidTraffic, RefusedEventPage, RefusedEventView as Seen, ReplayEvents, ReplayRefusal, Replayed, TrafficRules,
};
use tuiliu_domain::id::EventId;
use utoipa::ToSchema;

use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::code::Code;
use crate::idempotency::{IdempotencyKeyHeader, Keyed, answered, kept};
use crate::page::{Cursor, Cut, Page, PageQuery};
use crate::params::Query;
use crate::problem::Problem;
use crate::views::{EventIdView, TimeView};

/// What counts as valid traffic: published, with a version.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ValidTrafficRules)]
pub(crate) struct RulesView {
    /// Grows with each change of what counts.
    #[schema(example = 1)]
    version: u32,
    rules: Vec<RuleView>,
    /// Repeat views of the same content by the same viewer count once within this time.
    #[schema(example = 1_800_000)]
    dedup_window_ms: i64,
    /// How far clocks may differ before something is impossibly fast.
    clock_skew_ms: i64,
    /// Parts of the user agents of known bots.
    #[schema(example = json!(["headlesschrome"]))]
    bots: Vec<String>,
    /// How many ranges of data centres are listed.
    datacentre_ranges: usize,
    /// The most that still is a person, within one hour in one room.
    hourly_limits: HourlyLimitsView,
}

/// One rule.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ValidTrafficRule)]
pub(crate) struct RuleView {
    #[schema(example = "known_bot")]
    code: &'static str,
    /// `general` judges an event when it arrives; `session` looks back, and what it finds is credited.
    #[schema(example = "general")]
    family: &'static str,
    title: &'static str,
    text: &'static str,
}

/// Limits for one viewer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ValidTrafficLimits)]
pub(crate) struct HourlyLimitsView {
    views: i64,
    clicks: i64,
    interactions: i64,
    purchases: i64,
    watched_ms: i64,
}

impl From<TrafficRules> for RulesView {
    fn from(rules: TrafficRules) -> Self {
        let TrafficRules { version, dedup_window_ms, policy } = rules;
        let rule = |rule: &InvalidTraffic| RuleView {
            code: rule.code(),
            family: rule.family().code(),
            title: rule.title(),
            text: rule.text(),
        };
        Self {
            version,
            rules: InvalidTraffic::ALL.iter().map(rule).collect(),
            dedup_window_ms,
            clock_skew_ms: policy.clock_skew_ms,
            bots: policy.bots,
            datacentre_ranges: policy.datacentres.len(),
            hourly_limits: HourlyLimitsView {
                views: policy.views_per_hour_max,
                clicks: policy.clicks_per_hour_max,
                interactions: policy.interactions_per_hour_max,
                purchases: policy.purchases_per_hour_max,
                watched_ms: policy.watched_ms_per_hour_max,
            },
        }
    }
}

/// Tells what counts as valid traffic.
#[utoipa::path(get, path = "/v1/valid-traffic/rules", tag = "delivery", responses((status = 200, body = RulesView)))]
pub(super) async fn read_traffic_rules(State(api): State<Api>, caller: Caller) -> Result<Json<RulesView>, Problem> {
    Ok(Json(api.app().traffic_rules(caller.0.actor.clone()).await?.into()))
}

/// An event that was refused; nothing of it tells who the viewer was.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RefusedEvent)]
pub(crate) struct RefusedEventView {
    id: EventIdView,
    /// The host's id.
    event_id: String,
    /// `null` when the type is unknown.
    #[serde(rename = "type")]
    kind: Option<&'static str>,
    occurred_at: TimeView,
    #[schema(example = "event.too_old")]
    reason: String,
    refused_at: TimeView,
    /// When it was taken after all.
    replayed_at: Option<TimeView>,
}

/// Refused events, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RefusedEventList {
    data: Vec<RefusedEventView>,
    next_cursor: Option<String>,
    has_more: bool,
}

/// Which of them.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RefusedEventQuery {
    /// Only of this reason.
    #[param(example = "event.too_old")]
    reason: Option<String>,
}

impl From<Seen> for RefusedEventView {
    fn from(event: Seen) -> Self {
        Self {
            id: event.id.into(),
            event_id: event.event_id,
            kind: event.kind.map(tuiliu_app::delivery::EventKind::code),
            occurred_at: event.occurred_at.into(),
            reason: event.reason,
            refused_at: event.refused_at.into(),
            replayed_at: event.replayed_at.map(TimeView),
        }
    }
}

/// Lists events that were refused: kept for 7 days by default, the newest ten thousand, a hundred of one report.
#[utoipa::path(
    get, path = "/v1/events/refused", tag = "delivery", params(PageQuery, RefusedEventQuery),
    responses((status = 200, body = RefusedEventList))
)]
pub(super) async fn list_refused_events(
    State(api): State<Api>,
    caller: Caller,
    page: Page,
    Query(query): Query<RefusedEventQuery>,
) -> Result<Json<RefusedEventList>, Problem> {
    let before: Option<EventId> = page.after_id()?;
    let asked = RefusedEventPage { reason: query.reason, before, limit: page.rows_wanted() };
    let rows = api.app().refused_events(caller.0.actor.clone(), asked).await?;
    let Cut { rows, next_cursor, has_more } = page.cut(rows, |event| Cursor::of_id(event.id));
    Ok(Json(RefusedEventList { data: rows.into_iter().map(RefusedEventView::from).collect(), next_cursor, has_more }))
}

/// Which refused events are to be taken once more.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplayEventsBody {
    #[schema(min_items = 1, max_items = 100)]
    events: Vec<EventIdView>,
}

/// What became of each, in the order they were named.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReplayedEvents {
    data: Vec<ReplayedEvent>,
}

/// What became of one.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReplayedEvent {
    id: EventIdView,
    /// `taken`, `taken_before`, `missing`, or the reason why it was refused again.
    #[schema(example = "taken")]
    outcome: &'static str,
}

/// Takes refused events once more, whatever their age: what they change in settled figures is a correction.
#[utoipa::path(
    post, path = "/v1/events/replay", tag = "delivery", params(IdempotencyKeyHeader), request_body = ReplayEventsBody,
    responses((status = 200, body = ReplayedEvents))
)]
pub(super) async fn replay_events(
    State(api): State<Api>,
    caller: Caller,
    keyed: Keyed<ReplayEventsBody>,
) -> Result<Response, Problem> {
    let (key, actor) = (keyed.once_key(&caller), caller.0.actor.clone());
    let command = ReplayEvents { events: keyed.content.events.into_iter().map(|event| event.0).collect() };
    let replay =
        move |shell: &tuiliu_app::Shell, tx: &mut tuiliu_app::Tx<'_>| shell.replay_events(tx, &actor, &command);
    let view = |replayed: Vec<(EventId, Replayed)>| ReplayedEvents {
        data: replayed
            .into_iter()
            .map(|(id, replayed)| ReplayedEvent { id: id.into(), outcome: replayed.code() })
            .collect(),
    };
    Ok(answered(api.app().once(key, replay, kept(StatusCode::OK, view)).await?))
}

impl From<ReplayRefusal> for Problem {
    fn from(refusal: ReplayRefusal) -> Self {
        Self::new(Code::EventReplayCount).with_error("/events", refusal.to_string())
    }
}
