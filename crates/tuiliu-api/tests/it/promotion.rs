//! Orders through the public API, told by the rules of the rule book.

mod boosting;
mod lift;
mod online;
mod paying;
mod placing;
mod racing;
mod refunding;
mod reporting;
mod reserving;
mod running;
pub(crate) mod stage;
