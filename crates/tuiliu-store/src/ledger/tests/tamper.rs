//! Somebody changes rows or the log behind our back: the audit names what is broken.

use tuiliu_domain::id::CommandId;
use tuiliu_domain::ledger::{LedgerRefusal, Remembered};
use tuiliu_domain::time::Timestamp;

use super::random::Model;
use super::{Own, audited};
use crate::ledger::codec;
use crate::ledger::replay::BEGINNING;
use crate::ledger::session::Head;
use crate::ledger::write::chain;
use crate::statement::Statement;
use crate::testing::{memory, server};
use crate::value::Value;
use crate::{AuditReport, Store, Tx};

/// Audits after the change, then takes the change back.
fn after(store: &Store, change: impl Fn(&mut Tx<'_>) + Send + 'static) -> AuditReport {
    let (sender, receiver) = std::sync::mpsc::channel();
    let undone = store.write_now(move |tx| {
        change(tx);
        sender.send(tx.audit_ledger(|_| {})?).unwrap();
        Err::<(), _>(Own::No)
    });
    assert!(matches!(undone, Err(Own::No)), "{undone:?}");
    receiver.recv().unwrap()
}

fn check(store: &Store, text: &'static str, number: u8) {
    let report = after(store, move |tx| {
        let values: &[Value<'_>] = if text.contains("$1") { &[Value::Id([0xEE; 16])] } else { &[] };
        tx.execute_one(Statement::new(text), values).unwrap();
    });
    let broken = report.broken.unwrap_or_else(|| panic!("`{text}` was not noticed"));
    assert_eq!(broken.number, number, "`{text}`: {broken}");
}

/// Changes that any client of the database could make, and the invariant each breaks.
const CHANGES: &[(&str, u8)] = &[
    (
        "update ledger_account set posted = posted + 1 where account = (select account from ledger_account order by account limit 1)",
        3,
    ),
    (
        "update ledger_account set held = held + 1 where account = (select account from ledger_account order by account limit 1)",
        23,
    ),
    (
        "update ledger_account set frozen = 1 - frozen where account = (select account from ledger_account order by account limit 1)",
        23,
    ),
    (
        "update ledger_account set entries = entries + 1 where account = (select account from ledger_account order by account limit 1)",
        3,
    ),
    ("delete from ledger_account where account = (select account from ledger_account order by account limit 1)", 18),
    (
        "update ledger_lot set remaining = remaining + 1, face = face + 1 where id = (select id from ledger_lot order by id limit 1)",
        23,
    ),
    (
        "update ledger_lot set valid_from = valid_from - 1 where id = (select id from ledger_lot order by id limit 1)",
        23,
    ),
    ("delete from ledger_lot where id = (select id from ledger_lot order by id limit 1)", 18),
    ("update ledger_lot set origin = 'conjured' where id = (select id from ledger_lot order by id limit 1)", 23),
    ("update ledger_hold set captured = captured + 1 where id = (select id from ledger_hold order by id limit 1)", 23),
    ("delete from ledger_hold where id = (select id from ledger_hold order by id limit 1)", 18),
    (
        "update ledger_escrow set spent = spent + 1 where order_id = (select order_id from ledger_escrow order by order_id limit 1)",
        23,
    ),
    (
        "insert into ledger_escrow (order_id, budget, spent, leased, holds, open_leases, settled) values ($1, 0, 0, 0, 0, 0, 0)",
        18,
    ),
    (
        "update ledger_lease set granted = granted + 1 where (order_id, node, epoch) = (select order_id, node, epoch from ledger_lease order by order_id, node, epoch limit 1)",
        23,
    ),
    ("insert into ledger_lease (order_id, node, epoch, granted, spent, closed) values ($1, 1, 1, 0, 0, 1)", 18),
    ("update ledger_reversal set reversed_by = $1 where id = (select id from ledger_reversal order by id limit 1)", 16),
    ("delete from ledger_reversal where id = (select id from ledger_reversal order by id limit 1)", 18),
    ("delete from ledger_command where id = (select id from ledger_command order by id limit 1)", 14),
    (
        "update ledger_command set position = position + 1 where id = (select id from ledger_command order by id limit 1)",
        15,
    ),
    ("update ledger_command set batch = batch + 1 where id = (select id from ledger_command order by id limit 1)", 15),
    ("insert into ledger_command (id, batch, position) values ($1, 1, 1)", 18),
    (
        "delete from ledger_entry where (account, number) = (select account, number from ledger_entry order by account, number limit 1)",
        3,
    ),
    (
        "update ledger_entry set amount = amount + 1 where (account, number) = (select account, number from ledger_entry order by account, number limit 1)",
        3,
    ),
    (
        "update ledger_entry set batch = batch + 1 where (account, number) = (select account, number from ledger_entry order by account, number limit 1)",
        3,
    ),
    (
        "insert into ledger_entry (account, number, cause, batch, position, amount, balance) select account, number + 100000, cause, batch, position, amount, balance from ledger_entry order by account, number limit 1",
        3,
    ),
    ("update ledger_batch set body = $1 where seq = 3", 19),
    ("update ledger_batch set hash = $1 where seq = 3", 19),
    ("update ledger_batch set at = at - 1 where seq = 3", 19),
    ("update ledger_batch set seq = 100000 where seq = 3", 19),
    ("delete from ledger_batch where seq = 1", 19),
    ("delete from ledger_batch where seq = 3", 19),
    ("delete from ledger_batch where seq = (select value from counter where name = 'ledger')", 19),
    ("update counter set value = value + 1 where name = 'ledger'", 19),
];

const LAST: Statement = Statement::new("select seq, at, body from ledger_batch order by seq desc limit 1");
const BEFORE_LAST: Statement =
    Statement::new("select seq, at, hash from ledger_batch order by seq desc limit 1 offset 1");
const REWRITE: Statement = Statement::new("update ledger_batch set at = $2, hash = $3, body = $4 where seq = $1");

/// Rewrites the last batch so that the chain holds again.
fn rewrite(tx: &mut Tx<'_>, change: impl Fn(&mut Vec<Remembered>)) {
    let last = tx.query_one(LAST, &[]).unwrap().unwrap();
    let before = tx.query_one(BEFORE_LAST, &[]).unwrap().unwrap();
    let before =
        Head { seq: before.get(0).unwrap(), at: before.get(1).unwrap(), hash: before.get(2).unwrap(), ..BEGINNING };
    let mut log = codec::decode(&last.get::<Vec<u8>>(2).unwrap(), last.get(1).unwrap()).unwrap();
    change(&mut log);
    let (seq, at, body) = (before.seq + 1, log.last().unwrap().applied_at, codec::encode(&log));
    let hash = chain(&before, seq, at.ms(), &body);
    let hash: &[u8] = &hash;
    tx.execute_one(REWRITE, &[seq.into(), at.into(), hash.into(), (&body).into()]).unwrap();
}

fn check_rewrite(store: &Store, number: u8, change: impl Fn(&mut Vec<Remembered>) + Send + Copy + 'static) {
    let broken = after(store, move |tx| rewrite(tx, change)).broken.expect("it is noticed");
    assert_eq!(broken.number, number, "{broken}");
}

#[test]
fn the_audit_names_what_was_changed() {
    for store in [memory(), server()] {
        for one in Model::new(5).give(300) {
            let _ = store.post_ledger_now(vec![one.group], one.now).unwrap();
        }
        let clean = audited(&store);
        assert!(clean.transfers > 50 && clean.entries > 50, "{clean:?}");
        for (text, number) in CHANGES {
            check(&store, text, *number);
        }
        check_rewrite(&store, 23, |log| log[0].result = Err(LedgerRefusal::LeasesOpen));
        check_rewrite(&store, 26, |log| log[0].applied_at = Timestamp::from_ms(7));
        check_rewrite(&store, 14, |log| log[0].group.id = CommandId::new(9));
        assert_eq!(audited(&store), clean);
    }
}
