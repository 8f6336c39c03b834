//! The log as `tuiliu replay` reads it.

#[expect(dead_code, reason = "the product asks more of a log")]
#[path = "../../../crates/tuiliu-sim/src/replay/log.rs"]
pub(crate) mod log;
