//! How much more there was because of a promotion: estimators over two arms, each in a file with its source.
//!
//! Users who would have been shown something are drawn into an arm by a keyed hash: the treated saw it, the ghosts did
//! not. An estimator compares both and gives a point and a range. Counts are of users unless a name says otherwise.

mod always_valid;
mod arm;
mod bayes;
mod cuped;
mod display;
mod fieller;
mod gmv;
mod interval;
mod moments;
mod newcombe;
mod order;
mod outcome;
mod power;
mod ratio;
mod sample_ratio;
pub mod second_opinion;
mod switchback;
mod total;
mod welch;
mod wilson;

pub use always_valid::{AlwaysValid, GHOST_EVENTS_MIN, PlannedEnd, always_valid_increment};
pub use arm::{CountArm, CountArms, InputError, SampleArm, SampleArms};
pub use bayes::{FitError, GammaPrior, GhostCount, bayes_increment, fit_prior};
pub use cuped::{LinFit, LinVariance, RegressionError, cuped_one_covariate};
pub use display::{DisplayState, Findings, Headline, display_state, headline};
pub use fieller::{RatioInput, RatioInterval, cost_per_increment, fieller, incremental_return, relative_lift};
pub use gmv::{BasketPool, GmvIncrement, ValueArm, ValueArms, gmv_difference, gmv_increment, gmv_rate};
pub use interval::{Confidence, Estimate, Interval};
pub use moments::{Moments, PairMoments};
pub use newcombe::{count_increment, rate_difference, share_shown};
pub use order::{
    ArmResults, Breakage, LiftMetric, LiftState, LiftVersion, MetricLift, OrderExperiment, OrderLift, order_lift,
    plain_increment,
};
pub use outcome::{ViewerDid, ViewerOutcome, viewer_outcome};
pub use power::{DetectionGoal, power_to_detect, smallest_detectable_increment};
pub use ratio::{Ratio, log_ratio_interval, ratio_difference, ratio_of_means};
pub use sample_ratio::{BROKEN_BELOW, SampleRatio, sample_ratio};
pub use switchback::{MultiplierError, RoomSession, Window, indirect_multiplier};
pub use total::sum_of_orders;
pub use welch::{WelchTest, welch_increment, welch_test};
pub use wilson::{poisson_score, wilson};

#[cfg(test)]
mod order_tests;
#[cfg(test)]
mod tests;
