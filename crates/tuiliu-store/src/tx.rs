//! One open transaction: whatever joins it is a method of [`Tx`].

use crate::dialect::{Connection, Write};
use crate::error::StoreError;
use crate::ledger::{LedgerSession, Moment};
use crate::outbox::Notice;
use crate::row::Row;
use crate::statement::Statement;
use crate::value::Value;
use crate::writer::Refusal;

/// An open transaction; dropped uncommitted it never happened.
pub struct Tx<'c> {
    connection: &'c mut Connection,
    access: Access,
    /// The parts that can be undone alone, each inside the one before: a job, attempts in it.
    parts: Vec<Part>,
    /// Notices of the batch, numbered and written at its end.
    pub(crate) notices: Vec<Notice>,
    /// What happens in memory once the batch is committed.
    pub(crate) afterwards: Vec<Afterwards>,
    /// The ledger's rows and what is not written of them.
    pub(crate) ledger: LedgerSession,
}

/// Something that happens in memory when a transaction stands.
pub(crate) type Afterwards = Box<dyn FnOnce() + Send>;

/// What a transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    Read,
    Write,
}

/// A part of a transaction that can be undone alone.
struct Part {
    /// How the database does it.
    savepoint: SavepointTexts,
    /// How many notices there were before.
    notices: usize,
    /// How much was to happen afterwards before.
    afterwards: usize,
    /// The ledger as it was before, once the part has done anything. Until then it has nothing to undo.
    ledger: Option<Moment>,
    /// Whether the database knows of it; made at its first write.
    made: bool,
    /// Whether changes of the ledger were written inside it.
    ledger_written: bool,
}

struct SavepointTexts {
    make: &'static str,
    undo: &'static str,
    release: &'static str,
}

const JOB: SavepointTexts =
    SavepointTexts { make: "savepoint job", undo: "rollback to savepoint job", release: "release savepoint job" };
const ATTEMPT: SavepointTexts = SavepointTexts {
    make: "savepoint attempt",
    undo: "rollback to savepoint attempt",
    release: "release savepoint attempt",
};

impl<'c> Tx<'c> {
    /// A transaction that writes, with what the writer kept of the ledger.
    pub(crate) fn to_write(connection: &'c mut Connection, ledger: LedgerSession) -> Self {
        Self {
            connection,
            access: Access::Write,
            parts: Vec::new(),
            notices: Vec::new(),
            afterwards: Vec::new(),
            ledger,
        }
    }

    /// A transaction that only reads.
    pub(crate) fn to_read(connection: &'c mut Connection) -> Self {
        let ledger = LedgerSession::default();
        Self {
            connection,
            access: Access::Read,
            parts: Vec::new(),
            notices: Vec::new(),
            afterwards: Vec::new(),
            ledger,
        }
    }

    /// Has this done on the writer's thread as soon as the transaction is committed, before any caller is answered;
    /// never when it, or the part of it that asked, is undone. It must be quick and must not touch the store.
    pub fn after_commit(&mut self, afterwards: impl FnOnce() + Send + 'static) {
        self.afterwards.push(Box::new(afterwards));
    }

    pub(crate) fn only_reads(&self) -> bool {
        self.access == Access::Read
    }

    /// Runs a statement that writes; answers how many rows it met.
    pub(crate) fn execute(&mut self, statement: Statement, values: &[Value<'_>]) -> Result<u64, StoreError> {
        self.make_savepoints()?;
        self.connection.execute(statement, values)
    }

    /// Rows that a writing statement returns.
    pub(crate) fn query_write(&mut self, statement: Statement, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError> {
        self.make_savepoints()?;
        self.connection.query(statement, values)
    }

    /// Runs a statement that must meet exactly one row: an insert, or an update that carries the version it read.
    pub(crate) fn execute_one(&mut self, statement: Statement, values: &[Value<'_>]) -> Result<(), StoreError> {
        match self.execute(statement, values)? {
            1 => Ok(()),
            met => Err(StoreError::Conflict { statement: statement.text, expected: 1, met }),
        }
    }

    /// Runs a statement for each row of parameters, which must meet exactly one row each time; no two may write the same.
    pub(crate) fn execute_many<'v, const N: usize>(
        &mut self,
        statement: Statement,
        rows: impl IntoIterator<Item = [Value<'v>; N]>,
    ) -> Result<(), StoreError> {
        let write = Write::new(statement, rows);
        if write.is_empty() {
            return Ok(());
        }
        self.make_savepoints()?;
        self.connection.execute_all(&[write])
    }

    /// Runs writes in one step, as late writes of the parts that have done something already. Each row of parameters
    /// must meet exactly one row, and no two may write the same.
    pub(crate) fn execute_late(&mut self, writes: &[Write<'_>]) -> Result<(), StoreError> {
        if writes.is_empty() {
            return Ok(());
        }
        self.make_entered_savepoints()?;
        self.connection.execute_all(writes)
    }

    /// Runs an insert that leaves alone what is there, for each row of parameters; the first is the key. Tells of each
    /// row whether it was new, in their order.
    pub(crate) fn insert_new<const N: usize>(
        &mut self,
        statement: Statement,
        rows: &[[Value<'_>; N]],
    ) -> Result<Vec<bool>, StoreError> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        self.make_savepoints()?;
        self.connection.insert_new(statement, rows)
    }

    /// All rows of a query.
    pub(crate) fn query(&mut self, statement: Statement, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError> {
        self.connection.query(statement, values)
    }

    /// The answers of a query to each row of parameters, in no order.
    pub(crate) fn query_many<const N: usize>(
        &mut self,
        statement: Statement,
        rows: &[[Value<'_>; N]],
    ) -> Result<Vec<Row>, StoreError> {
        if rows.is_empty() { Ok(Vec::new()) } else { self.connection.query_many(statement, rows) }
    }

    /// Rows that a writing statement returns, for each row of parameters; no two may write the same.
    pub(crate) fn query_many_write<const N: usize>(
        &mut self,
        statement: Statement,
        rows: &[[Value<'_>; N]],
    ) -> Result<Vec<Row>, StoreError> {
        self.make_savepoints()?;
        self.query_many(statement, rows)
    }

    /// Shows each row of a query in turn, without keeping them; for queries over whole tables.
    pub(crate) fn visit(
        &mut self,
        statement: Statement,
        each: &mut dyn FnMut(&Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.connection.visit(statement, each)
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
        if !self.parts.is_empty() {
            return Err(StoreError::database("a job went on after a part of it had failed"));
        }
        self.finish_ledger()?;
        self.flush_notices()
    }

    /// From here on, what is done belongs to one job that can be undone alone.
    pub(crate) fn begin_job(&mut self) {
        self.begin_part(JOB);
    }

    /// The job went well: what it did stays.
    pub(crate) fn keep_job(&mut self) -> Result<(), StoreError> {
        self.keep_part()
    }

    /// The job was refused: what it did goes, its neighbours' stays.
    pub(crate) fn undo_job(&mut self) -> Result<(), StoreError> {
        self.undo_part()
    }

    /// Runs a part of a job that may be refused on its own: a refusal undoes that part only.
    pub fn attempt<T, E>(&mut self, part: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<Result<T, E>, StoreError>
    where
        E: Refusal,
    {
        self.begin_part(ATTEMPT);
        let outcome = part(self);
        match &outcome {
            Ok(_) => self.keep_part()?,
            Err(refusal) => match refusal.fault() {
                // The job fails as a whole, and with it this part.
                Some(fault) => return Err(fault.clone()),
                None => self.undo_part()?,
            },
        }
        Ok(outcome)
    }

    fn begin_part(&mut self, savepoint: SavepointTexts) {
        let (notices, afterwards) = (self.notices.len(), self.afterwards.len());
        self.parts.push(Part { savepoint, notices, afterwards, ledger: None, made: false, ledger_written: false });
    }

    /// Before the running part does anything: what was done before it and is not written yet is written, so that
    /// undoing the part leaves it alone.
    pub(crate) fn enter(&mut self) -> Result<(), StoreError> {
        if self.parts.last().is_none_or(|part| part.ledger.is_some()) {
            return Ok(());
        }
        self.flush_ledger_rows()?;
        let moment = self.ledger.moment();
        for part in &mut self.parts {
            part.ledger.get_or_insert(moment);
        }
        Ok(())
    }

    /// The ledger's rows at hand stop being those before the parts that run: these can no longer be undone in memory.
    pub(crate) fn note_ledger_written(&mut self) {
        for part in self.parts.iter_mut().filter(|part| part.ledger.is_some()) {
            part.ledger_written = true;
        }
    }

    fn make_savepoints(&mut self) -> Result<(), StoreError> {
        self.enter()?;
        self.make_entered_savepoints()
    }

    fn make_entered_savepoints(&mut self) -> Result<(), StoreError> {
        for part in self.parts.iter_mut().filter(|part| part.ledger.is_some() && !part.made) {
            self.connection.batch(part.savepoint.make)?;
            part.made = true;
        }
        Ok(())
    }

    fn keep_part(&mut self) -> Result<(), StoreError> {
        match self.parts.pop() {
            Some(part) if part.made => self.connection.batch(part.savepoint.release),
            _ => Ok(()),
        }
    }

    fn undo_part(&mut self) -> Result<(), StoreError> {
        let Some(part) = self.parts.pop() else { return Ok(()) };
        self.notices.truncate(part.notices);
        self.afterwards.truncate(part.afterwards);
        if let Some(moment) = part.ledger {
            self.ledger.roll_back(moment, part.ledger_written);
        }
        if part.made {
            self.connection.batch(part.savepoint.undo)?;
            self.connection.batch(part.savepoint.release)?;
        }
        Ok(())
    }
}
