//! Who may take part in an auction, and the first reason why not (DL-02).

use tuiliu_domain::time::Timestamp;

use crate::bidding::WHOLE_SHARE;
use crate::request::Request;
use crate::snapshot::{Candidate, RoomState, Snapshot};

/// Why an order was not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LossReason {
    /// The order is paused.
    Paused,
    /// The room is not live.
    RoomOffline,
    /// The stream is broken off for the moment.
    RoomInterrupted,
    /// The viewer does not belong to the audience.
    Audience,
    /// Before the start or after the end.
    Schedule,
    /// The placement shows other content.
    ContentType,
    /// It is to be shown in another placement alone.
    OtherPlacement,
    /// The host asked for other rooms only.
    NotAmongCandidates,
    /// The host excluded order, room or creator.
    ExcludedByHost,
    /// The viewer pays for it, or is the creator.
    OwnPromotion,
    /// The viewer hid the room or blocked the creator.
    HiddenByViewer,
    /// The lease on this node has nothing left.
    Budget,
    /// The viewer has seen it often enough.
    Frequency,
    /// It won, but the viewer is in its holdout (measurement.md §1.2).
    Holdout,
    /// Pacing left this auction out.
    Pacing,
    /// Its bid is below what a result costs at least.
    BidBelowMinimum,
    /// Its rank is below the slot's floor.
    BelowFloor,
    /// Another order ranked higher.
    LostAuction,
    /// Its room is in another slot of this answer already.
    RoomShown,
    /// Goods are on offer in the content, and the order is not one for goods (QB-10).
    Exclusivity,
}

impl LossReason {
    /// How many reasons there are.
    pub const COUNT: usize = 20;
    /// Every reason, in the order in which they are looked at; but exclusivity comes right after the room's state.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Paused,
        Self::RoomOffline,
        Self::RoomInterrupted,
        Self::Audience,
        Self::Schedule,
        Self::ContentType,
        Self::OtherPlacement,
        Self::NotAmongCandidates,
        Self::ExcludedByHost,
        Self::OwnPromotion,
        Self::HiddenByViewer,
        Self::Budget,
        Self::Frequency,
        Self::Holdout,
        Self::Pacing,
        Self::BidBelowMinimum,
        Self::BelowFloor,
        Self::LostAuction,
        Self::RoomShown,
        Self::Exclusivity,
    ];

    /// Whether it lost to a price: of somebody else, or of the slot.
    #[must_use]
    pub const fn is_outbid(self) -> bool {
        matches!(self, Self::LostAuction | Self::BelowFloor)
    }

    /// The code used in explanations and counts; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Paused => "paused",
            Self::RoomOffline => "room_offline",
            Self::RoomInterrupted => "room_interrupted",
            Self::Audience => "audience",
            Self::Schedule => "schedule",
            Self::ContentType => "content_type",
            Self::OtherPlacement => "other_placement",
            Self::NotAmongCandidates => "not_among_candidates",
            Self::ExcludedByHost => "excluded_by_host",
            Self::OwnPromotion => "own_promotion",
            Self::HiddenByViewer => "hidden_by_viewer",
            Self::Budget => "budget",
            Self::Frequency => "frequency",
            Self::Holdout => "holdout",
            Self::Pacing => "pacing",
            Self::BidBelowMinimum => "bid_below_minimum",
            Self::BelowFloor => "below_floor",
            Self::LostAuction => "lost_auction",
            Self::RoomShown => "room_shown",
            Self::Exclusivity => "exclusivity",
        }
    }

    /// Its place in [`LossReason::ALL`].
    #[must_use]
    pub fn index(self) -> usize {
        Self::ALL.iter().position(|reason| *reason == self).expect("`ALL` has every reason")
    }
}

/// The reason that lies in the order or its room alone, whoever watches.
pub(crate) const fn standing_refusal(candidate: &Candidate) -> Option<LossReason> {
    if candidate.paused {
        return Some(LossReason::Paused);
    }
    match candidate.room_state {
        RoomState::Live if candidate.room_sells && !candidate.is_commerce => Some(LossReason::Exclusivity),
        RoomState::Live => None,
        RoomState::Interrupted => Some(LossReason::RoomInterrupted),
        RoomState::Offline => Some(LossReason::RoomOffline),
    }
}

/// The first reason why an order whose audience matches is not eligible for this request.
pub(crate) fn refusal(
    snapshot: &Snapshot,
    candidate: &Candidate,
    request: &Request,
    now: Timestamp,
) -> Option<LossReason> {
    standing_refusal(candidate)
        .or_else(|| (now < candidate.starts_at || candidate.ends_at <= now).then_some(LossReason::Schedule))
        .or_else(|| host_refusal(candidate, request))
        .or_else(|| viewer_refusal(candidate, request))
        .or_else(|| (candidate.lease.available().get() <= 0).then_some(LossReason::Budget))
        .or_else(|| {
            let reached = candidate
                .frequency_cap
                .is_some_and(|cap| snapshot.frequency.is_reached(request.viewer.hash, candidate.order, cap, now));
            reached.then_some(LossReason::Frequency)
        })
}

/// The first reason why this request can never show this order, whatever its state, its lease and its history.
pub(crate) fn request_refusal(candidate: &Candidate, request: &Request) -> Option<LossReason> {
    host_refusal(candidate, request).or_else(|| viewer_refusal(candidate, request))
}

/// Whether pacing leaves this auction out: by lot, with a number that only this order has in this decision.
pub(crate) fn is_paced_out(candidate: &Candidate, lot: u64) -> bool {
    let participation = candidate.pacing.participation_millionths();
    participation < WHOLE_SHARE && (u128::from(lot) * u128::from(WHOLE_SHARE)) >> 64 >= u128::from(participation)
}

fn host_refusal(candidate: &Candidate, request: &Request) -> Option<LossReason> {
    let content = &request.placement.content_types;
    if !content.is_empty() && !content.contains(&candidate.content_type) {
        return Some(LossReason::ContentType);
    }
    if candidate.placement.is_some_and(|only| only != request.placement.hash) {
        return Some(LossReason::OtherPlacement);
    }
    if request.candidate_contents.as_ref().is_some_and(|rooms| !rooms.contains(&candidate.content)) {
        return Some(LossReason::NotAmongCandidates);
    }
    let excluded = request.excluded_contents.contains(&candidate.content)
        || request.excluded_creators.contains(&candidate.creator)
        || request.excluded_orders.contains(&candidate.order);
    excluded.then_some(LossReason::ExcludedByHost)
}

fn viewer_refusal(candidate: &Candidate, request: &Request) -> Option<LossReason> {
    let viewer = &request.viewer;
    if viewer.party.is_some_and(|party| party == candidate.promoter || party == candidate.creator) {
        return Some(LossReason::OwnPromotion);
    }
    let hidden =
        viewer.hidden_contents.contains(&candidate.content) || viewer.blocked_creators.contains(&candidate.creator);
    hidden.then_some(LossReason::HiddenByViewer)
}

#[cfg(test)]
mod tests;
