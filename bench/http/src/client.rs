//! A server process of the bench, and what it costs.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};
use clap::ValueEnum as _;

use crate::Role;

/// A running server; it ends when this is dropped.
pub(crate) struct ServerProcess {
    child: Child,
    pub(crate) address: SocketAddr,
    pub(crate) key: String,
}

impl ServerProcess {
    pub(crate) fn start(role: Role, orders: usize) -> Result<Self> {
        let name = role.to_possible_value().context("a role has a name")?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["--serve", name.get_name(), "--orders", &orders.to_string()]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("failed to start")?;
        let out = child.stdout.take().context("a server has an output")?;
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line)?;
        let (address, key) = line.trim().split_once(' ').context("a server did not start")?;
        Ok(Self { address: address.parse()?, key: key.to_owned(), child })
    }

    /// CPU seconds it has used so far, in user and kernel.
    pub(crate) fn cpu_seconds(&self) -> Result<f64> {
        let text = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let (_, fields) = text.rsplit_once(')').context("failed to read what a process used")?;
        let ticks: u64 = fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
        Ok(f64::from(u32::try_from(ticks)?) / 100.0)
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        drop(self.child.wait());
    }
}
