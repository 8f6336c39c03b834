//! Narrower ranges through what was known of users before: the fully interacted regression of W. Lin (2013).
//!
//! Each arm has its own regression on covariates that are centred at the mean of all users, so an uneven split or an
//! effect that differs between users cannot make it worse than no adjustment. CUPED (A. Deng et al. 2013) is the case
//! of one covariate and one common slope. Standard errors are HC2 (J. G. MacKinnon and H. White 1985): each squared
//! residual is divided by one minus its leverage, which takes a second pass over the users.

use thiserror::Error;

use super::arm::{InputError, SampleArm};
use super::interval::{Confidence, Estimate, Interval};
use super::moments::PairMoments;
use crate::approximate::approximate;

/// What is left of a covariate's variance after the others explained it; below, it says nothing new.
const INDEPENDENT_SHARE_MIN: f64 = 1e-12;

/// A regression that has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum RegressionError {
    #[error("covariate `{covariate}` is a combination of those before it, or the same for every user of an arm")]
    Dependent { covariate: usize },
    #[error("an arm has `{users}` users, too few for `{covariates}` covariates")]
    TooFewUsers { users: u64, covariates: usize },
}

/// The regression of one arm, read at the mean of all users.
#[derive(Debug, Clone, PartialEq)]
struct ArmFit {
    users: f64,
    /// Of the outcome, then of each covariate, over the arm.
    means: Vec<f64>,
    slopes: Vec<f64>,
    /// The outcome that is expected of the arm at the mean covariates of all users.
    value: f64,
    /// The lower triangle of the Cholesky factor of the covariates' products.
    factor: Vec<Vec<f64>>,
    /// How much a deviation of each covariate moves `value`.
    pull: Vec<f64>,
}

/// Both regressions.
#[derive(Debug, Clone, PartialEq)]
pub struct LinFit {
    treated: ArmFit,
    ghost: ArmFit,
}

impl LinFit {
    /// Fits both arms. Covariates are numbered from 0 in errors.
    pub fn try_new(treated: &PairMoments, ghost: &PairMoments) -> Result<Self, RegressionError> {
        let all = approximate(treated.count()) + approximate(ghost.count());
        let share = approximate(treated.count()) / all;
        let centre: Vec<f64> = (1..=treated.covariates())
            .map(|place| share * treated.mean(place) + (1.0 - share) * ghost.mean(place))
            .collect();
        Ok(Self { treated: ArmFit::try_new(treated, &centre)?, ghost: ArmFit::try_new(ghost, &centre)? })
    }

    /// How much more a treated user has, at equal covariates.
    #[must_use]
    pub fn difference(&self) -> f64 {
        self.treated.value - self.ghost.value
    }

    /// The range with a variance that a second pass has gathered.
    #[must_use]
    pub fn estimate(&self, variance: &LinVariance, confidence: Confidence) -> Estimate {
        let point = self.difference();
        Estimate { point, interval: Interval::around(point, confidence.z() * variance.standard_error()) }
    }
}

/// The second pass: the HC2 variance of the difference, one user at a time.
#[derive(Debug, Clone, PartialEq)]
pub struct LinVariance {
    sum: f64,
    scratch: Vec<f64>,
}

impl LinVariance {
    #[must_use]
    pub fn new(fit: &LinFit) -> Self {
        Self { sum: 0.0, scratch: vec![0.0; fit.treated.slopes.len()] }
    }

    /// Adds a treated user of the first pass.
    pub fn add_treated(&mut self, fit: &LinFit, outcome: f64, covariates: &[f64]) {
        self.sum += fit.treated.part(outcome, covariates, &mut self.scratch);
    }

    /// Adds a ghost of the first pass.
    pub fn add_ghost(&mut self, fit: &LinFit, outcome: f64, covariates: &[f64]) {
        self.sum += fit.ghost.part(outcome, covariates, &mut self.scratch);
    }

    #[must_use]
    pub fn standard_error(&self) -> f64 {
        self.sum.sqrt()
    }
}

impl ArmFit {
    fn try_new(moments: &PairMoments, centre: &[f64]) -> Result<Self, RegressionError> {
        let covariates = centre.len();
        let users = moments.count();
        if users < u64::try_from(covariates).unwrap_or(u64::MAX).saturating_add(2) {
            return Err(RegressionError::TooFewUsers { users, covariates });
        }
        let factor = cholesky(moments)?;
        let joint: Vec<f64> = (1..=covariates).map(|place| moments.product(0, place)).collect();
        let slopes = solve(&factor, &joint);
        let off: Vec<f64> = centre.iter().enumerate().map(|(place, mean)| mean - moments.mean(place + 1)).collect();
        Ok(Self {
            users: approximate(users),
            means: (0..=covariates).map(|place| moments.mean(place)).collect(),
            value: moments.mean(0) + dot(&slopes, &off),
            pull: solve(&factor, &off),
            slopes,
            factor,
        })
    }

    /// What a user adds to the variance of `value`: his weight and his residual squared, without his own leverage.
    fn part(&self, outcome: f64, covariates: &[f64], scratch: &mut [f64]) -> f64 {
        assert_eq!(covariates.len(), self.slopes.len(), "every row has the same covariates");
        let (mut residual, mut weight, mut leverage) = (outcome - self.means[0], 1.0 / self.users, 1.0 / self.users);
        for (place, covariate) in covariates.iter().enumerate() {
            let deviation = covariate - self.means[place + 1];
            residual -= self.slopes[place] * deviation;
            weight += self.pull[place] * deviation;
            // Forward substitution: the squared length of L⁻¹d is the leverage.
            let known = dot(&self.factor[place][..place], &scratch[..place]);
            scratch[place] = (deviation - known) / self.factor[place][place];
            leverage += scratch[place] * scratch[place];
        }
        let rest = 1.0 - leverage;
        // A user who alone decides his own prediction has no residual to speak of.
        if rest <= 1e-12 { 0.0 } else { weight * weight * residual * residual / rest }
    }
}

fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

/// The factor L of the covariates' products, L Lᵀ.
fn cholesky(moments: &PairMoments) -> Result<Vec<Vec<f64>>, RegressionError> {
    let mut factor: Vec<Vec<f64>> = Vec::with_capacity(moments.covariates());
    for row in 0..moments.covariates() {
        let mut entries = Vec::with_capacity(row + 1);
        for column in 0..row {
            let known = dot(&entries, &factor[column][..column]);
            entries.push((moments.product(row + 1, column + 1) - known) / factor[column][column]);
        }
        let own = moments.product(row + 1, row + 1);
        let rest = own - dot(&entries, &entries);
        if rest <= INDEPENDENT_SHARE_MIN * own || rest <= 0.0 {
            return Err(RegressionError::Dependent { covariate: row });
        }
        entries.push(rest.sqrt());
        factor.push(entries);
    }
    Ok(factor)
}

/// The solution of `L Lᵀ x = right`.
fn solve(factor: &[Vec<f64>], right: &[f64]) -> Vec<f64> {
    let mut answer = right.to_vec();
    for row in 0..answer.len() {
        let known = dot(&factor[row][..row], &answer[..row]);
        answer[row] = (answer[row] - known) / factor[row][row];
    }
    for row in (0..answer.len()).rev() {
        let known: f64 = (row + 1..answer.len()).map(|below| factor[below][row] * answer[below]).sum();
        answer[row] = (answer[row] - known) / factor[row][row];
    }
    answer
}

/// CUPED with one covariate: the common slope, and both arms with what the covariate explains taken off.
///
/// One pass suffices, and with arms of equal sizes nothing is lost beside the interacted regression.
pub fn cuped_one_covariate(treated: &PairMoments, ghost: &PairMoments) -> Result<(f64, super::SampleArms), InputError> {
    let slope = (treated.product(0, 1) + ghost.product(0, 1)) / (treated.product(1, 1) + ghost.product(1, 1));
    if !slope.is_finite() {
        return Err(InputError::NotFinite { value: slope });
    }
    let arm = |own: &PairMoments| {
        let square_sum = own.product(0, 0) - 2.0 * slope * own.product(0, 1) + slope * slope * own.product(1, 1);
        SampleArm::from_mean(own.count(), own.mean(0) - slope * own.mean(1), square_sum.max(0.0))
    };
    Ok((slope, super::SampleArms { treated: arm(treated)?, ghost: arm(ghost)? }))
}
