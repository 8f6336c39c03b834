use std::sync::Arc;
use std::thread;

use proptest::prelude::*;
use tuiliu_domain::id::DecisionId;
use tuiliu_domain::money::Micros;
use tuiliu_domain::time::Timestamp;

use super::*;
use crate::tests::NOON;

const ALL: Micros = Micros::new(i64::MAX);

fn micros(amount: i64) -> Micros {
    Micros::new(amount)
}

/// Available, reserved, charged, owed.
fn balance(lease: &LeaseCounter) -> [i64; 4] {
    let balance = lease.balance();
    [balance.available, balance.reserved, balance.charged, balance.owed].map(Micros::get)
}

#[test]
fn dl_05_gives_no_more_than_it_has() {
    let lease = LeaseCounter::new(micros(100), 1);
    assert!(lease.reserve(micros(60)));
    assert!(!lease.reserve(micros(41)));
    assert!(lease.reserve(micros(40)));
    assert!(!lease.reserve(micros(1)));
    assert!(lease.reserve(micros(0)));
    assert!(!lease.reserve(micros(-1)));
    assert_eq!(balance(&lease), [0, 100, 0, 0]);
}

#[test]
fn dl_05_a_late_charge_is_owed_until_a_price_comes_back() {
    let lease = LeaseCounter::new(micros(100), 1);
    assert!(lease.reserve(micros(50)) && lease.reserve(micros(20)));
    lease.charge_late(micros(40));
    assert_eq!(balance(&lease), [0, 70, 40, 10]);
    lease.settle(micros(50), micros(35));
    assert!(lease.reserve(micros(5)));
    assert_eq!(balance(&lease), [0, 25, 75, 0]);
    lease.settle(micros(20), micros(22));
    assert_eq!(balance(&lease), [0, 5, 97, 2], "a cost beyond its promise is owed too");
    lease.charge_late(micros(-5));
    lease.grant(micros(2));
    lease.release(micros(5));
    assert_eq!(balance(&lease), [5, 0, 97, 0]);
}

#[test]
fn dl_05_a_lease_knows_whether_anybody_asked() {
    let lease = LeaseCounter::new(micros(10), 1);
    assert!(lease.available() == micros(10) && !lease.take_asked(), "there is enough: nobody asked for more");
    assert!(lease.reserve(micros(10)) && lease.take_asked() && !lease.take_asked());
    assert!(lease.available() == Micros::ZERO && lease.take_asked(), "an order without room was looked at");
    assert!(!lease.reserve(micros(1)) && lease.take_asked());
    lease.grant(micros(5));
    assert!(lease.available() == micros(5) && !lease.take_asked());
    lease.set_asked_below(micros(6));
    assert!(lease.available() == micros(5) && lease.take_asked(), "too little for whoever looks");
}

#[test]
fn tp_15_a_closed_lease_reserves_nothing_and_still_settles() {
    let lease = LeaseCounter::new(micros(100), 3);
    assert!(lease.reserve(micros(10)));
    lease.close();
    assert!(!lease.reserve(micros(1)));
    assert_eq!(lease.available(), Micros::ZERO);
    assert_eq!(lease.take_available(micros(80)), micros(80));
    assert_eq!(lease.take_available(ALL), micros(10));
    lease.settle(micros(10), micros(4));
    lease.close();
    assert_eq!(lease.take_available(ALL), micros(6));
    assert_eq!(balance(&lease), [0, 0, 4, 0]);
    assert_eq!(lease.epoch(), 3);
    lease.grant(micros(5));
    assert!(lease.is_closed() && !lease.reserve(micros(1)));
    lease.reopen();
    lease.reopen();
    assert!(!lease.is_closed() && lease.reserve(micros(5)) && !lease.reserve(micros(1)));
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Reserve { decision: u128, price: i64 },
    Settle { decision: u128, cost: i64 },
    Release { decision: u128 },
    Grant(i64),
    Wait(i64),
    TakeAvailable,
}

fn step() -> impl Strategy<Value = Step> {
    let decision = || 0_u128..12;
    prop_oneof![
        4 => (decision(), 0_i64..60).prop_map(|(decision, price)| Step::Reserve { decision, price }),
        4 => (decision(), 0_i64..80).prop_map(|(decision, cost)| Step::Settle { decision, cost }),
        1 => decision().prop_map(|decision| Step::Release { decision }),
        1 => (0_i64..50).prop_map(Step::Grant),
        2 => (0_i64..15_000).prop_map(Step::Wait),
        1 => Just(Step::TakeAvailable),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn dl_05_whatever_happens_spend_stays_within_the_lease(
        granted in 0_i64..200, steps in prop::collection::vec(step(), 1..120),
    ) {
        let lease = Arc::new(LeaseCounter::new(micros(granted), 1));
        let reservations = Reservations::default();
        let (mut granted, mut charged) = (granted, 0);
        let mut now = NOON;
        for step in steps {
            match step {
                Step::Reserve { decision, price } => {
                    if lease.reserve(micros(price)) {
                        let reservation = Reservation { lease: Arc::clone(&lease), price: micros(price) };
                        if reservations.reserve(DecisionId::new(decision), reservation, now).is_err() {
                            lease.release(micros(price));
                        }
                    }
                }
                Step::Settle { decision, cost } => {
                    // As the ledger does: never more than was lent.
                    let cost = cost.min(granted - charged);
                    let _in_time = reservations.settle(DecisionId::new(decision), &lease, micros(cost));
                    charged += cost;
                }
                Step::Release { decision } => {
                    let _was_open = reservations.release(DecisionId::new(decision));
                }
                Step::Grant(more) => {
                    lease.grant(micros(more));
                    granted += more;
                }
                Step::Wait(span) => {
                    now = now.plus_ms(span);
                    let _expired = reservations.expire(now);
                }
                Step::TakeAvailable => granted -= lease.take_available(ALL).get(),
            }
            let [available, reserved, spent, owed] = balance(&lease);
            prop_assert!(available >= 0 && reserved >= owed && (available == 0 || owed == 0));
            prop_assert_eq!(available + reserved + spent - owed, granted);
            prop_assert_eq!(spent, charged);
        }
        let _expired = reservations.expire(now.plus_ms(RESERVATION_MS));
        prop_assert!(reservations.is_empty());
        prop_assert_eq!(balance(&lease), [granted - charged, 0, charged, 0]);
    }
}

#[test]
fn dl_05_threads_together_never_pass_the_lease() {
    const THREADS: u64 = 4;
    const GRANTED: i64 = 50_000;
    let lease = Arc::new(LeaseCounter::new(micros(GRANTED), 1));
    let reservations = Arc::new(Reservations::default());
    let workers: Vec<_> = (0..THREADS)
        .map(|worker| {
            let (lease, reservations) = (Arc::clone(&lease), Arc::clone(&reservations));
            thread::spawn(move || {
                let mut rng = crate::Rng::seeded(worker);
                let mut charged = 0;
                for n in 0..20_000_u64 {
                    let decision = DecisionId::new(u128::from(worker << 32 | n));
                    let price = micros(i64::from(rng.below_million() % 10));
                    if !lease.reserve(price) {
                        continue;
                    }
                    let reservation = Reservation { lease: Arc::clone(&lease), price };
                    reservations.reserve(decision, reservation, NOON).unwrap();
                    charged += match n % 3 {
                        0 => {
                            let _in_time = reservations.settle(decision, &lease, price);
                            price.get()
                        }
                        1 => {
                            let cost = price.min(micros(3));
                            let _in_time = reservations.settle(decision, &lease, cost);
                            cost.get()
                        }
                        _ => i64::from(!reservations.release(decision)),
                    };
                }
                charged
            })
        })
        .collect();
    let charged: i64 = workers.into_iter().map(|worker| worker.join().unwrap()).sum();
    let [available, reserved, spent, _] = balance(&lease);
    assert_eq!((available + spent, reserved, spent), (GRANTED, 0, charged));
    assert_eq!(available, 0, "more was wanted than there was");
}

#[test]
fn dl_05_a_promise_of_an_epoch_that_is_over_is_charged_to_the_lease_that_paid() {
    let [over, next] = [1, 2].map(|epoch| Arc::new(LeaseCounter::new(micros(100), epoch)));
    let reservations = Reservations::default();
    assert!(over.reserve(micros(30)));
    let promise = Reservation { lease: Arc::clone(&over), price: micros(30) };
    reservations.reserve(DecisionId::new(1), promise, NOON).unwrap();
    assert_eq!(reservations.settle(DecisionId::new(1), &next, micros(30)), Settled::Late);
    assert_eq!((balance(&over), balance(&next)), ([100, 0, 0, 0], [70, 0, 30, 0]));
}

#[test]
fn a_promise_lasts_twenty_seconds() {
    let lease = Arc::new(LeaseCounter::new(micros(100), 1));
    let reservations = Reservations::default();
    let promise = |n: u128, now: Timestamp| {
        assert!(lease.reserve(micros(30)));
        reservations.reserve(DecisionId::new(n), Reservation { lease: Arc::clone(&lease), price: micros(30) }, now)
    };
    assert_eq!(promise(1, NOON), Ok(()));
    assert_eq!(promise(2, NOON.plus_ms(5_000)), Ok(()));
    assert_eq!(promise(1, NOON), Err(ReservationError::AlreadyReserved));
    lease.release(micros(30));
    assert_eq!(reservations.expire(NOON.plus_ms(RESERVATION_MS - 1)), Expired::default());
    assert_eq!(reservations.expire(NOON.plus_ms(RESERVATION_MS)), Expired { count: 1, released: micros(30) });
    assert_eq!(reservations.len(), 1);
    let late = reservations.settle(DecisionId::new(1), &lease, micros(25));
    assert_eq!(late, Settled::Late);
    let in_time = reservations.settle(DecisionId::new(2), &lease, micros(25));
    assert_eq!(in_time, Settled::InTime);
    assert_eq!(balance(&lease), [50, 0, 50, 0]);
}
