//! Everything a decision needs to know of a tenant's running orders: immutable, swapped whole.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use thiserror::Error;
use tuiliu_domain::id::{PartyId, PromotionOrderId, RoomId, TenantId};
use tuiliu_domain::limits::SNAPSHOT_ORDERS_MAX;
use tuiliu_domain::money::Micros;
use tuiliu_domain::promotion::Goal;
use tuiliu_domain::time::Timestamp;

use crate::audience::CompiledAudience;
use crate::bidding::{Bid, PacingCell, Quality};
use crate::frequency::{FrequencyCap, FrequencyTable};
use crate::index::AudienceIndex;
use crate::lease::LeaseCounter;
use crate::predict::{ModelCell, Prior, ResultCounts};
use crate::request::ContentType;

/// Whether a room can be shown now.
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
    pub room: RoomId,
    pub room_state: RoomState,
    pub content_type: ContentType,
    /// Whose room it is.
    pub creator: PartyId,
    /// Who pays; never shown the own promotion (DL-02).
    pub promoter: PartyId,
    pub goal: Goal,
    pub bid: Bid,
    /// What a result costs at least, even without competition (the policy's terms, TP-17).
    pub price_min: Micros,
    pub audience: CompiledAudience,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    /// Paused for any reason but the stream: content is reviewed again, guard rule, staff.
    pub paused: bool,
    /// Share of viewers who are never shown this order, so that its effect can be measured; millionths.
    pub holdout_share_millionths: u32,
    pub frequency_cap: Option<FrequencyCap>,
    pub quality: Quality,
    pub prior: Prior,
    pub counts: Arc<ResultCounts>,
    pub pacing: Arc<PacingCell>,
    pub lease: Arc<LeaseCounter>,
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

/// All orders of one tenant that may be shown, ready to be decided on.
#[derive(Debug)]
pub struct Snapshot {
    pub(crate) tenant: TenantId,
    /// Ascending by id, so that the outcome does not depend on how they were listed.
    pub(crate) candidates: Vec<Candidate>,
    pub(crate) index: AudienceIndex,
    pub(crate) frequency: Arc<FrequencyTable>,
    pub(crate) holdout_key: [u8; 32],
    /// What the circumstances of a request add to the rates.
    pub(crate) model: Arc<ModelCell>,
    by_room: HashMap<RoomId, Vec<usize>>,
}

impl Snapshot {
    /// The snapshot of a tenant's orders. `holdout_key` must stay the same for the life of the orders.
    pub fn build(
        tenant: TenantId,
        mut candidates: Vec<Candidate>,
        frequency: Arc<FrequencyTable>,
        holdout_key: [u8; 32],
    ) -> Result<Self, SnapshotError> {
        if candidates.len() > SNAPSHOT_ORDERS_MAX {
            return Err(SnapshotError::TooManyOrders { count: candidates.len(), max: SNAPSHOT_ORDERS_MAX });
        }
        candidates.sort_by_key(|candidate| candidate.order);
        if let Some(pair) = candidates.windows(2).find(|pair| pair[0].order == pair[1].order) {
            return Err(SnapshotError::OrderTwice { order: pair[0].order });
        }
        if let Some(foreign) = candidates.iter().find(|candidate| candidate.tenant != tenant) {
            return Err(SnapshotError::OtherTenant { order: foreign.order });
        }
        let index = AudienceIndex::build(candidates.iter().map(|candidate| &candidate.audience));
        let mut by_room: HashMap<RoomId, Vec<usize>> = HashMap::with_capacity(candidates.len());
        for (place, candidate) in candidates.iter().enumerate() {
            by_room.entry(candidate.room).or_default().push(place);
        }
        let model = Arc::default();
        Ok(Self { tenant, candidates, index, frequency, holdout_key, model, by_room })
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

    /// Whose orders these are.
    #[must_use]
    pub const fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// The orders, ascending by id.
    #[must_use]
    pub fn candidates(&self) -> &[Candidate] {
        &self.candidates
    }

    /// The order with this id.
    #[must_use]
    pub fn candidate(&self, order: PromotionOrderId) -> Option<&Candidate> {
        let place = self.candidates.binary_search_by_key(&order, |candidate| candidate.order).ok()?;
        self.candidates.get(place)
    }

    /// The orders that promote this room.
    pub fn in_room(&self, room: RoomId) -> impl Iterator<Item = &Candidate> {
        self.by_room.get(&room).into_iter().flatten().map(|place| &self.candidates[*place])
    }

    /// The table in which impressions are to be recorded.
    #[must_use]
    pub fn frequency(&self) -> &FrequencyTable {
        &self.frequency
    }
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
