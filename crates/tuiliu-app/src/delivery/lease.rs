//! Leases: this node's slices of the orders' budgets, lent by the ledger before they may be spent (DL-05).

use std::convert::Infallible;

use tracing::info;
use tuiliu_domain::id::PromotionOrderId;
use tuiliu_domain::ledger::{Lease, LeaseId, LedgerCommand, LedgerGroup};
use tuiliu_domain::limits::LEDGER_GROUP_MAX;
use tuiliu_domain::money::{MICROS_PER_UNIT, Micros};
use tuiliu_store::{StoreError, Tx};

use super::engine::LiveOrder;
use crate::app::{App, Shell};
use crate::error::CommandError;

/// Below this much, what is free goes to one node whole (delivery.md §5: 40 fen are four beans).
const SLICE_MIN: i64 = 4 * MICROS_PER_UNIT;
/// Less than this is always available: the lease is to be looked at.
pub(super) const LOOK: Micros = Micros::new(i64::MAX);
/// Leases read at once when a node starts.
const LEASE_PAGE: u32 = 1_000;
/// Bids that fit into the smallest slice.
const BIDS_PER_SLICE: i64 = 4;
/// A node asks for one part in so many of what is free, per node.
const SLICES: i64 = 4;

impl App {
    /// Begins a new epoch of this node: folds what was acknowledged, then takes back what older epochs leased.
    pub async fn start_delivery(&self) -> Result<(), CommandError<Infallible>> {
        let node = self.shell.engine.config.node;
        let epoch = self.write(move |_, tx| Ok(tx.next_epoch(node)?)).await?;
        self.shell.engine.begin_epoch(epoch);
        while self.fold_events().await? > 0 {}
        let closed = self.write(move |shell, tx| Ok(close_older(shell, tx, node, epoch)?)).await?;
        info!(epoch, closed, "began epoch {epoch} of node {node}, closed {closed} leases of earlier ones");
        self.refresh_delivery().await
    }

    /// Brings the leases of this node up to what it can spend soon.
    pub async fn lend_budgets(&self) -> Result<usize, CommandError<Infallible>> {
        let low: Vec<(PromotionOrderId, Micros, Micros)> = {
            let live = self.shell.engine.live();
            let is_low = |order: &LiveOrder| !order.lease.is_closed() && order.lease.available() < order.lend_below;
            let low = live.iter().filter(|(_, order)| is_low(order));
            low.map(|(id, order)| (*id, order.lease.available(), order.pacing.price())).collect()
        };
        if low.is_empty() {
            return Ok(0);
        }
        let lent = self.write(move |shell, tx| Ok(lend(shell, tx, &low)?)).await?;
        let mut live = self.shell.engine.live();
        for (id, loan) in &lent {
            if let Some(order) = live.get_mut(id) {
                order.lease.grant(loan.lent);
                order.lend_below = loan.lend_below;
            }
        }
        Ok(lent.iter().filter(|(_, loan)| loan.lent > Micros::ZERO).count())
    }
}

/// What one order's lease was lent.
#[derive(Debug, Clone, Copy)]
struct Loan {
    lent: Micros,
    /// With less than this the lease is low again.
    lend_below: Micros,
}

/// Lends to this node's leases that run low; answers what each was lent, which may be nothing.
fn lend(
    shell: &Shell,
    tx: &mut Tx<'_>,
    low: &[(PromotionOrderId, Micros, Micros)],
) -> Result<Vec<(PromotionOrderId, Loan)>, StoreError> {
    let engine = &shell.engine;
    let (node, epoch) = (engine.config.node, engine.epoch());
    let mut loans = Vec::with_capacity(low.len());
    let mut commands = Vec::new();
    for (id, available, bid) in low {
        let Some(escrow) = tx.escrow(*id)?.filter(|escrow| !escrow.settled) else { continue };
        let free = escrow.budget.get() - escrow.spent.get() - escrow.leased.get();
        let slice = slice(free, i64::from(engine.config.nodes), *bid);
        let mut loan = Loan { lent: Micros::ZERO, lend_below: Micros::new(slice) };
        if slice > 0 && available.get() < slice {
            loan.lent = Micros::new(slice);
            commands.push(LedgerCommand::Lend { lease: LeaseId { order: *id, node, epoch }, amount: loan.lent });
        }
        loans.push((*id, loan));
    }
    post(shell, tx, &commands)?;
    Ok(loans)
}

/// How much of what is free one node may have: a part of it that a few bids fit into, or the last units whole.
///
/// An order whose lease is smaller than its bid loses auctions that its budget could pay for.
fn slice(free: i64, nodes: i64, bid: Micros) -> i64 {
    let least = SLICE_MIN.max(bid.get().saturating_mul(BIDS_PER_SLICE));
    (free / (SLICES * nodes)).max(least.min(free))
}

/// Takes back what is left of an order's leases, so that it can be settled.
pub(crate) fn close_all(shell: &Shell, tx: &mut Tx<'_>, order: PromotionOrderId) -> Result<(), StoreError> {
    let open: Vec<LeaseId> =
        tx.leases_of(order)?.into_iter().filter(|lease| !lease.closed).map(|lease| lease.id).collect();
    close(shell, tx, &open)
}

fn close_older(shell: &Shell, tx: &mut Tx<'_>, node: u32, epoch: u64) -> Result<usize, StoreError> {
    let is_older = |lease: &Lease| lease.id.node == node && lease.id.epoch < epoch;
    let mut older: Vec<LeaseId> = Vec::new();
    let mut last = None;
    loop {
        let page = tx.open_leases(last, LEASE_PAGE)?;
        older.extend(page.iter().filter(|lease| is_older(lease)).map(|lease| lease.id));
        last = page.last().map(|lease| lease.id);
        if last.is_none() {
            break;
        }
    }
    close(shell, tx, &older)?;
    Ok(older.len())
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
