//! Withdrawals: asked for by owners, decided by staff, listed and exported (QB-16, WL-10).

use std::convert::Infallible;

use thiserror::Error;
use tuiliu_domain::event::Outcome;
use tuiliu_domain::id::{PartyId, PayoutAccountId, TenantId, WithdrawalId};
use tuiliu_domain::ledger::LedgerRefusal;
use tuiliu_domain::limits::{EXPORT_ROWS_MAX, PAYOUT_ACCOUNTS_MAX};
use tuiliu_domain::money::{Amount, Asset};
use tuiliu_domain::party::{Action, Actor, Desk, Reach};
use tuiliu_domain::time::Timestamp;
use tuiliu_domain::wallet::{
    self, DecideWithdrawalError, PayoutAccount, PayoutAccountDraft, PayoutAccountError, RequestWithdrawalError,
    Withdrawal, WithdrawalDraft, WithdrawalFunds, WithdrawalState,
};
use tuiliu_store::{StoreError, Tx, WithdrawalPage, WithdrawalStep};

use super::balance::is_frozen;
use super::export::{ExportError, Exported, MoneySheet, StatementFormat, decimal};
use super::{owner_for, unrefused};
use crate::access::{AskAgain, Caller};
use crate::app::{App, Shell};
use crate::error::CommandError;
use crate::notice::time_text;
use crate::outcome::{self, Saved};

/// Rows read at a time.
const CHUNK: u32 = 1_000;
const HEADINGS: &[&str] = &[
    "withdrawal",
    "time",
    "party",
    "party_name",
    "amount",
    "currency",
    "holder",
    "bank",
    "account",
    "state",
    "changed_at",
    "reason",
    "transaction",
];

/// Puts a bank account on file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddPayoutAccount {
    pub party: PartyId,
    pub holder: String,
    pub bank: String,
    pub number: String,
}

/// Why an account was not put on file, or taken off it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PayoutAccountRefusal {
    #[error(transparent)]
    Account(#[from] PayoutAccountError),
    #[error("put more than `{max}` accounts on file")]
    TooMany { max: usize },
    #[error(transparent)]
    AskAgain(#[from] AskAgain),
}

/// Asks for money of the balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestWithdrawal {
    pub party: PartyId,
    pub account: PayoutAccountId,
    /// In fen.
    pub amount: Amount,
    pub desk: Desk,
}

/// Why nothing was withdrawn.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RequestWithdrawalRefusal {
    #[error(transparent)]
    Request(#[from] RequestWithdrawalError),
    #[error("find the account among those on file")]
    NoAccount,
    #[error("pay out without a provider")]
    NoProvider,
    #[error(transparent)]
    AskAgain(#[from] AskAgain),
}

/// Says yes or no to a withdrawal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecideWithdrawal {
    pub withdrawal: WithdrawalId,
    /// Why not; `None` is yes.
    pub refusal: Option<String>,
}

/// Why a withdrawal was not decided.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DecideWithdrawalRefusal {
    #[error(transparent)]
    Decide(#[from] DecideWithdrawalError),
    #[error(transparent)]
    AskAgain(#[from] AskAgain),
}

/// A withdrawal with the account that it goes to and what happened to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithdrawalView {
    pub withdrawal: Withdrawal,
    pub account: PayoutAccount,
    /// Of one withdrawal only; lists leave it empty.
    pub steps: Vec<WithdrawalStep>,
}

/// Which withdrawals are listed.
#[derive(Debug, Clone, Copy)]
pub struct WithdrawalList {
    /// `None` is everybody's, for staff.
    pub party: Option<PartyId>,
    pub state: Option<&'static str>,
    pub before: Option<WithdrawalId>,
    pub rows_wanted: usize,
}

impl Shell {
    /// Puts a bank account on file in the caller's transaction.
    pub fn add_payout_account(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        command: &AddPayoutAccount,
    ) -> Result<PayoutAccount, CommandError<PayoutAccountRefusal>> {
        let AddPayoutAccount { party, holder, bank, number } = command.clone();
        let tenant = caller.actor.tenant;
        owner_for(tx, &caller.actor, party, Action::WithdrawMoney)?;
        caller.proved(Action::WithdrawMoney, self.now()).map_err(|error| CommandError::Refused(error.into()))?;
        if accounts_on_file(tx, tenant, party)?.len() >= PAYOUT_ACCOUNTS_MAX {
            return Err(CommandError::Refused(PayoutAccountRefusal::TooMany { max: PAYOUT_ACCOUNTS_MAX }));
        }
        let draft = PayoutAccountDraft { id: self.id(), tenant, party, holder, bank, number };
        let account = PayoutAccount::new(draft, self.now()).map_err(|error| CommandError::Refused(error.into()))?;
        tx.add_payout_account(&account)?;
        Ok(account)
    }

    /// Asks for a withdrawal in the caller's transaction; the value is held from now on.
    pub fn request_withdrawal(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        command: RequestWithdrawal,
    ) -> Result<WithdrawalView, CommandError<RequestWithdrawalRefusal>> {
        let RequestWithdrawal { party, account, amount, desk } = command;
        let (tenant, now) = (caller.actor.tenant, self.now());
        let row = owner_for(tx, &caller.actor, party, Action::WithdrawMoney)?;
        caller.proved(Action::WithdrawMoney, now).map_err(|error| CommandError::Refused(error.into()))?;
        if self.provider().is_none() {
            return Err(CommandError::Refused(RequestWithdrawalRefusal::NoProvider));
        }
        let account = tx.payout_account(tenant, account)?;
        let account = account.filter(|account| account.party == party && account.removed_at.is_none());
        let account = account.ok_or(CommandError::Refused(RequestWithdrawalRefusal::NoAccount))?;
        let policy = self.policy(tx, tenant)?;
        let promised = self.calendar().promise(now, policy.wallet.withdrawal_working_days);
        let draft = WithdrawalDraft { id: self.id(), tenant, party, account: account.id, amount, desk, promised };
        let lots = tx.spendable_lots_of(wallet::paid_account(party, Asset::Cny))?;
        let open = usize::try_from(tx.open_withdrawals(tenant, party)?).unwrap_or(usize::MAX);
        let funds = WithdrawalFunds { lots: &lots, is_frozen: is_frozen(tx, party)?, is_banned: row.banned, open };
        let outcome = Withdrawal::request(draft, &funds, &policy.wallet, now)
            .map_err(|error| CommandError::Refused(error.into()))?;
        let Saved { state: withdrawal, .. } = match outcome::save(self, tx, tenant, outcome)? {
            Err(LedgerRefusal::Frozen { .. }) => {
                return Err(CommandError::Refused(RequestWithdrawalError::Frozen.into()));
            }
            saved => unrefused(tenant, "withdrawal", saved)?,
        };
        tx.add_withdrawal(&withdrawal)?;
        let step = step("requested", (Some(caller.actor.party), None), now);
        tx.add_withdrawal_step(withdrawal.id, &step)?;
        Ok(WithdrawalView { withdrawal, account, steps: vec![step] })
    }

    /// Approves or refuses a withdrawal in the caller's transaction.
    pub fn decide_withdrawal(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        command: &DecideWithdrawal,
    ) -> Result<WithdrawalView, CommandError<DecideWithdrawalRefusal>> {
        let (tenant, by, now) = (caller.actor.tenant, caller.actor.party, self.now());
        let withdrawal = withdrawal_for(tx, &caller.actor, command.withdrawal, Action::DecideWithdrawal)?;
        caller.proved(Action::DecideWithdrawal, now).map_err(|error| CommandError::Refused(error.into()))?;
        let decided = match &command.refusal {
            None => {
                let is_frozen = is_frozen(tx, withdrawal.party)?;
                withdrawal.approve(by, is_frozen, now)
            }
            Some(reason) => withdrawal.refuse(by, reason, now),
        };
        let outcome = decided.map_err(|error| CommandError::Refused(error.into()))?;
        let what = match outcome.state.state {
            WithdrawalState::Requested => "approved_once",
            WithdrawalState::Refused { .. } => "refused",
            _ => "approved",
        };
        let due_at = matches!(outcome.state.state, WithdrawalState::Approved { .. }).then_some(now);
        let step = step(what, (Some(by), command.refusal.clone()), now);
        save_withdrawal(self, tx, (outcome, due_at), step)?;
        view(tx, tenant, command.withdrawal)?.ok_or(CommandError::NotFound)
    }
}

impl App {
    /// The accounts that a party has on file.
    pub async fn payout_accounts(
        &self,
        actor: Actor,
        party: PartyId,
    ) -> Result<Vec<PayoutAccount>, CommandError<Infallible>> {
        self.read(move |_, tx| {
            owner_for(tx, &actor, party, Action::ReadWallet)?;
            Ok(accounts_on_file(tx, actor.tenant, party)?)
        })
        .await
    }

    /// Takes an account off file; what is under way to it still goes there.
    pub async fn remove_payout_account(
        &self,
        caller: std::sync::Arc<Caller>,
        account: PayoutAccountId,
    ) -> Result<(), CommandError<PayoutAccountRefusal>> {
        self.write(move |shell, tx| {
            let found = tx.payout_account(caller.actor.tenant, account)?;
            let found = found.filter(|found| found.removed_at.is_none()).ok_or(CommandError::NotFound)?;
            hidden(owner_for(tx, &caller.actor, found.party, Action::WithdrawMoney))?;
            let proved = caller.proved(Action::WithdrawMoney, shell.now());
            proved.map_err(|error| CommandError::Refused(error.into()))?;
            Ok(tx.remove_payout_account(account, shell.now())?)
        })
        .await
    }

    /// A page of withdrawals, newest first.
    pub async fn withdrawals(
        &self,
        actor: Actor,
        list: WithdrawalList,
    ) -> Result<Vec<WithdrawalView>, CommandError<Infallible>> {
        let limit = u32::try_from(list.rows_wanted).unwrap_or(u32::MAX);
        self.read(move |_, tx| {
            let WithdrawalList { party, state, before, .. } = list;
            match party {
                Some(party) => drop(owner_for(tx, &actor, party, Action::ReadWallet)?),
                None if actor.reach(Action::ReadWallet) == Some(Reach::Tenant) => {}
                None => return Err(CommandError::Forbidden),
            }
            let page = WithdrawalPage { tenant: actor.tenant, party, state, before, limit };
            let mut views = Vec::new();
            for withdrawal in tx.withdrawals(page)? {
                let account = account_of(tx, &withdrawal)?;
                views.push(WithdrawalView { withdrawal, account, steps: Vec::new() });
            }
            Ok(views)
        })
        .await
    }

    /// Everybody's withdrawals as a file, newest first.
    pub async fn export_withdrawals(
        &self,
        actor: Actor,
        state: Option<&'static str>,
        format: StatementFormat,
    ) -> Result<Exported, CommandError<ExportError>> {
        let rows = self
            .read(move |_, tx| {
                if actor.reach(Action::ExportStatement) != Some(Reach::Tenant) {
                    return Err(CommandError::Forbidden);
                }
                let mut rows: Vec<Withdrawal> = Vec::new();
                while rows.len() <= EXPORT_ROWS_MAX {
                    let before = rows.last().map(|withdrawal| withdrawal.id);
                    let page = WithdrawalPage { tenant: actor.tenant, party: None, state, before, limit: CHUNK };
                    let found = tx.withdrawals(page)?;
                    if found.is_empty() {
                        break;
                    }
                    rows.extend(found);
                }
                if rows.len() > EXPORT_ROWS_MAX {
                    return Err(CommandError::Refused(ExportError::TooManyRows { max: EXPORT_ROWS_MAX }));
                }
                Ok(rows.iter().map(|withdrawal| row_of(tx, withdrawal)).collect::<Result<_, StoreError>>()?)
            })
            .await?;
        MoneySheet { name: "withdrawals".to_owned(), headings: HEADINGS, rows }.exported(format).await
    }

    /// One withdrawal with what happened to it.
    pub async fn withdrawal(&self, actor: Actor, id: WithdrawalId) -> Result<WithdrawalView, CommandError<Infallible>> {
        self.read(move |_, tx| {
            withdrawal_for(tx, &actor, id, Action::ReadWallet)?;
            view(tx, actor.tenant, id)?.ok_or(CommandError::NotFound)
        })
        .await
    }
}

/// A row of the file.
fn row_of(tx: &mut Tx<'_>, withdrawal: &Withdrawal) -> Result<Vec<String>, StoreError> {
    let account = account_of(tx, withdrawal)?;
    let party = tx.party(withdrawal.tenant, withdrawal.party)?.map_or_else(String::new, |party| party.display_name);
    let (reason, transaction) = match &withdrawal.state {
        WithdrawalState::Refused { reason, .. } | WithdrawalState::Failed { reason, .. } => (reason.as_str(), ""),
        WithdrawalState::Paid { transaction, .. } => ("", transaction.as_str()),
        _ => ("", ""),
    };
    Ok(vec![
        withdrawal.id.to_string(),
        time_text(withdrawal.created_at),
        withdrawal.party.to_string(),
        party,
        decimal(withdrawal.amount, Asset::Cny),
        Asset::Cny.code().to_owned(),
        account.holder,
        account.bank,
        account.number.masked(),
        withdrawal.state.name().to_owned(),
        withdrawal.state.changed_at().map_or_else(String::new, time_text),
        reason.to_owned(),
        transaction.to_owned(),
    ])
}

/// Saves what was decided about a withdrawal, with its step.
pub(super) fn save_withdrawal(
    shell: &Shell,
    tx: &mut Tx<'_>,
    (outcome, due_at): (Outcome<Withdrawal>, Option<Timestamp>),
    step: WithdrawalStep,
) -> Result<Withdrawal, StoreError> {
    let tenant = outcome.state.tenant;
    let Saved { state, .. } = unrefused(tenant, "withdrawal", outcome::save(shell, tx, tenant, outcome)?)?;
    tx.save_withdrawal(&state, due_at)?;
    tx.add_withdrawal_step(state.id, &step)?;
    Ok(state)
}

/// A step of a life: by whom, and what they said of it.
pub(super) fn step(what: &str, (by, note): (Option<PartyId>, Option<String>), at: Timestamp) -> WithdrawalStep {
    WithdrawalStep { what: what.to_owned(), by, note, at }
}

pub(super) fn account_of(tx: &mut Tx<'_>, withdrawal: &Withdrawal) -> Result<PayoutAccount, StoreError> {
    tx.payout_account(withdrawal.tenant, withdrawal.account)?.ok_or_else(|| StoreError::Inconsistent {
        place: format!("withdrawal {}", withdrawal.id),
        reason: "it goes to an account that is not there".to_owned(),
    })
}

/// The withdrawal, if the actor may do this to its wallet. Who may not is told nothing of whether it is there.
fn withdrawal_for<R: std::error::Error>(
    tx: &mut Tx<'_>,
    actor: &Actor,
    id: WithdrawalId,
    action: Action,
) -> Result<Withdrawal, CommandError<R>> {
    let withdrawal = tx.withdrawal(actor.tenant, id)?.ok_or(CommandError::NotFound)?;
    hidden(owner_for(tx, actor, withdrawal.party, action))?;
    Ok(withdrawal)
}

/// What may not be touched looks as if it were not there.
fn hidden<T, R: std::error::Error>(found: Result<T, CommandError<R>>) -> Result<T, CommandError<R>> {
    found.map_err(|error| match error {
        CommandError::Forbidden => CommandError::NotFound,
        other => other,
    })
}

fn view(tx: &mut Tx<'_>, tenant: TenantId, id: WithdrawalId) -> Result<Option<WithdrawalView>, StoreError> {
    let Some(withdrawal) = tx.withdrawal(tenant, id)? else { return Ok(None) };
    let (account, steps) = (account_of(tx, &withdrawal)?, tx.withdrawal_steps(id)?);
    Ok(Some(WithdrawalView { withdrawal, account, steps }))
}

fn accounts_on_file(tx: &mut Tx<'_>, tenant: TenantId, party: PartyId) -> Result<Vec<PayoutAccount>, StoreError> {
    tx.payout_accounts_of(tenant, party, u32::try_from(PAYOUT_ACCOUNTS_MAX).expect("the limit is small"))
}
