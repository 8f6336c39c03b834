//! The files of the tree: what git tracks or would track.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::Violation;

/// Bytes that a file in git may have.
const FILE_BYTES_MAX: usize = 200_000;
/// Generated files, which are as large as they are.
const LARGE_FILES: &[&str] = &["Cargo.lock", "openapi.json", "package-lock.json"];
/// Folders that are not part of the tree where git cannot say so.
const OUTPUT_FOLDERS: &[&str] = &[".git", "target", "node_modules", "data", "dist"];

/// One file.
#[derive(Debug, Clone, Default)]
pub(crate) struct SourceFile {
    /// From the root of the tree, with `/`.
    pub(crate) path: String,
    pub(crate) bytes: usize,
    /// None when it is not UTF-8.
    pub(crate) text: Option<String>,
}

impl SourceFile {
    /// Whether it holds tests, or what only tests use, and nothing else.
    pub(crate) fn is_test(&self) -> bool {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        let is_test_module =
            matches!(name, "tests.rs" | "testing.rs") || name.ends_with(".test.ts") || name.ends_with(".test.tsx");
        is_test_module || self.path.contains("/tests/") || self.path.starts_with("e2e/")
    }

    pub(crate) fn is_rust(&self) -> bool {
        self.has_ending(&["rs"])
    }

    /// Whether its name ends with a dot and one of these.
    pub(crate) fn has_ending(&self, endings: &[&str]) -> bool {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        name.rsplit_once('.').is_some_and(|(_, ending)| endings.contains(&ending))
    }

    /// The text, or nothing when it is not a text.
    pub(crate) fn text(&self) -> &str {
        self.text.as_deref().unwrap_or_default()
    }
}

/// All files, sorted by path.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    files: Vec<SourceFile>,
}

impl Tree {
    /// Reads what git tracks or would track; every file where there is no git.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let mut paths = match paths_of_git(root) {
            Some(paths) => paths,
            None => paths_of_folder(root)?,
        };
        paths.sort();
        paths.dedup();
        let mut files = Vec::with_capacity(paths.len());
        for path in paths {
            // A deleted file is still tracked until the deletion is committed.
            if let Ok(bytes) = fs::read(root.join(&path)) {
                files.push(SourceFile { path, bytes: bytes.len(), text: String::from_utf8(bytes).ok() });
            }
        }
        Ok(Self { files })
    }

    pub(crate) fn files(&self) -> &[SourceFile] {
        &self.files
    }

    /// The text of one file, if there is such a file.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.iter().find(|file| file.path == path).map(SourceFile::text)
    }

    /// A tree of planted texts.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let planted = files.iter().map(|(path, text)| SourceFile {
            path: (*path).to_owned(),
            bytes: text.len(),
            text: Some((*text).to_owned()),
        });
        Self { files: planted.collect() }
    }
}

/// No file is larger than a text that somebody wrote.
pub(super) fn check_sizes(tree: &Tree) -> Vec<Violation> {
    let is_large = |path: &str| LARGE_FILES.contains(&path.rsplit('/').next().unwrap_or_default());
    let large = tree.files().iter().filter(|file| file.bytes > FILE_BYTES_MAX && !is_large(&file.path));
    large
        .map(|file| {
            let complaint = format!("{} bytes; a file in git has {FILE_BYTES_MAX} at most", file.bytes);
            Violation::in_file(&file.path, complaint)
        })
        .collect()
}

fn paths_of_git(root: &Path) -> Option<Vec<String>> {
    let mut command = Command::new("git");
    command.current_dir(root).args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let output = command.output().ok().filter(|output| output.status.success())?;
    let names = String::from_utf8(output.stdout).ok()?;
    let paths: Vec<String> = names.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect();
    (!paths.is_empty()).then_some(paths)
}

fn paths_of_folder(root: &Path) -> Result<Vec<String>> {
    let mut paths = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).with_context(|| format!("failed to read `{}`", folder.display()))?;
        for entry in entries {
            let entry = entry.with_context(|| format!("failed to read `{}`", folder.display()))?;
            let kind = entry.file_type().context("failed to read what a file is")?;
            if kind.is_dir() && !OUTPUT_FOLDERS.contains(&entry.file_name().to_string_lossy().as_ref()) {
                folders.push(entry.path());
            } else if kind.is_file() {
                let path = entry.path();
                let path = path.strip_prefix(root).context("a file lies in its folder")?;
                paths.push(path.to_string_lossy().into_owned());
            }
        }
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::{FILE_BYTES_MAX, Tree, check_sizes, paths_of_folder, paths_of_git};
    use crate::workspace::root;

    #[test]
    fn catches_a_file_that_is_too_large() {
        let large = "x".repeat(FILE_BYTES_MAX.saturating_add(1));
        let tree = Tree::of(&[("docs/a.md", &large), ("Cargo.lock", &large), ("docs/b.md", "small")]);
        let violations = check_sizes(&tree);
        assert_eq!(violations.len(), 1);
        assert_eq!(violations[0].path, "docs/a.md");
    }

    #[test]
    fn finds_the_same_sources_with_and_without_git() {
        let source = "xtask/src/main.rs".to_owned();
        assert!(paths_of_folder(&root()).expect("the tree can be read").contains(&source));
        if let Some(paths) = paths_of_git(&root()) {
            assert!(paths.contains(&source));
        }
    }
}
