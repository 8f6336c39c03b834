//! Seeded draws, and cells that run on every core.

use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Binomial, Distribution};
use tuiliu_measure::lift::{CountArm, CountArms};

/// The stream that belongs to a cell of a table: the same whatever runs beside it.
pub fn stream(table: u64, cell: usize) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(table);
    rng.set_stream(u64::try_from(cell).unwrap_or(u64::MAX));
    rng
}

/// How many of `tries` hit.
pub fn binomial(rng: &mut ChaCha8Rng, tries: u64, chance: f64) -> u64 {
    Binomial::new(tries, chance).expect("a chance lies between 0 and 1").sample(rng)
}

/// An order: how many users, what share is held out, and how likely an event is without and with promotion.
#[derive(Clone, Copy)]
pub struct Order {
    pub users: u64,
    pub holdout: f64,
    pub natural: f64,
    pub promoted: f64,
}

impl Order {
    /// Draws the arms and their events.
    pub fn draw(self, rng: &mut ChaCha8Rng) -> CountArms {
        // An arm without users is no experiment; the smallest order here has 50 expected ghosts.
        let ghosts = binomial(rng, self.users, self.holdout).clamp(1, self.users - 1);
        let treated = self.users - ghosts;
        let arm = |users, events| CountArm::try_new(users, events).expect("no more events than users");
        CountArms {
            treated: arm(treated, binomial(rng, treated, self.promoted)),
            ghost: arm(ghosts, binomial(rng, ghosts, self.natural)),
        }
    }
}

/// Computes every cell on all cores and tells on standard error how far it is; answers come in the order of the cells.
pub fn in_parallel<Cell: Sync, Answer: Send>(
    what: &str,
    cells: &[Cell],
    compute: impl Fn(usize, &Cell) -> Answer + Sync,
) -> Vec<Answer> {
    let (next, answers) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(cell) = cells.get(place) else { break };
                    let answer = compute(place, cell);
                    let mut all = answers.lock().expect("no thread panics");
                    all.push((place, answer));
                    let _ = write!(std::io::stderr(), "\r{what}: {} of {} cells ", all.len(), cells.len());
                }
            });
        }
    });
    let _ = writeln!(std::io::stderr());
    let mut all = answers.into_inner().expect("no thread panics");
    all.sort_by_key(|(place, _)| *place);
    all.into_iter().map(|(_, answer)| answer).collect()
}
