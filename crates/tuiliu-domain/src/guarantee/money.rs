//! What a guarantee asks of the ledger: hold the fee, earn it, give it back, book the help.

use super::{GuaranteeService, YuanLot};
use crate::id::{GuaranteeServiceId, PromotionOrderId, TenantId};
use crate::ledger::{AccountId, AccountKind, LeaseId, LedgerCommand, ReleaseMode};
use crate::money::{Amount, Asset, Micros};

/// What one fen is worth in an escrow that counts yuan, in millionths.
const FEN_WORTH: Micros = Micros::new(10_000);

/// The escrow in which a service's fee lies. An id is an id: escrows of services never meet those of promotion orders.
#[must_use]
pub const fn escrow_of(service: GuaranteeServiceId) -> PromotionOrderId {
    PromotionOrderId::new(service.value())
}

/// Books what helping a video displaced against the income of guarantees (GB-09); nothing for nothing.
#[must_use]
pub fn help_postings(tenant: TenantId, cost: Amount) -> Vec<LedgerCommand> {
    if cost <= Amount::ZERO {
        return Vec::new();
    }
    let [debit, credit] = [AccountKind::GuaranteeIncome, AccountKind::GuaranteeHelp].map(|kind| of(tenant, kind));
    vec![LedgerCommand::Post { debit, credit, amount: cost }]
}

impl GuaranteeService {
    /// Promises the fee from these lots.
    pub(super) fn hold(&self, lots: &[YuanLot]) -> Vec<LedgerCommand> {
        let order = escrow_of(self.id);
        let mut postings = vec![LedgerCommand::OpenEscrow { order }];
        for (place, lot) in (0..).zip(lots) {
            let hold = self.id.child(place);
            postings.push(LedgerCommand::Hold { hold, order, lot: lot.lot, amount: lot.amount, unit_worth: FEN_WORTH });
        }
        postings
    }

    /// Captures what is earned of the fee, in the order in which it was paid, and books it as income.
    pub(super) fn earn(&self, refund: Amount) -> Vec<LedgerCommand> {
        let earned = Amount::new(self.terms.fee.units() - refund.units());
        if earned <= Amount::ZERO {
            return Vec::new();
        }
        let lease = LeaseId { order: escrow_of(self.id), node: 0, epoch: 1 };
        let spent = Micros::new(earned.units() * FEN_WORTH.get());
        let consumed = AccountId { kind: AccountKind::Consumed, asset: Asset::Cny, owner: self.id.value() };
        vec![
            LedgerCommand::Lend { lease, amount: spent },
            LedgerCommand::ReportSpent { lease, cumulative: spent },
            LedgerCommand::CloseLease { lease },
            LedgerCommand::Post {
                debit: consumed,
                credit: of(self.tenant, AccountKind::GuaranteeIncome),
                amount: earned,
            },
        ]
    }

    /// Ends the escrow: what was not earned goes back to the lots that it came from.
    pub(super) fn release(&self, refund: Amount) -> LedgerCommand {
        let mode = if refund == self.terms.fee { ReleaseMode::Undo } else { ReleaseMode::Remainder };
        LedgerCommand::Settle { order: escrow_of(self.id), mode, grace_ms: 0, breakage_owner: self.tenant.value() }
    }
}

const fn of(tenant: TenantId, kind: AccountKind) -> AccountId {
    AccountId { kind, asset: Asset::Cny, owner: tenant.value() }
}
