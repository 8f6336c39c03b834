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

    /// What it has used so far.
    pub(crate) fn used(&self) -> Result<Used> {
        let mut used = Used::default();
        for thread in std::fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let text = std::fs::read_to_string(thread?.path().join("stat"))?;
            let (name, fields) = text.rsplit_once(')').context("failed to read what a thread used")?;
            let mut ticks = fields.split_whitespace().skip(11).map_while(|field| field.parse::<u32>().ok());
            let (user, kernel) = (seconds(ticks.next()), seconds(ticks.next()));
            let part = if name.contains("(tokio") { &mut used.requests } else { &mut used.others };
            part.user += user;
            part.kernel += kernel;
        }
        Ok(used)
    }
}

fn seconds(ticks: Option<u32>) -> f64 {
    f64::from(ticks.unwrap_or(0)) / 100.0
}

/// CPU seconds of a server: of the threads that answer requests and run jobs, and of the others, the store's.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Used {
    pub(crate) requests: Part,
    pub(crate) others: Part,
}

/// CPU seconds in the program and in the kernel.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Part {
    pub(crate) user: f64,
    pub(crate) kernel: f64,
}

impl Part {
    /// What came since, for each of so many requests, in microseconds.
    pub(crate) fn per_request(self, before: Self, requests: f64) -> Self {
        let each = |now: f64, before: f64| (now - before) * 1e6 / requests;
        Self { user: each(self.user, before.user), kernel: each(self.kernel, before.kernel) }
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        drop(self.child.wait());
    }
}
