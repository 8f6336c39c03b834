//! The audit: the ledger recomputed from its log, and every order, guarantee and withdrawal held against it (WL-07).

mod money;

pub use money::{BrokenMoney, Escrowed};

pub mod log;

use std::collections::HashMap;
use std::convert::Infallible;

use thiserror::Error;
use tuiliu_domain::id::{PromotionOrderId, TenantId};
use tuiliu_domain::ledger::invariants::Broken;
use tuiliu_domain::money::Amount;
use tuiliu_domain::party::{Action, Actor, Reach};
use tuiliu_domain::promotion::PromotionOrder;
use tuiliu_store::{AuditProgress, AuditReport, ChargeSum, StoreError, Tx};

pub use log::AuditLogCheck;
pub use tuiliu_store::{AuditEntry, AuditPage};

use crate::app::App;
use crate::error::CommandError;

/// Orders read at once.
const ORDERS_PER_PAGE: u32 = 500;

/// What an audit found.
#[derive(Debug, Clone)]
pub struct Audit {
    pub ledger: AuditReport,
    pub orders: u64,
    /// Rows of the itemised delivery ledgers.
    pub charges: i64,
    /// The first order that is not what the ledger says; looked at when the ledger itself is clean.
    pub broken_order: Option<BrokenOrder>,
    pub guarantees: u64,
    pub withdrawals: u64,
    /// The first guarantee, withdrawal or sum put aside that is not what the ledger says; looked at last.
    pub broken_money: Option<BrokenMoney>,
}

/// What an audit found, as far as it is one tenant's: how much others have moved is none of its business (AC-01).
#[derive(Debug, Clone)]
pub struct TenantAudit {
    /// The ledger is one for all, so what is broken of it concerns everybody.
    pub broken: Option<Broken>,
    /// The first of its own orders that is not what the ledger says.
    pub broken_order: Option<BrokenOrder>,
    /// Rows of history of its own parties' accounts.
    pub entries: i64,
    /// Its own orders and their charges.
    pub orders: u64,
    pub charges: i64,
}

/// An order that does not fit the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("keep promotion order `{order}` true: {fault}")]
pub struct BrokenOrder {
    pub order: PromotionOrderId,
    pub fault: OrderFault,
}

/// How an order does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OrderFault {
    #[error("its sources are not its holds")]
    SourcesAreNotHolds,
    #[error("paid `{paid}` units from one source, of which `{used}` used, `{returned}` returned, `{held}` held")]
    SourceDoesNotAddUp { paid: i64, used: i64, returned: i64, held: i64 },
    #[error("ended with `{held}` units still held")]
    EndedHolding { held: i64 },
    #[error("spent `{spent}` of a budget of `{budget}` millionths")]
    Overspent { spent: i64, budget: i64 },
    #[error("charged `{charged}` millionths by its itemised ledger and `{spent}` by its escrow")]
    ChargesDoNotAddUp { charged: i64, spent: i64 },
    #[error("numbered `{rows}` charges up to `{last}`")]
    ChargesHaveGaps { rows: i64, last: i64 },
    #[error("charged although nothing was ever held for it")]
    ChargedWithoutEscrow,
}

impl Audit {
    /// Whether everything adds up.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.ledger.broken.is_none() && self.broken_order.is_none() && self.broken_money.is_none()
    }

    /// The first thing that is broken, in words.
    #[must_use]
    pub fn verdict(&self) -> String {
        match (&self.ledger.broken, &self.broken_order, &self.broken_money) {
            (Some(broken), _, _) => broken_text(broken),
            (None, Some(order), _) => order.to_string(),
            (None, None, Some(money)) => money.to_string(),
            (None, None, None) => "clean".to_owned(),
        }
    }
}

fn broken_text(broken: &Broken) -> String {
    format!("invariant {} ({}) is broken: {}", broken.number, broken.name, broken.detail)
}

impl TenantAudit {
    /// Whether everything adds up.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.broken.is_none() && self.broken_order.is_none()
    }
}

impl App {
    /// Recomputes everything from the log and checks every invariant, in one read of one state of the world.
    pub async fn audit(
        &self,
        mut progress: impl FnMut(AuditProgress) + Send + 'static,
    ) -> Result<Audit, CommandError<Infallible>> {
        self.read(move |_, tx| Ok(audit(tx, &mut progress)?)).await
    }

    /// [`audit`](Self::audit) for somebody of a tenant, who learns about the tenant alone.
    pub async fn audit_for(&self, actor: &Actor) -> Result<TenantAudit, CommandError<Infallible>> {
        if actor.reach(Action::AuditLedger) != Some(Reach::Tenant) {
            return Err(CommandError::Forbidden);
        }
        let tenant = actor.tenant;
        self.read(move |_, tx| {
            let Audit { ledger, orders, charges, broken_order, .. } = audit_of(tx, Some(tenant), &mut |_| {})?;
            let entries = tx.ledger_entries_of(tenant)?;
            Ok(TenantAudit { broken: ledger.broken, broken_order, entries, orders, charges })
        })
        .await
    }
}

/// Audits in the caller's transaction.
pub fn audit(tx: &mut Tx<'_>, progress: &mut dyn FnMut(AuditProgress)) -> Result<Audit, StoreError> {
    audit_of(tx, None, progress)
}

/// Audits the whole ledger, and the orders of one tenant or of all.
fn audit_of(
    tx: &mut Tx<'_>,
    tenant: Option<TenantId>,
    progress: &mut dyn FnMut(AuditProgress),
) -> Result<Audit, StoreError> {
    let ledger = tx.audit_ledger(&mut *progress)?;
    let mut audit =
        Audit { ledger, orders: 0, charges: 0, broken_order: None, guarantees: 0, withdrawals: 0, broken_money: None };
    if audit.ledger.broken.is_some() {
        return Ok(audit);
    }
    let sums: HashMap<PromotionOrderId, ChargeSum> =
        tx.charge_sums()?.into_iter().map(|sum| (sum.order, sum)).collect();
    let mut last = None;
    loop {
        let page = tx.promotion_orders_after(last, ORDERS_PER_PAGE)?;
        let Some(newest) = page.last() else { break };
        last = Some(newest.id);
        for order in page.iter().filter(|order| tenant.is_none_or(|tenant| order.tenant == tenant)) {
            let sum = sums.get(&order.id);
            audit.orders += 1;
            audit.charges += sum.map_or(0, |sum| sum.rows);
            if let Err(fault) = check_order(tx, order, sum)? {
                audit.broken_order = Some(BrokenOrder { order: order.id, fault });
                return Ok(audit);
            }
        }
    }
    // Not only of one tenant: for whoever runs the platform.
    if tenant.is_none() {
        money::check(tx, &mut audit)?;
    }
    Ok(audit)
}

fn check_order(
    tx: &mut Tx<'_>,
    order: &PromotionOrder,
    charges: Option<&ChargeSum>,
) -> Result<Result<(), OrderFault>, StoreError> {
    let holds = tx.holds_of(order.id)?;
    let Some(escrow) = tx.escrow(order.id)? else {
        let fault = if charges.is_some() { Some(OrderFault::ChargedWithoutEscrow) } else { None };
        let fault = fault.or((!order.sources.is_empty()).then_some(OrderFault::SourcesAreNotHolds));
        return Ok(fault.map_or(Ok(()), Err));
    };
    let matches = |(source, hold): (&tuiliu_domain::promotion::OrderSource, &tuiliu_domain::ledger::Hold)| {
        source.hold == hold.id && source.plan.lot == hold.lot && source.plan.amount == hold.amount
    };
    if order.sources.len() != holds.len() || !order.sources.iter().zip(&holds).all(matches) {
        return Ok(Err(OrderFault::SourcesAreNotHolds));
    }
    let mut held_in_all = 0;
    for hold in &holds {
        let [paid, used, returned] = [hold.amount, hold.captured, hold.released].map(Amount::units);
        let held = paid - used - returned;
        if used < 0 || returned < 0 || held < 0 {
            return Ok(Err(OrderFault::SourceDoesNotAddUp { paid, used, returned, held }));
        }
        held_in_all += held;
    }
    let (spent, budget) = (escrow.spent.get(), escrow.budget.get());
    if spent > budget {
        return Ok(Err(OrderFault::Overspent { spent, budget }));
    }
    let charged = charges.map_or(0, |sum| sum.price.get());
    if charged != spent {
        return Ok(Err(OrderFault::ChargesDoNotAddUp { charged, spent }));
    }
    if let Some(sum) = charges.filter(|sum| sum.rows != sum.number_last) {
        return Ok(Err(OrderFault::ChargesHaveGaps { rows: sum.rows, last: sum.number_last }));
    }
    if order.state.is_final() && held_in_all != 0 {
        return Ok(Err(OrderFault::EndedHolding { held: held_in_all }));
    }
    Ok(Ok(()))
}
