//! Finding PostgreSQL's programs, and installing them where they are missing.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::packages;

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
    packages::install("PostgreSQL", &["postgresql"], is_root)
}
