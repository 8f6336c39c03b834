//! Incentives: programmes, applications, rewards, facts, marks and measures (IN-01…IN-13).
//!
//! Texts of programmes, forms and standings are JSON of the shell's; no query looks into them.

mod application;
mod fact;
mod mark;
mod measure;
mod programme;
mod reward;

pub use application::{ApplicationPage, ApplicationRow};
pub use fact::BroadcastFactRow;
pub use measure::{DebtEntry, MeasurePage};
pub use programme::{EditionRow, PeriodRow, ProgrammeRow};
pub use reward::{RewardPage, RewardRow};

#[cfg(test)]
use crate::statement::Statement;

/// The statements of all modules.
#[cfg(test)]
pub(crate) const ALL_STATEMENTS: &[&[Statement]] = &[
    application::STATEMENTS,
    fact::STATEMENTS,
    mark::STATEMENTS,
    measure::STATEMENTS,
    programme::STATEMENTS,
    reward::STATEMENTS,
];

#[cfg(test)]
mod tests;
