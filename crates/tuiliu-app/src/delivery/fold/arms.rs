//! Folding outcomes: what named viewers do in rooms and with videos that measure, in whichever arm they are or will turn
//! out to be.
//!
//! Events of the viewer are kept, and what they come to is made anew from all of them: so it does not matter which
//! arrives first, the win or what followed it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use tuiliu_domain::id::{ContentId, PromotionOrderId, RoomId, TenantId};
use tuiliu_domain::promotion::PromotionOrder;
use tuiliu_domain::time::{DAY_MS, Timestamp};
use tuiliu_measure::lift::{ViewerDid, ViewerOutcome, viewer_outcome};
use tuiliu_measure::traffic::Invalid;
use tuiliu_store::{ArmOutcome, OutcomeCode, RoomOutcome, StoreError, Tx};

use super::Fold;
use crate::delivery::event::{EventKind, TakenEvent};

/// Events that come so long after the end of the window change nothing any more.
const LATENESS_MS: i64 = DAY_MS;

/// The windows of the orders that measure with one room or video.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ContentWindow {
    tenant: TenantId,
    /// When each is over; `None` while the broadcast, or the delivery of the video, goes on.
    until: BTreeMap<PromotionOrderId, Option<Timestamp>>,
}

impl ContentWindow {
    /// When the last of them is over; `None` while one goes on.
    fn last(&self) -> Option<Timestamp> {
        self.until.values().copied().collect::<Option<Vec<_>>>()?.into_iter().max()
    }
}

/// The windows of the rooms and videos met so far; `None` is one without an order that holds anybody out. A video is
/// under the key that what is kept by room is kept of it.
#[derive(Debug, Default)]
pub(crate) struct Windows(BTreeMap<RoomId, Option<ContentWindow>>);

impl Windows {
    pub(crate) fn of(&mut self, tx: &mut Tx<'_>, room: RoomId) -> Result<Option<&ContentWindow>, StoreError> {
        let window = match self.0.entry(room) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(vacant) => vacant.insert(read(tx, room)?),
        };
        Ok(window.as_ref())
    }
}

fn read(tx: &mut Tx<'_>, room: RoomId) -> Result<Option<ContentWindow>, StoreError> {
    let mut orders = tx.promotion_orders_for(ContentId::Room(room))?;
    // What was never delivered has no window.
    let is_gone = |order: &PromotionOrder| order.state.is_final() && order.delivery_ended_at.is_none();
    orders.retain(|order| order.terms.holdout.share_millionths > 0 && !is_gone(order));
    let Some(first) = orders.first() else { return Ok(None) };
    let after = |at: Timestamp, order: &PromotionOrder| at.plus_ms(order.terms.commerce_window_ms);
    let until = match first.content {
        ContentId::Room(room) => {
            let Some(room) = tx.room(room)? else { return Ok(None) };
            // Orders for a broadcast share its longest window.
            let until = orders.iter().filter_map(|order| Some(after(room.times.ended?, order))).max();
            orders.iter().map(|order| (order.id, until)).collect()
        }
        ContentId::Video(_) => {
            orders.iter().map(|order| (order.id, order.delivery_ended_at.map(|at| after(at, order)))).collect()
        }
    };
    Ok(Some(ContentWindow { tenant: first.tenant, until }))
}

/// Which event of which batch it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct EventPlace {
    pub(super) tenant: TenantId,
    pub(super) batch: i64,
    pub(super) place: usize,
}

impl Fold<'_, '_> {
    /// Keeps an outcome, and has its viewer settled at the end of the step.
    pub(super) fn outcome(&mut self, event: &TakenEvent, place: EventPlace) -> Result<(), StoreError> {
        let Some(kind) = outcome_of(event) else { return Ok(()) };
        // Bots are alike in both arms. How fast somebody was is known by the token, which only the treated have.
        if event.invalid().is_some_and(|rule| rule != Invalid::ImpossibleSpeed) {
            return Ok(());
        }
        let room = event.promoted.map(|promoted| promoted.content).or(event.room).or(event.video).map(RoomId::new);
        let Some(room) = room else { return Ok(()) };
        let Some(window) = self.windows.of(self.tx, room)?.filter(|window| window.tenant == place.tenant) else {
            return Ok(());
        };
        let is_late = |until: Timestamp| until < event.at() || until.plus_ms(LATENESS_MS) < self.received_at;
        if window.last().is_some_and(is_late) {
            return Ok(());
        }
        let viewer = event.promoted.map_or(event.natural_viewer, |promoted| Some(promoted.viewer));
        if event.promoted.is_none() {
            let metric = if viewer.is_some() { NAMED } else { UNNAMED };
            *self.metrics.entry((room.value(), metric, event.at().minute())).or_default() += 1;
        }
        let Some(viewer) = viewer else { return Ok(()) };
        let outcome = RoomOutcome {
            at: event.at(),
            batch: place.batch,
            place: i64::try_from(place.place).map_err(|error| inconsistent(room, &error))?,
            kind,
            purchase: event.purchase.unwrap_or(0),
            value_fen: event.value_fen.unwrap_or(0),
        };
        self.outcomes.push((room, viewer, outcome));
        self.touched.insert((room, viewer));
        Ok(())
    }

    /// Makes anew what the viewers of this step have done.
    pub(super) fn settle_outcomes(&mut self) -> Result<(), StoreError> {
        self.tx.add_room_outcomes(&std::mem::take(&mut self.outcomes))?;
        for (room, viewer) in std::mem::take(&mut self.touched) {
            if let Some(window) = self.windows.of(self.tx, room)? {
                settle(self.tx, room, viewer, window)?;
            }
        }
        Ok(())
    }
}

/// Natural outcomes of a room whose viewer the host named, and whose it did not.
pub(crate) const NAMED: &str = "natural_named";
pub(crate) const UNNAMED: &str = "natural_unnamed";

fn inconsistent(room: RoomId, reason: &dyn std::fmt::Display) -> StoreError {
    StoreError::Inconsistent { place: format!("an outcome in room {room}"), reason: reason.to_string() }
}

/// What an event is to an experiment: entering a room or playing a video is a view; muted comments and everything that is
/// no outcome are nothing.
pub(super) const fn outcome_of(event: &TakenEvent) -> Option<OutcomeCode> {
    Some(match event.kind {
        EventKind::RoomEnter | EventKind::Play => OutcomeCode::Viewed,
        EventKind::Follow => OutcomeCode::Followed,
        EventKind::Comment if !event.muted => OutcomeCode::Commented,
        EventKind::ProductClick => OutcomeCode::Clicked,
        EventKind::PurchasePaid => OutcomeCode::Paid,
        EventKind::PurchaseRefunded => OutcomeCode::Refunded,
        EventKind::Undo => match event.undone {
            Some(EventKind::Follow) => OutcomeCode::Unfollowed,
            Some(EventKind::Comment) => OutcomeCode::CommentUndone,
            _ => return None,
        },
        _ => return None,
    })
}

/// Makes anew what a viewer has done in the orders for a room or a video that have won them.
pub(crate) fn settle(tx: &mut Tx<'_>, room: RoomId, viewer: u128, window: &ContentWindow) -> Result<(), StoreError> {
    let arms = tx.arms_of_viewer(room, viewer)?;
    if arms.is_empty() {
        return Ok(());
    }
    let events: Vec<(Timestamp, ViewerDid)> =
        tx.room_outcomes(room, viewer)?.iter().map(|outcome| (outcome.at, did(outcome))).collect();
    for arm in arms {
        let outcome = stored(viewer_outcome(&events, arm.first_at, window.until.get(&arm.order).copied().flatten()));
        if outcome != arm.outcome {
            tx.set_arm_outcome(arm.order, viewer, outcome)?;
        }
    }
    Ok(())
}

const fn did(outcome: &RoomOutcome) -> ViewerDid {
    let (purchase, value_fen) = (outcome.purchase, outcome.value_fen);
    match outcome.kind {
        OutcomeCode::Viewed => ViewerDid::View,
        OutcomeCode::Followed => ViewerDid::Follow,
        OutcomeCode::Unfollowed => ViewerDid::Unfollow,
        OutcomeCode::Commented => ViewerDid::Comment,
        OutcomeCode::CommentUndone => ViewerDid::CommentUndone,
        OutcomeCode::Clicked => ViewerDid::ProductClick,
        OutcomeCode::Paid => ViewerDid::Pay { purchase, value_fen },
        OutcomeCode::Refunded => ViewerDid::Refund { purchase, value_fen },
    }
}

fn stored(outcome: ViewerOutcome) -> ArmOutcome {
    let ViewerOutcome { viewed, followed, commented, clicked, paid, gmv_fen } = outcome;
    ArmOutcome {
        viewed: viewed.into(),
        followed: followed.into(),
        commented: commented.into(),
        clicked: clicked.into(),
        paid: paid.into(),
        gmv_fen,
    }
}
