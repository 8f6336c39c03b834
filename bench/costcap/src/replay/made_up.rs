//! Logs out of a seed, for what no real log at hand has: predictions that are wrong, that drift, few results.

use tuiliu_delivery::Rng;
use tuiliu_delivery::predict::Rate;
use tuiliu_domain::money::Micros;

use crate::product::log::Row;

/// Kinds of logs: results in all, real results per predicted one at the start and at the end.
const KINDS: [(&str, f64, f64, f64); 7] = [
    ("predicted well", 600.0, 1.0, 1.0),
    ("predicted twice too high", 600.0, 0.5, 0.5),
    ("predicted half too low", 600.0, 2.0, 2.0),
    ("drifting down", 600.0, 1.4, 0.7),
    ("drifting up", 600.0, 0.7, 1.4),
    ("many results", 3_000.0, 0.8, 0.8),
    ("few results", 60.0, 1.0, 1.0),
];
const ROWS: usize = 200_000;

/// Every kind.
pub(crate) fn made_up(seed: u64) -> Vec<(&'static str, Vec<Row>)> {
    KINDS.iter().zip(0..).map(|(kind, nth)| (kind.0, log(*kind, seed * 100 + nth))).collect()
}

fn log((_, results, start, end): (&str, f64, f64, f64), seed: u64) -> Vec<Row> {
    let mut rng = Rng::seeded(seed);
    let mut uniform = move || (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
    let base = results / ROWS as f64 / (0.5 * (start + end));
    (0..ROWS)
        .map(|nth| {
            // A long tail of mean one, and prices that know a little of it.
            let tail = (1.0 - uniform()).powf(-0.45) * 0.55;
            let predicted = (base * tail).min(0.5);
            let wave = 1.0 + 0.4 * (nth as f64 / ROWS as f64 * 12.0).sin();
            let price = 60.0 * wave * tail.powf(0.3) * (0.2 - 0.8 * (1.0 - uniform()).ln());
            let truth = start + (end - start) * nth as f64 / ROWS as f64;
            Row {
                clicked: uniform() < predicted * truth,
                price: Micros::new(price as i64 * 100),
                predicted: Rate::from_number(predicted),
                step: 0,
            }
        })
        .collect()
}
