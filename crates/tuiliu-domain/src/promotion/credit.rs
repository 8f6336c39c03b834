//! Credits: what comes back to an order's sources when charges turn out to be for no valid traffic (AT-03, WL-05).

use crate::coupon::SourceKind;
use crate::id::HoldId;
use crate::money::{Amount, Micros};

/// What an order used of one source, and what of it came back already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsedSource {
    pub hold: HoldId,
    pub kind: SourceKind,
    pub captured: Amount,
    pub credited: Amount,
    /// What one unit is worth, in the order's price unit.
    pub unit_worth: Micros,
}

/// What comes back of one source now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CreditPart {
    pub hold: HoldId,
    pub amount: Amount,
}

/// What comes back now so that in all `due` has come back, in reverse order of use.
///
/// Each source gets back at most what it gave; a started unit comes back whole. Growth cards are used once and burnt, so
/// nothing of them comes back.
#[must_use]
pub fn credit_parts(due: Micros, sources: &[UsedSource]) -> Vec<CreditPart> {
    let worth = |source: &UsedSource, units: i64| units.saturating_mul(source.unit_worth.get());
    let before: i64 = sources.iter().map(|source| worth(source, source.credited.units())).sum();
    let mut missing = due.get().saturating_sub(before);
    let mut parts = Vec::new();
    for source in sources.iter().rev().filter(|source| source.kind != SourceKind::GrowthCard) {
        let left = source.captured.units().saturating_sub(source.credited.units());
        if missing <= 0 || left <= 0 || source.unit_worth <= Micros::ZERO {
            continue;
        }
        let started = missing.saturating_add(source.unit_worth.get() - 1) / source.unit_worth.get();
        let units = started.min(left);
        missing = missing.saturating_sub(worth(source, units));
        parts.push(CreditPart { hold: source.hold, amount: Amount::new(units) });
    }
    parts
}
