//! Deciding what to show: pure, deterministic, waiting for nothing.
//!
//! [`decide`] answers one request against one immutable [`Snapshot`]; the price of what is shown is
//! taken from the order's [`lease::LeaseCounter`] by one atomic subtraction (DL-01, DL-05).

pub mod approximate;
pub mod auction;
pub mod audience;
pub mod autobid;
pub mod bidding;
pub mod eligibility;
pub mod explain;
pub mod forecast;
pub mod frequency;
pub mod guarantee;
pub mod index;
pub mod lease;
pub mod pacing;
pub mod predict;
pub mod random;
pub mod reach;
pub mod request;
pub mod snapshot;
pub mod token;

pub use auction::{Decision, PlatformArm, Telling, Won, decide, decide_telling};
pub use explain::explain;
pub use random::Rng;
pub use request::{Placement, Request, Slot, Viewer};
pub use snapshot::{Candidate, Snapshot};

#[cfg(test)]
mod tests;
