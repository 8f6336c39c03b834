//! `cargo xtask ci`: formatting, lints, every test; all three run, so that one run shows everything.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::test_run::{self, TestArguments};
use crate::workspace::Workspace;

/// Runs the steps, prints how long each took, and ends with the tally of the tests.
pub(crate) fn run(workspace: &Workspace) -> Result<ExitCode> {
    let formatted = step("fmt", || {
        let mut command = workspace.cargo("fmt");
        Ok(command.args(["--all", "--check"]).status().context("failed to start cargo fmt")?.success())
    })?;
    let linted = step("clippy", || {
        let mut command = workspace.cargo_locked("clippy");
        command.args(["--workspace", "--all-targets", "--", "-D", "warnings"]);
        Ok(command.status().context("failed to start cargo clippy")?.success())
    })?;
    let mut tally = None;
    let tested = step("test", || {
        let counted = test_run::count(workspace, &TestArguments::default())?;
        let passed = counted.failed == 0;
        tally = Some(counted);
        Ok(passed)
    });
    if let Some(counted) = tally {
        println!("{counted}");
    }
    Ok(if formatted && linted && tested? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs one step and says how it went and how long it took.
fn step(name: &str, work: impl FnOnce() -> Result<bool>) -> Result<bool> {
    println!("ci: {name}");
    let started = now();
    let passed = work();
    let verdict = if matches!(passed, Ok(true)) { "ok" } else { "FAILED" };
    println!("ci: {name} {verdict} in {}", seconds(started.elapsed()));
    passed
}

#[expect(clippy::disallowed_methods, reason = "the duration of a build step is not part of the product")]
fn now() -> Instant {
    Instant::now()
}

/// A duration as people read it, in tenths of a second.
fn seconds(duration: Duration) -> String {
    format!("{}.{} s", duration.as_secs(), duration.subsec_millis() / 100)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{seconds, step};

    #[test]
    fn prints_tenths_of_a_second() {
        assert_eq!(seconds(Duration::from_millis(61_250)), "61.2 s");
        assert_eq!(seconds(Duration::from_millis(99)), "0.0 s");
    }

    #[test]
    fn a_failed_step_stays_failed() {
        assert!(!step("planted", || Ok(false)).expect("the step ran"));
        assert!(step("planted", || anyhow::bail!("no such program")).is_err());
    }
}
