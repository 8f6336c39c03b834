//! `tuiliu doctor`: does what the platform stands on hold?

mod disk;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::UNIX_EPOCH;

use anyhow::Result;
use serde_json::json;
use tuiliu_app::outside::{Clock, SystemClock};
use tuiliu_domain::time::{DAY_MS, MINUTE_MS, Timestamp};
use tuiliu_store::Address;

use super::{BROKEN, WELL, print, print_json};
use crate::config::Config;
use disk::Disk;

/// Below it the disk is full before anybody looks.
const FREE_BYTES_MIN: u64 = 1_073_741_824;
/// Below it there is time to act.
const FREE_BYTES_EARLY: u64 = 10 * FREE_BYTES_MIN;
/// File systems over a network: their locks and their sync cannot be trusted with SQLite.
const NETWORK_FILE_SYSTEMS: &[&str] = &["nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "afs", "ceph"];
/// File systems that a restart of the machine empties.
const PASSING_FILE_SYSTEMS: &[&str] = &["tmpfs", "ramfs"];
/// No machine that runs this has a clock before it: the first of January 2026.
const EARLIEST: Timestamp = Timestamp::from_ms(1_767_225_600_000);
/// No machine that runs this has a clock after it: a hundred years later.
const LATEST: Timestamp = Timestamp::from_ms(1_767_225_600_000 + 36_525 * DAY_MS);

/// What `tuiliu doctor` takes.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Prints the findings as JSON.
    #[arg(long)]
    pub(super) json: bool,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Grade {
    Well,
    Warn,
    Fail,
}

impl Grade {
    const fn text(self) -> &'static str {
        match self {
            Self::Well => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    what: &'static str,
    grade: Grade,
    detail: String,
}

const fn finding(what: &'static str, grade: Grade, detail: String) -> Finding {
    Finding { what, grade, detail }
}

/// Looks at everything and changes nothing; fails when one thing does.
pub(super) fn run(config: &Config, arguments: &Arguments) -> Result<ExitCode> {
    let findings = examine(config, SystemClock.now());
    if arguments.json {
        print_json(&as_json(&findings))?
    } else {
        print(&as_text(&findings))?
    }
    let worst = findings.iter().map(|finding| finding.grade).max();
    Ok(if worst == Some(Grade::Fail) { ExitCode::from(BROKEN) } else { WELL })
}

fn examine(config: &Config, now: Timestamp) -> Vec<Finding> {
    let mut findings = vec![
        finding("version", Grade::Well, format!("tuiliu {} on {}", env!("CARGO_PKG_VERSION"), std::env::consts::OS)),
        // Reading them was the first thing this command did.
        finding("settings", Grade::Well, "read and checked".to_owned()),
        clock(now),
        store(config),
    ];
    match config.store.address.parsed() {
        Address::File(file) => {
            findings.extend(folder("data folder", file));
            findings.push(age(file, now));
        }
        Address::Memory | Address::Server(_) => {}
    }
    findings.push(key_file(&config.delivery.key_file));
    findings
}

fn clock(now: Timestamp) -> Finding {
    if (EARLIEST..LATEST).contains(&now) {
        finding("clock", Grade::Well, format!("{} ms since 1970", now.ms()))
    } else {
        finding("clock", Grade::Fail, format!("`{}` ms since 1970 is not this century", now.ms()))
    }
}

fn store(config: &Config) -> Finding {
    let address = config.store.address.parsed();
    match address {
        Address::Memory => finding("store", Grade::Warn, "in memory: everything is lost at the end".to_owned()),
        Address::File(file) if !file.exists() => {
            finding("store", Grade::Warn, format!("`{address:?}` is not there yet; the first start makes it"))
        }
        Address::File(_) | Address::Server(_) => examined(address),
    }
}

/// Asks the database itself: its version, its durability, its schema.
fn examined(address: &Address) -> Finding {
    match tuiliu_store::examine(address) {
        Ok(state) if state.schema == state.schema_of_program => {
            let detail = format!("{}, durable, schema {}", state.engine, state.schema_of_program);
            finding("store", Grade::Well, detail)
        }
        Ok(state) if state.schema > state.schema_of_program => {
            let detail = format!("schema {} is newer than this program's {}", state.schema, state.schema_of_program);
            finding("store", Grade::Fail, detail)
        }
        Ok(state) => {
            let detail = format!(
                "schema {} of {}; `tuiliu migrate` or the next start brings the rest",
                state.schema, state.schema_of_program
            );
            finding("store", Grade::Warn, detail)
        }
        Err(fault) => finding("store", Grade::Fail, format!("failed to {fault}")),
    }
}

/// The folder of a file, or the nearest one above it that is there.
fn existing_folder(file: &Path) -> PathBuf {
    let above = file.ancestors().skip(1).map(|folder| if folder == Path::new("") { Path::new(".") } else { folder });
    above.into_iter().find(|folder| folder.is_dir()).unwrap_or(Path::new(".")).to_path_buf()
}

fn folder(what: &'static str, file: &Path) -> Vec<Finding> {
    let folder = existing_folder(file);
    let shown = folder.display();
    let mut findings = Vec::new();
    // A probe, because permissions, full disks and read-only mounts all look alike from here.
    let probe = folder.join(format!(".tuiliu-doctor-{}", std::process::id()));
    let written = std::fs::write(&probe, b"probe").and_then(|()| std::fs::File::open(&probe)?.sync_all());
    let removed = if probe.exists() { std::fs::remove_file(&probe) } else { Ok(()) };
    findings.push(match written.and(removed) {
        Ok(()) => finding(what, Grade::Well, format!("`{shown}` can be written")),
        Err(error) => finding(what, Grade::Fail, format!("`{shown}` cannot be written: {error}")),
    });
    findings.push(match Disk::under(&folder) {
        Ok(disk) => disk_finding(&disk),
        Err(error) => finding("disk", Grade::Warn, format!("could not be looked at: {error:#}")),
    });
    findings
}

fn disk_finding(disk: &Disk) -> Finding {
    let Disk { kind, free_bytes } = disk;
    let free = format!("{} MiB free on `{kind}`", free_bytes / 1_048_576);
    if NETWORK_FILE_SYSTEMS.contains(&kind.as_str()) {
        return finding("disk", Grade::Fail, format!("{free}: a network file system cannot be trusted with SQLite"));
    }
    if *free_bytes < FREE_BYTES_MIN {
        return finding("disk", Grade::Fail, free);
    }
    if PASSING_FILE_SYSTEMS.contains(&kind.as_str()) {
        return finding("disk", Grade::Warn, format!("{free}, which is empty after a restart of the machine"));
    }
    finding("disk", if *free_bytes < FREE_BYTES_EARLY { Grade::Warn } else { Grade::Well }, free)
}

/// A file that was written in the future tells of a clock that went back.
fn age(file: &Path, now: Timestamp) -> Finding {
    let written = [file.to_path_buf(), with_ending(file, "-wal")].into_iter().filter_map(|path| {
        let modified = std::fs::metadata(path).ok()?.modified().ok()?;
        i64::try_from(modified.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()
    });
    match written.max().map(Timestamp::from_ms) {
        Some(written) if written.since_ms(now) > MINUTE_MS => {
            let ahead = written.since_ms(now) / 1_000;
            finding("clock against data", Grade::Fail, format!("the data was written {ahead} s in the future"))
        }
        _ => finding("clock against data", Grade::Well, "the data is older than now".to_owned()),
    }
}

fn with_ending(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// The keys of impression tokens must be nobody else's.
fn key_file(file: &Path) -> Finding {
    let shown = file.display();
    match std::fs::metadata(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            finding("key file", Grade::Warn, format!("`{shown}` is not there yet; the first start makes it"))
        }
        Err(error) => finding("key file", Grade::Fail, format!("`{shown}` cannot be looked at: {error}")),
        Ok(metadata) => match std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 {
            0 => finding("key file", Grade::Well, format!("`{shown}` is its owner's only")),
            _ => finding("key file", Grade::Fail, format!("`{shown}` can be read by others: chmod 600")),
        },
    }
}

fn as_text(findings: &[Finding]) -> String {
    let mut text = String::new();
    for Finding { what, grade, detail } in findings {
        writeln!(text, "{:<4}  {what:<18}  {detail}", grade.text()).expect("a string takes all");
    }
    text
}

fn as_json(findings: &[Finding]) -> serde_json::Value {
    let worst = findings.iter().map(|finding| finding.grade).max().unwrap_or(Grade::Well);
    let findings: Vec<_> = findings
        .iter()
        .map(|Finding { what, grade, detail }| json!({ "what": what, "grade": grade.text(), "detail": detail }))
        .collect();
    json!({ "verdict": worst.text(), "findings": findings })
}

#[cfg(test)]
mod tests;
