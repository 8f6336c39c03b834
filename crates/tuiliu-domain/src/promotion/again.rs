//! Order again (再来一单, TP-09).

use thiserror::Error;

use super::PromotionOrder;
use super::content::Content;
use super::goal::OrderForm;
use super::place::{OrderDraft, PlaceOrderError, form_for};
use crate::id::PromotionOrderId;
use crate::policy::HoldoutFacts;

/// Why an order cannot be repeated for a room.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OrderAgainError {
    #[error("order again what was for a room with a cart: this room has none")]
    CartMissing,
    #[error("order again what was for a room without a cart: this room has one")]
    CartMounted,
    #[error("order again: {0}")]
    Content(#[source] PlaceOrderError),
}

/// A draft with the goal, audience, bidding, budget and duration of an earlier order (TP-09).
///
/// The earlier order may be in any state; the content may be a later broadcast of any creator of the tenant.
pub fn again(order: &PromotionOrder, id: PromotionOrderId, content: &Content) -> Result<OrderDraft, OrderAgainError> {
    let form = form_for(order.product, content).map_err(OrderAgainError::Content)?;
    match (order.form, form) {
        (OrderForm::Commerce, OrderForm::Plain) => return Err(OrderAgainError::CartMissing),
        (OrderForm::Plain, OrderForm::Commerce) => return Err(OrderAgainError::CartMounted),
        (OrderForm::Plain, OrderForm::Plain) | (OrderForm::Commerce, OrderForm::Commerce) => {}
    }
    let first = order.payments.first();
    Ok(OrderDraft {
        id,
        tenant: order.tenant,
        payer: order.payer,
        product: order.product,
        desk: order.desk,
        goal: order.goal,
        charged_by: order.charged_by,
        audience: order.audience.clone(),
        placement: order.placement.clone(),
        bidding: order.bidding,
        // What was topped up later was not asked for at first.
        budget: first.map_or(order.budget, |payment| payment.price),
        duration_ms: first.map_or(order.duration_ms, |payment| payment.duration_ms),
        guard_rules: order.guard_rules.clone(),
        again_of: Some(order.id),
        // The viewers are those of now.
        holdout: HoldoutFacts::default(),
    })
}
