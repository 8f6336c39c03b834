//! `tuiliu migrate`: brings the store's schema to this version.

use std::process::ExitCode;

use anyhow::{Context, Result};
use tuiliu_store::Store;

use super::{WELL, print};
use crate::config::Config;

/// Opens the store, which migrates it, and closes it again.
pub(super) fn run(config: &Config) -> Result<ExitCode> {
    let address = &config.store.address;
    drop(Store::open(&config.store.opening()).with_context(|| format!("failed to migrate `{address:?}`"))?);
    print(&format!("the schema of `{address:?}` is that of version {}\n", env!("CARGO_PKG_VERSION")))?;
    Ok(WELL)
}
