//! Finding PostgreSQL's programs, and installing them where they are missing.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// Where Debian keeps each version's programs.
const DEBIAN_VERSIONS: &str = "/usr/lib/postgresql";

/// The folder with `pg_ctl` and `initdb`: first on the path, then the newest version of the system.
pub(super) fn find_folder() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    search(&path, Path::new(DEBIAN_VERSIONS))
}

/// Looks in the folders of `path`, then in `versions/*/bin`, newest first.
pub(super) fn search(path: &OsStr, versions: &Path) -> Option<PathBuf> {
    let mut installed: Vec<(u32, PathBuf)> = fs::read_dir(versions)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    installed.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    let system = installed.into_iter().map(|(_, folder)| folder);
    env::split_paths(path)
        .chain(system)
        .find(|folder| folder.join("pg_ctl").is_file() && folder.join("initdb").is_file())
}

/// Installs PostgreSQL with the system's package manager.
pub(super) fn install(is_root: bool) -> Result<()> {
    if !succeeds(Command::new("apt-get").arg("--version")) {
        bail!("PostgreSQL is missing and there is no apt-get; install it so that pg_ctl and initdb are on the PATH");
    }
    if !is_root && !succeeds(Command::new("sudo").args(["-n", "true"])) {
        bail!("PostgreSQL is missing and this user may not install it; run `sudo apt-get install postgresql`");
    }
    eprintln!("PostgreSQL is missing; installing it with apt-get");
    apt_get(is_root, &["update"])?;
    apt_get(is_root, &["install", "--yes", "--no-install-recommends", "postgresql"])
}

fn apt_get(is_root: bool, arguments: &[&str]) -> Result<()> {
    let mut command = if is_root { Command::new("env") } else { Command::new("sudo") };
    if !is_root {
        command.args(["-n", "env"]);
    }
    command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"]).args(arguments);
    let status = command.status().context("failed to start apt-get")?;
    if !status.success() {
        bail!("`apt-get {}` failed with {status}; install PostgreSQL by hand", arguments.join(" "));
    }
    Ok(())
}

/// Whether a command exists and ends well; what it prints does not matter.
pub(super) fn succeeds(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}
