//! The two arms of an experiment: who was shown something, and who would have been.

use thiserror::Error;

use super::moments::Moments;
use crate::approximate::approximate;

/// Numbers that cannot be those of an experiment.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum InputError {
    #[error("an arm has no users")]
    NoUsers,
    #[error("an arm has `{events}` users with an event, but only `{users}` users")]
    MoreEventsThanUsers { users: u64, events: u64 },
    #[error("an arm has `{users}` users; a variance needs two")]
    TooFewUsers { users: u64 },
    #[error("the squares add up to `{square_sum}`, less than the values allow")]
    SquaresTooSmall { square_sum: f64 },
    #[error("`{value}` is no number to work with")]
    NotFinite { value: f64 },
    #[error("`{value}` is negative")]
    Negative { value: f64 },
}

/// Users of one arm and how many of them did what is counted, each at most once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountArm {
    users: u64,
    events: u64,
}

impl CountArm {
    pub fn try_new(users: u64, events: u64) -> Result<Self, InputError> {
        if users == 0 {
            return Err(InputError::NoUsers);
        }
        if events > users {
            return Err(InputError::MoreEventsThanUsers { users, events });
        }
        Ok(Self { users, events })
    }

    #[must_use]
    pub fn users(&self) -> f64 {
        approximate(self.users)
    }

    #[must_use]
    pub fn events(&self) -> f64 {
        approximate(self.events)
    }

    /// Events for each user, between 0 and 1.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.events() / self.users()
    }

    /// The same users as a sample of zeros and ones.
    pub fn sample(&self) -> Result<SampleArm, InputError> {
        SampleArm::from_sums(self.users, self.events(), self.events())
    }
}

/// Both arms of a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountArms {
    pub treated: CountArm,
    pub ghost: CountArm,
}

impl CountArms {
    /// The same users as samples of zeros and ones.
    pub fn samples(&self) -> Result<SampleArms, InputError> {
        Ok(SampleArms { treated: self.treated.sample()?, ghost: self.ghost.sample()? })
    }
}

/// Users of one arm with one number each (seconds watched, fen spent): how many, mean, variance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SampleArm {
    users: u64,
    mean: f64,
    variance: f64,
}

impl SampleArm {
    /// From sums; loses digits when the mean is large beside the spread, where `Moments` do not.
    pub fn from_sums(users: u64, sum: f64, square_sum: f64) -> Result<Self, InputError> {
        for value in [sum, square_sum] {
            if !value.is_finite() {
                return Err(InputError::NotFinite { value });
            }
        }
        if users < 2 {
            return Err(InputError::TooFewUsers { users });
        }
        let count = approximate(users);
        let rest = square_sum - sum * sum / count;
        if rest < -1e-9 * square_sum.abs() || square_sum < 0.0 {
            return Err(InputError::SquaresTooSmall { square_sum });
        }
        Ok(Self { users, mean: sum / count, variance: rest.max(0.0) / (count - 1.0) })
    }

    /// From numbers that were added one by one.
    pub fn from_moments(moments: &Moments) -> Result<Self, InputError> {
        Self::from_mean(moments.count(), moments.mean(), moments.square_sum())
    }

    /// From a mean and the sum of squared deviations from it.
    pub(super) fn from_mean(users: u64, mean: f64, square_sum: f64) -> Result<Self, InputError> {
        if users < 2 {
            return Err(InputError::TooFewUsers { users });
        }
        Ok(Self { users, mean, variance: square_sum / (approximate(users) - 1.0) })
    }

    #[must_use]
    pub fn users(&self) -> f64 {
        approximate(self.users)
    }

    #[must_use]
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// The variance between users, with Bessel's correction.
    #[must_use]
    pub fn variance(&self) -> f64 {
        self.variance
    }

    /// The variance of the mean.
    #[must_use]
    pub fn mean_variance(&self) -> f64 {
        self.variance / self.users()
    }
}

/// Both arms of a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SampleArms {
    pub treated: SampleArm,
    pub ghost: SampleArm,
}

impl SampleArms {
    /// How much more a treated user has on average.
    #[must_use]
    pub fn difference(&self) -> f64 {
        self.treated.mean - self.ghost.mean
    }

    /// The variance of that difference.
    #[must_use]
    pub fn difference_variance(&self) -> f64 {
        self.treated.mean_variance() + self.ghost.mean_variance()
    }
}
