//! Many callers at once, on one node and on two.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use tuiliu_domain::id::LotId;
use tuiliu_domain::ledger::{LedgerCommand, LedgerGroup, LedgerRefusal};
use tuiliu_domain::money::Amount;

use super::{at, audited, clearing, group, liquidity, open, post, top_up, wallet};
use crate::testing::{memory, on_both, server_address};
use crate::{LedgerResult, Store, StoreError};

const THREADS: u32 = 8;

/// Runs `work` on many threads, each with its number.
fn together(work: impl Fn(u32) + Sync) {
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let work = &work;
            scope.spawn(move || work(thread));
        }
    });
}

/// Half of the callers come alone, half inside a job of their own.
fn give(store: &Store, group: LedgerGroup, inside: bool) -> LedgerResult {
    if inside {
        store.write_now::<_, StoreError>(move |tx| tx.ledger(&group, at(1))).unwrap()
    } else {
        store.post_ledger_now(vec![group], at(1)).unwrap().remove(0)
    }
}

fn posted(store: &Store) -> i64 {
    store.read_now::<_, StoreError>(|tx| tx.ledger_account(liquidity())).unwrap().unwrap().posted.units()
}

#[test]
fn twins_happen_once() {
    on_both(|store| {
        together(|thread| {
            for round in 0..20 {
                let result = give(&store, post(1 + u128::from(round % 5_u32), 10), (thread + round) % 2 == 0);
                result.unwrap();
            }
        });
        let report = audited(&store);
        assert_eq!((report.groups, report.transfers), (5, 5));
        assert_eq!(posted(&store), 50);
    });
}

#[test]
fn of_twins_with_different_content_one_wins() {
    on_both(|store| {
        let accepted = AtomicI64::new(0);
        together(|thread| match give(&store, post(1, 10 + i64::from(thread)), thread % 2 == 0) {
            Ok(_) => accepted.store(10 + i64::from(thread), Ordering::Relaxed),
            Err(refusal) => assert!(matches!(refusal, LedgerRefusal::OtherContent { .. }), "{refusal}"),
        });
        assert_eq!(posted(&store), accepted.load(Ordering::Relaxed));
        assert_eq!(audited(&store).groups, 1);
    });
}

#[test]
fn nothing_is_lost_on_a_hot_account() {
    on_both(|store| {
        together(|thread| {
            for round in 0..50_u32 {
                let id = 1 + u128::from(thread * 50 + round);
                give(&store, post(id, 3), round % 3 == 0).unwrap();
            }
        });
        assert_eq!(posted(&store), i64::from(THREADS) * 50 * 3);
        audited(&store);
    });
}

fn refund(id: u128, amount: i64) -> LedgerGroup {
    group(id, vec![LedgerCommand::TakeFromLot { lot: LotId::new(70), to: clearing(), amount: Amount::new(amount) }])
}

/// Exactly what was paid goes back, however many ask for it and on however many nodes.
fn a_thousand_refunds(nodes: &[Store]) {
    nodes[0].post_ledger_now(vec![group(1, vec![top_up(7, 70, 300)])], at(0)).unwrap().remove(0).unwrap();
    let (accepted, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
    together(|thread| {
        let node = &nodes[usize::try_from(thread).unwrap() % nodes.len()];
        for round in 0..125_u32 {
            let id = 100 + u128::from(thread * 125 + round);
            match give(node, refund(id, 3), round % 5 == 0) {
                Ok(_) => accepted.fetch_add(1, Ordering::Relaxed),
                Err(LedgerRefusal::InsufficientFunds { available: 0, needed: 3 }) => {
                    refused.fetch_add(1, Ordering::Relaxed)
                }
                Err(other) => panic!("{other}"),
            };
        }
    });
    assert_eq!((accepted.into_inner(), refused.into_inner()), (100, 900));
    for node in nodes {
        let account = node.read_now::<_, StoreError>(|tx| tx.ledger_account(wallet(7))).unwrap().unwrap();
        assert_eq!(account.posted, Amount::ZERO);
        assert_eq!(audited(node).groups, 1_001);
    }
}

#[test]
fn a_thousand_refunds_at_once_never_exceed_what_was_paid() {
    a_thousand_refunds(&[memory()]);
}

#[test]
fn a_thousand_refunds_on_two_nodes_never_exceed_what_was_paid() {
    let address = server_address();
    a_thousand_refunds(&[open(address.clone()), open(address)]);
}
