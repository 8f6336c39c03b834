//! The book of promises made to impressions that may still bring a charge.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use thiserror::Error;
use tuiliu_domain::id::DecisionId;
use tuiliu_domain::limits::RESERVATIONS_MAX;
use tuiliu_domain::money::Micros;
use tuiliu_domain::time::{SECOND_MS, Timestamp};

use super::LeaseCounter;
use crate::random::mix;

/// How long a served impression keeps its price reserved (delivery.md §5).
pub const RESERVATION_MS: i64 = 20 * SECOND_MS;

const SHARDS: usize = 64;
const SHARD_MAX: usize = RESERVATIONS_MAX / SHARDS;

/// A price promised to one impression; the lease has already given it.
#[derive(Debug, Clone)]
pub struct Reservation {
    pub lease: Arc<LeaseCounter>,
    pub price: Micros,
}

/// Why a promise was not written down. The caller releases the price and does not serve the item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ReservationError {
    /// Too many impressions are open on this node.
    #[error("keep more than {max} reservations")]
    Full { max: usize },
    /// The decision has a promise already.
    #[error("reserve twice for one decision")]
    AlreadyReserved,
}

/// How a charge met its promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// From the price that was promised.
    InTime,
    /// The promise had expired, so the cost was met from what was left.
    Late,
}

/// What an expiry round gave back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Expired {
    pub count: u64,
    pub released: Micros,
}

#[derive(Debug, Default)]
struct Shard {
    open: HashMap<DecisionId, Reservation>,
    /// In the order of expiry, because every promise lasts equally long.
    queue: VecDeque<(Timestamp, DecisionId)>,
}

/// Outstanding reservations by decision id, in shards, so that two decisions seldom meet.
///
/// `decide` never touches it: the caller writes down what `decide` has reserved.
#[derive(Debug)]
pub struct Reservations {
    shards: Vec<Mutex<Shard>>,
}

impl Default for Reservations {
    fn default() -> Self {
        Self { shards: (0..SHARDS).map(|_| Mutex::new(Shard::default())).collect() }
    }
}

impl Reservations {
    /// Writes down a price that was taken from its lease for this decision, until 20 s from now.
    pub fn reserve(
        &self,
        decision: DecisionId,
        reservation: Reservation,
        now: Timestamp,
    ) -> Result<(), ReservationError> {
        let mut shard = self.shard(decision);
        if shard.open.contains_key(&decision) {
            return Err(ReservationError::AlreadyReserved);
        }
        if shard.queue.len() >= SHARD_MAX {
            return Err(ReservationError::Full { max: RESERVATIONS_MAX });
        }
        let earliest = shard.queue.back().map_or(now, |(expires_at, _)| expires_at.plus_ms(-RESERVATION_MS));
        shard.queue.push_back((earliest.max(now).plus_ms(RESERVATION_MS), decision));
        shard.open.insert(decision, reservation);
        Ok(())
    }

    /// Takes in what the ledger has charged to a lease for a decision: from its promise, or, when that has expired or
    /// was another lease's, whose epoch is over, from what the lease has left.
    ///
    /// Call it once per charge: telling duplicates apart is the caller's (DL-08).
    pub fn settle(&self, decision: DecisionId, lease: &LeaseCounter, cost: Micros) -> Settled {
        let promised = self.shard(decision).open.remove(&decision);
        match promised {
            Some(reservation) if std::ptr::eq(Arc::as_ptr(&reservation.lease), lease) => {
                lease.settle(reservation.price, cost);
                Settled::InTime
            }
            other => {
                if let Some(reservation) = other {
                    reservation.lease.release(reservation.price);
                }
                lease.charge_late(cost);
                Settled::Late
            }
        }
    }

    /// Gives the promised price of a decision back before its time; false when there is no promise.
    pub fn release(&self, decision: DecisionId) -> bool {
        let promised = self.shard(decision).open.remove(&decision);
        promised.as_ref().inspect(|reservation| reservation.lease.release(reservation.price)).is_some()
    }

    /// Gives back every price whose 20 s are over. Call it about once a second.
    pub fn expire(&self, now: Timestamp) -> Expired {
        let mut total = Expired::default();
        for shard in &self.shards {
            let mut shard = locked(shard);
            while let Some((_, decision)) = shard.queue.front().copied().filter(|(expires_at, _)| *expires_at <= now) {
                shard.queue.pop_front();
                if let Some(reservation) = shard.open.remove(&decision) {
                    reservation.lease.release(reservation.price);
                    total.count += 1;
                    total.released = Micros::new(total.released.get().saturating_add(reservation.price.get()));
                }
            }
        }
        total
    }

    /// How many promises are open.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| locked(shard).open.len()).sum()
    }

    /// Whether no promise is open.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn shard(&self, decision: DecisionId) -> MutexGuard<'_, Shard> {
        let low = u64::try_from(decision.value() & u128::from(u64::MAX)).expect("masked to 64 bits");
        let index = usize::try_from(mix(low) >> 58).expect("six bits fit");
        locked(&self.shards[index])
    }
}

/// A poisoned shard is still whole: each change to it is one insertion or removal.
fn locked(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}
