//! What of a request bears on how likely a result is; made once per request, read for every order.

use tuiliu_domain::time::Timestamp;

use crate::request::Request;
use crate::snapshot::Snapshot;

use super::Rate;
use crate::snapshot::Candidate;

/// The circumstances of one request, as predictions see them.
#[derive(Debug, Clone, Copy)]
pub struct Context {
    _at: Timestamp,
}

impl Context {
    /// The circumstances of this request.
    #[must_use]
    pub const fn of(_snapshot: &Snapshot, _request: &Request, now: Timestamp) -> Self {
        Self { _at: now }
    }
}

impl Candidate {
    /// Probability that an impression of this order in these circumstances brings a result.
    #[must_use]
    pub fn rate(&self, _context: &Context) -> Rate {
        self.counts.rate(self.prior)
    }

    /// The highest probability that [`rate`](Self::rate) can answer, whatever the circumstances, until more is
    /// learnt: what an early stop may rely on.
    #[must_use]
    pub fn rate_max(&self) -> Rate {
        self.counts.rate(self.prior)
    }
}
