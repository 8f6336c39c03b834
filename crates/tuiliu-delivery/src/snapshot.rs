//! Everything a decision needs to know of a tenant's running orders: immutable, swapped whole.

mod bound;
mod directory;
mod shelf;

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arc_swap::ArcSwap;
use thiserror::Error;
use tuiliu_domain::id::{ContentId, PartyId, PromotionOrderId, TenantId};
use tuiliu_domain::limits::SNAPSHOT_ORDERS_MAX;
use tuiliu_domain::money::Micros;
use tuiliu_domain::promotion::Goal;
use tuiliu_domain::time::Timestamp;

use crate::auction::PlatformArm;
use crate::audience::CompiledAudience;
use crate::bidding::{Bid, PacingCell, Quality};
use crate::frequency::{FrequencyCap, FrequencyTable};
use crate::index::BLOCK_PLACES;
use crate::lease::LeaseCounter;
use crate::predict::{ModelCell, Prior, ResultCounts};
use crate::random::fold;
use crate::request::ContentType;

use bound::{Limit, SharedBound};
use directory::Directory;

pub(crate) use bound::Bound;
pub(crate) use shelf::{Kind, Shelf};

/// Whether a room can be shown now; a video that is out is `Live`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RoomState {
    Live,
    /// Live, but the stream is broken off for the moment (TP-20 `paused`).
    Interrupted,
    /// Not live yet, or over.
    Offline,
}

/// An order that may be shown.
///
/// What changes at every impression (lease, pacing, counts) is shared with all snapshots of the order;
/// the rest changes only with a new snapshot.
#[derive(Debug, Clone)]
pub struct Candidate {
    pub order: PromotionOrderId,
    pub tenant: TenantId,
    pub content: ContentId,
    pub room_state: RoomState,
    pub content_type: ContentType,
    /// Whose room or video it is.
    pub creator: PartyId,
    /// Who pays; never shown the own promotion (DL-02).
    pub promoter: PartyId,
    pub goal: Goal,
    pub bid: Bid,
    /// What a result costs at least, even without competition (the policy's terms, TP-17).
    pub price_min: Micros,
    pub audience: CompiledAudience,
    /// The hash of the placement that it is to be shown in alone.
    pub placement: Option<u64>,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    /// Paused for any reason but the stream: content is reviewed again, guard rule, staff.
    pub paused: bool,
    /// Whether it promotes goods for sale: only such an order may run where goods are on offer (QB-10).
    pub is_commerce: bool,
    /// Whether the room has mounted a cart, or the video carries a product.
    pub room_sells: bool,
    /// Share of viewers to whom its content is not shown where it wins, so that its effect can be measured; frozen
    /// when the order is paid; millionths.
    pub holdout_share_millionths: u32,
    pub frequency_cap: Option<FrequencyCap>,
    pub quality: Quality,
    pub prior: Prior,
    pub counts: Arc<ResultCounts>,
    pub pacing: Arc<PacingCell>,
    pub lease: Arc<LeaseCounter>,
}

impl Candidate {
    /// Whether nothing of it has changed but what all snapshots share.
    fn is_same(&self, other: &Self) -> bool {
        // Naming every field lets nobody forget a new one.
        let Self {
            order,
            tenant,
            content,
            room_state,
            content_type,
            creator,
            promoter,
            goal,
            bid,
            price_min,
            audience,
            placement,
            starts_at,
            ends_at,
            paused,
            is_commerce,
            room_sells,
            holdout_share_millionths,
            frequency_cap,
            quality,
            prior,
            counts,
            pacing,
            lease,
        } = self;
        (*order, *tenant, *content, *room_state) == (other.order, other.tenant, other.content, other.room_state)
            && (*content_type, *creator, *promoter) == (other.content_type, other.creator, other.promoter)
            && (*goal, *bid, *price_min, *quality) == (other.goal, other.bid, other.price_min, other.quality)
            && (*starts_at, *ends_at, *paused) == (other.starts_at, other.ends_at, other.paused)
            && (*is_commerce, *room_sells) == (other.is_commerce, other.room_sells)
            && (*holdout_share_millionths, *frequency_cap) == (other.holdout_share_millionths, other.frequency_cap)
            && *prior == other.prior
            && (*placement, audience) == (other.placement, &other.audience)
            && Arc::ptr_eq(counts, &other.counts)
            && Arc::ptr_eq(pacing, &other.pacing)
            && Arc::ptr_eq(lease, &other.lease)
    }
}

/// Why no snapshot was built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SnapshotError {
    #[error("hold {count} orders in a snapshot of at most {max}")]
    TooManyOrders { count: usize, max: usize },
    #[error("hold order `{order}` twice")]
    OrderTwice { order: PromotionOrderId },
    #[error("hold order `{order}` of another tenant")]
    OtherTenant { order: PromotionOrderId },
}

/// What makes the next snapshot of the last one.
#[derive(Debug, Clone)]
pub enum Change {
    /// This order is there, or there in this form.
    Put(Box<Candidate>),
    /// This order is there no more.
    Remove(PromotionOrderId),
}

/// All orders of one tenant that may be shown, ready to be decided on.
///
/// They lie on shelves of one kind each, those that can bid most first; snapshots that follow each other share
/// the shelves that did not change.
#[derive(Debug, Clone)]
pub struct Snapshot {
    pub(crate) tenant: TenantId,
    pub(crate) shelves: Vec<Arc<Shelf>>,
    /// What lies on each shelf.
    pub(crate) kinds: Vec<Kind>,
    /// The highest bound of each shelf.
    pub(crate) bounds: Vec<SharedBound>,
    pub(crate) frequency: Arc<FrequencyTable>,
    pub(crate) holdout_key: [u8; 32],
    /// Share of viewers who are never shown anything promoted; millionths.
    pub(crate) universal_holdout_millionths: u32,
    /// What the circumstances of a request add to the rates.
    pub(crate) model: Arc<ModelCell>,
    by_order: Directory,
    by_content: Directory,
    count: usize,
    /// Orders that came or moved since all were put in order.
    moved: usize,
    /// Orders that the last repricing found far below what lies beside them.
    out_of_order: Arc<AtomicUsize>,
}

impl Snapshot {
    /// The snapshot of a tenant's orders. `holdout_key` must stay the same for the life of the orders.
    pub fn build(
        tenant: TenantId,
        mut candidates: Vec<Candidate>,
        frequency: Arc<FrequencyTable>,
        holdout_key: [u8; 32],
    ) -> Result<Self, SnapshotError> {
        check_count(candidates.len())?;
        candidates.sort_unstable_by_key(|candidate| candidate.order);
        if let Some(pair) = candidates.windows(2).find(|pair| pair[0].order == pair[1].order) {
            return Err(SnapshotError::OrderTwice { order: pair[0].order });
        }
        candidates.iter().try_for_each(|candidate| check_tenant(tenant, candidate))?;
        let count = candidates.len();
        let shelves = shelved(candidates);
        let entries = |key: fn(&Candidate) -> u128| {
            let of_shelf = move |(nth, shelf): (usize, &Shelf)| -> Vec<(u64, u32)> {
                shelf.candidates().map(|(home, candidate)| (fold(key(candidate)), locate(nth, home))).collect()
            };
            Directory::build(shelves.iter().enumerate().flat_map(of_shelf))
        };
        Ok(Self {
            tenant,
            by_order: entries(|candidate| candidate.order.value()),
            by_content: entries(|candidate| candidate.content.value()),
            kinds: shelves.iter().map(|shelf| shelf.kind).collect(),
            bounds: shelves.iter().map(|shelf| SharedBound::new(shelf.bound())).collect(),
            shelves: shelves.into_iter().map(Arc::new).collect(),
            frequency,
            holdout_key,
            universal_holdout_millionths: 0,
            model: Arc::default(),
            count,
            moved: 0,
            out_of_order: Arc::default(),
        })
    }

    /// The same, reading what was learnt of circumstances from here.
    #[must_use]
    pub fn with_model(mut self, model: Arc<ModelCell>) -> Self {
        self.model = model;
        self
    }

    /// A snapshot without orders.
    #[must_use]
    pub fn empty(tenant: TenantId) -> Self {
        Self::build(tenant, Vec::new(), Arc::new(FrequencyTable::with_bits(4)), [0; 32]).expect("no orders, no error")
    }

    /// The same, with so many millionths of the viewers who are never shown anything promoted (measurement.md §1.2).
    #[must_use]
    pub const fn with_universal_holdout(mut self, share_millionths: u32) -> Self {
        self.universal_holdout_millionths = share_millionths;
        self
    }

    /// How many millionths of the viewers those are.
    #[must_use]
    pub const fn universal_holdout(&self) -> u32 {
        self.universal_holdout_millionths
    }

    /// Where a viewer stands in the measurement of everything promoted together.
    #[must_use]
    pub fn platform_arm(&self, viewer: u128) -> Option<PlatformArm> {
        PlatformArm::of(&self.holdout_key, self.universal_holdout_millionths, viewer)
    }

    /// The snapshot after these changes, the last word on an order counting. Readers of this one keep it whole.
    ///
    /// A change copies the shelf it is on, a few hundred kilobytes, whatever the number of orders. When so many have
    /// moved that bounds say little, everything is put in order again.
    pub fn apply(&self, changes: Vec<Change>) -> Result<Self, SnapshotError> {
        let mut next = self.clone();
        for change in changes {
            match change {
                Change::Put(candidate) => {
                    check_tenant(self.tenant, &candidate)?;
                    next.put(*candidate);
                }
                Change::Remove(order) => drop(next.take(order)),
            }
        }
        check_count(next.count)?;
        if next.is_fragmented() { next.rebuilt() } else { Ok(next) }
    }

    /// What [`apply`](Self::apply) needs to make this snapshot one of exactly these orders.
    #[must_use]
    pub fn changes_to(&self, candidates: Vec<Candidate>) -> Vec<Change> {
        let kept: HashSet<PromotionOrderId> = candidates.iter().map(|candidate| candidate.order).collect();
        let mine = self.shelves.iter().flat_map(|shelf| shelf.candidates()).map(|(_, candidate)| candidate.order);
        let gone = mine.filter(|order| !kept.contains(order)).map(Change::Remove);
        let mut changes: Vec<Change> = gone.collect();
        let is_new = |candidate: &Candidate| !self.candidate(candidate.order).is_some_and(|own| own.is_same(candidate));
        changes.extend(candidates.into_iter().filter(is_new).map(|candidate| Change::Put(Box::new(candidate))));
        changes
    }

    /// Takes over what every order may bid now: to be called after the pacing cells were set or results were learnt.
    ///
    /// In between, an order bids at most its paced price of the last call, at most at the highest rate it had then:
    /// prices and rates fall at once and rise here. Decisions under way are not disturbed. One caller at a time.
    pub fn reprice(&self) {
        let mut out_of_order = 0;
        for (shelf, shared) in self.shelves.iter().zip(&self.bounds) {
            let (bound, more) = shelf.reprice();
            shared.store(bound);
            out_of_order += more;
        }
        self.out_of_order.store(out_of_order, Ordering::Relaxed);
    }

    /// Whose orders these are.
    #[must_use]
    pub const fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// How many orders there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Whether there is no order.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The orders, ascending by id: for explaining and checking, not for deciding.
    #[must_use]
    pub fn candidates(&self) -> Vec<&Candidate> {
        let mut all: Vec<&Candidate> =
            self.shelves.iter().flat_map(|shelf| shelf.candidates()).map(|(_, candidate)| candidate).collect();
        all.sort_unstable_by_key(|candidate| candidate.order);
        all
    }

    /// The order with this id.
    #[must_use]
    pub fn candidate(&self, order: PromotionOrderId) -> Option<&Candidate> {
        self.place_of(order).map(|(_, _, candidate)| candidate)
    }

    /// The orders that promote this room or video.
    pub fn of_content(&self, content: ContentId) -> impl Iterator<Item = &Candidate> {
        self.places_of_content(content).filter_map(|(shelf, home)| Some(self.shelves[shelf].at(home)?.0))
    }

    /// Which version of what was learnt of circumstances decisions read now.
    #[must_use]
    pub fn model_version(&self) -> u64 {
        self.model.version()
    }

    /// The table in which impressions are to be recorded.
    #[must_use]
    pub fn frequency(&self) -> &FrequencyTable {
        &self.frequency
    }

    /// Where the orders of a room or video are kept: shelf and place.
    pub(crate) fn places_of_content(&self, content: ContentId) -> impl Iterator<Item = (usize, usize)> {
        let places = self.by_content.of(fold(content.value())).map(located);
        places
            .filter(move |(shelf, home)| self.shelves[*shelf].at(*home).is_some_and(|(own, _)| own.content == content))
    }

    fn place_of(&self, order: PromotionOrderId) -> Option<(usize, usize, &Candidate)> {
        self.by_order.of(fold(order.value())).map(located).find_map(|(shelf, home)| {
            let (candidate, _) = self.shelves[shelf].at(home)?;
            (candidate.order == order).then_some((shelf, home, candidate))
        })
    }

    fn put(&mut self, candidate: Candidate) {
        if let Some((nth, home, own)) = self.place_of(candidate.order) {
            if own.audience == candidate.audience
                && own.content == candidate.content
                && Kind::of(own) == Kind::of(&candidate)
            {
                let shelf = Arc::make_mut(&mut self.shelves[nth]);
                shelf.replace(home, candidate);
                self.bounds[nth] = SharedBound::new(shelf.bound());
                return;
            }
            drop(self.take(candidate.order));
        }
        let (order, content) = (fold(candidate.order.value()), fold(candidate.content.value()));
        let bound = Bound::of(&candidate, &Limit::of(&candidate));
        let nth = self.shelf_for(&candidate, bound);
        let shelf = Arc::make_mut(&mut self.shelves[nth]);
        let home = shelf.put(candidate, shelf.place_for(bound));
        self.bounds[nth] = SharedBound::new(shelf.bound());
        self.by_order.insert(order, locate(nth, home));
        self.by_content.insert(content, locate(nth, home));
        self.count += 1;
        self.moved += 1;
    }

    fn take(&mut self, order: PromotionOrderId) -> Option<Candidate> {
        let (nth, home, _) = self.place_of(order)?;
        let shelf = Arc::make_mut(&mut self.shelves[nth]);
        let candidate = shelf.take(home)?;
        self.bounds[nth] = SharedBound::new(shelf.bound());
        self.by_order.remove(fold(order.value()), locate(nth, home));
        self.by_content.remove(fold(candidate.content.value()), locate(nth, home));
        self.count -= 1;
        Some(candidate)
    }

    /// The shelf whose orders can bid about as much, a new one if all are full.
    fn shelf_for(&mut self, candidate: &Candidate, bound: Bound) -> usize {
        let (kind, needed) = (Kind::of(candidate), candidate.audience.alternatives_count());
        let fitting = self.shelves.iter().zip(&self.bounds).enumerate();
        let fitting = fitting.filter(|(_, (shelf, _))| shelf.kind == kind && shelf.room() >= needed);
        let nearest = fitting.min_by_key(|(_, (_, own))| {
            let own = own.load().ranked;
            (own < bound.ranked, own.abs_diff(bound.ranked))
        });
        nearest.map(|(nth, _)| nth).unwrap_or_else(|| {
            self.shelves.push(Arc::new(Shelf::empty(kind)));
            self.kinds.push(kind);
            self.bounds.push(SharedBound::default());
            self.shelves.len() - 1
        })
    }

    /// Whether so many orders lie where they do not belong that putting all in order pays.
    fn is_fragmented(&self) -> bool {
        let many = self.count / 2 + ORDERS_TOLERATED;
        self.moved > many || self.out_of_order.load(Ordering::Relaxed) > many
    }

    fn rebuilt(self) -> Result<Self, SnapshotError> {
        let candidates = self.candidates().into_iter().cloned().collect();
        let rebuilt = Self::build(self.tenant, candidates, self.frequency, self.holdout_key)?;
        Ok(rebuilt.with_universal_holdout(self.universal_holdout_millionths).with_model(self.model))
    }
}

/// Orders in disorder that are not worth a rebuild, however few there are.
const ORDERS_TOLERATED: usize = 4_096;
/// Places of a word that are filled at first; the rest waits for orders to come.
const FILLED: usize = 60;

const fn check_count(count: usize) -> Result<(), SnapshotError> {
    if count > SNAPSHOT_ORDERS_MAX {
        return Err(SnapshotError::TooManyOrders { count, max: SNAPSHOT_ORDERS_MAX });
    }
    Ok(())
}

fn check_tenant(tenant: TenantId, candidate: &Candidate) -> Result<(), SnapshotError> {
    if candidate.tenant == tenant { Ok(()) } else { Err(SnapshotError::OtherTenant { order: candidate.order }) }
}

/// Shelves of one kind each, those that can bid most first.
fn shelved(candidates: Vec<Candidate>) -> Vec<Shelf> {
    let mut sorted: Vec<(Kind, Reverse<u64>, Candidate)> = candidates
        .into_iter()
        .map(|candidate| {
            let bound = Bound::of(&candidate, &Limit::of(&candidate));
            (Kind::of(&candidate), Reverse(bound.ranked), candidate)
        })
        .collect();
    // Stable: equal ones stay in the order of their ids.
    sorted.sort_by_key(|(kind, bound, _)| (kind.number(), *bound));
    let mut shelves: Vec<Shelf> = Vec::new();
    let mut next = 0;
    for (kind, _, candidate) in sorted {
        let needed = candidate.audience.alternatives_count();
        let fits = shelves.last().is_some_and(|shelf| shelf.kind == kind && next + needed * 2 <= BLOCK_PLACES);
        if !fits {
            shelves.push(Shelf::empty(kind));
            next = 0;
        }
        let shelf = shelves.last_mut().expect("one was just made");
        shelf.put_unbounded(candidate, next);
        next += needed;
        if next % 64 >= FILLED {
            next = next.next_multiple_of(64);
        }
    }
    for shelf in &mut shelves {
        shelf.tighten();
        shelf.reprice();
    }
    shelves
}

/// Shelf and place in one number.
fn locate(shelf: usize, home: usize) -> u32 {
    u32::try_from(shelf * BLOCK_PLACES + home).expect("the limit on orders keeps places below 2^32")
}

fn located(at: u32) -> (usize, usize) {
    let at = usize::try_from(at).expect("32 bits fit");
    (at / BLOCK_PLACES, at % BLOCK_PLACES)
}

/// The current snapshot of every tenant; readers never wait, and always see a whole one.
#[derive(Debug, Default)]
pub struct Snapshots {
    by_tenant: ArcSwap<HashMap<TenantId, Arc<Snapshot>>>,
}

impl Snapshots {
    /// The tenant's current snapshot.
    #[must_use]
    pub fn of(&self, tenant: TenantId) -> Option<Arc<Snapshot>> {
        self.by_tenant.load().get(&tenant).map(Arc::clone)
    }

    /// Puts a snapshot in the place of its tenant's last one; decisions under way finish on the old.
    pub fn publish(&self, snapshot: Arc<Snapshot>) {
        self.by_tenant.rcu(|current| {
            let mut next = HashMap::clone(current);
            next.insert(snapshot.tenant, Arc::clone(&snapshot));
            next
        });
    }
}

#[cfg(test)]
mod tests;
