//! Screening: what a host tells of an event's origin is judged when the event arrives, and forgotten (AT-03).

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, PoisonError, RwLock};

use tuiliu_delivery::token::Claims;
use tuiliu_domain::id::TenantId;
use tuiliu_domain::policy::{Policy, TrafficPolicy};
use tuiliu_domain::time::{MINUTE_MS, Timestamp};
use tuiliu_measure::traffic::{Hints, Invalid, Screen, Speed, is_impossible_speed};

use super::event::{EventOrigin, ReportedEvent};
use crate::app::App;
use crate::error::CommandError;

/// Lists that were changed are looked at again after so long.
const SCREENING_MS_MAX: i64 = MINUTE_MS;

/// What events of one tenant are judged by.
#[derive(Debug)]
pub(crate) struct Screening {
    screen: Screen,
    skew_ms: i64,
    policy_version: u32,
}

/// The screenings in use, and when each was read.
#[derive(Debug, Default)]
pub(crate) struct Screenings {
    known: RwLock<HashMap<TenantId, (Timestamp, Arc<Screening>)>>,
}

impl Screening {
    pub(super) fn new(policy: &Policy) -> Self {
        let TrafficPolicy { bots, datacentres, clock_skew_ms, .. } = &policy.traffic;
        // The policy holds nothing that is no range.
        let networks = datacentres.iter().filter_map(|range| range.parse().ok()).collect();
        Self {
            screen: Screen::new(bots.iter().cloned(), networks),
            skew_ms: *clock_skew_ms,
            policy_version: policy.version,
        }
    }

    /// The rule that an event breaks by what is known of it alone.
    pub(super) fn judge(&self, event: &ReportedEvent, claims: Option<&Claims>) -> Option<Invalid> {
        let EventOrigin { user_agent, address, automated, prefetched, rendered } = &event.origin;
        let hints = Hints {
            user_agent: user_agent.as_deref(),
            address: *address,
            automated: *automated,
            prefetched: *prefetched,
            rendered: *rendered,
        };
        let is_too_fast = claims.zip(event.watched_ms).is_some_and(|(claims, watched_ms)| {
            let (decided_at, at) = (claims.issued_at, event.occurred_at);
            is_impossible_speed(Speed { decided_at, at, watched_ms, skew_ms: self.skew_ms })
        });
        self.screen.judge(hints).or_else(|| is_too_fast.then_some(Invalid::ImpossibleSpeed))
    }
}

impl App {
    /// What events of this tenant are judged by now.
    pub(super) async fn screening(&self, tenant: TenantId) -> Result<Arc<Screening>, CommandError<Infallible>> {
        let now = self.shell.now();
        let known =
            self.shell.engine.screenings.known.read().unwrap_or_else(PoisonError::into_inner).get(&tenant).cloned();
        if let Some((read_at, screening)) = &known
            && now.since_ms(*read_at) < SCREENING_MS_MAX
        {
            return Ok(Arc::clone(screening));
        }
        let policy = self.read(move |shell, tx| Ok::<_, CommandError<Infallible>>(shell.policy(tx, tenant)?)).await?;
        let same = known.map(|(_, screening)| screening).filter(|same| same.policy_version == policy.version);
        let screening = same.unwrap_or_else(|| Arc::new(Screening::new(&policy)));
        let mut known = self.shell.engine.screenings.known.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(tenant, (now, Arc::clone(&screening)));
        Ok(screening)
    }
}
