//! Programs of the system that tests need, installed where they are missing.

use std::process::Command;

use anyhow::{Context, Result, bail};

/// Installs packages with the system's package manager; `what` is how people call it.
pub(crate) fn install(what: &str, packages: &[&str], is_root: bool) -> Result<()> {
    let names = packages.join(" ");
    if !succeeds(Command::new("apt-get").arg("--version")) {
        bail!("{what} is missing and there is no apt-get; install it so that it is on the PATH");
    }
    if !is_root && !succeeds(Command::new("sudo").args(["-n", "true"])) {
        bail!("{what} is missing and this user may not install it; run `sudo apt-get install {names}`");
    }
    eprintln!("{what} is missing; installing it with apt-get");
    apt_get(is_root, &["update"])?;
    let install = ["install", "--yes", "--no-install-recommends"];
    apt_get(is_root, &[install.as_slice(), packages].concat())
}

fn apt_get(is_root: bool, arguments: &[&str]) -> Result<()> {
    let mut command = if is_root { Command::new("env") } else { Command::new("sudo") };
    if !is_root {
        command.args(["-n", "env"]);
    }
    command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"]).args(arguments);
    let status = command.status().context("failed to start apt-get")?;
    if !status.success() {
        bail!("`apt-get {}` failed with {status}; install it by hand", arguments.join(" "));
    }
    Ok(())
}

/// Whether a command exists and ends well; what it prints does not matter.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

/// Whether this process may install what it likes.
pub(crate) fn is_root() -> Result<bool> {
    let output = Command::new("id").arg("-u").output().context("failed to ask who this is")?;
    Ok(output.status.success() && output.stdout.trim_ascii() == b"0")
}
