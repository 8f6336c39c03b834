//! `cargo xtask migrations`: which migrations are published, that is, can never change again.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::tidy::Tree;
use crate::workspace::Workspace;

/// The folder of both databases' migrations.
pub(crate) const FOLDER: &str = "crates/tuiliu-store/migrations/";
/// The databases, as their folders are called.
pub(crate) const DATABASES: [&str; 2] = ["sqlite", "postgres"];
/// The list of published migrations: a checksum and a path below [`FOLDER`] on each line.
const LIST: &str = "checksums.txt";

/// Paths below [`FOLDER`] and the checksums of what they hold.
pub(crate) type Checksums = BTreeMap<String, String>;

/// Says what is published, or publishes what is new.
pub(crate) fn run(workspace: &Workspace, accept: bool) -> Result<ExitCode> {
    let tree = Tree::read(&workspace.root)?;
    let (published, current) = (published(&tree), current(&tree));
    let complaints = complaints(&published, &current);
    for complaint in &complaints {
        eprintln!("{complaint}");
    }
    if !complaints.is_empty() {
        return Ok(ExitCode::FAILURE);
    }
    if accept {
        let path = workspace.root.join(FOLDER).join(LIST);
        fs::write(&path, print(&current)).with_context(|| format!("failed to write `{}`", path.display()))?;
    }
    for path in current.keys() {
        let state = if accept || published.contains_key(path) { "published" } else { "new" };
        println!("{state} {path}");
    }
    Ok(ExitCode::SUCCESS)
}

/// The list of published migrations; empty when none is.
pub(crate) fn published(tree: &Tree) -> Checksums {
    tree.text(&format!("{FOLDER}{LIST}")).map(parse).unwrap_or_default()
}

/// The migrations that lie in the folders, with their checksums.
pub(crate) fn current(tree: &Tree) -> Checksums {
    let migrations = tree.files().iter().filter_map(|file| {
        let path = file.path.strip_prefix(FOLDER).filter(|path| path.ends_with(".sql"))?;
        Some((path.to_owned(), checksum(file.text.as_deref()?)))
    });
    migrations.collect()
}

/// What is wrong: a published migration that changed or is gone.
pub(crate) fn complaints(published: &Checksums, current: &Checksums) -> Vec<String> {
    let wrong = published.iter().filter_map(|(path, checksum)| match current.get(path) {
        Some(now) if now == checksum => None,
        Some(_) => Some(format!("the published migration `{path}` has changed; undo it and write a new migration")),
        None => Some(format!("the published migration `{path}` is gone; bring it back")),
    });
    wrong.collect()
}

fn parse(list: &str) -> Checksums {
    let lines = list.lines().filter_map(|line| line.split_once("  "));
    lines.map(|(checksum, path)| (path.to_owned(), checksum.to_owned())).collect()
}

fn print(checksums: &Checksums) -> String {
    let mut list = String::new();
    for (path, checksum) in checksums {
        let _ = writeln!(list, "{checksum}  {path}");
    }
    list
}

/// FNV-1a over 64 bits: enough to notice an edit, which is all this is for.
fn checksum(text: &str) -> String {
    let hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::{Checksums, checksum, complaints, parse, print};

    fn list(entries: &[(&str, &str)]) -> Checksums {
        entries.iter().map(|(path, text)| ((*path).to_owned(), checksum(text))).collect()
    }

    #[test]
    fn the_checksum_is_fnv_1a() {
        assert_eq!(checksum(""), "cbf29ce484222325");
        assert_eq!(checksum("foobar"), "85944171f73967e8");
    }

    #[test]
    fn the_list_reads_what_it_prints() {
        let published = list(&[("sqlite/V1__start.sql", "a"), ("postgres/V1__start.sql", "b")]);
        assert_eq!(parse(&print(&published)), published);
    }

    #[test]
    fn a_published_migration_neither_changes_nor_goes() {
        let published = list(&[("sqlite/V1__start.sql", "a")]);
        let check = |current: &[(&str, &str)]| complaints(&published, &list(current)).len();
        assert_eq!(check(&[("sqlite/V1__start.sql", "a"), ("sqlite/V2__more.sql", "b")]), 0);
        assert_eq!(check(&[("sqlite/V1__start.sql", "edited")]), 1);
        assert_eq!(check(&[]), 1);
    }
}
