//! Reading orders: one, or a page of those that the actor may see (TP-21).

use std::convert::Infallible;

use tuiliu_domain::id::{ContentId, PartyId, PromotionOrderId};
use tuiliu_domain::ledger::{Escrow, Hold, LotOrigin};
use tuiliu_domain::money::Micros;
use tuiliu_domain::party::{Action, Actor, Owned, Reach};
use tuiliu_domain::promotion::{Content, PromotionOrder, RefundPromise};
use tuiliu_store::{DeliveryCharge, Notice, OrderPage, RefundRow, ReviewRow, StoreError, Tx};

use super::order_for;
use super::review::content_of;
use crate::access::of_party;
use crate::app::{App, Shell};
use crate::delivery::EventKind;
use crate::error::CommandError;

/// A page of orders, newest first.
#[derive(Debug, Clone, Copy)]
pub struct OrderFilter {
    /// Only this payer's.
    pub payer: Option<PartyId>,
    /// Only those for this room or video.
    pub content: Option<ContentId>,
    pub before: Option<PromotionOrderId>,
    pub limit: u32,
}

/// A page of an order's itemised delivery ledger, with the order that it belongs to.
#[derive(Debug, Clone)]
pub struct DeliveryLedger {
    pub order: PromotionOrder,
    /// Of the whole ledger, not of the page.
    pub rows: i64,
    pub charges: Vec<DeliveryCharge>,
}

impl DeliveryLedger {
    /// What was left of the budget after a charge, with the top-ups that had been paid by then.
    #[must_use]
    pub fn balance_after(&self, charge: &DeliveryCharge) -> Micros {
        let earlier = self.order.payments.iter().filter(|payment| payment.at <= charge.at);
        let paid = earlier.map(|payment| payment.price.micros().get()).fold(0_i64, i64::saturating_add);
        Micros::new(paid.saturating_sub(charge.spent_after.get()).max(0))
    }
}

/// An order with what its page shows.
#[derive(Debug, Clone)]
pub struct OrderView {
    pub order: PromotionOrder,
    pub content: Content,
    /// `None` until something was held for it.
    pub escrow: Option<Escrow>,
    pub holds: Vec<Hold>,
    /// Metrics since the beginning, by name.
    pub totals: Vec<(String, i64)>,
    pub reviews: Vec<ReviewRow>,
    /// Of a rejected quick boost, for whoever asked for the order itself.
    pub refund: Option<OrderRefund>,
}

/// What is promised of a rejected order's money, and how far it is on its way (QB-14).
#[derive(Debug, Clone)]
pub struct OrderRefund {
    pub promise: RefundPromise,
    /// What was asked back of the payments it came from since the rejection: of the wallet's owner, shown to those who
    /// may look into the wallet.
    pub of_payments: Vec<RefundRow>,
}

impl App {
    /// One order.
    pub async fn promotion_order(
        &self,
        actor: Actor,
        id: PromotionOrderId,
    ) -> Result<OrderView, CommandError<Infallible>> {
        self.read(move |shell, tx| {
            let order = order_for(tx, &actor, id, Action::ReadOrder)?;
            let view = view(tx, order)?;
            let refund = refund(shell, tx, &actor, &view)?;
            Ok(OrderView { refund, ..view })
        })
        .await
    }

    /// A page of orders with what each brought.
    pub async fn promotion_orders(
        &self,
        actor: Actor,
        filter: OrderFilter,
    ) -> Result<Vec<OrderView>, CommandError<Infallible>> {
        self.promotion_orders_in(actor, filter, None).await
    }

    /// The same, only those in this state, by its name.
    pub async fn promotion_orders_in(
        &self,
        actor: Actor,
        filter: OrderFilter,
        state: Option<&'static str>,
    ) -> Result<Vec<OrderView>, CommandError<Infallible>> {
        let reach = actor.reach(Action::ReadOrder).ok_or(CommandError::Forbidden)?;
        self.read(move |_, tx| {
            let orders = page(tx, (&actor, reach), filter, state)?;
            Ok(orders.into_iter().map(|order| view(tx, order)).collect::<Result<_, StoreError>>()?)
        })
        .await
    }

    /// What happened to an order, oldest first, each with its number.
    pub async fn promotion_order_timeline(
        &self,
        actor: Actor,
        id: PromotionOrderId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<(i64, Notice)>, CommandError<Infallible>> {
        self.read(move |_, tx| {
            let order = order_for(tx, &actor, id, Action::ReadOrder)?;
            Ok(tx.notices_of(order.tenant, &order.id.to_string(), after, limit)?)
        })
        .await
    }

    /// A page of an order's itemised delivery ledger: charged events without viewers (TP-31).
    pub async fn delivery_ledger(
        &self,
        actor: Actor,
        id: PromotionOrderId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<DeliveryCharge>, CommandError<Infallible>> {
        Ok(self.delivery_ledger_of(actor, id, after, limit).await?.charges)
    }

    /// The same with the order, which tells what its budget was.
    pub async fn delivery_ledger_of(
        &self,
        actor: Actor,
        id: PromotionOrderId,
        after: i64,
        limit: u32,
    ) -> Result<DeliveryLedger, CommandError<Infallible>> {
        self.read(move |_, tx| {
            let order = order_for(tx, &actor, id, Action::ReadDeliveryLedger)?;
            let charges = tx.charges(order.id, after, limit, EventKind::CODES)?;
            let rows = tx.last_charge(order.id)?;
            Ok(DeliveryLedger { order, rows, charges })
        })
        .await
    }

    /// How many orders of the tenant are in each state, for staff.
    pub async fn count_promotion_orders(&self, actor: Actor) -> Result<Vec<(String, i64)>, CommandError<Infallible>> {
        if actor.reach(Action::ReadOrder) != Some(Reach::Tenant) {
            return Err(CommandError::Forbidden);
        }
        self.read(move |_, tx| Ok(tx.count_promotion_orders(actor.tenant)?)).await
    }
}

fn page(
    tx: &mut Tx<'_>,
    (actor, reach): (&Actor, Reach),
    filter: OrderFilter,
    state: Option<&'static str>,
) -> Result<Vec<PromotionOrder>, CommandError<Infallible>> {
    let OrderFilter { payer, content, before, limit } = filter;
    if let Some(content) = content {
        let orders = tx.promotion_orders_for(content)?;
        let visible =
            orders.into_iter().rev().filter(|order| actor.may(Action::ReadOrder, &order.visible_to()).is_ok());
        let wanted = visible.filter(|order| state.is_none_or(|state| order.state.name() == state));
        let older = wanted.filter(|order| before.is_none_or(|before| order.id < before));
        return Ok(older.take(usize::try_from(limit).unwrap_or(usize::MAX)).collect());
    }
    let page = OrderPage { before, limit };
    if reach == Reach::Tenant && payer.is_none() {
        return Ok(match state {
            None => tx.promotion_orders(actor.tenant, page)?,
            Some(state) => tx.promotion_orders_by_state(actor.tenant, None, state, page)?,
        });
    }
    let payer = payer.unwrap_or(actor.party);
    let owner = Owned { tenant: actor.tenant, owner: payer, co_owner: None };
    actor.may(Action::ReadOrder, &owner).map_err(|_| CommandError::Forbidden)?;
    Ok(match state {
        None => tx.promotion_orders_of(actor.tenant, payer, page)?,
        Some(state) => tx.promotion_orders_by_state(actor.tenant, Some(payer), state, page)?,
    })
}

pub(super) fn view(tx: &mut Tx<'_>, order: PromotionOrder) -> Result<OrderView, StoreError> {
    let content = content_of(tx, &order)?;
    let escrow = tx.escrow(order.id)?;
    let holds = tx.holds_of(order.id)?;
    let totals = tx.metric_totals(order.id)?.sums;
    let reviews = tx.reviews_of(order.id)?;
    Ok(OrderView { order, content, escrow, holds, totals, reviews, refund: None })
}

fn refund(shell: &Shell, tx: &mut Tx<'_>, actor: &Actor, view: &OrderView) -> Result<Option<OrderRefund>, StoreError> {
    let OrderView { order, holds, .. } = view;
    let Some(promise) = order.refund_promise(holds, shell.calendar()) else { return Ok(None) };
    let mut payments = Vec::new();
    if actor.may(Action::ReadWallet, &of_party(order.tenant, order.payer)).is_ok() {
        for source in &order.sources {
            if let Some(LotOrigin::Payment(payment)) = tx.ledger_lot(source.plan.lot)?.map(|lot| lot.origin)
                && !payments.contains(&payment)
            {
                payments.push(payment);
            }
        }
    }
    let mut of_payments = Vec::new();
    for payment in payments {
        of_payments.extend(tx.refunds_of_payment(order.tenant, payment, promise.rejected_at)?);
    }
    Ok(Some(OrderRefund { promise, of_payments }))
}
