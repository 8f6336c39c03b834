//! How delivery ends, and what comes back (TP-14, TP-15, TP-18, TP-19, TP-29).

use thiserror::Error;

use super::PromotionOrder;
use super::guard::{GuardRule, Performance};
use super::state::{CompletedBy, Ending, OrderState, StopCause};
use crate::coupon::SourceKind;
use crate::event::{Event, Outcome};
use crate::id::{HoldId, LotId};
use crate::ledger::{Hold, ReleaseMode};
use crate::money::{Amount, Micros};
use crate::time::Timestamp;

/// Why delivery of an order does not end.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EndOrderError {
    #[error("end an order that is `{state}`")]
    WrongState { state: &'static str },
    #[error("end by its duration an order that lasts until `{}` ms", .ends_at.ms())]
    TooEarly { ends_at: Timestamp },
    #[error("stop by a guard rule when none is crossed")]
    NoGuardRuleCrossed,
}

/// What the ledger and the data plane say of an order that is about to be settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettlementFacts<'f> {
    /// Every hold of the order, as captured so far.
    pub holds: &'f [Hold],
    /// What the order's escrow says was charged; nothing charged means that it never ran, and nothing burns.
    pub spent: Micros,
    /// A node may still report what it spent.
    pub leases_open: bool,
    /// Exposures were sent whose events may still come.
    pub exposures_open: bool,
}

/// Why an order is not settled.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SettleOrderError {
    #[error("settle an order that is `{state}`")]
    WrongState { state: &'static str },
    #[error("settle an order before `{}` ms while events may still come", .settle_at.ms())]
    TooEarly { settle_at: Timestamp },
    #[error("settle an order while nodes may still report what they spent")]
    LeasesOpen,
    #[error("settle an order whose holds are not its sources: `{hold}`")]
    ForeignHolds { hold: HoldId },
}

/// What became of one source of an order: `used + returned + burnt = paid` (TP-19).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SourceSettled {
    pub hold: HoldId,
    pub lot: LotId,
    pub kind: SourceKind,
    pub paid: Amount,
    pub used: Amount,
    /// Back where it came from; of a traffic coupon as a new one.
    pub returned: Amount,
    /// The unused part of a growth card of an order that ran (TP-28).
    pub burnt: Amount,
}

impl PromotionOrder {
    /// Ends delivery because nothing is left to spend (TP-14).
    pub fn exhaust(self, now: Timestamp) -> Result<Outcome<Self>, EndOrderError> {
        let exhausted = Event::BudgetExhausted { order: self.id };
        let outcome = self.end(Ending::Completed(CompletedBy::Budget), now)?;
        let mut events = vec![exhausted];
        events.extend(outcome.events);
        Ok(Outcome { events, ..outcome })
    }

    /// Ends delivery because its duration is over (TP-20).
    pub fn end_duration(self, now: Timestamp) -> Result<Outcome<Self>, EndOrderError> {
        match self.state {
            OrderState::Running { ends_at, .. } | OrderState::Paused { ends_at, .. } if now < ends_at => {
                Err(EndOrderError::TooEarly { ends_at })
            }
            _ => self.end(Ending::Completed(CompletedBy::Duration), now),
        }
    }

    /// Stops an order; at once, free, any number of times (TP-15, TP-29).
    ///
    /// One that never ran is undone in full; one that ran settles what is left.
    pub fn stop(self, cause: StopCause, now: Timestamp) -> Result<Outcome<Self>, EndOrderError> {
        match self.state {
            OrderState::InReview { .. } | OrderState::Reserved { .. } => {
                Ok(self.never_ran(Ending::Stopped(cause), now))
            }
            _ => self.end(Ending::Stopped(cause), now),
        }
    }

    /// The first guard rule that is crossed, if delivery is on (TP-29).
    #[must_use]
    pub fn guard_rule_crossed(&self, performance: &Performance, now: Timestamp) -> Option<GuardRule> {
        let fires = |rule: &&GuardRule| rule.fires(performance, self.terms.beans_per_yuan, now);
        self.guard_rules.iter().filter(|_| self.state.is_delivering()).find(fires).copied()
    }

    /// Stops an order by the guard rule that is crossed, and tells which (TP-29).
    pub fn stop_by_guard_rule(self, performance: &Performance, now: Timestamp) -> Result<Outcome<Self>, EndOrderError> {
        let rule = self.guard_rule_crossed(performance, now).ok_or(EndOrderError::NoGuardRuleCrossed)?;
        let fired = Event::GuardRuleFired { order: self.id, rule };
        let outcome = self.end(Ending::Stopped(StopCause::GuardRule), now)?;
        let mut events = vec![fired];
        events.extend(outcome.events);
        Ok(Outcome { events, ..outcome })
    }

    /// Gives back what was not used, to where it came from, and closes the books (TP-18, TP-19).
    pub fn settle(self, facts: &SettlementFacts<'_>, now: Timestamp) -> Result<Outcome<Self>, SettleOrderError> {
        let OrderState::Settling { settle_at, ref ending, .. } = self.state else {
            return Err(SettleOrderError::WrongState { state: self.state.name() });
        };
        if facts.leases_open {
            return Err(SettleOrderError::LeasesOpen);
        }
        if facts.exposures_open && now < settle_at {
            return Err(SettleOrderError::TooEarly { settle_at });
        }
        let sources = self.sources_settled(facts)?;
        let ending = ending.clone();
        let postings = self.release(ReleaseMode::Remainder);
        let event = Event::OrderSettled { order: self.id, ending: ending.clone(), sources };
        Ok(self.becomes(ending.into_state(now), postings, vec![event]))
    }

    /// Ends delivery of an order that runs; it settles from here.
    pub(super) fn end(self, ending: Ending, now: Timestamp) -> Result<Outcome<Self>, EndOrderError> {
        let (OrderState::Running { started_at, .. } | OrderState::Paused { started_at, .. }) = self.state else {
            return Err(EndOrderError::WrongState { state: self.state.name() });
        };
        let settle_at = now.plus_ms(self.terms.settle_wait_ms);
        let deadline = now.plus_ms(self.terms.settle_limit_ms);
        let event = Event::DeliveryEnded { order: self.id, ending: ending.clone(), deadline };
        let settling = OrderState::Settling { started_at, since: now, settle_at, deadline, ending };
        let ended = Self { delivery_ended_at: Some(now), ..self };
        Ok(ended.becomes(settling, Vec::new(), vec![event]))
    }

    fn sources_settled(&self, facts: &SettlementFacts<'_>) -> Result<Vec<SourceSettled>, SettleOrderError> {
        let holds = facts.holds;
        if let Some(foreign) = holds.iter().find(|hold| self.source(hold.id).is_none()) {
            return Err(SettleOrderError::ForeignHolds { hold: foreign.id });
        }
        let settled = |source: &super::OrderSource| {
            let mismatch = SettleOrderError::ForeignHolds { hold: source.hold };
            let hold = holds.iter().find(|hold| hold.id == source.hold).ok_or_else(|| mismatch.clone())?;
            let (paid, used) = (source.plan.amount, hold.captured);
            let rest = paid.minus(used).map_err(|_| mismatch.clone())?;
            if hold.amount != paid || hold.lot != source.plan.lot || used < Amount::ZERO || rest < Amount::ZERO {
                return Err(mismatch);
            }
            let burns = source.plan.kind == SourceKind::GrowthCard && facts.spent > Micros::ZERO;
            let (returned, burnt) = if burns { (Amount::ZERO, rest) } else { (rest, Amount::ZERO) };
            let (lot, kind) = (source.plan.lot, source.plan.kind);
            Ok(SourceSettled { hold: source.hold, lot, kind, paid, used, returned, burnt })
        };
        self.sources.iter().map(settled).collect()
    }
}
