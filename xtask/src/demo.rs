//! `cargo xtask demo`: the real binary with a sample platform, from a fresh clone.

use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::web;
use crate::workspace::{Workspace, exit_code};

/// Builds the pages and the release binary and becomes `tuiliu demo`, so that Ctrl-C and the exit code are its own.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<ExitCode> {
    if web::has_node() {
        web::build(workspace)?;
    } else {
        eprintln!("Node is missing: the demo starts without its pages; install Node 20.19 or newer to see them");
    }
    let mut build = workspace.cargo_locked("build");
    build.args(["--release", "--package", "tuiliu", "--bin", "tuiliu"]);
    let status = build.status().context("failed to start cargo")?;
    if !status.success() {
        return Ok(exit_code(status));
    }
    let binary = workspace.target.join("release").join("tuiliu");
    let error = Command::new(&binary).current_dir(&workspace.root).arg("demo").args(arguments).exec();
    Err(error).with_context(|| format!("failed to start `{}`", binary.display()))
}
