//! The data plane through the public API: decisions out, events in.

mod bad_input;
mod deciding;
mod reporting;
mod validity;
