//! Guaranteed boosts: expected plays of a creator's next video, or the shortfall back (GB-01…GB-12).
//!
//! ```text
//! waiting ─→ running ─→ succeeded
//!    │          ├─────→ compensated
//!    │          └─→ frozen ─→ running | compensated | voided
//!    └─→ lapsed
//! ```
//!
//! An order covers several creators; each creator's service has its own escrow, state and settlement. The fee is held
//! from the buyer's yuan until the service ends: what is earned is captured, what goes back is released to the lots it
//! came from (WL-05).

mod book;
mod compensation;
mod money;
mod place;
mod plays;
mod run;
mod state;

pub use book::{Book, BookEntry, StopLoss, at_risk, book};
pub use compensation::{Shortfall, compensation};
pub use money::{escrow_of, help_postings};
pub use place::{Offer, PlaceGuaranteeError, ServiceDraft, YuanLot, guarantee_fee, plan_yuan};
pub use plays::{LeftOut, PlaysReading, ReadingError};
pub use run::{CloseServiceError, Decision, FreezeServiceError, PublishServiceError, Ruling};
pub use state::{FreezeCause, Refund, RefundKind, ServiceState};

use crate::event::{Event, Outcome};
use crate::id::{CreatorVideoId, GuaranteeOrderId, GuaranteeServiceId, PartyId, TenantId};
use crate::ledger::LedgerCommand;
use crate::money::Amount;
use crate::party::Owned;
use crate::time::Timestamp;

/// What a service agreed to at purchase; a later quote or policy does not reach it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuaranteeTerms {
    pub policy_version: u32,
    /// What the creator is paid for the video, in fen.
    pub fixed_price: Amount,
    /// The premium rate, in thousandths of the fixed price (GB-02).
    pub premium_permille: i64,
    /// In fen; never 0.
    pub fee: Amount,
    pub expected_plays: u64,
    /// Plays that the quote's interval begins and ends with.
    pub low_plays: u64,
    pub high_plays: u64,
    /// What the quote expected to pay back, in thousandths of the fee.
    pub loss_permille: i64,
    /// From publication to the end (GB-05).
    pub term_ms: i64,
    /// Refunds are promised within so many working days (GB-07, GB-08).
    pub refund_working_days: u16,
    /// A refund is paid so long after it was decided.
    pub refund_wait_ms: i64,
    /// A publication before the order lapsed may be told so much later.
    pub report_wait_ms: i64,
    /// A reading at the end is waited for so long.
    pub closing_wait_ms: i64,
}

/// A video that a quote rests on, and the plays it counted with (GB-02).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EvidenceVideo {
    pub video: CreatorVideoId,
    pub plays: u64,
}

/// A guarantee on one creator's next video.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuaranteeService {
    pub id: GuaranteeServiceId,
    /// The purchase that it belongs to (GB-01).
    pub order: GuaranteeOrderId,
    pub tenant: TenantId,
    pub buyer: PartyId,
    pub creator: PartyId,
    pub terms: GuaranteeTerms,
    pub state: ServiceState,
    pub placed_at: Timestamp,
    /// Version of the row that was read; the store writes the next one.
    pub version: u64,
}

impl GuaranteeService {
    /// The buyer's to change; the creator may look.
    #[must_use]
    pub const fn owned(&self) -> Owned {
        Owned { tenant: self.tenant, owner: self.buyer, co_owner: None }
    }

    /// The buyer's and the creator's to read (GB-10).
    #[must_use]
    pub const fn visible_to(&self) -> Owned {
        Owned { tenant: self.tenant, owner: self.buyer, co_owner: Some(self.creator) }
    }

    /// What is held or was paid over the whole promise, in fen.
    #[must_use]
    pub fn shortfall(&self) -> Shortfall {
        let GuaranteeTerms { fixed_price, fee, expected_plays, .. } = self.terms;
        Shortfall { expected_plays, paid_fen: fixed_price.units().saturating_add(fee.units()), cap: fee }
    }

    fn becomes(self, state: ServiceState, postings: Vec<LedgerCommand>, events: Vec<Event>) -> Outcome<Self> {
        Outcome { state: Self { state, ..self }, postings, events }
    }
}

#[cfg(test)]
mod tests;
