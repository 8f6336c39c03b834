//! The event debugger: what was reported to this node lately, and what became of it.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use tuiliu_app::delivery::{EventFate, SeenEvent};
use tuiliu_domain::time::Timestamp;
use utoipa::ToSchema;

use super::event::Refused;
use super::report::Read;
use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::params::Query;
use crate::problem::Problem;
use crate::views::TimeView;

/// Events of one report that are shown when it is no test: enough to see that they arrive.
const SHOWN_PER_REPORT: usize = 5;
/// Of a test.
const SHOWN_PER_TEST: usize = 200;

/// Which events.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SeenEventQuery {
    /// Only of reports with this `test_event_code`.
    test_event_code: Option<String>,
}

/// An event that was reported; nothing of it tells who the viewer was.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SeenEvent)]
pub(crate) struct SeenEventView {
    /// The host's id.
    event_id: Option<String>,
    /// As it was named.
    #[serde(rename = "type")]
    kind: Option<String>,
    occurred_at: Option<TimeView>,
    seen_at: TimeView,
    /// It came with a `tracking_token`.
    promoted: bool,
    /// The room or video that it names.
    entity: Option<String>,
    test_event_code: Option<String>,
    /// `taken`, `judged` (good, and not taken: a test, or its report was refused), or `refused`.
    #[schema(example = "refused")]
    fate: &'static str,
    /// Why it was refused.
    #[schema(example = "event.too_old")]
    code: Option<&'static str>,
    detail: Option<String>,
}

/// The last events that this node was told, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SeenEventList {
    data: Vec<SeenEventView>,
}

/// Shows events as they come in: the last 200, from memory of the node that answers. Of a usual report the first
/// five are shown, of one with a `test_event_code` all.
#[utoipa::path(
    get, path = "/v1/events/seen", tag = "delivery", params(SeenEventQuery),
    responses((status = 200, body = SeenEventList))
)]
pub(super) async fn list_seen_events(
    State(api): State<Api>,
    caller: Caller,
    Query(SeenEventQuery { test_event_code }): Query<SeenEventQuery>,
) -> Result<Json<SeenEventList>, Problem> {
    let seen = api.app().seen_events(&caller.0.actor, test_event_code.as_deref())?;
    Ok(Json(SeenEventList { data: seen.into_iter().map(SeenEventView::from).collect() }))
}

/// The first events of a report, as they are shown once their fate is known.
pub(super) struct Picked(Vec<SeenEvent>);

impl Picked {
    pub(super) fn of(events: &[Read], test_event_code: Option<&str>, now: Timestamp) -> Self {
        let most = if test_event_code.is_some() { SHOWN_PER_TEST } else { SHOWN_PER_REPORT };
        let test_event_code = test_event_code.map(|code| code.chars().take(64).collect::<String>());
        let shown = |Read { id, event }: &Read| {
            let event = event.as_ref().ok();
            let id = event.map(|event| &event.id).or(id.as_ref());
            SeenEvent {
                event_id: id.map(|id| id.chars().take(128).collect()),
                kind: event.map(|event| event.kind.chars().take(64).collect()),
                occurred_at: event.map(|event| event.occurred_at.0),
                seen_at: now,
                promoted: event.is_some_and(|event| event.tracking_token.is_some()),
                entity: event
                    .and_then(|event| event.entity.as_ref())
                    .map(|entity| entity.id.chars().take(128).collect()),
                test_event_code: test_event_code.clone(),
                fate: EventFate::Judged,
            }
        };
        Self(events.iter().take(most).map(shown).collect())
    }

    /// The events with what became of them.
    pub(super) fn fated(self, taken: bool, rejected: &[(usize, Option<String>, Refused)]) -> Vec<SeenEvent> {
        let mut shown = self.0;
        for (place, seen) in shown.iter_mut().enumerate() {
            let refused = rejected.iter().find(|(index, _, _)| *index == place);
            seen.fate = match refused {
                Some((_, _, Refused { code, detail })) => {
                    EventFate::Refused { code: code.text(), detail: detail.clone() }
                }
                None if taken => EventFate::Taken,
                None => EventFate::Judged,
            };
        }
        shown
    }
}

impl From<SeenEvent> for SeenEventView {
    fn from(seen: SeenEvent) -> Self {
        let (fate, code, detail) = match seen.fate {
            EventFate::Taken => ("taken", None, None),
            EventFate::Judged => ("judged", None, None),
            EventFate::Refused { code, detail } => ("refused", Some(code), Some(detail)),
        };
        Self {
            event_id: seen.event_id,
            kind: seen.kind,
            occurred_at: seen.occurred_at.map(TimeView),
            seen_at: seen.seen_at.into(),
            promoted: seen.promoted,
            entity: seen.entity,
            test_event_code: seen.test_event_code,
            fate,
            code,
            detail,
        }
    }
}
