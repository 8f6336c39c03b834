//! The log and the plan of `tuiliu replay`, from the same files: the bench and the product replay the same orders.

#[path = "../../../crates/tuiliu-sim/src/replay/log.rs"]
pub(crate) mod log;
#[path = "../../../crates/tuiliu-sim/src/replay/plan.rs"]
pub(crate) mod plan;
