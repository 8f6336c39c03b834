//! What a database says of itself, for whoever looks after it.

use super::{Address, Connection, Purpose, postgres, sqlite};
use crate::error::StoreError;
use crate::statement::Statement;

/// The tables of a schema are listed where neither database agrees with the other.
const SQLITE_HISTORY: Statement =
    Statement::new("select cast(count(*) as bigint) from sqlite_master where name = 'refinery_schema_history'");
const POSTGRES_HISTORY: Statement =
    Statement::new("select cast(count(to_regclass('refinery_schema_history')) as bigint)");
const SCHEMA: Statement =
    Statement::new("select coalesce(cast(max(version) as bigint), 0) from refinery_schema_history");
const SQLITE_VERSION: Statement = Statement::new("select 'SQLite ' || sqlite_version()");
const POSTGRES_VERSION: Statement = Statement::new("select 'PostgreSQL ' || current_setting('server_version')");

/// A database whose commits survive a power cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    /// Its name and version.
    pub engine: String,
    /// The newest migration it has; 0 for none.
    pub schema: i64,
    /// The newest migration this program brings.
    pub schema_of_program: i64,
}

/// Asks a database for its version, its durability and its schema, beside whoever uses it; migrates nothing.
///
/// # Errors
/// `NotDurable` when commits could be lost, others when it cannot be asked.
pub fn examine(address: &Address) -> Result<Examined, StoreError> {
    let mut connection = Connection::open(address, Purpose::Write)?;
    let (version, history, newest) = match &connection {
        Connection::Sqlite(_) => (SQLITE_VERSION, SQLITE_HISTORY, sqlite::newest_migration()),
        Connection::Postgres(_) => (POSTGRES_VERSION, POSTGRES_HISTORY, postgres::newest_migration()),
    };
    let engine: String = connection.only(version)?;
    let schema = if connection.only::<i64>(history)? == 0 { 0 } else { connection.only(SCHEMA)? };
    Ok(Examined { engine, schema, schema_of_program: i64::from(newest) })
}

impl Connection {
    /// The only value of a query without parameters.
    fn only<T: crate::row::FromCell>(&mut self, statement: Statement) -> Result<T, StoreError> {
        let rows = self.query(statement, &[])?;
        rows.first().ok_or_else(|| StoreError::inconsistent(statement.text, "no row"))?.get(0)
    }
}

#[cfg(test)]
mod tests {
    use super::{Address, Connection, Examined, Purpose, examine};
    use crate::testing;

    fn check(before: &Examined, after: &Examined, engine: &str) {
        assert!(before.engine.starts_with(engine), "{before:?}");
        assert_eq!(before.schema, 0);
        assert_eq!(after.schema, after.schema_of_program);
        assert!(after.schema > 0);
    }

    #[test]
    fn tells_a_file_before_and_after_its_migration() {
        let path = std::env::temp_dir().join(format!("tuiliu-examine-{}.db", std::process::id()));
        let address = Address::File(path.clone());
        let before = examine(&address).unwrap();
        Connection::open(&address, Purpose::Write).unwrap().migrate().unwrap();
        let after = examine(&address).unwrap();
        std::fs::remove_file(path).unwrap();
        check(&before, &after, "SQLite 3.");
    }

    #[test]
    fn tells_a_server_before_and_after_its_migration() {
        let address = testing::server_address();
        let before = examine(&address).unwrap();
        Connection::open(&address, Purpose::Write).unwrap().migrate().unwrap();
        check(&before, &examine(&address).unwrap(), "PostgreSQL ");
    }
}
