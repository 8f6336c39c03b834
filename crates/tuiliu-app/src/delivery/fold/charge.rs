//! Charging: which events cost the buyer something, and what the order's leases give for them (DL-05).

use tuiliu_domain::id::{DecisionId, PromotionOrderId};
use tuiliu_domain::ledger::LeaseId;
use tuiliu_domain::money::Micros;
use tuiliu_domain::promotion::{Billable, ChargeRule, Engagement, PersonFacts, billable};
use tuiliu_domain::time::Timestamp;
use tuiliu_store::{DeliveryCharge, LeaseCharge, PendingResult, StoreError};

use super::order::{First, FoldOrder, Taken};
use super::{Fold, FoldedCharge};
use crate::delivery::event::{EventKind, Promoted, TakenEvent};
use crate::delivery::learn::Seen;

impl Fold<'_, '_> {
    pub(super) fn promoted(&mut self, event: &TakenEvent, promoted: Promoted) -> Result<(), StoreError> {
        let order = PromotionOrderId::new(promoted.order);
        let received_at = self.received_at;
        let Some(FoldOrder { rule, commerce_final_at, .. }) = self.order(order)? else {
            return self.helped(event, promoted);
        };
        let (rule, is_final) = (*rule, commerce_final_at.is_some_and(|final_at| final_at < received_at));
        if let Some(invalid) = self.invalid(event, promoted, order)? {
            return self.count_invalid(event, promoted, order, invalid);
        }
        self.attribute(event, promoted, order)?;
        if is_final && event.kind.is_commerce() {
            return Ok(());
        }
        self.observe(event, promoted, order)?;
        let Some(engagement) = event.engagement() else { return Ok(()) };
        let charged = self.has_person(order, "charged", promoted.viewer)?;
        let engagement = self.with_undo(order, promoted.viewer, engagement, event)?;
        let facts = PersonFacts { charged, muted: event.muted };
        let due_at = match (billable(rule, engagement, event.at(), self.step.now, facts), rule) {
            // A follow that comes late waits too, to the end of this step: its undo may be right behind it.
            (Billable::Now, ChargeRule::HeldFollow { hold_ms }) => Some(event.at().plus_ms(hold_ms)),
            (Billable::Now, _) => None,
            (Billable::From(due_at), _) => Some(due_at),
            (Billable::No(_), _) => return Ok(()),
        };
        let decision = DecisionId::new(promoted.decision);
        match due_at {
            None => {
                self.hear(order, decision, Seen::Result);
                self.charge(order, promoted, event.kind.code(), event.at())
            }
            Some(due_at) => {
                let pending = PendingResult {
                    order,
                    viewer: promoted.viewer,
                    decision,
                    price: Micros::new(promoted.price),
                    node: promoted.node,
                    epoch: promoted.epoch,
                    at: event.at(),
                    due_at,
                };
                if self.tx.await_result(&pending)? {
                    self.hear(order, decision, Seen::Result);
                }
                Ok(())
            }
        }
    }

    /// An undo that overtook its follow was written down; that one follow then never counts, a later one may.
    fn with_undo(
        &mut self,
        order: PromotionOrderId,
        viewer: u128,
        engagement: Engagement,
        event: &TakenEvent,
    ) -> Result<Engagement, StoreError> {
        match engagement {
            Engagement::Follow { .. } if self.remove_person(order, "follow_undone", viewer)? => {
                Ok(Engagement::Follow { undone_at: Some(event.at()) })
            }
            other => Ok(other),
        }
    }

    /// A result that had to stay a while has stayed.
    pub(super) fn due(&mut self, pending: &PendingResult) -> Result<(), StoreError> {
        let PendingResult { order, viewer, decision, price, node, epoch, .. } = *pending;
        let Some(room) = self.order(order)?.map(|order| order.room) else { return Ok(()) };
        if self.has_person(order, "charged", viewer)? || self.is_invalid_viewer(room, viewer)? {
            return Ok(());
        }
        let promoted = Promoted {
            order: order.value(),
            content: 0,
            decision: decision.value(),
            viewer,
            price: price.get(),
            node,
            epoch,
        };
        self.charge(order, promoted, EventKind::Follow.code(), pending.due_at)
    }

    /// Charges one result: at most what the ledger can give, the rest is the platform's.
    fn charge(
        &mut self,
        id: PromotionOrderId,
        promoted: Promoted,
        kind: &'static str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.add_person(id, "charged", promoted.viewer)?;
        let own_lease = LeaseId { order: id, node: self.step.node, epoch: self.step.epoch };
        let order = self.order(id)?.expect("the caller has seen the order");
        let token_lease = LeaseId { order: id, node: promoted.node, epoch: promoted.epoch };
        let open = order.leases.get(&token_lease).is_some_and(|lease| !lease.closed);
        // The promise is gone with its lease: what is free pays before what this node has promised to others.
        let (lease, first) = if open { (token_lease, First::Lease) } else { (own_lease, First::Free) };
        let Taken { lent, charged } = order.take(lease, Micros::new(promoted.price), first);
        order.charge_number += 1;
        let row = DeliveryCharge {
            number: order.charge_number,
            at,
            kind,
            price: charged,
            absorbed: Micros::new(promoted.price - charged.get()),
            spent_after: order.spent,
            decision: DecisionId::new(promoted.decision),
            viewer: Some(promoted.viewer),
        };
        self.tx.charge(id, &row)?;
        let minute = at.minute();
        for (metric, value) in
            [("results", 1), ("charged_micros", charged.get()), ("absorbed_micros", row.absorbed.get())]
        {
            if value != 0 {
                *self.metrics.entry((id.value(), metric, minute)).or_default() += value;
            }
        }
        let folded = FoldedCharge { order: id, decision: row.decision, lease, lent, charged };
        self.done.charges.push(folded);
        if lease == own_lease { Ok(()) } else { self.tell(folded, row.number) }
    }

    /// Tells the node that holds the lease: it cannot know otherwise that its promise was met.
    fn tell(&mut self, folded: FoldedCharge, number: i64) -> Result<(), StoreError> {
        let FoldedCharge { order, decision, lease, lent, charged } = folded;
        let LeaseId { node, epoch, .. } = lease;
        self.tx.tell_lease_charge(&LeaseCharge { node, epoch, order, number, decision, lent, charged })
    }
}
