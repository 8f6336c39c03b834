//! What predicting and learning cost: nanoseconds and examples a second, best of several rounds.

use std::hint::black_box;
use std::time::Instant;

use serde_json::{Value, json};
use tuiliu_delivery::predict::{Context, FtrlSettings, Learner};
use tuiliu_domain::time::Timestamp;

use crate::market::taught;
use crate::score::number;

const ROUNDS: usize = 15;

pub(crate) struct Speed {
    pub(crate) context_ns: f64,
    pub(crate) rate_ns: f64,
    pub(crate) rate_max_ns: f64,
    pub(crate) learn_per_second: f64,
    pub(crate) publish_us: f64,
    pub(crate) save_ms: f64,
    pub(crate) load_ms: f64,
    pub(crate) bytes: usize,
    pub(crate) orders: u64,
}

/// Nanoseconds of one of so many, best of all rounds.
fn best(count: usize, mut work: impl FnMut()) -> f64 {
    let mut least = f64::INFINITY;
    for _ in 0..ROUNDS {
        let started = Instant::now();
        work();
        least = least.min(started.elapsed().as_secs_f64() * 1e9 / number(count));
    }
    least
}

pub(crate) fn run(orders: u64, seed: u64) -> Speed {
    let (snapshot, requests, mut learner, examples) = taught(orders, seed);
    let now = Timestamp::from_ms(1_750_000_000_000);
    let all = snapshot.candidates();
    let contexts: Vec<Context> =
        requests.iter().map(|request| Context::of(&snapshot, request, now, u64::MAX)).collect();
    let context_ns = best(requests.len(), || {
        for request in &requests {
            black_box(Context::of(&snapshot, request, now, u64::MAX));
        }
    });
    let rate_ns = best(all.len() * 16, || {
        for context in &contexts[..16] {
            for candidate in &all {
                black_box(candidate.rate(black_box(context)));
            }
        }
    });
    let rate_max_ns = best(all.len() * 16, || {
        for _ in 0..16 {
            for candidate in &all {
                black_box(black_box(candidate).rate_max());
            }
        }
    });
    let learn_ns = best(examples.len(), || {
        for (nth, served) in examples.iter().enumerate() {
            learner.learn_one(served, nth % 40 == 0);
        }
    });
    let publish_us = best(1, || drop(black_box(learner.model()))) / 1e3;
    let stored = learner.to_bytes();
    let save_ms = best(1, || drop(black_box(learner.to_bytes()))) / 1e6;
    let load_ms = best(1, || drop(black_box(Learner::from_bytes(&stored, FtrlSettings::default())))) / 1e6;
    Speed {
        context_ns,
        rate_ns,
        rate_max_ns,
        learn_per_second: 1e9 / learn_ns,
        publish_us,
        save_ms,
        load_ms,
        bytes: stored.len(),
        orders,
    }
}

impl Speed {
    pub(crate) fn json(&self) -> Value {
        json!({
            "orders": self.orders, "context_ns": self.context_ns, "rate_ns": self.rate_ns,
            "rate_max_ns": self.rate_max_ns, "examples_per_second": self.learn_per_second,
            "publish_us": self.publish_us, "save_ms": self.save_ms, "load_ms": self.load_ms,
            "stored_bytes": self.bytes,
        })
    }
}
