//! Webhooks: endpoints, what is on its way to them, and what came of it (AC-04).

mod attempt;
mod delivery;
mod endpoint;

pub use attempt::WebhookAttemptRow;
pub use delivery::DeliveryPage;

#[cfg(test)]
use crate::statement::Statement;

/// The statements of every part.
#[cfg(test)]
pub(crate) const ALL_STATEMENTS: &[&[Statement]] = &[attempt::STATEMENTS, delivery::STATEMENTS, endpoint::STATEMENTS];

#[cfg(test)]
mod tests;
