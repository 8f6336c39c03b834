//! What every handler can reach: settings, the shell, metrics, limits, the stop signal.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;
use tuiliu_app::App;
use tuiliu_app::outside::{Clock, Ids};
use tuiliu_domain::time::Timestamp;

use crate::metrics::Metrics;
use crate::rate::{RateLimiter, RatePolicy};
use crate::stop::{Phase, Stop};

/// Of so many requests of the data plane that went well, one is logged.
const LOGGED_ONE_IN: u32 = 100;

/// How the api behaves; every field stands in `tuiliu.toml`.
#[derive(Debug, Clone)]
pub struct ApiSettings {
    /// Where browsers find us, `https://host`; without it the `Host` header is compared.
    pub public_origin: Option<String>,
    /// Whether browsers reach us without TLS: the session cookie is then neither `__Host-` nor `Secure`. For trying
    /// out on one's own network only.
    pub plain_http: bool,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// A handler that takes longer is answered `server.timeout`.
    pub request_timeout: Duration,
    /// Requests worked on at once; more are answered `server.busy`.
    pub requests_in_flight_max: usize,
    /// Streams look for news this often.
    pub stream_look_every: Duration,
    /// What one key, session or address may send to the control plane.
    pub rate: RatePolicy,
    /// What one key may send to `/v1/decisions` and `/v1/events`.
    pub data_rate: RatePolicy,
    /// Failed sign-ins and wrong keys that one address may send.
    pub refusal_rate: RatePolicy,
}

impl Default for ApiSettings {
    fn default() -> Self {
        Self {
            public_origin: None,
            plain_http: false,
            trusted_proxies: Vec::new(),
            request_timeout: Duration::from_secs(30),
            requests_in_flight_max: 4_096,
            stream_look_every: Duration::from_secs(2),
            rate: RatePolicy { name: "default", quota: 1_200, window_s: 60 },
            data_rate: RatePolicy { name: "data", quota: 600_000, window_s: 60 },
            refusal_rate: RatePolicy { name: "refusals", quota: 60, window_s: 60 },
        }
    }
}

/// What the api takes from the process around it.
#[derive(Clone)]
pub struct Surroundings {
    /// The app's own clock.
    pub clock: Arc<dyn Clock>,
    /// Makes request ids.
    pub ids: Arc<dyn Ids>,
    /// Whether the app can do its work; `/readyz` asks.
    pub ready: Arc<dyn Fn() -> bool + Send + Sync>,
    /// Sets the gauges that are read rather than counted, before each scrape of `/metrics`.
    pub gauge: Arc<dyn Fn(&Metrics) + Send + Sync>,
}

/// The state of the router; cloning is cheap.
#[derive(Clone)]
pub struct Api {
    shared: Arc<Shared>,
}

struct Shared {
    settings: ApiSettings,
    app: App,
    surroundings: Surroundings,
    metrics: Metrics,
    stop: Stop,
    limiters: Limiters,
    in_flight: Semaphore,
    /// Requests that a sample was drawn from.
    sampled: AtomicU32,
}

pub(crate) struct Limiters {
    pub(crate) control: RateLimiter,
    pub(crate) data: RateLimiter,
    pub(crate) refusals: RateLimiter,
}

impl Api {
    /// An api to this app that listens to `stop`.
    #[must_use]
    pub fn new(settings: ApiSettings, app: App, surroundings: Surroundings, stop: Stop) -> Self {
        let limiters = Limiters {
            control: RateLimiter::new(settings.rate),
            data: RateLimiter::new(settings.data_rate),
            refusals: RateLimiter::new(settings.refusal_rate),
        };
        let in_flight = Semaphore::new(settings.requests_in_flight_max.min(Semaphore::MAX_PERMITS));
        let shared = Shared {
            settings,
            app,
            surroundings,
            metrics: Metrics::new(),
            stop,
            limiters,
            in_flight,
            sampled: AtomicU32::new(0),
        };
        Self { shared: Arc::new(shared) }
    }

    /// The app: what a handler calls one method of.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.shared.app
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.shared.surroundings.clock.now()
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &ApiSettings {
        &self.shared.settings
    }

    /// The metrics, for handlers to count in.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.shared.metrics
    }

    /// The signal that ends open streams.
    #[must_use]
    pub fn stop(&self) -> &Stop {
        &self.shared.stop
    }

    /// Whether new requests are welcome.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.shared.stop.phase() == Phase::Serving && (self.shared.surroundings.ready)()
    }

    /// Whether this request is the one of so many that stands for the others in the log.
    pub(crate) fn is_sampled(&self) -> bool {
        self.shared.sampled.fetch_add(1, Ordering::Relaxed).is_multiple_of(LOGGED_ONE_IN)
    }

    pub(crate) fn surroundings(&self) -> &Surroundings {
        &self.shared.surroundings
    }

    pub(crate) fn limiters(&self) -> &Limiters {
        &self.shared.limiters
    }

    pub(crate) fn in_flight(&self) -> &Semaphore {
        &self.shared.in_flight
    }
}
