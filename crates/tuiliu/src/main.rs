//! The one binary: settings, command line, log, and the wiring of the floors below.

mod cli;
mod config;
mod serve;
mod telemetry;

use std::process::ExitCode;

/// As fast as the best on the mean, steadier in the tail (reliability.md, 2).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::run()
}
