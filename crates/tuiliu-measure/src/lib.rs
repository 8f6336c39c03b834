//! What a promotion brought: increments with honest ranges. Pure: no clock, no input or output, no randomness.

pub mod approximate;
pub mod attribution;
pub mod forecast;
pub mod lift;
pub mod quantile;
pub mod quote;
pub mod recap;
pub mod rollup;
pub mod traffic;
