//! A file of what was acknowledged, written after the acknowledgement: what it names must never be lost.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};
use tracing::error;
use tuiliu_domain::id::PromotionOrderId;
use tuiliu_sim::sample::Witness;

/// The file, one line for each order and event.
pub(super) struct FileWitness {
    file: Mutex<File>,
}

impl FileWitness {
    /// Goes on where an earlier run stopped.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let file = OpenOptions::new().append(true).create(true).open(path);
        let file = file.with_context(|| format!("failed to open `{}`", path.display()))?;
        Ok(Self { file: Mutex::new(file) })
    }

    fn write(&self, lines: &str) {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(fault) = file.write_all(lines.as_bytes()) {
            error!(fault = %fault, "could not write down what was acknowledged");
        }
    }
}

impl Witness for FileWitness {
    fn ordered(&self, order: PromotionOrderId) {
        self.write(&format!("order {order}\n"));
    }

    fn reported(&self, events: &[(String, &'static str)]) {
        let mut lines = String::new();
        for (id, kind) in events {
            writeln!(lines, "event {kind} {id}").expect("a string takes every text");
        }
        self.write(&lines);
    }
}
