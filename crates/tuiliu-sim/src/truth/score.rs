//! How often what was told held the truth.

use tuiliu_app::promotion::{LiftMetric, LiftState, LiftSum, OrderLiftView};

use super::crowd::{Appeal, squares_per_fen};

/// Metrics of which the truth is known.
const METRICS: [LiftMetric; 4] = [LiftMetric::Viewers, LiftMetric::Followers, LiftMetric::Payers, LiftMetric::GmvFen];
/// Standard errors to each side of a range of 95 %.
const Z: f64 = 1.959_963_984_540_054;

/// One metric over all orders.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MetricTruth {
    pub metric: LiftMetric,
    /// Orders with a range.
    pub told: usize,
    /// Those whose range holds the truth.
    pub covered: usize,
    /// Those where last touch plus or minus its own error does.
    pub last_touch_covered: usize,
    /// What being shown it truly brought in all these orders, and what last touch says.
    pub truth: f64,
    pub last_touch: f64,
    /// What the platform says of all of them together.
    pub lift: f64,
    /// The sum of the squares of half of each creator's range.
    squares: f64,
}

impl MetricTruth {
    fn of(metric: LiftMetric) -> Self {
        let [truth, last_touch, lift, squares] = [0.0; 4];
        Self { metric, told: 0, covered: 0, last_touch_covered: 0, truth, last_touch, lift, squares }
    }

    /// The part of the orders whose range holds the truth.
    #[must_use]
    pub fn coverage(&self) -> f64 {
        part(self.covered, self.told)
    }

    /// The same of last touch.
    #[must_use]
    pub fn last_touch_coverage(&self) -> f64 {
        part(self.last_touch_covered, self.told)
    }

    /// Half the range of all orders together.
    #[must_use]
    pub fn half_width(&self) -> f64 {
        self.squares.sqrt()
    }
}

fn part(part: usize, whole: usize) -> f64 {
    let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    number(part) / number(whole.max(1))
}

/// What came of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct TruthReport {
    /// Finished orders.
    pub orders: usize,
    /// Of them, those whose experiment was found broken; none of them was.
    pub broken: usize,
    pub treated_viewers: u64,
    pub ghost_viewers: u64,
    pub metrics: Vec<MetricTruth>,
}

impl Default for TruthReport {
    fn default() -> Self {
        let metrics = METRICS.map(MetricTruth::of).into();
        Self { orders: 0, broken: 0, treated_viewers: 0, ghost_viewers: 0, metrics }
    }
}

impl TruthReport {
    /// Holds what was told of one order against the truth.
    pub(super) fn add(&mut self, told: &OrderLiftView, appeal: &Appeal) {
        self.orders += 1;
        self.treated_viewers += told.treated_viewers;
        self.ghost_viewers += told.ghost_viewers;
        self.broken += usize::from(told.lift.metrics.iter().any(|lift| lift.state == LiftState::BrokenExperiment));
        let treated = f64::from(u32::try_from(told.treated_viewers).unwrap_or(u32::MAX));
        for sum in &mut self.metrics {
            let lift = told.lift.metrics.iter().find(|lift| lift.metric == sum.metric);
            let Some(range) = lift.and_then(|lift| lift.range) else { continue };
            let truth = treated * appeal.increment(sum.metric);
            let attributed = told.attributed.get(sum.metric.code()).copied().unwrap_or(0);
            let last_touch = f64::from(i32::try_from(attributed).unwrap_or(i32::MAX));
            let variance = if sum.metric == LiftMetric::GmvFen { last_touch * squares_per_fen() } else { last_touch };
            sum.told += 1;
            sum.covered += usize::from(range.contains(truth));
            sum.last_touch_covered += usize::from((last_touch - truth).abs() <= Z * variance.sqrt());
            sum.truth += truth;
            sum.last_touch += last_touch;
        }
    }

    /// Adds what the platform says of one creator's broadcasts together.
    pub(super) fn add_sum(&mut self, told: &LiftSum) {
        for sum in &mut self.metrics {
            let found = told.metrics.iter().find(|(metric, ..)| *metric == sum.metric);
            let Some((_, _, estimate)) = found else { continue };
            sum.lift += estimate.point;
            sum.squares += estimate.interval.half_width() * estimate.interval.half_width();
        }
    }
}
