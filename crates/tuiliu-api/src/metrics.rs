//! Metrics: fields of one struct, read at `/metrics`.

use axum::http::{Method, StatusCode};
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::api::Api;
use crate::stopwatch::Stopwatch;

/// The content type of `/metrics`.
pub const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// Upper ends of the latency buckets, in seconds: fine around the data plane's 20 ms.
const LATENCY_BUCKETS: [f64; 14] =
    [0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.5, 10.0, 30.0];
/// The status of a request whose caller went away.
const GONE: u16 = 499;

/// Which requests.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct RequestLabels {
    /// The route's pattern, never the path: bounded.
    pub route: String,
    pub method: &'static str,
    pub status: u16,
}

/// Which route.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct RouteLabels {
    pub route: String,
    pub method: &'static str,
}

/// How something went, as a code that means one thing for ever.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ReasonLabels {
    pub reason: &'static str,
}

/// What became of a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub enum Fill {
    Filled,
    Empty,
}

/// Which slots.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct FillLabels {
    pub fill: Fill,
}

type LatencyFamily = Family<RouteLabels, Histogram, fn() -> Histogram>;

/// Every metric there is.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    /// Requests answered, by route, method and status; 499 is a caller that went away.
    pub requests: Family<RequestLabels, Counter>,
    /// Time from a request's arrival to the head of its answer.
    pub request_duration: LatencyFamily,
    /// Requests being worked on.
    pub requests_in_flight: Gauge,
    /// Connections open.
    pub connections: Gauge,
    /// Event streams open.
    pub streams: Gauge,
    /// Slots decided on, by whether something was shown.
    pub slots_decided: Family<FillLabels, Counter>,
    /// Events taken for good.
    pub events_accepted: Counter,
    /// Events that were there already.
    pub events_duplicate: Counter,
    /// Events refused, by code.
    pub events_rejected: Family<ReasonLabels, Counter>,
    /// Events charged to an order.
    pub charges: Counter,
    /// Valid events that were shown for nothing, by reason.
    pub events_uncharged: Family<ReasonLabels, Counter>,
    /// Commands waiting for a writer.
    pub write_queue_depth: Gauge,
    /// Notices in the outbox that nobody has read yet.
    pub outbox_depth: Gauge,
    /// Jobs that are due and not done.
    pub jobs_due: Gauge,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("tuiliu");
        let latency: fn() -> Histogram = || Histogram::new(LATENCY_BUCKETS);
        let metrics = Self {
            requests: Family::default(),
            request_duration: Family::new_with_constructor(latency),
            requests_in_flight: Gauge::default(),
            connections: Gauge::default(),
            streams: Gauge::default(),
            slots_decided: Family::default(),
            events_accepted: Counter::default(),
            events_duplicate: Counter::default(),
            events_rejected: Family::default(),
            charges: Counter::default(),
            events_uncharged: Family::default(),
            write_queue_depth: Gauge::default(),
            outbox_depth: Gauge::default(),
            jobs_due: Gauge::default(),
            registry: Registry::default(),
        };
        registry.register("http_requests", "Requests answered", metrics.requests.clone());
        let duration = metrics.request_duration.clone();
        registry.register_with_unit("http_request_duration", "Time to the head of the answer", Unit::Seconds, duration);
        registry.register("http_requests_in_flight", "Requests being worked on", metrics.requests_in_flight.clone());
        registry.register("http_connections", "Connections open", metrics.connections.clone());
        registry.register("http_streams", "Event streams open", metrics.streams.clone());
        registry.register("slots_decided", "Slots decided on", metrics.slots_decided.clone());
        registry.register("events_accepted", "Events taken for good", metrics.events_accepted.clone());
        registry.register("events_duplicate", "Events that were there already", metrics.events_duplicate.clone());
        registry.register("events_rejected", "Events refused", metrics.events_rejected.clone());
        registry.register("charges", "Events charged to an order", metrics.charges.clone());
        registry.register("events_uncharged", "Valid events shown for nothing", metrics.events_uncharged.clone());
        registry.register("write_queue_depth", "Commands waiting for a writer", metrics.write_queue_depth.clone());
        registry.register("outbox_depth", "Notices not read yet", metrics.outbox_depth.clone());
        registry.register("jobs_due", "Jobs due and not done", metrics.jobs_due.clone());
        Self { registry, ..metrics }
    }

    /// The text of `/metrics`.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("a string takes all");
        text
    }
}

/// One request being watched; counted once, also when its caller goes away.
pub(crate) struct Observation {
    api: Api,
    method: &'static str,
    route: String,
    since: Stopwatch,
    status: u16,
}

impl Observation {
    pub(crate) fn begin(api: &Api, method: &Method, route: String) -> Self {
        api.metrics().requests_in_flight.inc();
        Self { api: api.clone(), method: known(method), route, since: Stopwatch::start(), status: GONE }
    }

    /// Counts the answer, and logs it: the data plane and health checks quietly.
    pub(crate) fn finish(mut self, status: StatusCode, quiet: bool) {
        self.status = status.as_u16();
        let (status, duration_us) = (self.status, self.since.elapsed().as_micros());
        if quiet {
            tracing::debug!(http.status = status, http.duration_us = duration_us, "answered `{status}`");
        } else {
            tracing::info!(http.status = status, http.duration_us = duration_us, "answered `{status}`");
        }
    }
}

impl Drop for Observation {
    fn drop(&mut self) {
        let Self { api, method, status, since, .. } = self;
        let (metrics, method) = (api.metrics(), *method);
        let route = std::mem::take(&mut self.route);
        metrics.requests_in_flight.dec();
        metrics
            .request_duration
            .get_or_create(&RouteLabels { route: route.clone(), method })
            .observe(since.elapsed().as_secs_f64());
        metrics.requests.get_or_create(&RequestLabels { route, method, status: *status }).inc();
    }
}

/// Methods are made up by callers; labels must not be.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn the_list_of_metrics_is_known() {
        let metrics = Metrics::new();
        let (route, method, reason) = ("/".to_owned(), "GET", "none");
        metrics.requests.get_or_create(&RequestLabels { route: route.clone(), method, status: 200 }).inc();
        metrics.request_duration.get_or_create(&RouteLabels { route, method }).observe(0.1);
        metrics.slots_decided.get_or_create(&FillLabels { fill: Fill::Filled }).inc();
        metrics.events_rejected.get_or_create(&ReasonLabels { reason }).inc();
        metrics.events_uncharged.get_or_create(&ReasonLabels { reason }).inc();
        let text = metrics.text();
        let types: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")).collect();
        expect![[r#"
            tuiliu_http_requests counter
            tuiliu_http_request_duration_seconds histogram
            tuiliu_http_requests_in_flight gauge
            tuiliu_http_connections gauge
            tuiliu_http_streams gauge
            tuiliu_slots_decided counter
            tuiliu_events_accepted counter
            tuiliu_events_duplicate counter
            tuiliu_events_rejected counter
            tuiliu_charges counter
            tuiliu_events_uncharged counter
            tuiliu_write_queue_depth gauge
            tuiliu_outbox_depth gauge
            tuiliu_jobs_due gauge"#]]
        .assert_eq(&types.join("\n"));
    }
}
