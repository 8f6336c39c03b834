//! `cargo xtask test`: every test of the tree, on both databases, against the interface's description and in a browser,
//! and one line that says how many passed.

use std::fmt;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::contract::{self, ContractArguments};
use crate::postgres::{self, Durability};
use crate::web;
use crate::workspace::{Workspace, in_ci};

/// Where tests of the store find PostgreSQL.
pub(crate) const TEST_POSTGRES: &str = "TUILIU_TEST_POSTGRES";

#[derive(Debug, Default, Args)]
pub(crate) struct TestArguments {
    /// Leaves PostgreSQL out and tries few random cases; refused in continuous integration.
    #[arg(long)]
    quick: bool,
    /// Starts PostgreSQL without fsync: faster, and nothing the tests look at changes.
    #[arg(long)]
    no_fsync: bool,
    /// Goes to `cargo test`: `-p tuiliu-domain`, a part of a test's name, `-- --nocapture`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// How many tests passed and failed, over all test binaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} passed, {} failed", self.passed, self.failed)
    }
}

impl Tally {
    /// Both together.
    pub(crate) const fn plus(self, other: Self) -> Self {
        Self { passed: self.passed.saturating_add(other.passed), failed: self.failed.saturating_add(other.failed) }
    }

    /// Adds what one line of a test runner says, if it is a closing line.
    fn add_line(&mut self, line: &str) {
        if let Some(more) = closing_line(line) {
            self.passed = self.passed.saturating_add(more.passed);
            self.failed = self.failed.saturating_add(more.failed);
        }
    }
}

/// Runs the tests and ends with their tally alone on a line.
pub(crate) fn run(workspace: &Workspace, arguments: &TestArguments) -> Result<ExitCode> {
    let tally = count(workspace, arguments)?;
    println!("{tally}");
    Ok(if tally.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs the tests. A binary that does not build or dies counts as one failure.
pub(crate) fn count(workspace: &Workspace, arguments: &TestArguments) -> Result<Tally> {
    let mut command = workspace.cargo_locked("test");
    command.arg("--no-fail-fast");
    if !names_packages(&arguments.arguments) {
        command.arg("--workspace");
    }
    command.args(&arguments.arguments);
    if arguments.quick {
        if in_ci() {
            bail!("continuous integration runs every test; leave `--quick` out");
        }
        println!("quick: PostgreSQL is left out and random tests try few cases");
        command.env_remove(TEST_POSTGRES).env("PROPTEST_CASES", "16");
        return stream(&mut command, &arguments.arguments, &mut std::io::stdout());
    }
    let durability = if arguments.no_fsync { Durability::None } else { Durability::Full };
    // The pages first: the binary that the tests build has them inside.
    let whole = arguments.arguments.is_empty();
    if whole {
        contract::prepare()?;
        web::prepare()?;
        web::build(workspace)?;
    }
    let cluster = postgres::ensure(workspace, TEST_POSTGRES, durability)?;
    command.env(TEST_POSTGRES, cluster.url());
    let tally = stream(&mut command, &arguments.arguments, &mut std::io::stdout());
    cluster.stop()?;
    if !whole {
        return tally;
    }
    let answered = contract::test(workspace, &ContractArguments::short())?;
    Ok(tally?.plus(answered).plus(web::test(workspace)?))
}

/// Whether the caller chose packages himself.
fn names_packages(arguments: &[String]) -> bool {
    let own = arguments.iter().take_while(|argument| *argument != "--");
    own.into_iter().any(|argument| {
        argument == "--workspace"
            || argument.starts_with("--package")
            || (argument.starts_with("-p") && !argument.starts_with("--"))
    })
}

/// Shows what the child prints while it prints it, and counts.
fn stream(command: &mut Command, arguments: &[String], terminal: &mut dyn Write) -> Result<Tally> {
    let mut child = command.stdout(Stdio::piped()).spawn().context("failed to start cargo test")?;
    let output = child.stdout.take().context("cargo test has no output")?;
    let mut tally = Tally::default();
    let mut lines = BufReader::new(output);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line).context("failed to read what cargo test prints")? > 0 {
        terminal.write_all(&line).context("failed to print")?;
        tally.add_line(&String::from_utf8_lossy(&line));
        line.clear();
    }
    terminal.flush().context("failed to print")?;
    let status = child.wait().context("failed to wait for cargo test")?;
    if !status.success() && tally.failed == 0 {
        writeln!(terminal, "cargo test failed with {status} before every test could answer")
            .context("failed to print")?;
        tally.failed = 1;
    }
    if tally == Tally::default() && arguments.is_empty() {
        bail!("no test ran");
    }
    Ok(tally)
}

/// Reads `test result: ok. 3 passed; 1 failed; …`.
fn closing_line(line: &str) -> Option<Tally> {
    let (_, counts) = line.trim().strip_prefix("test result: ")?.split_once(". ")?;
    let mut parts = counts.split("; ");
    let passed = parts.next()?.strip_suffix(" passed")?.parse().ok()?;
    let failed = parts.next()?.strip_suffix(" failed")?.parse().ok()?;
    Some(Tally { passed, failed })
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::{Tally, closing_line, names_packages, stream};

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    /// What a script's lines add up to. They are caught: printed, they would count in the run of this very test.
    fn shell(script: &str) -> Tally {
        let mut printed = Vec::new();
        let mut command = Command::new("sh");
        stream(command.args(["-c", script]), &words("filter"), &mut printed).expect("the shell runs")
    }

    #[test]
    fn reads_closing_lines_and_nothing_else() {
        let line = "test result: FAILED. 12 passed; 3 failed; 0 ignored; 0 measured; 7 filtered out; finished in 0.00s";
        assert_eq!(closing_line(line), Some(Tally { passed: 12, failed: 3 }));
        assert_eq!(closing_line("test result_is_kept ... ok"), None);
        assert_eq!(closing_line("3 passed; 1 failed"), None);
    }

    #[test]
    fn adds_up_the_binaries() {
        let tally =
            shell("echo 'test result: ok. 2 passed; 0 failed; x'; echo 'test result: ok. 5 passed; 0 failed; x'");
        assert_eq!(tally.to_string(), "7 passed, 0 failed");
    }

    #[test]
    fn a_binary_that_dies_is_a_failure() {
        let tally = shell("echo 'test result: ok. 2 passed; 0 failed; x'; exit 101");
        assert_eq!(tally.to_string(), "2 passed, 1 failed");
    }

    #[test]
    fn a_run_without_tests_is_an_error() {
        assert!(stream(&mut Command::new("true"), &[], &mut Vec::new()).is_err());
    }

    #[test]
    fn knows_when_packages_are_chosen() {
        assert!(names_packages(&words("-p tuiliu-domain")));
        assert!(names_packages(&words("--package=tuiliu-domain pay")));
        assert!(!names_packages(&words("pays_once -- -p")));
    }
}
