//! Wiring: the store, the app, its jobs and the HTTP server, started in order and stopped in reverse.

mod content_check;
mod keys;
mod signals;
mod signed;
#[cfg(test)]
mod testing;
mod webhook;

use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::{oneshot, watch};
use tokio::task::{JoinHandle, spawn_blocking};
use tracing::{error, info, warn};
use tuiliu_api::api::{Api, ApiSettings, Surroundings};
use tuiliu_api::openapi::router;
use tuiliu_api::rate::RatePolicy;
use tuiliu_api::server::{Served, Server, ServerSettings};
use tuiliu_api::stop::Stop;
use tuiliu_app::access::PasswordCost;
use tuiliu_app::delivery::{EngineConfig, EngineKeys, TokenKey, TokenKeys};
use tuiliu_app::outside::{ContentCheck, Outside, RandomIds, SystemClock};
use tuiliu_app::wallet::SandboxProvider;
use tuiliu_app::{App, JobRhythm, Setup};
use tuiliu_domain::calendar::Calendar;
use tuiliu_domain::time::SECOND_MS;
use tuiliu_store::{Address, Store};

use crate::config::{Config, PaymentProvider, span};
use content_check::HttpContentCheck;
use keys::{KeyFile, Rotation, parse_key};
use signals::Signals;
use webhook::HttpCarrier;

/// Of the time to stop in, the part that jobs and the store keep for themselves once requests are over.
const CLOSING_SHARE: u32 = 4;
/// Pause between two looks whether it is ready.
const READY_LOOK: Duration = Duration::from_millis(10);
/// Pause before jobs that fell over are started again.
const JOBS_PAUSE: Duration = Duration::from_secs(1);

/// `tuiliu serve`: runs until a signal; a second one ends it at once.
pub(crate) fn run(config: Config) -> Result<ExitCode> {
    let runtime = runtime()?;
    let outcome = runtime.block_on(serve_until_signal(config));
    // What is still blocked after the deadline is not waited for; everything acknowledged is on disk.
    runtime.shutdown_background();
    outcome
}

async fn serve_until_signal(config: Config) -> Result<ExitCode> {
    let mut signals = Signals::listen()?;
    let running = tokio::select! {
        running = start(config) => running?,
        // Nothing was promised yet.
        _ = signals.next() => return Ok(ExitCode::SUCCESS),
    };
    info!("listening on `http://{}`", running.address);
    let signal = tokio::select! {
        signal = signals.next() => signal,
        () = running.ready() => {
            info!("ready");
            signals.next().await
        }
    };
    info!("stopping after `{}`; once more ends at once", signal.name());
    tokio::select! {
        stopped = running.stop() => stopped.map(|_| ExitCode::SUCCESS),
        again = signals.next() => {
            warn!("ended at once after `{}`", again.name());
            Ok(ExitCode::from(again.exit_code()))
        }
    }
}

/// Threads for requests, jobs and blocking work.
pub(crate) fn runtime() -> Result<Runtime> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.enable_all().build().context("failed to start the threads")
}

/// A platform that serves requests.
pub(crate) struct Running {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// What it serves; whoever keeps a clone keeps the store open.
    pub(crate) app: App,
    server: JoinHandle<Served>,
    jobs: JoinHandle<()>,
    stop_server: oneshot::Sender<()>,
    stop_jobs: watch::Sender<bool>,
    deadline: Duration,
}

/// Opens the store, starts the jobs, listens.
pub(crate) async fn start(config: Config) -> Result<Running> {
    let app = open_app(&config).await?;
    start_with(config, app).await
}

/// The same, with an app that is open already.
pub(crate) async fn start_with(config: Config, app: App) -> Result<Running> {
    let listen = config.server.listen;
    let listener = TcpListener::bind(listen).await.with_context(|| format!("failed to listen on `{listen}`"))?;
    let address = listener.local_addr().context("failed to learn the address that is listened on")?;
    let (stop_server, server_stopped) = oneshot::channel();
    let (stop_jobs, jobs_stopped) = watch::channel(false);
    let ready = Arc::new(AtomicBool::new(false));
    let jobs = tokio::spawn(run_jobs(app.clone(), rhythm(&config), Arc::clone(&ready), jobs_stopped));
    let stop = Stop::default();
    let api = Api::new(api_settings(&config), app.clone(), surroundings(app.clone(), ready), stop);
    let server = Server { router: router(api.clone()), listener, api, settings: server_settings(&config) };
    let server = tokio::spawn(server.serve(async {
        // Told to stop, or whoever could tell is gone.
        server_stopped.await.unwrap_or_default();
    }));
    info!("opened the store `{:?}`", config.store.address);
    let deadline = span(config.server.shutdown_deadline_ms);
    Ok(Running { address, app, server, jobs, stop_server, stop_jobs, deadline })
}

impl Running {
    /// Waits until it has something to show; requests are answered before that too.
    pub(crate) async fn ready(&self) {
        let mut looks = tokio::time::interval(READY_LOOK);
        while !self.app.is_delivering() {
            looks.tick().await;
        }
    }

    /// Stops in order: not ready, requests finished or cut, jobs done, events folded, store closed.
    ///
    /// # Errors
    /// When that takes longer than the deadline; nothing that was acknowledged is lost then either.
    pub(crate) async fn stop(self) -> Result<Served> {
        let deadline = self.deadline;
        let stopping = tokio::time::timeout(deadline, self.stop_in_order());
        stopping.await.map_err(|_| anyhow!("failed to stop within {} ms", deadline.as_millis()))?
    }

    async fn stop_in_order(self) -> Result<Served> {
        let Self { app, server, jobs, stop_server, stop_jobs, .. } = self;
        if stop_server.send(()).is_err() {
            warn!("the server had ended before it was told to");
        }
        let served = server.await.context("the server fell over")?;
        // Jobs run as long as requests do: what was reported last is folded on their way out.
        stop_jobs.send_replace(true);
        jobs.await.context("the jobs fell over")?;
        spawn_blocking(move || drop(app)).await.context("failed to close the store")?;
        info!("stopped");
        Ok(served)
    }
}

/// Runs the jobs until told to stop; jobs that fall over begin a new epoch.
async fn run_jobs(app: App, rhythm: JobRhythm, ready: Arc<AtomicBool>, mut stop: watch::Receiver<bool>) {
    loop {
        ready.store(true, Ordering::Release);
        match tokio::spawn(app.clone().run_jobs(rhythm, stop.clone())).await {
            Ok(()) => return,
            Err(fault) => error!(fault = %fault, "the jobs fell over and are started again"),
        }
        ready.store(false, Ordering::Release);
        tokio::select! {
            () = tokio::time::sleep(JOBS_PAUSE) => {}
            () = async { drop(stop.wait_for(|stop| *stop).await) } => return,
        }
    }
}

/// The app that the settings describe, on its store.
pub(crate) async fn open_app(config: &Config) -> Result<App> {
    let outside = Outside::default();
    let rotation = Rotation {
        now: outside.clock.now(),
        secrets: outside.secrets.as_ref(),
        hours: config.delivery.token_rotation_hours,
    };
    let keys = match config.store.address.parsed() {
        // What ends with the process needs no keys that outlive it.
        Address::Memory => KeyFile::passing(&rotation),
        Address::File(_) | Address::Server(_) => KeyFile::open(&config.delivery.key_file, &rotation)?,
    };
    let setup = setup(config, &keys, outside.secrets.next_secret())?;
    let opening = config.store.opening();
    let address = config.store.address.clone();
    // A database client that blocks must not do so on a thread that others wait on.
    let opened = spawn_blocking(move || Store::open(&opening)).await.context("failed to open the store")?;
    let store = opened.with_context(|| format!("failed to open the store `{address:?}`"))?;
    let provider = match config.payment.provider {
        PaymentProvider::Sandbox => SandboxProvider::new(store.clone(), payment_secret(config, &keys)?),
    };
    let carrier = HttpCarrier::new(span(config.webhook.timeout_ms), config.webhook.reachable());
    let app = App::with_setup(store, outside, setup).with_payments(Arc::new(provider)).with_webhooks(Arc::new(carrier));
    Ok(match content_check(config)? {
        Some(check) => app.with_content_check(check),
        None => app,
    })
}

/// Who judges content from outside, if the settings name anybody.
fn content_check(config: &Config) -> Result<Option<Arc<dyn ContentCheck>>> {
    let review = &config.review;
    if review.check_url.is_empty() {
        return Ok(None);
    }
    let check = HttpContentCheck::new(&review.check_url, review.check_secret.reveal(), span(review.check_timeout_ms));
    Ok(Some(Arc::new(check.context("failed to use `review.check_secret`")?)))
}

/// What the settings say about the app.
fn setup(config: &Config, keys: &KeyFile, seed: [u8; 32]) -> Result<Setup> {
    let Config { delivery, access, .. } = config;
    let tokens = keys.tokens.iter().map(|token| TokenKey::new(token.id, *token.secret.reveal())).collect();
    let tokens = TokenKeys::try_new(tokens).context("failed to use the token keys of the key file")?;
    let [a, b, c, d, e, f, g, h, ..] = seed;
    Ok(Setup {
        password_cost: PasswordCost { memory_kib: access.password_memory_kib, passes: access.password_passes },
        engine: EngineConfig {
            node: delivery.node,
            nodes: delivery.nodes,
            token_ttl_ms: i64::from(delivery.token_seconds) * SECOND_MS,
            seed: u64::from_be_bytes([a, b, c, d, e, f, g, h]),
            frequency_bits: delivery.frequency_bits,
            fence_after_ms: i64::from(delivery.fence_seconds) * SECOND_MS,
        },
        keys: EngineKeys { tokens, ..EngineKeys::from_secret(*keys.base.reveal()) },
        calendar: calendar(&config.calendar.file)?,
        retention: config.retention.setting(),
    })
}

/// The calendar of this release, with the years of the file where there is one.
fn calendar(file: &Path) -> Result<Calendar> {
    if file.as_os_str().is_empty() {
        return Ok(Calendar::mainland());
    }
    let text = std::fs::read_to_string(file);
    let text = text.with_context(|| format!("failed to read `calendar.file`, `{}`", file.display()))?;
    let calendar = Calendar::mainland().extended(&text);
    calendar.with_context(|| format!("failed to use `calendar.file`, `{}`", file.display()))
}

/// The secret of the settings, or that of the key file.
fn payment_secret(config: &Config, keys: &KeyFile) -> Result<[u8; 32]> {
    let secret = &config.payment.secret;
    if secret.is_empty() {
        return Ok(*keys.payments.reveal());
    }
    parse_key(secret.reveal()).context("failed to use `payment.secret`")
}

fn rhythm(config: &Config) -> JobRhythm {
    let jobs = &config.jobs;
    JobRhythm {
        delivery: span(jobs.delivery_tick_ms),
        due: span(jobs.due_tick_ms),
        housekeeping: span(jobs.housekeeping_tick_ms),
    }
}

fn surroundings(app: App, ready: Arc<AtomicBool>) -> Surroundings {
    let counted = app.clone();
    Surroundings {
        clock: Arc::new(SystemClock),
        ids: Arc::new(RandomIds::default()),
        ready: Arc::new(move || ready.load(Ordering::Acquire) && app.is_delivering()),
        gauge: Arc::new(move |metrics| {
            metrics.outbox_depth.set(counted.notices_waiting());
        }),
    }
}

fn api_settings(config: &Config) -> ApiSettings {
    let server = &config.server;
    let policy = |name, quota| RatePolicy { name, quota, window_s: 60 };
    ApiSettings {
        public_origin: Some(server.public_origin.clone()).filter(|origin| !origin.is_empty()),
        plain_http: server.plain_http,
        trusted_proxies: server.trusted_proxies.clone(),
        request_timeout: span(server.request_timeout_ms),
        requests_in_flight_max: count(server.requests_in_flight_max),
        stream_look_every: span(server.stream_look_ms),
        rate: policy("default", server.requests_per_minute),
        data_rate: policy("data", server.data_requests_per_minute),
        refusal_rate: policy("refusals", server.refusals_per_minute),
    }
}

fn server_settings(config: &Config) -> ServerSettings {
    let server = &config.server;
    let drain = span(server.drain_ms);
    let left = span(server.shutdown_deadline_ms).saturating_sub(drain);
    ServerSettings {
        connections_max: count(server.connections_max),
        header_timeout: span(server.header_timeout_ms),
        header_bytes_max: count(server.header_bytes_max),
        drain,
        deadline: left - left / CLOSING_SHARE,
    }
}

fn count(setting: u32) -> usize {
    usize::try_from(setting).expect("a usize has at least 32 bits where this runs")
}

#[cfg(test)]
mod tests;
