//! What was acknowledged is there after any crash (27).

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use tuiliu_domain::id::CommandId;

use super::random::Dice;
use super::{TestFolder, at, audited, open, post};
use crate::dialect::Address;
use crate::testing::{SERVER_VARIABLE, server_address};
use crate::{Store, StoreError};

fn is_remembered(store: &Store, id: u128) -> bool {
    let places = store.read_now::<_, StoreError>(move |tx| tx.places_of(&[CommandId::new(id)])).unwrap();
    !places.is_empty()
}

#[test]
fn sqlite_files_copied_at_any_moment_hold_what_was_acknowledged() {
    let folder = TestFolder::new();
    let store = folder.store();
    let mut dice = Dice::new(9);
    let mut id = 0;
    for image in 0..25_u32 {
        for _ in 0..=dice.below(6) {
            id += 1;
            let amount = 1 + i64::try_from(dice.below(9)).unwrap();
            if dice.below(2) == 0 {
                store.post_ledger_now(vec![post(id, amount)], at(0)).unwrap().remove(0).unwrap();
            } else {
                store.write_now::<_, StoreError>(move |tx| tx.ledger(&post(id, amount), at(0))).unwrap().unwrap();
            }
        }
        // In the middle of a transaction that is never committed.
        let (data, log) = (folder.file("store.db"), folder.file("store.db-wal"));
        let (data_copy, log_copy) = (folder.file(&format!("{image}.db")), folder.file(&format!("{image}.db-wal")));
        let (from, to) = ([data, log], [data_copy.clone(), log_copy.clone()]);
        let stopped = store.write_now::<(), StoreError>(move |tx| {
            let _ = tx.ledger(&post(1_000_000 + id, 1), at(0))?;
            let _ = tx.open_leases(None, 1)?;
            for (from, to) in from.iter().zip(&to) {
                std::fs::copy(from, to).unwrap();
            }
            Err(StoreError::Closed)
        });
        assert!(matches!(stopped, Err(StoreError::Closed)));
        // The disk may have got more of what was never synced, or garbage.
        let mut bytes = std::fs::read(&log_copy).unwrap();
        bytes.extend((0..dice.below(9_000)).map(|_| u8::try_from(dice.below(256)).unwrap()));
        std::fs::write(&log_copy, bytes).unwrap();

        let crashed = open(Address::File(data_copy));
        let report = audited(&crashed);
        assert_eq!(report.groups, u64::try_from(id).unwrap());
        for id in 1..=id {
            assert!(is_remembered(&crashed, id), "{id}");
        }
        // Life goes on where it stopped.
        crashed.post_ledger_now(vec![post(1_000_000 + id, 1)], at(0)).unwrap().remove(0).unwrap();
        audited(&crashed);
    }
}

#[test]
fn postgres_connections_cut_at_any_moment_lose_nothing_that_was_acknowledged() {
    let name = format!("cut_{}", std::process::id());
    let Address::Server(url) = server_address() else { panic!("a server") };
    let store = open(Address::Server(format!("{url}&application_name={name}")));
    let acknowledged = Mutex::new(Vec::new());
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let callers: Vec<_> = (0..6_u128)
            .map(|caller| {
                let (store, acknowledged) = (store.clone(), &acknowledged);
                scope.spawn(move || {
                    for round in 0..60 {
                        let id = 1 + caller * 60 + round;
                        let result = if round % 3 == 0 {
                            store.write_now::<_, StoreError>(move |tx| {
                                let result = tx.ledger(&post(id, 1), at(0))?;
                                let _ = tx.open_leases(None, 1)?;
                                Ok(result)
                            })
                        } else {
                            store.post_ledger_now(vec![post(id, 1)], at(0)).map(|mut results| results.remove(0))
                        };
                        // A caller that is told nothing knows nothing; it would ask again under the same id.
                        if let Ok(result) = result {
                            result.unwrap();
                            acknowledged.lock().unwrap().push(id);
                        }
                    }
                })
            })
            .collect();
        let cutter = scope.spawn(|| {
            let mut cuts = 0;
            let mut client =
                postgres::Client::connect(&std::env::var(SERVER_VARIABLE).unwrap(), postgres::NoTls).unwrap();
            while !over.load(Ordering::Relaxed) {
                // Only one that is in the middle of something.
                let text = "select pg_terminate_backend(pid) from pg_stat_activity
                    where application_name = $1 and state in ('active', 'idle in transaction')";
                cuts += client.query(text, &[&name]).unwrap().len();
            }
            cuts
        });
        callers.into_iter().for_each(|caller| caller.join().unwrap());
        over.store(true, Ordering::Relaxed);
        assert!(cutter.join().unwrap() > 0, "nothing was ever cut");
    });
    let acknowledged = acknowledged.into_inner().unwrap();
    let store = {
        drop(store);
        open(Address::Server(url))
    };
    for id in &acknowledged {
        assert!(is_remembered(&store, *id), "{id}");
    }
    let report = audited(&store);
    assert!(report.groups >= u64::try_from(acknowledged.len()).unwrap());
    // Whoever heard nothing asks again: each happens once.
    for id in 1..=360 {
        store.post_ledger_now(vec![post(id, 1)], at(0)).unwrap().remove(0).unwrap();
    }
    let report = audited(&store);
    assert_eq!((report.groups, report.transfers), (360, 360));
}
