//! Changing bids, and the cost guarantee that rests on them: shown live, closed on its day (QB-18, QB-19).

use std::convert::Infallible;

use tracing::{error, info};
use tuiliu_domain::id::PromotionOrderId;
use tuiliu_domain::party::{Action, Actor};
use tuiliu_domain::promise::{Assessment, Measure};
use tuiliu_domain::promotion::{Bidding, ChangeBidError, PromotionOrder, Taken};
use tuiliu_store::{ChargedResult, StoreError, Tx};

use super::{order_for, save_unrefused};
use crate::app::{App, Shell};
use crate::delivery::net_purchases;
use crate::error::CommandError;

/// Charges read at once.
const CHARGES_PAGE: u32 = 1_000;

/// Names another bid, or another goal of sales per spend, from now on.
#[derive(Debug, Clone, Copy)]
pub struct ChangeBid {
    pub order: PromotionOrderId,
    pub to: Bidding,
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
        let outcome = order.change_bid(command.to, &rules, self.now()).map_err(CommandError::Refused)?;
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
    let used = crate::delivery::used_lots(tx, &order)?;
    let Ok(outcome) = order.close_guarantee(&taken, &used, shell.now()) else { return Ok(false) };
    save_unrefused(shell, tx, outcome)?;
    info!(order.id = %id, "closed the cost guarantee of promotion order `{id}`");
    Ok(true)
}

/// Everything that was charged for an order and not credited back, with what has come of it (QB-11, AT-03).
fn taken(tx: &mut Tx<'_>, order: &PromotionOrder) -> Result<Vec<Taken>, StoreError> {
    let (mut taken, mut after) = (Vec::new(), 0);
    let Some(guarantee) = order.guarantee.filter(|guarantee| guarantee.closed.is_none()) else { return Ok(taken) };
    loop {
        let page = tx.charged_results(order.id, after, CHARGES_PAGE)?;
        let Some(last) = page.last() else { return Ok(taken) };
        after = last.number;
        for ChargedResult { number: _, at, price: spend, viewer, is_undone } in page {
            let (results, sales_fen) = match guarantee.rule.measure {
                Measure::Return => viewer.map_or(Ok((0, 0)), |viewer| net_purchases(tx, order, viewer))?,
                Measure::Cost | Measure::Results => (i64::from(!is_undone), 0),
            };
            taken.push(Taken { at, spend, results, sales_fen });
        }
    }
}
