//! Leases: this node's slices of the orders' budgets, lent by the ledger before they may be spent (DL-05).

use std::collections::HashSet;
use std::convert::Infallible;
use std::sync::Arc;

use tuiliu_delivery::lease::{Borrowing, LeaseCounter, LeaseLook, LeaseSource, Loan};
use tuiliu_domain::id::PromotionOrderId;
use tuiliu_domain::ledger::{Lease, LeaseId, LedgerCommand, LedgerGroup};
use tuiliu_domain::limits::LEDGER_GROUP_MAX;
use tuiliu_domain::money::Micros;
use tuiliu_domain::time::Timestamp;
use tuiliu_store::{LeaseCharge, StoreError, Tx};

use super::engine::{Engine, LiveOrder};
use super::fold::FoldedCharge;
use super::node;
use crate::app::{App, Shell};
use crate::error::CommandError;

/// Less than this is always available: the lease is to be looked at.
pub(super) const LOOK: Micros = Micros::new(i64::MAX);
/// Leases read at once when those of a node are closed.
const LEASE_PAGE: u32 = 1_000;
/// Charges of other nodes heard at once.
const CHARGES_PER_STEP: u32 = 2_000;
/// Orders looked at at once because other nodes want of them.
const WANTS_PER_STEP: u32 = 1_000;
/// Orders read at once to hear what they have spent.
const ESCROWS_PER_STEP: u32 = 1_000;

impl App {
    /// Brings the leases of this node up to what it can spend soon; answers how many were lent something.
    pub async fn lend_budgets(&self) -> Result<usize, CommandError<Infallible>> {
        let engine = &self.shell.engine;
        let epoch = engine.epoch();
        let low = collect_low(engine, self.shell.now());
        if low.is_empty() {
            return Ok(0);
        }
        let lent = self.write(move |shell, tx| Ok(lend(shell, tx, epoch, &low)?)).await;
        let lent = lent.inspect_err(|_| engine.standing.doubt())?;
        let mut live = engine.live();
        for Lent { order: id, loan, spent } in &lent {
            if let Some(order) = live.get_mut(id).filter(|order| order.lease.epoch() == epoch) {
                order.hear_spent(*spent);
                order.lease.grant(loan.lent);
                order.lend_below = loan.low_below;
                order.borrowing.answer(*loan);
            }
        }
        Ok(lent.iter().filter(|lent| lent.loan.lent > Micros::ZERO).count())
    }

    /// Hears what other nodes have charged to this node's leases, and gives them what they want and it does not use.
    pub(crate) async fn heed_other_nodes(&self) -> Result<(), CommandError<Infallible>> {
        let engine = &self.shell.engine;
        let (node, epoch) = (engine.config.node, engine.epoch());
        if engine.config.nodes < 2 || epoch == 0 {
            return Ok(());
        }
        let heeded = engine.heeded();
        let (charged, wanted) = self
            .read(move |_, tx| {
                Ok::<_, CommandError<Infallible>>((
                    tx.has_lease_charges(node, epoch)?,
                    tx.wanted_leases(node, heeded, WANTS_PER_STEP)?,
                ))
            })
            .await?;
        let is_full = u32::try_from(wanted.len()).is_ok_and(|count| count >= WANTS_PER_STEP);
        engine.heed_after(wanted.last().copied().filter(|_| is_full));
        if charged {
            let heard = self.write(move |_, tx| Ok(tx.take_lease_charges(node, epoch, CHARGES_PER_STEP)?)).await;
            hear(engine, &heard.inspect_err(|_| engine.standing.doubt())?);
        }
        if !wanted.is_empty() {
            self.return_idle(&wanted, epoch).await?;
        }
        Ok(())
    }

    /// Hears what the orders have spent on all nodes, so that pacing keeps to the whole.
    pub(crate) async fn hear_spent(&self) -> Result<(), CommandError<Infallible>> {
        let engine = &self.shell.engine;
        let mut last = None;
        loop {
            let page = self
                .read(move |_, tx| Ok::<_, CommandError<Infallible>>(tx.leased_escrows(last, ESCROWS_PER_STEP)?))
                .await?;
            let mut live = engine.live();
            for escrow in &page {
                if let Some(order) = live.get_mut(&escrow.order) {
                    order.hear_spent(escrow.spent);
                }
            }
            last = page.last().map(|escrow| escrow.order);
            if last.is_none() {
                return Ok(());
            }
        }
    }

    /// Gives back to the orders what others want and this node does not use.
    async fn return_idle(&self, wanted: &[PromotionOrderId], epoch: u64) -> Result<(), CommandError<Infallible>> {
        let engine = &self.shell.engine;
        let returned = take_idle(engine, wanted, self.shell.now());
        if returned.is_empty() {
            return Ok(());
        }
        let node = engine.config.node;
        let written = self.write(move |shell, tx| {
            // Whoever fenced this node has returned it already.
            if node::has_lost(tx, node, epoch)? {
                return Ok(());
            }
            let command = |(order, amount): &(PromotionOrderId, Micros)| LedgerCommand::ReturnUnspent {
                lease: LeaseId { order: *order, node, epoch },
                amount: *amount,
            };
            // An order that has ended meanwhile has taken it back whole.
            let mut open = Vec::with_capacity(returned.len());
            for part in &returned {
                if tx.escrow(part.0)?.is_some_and(|escrow| !escrow.settled) {
                    open.push(command(part));
                }
            }
            Ok(post(shell, tx, &open)?)
        });
        written.await.inspect_err(|_| engine.standing.doubt())
    }
}

/// What a look at one order's budget came to.
struct Lent {
    order: PromotionOrderId,
    loan: Loan,
    /// Charged on all nodes.
    spent: Micros,
}

/// Engine's side of a charge that was committed: what was lent for it, and the promise it settles.
pub(super) fn settle(engine: &Engine, order: &mut LiveOrder, charge: &FoldedCharge) {
    let LeaseId { node, epoch, .. } = charge.lease;
    if node == engine.config.node && epoch == order.lease.epoch() {
        order.lease.grant(charge.lent);
        order.charged = Micros::new(order.charged.get().saturating_add(charge.charged.get()));
        order.results += 1;
        engine.reservations.settle(charge.decision, &order.lease, charge.charged);
    }
}

/// The leases that run low, or are due for a look.
fn collect_low(engine: &Engine, now: Timestamp) -> Vec<(PromotionOrderId, LeaseLook)> {
    let mut low = Vec::new();
    for (id, order) in engine.live().iter_mut().filter(|(_, order)| !order.lease.is_closed()) {
        let look = order.borrowing.look(&order.lease, order.lend_below, order.pacing.price(), now);
        low.extend(look.map(|look| (*id, look)));
    }
    // Who comes first may get the last of what is free: the same seed must come to the same end.
    low.sort_unstable_by_key(|(id, _)| *id);
    low
}

/// Lends to this node's leases that run low; answers what each was lent, which may be nothing.
fn lend(
    shell: &Shell,
    tx: &mut Tx<'_>,
    epoch: u64,
    low: &[(PromotionOrderId, LeaseLook)],
) -> Result<Vec<Lent>, StoreError> {
    let config = &shell.engine.config;
    let node = config.node;
    // A node that lost its epoch cannot borrow: its leases were taken back and must not come to life again.
    if node::has_lost(tx, node, epoch)? {
        return Ok(Vec::new());
    }
    let wanted = wanted_of(tx, node, low)?;
    let mut loans = Vec::with_capacity(low.len());
    let mut commands = Vec::new();
    for (order, look) in low {
        let Some(escrow) = tx.escrow(*order)?.filter(|escrow| !escrow.settled) else { continue };
        let free = Micros::new(escrow.budget.get() - escrow.spent.get() - escrow.leased.get());
        let loan = look.borrow(LeaseSource {
            free,
            leased: escrow.leased,
            nodes: config.nodes,
            wanted: wanted.contains(order),
        });
        if loan.wanting {
            tx.want_lease(*order, node)?;
        } else if look.wanting {
            tx.stop_wanting_lease(*order, node)?;
        }
        if loan.lent > Micros::ZERO {
            commands.push(LedgerCommand::Lend { lease: LeaseId { order: *order, node, epoch }, amount: loan.lent });
        }
        loans.push(Lent { order: *order, loan, spent: escrow.spent });
    }
    post(shell, tx, &commands)?;
    Ok(loans)
}

/// Which of these orders, ascending, other nodes want.
fn wanted_of(
    tx: &mut Tx<'_>,
    node: u32,
    low: &[(PromotionOrderId, LeaseLook)],
) -> Result<HashSet<PromotionOrderId>, StoreError> {
    let mut wanted = HashSet::new();
    let mut last = None;
    loop {
        let page = tx.wanted_leases(node, last, WANTS_PER_STEP)?;
        last = page.last().copied().filter(|last| low.last().is_some_and(|(order, _)| last < order));
        wanted.extend(page);
        if last.is_none() {
            return Ok(wanted);
        }
    }
}

/// Takes in what other nodes have charged to this node's leases.
fn hear(engine: &Engine, heard: &[LeaseCharge]) {
    let mut live = engine.live();
    for charge in heard {
        let LeaseCharge { node, epoch, order, decision, lent, charged, .. } = *charge;
        let lease = LeaseId { order, node, epoch };
        if let Some(live) = live.get_mut(&order) {
            settle(engine, live, &FoldedCharge { order, decision, lease, lent, charged });
        } else {
            // The order is not shown any more; its promises go back to a lease that nobody looks at.
            engine.reservations.release(decision);
        }
    }
}

/// Takes out of the leases what others want and this node does not use.
fn take_idle(engine: &Engine, wanted: &[PromotionOrderId], now: Timestamp) -> Vec<(PromotionOrderId, Micros)> {
    let mut live = engine.live();
    let mut returned = Vec::new();
    for id in wanted {
        let Some(order) = live.get_mut(id) else { continue };
        let given = order.borrowing.give(&order.lease, order.pacing.price(), now);
        if given > Micros::ZERO {
            returned.push((*id, given));
        }
    }
    returned
}

/// Closes all leases of this node in memory: nothing can be reserved any more.
pub(super) fn close_own(engine: &Engine) {
    for order in engine.live().values() {
        order.lease.close();
    }
}

/// Replaces the leases of an epoch that is over by empty ones of the new epoch.
pub(super) fn begin_again(engine: &Engine, epoch: u64) {
    for order in engine.live().values_mut() {
        order.lease.close();
        order.lease = Arc::new(LeaseCounter::new(Micros::ZERO, epoch));
        order.lend_below = LOOK;
        order.borrowing = Borrowing::default();
    }
}

/// Takes back what is left of an order's leases, so that it can be settled.
pub(crate) fn close_all(shell: &Shell, tx: &mut Tx<'_>, order: PromotionOrderId) -> Result<(), StoreError> {
    // The ledger is locked first, as whoever lends does: the other way round both would wait for each other.
    let open: Vec<LeaseId> =
        tx.leases_of(order)?.into_iter().filter(|lease| !lease.closed).map(|lease| lease.id).collect();
    close(shell, tx, &open)?;
    tx.forget_lease_wants(order)
}

/// Closes the leases of a node's epochs up to this one; answers how many were open.
pub(super) fn close_until(shell: &Shell, tx: &mut Tx<'_>, node: u32, epoch_last: u64) -> Result<usize, StoreError> {
    let is_over = |lease: &Lease| lease.id.node == node && lease.id.epoch <= epoch_last;
    let mut over: Vec<LeaseId> = Vec::new();
    let mut last = None;
    loop {
        let page = tx.open_leases(last, LEASE_PAGE)?;
        over.extend(page.iter().filter(|lease| is_over(lease)).map(|lease| lease.id));
        last = page.last().map(|lease| lease.id);
        if last.is_none() {
            break;
        }
    }
    close(shell, tx, &over)?;
    Ok(over.len())
}

fn close(shell: &Shell, tx: &mut Tx<'_>, leases: &[LeaseId]) -> Result<(), StoreError> {
    let commands: Vec<LedgerCommand> = leases.iter().map(|lease| LedgerCommand::CloseLease { lease: *lease }).collect();
    post(shell, tx, &commands)
}

/// Posts commands that the ledger cannot refuse: they follow from rows read in the same transaction.
pub(crate) fn post(shell: &Shell, tx: &mut Tx<'_>, commands: &[LedgerCommand]) -> Result<(), StoreError> {
    for part in commands.chunks(LEDGER_GROUP_MAX) {
        let group = LedgerGroup { id: shell.id(), commands: part.to_vec() };
        tx.ledger(&group, shell.now())?
            .map_err(|refusal| StoreError::Inconsistent { place: "leases".to_owned(), reason: refusal.to_string() })?;
    }
    Ok(())
}
