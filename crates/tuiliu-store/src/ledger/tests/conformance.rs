//! The same groups on every kind of store and in memory end in the same state (24).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tuiliu_domain::ledger::TransferCause;
use tuiliu_domain::ledger::invariants::{SortedRows, check};

use super::random::{Dice, Given, Model, causes};
use super::{Own, TestFolder, audited, stored_rows};
use crate::testing::{memory, server};
use crate::{Store, StoreError};

/// Gives the groups in all the ways there are: alone, in bulk, inside jobs, some of which are undone and tried again.
fn run(store: &Store, given: &[Given], seed: u64) {
    let mut dice = Dice::new(seed);
    let mut rest = given;
    while !rest.is_empty() {
        let size = usize::try_from(1 + dice.below(40)).unwrap().min(rest.len());
        let same_time = rest.iter().take_while(|one| one.now == rest[0].now).count();
        let (part, others) = rest.split_at(size.min(same_time));
        rest = others;
        let expected: Vec<_> = part.iter().map(|one| one.result.clone()).collect();
        let (groups, now) = (part.iter().map(|one| one.group.clone()).collect::<Vec<_>>(), part[0].now);
        match dice.below(4) {
            0 | 1 => assert_eq!(store.post_ledger_now(groups, now).unwrap(), expected),
            2 => {
                let results = store.write_now::<_, StoreError>(move |tx| {
                    groups.iter().map(|group| tx.ledger(group, now)).collect::<Result<Vec<_>, _>>()
                });
                assert_eq!(results.unwrap(), expected);
            }
            _ => {
                let again = groups.clone();
                let undone = store.write_now(move |tx| {
                    for group in &groups {
                        let _ = tx.ledger(group, now)?;
                    }
                    Err::<(), _>(Own::No)
                });
                assert!(matches!(undone, Err(Own::No)));
                assert_eq!(in_attempts(store, again, now), expected);
            }
        }
    }
}

/// Each group twice: in an attempt that is refused, with a list in it, then in one that is kept.
fn in_attempts(
    store: &Store,
    groups: Vec<tuiliu_domain::ledger::LedgerGroup>,
    now: tuiliu_domain::time::Timestamp,
) -> Vec<crate::LedgerResult> {
    let work = move |tx: &mut crate::Tx<'_>| {
        let mut results = Vec::new();
        for (number, group) in groups.iter().enumerate() {
            let undone = tx.attempt(|tx| {
                let _ = tx.ledger(group, now)?;
                if number % 2 == 0 {
                    // Writes what was changed so far, inside the attempt.
                    let _ = tx.open_leases(None, 5)?;
                }
                Err::<(), _>(Own::No)
            })?;
            assert!(matches!(undone, Err(Own::No)));
            let kept = tx.attempt(|tx| Ok::<_, Own>(tx.ledger(group, now)?))?;
            results.push(kept?);
        }
        Ok::<_, Own>(results)
    };
    store.write_now(work).unwrap()
}

#[test]
fn every_store_ends_in_the_same_state_for_the_same_log() {
    let mut met = Vec::new();
    let mut refused = 0;
    for seed in 0..5 {
        let mut model = Model::new(seed);
        let given = model.give(300);
        refused += given.iter().filter(|one| one.result.is_err()).count();
        let expected = SortedRows::of(&model.view);
        check(&expected.books()).unwrap();
        met.extend(causes(&model.view.take_diff().transfers));
        let folder = TestFolder::new();
        let stores = [memory(), folder.store(), server()];
        let mut heads = Vec::new();
        for store in stores {
            run(&store, &given, seed);
            let rows = stored_rows(&store);
            assert_eq!(rows.accounts, expected.accounts, "seed {seed}");
            assert_eq!(rows.lots, expected.lots, "seed {seed}");
            assert_eq!(rows.holds, expected.holds, "seed {seed}");
            assert_eq!(rows.escrows, expected.escrows, "seed {seed}");
            assert_eq!(rows.leases, expected.leases, "seed {seed}");
            heads.push(audited(&store).head);
        }
        assert!(heads.iter().all(|head| *head == heads[0]), "seed {seed}: the same bytes everywhere");
    }
    met.sort_by_key(|cause| cause.code());
    met.dedup();
    assert_eq!(met.len(), TransferCause::ALL.len(), "{met:?}");
    assert!(refused > 100, "{refused}");
}

#[test]
fn jobs_that_are_undone_among_others_leave_no_trace() {
    // Many callers at once, so that undone jobs share batches with groups that stay.
    for store in [memory(), server()] {
        let given = Arc::new(Model::new(77).give(60));
        for one in given.iter().take(20) {
            assert_eq!(store.post_ledger_now(vec![one.group.clone()], one.now).unwrap()[0], one.result);
        }
        let before = stored_rows(&store);
        let undone = Arc::new(AtomicU64::new(0));
        std::thread::scope(|scope| {
            for thread in 0..8_u64 {
                let (store, given, undone) = (store.clone(), Arc::clone(&given), Arc::clone(&undone));
                scope.spawn(move || {
                    for (number, one) in given.iter().skip(20).cloned().enumerate() {
                        let lists = (thread + u64::try_from(number).unwrap()) % 2 == 0;
                        let result = store.write_now(move |tx| {
                            let _ = tx.ledger(&one.group, one.now)?;
                            if lists {
                                let _ = tx.open_leases(None, 5)?;
                            }
                            Err::<(), _>(Own::No)
                        });
                        assert!(matches!(result, Err(Own::No)));
                        undone.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        assert_eq!(undone.load(Ordering::Relaxed), 8 * 40);
        assert_eq!(stored_rows(&store), before);
        for one in given.iter().skip(20) {
            assert_eq!(store.post_ledger_now(vec![one.group.clone()], one.now).unwrap()[0], one.result);
        }
        audited(&store);
    }
}
