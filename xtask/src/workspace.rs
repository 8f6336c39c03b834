//! Where the tree and its build output lie, and how to start cargo in it.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus};

use anyhow::{Context, Result};
use cargo_metadata::{Metadata, MetadataCommand};

/// The tree this tool was built from.
#[derive(Debug)]
pub(crate) struct Workspace {
    /// The folder of the workspace's Cargo.toml.
    pub(crate) root: PathBuf,
    /// Where cargo puts what it builds.
    pub(crate) target: PathBuf,
    /// The members and their direct dependencies; nothing is resolved or downloaded.
    pub(crate) metadata: Metadata,
}

impl Workspace {
    /// Asks cargo about the tree.
    pub(crate) fn find() -> Result<Self> {
        let manifest = root().join("Cargo.toml");
        let metadata =
            MetadataCommand::new().manifest_path(manifest).no_deps().exec().context("failed to read the workspace")?;
        Ok(Self { root: root(), target: metadata.target_directory.clone().into_std_path_buf(), metadata })
    }

    /// A cargo command that runs in the root of the tree.
    pub(crate) fn cargo(&self, subcommand: &str) -> Command {
        let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
        command.current_dir(&self.root).arg(subcommand);
        command
    }

    /// A cargo command that, in continuous integration, refuses to change Cargo.lock.
    pub(crate) fn cargo_locked(&self, subcommand: &str) -> Command {
        let mut command = self.cargo(subcommand);
        if in_ci() {
            command.arg("--locked");
        }
        command
    }
}

/// The root of the tree: the folder above this package.
pub(crate) fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package).to_path_buf()
}

/// Whether this is continuous integration, where nothing may be skipped.
pub(crate) fn in_ci() -> bool {
    env::var("CI").is_ok_and(|value| !matches!(value.as_str(), "" | "0" | "false"))
}

/// The exit code that says what a finished child said.
pub(crate) fn exit_code(status: ExitStatus) -> ExitCode {
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    code.map_or(ExitCode::FAILURE, ExitCode::from)
}

#[cfg(test)]
pub(crate) fn for_tests() -> Workspace {
    Workspace::find().expect("cargo can read the tree it builds")
}
