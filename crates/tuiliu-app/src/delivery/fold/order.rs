//! One order while it is folded: what its leases and its budget can still give.

use std::collections::{BTreeMap, BTreeSet};

use tuiliu_domain::id::{ContentId, PromotionOrderId, RoomId};
use tuiliu_domain::ledger::{Lease, LeaseId, LedgerCommand};
use tuiliu_domain::money::Micros;
use tuiliu_domain::promotion::ChargeRule;
use tuiliu_domain::time::Timestamp;
use tuiliu_measure::attribution::Window;
use tuiliu_store::{StoreError, Tx};

use crate::app::Shell;

/// One order as far as this step is concerned.
pub(super) struct FoldOrder {
    pub(super) content: ContentId,
    pub(super) rule: ChargeRule,
    pub(super) budget: Micros,
    /// Charged so far, this step included.
    pub(super) spent: Micros,
    /// Neither charged nor lent to a node.
    pub(super) free: Micros,
    pub(super) settled: bool,
    /// From then on commerce figures stay as they are (TP-23); `None` while the broadcast or a video's order goes on.
    pub(super) commerce_final_at: Option<Timestamp>,
    /// The room; of a video the key under which what is kept by room is kept of it.
    pub(super) room: RoomId,
    /// When the broadcast, or the delivery of a video, ended, if it has.
    pub(super) ended_at: Option<Timestamp>,
    /// How long after a touch what it brought still counts (AT-02).
    pub(super) window: Window,
    /// Repeat views within it count for nobody (AT-03).
    pub(super) dedup_window_ms: i64,
    /// Viewers who are the creator or the buyer.
    pub(super) own: Vec<u128>,
    pub(super) charge_number: i64,
    pub(super) leases: BTreeMap<LeaseId, FoldLease>,
}

pub(super) struct FoldLease {
    pub(super) granted: Micros,
    pub(super) spent: Micros,
    pub(super) closed: bool,
    /// Lent in this step beyond what was granted, out of what was free.
    pub(super) extra: Micros,
    pub(super) changed: bool,
}

/// What pays first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum First {
    Lease,
    Free,
}

/// What a charge took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Taken {
    /// Out of what was free, lent to the lease first.
    pub(super) lent: Micros,
    /// In total.
    pub(super) charged: Micros,
}

impl FoldOrder {
    /// The order as this transaction finds it; `None` without one, or before it was paid.
    pub(super) fn load(shell: &Shell, tx: &mut Tx<'_>, id: PromotionOrderId) -> Result<Option<Self>, StoreError> {
        let (Some(order), Some(escrow)) = (tx.promotion_order(id)?, tx.escrow(id)?) else { return Ok(None) };
        let ended_at = match order.content {
            ContentId::Room(room) => tx.room(room)?.and_then(|room| room.times.ended),
            ContentId::Video(_) => order.delivery_ended_at,
        };
        let lease = |lease: Lease| {
            let Lease { id, granted, spent, closed, .. } = lease;
            (id, FoldLease { granted, spent, closed, extra: Micros::ZERO, changed: false })
        };
        let commerce_ms = order.terms.commerce_window_ms;
        let idle_ms = shell.policy(tx, order.tenant)?.traffic.session_idle_ms;
        let mut own = Vec::new();
        for party in BTreeSet::from([order.creator, order.payer]) {
            let host_id = tx.party(order.tenant, party)?.and_then(|party| party.external_ref);
            own.extend(host_id.map(|id| shell.engine.viewer_hash(order.tenant, &id)));
        }
        let free = escrow.budget.get() - escrow.spent.get() - escrow.leased.get();
        Ok(Some(Self {
            content: order.content,
            rule: order.terms.charge,
            budget: escrow.budget,
            spent: escrow.spent,
            free: Micros::new(free),
            settled: escrow.settled,
            commerce_final_at: ended_at.map(|at| at.plus_ms(commerce_ms)),
            room: RoomId::new(order.content.value()),
            ended_at,
            window: match order.content {
                ContentId::Room(_) => Window::Broadcast { ended_at, commerce_ms, idle_ms },
                ContentId::Video(_) => Window::Video { span_ms: commerce_ms, ended_at },
            },
            dedup_window_ms: order.terms.dedup_window_ms,
            own,
            charge_number: tx.last_charge(id)?,
            leases: tx.leases_of(id)?.into_iter().map(lease).collect(),
        }))
    }

    /// Takes a price out of a lease and what is free, one after the other; at most what there is.
    pub(super) fn take(&mut self, id: LeaseId, price: Micros, first: First) -> Taken {
        if self.settled {
            return Taken::default();
        }
        let fresh = FoldLease {
            granted: Micros::ZERO,
            spent: Micros::ZERO,
            closed: false,
            extra: Micros::ZERO,
            changed: false,
        };
        let lease = self.leases.entry(id).or_insert(fresh);
        if lease.closed {
            return Taken::default();
        }
        let lent = lease.granted.get() + lease.extra.get() - lease.spent.get();
        let taken = price.get().clamp(0, lent + self.free.get());
        let beyond = match first {
            First::Lease => (taken - lent).max(0),
            First::Free => taken.min(self.free.get()),
        };
        lease.extra = Micros::new(lease.extra.get() + beyond);
        lease.spent = Micros::new(lease.spent.get() + taken);
        lease.changed |= taken > 0;
        self.free = Micros::new(self.free.get() - beyond);
        self.spent = Micros::new(self.spent.get() + taken);
        Taken { lent: Micros::new(beyond), charged: Micros::new(taken) }
    }

    pub(super) fn changed(&self) -> bool {
        self.leases.values().any(|lease| lease.changed)
    }

    pub(super) fn commands(&self) -> Vec<LedgerCommand> {
        let of_lease = |(id, lease): (&LeaseId, &FoldLease)| {
            let lend = (lease.extra.get() > 0).then_some(LedgerCommand::Lend { lease: *id, amount: lease.extra });
            let report = LedgerCommand::ReportSpent { lease: *id, cumulative: lease.spent };
            lend.into_iter().chain(lease.changed.then_some(report)).collect::<Vec<_>>()
        };
        self.leases.iter().flat_map(of_lease).collect()
    }
}
