//! An endpoint: a server of the host that wants to know what happens.

use thiserror::Error;

use super::{AttemptOutcome, EndpointUrl, EndpointUrlError, WebhookEventType};
use crate::id::{PartyId, TenantId, WebhookEndpointId};
use crate::limits::PARTY_TEXT_BYTES_MAX;
use crate::time::{DAY_MS, Timestamp};

/// An endpoint that took nothing for so long is disabled.
pub const FAILING_MS_MAX: i64 = 5 * DAY_MS;
/// Attempts at a time while it answers, and while it does not.
const AT_ONCE: usize = 4;
const AT_ONCE_WHILE_FAILING: usize = 1;

/// A server of the host, and what it wants to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookEndpoint {
    pub id: WebhookEndpointId,
    pub tenant: TenantId,
    /// Who made it: told when it is disabled.
    pub created_by: PartyId,
    pub url: EndpointUrl,
    pub description: String,
    /// Empty is every type, also those that come later.
    pub event_types: Vec<WebhookEventType>,
    pub state: EndpointState,
    /// Nothing is sent before: it asked to be left alone until then.
    pub quiet_until: Option<Timestamp>,
    /// Number of its secret; each follows from the platform's key and is stored nowhere.
    pub secret_number: u32,
    /// Until when the secret before signs too.
    pub overlap_until: Option<Timestamp>,
    pub created_at: Timestamp,
    pub version: u64,
}

/// Whether events are sent to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndpointState {
    Enabled {
        /// Since when it took nothing, if the last attempt failed.
        failing_since: Option<Timestamp>,
    },
    Disabled {
        at: Timestamp,
        by: DisabledBy,
    },
}

/// Why nothing is sent any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DisabledBy {
    /// Somebody switched it off.
    Request,
    /// It answered that it is gone.
    Gone,
    /// It took nothing for days.
    Failing,
}

/// What somebody wants an endpoint to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointDraft {
    pub url: EndpointUrl,
    pub description: String,
    pub event_types: Vec<WebhookEventType>,
    pub enabled: bool,
}

/// Why an endpoint is not made or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ChangeEndpointError {
    #[error(transparent)]
    Url(#[from] EndpointUrlError),
    #[error("describe an endpoint in more than `{max}` bytes")]
    BadDescription { max: usize },
}

impl DisabledBy {
    /// Every reason there is.
    pub const ALL: &[Self] = &[Self::Request, Self::Gone, Self::Failing];

    /// The code used in rows and in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Gone => "gone",
            Self::Failing => "failing",
        }
    }

    /// The reason with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|by| by.code() == code)
    }
}

impl WebhookEndpoint {
    /// The endpoint as somebody wants it; switched on again it begins with a clean slate.
    pub fn changed(self, draft: EndpointDraft, now: Timestamp) -> Result<Self, ChangeEndpointError> {
        let EndpointDraft { url, description, mut event_types, enabled } = draft;
        if description.len() > PARTY_TEXT_BYTES_MAX {
            return Err(ChangeEndpointError::BadDescription { max: PARTY_TEXT_BYTES_MAX });
        }
        event_types.sort_unstable();
        event_types.dedup();
        let (state, quiet_until) = match (self.state, enabled) {
            (EndpointState::Disabled { .. }, true) => (EndpointState::Enabled { failing_since: None }, None),
            (EndpointState::Enabled { .. }, false) => {
                (EndpointState::Disabled { at: now, by: DisabledBy::Request }, None)
            }
            (same, _) => (same, self.quiet_until),
        };
        Ok(Self { url, description, event_types, state, quiet_until, ..self })
    }

    /// The endpoint with a new secret; the one before signs for so long too, the one before that no longer.
    #[must_use]
    pub fn with_next_secret(self, overlap_ms: i64, now: Timestamp) -> Self {
        let overlap_until = Some(now.plus_ms(overlap_ms)).filter(|_| overlap_ms > 0);
        Self { secret_number: self.secret_number.saturating_add(1), overlap_until, ..self }
    }

    /// Numbers of the secrets that sign now, the newest first.
    pub fn signing(&self, now: Timestamp) -> impl Iterator<Item = u32> + use<> {
        let before = self.overlap_until.filter(|until| now < *until).and_then(|_| self.secret_number.checked_sub(1));
        std::iter::once(self.secret_number).chain(before)
    }

    /// Whether it is told of events of this type.
    #[must_use]
    pub fn wants(&self, event_type: WebhookEventType) -> bool {
        self.is_enabled() && (self.event_types.is_empty() || self.event_types.contains(&event_type))
    }

    /// Whether anything is sent to it.
    #[must_use]
    pub const fn is_enabled(&self) -> bool {
        matches!(self.state, EndpointState::Enabled { .. })
    }

    /// How many attempts may be under way at one time.
    #[must_use]
    pub const fn at_once(&self) -> usize {
        match self.state {
            EndpointState::Enabled { failing_since: None } => AT_ONCE,
            EndpointState::Enabled { failing_since: Some(_) } => AT_ONCE_WHILE_FAILING,
            EndpointState::Disabled { .. } => 0,
        }
    }

    /// The endpoint after an attempt at `now`: well, failing, left alone for a while, or disabled.
    #[must_use]
    pub fn attempted(self, outcome: AttemptOutcome, now: Timestamp) -> Self {
        let EndpointState::Enabled { failing_since } = self.state else { return self };
        let disabled = |by| EndpointState::Disabled { at: now, by };
        let (state, quiet_until) = match outcome {
            AttemptOutcome::Delivered => (EndpointState::Enabled { failing_since: None }, None),
            AttemptOutcome::Gone => (disabled(DisabledBy::Gone), None),
            AttemptOutcome::NotNow { retry_after_ms } => {
                let since = failing_since.unwrap_or(now);
                let quiet_until = retry_after_ms.map(|ms| now.plus_ms(ms)).max(self.quiet_until);
                if now.since_ms(since) >= FAILING_MS_MAX {
                    (disabled(DisabledBy::Failing), None)
                } else {
                    (EndpointState::Enabled { failing_since: Some(since) }, quiet_until)
                }
            }
        };
        Self { state, quiet_until, ..self }
    }
}
