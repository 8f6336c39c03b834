//! Plan and actual over the window of an order that is being delivered (DL-06).

use tuiliu_delivery::pacing::Plan;
use tuiliu_domain::money::Micros;
use tuiliu_domain::time::{MINUTE_MS, Timestamp};
use tuiliu_store::MinuteSum;

/// Points of a curve, its two ends aside.
const POINTS: i64 = 60;
/// What was charged in a minute.
const CHARGED: &str = "charged_micros";

/// What should be and what was spent from the start to this instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CurvePoint {
    pub at: Timestamp,
    pub planned: Micros,
    /// `None` for what is still to come.
    pub actual: Option<Micros>,
}

/// The curve from the start of the window to its end, at even steps of whole minutes.
pub(super) fn curve(plan: &Plan, minutes: &[MinuteSum], now: Timestamp) -> Vec<CurvePoint> {
    let points = instants(plan);
    let planned = plan.curve(&points);
    let charged: Vec<&MinuteSum> = minutes.iter().filter(|sum| sum.metric == CHARGED).collect();
    let mut spent = 0_i64;
    let mut seen = 0;
    let point = |(at, planned): (&Timestamp, Micros)| {
        while let Some(sum) = charged.get(seen).filter(|sum| sum.minute < *at) {
            spent = spent.saturating_add(sum.value);
            seen += 1;
        }
        CurvePoint { at: *at, planned, actual: (*at <= now).then_some(Micros::new(spent)) }
    };
    points.iter().zip(planned).map(point).collect()
}

/// Ascending, start and end among them.
fn instants(plan: &Plan) -> Vec<Timestamp> {
    let length_ms = plan.ends_at.since_ms(plan.starts_at).max(0);
    let step_ms = (length_ms / POINTS / MINUTE_MS).max(1) * MINUTE_MS;
    let mut points: Vec<Timestamp> =
        (0..=length_ms / step_ms).map(|nth| plan.starts_at.plus_ms(nth * step_ms)).collect();
    if points.last() != Some(&plan.ends_at) {
        points.push(plan.ends_at);
    }
    points
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn dl_06_plan_and_actual_meet_at_every_instant_that_is_over() {
        let start = Timestamp::from_ms(600_000_000_000);
        let plan = Plan {
            starts_at: start,
            ends_at: start.plus_ms(4 * MINUTE_MS),
            budget: Micros::new(1_000),
            shape: Arc::default(),
            price_min: Micros::new(1),
            price_limit: Micros::new(10),
        };
        let sum = |minute: i64, metric: &str, value: i64| MinuteSum {
            minute: start.plus_ms(minute * MINUTE_MS),
            metric: metric.to_owned(),
            value,
        };
        let minutes = [sum(0, "impressions", 9), sum(0, CHARGED, 200), sum(1, CHARGED, 300), sum(2, CHARGED, 50)];
        let found = curve(&plan, &minutes, start.plus_ms(2 * MINUTE_MS + 5));
        let actual: Vec<Option<i64>> = found.iter().map(|point| point.actual.map(Micros::get)).collect();
        assert_eq!(actual, [Some(0), Some(200), Some(500), None, None]);
        assert!(found.is_sorted_by_key(|point| point.planned));
        assert_eq!(found.last().map(|point| point.planned), Some(plan.budget));
        let at_most = usize::try_from(POINTS * 2 + 2).unwrap();
        assert!(instants(&Plan { ends_at: start.plus_ms(7_000_123), ..plan }).len() <= at_most);
    }
}
