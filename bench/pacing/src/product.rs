//! The log reader of `tuiliu replay`, so that the bench and the product read the same rows.

#[expect(dead_code, reason = "the market's sums are for the replay")]
#[path = "../../../crates/tuiliu-sim/src/replay/log.rs"]
pub(crate) mod log;
