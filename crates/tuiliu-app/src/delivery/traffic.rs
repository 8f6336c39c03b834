//! Traffic: each request is counted, so that plans follow the hours in which viewers come (DL-06).
//!
//! A decision adds one to a number; the ticks move it into the counts by hour of the week, from which every plan of
//! the tenant gets its shape. A node counts its own requests: the shape only needs their proportions.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use tuiliu_delivery::pacing::{TrafficCounts, TrafficShape};
use tuiliu_delivery::reach::ReachTable;
use tuiliu_domain::id::TenantId;
use tuiliu_domain::time::Timestamp;

/// The requests of one tenant at this node.
#[derive(Debug, Default)]
pub(crate) struct TenantTraffic {
    /// Since the last tick.
    requests: AtomicU64,
    counts: Mutex<TrafficCounts>,
    shape: ArcSwap<TrafficShape>,
    /// Who came, as far as the host says who it is.
    reach: ReachTable,
}

impl TenantTraffic {
    /// Counts one request; never waits.
    pub(crate) fn count(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts who sent it; never waits.
    pub(crate) fn see(&self, viewer: u128, now: Timestamp) {
        self.reach.see(viewer, now);
    }

    fn counts(&self) -> MutexGuard<'_, TrafficCounts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The counts as bytes.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        self.counts().to_bytes()
    }

    /// Hours that were completed on this node since it started.
    pub(crate) fn hours(&self) -> u64 {
        self.counts().hours_closed()
    }

    /// Goes on from what was stored, unless this node knows more already.
    pub(crate) fn restore(&self, stored: TrafficCounts) {
        let mut counts = self.counts();
        if counts.hours_closed() == 0 {
            self.shape.store(Arc::new(stored.shape()));
            *counts = stored;
        }
    }

    /// Moves what was counted since the last tick; answers whether the shape is another one.
    fn observe(&self, now: Timestamp) -> bool {
        let mut counts = self.counts();
        if !counts.observe(self.requests.swap(0, Ordering::Relaxed), now) {
            return false;
        }
        let shape = counts.shape();
        let is_new = **self.shape.load() != shape;
        if is_new {
            self.shape.store(Arc::new(shape));
        }
        is_new
    }
}

/// The requests of every tenant that has asked or whose orders run.
#[derive(Debug, Default)]
pub(crate) struct Traffic(ArcSwap<HashMap<TenantId, Arc<TenantTraffic>>>);

impl Traffic {
    /// The requests of one tenant; the same for ever.
    pub(crate) fn of(&self, tenant: TenantId) -> Arc<TenantTraffic> {
        if let Some(known) = self.0.load().get(&tenant) {
            return Arc::clone(known);
        }
        let fresh = Arc::new(TenantTraffic::default());
        self.0.rcu(|all| {
            let mut all = HashMap::clone(all);
            all.entry(tenant).or_insert_with(|| Arc::clone(&fresh));
            all
        });
        self.0.load().get(&tenant).map_or(fresh, Arc::clone)
    }

    /// All of them.
    pub(crate) fn all(&self) -> Arc<HashMap<TenantId, Arc<TenantTraffic>>> {
        self.0.load_full()
    }

    /// Requests an hour of a tenant at this node, for each hour of the week; `None` before the first.
    pub(crate) fn week(&self, tenant: TenantId) -> Option<Box<[f64]>> {
        self.0.load().get(&tenant)?.counts().requests_by_hour()
    }

    /// How a tenant's traffic is spread over the week; every hour alike while nothing is known.
    pub(crate) fn shape(&self, tenant: TenantId) -> Arc<TrafficShape> {
        self.0.load().get(&tenant).map(|known| known.shape.load_full()).unwrap_or_default()
    }

    /// Different viewers who came to this node in as many of the last whole hours; `None` where nobody knows.
    pub(crate) fn viewers(&self, tenant: TenantId, window_ms: i64, now: Timestamp) -> Option<u64> {
        self.0.load().get(&tenant)?.reach.viewers(window_ms, now)
    }

    /// Moves what was counted since the last tick; answers whether any shape is another one.
    pub(crate) fn observe(&self, now: Timestamp) -> bool {
        // Every one of them, also after the first that changed.
        self.0.load().values().filter(|tenant| tenant.observe(now)).count() > 0
    }
}

#[cfg(test)]
mod tests;
