//! The engine of this node: what decisions read, and what they have taken and not yet been charged for.
//!
//! Decisions read one snapshot per tenant, swapped whole, and take prices from leases by atomics. Everything
//! here can be lost: it is rebuilt from the store, and the node's next epoch makes what it had leased void.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use tuiliu_delivery::bidding::PacingCell;
use tuiliu_delivery::explain::{LossCounts, MinuteCounts, OrderCounts};
use tuiliu_delivery::frequency::FrequencyTable;
use tuiliu_delivery::lease::{Borrowing, LeaseCounter, Reservations};
use tuiliu_delivery::pacing::{CostCap, Landscape, PacerState, Plan, PriceSample};
use tuiliu_delivery::predict::{Prior, ResultCounts};
use tuiliu_delivery::token::{TokenKey, TokenKeys};
use tuiliu_delivery::{Decision, Snapshot, Telling};
use tuiliu_domain::id::{PromotionOrderId, TenantId};
use tuiliu_domain::money::Micros;
use tuiliu_domain::policy::DeliveryPolicy;
use tuiliu_domain::time::{MINUTE_MS, Timestamp};
use tuiliu_store::Tx;

use super::help::Helping;
use super::holdout::WinLog;
use super::learn::Learning;
use super::names::ContentNames;
use super::node::Standing;
use super::screening::Screenings;
use super::traffic::TenantTraffic;
use crate::forecast::Forecasting;

/// Decisions waiting to be learnt from; more are dropped, which only makes the landscape coarser.
const LESSONS_MAX: usize = 4_096;
/// Between two ticks about so many decisions tell of the orders that lost; each stands for the others.
const TOLD_PER_TICK: u64 = 512;
/// 2^16 cells for three windows: 1.5 MiB a tenant.
const FREQUENCY_BITS: u32 = 16;

/// Long enough for a restart of the node or of the store, short enough for an order of half an hour.
const FENCE_AFTER_MS: i64 = MINUTE_MS;

/// How the engine of a node is set up.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// Number of this node among those that share a store.
    pub node: u32,
    /// How many nodes share the budgets.
    pub nodes: u32,
    /// How long an impression token is valid.
    pub token_ttl_ms: i64,
    /// Start of the random stream of decisions.
    pub seed: u64,
    /// 2^bits cells of the frequency table of each tenant.
    pub frequency_bits: u32,
    /// A node that has not shown for so long that it lives is fenced: its leases go back to the orders.
    pub fence_after_ms: i64,
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            node: 1,
            nodes: 1,
            token_ttl_ms: 300_000,
            seed: 0,
            frequency_bits: FREQUENCY_BITS,
            fence_after_ms: FENCE_AFTER_MS,
        }
    }
}

/// Keys of the engine; they come from a file or the environment and are never shown.
#[derive(Clone)]
pub struct EngineKeys {
    pub tokens: TokenKeys,
    /// Turns the host's viewer ids into ours.
    pub viewers: [u8; 32],
    /// Draws the holdout; must stay the same for the life of the orders.
    pub holdout: [u8; 32],
    /// Secrets of webhook endpoints follow from it; must stay the same for the life of the endpoints.
    pub webhooks: [u8; 32],
}

impl EngineKeys {
    /// All keys from one secret, each derived under its own name.
    #[must_use]
    pub fn from_secret(secret: [u8; 32]) -> Self {
        let tokens = TokenKey::new(1, blake3::derive_key("tuiliu impression tokens 2026", &secret));
        Self {
            tokens: TokenKeys::try_new(vec![tokens]).expect("one key is a set of keys"),
            viewers: blake3::derive_key("tuiliu viewer ids 2026", &secret),
            holdout: blake3::derive_key("tuiliu holdout 2026", &secret),
            webhooks: blake3::derive_key("tuiliu webhook secrets 2026", &secret),
        }
    }
}

/// What decisions of one tenant read.
#[derive(Debug)]
pub(crate) struct TenantView {
    pub(crate) snapshot: Snapshot,
    pub(crate) policy: DeliveryPolicy,
    /// What the host calls the rooms in the snapshot.
    pub(crate) names: ContentNames,
    /// Where each request is counted.
    pub(crate) traffic: Arc<TenantTraffic>,
}

/// What the engine keeps of one order between snapshots.
pub(crate) struct LiveOrder {
    pub(crate) lease: Arc<LeaseCounter>,
    pub(crate) counts: Arc<ResultCounts>,
    /// What was charged before this node's epoch began and from its leases since, and for how many results.
    pub(crate) charged: Micros,
    pub(crate) results: u64,
    /// What results may cost on average, and the bid that keeps it at the last tick.
    pub(crate) cap: Option<(CostCap, Micros)>,
    pub(crate) prior: Prior,
    pub(crate) pacing: Arc<PacingCell>,
    pub(crate) pacer: PacerState,
    pub(crate) plan: Plan,
    /// When the pacer ticked last; the start of the order before it did.
    pub(crate) ticked_at: Timestamp,
    pub(crate) landscape: Landscape,
    /// Auctions the order was eligible for, on all nodes: what this one saw stands for the others.
    pub(crate) auctions: u64,
    /// What it was charged on all nodes, as far as this one has heard.
    pub(crate) spent: Micros,
    /// The lease is looked after only when less than this is available; a tick raises it to what the bid asks for.
    pub(crate) lend_below: Micros,
    pub(crate) borrowing: Borrowing,
}

impl LiveOrder {
    /// Takes in what the ledger says it has spent; what was read earlier and comes later changes nothing.
    pub(crate) fn hear_spent(&mut self, spent: Micros) {
        self.spent = self.spent.max(spent);
    }
}

/// One auction that an order can learn from.
pub(crate) struct Lesson {
    pub(crate) order: PromotionOrderId,
    pub(crate) sample: Option<PriceSample>,
    /// How many auctions of the order it stands for.
    pub(crate) weight: u32,
}

/// See the module.
pub(crate) struct Engine {
    pub(crate) config: EngineConfig,
    pub(crate) keys: EngineKeys,
    epoch: AtomicU64,
    /// Whether this node still holds its epoch, and whether the others live.
    pub(crate) standing: Standing,
    /// Counts changes that the snapshots do not show yet.
    changes: AtomicU64,
    refreshed: AtomicU64,
    /// The last notice of the store that was looked at.
    noticed: AtomicI64,
    draws: AtomicU64,
    /// How events of each tenant are screened.
    pub(crate) screenings: Screenings,
    pub(crate) views: ArcSwap<HashMap<TenantId, Arc<TenantView>>>,
    pub(crate) reservations: Reservations,
    live: Mutex<HashMap<PromotionOrderId, LiveOrder>>,
    /// Orders that were cut off, each with the count of changes that its end was: who read the world before that count
    /// does not know of it.
    cut_offs: Mutex<HashMap<PromotionOrderId, u64>>,
    /// The last order of which it was heard that other nodes want it; none at the end of the round.
    heeded: Mutex<Option<PromotionOrderId>>,
    frequency: Mutex<HashMap<TenantId, Arc<FrequencyTable>>>,
    /// One decision in so many tells of the orders that lost.
    told_every: AtomicU32,
    /// Draws at the last tick.
    drawn: AtomicU64,
    lessons: SyncSender<Vec<Lesson>>,
    taught: Mutex<Receiver<Vec<Lesson>>>,
    losses: Mutex<LossCounts>,
    pub(crate) learning: Learning,
    /// When this node looked last whether natural rates are to be fitted, in ms.
    pub(crate) lift_looked_at: AtomicI64,
    /// Whom orders won, in both arms.
    pub(crate) wins: WinLog,
    pub(crate) forecasting: Forecasting,
    /// Videos of guarantees that are helped.
    pub(crate) helping: Helping,
}

impl Engine {
    pub(crate) fn new(config: EngineConfig, keys: EngineKeys) -> Self {
        let (lessons, taught) = sync_channel(LESSONS_MAX);
        Self {
            config,
            keys,
            epoch: AtomicU64::new(0),
            standing: Standing::default(),
            changes: AtomicU64::new(0),
            refreshed: AtomicU64::new(0),
            noticed: AtomicI64::new(0),
            draws: AtomicU64::new(0),
            screenings: Screenings::default(),
            views: ArcSwap::from_pointee(HashMap::new()),
            reservations: Reservations::default(),
            live: Mutex::new(HashMap::new()),
            cut_offs: Mutex::default(),
            heeded: Mutex::default(),
            frequency: Mutex::new(HashMap::new()),
            told_every: AtomicU32::new(1),
            drawn: AtomicU64::new(0),
            lessons,
            taught: Mutex::new(taught),
            losses: Mutex::new(LossCounts::default()),
            learning: Learning::default(),
            lift_looked_at: AtomicI64::new(i64::MIN),
            wins: WinLog::default(),
            forecasting: Forecasting::default(),
            helping: Helping::default(),
        }
    }

    /// The epoch of this node; 0 before it has started.
    pub(crate) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    pub(crate) fn begin_epoch(&self, epoch: u64) {
        self.epoch.store(epoch, Ordering::Release);
    }

    /// Something changed that the next snapshots must show.
    pub(crate) fn touch(&self) {
        self.count_change();
    }

    /// Counts a change; answers how many there are with it.
    fn count_change(&self) -> u64 {
        self.changes.fetch_add(1, Ordering::AcqRel).saturating_add(1)
    }

    /// [`touch`](Self::touch) once the change is committed: a snapshot made before would miss it for good.
    pub(crate) fn touch_after(self: &Arc<Self>, tx: &mut Tx<'_>) {
        let engine = Arc::clone(self);
        tx.after_commit(move || engine.touch());
    }

    /// Touches the engine when anybody has told anything since the last look.
    pub(crate) fn notice(&self, last: i64) {
        if self.noticed.swap(last, Ordering::AcqRel) != last {
            self.touch();
        }
    }

    /// How many changes there were; a refresh that began at the same count has seen them all.
    pub(crate) fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    /// The count of changes that the snapshots show.
    pub(crate) fn refreshed(&self) -> u64 {
        self.refreshed.load(Ordering::Acquire)
    }

    pub(crate) fn set_refreshed(&self, changes: u64) {
        self.refreshed.store(changes, Ordering::Release);
    }

    /// A number that no other decision of this node has.
    pub(crate) fn draw(&self) -> u64 {
        self.draws.fetch_add(1, Ordering::Relaxed)
    }

    /// What stands for a host's viewer in rows.
    pub(crate) fn viewer_hash(&self, tenant: TenantId, id: &str) -> u128 {
        let hash = blake3::keyed_hash(&self.keys.viewers, &[&tenant.bytes(), id.as_bytes()].concat());
        u128::from_be_bytes(*hash.as_bytes().first_chunk().expect("a hash has 32 bytes"))
    }

    pub(crate) fn view(&self, tenant: TenantId) -> Option<Arc<TenantView>> {
        self.views.load().get(&tenant).map(Arc::clone)
    }

    pub(crate) fn live(&self) -> MutexGuard<'_, HashMap<PromotionOrderId, LiveOrder>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn frequency(&self, tenant: TenantId) -> Arc<FrequencyTable> {
        let mut tables = self.frequency.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = || Arc::new(FrequencyTable::with_bits(self.config.frequency_bits));
        Arc::clone(tables.entry(tenant).or_insert_with(fresh))
    }

    /// Forgets how often viewers have seen the orders of a tenant: the longest window is over.
    pub(crate) fn forget_frequency(&self, tenant: TenantId) {
        self.frequency.lock().unwrap_or_else(PoisonError::into_inner).remove(&tenant);
    }

    /// What the decision of this draw tells of the orders that lost.
    pub(crate) fn telling(&self, draw: u64) -> Telling {
        let every = self.told_every.load(Ordering::Relaxed);
        if draw.is_multiple_of(u64::from(every)) { Telling::Sample { stands_for: every } } else { Telling::Nothing }
    }

    /// Hands the auctions of a decision to the next pacing tick; dropped when too many wait.
    pub(crate) fn teach(&self, lessons: Vec<Lesson>) {
        if !lessons.is_empty() {
            drop(self.lessons.try_send(lessons));
        }
    }

    /// Moves what was taught into the landscapes of its orders.
    pub(crate) fn learn(&self, live: &mut HashMap<PromotionOrderId, LiveOrder>) {
        let drawn = self.draws.load(Ordering::Relaxed);
        let since = drawn.saturating_sub(self.drawn.swap(drawn, Ordering::Relaxed));
        let every = u32::try_from(since / TOLD_PER_TICK).unwrap_or(u32::MAX).max(1);
        self.told_every.store(every, Ordering::Relaxed);
        let nodes = u64::from(self.nodes());
        let taught = self.taught.lock().unwrap_or_else(PoisonError::into_inner);
        for lesson in taught.try_iter().flatten() {
            if let Some(order) = live.get_mut(&lesson.order) {
                order.auctions += u64::from(lesson.weight) * nodes;
                if let Some(sample) = lesson.sample {
                    order.landscape.add_weighted(sample, lesson.weight);
                }
            }
        }
    }

    /// How many nodes answer requests: viewers come to each alike, so what this one sees stands for the others.
    pub(crate) fn nodes(&self) -> u32 {
        self.standing.living().unwrap_or(u32::MAX).min(self.config.nodes).max(1)
    }

    /// Counts why orders were not shown (DL-09), unless another decision is counting: a decision never waits, and
    /// a few that are missing do not change what the counts tell.
    pub(crate) fn count_losses(&self, decision: &Decision, now: Timestamp) {
        if let Ok(mut losses) = self.losses.try_lock() {
            losses.add(decision, now);
        }
    }

    /// Forgets the losses of orders that are not delivered any more.
    pub(crate) fn forget_losses(&self, is_kept: impl Fn(PromotionOrderId) -> bool) {
        self.losses.lock().unwrap_or_else(PoisonError::into_inner).retain(is_kept);
    }

    /// [`cut_off`](Self::cut_off) once the order's end is committed, before anybody is told of it.
    pub(crate) fn cut_off_after(self: &Arc<Self>, tx: &mut Tx<'_>, order: PromotionOrderId) {
        let engine = Arc::clone(self);
        tx.after_commit(move || engine.cut_off(order));
    }

    /// How one order fared so far, and in each of the last minutes.
    pub(crate) fn losses_of(&self, order: PromotionOrderId) -> Option<(OrderCounts, Vec<MinuteCounts>)> {
        let losses = self.losses.lock().unwrap_or_else(PoisonError::into_inner);
        losses.of(order).map(|counts| (counts.clone(), losses.minutes_of(order)))
    }

    /// Where hearing of what other nodes want goes on; [`heed_after`](Self::heed_after) moves it.
    pub(crate) fn heeded(&self) -> Option<PromotionOrderId> {
        *self.heeded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Goes on after this order next time, or at the first one.
    pub(crate) fn heed_after(&self, last: Option<PromotionOrderId>) {
        *self.heeded.lock().unwrap_or_else(PoisonError::into_inner) = last;
    }

    /// Stops showing an order at once, before the next snapshot (TP-15).
    pub(crate) fn cut_off(&self, order: PromotionOrderId) {
        let change = self.count_change();
        self.cut_offs().insert(order, change);
        if let Some(order) = self.live().get(&order) {
            order.lease.close();
        }
    }

    /// Whether an order was cut off by a change that a refresh which began at this count cannot have seen.
    pub(crate) fn is_cut_off_since(&self, order: PromotionOrderId, changes: u64) -> bool {
        self.cut_offs().get(&order).is_some_and(|change| *change > changes)
    }

    /// Forgets what a refresh that began at this count has seen: whoever is cut off then, is not in its snapshots.
    pub(crate) fn forget_cut_offs(&self, changes: u64) {
        self.cut_offs().retain(|_, change| *change > changes);
    }

    fn cut_offs(&self) -> MutexGuard<'_, HashMap<PromotionOrderId, u64>> {
        self.cut_offs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
