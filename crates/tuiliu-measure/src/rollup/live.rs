//! Live dashboards: now beside what was before and what is usual.

use tuiliu_domain::time::{MINUTE_MS, Timestamp};

use super::metric::{Figure, Formula, Metric, Scope, Setting};
use super::{Counts, METRICS};
use crate::approximate::{approximate, round_to_whole};

/// Minutes of "now".
const NOW_MINUTES: i64 = 10;
/// Minutes over which an inflow is smoothed.
const SMOOTHED_MINUTES: usize = 5;

/// A stretch of time, half-open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub from: Timestamp,
    pub to: Timestamp,
}

impl Window {
    /// The last ten whole minutes before this instant, and the ten before those.
    #[must_use]
    pub fn now_and_before(now: Timestamp) -> [Self; 2] {
        let to = now.minute();
        let from = to.plus_ms(-NOW_MINUTES * MINUTE_MS);
        [Self { from, to }, Self { from: from.plus_ms(-NOW_MINUTES * MINUTE_MS), to: from }]
    }

    /// Whether the instant lies in it.
    #[must_use]
    pub fn holds(self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }
}

/// The counts behind a live dashboard.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LiveCounts {
    /// Of the last ten minutes.
    pub now: Counts,
    /// Of the ten minutes before.
    pub before: Counts,
    pub session: Counts,
    /// Of sessions before this one.
    pub last: Vec<Counts>,
}

/// One metric as a live dashboard shows it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LiveFigures {
    pub metric: &'static Metric,
    /// The last ten minutes.
    pub now: Option<Figure>,
    /// The ten minutes before.
    pub before: Option<Figure>,
    pub session: Option<Figure>,
    /// Median of the last sessions in which it could be told.
    pub usual: Option<f64>,
}

impl LiveFigures {
    /// Every metric that sums tell of this traffic.
    #[must_use]
    pub fn of(sessions: &LiveCounts, scope: Scope, setting: Setting) -> Vec<Self> {
        let LiveCounts { now, before, session, last } = sessions;
        let is_sum = |metric: &&Metric| !matches!(metric.formula, Formula::Elsewhere(_));
        let told = METRICS.iter().filter(is_sum).filter(|metric| metric.is_told_of(scope));
        told.map(|metric| {
            let figure = |counts: &Counts| metric.figure(counts, setting);
            let usual: Vec<f64> = last.iter().filter_map(figure).map(Figure::approximate).collect();
            Self { metric, now: figure(now), before: figure(before), session: figure(session), usual: median(usual) }
        })
        .collect()
    }
}

/// The middle of some numbers, or the mean of the two in the middle.
#[must_use]
pub fn median(mut numbers: Vec<f64>) -> Option<f64> {
    numbers.sort_unstable_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    let upper = *numbers.get(middle)?;
    Some(if numbers.len() % 2 == 1 { upper } else { f64::midpoint(numbers[middle - 1], upper) })
}

/// The mean of each minute and the four before it, in thousandths; the first minutes have fewer before them.
#[must_use]
pub fn smoothed(minutes: &[i64]) -> Vec<i64> {
    let mean = |at: usize| {
        let last = &minutes[at.saturating_sub(SMOOTHED_MINUTES - 1)..=at];
        let sum = u64::try_from(last.iter().sum::<i64>()).unwrap_or(0);
        let length = u64::try_from(last.len()).unwrap_or(1);
        round_to_whole(1_000.0 * approximate(sum) / approximate(length))
    };
    (0..minutes.len()).map(mean).collect()
}
