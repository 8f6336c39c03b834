//! The lease itself: how much may be reserved, and how much was charged, counted by atomics.

use tuiliu_domain::money::Micros;

use super::atomic::{AtomicBool, AtomicI64, Ordering};

/// What a closed lease lacks to be open: no amount that a lease holds comes near it.
const CLOSED: i64 = 1 << 62;
/// Below this a lease is closed.
const CLOSED_BELOW: i64 = -(1 << 61);

/// One node's lease on one order: what was granted is available, reserved or charged, never counted twice.
///
/// The ledger decides what is charged; a lease is told. `granted = available + reserved + charged − owed`
/// whenever nobody is in the middle of a call.
#[derive(Debug)]
pub struct LeaseCounter {
    /// What may be reserved: only a price that it covers is taken from it, which alone makes overspend impossible.
    /// Below zero it is owed: charged beyond what was available, made good by the next prices given back.
    /// A closed lease has [`CLOSED`] less, so that nothing fits any more.
    room: AtomicI64,
    /// Spent for good; only grows.
    charged: AtomicI64,
    /// Lent by the ledger, less what was returned.
    granted: AtomicI64,
    /// Whether anybody asked for a price since the last look.
    asked: AtomicBool,
    /// With less than this it counts as asked already when somebody looks what is available.
    asked_below: AtomicI64,
    epoch: u64,
}

/// What a lease holds at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LeaseBalance {
    pub available: Micros,
    pub reserved: Micros,
    pub charged: Micros,
    /// Charged out of what is promised to others; at most what is reserved.
    pub owed: Micros,
}

impl LeaseCounter {
    /// A lease of this size under this fencing epoch.
    ///
    /// # Panics
    /// When the grant is negative: a ledger never leases less than nothing.
    #[must_use]
    pub fn new(granted: Micros, epoch: u64) -> Self {
        assert!(granted.get() >= 0, "a lease holds at least nothing");
        Self {
            room: AtomicI64::new(granted.get()),
            charged: AtomicI64::new(0),
            granted: AtomicI64::new(granted.get()),
            asked: AtomicBool::new(false),
            asked_below: AtomicI64::new(1),
            epoch,
        }
    }

    /// The fencing epoch it was granted under; a node that lost its epoch cannot have its charges posted.
    #[must_use]
    pub const fn epoch(&self) -> u64 {
        self.epoch
    }

    /// What can still be reserved. Where that is little, looking counts as asking ([`take_asked`](Self::take_asked)):
    /// whoever finds too little does not ask.
    #[must_use]
    pub fn available(&self) -> Micros {
        let room = self.room.load(Ordering::Acquire);
        if room < self.asked_below.load(Ordering::Relaxed) {
            self.ask();
        }
        Micros::new(room.max(0))
    }

    /// What it holds now; exact when nobody is in the middle of a call.
    #[must_use]
    pub fn balance(&self) -> LeaseBalance {
        let room = open_room(self.room.load(Ordering::Acquire));
        let charged = self.charged.load(Ordering::Acquire);
        let granted = self.granted.load(Ordering::Acquire);
        LeaseBalance {
            available: Micros::new(room.max(0)),
            reserved: Micros::new(granted.saturating_sub(room).saturating_sub(charged).max(0)),
            charged: Micros::new(charged),
            owed: Micros::new(room.saturating_neg().max(0)),
        }
    }

    /// Adds what the ledger has moved out of the order's hold in addition.
    ///
    /// # Panics
    /// When the grant is negative.
    pub fn grant(&self, more: Micros) {
        assert!(more.get() >= 0, "a lease grows by at least nothing");
        self.granted.fetch_add(more.get(), Ordering::AcqRel);
        self.room.fetch_add(more.get(), Ordering::AcqRel);
    }

    /// Promises the full price to an impression; false when the lease has less, or is closed.
    #[must_use]
    pub fn reserve(&self, price: Micros) -> bool {
        self.ask();
        let price = price.get();
        price >= 0
            && self
                .room
                .fetch_update(Ordering::AcqRel, Ordering::Acquire, |room| {
                    room.checked_sub(price).filter(|rest| *rest >= 0)
                })
                .is_ok()
    }

    /// Gives a promised price back.
    pub fn release(&self, price: Micros) {
        self.room.fetch_add(price.get(), Ordering::AcqRel);
    }

    /// Turns a promise into what the ledger has charged for it, more or less than the promise.
    pub fn settle(&self, promised: Micros, cost: Micros) {
        let cost = cost.get().max(0);
        let back = promised.get().saturating_sub(cost);
        // What makes the lease smaller comes first, so that at no moment it shows more than was granted.
        if back < 0 {
            self.room.fetch_add(back, Ordering::AcqRel);
        }
        self.charged.fetch_add(cost, Ordering::AcqRel);
        if back > 0 {
            self.room.fetch_add(back, Ordering::AcqRel);
        }
    }

    /// Takes in what the ledger has charged without a promise, or after it had expired: from what is available,
    /// and beyond that it is owed. The ledger has clipped it to the budget; the platform gives the rest away (DL-05).
    pub fn charge_late(&self, cost: Micros) {
        self.settle(Micros::ZERO, cost);
    }

    /// Stops all further reservations at once (TP-15); promises already made can still be settled.
    pub fn close(&self) {
        let lower = |room: i64| (room >= CLOSED_BELOW).then(|| room.saturating_sub(CLOSED));
        let _open_before = self.room.fetch_update(Ordering::AcqRel, Ordering::Acquire, lower);
    }

    /// Allows reservations again: the order goes on after all.
    pub fn reopen(&self) {
        let raise = |room: i64| (room < CLOSED_BELOW).then(|| room.saturating_add(CLOSED));
        let _closed_before = self.room.fetch_update(Ordering::AcqRel, Ordering::Acquire, raise);
    }

    /// Whether it is closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.room.load(Ordering::Acquire) < CLOSED_BELOW
    }

    /// Takes as much as this of what is neither promised nor charged, to return it to the order's hold.
    #[must_use]
    pub fn take_available(&self, wanted: Micros) -> Micros {
        let part = |room: i64| open_room(room).min(wanted.get()).max(0);
        let lower = |room: i64| Some(room.saturating_sub(part(room)));
        let before =
            self.room.fetch_update(Ordering::AcqRel, Ordering::Acquire, lower).expect("the update always answers");
        let taken = part(before);
        self.granted.fetch_sub(taken, Ordering::AcqRel);
        Micros::new(taken)
    }

    /// Whether anybody asked for a price, met or not, since this was last called.
    #[must_use]
    pub fn take_asked(&self) -> bool {
        self.asked.swap(false, Ordering::AcqRel)
    }

    /// Sets with how little looking counts as asking: less than what one result may cost.
    pub fn set_asked_below(&self, price: Micros) {
        let price = price.get().max(1);
        if self.asked_below.load(Ordering::Relaxed) != price {
            self.asked_below.store(price, Ordering::Relaxed);
        }
    }

    /// Most often it is set already, and a line that is only read stays with every core.
    fn ask(&self) {
        if !self.asked.load(Ordering::Relaxed) {
            self.asked.store(true, Ordering::Release);
        }
    }
}

const fn open_room(room: i64) -> i64 {
    if room < CLOSED_BELOW { room.saturating_add(CLOSED) } else { room }
}
