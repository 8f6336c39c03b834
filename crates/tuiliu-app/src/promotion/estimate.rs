//! What a buyer may expect before paying: a simple, honest range (TP-07).

use std::convert::Infallible;

use tuiliu_domain::limits::ESTIMATE_HISTORY_MAX;
use tuiliu_domain::money::{Beans, Micros};
use tuiliu_domain::party::{Action, Actor};
use tuiliu_domain::promotion::{
    Bidding, Estimate, EstimateRequest, Goal, OrderForm, PastResult, PromotionOrder, estimate,
};
use tuiliu_store::{StoreError, Tx};

use crate::app::{App, Shell};
use crate::error::CommandError;

/// What would be ordered.
#[derive(Debug, Clone, Copy)]
pub struct EstimateAsk {
    pub goal: Goal,
    pub form: OrderForm,
    pub budget: Beans,
    pub bidding: Bidding,
    pub duration_ms: i64,
}

impl App {
    /// Estimates from what comparable orders of the tenant brought; a prior, named as one, where they are too few.
    pub async fn estimate_promotion_order(
        &self,
        actor: Actor,
        ask: EstimateAsk,
    ) -> Result<Estimate, CommandError<Infallible>> {
        if actor.reach(Action::EstimateOrder).is_none() {
            return Err(CommandError::Forbidden);
        }
        self.read(move |shell, tx| Ok(estimate_for(shell, tx, &actor, ask)?)).await
    }
}

pub(super) fn estimate_for(
    shell: &Shell,
    tx: &mut Tx<'_>,
    actor: &Actor,
    ask: EstimateAsk,
) -> Result<Estimate, StoreError> {
    let policy = shell.policy(tx, actor.tenant)?;
    let limit = u32::try_from(ESTIMATE_HISTORY_MAX).unwrap_or(u32::MAX);
    let ended = tx.ended_promotion_orders(actor.tenant, ask.goal, ask.form, limit)?;
    let history = ended.iter().map(|order| past_result(tx, order)).collect::<Result<Vec<_>, _>>()?;
    let EstimateAsk { goal, budget, bidding, duration_ms, .. } = ask;
    let request = EstimateRequest { goal, budget, bidding, duration_ms };
    Ok(estimate(&request, &history, &policy.estimate))
}

fn past_result(tx: &mut Tx<'_>, order: &PromotionOrder) -> Result<PastResult, StoreError> {
    let totals = tx.metric_totals(order.id)?;
    let spend = tx.escrow(order.id)?.map_or(Micros::ZERO, |escrow| escrow.spent);
    let started = order.payments.first().map_or(order.created_at, |payment| payment.at);
    let delivered_ms = order.state.ended_at().map_or(0, |ended| ended.since_ms(started)).min(order.duration_ms);
    Ok(PastResult { spend, results: totals.get("results"), views: totals.get("views"), delivered_ms })
}
