//! Verdicts on orders: before delivery, when booked, and when content changed (TP-13, TP-20, RV-03).

use thiserror::Error;

use super::PromotionOrder;
use super::content::Content;
use super::goal::OrderForm;
use super::state::{Ending, OrderState, PauseReasons, ReviewStage};
use crate::event::{Event, Outcome};
use crate::live::RoomState;
use crate::policy::ReviewPolicy;
use crate::review::{Reason, ReasonCode, ReviewContent, ReviewVideo, Verdict, screen};
use crate::time::Timestamp;

/// What has to be reviewed for an order now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ReviewRequest {
    /// `None` when changed content of a running order is reviewed again.
    pub stage: Option<ReviewStage>,
    /// The version of the room's content to be judged; a verdict on another one is refused.
    pub content_version: u32,
}

/// Why a verdict is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReviewOrderError {
    #[error("judge an order that is `{state}`")]
    WrongState { state: &'static str },
    #[error("judge version `{judged}` of content that is at version `{current}` now")]
    StaleContent { judged: u32, current: u32 },
    #[error("reject without a reason")]
    NoReason,
}

impl PromotionOrder {
    /// The review that the order waits for, if any.
    #[must_use]
    pub const fn review_due(&self, content: &Content) -> Option<ReviewRequest> {
        let content_version = content.content_version();
        match self.state {
            OrderState::InReview { stage, .. } => Some(ReviewRequest { stage: Some(stage), content_version }),
            OrderState::Paused { reasons: PauseReasons { re_review: true, .. }, .. } => {
                Some(ReviewRequest { stage: None, content_version })
            }
            _ => None,
        }
    }

    /// Whether somebody has to judge the order's content before it goes on.
    #[must_use]
    pub const fn waits_for_review(&self) -> bool {
        matches!(
            self.state,
            OrderState::InReview { .. } | OrderState::Paused { reasons: PauseReasons { re_review: true, .. }, .. }
        )
    }

    /// What the automatic rules say of the order's content as it is (RV-01, QB-09).
    #[must_use]
    pub fn screen(&self, content: &Content, policy: &ReviewPolicy) -> Verdict {
        let booking = matches!(self.state, OrderState::InReview { stage: ReviewStage::Booking { .. }, .. });
        let shown = match content {
            Content::Room(room) => ReviewContent {
                title: &room.content.title,
                category: &room.content.category,
                visibility: room.content.visibility,
                needs_goods: self.needs_goods(),
                exclusive: self.form == OrderForm::Plain,
                has_goods: if booking { None } else { Some(room.has_cart()) },
                video: None,
            },
            Content::Video(video) => ReviewContent {
                title: &video.content.title,
                category: &video.content.category,
                visibility: video.content.visibility,
                needs_goods: self.needs_goods(),
                exclusive: self.form == OrderForm::Plain,
                has_goods: Some(video.has_goods()),
                video: Some(ReviewVideo {
                    duration_ms: video.content.duration_ms,
                    goods_approved: video.content.goods.as_ref().is_none_or(|goods| goods.approved),
                }),
            },
        };
        screen(&shown, policy)
    }

    /// Takes in a verdict on a version of the room's content.
    ///
    /// An escalation leaves the order waiting for a person.
    pub fn review(
        self,
        verdict: Verdict,
        judged: u32,
        content: &Content,
        now: Timestamp,
    ) -> Result<Outcome<Self>, ReviewOrderError> {
        assert!(content.id() == self.content, "an order is reviewed with its own content at hand");
        let Some(request) = self.review_due(content) else {
            return Err(ReviewOrderError::WrongState { state: self.state.name() });
        };
        if judged != request.content_version {
            return Err(ReviewOrderError::StaleContent { judged, current: request.content_version });
        }
        if matches!(&verdict, Verdict::Reject(reasons) if reasons.is_empty()) {
            return Err(ReviewOrderError::NoReason);
        }
        let reviewed = Event::OrderReviewed { order: self.id, stage: request.stage, verdict: verdict.clone() };
        let outcome = match verdict {
            Verdict::Escalate(_) => self.unchanged(),
            Verdict::Pass => Self { reviewed_content: Some(judged), ..self }.passed(content, now),
            Verdict::Reject(reasons) => self.rejected(reasons, now),
        };
        let mut events = vec![reviewed];
        events.extend(outcome.events);
        Ok(Outcome { events, ..outcome })
    }

    fn passed(self, content: &Content, now: Timestamp) -> Outcome<Self> {
        match self.state {
            OrderState::InReview { stage: ReviewStage::Booking { expires_at }, .. } => {
                let event = Event::OrderReserved { order: self.id, expires_at };
                let outcome = self.becomes(OrderState::Reserved { since: now, expires_at }, Vec::new(), vec![event]);
                // The room may have gone live while the booking was judged.
                outcome.then(|order| order.follow(content, now))
            }
            OrderState::InReview { stage: ReviewStage::Start, .. } => self.start(content, now),
            // The content is reviewed as it is now, so only the stream may still hold delivery up.
            _ => self.follow(content, now),
        }
    }

    /// Begins delivery, unless the content is not there for it any more.
    fn start(self, content: &Content, now: Timestamp) -> Outcome<Self> {
        let is_gone = match content {
            Content::Room(room) => matches!(room.state, RoomState::Ended { .. }) || self.cart_displaces(room),
            Content::Video(video) => !video.is_out(),
        };
        if is_gone {
            return self.follow(content, now);
        }
        if self.needs_goods() && !content.has_goods() {
            let text = "the room has no cart".to_owned();
            return self.rejected(vec![Reason::new(ReasonCode::CartMissing, text)], now);
        }
        let ends_at = self.hard_end(now);
        let event = Event::DeliveryStarted { order: self.id, content: self.content, ends_at };
        let started = Self { delivery_started_at: Some(now), ..self };
        started
            .becomes(OrderState::Running { started_at: now, ends_at }, Vec::new(), vec![event])
            .then(|order| order.follow(content, now))
    }

    fn rejected(self, reasons: Vec<Reason>, now: Timestamp) -> Outcome<Self> {
        if matches!(self.state, OrderState::Paused { .. }) {
            return self.end(Ending::Rejected(reasons), now).expect("a paused order can end");
        }
        // Never ran: everything is back, and the order can be placed again once it is corrected (TP-13).
        let postings = self.undo();
        let event = Event::OrderUndone { order: self.id, ending: Ending::Rejected(reasons.clone()) };
        self.becomes(OrderState::Rejected { at: now, reasons }, postings, vec![event])
    }
}
