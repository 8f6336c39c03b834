//! The slice of an order's escrow that this node may spend, counted by atomics (DL-05, delivery.md §5).

mod reservations;

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use tuiliu_domain::money::Micros;

pub use reservations::{Expired, RESERVATION_MS, Reservation, ReservationError, Reservations, Settled};

/// One node's lease on one order: what was granted is available, reserved or charged, never counted twice.
///
/// `available + reserved + charged = granted` whenever nobody is in the middle of a call.
#[derive(Debug)]
pub struct LeaseCounter {
    /// May be reserved. Never below zero: this alone makes overspend impossible.
    available: AtomicI64,
    /// Promised to impressions that were served and are not settled.
    reserved: AtomicI64,
    /// Spent for good.
    charged: AtomicI64,
    /// Late cost that found no room; the platform gives it away.
    absorbed: AtomicI64,
    closed: AtomicBool,
    epoch: u64,
}

/// What a lease holds at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaseBalance {
    pub available: Micros,
    pub reserved: Micros,
    pub charged: Micros,
    pub absorbed: Micros,
}

/// How a cost was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Charge {
    /// Taken from the lease; what the buyer pays.
    pub charged: Micros,
    /// Beyond what the lease had; what the platform gives away.
    pub absorbed: Micros,
}

impl LeaseCounter {
    /// A lease of this size under this fencing epoch.
    ///
    /// # Panics
    /// When the grant is negative: a ledger never leases less than nothing.
    #[must_use]
    pub const fn new(granted: Micros, epoch: u64) -> Self {
        assert!(granted.get() >= 0, "a lease holds at least nothing");
        Self {
            available: AtomicI64::new(granted.get()),
            reserved: AtomicI64::new(0),
            charged: AtomicI64::new(0),
            absorbed: AtomicI64::new(0),
            closed: AtomicBool::new(false),
            epoch,
        }
    }

    /// The fencing epoch it was granted under; a node that lost its epoch cannot have its charges posted.
    #[must_use]
    pub const fn epoch(&self) -> u64 {
        self.epoch
    }

    /// What can still be reserved.
    #[must_use]
    pub fn available(&self) -> Micros {
        if self.closed.load(Ordering::Acquire) {
            return Micros::ZERO;
        }
        Micros::new(self.available.load(Ordering::Acquire))
    }

    /// What it holds now; exact when nobody is in the middle of a call.
    #[must_use]
    pub fn balance(&self) -> LeaseBalance {
        LeaseBalance {
            available: Micros::new(self.available.load(Ordering::Acquire)),
            reserved: Micros::new(self.reserved.load(Ordering::Acquire)),
            charged: Micros::new(self.charged.load(Ordering::Acquire)),
            absorbed: Micros::new(self.absorbed.load(Ordering::Acquire)),
        }
    }

    /// Adds what the ledger has moved out of the order's hold in addition.
    ///
    /// # Panics
    /// When the grant is negative.
    pub fn grant(&self, more: Micros) {
        assert!(more.get() >= 0, "a lease grows by at least nothing");
        self.available.fetch_add(more.get(), Ordering::AcqRel);
    }

    /// Promises the full price to an impression; false when the lease has less, or is closed.
    #[must_use]
    pub fn reserve(&self, price: Micros) -> bool {
        if price.get() < 0 || self.closed.load(Ordering::Acquire) || !self.take(price) {
            return false;
        }
        self.reserved.fetch_add(price.get(), Ordering::AcqRel);
        true
    }

    /// Gives a promised price back.
    pub fn release(&self, price: Micros) {
        self.settle(price, Micros::ZERO);
    }

    /// Turns a promise into a charge; what it costs beyond the promise is taken like a late charge.
    pub fn settle(&self, promised: Micros, cost: Micros) -> Charge {
        let within = cost.min(promised).max(Micros::ZERO);
        self.reserved.fetch_sub(promised.get(), Ordering::AcqRel);
        self.charged.fetch_add(within.get(), Ordering::AcqRel);
        self.available.fetch_add(promised.get().saturating_sub(within.get()), Ordering::AcqRel);
        let beyond = Micros::new(cost.get().saturating_sub(within.get()).max(0));
        let late = self.charge_late(beyond);
        Charge { charged: Micros::new(within.get().saturating_add(late.charged.get())), absorbed: late.absorbed }
    }

    /// Charges a cost whose promise has expired: as much as is left, the rest absorbed and counted (DL-05).
    pub fn charge_late(&self, cost: Micros) -> Charge {
        let wanted = cost.get().max(0);
        let before = self
            .available
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |left| {
                Some(left.saturating_sub(wanted.min(left.max(0))))
            })
            .expect("the update always answers");
        let charged = wanted.min(before.max(0));
        let absorbed = wanted.saturating_sub(charged);
        self.charged.fetch_add(charged, Ordering::AcqRel);
        self.absorbed.fetch_add(absorbed, Ordering::AcqRel);
        Charge { charged: Micros::new(charged), absorbed: Micros::new(absorbed) }
    }

    /// Stops all further reservations at once (TP-15); promises already made can still be settled.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Release);
    }

    /// Whether it was closed; it is never opened again.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Takes all that is neither promised nor charged, to return it to the order's hold.
    #[must_use]
    pub fn take_available(&self) -> Micros {
        Micros::new(self.available.swap(0, Ordering::AcqRel))
    }

    fn take(&self, price: Micros) -> bool {
        self.available
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |left| {
                left.checked_sub(price.get()).filter(|rest| *rest >= 0)
            })
            .is_ok()
    }
}

#[cfg(test)]
mod tests;
