//! Conditions over facts: thresholds, joined by all and any (IN-07).

use thiserror::Error;

use super::facts::{Figure, Figures, Flag, Metric};
use crate::limits::{INCENTIVE_CONDITION_DEPTH_MAX, INCENTIVE_CONDITION_LEAVES_MAX};

/// When something holds. A number that is not known meets no threshold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// Each of them; none at all holds always.
    All(Vec<Condition>),
    /// One of them.
    Any(Vec<Condition>),
    AtLeast(Metric, i64),
    AtMost(Metric, i64),
    Is(Flag),
    IsNot(Flag),
}

/// One threshold of a condition beside what is known: how far somebody has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// A threshold or a flag, never a list.
    pub threshold: Condition,
    /// What is known of its number; `None` for flags, and for what is not known.
    pub figure: Option<Figure>,
    pub is_met: bool,
}

/// Why a condition is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ConditionError {
    #[error("nest conditions deeper than `{max}`")]
    TooDeep { max: usize },
    #[error("set more than `{max}` thresholds")]
    TooMany { max: usize },
    #[error("set `{}` to `{value}`: it is not negative", .metric.code())]
    Negative { metric: Metric, value: i64 },
    #[error("ask for one of no conditions")]
    NeverHolds,
}

impl Condition {
    /// Holds always.
    #[must_use]
    pub const fn always() -> Self {
        Self::All(Vec::new())
    }

    /// Whether it holds of what is known.
    #[must_use]
    pub fn holds(&self, figures: &Figures) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(figures)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(figures)),
            Self::AtLeast(metric, value) => figures.value(*metric).is_some_and(|known| known >= *value),
            Self::AtMost(metric, value) => figures.value(*metric).is_some_and(|known| known <= *value),
            Self::Is(flag) => figures.is_up(*flag),
            Self::IsNot(flag) => !figures.is_up(*flag),
        }
    }

    /// Every threshold in it, beside what is known.
    #[must_use]
    pub fn progress(&self, figures: &Figures) -> Vec<Progress> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(|part| part.progress(figures)).collect(),
            Self::AtLeast(metric, _) | Self::AtMost(metric, _) => {
                let figure = figures.numbers.get(metric).copied();
                vec![Progress { threshold: self.clone(), figure, is_met: self.holds(figures) }]
            }
            Self::Is(_) | Self::IsNot(_) => {
                vec![Progress { threshold: self.clone(), figure: None, is_met: self.holds(figures) }]
            }
        }
    }

    /// Whether it can be worked with.
    pub fn check(&self) -> Result<(), ConditionError> {
        let leaves = self.check_to(INCENTIVE_CONDITION_DEPTH_MAX)?;
        let max = INCENTIVE_CONDITION_LEAVES_MAX;
        if leaves > max { Err(ConditionError::TooMany { max }) } else { Ok(()) }
    }

    fn check_to(&self, depth: usize) -> Result<usize, ConditionError> {
        match self {
            Self::Any(parts) if parts.is_empty() => Err(ConditionError::NeverHolds),
            Self::All(parts) | Self::Any(parts) => {
                let below =
                    depth.checked_sub(1).ok_or(ConditionError::TooDeep { max: INCENTIVE_CONDITION_DEPTH_MAX })?;
                parts.iter().try_fold(0_usize, |sum, part| Ok(sum.saturating_add(part.check_to(below)?)))
            }
            Self::AtLeast(metric, value) | Self::AtMost(metric, value) if *value < 0 => {
                Err(ConditionError::Negative { metric: *metric, value: *value })
            }
            Self::AtLeast(..) | Self::AtMost(..) | Self::Is(_) | Self::IsNot(_) => Ok(1),
        }
    }
}
