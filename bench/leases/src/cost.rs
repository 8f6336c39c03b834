//! What one promise costs on a core, alone and with others, next to a lock.

use std::hint::black_box;
use std::sync::{Arc, Barrier, Mutex};
use std::thread;
use std::time::Instant;

use tuiliu_delivery::lease::{LeaseCounter, Reservation, Reservations};
use tuiliu_domain::id::DecisionId;
use tuiliu_domain::money::Micros;
use tuiliu_domain::time::Timestamp;

const ROUNDS: u32 = 2_000_000;
const RUNS: u32 = 7;
const PRICE: Micros = Micros::new(1_000);

/// Hundredths of a nanosecond for one promise given and kept, the best of some runs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Costs {
    pub(crate) reserve_release: u64,
    pub(crate) reserve_settle: u64,
    /// The same on one lease by two threads at once; for each of them.
    pub(crate) reserve_settle_two: u64,
    /// A lock around three numbers instead.
    pub(crate) locked: u64,
    pub(crate) locked_two: u64,
    /// With the book of promises, as a decision and its event do it.
    pub(crate) booked: u64,
}

pub(crate) fn measure() -> Costs {
    let lease = Arc::new(LeaseCounter::new(Micros::new(i64::MAX / 8), 1));
    let locked = Arc::new(Mutex::new([i64::MAX / 8, 0, 0]));
    let release = |lease: &Arc<LeaseCounter>| {
        assert!(lease.reserve(black_box(PRICE)));
        lease.release(black_box(PRICE));
    };
    let settle = |lease: &Arc<LeaseCounter>| {
        assert!(lease.reserve(black_box(PRICE)));
        lease.settle(black_box(PRICE), black_box(PRICE));
    };
    let with_lock = |locked: &Arc<Mutex<[i64; 3]>>| {
        let price = black_box(PRICE).get();
        {
            let mut parts = locked.lock().expect("nobody panics");
            assert!(parts[0] >= price);
            parts[0] -= price;
            parts[1] += price;
        }
        let mut parts = locked.lock().expect("nobody panics");
        parts[1] -= price;
        parts[2] += price;
    };
    Costs {
        reserve_release: best(1, &lease, release),
        reserve_settle: best(1, &lease, settle),
        reserve_settle_two: best(2, &lease, settle),
        locked: best(1, &locked, with_lock),
        locked_two: best(2, &locked, with_lock),
        booked: booked(&lease),
    }
}

fn best<T: Send + Sync + 'static>(
    threads: usize,
    shared: &Arc<T>,
    once: impl Fn(&Arc<T>) + Copy + Send + 'static,
) -> u64 {
    let runs = (0..RUNS).map(|_| {
        let barrier = Arc::new(Barrier::new(threads));
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                let (shared, barrier) = (Arc::clone(shared), Arc::clone(&barrier));
                thread::spawn(move || {
                    barrier.wait();
                    let started = Instant::now();
                    for _ in 0..ROUNDS {
                        once(&shared);
                    }
                    hundredths(started)
                })
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().expect("it ends")).max().unwrap_or(0)
    });
    runs.min().unwrap_or(0)
}

fn booked(lease: &Arc<LeaseCounter>) -> u64 {
    let runs = (0..RUNS).map(|run| {
        let reservations = Reservations::default();
        let started = Instant::now();
        for round in 0..ROUNDS / 4 {
            let decision = DecisionId::new(u128::from(run) << 64 | u128::from(round));
            let now = Timestamp::from_ms(i64::from(round) / 20);
            assert!(lease.reserve(PRICE));
            let reservation = Reservation { lease: Arc::clone(lease), price: PRICE };
            reservations.reserve(decision, reservation, now).expect("there is room");
            let _in_time = reservations.settle(decision, lease, PRICE);
            if round % 1_000 == 0 {
                let _expired = reservations.expire(now);
            }
        }
        hundredths(started) * 4
    });
    runs.min().unwrap_or(0)
}

fn hundredths(started: Instant) -> u64 {
    u64::try_from(started.elapsed().as_nanos() * 100 / u128::from(ROUNDS)).unwrap_or(u64::MAX)
}
