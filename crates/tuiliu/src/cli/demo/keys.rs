//! The sample's API keys: shown at every start, so kept in the sample's folder, readable by its owner only.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use tuiliu_app::access::{ApiKeyKind, CreateApiKey};
use tuiliu_domain::party::Scope;
use tuiliu_sim::sample::Sample;

/// Keys of the sample's host platform.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SampleKeys {
    /// May do everything that a machine may.
    pub(super) live: String,
    /// May report events and nothing else.
    pub(super) publishable: String,
}

impl SampleKeys {
    /// The keys in the file, or new ones. Whoever dies before the file stands leaves keys that nobody knows.
    pub(super) async fn open(path: &Path, sample: &Sample) -> Result<Self> {
        if let Ok(text) = fs::read(path) {
            return serde_json::from_slice(&text).with_context(|| format!("failed to read `{}`", path.display()));
        }
        let keys = Self {
            live: create(sample, ApiKeyKind::Live, Scope::ALL).await?,
            publishable: create(sample, ApiKeyKind::Publishable, &[Scope::EventsWrite]).await?,
        };
        keys.save(path).with_context(|| format!("failed to write `{}`", path.display()))?;
        Ok(keys)
    }

    /// Whole or not at all.
    fn save(&self, path: &Path) -> Result<()> {
        let passing = path.with_extension("new");
        let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&passing)?;
        file.write_all(&serde_json::to_vec_pretty(self)?)?;
        file.sync_all()?;
        Ok(fs::rename(&passing, path)?)
    }
}

async fn create(sample: &Sample, kind: ApiKeyKind, scopes: &[Scope]) -> Result<String> {
    let command = CreateApiKey { name: format!("sample {}", kind.code()), kind, scopes: scopes.to_vec() };
    let created = sample.platform.app.open_api_key(sample.tenant(), command).await;
    Ok(created.context("failed to make a sample key")?.secret)
}
