//! The seeded world: a clock that is moved, ids that are counted, keys that follow from the seed.

pub mod funding;
pub mod platform;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Result, ensure};
use tuiliu_app::access::PasswordCost;
use tuiliu_app::delivery::{EngineConfig, EngineKeys};
use tuiliu_app::outside::{Ids, ManualClock, Outside};
use tuiliu_app::{Retention, Setup};
use tuiliu_delivery::random::mix;
use tuiliu_domain::calendar::Calendar;
use tuiliu_domain::time::Timestamp;

/// Runs on one store: a run is a start of the program, and has 16 bits of each id.
const RUNS_MAX: u64 = 0xFFFF;

/// The outside of a simulated node: nothing in it happens by itself.
#[derive(Debug, Clone)]
pub struct World {
    pub clock: Arc<ManualClock>,
    pub ids: Arc<RunIds>,
}

impl World {
    /// A world in which it is `start` now.
    #[must_use]
    pub fn starting_at(start: Timestamp) -> Self {
        Self { clock: Arc::new(ManualClock::starting_at(start)), ids: Arc::new(RunIds::default()) }
    }

    /// What an app in this world is given.
    #[must_use]
    pub fn outside(&self) -> Outside {
        let ids = SharedIds(Arc::clone(&self.ids));
        Outside { clock: Box::new(Arc::clone(&self.clock)), ids: Box::new(ids), ..Outside::default() }
    }
}

/// What an app is set up with when all chance comes from a seed. Its keys protect nothing.
#[must_use]
pub fn setup(seed: u64, frequency_bits: u32) -> Setup {
    let mut secret = [0; 32];
    for (place, eight) in (0..).zip(secret.chunks_mut(8)) {
        eight.copy_from_slice(&mix(seed ^ mix(place)).to_be_bytes());
    }
    Setup {
        password_cost: PasswordCost::LEAST,
        engine: EngineConfig { seed, frequency_bits, ..EngineConfig::default() },
        keys: EngineKeys::from_secret(secret),
        calendar: Calendar::mainland(),
        retention: Retention::default(),
    }
}

/// Ids that count up within a run; a later run on the same store makes others.
#[derive(Debug, Default)]
pub struct RunIds {
    run: AtomicU64,
    made: AtomicU64,
}

impl RunIds {
    /// Sets the number of the run, before the first id is made.
    ///
    /// # Errors
    /// When there were more runs than ids have room for.
    pub fn begin_run(&self, run: u64) -> Result<()> {
        ensure!(run <= RUNS_MAX, "failed to begin run {run}: a store has room for {RUNS_MAX}");
        self.run.store(run, Ordering::Relaxed);
        Ok(())
    }
}

impl Ids for RunIds {
    /// Time of birth, run, count: sorted by birth like the ids of a real node.
    fn next_value(&self, now: Timestamp) -> u128 {
        let birth = u128::from(u64::try_from(now.ms()).unwrap_or(0));
        let run = u128::from(self.run.load(Ordering::Relaxed));
        (birth << 80) | (run << 64) | u128::from(self.made.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

struct SharedIds(Arc<RunIds>);

impl Ids for SharedIds {
    fn next_value(&self, now: Timestamp) -> u128 {
        self.0.next_value(now)
    }
}
