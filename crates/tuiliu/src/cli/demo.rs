//! `tuiliu demo`: a sample platform with a simulated audience, in a folder that survives restarts.

mod keys;
mod panel;
mod witness;

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tuiliu_app::outside::SystemClock;
use tuiliu_sim::progress::Progress;
use tuiliu_sim::sample::{LOGINS, LifeSettings, Sample, Witness, live, seed_platform};

use super::{WELL, print};
use crate::config::{Config, StoreAddress};
use crate::serve;
use keys::SampleKeys;
use panel::Panel;
use witness::FileWitness;

/// What `tuiliu demo` takes; what is not given comes from the settings.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The folder that the sample platform lives in.
    #[arg(long, value_name = "FOLDER", default_value = "data/demo")]
    pub(super) data: PathBuf,
    /// Where it listens.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(super) listen: Option<SocketAddr>,
    /// How often faster than life the audience moves.
    #[arg(long, value_name = "TIMES", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(super) speed: Option<u32>,
    /// Starts over with an empty platform.
    #[arg(long)]
    pub(super) fresh: bool,
    /// Ends by itself after so many seconds.
    #[arg(long = "for", value_name = "SECONDS")]
    pub(super) seconds: Option<u32>,
    /// Appends every order and event to this file once it was acknowledged: for tests that kill the demo.
    #[arg(long, value_name = "FILE", hide = true)]
    pub(super) acknowledged: Option<PathBuf>,
}

/// Files of the sample platform in its folder.
const STORE_FILE: &str = "tuiliu.db";
const KEY_FILE: &str = "tuiliu.keys";
const SAMPLE_KEYS_FILE: &str = "sample-keys.json";

/// Runs the sample platform until it is stopped.
pub(super) fn run(config: Config, arguments: &Arguments) -> Result<ExitCode> {
    let folder = &arguments.data;
    if arguments.fresh {
        clear(folder)?;
    }
    let runtime = serve::runtime()?;
    let outcome = runtime.block_on(run_until_stopped(in_folder(config, folder)?, arguments));
    // What is still blocked is not waited for; everything acknowledged is on disk.
    runtime.shutdown_background();
    outcome.map(|()| WELL)
}

async fn run_until_stopped(config: Config, arguments: &Arguments) -> Result<()> {
    let settings = LifeSettings {
        seed: config.demo.seed,
        speed: arguments.speed.unwrap_or(config.demo.speed),
        viewers: config.demo.viewers,
    };
    let stopped = stopped(arguments.seconds)?;
    tokio::pin!(stopped);
    let running = serve::start(config).await?;
    let sample = tokio::select! {
        sample = seed_platform(&running.app, Arc::new(SystemClock)) => Some(sample.context("failed to set up the sample")?),
        () = &mut stopped => None,
    };
    if let Some(sample) = sample {
        let keys = SampleKeys::open(&arguments.data.join(SAMPLE_KEYS_FILE), &sample).await?;
        print(&greeting(running.address, &sample, &keys, settings))?;
        let witness = arguments.acknowledged.as_deref().map(FileWitness::open).transpose()?;
        let witness = witness.map(|witness| -> Arc<dyn Witness> { Arc::new(witness) });
        let progress = Arc::new(Progress::default());
        let (stop, told) = watch::channel(false);
        let life = tokio::spawn(live(sample.clone(), settings, (Arc::clone(&progress), witness), told));
        let panel = tokio::spawn(Panel::new(sample, progress).show(stop.subscribe()));
        stopped.await;
        stop.send_replace(true);
        life.await.context("the sample's life fell over")??;
        panel.await.context("the terminal's panel fell over")?;
    }
    running.stop().await.map(drop)
}

/// Ends with SIGINT, SIGTERM, or the time that was given.
fn stopped(seconds: Option<u32>) -> Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt()).context("failed to listen to signals")?;
    let mut terminate = signal(SignalKind::terminate()).context("failed to listen to signals")?;
    let end = async move {
        match seconds {
            Some(seconds) => tokio::time::sleep(Duration::from_secs(u64::from(seconds))).await,
            None => std::future::pending().await,
        }
    };
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            () = end => {}
        }
    })
}

/// The settings with store and keys in the sample's folder.
fn in_folder(mut config: Config, folder: &Path) -> Result<Config> {
    fs::create_dir_all(folder).with_context(|| format!("failed to make the folder `{}`", folder.display()))?;
    let address = format!("sqlite:{}", folder.join(STORE_FILE).display());
    config.store.address = StoreAddress::try_from(address).map_err(|error| anyhow!(error))?;
    config.delivery.key_file = folder.join(KEY_FILE);
    // What nobody else reaches may try webhooks on its own machine.
    config.webhook.private_addresses |= config.server.listen.ip().is_loopback();
    Ok(config)
}

/// Removes what earlier runs left in the folder, and nothing that is not the sample's.
fn clear(folder: &Path) -> Result<()> {
    let store = [STORE_FILE.to_owned(), format!("{STORE_FILE}-wal"), format!("{STORE_FILE}-shm")];
    for name in store.iter().map(String::as_str).chain([KEY_FILE, SAMPLE_KEYS_FILE]) {
        let path = folder.join(name);
        match fs::remove_file(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error).with_context(|| format!("failed to remove `{}`", path.display())),
        }
    }
    Ok(())
}

fn greeting(address: SocketAddr, sample: &Sample, keys: &SampleKeys, settings: LifeSettings) -> String {
    let mut text = format!("\nTuiliu demo   http://{address}\ntenant        {}\n", sample.tenant());
    for login in LOGINS {
        let roles: Vec<&str> = login.roles.iter().map(|role| role.code()).collect();
        text.push_str(&format!("{:<14}{:<18}{}\n", login.name, login.password, roles.join(", ")));
    }
    text.push_str(&format!("API key       {}\npublishable   {}\n", keys.live, keys.publishable));
    let LifeSettings { speed, viewers, .. } = settings;
    text.push_str(&format!(
        "audience      {viewers} viewers at {speed}× human speed; Ctrl-C stops, a restart goes on\n\n"
    ));
    text
}
