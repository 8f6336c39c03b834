//! Logs out of a seed, for what no real log at hand has: predictions that are wrong, that drift, few results.

use tuiliu_delivery::Rng;
use tuiliu_delivery::predict::Rate;
use tuiliu_domain::money::Micros;

use crate::product::log::Row;

/// What is special about a log.
#[derive(Clone, Copy)]
struct Kind {
    name: &'static str,
    /// Results in all.
    results: f64,
    /// Real results per predicted one, at the start and at the end.
    truth: (f64, f64),
    /// Power of the prediction that is true; below one, predictions spread too far.
    exponent: f64,
    /// Multiplies the mean time from impression to result.
    delay: f64,
}

const USUAL: Kind = Kind { name: "predicted well", results: 600.0, truth: (1.0, 1.0), exponent: 1.0, delay: 1.0 };
const KINDS: [Kind; 9] = [
    USUAL,
    Kind { name: "predicted twice too high", truth: (0.5, 0.5), ..USUAL },
    Kind { name: "predicted half too low", truth: (2.0, 2.0), ..USUAL },
    Kind { name: "drifting down", truth: (1.4, 0.7), ..USUAL },
    Kind { name: "drifting up", truth: (0.7, 1.4), ..USUAL },
    Kind { name: "spread too far", exponent: 0.7, ..USUAL },
    Kind { name: "late results", delay: 4.0, ..USUAL },
    Kind { name: "many results", results: 3_000.0, truth: (0.8, 0.8), ..USUAL },
    Kind { name: "few results", results: 60.0, ..USUAL },
];
const ROWS: usize = 200_000;

/// One made-up log.
pub(crate) struct MadeUp {
    pub(crate) name: &'static str,
    pub(crate) rows: Vec<Row>,
    /// Multiplies the mean time from impression to result.
    pub(crate) delay: f64,
}

/// Every kind.
pub(crate) fn made_up(seed: u64) -> impl Iterator<Item = MadeUp> {
    KINDS.iter().zip(0..).map(move |(kind, nth)| MadeUp {
        name: kind.name,
        rows: log(*kind, seed * 100 + nth),
        delay: kind.delay,
    })
}

fn log(kind: Kind, seed: u64) -> Vec<Row> {
    let (start, end) = kind.truth;
    let mut rng = Rng::seeded(seed);
    let mut uniform = move || (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
    let base = kind.results / ROWS as f64 / (0.5 * (start + end));
    (0..ROWS)
        .map(|nth| {
            // A long tail of mean one, and prices that know a little of it.
            let tail = (1.0 - uniform()).powf(-0.45) * 0.55;
            let predicted = (base * tail).min(0.5);
            let wave = 1.0 + 0.4 * (nth as f64 / ROWS as f64 * 12.0).sin();
            let price = 60.0 * wave * tail.powf(0.3) * (0.2 - 0.8 * (1.0 - uniform()).ln());
            let truth = start + (end - start) * nth as f64 / ROWS as f64;
            Row {
                clicked: uniform() < base * tail.powf(kind.exponent) * truth,
                price: Micros::new(price as i64 * 100),
                predicted: Rate::from_number(predicted),
                step: 0,
            }
        })
        .collect()
}
