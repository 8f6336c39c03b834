//! Deciding what to show: pure, deterministic, waiting for nothing.
