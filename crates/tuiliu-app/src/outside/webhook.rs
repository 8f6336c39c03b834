//! The webhook port: whoever carries events to servers of the host (AC-04).

use std::pin::Pin;

use tuiliu_domain::id::WebhookDeliveryId;
use tuiliu_domain::time::Timestamp;
use tuiliu_domain::webhook::{EndpointUrl, Reachable};

/// One event for one server.
#[derive(Clone, PartialEq, Eq)]
pub struct Parcel {
    pub url: EndpointUrl,
    /// Sent as `webhook-id`.
    pub id: WebhookDeliveryId,
    /// Sent as `webhook-timestamp`.
    pub at: Timestamp,
    /// Each makes a signature, the newest first.
    pub secrets: Vec<[u8; 32]>,
    pub body: String,
}

/// What came of bringing it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Nothing when nobody answered.
    pub status: Option<u16>,
    /// Why nobody answered.
    pub fault: Option<String>,
    /// When the server wants to hear of it again.
    pub retry_after_ms: Option<i64>,
    pub duration_ms: i64,
    /// What was sent as `webhook-signature`.
    pub signatures: String,
    /// How the answer began, without our secrets.
    pub answer: String,
}

/// A receipt that takes time.
pub type Carrying<'a> = Pin<Box<dyn Future<Output = Receipt> + Send + 'a>>;

/// Whoever carries events to servers of the host.
pub trait WebhookCarrier: Send + Sync {
    /// Brings it once. Bounded in time and size by the implementation, which follows no redirect and reaches no
    /// address but those it may.
    fn carry(&self, parcel: Parcel) -> Carrying<'_>;

    /// What endpoints may be at.
    fn reachable(&self) -> Reachable;
}

/// Without the secrets, so that it can be logged.
impl std::fmt::Debug for Parcel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Parcel {{ {} to {} }}", self.id, self.url.as_str())
    }
}
