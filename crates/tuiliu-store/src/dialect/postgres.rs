//! PostgreSQL and what speaks its protocol.

use std::collections::{HashMap, HashSet};
use std::error::Error;

use postgres::error::SqlState;
use postgres::fallible_iterator::FallibleIterator;
use postgres::types::private::BytesMut;
use postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use postgres::{Client, NoTls};

use super::set::{joint_form, set_form};
use super::{Purpose, Write};
use crate::error::StoreError;
use crate::row::{Cell, Row};
use crate::statement::Statement;
use crate::value::Value;

mod embedded {
    refinery::embed_migrations!("migrations/postgres");
}

/// The number of the newest migration in the program.
pub(super) fn newest_migration() -> i32 {
    embedded::migrations::runner().get_migrations().iter().map(refinery::Migration::version).max().unwrap_or(0)
}

pub(crate) struct PostgresConnection {
    client: Client,
    purpose: Purpose,
    prepared: HashMap<&'static str, postgres::Statement>,
    /// The set forms of statements, by the text they were derived from.
    prepared_sets: HashMap<&'static str, postgres::Statement>,
    /// Several statements in one; the combinations that occur are few, as the ledger's tables are.
    prepared_joints: HashMap<Vec<&'static str>, postgres::Statement>,
}

impl PostgresConnection {
    pub(super) fn open(url: &str, purpose: Purpose) -> Result<Self, StoreError> {
        let mut client = Client::connect(url, NoTls)?;
        if purpose == Purpose::Write {
            check_durable(&mut client)?;
        }
        Ok(Self {
            client,
            purpose,
            prepared: HashMap::new(),
            prepared_sets: HashMap::new(),
            prepared_joints: HashMap::new(),
        })
    }

    pub(super) fn migrate(&mut self) -> Result<(), StoreError> {
        // In one transaction with the notes of what was done: whoever dies in between has done nothing.
        embedded::migrations::runner().set_grouped(true).run(&mut self.client).map_err(StoreError::database)?;
        Ok(())
    }

    pub(super) fn batch(&mut self, text: &'static str) -> Result<(), StoreError> {
        Ok(self.client.batch_execute(text)?)
    }

    pub(super) fn commit(&mut self) -> Result<(), StoreError> {
        self.client.batch_execute("commit").map_err(|error| match error.code() {
            // The server answered that the transaction is undone.
            Some(state) if !is_lost(state) => error.into(),
            Some(_) | None => StoreError::OutcomeUnknown { reason: error.to_string() },
        })
    }

    pub(super) fn execute(&mut self, statement: Statement, values: &[Value<'_>]) -> Result<u64, StoreError> {
        let prepared = self.prepared(statement)?;
        Ok(self.client.execute(&prepared, &parameters(values))?)
    }

    pub(super) fn query(&mut self, statement: Statement, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError> {
        let prepared = self.prepared(statement)?;
        let found = self.client.query(&prepared, &parameters(values))?;
        found.iter().map(|row| Ok(Row { statement, cells: cells(row)? })).collect()
    }

    /// One round trip for all rows of all writes.
    pub(super) fn execute_all(&mut self, writes: &[Write<'_>]) -> Result<(), StoreError> {
        let prepared = match writes {
            [] => return Ok(()),
            writes => self.prepared_joint(writes)?,
        };
        let mut types = prepared.params();
        let mut columns = Vec::with_capacity(types.len());
        for write in writes {
            let (own, others) = types.split_at(write.width);
            types = others;
            for (index, kind) in own.iter().enumerate() {
                columns.push(column(kind, write.rows().map(|row| row.get(index).unwrap_or(&Value::Null)))?);
            }
        }
        let row = self.client.query_one(&prepared, &references(&columns))?;
        for (index, write) in writes.iter().enumerate() {
            let met: i64 = row.try_get(index)?;
            write.check_met(u64::try_from(met).map_err(StoreError::database)?)?;
        }
        Ok(())
    }

    /// One round trip for all rows: what the database answers are the keys that were new.
    pub(super) fn insert_new<const N: usize>(
        &mut self,
        statement: Statement,
        rows: &[[Value<'_>; N]],
    ) -> Result<Vec<bool>, StoreError> {
        let prepared = self.prepared_set(statement, Answers::Keys)?;
        let columns = columns(prepared.params(), rows)?;
        let found = self.client.query(&prepared, &references(&columns))?;
        let mut new: HashSet<Vec<u8>> = found.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        let is_new = |row: &[Value<'_>; N]| {
            let key = row.first().map_or(Ok(None), Value::as_blob)?;
            // Of two rows with one key the first was new.
            Ok(key.is_some_and(|key| new.remove(key)))
        };
        rows.iter().map(is_new).collect()
    }

    pub(super) fn query_many<const N: usize>(
        &mut self,
        statement: Statement,
        rows: &[[Value<'_>; N]],
    ) -> Result<Vec<Row>, StoreError> {
        let prepared = self.prepared_set(statement, Answers::AsWritten)?;
        let columns = columns(prepared.params(), rows)?;
        let found = self.client.query(&prepared, &references(&columns))?;
        found.iter().map(|row| Ok(Row { statement, cells: cells(row)? })).collect()
    }

    pub(super) fn visit(
        &mut self,
        statement: Statement,
        each: &mut dyn FnMut(&Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let prepared = self.prepared(statement)?;
        let mut found = self.client.query_raw::<_, i64, _>(&prepared, [])?;
        while let Some(row) = found.next()? {
            each(&Row { statement, cells: cells(&row)? })?;
        }
        Ok(())
    }

    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    #[cfg(test)]
    pub(super) fn prepare(&mut self, statement: Statement) -> Result<(usize, usize), StoreError> {
        let prepared = self.prepared(statement)?;
        Ok((prepared.params().len(), prepared.columns().len()))
    }

    fn prepared(&mut self, statement: Statement) -> Result<postgres::Statement, StoreError> {
        if let Some(prepared) = self.prepared.get(statement.text) {
            return Ok(prepared.clone());
        }
        let prepared = self.client.prepare(&with_locks(statement.text, self.purpose))?;
        self.prepared.insert(statement.text, prepared.clone());
        Ok(prepared)
    }

    fn prepared_joint(&mut self, writes: &[Write<'_>]) -> Result<postgres::Statement, StoreError> {
        let texts: Vec<&'static str> = writes.iter().map(|write| write.statement.text).collect();
        if let Some(prepared) = self.prepared_joints.get(&texts) {
            return Ok(prepared.clone());
        }
        let mut parts = Vec::with_capacity(writes.len());
        for write in writes {
            let types = self.prepared(write.statement)?.params().iter().map(type_name).collect();
            parts.push((write.statement.text.to_owned(), types));
        }
        let text = joint_form(&parts).ok_or_else(|| StoreError::database(format!("no set form of `{texts:?}`")))?;
        let prepared = self.client.prepare(&text)?;
        self.prepared_joints.insert(texts, prepared.clone());
        Ok(prepared)
    }

    fn prepared_set(&mut self, statement: Statement, answers: Answers) -> Result<postgres::Statement, StoreError> {
        if let Some(prepared) = self.prepared_sets.get(statement.text) {
            return Ok(prepared.clone());
        }
        // The form for one row tells the types.
        let types: Vec<&str> = self.prepared(statement)?.params().iter().map(type_name).collect();
        let mut text = set_form(&with_locks(statement.text, self.purpose), &types)
            .ok_or_else(|| StoreError::database(format!("no set form of `{}`", statement.text)))?;
        if answers == Answers::Keys {
            text.push_str(" returning ");
            text.push_str(first_column(statement.text)?);
        }
        let prepared = self.client.prepare(&text)?;
        self.prepared_sets.insert(statement.text, prepared.clone());
        Ok(prepared)
    }
}

/// What a set form answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answers {
    /// What the statement says.
    AsWritten,
    /// The first column of what an insert inserted.
    Keys,
}

fn first_column(insert: &'static str) -> Result<&'static str, StoreError> {
    let columns = insert.split_once('(').and_then(|(_, columns)| columns.split([',', ')']).next());
    columns.ok_or_else(|| StoreError::database(format!("no columns in `{insert}`")))
}

/// A transaction that only reads must not lock, and need not.
fn with_locks(text: &str, purpose: Purpose) -> String {
    match purpose {
        Purpose::Write => text.replace("/*lock*/", "for update").replace("/*lock_skip*/", "for update skip locked"),
        Purpose::Read => text.to_owned(),
    }
}

fn type_name(kind: &Type) -> &'static str {
    match *kind {
        Type::TEXT | Type::VARCHAR => "text",
        Type::BYTEA => "bytea",
        _ => "bigint",
    }
}

/// One parameter of a set form: a column of the rows.
enum Column<'a> {
    Ints(Vec<Option<i64>>),
    Texts(Vec<Option<&'a str>>),
    Blobs(Vec<Option<&'a [u8]>>),
}

fn columns<'a, const N: usize>(types: &[Type], rows: &'a [[Value<'a>; N]]) -> Result<Vec<Column<'a>>, StoreError> {
    let values = |index: usize| rows.iter().map(move |row| row.get(index).unwrap_or(&Value::Null));
    types.iter().enumerate().map(|(index, kind)| column(kind, values(index))).collect()
}

fn column<'a>(kind: &Type, values: impl Iterator<Item = &'a Value<'a>>) -> Result<Column<'a>, StoreError> {
    Ok(match *kind {
        Type::INT8_ARRAY => Column::Ints(values.map(Value::as_int).collect::<Result<_, _>>()?),
        Type::TEXT_ARRAY => Column::Texts(values.map(Value::as_text).collect::<Result<_, _>>()?),
        Type::BYTEA_ARRAY => Column::Blobs(values.map(Value::as_blob).collect::<Result<_, _>>()?),
        ref other => return Err(StoreError::database(format!("a set of type `{other}`"))),
    })
}

fn references<'a>(columns: &'a [Column<'a>]) -> Vec<&'a (dyn ToSql + Sync)> {
    let reference = |column: &'a Column<'a>| -> &'a (dyn ToSql + Sync) {
        match column {
            Column::Ints(values) => values,
            Column::Texts(values) => values,
            Column::Blobs(values) => values,
        }
    };
    columns.iter().map(reference).collect()
}

fn parameters<'a>(values: &'a [Value<'a>]) -> Vec<&'a (dyn ToSql + Sync)> {
    values.iter().map(|value| -> &(dyn ToSql + Sync) { value }).collect()
}

fn cells(row: &postgres::Row) -> Result<Vec<Cell>, StoreError> {
    let read = |column: usize| -> Result<Cell, StoreError> {
        let kind = row.columns()[column].type_();
        Ok(match *kind {
            Type::INT8 => row.try_get::<_, Option<i64>>(column)?.map_or(Cell::Null, Cell::Int),
            Type::INT4 => row.try_get::<_, Option<i32>>(column)?.map_or(Cell::Null, |n| Cell::Int(i64::from(n))),
            Type::TEXT | Type::VARCHAR | Type::NAME => {
                row.try_get::<_, Option<String>>(column)?.map_or(Cell::Null, Cell::Text)
            }
            Type::BYTEA => row.try_get::<_, Option<&[u8]>>(column)?.map_or(Cell::Null, Cell::bytes),
            ref other => return Err(StoreError::database(format!("column {column} has type `{other}`"))),
        })
    };
    (0..row.len()).map(read).collect()
}

/// Without these, an acknowledged commit can be lost.
fn check_durable(client: &mut Client) -> Result<(), StoreError> {
    for setting in ["fsync", "full_page_writes", "synchronous_commit"] {
        let value: String = client.query_one(&format!("show {setting}"), &[])?.try_get(0)?;
        if value == "off" {
            return Err(StoreError::NotDurable { reason: format!("`{setting}` is off") });
        }
    }
    Ok(())
}

impl ToSql for Value<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(number) if *kind == Type::INT4 => i32::try_from(*number)?.to_sql(kind, out),
            Self::Int(number) => number.to_sql(kind, out),
            Self::Text(text) => text.to_sql(kind, out),
            Self::Blob(bytes) => bytes.to_sql(kind, out),
            Self::Id(bytes) => bytes.as_slice().to_sql(kind, out),
            Self::Account(bytes) => bytes.as_slice().to_sql(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        matches!(*kind, Type::INT8 | Type::INT4 | Type::TEXT | Type::VARCHAR | Type::BYTEA)
    }

    to_sql_checked!();
}

impl From<postgres::Error> for StoreError {
    fn from(error: postgres::Error) -> Self {
        let Some(state) = error.code() else {
            // No answer from the server: the connection is gone, the command may be run again under its id.
            return if error.is_closed() || error.source().is_some() {
                Self::Transient { reason: error.to_string() }
            } else {
                Self::database(error)
            };
        };
        let reason = error.as_db_error().map_or_else(|| error.to_string(), ToString::to_string);
        if *state == SqlState::UNIQUE_VIOLATION {
            Self::Duplicate
        } else if is_transient(state) {
            Self::Transient { reason }
        } else {
            Self::Database { reason }
        }
    }
}

fn is_transient(state: &SqlState) -> bool {
    let known = [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED];
    known.contains(state) || is_lost(state)
}

/// The connection or the server is going away.
fn is_lost(state: &SqlState) -> bool {
    state.code().starts_with("08") || state.code().starts_with("57P")
}
