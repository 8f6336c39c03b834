//! A peer: `cala-ledger`, built from its crate and run as a process of its own.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::measure::{Cell, Latencies, count_as_f64};
use crate::server::Database;

pub struct Cala {
    child: Child,
    asked: ChildStdin,
    answers: BufReader<ChildStdout>,
    _database: Database,
}

impl Cala {
    /// Builds the peer beside this program; takes minutes the first time.
    pub fn build() -> Result<PathBuf> {
        let own = std::env::current_exe()?;
        let target = own.parent().and_then(Path::parent).context("a program of a release build")?;
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cala/Cargo.toml");
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        let mut build = Command::new(cargo);
        // What cargo tells a program about its own package is no reason to build the peer's dependencies again.
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")) {
                build.env_remove(name);
            }
        }
        build.args(["build", "--release", "--locked", "--manifest-path"]).arg(manifest).arg("--target-dir").arg(target);
        if !build.stdout(Stdio::null()).status().context("failed to start cargo")?.success() {
            bail!("cala-ledger could not be built");
        }
        Ok(target.join("release").join("bench-cala"))
    }

    pub fn start(program: &Path, url: &str) -> Result<Self> {
        let database = Database::create(url, "cala")?;
        let mut child =
            Command::new(program).arg(database.url()?).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let asked = child.stdin.take().context("a pipe to the peer")?;
        let answers = BufReader::new(child.stdout.take().context("a pipe from the peer")?);
        let mut peer = Self { child, asked, answers, _database: database };
        peer.answer()?;
        Ok(peer)
    }

    pub fn callers(&mut self, callers: usize, hot: bool, seconds: f64) -> Result<Cell> {
        let spread = if hot { "hot" } else { "random" };
        self.cell(&format!("callers {callers} {spread} {seconds}"))
    }

    pub fn batches(&mut self, size: usize, callers: usize, seconds: f64) -> Result<Cell> {
        self.cell(&format!("batches {size} {callers} {seconds}"))
    }

    /// Bytes on disk per transfer.
    pub fn bytes_per_transfer(&mut self) -> Result<f64> {
        let told = self.ask("bytes")?;
        let number = |name: &str| told[name].as_u64().map(count_as_f64).context("a number");
        Ok(number("bytes")? / number("transfers")?.max(1.0))
    }

    fn cell(&mut self, line: &str) -> Result<Cell> {
        let told = self.ask(line)?;
        let number = |name: &str| told[name].as_u64().context("a number");
        let elapsed = Duration::from_micros(number("elapsed_us")?);
        let cell = Cell::of(number("count")?, elapsed, Latencies::default());
        let ms = |name: &str| Ok::<_, anyhow::Error>(count_as_f64(number(name)?) / 1000.0);
        Ok(Cell { p50_ms: ms("p50_us")?, p99_ms: ms("p99_us")?, ..cell })
    }

    fn ask(&mut self, line: &str) -> Result<Value> {
        writeln!(self.asked, "{line}")?;
        self.asked.flush()?;
        self.answer()
    }

    fn answer(&mut self) -> Result<Value> {
        let mut line = String::new();
        if self.answers.read_line(&mut line)? == 0 {
            bail!("cala-ledger ended early");
        }
        Ok(serde_json::from_str(&line)?)
    }
}

impl Drop for Cala {
    fn drop(&mut self) {
        // It measures nothing now; its database goes next.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
