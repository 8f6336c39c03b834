//! What lies under a folder: the kind of file system and what is free on it.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

/// A mounted file system.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Disk {
    pub(super) kind: String,
    pub(super) free_bytes: u64,
}

impl Disk {
    /// Asks `df`: the standard library cannot, and calling the system itself would be unsafe code.
    pub(super) fn under(folder: &Path) -> Result<Self> {
        let output = Command::new("df")
            .env("LC_ALL", "C")
            .args(["--output=fstype,avail", "--block-size=1", "--"])
            .arg(folder)
            .output()
            .context("failed to run `df`")?;
        if !output.status.success() {
            bail!("`df` ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
        }
        Self::parse(&String::from_utf8_lossy(&output.stdout))
    }

    fn parse(table: &str) -> Result<Self> {
        let row = table.lines().nth(1).context("`df` printed no row")?;
        let mut cells = row.split_whitespace();
        let (Some(kind), Some(free)) = (cells.next(), cells.next()) else {
            bail!("`df` printed the row `{row}`");
        };
        let free_bytes = free.parse().with_context(|| format!("`df` printed `{free}` as the free bytes"))?;
        Ok(Self { kind: kind.to_owned(), free_bytes })
    }
}

#[cfg(test)]
mod tests {
    use super::Disk;

    #[test]
    fn reads_what_df_prints() {
        let disk = Disk::parse("Type          Avail\next4   79456002048\n").unwrap();
        assert_eq!(disk, Disk { kind: "ext4".to_owned(), free_bytes: 79_456_002_048 });
        for nonsense in ["", "Type Avail\n", "Type Avail\next4\n", "Type Avail\next4 -\n"] {
            assert!(Disk::parse(nonsense).is_err(), "{nonsense:?}");
        }
    }

    #[test]
    fn looks_under_a_folder_that_is_there() {
        assert!(Disk::under(&std::env::temp_dir()).unwrap().free_bytes > 0);
        assert!(Disk::under(std::path::Path::new("nowhere/at/all")).is_err());
    }
}
