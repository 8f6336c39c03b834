//! The outbox: what happened, for whoever reacts to it; written in the transaction of the change.

use tuiliu_domain::id::TenantId;
use tuiliu_domain::time::Timestamp;

use crate::error::StoreError;
use crate::row::Row;
use crate::statement::statements;
use crate::tx::Tx;

/// Something that happened, told to subscribers at least once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub tenant: TenantId,
    /// What happened: `boost.started`.
    pub name: String,
    /// Whom it happened to, as an id in text form.
    pub subject: String,
    /// JSON for subscribers.
    pub body: String,
    pub at: Timestamp,
}

statements! {
    TAKE_NUMBERS: "update counter set value = value + $2 where name = $1 returning value";
    INSERT: "insert into outbox (seq, tenant_id, name, subject, body, at) values ($1, $2, $3, $4, $5, $6)";
    AFTER: "select seq, tenant_id, name, subject, body, at from outbox where seq > $1 order by seq limit $2";
    OF_SUBJECT: "select seq, tenant_id, name, subject, body, at from outbox
        where tenant_id = $1 and subject = $2 and seq > $3 order by seq limit $4";
    LAST: "select value from counter where name = 'outbox'";
}

impl Tx<'_> {
    /// Tells subscribers, once this transaction is committed.
    pub fn tell(&mut self, notice: Notice) {
        self.notices.push(notice);
    }

    /// The next `count` numbers of a gapless sequence; locks it until the commit, so ask late.
    pub(crate) fn take_numbers(&mut self, name: &'static str, count: usize) -> Result<i64, StoreError> {
        let count = i64::try_from(count).map_err(StoreError::database)?;
        let row = self
            .query_write(TAKE_NUMBERS, &[name.into(), count.into()])?
            .pop()
            .ok_or_else(|| StoreError::inconsistent("counter", format!("no counter `{name}`")))?;
        Ok(row.get::<i64>(0)? - count + 1)
    }

    /// Writes the notices of the whole batch under consecutive numbers.
    pub(crate) fn flush_notices(&mut self) -> Result<(), StoreError> {
        let notices = std::mem::take(&mut self.notices);
        if notices.is_empty() {
            return Ok(());
        }
        let first = self.take_numbers("outbox", notices.len())?;
        for (seq, notice) in (first..).zip(&notices) {
            let Notice { tenant, name, subject, body, at } = notice;
            self.execute_one(
                INSERT,
                &[seq.into(), (*tenant).into(), name.into(), subject.into(), body.into(), (*at).into()],
            )?;
        }
        Ok(())
    }

    /// Notices after this number, oldest first, each with its number.
    pub fn notices_after(&mut self, seq: i64, limit: u32) -> Result<Vec<(i64, Notice)>, StoreError> {
        self.query(AFTER, &[seq.into(), limit.into()])?.iter().map(read).collect()
    }

    /// What happened to one subject, oldest first, each with its number.
    pub fn notices_of(
        &mut self,
        tenant: TenantId,
        subject: &str,
        after: i64,
        limit: u32,
    ) -> Result<Vec<(i64, Notice)>, StoreError> {
        let rows = self.query(OF_SUBJECT, &[tenant.into(), subject.into(), after.into(), limit.into()])?;
        rows.iter().map(read).collect()
    }

    /// The number of the newest notice; 0 when there is none.
    pub fn last_notice(&mut self) -> Result<i64, StoreError> {
        self.query_one(LAST, &[])?.map_or(Ok(0), |row| row.get(0))
    }
}

pub(crate) fn read(row: &Row) -> Result<(i64, Notice), StoreError> {
    let notice =
        Notice { tenant: row.get(1)?, name: row.get(2)?, subject: row.get(3)?, body: row.get(4)?, at: row.get(5)? };
    Ok((row.get(0)?, notice))
}

#[cfg(test)]
mod tests;
