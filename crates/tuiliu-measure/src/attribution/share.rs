//! Versions (AT-07): one viewer's part in an order's figures as settled, and everything that changed it since, by cause.

use std::collections::BTreeMap;

use tuiliu_domain::id::PromotionOrderId;
use tuiliu_domain::time::Timestamp;

use super::credit::{Credits, credits};
use super::figures::Figures;
use super::record::{Fact, History, Record};
use super::window::Window;

/// Why the figures of now differ from those that were settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// It happened in time and was reported too late.
    ArrivedLate,
    /// Taken back after the figures were settled, or reported so.
    TakenBack,
    Refunded,
    /// Found to be no valid traffic.
    FoundInvalid,
}

impl Cause {
    /// Every cause, in the order in which differences are put down to them.
    pub const ALL: [Self; 4] = [Self::ArrivedLate, Self::TakenBack, Self::Refunded, Self::FoundInvalid];

    /// The code used in rows and in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::ArrivedLate => "arrived_late",
            Self::TakenBack => "taken_back",
            Self::Refunded => "refunded",
            Self::FoundInvalid => "found_invalid",
        }
    }

    /// The cause with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.code() == code)
    }

    const fn of(fact: Fact) -> Self {
        match fact {
            Fact::Won(_)
            | Fact::Viewed { .. }
            | Fact::Clicked(_)
            | Fact::ProductClicked(_)
            | Fact::Commented
            | Fact::Shared
            | Fact::Toggled { on: true, .. }
            | Fact::Paid { .. } => Self::ArrivedLate,
            Fact::CommentDeleted | Fact::Toggled { on: false, .. } => Self::TakenBack,
            Fact::Refunded { .. } => Self::Refunded,
            Fact::Invalid => Self::FoundInvalid,
        }
    }
}

/// One viewer's part in one order: `now = settled + every change`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Share {
    /// From what was known when the figures became final; before that, from everything.
    pub settled: Figures,
    /// What came of it since; causes without a change are left out.
    pub changes: BTreeMap<Cause, Figures>,
}

impl Share {
    /// From everything that is known.
    #[must_use]
    pub fn now(&self) -> Figures {
        self.changes.values().fold(self.settled, |sum, change| sum.plus(change))
    }

    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.settled.is_zero() && self.changes.is_empty()
    }
}

/// One viewer's part in every order that touched them.
#[must_use]
pub fn shares(history: &History, windows: &BTreeMap<PromotionOrderId, Window>) -> BTreeMap<PromotionOrderId, Share> {
    let records = history.records();
    let last_known = records.iter().map(|record| record.known_at).max();
    let now = credits(records.iter(), windows);
    let share = |(order, figures): (&PromotionOrderId, &Figures)| {
        let final_at = windows.get(order).and_then(Window::final_at);
        let share = match final_at.filter(|final_at| last_known.is_some_and(|last| *final_at < last)) {
            None => Share { settled: *figures, changes: BTreeMap::new() },
            Some(final_at) => staged(records, windows, *order, final_at),
        };
        (*order, share)
    };
    // Whatever is known later only adds touches, so an order that had a part at the end has one now.
    now.iter().map(share).collect()
}

/// Adds what became known late cause by cause: each is answerable for the difference that it makes in this order.
fn staged(
    records: &[Record],
    windows: &BTreeMap<PromotionOrderId, Window>,
    order: PromotionOrderId,
    final_at: Timestamp,
) -> Share {
    let figures_of = |credits: Credits| credits.get(&order).copied().unwrap_or_default();
    let in_time = |record: &&Record| record.known_at <= final_at;
    let settled = figures_of(credits(records.iter().filter(in_time), windows));
    let mut changes = BTreeMap::new();
    let mut before = settled;
    for cause in Cause::ALL {
        let taken = |record: &&Record| in_time(record) || Cause::of(record.fact) <= cause;
        let after = figures_of(credits(records.iter().filter(taken), windows));
        let change = after.minus(&before);
        if !change.is_zero() {
            changes.insert(cause, change);
        }
        before = after;
    }
    Share { settled, changes }
}
