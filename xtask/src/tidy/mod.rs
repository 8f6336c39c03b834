//! Tidy: what the compiler cannot check about this tree. Every rule is a function over texts and a test.

mod banned;
mod columns;
mod layering;
mod length;
mod links;
mod manifests;
mod migrations;
mod rust_text;
mod transaction;
mod tree;

use std::fmt;
use std::process::ExitCode;

use anyhow::Result;
use cargo_metadata::Metadata;

pub(crate) use self::tree::{SourceFile, Tree};
use crate::workspace::Workspace;

/// One breach of one rule, with what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Violation {
    pub(crate) path: String,
    /// Counted from 1; 0 when it concerns the whole file.
    pub(crate) line: usize,
    pub(crate) complaint: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(formatter, "{}: {}", self.path, self.complaint),
            line => write!(formatter, "{}:{line}: {}", self.path, self.complaint),
        }
    }
}

impl Violation {
    fn at(path: impl Into<String>, line: usize, complaint: impl Into<String>) -> Self {
        Self { path: path.into(), line, complaint: complaint.into() }
    }

    fn in_file(path: impl Into<String>, complaint: impl Into<String>) -> Self {
        Self::at(path, 0, complaint)
    }
}

/// Checks every rule and prints what is broken.
pub(crate) fn run(workspace: &Workspace) -> Result<ExitCode> {
    let tree = Tree::read(&workspace.root)?;
    let violations = check(&tree, &workspace.metadata);
    for violation in &violations {
        println!("{violation}");
    }
    println!("tidy: {} files, {} violations", tree.files().len(), violations.len());
    Ok(if violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Every breach of every rule, sorted by file.
fn check(tree: &Tree, metadata: &Metadata) -> Vec<Violation> {
    let mut violations = layering::check(&layering::dependencies(metadata));
    for rule in [
        banned::check,
        columns::check,
        length::check,
        links::check,
        manifests::check,
        migrations::check,
        transaction::check,
        tree::check_sizes,
    ] {
        violations.extend(rule(tree));
    }
    violations.sort();
    violations
}

#[cfg(test)]
mod tests;
