//! How a budget is meant to be spent: along the traffic of the hours in the window (DL-06).

use tuiliu_domain::money::Micros;
use tuiliu_domain::time::{HOUR_MS, Timestamp};

use super::{RESERVE_SHARE, RESERVE_UNTIL};
use crate::approximate::{approximate, round_to_count};

const HOURS: i64 = 24;

/// How traffic is spread over the hours of a day, in China Standard Time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrafficShape {
    /// Relative, for each hour from midnight; an hour of weight 0 is planned without spend.
    weights: [u32; 24],
}

/// China Standard Time is eight hours ahead, all year.
const LOCAL_OFFSET_MS: i64 = 8 * HOUR_MS;

impl Default for TrafficShape {
    fn default() -> Self {
        Self { weights: [1; 24] }
    }
}

impl TrafficShape {
    /// The shape with these weights; every hour alike when all are zero.
    #[must_use]
    pub fn new(weights: [u32; 24]) -> Self {
        if weights.iter().all(|weight| *weight == 0) { Self::default() } else { Self { weights } }
    }

    /// Traffic from `start` to `end`, in weight × milliseconds.
    fn between(&self, start: Timestamp, end: Timestamp) -> f64 {
        let whole_days = end.since_ms(start).max(0) / (HOURS * HOUR_MS);
        let day: f64 = self.weights.iter().map(|weight| f64::from(*weight)).sum::<f64>() * approximate(HOUR_MS);
        let mut sum = approximate(whole_days) * day;
        let mut from = start.plus_ms(whole_days * HOURS * HOUR_MS);
        while from < end {
            let local = from.ms().saturating_add(LOCAL_OFFSET_MS);
            let hour = usize::try_from(local.div_euclid(HOUR_MS).rem_euclid(HOURS)).expect("an hour of the day");
            let next = from.plus_ms(HOUR_MS - local.rem_euclid(HOUR_MS)).min(end);
            sum += f64::from(self.weights[hour]) * approximate(next.since_ms(from));
            from = next;
        }
        sum
    }
}

/// The buyer's terms and the traffic they meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub budget: Micros,
    pub shape: TrafficShape,
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

    /// What should be spent by now: 95% of the budget along the traffic, the reserve in its last tenth.
    #[must_use]
    pub fn planned_spend(&self, now: Timestamp) -> Micros {
        let planned = round_to_count(approximate(self.budget.get()) * planned_share(self.traffic_share(now)));
        Micros::new(planned.clamp(0, self.budget.get().max(0)))
    }

    /// How far spend is behind the plan, as a share of the budget; negative when it is ahead.
    #[must_use]
    pub(super) fn behind(&self, now: Timestamp, spent: Micros) -> f64 {
        let budget = approximate(self.budget.get()).max(1.0);
        approximate(self.planned_spend(now).get().saturating_sub(spent.get())) / budget
    }
}

fn planned_share(traffic: f64) -> f64 {
    let late = ((traffic - RESERVE_UNTIL) / (1.0 - RESERVE_UNTIL)).clamp(0.0, 1.0);
    (1.0 - RESERVE_SHARE) * traffic + RESERVE_SHARE * late
}
