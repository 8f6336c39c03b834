//! Why a viewer sees what they see, and what orders lose by (DL-09, delivery.md §8).

use std::collections::BTreeMap;

use tuiliu_domain::id::{PromotionOrderId, RoomId};
use tuiliu_domain::money::Micros;
use tuiliu_domain::time::Timestamp;

use crate::auction::{Decision, Entry, Moment, NoFillReason, Outcome, Reserving, Won, run};
use crate::eligibility::{LossReason, standing_refusal};
use crate::random::Rng;
use crate::request::Request;
use crate::snapshot::Snapshot;

/// How one order fared with one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CandidateExplanation {
    pub order: PromotionOrderId,
    pub room: RoomId,
    /// The first filter that removed it before any auction.
    pub refusal: Option<LossReason>,
    /// The auctions it took part in, with bid, rate, rank and price.
    pub auctions: Vec<Entry>,
}

/// A decision laid open.
#[derive(Debug)]
pub struct Explanation {
    /// Every order of the snapshot, ascending by id.
    pub candidates: Vec<CandidateExplanation>,
    /// What would be shown; no lease was touched.
    pub wins: Vec<Won>,
    pub no_fill: Option<NoFillReason>,
}

/// Decides as [`crate::decide`] would, takes nothing from any lease, and tells of every order why (DL-09).
#[must_use]
pub fn explain(snapshot: &Snapshot, request: &Request, rng: &mut Rng, now: Timestamp) -> Explanation {
    let decision = run(snapshot, request, rng, Moment { now, reserving: Reserving::Look });
    let mut refusals: BTreeMap<_, _> = decision.refusals.iter().copied().collect();
    let mut auctions: BTreeMap<PromotionOrderId, Vec<Entry>> = BTreeMap::new();
    for entry in &decision.entries {
        auctions.entry(entry.order).or_default().push(*entry);
    }
    let candidates = snapshot
        .candidates()
        .iter()
        .map(|candidate| {
            let auctions = auctions.remove(&candidate.order).unwrap_or_default();
            let refusal = match (decision.no_fill, refusals.remove(&candidate.order)) {
                (_, Some(reason)) => Some(reason),
                // No auction was held, so nothing is known of anybody.
                (Some(NoFillReason::OtherTenant | NoFillReason::TooManySlots | NoFillReason::PromotedShare), None) => {
                    None
                }
                _ if auctions.is_empty() => Some(standing_refusal(candidate).unwrap_or(LossReason::Audience)),
                _ => None,
            };
            CandidateExplanation { order: candidate.order, room: candidate.room, refusal, auctions }
        })
        .collect();
    Explanation { candidates, wins: decision.wins, no_fill: decision.no_fill }
}

/// What one order won and lost, and why.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OrderCounts {
    /// Auctions it took part in, paced out or not.
    pub auctions: u64,
    pub wins: u64,
    losses: [u64; LossReason::COUNT],
    /// Sum of what its bids fell short by in lost auctions, in millionths; saturates.
    pub short_by: Micros,
}

impl OrderCounts {
    /// How often it was lost for this reason.
    #[must_use]
    pub fn lost(&self, reason: LossReason) -> u64 {
        self.losses[reason.index()]
    }
}

/// Wins and losses by order, as the diagnosis of slow delivery reads them.
///
/// Only orders whose audience matched are counted one by one; for the others the audience is the reason, and
/// their number is `requests` minus what is counted here.
#[derive(Debug, Clone, Default)]
pub struct LossCounts {
    pub requests: u64,
    by_order: BTreeMap<PromotionOrderId, OrderCounts>,
}

impl LossCounts {
    /// Adds one decision.
    pub fn add(&mut self, decision: &Decision) {
        self.requests += 1;
        for (order, reason) in &decision.refusals {
            self.by_order.entry(*order).or_default().losses[reason.index()] += 1;
        }
        for entry in &decision.entries {
            let counts = self.by_order.entry(entry.order).or_default();
            counts.auctions += 1;
            match entry.outcome {
                Outcome::Won => counts.wins += 1,
                Outcome::Lost(reason) => {
                    counts.losses[reason.index()] += 1;
                    let short = entry.price_to_win.get().saturating_sub(entry.bid.get()).max(0);
                    counts.short_by = Micros::new(counts.short_by.get().saturating_add(short));
                }
            }
        }
    }

    /// The counts of one order.
    #[must_use]
    pub fn of(&self, order: PromotionOrderId) -> Option<&OrderCounts> {
        self.by_order.get(&order)
    }

    /// Forgets every other order than these.
    pub fn retain(&mut self, is_kept: impl Fn(PromotionOrderId) -> bool) {
        self.by_order.retain(|order, _| is_kept(*order));
    }

    /// Every order counted so far; starts again from zero.
    #[must_use]
    pub fn drain(&mut self) -> BTreeMap<PromotionOrderId, OrderCounts> {
        self.requests = 0;
        std::mem::take(&mut self.by_order)
    }
}

#[cfg(test)]
mod tests;
