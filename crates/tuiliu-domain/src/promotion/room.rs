//! An order follows its content: started, interrupted, resumed, ended, cart and content changed (TP-10…TP-12, QB-10, RV-03).

use thiserror::Error;

use super::PromotionOrder;
use super::content::Content;
use super::goal::OrderForm;
use super::state::{Ending, InvalidReason, OrderState, PauseReasons, ReviewStage, StopCause};
use crate::event::{Event, Outcome};
use crate::id::ContentId;
use crate::live::{Room, RoomState};
use crate::time::Timestamp;
use crate::video::{Video, VideoState};

/// Why a reservation does not lapse.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ExpireReservationError {
    #[error("expire the reservation of an order that is `{state}`")]
    WrongState { state: &'static str },
    #[error("expire a reservation that holds until `{}` ms", .expires_at.ms())]
    TooEarly { expires_at: Timestamp },
    #[error("expire the reservation of a room that went live at `{}` ms", .started_at.ms())]
    WentLive { started_at: Timestamp },
}

impl PromotionOrder {
    /// Brings the order to where its content is now; unchanged when it is there already.
    ///
    /// It looks at the content as it is, not at what changed, so facts may repeat, cross and be merged.
    pub fn follow(self, content: &Content, now: Timestamp) -> Outcome<Self> {
        match content {
            Content::Room(room) => self.follow_room(room, now),
            Content::Video(video) => self.follow_video(video, now),
        }
    }

    /// [`follow`](Self::follow) a room.
    pub fn follow_room(self, room: &Room, now: Timestamp) -> Outcome<Self> {
        assert!(ContentId::Room(room.id) == self.content, "an order follows its own room");
        match self.state {
            OrderState::InReview { stage: ReviewStage::Booking { expires_at }, .. }
            | OrderState::Reserved { expires_at, .. } => self.follow_to_start(room, expires_at, now),
            OrderState::InReview { stage: ReviewStage::Start, .. } => self.follow_before_delivery(room, now),
            OrderState::Running { .. } | OrderState::Paused { .. } => self.follow_while_running(room, now),
            // An unpaid order is checked when it is paid; one that settles or has ended follows nothing.
            _ => self.unchanged(),
        }
    }

    /// [`follow`](Self::follow) a video: it is not shown while it is reviewed again, and never after it was removed.
    pub fn follow_video(self, video: &Video, now: Timestamp) -> Outcome<Self> {
        assert!(ContentId::Video(video.id) == self.content, "an order follows its own video");
        let is_gone = matches!(video.state, VideoState::Removed { .. });
        match self.state {
            OrderState::InReview { .. } if is_gone => self.never_ran(Ending::Stopped(StopCause::ContentRemoved), now),
            OrderState::Running { .. } | OrderState::Paused { .. } if is_gone => {
                let ending = Ending::Stopped(StopCause::ContentRemoved);
                self.end(ending, now).expect("an order that runs can end")
            }
            OrderState::Running { .. } | OrderState::Paused { .. } => {
                let re_review = self.reviewed_content != Some(video.content_version);
                self.pause_for(PauseReasons { interrupted: false, re_review }, now)
            }
            _ => self.unchanged(),
        }
    }

    /// Lets a reservation lapse whose creator did not go live in time (TP-12).
    pub fn expire_reservation(self, room: &Room, now: Timestamp) -> Result<Outcome<Self>, ExpireReservationError> {
        assert!(ContentId::Room(room.id) == self.content, "a reservation expires with its own room at hand");
        let (OrderState::InReview { stage: ReviewStage::Booking { expires_at }, .. }
        | OrderState::Reserved { expires_at, .. }) = self.state
        else {
            return Err(ExpireReservationError::WrongState { state: self.state.name() });
        };
        if now < expires_at {
            return Err(ExpireReservationError::TooEarly { expires_at });
        }
        match room.state.start() {
            Some((started_at, _)) if started_at < expires_at => Err(ExpireReservationError::WentLive { started_at }),
            _ => Ok(self.expired(now)),
        }
    }

    fn expired(self, now: Timestamp) -> Outcome<Self> {
        let postings = self.undo();
        let event = Event::ReservationExpired { order: self.id };
        self.becomes(OrderState::ReservationExpired { at: now }, postings, vec![event])
    }

    /// A reservation meets the broadcast it was for (TP-11, TP-12).
    fn follow_to_start(self, room: &Room, expires_at: Timestamp, now: Timestamp) -> Outcome<Self> {
        let Some((started_at, had_cart)) = room.state.start() else {
            return self.unchanged();
        };
        if expires_at <= started_at {
            return self.expired(now);
        }
        let reason = match (self.form, OrderForm::by_cart(had_cart)) {
            (OrderForm::Plain, OrderForm::Commerce) => Some(InvalidReason::CartMounted),
            (OrderForm::Commerce, OrderForm::Plain) => Some(InvalidReason::CartMissing),
            (OrderForm::Plain, OrderForm::Plain) | (OrderForm::Commerce, OrderForm::Commerce) => None,
        };
        if let Some(reason) = reason {
            let postings = self.undo();
            let event = Event::ReservationInvalidated { order: self.id, reason };
            return self.becomes(OrderState::ReservationInvalid { at: now, reason }, postings, vec![event]);
        }
        match self.state {
            // Reviewed when booked, and once more now that the room is live (TP-20).
            OrderState::Reserved { .. } => self
                .becomes(OrderState::InReview { since: now, stage: ReviewStage::Start }, Vec::new(), Vec::new())
                .then(|order| order.follow_before_delivery(room, now)),
            _ if matches!(room.state, RoomState::Ended { .. }) => self.follow_before_delivery(room, now),
            // The booking is still being judged; its verdict brings the order on.
            _ => self.unchanged(),
        }
    }

    /// Ends an order that waits for its start in a room that it cannot be delivered in any more.
    fn follow_before_delivery(self, room: &Room, now: Timestamp) -> Outcome<Self> {
        if matches!(room.state, RoomState::Ended { .. }) {
            return self.never_ran(Ending::RoomEnded, now);
        }
        if self.cart_displaces(room) {
            return self.never_ran(Ending::Stopped(StopCause::CartMounted), now);
        }
        self.unchanged()
    }

    fn follow_while_running(self, room: &Room, now: Timestamp) -> Outcome<Self> {
        if let RoomState::Ended { .. } = room.state {
            return self.end(Ending::RoomEnded, now).expect("an order that runs can end");
        }
        if self.cart_displaces(room) {
            let ending = Ending::Stopped(StopCause::CartMounted);
            return self.end(ending, now).expect("an order that runs can end");
        }
        let reasons = PauseReasons {
            interrupted: matches!(room.state, RoomState::Interrupted { .. }),
            re_review: self.reviewed_content != Some(room.content_version),
        };
        self.pause_for(reasons, now)
    }

    /// Not delivered while any of these holds, delivered again when none does.
    fn pause_for(self, reasons: PauseReasons, now: Timestamp) -> Outcome<Self> {
        match self.state {
            OrderState::Running { started_at, ends_at } if reasons.any() => {
                let event = Event::DeliveryPaused { order: self.id, reasons };
                self.becomes(OrderState::Paused { started_at, ends_at, since: now, reasons }, Vec::new(), vec![event])
            }
            OrderState::Paused { started_at, ends_at, since, reasons: before } if before != reasons => {
                if !reasons.any() {
                    let event = Event::DeliveryResumed { order: self.id };
                    return self.becomes(OrderState::Running { started_at, ends_at }, Vec::new(), vec![event]);
                }
                let event = Event::DeliveryPaused { order: self.id, reasons };
                self.becomes(OrderState::Paused { started_at, ends_at, since, reasons }, Vec::new(), vec![event])
            }
            _ => self.unchanged(),
        }
    }

    /// Whether the room mounted a cart under an order for a room without one (QB-10).
    ///
    /// A cart that is gone again counts too, when it came while the room was live and the order was placed.
    pub(super) fn cart_displaces(&self, room: &Room) -> bool {
        let started_at = room.state.start().map_or(self.created_at, |(started_at, _)| started_at);
        let since = started_at.max(self.created_at);
        let mounted_meanwhile = room.times.cart_mounted.is_some_and(|at| since < at);
        self.form == OrderForm::Plain && (room.has_cart() || mounted_meanwhile)
    }

    /// Ends an order that was never delivered: everything is back at once, nothing has to settle.
    pub(super) fn never_ran(self, ending: Ending, now: Timestamp) -> Outcome<Self> {
        let postings = self.undo();
        let event = Event::OrderUndone { order: self.id, ending: ending.clone() };
        self.becomes(ending.into_state(now), postings, vec![event])
    }
}
