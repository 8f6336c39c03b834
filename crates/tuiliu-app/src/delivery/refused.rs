//! Refused events: kept for a while without what only filters look at, listed for staff, and taken again on demand.

use serde::{Deserialize, Serialize};
use thiserror::Error;
use tuiliu_domain::id::{ContentId, EventId, Id, TenantId};
use tuiliu_domain::limits::{REFUSED_EVENTS_MAX, REPLAYED_EVENTS_MAX};
use tuiliu_domain::money::Amount;
use tuiliu_domain::party::{Action, Actor};
use tuiliu_domain::time::Timestamp;
use tuiliu_domain::viewer::{TRAITS_BYTES, ViewerTraits};
use tuiliu_store::{RefusedEvent, StoreError, Tx};

use super::event::{AGE_MAX_MS, EventItem, EventKind, EventOrigin, EventRefusal, ReportedEvent, TakenEvent};
use super::report::{Heard, Reporter, Taken, append, judge};
use crate::access::of_tenant;
use crate::app::{App, Shell};
use crate::error::CommandError;

/// Refused events of one report that are kept; a host that sends nothing else is told by its answers.
const KEPT_PER_REPORT: usize = 100;

/// A refused event as staff see it: nothing that tells who the viewer was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedEventView {
    pub id: EventId,
    /// The host's id of it.
    pub event_id: String,
    pub kind: Option<EventKind>,
    pub occurred_at: Timestamp,
    /// Why, as a code.
    pub reason: String,
    pub refused_at: Timestamp,
    pub replayed_at: Option<Timestamp>,
}

/// A page of refused events, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RefusedEventPage {
    /// Only of this reason.
    pub reason: Option<String>,
    /// The last of the page before.
    pub before: Option<EventId>,
    pub limit: usize,
}

/// Takes refused events once more, as they were reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayEvents {
    pub events: Vec<EventId>,
}

/// Why events were not taken once more.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReplayRefusal {
    #[error("take no event, or more than `{max}` at once")]
    Count { max: usize },
}

/// What became of one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replayed {
    /// Taken now.
    Taken,
    /// It, or another event with its id, was taken before.
    TakenBefore,
    /// There is none.
    Missing,
    /// Refused again.
    Refused(EventRefusal),
}

impl Replayed {
    /// The code used in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::TakenBefore => "taken_before",
            Self::Missing => "missing",
            Self::Refused(refusal) => refusal.code(),
        }
    }
}

/// A refused event as it is kept: the viewer is the hash of decisions, of the origin nothing is left.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptEvent {
    id: String,
    kind: Option<EventKind>,
    occurred_at: i64,
    token: Option<String>,
    viewer: Option<u128>,
    room: Option<u128>,
    video: Option<u128>,
    watched_ms: Option<i64>,
    undone: Option<EventKind>,
    value_fen: Option<i64>,
    muted: bool,
    purchase: Option<String>,
    items: Vec<EventItem>,
    draw: Option<String>,
    traits: [u8; TRAITS_BYTES],
}

impl KeptEvent {
    fn of(event: &ReportedEvent, viewer: Option<u128>) -> Self {
        Self {
            id: event.id.chars().take(128).collect(),
            kind: event.kind,
            occurred_at: event.occurred_at.ms(),
            token: event.token.as_ref().filter(|token| token.len() <= 1_024).cloned(),
            viewer,
            room: event.content.and_then(ContentId::room).map(Id::value),
            video: event.content.and_then(ContentId::video).map(Id::value),
            watched_ms: event.watched_ms,
            undone: event.undone,
            value_fen: event.value.map(|value| value.units()),
            muted: event.muted,
            purchase: event.purchase.as_ref().filter(|id| id.len() <= 128).cloned(),
            items: event.items.iter().take(50).cloned().collect(),
            draw: event.draw.clone(),
            traits: event.traits.to_bytes(),
        }
    }

    fn reported(self) -> (ReportedEvent, Option<u128>) {
        let event = ReportedEvent {
            id: self.id,
            kind: self.kind,
            occurred_at: Timestamp::from_ms(self.occurred_at),
            token: self.token,
            viewer: None,
            content: content(self.room, self.video),
            watched_ms: self.watched_ms,
            undone: self.undone,
            value: self.value_fen.map(Amount::new),
            muted: self.muted,
            purchase: self.purchase,
            items: self.items,
            origin: EventOrigin::default(),
            draw: self.draw,
            traits: ViewerTraits::from_bytes(self.traits),
        };
        (event, self.viewer)
    }
}

fn content(room: Option<u128>, video: Option<u128>) -> Option<ContentId> {
    let room = room.map(|room| ContentId::Room(Id::new(room)));
    room.or(video.map(|video| ContentId::Video(Id::new(video))))
}

/// What is kept of the refused events of a report.
pub(super) fn kept(
    shell: &Shell,
    reporter: Reporter,
    events: &[ReportedEvent],
    rejected: &[(usize, EventRefusal)],
    now: Timestamp,
) -> Vec<RefusedEvent> {
    let keep = |(place, refusal): &(usize, EventRefusal)| {
        let event = events.get(*place)?;
        let viewer = event.viewer.as_deref().map(|id| shell.engine.viewer_hash(reporter.tenant, id));
        let body = serde_json::to_string(&KeptEvent::of(event, viewer)).ok()?;
        Some(RefusedEvent {
            id: shell.id(),
            reason: refusal.code().to_owned(),
            at: now,
            body,
            money_allowed: reporter.money_allowed,
            replayed_at: None,
        })
    };
    rejected.iter().take(KEPT_PER_REPORT).filter_map(keep).collect()
}

/// Keeps refused events; the tenant's oldest make room.
pub(super) fn keep(tx: &mut Tx<'_>, tenant: TenantId, events: &[RefusedEvent]) -> Result<(), StoreError> {
    for event in events {
        tx.keep_refused_event(tenant, event)?;
    }
    let over = tx.refused_events_kept(tenant)? - i64::from(REFUSED_EVENTS_MAX);
    if let Ok(over @ 1..) = u32::try_from(over) {
        tx.trim_refused_events(tenant, over)?;
    }
    Ok(())
}

fn read(row: &RefusedEvent) -> Result<KeptEvent, StoreError> {
    serde_json::from_str(&row.body).map_err(|error| StoreError::Inconsistent {
        place: format!("refused event {}", row.id),
        reason: error.to_string(),
    })
}

impl App {
    /// Refused events of the actor's tenant.
    pub async fn refused_events(
        &self,
        actor: Actor,
        page: RefusedEventPage,
    ) -> Result<Vec<RefusedEventView>, CommandError<std::convert::Infallible>> {
        self.read(move |_, tx| {
            actor.may(Action::ReadRefusedEvents, &of_tenant(actor.tenant))?;
            let before = page.before.unwrap_or(EventId::new(u128::MAX));
            let rows = tx.refused_events(
                actor.tenant,
                page.reason.as_deref(),
                before,
                u32::try_from(page.limit).unwrap_or(u32::MAX),
            )?;
            let view = |row: &RefusedEvent| {
                let kept = read(row)?;
                Ok(RefusedEventView {
                    id: row.id,
                    event_id: kept.id,
                    kind: kept.kind,
                    occurred_at: Timestamp::from_ms(kept.occurred_at),
                    reason: row.reason.clone(),
                    refused_at: row.at,
                    replayed_at: row.replayed_at,
                })
            };
            rows.iter().map(view).collect()
        })
        .await
    }
}

impl Shell {
    /// Takes refused events once more, in the caller's transaction. Their age does not matter: what they change in
    /// figures that were settled is a correction (AT-07).
    pub fn replay_events(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        command: &ReplayEvents,
    ) -> Result<Vec<(EventId, Replayed)>, CommandError<ReplayRefusal>> {
        actor.may(Action::ReplayEvents, &of_tenant(actor.tenant))?;
        if command.events.is_empty() || command.events.len() > REPLAYED_EVENTS_MAX {
            return Err(CommandError::Refused(ReplayRefusal::Count { max: REPLAYED_EVENTS_MAX }));
        }
        let (tenant, now) = (actor.tenant, self.now());
        let policy = self.policy(tx, tenant)?;
        let screening = super::screening::Screening::new(&policy);
        let mut answers = Vec::with_capacity(command.events.len());
        for id in &command.events {
            let replayed = match tx.refused_event(tenant, *id)? {
                None => Replayed::Missing,
                Some(row) if row.replayed_at.is_some() => Replayed::TakenBefore,
                Some(row) => {
                    let (event, viewer) = read(&row)?.reported();
                    let reporter =
                        Reporter { tenant, money_allowed: row.money_allowed, strict: false, validate_only: false };
                    // An old event is judged as if it had come in time.
                    let heard_at = now.min(event.occurred_at.plus_ms(AGE_MAX_MS));
                    match judge(&self.engine, reporter, Heard { event: &event, viewer }, &screening, heard_at) {
                        Err(refusal) => Replayed::Refused(refusal),
                        Ok(taken) => take_again(tx, tenant, (*id, taken), now)?,
                    }
                }
            };
            answers.push((*id, replayed));
        }
        Ok(answers)
    }
}

fn take_again(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    (id, taken): (EventId, TakenEvent),
    now: Timestamp,
) -> Result<Replayed, StoreError> {
    tx.mark_replayed(tenant, id, now)?;
    let mut again = Taken::default();
    again.push(&taken)?;
    let fresh = append(tx, tenant, &again, now)?;
    Ok(if fresh == 1 { Replayed::Taken } else { Replayed::TakenBefore })
}
