//! Every statement of every module, prepared on both databases; both schemas, compared.

use std::collections::BTreeMap;
use std::path::Path;

use crate::dialect::{Address, Connection, Purpose};
use crate::statement::Statement;
use crate::{
    access, appeal, audit, coupon, delivery, event, forecast, guarantee, incentive, ledger, live, message, outbox,
    payment, promotion, report, request, request_log, retention, search, testing, video, webhook,
};

/// The lists of all modules. A new module that declares statements is added here; a test counts them.
fn lists() -> Vec<&'static [Statement]> {
    let mut lists = vec![
        appeal::STATEMENTS,
        audit::STATEMENTS,
        coupon::STATEMENTS,
        delivery::STATEMENTS,
        delivery::attribution::STATEMENTS,
        delivery::arm::STATEMENTS,
        delivery::platform::STATEMENTS,
        delivery::node::STATEMENTS,
        delivery::prediction::STATEMENTS,
        delivery::validity::STATEMENTS,
        event::STATEMENTS,
        event::refused::STATEMENTS,
        forecast::STATEMENTS,
        live::STATEMENTS,
        message::STATEMENTS,
        outbox::STATEMENTS,
        promotion::STATEMENTS,
        promotion::review::STATEMENTS,
        promotion::review_task::STATEMENTS,
        request::STATEMENTS,
        request_log::STATEMENTS,
        search::STATEMENTS,
        retention::STATEMENTS,
        video::STATEMENTS,
    ];
    lists.extend_from_slice(access::STATEMENTS);
    lists.extend_from_slice(incentive::ALL_STATEMENTS);
    lists.extend_from_slice(ledger::STATEMENTS);
    lists.extend_from_slice(guarantee::ALL_STATEMENTS);
    lists.extend_from_slice(payment::ALL_STATEMENTS);
    lists.extend_from_slice(report::ALL_STATEMENTS);
    lists.extend_from_slice(webhook::ALL_STATEMENTS);
    lists
}

fn migrated(address: &Address) -> Connection {
    let mut connection = Connection::open(address, Purpose::Write).unwrap();
    connection.migrate().unwrap();
    connection
}

fn both() -> [Connection; 2] {
    [migrated(&Address::Memory), migrated(&testing::server_address())]
}

#[test]
fn every_statement_is_understood_by_both_databases() {
    let [mut one, mut other] = both();
    for statement in lists().into_iter().flatten() {
        let here = one.prepare(*statement).unwrap_or_else(|fault| panic!("{}: {fault}", statement.text));
        let there = other.prepare(*statement).unwrap_or_else(|fault| panic!("{}: {fault}", statement.text));
        assert_eq!(here, there, "parameters and columns of `{}`", statement.text);
    }
}

fn modules_with_statements(folder: &Path) -> usize {
    let mut found = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found += modules_with_statements(&path);
        } else if std::fs::read_to_string(&path).unwrap().lines().any(|line| line == "statements! {") {
            found += 1;
        }
    }
    found
}

#[test]
fn no_module_is_missing_in_the_catalogue() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    assert_eq!(lists().len(), modules_with_statements(&source));
}

const TABLES_HERE: Statement = Statement::new(
    "select t.name, c.name, c.type, max(c.\"notnull\", c.pk > 0) from sqlite_master t, pragma_table_info(t.name) c
     where t.type = 'table' and t.name not like 'sqlite_%' and t.name <> 'refinery_schema_history'",
);
const TABLES_THERE: Statement = Statement::new(
    "select table_name::text, column_name::text, data_type::text,
        case when is_nullable = 'NO' then 1::bigint else 0::bigint end
     from information_schema.columns
     where table_schema = current_schema() and table_name <> 'refinery_schema_history'",
);
const INDEXES_HERE: Statement = Statement::new(
    "select t.name, group_concat(c.name), l.\"unique\", l.partial
     from sqlite_master t, pragma_index_list(t.name) l, pragma_index_info(l.name) c
     where t.type = 'table' and t.name <> 'refinery_schema_history' and l.origin <> 'pk' group by t.name, l.name",
);
const INDEXES_THERE: Statement = Statement::new(
    "select t.relname::text, string_agg(a.attname::text, ',' order by k.place),
        case when i.indisunique then 1::bigint else 0::bigint end,
        case when i.indpred is null then 0::bigint else 1::bigint end
     from pg_index i
     join pg_class t on t.oid = i.indrelid
     join pg_namespace n on n.oid = t.relnamespace
     cross join lateral unnest(i.indkey) with ordinality k (number, place)
     join pg_attribute a on a.attrelid = t.oid and a.attnum = k.number
     where n.nspname = current_schema() and not i.indisprimary and t.relname <> 'refinery_schema_history'
     group by t.relname, i.indexrelid, i.indisunique, i.indpred",
);

/// Table and column, to type and whether it may be null.
fn columns(connection: &mut Connection, statement: Statement) -> BTreeMap<(String, String), (String, i64)> {
    let rows = connection.query(statement, &[]).unwrap();
    let read = |row: &crate::row::Row| {
        let column_type = match row.get::<String>(2).unwrap().to_lowercase().as_str() {
            "integer" => "bigint".to_owned(),
            "blob" => "bytea".to_owned(),
            other => other.to_owned(),
        };
        let (table, column) = (row.get(0).unwrap(), row.get(1).unwrap());
        ((table, column), (column_type, row.get(3).unwrap()))
    };
    rows.iter().map(read).collect()
}

#[test]
fn both_schemas_have_the_same_columns() {
    let [mut one, mut other] = both();
    let (here, there) = (columns(&mut one, TABLES_HERE), columns(&mut other, TABLES_THERE));
    assert!(here.len() > 50);
    assert_eq!(here, there);
}

#[test]
fn both_schemas_have_the_same_indexes() {
    let [mut one, mut other] = both();
    let read = |connection: &mut Connection, statement| {
        let rows = connection.query(statement, &[]).unwrap();
        let read = |row: &crate::row::Row| {
            let unique: i64 = row.get(2).unwrap();
            let partial: i64 = row.get(3).unwrap();
            (row.get::<String>(0).unwrap(), row.get::<String>(1).unwrap(), unique, partial)
        };
        let mut indexes: Vec<_> = rows.iter().map(read).collect();
        indexes.sort();
        indexes
    };
    let (here, there) = (read(&mut one, INDEXES_HERE), read(&mut other, INDEXES_THERE));
    assert!(!here.is_empty());
    assert_eq!(here, there);
}
