//! The one place that knows which database is behind a connection.

mod examine;
mod postgres;
mod set;
mod sqlite;

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crate::error::StoreError;
use crate::row::Row;
use crate::statement::Statement;
use crate::value::Value;

pub use examine::{Examined, examine};

/// Where the state lives.
#[derive(Clone, PartialEq, Eq)]
pub enum Address {
    /// One file, one process: SQLite in WAL mode, every commit synced.
    File(PathBuf),
    /// Nowhere: SQLite in memory, for tests and simulation.
    Memory,
    /// A server that speaks PostgreSQL's protocol.
    Server(String),
}

impl FromStr for Address {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        if text == "memory" {
            return Ok(Self::Memory);
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Server(text.to_owned()));
        }
        match text.strip_prefix("sqlite:") {
            Some(path) if !path.is_empty() => Ok(Self::File(PathBuf::from(path))),
            _ => Err(StoreError::database("the address is none of `sqlite:PATH`, `postgres://…`, `memory`")),
        }
    }
}

/// Without the password, so that it can be logged.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "sqlite:{}", path.display()),
            Self::Memory => f.write_str("memory"),
            Self::Server(url) => {
                let place = url.rsplit_once('@').map_or(url.as_str(), |(_, place)| place);
                write!(f, "postgres://{place}")
            }
        }
    }
}

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Takes part in money transactions; its durability is checked.
    Write,
    /// Only reads.
    Read,
}

/// A statement that writes, and the rows of parameters to run it for.
pub(crate) struct Write<'a> {
    statement: Statement,
    /// How many parameters a row has.
    width: usize,
    /// Row after row.
    values: Vec<Value<'a>>,
}

impl<'a> Write<'a> {
    /// One row of parameters after the other.
    pub(crate) fn new<const N: usize>(statement: Statement, rows: impl IntoIterator<Item = [Value<'a>; N]>) -> Self {
        Self { statement, width: N, values: rows.into_iter().flatten().collect() }
    }

    /// Whether there is no row to run it for.
    pub(crate) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    fn rows(&self) -> std::slice::ChunksExact<'_, Value<'a>> {
        self.values.chunks_exact(self.width)
    }

    /// Every row of parameters must have met one row.
    fn check_met(&self, met: u64) -> Result<(), StoreError> {
        let expected = u64::try_from(self.rows().len()).map_err(StoreError::database)?;
        let statement = self.statement.text;
        if met == expected { Ok(()) } else { Err(StoreError::Conflict { statement, expected, met }) }
    }
}

/// One open connection.
pub(crate) enum Connection {
    Sqlite(sqlite::SqliteConnection),
    Postgres(Box<postgres::PostgresConnection>),
}

impl Connection {
    /// Connects, and for [`Purpose::Write`] checks that a commit survives a power cut.
    pub(crate) fn open(address: &Address, purpose: Purpose) -> Result<Self, StoreError> {
        match address {
            Address::File(path) => sqlite::SqliteConnection::open(path, purpose).map(Self::Sqlite),
            Address::Memory => sqlite::SqliteConnection::open_in_memory().map(Self::Sqlite),
            Address::Server(url) => {
                postgres::PostgresConnection::open(url, purpose).map(|open| Self::Postgres(Box::new(open)))
            }
        }
    }

    /// Brings the schema to the newest version.
    pub(crate) fn migrate(&mut self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(connection) => connection.migrate(),
            Self::Postgres(connection) => connection.migrate(),
        }
    }

    /// Begins a transaction that will write.
    pub(crate) fn begin_write(&mut self) -> Result<(), StoreError> {
        match self {
            // A deferred transaction fails at its first write instead of waiting for its turn.
            Self::Sqlite(connection) => connection.batch("begin immediate"),
            Self::Postgres(connection) => connection.batch("begin"),
        }
    }

    /// Begins a transaction that sees one state of the world and writes nothing.
    pub(crate) fn begin_read(&mut self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(connection) => connection.batch("begin deferred"),
            Self::Postgres(connection) => connection.batch("begin isolation level repeatable read read only"),
        }
    }

    /// Runs a fixed text without parameters: begin, commit, savepoints.
    pub(crate) fn batch(&mut self, text: &'static str) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(connection) => connection.batch(text),
            Self::Postgres(connection) => connection.batch(text),
        }
    }

    /// Ends a transaction; [`StoreError::OutcomeUnknown`] when the answer was lost.
    pub(crate) fn commit(&mut self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(connection) => connection.batch("commit"),
            Self::Postgres(connection) => connection.commit(),
        }
    }

    pub(crate) fn execute(&mut self, statement: Statement, values: &[Value<'_>]) -> Result<u64, StoreError> {
        match self {
            Self::Sqlite(connection) => connection.execute(statement, values),
            Self::Postgres(connection) => connection.execute(statement, values),
        }
    }

    pub(crate) fn query(&mut self, statement: Statement, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError> {
        match self {
            Self::Sqlite(connection) => connection.query(statement, values),
            Self::Postgres(connection) => connection.query(statement, values),
        }
    }

    /// Runs each write for each of its rows, which must meet exactly one row each time. No two may write the same row.
    pub(crate) fn execute_all(&mut self, writes: &[Write<'_>]) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(connection) => connection.execute_all(writes),
            Self::Postgres(connection) => connection.execute_all(writes),
        }
    }

    /// Runs an insert that leaves alone what is there, for each row of parameters; the first is the key. Tells of each
    /// row whether it was new, in their order.
    pub(crate) fn insert_new<const N: usize>(
        &mut self,
        statement: Statement,
        rows: &[[Value<'_>; N]],
    ) -> Result<Vec<bool>, StoreError> {
        match self {
            Self::Sqlite(connection) => connection.insert_new(statement, rows),
            Self::Postgres(connection) => connection.insert_new(statement, rows),
        }
    }

    /// The answers of a query to each row of parameters, in no order.
    pub(crate) fn query_many<const N: usize>(
        &mut self,
        statement: Statement,
        rows: &[[Value<'_>; N]],
    ) -> Result<Vec<Row>, StoreError> {
        match self {
            Self::Sqlite(connection) => connection.query_many(statement, rows),
            Self::Postgres(connection) => connection.query_many(statement, rows),
        }
    }

    /// Shows each row of a query without parameters in turn.
    pub(crate) fn visit(
        &mut self,
        statement: Statement,
        each: &mut dyn FnMut(&Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(connection) => connection.visit(statement, each),
            Self::Postgres(connection) => connection.visit(statement, each),
        }
    }

    /// Whether the connection is gone and a new one must be opened.
    pub(crate) fn is_broken(&self) -> bool {
        match self {
            Self::Sqlite(_) => false,
            Self::Postgres(connection) => connection.is_closed(),
        }
    }

    /// Asks the database to parse a statement; answers how many parameters and columns it has.
    #[cfg(test)]
    pub(crate) fn prepare(&mut self, statement: Statement) -> Result<(usize, usize), StoreError> {
        match self {
            Self::Sqlite(connection) => connection.prepare(statement),
            Self::Postgres(connection) => connection.prepare(statement),
        }
    }
}
