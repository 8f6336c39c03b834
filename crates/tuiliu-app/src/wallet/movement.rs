//! What one group of the ledger's log asked for: where an amount of a statement came from (WL-07).

use std::convert::Infallible;

use tuiliu_domain::id::{CommandId, LotId, PartyId, PromotionOrderId, TenantId};
use tuiliu_domain::ledger::{AccountId, AccountKind, LedgerCommand, LotOrigin};
use tuiliu_domain::money::{Amount, Asset};
use tuiliu_domain::party::{Action, Actor};
use tuiliu_domain::time::Timestamp;
use tuiliu_store::{StoreError, Tx};

use crate::access::of_tenant;
use crate::app::App;
use crate::error::CommandError;

/// A group of the log, as far as it is the tenant's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    pub id: CommandId,
    pub at: Timestamp,
    /// Why nothing of it happened, if the ledger refused it.
    pub refusal: Option<String>,
    pub steps: Vec<MovementStep>,
}

/// One thing that was asked of the ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MovementStep {
    /// The code used in the API; never renamed.
    pub what: &'static str,
    pub amount: Option<(Amount, Asset)>,
    pub from: Option<AccountId>,
    pub to: Option<AccountId>,
    pub order: Option<PromotionOrderId>,
    /// The lot it took from, or opened.
    pub lot: Option<LotId>,
    pub into: Option<LotId>,
    /// Where the lot's value came from.
    pub origin: Option<LotOrigin>,
    /// The group that was undone.
    pub reversed: Option<CommandId>,
}

impl App {
    /// A group of the log by its id; nothing is told of one that is not the tenant's.
    pub async fn movement(&self, actor: Actor, id: CommandId) -> Result<Movement, CommandError<Infallible>> {
        self.read(move |_, tx| {
            actor.may(Action::AuditLedger, &of_tenant(actor.tenant))?;
            movement(tx, actor.tenant, id)?.ok_or(CommandError::NotFound)
        })
        .await
    }
}

/// The group with this id, with those of its steps that are this tenant's; `None` when there is none.
pub(crate) fn movement(tx: &mut Tx<'_>, tenant: TenantId, id: CommandId) -> Result<Option<Movement>, StoreError> {
    let Some(group) = tx.ledger_group(id)? else { return Ok(None) };
    let mut steps = Vec::new();
    for command in &group.group.commands {
        let step = step(tx, command)?;
        if is_of(tx, tenant, &step)? {
            steps.push(step);
        }
    }
    let refusal = group.result.err().map(|refusal| refusal.to_string());
    Ok((!steps.is_empty()).then_some(Movement { id, at: group.applied_at, refusal, steps }))
}

fn step(tx: &mut Tx<'_>, command: &LedgerCommand) -> Result<MovementStep, StoreError> {
    let none = MovementStep::default();
    let account_of = |tx: &mut Tx<'_>, lot: LotId| Ok::<_, StoreError>(tx.ledger_lot(lot)?.map(|lot| lot.account));
    let in_asset = |account: Option<AccountId>, amount: Amount| account.map(|account| (amount, account.asset));
    Ok(match *command {
        LedgerCommand::Post { debit, credit, amount } => MovementStep {
            what: "post",
            amount: Some((amount, debit.asset)),
            from: Some(debit),
            to: Some(credit),
            ..none
        },
        LedgerCommand::OpenLot { from, lot } => MovementStep {
            what: "open_lot",
            amount: Some((lot.amount, lot.account.asset)),
            from: Some(from),
            to: Some(lot.account),
            lot: Some(lot.id),
            origin: Some(lot.origin),
            ..none
        },
        LedgerCommand::TakeFromLot { lot, to, amount } => MovementStep {
            what: "take_from_lot",
            amount: Some((amount, to.asset)),
            from: account_of(tx, lot)?,
            to: Some(to),
            lot: Some(lot),
            ..none
        },
        LedgerCommand::SplitLot { lot, into, amount } => {
            let from = account_of(tx, lot)?;
            let amount = in_asset(from, amount);
            MovementStep { what: "split_lot", amount, from, lot: Some(lot), into: Some(into), ..none }
        }
        LedgerCommand::ExpireLot { lot, to } => {
            MovementStep { what: "expire_lot", from: account_of(tx, lot)?, to: Some(to), lot: Some(lot), ..none }
        }
        LedgerCommand::SetFrozen { account, frozen } => {
            MovementStep { what: if frozen { "freeze" } else { "unfreeze" }, from: Some(account), ..none }
        }
        LedgerCommand::OpenEscrow { order } => MovementStep { what: "open_escrow", order: Some(order), ..none },
        LedgerCommand::Hold { order, lot, amount, .. } => {
            let from = account_of(tx, lot)?;
            let amount = in_asset(from, amount);
            MovementStep { what: "hold", amount, from, order: Some(order), lot: Some(lot), ..none }
        }
        LedgerCommand::Lend { lease, .. } => MovementStep { what: "lend", order: Some(lease.order), ..none },
        LedgerCommand::ReportSpent { lease, .. } => {
            MovementStep { what: "report_spent", order: Some(lease.order), ..none }
        }
        LedgerCommand::ReturnUnspent { lease, .. } => {
            MovementStep { what: "return_unspent", order: Some(lease.order), ..none }
        }
        LedgerCommand::CloseLease { lease } => MovementStep { what: "close_lease", order: Some(lease.order), ..none },
        LedgerCommand::Settle { order, .. } => MovementStep { what: "settle", order: Some(order), ..none },
        LedgerCommand::Reverse { command } => MovementStep { what: "reverse", reversed: Some(command), ..none },
    })
}

/// Whether everything that a step names is this tenant's; a step that names nobody is nobody's.
fn is_of(tx: &mut Tx<'_>, tenant: TenantId, step: &MovementStep) -> Result<bool, StoreError> {
    if let Some(order) = step.order
        && !is_order_of(tx, tenant, order)?
    {
        return Ok(false);
    }
    for account in [step.from, step.to].into_iter().flatten() {
        let ours = match account.kind {
            AccountKind::WalletPaid | AccountKind::WalletGift | AccountKind::Coupon => {
                tx.party(tenant, PartyId::new(account.owner))?.is_some()
            }
            AccountKind::Consumed => is_order_of(tx, tenant, PromotionOrderId::new(account.owner))?,
            _ => account.owner == tenant.value(),
        };
        if !ours {
            return Ok(false);
        }
    }
    Ok(step.order.is_some() || step.from.is_some() || step.to.is_some())
}

/// Escrows are of orders, and of guarantees, which have ids of the same width.
fn is_order_of(tx: &mut Tx<'_>, tenant: TenantId, order: PromotionOrderId) -> Result<bool, StoreError> {
    if let Some(order) = tx.promotion_order(order)? {
        return Ok(order.tenant == tenant);
    }
    let service = tx.guarantee_service(tuiliu_domain::id::GuaranteeServiceId::new(order.value()))?;
    Ok(service.is_some_and(|service| service.tenant == tenant))
}
