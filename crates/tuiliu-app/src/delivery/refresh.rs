//! Refreshing: the running orders of the store become the snapshots that decisions read.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::convert::Infallible;
use std::sync::Arc;

use tracing::warn;
use tuiliu_delivery::audience::{CompiledAudience, Tag};
use tuiliu_delivery::bidding::{Bid, PacingCell, Quality};
use tuiliu_delivery::frequency::{FrequencyCap, FrequencyWindow};
use tuiliu_delivery::lease::{Borrowing, LeaseCounter};
use tuiliu_delivery::pacing::{CostCap, Landscape, PacerState, Plan};
use tuiliu_delivery::predict::{Prior, ResultCounts};
use tuiliu_delivery::request::ContentType;
use tuiliu_delivery::snapshot::{RoomState as ShownRoom, SnapshotError};
use tuiliu_delivery::{Candidate, Snapshot};
use tuiliu_domain::id::{ContentId, PromotionOrderId, TenantId};
use tuiliu_domain::ledger::{Escrow, LeaseId};
use tuiliu_domain::limits::FREQUENCY_CAP_MAX;
use tuiliu_domain::live::RoomState;
use tuiliu_domain::money::{Asset, Micros};
use tuiliu_domain::policy::Policy;
use tuiliu_domain::promotion::{Bidding, Content, OrderForm, OrderState, PromotionOrder};
use tuiliu_domain::time::{DAY_MS, HOUR_MS, Timestamp};
use tuiliu_store::{StoreError, StoredPrediction, Tx};

use super::engine::{Engine, LiveOrder, TenantView};
use super::lease::LOOK;
use super::names::ContentNames;
use super::purchase_value::expected_paid;
use crate::app::{App, Shell};
use crate::error::CommandError;
use crate::promotion::content_of;

/// Auctions that an order is expected to see; only sizes the sample that its landscape keeps.
const AUCTIONS_EXPECTED: u64 = 100_000;

/// One running order as the store has it.
struct Running {
    order: PromotionOrder,
    content: Content,
    escrow: Escrow,
    /// What this node's lease has left, from before the engine met the order.
    lent: Micros,
    impressions: u64,
    results: u64,
    /// What a purchase is expected to be paid; asked for where the order has a goal of sales per spend only.
    paid: Micros,
}

/// What a refresh read in one transaction.
pub(super) struct World {
    /// How many changes there were before.
    changes: u64,
    running: Vec<Running>,
    policies: BTreeMap<TenantId, Arc<Policy>>,
    /// What was learnt for tenants that rested and have orders again.
    learnt: Vec<StoredPrediction>,
}

impl App {
    /// Makes the snapshots anew from the store. Orders that are not running any more cannot be shown after it.
    pub async fn refresh_delivery(&self) -> Result<(), CommandError<Infallible>> {
        let world = self.read_world().await?;
        self.install(world);
        Ok(())
    }

    pub(super) async fn read_world(&self) -> Result<World, CommandError<Infallible>> {
        let changes = self.shell.engine.changes();
        self.read(move |shell, tx| Ok(read_world(shell, tx, changes)?)).await
    }

    /// Has the snapshots made anew when another node may have changed an order: it cannot tell this one.
    pub(crate) async fn follow_other_nodes(&self) {
        let engine = &self.shell.engine;
        if engine.config.nodes < 2 {
            return;
        }
        match self.read(|_, tx| Ok::<_, CommandError<Infallible>>(tx.last_notice()?)).await {
            Ok(last) => engine.notice(last),
            Err(fault) => warn!(fault = %fault, "could not look for changes of other nodes"),
        }
        if let Err(fault) = self.hear_spent().await {
            warn!(fault = %fault, "could not hear what orders have spent on other nodes");
        }
    }

    pub(super) fn install(&self, world: World) {
        let engine = &self.shell.engine;
        let World { changes, running, policies, learnt } = world;
        learnt.iter().for_each(|stored| engine.learning.restore(stored));
        let now = self.shell.now();
        let mut candidates: HashMap<TenantId, Vec<Candidate>> =
            policies.keys().map(|tenant| (*tenant, Vec::new())).collect();
        let mut names: HashMap<TenantId, ContentNames> = HashMap::new();
        let mut present = HashSet::with_capacity(running.len());
        {
            let mut live = engine.live();
            for running in &running {
                let Some(policy) = policies.get(&running.order.tenant) else { continue };
                if let Some(candidate) = candidate(engine, &mut live, running, (policy, now)) {
                    // An order that seemed to be used up, and was topped up in time, goes on with the promises it has
                    // made; one that ended while the world was read does not.
                    if engine.is_cut_off_since(running.order.id, changes) {
                        candidate.lease.close();
                    } else {
                        candidate.lease.reopen();
                    }
                    present.insert(running.order.id);
                    let content = &running.content;
                    let names = names.entry(running.order.tenant).or_default();
                    names.insert(content.id(), content.external_id());
                    names.note(&running.order);
                    candidates.entry(running.order.tenant).or_default().push(candidate);
                }
            }
            live.retain(|id, order| {
                let stays = present.contains(id);
                if !stays {
                    order.lease.close();
                }
                stays
            });
        }
        for (tenant, policy) in &policies {
            for (candidate, external_id) in engine.helping.candidates(*tenant, policy) {
                let names = names.entry(*tenant).or_default();
                names.insert(candidate.content, &external_id);
                names.note_in_money(candidate.order);
                present.insert(candidate.order);
                candidates.entry(*tenant).or_default().push(candidate);
            }
        }
        engine.forget_cut_offs(changes);
        engine.forget_losses(|order| present.contains(&order));
        let views = Arc::new(views(engine, candidates, names, &policies));
        engine.views.store(Arc::clone(&views));
        // Prices that were set after the last snapshots were told of them: not before decisions read these, since the
        // orders of the last ones are partly the same and their bounds would not hold.
        views.values().for_each(|view| view.snapshot.reprice());
    }
}

fn views(
    engine: &Engine,
    candidates: HashMap<TenantId, Vec<Candidate>>,
    mut names: HashMap<TenantId, ContentNames>,
    policies: &BTreeMap<TenantId, Arc<Policy>>,
) -> HashMap<TenantId, Arc<TenantView>> {
    let mut views = HashMap::with_capacity(candidates.len());
    for (tenant, candidates) in candidates {
        let Some(policy) = policies.get(&tenant) else { continue };
        match next_snapshot(engine, tenant, candidates) {
            Ok(snapshot) => {
                let universal = policy.holdout.universal_millionths();
                let snapshot = snapshot.with_model(engine.learning.model(tenant)).with_universal_holdout(universal);
                let (policy, names) = (policy.delivery.clone(), names.remove(&tenant).unwrap_or_default());
                let traffic = engine.learning.traffic.of(tenant);
                views.insert(tenant, Arc::new(TenantView { snapshot, policy, names, traffic }));
            }
            Err(error) => warn!(tenant.id = %tenant, error = %error, "could not build a snapshot"),
        }
    }
    views
}

/// The tenant's last snapshot with what has changed: orders that are as they were are neither looked at nor indexed.
pub(super) fn next_snapshot(
    engine: &Engine,
    tenant: TenantId,
    candidates: Vec<Candidate>,
) -> Result<Snapshot, SnapshotError> {
    match engine.view(tenant) {
        Some(last) => last.snapshot.apply(last.snapshot.changes_to(candidates)),
        None => Snapshot::build(tenant, candidates, engine.frequency(tenant), engine.keys.holdout),
    }
}

fn read_world(shell: &Shell, tx: &mut Tx<'_>, changes: u64) -> Result<World, StoreError> {
    let engine = &shell.engine;
    let orders = tx.delivering_promotion_orders()?;
    let mut contents: BTreeMap<ContentId, Content> = BTreeMap::new();
    let mut policies = BTreeMap::new();
    let mut running = Vec::with_capacity(orders.len());
    for order in orders {
        if let Entry::Vacant(place) = policies.entry(order.tenant) {
            place.insert(shell.policy(tx, order.tenant)?);
        }
        if let Entry::Vacant(place) = contents.entry(order.content) {
            place.insert(content_of(tx, &order)?);
        }
        let content = contents[&order.content].clone();
        let Some(escrow) = tx.escrow(order.id)? else { continue };
        let own = LeaseId { order: order.id, node: engine.config.node, epoch: engine.epoch() };
        let lease = tx.leases_of(order.id)?.into_iter().find(|lease| lease.id == own && !lease.closed);
        let lent = lease.map_or(Micros::ZERO, |lease| Micros::new(lease.granted.get() - lease.spent.get()));
        let totals = tx.metric_totals(order.id)?;
        let total = |name: &str| u64::try_from(totals.get(name)).unwrap_or(0);
        let (impressions, results) = (total("impressions"), total("results"));
        let paid = expected_paid(tx, &order, &policies[&order.tenant])?;
        running.push(Running { order, content, escrow, lent, impressions, results, paid });
    }
    for tenant in engine.helping.tenants() {
        if let Entry::Vacant(place) = policies.entry(tenant) {
            place.insert(shell.policy(tx, tenant)?);
        }
    }
    let mut learnt = Vec::new();
    if policies.keys().any(|tenant| engine.learning.is_resting(*tenant)) {
        learnt = tx.predictions_for(engine.config.node)?;
        learnt.retain(|stored| policies.contains_key(&stored.tenant) && engine.learning.is_resting(stored.tenant));
    }
    Ok(World { changes, running, policies, learnt })
}

fn candidate(
    engine: &Engine,
    live: &mut HashMap<PromotionOrderId, LiveOrder>,
    running: &Running,
    (policy, now): (&Policy, Timestamp),
) -> Option<Candidate> {
    let Running { order, content, escrow, paid, .. } = running;
    let (started_at, ends_at, paused) = match order.state {
        OrderState::Running { started_at, ends_at } => (started_at, ends_at, false),
        OrderState::Paused { started_at, ends_at, .. } => (started_at, ends_at, true),
        _ => return None,
    };
    let audience = compiled(engine, order)?;
    let rules = policy.product(order.product, order.goal);
    let plan = Plan {
        starts_at: started_at,
        ends_at: paced_until(order, started_at, now),
        budget: escrow.budget,
        shape: engine.learning.traffic.shape(order.tenant),
        price_min: rules.bid_min,
        price_limit: price_limit(order.bidding, rules.bid_max, *paid),
    };
    let live = live.entry(order.id).or_insert_with(|| fresh(engine, running, policy, &plan));
    live.hear_spent(escrow.spent);
    if let (Some(cost_max), Some((cap, _))) = (order.bidding.cost_max_at(*paid), live.cap.as_mut()) {
        cap.cost_max = cost_max;
    }
    if live.plan != plan {
        live.pacer = live.pacer.replanned(&plan, live.ticked_at);
        live.plan = plan;
    }
    live.lend_below = LOOK;
    let window = window(order.terms.frequency_window_ms);
    // The table counts no further than its own limit, so a looser cap is kept at that.
    let impressions_max = u8::try_from(order.terms.frequency_cap).unwrap_or(u8::MAX).min(FREQUENCY_CAP_MAX);
    Some(Candidate {
        order: order.id,
        tenant: order.tenant,
        content: order.content,
        room_state: shown(content),
        content_type: content_type(order.content),
        creator: order.creator,
        promoter: order.payer,
        goal: order.result_goal(),
        bid: bid(order.bidding, *paid),
        price_min: rules.bid_min,
        audience,
        placement: placement_alone(order),
        starts_at: started_at,
        ends_at,
        paused,
        is_commerce: order.form == OrderForm::Commerce,
        room_sells: content.has_goods(),
        holdout_share_millionths: order.terms.holdout.share_millionths,
        frequency_cap: FrequencyCap::try_new(impressions_max, window),
        quality: Quality::NEUTRAL.priced_in(units_per_market_unit(order.currency(), policy)),
        prior: live.prior,
        counts: Arc::clone(&live.counts),
        pacing: Arc::clone(&live.pacing),
        lease: Arc::clone(&live.lease),
    })
}

/// The order's audience, from the last snapshot when it has it: what was paid for does not change.
fn compiled(engine: &Engine, order: &PromotionOrder) -> Option<CompiledAudience> {
    let Some(audience) = &order.audience else { return Some(CompiledAudience::everybody()) };
    if let Some(known) =
        engine.view(order.tenant).and_then(|view| Some(view.snapshot.candidate(order.id)?.audience.clone()))
    {
        return Some(known);
    }
    CompiledAudience::try_new(audience, order.creator)
        .inspect_err(|error| warn!(order.id = %order.id, error = %error, "cannot deliver to an audience"))
        .ok()
}

/// The engine's part of an order that it meets for the first time.
fn fresh(engine: &Engine, running: &Running, policy: &Policy, plan: &Plan) -> LiveOrder {
    let usual = policy.usual_cost(running.order.product, running.order.result_goal()).mid;
    let cap = running.order.bidding.cost_max_at(running.paid).map(|cost_max| CostCap { cost_max });
    // Until prices are known a capped order bids no more than its cap.
    let start_max = cap.map_or(plan.price_limit, |cap| cap.cost_max.min(plan.price_limit));
    let start = usual.clamp(plan.price_min, start_max.max(plan.price_min));
    let category = Tag::named(running.content.category()).value();
    LiveOrder {
        lease: Arc::new(LeaseCounter::new(running.lent, engine.epoch())),
        counts: Arc::new(ResultCounts::starting(running.impressions, running.results).in_category(category)),
        charged: running.escrow.spent,
        results: running.results,
        cap: cap.map(|cap| (cap, start_max)),
        prior: Prior::of(running.order.result_goal()),
        pacing: Arc::new(PacingCell::new(start)),
        pacer: PacerState::starting(start),
        plan: plan.clone(),
        ticked_at: plan.starts_at,
        landscape: Landscape::expecting(AUCTIONS_EXPECTED),
        auctions: 0,
        spent: running.escrow.spent,
        lend_below: LOOK,
        borrowing: Borrowing::default(),
    }
}

/// The placement that an order is to be shown in alone, as requests name theirs.
pub(super) fn placement_alone(order: &PromotionOrder) -> Option<u64> {
    order.placement.as_ref().map(|name| Tag::named(name.as_str()).value())
}

/// What a result may be bid at most, ever.
pub(super) fn price_limit(bidding: Bidding, bid_max: Micros, paid: Micros) -> Micros {
    let by_cost = bidding.cost_max_at(paid).map(|cost_max| CostCap { cost_max }.price_limit(bid_max));
    bidding.bid().or(by_cost).unwrap_or(bid_max)
}

/// How the engine bids when a purchase is expected to be `paid` so much for.
pub(super) fn bid(bidding: Bidding, paid: Micros) -> Bid {
    let by_bid = bidding.bid().map(|bid| Bid::Manual { price_max: bid });
    by_bid.or(bidding.cost_max_at(paid).map(|cost_max| Bid::CostCap { cost_max })).unwrap_or(Bid::Auto)
}

pub(super) const fn content_type(content: ContentId) -> ContentType {
    match content {
        ContentId::Room(_) => ContentType::LiveRoom,
        ContentId::Video(_) => ContentType::Video,
    }
}

/// Whether what is promoted can be shown now.
const fn shown(content: &Content) -> ShownRoom {
    match content {
        Content::Room(room) => match room.state {
            RoomState::Live { .. } => ShownRoom::Live,
            RoomState::Interrupted { .. } => ShownRoom::Interrupted,
            RoomState::Planned | RoomState::Ended { .. } => ShownRoom::Offline,
        },
        Content::Video(video) => {
            if video.is_out() {
                ShownRoom::Live
            } else {
                ShownRoom::Offline
            }
        }
    }
}

/// How many of the market's price units, beans, one price unit of this currency is worth.
pub(super) fn units_per_market_unit(currency: Asset, policy: &Policy) -> u32 {
    match currency {
        Asset::Cny => u32::try_from(policy.sale.beans_per_yuan_direct).unwrap_or(u32::MAX),
        Asset::Bean | Asset::Point => 1,
    }
}

/// Until when the budget is to be spent: the expected end, and the hard end once that is over (QB-05).
fn paced_until(order: &PromotionOrder, started_at: Timestamp, now: Timestamp) -> Timestamp {
    let expected = order.expected_end(started_at);
    if now < expected { expected } else { order.hard_end(started_at) }
}

/// The window of the frequency table nearest above what was agreed.
pub(super) const fn window(agreed_ms: i64) -> FrequencyWindow {
    if agreed_ms <= HOUR_MS {
        FrequencyWindow::Hour
    } else if agreed_ms <= DAY_MS {
        FrequencyWindow::Day
    } else {
        FrequencyWindow::Week
    }
}
