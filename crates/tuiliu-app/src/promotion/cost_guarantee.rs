//! Changing bids, and the cost guarantee that rests on them: shown live, closed on its day (QB-18, QB-19).

use std::convert::Infallible;

use tracing::{error, info};
use tuiliu_domain::id::PromotionOrderId;
use tuiliu_domain::money::Micros;
use tuiliu_domain::party::{Action, Actor};
use tuiliu_domain::promise::Assessment;
use tuiliu_domain::promotion::{ChangeBidError, PromotionOrder, Taken};
use tuiliu_store::{StoreError, Tx};

use super::{order_for, save_unrefused};
use crate::app::{App, Shell};
use crate::delivery::EventKind;
use crate::error::CommandError;

/// Charges read at once.
const CHARGES_PAGE: u32 = 1_000;
/// What the sums call results that were taken back.
const RESULTS_UNDONE: &str = "results_undone";

/// Bids another price per result from now on.
#[derive(Debug, Clone, Copy)]
pub struct ChangeBid {
    pub order: PromotionOrderId,
    pub bid: Micros,
}

/// An order with its cost guarantee as it stands.
#[derive(Debug, Clone)]
pub struct CostGuaranteeView {
    pub order: PromotionOrder,
    /// `None`: it carries none.
    pub assessment: Option<Assessment>,
}

impl Shell {
    /// Changes the bid of an order in the caller's transaction.
    pub fn change_bid(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        command: ChangeBid,
    ) -> Result<PromotionOrder, CommandError<ChangeBidError>> {
        let order = order_for(tx, actor, command.order, Action::PlaceOrder)?;
        let policy = self.policy(tx, order.tenant)?;
        let rules = policy.product(order.product, order.goal);
        let outcome = order.change_bid(command.bid, &rules, self.now()).map_err(CommandError::Refused)?;
        Ok(save_unrefused(self, tx, outcome)?)
    }
}

impl App {
    /// The cost guarantee of an order: in force or why not, and what would be paid if its window closed now.
    pub async fn cost_guarantee(
        &self,
        actor: Actor,
        id: PromotionOrderId,
    ) -> Result<CostGuaranteeView, CommandError<Infallible>> {
        self.read(move |shell, tx| {
            let order = order_for(tx, &actor, id, Action::ReadOrder)?;
            let taken = taken(tx, &order)?;
            let assessment = order.assess_guarantee(&taken, shell.now());
            Ok(CostGuaranteeView { order, assessment })
        })
        .await
    }

    /// Closes the cost guarantees whose day has come; how many. A job's, `limit` at a time.
    pub async fn close_guarantees(&self, limit: u32) -> Result<usize, CommandError<Infallible>> {
        let due = self.read(move |shell, tx| Ok(tx.due_cost_guarantees(shell.now(), limit)?)).await?;
        let mut closed = 0;
        for order in due {
            let id = order.id;
            match self.write(move |shell, tx| Ok::<_, CommandError<Infallible>>(close(shell, tx, id)?)).await {
                Ok(done) => closed += usize::from(done),
                // One that cannot be closed must not hold up the others; it is tried again.
                Err(fault) => error!(order.id = %id, fault = %fault, "could not close a cost guarantee"),
            }
        }
        Ok(closed)
    }
}

fn close(shell: &Shell, tx: &mut Tx<'_>, id: PromotionOrderId) -> Result<bool, StoreError> {
    let Some(order) = tx.promotion_order(id)? else { return Ok(false) };
    let taken = taken(tx, &order)?;
    // Closed by another node meanwhile, or not due: nothing is to be done.
    let Ok(outcome) = order.close_guarantee(&taken, shell.now()) else { return Ok(false) };
    save_unrefused(shell, tx, outcome)?;
    info!(order.id = %id, "closed the cost guarantee of promotion order `{id}`");
    Ok(true)
}

/// Everything that was charged for an order, and the results that were taken back, by the minute.
fn taken(tx: &mut Tx<'_>, order: &PromotionOrder) -> Result<Vec<Taken>, StoreError> {
    let mut taken = Vec::new();
    if order.guarantee.is_none() {
        return Ok(taken);
    }
    let mut after = 0;
    loop {
        let page = tx.charges(order.id, after, CHARGES_PAGE, EventKind::CODES)?;
        let Some(last) = page.last() else { break };
        after = last.number;
        taken.extend(page.iter().map(|charge| Taken { at: charge.at, spend: charge.price, results: 1 }));
    }
    let from = order.created_at.minute();
    let until = order.guarantee_due_at().unwrap_or(from).plus_ms(1);
    let undone = tx.metric_minutes(order.id, from, until)?;
    let undone = undone.into_iter().filter(|sum| sum.metric == RESULTS_UNDONE);
    taken.extend(undone.map(|sum| Taken { at: sum.minute, spend: Micros::ZERO, results: -sum.value }));
    Ok(taken)
}
