//! Folding: acknowledged events become exposures, charges and metrics, in one transaction a step.
//!
//! What a step has read, charged and counted is committed together with its place in the log of batches,
//! so a crash repeats the step or does not, and nothing is charged twice. Charges are bounded by the
//! ledger itself: what the order's budget cannot pay is absorbed by the platform and counted (DL-05).

use std::collections::BTreeMap;

use tuiliu_domain::id::{CommandId, DecisionId, Id, PromotionOrderId, RoomId, TenantId};
use tuiliu_domain::ledger::{Lease, LeaseId, LedgerCommand, LedgerGroup};
use tuiliu_domain::limits::LEDGER_GROUP_MAX;
use tuiliu_domain::money::{CENTIBEAN_WORTH, Micros};
use tuiliu_domain::promotion::{Billable, ChargeRule, Engagement, PersonFacts, billable};
use tuiliu_domain::time::Timestamp;
use tuiliu_store::{DeliveryCharge, EventBatch, Exposure, MetricAdded, PendingResult, StoreError, Tx};

use super::event::{EventKind, Promoted, TakenEvent};

/// Batches folded in one transaction.
const BATCHES_PER_STEP: u32 = 64;
/// Results that became due, charged in one transaction.
const DUE_PER_STEP: u32 = 2_000;

/// A charge that was committed; the engine settles its reservation with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FoldedCharge {
    pub(crate) order: PromotionOrderId,
    pub(crate) decision: DecisionId,
    pub(crate) charged: Micros,
}

/// What one step of folding did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Folded {
    pub(crate) batches: usize,
    pub(crate) events: usize,
    /// Results that had to stay a while and have.
    pub(crate) due: usize,
    pub(crate) charges: Vec<FoldedCharge>,
    /// New impressions and results by order, for the predictor.
    pub(crate) counts: BTreeMap<PromotionOrderId, (u32, u32)>,
    /// Orders whose budget is used up now.
    pub(crate) exhausted: Vec<PromotionOrderId>,
}

/// One step of folding: who does it, and when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    /// Id of its ledger commands; fresh for each try, since a try that failed left nothing.
    pub(crate) id: CommandId,
    pub(crate) node: u32,
    pub(crate) epoch: u64,
    pub(crate) now: Timestamp,
}

/// Folds the next batches and the results that are due.
pub(crate) fn run(tx: &mut Tx<'_>, step: Step) -> Result<Folded, StoreError> {
    let folded_before = tx.folded_events()?;
    let batches = tx.events_after(folded_before, BATCHES_PER_STEP)?;
    let mut fold = Fold {
        tx,
        step,
        received_at: step.now,
        orders: BTreeMap::new(),
        rooms: BTreeMap::new(),
        metrics: BTreeMap::new(),
        done: Folded::default(),
    };
    for batch in &batches {
        fold.batch(batch)?;
    }
    let due = fold.tx.take_due_results(step.now, DUE_PER_STEP)?;
    fold.done.due = due.len();
    for pending in due {
        fold.due(&pending)?;
    }
    if batches.is_empty() && fold.done.due == 0 {
        return Ok(fold.done);
    }
    let last = batches.last().map_or(folded_before, |batch| batch.seq);
    fold.finish(folded_before, last)
}

/// One order as far as this step is concerned.
struct FoldOrder {
    rule: ChargeRule,
    budget: Micros,
    /// Charged so far, this step included.
    spent: Micros,
    /// Neither charged nor lent to a node.
    free: Micros,
    settled: bool,
    /// From then on commerce figures stay as they are (TP-23); `None` while the broadcast goes on.
    commerce_final_at: Option<Timestamp>,
    charge_number: i64,
    leases: BTreeMap<LeaseId, FoldLease>,
}

struct FoldLease {
    granted: Micros,
    spent: Micros,
    closed: bool,
    /// Lent in this step beyond what was granted, out of what was free.
    extra: Micros,
    changed: bool,
}

struct Fold<'a, 'c> {
    tx: &'a mut Tx<'c>,
    step: Step,
    /// When the batch at hand was acknowledged.
    received_at: Timestamp,
    orders: BTreeMap<PromotionOrderId, Option<FoldOrder>>,
    /// Whose the rooms of natural events are.
    rooms: BTreeMap<RoomId, Option<TenantId>>,
    metrics: BTreeMap<(u128, &'static str, Timestamp), i64>,
    done: Folded,
}

impl Fold<'_, '_> {
    fn batch(&mut self, batch: &EventBatch) -> Result<(), StoreError> {
        let events: Vec<TakenEvent> = serde_json::from_slice(&batch.body).map_err(|error| {
            StoreError::Inconsistent { place: format!("event batch {}", batch.seq), reason: error.to_string() }
        })?;
        self.received_at = batch.received_at;
        self.done.batches += 1;
        self.done.events += events.len();
        for event in &events {
            match (event.promoted, event.room) {
                (Some(promoted), _) => self.promoted(event, promoted)?,
                (None, Some(room)) if self.is_room_of(batch.tenant, RoomId::new(room))? => {
                    self.natural(event, RoomId::new(room));
                }
                (None, _) => {}
            }
        }
        Ok(())
    }

    /// Whether a room is there and the tenant's: nobody speaks for another's rooms.
    fn is_room_of(&mut self, tenant: TenantId, room: RoomId) -> Result<bool, StoreError> {
        if let Some(owner) = self.rooms.get(&room) {
            return Ok(*owner == Some(tenant));
        }
        let owner = self.tx.room(room)?.map(|room| room.tenant);
        self.rooms.insert(room, owner);
        Ok(owner == Some(tenant))
    }

    /// Natural traffic is counted for the room and never for an order (TP-21).
    fn natural(&mut self, event: &TakenEvent, room: RoomId) {
        let metric = match event.kind {
            EventKind::Impression => "impressions",
            EventKind::RoomEnter => "views",
            EventKind::Comment => "comments",
            EventKind::Like => "likes",
            EventKind::Follow => "follows",
            EventKind::Share => "shares",
            EventKind::ProductClick => "product_clicks",
            EventKind::PurchasePaid => {
                self.count(room, "gmv_fen", event, event.value_fen.unwrap_or(0));
                "purchases"
            }
            _ => return,
        };
        self.count(room, metric, event, 1);
    }

    fn promoted(&mut self, event: &TakenEvent, promoted: Promoted) -> Result<(), StoreError> {
        let order = PromotionOrderId::new(promoted.order);
        let received_at = self.received_at;
        let Some(FoldOrder { rule, commerce_final_at, .. }) = self.order(order)? else { return Ok(()) };
        let (rule, is_final) = (*rule, commerce_final_at.is_some_and(|final_at| final_at < received_at));
        if is_final && event.kind.is_commerce() {
            return Ok(());
        }
        self.observe(event, promoted, order)?;
        let Some(engagement) = event.engagement() else { return Ok(()) };
        let charged = self.tx.has_person(order, "charged", promoted.viewer)?;
        let engagement = self.with_undo(order, promoted.viewer, engagement, event)?;
        let facts = PersonFacts { charged, muted: event.muted };
        let due_at = match (billable(rule, engagement, event.at(), self.step.now, facts), rule) {
            // A follow that comes late waits too, to the end of this step: its undo may be right behind it.
            (Billable::Now, ChargeRule::HeldFollow { hold_ms }) => Some(event.at().plus_ms(hold_ms)),
            (Billable::Now, _) => None,
            (Billable::From(due_at), _) => Some(due_at),
            (Billable::No(_), _) => return Ok(()),
        };
        match due_at {
            None => self.charge(order, promoted, event.kind.code(), event.at()),
            Some(due_at) => {
                let pending = PendingResult {
                    order,
                    viewer: promoted.viewer,
                    decision: DecisionId::new(promoted.decision),
                    price: Micros::new(promoted.price),
                    node: promoted.node,
                    epoch: promoted.epoch,
                    at: event.at(),
                    due_at,
                };
                self.tx.await_result(&pending).map(drop)
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
            Engagement::Follow { .. } if self.tx.remove_person(order, "follow_undone", viewer)? => {
                Ok(Engagement::Follow { undone_at: Some(event.at()) })
            }
            other => Ok(other),
        }
    }

    /// Counts what happened, whether or not it is charged.
    fn observe(&mut self, event: &TakenEvent, promoted: Promoted, order: PromotionOrderId) -> Result<(), StoreError> {
        let viewer = promoted.viewer;
        let exposure = Exposure { decision: DecisionId::new(promoted.decision), order, viewer, at: event.at() };
        match event.kind {
            EventKind::Impression => {
                if !self.tx.show(exposure)? {
                    self.count(order, "replayed_tokens", event, 1);
                    return Ok(());
                }
                self.count(order, "impressions", event, 1);
                self.done.counts.entry(order).or_default().0 += 1;
                self.count_person(order, ("reach", "reach"), viewer, event)
            }
            EventKind::RoomEnter => {
                self.count(order, "views", event, 1);
                self.count_person(order, ("viewer", "viewers"), viewer, event)
            }
            EventKind::Watch => self.watched(exposure, event),
            EventKind::ProductClick => {
                self.count(order, "product_clicks", event, 1);
                self.count_person(order, ("product_clicker", "product_clickers"), viewer, event)
            }
            EventKind::Comment => {
                self.count(order, "comments", event, 1);
                self.count_person(order, ("commenter", "commenters"), viewer, event)
            }
            EventKind::Follow => {
                self.count(order, "follows", event, 1);
                self.count_person(order, ("follower", "followers"), viewer, event)
            }
            EventKind::PurchasePaid => {
                self.count(order, "purchases", event, 1);
                self.count(order, "gmv_fen", event, event.value_fen.unwrap_or(0));
                self.count_person(order, ("payer", "payers"), viewer, event)
            }
            EventKind::Undo => self.undone(order, viewer, event),
            EventKind::Click => self.add(order, "clicks", event, 1),
            EventKind::Like => self.add(order, "likes", event, 1),
            EventKind::Share => self.add(order, "shares", event, 1),
            EventKind::Hide => self.add(order, "hides", event, 1),
            EventKind::PurchaseCreated => self.add(order, "purchases_created", event, 1),
            EventKind::PurchaseRefunded => self.add(order, "refunds_fen", event, event.value_fen.unwrap_or(0)),
        }
    }

    fn watched(&mut self, exposure: Exposure, event: &TakenEvent) -> Result<(), StoreError> {
        let watched_ms = event.watched_ms.unwrap_or(0);
        let before = self.tx.watch(exposure, watched_ms)?;
        if before < watched_ms {
            self.count(exposure.order, "watch_ms", event, watched_ms - before);
        }
        let rule = self.order(exposure.order)?.map(|order| order.rule);
        if let Some(ChargeRule::EffectiveView { watched_ms_min }) = rule
            && before < watched_ms_min
            && watched_ms_min <= watched_ms
        {
            self.count(exposure.order, "effective_views", event, 1);
        }
        Ok(())
    }

    fn undone(&mut self, order: PromotionOrderId, viewer: u128, event: &TakenEvent) -> Result<(), StoreError> {
        match event.undone {
            Some(EventKind::Follow) => {
                self.count(order, "follows_undone", event, 1);
                if !self.tx.undo_result(order, viewer, event.at())? {
                    self.tx.add_person(order, "follow_undone", viewer)?;
                }
            }
            Some(EventKind::Like) => self.count(order, "likes_undone", event, 1),
            Some(EventKind::Comment) => self.count(order, "comments_undone", event, 1),
            _ => {}
        }
        Ok(())
    }

    /// A result that had to stay a while has stayed.
    fn due(&mut self, pending: &PendingResult) -> Result<(), StoreError> {
        let PendingResult { order, viewer, decision, price, node, epoch, .. } = *pending;
        if self.order(order)?.is_none() || self.tx.has_person(order, "charged", viewer)? {
            return Ok(());
        }
        let promoted = Promoted {
            order: order.value(),
            room: 0,
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
        self.tx.add_person(id, "charged", promoted.viewer)?;
        let own_lease = LeaseId { order: id, node: self.step.node, epoch: self.step.epoch };
        let order = self.order(id)?.expect("the caller has seen the order");
        let token_lease = LeaseId { order: id, node: promoted.node, epoch: promoted.epoch };
        let open = order.leases.get(&token_lease).is_some_and(|lease| !lease.closed);
        let charged = order.take(if open { token_lease } else { own_lease }, Micros::new(promoted.price));
        order.charge_number += 1;
        let row = DeliveryCharge {
            number: order.charge_number,
            at,
            kind,
            price: charged,
            absorbed: Micros::new(promoted.price - charged.get()),
            spent_after: order.spent,
            decision: DecisionId::new(promoted.decision),
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
        self.done.counts.entry(id).or_default().1 += 1;
        self.done.charges.push(FoldedCharge { order: id, decision: row.decision, charged });
        Ok(())
    }

    fn count<K>(&mut self, subject: Id<K>, metric: &'static str, event: &TakenEvent, value: i64) {
        *self.metrics.entry((subject.value(), metric, event.at().minute())).or_default() += value;
    }

    /// [`count`](Self::count) as the whole of what an event does.
    fn add<K>(
        &mut self,
        subject: Id<K>,
        metric: &'static str,
        event: &TakenEvent,
        value: i64,
    ) -> Result<(), StoreError> {
        self.count(subject, metric, event, value);
        Ok(())
    }

    fn count_person(
        &mut self,
        order: PromotionOrderId,
        (kind, metric): (&'static str, &'static str),
        viewer: u128,
        event: &TakenEvent,
    ) -> Result<(), StoreError> {
        if self.tx.add_person(order, kind, viewer)? {
            self.count(order, metric, event, 1);
        }
        Ok(())
    }

    fn order(&mut self, id: PromotionOrderId) -> Result<Option<&mut FoldOrder>, StoreError> {
        if !self.orders.contains_key(&id) {
            let loaded = load(self.tx, id)?;
            self.orders.insert(id, loaded);
        }
        Ok(self.orders.get_mut(&id).and_then(Option::as_mut))
    }

    /// Writes the ledger's share and the sums, and moves the place in the log of batches.
    fn finish(mut self, folded_before: i64, last: i64) -> Result<Folded, StoreError> {
        let commands: Vec<LedgerCommand> = self.orders.values().flatten().flat_map(FoldOrder::commands).collect();
        for (number, part) in (0..).zip(commands.chunks(LEDGER_GROUP_MAX)) {
            let group = LedgerGroup { id: self.step.id.child(number), commands: part.to_vec() };
            self.tx.ledger(&group, self.step.now)?.map_err(|refusal| StoreError::Inconsistent {
                place: "folding charges".to_owned(),
                reason: refusal.to_string(),
            })?;
        }
        for ((subject, metric, minute), value) in std::mem::take(&mut self.metrics) {
            let added = MetricAdded { metric, minute, value };
            self.tx.add_metric(Id::<()>::new(subject), added, self.step.now)?;
        }
        if folded_before < last {
            self.tx.set_folded_events(last)?;
        }
        // Less than the smallest unit buys nothing and cannot be given back: the budget is used up (TP-14).
        let is_used_up =
            |order: &&FoldOrder| order.changed() && order.budget.get() - order.spent.get() < CENTIBEAN_WORTH.get();
        let used_up =
            |(id, order): (&PromotionOrderId, &Option<FoldOrder>)| order.as_ref().filter(is_used_up).map(|_| *id);
        self.done.exhausted = self.orders.iter().filter_map(used_up).collect();
        Ok(self.done)
    }
}

impl FoldOrder {
    /// Takes a price out of a lease and, where that is too little, out of what is free; answers what was taken.
    fn take(&mut self, id: LeaseId, price: Micros) -> Micros {
        if self.settled {
            return Micros::ZERO;
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
            return Micros::ZERO;
        }
        let lent = lease.granted.get() + lease.extra.get() - lease.spent.get();
        let taken = price.get().clamp(0, lent + self.free.get());
        let beyond = (taken - lent).max(0);
        lease.extra = Micros::new(lease.extra.get() + beyond);
        lease.spent = Micros::new(lease.spent.get() + taken);
        lease.changed |= taken > 0;
        self.free = Micros::new(self.free.get() - beyond);
        self.spent = Micros::new(self.spent.get() + taken);
        Micros::new(taken)
    }

    fn changed(&self) -> bool {
        self.leases.values().any(|lease| lease.changed)
    }

    fn commands(&self) -> Vec<LedgerCommand> {
        let of_lease = |(id, lease): (&LeaseId, &FoldLease)| {
            let lend = (lease.extra.get() > 0).then_some(LedgerCommand::Lend { lease: *id, amount: lease.extra });
            let report = LedgerCommand::ReportSpent { lease: *id, cumulative: lease.spent };
            lend.into_iter().chain(lease.changed.then_some(report)).collect::<Vec<_>>()
        };
        self.leases.iter().flat_map(of_lease).collect()
    }
}

fn load(tx: &mut Tx<'_>, id: PromotionOrderId) -> Result<Option<FoldOrder>, StoreError> {
    let (Some(order), Some(escrow)) = (tx.promotion_order(id)?, tx.escrow(id)?) else { return Ok(None) };
    let ended_at = tx.room(order.room)?.and_then(|room| room.times.ended);
    let lease = |lease: Lease| {
        let Lease { id, granted, spent, closed, .. } = lease;
        (id, FoldLease { granted, spent, closed, extra: Micros::ZERO, changed: false })
    };
    let free = escrow.budget.get() - escrow.spent.get() - escrow.leased.get();
    Ok(Some(FoldOrder {
        rule: order.terms.charge,
        budget: escrow.budget,
        spent: escrow.spent,
        free: Micros::new(free),
        settled: escrow.settled,
        commerce_final_at: ended_at.map(|at| at.plus_ms(order.terms.commerce_window_ms)),
        charge_number: tx.last_charge(id)?,
        leases: tx.leases_of(id)?.into_iter().map(lease).collect(),
    }))
}
