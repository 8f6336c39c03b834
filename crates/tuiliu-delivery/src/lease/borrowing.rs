//! When a node looks after a lease, what it borrows, and what it gives to nodes that starve (delivery.md §5).

use tuiliu_domain::money::Micros;
use tuiliu_domain::time::{SECOND_MS, Timestamp};

use super::{LeaseBalance, LeaseCounter, LeaseNeed, Returning};

/// A lease that nobody asked for so long is idle.
const IDLE_MS: i64 = SECOND_MS;
/// Whoever starves looks once in so long, and of one order a node gives once in so long.
const PAUSE_MS: i64 = SECOND_MS / 2;
/// So long after somebody starved, nodes hold little.
const CONTENDED_MS: i64 = 60 * SECOND_MS;
const NEVER: Timestamp = Timestamp::from_ms(i64::MIN / 2);

/// What a node remembers of one lease besides what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Borrowing {
    /// When somebody last asked for a price.
    asked_at: Timestamp,
    /// When it was last looked whether there is something to borrow.
    looked_at: Timestamp,
    /// When a part was last given to others, or could have been.
    given_at: Timestamp,
    /// When this node or another one last starved.
    contended_at: Timestamp,
    /// Since when others have been starving without a break.
    wanted_since: Timestamp,
    /// Everything was given to others: what is scarce is not borrowed before somebody asks for a price here.
    resting: bool,
    /// It told the others that it starves.
    wanting: bool,
}

/// One look at a lease that runs low.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaseLook {
    pub available: Micros,
    /// Available or promised.
    pub held: Micros,
    pub bid: Micros,
    /// Somebody asked for a price not long ago.
    pub asked: bool,
    /// It told the others that it starves.
    pub wanting: bool,
    /// It did not give everything away, or was asked since.
    pub awake: bool,
    /// Somebody starved not long ago.
    pub contended: bool,
}

/// What the order has, as the ledger tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaseSource {
    /// Neither spent nor lent.
    pub free: Micros,
    /// Lent to all nodes and not spent.
    pub leased: Micros,
    /// How many nodes share the budget.
    pub nodes: u32,
    /// Another node starves.
    pub wanted: bool,
}

/// What a look came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loan {
    /// To be lent by the ledger; may be nothing.
    pub lent: Micros,
    /// With less than this the lease is low again.
    pub low_below: Micros,
    /// Nothing is free and one result cannot be paid: the others are to be told.
    pub wanting: bool,
}

impl Default for Borrowing {
    fn default() -> Self {
        Self {
            asked_at: NEVER,
            looked_at: NEVER,
            given_at: NEVER,
            contended_at: NEVER,
            wanted_since: NEVER,
            resting: false,
            wanting: false,
        }
    }
}

impl Borrowing {
    /// Looks at a lease, which is low below `low_below`; `None` when there is nothing to do.
    pub fn look(&mut self, lease: &LeaseCounter, low_below: Micros, bid: Micros, now: Timestamp) -> Option<LeaseLook> {
        lease.set_asked_below(bid);
        let woken = self.hear(lease, now) && std::mem::take(&mut self.resting);
        let asked = self.is_asked(now);
        let LeaseBalance { available, reserved, owed, .. } = lease.balance();
        // Whoever told the others that it starves tells them as soon as it does not.
        let is_in_want = self.wanting || (asked && available < bid);
        let is_due = is_in_want && now.since_ms(self.looked_at) >= PAUSE_MS;
        if !(available < low_below || is_due || woken) {
            return None;
        }
        self.looked_at = now;
        let contended = self.is_contended(now);
        let held = Micros::new(available.get().saturating_add(reserved.get()).saturating_sub(owed.get()));
        Some(LeaseLook { available, held, bid, asked, wanting: self.wanting, awake: !self.resting, contended })
    }

    /// The loan of the last look stands.
    pub const fn answer(&mut self, loan: Loan) {
        self.wanting = loan.wanting;
        if loan.wanting {
            self.contended_at = self.looked_at;
        }
    }

    /// Takes out of the lease what this node does not use, because another one starves; may be nothing.
    #[must_use]
    pub fn give(&mut self, lease: &LeaseCounter, bid: Micros, now: Timestamp) -> Micros {
        if now.since_ms(self.given_at) < PAUSE_MS {
            return Micros::ZERO;
        }
        // Wants that nobody has met since the last time, and the time before.
        if now.since_ms(self.given_at) > 2 * PAUSE_MS {
            self.wanted_since = now;
        }
        (self.given_at, self.contended_at) = (now, now);
        self.hear(lease, now);
        let available = lease.balance().available;
        let returning = match (self.is_asked(now), now.since_ms(self.wanted_since) >= PAUSE_MS) {
            // Less than one result costs is of no use here, and together with what others have left it may be.
            _ if self.wanting && available < bid => Returning::All,
            (true, _) => Returning::Busy,
            (false, false) => Returning::Idle,
            (false, true) => Returning::All,
        };
        let need = LeaseNeed { free: Micros::ZERO, nodes: 1, available, bid, contended: true };
        let given = lease.take_available(need.to_return(returning));
        self.resting |= returning == Returning::All && given > Micros::ZERO && !self.wanting;
        given
    }

    fn is_contended(&self, now: Timestamp) -> bool {
        now.since_ms(self.contended_at) < CONTENDED_MS
    }

    fn hear(&mut self, lease: &LeaseCounter, now: Timestamp) -> bool {
        let asked = lease.take_asked();
        if asked {
            self.asked_at = now;
        }
        asked
    }

    fn is_asked(&self, now: Timestamp) -> bool {
        now.since_ms(self.asked_at) < IDLE_MS
    }
}

impl LeaseLook {
    /// What to borrow, and whether to tell the others that this node starves.
    #[must_use]
    pub fn borrow(&self, source: LeaseSource) -> Loan {
        let LeaseSource { free, leased, nodes, wanted } = source;
        let contended = self.contended || wanted || self.wanting;
        let need = LeaseNeed { free, nodes, available: self.available, bid: self.bid, contended };
        // What is scarce stays for whoever has less than one result costs, and is not for who is not asked.
        let may_borrow = self.awake && (!wanted || self.available < self.bid);
        let lent = if may_borrow || !need.is_scarce() { need.to_borrow() } else { Micros::ZERO };
        let available = Micros::new(self.available.get().saturating_add(lent.get()));
        // Less than one result costs stays free, to come together with what others return, until nobody holds any.
        let is_last = nodes < 2 || leased <= self.held;
        if available < self.bid && !is_last {
            let wanting = nodes > 1 && self.asked;
            return Loan { lent: Micros::ZERO, low_below: Micros::ZERO, wanting };
        }
        let low_below = Micros::new(need.slice().get() / 2).min(available);
        Loan { lent, low_below, wanting: nodes > 1 && self.asked && need.is_starving() }
    }
}

#[cfg(test)]
mod tests;
