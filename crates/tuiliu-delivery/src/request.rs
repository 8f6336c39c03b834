//! What a host asks: one placement of one viewer's feed (DL-01).

use tuiliu_domain::id::{ContentId, DecisionId, PartyId, PromotionOrderId, TenantId};
use tuiliu_domain::money::Micros;
use tuiliu_domain::promotion::Goal;

use crate::audience::{Region, Tag};
use crate::predict::{GOALS, Rate, goal_index};

/// A viewer as the engine knows one: a hash of the host's id and what the host cares to tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Viewer {
    /// Keyed hash of the host's id of the viewer; the same viewer always has the same one.
    pub hash: u128,
    /// The party the viewer is on this platform, so that nobody is shown their own promotion.
    pub party: Option<PartyId>,
    pub gender: Option<Tag>,
    /// The band as the buyers name it, e.g. `24-30`.
    pub age: Option<Tag>,
    pub region: Option<Region>,
    pub interests: Vec<Tag>,
    pub device: Option<Tag>,
    pub system: Option<Tag>,
    /// Creators whose followers the viewer resembles.
    pub similar_to: Vec<Tag>,
    pub segments: Vec<Tag>,
    pub live_watcher: bool,
    /// Creators the viewer has met before; everybody else is new to them.
    pub known_creators: Vec<PartyId>,
    /// Creators the viewer has hidden or blocked.
    pub blocked_creators: Vec<PartyId>,
    /// Rooms the viewer has hidden.
    pub hidden_contents: Vec<ContentId>,
}

/// What kind of content a slot can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ContentType {
    LiveRoom,
    Video,
}

/// The probabilities of a result that the host itself predicts for a slot; they override the engine's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HostRates {
    by_goal: [Option<Rate>; GOALS],
}

impl HostRates {
    /// The host predicts nothing.
    pub const NONE: Self = Self { by_goal: [None; GOALS] };

    /// One rate for every goal.
    #[must_use]
    pub const fn all(rate: Rate) -> Self {
        Self { by_goal: [Some(rate); GOALS] }
    }

    /// The same, with this rate for this goal.
    #[must_use]
    pub const fn with(mut self, goal: Goal, rate: Rate) -> Self {
        self.by_goal[goal_index(goal)] = Some(rate);
        self
    }

    /// The host's rate for this goal.
    #[must_use]
    pub const fn of(&self, goal: Goal) -> Option<Rate> {
        self.by_goal[goal_index(goal)]
    }
}

/// One place in a feed that may show a promoted item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Slot {
    /// Where it is in the feed, counted from 1.
    pub position: u32,
    /// Price per impression that an item's rank must reach: the host's reserve, or a competing market's price.
    pub floor: Option<Micros>,
    /// What the host predicts here.
    pub predicted: HostRates,
}

/// One placement of a feed, and its slots in the order in which they are filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// Hash of the host's name for it; it goes into the tokens.
    pub hash: u64,
    pub slots: Vec<Slot>,
    /// Content this placement can show; empty means any.
    pub content_types: Vec<ContentType>,
    /// Items of the feed page around the slots, promoted and natural.
    pub feed_items: u32,
    /// Largest promoted share of those items, in millionths (DL-10).
    pub promoted_share_max_millionths: u32,
}

impl Placement {
    /// Slots that may be filled without passing the promoted share (DL-10).
    #[must_use]
    pub fn promoted_max(&self) -> usize {
        let share = u64::from(self.promoted_share_max_millionths.min(1_000_000));
        usize::try_from(u64::from(self.feed_items) * share / 1_000_000).unwrap_or(usize::MAX)
    }
}

/// One question to [`crate::decide`].
#[derive(Debug, Clone)]
pub struct Request {
    /// Id of this decision; what is won in slot `n` has the id `decision.child(n)`.
    pub decision: DecisionId,
    pub tenant: TenantId,
    pub viewer: Viewer,
    pub placement: Placement,
    /// When the host only wants these re-ranked.
    pub candidate_contents: Option<Vec<ContentId>>,
    pub excluded_contents: Vec<ContentId>,
    pub excluded_creators: Vec<PartyId>,
    pub excluded_orders: Vec<PromotionOrderId>,
}
