//! Settings: what they are called, what they mean when nobody sets them, and which values make sense.
//!
//! Lowest first: the default, `tuiliu.toml`, the environment (`TUILIU_SERVER__LISTEN`), the command line.

mod load;
mod secret;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use tuiliu_domain::webhook::Reachable;
use tuiliu_store::{Address, StoreConfig};

use crate::telemetry;

pub(crate) use load::{Sources, load};
pub(crate) use secret::Secret;

/// Every setting of the program; `Default` is what holds when nobody sets anything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) server: Server,
    pub(crate) store: Store,
    pub(crate) delivery: Delivery,
    pub(crate) jobs: Jobs,
    pub(crate) retention: Retention,
    pub(crate) access: Access,
    pub(crate) payment: Payment,
    pub(crate) review: Review,
    pub(crate) webhook: Webhook,
    pub(crate) calendar: CalendarFile,
    pub(crate) log: Log,
    pub(crate) demo: Demo,
}

/// How clients reach it, and how much each may ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Server {
    /// Address and port; port 0 takes a free one.
    pub(crate) listen: SocketAddr,
    /// Where browsers find us, `https://host`; when empty, the `Host` header is compared.
    pub(crate) public_origin: String,
    /// Whether browsers reach us without TLS.
    pub(crate) plain_http: bool,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub(crate) trusted_proxies: Vec<IpAddr>,
    /// Open at once; more wait in the kernel.
    pub(crate) connections_max: u32,
    /// For the head of a connection's next request.
    pub(crate) header_timeout_ms: u32,
    pub(crate) header_bytes_max: u32,
    pub(crate) request_timeout_ms: u32,
    /// Worked on at once.
    pub(crate) requests_in_flight_max: u32,
    /// Between two looks of a stream.
    pub(crate) stream_look_ms: u32,
    /// Of one key, session or address to the control plane.
    pub(crate) requests_per_minute: u32,
    /// Of one key to `/v1/decisions` and `/v1/events`.
    pub(crate) data_requests_per_minute: u32,
    /// Failed sign-ins and wrong keys of one address.
    pub(crate) refusals_per_minute: u32,
    /// From "not ready" to the last accepted connection.
    pub(crate) drain_ms: u32,
    /// From the signal to the end, whatever still runs.
    pub(crate) shutdown_deadline_ms: u32,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            public_origin: String::new(),
            plain_http: false,
            trusted_proxies: Vec::new(),
            connections_max: 10_000,
            header_timeout_ms: 30_000,
            header_bytes_max: 32_768,
            request_timeout_ms: 30_000,
            requests_in_flight_max: 4_096,
            stream_look_ms: 2_000,
            requests_per_minute: 1_200,
            data_requests_per_minute: 600_000,
            refusals_per_minute: 60,
            drain_ms: 0,
            shutdown_deadline_ms: 20_000,
        }
    }
}

/// Where the state lives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Store {
    pub(crate) address: StoreAddress,
    pub(crate) readers: u32,
}

impl Default for Store {
    fn default() -> Self {
        Self { address: StoreAddress::file("data/tuiliu.db"), readers: 4 }
    }
}

impl Store {
    /// What the store is opened with.
    pub(crate) fn opening(&self) -> StoreConfig {
        let readers = usize::try_from(self.readers).expect("a usize holds what the check let through");
        StoreConfig { address: self.address.parsed.clone(), readers }
    }
}

/// How the feed's questions are answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Delivery {
    /// Number of this node among those that share a store.
    pub(crate) node: u32,
    /// How many nodes share the budgets.
    pub(crate) nodes: u32,
    /// A node that has not shown itself for so long loses what it has leased to the others.
    pub(crate) fence_seconds: u32,
    /// Holds the keys of impression tokens; made at the first start.
    pub(crate) key_file: PathBuf,
    pub(crate) token_rotation_hours: u32,
    pub(crate) token_seconds: u32,
    /// 2^bits cells of the frequency table of each tenant.
    pub(crate) frequency_bits: u32,
}

impl Default for Delivery {
    fn default() -> Self {
        Self {
            node: 1,
            nodes: 1,
            fence_seconds: 60,
            key_file: PathBuf::from("data/tuiliu.keys"),
            token_rotation_hours: 720,
            token_seconds: 300,
            frequency_bits: 16,
        }
    }
}

/// What time does, and how often it is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Jobs {
    /// Folding of events, snapshots, leases.
    pub(crate) delivery_tick_ms: u32,
    /// Pacing, and what is due to orders and rooms.
    pub(crate) due_tick_ms: u32,
    /// Lapsed coupons, and whatever is only kept for a while.
    pub(crate) housekeeping_tick_ms: u32,
}

impl Default for Jobs {
    fn default() -> Self {
        Self { delivery_tick_ms: 50, due_tick_ms: 1_000, housekeeping_tick_ms: 60_000 }
    }
}

/// How many days things are kept that nothing rests on for ever; never money, and never figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Retention {
    /// Reported events once they are folded.
    pub(crate) event_days: u32,
    /// Refused events.
    pub(crate) refused_event_days: u32,
    /// Sums by minute; those by quarter of an hour stay.
    pub(crate) minute_days: u32,
    /// Answers to idempotency keys.
    pub(crate) answer_days: u32,
    /// What happened to orders, as it was told.
    pub(crate) notice_days: u32,
    /// What single viewers did, after figures became final.
    pub(crate) viewer_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        let tuiliu_app::Retention {
            event_days,
            refused_event_days,
            minute_days,
            answer_days,
            notice_days,
            viewer_days,
        } = tuiliu_app::Retention::default();
        Self { event_days, refused_event_days, minute_days, answer_days, notice_days, viewer_days }
    }
}

impl Retention {
    /// What the app is set up with.
    pub(crate) const fn setting(&self) -> tuiliu_app::Retention {
        let Self { event_days, refused_event_days, minute_days, answer_days, notice_days, viewer_days } = *self;
        tuiliu_app::Retention { event_days, refused_event_days, minute_days, answer_days, notice_days, viewer_days }
    }
}

/// How people sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Access {
    /// Of one reckoning of argon2id.
    pub(crate) password_memory_kib: u32,
    pub(crate) password_passes: u32,
}

impl Default for Access {
    /// What OWASP recommends at least.
    fn default() -> Self {
        Self { password_memory_kib: 19_456, password_passes: 2 }
    }
}

/// Who takes the money.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Payment {
    pub(crate) provider: PaymentProvider,
    /// Signs what the provider tells us; `secret_file` is the better place.
    pub(crate) secret: Secret<String>,
    pub(crate) secret_file: PathBuf,
}

/// Who judges content from outside, after the rules and before people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Review {
    /// Where the question is sent; empty for nobody.
    pub(crate) check_url: String,
    /// Signs the question.
    pub(crate) check_secret: Secret<String>,
    /// For one answer; how long it is waited for in all is the policy's.
    pub(crate) check_timeout_ms: u32,
}

impl Default for Review {
    fn default() -> Self {
        Self { check_url: String::new(), check_secret: Secret::default(), check_timeout_ms: 3_000 }
    }
}

/// How events are brought to the host's servers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Webhook {
    /// For one answer.
    pub(crate) timeout_ms: u32,
    /// Whether endpoints may be at private addresses, and without TLS.
    pub(crate) private_addresses: bool,
}

impl Default for Webhook {
    fn default() -> Self {
        Self { timeout_ms: 20_000, private_addresses: false }
    }
}

impl Webhook {
    /// What endpoints may be at.
    pub(crate) const fn reachable(&self) -> Reachable {
        if self.private_addresses { Reachable::Anything } else { Reachable::Public }
    }
}

/// A payment provider that is built in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PaymentProvider {
    /// Behaves like a provider, moves nothing.
    #[default]
    Sandbox,
}

/// Which days people work.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct CalendarFile {
    /// Years that this release does not know; empty for none.
    pub(crate) file: PathBuf,
}

/// What the program tells about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Log {
    /// A level, or levels by module: `info,tuiliu_store=debug`.
    pub(crate) level: String,
    pub(crate) format: LogFormat,
}

impl Default for Log {
    fn default() -> Self {
        Self { level: "info,postgres=warn,refinery_core=warn".to_owned(), format: LogFormat::Text }
    }
}

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// For machines: one object a line.
    Json,
}

/// The sample platform and its audience.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Demo {
    pub(crate) seed: u64,
    /// How often faster than life the audience moves.
    pub(crate) speed: u32,
    pub(crate) viewers: u32,
}

impl Default for Demo {
    fn default() -> Self {
        Self { seed: 1, speed: 1, viewers: 2_000 }
    }
}

/// A store's address that can be read and is shown without its password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct StoreAddress {
    text: String,
    parsed: Address,
}

impl StoreAddress {
    fn file(path: &str) -> Self {
        let text = format!("sqlite:{path}");
        Self { text, parsed: Address::File(PathBuf::from(path)) }
    }

    /// The address as the store takes it.
    pub(crate) const fn parsed(&self) -> &Address {
        &self.parsed
    }
}

impl TryFrom<String> for StoreAddress {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.parse() {
            Ok(parsed) => Ok(Self { text, parsed }),
            // The text may hold a password, so it is not repeated.
            Err(_) => Err("a store's address is `sqlite:PATH`, `postgres://…` or `memory`"),
        }
    }
}

impl From<StoreAddress> for String {
    fn from(address: StoreAddress) -> Self {
        match address.parsed {
            Address::Server(_) => format!("{:?}", address.parsed),
            Address::File(_) | Address::Memory => address.text,
        }
    }
}

impl fmt::Debug for StoreAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parsed.fmt(f)
    }
}

impl Config {
    /// Refuses values that are of the right kind and make no sense.
    pub(crate) fn check(&self) -> Result<()> {
        let Self { server, store, delivery, jobs, retention, access, payment, review, webhook, calendar: _, log, demo } =
            self;
        let ranges = [
            ("server.connections_max", server.connections_max, 1, 1_000_000),
            ("server.header_timeout_ms", server.header_timeout_ms, 100, 600_000),
            ("server.header_bytes_max", server.header_bytes_max, 8_192, 1_048_576),
            ("server.request_timeout_ms", server.request_timeout_ms, 100, 600_000),
            ("server.requests_in_flight_max", server.requests_in_flight_max, 1, 1_000_000),
            ("server.stream_look_ms", server.stream_look_ms, 100, 60_000),
            ("server.requests_per_minute", server.requests_per_minute, 1, 100_000_000),
            ("server.data_requests_per_minute", server.data_requests_per_minute, 1, 100_000_000),
            ("server.refusals_per_minute", server.refusals_per_minute, 1, 100_000_000),
            ("server.drain_ms", server.drain_ms, 0, server.shutdown_deadline_ms),
            ("server.shutdown_deadline_ms", server.shutdown_deadline_ms, 100, 600_000),
            ("store.readers", store.readers, 0, 256),
            ("delivery.node", delivery.node, 1, 1_024),
            ("delivery.nodes", delivery.nodes, delivery.node, 1_024),
            ("delivery.fence_seconds", delivery.fence_seconds, 30, 3_600),
            ("delivery.token_rotation_hours", delivery.token_rotation_hours, 1, 87_600),
            ("delivery.token_seconds", delivery.token_seconds, 10, 86_400),
            ("delivery.frequency_bits", delivery.frequency_bits, 8, 28),
            ("jobs.delivery_tick_ms", jobs.delivery_tick_ms, 1, 10_000),
            ("jobs.due_tick_ms", jobs.due_tick_ms, 10, 60_000),
            ("jobs.housekeeping_tick_ms", jobs.housekeeping_tick_ms, 100, 3_600_000),
            ("retention.event_days", retention.event_days, 1, 400),
            ("retention.refused_event_days", retention.refused_event_days, 1, 30),
            ("retention.minute_days", retention.minute_days, 30, 36_500),
            ("retention.answer_days", retention.answer_days, 7, 36_500),
            ("retention.notice_days", retention.notice_days, 90, 36_500),
            ("retention.viewer_days", retention.viewer_days, 14, 36_500),
            ("access.password_memory_kib", access.password_memory_kib, 8, 4_194_304),
            ("access.password_passes", access.password_passes, 1, 64),
            ("review.check_timeout_ms", review.check_timeout_ms, 100, 30_000),
            ("webhook.timeout_ms", webhook.timeout_ms, 1_000, 60_000),
            ("demo.speed", demo.speed, 1, 10_000),
            ("demo.viewers", demo.viewers, 1, 1_000_000),
        ];
        for (key, value, least, most) in ranges {
            if !(least..=most).contains(&value) {
                bail!("failed to use `{key}`: `{value}` is not between {least} and {most}");
            }
        }
        telemetry::filter(&log.level).context("failed to use `log.level`")?;
        if !payment.secret.is_empty() && !payment.secret_file.as_os_str().is_empty() {
            bail!("failed to use `payment.secret`: `payment.secret_file` is set too");
        }
        Ok(())
    }
}

/// A setting in milliseconds as a span.
pub(crate) fn span(ms: u32) -> Duration {
    Duration::from_millis(u64::from(ms))
}

#[cfg(test)]
mod tests;
