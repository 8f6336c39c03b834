//! The reader of logs of `tuiliu replay`, from the same file.

#[path = "../../../crates/tuiliu-sim/src/replay/log.rs"]
pub(crate) mod log;
