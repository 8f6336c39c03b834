use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tuiliu_domain::id::TenantId;
use tuiliu_domain::time::Timestamp;

use super::{Store, StoreConfig};
use crate::dialect::Address;
use crate::error::StoreError;
use crate::request::StoredAnswer;
use crate::testing::server_address;

/// Ends the connection of whoever commits a row of `request`.
const CUT_AT_COMMIT: &str = "create function cut() returns trigger language plpgsql as
        'begin perform pg_terminate_backend(pg_backend_pid()); return null; end';
    create constraint trigger cut after insert on request deferrable initially deferred
        for each row execute function cut()";

/// A folder of its own that is gone afterwards.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tuiliu-store-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn config(&self) -> StoreConfig {
        StoreConfig { address: Address::File(self.0.join("tuiliu.db")), readers: 1 }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

fn answer(status: u16) -> StoredAnswer {
    StoredAnswer { digest: [1; 32], status, body: b"done".to_vec() }
}

fn keep(store: &Store, key: &'static str, status: u16) -> Result<(), StoreError> {
    store.write_now(move |tx| tx.store_answer(TenantId::new(1), key, &answer(status), Timestamp::from_ms(1)))
}

fn kept(store: &Store, key: &'static str) -> Option<StoredAnswer> {
    store.read_now(move |tx| tx.stored_answer(TenantId::new(1), key)).unwrap()
}

#[test]
fn a_second_process_may_read_and_not_write() {
    let folder = Folder::new("second");
    let first = Store::open(&folder.config()).unwrap();
    keep(&first, "before", 200).unwrap();
    let second = Store::open_for_reading(&folder.config()).unwrap();
    assert_eq!(kept(&second, "before"), Some(answer(200)));
    keep(&first, "after", 201).unwrap();
    assert_eq!(kept(&second, "after"), Some(answer(201)));
    assert!(matches!(keep(&second, "mine", 200), Err(StoreError::Closed)));
    assert_eq!(kept(&first, "mine"), None);
    let third = Store::open(&folder.config()).err().expect("the first one has it open").to_string();
    assert!(third.contains("another process has"), "{third}");
}

#[test]
fn reads_a_store_that_nobody_has_open() {
    let folder = Folder::new("closed");
    drop(Store::open(&folder.config()).map(|store| keep(&store, "left", 200)));
    assert_eq!(kept(&Store::open_for_reading(&folder.config()).unwrap(), "left"), Some(answer(200)));
}

#[test]
fn has_nothing_to_read_where_nothing_is() {
    let folder = Folder::new("nothing");
    assert!(Store::open_for_reading(&folder.config()).is_err());
    assert!(!folder.0.join("tuiliu.db").exists(), "looking makes no file");
    assert!(Store::open_for_reading(&StoreConfig { address: Address::Memory, readers: 1 }).is_err());
}

#[test]
fn migrations_happen_together_with_the_notes_of_them_or_not_at_all() {
    let folder = Folder::new("migrations");
    let raw = rusqlite::Connection::open(folder.0.join("tuiliu.db")).unwrap();
    raw.execute_batch("create table lease_charge (in_the_way)").unwrap();
    assert!(Store::open(&folder.config()).is_err());
    let count = "select count(*) from sqlite_master where type = 'table'";
    let tables: i64 = raw.query_row(count, [], |row| row.get(0)).unwrap();
    assert_eq!(tables, 2, "the table in the way and the list of migrations, and nothing half done");
    raw.execute_batch("drop table lease_charge").unwrap();
    Store::open(&folder.config()).unwrap();
}

#[test]
fn a_commit_whose_answer_was_lost_is_never_run_again() {
    let address = server_address();
    let store = Store::open(&StoreConfig { address: address.clone(), readers: 1 }).unwrap();
    let Address::Server(url) = address else { panic!("a server has an address") };
    let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
    client.batch_execute(CUT_AT_COMMIT).unwrap();
    let runs = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&runs);
    let lost = store.write_now(move |tx| {
        counted.fetch_add(1, Ordering::Relaxed);
        tx.store_answer(TenantId::new(1), "lost", &answer(200), Timestamp::from_ms(1))
    });
    assert!(matches!(lost, Err(StoreError::OutcomeUnknown { .. })), "{lost:?}");
    assert_eq!(runs.load(Ordering::Relaxed), 1);
    client.batch_execute("drop trigger cut on request").unwrap();
    keep(&store, "next", 201).unwrap();
    assert_eq!((kept(&store, "lost"), kept(&store, "next")), (None, Some(answer(201))));
}

#[test]
fn a_job_lets_go_of_what_it_holds_before_its_caller_is_told() {
    let store = Store::open(&StoreConfig { address: Address::Memory, readers: 0 }).unwrap();
    let held = Arc::new(());
    let (inside, watch) = (held.clone(), held.clone());
    let (sender, told) = std::sync::mpsc::channel();
    let work = move |_: &mut crate::Tx<'_>| {
        assert!(Arc::strong_count(&inside) >= 3);
        Ok::<(), StoreError>(())
    };
    store.write(work, move |_| sender.send(Arc::strong_count(&watch)).unwrap());
    assert_eq!(told.recv().unwrap(), 2, "this test's own and the one that watches");
}

#[test]
fn what_happens_after_the_commit_happens_once_and_not_for_what_was_undone() {
    let store = Store::open(&StoreConfig { address: Address::Memory, readers: 0 }).unwrap();
    let happened = Arc::new(std::sync::Mutex::new(Vec::new()));
    let note = |what: &'static str| {
        let happened = Arc::clone(&happened);
        move || happened.lock().unwrap().push(what)
    };
    let (inside, part, kept) = (note("inside"), note("undone part"), note("kept"));
    let seen = Arc::clone(&happened);
    let mut notes = Some((inside, part, kept));
    let work = move |tx: &mut crate::Tx<'_>| {
        let (inside, part, kept) = notes.take().unwrap();
        tx.after_commit(inside);
        let undone = tx.attempt(|tx| {
            tx.after_commit(part);
            Err::<(), _>(Refused)
        })?;
        assert!(undone.is_err());
        tx.after_commit(kept);
        assert!(seen.lock().unwrap().is_empty(), "not before the commit");
        Ok::<(), Refused>(())
    };
    assert!(store.write_now(work).is_ok());
    let mut refused = Some(note("refused"));
    let refusal = store.write_now(move |tx| {
        tx.after_commit(refused.take().unwrap());
        Err::<(), _>(Refused)
    });
    assert!(refusal.is_err());
    assert_eq!(*happened.lock().unwrap(), ["inside", "kept"]);
}

/// A rule said no.
struct Refused;

impl From<StoreError> for Refused {
    fn from(fault: StoreError) -> Self {
        panic!("{fault}")
    }
}

impl crate::writer::Refusal for Refused {
    fn fault(&self) -> Option<&StoreError> {
        None
    }
}
