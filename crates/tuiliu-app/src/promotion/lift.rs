//! What a promotion brought beyond what would have come anyway: treated against held out (AT-01).

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::atomic::Ordering;

use tracing::info;
use tuiliu_domain::id::{ContentId, Id, PartyId, PromotionOrderId, RoomId, TenantId};
use tuiliu_domain::live::Room;
use tuiliu_domain::party::{Action, Actor, Owned};
use tuiliu_domain::promotion::{Goal, OrderForm, Product, PromotionOrder};
use tuiliu_domain::time::{DAY_MS, HOUR_MS, Timestamp};
use tuiliu_measure::lift::{
    ArmResults, Estimate, GammaPrior, GhostCount, LiftMetric, LiftVersion, OrderExperiment, OrderLift, fit_prior,
    order_lift, plain_increment, sum_of_orders,
};
use tuiliu_store::{ArmCode, ArmOutcome, ArmRow, LiftPriorRow, StoreError, Tx};

use super::order_for;
use crate::app::{App, Shell};
use crate::delivery::{NATURAL_NAMED, NATURAL_UNNAMED};
use crate::error::CommandError;

/// Finished orders of a goal that a belief is fitted on, the newest.
const FITTED_ORDERS_MAX: u32 = 500;
/// Beliefs are fitted anew so often.
const FIT_EVERY_MS: i64 = DAY_MS;
/// Tenants fitted in one transaction.
const TENANTS_PER_STEP: u32 = 100;
/// Rooms, and videos, that one sum goes over.
const SUMMED_MAX: usize = 1_000;
/// Rooms or videos read at a time.
const PAGE: u32 = 200;

/// The lift of one order.
#[derive(Debug, Clone)]
pub struct OrderLiftView {
    pub order: PromotionOrder,
    pub version: LiftVersion,
    /// When the figures become final; `None` while the broadcast goes on.
    pub final_at: Option<Timestamp>,
    pub treated_viewers: u64,
    pub ghost_viewers: u64,
    /// Viewers it won who are held out of everything promoted; in neither arm.
    pub universal_viewers: u64,
    pub lift: OrderLift,
    /// Comparable orders behind the belief, by metric; those without one are left out.
    pub comparables: BTreeMap<LiftMetric, u32>,
    /// What followed an exposure, to fall back on, by the code of the metric: no increment.
    pub attributed: BTreeMap<&'static str, i64>,
}

/// Whose orders are summed, of broadcasts and of videos whose delivery ended in `from..to`.
#[derive(Debug, Clone, Copy)]
pub struct LiftSumAsk {
    pub creator: PartyId,
    pub from: Timestamp,
    pub to: Timestamp,
}

/// The lift of several broadcasts and videos together, final figures only.
#[derive(Debug, Clone)]
pub struct LiftSum {
    /// Broadcasts and videos in the sum.
    pub rooms: usize,
    pub videos: usize,
    /// Those whose window is not over, or whose experiment is broken: not in the sum.
    pub left_out: usize,
    /// What the treated did, and what of it the promotion brought.
    pub metrics: Vec<(LiftMetric, f64, Estimate)>,
}

impl LiftSumAsk {
    fn holds(&self, ended: Timestamp) -> bool {
        self.from <= ended && ended < self.to
    }
}

impl App {
    /// What one order brought beyond what would have come anyway.
    pub async fn order_lift(
        &self,
        actor: Actor,
        id: PromotionOrderId,
    ) -> Result<OrderLiftView, CommandError<Infallible>> {
        self.read(move |shell, tx| {
            let order = order_for(tx, &actor, id, Action::ReadOrder)?;
            Ok(lift_of(tx, order, shell.now())?)
        })
        .await
    }

    /// What a creator's promoted broadcasts and videos of some time brought together.
    pub async fn lift_sum(&self, actor: Actor, ask: LiftSumAsk) -> Result<LiftSum, CommandError<Infallible>> {
        self.read(move |shell, tx| {
            let owner = Owned { tenant: actor.tenant, owner: ask.creator, co_owner: None };
            actor.may(Action::ReadOrder, &owner)?;
            Ok(sum(tx, actor.tenant, ask, shell.now())?)
        })
        .await
    }

    /// Fits anew what is believed of each goal's natural rates, once a day; this node looks once an hour.
    pub(crate) async fn fit_lift_priors(&self) -> Result<(), CommandError<Infallible>> {
        let (last, now) = (&self.shell.engine.lift_looked_at, self.shell.now());
        if now.ms().saturating_sub(last.load(Ordering::Relaxed)) < HOUR_MS {
            return Ok(());
        }
        last.store(now.ms(), Ordering::Relaxed);
        let mut after = TenantId::new(0);
        loop {
            let page =
                move |_: &Shell, tx: &mut Tx<'_>| Ok::<_, CommandError<_>>(tx.tenants_after(after, TENANTS_PER_STEP)?);
            let tenants = self.read(page).await?;
            let Some(last) = tenants.last().map(|tenant| tenant.id) else { return Ok(()) };
            after = last;
            for tenant in tenants {
                let id = tenant.id;
                let fitted = self.read(move |shell, tx| Ok::<_, CommandError<_>>(fit(tx, id, shell.now())?)).await?;
                let save = move |_: &Shell, tx: &mut Tx<'_>| {
                    for (goal, row) in &fitted {
                        tx.save_lift_prior(id, *goal, row)?;
                    }
                    Ok::<_, CommandError<_>>(fitted.len())
                };
                let count = self.write(save).await?;
                if count > 0 {
                    info!(tenant.id = %id, count, "fitted {count} natural rates");
                }
            }
        }
    }
}

/// When what an order promotes was over: the broadcast, or the delivery of a video.
fn ended_at(tx: &mut Tx<'_>, order: &PromotionOrder) -> Result<Option<Timestamp>, StoreError> {
    Ok(match order.content {
        ContentId::Room(room) => room_of(tx, room)?.times.ended,
        ContentId::Video(_) => order.delivery_ended_at,
    })
}

/// When the window of an order is over; `None` while it goes on.
fn final_at(order: &PromotionOrder, ended: Option<Timestamp>) -> Option<Timestamp> {
    Some(ended?.plus_ms(order.terms.commerce_window_ms))
}

fn version(order: &PromotionOrder, ended: Option<Timestamp>, now: Timestamp) -> LiftVersion {
    match (ended, final_at(order, ended)) {
        (Some(_), Some(final_at)) if final_at <= now => LiftVersion::Final,
        (Some(ended), _) if ended.plus_ms(DAY_MS) <= now => LiftVersion::AfterOneDay,
        _ => LiftVersion::Running,
    }
}

fn lift_of(tx: &mut Tx<'_>, order: PromotionOrder, now: Timestamp) -> Result<OrderLiftView, StoreError> {
    let ended = ended_at(tx, &order)?;
    let version = version(&order, ended, now);
    let mut arms: BTreeMap<ArmCode, ArmResults> = BTreeMap::new();
    for sum in tx.arm_sums(order.id)? {
        let arm = arms.entry(sum.arm).or_default();
        arm.users = sum.users;
        arm.events = events(sum.outcome);
    }
    for (arm, gmv_fen) in tx.arm_spenders(order.id)? {
        arms.entry(arm).or_default().spends.push(u64::try_from(gmv_fen).unwrap_or(0));
    }
    let experiment = OrderExperiment {
        share_millionths: order.terms.holdout.share_millionths,
        viewers_planned: order.terms.holdout.viewers_planned,
        version,
        treated: arms.remove(&ArmCode::Treated).unwrap_or_default(),
        ghost: arms.remove(&ArmCode::Ghost).unwrap_or_default(),
        viewers_named: viewers_named(tx, order.content)?,
    };
    let priors = priors(tx, order.tenant, order.goal)?;
    let lift = order_lift(&experiment, |metric| priors.get(&metric).map(|(prior, _)| *prior));
    let totals = tx.metric_totals(order.id)?;
    Ok(OrderLiftView {
        version,
        final_at: final_at(&order, ended),
        treated_viewers: experiment.treated.users,
        ghost_viewers: experiment.ghost.users,
        universal_viewers: arms.get(&ArmCode::Universal).map_or(0, |arm| arm.users),
        lift,
        comparables: priors.into_iter().map(|(metric, (_, orders))| (metric, orders)).collect(),
        attributed: LiftMetric::ALL.map(|metric| (metric.code(), totals.get(metric.code()))).into(),
        order,
    })
}

fn room_of(tx: &mut Tx<'_>, room: RoomId) -> Result<Room, StoreError> {
    tx.room(room)?.ok_or_else(|| StoreError::Inconsistent {
        place: format!("room {room}"),
        reason: "an order is for it and it is not there".to_owned(),
    })
}

/// In the order of [`LiftMetric::COUNTS`].
fn events(outcome: ArmOutcome) -> [u64; 5] {
    let ArmOutcome { viewed, followed, commented, clicked, paid, .. } = outcome;
    [viewed, followed, commented, clicked, paid].map(|count| u64::try_from(count).unwrap_or(0))
}

/// Whether at most one in twenty natural outcomes came without its viewer: ghosts have only natural ones.
fn viewers_named(tx: &mut Tx<'_>, content: ContentId) -> Result<bool, StoreError> {
    let totals = tx.metric_totals(Id::<()>::new(content.value()))?;
    let (named, unnamed) = (totals.get(NATURAL_NAMED), totals.get(NATURAL_UNNAMED));
    Ok(viewers_named_in(named, unnamed))
}

/// Whether at most one in twenty came without its viewer.
pub(super) const fn viewers_named_in(named: i64, unnamed: i64) -> bool {
    unnamed.saturating_mul(19) <= named
}

fn priors(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    goal: Goal,
) -> Result<BTreeMap<LiftMetric, (GammaPrior, u32)>, StoreError> {
    let read = |row: LiftPriorRow| {
        let metric = LiftMetric::COUNTS.into_iter().find(|metric| metric.code() == row.metric)?;
        Some((metric, (GammaPrior::from_thousandths(row.shape_thousandths, row.rate_thousandths)?, row.orders)))
    };
    Ok(tx.lift_priors(tenant, goal)?.into_iter().filter_map(read).collect())
}

/// The beliefs about each goal of a tenant from its finished orders; none while the last ones are not a day old.
fn fit(tx: &mut Tx<'_>, tenant: TenantId, now: Timestamp) -> Result<Vec<(Goal, LiftPriorRow)>, StoreError> {
    let mut fitted = Vec::new();
    if tx.lift_priors_fitted_at(tenant)?.is_some_and(|at| now.since_ms(at) < FIT_EVERY_MS) {
        return Ok(fitted);
    }
    for goal in Goal::ALL {
        let ghosts = finished_ghosts(tx, tenant, *goal, now)?;
        for (place, metric) in LiftMetric::COUNTS.into_iter().enumerate() {
            let count = |arm: &ArmResults| GhostCount { users: arm.users, events: arm.events[place] };
            let counts: Vec<GhostCount> = ghosts.iter().map(count).collect();
            // Too few orders, or no event at all: what was believed before stays.
            let Ok(prior) = fit_prior(&counts) else { continue };
            let orders = u32::try_from(counts.len()).unwrap_or(u32::MAX);
            let (shape_thousandths, rate_thousandths) = prior.thousandths();
            let metric = metric.code().to_owned();
            fitted.push((*goal, LiftPriorRow { metric, shape_thousandths, rate_thousandths, orders, fitted_at: now }));
        }
    }
    Ok(fitted)
}

/// The ghosts of the newest finished orders of a goal whose window is over.
fn finished_ghosts(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    goal: Goal,
    now: Timestamp,
) -> Result<Vec<ArmResults>, StoreError> {
    let mut ghosts = Vec::new();
    for kind in Product::ALL.iter().flat_map(|product| OrderForm::ALL.iter().map(|form| (*product, goal, *form))) {
        for order in tx.ended_promotion_orders(tenant, kind, FITTED_ORDERS_MAX)? {
            if order.terms.holdout.share_millionths == 0 {
                continue;
            }
            let ended = ended_at(tx, &order)?;
            if version(&order, ended, now) != LiftVersion::Final || !viewers_named(tx, order.content)? {
                continue;
            }
            let sums = tx.arm_sums(order.id)?;
            let ghost = sums.into_iter().find(|sum| sum.arm == ArmCode::Ghost && sum.users > 0);
            ghosts.extend(ghost.map(|sum| ArmResults {
                users: sum.users,
                events: events(sum.outcome),
                spends: Vec::new(),
            }));
        }
    }
    Ok(ghosts)
}

/// A room or a video whose orders measured, and when that was over.
struct Measured {
    /// Any of its orders: they share the draw and the share.
    order: PromotionOrder,
    ended: Timestamp,
}

/// Adds up broadcasts and videos: orders for the same one share their ghosts, so each is one experiment from its first
/// win on.
fn sum(tx: &mut Tx<'_>, tenant: TenantId, ask: LiftSumAsk, now: Timestamp) -> Result<LiftSum, StoreError> {
    let mut sum = LiftSum { rooms: 0, videos: 0, left_out: 0, metrics: Vec::new() };
    let mut estimates: BTreeMap<LiftMetric, (f64, Vec<Estimate>)> = BTreeMap::new();
    let mut measured = rooms_measured(tx, tenant, ask)?;
    measured.extend(videos_measured(tx, tenant, ask)?);
    for of in measured {
        let experiment = experiment_of_content(tx, &of, now)?;
        let lift = order_lift(&experiment, |_| None);
        if experiment.version != LiftVersion::Final || lift.breakage.is_some() || lift.sample_ratio.is_none() {
            sum.left_out += 1;
            continue;
        }
        *if of.order.content.is_video() { &mut sum.videos } else { &mut sum.rooms } += 1;
        for told in lift.metrics {
            let (treated, all) = estimates.entry(told.metric).or_default();
            *treated += told.treated;
            all.extend(plain_increment(&experiment, told.metric));
        }
    }
    let total = |(metric, (treated, all)): (LiftMetric, (f64, Vec<Estimate>))| (metric, treated, sum_of_orders(all));
    sum.metrics = estimates.into_iter().map(total).collect();
    Ok(sum)
}

fn is_measured(order: &PromotionOrder) -> bool {
    let was_never_delivered = order.state.is_final() && order.delivery_ended_at.is_none();
    order.terms.holdout.share_millionths > 0 && !was_never_delivered
}

/// A creator's broadcasts that ended in this time and measured, the newest.
fn rooms_measured(tx: &mut Tx<'_>, tenant: TenantId, ask: LiftSumAsk) -> Result<Vec<Measured>, StoreError> {
    let (mut measured, mut before) = (Vec::new(), None);
    loop {
        let page = tx.rooms_of(tenant, ask.creator, before, PAGE)?;
        let Some(last) = page.last().map(|room| room.id) else { return Ok(measured) };
        before = Some(last);
        for room in page {
            let Some(ended) = room.times.ended.filter(|at| ask.holds(*at)) else { continue };
            let order = tx.promotion_orders_of_room(room.id)?.into_iter().find(is_measured);
            measured.extend(order.map(|order| Measured { order, ended }));
        }
        if measured.len() >= SUMMED_MAX {
            return Ok(measured);
        }
    }
}

/// A creator's videos whose last delivery ended in this time and that measured, the newest.
fn videos_measured(tx: &mut Tx<'_>, tenant: TenantId, ask: LiftSumAsk) -> Result<Vec<Measured>, StoreError> {
    let (mut measured, mut before) = (Vec::new(), None);
    loop {
        let page = tx.videos_of(tenant, ask.creator, before, PAGE)?;
        let Some(last) = page.last().map(|video| video.id) else { return Ok(measured) };
        before = Some(last);
        for video in page {
            let mut orders = tx.promotion_orders_for(ContentId::Video(video.id))?;
            orders.retain(is_measured);
            let ended: Option<Vec<Timestamp>> = orders.iter().map(|order| order.delivery_ended_at).collect();
            let ended = ended.and_then(|all| all.into_iter().max()).filter(|at| ask.holds(*at));
            measured.extend(orders.pop().zip(ended).map(|(order, ended)| Measured { order, ended }));
        }
        if measured.len() >= SUMMED_MAX {
            return Ok(measured);
        }
    }
}

fn experiment_of_content(tx: &mut Tx<'_>, of: &Measured, now: Timestamp) -> Result<OrderExperiment, StoreError> {
    let Measured { order, ended } = of;
    let [mut treated, mut ghost] = [ArmResults::default(), ArmResults::default()];
    let mut last = None;
    for ArmRow { viewer, arm, outcome, .. } in tx.arms_of_room(RoomId::new(order.content.value()))? {
        // Of a viewer whom several orders won, the earliest win comes first, and its outcome holds those of the others.
        if last.replace(viewer) == Some(viewer) {
            continue;
        }
        let results = match arm {
            ArmCode::Treated => &mut treated,
            ArmCode::Ghost => &mut ghost,
            ArmCode::Universal => continue,
        };
        results.users += 1;
        results.events.iter_mut().zip(events(outcome)).for_each(|(sum, event)| *sum += event);
        results.spends.extend(u64::try_from(outcome.gmv_fen).ok().filter(|fen| *fen > 0));
    }
    Ok(OrderExperiment {
        share_millionths: order.terms.holdout.share_millionths,
        viewers_planned: order.terms.holdout.viewers_planned,
        version: version(order, Some(*ended), now),
        treated,
        ghost,
        viewers_named: viewers_named(tx, order.content)?,
    })
}
