//! Valid traffic (AT-03, GB-10): published rules that say what counts for nobody, and why.
//!
//! Nothing here can see an arm of an experiment: both are judged by the same features, or lifts would be biased.
//! Some rules judge an event when it arrives, others look back at whole visits and find what must be credited.

mod grid;
mod network;
mod rate;
mod rule;
mod screen;

pub use grid::{CELLS, Grid, GridFinding, REFERENCES_MIN, Reference, Visit, suspicious_cells};
pub use network::{Network, NetworkError, Networks};
pub use rate::{RateLimits, ViewerHour, impossible_rate};
pub use rule::{Family, Invalid, RULES_VERSION};
pub use screen::{Hints, Screen, Speed, is_impossible_speed, is_repeat_view};

#[cfg(test)]
mod tests;
