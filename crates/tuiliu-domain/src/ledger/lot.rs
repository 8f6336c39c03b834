//! Lots: value of one origin.

use super::account::AccountId;
use crate::id::{LotId, PaymentId};
use crate::money::Amount;
use crate::time::Timestamp;

/// Where a lot's value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LotOrigin {
    /// Bought with this payment.
    Payment(PaymentId),
    /// Given by the platform: a programme, a task reward, an operator.
    Grant,
    /// Split from another lot (TP-06).
    SplitFrom(LotId),
    /// What an order left of another lot (TP-06).
    RemainderOf(LotId),
}

/// What happens to the part of a lot that an order held and did not use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LotReturn {
    /// It becomes spendable again in the same lot (beans, money).
    SameLot,
    /// It comes back as a new lot with the same conditions (traffic coupon, TP-06).
    NewLot,
    /// It lapses: used once means used up (growth card, TP-28).
    Burn,
}

/// Value of one origin in one account.
///
/// `face = remaining + held + spent + returned + expired + split_out`, every part ≥ 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lot {
    pub id: LotId,
    pub account: AccountId,
    pub origin: LotOrigin,
    pub face: Amount,
    /// Spendable now.
    pub remaining: Amount,
    /// Promised to orders.
    pub held: Amount,
    /// Used up by delivery.
    pub spent: Amount,
    /// Gone back: into remainder lots, to the payer, or recalled.
    pub returned: Amount,
    /// Lapsed.
    pub expired: Amount,
    /// Moved into lots split from this one.
    pub split_out: Amount,
    pub valid_from: Timestamp,
    /// First instant at which it can no longer be held; `None` never lapses.
    pub valid_to: Option<Timestamp>,
    pub on_return: LotReturn,
}

impl Lot {
    /// Whether its time is over at this instant.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.valid_to.is_some_and(|valid_to| valid_to <= now)
    }

    /// Whether it can be held at this instant.
    #[must_use]
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.valid_from <= now && !self.is_over(now)
    }
}
