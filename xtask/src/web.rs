//! The web pages: built for the binary, and tried in a browser against it.

use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail};

use crate::packages::{self, is_root, succeeds};
use crate::test_run::Tally;
use crate::workspace::Workspace;

/// The browser of the tests.
const CHROMIUM: &str = "/usr/bin/chromium";
/// A font with the characters that the pages are written in.
const FONTS: &str = "Noto Sans CJK SC";

/// Builds the pages.
pub(crate) fn run(workspace: &Workspace) -> Result<ExitCode> {
    if !has_node() {
        bail!("Node is missing; install Node 20.19 or newer with npm");
    }
    build(workspace)?;
    println!("built web/dist/site; the next `cargo build` puts it into the binary");
    Ok(ExitCode::SUCCESS)
}

/// Whether Node and npm are here.
pub(crate) fn has_node() -> bool {
    succeeds(Command::new("node").arg("--version")) && succeeds(Command::new("npm").arg("--version"))
}

/// Describes the interface in types, checks the pages against them, and builds them.
pub(crate) fn build(workspace: &Workspace) -> Result<()> {
    let (types, web) = (workspace.root.join("tools/openapi"), workspace.root.join("web"));
    install(&types)?;
    npm(&types, &["run", "--silent", "build"])?;
    install(&web)?;
    npm(&web, &["run", "--silent", "check"])?;
    npm(&web, &["run", "--silent", "build"])
}

/// Makes sure that the browser's tests can run; installs what is missing.
pub(crate) fn prepare() -> Result<()> {
    if !has_node() {
        packages::install("Node", &["nodejs", "npm"], is_root()?)?;
    }
    if !Path::new(CHROMIUM).is_file() {
        packages::install("Chromium", &["chromium"], is_root()?)?;
    }
    let known = Command::new("fc-list").output().map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    if !known.is_ok_and(|fonts| fonts.contains(FONTS)) {
        packages::install("a Chinese font", &["fontconfig", "fonts-noto-cjk", "fonts-dejavu-core"], is_root()?)?;
    }
    Ok(())
}

/// Tries the pages in a browser against the real binary.
pub(crate) fn test(workspace: &Workspace) -> Result<Tally> {
    let status = workspace.cargo_locked("build").args(["--package", "tuiliu", "--bin", "tuiliu"]).status();
    if !status.context("failed to start cargo")?.success() {
        return Ok(Tally { passed: 0, failed: 1 });
    }
    let folder = workspace.root.join("e2e");
    install(&folder)?;
    npm(&folder, &["run", "--silent", "check"])?;
    let mut command = Command::new("npx");
    command.args(["--no-install", "playwright", "test"]).current_dir(&folder).stderr(Stdio::inherit());
    command.env("TUILIU_BINARY", workspace.target.join("debug").join("tuiliu"));
    let output = command.output().context("failed to start playwright")?;
    let text = String::from_utf8_lossy(&output.stdout);
    print!("{text}");
    let tally = tally_of(&text);
    let silent = !output.status.success() && tally.failed == 0;
    Ok(tally.plus(Tally { passed: 0, failed: u64::from(silent) }))
}

/// Adds up `12 passed (30.1s)`, `1 failed`, `2 did not run`, `1 flaky`.
fn tally_of(text: &str) -> Tally {
    text.lines().fold(Tally::default(), |tally, line| {
        let mut words = line.split_whitespace();
        let (Some(Ok(number)), Some(what)) = (words.next().map(str::parse::<u64>), words.next()) else { return tally };
        match what {
            "passed" => tally.plus(Tally { passed: number, failed: 0 }),
            "failed" | "flaky" | "did" | "interrupted" => tally.plus(Tally { passed: 0, failed: number }),
            _ => tally,
        }
    })
}

/// What package-lock.json names, unless it is here already.
fn install(folder: &Path) -> Result<()> {
    let here = folder.join("node_modules/.package-lock.json");
    let changed = |path: &Path| path.metadata().and_then(|metadata| metadata.modified()).ok();
    if changed(&here).is_some_and(|here| changed(&folder.join("package-lock.json")).is_some_and(|lock| lock <= here)) {
        return Ok(());
    }
    npm(folder, &["ci", "--no-audit", "--no-fund"])
}

fn npm(folder: &Path, arguments: &[&str]) -> Result<()> {
    let mut command = Command::new("npm");
    command.args(arguments).current_dir(folder).env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    let status = command.status().context("failed to start npm")?;
    if !status.success() {
        bail!("`npm {}` failed in {} with {status}", arguments.join(" "), folder.display());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::tally_of;

    #[test]
    fn adds_up_what_the_browser_found() {
        let tally =
            tally_of("Running 14 tests using 2 workers\n  1 failed\n    [chromium] › a.spec.ts\n  13 passed (31.2s)\n");
        assert_eq!(tally.to_string(), "13 passed, 1 failed");
        assert_eq!(tally_of("  2 did not run\n  1 flaky\n").to_string(), "0 passed, 3 failed");
    }
}
