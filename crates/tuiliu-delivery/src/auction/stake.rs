//! What a contender brings to a slot.

use tuiliu_domain::money::Micros;

use crate::bidding::{Rank, Weight};
use crate::eligibility::LossReason;
use crate::predict::Rate;
use crate::request::{HostRates, Slot};
use crate::snapshot::Candidate;

use super::search::Contender;

#[derive(Debug, Clone, Copy)]
pub(super) struct Stake {
    pub(super) rate: Rate,
    pub(super) weight: Weight,
    pub(super) bid: Micros,
    pub(super) rank: Rank,
    /// Why it cannot win, whatever the others do and whatever the floor is.
    pub(super) out: Option<LossReason>,
}

pub(super) fn stake(contender: &Contender<'_>, predicted: HostRates) -> Stake {
    let candidate = contender.candidate;
    let rate = predicted.of(candidate.goal).unwrap_or(contender.rate);
    let weight = Weight::new(rate, candidate.quality);
    let bid = candidate.bid.effective(contender.paced, contender.available);
    let out = if contender.paced_out {
        Some(LossReason::Pacing)
    } else if bid < candidate.price_min || bid.get() <= 0 {
        Some(if bid == contender.available { LossReason::Budget } else { LossReason::BidBelowMinimum })
    } else {
        None
    };
    Stake { rate, weight, bid, rank: weight.rank(bid), out }
}

/// The rank that a slot's floor stands for; at least one, since nothing is shown for nothing.
pub(super) fn floor(slot: &Slot) -> Rank {
    slot.floor.map_or(Rank::ZERO, Rank::of_price).max(Rank::ZERO.next())
}

/// The least price per result with which this order stands above a rival's rank and the floor.
pub(crate) fn price_against(candidate: &Candidate, weight: Weight, slot: &Slot, rival: Option<Rank>) -> Micros {
    let floor = slot.floor.map_or(Rank::ZERO, Rank::of_price);
    weight.price_for(rival.unwrap_or_default().max(floor)).max(candidate.price_min)
}

/// The least rank of a rival that raises the price of an order with this weight.
pub(super) fn least_rival(candidate: &Candidate, weight: Weight, slot: &Slot) -> Rank {
    let floor = slot.floor.map_or(Rank::ZERO, Rank::of_price);
    weight.rank(candidate.price_min.max(Micros::ZERO)).max(floor).next()
}
