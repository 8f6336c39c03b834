//! Withdrawals: money on its way out of wallets, and what happened to it step by step.

use tuiliu_domain::calendar::{Certainty, Day, Promise};
use tuiliu_domain::id::{PartyId, TenantId, WithdrawalId};
use tuiliu_domain::party::Desk;
use tuiliu_domain::time::Timestamp;
use tuiliu_domain::wallet::{Approval, Withdrawal, WithdrawalState};

use crate::error::StoreError;
use crate::row::Row;
use crate::statement::statements;
use crate::tx::Tx;

/// Which withdrawals a list shows, newest first.
#[derive(Debug, Clone, Copy)]
pub struct WithdrawalPage {
    pub tenant: TenantId,
    /// `None` is everybody.
    pub party: Option<PartyId>,
    /// Only those in this state.
    pub state: Option<&'static str>,
    pub before: Option<WithdrawalId>,
    pub limit: u32,
}

/// One step of a withdrawal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithdrawalStep {
    pub what: String,
    /// `None` when the platform or the provider did it.
    pub by: Option<PartyId>,
    pub note: Option<String>,
    pub at: Timestamp,
}

macro_rules! columns {
    () => {
        "id, tenant_id, party_id, account_id, amount_fen, desk, approvals_needed, approver_id, approved_at,
        second_approver_id, second_approved_at, state, changed_at, decided_by, reason, transaction_id, promised_day,
        promised_certainty, due_at, created_at, version"
    };
}

statements! {
    INSERT: "insert into withdrawal (id, tenant_id, party_id, account_id, amount_fen, desk, approvals_needed, state,
        changed_at, promised_day, promised_certainty, created_at, version)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1)";
    FIND: concat!("select ", columns!(), " from withdrawal where tenant_id = $1 and id = $2 /*lock*/");
    FIND_ANYWHERE: concat!("select ", columns!(), " from withdrawal where id = $1 /*lock*/");
    OF_PARTY: concat!("select ", columns!(), " from withdrawal
        where tenant_id = $1 and party_id = $2 and ($3 = '' or state = $3) and id < $4 order by id desc limit $5");
    OF_TENANT: concat!("select ", columns!(), " from withdrawal
        where tenant_id = $1 and ($2 = '' or state = $2) and id < $3 order by id desc limit $4");
    OPEN: "select cast(count(*) as bigint) from withdrawal
        where tenant_id = $1 and party_id = $2 and state in ('requested', 'approved', 'paying')";
    DUE: concat!("select ", columns!(), " from withdrawal where due_at <= $1 order by due_at, id limit $2");
    AFTER: concat!("select ", columns!(), " from withdrawal where id > $1 order by id limit $2");
    UPDATE: "update withdrawal set approver_id = $3, approved_at = $4, second_approver_id = $5,
        second_approved_at = $6, state = $7, changed_at = $8, decided_by = $9, reason = $10, transaction_id = $11,
        due_at = $12, version = version + 1 where id = $1 and version = $2";
    STEPS: "select what, by_id, note, at from withdrawal_step where withdrawal_id = $1 order by number";
    ADD_STEP: "insert into withdrawal_step (withdrawal_id, number, what, by_id, note, at)
        select $1, coalesce(max(number), 0) + 1, $2, $3, $4, $5 from withdrawal_step where withdrawal_id = $1";
}

impl Tx<'_> {
    /// Keeps a withdrawal that was just asked for.
    pub fn add_withdrawal(&mut self, withdrawal: &Withdrawal) -> Result<(), StoreError> {
        let Withdrawal {
            id, tenant, party, account, amount, desk, approvals_needed, state, promised, created_at, ..
        } = withdrawal;
        let needed = i64::try_from(*approvals_needed).map_err(StoreError::database)?;
        let day = promised.day.to_string();
        let values = [
            (*id).into(),
            (*tenant).into(),
            (*party).into(),
            (*account).into(),
            (*amount).into(),
            desk.code().into(),
            needed.into(),
            state.name().into(),
            (*created_at).into(),
            (&day).into(),
            promised.certainty.code().into(),
            (*created_at).into(),
        ];
        self.execute_one(INSERT, &values)
    }

    /// The tenant's withdrawal with this id.
    pub fn withdrawal(&mut self, tenant: TenantId, id: WithdrawalId) -> Result<Option<Withdrawal>, StoreError> {
        self.query_one(FIND, &[tenant.into(), id.into()])?.as_ref().map(read).transpose()
    }

    /// The withdrawal with this id, whosever it is: a provider names no tenant.
    pub fn withdrawal_anywhere(&mut self, id: WithdrawalId) -> Result<Option<Withdrawal>, StoreError> {
        self.query_one(FIND_ANYWHERE, &[id.into()])?.as_ref().map(read).transpose()
    }

    /// A page of withdrawals, newest first.
    pub fn withdrawals(&mut self, page: WithdrawalPage) -> Result<Vec<Withdrawal>, StoreError> {
        let WithdrawalPage { tenant, party, state, before, limit } = page;
        let (state, before) = (state.unwrap_or_default(), before.unwrap_or(WithdrawalId::new(u128::MAX)));
        let rows = match party {
            Some(party) => {
                self.query(OF_PARTY, &[tenant.into(), party.into(), state.into(), before.into(), limit.into()])?
            }
            None => self.query(OF_TENANT, &[tenant.into(), state.into(), before.into(), limit.into()])?,
        };
        rows.iter().map(read).collect()
    }

    /// How many withdrawals of a party are under way.
    pub fn open_withdrawals(&mut self, tenant: TenantId, party: PartyId) -> Result<u32, StoreError> {
        self.query_one(OPEN, &[tenant.into(), party.into()])?.map_or(Ok(0), |row| row.get(0))
    }

    /// Withdrawals whose provider is to be asked now, longest due first.
    pub fn due_withdrawals(&mut self, now: Timestamp, limit: u32) -> Result<Vec<Withdrawal>, StoreError> {
        self.query(DUE, &[now.into(), limit.into()])?.iter().map(read).collect()
    }

    /// Every tenant's withdrawals after this one, in the order of their ids: for the audit.
    pub fn withdrawals_after(
        &mut self,
        after: Option<WithdrawalId>,
        limit: u32,
    ) -> Result<Vec<Withdrawal>, StoreError> {
        let after = after.unwrap_or(WithdrawalId::new(0));
        self.query(AFTER, &[after.into(), limit.into()])?.iter().map(read).collect()
    }

    /// Writes a withdrawal over the version that was read, and when its provider is to be asked next.
    pub fn save_withdrawal(&mut self, withdrawal: &Withdrawal, due_at: Option<Timestamp>) -> Result<(), StoreError> {
        let Withdrawal { id, approvals, state, created_at, version, .. } = withdrawal;
        let (by, reason, transaction) = match state {
            WithdrawalState::Refused { by, reason, .. } => (Some(*by), Some(reason), None),
            WithdrawalState::Failed { reason, .. } => (None, Some(reason), None),
            WithdrawalState::Paid { transaction, .. } => (None, None, Some(transaction)),
            WithdrawalState::Requested | WithdrawalState::Approved { .. } | WithdrawalState::Paying { .. } => {
                (None, None, None)
            }
        };
        let (first, second) = (approvals.first(), approvals.get(1));
        let values = [
            (*id).into(),
            i64::try_from(*version).map_err(StoreError::database)?.into(),
            first.map(|approval| approval.by).into(),
            first.map(|approval| approval.at).into(),
            second.map(|approval| approval.by).into(),
            second.map(|approval| approval.at).into(),
            state.name().into(),
            state.changed_at().unwrap_or(*created_at).into(),
            by.into(),
            reason.into(),
            transaction.into(),
            due_at.into(),
        ];
        self.execute_one(UPDATE, &values)
    }

    /// Writes down what happened to a withdrawal.
    pub fn add_withdrawal_step(&mut self, id: WithdrawalId, step: &WithdrawalStep) -> Result<(), StoreError> {
        let WithdrawalStep { what, by, note, at } = step;
        self.execute_one(ADD_STEP, &[id.into(), what.into(), (*by).into(), note.as_ref().into(), (*at).into()])
    }

    /// What happened to a withdrawal, from its beginning on; a life has few steps.
    pub fn withdrawal_steps(&mut self, id: WithdrawalId) -> Result<Vec<WithdrawalStep>, StoreError> {
        let read =
            |row: &Row| Ok(WithdrawalStep { what: row.get(0)?, by: row.get(1)?, note: row.get(2)?, at: row.get(3)? });
        self.query(STEPS, &[id.into()])?.iter().map(read).collect()
    }
}

fn read(row: &Row) -> Result<Withdrawal, StoreError> {
    let at: Timestamp = row.get(12)?;
    let name: String = row.get(11)?;
    let state = match name.as_str() {
        "requested" => WithdrawalState::Requested,
        "refused" => WithdrawalState::Refused { at, by: row.get(13)?, reason: row.get(14)? },
        "approved" => WithdrawalState::Approved { at },
        "paying" => WithdrawalState::Paying { since: at },
        "paid" => WithdrawalState::Paid { at, transaction: row.get(15)? },
        "failed" => WithdrawalState::Failed { at, reason: row.get(14)? },
        _ => row.parse(11, |_: String| None)?,
    };
    let approval = |by: usize| -> Result<Option<Approval>, StoreError> {
        let (who, at): (Option<PartyId>, Option<Timestamp>) = (row.get(by)?, row.get(by + 1)?);
        Ok(who.zip(at).map(|(by, at)| Approval { by, at }))
    };
    let promised = Promise {
        day: row.parse(16, |day: String| day.parse::<Day>().ok())?,
        certainty: row.parse(17, |code: String| Certainty::from_code(&code))?,
    };
    Ok(Withdrawal {
        id: row.get(0)?,
        tenant: row.get(1)?,
        party: row.get(2)?,
        account: row.get(3)?,
        amount: row.get(4)?,
        desk: row.parse(5, |code: String| Desk::from_code(&code))?,
        approvals_needed: row.parse(6, |needed: i64| usize::try_from(needed).ok())?,
        approvals: approval(7)?.into_iter().chain(approval(9)?).collect(),
        state,
        promised,
        created_at: row.get(19)?,
        version: row.get(20)?,
    })
}
