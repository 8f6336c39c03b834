//! The states of a guarantee on one creator's video.

use crate::calendar::{Calendar, Promise};
use crate::id::CreatorVideoId;
use crate::money::Amount;
use crate::time::Timestamp;

/// Where a guarantee is in its life; each state owns what belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceState {
    /// Paid; the creator has not published yet (GB-08).
    Waiting { lapses_at: Timestamp },
    /// Published; plays are counted until `ends_at` (GB-04, GB-05).
    Running { video: CreatorVideoId, published_at: Timestamp, ends_at: Timestamp },
    /// Something happened to the video; an operator decides (GB-11).
    Frozen { video: CreatorVideoId, published_at: Timestamp, ends_at: Timestamp, since: Timestamp, cause: FreezeCause },
    /// The expected plays came; the fee is earned.
    Succeeded { at: Timestamp, video: CreatorVideoId, plays: u64 },
    /// Fewer came; a part of the fee goes back (GB-06).
    Compensated { at: Timestamp, video: CreatorVideoId, plays: u64, refund: Refund },
    /// Not published in time; the fee goes back (GB-08).
    Lapsed { at: Timestamp, refund: Refund },
    /// Undone by an operator; the fee goes back (GB-11).
    Voided { at: Timestamp, refund: Refund },
}

/// What the creator did to the video before its guarantee ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FreezeCause {
    Hidden,
    Deleted,
    /// Edited out of compliance.
    Edited,
}

/// What of a fee goes back, and how far that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refund {
    /// In fen.
    pub amount: Amount,
    /// The last day on which it is paid, if all goes as promised (GB-07, GB-08).
    pub promised: Promise,
    /// When it is going to be paid.
    pub pay_at: Timestamp,
    /// When it was; `None` while it is on its way.
    pub paid_at: Option<Timestamp>,
}

/// What a refund is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RefundKind {
    Compensation,
    Lapse,
    Void,
}

impl Refund {
    /// A refund that is decided now.
    #[must_use]
    pub fn decided(amount: Amount, terms: &super::GuaranteeTerms, calendar: &Calendar, now: Timestamp) -> Self {
        let promised = calendar.promise(now, terms.refund_working_days);
        // Never later than promised, however long it is to wait.
        let pay_at = now.plus_ms(terms.refund_wait_ms).min(promised.deadline().plus_ms(-1)).max(now);
        Self { amount, promised, pay_at, paid_at: None }
    }
}

impl ServiceState {
    /// Every name in use, in the order of a life.
    pub const NAMES: &[&str] = &["waiting", "running", "frozen", "succeeded", "compensated", "lapsed", "voided"];

    /// The name of the state in rows and in the API; never renamed.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Waiting { .. } => "waiting",
            Self::Running { .. } => "running",
            Self::Frozen { .. } => "frozen",
            Self::Succeeded { .. } => "succeeded",
            Self::Compensated { .. } => "compensated",
            Self::Lapsed { .. } => "lapsed",
            Self::Voided { .. } => "voided",
        }
    }

    /// What goes back of the fee, if anything does.
    #[must_use]
    pub const fn refund(&self) -> Option<(RefundKind, Refund)> {
        match self {
            Self::Compensated { refund, .. } => Some((RefundKind::Compensation, *refund)),
            Self::Lapsed { refund, .. } => Some((RefundKind::Lapse, *refund)),
            Self::Voided { refund, .. } => Some((RefundKind::Void, *refund)),
            _ => None,
        }
    }

    /// The video whose plays are counted.
    #[must_use]
    pub const fn video(&self) -> Option<CreatorVideoId> {
        match self {
            Self::Running { video, .. }
            | Self::Frozen { video, .. }
            | Self::Succeeded { video, .. }
            | Self::Compensated { video, .. } => Some(*video),
            Self::Waiting { .. } | Self::Lapsed { .. } | Self::Voided { .. } => None,
        }
    }

    /// When the guarantee was over; `None` before.
    #[must_use]
    pub const fn ended_at(&self) -> Option<Timestamp> {
        match self {
            Self::Succeeded { at, .. }
            | Self::Compensated { at, .. }
            | Self::Lapsed { at, .. }
            | Self::Voided { at, .. } => Some(*at),
            Self::Waiting { .. } | Self::Running { .. } | Self::Frozen { .. } => None,
        }
    }
}

impl FreezeCause {
    /// Every cause there is.
    pub const ALL: &[Self] = &[Self::Hidden, Self::Deleted, Self::Edited];

    /// The code used in rows and in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Hidden => "hidden",
            Self::Deleted => "deleted",
            Self::Edited => "edited",
        }
    }

    /// The cause with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|cause| cause.code() == code)
    }
}

impl RefundKind {
    /// The code used in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Compensation => "compensation",
            Self::Lapse => "lapse",
            Self::Void => "void",
        }
    }
}
