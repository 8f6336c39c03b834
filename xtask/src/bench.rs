//! `cargo xtask bench`: one command for each measurement of `bench/`.
//!
//! A bench is a package of its own workspace: its peers' dependencies never enter the product's lock file.

use std::fs;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::postgres;
use crate::workspace::{Workspace, exit_code};

/// Benches that measure on PostgreSQL and find it under `TUILIU_BENCH_POSTGRES`.
const NEEDS_POSTGRES: &[&str] = &["ledger"];

#[derive(Debug, Args)]
pub(crate) struct BenchArguments {
    /// The folder in `bench/`: `ledger`, `replay`, …
    name: String,
    /// Prints figures for machines instead of a table.
    #[arg(long)]
    json: bool,
    /// Goes to the bench.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// Builds a bench with optimisation, in its own target folder, and runs it.
pub(crate) fn run(workspace: &Workspace, arguments: &BenchArguments) -> Result<ExitCode> {
    let known = names(workspace)?;
    if !known.contains(&arguments.name) {
        bail!("there is no bench `{}`; known: {}", arguments.name, known.join(", "));
    }
    let manifest = workspace.root.join("bench").join(&arguments.name).join("Cargo.toml");
    let mut command = workspace.cargo("run");
    command.arg("--release").arg("--manifest-path").arg(manifest);
    command.arg("--target-dir").arg(workspace.target.join("bench")).arg("--");
    if arguments.json {
        command.arg("--json");
    }
    command.args(&arguments.arguments);
    let mut cluster = None;
    if NEEDS_POSTGRES.contains(&arguments.name.as_str()) {
        let running = postgres::ensure(workspace, "TUILIU_BENCH_POSTGRES", postgres::Durability::Full)?;
        command.env("TUILIU_BENCH_POSTGRES", running.url());
        cluster = Some(running);
    }
    let status = command.status().context("failed to start cargo")?;
    if let Some(running) = cluster {
        running.stop()?;
    }
    Ok(exit_code(status))
}

/// The benches there are, sorted.
fn names(workspace: &Workspace) -> Result<Vec<String>> {
    let Ok(folder) = fs::read_dir(workspace.root.join("bench")) else {
        return Ok(Vec::new());
    };
    let mut names = Vec::new();
    for entry in folder {
        let entry = entry.context("failed to read the folder `bench`")?;
        if entry.path().join("Cargo.toml").is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}
