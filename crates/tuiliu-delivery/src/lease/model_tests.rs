//! Every interleaving of a few calls on one lease, as the memory model allows them (loom).
//!
//! The counter's file is compiled a second time here, with loom's atomics in place of the machine's.

use loom::model::Builder;
use loom::sync::Arc;
use loom::thread;
use tuiliu_domain::money::Micros;

mod atomic {
    pub(super) use loom::sync::atomic::{AtomicBool, AtomicI64, Ordering};
}

#[path = "counter.rs"]
#[expect(unreachable_pub, dead_code, clippy::duplicate_mod, reason = "the same file is public in the product")]
mod counter;

use counter::{LeaseBalance, LeaseCounter};

/// One thing a node does to a lease.
#[derive(Debug, Clone, Copy)]
enum Call {
    /// Promises a price and keeps it promised.
    Reserve(i64),
    Release(i64),
    Settle {
        price: i64,
        cost: i64,
    },
    ChargeLate(i64),
    Grant(i64),
    TakeAvailable(i64),
    Close,
}

/// What one thread has done, by what it was told.
#[derive(Debug, Clone, Copy, Default)]
struct Done {
    promised: i64,
    charged: i64,
    granted: i64,
}

const fn micros(amount: i64) -> Micros {
    Micros::new(amount)
}

fn call(lease: &LeaseCounter, call: Call, done: &mut Done) {
    match call {
        Call::Reserve(price) => done.promised += if lease.reserve(micros(price)) { price } else { 0 },
        Call::Release(price) => {
            if lease.reserve(micros(price)) {
                lease.release(micros(price));
            }
        }
        Call::Settle { price, cost } => {
            if lease.reserve(micros(price)) {
                lease.settle(micros(price), micros(cost));
                done.charged += cost;
            }
        }
        Call::ChargeLate(cost) => {
            lease.charge_late(micros(cost));
            done.charged += cost;
        }
        Call::Grant(more) => {
            lease.grant(micros(more));
            done.granted += more;
        }
        Call::TakeAvailable(wanted) => {
            let taken = lease.take_available(micros(wanted)).get();
            assert!((0..=wanted).contains(&taken));
            done.granted -= taken;
        }
        Call::Close => {
            lease.close();
            assert!(!lease.reserve(micros(1)) && lease.is_closed() && lease.available() == Micros::ZERO);
        }
    }
}

/// Runs the lists of calls beside each other, in every order; what comes out is what went in.
fn check<const THREADS: usize>(granted: i64, threads: [&'static [Call]; THREADS]) {
    let mut builder = Builder::new();
    builder.preemption_bound = Some(2);
    builder.check(move || {
        let lease = Arc::new(LeaseCounter::new(micros(granted), 1));
        let others: Vec<_> = threads
            .into_iter()
            .skip(1)
            .map(|calls| {
                let lease = Arc::clone(&lease);
                thread::spawn(move || run(&lease, calls))
            })
            .collect();
        let mut all = run(&lease, threads[0]);
        for other in others {
            let done = other.join().unwrap();
            all.promised += done.promised;
            all.charged += done.charged;
            all.granted += done.granted;
        }
        all.granted += granted;
        let LeaseBalance { available, reserved, charged, owed } = lease.balance();
        assert!(available == Micros::ZERO || owed == Micros::ZERO, "what is owed is paid from what is available");
        assert_eq!((reserved.get(), charged.get()), (all.promised, all.charged));
        assert_eq!(available.get() + reserved.get() + charged.get() - owed.get(), all.granted);
        assert!(charged.get() <= all.granted && owed <= reserved, "spent {charged:?} of {}", all.granted);
        lease.release(micros(all.promised));
        let LeaseBalance { available, reserved, owed, .. } = lease.balance();
        assert_eq!((available.get(), reserved.get(), owed.get()), (all.granted - all.charged, 0, 0));
    });
}

fn run(lease: &LeaseCounter, calls: &[Call]) -> Done {
    let mut done = Done::default();
    for each in calls {
        call(lease, *each, &mut done);
    }
    done
}

#[test]
fn dl_05_two_that_reserve_at_once_never_get_more_than_there_is() {
    check(10, [&[Call::Reserve(6), Call::Reserve(4)], &[Call::Reserve(5), Call::Reserve(6)]]);
    check(10, [&[Call::Reserve(6)], &[Call::Reserve(6)], &[Call::Reserve(5)]]);
}

#[test]
fn dl_05_prices_come_back_and_are_charged_while_others_reserve() {
    const SETTLE: Call = Call::Settle { price: 6, cost: 4 };
    check(10, [&[SETTLE, Call::Reserve(6)], &[Call::Release(5), Call::Reserve(4)]]);
    check(10, [&[SETTLE], &[Call::Settle { price: 4, cost: 4 }], &[Call::Release(10)]]);
}

#[test]
fn dl_05_a_late_charge_takes_what_is_promised_only_as_a_debt() {
    check(10, [&[Call::Reserve(7)], &[Call::ChargeLate(6)], &[Call::Release(3)]]);
    check(10, [&[Call::Reserve(4), Call::Release(4)], &[Call::ChargeLate(9), Call::Reserve(1)]]);
}

#[test]
fn dl_05_a_lease_grows_and_shrinks_while_it_is_used() {
    check(4, [&[Call::Reserve(6), Call::Reserve(2)], &[Call::Grant(5)], &[Call::Settle { price: 3, cost: 3 }]]);
    check(9, [&[Call::TakeAvailable(9)], &[Call::Settle { price: 6, cost: 5 }, Call::Reserve(4)]]);
    check(9, [&[Call::TakeAvailable(5), Call::Grant(2)], &[Call::Release(6)], &[Call::Reserve(4)]]);
}

#[test]
fn tp_15_nothing_is_reserved_once_a_lease_is_closed() {
    check(9, [&[Call::Close], &[Call::Reserve(4), Call::Settle { price: 3, cost: 2 }]]);
    check(9, [&[Call::Close, Call::TakeAvailable(9)], &[Call::Release(5)], &[Call::Grant(3)]]);
}
