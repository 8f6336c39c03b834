//! One open transaction: whatever joins it is a method of [`Tx`].

use crate::dialect::Connection;
use crate::error::StoreError;
use crate::outbox::Notice;
use crate::row::Row;
use crate::statement::Statement;
use crate::value::Value;
use crate::writer::Refusal;

/// An open transaction; dropped uncommitted it never happened.
pub struct Tx<'c> {
    connection: &'c mut Connection,
    /// Whether the running job has its own savepoint yet; made at its first write.
    savepoint: Savepoint,
    /// Notices of the batch, numbered and written at its end.
    pub(crate) notices: Vec<Notice>,
    /// How many of them were there when the running job began.
    notices_before_job: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Savepoint {
    /// No job runs that could be rolled back alone.
    Outside,
    /// A job runs and has only read so far.
    Due,
    /// A job runs and has written.
    Made,
}

impl<'c> Tx<'c> {
    pub(crate) fn new(connection: &'c mut Connection) -> Self {
        Self { connection, savepoint: Savepoint::Outside, notices: Vec::new(), notices_before_job: 0 }
    }

    /// Runs a statement that writes; answers how many rows it met.
    pub(crate) fn execute(&mut self, statement: Statement, values: &[Value<'_>]) -> Result<u64, StoreError> {
        self.make_savepoint()?;
        self.connection.execute(statement, values)
    }

    /// Rows that a writing statement returns.
    pub(crate) fn query_write(&mut self, statement: Statement, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError> {
        self.make_savepoint()?;
        self.connection.query(statement, values)
    }

    /// Runs a statement that must meet exactly one row: an insert, or an update that carries the version it read.
    pub(crate) fn execute_one(&mut self, statement: Statement, values: &[Value<'_>]) -> Result<(), StoreError> {
        match self.execute(statement, values)? {
            1 => Ok(()),
            met => Err(StoreError::Conflict { statement: statement.text, expected: 1, met }),
        }
    }

    /// All rows of a query.
    pub(crate) fn query(&mut self, statement: Statement, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError> {
        self.connection.query(statement, values)
    }

    /// The only row of a query, if there is one; more than one is inconsistent.
    pub(crate) fn query_one(&mut self, statement: Statement, values: &[Value<'_>]) -> Result<Option<Row>, StoreError> {
        let mut rows = self.query(statement, values)?;
        if rows.len() > 1 {
            return Err(StoreError::inconsistent(statement.text, "more than one row where one belongs"));
        }
        Ok(rows.pop())
    }

    /// Writes what is still only in memory; the last step before the commit.
    pub(crate) fn flush(&mut self) -> Result<(), StoreError> {
        self.flush_notices()
    }

    /// From here on, writes belong to one job that can be rolled back alone.
    pub(crate) fn begin_job(&mut self) {
        self.savepoint = Savepoint::Due;
        self.notices_before_job = self.notices.len();
    }

    /// The job went well: its writes stay.
    pub(crate) fn keep_job(&mut self) -> Result<(), StoreError> {
        self.end_job("release savepoint job")
    }

    /// The job was refused: its writes go, its neighbours' stay.
    pub(crate) fn undo_job(&mut self) -> Result<(), StoreError> {
        self.notices.truncate(self.notices_before_job);
        if self.savepoint == Savepoint::Made {
            self.connection.batch("rollback to savepoint job")?;
        }
        self.end_job("release savepoint job")
    }

    /// Runs a part of a job that may be refused on its own: a refusal undoes that part only.
    pub fn attempt<T, E>(&mut self, part: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<Result<T, E>, StoreError>
    where
        E: Refusal,
    {
        self.connection.batch("savepoint attempt")?;
        let notices_before = self.notices.len();
        let outcome = part(self);
        if let Err(refusal) = &outcome {
            if let Some(fault) = refusal.fault() {
                return Err(fault.clone());
            }
            self.notices.truncate(notices_before);
            self.connection.batch("rollback to savepoint attempt")?;
        }
        self.connection.batch("release savepoint attempt")?;
        Ok(outcome)
    }

    fn make_savepoint(&mut self) -> Result<(), StoreError> {
        if self.savepoint == Savepoint::Due {
            self.connection.batch("savepoint job")?;
            self.savepoint = Savepoint::Made;
        }
        Ok(())
    }

    fn end_job(&mut self, release: &'static str) -> Result<(), StoreError> {
        let made = self.savepoint == Savepoint::Made;
        self.savepoint = Savepoint::Outside;
        if made { self.connection.batch(release) } else { Ok(()) }
    }
}
