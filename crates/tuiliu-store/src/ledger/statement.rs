//! Statements: what moved in an account, and what it had at any moment.

use std::collections::HashMap;

use tuiliu_domain::id::{CommandId, TenantId};
use tuiliu_domain::ledger::{AccountId, Remembered, TransferCause};
use tuiliu_domain::money::Amount;
use tuiliu_domain::time::Timestamp;

use super::replay::sides;
use super::rows::cause;
use super::session::{Entry, keeps_history};
use crate::error::StoreError;
use crate::row::Row;
use crate::statement::statements;
use crate::tx::Tx;

statements! {
    ENTRIES_AFTER: "select number, cause, batch, position, amount, balance from ledger_entry
        where account = $1 and number > $2 order by number limit $3";
    BALANCE_BEFORE: "select balance from ledger_entry
        where account = $1 and (batch < $2 or (batch = $2 and position < $3)) order by number desc limit 1";
    TIME_OF_BATCH: "select at from ledger_batch where seq = $1";
    LAST_BATCH: "select coalesce(max(seq), 0) from ledger_batch";
    ENTRIES_OF_TENANT: "select cast(coalesce(sum(a.entries), 0) as bigint) from party p
        join ledger_account a on substr(a.account, 3, 16) = p.id where p.tenant_id = $1";
}

/// One line of an account's statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatementLine {
    /// 1, 2, 3 … in each account.
    pub number: u64,
    pub at: Timestamp,
    /// The group that moved it.
    pub command: CommandId,
    pub cause: TransferCause,
    /// What came in; negative what went out.
    pub amount: Amount,
    /// What the account had posted afterwards.
    pub balance: Amount,
}

impl Tx<'_> {
    /// How many lines the statements of all accounts of a tenant's parties have that are committed.
    pub fn ledger_entries_of(&mut self, tenant: TenantId) -> Result<i64, StoreError> {
        self.query_one(ENTRIES_OF_TENANT, &[tenant.into()])?.map_or(Ok(0), |row| row.get(0))
    }

    /// What moved in an account after this line, oldest first.
    ///
    /// Accounts of creators have their history at hand; for others the log is applied again, which takes time in
    /// proportion to all that ever happened and does not show what this transaction has done.
    pub fn statement(&mut self, account: AccountId, after: u64, limit: u32) -> Result<Vec<StatementLine>, StoreError> {
        self.lock_ledger()?;
        self.flush_ledger_rows()?;
        let limit = usize::try_from(limit).map_err(StoreError::database)?;
        let mut lines = if keeps_history(account) {
            self.stored_lines(account, after, limit)?
        } else {
            self.replayed_lines(account, after, limit)?
        };
        let written = after.max(lines.last().map_or(0, |line| line.number));
        if lines.len() < limit {
            let unwritten = self.unwritten_lines(account)?;
            lines.extend(unwritten.into_iter().filter(|line| line.number > written));
            lines.truncate(limit);
        }
        Ok(lines)
    }

    /// What an account had posted at this instant, everything that happened in it included.
    pub fn balance_at(&mut self, account: AccountId, at: Timestamp) -> Result<Amount, StoreError> {
        self.lock_ledger()?;
        self.flush_ledger_rows()?;
        let unwritten = self.unwritten_lines(account)?;
        if let Some(line) = unwritten.iter().rev().find(|line| line.at <= at) {
            return Ok(line.balance);
        }
        if keeps_history(account) {
            return self.stored_balance_at(account, at);
        }
        let mut balance = Amount::ZERO;
        self.replay(|batch| {
            for (position, transfer) in &batch.transfers {
                let applied_at = batch.log.get(*position).map(|group| group.applied_at);
                let here = sides(transfer).into_iter().flatten().find(|(side, ..)| *side == account);
                if let (Some(applied_at), Some((_, _, after))) = (applied_at, here)
                    && applied_at <= at
                {
                    balance = after;
                }
            }
            batch.log.last().is_some_and(|last| last.applied_at <= at)
        })?;
        Ok(balance)
    }

    fn stored_lines(&mut self, account: AccountId, after: u64, limit: usize) -> Result<Vec<StatementLine>, StoreError> {
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        let count = i64::try_from(limit).map_err(StoreError::database)?;
        let rows = self.query(ENTRIES_AFTER, &[account.into(), after.into(), count.into()])?;
        let mut batches: HashMap<i64, Vec<Remembered>> = HashMap::new();
        let mut lines = Vec::with_capacity(rows.len());
        for row in &rows {
            let seq: i64 = row.get(2)?;
            if !batches.contains_key(&seq) {
                // Lines come in the order of batches: the ones before are not needed again.
                batches.clear();
                batches.insert(seq, self.batch(seq)?);
            }
            lines.push(line(row, batches.get(&seq).map_or(&[], Vec::as_slice))?);
        }
        Ok(lines)
    }

    fn replayed_lines(
        &mut self,
        account: AccountId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<StatementLine>, StoreError> {
        let mut lines = Vec::new();
        let mut number = 0;
        self.replay(|batch| {
            for (position, transfer) in &batch.transfers {
                let Some(group) = batch.log.get(*position) else { continue };
                for (_, amount, balance) in sides(transfer).into_iter().flatten().filter(|side| side.0 == account) {
                    number += 1;
                    if number > after && lines.len() < limit {
                        let (at, command, cause) = (group.applied_at, group.group.id, transfer.cause);
                        lines.push(StatementLine { number, at, command, cause, amount, balance });
                    }
                }
            }
            lines.len() < limit
        })?;
        Ok(lines)
    }

    /// Lines of groups of this transaction; numbered only where history is kept.
    fn unwritten_lines(&self, account: AccountId) -> Result<Vec<StatementLine>, StoreError> {
        let line = |entry: &Entry| {
            let group = self.ledger.log.get(entry.position).ok_or(StoreError::Closed)?;
            let Entry { number, cause, amount, balance, .. } = *entry;
            Ok(StatementLine { number, at: group.applied_at, command: group.group.id, cause, amount, balance })
        };
        self.ledger.entries.iter().filter(|entry| entry.account == account).map(line).collect()
    }

    fn stored_balance_at(&mut self, account: AccountId, at: Timestamp) -> Result<Amount, StoreError> {
        let batch = self.first_batch_after(at)?;
        // That batch may have begun before.
        let position = match self.query_one(TIME_OF_BATCH, &[batch.into()])? {
            Some(_) => self.batch(batch)?.iter().filter(|group| group.applied_at <= at).count(),
            None => 0,
        };
        let position = i64::try_from(position).map_err(StoreError::database)?;
        let row = self.query_one(BALANCE_BEFORE, &[account.into(), batch.into(), position.into()])?;
        row.map_or(Ok(Amount::ZERO), |row| row.get(0))
    }

    /// The first batch that ends after this instant; batches have no gaps and time never goes back.
    fn first_batch_after(&mut self, at: Timestamp) -> Result<i64, StoreError> {
        let last: i64 = self.query_one(LAST_BATCH, &[])?.map_or(Ok(0), |row| row.get(0))?;
        let (mut low, mut high) = (1, last + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            let row = self.query_one(TIME_OF_BATCH, &[middle.into()])?;
            let row = row.ok_or_else(|| StoreError::inconsistent("ledger_batch", format!("no batch `{middle}`")))?;
            if row.get::<Timestamp>(0)? > at {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Ok(low)
    }
}

fn line(row: &Row, batch: &[Remembered]) -> Result<StatementLine, StoreError> {
    let group = row.parse(3, |position: usize| batch.get(position))?;
    Ok(StatementLine {
        number: row.get(0)?,
        at: group.applied_at,
        command: group.group.id,
        cause: row.parse(1, cause)?,
        amount: row.get(4)?,
        balance: row.get(5)?,
    })
}
