//! Why an order is slow: the factor whose replay with a peer's value gains most, and silence where chance explains it
//! (QB-13, measurement.md §9).
//!
//! Delivered = requests it is for × share not blocked by what was shown before × share of auctions won.

use crate::approximate::approximate;
use crate::quantile::chi_square_quantile;

/// An order is slow when even the upper limit of its pace is below this part of the plan.
pub const SLOW_BELOW: f64 = 0.85;
/// A remedy is told when it brings more than this much more.
pub const GAIN_MIN: f64 = 0.15;
/// The first reason brings at least so much more than the second, as a part: else neither is named.
pub const LEAD_MIN: f64 = 0.1;
/// Plays of comparable content that an order's own result rate is mixed with.
pub const PSEUDO_PLAYS: f64 = 60.0;
/// Fewer sampled requests tell nothing.
pub const REQUESTS_MIN: usize = 30;
/// The confidence of the upper limit.
const CONFIDENCE: f64 = 0.95;

/// What holds an order back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// Few viewers belong to the audience.
    Audience,
    /// Those who do were shown it, or the same content, already.
    SameAudience,
    /// Fewer impressions bring a result than of comparable content.
    Quality,
    /// Others bid more.
    Bid,
    /// The budget buys too few results to learn from.
    Budget,
}

impl Cause {
    /// The code used in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Audience => "audience_too_narrow",
            Self::SameAudience => "same_audience_again",
            Self::Quality => "content_quality",
            Self::Bid => "bid_too_low",
            Self::Budget => "budget_too_small_to_learn",
        }
    }
}

/// What was planned until now, and what came.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    pub planned: f64,
    pub delivered: u64,
}

/// What would be delivered with one factor at its peers' value, by replay.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Remedy {
    pub cause: Cause,
    pub delivered: f64,
}

/// What is said of an order.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// Chance may explain what is missing, or nothing is.
    OnPlan,
    /// It is slow, and no remedy brings enough, or none clearly more than another.
    Unexplained,
    /// It is slow; what would bring how much more, as a part, the most first.
    Slow(Vec<(Cause, f64)>),
}

impl Verdict {
    /// What holds the order back most.
    #[must_use]
    pub fn cause(&self) -> Option<Cause> {
        match self {
            Self::Slow(gains) => gains.first().map(|(cause, _)| *cause),
            Self::OnPlan | Self::Unexplained => None,
        }
    }
}

impl Pace {
    /// Whether even the upper limit of what was to be expected is clearly below the plan.
    #[must_use]
    pub fn is_slow(&self) -> bool {
        poisson_upper(self.delivered) < SLOW_BELOW * self.planned
    }
}

/// What is expected at most where so many came: the exact upper 95% limit of a Poisson mean (Garwood 1936).
#[must_use]
pub fn poisson_upper(count: u64) -> f64 {
    chi_square_quantile(2.0 * (approximate(count) + 1.0), CONFIDENCE) / 2.0
}

/// An order's own result rate, as far as its plays tell, and that of comparable content for the rest.
#[must_use]
pub fn shrunk_rate(results: u64, plays: u64, comparable: f64) -> f64 {
    (approximate(results) + PSEUDO_PLAYS * comparable) / (approximate(plays) + PSEUDO_PLAYS)
}

/// Names what holds an order back. `as_it_is` is what the same replay says of the order unchanged: replays are
/// compared with replays only.
#[must_use]
pub fn diagnose(pace: Pace, as_it_is: f64, remedies: &[Remedy]) -> Verdict {
    if !pace.is_slow() {
        return Verdict::OnPlan;
    }
    // An order that wins nothing gains without end from whatever wins something.
    let gain = |remedy: &Remedy| remedy.delivered / as_it_is.max(f64::MIN_POSITIVE) - 1.0;
    let mut gains: Vec<(Cause, f64)> =
        remedies.iter().map(|remedy| (remedy.cause, gain(remedy))).filter(|(_, gain)| *gain > GAIN_MIN).collect();
    gains.sort_by(|one, other| other.1.total_cmp(&one.1));
    match gains.as_slice() {
        [] => Verdict::Unexplained,
        [(_, first), (_, second), ..] if (1.0 + first) / (1.0 + second) < 1.0 + LEAD_MIN => Verdict::Unexplained,
        _ => Verdict::Slow(gains),
    }
}
