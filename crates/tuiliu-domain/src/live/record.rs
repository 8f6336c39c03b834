//! Facts about a room arrive, in order, perhaps more than once (LV-10).

use thiserror::Error;

use super::{CartState, FactTimes, Room, RoomContent, RoomState};
use crate::event::{Event, Outcome};
use crate::id::{PartyId, RoomId, TenantId};
use crate::limits::ROOM_TEXT_BYTES_MAX;
use crate::policy::RoomPolicy;
use crate::time::Timestamp;

/// Something that the host platform saw happen to a room.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RoomFact {
    CartMounted,
    CartUnmounted,
    Started,
    Interrupted,
    Resumed,
    Ended,
    /// Title, category or visibility are now these.
    ContentChanged(RoomContent),
}

/// A fact and when it happened.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RoomReport {
    pub fact: RoomFact,
    pub at: Timestamp,
}

/// A broadcast that is planned.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RoomPlan {
    pub id: RoomId,
    pub tenant: TenantId,
    pub creator: PartyId,
    pub external_id: String,
    pub content: RoomContent,
    /// Whether the creator's previous broadcast had a cart when it started; `None` without a previous one.
    pub previous_had_cart: Option<bool>,
}

/// Why a room is not planned.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PlanRoomError {
    #[error("plan a room without `{field}`")]
    Empty { field: &'static str },
    #[error("plan a room with a `{field}` of more than `{max}` bytes")]
    TooLong { field: &'static str, max: usize },
}

/// Why a fact is refused; the room stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RecordRoomFactError {
    #[error("record `{fact}` in a room that is `{state}`")]
    WrongState { fact: &'static str, state: &'static str },
    #[error("record `{fact}` at `{}` ms, before the room's last fact at `{}` ms", .at.ms(), .last.ms())]
    OutOfOrder { fact: &'static str, at: Timestamp, last: Timestamp },
    #[error("record `{fact}` at `{}` ms: the interrupted broadcast ended at `{}` ms", .at.ms(), .ended_at.ms())]
    GraceOver { fact: &'static str, at: Timestamp, ended_at: Timestamp },
    #[error("record `{fact}` at `{}` ms, after now, which is `{}` ms", .at.ms(), .now.ms())]
    InFuture { fact: &'static str, at: Timestamp, now: Timestamp },
    #[error("record content that is not allowed: {0}")]
    BadContent(#[source] PlanRoomError),
}

/// How far a host platform's clock may be ahead.
const CLOCK_AHEAD_MS_MAX: i64 = 10 * crate::time::MINUTE_MS;

impl RoomFact {
    /// The name in rows and in the API; never renamed.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::CartMounted => "cart_mounted",
            Self::CartUnmounted => "cart_unmounted",
            Self::Started => "started",
            Self::Interrupted => "interrupted",
            Self::Resumed => "resumed",
            Self::Ended => "ended",
            Self::ContentChanged(_) => "content_changed",
        }
    }
}

impl Room {
    /// Plans a broadcast; nothing has happened in it yet.
    pub fn plan(plan: RoomPlan, policy: &RoomPolicy, now: Timestamp) -> Result<Outcome<Self>, PlanRoomError> {
        check_text("external_id", &plan.external_id)?;
        plan.content.check()?;
        let cart = CartState { previous_had_cart: plan.previous_had_cart, ..CartState::default() };
        let event = Event::RoomPlanned { room: plan.id, creator: plan.creator };
        let room = Self {
            id: plan.id,
            tenant: plan.tenant,
            creator: plan.creator,
            external_id: plan.external_id,
            content: plan.content,
            content_version: 1,
            state: RoomState::Planned,
            cart,
            times: FactTimes::default(),
            interruption_grace_ms: policy.interruption_grace_ms,
            created_at: now,
            version: 0,
        };
        Ok(Outcome { state: room, postings: Vec::new(), events: vec![event] })
    }

    /// Takes in a fact that is told now.
    ///
    /// A fact that is known already changes nothing and has no events; one that cannot follow is refused.
    pub fn record(self, report: RoomReport, now: Timestamp) -> Result<Outcome<Self>, RecordRoomFactError> {
        let RoomReport { fact, at } = report;
        let name = fact.name();
        if now.plus_ms(CLOCK_AHEAD_MS_MAX) < at {
            return Err(RecordRoomFactError::InFuture { fact: name, at, now });
        }
        if *self.last_time(&fact) == Some(at) || self.holds_already(&fact) {
            return Ok(Outcome { state: self, postings: Vec::new(), events: Vec::new() });
        }
        self.check_order(&fact, at)?;
        self.follow(fact, at)
    }

    /// Ends a broadcast whose interruption has lasted too long (LV-08); unchanged when none has.
    pub fn end_interrupted(self, now: Timestamp) -> Outcome<Self> {
        match self.state {
            RoomState::Interrupted { ends_at, .. } if ends_at <= now => {
                self.follow(RoomFact::Ended, ends_at).expect("an interrupted broadcast can end")
            }
            _ => Outcome { state: self, postings: Vec::new(), events: Vec::new() },
        }
    }

    const fn last_time(&self, fact: &RoomFact) -> &Option<Timestamp> {
        match fact {
            RoomFact::CartMounted => &self.times.cart_mounted,
            RoomFact::CartUnmounted => &self.times.cart_unmounted,
            RoomFact::Started => &self.times.started,
            RoomFact::Interrupted => &self.times.interrupted,
            RoomFact::Resumed => &self.times.resumed,
            RoomFact::Ended => &self.times.ended,
            RoomFact::ContentChanged(_) => &self.times.content_changed,
        }
    }

    /// Whether the room is already as the fact says.
    fn holds_already(&self, fact: &RoomFact) -> bool {
        match (fact, &self.state) {
            (RoomFact::CartMounted, _) => self.has_cart(),
            (RoomFact::CartUnmounted, _) => self.cart.first_mounted_at.is_some() && !self.has_cart(),
            (RoomFact::Resumed, RoomState::Live { .. }) => self.times.resumed.is_some(),
            (RoomFact::ContentChanged(content), _) => *content == self.content,
            (RoomFact::Started, RoomState::Live { .. })
            | (RoomFact::Interrupted, RoomState::Interrupted { .. })
            | (RoomFact::Ended, RoomState::Ended { .. }) => true,
            _ => false,
        }
    }

    fn check_order(&self, fact: &RoomFact, at: Timestamp) -> Result<(), RecordRoomFactError> {
        let name = fact.name();
        let wrong_state = Err(RecordRoomFactError::WrongState { fact: name, state: self.state.name() });
        match (&self.state, fact) {
            (RoomState::Ended { .. }, _)
            | (RoomState::Planned, RoomFact::Interrupted | RoomFact::Resumed | RoomFact::Ended)
            | (RoomState::Live { .. } | RoomState::Interrupted { .. }, RoomFact::Started)
            | (RoomState::Live { .. }, RoomFact::Resumed) => return wrong_state,
            (_, RoomFact::CartUnmounted) if !self.has_cart() => return wrong_state,
            _ => {}
        }
        if let Some(last) = self.times.last().filter(|last| at < *last) {
            return Err(RecordRoomFactError::OutOfOrder { fact: name, at, last });
        }
        match self.state {
            RoomState::Interrupted { ends_at, .. } if ends_at <= at && *fact != RoomFact::Ended => {
                Err(RecordRoomFactError::GraceOver { fact: name, at, ended_at: ends_at })
            }
            _ => Ok(()),
        }
    }

    fn follow(mut self, fact: RoomFact, at: Timestamp) -> Result<Outcome<Self>, RecordRoomFactError> {
        let room = self.id;
        let event = match fact {
            RoomFact::CartMounted => {
                self.cart.mounted_since = Some(at);
                self.cart.first_mounted_at = self.cart.first_mounted_at.or(Some(at));
                self.times.cart_mounted = Some(at);
                Event::RoomCartMounted { room, at }
            }
            RoomFact::CartUnmounted => {
                self.cart.mounted_since = None;
                self.times.cart_unmounted = Some(at);
                Event::RoomCartUnmounted { room, at }
            }
            RoomFact::ContentChanged(content) => {
                content.check().map_err(RecordRoomFactError::BadContent)?;
                self.content = content;
                self.content_version = self.content_version.saturating_add(1);
                self.times.content_changed = Some(at);
                Event::RoomContentChanged { room, at, content_version: self.content_version }
            }
            RoomFact::Started => {
                self.state = RoomState::Live { started_at: at, had_cart: self.has_cart() };
                self.times.started = Some(at);
                Event::RoomStarted { room, at }
            }
            RoomFact::Interrupted | RoomFact::Resumed | RoomFact::Ended => self.follow_stream(&fact, at),
        };
        Ok(Outcome { state: self, postings: Vec::new(), events: vec![event] })
    }

    /// What happens to a stream once it has started.
    fn follow_stream(&mut self, fact: &RoomFact, at: Timestamp) -> Event {
        let room = self.id;
        let (started_at, had_cart) = self.state.start().expect("checked to have started");
        match fact {
            RoomFact::Interrupted => {
                let ends_at = at.plus_ms(self.interruption_grace_ms);
                self.state = RoomState::Interrupted { started_at, had_cart, since: at, ends_at };
                self.times.interrupted = Some(at);
                Event::RoomInterrupted { room, at, ends_at }
            }
            RoomFact::Resumed => {
                self.state = RoomState::Live { started_at, had_cart };
                self.times.resumed = Some(at);
                Event::RoomResumed { room, at }
            }
            _ => {
                self.state = RoomState::Ended { started_at, had_cart, ended_at: at };
                self.times.ended = Some(at);
                Event::RoomEnded { room, at }
            }
        }
    }
}

impl RoomContent {
    /// Whether every text is there and within its limit.
    pub fn check(&self) -> Result<(), PlanRoomError> {
        check_text("title", &self.title)?;
        check_text("category", &self.category)
    }
}

fn check_text(field: &'static str, text: &str) -> Result<(), PlanRoomError> {
    if text.trim().is_empty() {
        Err(PlanRoomError::Empty { field })
    } else if text.len() > ROOM_TEXT_BYTES_MAX {
        Err(PlanRoomError::TooLong { field, max: ROOM_TEXT_BYTES_MAX })
    } else {
        Ok(())
    }
}
