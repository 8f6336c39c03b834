//! What holds a running order back: its sampled requests decided again with one factor changed (measurement.md §9).

use std::sync::Arc;

use tuiliu_domain::id::PromotionOrderId;
use tuiliu_domain::money::Micros;
use tuiliu_domain::time::Timestamp;

use crate::approximate::approximate;
use crate::auction::standing;
use crate::audience::CompiledAudience;
use crate::snapshot::{Candidate, Snapshot};

use super::openings::{Openings, Reach, is_for, openings};
use super::sample::{SampleView, Sampled};

/// Fewer orders of the same goal are no peers.
const PEERS_MIN: usize = 5;
/// As many are looked at.
const PEERS_MAX: usize = 32;
/// Requests that are decided on again for one examination.
const REQUESTS_MAX: usize = 1_024;

/// What a lease has left is no matter here.
const ENOUGH: Micros = Micros::new(i64::MAX);

/// What is asked of an order.
#[derive(Debug, Clone, Copy)]
pub struct Question {
    pub order: PromotionOrderId,
    /// How much more likely a result would be if its content were like comparable content; at most one where it is
    /// as good.
    pub rate_times: f64,
    /// How many times as many wins the plan needs.
    pub wins_times: f64,
    /// The most that may be bid for a result.
    pub bid_max: Micros,
}

/// What its requests tell. Wins are of the requests that were looked at: compare them with one another only.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Examined {
    /// Requests that it is for, of those looked at.
    pub requests: usize,
    pub wins: f64,
    /// With an audience as wide as its peers'.
    pub wins_wider: f64,
    /// With the result rate of comparable content.
    pub wins_better: f64,
    /// With the bid of its peers.
    pub wins_higher: f64,
    pub bid: Micros,
    pub bid_peers: Micros,
    /// The lowest bid that wins what the plan needs; `None` when none does.
    pub bid_to_plan: Option<Micros>,
    pub reach: Reach,
    /// Different viewers who came, if everybody belonged to the audience.
    pub viewers_if_wider: f64,
    /// How often it was shown to each viewer to whom it was shown at all.
    pub frequency: f64,
}

/// Examines an order that is being delivered; `None` when it is not.
#[must_use]
pub fn examine(snapshot: &Snapshot, sample: &SampleView, question: &Question, now: Timestamp) -> Option<Examined> {
    let own = snapshot.candidate(question.order)?;
    let looked_at = without(snapshot, sample, question.order, now);
    let as_it_is = openings(snapshot, &looked_at, own, own);
    let everybody = Candidate { audience: CompiledAudience::everybody(), ..own.clone() };
    let wider = openings(snapshot, &looked_at, &everybody, &everybody);
    let bid = own.bid.effective(own.pacing.price(), ENOUGH);
    let peers = peers(snapshot, own);
    let bid_peers = bid_of(&peers, &as_it_is).min(question.bid_max);
    let wins = wins(&as_it_is, bid);
    let times =
        |bid: Micros| Micros::new(crate::approximate::round_to_count(approximate(bid.get()) * question.rate_times));
    let wins_times = requests_of(&peers, &looked_at, &wider) / as_it_is.reach.requests.max(f64::MIN_POSITIVE);
    let wanted = wins.max(1.0) * question.wins_times;
    Some(Examined {
        requests: as_it_is.list.len(),
        wins,
        wins_wider: self::wins(&wider, bid).min(wins * wins_times),
        // An order that ranks higher by its rate wins what one that bids as many times more would.
        wins_better: self::wins(&as_it_is, times(bid).max(bid)),
        wins_higher: self::wins(&as_it_is, bid_peers.max(bid)),
        bid,
        bid_peers,
        bid_to_plan: lowest(&as_it_is, bid, question.bid_max, wanted),
        reach: openings(snapshot, sample, own, own).reach,
        viewers_if_wider: sample.count_viewers(|sampled| is_for(&everybody, sampled)),
        frequency: frequency(sample, question.order),
    })
}

/// The requests of as many viewers as can be decided on again, with who stands in their slots when the order is not there.
fn without(snapshot: &Snapshot, sample: &SampleView, order: PromotionOrderId, now: Timestamp) -> SampleView {
    let mut requests = Vec::with_capacity(REQUESTS_MAX);
    for own in sample.viewers() {
        if requests.len() + own.len() > REQUESTS_MAX && !requests.is_empty() {
            break;
        }
        requests.extend(own.iter().map(|sampled| {
            let mut request = sampled.asked.request.clone();
            request.excluded_orders.push(order);
            let slots = standing(snapshot, &request, sampled.asked.draw, now);
            Arc::new(Sampled { slots, ..sampled.as_ref().clone() })
        }));
    }
    SampleView { requests, since: sample.since }
}

fn wins(found: &Openings, bid: Micros) -> f64 {
    found.list.iter().filter(|opening| opening.won(bid).is_some()).map(|opening| opening.weight).sum()
}

/// The lowest bid above this one that wins so much.
fn lowest(found: &Openings, bid: Micros, bid_max: Micros, wanted: f64) -> Option<Micros> {
    if wins(found, bid_max) < wanted {
        return None;
    }
    let (mut low, mut high) = (bid.get().min(bid_max.get()), bid_max.get());
    while low < high {
        let middle = low + (high - low) / 2;
        if wins(found, Micros::new(middle)) >= wanted {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Some(Micros::new(low))
}

fn peers<'a>(snapshot: &'a Snapshot, own: &Candidate) -> Vec<&'a Candidate> {
    // Of the same quality also means paid in the same currency: bids of others cannot be compared.
    let is_alike = |other: &Candidate| {
        (other.goal, other.content_type, other.quality) == (own.goal, own.content_type, own.quality)
    };
    let is_peer = |other: &&Candidate| is_alike(other) && other.order != own.order && other.bid.turn().is_none();
    let all: Vec<&Candidate> = snapshot.candidates().into_iter().filter(is_peer).collect();
    let step = all.len().div_ceil(PEERS_MAX).max(1);
    all.into_iter().step_by(step).collect()
}

/// What peers usually bid; where there are too few, what it usually takes to win.
fn bid_of(peers: &[&Candidate], found: &Openings) -> Micros {
    let mut bids: Vec<Micros> = if peers.len() >= PEERS_MIN {
        peers.iter().map(|peer| peer.bid.effective(peer.pacing.price(), ENOUGH)).collect()
    } else {
        found.list.iter().filter_map(|opening| Some(opening.places.first()?.win_at)).collect()
    };
    bids.sort_unstable();
    bids.get(bids.len() / 2).copied().unwrap_or(Micros::ZERO)
}

/// Requests that peers are usually for; where there are too few, all of them.
fn requests_of(peers: &[&Candidate], looked_at: &SampleView, wider: &Openings) -> f64 {
    if peers.len() < PEERS_MIN {
        return wider.reach.requests;
    }
    let requests = |peer: &&Candidate| {
        let own = looked_at.requests.iter().filter(|sampled| is_for(peer, sampled));
        own.map(|sampled| 1.0 / sampled.share).sum::<f64>()
    };
    let mut all: Vec<f64> = peers.iter().map(requests).collect();
    all.sort_unstable_by(f64::total_cmp);
    all[all.len() / 2]
}

fn frequency(sample: &SampleView, order: PromotionOrderId) -> f64 {
    let (mut shown, mut viewers) = (0.0, 0.0);
    for requests in sample.viewers() {
        let times = requests.iter().filter(|sampled| sampled.asked.shown.iter().any(|shown| shown.0 == order)).count();
        if times > 0 {
            viewers += 1.0;
            shown += approximate(i64::try_from(times).unwrap_or(i64::MAX));
        }
    }
    if viewers > 0.0 { shown / viewers } else { 0.0 }
}
