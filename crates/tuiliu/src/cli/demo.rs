//! `tuiliu demo`: a sample platform with a simulated audience, in a folder that survives restarts.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;

use super::not_built_yet;
use crate::config::Config;

/// What `tuiliu demo` takes; what is not given comes from the settings.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The folder that the sample platform lives in.
    #[arg(long, value_name = "FOLDER", default_value = "data/demo")]
    pub(super) data: PathBuf,
    /// Where it listens.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(super) listen: Option<SocketAddr>,
    /// How often faster than life the audience moves.
    #[arg(long, value_name = "TIMES", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(super) speed: Option<u32>,
    /// Starts over with an empty platform.
    #[arg(long)]
    pub(super) fresh: bool,
    /// Ends by itself after so many seconds.
    #[arg(long = "for", value_name = "SECONDS")]
    pub(super) seconds: Option<u32>,
}

/// Runs the sample platform until it is stopped.
pub(super) fn run(_config: Config, _arguments: &Arguments) -> Result<ExitCode> {
    Err(not_built_yet("demo"))
}
