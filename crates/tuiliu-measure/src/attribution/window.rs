//! Windows: how long after a touch something still counts as its doing, by event time (AT-02).

use tuiliu_domain::time::Timestamp;

/// The window of one order, frozen at purchase but for the end of the broadcast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// Interactions until the session ends that the exposure began, commerce until so long after the broadcast (TP-23).
    Broadcast {
        /// `None` while it goes on; moves when a broadcast resumes.
        ended_at: Option<Timestamp>,
        commerce_ms: i64,
        /// A session ends so long after it was heard of last, and with the broadcast.
        idle_ms: i64,
    },
    /// Everything until so long after the touch.
    Video {
        span_ms: i64,
        /// When the order ended, if it has.
        ended_at: Option<Timestamp>,
    },
}

/// A touch as windows see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reach {
    pub(super) at: Timestamp,
    /// When its impression was heard of last.
    pub(super) heard_until: Timestamp,
}

impl Window {
    /// When the figures are final: what becomes known later is a correction. `None` while nobody can say.
    #[must_use]
    pub fn final_at(&self) -> Option<Timestamp> {
        match *self {
            Self::Broadcast { ended_at, commerce_ms, .. } => ended_at.map(|ended| ended.plus_ms(commerce_ms)),
            Self::Video { span_ms, ended_at } => ended_at.map(|ended| ended.plus_ms(span_ms)),
        }
    }

    /// Whether product clicks and purchases at this instant are within reach of the touch.
    pub(super) fn covers_commerce(&self, touch: Reach, at: Timestamp) -> bool {
        let until = match *self {
            Self::Broadcast { .. } => self.final_at(),
            Self::Video { span_ms, .. } => Some(touch.at.plus_ms(span_ms)),
        };
        touch.at <= at && until.is_none_or(|until| at <= until)
    }

    /// Whether interactions at this instant are.
    pub(super) fn covers_interaction(&self, touch: Reach, at: Timestamp) -> bool {
        let until = match *self {
            Self::Broadcast { ended_at, idle_ms, .. } => {
                let idle = touch.heard_until.plus_ms(idle_ms);
                ended_at.map_or(idle, |ended| ended.min(idle))
            }
            Self::Video { span_ms, .. } => touch.at.plus_ms(span_ms),
        };
        touch.at <= at && at <= until
    }
}
