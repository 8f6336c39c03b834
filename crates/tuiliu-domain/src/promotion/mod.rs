//! Promotion orders: somebody buys traffic for a live room or a video (TP, QB).
//!
//! An order is one value with one state machine. Each transition takes the order and `now` and answers
//! with the new order, the ledger commands and the events that belong to it; the shell saves all or none.

mod again;
mod audience;
mod bidding;
mod charge;
mod content;
mod cost_guarantee;
mod credit;
mod ending;
mod estimate;
mod goal;
mod guard;
mod pay;
mod place;
mod placement;
mod product;
mod refund;
mod reviewing;
mod room;
mod state;

pub use again::{OrderAgainError, again};
pub use audience::{Audience, AudienceError, AudienceLeaf, AudienceTree};
pub use bidding::Bidding;
pub use charge::{Billable, ChargeRule, Engagement, NotBillable, PersonFacts, billable};
pub use content::Content;
pub use cost_guarantee::{BidChange, ChangeBidError, OrderGuarantee, PayGuaranteeError, Taken, UsedLot};
pub use credit::{CreditPart, UsedSource, credit_parts};
pub use ending::{EndOrderError, SettleOrderError, SettlementFacts, SourceSettled};
pub use estimate::{Estimate, EstimateBasis, EstimateRequest, Expected, Range, Ranges, suppose, suppose_around};
pub use goal::{Goal, OrderForm};
pub use guard::{GuardCondition, GuardLimitError, GuardRule, Joint, Performance};
pub use pay::{CloseOrderError, PayOrderError, TopUp, TopUpOrderError};
pub use place::{OrderDraft, PlaceOrderError, place};
pub use placement::PlacementName;
pub use product::{ChargedBy, Product};
pub use refund::RefundPromise;
pub use reviewing::{ReviewOrderError, ReviewRequest};
pub use room::ExpireReservationError;
pub use state::{ClosedBy, CompletedBy, Due, Ending, InvalidReason, OrderState, PauseReasons, ReviewStage, StopCause};

pub use crate::party::Desk;

use crate::coupon::SourcePlan;
use crate::event::{Event, Outcome};
use crate::id::{ContentId, HoldId, LotId, PartyId, PromotionOrderId, TenantId};
use crate::ledger::{LedgerCommand, ReleaseMode};
use crate::money::{Amount, Asset, Price};
use crate::party::Owned;
use crate::policy::Terms;
use crate::time::Timestamp;

/// An order to promote one live room or one video.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromotionOrder {
    pub id: PromotionOrderId,
    pub tenant: TenantId,
    pub product: Product,
    pub content: ContentId,
    /// Where it was placed; it is seen on every desk (QB-08).
    pub desk: Desk,
    /// Whose room or video it is.
    pub creator: PartyId,
    /// Whose wallet and coupons pay.
    pub payer: PartyId,
    pub form: OrderForm,
    pub goal: Goal,
    /// Whether results are what the goal names, or plays (QB-06).
    pub charged_by: ChargedBy,
    /// `None` is everybody.
    pub audience: Option<Audience>,
    /// Where alone it is shown; `None` is everywhere.
    pub placement: Option<PlacementName>,
    /// For a traffic pack a price is named exactly for commerce orders (TP-03).
    pub bidding: Bidding,
    /// What delivery may use, top-ups included (TP-04).
    pub budget: Price,
    /// How long delivery lasts, top-ups included; of a quick boost it is an expectation (QB-05).
    pub duration_ms: i64,
    pub guard_rules: Vec<GuardRule>,
    /// What was promised so far, in the order of use; their worth is the budget once the order is paid.
    pub sources: Vec<OrderSource>,
    /// The first payment and each top-up (TP-30).
    pub payments: Vec<OrderPayment>,
    /// What was agreed at purchase; a later change of policy does not reach it.
    pub terms: Terms,
    pub state: OrderState,
    /// Version of the content that passed review last (RV-03).
    pub reviewed_content: Option<u32>,
    /// What was bid from when on; empty where the buyer names no price.
    pub bids: Vec<BidChange>,
    /// The cost guarantee it carries (QB-18).
    pub guarantee: Option<OrderGuarantee>,
    /// When delivery began.
    pub delivery_started_at: Option<Timestamp>,
    /// When nothing was shown any more, of an order that ran.
    pub delivery_ended_at: Option<Timestamp>,
    /// The order that this one repeats (TP-09).
    pub again_of: Option<PromotionOrderId>,
    pub created_at: Timestamp,
    /// Version of the row that was read; the store writes the next one.
    pub version: u64,
}

/// A part of one lot that is held for an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct OrderSource {
    pub hold: HoldId,
    pub plan: SourcePlan,
}

/// One payment of an order: the first, or a top-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct OrderPayment {
    pub at: Timestamp,
    pub price: Price,
    /// Delivery time that came with it.
    pub duration_ms: i64,
    /// How many of the order's sources pay it; they follow those of the payment before.
    pub sources: usize,
}

impl PromotionOrder {
    /// The next instant at which time does something to the order, and what.
    #[must_use]
    pub const fn due_at(&self) -> Option<(Timestamp, Due)> {
        match &self.state {
            OrderState::PendingPayment { close_at } => Some((*close_at, Due::CloseUnpaid)),
            OrderState::InReview { stage: ReviewStage::Booking { expires_at }, .. }
            | OrderState::Reserved { expires_at, .. } => Some((*expires_at, Due::ExpireReservation)),
            OrderState::Running { ends_at, .. } | OrderState::Paused { ends_at, .. } => {
                Some((*ends_at, Due::EndDuration))
            }
            OrderState::Settling { settle_at, .. } => Some((*settle_at, Due::Settle)),
            OrderState::InReview { stage: ReviewStage::Start, .. }
            | OrderState::Closed { .. }
            | OrderState::Rejected { .. }
            | OrderState::ReservationExpired { .. }
            | OrderState::ReservationInvalid { .. }
            | OrderState::Completed { .. }
            | OrderState::RoomEnded { .. }
            | OrderState::Stopped { .. } => None,
        }
    }

    /// What it is paid in.
    #[must_use]
    pub const fn currency(&self) -> Asset {
        self.product.currency()
    }

    /// The goal that delivery predicts and prices results by: plays are views, whatever the goal.
    #[must_use]
    pub const fn result_goal(&self) -> Goal {
        match self.charged_by {
            ChargedBy::Goal => self.goal,
            ChargedBy::Plays => Goal::Viewers,
        }
    }

    /// Whether it cannot be delivered where no goods are on offer.
    #[must_use]
    pub const fn needs_goods(&self) -> bool {
        match self.product {
            Product::TrafficPack => matches!(self.form, OrderForm::Commerce),
            Product::QuickBoost => self.goal.needs_goods(),
        }
    }

    /// When delivery is expected to end, if it began at this instant; it ends for certain at [`Self::hard_end`].
    #[must_use]
    pub const fn expected_end(&self, started_at: Timestamp) -> Timestamp {
        started_at.plus_ms(self.duration_ms)
    }

    /// When delivery that began at this instant ends whatever is left of the budget (QB-05).
    #[must_use]
    pub const fn hard_end(&self, started_at: Timestamp) -> Timestamp {
        started_at.plus_ms(self.terms.window_ms(self.duration_ms))
    }

    /// Whose it is to change: the payer's.
    #[must_use]
    pub const fn owned(&self) -> Owned {
        Owned { tenant: self.tenant, owner: self.payer, co_owner: None }
    }

    /// Whose it is to look at: the payer's, and the creator's who is promoted.
    #[must_use]
    pub const fn visible_to(&self) -> Owned {
        Owned { tenant: self.tenant, owner: self.payer, co_owner: Some(self.creator) }
    }

    /// The source that this hold belongs to.
    #[must_use]
    pub fn source(&self, hold: HoldId) -> Option<&OrderSource> {
        self.sources.iter().find(|source| source.hold == hold)
    }

    /// The events that tell which coupons came back, from the ledger's answer to a settlement (TP-06).
    #[must_use]
    pub fn coupons_returned(&self, parts: &[(HoldId, LotId, Amount)]) -> Vec<Event> {
        let coupon = |part: &&(HoldId, LotId, Amount)| {
            self.source(part.0).is_some_and(|source| source.plan.kind.is_coupon()) && part.2.units() > 0
        };
        let event = |(hold, into, points): &(HoldId, LotId, Amount)| {
            let from = self.source(*hold).expect("filtered by its source").plan.lot;
            Event::CouponReturned { order: self.id, owner: self.payer, from, into: *into, points: *points }
        };
        parts.iter().filter(coupon).map(event).collect()
    }

    /// The order in its next state, unchanged otherwise.
    fn becomes(self, state: OrderState, postings: Vec<LedgerCommand>, events: Vec<Event>) -> Outcome<Self> {
        Outcome { state: Self { state, ..self }, postings, events }
    }

    /// The order as it is: what was told is known already.
    const fn unchanged(self) -> Outcome<Self> {
        Outcome { state: self, postings: Vec::new(), events: Vec::new() }
    }

    /// Gives back everything that is held, as if the order had never been (TP-08, TP-11…TP-13).
    fn undo(&self) -> Vec<LedgerCommand> {
        self.release(ReleaseMode::Undo)
    }

    fn release(&self, mode: ReleaseMode) -> Vec<LedgerCommand> {
        if self.sources.is_empty() {
            return Vec::new();
        }
        let grace_ms = self.terms.remainder_grace_ms;
        vec![LedgerCommand::Settle { order: self.id, mode, grace_ms, breakage_owner: self.tenant.value() }]
    }
}

#[cfg(test)]
mod tests;
