//! Wallets: what a party has, how it comes in, how it goes back (WL, TP-04, TP-25).

mod balance;
mod bank;
mod export;
mod gift;
mod invoice;
mod movement;
mod notice;
mod payout;
mod refund;
mod sandbox;
mod statement;
mod top_up;
mod withdrawal;

pub use balance::{AccountBalance, WalletView};
pub use bank::{
    AnnounceBankTransfer, AnnounceTransferRefusal, BankLineView, BankTransferList, EnteredLines, ImportLinesError,
    SettleBankLine, SettleLineRefusal, read_bank_lines,
};
pub use export::{ExportError, Exported, StatementFormat};
pub use gift::{FreezeError, GiveBeans, GiveBeansRefusal, SetFrozen};
pub use invoice::{InvoiceView, QualifyCompanyError, ResolveMismatchError};
pub(crate) use movement::movement;
pub use movement::{Movement, MovementStep};
pub use notice::{PayLinkError, ReceiveNoticeError};
pub use refund::{RefundRefusal, RefundTopUps, RefundUnspent, RefundUnspentRefusal};
pub use sandbox::{Play, PlayError, PlayPayout, SandboxNotice, SandboxPayoutNotice, SandboxProvider, Signed};
pub use statement::{StatementAccount, StatementOf};
pub use top_up::{StartTopUp, TopUpRefusal};
pub use tuiliu_store::{GiftRow, PaymentRow, RefundRow, StatementLine, SuspendedMoney, WithdrawalStep};
pub use withdrawal::{
    AddPayoutAccount, DecideWithdrawal, DecideWithdrawalRefusal, PayoutAccountRefusal, RequestWithdrawal,
    RequestWithdrawalRefusal, WithdrawalList, WithdrawalView,
};

pub(crate) use balance::funds;
pub(crate) use export::plain;

use std::sync::Arc;

use tuiliu_domain::id::{PartyId, TenantId};
use tuiliu_domain::ledger::LedgerRefusal;
use tuiliu_domain::party::{Action, Actor};
use tuiliu_store::{PartyRow, StoreError, Tx};

use crate::access::of_party;
use crate::app::{App, Shell};
use crate::error::CommandError;
use crate::outside::PaymentProvider;

impl App {
    /// The same app, taking payments through this provider. Once, before it is used.
    #[must_use]
    pub fn with_payments(self, provider: Arc<dyn PaymentProvider>) -> Self {
        let set = self.shell.payments.set(provider);
        assert!(set.is_ok(), "an app has one payment provider");
        self
    }

    /// The provider that takes payments, if there is one.
    #[must_use]
    pub fn payment_provider(&self) -> Option<Arc<dyn PaymentProvider>> {
        self.shell.payments.get().cloned()
    }
}

impl Shell {
    pub(crate) fn provider(&self) -> Option<&Arc<dyn PaymentProvider>> {
        self.payments.get()
    }
}

/// The party, if the actor may do this to what it owns. Who may not is told nothing of whether it is there.
pub(crate) fn owner_for<R: std::error::Error>(
    tx: &mut Tx<'_>,
    actor: &Actor,
    party: PartyId,
    action: Action,
) -> Result<PartyRow, CommandError<R>> {
    actor.may(action, &of_party(actor.tenant, party))?;
    tx.party(actor.tenant, party)?.ok_or(CommandError::NotFound)
}

/// For postings that the ledger has no reason to refuse: if it does, a row of ours is wrong.
pub(crate) fn unrefused<T>(
    tenant: TenantId,
    what: &'static str,
    saved: Result<T, LedgerRefusal>,
) -> Result<T, StoreError> {
    saved.map_err(|refusal| StoreError::Inconsistent {
        place: format!("{what} of tenant {tenant}"),
        reason: refusal.to_string(),
    })
}

#[cfg(test)]
mod tests;
