//! The auction for a slot: highest rank wins, and pays the least that keeps its rank (DL-05).

use std::cmp::Reverse;
use std::sync::Arc;

use tuiliu_domain::id::{DecisionId, PartyId, PromotionOrderId, RoomId};
use tuiliu_domain::limits::SLOTS_PER_REQUEST_MAX;
use tuiliu_domain::money::Micros;
use tuiliu_domain::promotion::Goal;
use tuiliu_domain::time::Timestamp;

use crate::bidding::{Rank, Weight};
use crate::eligibility::{LossReason, is_paced_out, refusal};
use crate::guarantee::{Entrant, take_turns};
use crate::lease::LeaseCounter;
use crate::predict::{Context, Rate};
use crate::random::{Rng, mix};
use crate::request::{Request, Slot};
use crate::snapshot::{Candidate, Snapshot};

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
    pub room: RoomId,
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
    /// The lease the price was taken from, to be settled or released.
    pub lease: Arc<LeaseCounter>,
}

/// How an order fared in the auction for one slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Won,
    Lost(LossReason),
}

/// One eligible order in the auction for one slot.
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
        }
    }
}

/// The answer to a request.
#[derive(Debug, Default)]
pub struct Decision {
    /// In the order of the slots.
    pub wins: Vec<Won>,
    /// Every eligible order in every auction that was held.
    pub entries: Vec<Entry>,
    /// Orders whose audience matches but that were not eligible.
    pub refusals: Vec<(PromotionOrderId, LossReason)>,
    pub no_fill: Option<NoFillReason>,
    /// What the [`Context`] of this decision was drawn with, so that it can be made again.
    pub draw: u64,
}

/// Whether a price is taken from the lease or only looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reserving {
    Take,
    Look,
}

/// Decides what to show (DL-01): deterministic in snapshot, leases, request, random stream and time.
///
/// Reserves the price of every win; the caller writes it into [`crate::lease::Reservations`] or releases it.
#[must_use]
pub fn decide(snapshot: &Snapshot, request: &Request, rng: &mut Rng, now: Timestamp) -> Decision {
    run(snapshot, request, rng, Moment { now, reserving: Reserving::Take })
}

/// When, and whether in earnest.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) now: Timestamp,
    pub(crate) reserving: Reserving,
}

pub(crate) fn run(snapshot: &Snapshot, request: &Request, rng: &mut Rng, moment: Moment) -> Decision {
    let mut decision = Decision { no_fill: hopeless(snapshot, request), ..Decision::default() };
    if decision.no_fill.is_some() {
        return decision;
    }
    let mut contenders = eligible(snapshot, request, rng, moment.now, &mut decision);
    if contenders.is_empty() {
        decision.no_fill = Some(NoFillReason::NothingEligible);
        return decision;
    }
    let promoted_max = request.placement.promoted_max();
    decision.entries.reserve(contenders.len() * request.placement.slots.len());
    for (place, slot) in request.placement.slots.iter().enumerate() {
        if decision.wins.len() >= promoted_max || contenders.is_empty() {
            break;
        }
        let auction = Auction::hold(&contenders, slot, moment.reserving);
        auction.write_entries(place, &mut decision.entries);
        if let Some(won) = auction.won(request, place) {
            contenders.retain(|contender| contender.candidate.room != won.room);
            decision.wins.push(won);
        }
    }
    if decision.wins.is_empty() {
        decision.no_fill = Some(NoFillReason::NothingWon);
    }
    decision
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

/// An eligible order.
#[derive(Debug)]
struct Contender<'a> {
    candidate: &'a Candidate,
    /// Pacing leaves this request out; it is still told what it would have cost.
    paced_out: bool,
    /// The engine's own prediction.
    rate: Rate,
    /// Decides between equal ranks.
    lot: u64,
}

fn eligible<'a>(
    snapshot: &'a Snapshot,
    request: &Request,
    rng: &mut Rng,
    now: Timestamp,
    decision: &mut Decision,
) -> Vec<Contender<'a>> {
    let matching = snapshot.index.matching(&request.viewer);
    let draw = rng.next_u64();
    decision.draw = draw;
    let context = Context::of(snapshot, request, now, draw);
    let mut contenders = Vec::with_capacity(matching.len());
    let mut entrants = Vec::new();
    for (nth, place) in (0_u64..).zip(matching) {
        let candidate = &snapshot.candidates[place];
        if let Some(reason) = refusal(snapshot, candidate, request, now) {
            decision.refusals.push((candidate.order, reason));
            continue;
        }
        if let Some(turn) = candidate.bid.turn() {
            let participation_millionths = candidate.pacing.participation_millionths();
            entrants.push(Entrant { turn, place: contenders.len(), participation_millionths });
        }
        contenders.push(Contender {
            candidate,
            paced_out: candidate.bid.turn().is_some() || is_paced_out(candidate, rng),
            rate: candidate.rate(&context),
            lot: mix(draw ^ nth),
        });
    }
    take_turns(&mut entrants, request.placement.slots.len(), rng);
    for entrant in entrants {
        contenders[entrant.place].paced_out = false;
    }
    contenders
}

/// What a contender brings to one slot.
#[derive(Debug, Clone, Copy)]
struct Stake {
    rate: Rate,
    weight: Weight,
    bid: Micros,
    rank: Rank,
    /// Why it cannot win, whatever the others do.
    out: Option<LossReason>,
}

/// One auction, held.
#[derive(Debug)]
struct Auction<'a, 'b> {
    contenders: &'b [Contender<'a>],
    slot: &'b Slot,
    stakes: Vec<Stake>,
    winner: Option<Winner>,
}

#[derive(Debug, Clone, Copy)]
struct Winner {
    place: usize,
    price: Micros,
    runner_up: Option<usize>,
}

impl<'a, 'b> Auction<'a, 'b> {
    /// Ranks the contenders, and lets the first win whose lease gives the price.
    fn hold(contenders: &'b [Contender<'a>], slot: &'b Slot, reserving: Reserving) -> Self {
        let mut stakes: Vec<Stake> = contenders.iter().map(|contender| stake(contender, slot)).collect();
        let mut ranked: Vec<usize> = (0..stakes.len()).filter(|place| stakes[*place].out.is_none()).collect();
        ranked.sort_unstable_by_key(|place| {
            Reverse((stakes[*place].rank, contenders[*place].lot, contenders[*place].candidate.order))
        });
        let mut winner = None;
        for (nth, place) in ranked.iter().copied().enumerate() {
            let candidate = contenders[place].candidate;
            // Two orders for one room never show together, so neither raises the other's price.
            let runner_up =
                ranked[nth + 1..].iter().copied().find(|other| contenders[*other].candidate.room != candidate.room);
            let price = price_against(candidate, &stakes[place], slot, runner_up.map(|other| stakes[other].rank));
            debug_assert!(price <= stakes[place].bid, "a second price never passes the bid");
            let given = match reserving {
                Reserving::Take => candidate.lease.reserve(price),
                Reserving::Look => candidate.lease.available() >= price,
            };
            if given {
                winner = Some(Winner { place, price, runner_up });
                break;
            }
            stakes[place].out = Some(LossReason::Budget);
        }
        Self { contenders, slot, stakes, winner }
    }

    fn won(&self, request: &Request, place: usize) -> Option<Won> {
        let winner = self.winner?;
        let candidate = self.contenders[winner.place].candidate;
        let stake = self.stakes[winner.place];
        Some(Won {
            decision: request.decision.child(u64::try_from(place).expect("slots are few")),
            slot: place,
            position: self.slot.position,
            order: candidate.order,
            room: candidate.room,
            creator: candidate.creator,
            goal: candidate.goal,
            price: winner.price,
            bid: stake.bid,
            rate: stake.rate,
            rank: stake.rank,
            runner_up: winner.runner_up.map(|other| self.contenders[other].candidate.order),
            lease: Arc::clone(&candidate.lease),
        })
    }

    fn write_entries(&self, place: usize, entries: &mut Vec<Entry>) {
        let first = self.winner.map(|winner| (self.contenders[winner.place].candidate.room, winner));
        for (nth, (contender, stake)) in self.contenders.iter().zip(&self.stakes).enumerate() {
            let candidate = contender.candidate;
            let (price_to_win, outcome) = match first {
                Some((_, winner)) if winner.place == nth => (winner.price, Outcome::Won),
                Some((room, winner)) if room == candidate.room => {
                    let rival = winner.runner_up.map(|other| self.stakes[other].rank);
                    let price = price_against(candidate, stake, self.slot, rival);
                    (price, Outcome::Lost(stake.out.unwrap_or(LossReason::RoomShown)))
                }
                _ => {
                    let rival = first.map(|(_, winner)| self.stakes[winner.place].rank);
                    let price = price_against(candidate, stake, self.slot, rival);
                    (price, Outcome::Lost(stake.out.unwrap_or(LossReason::LostAuction)))
                }
            };
            entries.push(Entry {
                slot: place,
                order: candidate.order,
                bid: stake.bid,
                rate: stake.rate,
                rank: stake.rank,
                price_to_win,
                outcome,
            });
        }
    }
}

fn stake(contender: &Contender<'_>, slot: &Slot) -> Stake {
    let candidate = contender.candidate;
    let rate = slot.predicted.of(candidate.goal).unwrap_or(contender.rate);
    let weight = Weight::new(rate, candidate.quality);
    let paced = candidate.pacing.price();
    let available = candidate.lease.available();
    let bid = candidate.bid.effective(paced, available);
    let rank = weight.rank(bid);
    let floor = slot.floor.map_or(Rank::ZERO, Rank::of_price);
    let out = if contender.paced_out {
        Some(LossReason::Pacing)
    } else if bid < candidate.price_min || bid.get() <= 0 {
        Some(if bid == available { LossReason::Budget } else { LossReason::BidBelowMinimum })
    } else if rank < floor {
        Some(LossReason::BelowFloor)
    } else {
        None
    };
    Stake { rate, weight, bid, rank, out }
}

/// The least price per result with which this order stands above a rival's rank and the floor.
fn price_against(candidate: &Candidate, stake: &Stake, slot: &Slot, rival: Option<Rank>) -> Micros {
    let floor = slot.floor.map_or(Rank::ZERO, Rank::of_price);
    stake.weight.price_for(rival.unwrap_or_default().max(floor)).max(candidate.price_min)
}

#[cfg(test)]
mod tests;
