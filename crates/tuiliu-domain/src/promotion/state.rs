//! The states of a promotion order (TP-20).

use crate::review::Reason;
use crate::time::Timestamp;

/// Where an order is in its life; each state owns what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderState {
    /// Placed; closes by itself at `close_at` (TP-08).
    PendingPayment { close_at: Timestamp },
    /// Not paid; what was held is back.
    Closed { at: Timestamp, by: ClosedBy },
    /// Paid; waits for a verdict.
    InReview { since: Timestamp, stage: ReviewStage },
    /// Refused in review.
    Rejected { at: Timestamp, reasons: Vec<Reason> },
    /// Booked for a room that is not live yet (TP-10).
    Reserved { since: Timestamp, expires_at: Timestamp },
    /// The creator did not go live in time (TP-12).
    ReservationExpired { at: Timestamp },
    /// The room went live with another cart state than was booked (TP-11).
    ReservationInvalid { at: Timestamp, reason: InvalidReason },
    /// Being delivered. The window is wall-clock time: a pause does not lengthen it.
    Running { started_at: Timestamp, ends_at: Timestamp },
    /// Not delivered for now.
    Paused { started_at: Timestamp, ends_at: Timestamp, since: Timestamp, reasons: PauseReasons },
    /// Delivery is over; exposures already sent may still bring events (TP-18).
    Settling { started_at: Timestamp, since: Timestamp, settle_at: Timestamp, deadline: Timestamp, ending: Ending },
    /// Budget or duration used up, and settled.
    Completed { at: Timestamp, by: CompletedBy },
    /// The broadcast is over, and settled.
    RoomEnded { at: Timestamp },
    /// Stopped before its end, and settled.
    Stopped { at: Timestamp, cause: StopCause },
}

/// Why an unpaid order was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClosedBy {
    /// Not paid in time; the order is `closed`.
    Timeout,
    /// The buyer did not want it any more; the order is `canceled`.
    Buyer,
}

/// Which of an order's reviews this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReviewStage {
    /// When a reservation is booked; what is booked lapses at `expires_at` (TP-12).
    Booking { expires_at: Timestamp },
    /// Before delivery to a room that is live.
    Start,
}

/// Why a reservation became invalid (TP-11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InvalidReason {
    /// Booked without a cart, live with one.
    CartMounted,
    /// Booked with a cart, live without one.
    CartMissing,
}

/// Why delivery is paused; at least one holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct PauseReasons {
    /// The stream is interrupted (LV-08).
    pub interrupted: bool,
    /// The content changed and is reviewed again (RV-03).
    pub re_review: bool,
}

/// How an order that ran comes to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    Completed(CompletedBy),
    RoomEnded,
    Stopped(StopCause),
    /// Changed content was refused while the order ran; what was delivered before stays charged.
    Rejected(Vec<Reason>),
}

/// What was used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CompletedBy {
    Budget,
    Duration,
}

/// Who or what stopped an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StopCause {
    /// The buyer (TP-15).
    Buyer,
    /// An operator of the platform.
    Operator,
    /// A guard rule of the buyer (TP-29).
    GuardRule,
    /// The room mounted a cart under an order for a room without one (QB-10).
    CartMounted,
    /// The video was deleted or taken down.
    ContentRemoved,
}

/// What time does to an order next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Due {
    /// Close it unpaid (TP-08).
    CloseUnpaid,
    /// Let the reservation lapse (TP-12).
    ExpireReservation,
    /// End delivery: the duration is used up.
    EndDuration,
    /// Settle it (TP-18).
    Settle,
}

impl OrderState {
    /// The name of the state in rows and in the API (TP-20); never renamed.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::PendingPayment { .. } => "pending_payment",
            Self::Closed { by: ClosedBy::Timeout, .. } => "closed",
            Self::Closed { by: ClosedBy::Buyer, .. } => "canceled",
            Self::InReview { .. } => "in_review",
            Self::Rejected { .. } => "rejected",
            Self::Reserved { .. } => "reserved",
            Self::ReservationExpired { .. } => "reservation_expired",
            Self::ReservationInvalid { .. } => "reservation_invalid",
            Self::Running { .. } => "running",
            Self::Paused { .. } => "paused",
            Self::Settling { .. } => "settling",
            Self::Completed { .. } => "completed",
            Self::RoomEnded { .. } => "room_ended",
            Self::Stopped { .. } => "stopped",
        }
    }

    /// Every name in use, in the order of TP-20.
    pub const NAMES: &[&str] = &[
        "pending_payment",
        "closed",
        "canceled",
        "in_review",
        "rejected",
        "reserved",
        "reservation_expired",
        "reservation_invalid",
        "running",
        "paused",
        "settling",
        "completed",
        "room_ended",
        "stopped",
    ];

    /// Whether nothing can happen to the order any more.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        match self {
            Self::Closed { .. }
            | Self::Rejected { .. }
            | Self::ReservationExpired { .. }
            | Self::ReservationInvalid { .. }
            | Self::Completed { .. }
            | Self::RoomEnded { .. }
            | Self::Stopped { .. } => true,
            Self::PendingPayment { .. }
            | Self::InReview { .. }
            | Self::Reserved { .. }
            | Self::Running { .. }
            | Self::Paused { .. }
            | Self::Settling { .. } => false,
        }
    }

    /// When delivery began, as long as the state still tells.
    #[must_use]
    pub const fn started_at(&self) -> Option<Timestamp> {
        match self {
            Self::Running { started_at, .. } | Self::Paused { started_at, .. } | Self::Settling { started_at, .. } => {
                Some(*started_at)
            }
            _ => None,
        }
    }

    /// When the order came to its final state; `None` before.
    #[must_use]
    pub const fn ended_at(&self) -> Option<Timestamp> {
        match self {
            Self::Closed { at, .. }
            | Self::Rejected { at, .. }
            | Self::ReservationExpired { at }
            | Self::ReservationInvalid { at, .. }
            | Self::Completed { at, .. }
            | Self::RoomEnded { at }
            | Self::Stopped { at, .. } => Some(*at),
            Self::PendingPayment { .. }
            | Self::InReview { .. }
            | Self::Reserved { .. }
            | Self::Running { .. }
            | Self::Paused { .. }
            | Self::Settling { .. } => None,
        }
    }

    /// Whether the order is being shown now.
    #[must_use]
    pub const fn is_delivering(&self) -> bool {
        matches!(self, Self::Running { .. })
    }
}

impl ClosedBy {
    /// The code used in rows; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Buyer => "buyer",
        }
    }
}

impl ReviewStage {
    /// The code used in rows and in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Booking { .. } => "booking",
            Self::Start => "start",
        }
    }
}

impl InvalidReason {
    /// The code used in rows and in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::CartMounted => "cart_mounted",
            Self::CartMissing => "cart_missing",
        }
    }
}

impl PauseReasons {
    /// Whether any reason holds.
    #[must_use]
    pub const fn any(self) -> bool {
        self.interrupted || self.re_review
    }
}

impl CompletedBy {
    /// The code used in rows and in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Budget => "budget",
            Self::Duration => "duration",
        }
    }
}

impl StopCause {
    /// The code used in rows and in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Buyer => "buyer",
            Self::Operator => "operator",
            Self::GuardRule => "guard_rule",
            Self::CartMounted => "cart_mounted",
            Self::ContentRemoved => "content_removed",
        }
    }
}

impl Ending {
    /// The name of the state that the order will settle into.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Completed(_) => "completed",
            Self::RoomEnded => "room_ended",
            Self::Stopped(_) => "stopped",
            Self::Rejected(_) => "rejected",
        }
    }

    /// The final state, reached at `at`.
    #[must_use]
    pub fn into_state(self, at: Timestamp) -> OrderState {
        match self {
            Self::Completed(by) => OrderState::Completed { at, by },
            Self::RoomEnded => OrderState::RoomEnded { at },
            Self::Stopped(cause) => OrderState::Stopped { at, cause },
            Self::Rejected(reasons) => OrderState::Rejected { at, reasons },
        }
    }
}
