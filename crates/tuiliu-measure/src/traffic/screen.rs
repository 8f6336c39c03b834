//! Rules that judge an event when it arrives. What they looked at is forgotten; only the reason stays.

use std::net::IpAddr;

use tuiliu_domain::time::Timestamp;

use super::network::Networks;
use super::rule::Invalid;

/// What a host may tell about how an event came about; never stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Hints<'h> {
    pub user_agent: Option<&'h str>,
    pub address: Option<IpAddr>,
    /// The host knows that a machine did it.
    pub automated: bool,
    /// It was fetched before anybody looked.
    pub prefetched: bool,
    /// Whether it was on a screen; nothing when the host does not tell.
    pub rendered: Option<bool>,
}

/// Lists that are handed in: bots by parts of their user agents, and data centres by ranges.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Screen {
    bots: Vec<String>,
    datacentres: Networks,
}

impl Screen {
    /// The screen with these lists; parts of user agents are compared without regard to the case of ASCII letters.
    #[must_use]
    pub fn new(bots: impl IntoIterator<Item = String>, datacentres: Networks) -> Self {
        let lower = |bot: String| bot.trim().to_ascii_lowercase();
        let bots = bots.into_iter().map(lower).filter(|bot| !bot.is_empty()).collect();
        Self { bots, datacentres }
    }

    /// Why an event with these hints does not count; nothing when it does.
    #[must_use]
    pub fn judge(&self, hints: Hints<'_>) -> Option<Invalid> {
        let is_bot = hints.automated || hints.user_agent.is_some_and(|agent| self.is_bot(agent));
        if is_bot {
            return Some(Invalid::KnownBot);
        }
        if hints.address.is_some_and(|address| self.datacentres.contains(address)) {
            return Some(Invalid::Datacentre);
        }
        if hints.prefetched {
            return Some(Invalid::Prefetch);
        }
        (hints.rendered == Some(false)).then_some(Invalid::NotRendered)
    }

    fn is_bot(&self, agent: &str) -> bool {
        let agent = agent.to_ascii_lowercase();
        self.bots.iter().any(|bot| agent.contains(bot.as_str()))
    }
}

/// When an impression was decided, and what is said of it since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Speed {
    pub decided_at: Timestamp,
    pub at: Timestamp,
    pub watched_ms: i64,
    /// How far clocks may differ.
    pub skew_ms: i64,
}

/// Whether more was watched than time has passed.
#[must_use]
pub fn is_impossible_speed(speed: Speed) -> bool {
    speed.watched_ms > speed.at.since_ms(speed.decided_at).saturating_add(speed.skew_ms)
}

/// Whether a view repeats one that counted: nearer than the window, to either side.
#[must_use]
pub fn is_repeat_view(counted_at: Option<Timestamp>, at: Timestamp, window_ms: i64) -> bool {
    counted_at.is_some_and(|counted| at.since_ms(counted).saturating_abs() < window_ms)
}
