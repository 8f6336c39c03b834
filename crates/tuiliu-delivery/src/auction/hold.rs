//! Holding the auction for one slot.

use std::sync::Arc;

use tuiliu_domain::id::ContentId;
use tuiliu_domain::money::Micros;

use crate::bidding::Rank;
use crate::eligibility::LossReason;
use crate::request::Slot;

use super::holdout::{Arm, arm};
use super::search::{Contender, Ranked, Search};
use super::stake::{Stake, floor, least_rival, price_against, stake};
use super::standing::{Rival, StandingSlot};
use super::{Decision, Entry, Ghost, Outcome, Purpose, Won};

/// An auction that was held.
#[derive(Debug)]
pub(super) struct Held<'b> {
    place: usize,
    slot: &'b Slot,
    /// How many rooms were gone when it began.
    gone_before: usize,
    winner: Option<Winner>,
    /// Who won and is not shown, with its price.
    ghosts: Vec<(usize, ContentId, Micros)>,
    /// What anybody else would have had to pass.
    best: Option<Rank>,
}

#[derive(Debug, Clone, Copy)]
struct Winner {
    nth: usize,
    content: ContentId,
    price: Micros,
    stake: Stake,
    runner_up: Option<Ranked>,
}

impl<'b> Held<'b> {
    /// Lets the first win whose lease gives the price and who may be shown to this viewer.
    pub(super) fn hold(
        search: &mut Search<'_>,
        decision: &mut Decision,
        (place, slot): (usize, &'b Slot),
        purpose: Purpose,
    ) -> Self {
        let ranking = search.ranking(slot.predicted);
        let mut held =
            Self { place, slot, gone_before: search.gone.len(), winner: None, ghosts: Vec::new(), best: None };
        while let Some(first) = search.take_best(ranking, floor(slot)) {
            let winner = held.priced(search, ranking, first);
            let candidate = search.contenders[first.nth].candidate;
            let arm = arm(search.snapshot, candidate, search.request.viewer.hash);
            let given = match purpose {
                Purpose::Serve(_) if arm == Arm::Shown => candidate.lease.reserve(winner.price),
                _ => candidate.lease.available() >= winner.price,
            };
            if !given {
                search.contenders[first.nth].is_broke = true;
                continue;
            }
            search.gone.push(candidate.content);
            if arm == Arm::Shown {
                held.best = Some(winner.stake.rank);
                held.winner = Some(winner);
                decision.wins.push(held.won(search, winner));
                break;
            }
            held.ghosts.push((winner.nth, winner.content, winner.price));
            decision.ghosts.push(held.ghost(search, winner, arm));
            if arm == Arm::Universal {
                held.best = Some(winner.stake.rank);
                break;
            }
        }
        held
    }

    /// What the first pays against the best of another room.
    fn priced(&self, search: &mut Search<'_>, ranking: usize, first: Ranked) -> Winner {
        let candidate = search.contenders[first.nth].candidate;
        let stake = stake(&search.contenders[first.nth], self.slot.predicted);
        let least = least_rival(candidate, stake.weight, self.slot);
        // Two orders for one room never show together, so neither raises the other's price.
        let mut own_content = Vec::new();
        let runner_up = loop {
            match search.take_best(ranking, least) {
                Some(rival) if search.contenders[rival.nth].candidate.content == candidate.content => {
                    own_content.push(rival)
                }
                other => break other,
            }
        };
        own_content.into_iter().chain(runner_up).for_each(|rival| search.put_back(ranking, rival));
        // A repricing under way may raise a rival after the first was certain to be the best: it still pays its bid.
        let price = price_against(candidate, stake.weight, self.slot, runner_up.map(|rival| rival.rank)).min(stake.bid);
        // One that stands so little above floor and minimum that rounding swallows it has not set the price.
        let runner_up = runner_up.filter(|_| price > price_against(candidate, stake.weight, self.slot, None));
        Winner { nth: first.nth, content: candidate.content, price, stake, runner_up }
    }

    fn won(&self, search: &Search<'_>, winner: Winner) -> Won {
        let candidate = search.contenders[winner.nth].candidate;
        Won {
            decision: search.request.decision.child(u64::try_from(self.place).expect("slots are few")),
            slot: self.place,
            position: self.slot.position,
            order: candidate.order,
            content: candidate.content,
            creator: candidate.creator,
            goal: candidate.goal,
            price: winner.price,
            bid: winner.stake.bid,
            rate: winner.stake.rate,
            rank: winner.stake.rank,
            runner_up: winner.runner_up.map(|rival| search.contenders[rival.nth].candidate.order),
            frequency_cap: candidate.frequency_cap,
            lease: Arc::clone(&candidate.lease),
        }
    }

    fn ghost(&self, search: &Search<'_>, winner: Winner, arm: Arm) -> Ghost {
        let candidate = search.contenders[winner.nth].candidate;
        let is_universal = arm == Arm::Universal;
        Ghost {
            slot: self.place,
            position: self.slot.position,
            order: candidate.order,
            content: candidate.content,
            viewer: search.request.viewer.hash,
            goal: candidate.goal,
            price: winner.price,
            rate: winner.stake.rate,
            share_millionths: if is_universal {
                search.snapshot.universal_holdout_millionths
            } else {
                candidate.holdout_share_millionths
            },
            is_universal,
            frequency_cap: candidate.frequency_cap,
        }
    }

    /// Who stands in this slot, as whoever else comes meets them.
    pub(super) fn standing(&self, search: &Search<'_>) -> StandingSlot {
        let rank = |nth: usize| stake(&search.contenders[nth], self.slot.predicted).rank;
        StandingSlot {
            slot: self.place,
            shown: self.winner.map(|winner| Rival { rank: winner.stake.rank, content: winner.content }),
            next: self.winner.and_then(|winner| winner.runner_up).map_or(Rank::ZERO, |next| next.rank),
            ghost: self.ghosts.last().map(|(nth, content, _)| Rival { rank: rank(*nth), content: *content }),
        }
    }

    /// Whether it is the winner, or won and is not shown.
    pub(super) fn is_first(&self, nth: usize) -> bool {
        self.winner.is_some_and(|winner| winner.nth == nth) || self.ghosts.iter().any(|ghost| ghost.0 == nth)
    }

    /// How a contender fared; none when its room was in an earlier slot, so that it was not in this auction.
    pub(super) fn entry(
        &self,
        gone: &[ContentId],
        (nth, contender): (usize, &Contender<'_>),
        weight: u32,
    ) -> Option<Entry> {
        let candidate = contender.candidate;
        if gone[..self.gone_before].contains(&candidate.content) {
            return None;
        }
        let stake = stake(contender, self.slot.predicted);
        let winner = self.winner.filter(|winner| winner.content == candidate.content);
        let ghost = self.ghosts.iter().find(|ghost| ghost.1 == candidate.content);
        let own_price = |rival| price_against(candidate, stake.weight, self.slot, rival);
        let out = stake
            .out
            .or_else(|| contender.is_broke.then_some(LossReason::Budget))
            .or_else(|| (stake.rank < floor(self.slot)).then_some(LossReason::BelowFloor));
        let lost = |reason| Outcome::Lost(out.unwrap_or(reason));
        let (price_to_win, outcome) = match (winner, ghost) {
            (Some(winner), _) if winner.nth == nth => (winner.price, Outcome::Won),
            (Some(winner), _) => (own_price(winner.runner_up.map(|rival| rival.rank)), lost(LossReason::RoomShown)),
            (None, Some(ghost)) if ghost.0 == nth => (ghost.2, Outcome::Lost(LossReason::Holdout)),
            (None, Some(_)) => (own_price(self.best), lost(LossReason::Holdout)),
            (None, None) => (own_price(self.best), lost(LossReason::LostAuction)),
        };
        let Stake { rate, bid, rank, .. } = stake;
        Some(Entry { slot: self.place, order: candidate.order, bid, rate, rank, price_to_win, outcome, weight })
    }
}

#[cfg(test)]
mod tests;
