//! The lift of one order, metric by metric, as it may be shown now: state, point, range, natural part.

use super::always_valid::{AlwaysValid, GHOST_EVENTS_MIN, PlannedEnd, always_valid_increment};
use super::arm::{CountArm, CountArms};
use super::bayes::{GammaPrior, bayes_increment};
use super::display::{DisplayState, Findings, display_state};
use super::gmv::{BasketPool, ValueArm, ValueArms, gmv_difference};
use super::interval::{Confidence, Estimate, Interval};
use super::newcombe::count_increment;
use super::sample_ratio::{SampleRatio, sample_ratio};
use crate::approximate::approximate;

/// What is counted. Of people each counts once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LiftMetric {
    Viewers,
    Followers,
    Commenters,
    ProductClickers,
    Payers,
    /// Money after refunds, in fen.
    GmvFen,
}

impl LiftMetric {
    /// Those that count people.
    pub const COUNTS: [Self; 5] =
        [Self::Viewers, Self::Followers, Self::Commenters, Self::ProductClickers, Self::Payers];
    /// All.
    pub const ALL: [Self; 6] =
        [Self::Viewers, Self::Followers, Self::Commenters, Self::ProductClickers, Self::Payers, Self::GmvFen];

    /// The code used in rows and in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Viewers => "viewers",
            Self::Followers => "followers",
            Self::Commenters => "commenters",
            Self::ProductClickers => "product_clickers",
            Self::Payers => "payers",
            Self::GmvFen => "gmv_fen",
        }
    }

    /// Natural rate that a running range is planned for; a bad guess widens it, it never makes it wrong.
    const fn planned_rate(self) -> f64 {
        match self {
            Self::Viewers => 0.05,
            Self::Followers | Self::Payers | Self::GmvFen => 0.005,
            Self::Commenters => 0.01,
            Self::ProductClickers => 0.02,
        }
    }
}

/// Which version of the figures it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LiftVersion {
    /// Still being counted: ranges that stay right however often somebody looks.
    Running,
    /// A day after the end of the broadcast; the same.
    AfterOneDay,
    /// The window is over: the fixed range, looked at once.
    Final,
}

impl LiftVersion {
    /// The code used in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::AfterOneDay => "after_one_day",
            Self::Final => "final",
        }
    }
}

/// One arm of an order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ArmResults {
    pub users: u64,
    /// Users who did it, in the order of [`LiftMetric::COUNTS`].
    pub events: [u64; 5],
    /// What each user who bought anything spent, in fen.
    pub spends: Vec<u64>,
}

/// Everything that the lift of an order is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderExperiment {
    /// Part of the viewers in the ghost arm, in millionths.
    pub share_millionths: u32,
    /// Viewers who were expected to be shown it, at purchase.
    pub viewers_planned: u64,
    pub version: LiftVersion,
    pub treated: ArmResults,
    pub ghost: ArmResults,
    /// Whether the host names the viewers of natural events: else ghosts seem to do nothing.
    pub viewers_named: bool,
}

/// Why an experiment is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breakage {
    /// The arms do not have the sizes that were drawn.
    SampleRatio,
    /// Too many natural events came without their viewer.
    ViewersUnnamed,
}

impl Breakage {
    /// The code used in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::SampleRatio => "sample_ratio",
            Self::ViewersUnnamed => "viewers_unnamed",
        }
    }
}

/// How much can be said, and from what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LiftState {
    Measured,
    SmallSample,
    NotEnoughData,
    BrokenExperiment,
}

impl LiftState {
    /// The code used in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::SmallSample => "small_sample",
            Self::NotEnoughData => "not_enough_data",
            Self::BrokenExperiment => "broken_experiment",
        }
    }
}

/// One metric of an order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MetricLift {
    pub metric: LiftMetric,
    pub state: LiftState,
    /// What the treated did in all.
    pub treated: f64,
    /// What the promotion brought; `None` where only the range may be shown, or nothing.
    pub point: Option<f64>,
    pub range: Option<Interval>,
}

impl MetricLift {
    /// What would have come anyway.
    #[must_use]
    pub fn natural(&self) -> Option<f64> {
        Some(self.treated - self.point?)
    }

    /// The promotion's part of what the treated did.
    #[must_use]
    pub fn share(&self) -> Option<f64> {
        Some(self.point? / self.treated).filter(|share| share.is_finite())
    }
}

/// The lift of an order.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderLift {
    /// `None` while both arms are empty.
    pub sample_ratio: Option<SampleRatio>,
    pub breakage: Option<Breakage>,
    pub metrics: Vec<MetricLift>,
}

impl OrderLift {
    /// The same of a whole of which only a part was counted; what can be said stays the same.
    #[must_use]
    pub fn scaled(mut self, whole: u32, part: u32) -> Self {
        let factor = if part == 0 { 1.0 } else { f64::from(whole) / f64::from(part) };
        for told in &mut self.metrics {
            told.treated *= factor;
            told.point = told.point.map(|point| point * factor);
            told.range = told.range.map(|Interval { low, high }| Interval { low: low * factor, high: high * factor });
        }
        self
    }
}

/// The unshrunk increments of one order, with ranges that may be added to those of other orders.
#[must_use]
pub fn plain_increment(experiment: &OrderExperiment, metric: LiftMetric) -> Option<Estimate> {
    match LiftMetric::COUNTS.iter().position(|count| *count == metric) {
        Some(place) => Some(count_increment(experiment.count_arms(place)?, Confidence::NINETY_FIVE)),
        None => experiment.gmv(),
    }
}

/// What may be said of an order now. `prior` answers what comparable orders let believe of a metric's natural rate.
#[must_use]
pub fn order_lift(experiment: &OrderExperiment, prior: impl Fn(LiftMetric) -> Option<GammaPrior>) -> OrderLift {
    let sample_ratio = experiment.sample_ratio();
    let breakage = match sample_ratio {
        Some(ratio) if ratio.is_broken() => Some(Breakage::SampleRatio),
        _ if !experiment.viewers_named => Some(Breakage::ViewersUnnamed),
        _ => None,
    };
    let metric = |metric: LiftMetric| {
        let treated = experiment.treated_total(metric);
        let (state, point, range) = match (breakage, sample_ratio) {
            (Some(_), _) => (LiftState::BrokenExperiment, None, None),
            (None, None) => (LiftState::NotEnoughData, None, None),
            (None, Some(ratio)) => told(experiment.state(metric, ratio, prior(metric))),
        };
        MetricLift { metric, state, treated, point, range }
    };
    OrderLift { sample_ratio, breakage, metrics: LiftMetric::ALL.map(metric).into() }
}

fn told(state: Option<DisplayState>) -> (LiftState, Option<f64>, Option<Interval>) {
    match state {
        None => (LiftState::NotEnoughData, None, None),
        Some(DisplayState::Measured(estimate)) => (LiftState::Measured, Some(estimate.point), Some(estimate.interval)),
        Some(DisplayState::SmallSample(estimate)) => {
            (LiftState::SmallSample, Some(estimate.point), Some(estimate.interval))
        }
        Some(DisplayState::NotEnoughData(range)) => (LiftState::NotEnoughData, None, Some(range)),
        Some(DisplayState::BrokenExperiment) => (LiftState::BrokenExperiment, None, None),
    }
}

impl OrderExperiment {
    fn sample_ratio(&self) -> Option<SampleRatio> {
        let ghost = f64::from(self.share_millionths) / 1e6;
        sample_ratio(&[(self.treated.users, 1.0 - ghost), (self.ghost.users, ghost)]).ok()
    }

    fn treated_total(&self, metric: LiftMetric) -> f64 {
        match LiftMetric::COUNTS.iter().position(|count| *count == metric) {
            Some(place) => approximate(self.treated.events[place]),
            None => self.treated.spends.iter().map(|spend| approximate(*spend)).fold(0.0, |sum, spend| sum + spend),
        }
    }

    fn count_arms(&self, place: usize) -> Option<CountArms> {
        let arm = |results: &ArmResults| CountArm::try_new(results.users, results.events[place]).ok();
        Some(CountArms { treated: arm(&self.treated)?, ghost: arm(&self.ghost)? })
    }

    /// `None` where nothing can be shown yet.
    fn state(&self, metric: LiftMetric, ratio: SampleRatio, prior: Option<GammaPrior>) -> Option<DisplayState> {
        let is_final = self.version == LiftVersion::Final;
        let (plain, bayes) = match LiftMetric::COUNTS.iter().position(|count| *count == metric) {
            Some(place) => {
                let arms = self.count_arms(place)?;
                if is_final {
                    let plain = count_increment(arms, Confidence::NINETY_FIVE);
                    (plain, prior.map(|prior| bayes_increment(arms, prior, Confidence::NINETY_FIVE)))
                } else {
                    (always_valid_increment(arms, self.running(self.planned_end(metric).variance()))?, None)
                }
            }
            None if is_final => (self.gmv()?, None),
            None => (self.running_gmv()?, None),
        };
        Some(display_state(Findings { sample_ratio: ratio, plain, bayes }))
    }

    fn gmv(&self) -> Option<Estimate> {
        let arm = |results: &ArmResults| {
            let spends = || results.spends.iter().map(|spend| approximate(*spend));
            let baskets = u64::try_from(results.spends.len()).ok()?;
            let (sum, squares) = (spends().sum(), spends().map(|spend| spend * spend).sum());
            ValueArm::try_new(results.users, baskets, sum, squares).ok()
        };
        let arms = ValueArms { treated: arm(&self.treated)?, ghost: arm(&self.ghost)? };
        let pool = BasketPool::of(arms)?;
        Some(gmv_difference(arms, pool, Confidence::NINETY_FIVE).times(arms.treated.users()))
    }

    fn planned_end(&self, metric: LiftMetric) -> PlannedEnd {
        let natural_rate = metric.planned_rate();
        let ghost = (f64::from(self.share_millionths) / 1e6).clamp(0.001, 0.999);
        let treated_users = approximate(self.viewers_planned.max(1_000));
        let ghost_users = treated_users * ghost / (1.0 - ghost);
        PlannedEnd { treated_users, ghost_users, natural_rate, promoted_rate: 2.0 * natural_rate }
    }

    fn running(&self, planned_variance: f64) -> AlwaysValid {
        AlwaysValid::narrowest_at(planned_variance, Confidence::NINETY_FIVE)
    }

    fn running_gmv(&self) -> Option<Estimate> {
        /// A basket that ranges are planned for, in fen.
        const BASKET: f64 = 20_000.0;
        if u64::try_from(self.ghost.spends.len()).ok()? < GHOST_EVENTS_MIN {
            return None;
        }
        let total = self.gmv()?;
        let users = approximate(self.treated.users);
        let standard_error = total.interval.half_width() / Confidence::NINETY_FIVE.z() / users;
        let planned = self.planned_end(LiftMetric::GmvFen).variance() * BASKET * BASKET;
        let point = total.point / users;
        let interval = self.running(planned).interval(point, standard_error);
        Some(Estimate { point, interval }.times(users))
    }
}
