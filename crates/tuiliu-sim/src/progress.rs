//! What a life has done so far, for whoever watches it.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters that only grow.
#[derive(Debug, Default)]
pub struct Progress {
    /// Pages of the feed that were asked for.
    pub decisions: Counter,
    /// Promoted cards that were shown.
    pub shown: Counter,
    /// Events that were acknowledged.
    pub events: Counter,
    /// Orders that were placed.
    pub orders: Counter,
    /// Reports and orders that failed and were tried again or given up.
    pub failures: Counter,
}

/// A number that grows, seen by everybody.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// So many more.
    pub fn add(&self, more: usize) {
        self.0.fetch_add(u64::try_from(more).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// How many there are.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
