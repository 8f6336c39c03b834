//! The same decision by looking at everybody, as plainly as can be: what the early stop is compared with.

use std::cmp::Reverse;
use std::collections::HashSet;

use tuiliu_domain::id::{ContentId, PromotionOrderId};
use tuiliu_domain::time::Timestamp;

use super::holdout::{Arm, arm};
use crate::bidding::{Rank, Weight};
use crate::eligibility::{is_paced_out, refusal};
use crate::guarantee::{Entrant, take_turns};
use crate::predict::Context;
use crate::random::{Rng, fold, mix};
use crate::request::{Request, Slot};
use crate::snapshot::{Candidate, Snapshot};

/// Slot, order, price, bid and runner-up of a win; or slot, order and price of a ghost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Result {
    Won { slot: usize, order: PromotionOrderId, price: i64, bid: i64, runner_up: Option<PromotionOrderId> },
    Ghost { slot: usize, order: PromotionOrderId, price: i64 },
}

struct One<'a> {
    candidate: &'a Candidate,
    weight: Weight,
    bid: i64,
    rank: Rank,
    lot: u64,
}

pub(super) fn decided(snapshot: &Snapshot, request: &Request, rng: &mut Rng, now: Timestamp) -> Vec<Result> {
    let (mut results, mut shown) = (Vec::new(), 0);
    let draw = rng.next_u64();
    let context = Context::of(snapshot, request, now, draw);
    let eligible = eligible(snapshot, request, draw, now);
    let mut gone: HashSet<ContentId> = HashSet::new();
    for (slot, asked) in request.placement.slots.iter().enumerate() {
        if shown >= request.placement.promoted_max() {
            break;
        }
        let mut ranked: Vec<One<'_>> =
            eligible.iter().filter_map(|candidate| one(candidate, asked, &context, draw)).collect();
        ranked.sort_by_key(|one| Reverse((one.rank, one.lot, one.candidate.order)));
        ranked.retain(|one| !gone.contains(&one.candidate.content));
        while !ranked.is_empty() {
            let first = ranked.remove(0);
            let floor = asked.floor.map_or(Rank::ZERO, Rank::of_price);
            let free = first.weight.price_for(floor).max(first.candidate.price_min);
            let rival = ranked.iter().find(|one| one.candidate.content != first.candidate.content);
            let price = rival.map_or(free, |one| first.weight.price_for(one.rank).max(free));
            let runner_up = rival.filter(|_| price > free).map(|one| one.candidate.order);
            let lease = &first.candidate.lease;
            let arm = arm(snapshot, first.candidate, request.viewer.hash);
            if !(if arm == Arm::Shown { lease.reserve(price) } else { lease.available() >= price }) {
                continue;
            }
            ranked.retain(|one| one.candidate.content != first.candidate.content);
            gone.insert(first.candidate.content);
            let (order, price) = (first.candidate.order, price.get());
            if arm == Arm::Shown {
                results.push(Result::Won { slot, order, price, bid: first.bid, runner_up });
                shown += 1;
                break;
            }
            results.push(Result::Ghost { slot, order, price });
            if arm == Arm::Universal {
                shown += 1;
                break;
            }
        }
    }
    results
}

/// Everybody who is eligible and takes part.
fn eligible<'a>(snapshot: &'a Snapshot, request: &Request, draw: u64, now: Timestamp) -> Vec<&'a Candidate> {
    let keys = request.viewer.keys();
    let mut all = snapshot.candidates();
    all.retain(|candidate| candidate.audience.accepts(&keys) && refusal(snapshot, candidate, request, now).is_none());
    let mut entrants: Vec<Entrant> = all
        .iter()
        .enumerate()
        .filter_map(|(place, candidate)| {
            let participation_millionths = candidate.pacing.participation_millionths();
            candidate.bid.turn().map(|turn| Entrant { turn, place, participation_millionths })
        })
        .collect();
    let mut rng = Rng::seeded(mix(draw ^ super::search::TURNS));
    take_turns(&mut entrants, request.placement.slots.len(), &mut rng);
    let takers: HashSet<usize> = entrants.iter().map(|entrant| entrant.place).collect();
    let mut place = 0;
    all.retain(|candidate| {
        place += 1;
        let lot = mix(mix(draw ^ fold(candidate.order.value())));
        if candidate.bid.turn().is_some() { takers.contains(&(place - 1)) } else { !is_paced_out(candidate, lot) }
    });
    all
}

fn one<'a>(candidate: &'a Candidate, slot: &Slot, context: &Context, draw: u64) -> Option<One<'a>> {
    let rate = slot.predicted.of(candidate.goal).unwrap_or_else(|| candidate.rate(context));
    let weight = Weight::new(rate, candidate.quality);
    let bid = candidate.bid.effective(candidate.pacing.price(), candidate.lease.available());
    let rank = weight.rank(bid);
    let floor = slot.floor.map_or(Rank::ZERO, Rank::of_price);
    let takes_part = bid >= candidate.price_min && bid.get() > 0 && rank >= floor;
    let lot = mix(draw ^ fold(candidate.order.value()));
    takes_part.then_some(One { candidate, weight, bid: bid.get(), rank, lot })
}
