//! From publication to the end: what starts, freezes, closes and lapses a guarantee (GB-04…GB-08, GB-11).

use thiserror::Error;

use super::{FreezeCause, GuaranteeService, Refund, ServiceState, compensation};
use crate::calendar::Calendar;
use crate::event::{Event, Outcome};
use crate::id::CreatorVideoId;
use crate::money::Amount;
use crate::time::Timestamp;

/// Why a publication does not start a guarantee.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PublishServiceError {
    #[error("start a guarantee that is `{state}`")]
    WrongState { state: &'static str },
    #[error("start a guarantee with a video published before it was placed")]
    TooEarly,
    #[error("start a guarantee with a video published after it lapsed at `{}` ms", .lapses_at.ms())]
    TooLate { lapses_at: Timestamp },
    #[error("start a guarantee with a video that is published in the future")]
    InTheFuture,
}

/// Why a guarantee is not closed, lapsed or paid back.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CloseServiceError {
    #[error("end a guarantee that is `{state}`")]
    WrongState { state: &'static str },
    #[error("end a guarantee that runs until `{}` ms", .at.ms())]
    TooEarly { at: Timestamp },
}

/// Why a guarantee is not frozen, or a frozen one not decided.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FreezeServiceError {
    #[error("freeze or decide a guarantee that is `{state}`")]
    WrongState { state: &'static str },
    #[error("freeze a guarantee that was over at `{}` ms", .ends_at.ms())]
    Over { ends_at: Timestamp },
    #[error("compensate for `{plays}` plays: `{expected}` were expected")]
    NothingMissing { plays: u64, expected: u64 },
}

/// What an operator makes of a frozen guarantee.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Decision {
    /// The clock has run on; it ends when it would have ended.
    Resume,
    /// It ends now, with the plays that came.
    Compensate,
    /// It ends now and the whole fee goes back.
    Void,
}

/// A decision with what it is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ruling {
    pub decision: Decision,
    /// Valid plays so far.
    pub plays: u64,
}

impl GuaranteeService {
    /// The creator published the video: the clock starts at that instant (GB-04).
    ///
    /// It counts when it was published before the order lapsed, also if that is told later.
    pub fn publish(
        self,
        video: CreatorVideoId,
        published_at: Timestamp,
        now: Timestamp,
    ) -> Result<Outcome<Self>, PublishServiceError> {
        let ServiceState::Waiting { lapses_at } = self.state else {
            return Err(PublishServiceError::WrongState { state: self.state.name() });
        };
        if published_at < self.placed_at {
            return Err(PublishServiceError::TooEarly);
        }
        if lapses_at <= published_at {
            return Err(PublishServiceError::TooLate { lapses_at });
        }
        if now < published_at {
            return Err(PublishServiceError::InTheFuture);
        }
        let ends_at = published_at.plus_ms(self.terms.term_ms);
        let event = Event::GuaranteeStarted { service: self.id, video, published_at, ends_at };
        Ok(self.becomes(ServiceState::Running { video, published_at, ends_at }, Vec::new(), vec![event]))
    }

    /// Not published in time: the fee goes back (GB-08).
    pub fn lapse(self, calendar: &Calendar, now: Timestamp) -> Result<Outcome<Self>, CloseServiceError> {
        let ServiceState::Waiting { lapses_at } = self.state else {
            return Err(CloseServiceError::WrongState { state: self.state.name() });
        };
        let at = lapses_at.plus_ms(self.terms.report_wait_ms);
        if now < at {
            return Err(CloseServiceError::TooEarly { at });
        }
        let refund = Refund::decided(self.terms.fee, &self.terms, calendar, now);
        let event = Event::GuaranteeLapsed { service: self.id, refund: refund.amount, promised: refund.promised };
        Ok(self.becomes(ServiceState::Lapsed { at: now, refund }, Vec::new(), vec![event]))
    }

    /// The term is over and these valid plays came by then: success, or compensation (GB-05, GB-06).
    pub fn close(self, plays: u64, calendar: &Calendar, now: Timestamp) -> Result<Outcome<Self>, CloseServiceError> {
        let ServiceState::Running { video, ends_at, .. } = self.state else {
            return Err(CloseServiceError::WrongState { state: self.state.name() });
        };
        if now < ends_at {
            return Err(CloseServiceError::TooEarly { at: ends_at });
        }
        Ok(self.end(video, plays, (calendar, now)))
    }

    /// The creator hid, deleted or edited the video before the end: an operator decides (GB-11).
    pub fn freeze(self, cause: FreezeCause, now: Timestamp) -> Result<Outcome<Self>, FreezeServiceError> {
        let ServiceState::Running { video, published_at, ends_at } = self.state else {
            return Err(FreezeServiceError::WrongState { state: self.state.name() });
        };
        if ends_at <= now {
            return Err(FreezeServiceError::Over { ends_at });
        }
        let event = Event::GuaranteeFrozen { service: self.id, cause };
        let state = ServiceState::Frozen { video, published_at, ends_at, since: now, cause };
        Ok(self.becomes(state, Vec::new(), vec![event]))
    }

    /// An operator decides a frozen guarantee (GB-11).
    pub fn decide(
        self,
        ruling: Ruling,
        calendar: &Calendar,
        now: Timestamp,
    ) -> Result<Outcome<Self>, FreezeServiceError> {
        let ServiceState::Frozen { video, published_at, ends_at, .. } = self.state else {
            return Err(FreezeServiceError::WrongState { state: self.state.name() });
        };
        let Ruling { decision, plays } = ruling;
        let expected = self.terms.expected_plays;
        let told = Event::GuaranteeDecided { service: self.id, decision };
        let mut outcome = match decision {
            Decision::Resume => {
                self.becomes(ServiceState::Running { video, published_at, ends_at }, Vec::new(), Vec::new())
            }
            Decision::Compensate if expected <= plays => {
                return Err(FreezeServiceError::NothingMissing { plays, expected });
            }
            Decision::Compensate => self.end(video, plays, (calendar, now)),
            Decision::Void => {
                let refund = Refund::decided(self.terms.fee, &self.terms, calendar, now);
                let event =
                    Event::GuaranteeVoided { service: self.id, refund: refund.amount, promised: refund.promised };
                self.becomes(ServiceState::Voided { at: now, refund }, Vec::new(), vec![event])
            }
        };
        outcome.events.insert(0, told);
        Ok(outcome)
    }

    /// Pays what was promised back to the lots that it came from.
    pub fn pay_refund(mut self, now: Timestamp) -> Result<Outcome<Self>, CloseServiceError> {
        let state = self.state.name();
        let (ServiceState::Compensated { refund, .. }
        | ServiceState::Lapsed { refund, .. }
        | ServiceState::Voided { refund, .. }) = &mut self.state
        else {
            return Err(CloseServiceError::WrongState { state });
        };
        if refund.paid_at.is_some() {
            return Err(CloseServiceError::WrongState { state });
        }
        if now < refund.pay_at {
            return Err(CloseServiceError::TooEarly { at: refund.pay_at });
        }
        refund.paid_at = Some(now);
        let amount = refund.amount;
        let event = Event::GuaranteeRefunded { service: self.id, buyer: self.buyer, amount };
        let postings = vec![self.release(amount)];
        Ok(Outcome { state: self, postings, events: vec![event] })
    }

    /// What time does next, and when; `None` when nothing is due any more. A running guarantee is looked at from its end on.
    #[must_use]
    pub fn due_at(&self) -> Option<Timestamp> {
        match self.state {
            ServiceState::Waiting { lapses_at } => Some(lapses_at.plus_ms(self.terms.report_wait_ms)),
            ServiceState::Running { ends_at, .. } => Some(ends_at.plus_ms(self.terms.closing_wait_ms)),
            ServiceState::Frozen { .. } | ServiceState::Succeeded { .. } => None,
            ServiceState::Compensated { refund, .. }
            | ServiceState::Lapsed { refund, .. }
            | ServiceState::Voided { refund, .. } => refund.paid_at.is_none().then_some(refund.pay_at),
        }
    }

    fn end(self, video: CreatorVideoId, plays: u64, (calendar, now): (&Calendar, Timestamp)) -> Outcome<Self> {
        let owed = compensation(self.shortfall(), plays);
        let mut postings = self.earn(owed);
        if owed == Amount::ZERO {
            postings.push(self.release(owed));
            let event = Event::GuaranteeSucceeded { service: self.id, plays };
            return self.becomes(ServiceState::Succeeded { at: now, video, plays }, postings, vec![event]);
        }
        let refund = Refund::decided(owed, &self.terms, calendar, now);
        let event =
            Event::GuaranteeCompensated { service: self.id, plays, compensation: owed, promised: refund.promised };
        self.becomes(ServiceState::Compensated { at: now, video, plays, refund }, postings, vec![event])
    }
}

impl Decision {
    /// Every decision there is.
    pub const ALL: &[Self] = &[Self::Resume, Self::Compensate, Self::Void];

    /// The code used in rows and in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Resume => "resume",
            Self::Compensate => "compensate",
            Self::Void => "void",
        }
    }

    /// The decision with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|decision| decision.code() == code)
    }
}
