//! What time does to orders and rooms: commands run by a job, each in a transaction of its own.

use std::convert::Infallible;

use tracing::{error, info, warn};
use tuiliu_domain::id::PromotionOrderId;
use tuiliu_domain::promotion::{Due, PromotionOrder};
use tuiliu_store::{StoreError, Tx};

use super::end::{is_used_up, performance};
use super::review::content_of;
use super::{EndRefusal, save_unrefused};
use crate::app::{App, Shell};
use crate::error::CommandError;

/// Orders looked at in one round.
const ORDERS_PER_ROUND: u32 = 256;

/// What a round of the clock did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DueDone {
    pub orders: usize,
    pub rooms: usize,
    pub guarded: usize,
}

impl App {
    /// Does what is due: closes unpaid orders, lapses reservations, ends and settles orders, ends broken-off broadcasts.
    pub async fn run_due(&self) -> Result<DueDone, CommandError<Infallible>> {
        let rooms = self.end_interrupted_rooms().await?;
        let due = self.read(|shell, tx| Ok(tx.due_promotion_orders(shell.now(), ORDERS_PER_ROUND)?)).await?;
        if due.iter().any(|order| matches!(order.due_at(), Some((_, Due::Settle)))) {
            // What was acknowledged before is charged before anything is given back.
            self.fold_acknowledged().await?;
        }
        let mut orders = 0;
        for order in &due {
            let id = order.id;
            match self.write(move |shell, tx| run_one(shell, tx, id)).await {
                Ok(true) => orders += 1,
                Ok(false) => {}
                // One that cannot be done must not hold up the others; it is tried again.
                Err(CommandError::Store(fault)) => error!(order.id = %id, fault = %fault, "could not do what is due"),
                Err(refusal) => warn!(order.id = %id, refusal = %refusal, "left a due order as it is"),
            }
        }
        let guarded = self.run_limits().await?;
        Ok(DueDone { orders, rooms, guarded })
    }

    async fn end_interrupted_rooms(&self) -> Result<usize, CommandError<Infallible>> {
        let due = self.read(|shell, tx| Ok(tx.due_rooms(shell.now(), ORDERS_PER_ROUND)?)).await?;
        let mut rooms = 0;
        for room in due {
            let id = room.id;
            let ended = self.write(move |shell, tx| {
                let Some(room) = tx.room(id)? else { return Ok(()) };
                let outcome = room.end_interrupted(shell.now());
                crate::live::save_room(shell, tx, outcome)?;
                Ok::<_, CommandError<Infallible>>(())
            });
            match ended.await {
                Ok(()) => rooms += 1,
                Err(fault) => error!(room.id = %id, fault = %fault, "could not end a broken-off broadcast"),
            }
        }
        Ok(rooms)
    }

    /// Ends orders whose budget is used up (a crash may have come between the last charge and the end) or
    /// whose guard rules are crossed; answers how many rules were.
    async fn run_limits(&self) -> Result<usize, CommandError<Infallible>> {
        let (exhausted, guarded) = self.read(|shell, tx| Ok(over_limits(shell, tx)?)).await?;
        for id in exhausted {
            self.exhaust_promotion_order(id).await?;
        }
        let count = guarded.len();
        for id in guarded {
            self.write(move |shell, tx| Ok(guard(shell, tx, id)?)).await?;
        }
        Ok(count)
    }
}

fn over_limits(shell: &Shell, tx: &mut Tx<'_>) -> Result<(Vec<PromotionOrderId>, Vec<PromotionOrderId>), StoreError> {
    let (mut exhausted, mut guarded) = (Vec::new(), Vec::new());
    for order in tx.delivering_promotion_orders()? {
        let Some(escrow) = tx.escrow(order.id)? else { continue };
        if is_used_up(&escrow) {
            exhausted.push(order.id);
        } else if !order.guard_rules.is_empty() {
            let performance = performance(tx, &order, &escrow)?;
            if order.guard_rule_crossed(&performance, shell.now()).is_some() {
                guarded.push(order.id);
            }
        }
    }
    Ok((exhausted, guarded))
}

fn guard(shell: &Shell, tx: &mut Tx<'_>, id: PromotionOrderId) -> Result<(), StoreError> {
    let Some(order) = tx.promotion_order(id)? else { return Ok(()) };
    let Some(escrow) = tx.escrow(id)? else { return Ok(()) };
    let performance = performance(tx, &order, &escrow)?;
    if let Ok(outcome) = order.stop_by_guard_rule(&performance, shell.now()) {
        save_unrefused(shell, tx, outcome)?;
        info!(order.id = %id, "stopped promotion order `{id}` by a guard rule");
    }
    Ok(())
}

/// Does what is due to one order; `false` when it is not due any more.
fn run_one(shell: &Shell, tx: &mut Tx<'_>, id: PromotionOrderId) -> Result<bool, CommandError<EndRefusal>> {
    let now = shell.now();
    let Some(order) = tx.promotion_order(id)? else { return Ok(false) };
    let Some((_, due)) = order.due_at().filter(|(at, _)| *at <= now) else { return Ok(false) };
    let outcome = match due {
        Due::CloseUnpaid => order.close_unpaid(now).map_err(|error| CommandError::Refused(error.into()))?,
        Due::EndDuration => order.end_duration(now).map_err(|error| CommandError::Refused(error.into()))?,
        Due::Settle => return shell.settle_promotion_order(tx, order).map(|_| true),
        Due::ExpireReservation => return expire(shell, tx, order).map_err(CommandError::from),
    };
    save_unrefused(shell, tx, outcome)?;
    Ok(true)
}

fn expire(shell: &Shell, tx: &mut Tx<'_>, order: PromotionOrder) -> Result<bool, StoreError> {
    let content = content_of(tx, &order)?;
    // Only rooms are reserved for.
    let Some(room) = content.room() else { return Ok(false) };
    let now = shell.now();
    let outcome = match order.clone().expire_reservation(room, now) {
        Ok(outcome) => outcome,
        // It went live in time and nobody told the order yet.
        Err(_went_live) => order.clone().follow_room(room, now),
    };
    if outcome.state == order {
        // The booking still waits for its verdict, which brings it on; nothing is to be done until then.
        return Ok(false);
    }
    let order = save_unrefused(shell, tx, outcome)?;
    shell.screen_promotion_order(tx, order, &content)?;
    Ok(true)
}
