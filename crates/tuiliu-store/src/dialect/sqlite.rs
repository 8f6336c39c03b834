//! SQLite: bundled, WAL, every commit synced.

use std::path::Path;
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{OpenFlags, ToSql, params_from_iter};

use super::{Purpose, Write};
use crate::error::StoreError;
use crate::row::{Cell, Row};
use crate::statement::Statement;
use crate::value::Value;

mod embedded {
    refinery::embed_migrations!("migrations/sqlite");
}

/// The number of the newest migration in the program.
pub(super) fn newest_migration() -> i32 {
    embedded::migrations::runner().get_migrations().iter().map(refinery::Migration::version).max().unwrap_or(0)
}

/// Prepared statements kept; more than we have, so that none is prepared twice.
const CACHE_CAPACITY: usize = 512;
/// How long to wait for another process that holds the write lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Below it, two connections that checkpoint and write at once can corrupt the file.
const VERSION_MIN: i32 = 3_051_003;

/// A checkpoint (two more syncs) after 16 MB of log instead of 4: large batches fill 4 MB in a few commits.
const SETTINGS: &str = "pragma synchronous = full; pragma fullfsync = on; pragma cache_size = -65536;
    pragma wal_autocheckpoint = 4096;";

pub(crate) struct SqliteConnection {
    inner: rusqlite::Connection,
}

impl SqliteConnection {
    pub(super) fn open(path: &Path, purpose: Purpose) -> Result<Self, StoreError> {
        let flags = match purpose {
            Purpose::Write => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
            Purpose::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
        };
        let inner = rusqlite::Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        inner.busy_timeout(BUSY_TIMEOUT)?;
        if purpose == Purpose::Write {
            make_durable(&inner)?;
        }
        Ok(Self::with(inner))
    }

    pub(super) fn open_in_memory() -> Result<Self, StoreError> {
        Ok(Self::with(rusqlite::Connection::open_in_memory()?))
    }

    fn with(inner: rusqlite::Connection) -> Self {
        inner.set_prepared_statement_cache_capacity(CACHE_CAPACITY);
        Self { inner }
    }

    pub(super) fn migrate(&mut self) -> Result<(), StoreError> {
        // In one transaction with the notes of what was done: whoever dies in between has done nothing.
        embedded::migrations::runner().set_grouped(true).run(&mut self.inner).map_err(StoreError::database)?;
        Ok(())
    }

    pub(super) fn batch(&mut self, text: &'static str) -> Result<(), StoreError> {
        self.inner.prepare_cached(text)?.execute([])?;
        Ok(())
    }

    pub(super) fn execute(&mut self, statement: Statement, values: &[Value<'_>]) -> Result<u64, StoreError> {
        let met = self.inner.prepare_cached(&numbered(statement))?.execute(params_from_iter(values))?;
        u64::try_from(met).map_err(StoreError::database)
    }

    pub(super) fn query(&mut self, statement: Statement, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError> {
        let mut prepared = self.inner.prepare_cached(&numbered(statement))?;
        let mut rows = Vec::new();
        collect(&mut prepared, statement, values, &mut rows)?;
        Ok(rows)
    }

    /// Row by row with prepared statements: the fastest form here.
    pub(super) fn execute_all(&mut self, writes: &[Write<'_>]) -> Result<(), StoreError> {
        for write in writes {
            let mut prepared = self.inner.prepare_cached(&numbered(write.statement))?;
            let mut met = 0;
            for values in write.rows() {
                met += prepared.execute(params_from_iter(values))?;
            }
            write.check_met(u64::try_from(met).map_err(StoreError::database)?)?;
        }
        Ok(())
    }

    pub(super) fn insert_new<const N: usize>(
        &mut self,
        statement: Statement,
        rows: &[[Value<'_>; N]],
    ) -> Result<Vec<bool>, StoreError> {
        let mut prepared = self.inner.prepare_cached(&numbered(statement))?;
        rows.iter().map(|values| Ok(prepared.execute(params_from_iter(values))? == 1)).collect()
    }

    pub(super) fn query_many<const N: usize>(
        &mut self,
        statement: Statement,
        rows: &[[Value<'_>; N]],
    ) -> Result<Vec<Row>, StoreError> {
        let mut prepared = self.inner.prepare_cached(&numbered(statement))?;
        let mut found = Vec::with_capacity(rows.len());
        for values in rows {
            collect(&mut prepared, statement, values, &mut found)?;
        }
        Ok(found)
    }

    pub(super) fn visit(
        &mut self,
        statement: Statement,
        each: &mut dyn FnMut(&Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut prepared = self.inner.prepare_cached(statement.text)?;
        let mut shown = Row { statement, cells: vec![Cell::Null; prepared.column_count()] };
        let mut found = prepared.query([])?;
        while let Some(row) = found.next()? {
            for (column, shown) in shown.cells.iter_mut().enumerate() {
                match (row.get_ref(column)?, shown) {
                    // Bytes go where the bytes of the row before were.
                    (ValueRef::Blob(bytes), Cell::Blob(shown)) => {
                        shown.clear();
                        shown.extend_from_slice(bytes);
                    }
                    (value, shown) => *shown = cell(value)?,
                }
            }
            each(&shown)?;
        }
        Ok(())
    }

    #[cfg(test)]
    pub(super) fn prepare(&mut self, statement: Statement) -> Result<(usize, usize), StoreError> {
        let prepared = self.inner.prepare_cached(&numbered(statement))?;
        Ok((prepared.parameter_count(), prepared.column_count()))
    }
}

/// SQLite takes `$2` for a name and counts names as they come; `?2` is the second value wherever it stands.
fn numbered(statement: Statement) -> String {
    statement.text.replace('$', "?")
}

fn collect(
    prepared: &mut rusqlite::Statement<'_>,
    statement: Statement,
    values: &[Value<'_>],
    rows: &mut Vec<Row>,
) -> Result<(), StoreError> {
    let columns = prepared.column_count();
    let mut found = prepared.query(params_from_iter(values))?;
    while let Some(row) = found.next()? {
        let cells = (0..columns).map(|column| cell(row.get_ref(column)?)).collect::<Result<_, StoreError>>()?;
        rows.push(Row { statement, cells });
    }
    Ok(())
}

fn cell(value: ValueRef<'_>) -> Result<Cell, StoreError> {
    Ok(match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Int(number),
        ValueRef::Text(text) => Cell::Text(str::from_utf8(text).map_err(StoreError::database)?.to_owned()),
        ValueRef::Blob(bytes) => Cell::bytes(bytes),
        ValueRef::Real(_) => return Err(StoreError::database("a float came out of a database that stores none")),
    })
}

/// WAL with `synchronous=FULL` lost nothing over 10 000 injected power cuts; NORMAL lost commits.
fn make_durable(connection: &rusqlite::Connection) -> Result<(), StoreError> {
    if rusqlite::version_number() < VERSION_MIN {
        return Err(StoreError::NotDurable { reason: format!("SQLite {} is too old", rusqlite::version()) });
    }
    let mode: String = connection.query_row("pragma journal_mode = wal", [], |row| row.get(0))?;
    connection.execute_batch(SETTINGS)?;
    let synchronous: i64 = connection.query_row("pragma synchronous", [], |row| row.get(0))?;
    if mode != "wal" || synchronous < 2 {
        let reason = format!("journal mode is `{mode}`, synchronous is `{synchronous}`");
        return Err(StoreError::NotDurable { reason });
    }
    Ok(())
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
            Self::Id(bytes) => ValueRef::Blob(bytes),
            Self::Account(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{ConstraintViolation, DatabaseBusy, DatabaseLocked};
        match error.sqlite_error_code() {
            Some(DatabaseBusy | DatabaseLocked) => Self::Transient { reason: error.to_string() },
            Some(ConstraintViolation) if is_unique(&error) => Self::Duplicate,
            _ => Self::database(error),
        }
    }
}

fn is_unique(error: &rusqlite::Error) -> bool {
    use rusqlite::ffi::{SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_ROWID, SQLITE_CONSTRAINT_UNIQUE};
    let unique = [SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_ROWID, SQLITE_CONSTRAINT_UNIQUE];
    error.sqlite_error().is_some_and(|inner| unique.contains(&inner.extended_code))
}
