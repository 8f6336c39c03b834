//! `cargo xtask openapi`: the interface description, generated from the code.

use std::fs;
use std::process::{ExitCode, Stdio};

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;

/// Writes openapi.json, or fails when it is stale.
pub(crate) fn run(workspace: &Workspace, check: bool) -> Result<ExitCode> {
    let mut command = workspace.cargo_locked("run");
    command.args(["--quiet", "--package", "tuiliu", "--bin", "tuiliu", "--", "openapi"]).stderr(Stdio::inherit());
    let output = command.output().context("failed to start cargo")?;
    if !output.status.success() {
        bail!("`tuiliu openapi` failed with {}", output.status);
    }
    let generated = String::from_utf8(output.stdout).context("`tuiliu openapi` did not print UTF-8")?;
    serde_json::from_str::<serde_json::Value>(&generated).context("`tuiliu openapi` did not print JSON")?;
    let path = workspace.root.join("openapi.json");
    if !check {
        fs::write(&path, generated).context("failed to write openapi.json")?;
        println!("wrote openapi.json");
        return Ok(ExitCode::SUCCESS);
    }
    let stored = fs::read_to_string(&path).context("failed to read openapi.json")?;
    match first_difference(&stored, &generated) {
        None => Ok(ExitCode::SUCCESS),
        Some(line) => bail!("openapi.json is stale from line {line} on; run `cargo xtask openapi`"),
    }
}

/// The number of the first line that differs.
fn first_difference(stored: &str, generated: &str) -> Option<usize> {
    if stored == generated {
        return None;
    }
    let same = stored.lines().zip(generated.lines()).take_while(|(left, right)| left == right).count();
    Some(same.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::first_difference;

    #[test]
    fn names_the_first_line_that_differs() {
        assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
        assert_eq!(first_difference("a\nb\n", "a\nc\n"), Some(2));
        assert_eq!(first_difference("a\n", "a\nb\n"), Some(2));
        assert_eq!(first_difference("", "a\n"), Some(1));
    }
}
