//! What the host reads of a video's plays, and which of them count (GB-10, AT-03).

use thiserror::Error;

use crate::time::Timestamp;

/// Plays that count neither towards the target nor against it, by reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct LeftOut {
    /// Bots, datacentres, impossible speed, forged tokens.
    pub machine: u64,
    /// Repeats within the deduplication window.
    pub repeat: u64,
    /// The parties' own accounts.
    pub own_account: u64,
}

/// All plays of a video up to an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PlaysReading {
    pub at: Timestamp,
    /// What was counted, whether it counts or not.
    pub plays: u64,
    pub left_out: LeftOut,
}

/// Why a reading is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReadingError {
    #[error("leave out `{left_out}` of `{plays}` plays")]
    MoreLeftOutThanPlayed { left_out: u64, plays: u64 },
    #[error("read plays at `{}` ms, before the video was published", .at.ms())]
    BeforePublication { at: Timestamp },
    #[error("read plays at `{}` ms, which is in the future", .at.ms())]
    InTheFuture { at: Timestamp },
    #[error("read `{plays}` plays: at most `{max}` can be kept")]
    TooMany { plays: u64, max: u64 },
}

impl LeftOut {
    /// The reasons with their codes, in the order in which they are told.
    #[must_use]
    pub const fn by_reason(self) -> [(&'static str, u64); 3] {
        [("machine", self.machine), ("repeat", self.repeat), ("own_account", self.own_account)]
    }

    /// All of them; stops at the end of the range.
    #[must_use]
    pub const fn sum(self) -> u64 {
        self.machine.saturating_add(self.repeat).saturating_add(self.own_account)
    }
}

impl PlaysReading {
    /// Most plays that a row holds.
    pub const PLAYS_MAX: u64 = i64::MAX.unsigned_abs();

    /// The plays that count.
    #[must_use]
    pub const fn valid(self) -> u64 {
        self.plays.saturating_sub(self.left_out.sum())
    }

    /// Whether the reading can be true of a video that was published at this instant.
    pub fn check(self, published_at: Timestamp, now: Timestamp) -> Result<Self, ReadingError> {
        let Self { at, plays, left_out } = self;
        if plays > Self::PLAYS_MAX {
            return Err(ReadingError::TooMany { plays, max: Self::PLAYS_MAX });
        }
        if left_out.sum() > plays {
            return Err(ReadingError::MoreLeftOutThanPlayed { left_out: left_out.sum(), plays });
        }
        if at < published_at {
            return Err(ReadingError::BeforePublication { at });
        }
        if now < at {
            return Err(ReadingError::InTheFuture { at });
        }
        Ok(self)
    }
}
