use tuiliu_domain::id::TenantId;
use tuiliu_domain::time::Timestamp;

use super::{Store, StoreConfig};
use crate::dialect::Address;
use crate::error::StoreError;
use crate::request::StoredAnswer;

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
fn a_job_lets_go_of_what_it_holds_before_its_caller_is_told() {
    let store = Store::open(&StoreConfig { address: Address::Memory, readers: 0 }).unwrap();
    let held = std::sync::Arc::new(());
    let (inside, watch) = (held.clone(), held.clone());
    let (sender, told) = std::sync::mpsc::channel();
    let work = move |_: &mut crate::Tx<'_>| {
        assert!(std::sync::Arc::strong_count(&inside) >= 3);
        Ok::<(), StoreError>(())
    };
    store.write(work, move |_| sender.send(std::sync::Arc::strong_count(&watch)).unwrap());
    assert_eq!(told.recv().unwrap(), 2, "this test's own and the one that watches");
}

#[test]
fn what_happens_after_the_commit_happens_once_and_not_for_what_was_undone() {
    let store = Store::open(&StoreConfig { address: Address::Memory, readers: 0 }).unwrap();
    let happened = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let note = |what: &'static str| {
        let happened = std::sync::Arc::clone(&happened);
        move || happened.lock().unwrap().push(what)
    };
    let (inside, part, kept) = (note("inside"), note("undone part"), note("kept"));
    let seen = std::sync::Arc::clone(&happened);
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
