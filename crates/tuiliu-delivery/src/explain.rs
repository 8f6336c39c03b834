//! Why a viewer sees what they see, and what orders lose by (DL-09, delivery.md §8).

mod losses;

use std::collections::BTreeMap;

use tuiliu_domain::id::{ContentId, PromotionOrderId};
use tuiliu_domain::time::Timestamp;

use crate::auction::{Entry, Ghost, Moment, NoFillReason, Purpose, Won, run};
use crate::eligibility::{LossReason, standing_refusal};
use crate::random::Rng;
use crate::request::Request;
use crate::snapshot::Snapshot;

pub use losses::{LossCounts, MinuteCounts, OrderCounts};

/// How one order fared with one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CandidateExplanation {
    pub order: PromotionOrderId,
    pub content: ContentId,
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
    /// What would win and not be shown, so that its effect can be measured.
    pub ghosts: Vec<Ghost>,
    pub no_fill: Option<NoFillReason>,
}

/// Decides as [`crate::decide`] would, takes nothing from any lease, and tells of every order why (DL-09).
#[must_use]
pub fn explain(snapshot: &Snapshot, request: &Request, rng: &mut Rng, now: Timestamp) -> Explanation {
    let decision = run(snapshot, request, rng, Moment { now, purpose: Purpose::Explain });
    let mut refusals: BTreeMap<_, _> =
        decision.refusals.iter().map(|refusal| (refusal.order, refusal.reason)).collect();
    let mut auctions: BTreeMap<PromotionOrderId, Vec<Entry>> = BTreeMap::new();
    for entry in &decision.entries {
        auctions.entry(entry.order).or_default().push(*entry);
    }
    let candidates = snapshot
        .candidates()
        .into_iter()
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
            CandidateExplanation { order: candidate.order, content: candidate.content, refusal, auctions }
        })
        .collect();
    Explanation { candidates, wins: decision.wins, ghosts: decision.ghosts, no_fill: decision.no_fill }
}

#[cfg(test)]
mod tests;
