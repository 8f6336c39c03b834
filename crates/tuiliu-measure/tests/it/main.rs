//! The estimators against answers of established packages, from aggregates of a real experiment.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod answers;
mod fixture;
mod hillstrom;
