//! What a creator is told: a whole number, always with its range, in one of four states.

use super::interval::{Estimate, Interval};
use super::sample_ratio::SampleRatio;
use crate::approximate::round_to_whole;

/// A half-width up to this share of the increment is a measurement.
const MEASURED_SHARE: f64 = 0.5;
/// A half-width beyond the increment itself says only where it ends.
const SMALL_SAMPLE_SHARE: f64 = 1.0;

/// How much can be said of an order's increment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum DisplayState {
    /// The order's own ghosts suffice (已测量).
    Measured(Estimate),
    /// Leans on comparable orders, and says so (小样本估计).
    SmallSample(Estimate),
    /// Only the ends of the range are shown (数据不足).
    NotEnoughData(Interval),
    /// The arms do not have the sizes that were drawn: no lift, only attributed figures, named so (实验异常).
    BrokenExperiment,
}

/// All that was found about an order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Findings {
    pub sample_ratio: SampleRatio,
    /// From the order's own arms.
    pub plain: Estimate,
    /// With the prior of comparable orders, when there is one.
    pub bayes: Option<Estimate>,
}

/// Decides what is shown.
#[must_use]
pub fn display_state(findings: Findings) -> DisplayState {
    let is_within = |estimate: Estimate, share: f64| {
        estimate.point > 0.0 && estimate.interval.half_width() <= share * estimate.point
    };
    if findings.sample_ratio.is_broken() {
        return DisplayState::BrokenExperiment;
    }
    if is_within(findings.plain, MEASURED_SHARE) {
        return DisplayState::Measured(findings.plain);
    }
    match findings.bayes {
        Some(bayes) if is_within(bayes, SMALL_SAMPLE_SHARE) => DisplayState::SmallSample(bayes),
        Some(bayes) => DisplayState::NotEnoughData(bayes.interval),
        None => DisplayState::NotEnoughData(findings.plain.interval),
    }
}

/// Whole numbers beside each other: `推广带来 +50 单（95% 区间 16–74）· 另有 28 单属自然流量，未计入`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Headline {
    /// Never below zero; what is stored keeps its sign.
    pub increment: i64,
    pub low: i64,
    pub high: i64,
    /// The events that would have come anyway, so that both add up to what was counted.
    pub natural: i64,
}

/// Rounds an estimate of `treated_events` for people.
#[must_use]
pub fn headline(estimate: Estimate, treated_events: u64) -> Headline {
    let events = i64::try_from(treated_events).unwrap_or(i64::MAX);
    let increment = round_to_whole(estimate.point).clamp(0, events);
    Headline {
        increment,
        low: round_to_whole(estimate.interval.low),
        high: round_to_whole(estimate.interval.high),
        natural: events - increment,
    }
}
