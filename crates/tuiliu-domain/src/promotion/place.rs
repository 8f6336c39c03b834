//! Placing an order (TP-01…TP-04, TP-10, TP-26, QB-01…QB-06).

use thiserror::Error;

use super::PromotionOrder;
use super::audience::Audience;
use super::bidding::Bidding;
use super::content::Content;
use super::cost_guarantee::{BidChange, OrderGuarantee};
use super::goal::{Goal, OrderForm};
use super::guard::{GuardLimitError, GuardRule};
use super::placement::PlacementName;
use super::product::{ChargedBy, Product};
use super::state::OrderState;
use crate::event::{Event, Outcome};
use crate::id::{PartyId, PromotionOrderId, TenantId};
use crate::limits::ORDER_GUARD_RULES_MAX;
use crate::live::{Room, RoomState};
use crate::money::{Micros, Price};
use crate::party::Desk;
use crate::policy::{HoldoutFacts, Policy, ProductRules, Terms};
use crate::promise::PromiseRule;
use crate::time::Timestamp;
use crate::video::VideoState;

/// What a buyer asks for; the content says whose it is and which form of order fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderDraft {
    pub id: PromotionOrderId,
    pub tenant: TenantId,
    pub payer: PartyId,
    pub product: Product,
    pub desk: Desk,
    pub goal: Goal,
    pub charged_by: ChargedBy,
    pub audience: Option<Audience>,
    /// Where alone it is to be shown; `None` is everywhere.
    pub placement: Option<PlacementName>,
    pub bidding: Bidding,
    pub budget: Price,
    pub duration_ms: i64,
    pub guard_rules: Vec<GuardRule>,
    /// The order that this one repeats.
    pub again_of: Option<PromotionOrderId>,
    /// What is known of the viewers whom it can reach.
    pub holdout: HoldoutFacts,
}

impl OrderDraft {
    /// The goal that delivery would predict and price results by.
    #[must_use]
    pub const fn result_goal(&self) -> Goal {
        match self.charged_by {
            ChargedBy::Goal => self.goal,
            ChargedBy::Plays => Goal::Viewers,
        }
    }
}

/// Why an order is not placed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PlaceOrderError {
    #[error("promote content of another tenant")]
    OtherTenant,
    #[error("promote a broadcast that has ended")]
    RoomEnded,
    #[error("reserve for a creator without an earlier broadcast")]
    NoPreviousBroadcast,
    #[error("reserve for a room with a cart when the previous broadcast had none")]
    CartUnlikePrevious,
    /// Quick boosts are for rooms that are on the air.
    #[error("boost a room that is not live")]
    RoomNotLive,
    #[error("promote a video that is `{state}`")]
    VideoNotOut { state: &'static str },
    #[error("order `{goal}` of a `{}` for a `{content}`", .product.code())]
    GoalNotOffered { goal: Goal, product: Product, content: &'static str },
    #[error("order `{goal}` where no goods are on offer")]
    GoalNeedsCart { goal: Goal },
    /// Only videos are charged by plays, and plays take no price (QB-06).
    #[error("bid like this for a `{content}` of a `{}`", .product.code())]
    BiddingNotOffered { product: Product, content: &'static str },
    #[error("order for a room with a cart without a bid")]
    BidRequired,
    #[error("bid for a room without a cart")]
    BidNotAllowed,
    #[error("bid `{}` millionths of the price unit: it must be from `{}` to `{}`", .bid.get(), .min.get(), .max.get())]
    BidOutOfRange { bid: Micros, min: Micros, max: Micros },
    #[error("cap cost at `{}` millionths of the price unit: it must be from `{}` to `{}`", .cost_max.get(), .min.get(), .max.get())]
    CostCapOutOfRange { cost_max: Micros, min: Micros, max: Micros },
    #[error("ask for sales of `{goal}` thousandths of the spend: it must be from `{min}` to `{max}`")]
    RoiGoalOutOfRange { goal: i64, min: i64, max: i64 },
    #[error("order for `{budget}` price units: it must be from `{min}` to `{max}`")]
    BudgetOutOfRange { budget: Price, min: Price, max: Price },
    #[error("order for `{budget}` price units: it must be a multiple of `{step}`")]
    BudgetNotInSteps { budget: Price, step: i64 },
    #[error("order for a duration of `{duration_ms}` ms, which is not offered")]
    DurationNotOffered { duration_ms: i64 },
    #[error("show an order in `{placement}` alone, where none are sold")]
    PlacementNotOffered { placement: PlacementName },
    #[error("give more than `{max}` guard rules")]
    TooManyGuardRules { max: usize },
    #[error("give a guard rule: {0}")]
    BadGuardRule(#[from] GuardLimitError),
}

/// Places an order; it waits for payment.
pub fn place(
    draft: OrderDraft,
    content: &Content,
    policy: &Policy,
    now: Timestamp,
) -> Result<Outcome<PromotionOrder>, PlaceOrderError> {
    if draft.tenant != content.tenant() {
        return Err(PlaceOrderError::OtherTenant);
    }
    if !Goal::offered(draft.product, content.id()).contains(&draft.goal) {
        let (goal, product, content) = (draft.goal, draft.product, content.id().kind());
        return Err(PlaceOrderError::GoalNotOffered { goal, product, content });
    }
    let form = form_for(draft.product, content)?;
    if let Some(placement) = draft.placement.as_ref().filter(|name| !policy.delivery.is_sold_alone(name)) {
        return Err(PlaceOrderError::PlacementNotOffered { placement: placement.clone() });
    }
    let rules = policy.product(draft.product, draft.goal);
    check_draft(&draft, (form, content), &rules)?;
    let terms = policy.terms_of(draft.product, draft.goal, draft.charged_by);
    let mut terms = Terms { holdout: policy.holdout.terms(draft.holdout), ..terms };
    if content.video().is_some() {
        terms.commerce_window_ms = policy.charge.video_window_ms;
    }
    let close_at = now.plus_ms(terms.payment_timeout_ms);
    let bids = draft.bidding.promised().map(|promised| BidChange { at: now, promised }).into_iter().collect();
    let guarantee = guarantee_of(&draft, policy);
    let event = Event::OrderPlaced {
        order: draft.id,
        content: content.id(),
        payer: draft.payer,
        goal: draft.goal,
        currency: terms.currency,
        budget: draft.budget,
        close_at,
    };
    let order = PromotionOrder {
        id: draft.id,
        tenant: draft.tenant,
        product: draft.product,
        content: content.id(),
        desk: draft.desk,
        creator: content.creator(),
        payer: draft.payer,
        form,
        goal: draft.goal,
        charged_by: draft.charged_by,
        audience: draft.audience,
        placement: draft.placement,
        bidding: draft.bidding,
        budget: draft.budget,
        duration_ms: draft.duration_ms,
        guard_rules: draft.guard_rules,
        sources: Vec::new(),
        payments: Vec::new(),
        terms,
        state: OrderState::PendingPayment { close_at },
        reviewed_content: None,
        bids,
        guarantee,
        delivery_started_at: None,
        delivery_ended_at: None,
        again_of: draft.again_of,
        created_at: now,
        version: 0,
    };
    Ok(Outcome { state: order, postings: Vec::new(), events: vec![event] })
}

/// Every order that can carry the guarantee does: it costs its buyer nothing (QB-18).
fn guarantee_of(draft: &OrderDraft, policy: &Policy) -> Option<OrderGuarantee> {
    let rule = match (draft.product, draft.bidding) {
        (Product::QuickBoost, Bidding::Manual { .. }) => PromiseRule::COST,
        (Product::QuickBoost, Bidding::RoiGoal { .. }) => PromiseRule::RETURN,
        _ => return None,
    };
    Some(OrderGuarantee { rule: rule.paid_in(policy.quick_boost.guarantee_paid_in), closed: None })
}

/// The form of order that can be placed for the content as it is (TP-03, TP-10).
pub(super) fn form_for(product: Product, content: &Content) -> Result<OrderForm, PlaceOrderError> {
    match (product, content) {
        (Product::TrafficPack, Content::Room(room)) => form_of_room(room),
        (Product::QuickBoost, Content::Room(room)) => match room.state {
            RoomState::Ended { .. } => Err(PlaceOrderError::RoomEnded),
            RoomState::Planned => Err(PlaceOrderError::RoomNotLive),
            // The commerce product: a cart that comes later does not displace it (QB-10).
            RoomState::Live { .. } | RoomState::Interrupted { .. } => Ok(OrderForm::Commerce),
        },
        (_, Content::Video(video)) => match video.state {
            VideoState::Published => Ok(OrderForm::Commerce),
            VideoState::Draft | VideoState::Removed { .. } => {
                Err(PlaceOrderError::VideoNotOut { state: video.state.name() })
            }
        },
    }
}

fn form_of_room(room: &Room) -> Result<OrderForm, PlaceOrderError> {
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

fn check_draft(
    draft: &OrderDraft,
    (form, content): (OrderForm, &Content),
    rules: &ProductRules<'_>,
) -> Result<(), PlaceOrderError> {
    let lacks_goods = draft.product == Product::QuickBoost && draft.goal.needs_goods() && !content.has_goods();
    if !draft.goal.fits(form) || lacks_goods {
        return Err(PlaceOrderError::GoalNeedsCart { goal: draft.goal });
    }
    let (budget, min, max, step) = (draft.budget, rules.budget_min, rules.budget_max, rules.budget_step);
    if budget < min || max < budget {
        return Err(PlaceOrderError::BudgetOutOfRange { budget, min, max });
    }
    if budget.get() % step != 0 {
        return Err(PlaceOrderError::BudgetNotInSteps { budget, step });
    }
    check_way(draft, (form, content))?;
    check_price(draft, rules)?;
    if !rules.durations_ms.contains(&draft.duration_ms) {
        return Err(PlaceOrderError::DurationNotOffered { duration_ms: draft.duration_ms });
    }
    if draft.guard_rules.len() > ORDER_GUARD_RULES_MAX {
        return Err(PlaceOrderError::TooManyGuardRules { max: ORDER_GUARD_RULES_MAX });
    }
    draft.guard_rules.iter().try_for_each(GuardRule::check)?;
    Ok(())
}

/// Whether this is a way to bid for it (TP-03, QB-06).
fn check_way(draft: &OrderDraft, (form, content): (OrderForm, &Content)) -> Result<(), PlaceOrderError> {
    let (product, kind) = (draft.product, content.id().kind());
    match (product, form, draft.bidding, draft.charged_by) {
        (Product::TrafficPack, _, _, ChargedBy::Plays) | (Product::TrafficPack, _, Bidding::RoiGoal { .. }, _) => {
            Err(PlaceOrderError::BiddingNotOffered { product, content: kind })
        }
        (Product::TrafficPack, OrderForm::Plain, Bidding::Manual { .. } | Bidding::CostCap { .. }, _) => {
            Err(PlaceOrderError::BidNotAllowed)
        }
        (Product::TrafficPack, OrderForm::Commerce, Bidding::Automatic, _) => Err(PlaceOrderError::BidRequired),
        (Product::TrafficPack, ..) => Ok(()),
        (Product::QuickBoost, _, Bidding::Automatic, ChargedBy::Goal) => Ok(()),
        // Bidding is automatic here too; the goal says what purchases may cost.
        (Product::QuickBoost, _, Bidding::RoiGoal { .. }, ChargedBy::Goal) if draft.goal.is_of_purchases() => Ok(()),
        (Product::QuickBoost, _, Bidding::Automatic, ChargedBy::Plays)
        | (Product::QuickBoost, _, Bidding::Manual { .. }, ChargedBy::Goal)
            if content.video().is_some() =>
        {
            Ok(())
        }
        (Product::QuickBoost, ..) => Err(PlaceOrderError::BiddingNotOffered { product, content: kind }),
    }
}

/// Whether the price that the buyer names, if any, can be named.
fn check_price(draft: &OrderDraft, rules: &ProductRules<'_>) -> Result<(), PlaceOrderError> {
    let (min, max) = (rules.bid_min, rules.bid_max.min(draft.budget.micros()));
    let is_within = |price: Micros| min <= price && price <= max;
    match draft.bidding {
        Bidding::Manual { bid } if !is_within(bid) => Err(PlaceOrderError::BidOutOfRange { bid, min, max }),
        Bidding::CostCap { cost_max } if !is_within(cost_max) => {
            Err(PlaceOrderError::CostCapOutOfRange { cost_max, min, max })
        }
        Bidding::RoiGoal { goal_permille: goal }
            if goal < rules.roi_goal_permille.0 || rules.roi_goal_permille.1 < goal =>
        {
            let (min, max) = rules.roi_goal_permille;
            Err(PlaceOrderError::RoiGoalOutOfRange { goal, min, max })
        }
        Bidding::Automatic | Bidding::Manual { .. } | Bidding::CostCap { .. } | Bidding::RoiGoal { .. } => Ok(()),
    }
}
