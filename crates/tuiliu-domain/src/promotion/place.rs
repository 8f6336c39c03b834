//! Placing an order (TP-01…TP-04, TP-10, TP-26).

use thiserror::Error;

use super::PromotionOrder;
use super::audience::Audience;
use super::bidding::Bidding;
use super::goal::{Goal, OrderForm};
use super::guard::{GuardLimitError, GuardRule};
use super::state::OrderState;
use crate::event::{Event, Outcome};
use crate::id::{PartyId, PromotionOrderId, TenantId};
use crate::limits::ORDER_GUARD_RULES_MAX;
use crate::live::{Room, RoomState};
use crate::money::{Beans, Micros};
use crate::policy::{HoldoutFacts, Policy, Terms};
use crate::time::Timestamp;

/// What a buyer asks for; the room says whose it is and which form of order fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderDraft {
    pub id: PromotionOrderId,
    pub tenant: TenantId,
    pub payer: PartyId,
    pub goal: Goal,
    pub audience: Option<Audience>,
    pub bidding: Bidding,
    pub budget: Beans,
    pub duration_ms: i64,
    pub guard_rules: Vec<GuardRule>,
    /// The order that this one repeats.
    pub again_of: Option<PromotionOrderId>,
    /// What is known of the viewers whom it can reach.
    pub holdout: HoldoutFacts,
}

/// Why an order is not placed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PlaceOrderError {
    #[error("promote a room of another tenant")]
    OtherTenant,
    #[error("promote a broadcast that has ended")]
    RoomEnded,
    #[error("reserve for a creator without an earlier broadcast")]
    NoPreviousBroadcast,
    #[error("reserve for a room with a cart when the previous broadcast had none")]
    CartUnlikePrevious,
    #[error("order `{goal}` for a room without a cart")]
    GoalNeedsCart { goal: Goal },
    #[error("order for a room with a cart without a bid")]
    BidRequired,
    #[error("bid for a room without a cart")]
    BidNotAllowed,
    #[error("bid `{}` millionths of a bean: it must be from `{}` to `{}`", .bid.get(), .min.get(), .max.get())]
    BidOutOfRange { bid: Micros, min: Micros, max: Micros },
    #[error("cap cost at `{}` millionths of a bean: it must be from `{}` to `{}`", .cost_max.get(), .min.get(), .max.get())]
    CostCapOutOfRange { cost_max: Micros, min: Micros, max: Micros },
    #[error("order for `{budget}` beans: it must be from `{min}` to `{max}`")]
    BudgetOutOfRange { budget: Beans, min: Beans, max: Beans },
    #[error("order for a duration of `{duration_ms}` ms, which is not offered")]
    DurationNotOffered { duration_ms: i64 },
    #[error("give more than `{max}` guard rules")]
    TooManyGuardRules { max: usize },
    #[error("give a guard rule: {0}")]
    BadGuardRule(#[from] GuardLimitError),
}

/// Places an order; it waits for payment.
pub fn place(
    draft: OrderDraft,
    room: &Room,
    policy: &Policy,
    now: Timestamp,
) -> Result<Outcome<PromotionOrder>, PlaceOrderError> {
    if draft.tenant != room.tenant {
        return Err(PlaceOrderError::OtherTenant);
    }
    let form = form_for(room)?;
    check_draft(&draft, form, policy)?;
    let terms = Terms { holdout: policy.holdout.terms(draft.holdout), ..policy.terms(draft.goal) };
    let close_at = now.plus_ms(terms.payment_timeout_ms);
    let event = Event::OrderPlaced {
        order: draft.id,
        room: room.id,
        payer: draft.payer,
        goal: draft.goal,
        budget: draft.budget,
        close_at,
    };
    let order = PromotionOrder {
        id: draft.id,
        tenant: draft.tenant,
        room: room.id,
        creator: room.creator,
        payer: draft.payer,
        form,
        goal: draft.goal,
        audience: draft.audience,
        bidding: draft.bidding,
        budget: draft.budget,
        duration_ms: draft.duration_ms,
        guard_rules: draft.guard_rules,
        sources: Vec::new(),
        payments: Vec::new(),
        terms,
        state: OrderState::PendingPayment { close_at },
        reviewed_content: None,
        again_of: draft.again_of,
        created_at: now,
        version: 0,
    };
    Ok(Outcome { state: order, postings: Vec::new(), events: vec![event] })
}

/// The form of order that can be placed for the room as it is (TP-03, TP-10).
pub(super) fn form_for(room: &Room) -> Result<OrderForm, PlaceOrderError> {
    match room.state {
        RoomState::Ended { .. } => Err(PlaceOrderError::RoomEnded),
        RoomState::Live { .. } | RoomState::Interrupted { .. } => Ok(room.form()),
        RoomState::Planned => match (room.cart.previous_had_cart, room.has_cart()) {
            (None, _) => Err(PlaceOrderError::NoPreviousBroadcast),
            (Some(false), false) => Ok(OrderForm::Plain),
            (Some(false), true) => Err(PlaceOrderError::CartUnlikePrevious),
            // The cart may be mounted until the broadcast starts; TP-11 looks then.
            (Some(true), _) => Ok(OrderForm::Commerce),
        },
    }
}

fn check_draft(draft: &OrderDraft, form: OrderForm, policy: &Policy) -> Result<(), PlaceOrderError> {
    if !draft.goal.fits(form) {
        return Err(PlaceOrderError::GoalNeedsCart { goal: draft.goal });
    }
    let max = policy.order.budget_max;
    let min = policy.order.presets.get(draft.goal).first().copied().unwrap_or(max);
    if draft.budget < min || max < draft.budget {
        return Err(PlaceOrderError::BudgetOutOfRange { budget: draft.budget, min, max });
    }
    check_bid(draft, form, policy)?;
    if !policy.order.durations_ms.contains(&draft.duration_ms) {
        return Err(PlaceOrderError::DurationNotOffered { duration_ms: draft.duration_ms });
    }
    if draft.guard_rules.len() > ORDER_GUARD_RULES_MAX {
        return Err(PlaceOrderError::TooManyGuardRules { max: ORDER_GUARD_RULES_MAX });
    }
    draft.guard_rules.iter().try_for_each(GuardRule::check)?;
    Ok(())
}

fn check_bid(draft: &OrderDraft, form: OrderForm, policy: &Policy) -> Result<(), PlaceOrderError> {
    let (min, max) = (policy.order.bid_min, policy.order.bid_max.min(draft.budget.micros()));
    let is_within = |price: Micros| min <= price && price <= max;
    match (form, draft.bidding) {
        (OrderForm::Plain, Bidding::Automatic) => Ok(()),
        (OrderForm::Plain, Bidding::Manual { .. } | Bidding::CostCap { .. }) => Err(PlaceOrderError::BidNotAllowed),
        (OrderForm::Commerce, Bidding::Automatic) => Err(PlaceOrderError::BidRequired),
        (OrderForm::Commerce, Bidding::Manual { bid }) if is_within(bid) => Ok(()),
        (OrderForm::Commerce, Bidding::CostCap { cost_max }) if is_within(cost_max) => Ok(()),
        (OrderForm::Commerce, Bidding::Manual { bid }) => Err(PlaceOrderError::BidOutOfRange { bid, min, max }),
        (OrderForm::Commerce, Bidding::CostCap { cost_max }) => {
            Err(PlaceOrderError::CostCapOutOfRange { cost_max, min, max })
        }
    }
}
