//! What a rejected quick boost promises of the money that was paid for it (QB-14).

use super::PromotionOrder;
use super::product::Product;
use super::state::{Ending, OrderState};
use crate::calendar::{Calendar, Promise};
use crate::ledger::Hold;
use crate::money::Amount;
use crate::time::Timestamp;

/// When the money of a rejected order is back, and how far that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefundPromise {
    /// When the order was rejected; the promise is counted from this day, which itself is not counted.
    pub rejected_at: Timestamp,
    /// What goes back, in the unit of the order's currency: all that was paid, less what was delivered before.
    pub amount: Amount,
    pub earliest: Promise,
    pub latest: Promise,
    /// When it was in the wallet that paid, ready to be spent or taken out; `None` while the order settles.
    pub done_at: Option<Timestamp>,
}

impl PromotionOrder {
    /// What is promised of a quick boost's money since it was rejected; `None` of an order that was not (QB-14).
    ///
    /// `holds` are those of the order.
    #[must_use]
    pub fn refund_promise(&self, holds: &[Hold], calendar: &Calendar) -> Option<RefundPromise> {
        let (rejected_at, done_at) = match self.state {
            OrderState::Rejected { at, .. } => (self.delivery_ended_at.unwrap_or(at), Some(at)),
            OrderState::Settling { since, ending: Ending::Rejected(_), .. } => (since, None),
            _ => return None,
        };
        if self.product != Product::QuickBoost {
            return None;
        }
        let captured = |hold| holds.iter().find(|held| held.id == hold).map_or(Amount::ZERO, |held| held.captured);
        let left = |source: &super::OrderSource| source.plan.amount.minus(captured(source.hold)).ok();
        let sum = |sum: Amount, left: Amount| sum.plus(left).ok();
        let amount = self.sources.iter().map(left).try_fold(Amount::ZERO, |total, left| sum(total, left?))?;
        let (first, last) = (self.terms.refund_working_days_min, self.terms.refund_working_days);
        let (earliest, latest) = (calendar.promise(rejected_at, first), calendar.promise(rejected_at, last));
        Some(RefundPromise { rejected_at, amount, earliest, latest, done_at })
    }
}
