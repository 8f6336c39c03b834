//! Promotion orders: placing, paying, reviewing, following their rooms, ending, settling.

mod check;
mod cost_guarantee;
mod curve;
mod desk;
mod due;
mod end;
mod lift;
mod online;
mod options;
mod pay;
mod payment_plan;
mod place;
mod platform_lift;
mod read;
mod report;
mod review;

pub use cost_guarantee::{ChangeBid, CostGuaranteeView};
pub use curve::CurvePoint;
pub use desk::{DeskReport, JudgeSample, ReviewQueueRow, ReviewerReport, SampleRow};
pub use due::DueDone;
pub use end::{EndRefusal, StopPromotionOrder};
pub use lift::{LiftSum, LiftSumAsk, OrderLiftView};
pub use online::OrderPaymentRefusal;
pub use options::{ContentEstimateAsk, GoalOption, OrderOptions, cost_cap_results_min};
pub use pay::{PayPromotionOrder, PayRefusal, TopUpPromotionOrder, TopUpRefusal};
pub use payment_plan::{CouponFit, PayableDraft, PayableThing, PaymentPlan, PaymentPlanAsk, PaymentPlanRefusal};
pub use place::{OrderAgain, OrderAgainRefusal, PlacePromotionOrder, PlaceRefusal};
pub use platform_lift::PlatformLift;
pub use read::{DeliveryLedger, OrderFilter, OrderRefund, OrderView};
pub use report::{OrderReport, ReportMinute, SourceUse};
pub(crate) use review::content_of;
pub use review::{JudgeOrder, JudgeRefusal};
pub use tuiliu_store::{DeliveryCharge, DeskLoad, ReviewRow};

pub use tuiliu_measure::approximate::round_to_whole;
pub use tuiliu_measure::lift::{Breakage, Estimate as LiftEstimate, LiftMetric, LiftState, LiftVersion, MetricLift};

use tuiliu_domain::event::Outcome;
use tuiliu_domain::id::PromotionOrderId;
use tuiliu_domain::ledger::LedgerRefusal;
use tuiliu_domain::party::{Action, Actor, Owned};
use tuiliu_domain::promotion::{Content, OrderState, PromotionOrder};
use tuiliu_store::{StoreError, Tx};

use crate::app::Shell;
use crate::error::CommandError;
use crate::outcome::{self, Saved};

/// The order, if it is there and the actor may do this to it.
pub(crate) fn order_for<R: std::error::Error>(
    tx: &mut Tx<'_>,
    actor: &Actor,
    id: PromotionOrderId,
    action: Action,
) -> Result<PromotionOrder, CommandError<R>> {
    let order = tx.promotion_order(id)?.ok_or(CommandError::NotFound)?;
    actor.may(action, &standing(&order, action))?;
    Ok(order)
}

/// Whose an order is: the payer's to change, also the creator's to read.
pub(crate) fn standing(order: &PromotionOrder, action: Action) -> Owned {
    match action {
        Action::ReadOrder | Action::ReadReview | Action::ReadDeliveryLedger => order.visible_to(),
        _ => order.owned(),
    }
}

/// Saves what an order decided: row, postings, events, the use of coupons; answers the order as it is stored now.
pub(crate) fn save(
    shell: &Shell,
    tx: &mut Tx<'_>,
    outcome: Outcome<PromotionOrder>,
) -> Result<Result<PromotionOrder, LedgerRefusal>, StoreError> {
    let before = tx.promotion_order(outcome.state.id)?;
    let held_before = before.as_ref().map_or(0, |order| order.sources.len());
    let Saved { mut state, answers } = match outcome::save(shell, tx, outcome.state.tenant, outcome)? {
        Ok(saved) => saved,
        Err(refusal) => return Ok(Err(refusal)),
    };
    crate::coupon::record_use(shell, tx, &state, held_before, &answers)?;
    tx.update_promotion_order(&state)?;
    state.version += 1;
    if before.is_some_and(|before| before.waits_for_review()) && !state.waits_for_review() {
        desk::close_review_tasks(tx, state.id, shell.now())?;
    }
    if !matches!(state.state, OrderState::Running { .. } | OrderState::Paused { .. }) {
        shell.engine.cut_off_after(tx, state.id);
    }
    shell.engine.touch_after(tx);
    Ok(Ok(state))
}

/// [`save`] for what the ledger cannot refuse, because it only gives back.
pub(crate) fn save_unrefused(
    shell: &Shell,
    tx: &mut Tx<'_>,
    outcome: Outcome<PromotionOrder>,
) -> Result<PromotionOrder, StoreError> {
    let id = outcome.state.id;
    save(shell, tx, outcome)?.map_err(|refusal| StoreError::Inconsistent {
        place: format!("promotion order {id}"),
        reason: refusal.to_string(),
    })
}

impl Shell {
    /// Lets every order for a room or a video follow it, as it is now.
    pub(crate) fn orders_follow(&self, tx: &mut Tx<'_>, content: &Content) -> Result<(), StoreError> {
        for order in tx.promotion_orders_for(content.id())?.into_iter().filter(|order| !order.state.is_final()) {
            let before = order.clone();
            let outcome = order.follow(content, self.now());
            if outcome.state == before && outcome.events.is_empty() {
                self.review_again_if_changed(tx, before, content)?;
                continue;
            }
            let order = save_unrefused(self, tx, outcome)?;
            self.screen_promotion_order(tx, order, content)?;
        }
        self.engine.touch_after(tx);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
