//! How a budget is meant to be spent: along the traffic of the hours in the window (DL-06).

use std::sync::Arc;

use tuiliu_domain::money::Micros;
use tuiliu_domain::time::{HOUR_MS, Timestamp};

use crate::approximate::{approximate, round_to_count};

/// Share of the budget that is kept for late traffic (DL-06).
pub const RESERVE_SHARE: f64 = 0.05;
/// Share of the window's traffic after which the reserve is released.
pub const RESERVE_UNTIL: f64 = 0.5;

/// Hours of a week.
pub(super) const HOURS: usize = 24 * 7;
const WEEK_MS: i64 = 24 * 7 * HOUR_MS;

/// How traffic is spread over the hours of a week, in China Standard Time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrafficShape {
    /// Relative, for each hour from midnight on Monday; an hour of weight 0 is planned without spend.
    weights: [u32; HOURS],
}

/// China Standard Time is eight hours ahead, all year.
const LOCAL_OFFSET_MS: i64 = 8 * HOUR_MS;
/// The first of January 1970 was a Thursday.
const MONDAY_OFFSET_MS: i64 = 3 * 24 * HOUR_MS;

/// Whole local hours, counted so that each multiple of a week's hours is midnight on a Monday.
pub(super) fn local_hour(at: Timestamp) -> i64 {
    local_ms(at).div_euclid(HOUR_MS)
}

/// How much of its local hour is over.
pub(super) fn ms_of_local_hour(at: Timestamp) -> i64 {
    local_ms(at).rem_euclid(HOUR_MS)
}

/// The place of a local hour in its week, from midnight on Monday.
pub(super) fn hour_of_week(local_hour: i64) -> usize {
    usize::try_from(local_hour.rem_euclid(WEEK_MS / HOUR_MS)).expect("an hour of the week")
}

/// The place of an instant among the hours of the week, as traffic is counted: from Monday 00:00 in local time.
#[must_use]
pub fn hour_of_week_at(at: Timestamp) -> usize {
    hour_of_week(local_hour(at))
}

fn local_ms(at: Timestamp) -> i64 {
    at.ms().saturating_add(LOCAL_OFFSET_MS + MONDAY_OFFSET_MS)
}

impl Default for TrafficShape {
    fn default() -> Self {
        Self { weights: [1; HOURS] }
    }
}

impl TrafficShape {
    /// The shape in which every day has these weights; every hour alike when all are zero.
    #[must_use]
    pub fn new(weights: [u32; 24]) -> Self {
        Self::weekly(std::array::from_fn(|hour| weights[hour % 24]))
    }

    /// The shape with these weights by hour of the week, from Monday 00:00; every hour alike when all are zero.
    #[must_use]
    pub fn weekly(weights: [u32; HOURS]) -> Self {
        if weights.iter().all(|weight| *weight == 0) { Self::default() } else { Self { weights } }
    }

    /// Shares of a week's traffic hour by hour without end, from the hour of this instant on.
    /// How much traffic the hour of this instant has, on the scale of the other hours.
    #[must_use]
    pub fn weight_at(&self, at: Timestamp) -> f64 {
        f64::from(self.weights[hour_of_week(local_hour(at))])
    }

    /// The traffic from one instant to a later one: hourly weights times milliseconds.
    #[must_use]
    pub fn traffic_between(&self, start: Timestamp, end: Timestamp) -> f64 {
        self.between(start, end)
    }

    pub(crate) fn shares_of_week(&self, from: Timestamp) -> impl Iterator<Item = f64> {
        let week: f64 = self.weights.iter().map(|weight| f64::from(*weight)).sum();
        (local_hour(from)..).map(move |hour| f64::from(self.weights[hour_of_week(hour)]) / week)
    }

    /// Traffic from `start` to `end`, in weight × milliseconds.
    pub(super) fn between(&self, start: Timestamp, end: Timestamp) -> f64 {
        let whole_weeks = end.since_ms(start).max(0) / WEEK_MS;
        let mut sum = 0.0;
        if whole_weeks > 0 {
            let week: f64 = self.weights.iter().map(|weight| f64::from(*weight)).sum();
            sum = approximate(whole_weeks) * week * approximate(HOUR_MS);
        }
        let mut from = start.plus_ms(whole_weeks * WEEK_MS);
        while from < end {
            let hour = hour_of_week(local_hour(from));
            let next = from.plus_ms(HOUR_MS - ms_of_local_hour(from)).min(end);
            sum += f64::from(self.weights[hour]) * approximate(next.since_ms(from));
            from = next;
        }
        sum
    }
}

/// The buyer's terms and the traffic they meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub budget: Micros,
    /// One for all orders of a tenant.
    pub shape: Arc<TrafficShape>,
    /// What a result costs at least.
    pub price_min: Micros,
    /// What a result may cost at most: the manual bid, or the policy's limit for automatic ones.
    pub price_limit: Micros,
}

impl Plan {
    /// Share of the window's traffic that is expected to be over; 0 to 1.
    #[must_use]
    pub fn traffic_share(&self, now: Timestamp) -> f64 {
        let (start, end) = (self.starts_at, self.ends_at);
        if now <= start {
            return 0.0;
        }
        if now >= end {
            return 1.0;
        }
        let whole = self.shape.between(start, end);
        if whole > 0.0 {
            self.shape.between(start, now) / whole
        } else {
            approximate(now.since_ms(start)) / approximate(end.since_ms(start))
        }
    }

    /// What should be spent by now: 95% of the budget along the traffic, the reserve in its second half.
    #[must_use]
    pub fn planned_spend(&self, now: Timestamp) -> Micros {
        let planned = round_to_count(approximate(self.budget.get()) * planned_share(self.traffic_share(now)));
        Micros::new(planned.clamp(0, self.budget.get().max(0)))
    }

    /// What should be spent by each of these instants: the curve beside which the buyer sees what was spent.
    #[must_use]
    pub fn curve(&self, points: &[Timestamp]) -> Vec<Micros> {
        points.iter().map(|point| self.planned_spend(*point)).collect()
    }

    /// How fast what is left is to be spent after this share of the traffic, where even spending is 1.
    #[must_use]
    pub(super) fn urgency(&self, share: f64) -> f64 {
        let slope = if share < RESERVE_UNTIL { 1.0 - RESERVE_SHARE } else { LATE_SLOPE };
        let planned = 1.0 - planned_share(share);
        if planned > 0.0 { slope * (1.0 - share) / planned } else { 1.0 }
    }

    /// How far spend is behind the plan after this share of the traffic, as a share of the budget; negative when it
    /// is ahead.
    #[must_use]
    pub(super) fn behind(&self, share: f64, spent: Micros) -> f64 {
        let budget = approximate(self.budget.get()).max(1.0);
        planned_share(share) - approximate(spent.get()) / budget
    }
}

/// Slope of the plan while the reserve is released.
const LATE_SLOPE: f64 = 1.0 - RESERVE_SHARE + RESERVE_SHARE / (1.0 - RESERVE_UNTIL);

fn planned_share(traffic: f64) -> f64 {
    let late = ((traffic - RESERVE_UNTIL) / (1.0 - RESERVE_UNTIL)).clamp(0.0, 1.0);
    (1.0 - RESERVE_SHARE) * traffic + RESERVE_SHARE * late
}
