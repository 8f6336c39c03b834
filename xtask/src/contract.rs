//! `cargo xtask contract`: requests made from openapi.json, valid and broken, against the real binary.
//!
//! No answer may be a 5xx, differ from its description, or come without the right to it. The requests are made by
//! schemathesis, which lives in a virtual environment of the build folder.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::packages::{self, is_root, succeeds};
use crate::test_run::Tally;
use crate::workspace::Workspace;

#[derive(Debug, Args)]
pub(crate) struct ContractArguments {
    /// How many requests are made up for each operation, besides those on the edges of what is allowed.
    #[arg(long, default_value_t = 50)]
    cases: u32,
    /// Makes the same requests again.
    #[arg(long)]
    seed: Option<u64>,
}

impl ContractArguments {
    /// As many as every run of all tests can afford.
    pub(crate) const fn short() -> Self {
        Self { cases: 4, seed: Some(1) }
    }
}

/// Tries the interface and ends with how many requests were answered well.
pub(crate) fn run(workspace: &Workspace, arguments: &ContractArguments) -> Result<ExitCode> {
    prepare()?;
    let tally = test(workspace, arguments)?;
    println!("{tally}");
    Ok(if tally.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Makes sure that Python is here; installs it where it is missing.
pub(crate) fn prepare() -> Result<()> {
    if !succeeds(Command::new("python3").args(["-c", "import venv, ensurepip"])) {
        packages::install("Python", &["python3", "python3-venv"], is_root()?)?;
    }
    Ok(())
}

/// Builds the binary, starts a sample platform with it, and tries every operation.
pub(crate) fn test(workspace: &Workspace, arguments: &ContractArguments) -> Result<Tally> {
    let status = workspace.cargo_locked("build").args(["--package", "tuiliu", "--bin", "tuiliu"]).status();
    if !status.context("failed to start cargo")?.success() {
        return Ok(Tally { passed: 0, failed: 1 });
    }
    let folder = workspace.target.join("contract");
    fs::create_dir_all(&folder).context("failed to make the folder of the run")?;
    let tool = install(&workspace.root.join("tools/contract/requirements.txt"), &folder)?;
    let platform = Platform::start(&workspace.target.join("debug").join("tuiliu"), &folder)?;
    let mut command = Command::new(tool);
    command.current_dir(&folder).stderr(Stdio::inherit()).arg("--config-file");
    command.arg(workspace.root.join("tools/contract/schemathesis.toml")).arg("run");
    command.arg(workspace.root.join("openapi.json")).args(["--url", &platform.address, "--no-color"]);
    command.args(["--header", &format!("Authorization: Bearer {}", platform.key)]);
    // A rule of the product may refuse what the description allows: an order that is too small, a name that is taken.
    command.args(["--exclude-checks", "positive_data_acceptance"]);
    command.args(["--continue-on-failure", "--phases", "examples,coverage,fuzzing", "--warnings", "off"]);
    command.args(["--max-examples", &arguments.cases.to_string()]);
    if let Some(seed) = arguments.seed {
        command.args(["--seed", &seed.to_string()]);
    }
    let output = command.output().context("failed to start schemathesis")?;
    let text = String::from_utf8_lossy(&output.stdout);
    print!("{text}");
    Ok(tally_of(&text, output.status.success()))
}

/// The program, installed in the build folder; kept as long as its list of packages is the same.
fn install(list: &Path, folder: &Path) -> Result<PathBuf> {
    let (home, kept) = (folder.join("venv"), folder.join("venv/requirements.txt"));
    let wanted = fs::read(list).with_context(|| format!("failed to read {}", list.display()))?;
    if !fs::read(&kept).is_ok_and(|installed| installed == wanted) {
        let made = Command::new("python3").args(["-m", "venv", "--clear"]).arg(&home).status();
        if !made.context("failed to start python3")?.success() {
            bail!("failed to make a virtual environment in {}", home.display());
        }
        let mut pip = Command::new(home.join("bin/pip"));
        pip.args(["install", "--quiet", "--disable-pip-version-check", "--requirement"]).arg(list);
        if !pip.status().context("failed to start pip")?.success() {
            bail!("pip failed to install what {} lists", list.display());
        }
        fs::write(kept, wanted).context("failed to note what is installed")?;
    }
    Ok(home.join("bin/schemathesis"))
}

/// A sample platform; it ends with this value.
struct Platform {
    child: Child,
    address: String,
    key: String,
}

impl Platform {
    /// Starts one and waits until it tells its address and key. Nobody is slowed down in it.
    fn start(binary: &Path, folder: &Path) -> Result<Self> {
        let mut command = Command::new(binary);
        command.args(["demo", "--data"]).arg(folder.join("data")).args(["--fresh", "--listen", "127.0.0.1:0"]);
        command.args(["--log-level", "warn", "--set", "demo.viewers=50"]);
        for limit in ["requests_per_minute", "refusals_per_minute"] {
            command.args(["--set", &format!("server.{limit}=100000000")]);
        }
        let mut child = command.current_dir(folder).stdout(Stdio::piped()).spawn().context("failed to start tuiliu")?;
        let mut lines = BufReader::new(child.stdout.take().context("tuiliu has no output")?).lines();
        let (mut address, mut key) = (None, None);
        while address.is_none() || key.is_none() {
            let Some(line) = lines.next() else { bail!("tuiliu ended before it listened") };
            let line = line.context("failed to read what tuiliu prints")?;
            address = address.or_else(|| said(&line, "Tuiliu demo"));
            key = key.or_else(|| said(&line, "API key"));
        }
        // Whoever stops reading stops the writer.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self { child, address: address.unwrap_or_default(), key: key.unwrap_or_default() })
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        self.child.kill().and_then(|()| self.child.wait().map(drop)).unwrap_or_else(|error| eprintln!("{error}"));
    }
}

/// The word after `name` in a line.
fn said(line: &str, name: &str) -> Option<String> {
    line.trim_start().strip_prefix(name)?.split_whitespace().next().map(str::to_owned)
}

/// Reads `8431 generated, 103 found 12 unique failures, 169 skipped`.
fn tally_of(text: &str, went_well: bool) -> Tally {
    let counts = text.lines().find(|line| line.contains(" generated, ")).unwrap_or_default();
    let number = |before: &str| {
        let part = counts.split(", ").find(|part| part.contains(before))?;
        part.split_whitespace().next()?.parse::<u64>().ok()
    };
    let failed = number(" found ").unwrap_or(0).max(u64::from(!went_well));
    Tally { passed: number(" generated").unwrap_or(0).saturating_sub(failed), failed }
}

#[cfg(test)]
mod tests {
    use super::{said, tally_of};

    #[test]
    fn adds_up_what_was_tried() {
        let found = tally_of("Test cases:\n  8431 generated, 103 found 12 unique failures, 169 skipped\n", false);
        assert_eq!(found.to_string(), "8328 passed, 103 failed");
        assert_eq!(tally_of("  900 generated, 900 passed, 10 skipped\n", true).to_string(), "900 passed, 0 failed");
        assert_eq!(tally_of("no such option\n", false).to_string(), "0 passed, 1 failed");
    }

    #[test]
    fn hears_what_the_platform_says() {
        assert_eq!(
            said("Tuiliu demo   http://127.0.0.1:1234", "Tuiliu demo").as_deref(),
            Some("http://127.0.0.1:1234")
        );
        assert_eq!(said("  API key      sk_live_1 (all rights)", "API key").as_deref(), Some("sk_live_1"));
        assert_eq!(said("sign in", "API key"), None);
    }
}
