//! The platform's book on guarantees, and when it stops selling them (GB-12).

use super::{GuaranteeService, RefundKind, ServiceState};
use crate::money::Amount;
use crate::policy::GuaranteePolicy;
use crate::time::Timestamp;

/// One guarantee as the book sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BookEntry {
    pub fee: Amount,
    pub expected_plays: u64,
    pub low_plays: u64,
    pub high_plays: u64,
    pub loss_permille: i64,
    /// What the platform spent on helping it, in fen.
    pub help: Amount,
    pub state: ServiceState,
}

/// What guarantees brought and cost, in fen; all of the period but what is still held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Book {
    /// Guarantees that wait, run or are frozen, and what is held for them.
    pub open: u64,
    pub fees_held: Amount,
    /// Guarantees that ended by their plays: with success or with compensation.
    pub resolved: u64,
    /// Their fees, before compensation.
    pub fees_resolved: Amount,
    pub fees_earned: Amount,
    pub compensation: Amount,
    /// Of it, what is still on its way.
    pub compensation_owed: Amount,
    /// Fees that went back because nothing was published, or by an operator.
    pub refunds: Amount,
    pub help: Amount,
    /// Resolved ones that reached the expected plays.
    pub reached: u64,
    /// Resolved ones whose plays were within the quote's interval.
    pub within_interval: u64,
    /// Expected and actual plays of the resolved ones.
    pub expected_plays: u64,
    pub actual_plays: u64,
    /// Compensation that the quotes expected, in fen.
    pub compensation_expected: Amount,
}

/// Whether guarantees are sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StopLoss {
    /// Resolved within the window.
    pub resolved: u64,
    /// Compensation over fees, in thousandths; 0 with nothing resolved.
    pub loss_permille: i64,
    pub stopped: bool,
}

/// Adds up these guarantees.
#[must_use]
pub fn book(entries: &[BookEntry]) -> Book {
    let mut book = Book::default();
    for entry in entries {
        book.help = sum(book.help, entry.help);
        match entry.state {
            ServiceState::Waiting { .. } | ServiceState::Running { .. } | ServiceState::Frozen { .. } => {
                book.open += 1;
                book.fees_held = sum(book.fees_held, entry.fee);
            }
            ServiceState::Succeeded { plays, .. } => book.resolve(entry, plays, Amount::ZERO),
            ServiceState::Compensated { plays, refund, .. } => {
                book.resolve(entry, plays, refund.amount);
                if refund.paid_at.is_none() {
                    book.compensation_owed = sum(book.compensation_owed, refund.amount);
                }
            }
            ServiceState::Lapsed { refund, .. } | ServiceState::Voided { refund, .. } => {
                book.refunds = sum(book.refunds, refund.amount);
            }
        }
    }
    book
}

impl Book {
    /// Compensation over fees, in thousandths; 0 when nothing was resolved.
    #[must_use]
    pub fn loss_permille(&self) -> i64 {
        let fees = i128::from(self.fees_resolved.units());
        let loss = if fees == 0 { 0 } else { i128::from(self.compensation.units()) * 1000 / fees };
        i64::try_from(loss).unwrap_or(i64::MAX)
    }

    fn resolve(&mut self, entry: &BookEntry, plays: u64, compensation: Amount) {
        self.resolved += 1;
        self.fees_resolved = sum(self.fees_resolved, entry.fee);
        self.fees_earned = sum(self.fees_earned, Amount::new(entry.fee.units() - compensation.units()));
        self.compensation = sum(self.compensation, compensation);
        self.reached += u64::from(entry.expected_plays <= plays);
        self.within_interval += u64::from((entry.low_plays..=entry.high_plays).contains(&plays));
        self.expected_plays = self.expected_plays.saturating_add(entry.expected_plays);
        self.actual_plays = self.actual_plays.saturating_add(plays);
        let expected = i128::from(entry.fee.units()) * i128::from(entry.loss_permille) / 1000;
        let expected = Amount::new(i64::try_from(expected).unwrap_or(i64::MAX));
        self.compensation_expected = sum(self.compensation_expected, expected);
    }
}

impl StopLoss {
    /// Looks at the guarantees that were resolved within the window before this instant.
    #[must_use]
    pub fn at(entries: &[BookEntry], policy: &GuaranteePolicy, now: Timestamp) -> Self {
        let since = now.plus_ms(-policy.stop_loss_window_ms);
        let recent = entries.iter().copied().filter(|entry| entry.state.ended_at().is_some_and(|at| since < at));
        let recent = book(&recent.collect::<Vec<_>>());
        let loss_permille = recent.loss_permille();
        let enough = u64::from(policy.stop_loss_services_min) <= recent.resolved;
        let stopped = enough && policy.stop_loss_permille < loss_permille;
        Self { resolved: recent.resolved, loss_permille, stopped }
    }
}

impl GuaranteeService {
    /// What the book needs of it; `help` is what it was helped with.
    #[must_use]
    pub const fn book_entry(&self, help: Amount) -> BookEntry {
        let super::GuaranteeTerms { fee, expected_plays, low_plays, high_plays, loss_permille, .. } = self.terms;
        BookEntry { fee, expected_plays, low_plays, high_plays, loss_permille, help, state: self.state }
    }

    /// What is on its way back to the buyer.
    #[must_use]
    pub fn refund_under_way(&self) -> Option<(RefundKind, Amount)> {
        let (kind, refund) = self.state.refund()?;
        refund.paid_at.is_none().then_some((kind, refund.amount))
    }
}

/// The most that these guarantees may have to pay back: the fees of those that are open.
#[must_use]
pub fn at_risk<'s>(services: impl IntoIterator<Item = &'s GuaranteeService>) -> Amount {
    let open = services.into_iter().filter(|service| service.state.ended_at().is_none());
    open.fold(Amount::ZERO, |all, service| sum(all, service.shortfall().cap))
}

fn sum(left: Amount, right: Amount) -> Amount {
    Amount::new(left.units().saturating_add(right.units()))
}
