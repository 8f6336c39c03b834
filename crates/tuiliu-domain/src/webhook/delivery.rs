//! One event on its way to one endpoint: tried until it arrives, or for days.

use crate::id::{TenantId, WebhookDeliveryId, WebhookEndpointId};
use crate::time::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, Timestamp};

use super::WebhookEventType;

/// Pauses between attempts: ten attempts within a little over three days.
pub const RETRY_DELAYS_MS: &[i64] = &[
    5 * SECOND_MS,
    5 * MINUTE_MS,
    30 * MINUTE_MS,
    2 * HOUR_MS,
    5 * HOUR_MS,
    10 * HOUR_MS,
    14 * HOUR_MS,
    20 * HOUR_MS,
    24 * HOUR_MS,
];
/// A pause is longer by up to so many thousandths, so that what failed together does not come back together.
const JITTER_PERMILLE_MAX: i64 = 200;
/// `Retry-After` is heeded up to here.
const RETRY_AFTER_MS_MAX: i64 = DAY_MS;

/// An event on its way to an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookDelivery {
    /// Sent as `webhook-id` with every attempt: by it a receiver knows what it has had.
    pub id: WebhookDeliveryId,
    pub tenant: TenantId,
    pub endpoint: WebhookEndpointId,
    pub event_type: WebhookEventType,
    /// What is sent, the same with every attempt.
    pub body: String,
    pub created_at: Timestamp,
    /// So many attempts have been made since it was queued, or queued again.
    pub attempts: u32,
    pub state: DeliveryState,
}

/// Where a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    Pending {
        due_at: Timestamp,
    },
    Delivered {
        at: Timestamp,
    },
    /// Given up after the last attempt.
    Failed {
        at: Timestamp,
    },
}

/// What came of one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptOutcome {
    Delivered,
    /// The endpoint is gone for ever and says so.
    Gone,
    /// Not taken now; perhaps with a wish when to come back.
    NotNow {
        retry_after_ms: Option<i64>,
    },
}

impl AttemptOutcome {
    /// What a status means; none is no answer at all. Redirects are not followed.
    #[must_use]
    pub fn of(status: Option<u16>, retry_after_ms: Option<i64>) -> Self {
        match status {
            Some(200..=299) => Self::Delivered,
            Some(410) => Self::Gone,
            _ => Self::NotNow { retry_after_ms: retry_after_ms.map(|ms| ms.clamp(0, RETRY_AFTER_MS_MAX)) },
        }
    }
}

impl DeliveryState {
    /// The code used in rows and in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Pending { .. } => "pending",
            Self::Delivered { .. } => "delivered",
            Self::Failed { .. } => "failed",
        }
    }
}

impl WebhookDelivery {
    /// The delivery after an attempt at `now`; `jitter` is any number, drawn anew each time.
    #[must_use]
    pub fn attempted(mut self, outcome: AttemptOutcome, jitter: u16, now: Timestamp) -> Self {
        let pause = usize::try_from(self.attempts).ok().and_then(|made| RETRY_DELAYS_MS.get(made));
        self.attempts = self.attempts.saturating_add(1);
        self.state = match (outcome, pause) {
            (AttemptOutcome::Delivered, _) => DeliveryState::Delivered { at: now },
            (AttemptOutcome::NotNow { retry_after_ms }, Some(pause)) => {
                let extra = i64::from(jitter).rem_euclid(JITTER_PERMILLE_MAX + 1);
                let pause = pause.saturating_add(pause / 1_000 * extra);
                DeliveryState::Pending { due_at: now.plus_ms(pause.max(retry_after_ms.unwrap_or(0))) }
            }
            (AttemptOutcome::NotNow { .. } | AttemptOutcome::Gone, _) => DeliveryState::Failed { at: now },
        };
        self
    }

    /// The delivery queued again from the first attempt on.
    #[must_use]
    pub fn again(self, now: Timestamp) -> Self {
        Self { attempts: 0, state: DeliveryState::Pending { due_at: now }, ..self }
    }
}
