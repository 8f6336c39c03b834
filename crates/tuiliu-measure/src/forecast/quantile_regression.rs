//! Conformalised quantile regression (Romano, Patterson and Candès 2019): ranges of any model made to hold.

use super::conformal::Scores;

/// What a model said of one case, and what came.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QuantileForecast {
    pub low: f64,
    pub high: f64,
    pub actual: f64,
}

/// What to widen both ends of the model's ranges by so that at most `tail` of the next cases lie outside; negative
/// where they are too wide. `None` when there are too few cases.
#[must_use]
pub fn margin(cases: &[QuantileForecast], tail_millionths: u32) -> Option<f64> {
    let outside = |case: &QuantileForecast| (case.low - case.actual).max(case.actual - case.high);
    Scores::new(cases.iter().map(outside)).upper(tail_millionths)
}

/// What to lower the low end and to raise the high end by so that at most `tail` lie outside on each side.
#[must_use]
pub fn margins(cases: &[QuantileForecast], tail_millionths: u32) -> Option<(f64, f64)> {
    let below = Scores::new(cases.iter().map(|case| case.low - case.actual)).upper(tail_millionths)?;
    let above = Scores::new(cases.iter().map(|case| case.actual - case.high)).upper(tail_millionths)?;
    Some((below, above))
}
