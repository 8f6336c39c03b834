//! Guarantees, withdrawals and money put aside, held against the ledger.

use thiserror::Error;
use tuiliu_domain::guarantee::{self, GuaranteeService, ServiceState};
use tuiliu_domain::id::{PromotionOrderId, TenantId};
use tuiliu_domain::ledger::{AccountId, AccountKind};
use tuiliu_domain::money::{Amount, Asset};
use tuiliu_domain::wallet::{self, Withdrawal, WithdrawalState};
use tuiliu_store::{StoreError, Tx};

use super::Audit;

/// Rows read at once.
const PAGE: u32 = 500;

/// Money that the ledger does not have as its rows say.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BrokenMoney {
    #[error("keep `{thing}` true: by its row `{expected}`, by the ledger `{found}`")]
    Escrow { thing: String, expected: Escrowed, found: Escrowed },
    #[error("keep `{thing}` true: `{left}` fen were captured and went nowhere")]
    NotDrained { thing: String, left: i64 },
    #[error("keep what tenant `{tenant}` put aside true: `{rows}` fen by its rows, `{ledger}` by the ledger")]
    Suspense { tenant: TenantId, rows: i64, ledger: i64 },
}

/// What happened to the value of an escrow, in fen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Escrowed {
    pub amount: i64,
    pub captured: i64,
    pub released: i64,
}

impl std::fmt::Display for Escrowed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { amount, captured, released } = self;
        write!(f, "{captured} used and {released} back of {amount}")
    }
}

/// Counts guarantees and withdrawals, and finds the first that is not what the ledger says.
pub(super) fn check(tx: &mut Tx<'_>, audit: &mut Audit) -> Result<(), StoreError> {
    audit.broken_money = find(tx, audit)?;
    Ok(())
}

fn find(tx: &mut Tx<'_>, audit: &mut Audit) -> Result<Option<BrokenMoney>, StoreError> {
    let mut last = None;
    loop {
        let page = tx.guarantee_services_after(last, PAGE)?;
        let Some(newest) = page.last() else { break };
        last = Some(newest.id);
        for service in &page {
            audit.guarantees += 1;
            let (escrow, expected) = (guarantee::escrow_of(service.id), of_service(service));
            if let Some(broken) = compare(tx, &service.id.to_string(), escrow, expected)? {
                return Ok(Some(broken));
            }
        }
    }
    let mut last = None;
    loop {
        let page = tx.withdrawals_after(last, PAGE)?;
        let Some(newest) = page.last() else { break };
        last = Some(newest.id);
        for withdrawal in &page {
            audit.withdrawals += 1;
            let (escrow, expected) = (wallet::escrow_of(withdrawal.id), of_withdrawal(withdrawal));
            if let Some(broken) = compare(tx, &withdrawal.id.to_string(), escrow, expected)? {
                return Ok(Some(broken));
            }
        }
    }
    suspense(tx)
}

/// What the row says of a guarantee's fee.
fn of_service(service: &GuaranteeService) -> Escrowed {
    let amount = service.terms.fee.units();
    let (captured, released) = match &service.state {
        ServiceState::Waiting { .. } | ServiceState::Running { .. } | ServiceState::Frozen { .. } => (0, 0),
        ServiceState::Succeeded { .. } => (amount, 0),
        ServiceState::Compensated { refund, .. }
        | ServiceState::Lapsed { refund, .. }
        | ServiceState::Voided { refund, .. } => {
            let back = refund.amount.units();
            (amount - back, if refund.paid_at.is_some() { back } else { 0 })
        }
    };
    Escrowed { amount, captured, released }
}

/// What the row says of a withdrawal.
fn of_withdrawal(withdrawal: &Withdrawal) -> Escrowed {
    let amount = withdrawal.amount.units();
    let (captured, released) = match withdrawal.state {
        WithdrawalState::Requested | WithdrawalState::Approved { .. } | WithdrawalState::Paying { .. } => (0, 0),
        WithdrawalState::Paid { .. } => (amount, 0),
        WithdrawalState::Refused { .. } | WithdrawalState::Failed { .. } => (0, amount),
    };
    Escrowed { amount, captured, released }
}

fn compare(
    tx: &mut Tx<'_>,
    thing: &str,
    escrow: PromotionOrderId,
    expected: Escrowed,
) -> Result<Option<BrokenMoney>, StoreError> {
    let mut found = Escrowed::default();
    for hold in tx.holds_of(escrow)? {
        found.amount = found.amount.saturating_add(hold.amount.units());
        found.captured = found.captured.saturating_add(hold.captured.units());
        found.released = found.released.saturating_add(hold.released.units());
    }
    if found != expected {
        return Ok(Some(BrokenMoney::Escrow { thing: thing.to_owned(), expected, found }));
    }
    let consumed = AccountId { kind: AccountKind::Consumed, asset: Asset::Cny, owner: escrow.value() };
    let left = tx.ledger_account(consumed)?.map_or(0, |account| account.posted.units());
    Ok((left != 0).then(|| BrokenMoney::NotDrained { thing: thing.to_owned(), left }))
}

/// What every tenant put aside, by its rows and by the ledger.
fn suspense(tx: &mut Tx<'_>) -> Result<Option<BrokenMoney>, StoreError> {
    let aside = tx.money_put_aside()?;
    let mut after = TenantId::new(0);
    loop {
        let page = tx.tenants_after(after, PAGE)?;
        let Some(last) = page.last() else { return Ok(None) };
        after = last.id;
        for row in &page {
            let tenant = row.id;
            let rows = aside.iter().find(|(of, _)| *of == tenant).map_or(0, |(_, amount)| amount.units());
            let account = AccountId { kind: AccountKind::Suspense, asset: Asset::Cny, owner: tenant.value() };
            let ledger = tx.ledger_account(account)?.map_or(Amount::ZERO, |account| account.posted).units();
            if rows != ledger {
                return Ok(Some(BrokenMoney::Suspense { tenant, rows, ledger }));
            }
        }
    }
}
