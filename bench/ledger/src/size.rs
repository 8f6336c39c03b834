//! Room and time that the ledger takes beside its work: disk, memory, first start, audit.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use serde_json::{Value, json};
use tuiliu_store::{Address, Store, StoreError};

use crate::measure::{count_as_f64, round};
use crate::ours;
use crate::server::Schema;
use crate::workload::{LIFE_COMMANDS, LIFE_GROUPS, Lives, Spread, Transfers};

/// Transfers in files whose size is measured.
const TRANSFERS: usize = 200_000;
/// Transfers that are audited.
const AUDITED: usize = 1_000_000;
/// Transfers per commit while files are filled: what group commit makes of many callers.
const COMMIT: usize = 100;

/// What one idle process costs.
pub struct Idle {
    pub resident_kb: u64,
    pub start: Duration,
    pub empty_bytes: u64,
}

/// Starts a process that opens a store in a new folder, and looks at it.
pub fn idle(folder: &Path) -> Result<Idle> {
    let path = folder.join("idle").join("tuiliu.db");
    let began = Instant::now();
    let told = Command::new(std::env::current_exe()?).arg("--idle").arg(&path).output()?;
    let start = began.elapsed();
    if !told.status.success() {
        bail!("the idle process failed: {}", String::from_utf8_lossy(&told.stderr));
    }
    let resident_kb = String::from_utf8_lossy(&told.stdout).trim().parse().context("a number of kB")?;
    let mut empty_bytes = 0;
    for entry in fs::read_dir(path.parent().context("a folder")?)? {
        empty_bytes += entry?.metadata()?.len();
    }
    Ok(Idle { resident_kb, start, empty_bytes })
}

/// The idle process: opens a store and prints how much memory it has, in kB.
pub fn run_idle(path: PathBuf) -> Result<()> {
    let store = ours::open(Address::File(path))?;
    let status = fs::read_to_string("/proc/self/status")?;
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    println!("{}", resident.trim().trim_end_matches(" kB"));
    drop(store);
    Ok(())
}

/// Bytes per transfer in a file, checkpointed: plain transfers, top-ups with their line of history, lives of orders.
pub struct FileSizes {
    pub transfer: f64,
    pub top_up: f64,
    pub life_command: f64,
}

pub fn file_sizes(folder: &Path) -> Result<FileSizes> {
    let mut transfers = Transfers::new(Spread::Random, 11);
    let transfer = grown(&folder.join("size-transfers.db"), TRANSFERS, |store| {
        ours::fill(store, TRANSFERS, COMMIT, || transfers.group())
    })?;
    let top_up = grown(&folder.join("size-top-ups.db"), TRANSFERS / 2, |store| {
        ours::fill_top_ups(store, TRANSFERS / 2, COMMIT)
    })?;
    let mut lives = Lives::new(COMMIT, 0);
    let groups = TRANSFERS / 4 / LIFE_GROUPS / COMMIT * LIFE_GROUPS * COMMIT;
    let life_command = grown(&folder.join("size-lives.db"), groups / LIFE_GROUPS * LIFE_COMMANDS, |store| {
        ours::fill(store, groups, COMMIT, || lives.group())
    })?;
    Ok(FileSizes { transfer, top_up, life_command })
}

/// By how many bytes for each of `count` the file grows.
fn grown(path: &Path, count: usize, fill: impl FnOnce(&Store) -> Result<Duration>) -> Result<f64> {
    let store = ours::open(Address::File(path.to_owned()))?;
    ours::warm_up(&store)?;
    drop(store);
    let before = fs::metadata(path)?.len();
    // Opened again, closed again: the last connection that closes a file checkpoints it.
    let store = ours::open(Address::File(path.to_owned()))?;
    fill(&store)?;
    drop(store);
    let wal = fs::metadata(path.with_extension("db-wal")).map_or(0, |wal| wal.len());
    let after = fs::metadata(path)?.len() + wal;
    fs::remove_file(path)?;
    Ok(count_as_f64(after.saturating_sub(before)) / count_as_f64(u64::try_from(count)?))
}

/// Bytes per transfer on PostgreSQL.
pub fn server_size(url: &str) -> Result<f64> {
    let schema = Schema::create(url, "size")?;
    let store = ours::open(Address::Server(schema.url()))?;
    ours::warm_up(&store)?;
    let before = schema.bytes()?;
    let mut transfers = Transfers::new(Spread::Random, 12);
    ours::fill(&store, TRANSFERS, COMMIT, || transfers.group())?;
    drop(store);
    Ok(count_as_f64(schema.bytes()?.saturating_sub(before)) / count_as_f64(u64::try_from(TRANSFERS)?))
}

/// An audit of a million transfers and some lives of orders.
pub struct Audited {
    pub transfers: u64,
    pub elapsed: Duration,
    pub filled_in: Duration,
}

impl Audited {
    pub fn per_second(&self) -> f64 {
        count_as_f64(self.transfers) / self.elapsed.as_secs_f64()
    }

    pub fn json(&self) -> Value {
        json!({
            "transfers": self.transfers, "seconds": self.elapsed.as_secs_f64(),
            "per_second": round(self.per_second()), "filled_in_seconds": self.filled_in.as_secs_f64(),
        })
    }
}

pub fn audit(folder: &Path) -> Result<Audited> {
    let store = ours::open(Address::File(folder.join("audit.db")))?;
    ours::warm_up(&store)?;
    let mut transfers = Transfers::new(Spread::Random, 13);
    let mut filled_in = ours::fill(&store, AUDITED, 1000, || transfers.group())?;
    let mut lives = Lives::new(1000, 0);
    filled_in += ours::fill(&store, 2 * LIFE_GROUPS * 1000, 1000, || lives.group())?;
    let began = Instant::now();
    let report = store.read_now(|tx| tx.audit_ledger(|_| {})).map_err(|fault: StoreError| anyhow!("audit: {fault}"))?;
    let elapsed = began.elapsed();
    if let Some(broken) = report.broken {
        bail!("the audit found that {broken}");
    }
    Ok(Audited { transfers: report.transfers, elapsed, filled_in })
}
