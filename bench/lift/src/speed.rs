//! Lift for many orders on one core: the time the core worked on it, not the time others made it wait.

use std::fs;
use std::hint::black_box;
use std::time::{Duration, Instant};

use tuiliu_measure::approximate::{approximate, round_to_whole};
use tuiliu_measure::lift::{
    BasketPool, Confidence, CountArms, Findings, GammaPrior, ValueArm, ValueArms, bayes_increment, count_increment,
    display_state, gmv_increment, headline, sample_ratio,
};

use crate::draw::{Order, stream};

const SURE: Confidence = Confidence::NINETY_FIVE;
const RUNS: u32 = 5;
const ORDERS: u32 = 100_000;

/// The fastest of some runs over 100 000 orders: closed forms, and everything that is displayed.
pub fn run() -> (Duration, Duration) {
    let mut rng = stream(0x5BEED, 0);
    let orders: Vec<CountArms> = (0..ORDERS)
        .map(|number| {
            let users = 500 + u64::from(number % 97) * 400;
            Order { users, holdout: 0.1, natural: 0.004, promoted: 0.007 }.draw(&mut rng)
        })
        .collect();
    let prior = GammaPrior { shape: 2.0, rate: 500.0 };
    (fastest(&orders, None), fastest(&orders, Some(prior)))
}

fn fastest(orders: &[CountArms], prior: Option<GammaPrior>) -> Duration {
    let mut best = Duration::MAX;
    for _ in 0..RUNS {
        let (started, worked) = (Instant::now(), time_on_core());
        for arms in orders {
            measure(black_box(*arms), prior);
        }
        let worked = time_on_core().zip(worked).map(|(after, before)| after.saturating_sub(before));
        best = best.min(worked.unwrap_or_else(|| started.elapsed()));
    }
    best
}

/// What the scheduler gave this thread so far; nothing where it does not tell.
fn time_on_core() -> Option<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

fn measure(arms: CountArms, prior: Option<GammaPrior>) {
    let whole = |number: f64| u64::try_from(round_to_whole(number)).expect("a count is not negative");
    let (treated, ghost) = (whole(arms.treated.users()), whole(arms.ghost.users()));
    let sample_ratio = sample_ratio(&[(treated, 0.9), (ghost, 0.1)]).expect("there are users");
    let plain = count_increment(arms, SURE);
    let value = |users: u64, events: f64| {
        ValueArm::try_new(users, whole(events), events * 100.0, events * 15_000.0).expect("true sums")
    };
    let values = ValueArms { treated: value(treated, arms.treated.events()), ghost: value(ghost, arms.ghost.events()) };
    black_box(BasketPool::of(values).map(|pool| gmv_increment(values, pool, SURE)));
    let bayes = prior.map(|prior| bayes_increment(arms, prior, SURE));
    black_box(display_state(Findings { sample_ratio, plain, bayes }));
    black_box(headline(plain, whole(arms.treated.events())));
}

/// Orders for each second.
pub fn per_second(elapsed: Duration) -> f64 {
    approximate(u64::from(ORDERS)) / elapsed.as_secs_f64()
}
