//! Learning: what served impressions brought becomes the rates that the next decisions use, and when requests came
//! the hours along which budgets are planned.
//!
//! Decisions hand over what they serve and never wait; everything else happens on the ticks of the jobs. What is
//! learnt is stored now and then, and read when the node starts: a crash costs the examples since.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::convert::Infallible;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tracing::warn;
use tuiliu_delivery::approximate::{approximate, round_to_count};
use tuiliu_delivery::pacing::{ResultsDue, TrafficCounts};
use tuiliu_delivery::predict::{
    Belief, Context, FtrlSettings, Learner, Learnt, ModelCell, Moments, Place, Rate, Served, Told, hour_of_day,
};
use tuiliu_delivery::{Candidate, Snapshot, Won};
use tuiliu_domain::id::{DecisionId, PromotionOrderId, TenantId};
use tuiliu_domain::money::Micros;
use tuiliu_domain::promotion::Goal;
use tuiliu_domain::time::{DAY_MS, Timestamp};
use tuiliu_store::StoredPrediction;

use super::engine::{Engine, LiveOrder, TenantView};
use super::fold::{Folded, FoldedCharge};
use super::traffic::Traffic;
use crate::app::App;
use crate::error::CommandError;

mod body;

/// Served items waiting to be remembered; more are dropped and are no examples.
const SERVED_MAX: usize = 65_536;
/// Results that a tenant's calibration weighs for an order of which little is known (as in the pacer).
const CALIBRATION_RESULTS: f64 = 10.0;

/// So long after its last order what is known of a tenant's rates is only in the store: as long as the longest window of
/// a frequency cap.
const REST_AFTER_MS: i64 = 7 * DAY_MS;

/// What a fold saw of one impression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Observed {
    pub(crate) order: PromotionOrderId,
    pub(crate) decision: DecisionId,
    pub(crate) what: Seen,
}

/// What was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    Impression,
    /// A result that is charged now, or will be unless it is taken back.
    Result,
    TakenBack,
}

/// What won impressions of one goal were predicted to bring, and brought; so far, the newer the heavier.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WonResults {
    pub goal: Goal,
    pub impressions: f64,
    pub predicted: f64,
    pub results: f64,
    /// Results per predicted result; near 1 while there is little to tell.
    pub ratio: f64,
}

/// The learning side of one node's engine.
pub(crate) struct Learning {
    served: SyncSender<(TenantId, Served)>,
    desk: Mutex<Desk>,
    /// What decisions read.
    models: Mutex<HashMap<TenantId, Arc<ModelCell>>>,
    pub(crate) traffic: Traffic,
}

struct Desk {
    taken: Receiver<(TenantId, Served)>,
    learners: BTreeMap<TenantId, Learner>,
    /// Examples at the last publication of each model.
    published: HashMap<TenantId, u64>,
    /// What there was when each was stored last.
    saved: HashMap<TenantId, Learned>,
    costs: HashMap<PromotionOrderId, Cost>,
    /// The minute in which everything was believed anew.
    reviewed_at: Option<Timestamp>,
    /// When each tenant last had an order that runs.
    ran_at: HashMap<TenantId, Timestamp>,
    /// Tenants whose orders ended long ago: what was learnt for them is in the store only.
    resting: HashSet<TenantId>,
    /// The views whose every order is believed in.
    believed: HashMap<TenantId, Weak<TenantView>>,
}

/// How much was learnt for a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Learned {
    examples: u64,
    /// Hours of traffic that were completed.
    hours: u64,
}

/// What an order should have cost by its predictions, in millionths.
#[derive(Debug, Clone, Copy)]
struct Cost {
    /// Of impressions whose result had its time.
    predicted: f64,
    /// Charges of impressions that still wait.
    early: f64,
    /// All charges of impressions of which anything is known.
    charged: f64,
    /// What a cost cap asks for: the same by results, with what is still to come.
    due: ResultsDue,
    home: Home,
}

impl Cost {
    fn starting(home: Home) -> Self {
        Self { predicted: 0.0, early: 0.0, charged: 0.0, due: ResultsDue::default(), home }
    }
}

impl Default for Learning {
    fn default() -> Self {
        let (served, taken) = sync_channel(SERVED_MAX);
        let desk = Desk {
            taken,
            learners: BTreeMap::new(),
            published: HashMap::new(),
            saved: HashMap::new(),
            costs: HashMap::new(),
            reviewed_at: None,
            ran_at: HashMap::new(),
            resting: HashSet::new(),
            believed: HashMap::new(),
        };
        Self { served, desk: Mutex::new(desk), models: Mutex::default(), traffic: Traffic::default() }
    }
}

impl Learning {
    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What decisions of a tenant read of circumstances; the same cell for as long as orders run.
    pub(crate) fn model(&self, tenant: TenantId) -> Arc<ModelCell> {
        Arc::clone(self.models().entry(tenant).or_default())
    }

    fn models(&self) -> MutexGuard<'_, HashMap<TenantId, Arc<ModelCell>>> {
        self.models.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether what was learnt for a tenant is only in the store.
    pub(super) fn is_resting(&self, tenant: TenantId) -> bool {
        self.desk().resting.contains(&tenant)
    }

    /// Goes on from what was stored for a tenant. What cannot be read is learnt again.
    pub(super) fn restore(&self, stored: &StoredPrediction) {
        let StoredPrediction { tenant, body, .. } = stored;
        let (rates, hours) = body::split(body);
        let mut desk = self.desk();
        desk.resting.remove(tenant);
        desk.saved.entry(*tenant).or_default();
        // A node that begins another epoch knows more than it has stored.
        if !rates.is_empty() && !desk.learners.contains_key(tenant) {
            match Learner::from_bytes(rates, FtrlSettings::default()) {
                Ok(learner) => {
                    self.model(*tenant).publish(learner.model());
                    desk.learners.insert(*tenant, learner);
                }
                Err(error) => warn!(tenant.id = %tenant, error = %error, "learns rates from the beginning again"),
            }
        }
        if !hours.is_empty() {
            match TrafficCounts::from_bytes(hours) {
                Ok(counts) => self.traffic.of(*tenant).restore(counts),
                Err(error) => warn!(tenant.id = %tenant, error = %error, "learns traffic from the beginning again"),
            }
        }
    }

    /// Hands over what is served: from then on it may become an example. Never waits.
    pub(crate) fn serve(&self, snapshot: &Snapshot, context: &Context, won: &Won) {
        let Some(candidate) = snapshot.candidate(won.order) else { return };
        let served = Served {
            decision: won.decision,
            order: won.order,
            place: candidate.place(),
            hour: context.hour(),
            features: context.features(candidate),
            believed: candidate.believed(),
            predicted: won.rate,
            price: won.price,
            is_drawn: context.is_drawn(candidate),
        };
        // When too many wait it is no example, and nothing else.
        let _ = self.served.try_send((snapshot.tenant(), served));
    }

    /// Remembers what was served since the last time: a little often, so that no tick takes long.
    pub(crate) fn take_served(&self, now: Timestamp) {
        self.desk().take_served(now);
    }

    /// What an order's charges should have been by its predictions, corrected by what is known of others' while
    /// little is known of its own; `None` before anything was learnt from it.
    ///
    /// Charges of which no prediction is known count as if they had been predicted.
    pub(crate) fn predicted_cost(&self, order: PromotionOrderId, spent: Micros, bid: Micros) -> Option<Micros> {
        let desk = self.desk();
        let cost = desk.costs.get(&order)?;
        // A follow is charged long after it was learnt from: what is still to come would look like a bad prediction.
        if cost.home.place.goal == Goal::Follows {
            return None;
        }
        let ratio = desk.learners.get(&cost.home.tenant)?.won_ratio(cost.home.place.goal);
        let belief = CALIBRATION_RESULTS * number(bid) * (1.0 / ratio - 1.0);
        let unknown = (number(spent) - cost.charged).max(0.0);
        let predicted = unknown + cost.predicted + cost.early + belief;
        Some(Micros::new(round_to_count(predicted.max(0.0))))
    }

    /// What is believed of an order of this place that nobody has seen; `None` before anything was learnt.
    pub(crate) fn belief(&self, tenant: TenantId, place: Place, hour: usize) -> Option<Belief> {
        self.desk().learners.get(&tenant).map(|learner| learner.belief(place, hour, (0, 0)))
    }

    /// What an order's shown impressions were predicted to bring, and what became of it.
    pub(crate) fn results_due(&self, order: PromotionOrderId) -> ResultsDue {
        self.desk().costs.get(&order).map_or_else(ResultsDue::default, |cost| cost.due)
    }
}

fn number(micros: Micros) -> f64 {
    approximate(micros.get())
}

impl Desk {
    fn take_served(&mut self, now: Timestamp) {
        for (tenant, served) in self.taken.try_iter() {
            self.learners.entry(tenant).or_default().serve(served, now);
        }
    }

    /// Takes in what a fold saw; answers which impressions and results are to be counted for their orders at once.
    fn observe(&mut self, folded: &Folded, places: &HashMap<PromotionOrderId, Home>, now: Timestamp) -> Vec<Counted> {
        self.take_served(now);
        let mut counted = Vec::new();
        for Observed { order, decision, what } in folded.observed.iter().copied() {
            let Some(home) = places.get(&order) else { continue };
            let learner = self.learners.entry(home.tenant).or_default();
            let hour = hour_of_day(now);
            match what {
                Seen::Impression => {
                    if let Some(served) = learner.unseen(decision) {
                        let cost = self.costs.entry(order).or_insert_with(|| Cost::starting(*home));
                        cost.due.show(served.price, served.predicted);
                    }
                    if !learner.show(decision, now) {
                        learner.count_foreign_impression(home.place, hour);
                        counted.push(Counted { order, impressions: 1, results: 0 });
                    }
                }
                Seen::Result => match learner.result(decision, now) {
                    Told::Unknown => {
                        learner.count_foreign_result(home.place, hour);
                        counted.push(Counted { order, impressions: 0, results: 1 });
                    }
                    Told::Late(_) => counted.push(Counted { order, impressions: 0, results: 1 }),
                    Told::Noted | Told::Again => {}
                },
                // Only what was learnt from was counted for the order; otherwise it is not a result when it is learnt.
                Seen::TakenBack => {
                    if matches!(learner.undo(decision), Told::Late(_)) {
                        counted.push(Counted { order, impressions: 0, results: -1 });
                    }
                }
            }
        }
        for charge in &folded.charges {
            self.charge(charge, places);
        }
        counted
    }

    fn charge(&mut self, charge: &FoldedCharge, places: &HashMap<PromotionOrderId, Home>) {
        let Some(home) = places.get(&charge.order) else { return };
        let open = self.learners.get(&home.tenant).and_then(|learner| learner.is_open(charge.decision));
        let charged = number(charge.charged);
        let cost = self.costs.entry(charge.order).or_insert_with(|| Cost::starting(*home));
        if let Some(is_early) = open {
            cost.charged += charged;
            cost.due.charge(charge.charged, is_early);
            // What has had its time is in the predictions already.
            if is_early {
                cost.early += charged;
            }
        }
    }

    /// Learns from what has had its time; answers what is to be counted for each order.
    fn learn(&mut self, now: Timestamp) -> Vec<Counted> {
        self.take_served(now);
        let mut counted = Vec::new();
        for (tenant, learner) in &mut self.learners {
            for Learnt { order, place, result, price, predicted } in learner.learn(now) {
                counted.push(Counted { order, impressions: 1, results: i32::from(result) });
                let home = Home { tenant: *tenant, place };
                let cost = self.costs.entry(order).or_insert_with(|| Cost::starting(home));
                cost.predicted += number(price) * predicted.number();
                cost.due.mature(price, predicted, result);
                if result {
                    cost.early = (cost.early - number(price)).max(0.0);
                }
            }
        }
        counted
    }

    /// What was learnt since it was stored last: how much it is, and the whole as bytes.
    fn unsaved(&self, traffic: &Traffic) -> BTreeMap<TenantId, (Learned, Vec<u8>)> {
        let traffic = traffic.all();
        let tenants: BTreeSet<TenantId> = self.learners.keys().chain(traffic.keys()).copied().collect();
        let unsaved = |tenant: TenantId| {
            // The rates that are stored would be lost.
            if self.resting.contains(&tenant) {
                return None;
            }
            let (learner, traffic) = (self.learners.get(&tenant), traffic.get(&tenant));
            let examples = learner.map_or(0, Learner::examples);
            let learned = Learned { examples, hours: traffic.map_or(0, |traffic| traffic.hours()) };
            if learned == self.saved.get(&tenant).copied().unwrap_or_default() {
                return None;
            }
            let rates = learner.map(Learner::to_bytes).unwrap_or_default();
            let hours = traffic.map(|traffic| traffic.to_bytes()).unwrap_or_default();
            Some((tenant, (learned, body::join(&rates, &hours))))
        };
        tenants.into_iter().filter_map(unsaved).collect()
    }

    /// Lets tenants rest that have had no order for long, once everything that was learnt is stored; answers who they are.
    fn let_rest(&mut self, views: &HashMap<TenantId, Arc<TenantView>>, now: Timestamp) -> Vec<TenantId> {
        self.ran_at.extend(views.keys().map(|tenant| (*tenant, now)));
        let mut gone = Vec::new();
        for (tenant, learner) in &self.learners {
            let ran_at = *self.ran_at.entry(*tenant).or_insert(now);
            let saved = self.saved.get(tenant).map_or(0, |saved| saved.examples);
            if now.since_ms(ran_at) >= REST_AFTER_MS && saved == learner.examples() {
                gone.push(*tenant);
            }
        }
        for tenant in &gone {
            self.learners.remove(tenant);
            self.published.remove(tenant);
            self.ran_at.remove(tenant);
            self.believed.remove(tenant);
            if self.saved.remove(tenant).is_some() {
                self.resting.insert(*tenant);
            }
        }
        gone
    }

    /// Lets decisions of a tenant see what is believed now: of all orders now and then, and in a new view; of those
    /// that something was learnt of at once.
    fn publish(&mut self, view: &Arc<TenantView>, touched: &HashSet<PromotionOrderId>, when: When) {
        let tenant = view.snapshot.tenant();
        let believed = self.believed.insert(tenant, Arc::downgrade(view));
        let is_new = believed.is_none_or(|believed| !std::ptr::eq(believed.as_ptr(), Arc::as_ptr(view)));
        let learner = self.learners.entry(tenant).or_default();
        let hour = hour_of_day(when.now);
        if when.is_review {
            let mut moments = Moments::default();
            for candidate in view.snapshot.candidates() {
                let (impressions, results) = own_counts(candidate);
                if impressions > 0 {
                    learner.add_to_moments(&mut moments, candidate.place(), hour, (small(impressions), small(results)));
                }
            }
            learner.fit_strengths(moments);
        }
        let publish = |candidate: &Candidate| {
            candidate.counts.publish(learner.belief(candidate.place(), hour, own_counts(candidate)));
        };
        if when.is_review {
            view.snapshot.candidates().into_iter().for_each(publish);
            return;
        }
        touched.iter().filter_map(|order| view.snapshot.candidate(*order)).for_each(publish);
        if is_new {
            let all = view.snapshot.candidates().into_iter();
            all.filter(|candidate| candidate.counts.belief().is_none()).for_each(publish);
        }
    }
}

/// When beliefs are made, and whether all of them.
#[derive(Debug, Clone, Copy)]
struct When {
    now: Timestamp,
    is_review: bool,
}

/// Where an order belongs.
#[derive(Debug, Clone, Copy)]
struct Home {
    tenant: TenantId,
    place: Place,
}

/// What is to be counted for an order.
#[derive(Debug, Clone, Copy)]
struct Counted {
    order: PromotionOrderId,
    impressions: u32,
    /// Below zero when some were taken back.
    results: i32,
}

fn count(live: &HashMap<PromotionOrderId, LiveOrder>, counted: &[Counted]) {
    for Counted { order, impressions, results } in counted {
        if let Some(order) = live.get(order) {
            (0..*impressions).for_each(|_| order.counts.add_impression());
            (0..*results).for_each(|_| order.counts.add_result());
            (*results..0).for_each(|_| order.counts.take_result());
        }
    }
}

fn home(candidate: &Candidate) -> Home {
    Home { tenant: candidate.tenant, place: candidate.place() }
}

fn own_counts(candidate: &Candidate) -> (u64, u64) {
    (candidate.counts.impressions(), candidate.counts.results())
}

fn small(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Where the orders of these views are.
fn homes(engine: &Engine, orders: impl Iterator<Item = PromotionOrderId>) -> HashMap<PromotionOrderId, Home> {
    let views = engine.views.load();
    let mut homes = HashMap::new();
    for order in orders {
        if homes.contains_key(&order) {
            continue;
        }
        let found = views.values().find_map(|view| view.snapshot.candidate(order));
        if let Some(candidate) = found {
            homes.insert(order, home(candidate));
        }
    }
    homes
}

impl App {
    /// The learner takes in what was committed: impressions, results, and those taken back.
    pub(super) fn learn_folded(&self, folded: &Folded) {
        let engine = &self.shell.engine;
        let orders = folded.observed.iter().map(|observed| observed.order);
        let orders = orders.chain(folded.charges.iter().map(|charge| charge.order));
        let homes = homes(engine, orders);
        let counted = engine.learning.desk().observe(folded, &homes, self.shell.now());
        count(&engine.live(), &counted);
    }

    /// Learns from what has had its time, and lets decisions see it.
    pub fn learn_delivery(&self) {
        let engine = &self.shell.engine;
        let now = self.shell.now();
        // Never both locks here: pacing holds the orders while it asks for their costs.
        let counted = engine.learning.desk().learn(now);
        let running: HashSet<PromotionOrderId> = {
            let live = engine.live();
            count(&live, &counted);
            live.keys().copied().collect()
        };
        let touched = counted.iter().map(|counted| counted.order).collect();
        let mut desk = engine.learning.desk();
        desk.costs.retain(|order, _| running.contains(order));
        let minute = now.minute();
        let when = When { now, is_review: desk.reviewed_at.replace(minute) != Some(minute) };
        let views = engine.views.load();
        if when.is_review {
            for tenant in desk.let_rest(&views, now) {
                engine.learning.models().remove(&tenant);
                engine.forget_frequency(tenant);
            }
        }
        for (tenant, view) in views.iter() {
            desk.publish(view, &touched, when);
            let examples = desk.learners[tenant].examples();
            if desk.published.insert(*tenant, examples) != Some(examples) {
                engine.learning.model(*tenant).publish(desk.learners[tenant].model());
            }
        }
    }

    /// Stores what was learnt since the last time, for every tenant.
    pub async fn save_predictions(&self) -> Result<usize, CommandError<Infallible>> {
        let engine = &self.shell.engine;
        let (node, saved_at) = (engine.config.node, self.shell.now());
        let changed = engine.learning.desk().unsaved(&engine.learning.traffic);
        for (tenant, (learned, body)) in &changed {
            let stored = StoredPrediction { tenant: *tenant, node, saved_at, body: body.clone() };
            self.write(move |_, tx| Ok::<_, CommandError<Infallible>>(tx.save_prediction(&stored)?)).await?;
            engine.learning.desk().saved.insert(*tenant, *learned);
        }
        Ok(changed.len())
    }

    /// Reads what this node has learnt before it started.
    pub(crate) async fn load_predictions(&self) -> Result<(), CommandError<Infallible>> {
        let engine = &self.shell.engine;
        let node = engine.config.node;
        let stored = self.read(move |_, tx| Ok::<_, CommandError<Infallible>>(tx.predictions_for(node)?)).await?;
        stored.iter().for_each(|stored| engine.learning.restore(stored));
        Ok(())
    }

    /// What won impressions of a tenant were predicted to bring, and brought, on this node.
    #[must_use]
    pub fn won_results(&self, tenant: TenantId) -> Vec<WonResults> {
        let desk = self.shell.engine.learning.desk();
        let Some(learner) = desk.learners.get(&tenant) else { return Vec::new() };
        let won = |goal: Goal| {
            let sums = learner.won(goal);
            let ratio = learner.won_ratio(goal);
            WonResults { goal, impressions: sums.impressions, predicted: sums.predicted, results: sums.results, ratio }
        };
        tuiliu_delivery::predict::KINDS.iter().copied().map(won).filter(|won| won.impressions > 0.0).collect()
    }

    /// What is believed of one running order on this node: the rate before circumstances; `None` when not running.
    #[must_use]
    pub fn believed_rate(&self, tenant: TenantId, order: PromotionOrderId) -> Option<Rate> {
        self.shell.engine.view(tenant)?.snapshot.candidate(order).map(Candidate::believed)
    }
}

#[cfg(test)]
mod tests;
