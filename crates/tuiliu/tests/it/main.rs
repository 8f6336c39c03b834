//! The real executable from outside: signals, exit codes, files, messages.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod bid_serve;
mod commands;
mod executable;
mod kill;
mod lift;
mod quote;
mod serving;
