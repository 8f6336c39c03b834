//! Reports: sums over minutes, hours and days, what metrics make of them, and what a broadcast brought (AT-04, AT-05).

pub use tuiliu_measure::rollup::{Count, Figure, Grain, METRICS, Metric, Unit, Zone};
