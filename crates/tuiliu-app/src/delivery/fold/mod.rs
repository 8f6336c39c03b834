//! Folding: acknowledged events become exposures, charges and metrics, in one transaction a step.
//!
//! What a step has read, charged and counted is committed together with its place in the log of batches,
//! so a crash repeats the step or does not, and nothing is charged twice. Charges are bounded by the
//! ledger itself: what the order's budget cannot pay is absorbed by the platform and counted (DL-05).

pub(crate) mod arms;
mod attribute;
mod charge;
mod help;
mod known;
mod observe;
mod order;
mod platform;
mod tally;

use std::collections::{BTreeMap, BTreeSet};

use tuiliu_domain::id::{CommandId, ContentId, DecisionId, GuaranteeServiceId, PromotionOrderId, RoomId, TenantId};
use tuiliu_domain::ledger::{LeaseId, LedgerCommand, LedgerGroup};
use tuiliu_domain::limits::LEDGER_GROUP_MAX;
use tuiliu_domain::money::{CENTIBEAN_WORTH, Micros};
use tuiliu_domain::time::Timestamp;
use tuiliu_measure::traffic::Invalid;
use tuiliu_store::{EventBatch, RoomOutcome, StoreError, Tx};

use self::arms::{EventPlace, Windows};
use self::help::Help;
use self::known::Known;
use self::order::FoldOrder;
use self::tally::Tally;
pub(crate) use self::tally::product_in;
use super::attribution::KnownViewer;
use super::event::TakenEvent;
use super::learn::{Observed, Seen};
use super::node;
use crate::app::Shell;

/// Batches folded in one transaction, and events after which no other batch is begun: whatever else is to be written
/// waits for a step.
const BATCHES_PER_STEP: usize = 64;
const EVENTS_PER_STEP: usize = 16_000;
/// Results that became due, charged in one transaction.
const DUE_PER_STEP: usize = 2_000;

/// A charge that was committed; the engine settles its reservation with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FoldedCharge {
    pub(crate) order: PromotionOrderId,
    pub(crate) decision: DecisionId,
    /// The lease that paid.
    pub(crate) lease: LeaseId,
    /// Lent to that lease for it, out of what was free.
    pub(crate) lent: Micros,
    pub(crate) charged: Micros,
}

/// What one step of folding did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Folded {
    pub(crate) batches: usize,
    /// There are more than one step takes.
    more_batches: bool,
    pub(crate) events: usize,
    /// Results that had to stay a while and have.
    pub(crate) due: usize,
    pub(crate) charges: Vec<FoldedCharge>,
    /// New impressions and results in the order of their events, for the predictor.
    pub(crate) observed: Vec<Observed>,
    /// Orders whose budget is used up now.
    pub(crate) exhausted: Vec<PromotionOrderId>,
    /// What the orders that were charged have spent by now, on all nodes.
    pub(crate) spent: Vec<(PromotionOrderId, Micros)>,
    /// The last batch that is folded by now, in this step or before.
    pub(crate) batch_last: i64,
}

impl Folded {
    /// Whether more may wait than one step takes.
    pub(crate) const fn is_full(&self) -> bool {
        self.more_batches || self.due >= DUE_PER_STEP
    }

    /// Whether nothing waits that was acknowledged up to this batch, nor any result that was due.
    pub(crate) const fn has_reached(&self, batch: i64) -> bool {
        !self.is_full() || (batch <= self.batch_last && self.due < DUE_PER_STEP)
    }
}

/// One step of folding: who does it, and when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    /// Id of its ledger commands; fresh for each try, since a try that failed left nothing.
    pub(crate) id: CommandId,
    pub(crate) node: u32,
    pub(crate) epoch: u64,
    pub(crate) now: Timestamp,
    /// No batch after this one, so that whoever waits for it is not held up by what comes meanwhile.
    pub(crate) batch_until: i64,
    /// No result that is due later.
    pub(crate) due_until: Timestamp,
}

/// Folds the next batches and the results that are due; nothing by a node that has lost its epoch, whose lease
/// could not pay for what comes late.
pub(crate) fn run(shell: &Shell, tx: &mut Tx<'_>, step: Step) -> Result<Folded, StoreError> {
    let folded_before = tx.folded_events()?;
    if node::has_lost(tx, step.node, step.epoch)? {
        return Ok(Folded { batch_last: folded_before, ..Folded::default() });
    }
    let mut batches = tx.events_after(folded_before, limit(BATCHES_PER_STEP))?;
    batches.retain(|batch| batch.seq <= step.batch_until);
    let mut fold = Fold {
        shell,
        tx,
        step,
        received_at: step.now,
        orders: BTreeMap::new(),
        owners: BTreeMap::new(),
        promoted_rooms: BTreeMap::new(),
        inspected: BTreeSet::new(),
        viewers: BTreeMap::new(),
        known: Known::default(),
        metrics: BTreeMap::new(),
        windows: Windows::default(),
        touched: BTreeSet::new(),
        outcomes: Vec::new(),
        tally: Tally::default(),
        done: Folded::default(),
        helped: BTreeMap::new(),
    };
    fold.done.more_batches = batches.len() >= BATCHES_PER_STEP;
    let mut last = folded_before;
    for batch in &batches {
        if fold.done.events >= EVENTS_PER_STEP {
            fold.done.more_batches = true;
            break;
        }
        fold.batch(batch)?;
        last = batch.seq;
    }
    let due = fold.tx.take_due_results(step.due_until, limit(DUE_PER_STEP))?;
    fold.done.due = due.len();
    for pending in due {
        fold.due(&pending)?;
    }
    fold.done.batch_last = last;
    if batches.is_empty() && fold.done.due == 0 {
        return Ok(fold.done);
    }
    fold.finish(folded_before, last)
}

fn limit(count: usize) -> u32 {
    u32::try_from(count).expect("a step is small")
}

struct Fold<'a, 'c> {
    shell: &'a Shell,
    tx: &'a mut Tx<'c>,
    step: Step,
    /// When the batch at hand was acknowledged.
    received_at: Timestamp,
    orders: BTreeMap<PromotionOrderId, Option<FoldOrder>>,
    /// Whose the rooms and videos of natural events are.
    owners: BTreeMap<ContentId, Option<TenantId>>,
    /// Whether orders were placed for the rooms of natural events.
    promoted_rooms: BTreeMap<RoomId, bool>,
    /// Rooms whose traffic is looked back at.
    inspected: BTreeSet<RoomId>,
    /// What is known of the viewers of this step's events.
    viewers: BTreeMap<(RoomId, u128), KnownViewer>,
    known: Known,
    metrics: BTreeMap<(u128, &'static str, Timestamp), i64>,
    /// Rooms that measure.
    windows: Windows,
    /// Viewers whose outcomes this step added to.
    touched: BTreeSet<(RoomId, u128)>,
    outcomes: Vec<(RoomId, u128, RoomOutcome)>,
    /// What else is counted and written at the end of the step.
    tally: Tally,
    done: Folded,
    /// Guarantees of other tenants' or nobody's orders' impressions, and what help brought them.
    helped: BTreeMap<GuaranteeServiceId, Option<Help>>,
}

impl Fold<'_, '_> {
    /// The predictor will hear of it once this step is committed.
    fn hear(&mut self, order: PromotionOrderId, decision: DecisionId, what: Seen) {
        self.done.observed.push(Observed { order, decision, what });
    }

    fn batch(&mut self, batch: &EventBatch) -> Result<(), StoreError> {
        let events: Vec<TakenEvent> = serde_json::from_slice(&batch.body).map_err(|error| {
            StoreError::Inconsistent { place: format!("event batch {}", batch.seq), reason: error.to_string() }
        })?;
        self.read_ahead(&events)?;
        self.received_at = batch.received_at;
        self.tally.begin(batch.tenant, batch.seq);
        self.done.batches += 1;
        self.done.events += events.len();
        for (place, event) in events.iter().enumerate() {
            // Arms are judged by what is known alike of both: speed is known of promoted events alone.
            if event.invalid().is_none_or(|rule| rule == Invalid::ImpossibleSpeed) {
                self.outcome(event, EventPlace { tenant: batch.tenant, batch: batch.seq, place })?;
                self.platform_act(event)?;
            }
            match (event.promoted, event.content()) {
                (Some(promoted), _) => self.promoted(event, promoted)?,
                (None, Some(content)) if self.is_content_of(batch.tenant, content)? => {
                    let room = RoomId::new(content.value());
                    match event.invalid() {
                        Some(rule) => self.count_invalid_natural(event, room, rule),
                        None => {
                            self.natural(event, content)?;
                            self.attribute_natural(event, room)?;
                        }
                    }
                }
                (None, _) => {}
            }
        }
        Ok(())
    }

    /// Whether a room or video is there and the tenant's: nobody speaks for another's.
    fn is_content_of(&mut self, tenant: TenantId, content: ContentId) -> Result<bool, StoreError> {
        if let Some(owner) = self.owners.get(&content) {
            return Ok(*owner == Some(tenant));
        }
        let owner = match content {
            ContentId::Room(room) => self.tx.room(room)?.map(|room| room.tenant),
            ContentId::Video(video) => self.tx.video(video)?.map(|video| video.tenant),
        };
        self.owners.insert(content, owner);
        Ok(owner == Some(tenant))
    }

    fn order(&mut self, id: PromotionOrderId) -> Result<Option<&mut FoldOrder>, StoreError> {
        if !self.orders.contains_key(&id) {
            let loaded = FoldOrder::load(self.shell, self.tx, id)?;
            self.orders.insert(id, loaded);
        }
        Ok(self.orders.get_mut(&id).and_then(Option::as_mut))
    }

    /// Writes the ledger's share and the sums, and moves the place in the log of batches.
    fn finish(mut self, folded_before: i64, last: i64) -> Result<Folded, StoreError> {
        self.settle_outcomes()?;
        self.save_attribution()?;
        std::mem::take(&mut self.known).write(self.tx)?;
        let commands: Vec<LedgerCommand> = self.orders.values().flatten().flat_map(FoldOrder::commands).collect();
        for (number, part) in (0..).zip(commands.chunks(LEDGER_GROUP_MAX)) {
            let group = LedgerGroup { id: self.step.id.child(number), commands: part.to_vec() };
            self.tx.ledger(&group, self.step.now)?.map_err(|refusal| StoreError::Inconsistent {
                place: "folding charges".to_owned(),
                reason: refusal.to_string(),
            })?;
        }
        self.book_help()?;
        self.write_tally()?;
        if folded_before < last {
            self.tx.set_folded_events(last)?;
        }
        let charged = self.orders.iter().filter_map(|(id, order)| Some((*id, order.as_ref()?)));
        self.done.spent = charged.filter(|(_, order)| order.changed()).map(|(id, order)| (id, order.spent)).collect();
        // Less than the smallest unit buys nothing and cannot be given back: the budget is used up (TP-14).
        let is_used_up =
            |order: &&FoldOrder| order.changed() && order.budget.get() - order.spent.get() < CENTIBEAN_WORTH.get();
        let used_up =
            |(id, order): (&PromotionOrderId, &Option<FoldOrder>)| order.as_ref().filter(is_used_up).map(|_| *id);
        self.done.exhausted = self.orders.iter().filter_map(used_up).collect();
        Ok(self.done)
    }
}
