//! Ticks: folding, expiry of reservations and pacing, each called by the jobs loop or the simulator.

use std::convert::Infallible;

use tuiliu_delivery::lease::low_at_least;
use tuiliu_delivery::pacing::{Bought, ExpectedShare, Observation, Plan};
use tuiliu_domain::id::{DecisionId, PromotionOrderId};
use tuiliu_domain::money::Micros;
use tuiliu_domain::time::{SECOND_MS, Timestamp};

use super::engine::{Engine, LiveOrder};
use super::fold::{self, Folded};
use super::lease;
use crate::app::App;
use crate::error::CommandError;

/// Steps of folding in one round of the jobs.
const STEPS_PER_ROUND: usize = 16;
/// No step begins later in a round.
const ROUND_MS: i64 = SECOND_MS;

impl App {
    /// Folds the next acknowledged batches and the results that are due; answers how much it did, 0 when all is done.
    pub async fn fold_events(&self) -> Result<usize, CommandError<Infallible>> {
        let folded = self.fold_step(i64::MAX, self.shell.now()).await?;
        Ok(folded.batches + folded.due)
    }

    /// Folds for one round: steps while there is more than one takes, but not for so long that a beat is late.
    pub(crate) async fn fold_round(&self) -> Result<(), CommandError<Infallible>> {
        let began_at = self.shell.now();
        for _ in 0..STEPS_PER_ROUND {
            let now = self.shell.now();
            let folded = self.fold_step(i64::MAX, now).await?;
            if !folded.is_full() || now.since_ms(began_at) >= ROUND_MS {
                break;
            }
        }
        Ok(())
    }

    /// Folds everything that is acknowledged by now; what comes meanwhile is for the next round.
    pub(crate) async fn fold_acknowledged(&self) -> Result<(), CommandError<Infallible>> {
        let batch_last = self.read(|_, tx| Ok::<_, CommandError<Infallible>>(tx.last_events()?)).await?;
        self.fold_until(batch_last).await
    }

    /// Folds the batches up to this one, and the results that are due by now.
    pub(super) async fn fold_until(&self, batch_last: i64) -> Result<(), CommandError<Infallible>> {
        let due_until = self.shell.now();
        while !self.fold_step(batch_last, due_until).await?.has_reached(batch_last) {}
        Ok(())
    }

    async fn fold_step(&self, batch_until: i64, due_until: Timestamp) -> Result<Folded, CommandError<Infallible>> {
        let folded = self
            .write(move |shell, tx| {
                let (node, epoch) = (shell.engine.config.node, shell.engine.epoch());
                let step = fold::Step { id: shell.id(), node, epoch, now: shell.now(), batch_until, due_until };
                Ok(fold::run(shell, tx, step)?)
            })
            .await?;
        self.settle_reservations(&folded);
        for order in &folded.exhausted {
            self.shell.engine.cut_off(*order);
            self.exhaust_promotion_order(*order).await?;
        }
        Ok(folded)
    }

    /// The engine learns what was committed: charged reservations, new impressions and results.
    fn settle_reservations(&self, folded: &Folded) {
        let engine = &self.shell.engine;
        let mut live = engine.live();
        for (id, spent) in &folded.spent {
            if let Some(order) = live.get_mut(id) {
                order.hear_spent(*spent);
            }
        }
        for charge in &folded.charges {
            if let Some(order) = live.get_mut(&charge.order) {
                lease::settle(engine, order, charge);
            }
        }
        drop(live);
        self.learn_folded(folded);
    }

    /// Gives back the prices of impressions that brought nothing in time, learns from what came, and corrects every
    /// order's bid.
    pub fn pace_delivery(&self) {
        let engine = &self.shell.engine;
        let now = self.shell.now();
        engine.reservations.expire(now);
        self.learn_delivery();
        if engine.learning.traffic.observe(now) {
            // The plans of running orders follow with the next snapshots.
            engine.touch();
        }
        engine.forecasting.tick(engine, now);
        let mut live = engine.live();
        engine.learn(&mut live);
        // An order that goes on after the time that was expected of it is paced to its hard end (QB-05).
        if live.values().any(|order| order.plan.ends_at <= now) {
            engine.touch();
        }
        for (id, order) in live.iter_mut() {
            keep_cap(engine, *id, order);
            let seen = observe(engine, *id, order, now);
            let (pacer, pace) = order.pacer.tick(&order.bounded_plan(), seen, &order.landscape);
            order.pacer = pacer;
            order.ticked_at = now;
            pace.put_into(&order.pacing);
            // Of a lease that holds enough for what it bids now, a look would find nothing to do.
            order.lend_below = order.lend_below.max(low_at_least(order.pacing.price()));
        }
        // Decisions bid by what the snapshots were last told.
        for view in engine.views.load().values() {
            view.snapshot.reprice();
        }
    }

    /// Gives back the price of an impression that is known to bring nothing, before its time; `false` when nothing
    /// is reserved for it. A charge that comes all the same is then late (DL-05).
    pub fn release_impression(&self, decision: DecisionId) -> bool {
        self.shell.engine.reservations.release(decision)
    }

    /// What the engine knows of one running order's plan: planned and actual spend, and the bid now (DL-06).
    #[must_use]
    pub fn pace_of(&self, id: PromotionOrderId) -> Option<PaceNow> {
        let live = self.shell.engine.live();
        let order = live.get(&id)?;
        let seen = observe(&self.shell.engine, id, order, self.shell.now());
        Some(PaceNow {
            plan: order.plan.clone(),
            planned: order.plan.planned_spend(seen.now),
            spent: seen.spent,
            bid: order.pacing.price(),
            bid_too_low: order.pacer.bid_too_low(&order.bounded_plan(), seen, &order.landscape),
        })
    }
}

/// What pacing may know of an order now.
fn observe(engine: &Engine, id: PromotionOrderId, order: &LiveOrder, now: Timestamp) -> Observation {
    let spent = order.spent;
    let predicted = engine.learning.predicted_cost(id, spent, order.pacing.price());
    Observation { now, spent, predicted, auctions: order.auctions }
}

/// Plan and actual of one running order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaceNow {
    pub plan: Plan,
    pub planned: Micros,
    pub spent: Micros,
    pub bid: Micros,
    /// What part of the budget will be spent, when the buyer's bid or cap was too low for over 15% of the window.
    pub bid_too_low: Option<ExpectedShare>,
}

impl LiveOrder {
    /// The plan as pacing may follow it: with the bid that keeps the cap, where there is one.
    fn bounded_plan(&self) -> Plan {
        let price_limit = self.cap.map_or(self.plan.price_limit, |(_, bid_max)| bid_max.min(self.plan.price_limit));
        Plan { price_limit, ..self.plan.clone() }
    }
}

/// Looks for the bid that keeps the order's cap from now on.
fn keep_cap(engine: &Engine, id: PromotionOrderId, order: &mut LiveOrder) {
    let Some((cap, _)) = order.cap else { return };
    let bought = Bought { spent: order.charged, results: order.results, due: engine.learning.results_due(id) };
    order.cap = Some((cap, cap.bid_max(&order.plan, &bought, &order.pacer, &order.landscape)));
}
