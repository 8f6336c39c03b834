//! What was reported to this node lately: for developers who look whether their events arrive.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use tuiliu_domain::id::TenantId;
use tuiliu_domain::limits::{SEEN_EVENTS_MAX, SEEN_EVENTS_TENANTS_MAX};
use tuiliu_domain::party::{Action, Actor, Forbidden};
use tuiliu_domain::time::Timestamp;

use crate::access::of_tenant;
use crate::app::App;

/// A reported event as developers see it: nothing that tells who the viewer was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenEvent {
    /// The host's id of it, if it had one.
    pub event_id: Option<String>,
    /// As the host named it.
    pub kind: Option<String>,
    pub occurred_at: Option<Timestamp>,
    pub seen_at: Timestamp,
    /// It follows an impression of ours.
    pub promoted: bool,
    /// The room or video that it names.
    pub entity: Option<String>,
    pub test_event_code: Option<String>,
    pub fate: EventFate,
}

/// What became of a reported event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventFate {
    /// Taken now, or there already.
    Taken,
    /// Good, and not taken: the report was a test, or another event of it was refused.
    Judged,
    Refused {
        code: &'static str,
        detail: String,
    },
}

/// The last events of each tenant, newest last.
#[derive(Debug, Default)]
pub(crate) struct SeenEvents(Mutex<HashMap<TenantId, VecDeque<SeenEvent>>>);

impl App {
    /// Shows events to whoever looks; where another report is shown just now, these are left out.
    pub fn show_events(&self, tenant: TenantId, events: Vec<SeenEvent>) {
        let Ok(mut seen) = self.shell.seen_events.0.try_lock() else { return };
        if !seen.contains_key(&tenant) && seen.len() >= SEEN_EVENTS_TENANTS_MAX {
            return;
        }
        let of_tenant = seen.entry(tenant).or_default();
        of_tenant.extend(events);
        let over = of_tenant.len().saturating_sub(SEEN_EVENTS_MAX);
        of_tenant.drain(..over);
    }

    /// The last events that this node was told, newest first; all, or those of one test.
    pub fn seen_events(&self, actor: &Actor, test_event_code: Option<&str>) -> Result<Vec<SeenEvent>, Forbidden> {
        actor.may(Action::ReadRefusedEvents, &of_tenant(actor.tenant))?;
        let seen = self.shell.seen_events.0.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted =
            |event: &&SeenEvent| test_event_code.is_none_or(|wanted| event.test_event_code.as_deref() == Some(wanted));
        Ok(seen.get(&actor.tenant).into_iter().flatten().rev().filter(wanted).cloned().collect())
    }
}
