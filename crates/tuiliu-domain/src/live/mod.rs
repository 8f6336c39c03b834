//! Live rooms: one broadcast of one creator, and the facts that rules read of it (LV-10).

mod record;

pub use record::{PlanRoomError, RecordRoomFactError, RoomFact, RoomPlan, RoomReport};

use crate::id::{PartyId, RoomId, TenantId};
use crate::party::Owned;
use crate::promotion::OrderForm;
use crate::review::Visibility;
use crate::time::Timestamp;

/// One broadcast of one creator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    pub id: RoomId,
    pub tenant: TenantId,
    pub creator: PartyId,
    /// What the host platform calls it; one per tenant.
    pub external_id: String,
    pub content: RoomContent,
    /// Grows when the content changes, so that a review says what it saw (RV-03).
    pub content_version: u32,
    pub state: RoomState,
    pub cart: CartState,
    pub times: FactTimes,
    /// How long an interruption may last (LV-08).
    pub interruption_grace_ms: i64,
    pub created_at: Timestamp,
    /// Version of the row that was read; the store writes the next one.
    pub version: u64,
}

/// What viewers see of a room, and reviewers judge.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RoomContent {
    pub title: String,
    pub category: String,
    pub visibility: Visibility,
}

/// Where a broadcast is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RoomState {
    Planned,
    /// `had_cart` is what the cart was when it went live (TP-11).
    Live {
        started_at: Timestamp,
        had_cart: bool,
    },
    /// The stream is gone; the broadcast ends at `ends_at` unless it comes back (LV-08).
    Interrupted {
        started_at: Timestamp,
        had_cart: bool,
        since: Timestamp,
        ends_at: Timestamp,
    },
    Ended {
        started_at: Timestamp,
        had_cart: bool,
        ended_at: Timestamp,
    },
}

/// The shopping cart of a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct CartState {
    /// Since when it has a cart; `None` without one.
    pub mounted_since: Option<Timestamp>,
    /// When it first had a cart.
    pub first_mounted_at: Option<Timestamp>,
    /// Whether the creator's previous broadcast had a cart when it started; `None` without a previous one (TP-10).
    pub previous_had_cart: Option<bool>,
}

/// When each kind of fact was last true (LV-10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct FactTimes {
    pub cart_mounted: Option<Timestamp>,
    pub cart_unmounted: Option<Timestamp>,
    pub started: Option<Timestamp>,
    pub interrupted: Option<Timestamp>,
    pub resumed: Option<Timestamp>,
    pub ended: Option<Timestamp>,
    pub content_changed: Option<Timestamp>,
}

impl Room {
    /// Whose it is.
    #[must_use]
    pub const fn owned(&self) -> Owned {
        Owned { tenant: self.tenant, owner: self.creator, co_owner: None }
    }

    /// Whether the room has a cart now.
    #[must_use]
    pub const fn has_cart(&self) -> bool {
        self.cart.mounted_since.is_some()
    }

    /// The form of order that fits the room as it is (TP-03, TP-09).
    #[must_use]
    pub const fn form(&self) -> OrderForm {
        OrderForm::by_cart(self.has_cart())
    }

    /// When the broadcast ends by itself: an interruption lasts too long (LV-08).
    #[must_use]
    pub const fn due_at(&self) -> Option<Timestamp> {
        match self.state {
            RoomState::Interrupted { ends_at, .. } => Some(ends_at),
            RoomState::Planned | RoomState::Live { .. } | RoomState::Ended { .. } => None,
        }
    }
}

impl RoomState {
    /// Every name in use.
    pub const NAMES: &[&str] = &["planned", "live", "interrupted", "ended"];

    /// The name of the state in rows and in the API; never renamed.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Live { .. } => "live",
            Self::Interrupted { .. } => "interrupted",
            Self::Ended { .. } => "ended",
        }
    }

    /// When it went live and whether it had a cart then; `None` before.
    #[must_use]
    pub const fn start(&self) -> Option<(Timestamp, bool)> {
        match self {
            Self::Planned => None,
            Self::Live { started_at, had_cart }
            | Self::Interrupted { started_at, had_cart, .. }
            | Self::Ended { started_at, had_cart, .. } => Some((*started_at, *had_cart)),
        }
    }
}

impl FactTimes {
    /// The latest of all.
    #[must_use]
    pub fn last(&self) -> Option<Timestamp> {
        let times = [
            self.cart_mounted,
            self.cart_unmounted,
            self.started,
            self.interrupted,
            self.resumed,
            self.ended,
            self.content_changed,
        ];
        times.into_iter().flatten().max()
    }
}

#[cfg(test)]
mod tests;
