//! What an order may bring: ranges around a point that hold as often as they say (AT-06, TP-07).
//!
//! A range is made of how far comparable orders ended from their own points: split conformal prediction on
//! `ln(actual ÷ point)` (measurement.md §3). It holds for the next comparable order however the point was made; how often
//! it misses lately moves its ends (adaptive conformal inference, Gibbs and Candès 2021).

mod adaptive;
mod comparable;
mod conformal;
mod diagnosis;
mod group;
mod quantile_regression;
mod shown;

pub use adaptive::{Missed, STEP_ORDERS_MAX, STEP_PER_ORDER, adapt};
pub use comparable::{
    BUDGET_BANDS_FROM, Comparable, Figure, HOUR_BAND_HOURS, Kind, PointAndActual, PointBy, budget_band, hour_band,
};
pub use conformal::{ScoreRange, Scores, Tails, conformal_rank, score};
pub use diagnosis::{
    Cause, GAIN_MIN, LEAD_MIN, PSEUDO_PLAYS, Pace, REQUESTS_MIN, Remedy, SLOW_BELOW, Verdict, diagnose, poisson_upper,
    shrunk_rate,
};
pub use group::{COMPARABLES_PER_GROUP_MAX, Found, Groups, Level, Share, share_inside};
pub use quantile_regression::{QuantileForecast, margin, margins};
pub use shown::shown;

#[cfg(test)]
mod tests;
