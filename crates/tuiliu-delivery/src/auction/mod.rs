//! The auction for a slot: highest rank wins, and pays the least that keeps its rank (DL-05).
//!
//! Orders are looked at best bound first, and only as many as can win or set a price: winners, prices and runners-up
//! are those of a look at everybody. Where bounds tie or say little, that would be everybody: a decision is content
//! with the best of the first 256 orders it looked at, and with nobody once 4 096 were refused. Those are the ones with
//! the highest bounds; of equal bounds, places that the decision's number draws, so that every order has the same chance.
//! What decisions teach is exact for the first few dozen orders that were looked at; of the others a few are drawn, and
//! each stands for as many as its weight says.

mod hold;
mod holdout;
mod sample;
mod search;
mod stake;
mod standing;

use std::sync::Arc;

use tuiliu_domain::id::{ContentId, DecisionId, PartyId, PromotionOrderId};
use tuiliu_domain::limits::SLOTS_PER_REQUEST_MAX;
use tuiliu_domain::money::Micros;
use tuiliu_domain::promotion::Goal;
use tuiliu_domain::time::Timestamp;

use crate::bidding::Rank;
use crate::eligibility::LossReason;
use crate::frequency::FrequencyCap;
use crate::lease::LeaseCounter;
use crate::predict::Rate;
use crate::random::Rng;
use crate::request::{HostRates, Request};
use crate::snapshot::Snapshot;

use hold::Held;
use search::Search;

pub use holdout::PlatformArm;
pub(crate) use holdout::{Arm, arm};
pub(crate) use stake::price_against;
pub use standing::{Rival, StandingSlot, standing, stood};

/// An item to be shown; its price is already taken from the lease.
#[derive(Debug, Clone)]
pub struct Won {
    /// Id of this impression-to-be.
    pub decision: DecisionId,
    /// Place among the slots of the request.
    pub slot: usize,
    /// Where the slot is in the feed.
    pub position: u32,
    pub order: PromotionOrderId,
    pub content: ContentId,
    pub creator: PartyId,
    pub goal: Goal,
    /// What one result will cost: at most the bid, reserved in full.
    pub price: Micros,
    /// What the order was ready to pay for a result.
    pub bid: Micros,
    pub rate: Rate,
    pub rank: Rank,
    /// The order that set the price, if it was not the floor or the minimum.
    pub runner_up: Option<PromotionOrderId>,
    /// The cap that this impression counts for.
    pub frequency_cap: Option<FrequencyCap>,
    /// The lease the price was taken from, to be settled or released.
    pub lease: Arc<LeaseCounter>,
}

/// A win that is not shown, so that its effect can be measured (measurement.md §1.2): nothing was reserved, and the
/// slot went to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ghost {
    /// Place among the slots of the request.
    pub slot: usize,
    /// Where the slot is in the feed.
    pub position: u32,
    pub order: PromotionOrderId,
    /// The content: the viewer is in the same arm towards all orders for it.
    pub content: ContentId,
    pub viewer: u128,
    pub goal: Goal,
    /// What one result would have cost.
    pub price: Micros,
    pub rate: Rate,
    /// The order's holdout share, or that of the universal holdout, in millionths.
    pub share_millionths: u32,
    /// Whether the viewer is in the holdout of everything promoted: then the slot stays empty.
    pub is_universal: bool,
    /// The cap that this impression would have counted for, and counts for.
    pub frequency_cap: Option<FrequencyCap>,
}

/// How an order fared in the auction for one slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Won,
    Lost(LossReason),
}

/// One eligible order in the auction for one slot.
///
/// Exact for winners, ghosts and the first orders looked at, whose weight is one; others are a random sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    pub slot: usize,
    pub order: PromotionOrderId,
    pub bid: Micros,
    pub rate: Rate,
    pub rank: Rank,
    /// Price per result with which it wins here; what it lost by is this minus the bid.
    pub price_to_win: Micros,
    pub outcome: Outcome,
    /// How many such auctions of this order it stands for: summed over decisions it counts all, without bias.
    pub weight: u32,
}

/// An order whose audience matched but that was not eligible; exact and sampled like [`Entry`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    pub order: PromotionOrderId,
    pub reason: LossReason,
    /// How many such refusals of this order it stands for.
    pub weight: u32,
}

/// Why nothing is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoFillReason {
    /// The snapshot belongs to another tenant.
    OtherTenant,
    /// More slots than a request may have.
    TooManySlots,
    /// The placement may not show (more) promoted items (DL-10).
    PromotedShare,
    /// No order may be shown to this viewer here.
    NothingEligible,
    /// No eligible order reached the floor.
    NothingWon,
    /// Who won is not shown to this viewer, so that its effect can be measured.
    Holdout,
}

impl NoFillReason {
    /// The code used in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::OtherTenant => "other_tenant",
            Self::TooManySlots => "too_many_slots",
            Self::PromotedShare => "promoted_share",
            Self::NothingEligible => "nothing_eligible",
            Self::NothingWon => "nothing_won",
            Self::Holdout => "holdout",
        }
    }
}

/// The answer to a request.
#[derive(Debug, Default)]
pub struct Decision {
    /// In the order of the slots.
    pub wins: Vec<Won>,
    /// Who won but is not shown to this viewer; the caller counts them for the frequency caps.
    pub ghosts: Vec<Ghost>,
    /// Eligible orders in the auctions that were held.
    pub entries: Vec<Entry>,
    /// Orders whose audience matches but that were not eligible.
    pub refusals: Vec<Refusal>,
    pub no_fill: Option<NoFillReason>,
    /// More might have stood as high than a decision looks at: who won is the best of those it looked at.
    pub is_cut_short: bool,
    /// What the [`Context`](crate::predict::Context) of this decision was drawn with, so that it can be made again.
    pub draw: u64,
}

/// What a decision tells of the orders that did not win. A busy host needs it of some decisions only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Telling {
    /// A sample of them. The decision stands for so many like it: every weight is that much larger.
    Sample { stands_for: u32 },
    /// Nothing: neither entries nor refusals.
    Nothing,
}

/// Whether a decision is taken, or laid open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Prices are taken from leases; no more orders are looked at than needed.
    Serve(Telling),
    /// Leases are only looked at; every order whose audience matches is told of.
    Explain,
    /// Leases are only looked at, and nothing is told.
    Rehearse,
}

/// Decides what to show (DL-01): deterministic in snapshot, leases, request, random stream and time.
///
/// Reserves the price of every win; the caller writes it into [`crate::lease::Reservations`] or releases it. The cost
/// grows with the number of orders whose bound reaches the runner-up, with the blocks that have to be searched until so
/// many match, and with the contracts that fit; it does not grow with the number of orders that match. Never are more
/// than a few hundred orders looked at, contracts apart: see [`Decision::is_cut_short`].
#[must_use]
pub fn decide(snapshot: &Snapshot, request: &Request, rng: &mut Rng, now: Timestamp) -> Decision {
    decide_telling(snapshot, request, rng, now, Telling::Sample { stands_for: 1 })
}

/// [`decide`] that tells more or less of the orders that did not win; what it decides is the same.
#[must_use]
pub fn decide_telling(
    snapshot: &Snapshot,
    request: &Request,
    rng: &mut Rng,
    now: Timestamp,
    telling: Telling,
) -> Decision {
    run(snapshot, request, rng, Moment { now, purpose: Purpose::Serve(telling) })
}

/// When, and what for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) now: Timestamp,
    pub(crate) purpose: Purpose,
}

pub(crate) fn run(snapshot: &Snapshot, request: &Request, rng: &mut Rng, moment: Moment) -> Decision {
    let mut decision = Decision { no_fill: hopeless(snapshot, request), ..Decision::default() };
    if decision.no_fill.is_some() {
        return decision;
    }
    // The only number taken from the stream: everything else follows from it, whatever is looked at in what order.
    let draw = rng.next_u64();
    decision.draw = draw;
    let slots = &request.placement.slots;
    let mut search = Search::new(snapshot, request, draw, moment.now);
    let first = search.ranking(slots.first().map_or(HostRates::NONE, |slot| slot.predicted));
    if moment.purpose == Purpose::Explain {
        search.look_at_all();
    }
    let held = hold_all(&mut search, &mut decision, first, moment.purpose);
    decision.is_cut_short = search.is_cut_short;
    decision.no_fill = if !decision.wins.is_empty() {
        None
    } else if !decision.ghosts.is_empty() {
        Some(NoFillReason::Holdout)
    } else if search.contenders.is_empty() {
        Some(NoFillReason::NothingEligible)
    } else {
        Some(NoFillReason::NothingWon)
    };
    match moment.purpose {
        Purpose::Serve(Telling::Nothing) | Purpose::Rehearse => {}
        Purpose::Serve(Telling::Sample { stands_for }) => {
            sample::tell_sample(search, &held, draw, &mut decision);
            decision.stand_for(stands_for);
        }
        Purpose::Explain => sample::tell_all(&search, &held, &mut decision),
    }
    decision
}

/// Holds the auction of every slot that may be filled.
fn hold_all<'b>(search: &mut Search<'b>, decision: &mut Decision, first: usize, purpose: Purpose) -> Vec<Held<'b>> {
    let placement = &search.request.placement;
    let mut held = Vec::with_capacity(placement.slots.len());
    if search.has_any(first) {
        let promoted_max = placement.promoted_max();
        for (place, slot) in placement.slots.iter().enumerate() {
            // A slot left empty by the universal holdout counts like one that is filled: else these viewers would win
            // where others have had their share of the feed.
            let empty = decision.ghosts.iter().filter(|ghost| ghost.is_universal).count();
            if decision.wins.len() + empty >= promoted_max {
                break;
            }
            held.push(Held::hold(search, decision, (place, slot), purpose));
        }
    }
    held
}

impl Decision {
    /// Makes what is told stand for so many decisions.
    fn stand_for(&mut self, decisions: u32) {
        self.entries.iter_mut().for_each(|entry| entry.weight = entry.weight.saturating_mul(decisions));
        self.refusals.iter_mut().for_each(|refusal| refusal.weight = refusal.weight.saturating_mul(decisions));
    }
}

fn hopeless(snapshot: &Snapshot, request: &Request) -> Option<NoFillReason> {
    if snapshot.tenant() != request.tenant {
        Some(NoFillReason::OtherTenant)
    } else if request.placement.slots.len() > SLOTS_PER_REQUEST_MAX {
        Some(NoFillReason::TooManySlots)
    } else if request.placement.promoted_max() == 0 {
        Some(NoFillReason::PromotedShare)
    } else {
        None
    }
}

#[cfg(test)]
mod naive;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod worlds;
