//! Ending orders: canceled, stopped, exhausted, guarded, settled (TP-14, TP-15, TP-18, TP-19, TP-29).

use std::convert::Infallible;

use thiserror::Error;
use tuiliu_domain::id::PromotionOrderId;
use tuiliu_domain::ledger::Escrow;
use tuiliu_domain::money::{CENTIBEAN_WORTH, Micros};
use tuiliu_domain::party::{Action, Actor};
use tuiliu_domain::promotion::{
    CloseOrderError, EndOrderError, Performance, PromotionOrder, SettleOrderError, SettlementFacts, StopCause,
};
use tuiliu_store::{StoreError, Tx};

use super::{order_for, save_unrefused};
use crate::app::{App, Shell};
use crate::error::CommandError;

/// Stops delivery of an order at once.
#[derive(Debug, Clone, Copy)]
pub struct StopPromotionOrder {
    pub order: PromotionOrderId,
}

/// Why an order is not ended.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EndRefusal {
    #[error(transparent)]
    Close(#[from] CloseOrderError),
    #[error(transparent)]
    End(#[from] EndOrderError),
    #[error(transparent)]
    Settle(#[from] SettleOrderError),
}

impl Shell {
    /// Cancels an order that is not paid, in the caller's transaction.
    pub fn cancel_promotion_order(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        id: PromotionOrderId,
    ) -> Result<PromotionOrder, CommandError<EndRefusal>> {
        let order = order_for(tx, actor, id, Action::CancelOrder)?;
        let outcome = order.cancel(self.now()).map_err(|error| CommandError::Refused(error.into()))?;
        Ok(save_unrefused(self, tx, outcome)?)
    }

    /// Stops an order in the caller's transaction: by its buyer, or by staff.
    pub fn stop_promotion_order(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        command: StopPromotionOrder,
    ) -> Result<PromotionOrder, CommandError<EndRefusal>> {
        let order = order_for(tx, actor, command.order, Action::StopOrder)?;
        let by_staff = actor.roles.iter().any(|role| role.is_staff());
        let is_buyer = !by_staff || actor.relation(&order.owned()) == tuiliu_domain::party::Relation::Own;
        let cause = if is_buyer { StopCause::Buyer } else { StopCause::Operator };
        let outcome = order.stop(cause, self.now()).map_err(|error| CommandError::Refused(error.into()))?;
        Ok(save_unrefused(self, tx, outcome)?)
    }

    /// Gives back what an order did not use, in the caller's transaction.
    pub(crate) fn settle_promotion_order(
        &self,
        tx: &mut Tx<'_>,
        order: PromotionOrder,
    ) -> Result<PromotionOrder, CommandError<EndRefusal>> {
        crate::delivery::close_all(self, tx, order.id)?;
        let holds = tx.holds_of(order.id)?;
        let spent = tx.escrow(order.id)?.map_or(Micros::ZERO, |escrow| escrow.spent);
        // Whether exposures are still open is only known by waiting for them.
        let facts = SettlementFacts { holds: &holds, spent, leases_open: false, exposures_open: true };
        let settling = order.clone();
        let outcome = order.settle(&facts, self.now()).map_err(|error| CommandError::Refused(error.into()))?;
        let settled = save_unrefused(self, tx, outcome)?;
        crate::forecast::came(tx, &settling, &settled)?;
        Ok(settled)
    }
}

/// What guard rules look at.
pub(crate) fn performance(tx: &mut Tx<'_>, order: &PromotionOrder, escrow: &Escrow) -> Result<Performance, StoreError> {
    let totals = tx.metric_totals(order.id)?;
    let last = tx.last_charge_at(order.id)?;
    Ok(Performance {
        spend: escrow.spent,
        // Each charge pays for a result, so nothing is ever spent without one.
        dry_spend: Micros::ZERO,
        results: totals.get("results"),
        last_charge_at: last.or(order.state.started_at()).unwrap_or(order.created_at),
        sales_fen: totals.get("gmv_fen"),
    })
}

/// Whether nothing is left that buys anything: less than the smallest unit is not given back either (TP-14).
pub(crate) const fn is_used_up(escrow: &Escrow) -> bool {
    escrow.budget.get() - escrow.spent.get() < CENTIBEAN_WORTH.get()
}

impl App {
    /// Ends an order whose budget is used up; nothing when it has ended already.
    pub(crate) async fn exhaust_promotion_order(&self, id: PromotionOrderId) -> Result<(), CommandError<Infallible>> {
        self.write(move |shell, tx| {
            let Some(order) = tx.promotion_order(id)? else { return Ok(()) };
            // Topped up a moment ago, it goes on.
            if !tx.escrow(id)?.is_some_and(|escrow| is_used_up(&escrow)) {
                shell.engine.touch_after(tx);
                return Ok(());
            }
            // One that has ended already stays as it is.
            if let Ok(outcome) = order.exhaust(shell.now()) {
                save_unrefused(shell, tx, outcome)?;
            }
            Ok(())
        })
        .await
    }

    /// [`Shell::stop_promotion_order`] in a transaction of its own.
    pub async fn stop_promotion_order(
        &self,
        actor: Actor,
        command: StopPromotionOrder,
    ) -> Result<PromotionOrder, CommandError<EndRefusal>> {
        self.write(move |shell, tx| shell.stop_promotion_order(tx, &actor, command)).await
    }
}
