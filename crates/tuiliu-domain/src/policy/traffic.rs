//! What is known not to be a viewer, and how much a viewer can do at most (AT-03).

use std::net::IpAddr;

use super::PolicyError;
use super::check::within;
use crate::limits::{TRAFFIC_LIST_MAX, TRAFFIC_NAME_BYTES_MAX};
use crate::time::{HOUR_MS, MINUTE_MS};

/// Lists and limits of the rules of valid traffic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrafficPolicy {
    /// Parts of the user agents of known bots; the case of letters does not matter.
    pub bots: Vec<String>,
    /// Addresses of data centres, like `192.0.2.0/24`.
    pub datacentres: Vec<String>,
    /// How far the clocks of viewers and of the platform may differ.
    pub clock_skew_ms: i64,
    /// The most that still is a person, within one hour.
    pub views_per_hour_max: i64,
    pub clicks_per_hour_max: i64,
    pub interactions_per_hour_max: i64,
    pub purchases_per_hour_max: i64,
    pub watched_ms_per_hour_max: i64,
    /// A viewer's session ends so long after it was heard of last (AT-02).
    pub session_idle_ms: i64,
}

/// Names that machines give themselves.
const BOTS: &[&str] = &[
    "googlebot",
    "bingbot",
    "baiduspider",
    "bytespider",
    "sogou web spider",
    "yisouspider",
    "petalbot",
    "semrushbot",
    "ahrefsbot",
    "headlesschrome",
    "phantomjs",
    "puppeteer",
    "playwright",
    "selenium",
    "python-requests",
    "python-urllib",
    "aiohttp",
    "curl/",
    "wget/",
    "go-http-client",
    "scrapy",
];

impl Default for TrafficPolicy {
    fn default() -> Self {
        Self {
            bots: BOTS.iter().map(|&bot| bot.to_owned()).collect(),
            datacentres: Vec::new(),
            clock_skew_ms: MINUTE_MS,
            views_per_hour_max: 400,
            clicks_per_hour_max: 600,
            interactions_per_hour_max: 3_600,
            purchases_per_hour_max: 60,
            watched_ms_per_hour_max: 3 * HOUR_MS,
            session_idle_ms: 30 * MINUTE_MS,
        }
    }
}

impl TrafficPolicy {
    pub(super) fn check(&self) -> Result<(), PolicyError> {
        list("traffic.bots", &self.bots, |bot| !bot.trim().is_empty())?;
        list("traffic.datacentres", &self.datacentres, is_range)?;
        within("traffic.clock_skew_ms", self.clock_skew_ms, 0, HOUR_MS)?;
        within("traffic.session_idle_ms", self.session_idle_ms, 1, 24 * HOUR_MS)?;
        for (setting, most) in [
            ("traffic.views_per_hour_max", self.views_per_hour_max),
            ("traffic.clicks_per_hour_max", self.clicks_per_hour_max),
            ("traffic.interactions_per_hour_max", self.interactions_per_hour_max),
            ("traffic.purchases_per_hour_max", self.purchases_per_hour_max),
            ("traffic.watched_ms_per_hour_max", self.watched_ms_per_hour_max),
        ] {
            within(setting, most, 1, i64::MAX)?;
        }
        Ok(())
    }
}

fn list(setting: &'static str, entries: &[String], is_good: impl Fn(&str) -> bool) -> Result<(), PolicyError> {
    let is_well = |entry: &String| entry.len() <= TRAFFIC_NAME_BYTES_MAX && is_good(entry);
    if entries.len() <= TRAFFIC_LIST_MAX && entries.iter().all(is_well) {
        Ok(())
    } else {
        Err(PolicyError::BadList { setting, max: TRAFFIC_LIST_MAX })
    }
}

/// Whether a text is an address, or a range of them with the length of its common beginning.
fn is_range(text: &str) -> bool {
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (text, None),
    };
    let width = match address.parse() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    length.is_none_or(|length| length.parse::<u32>().is_ok_and(|length| length <= width))
}
