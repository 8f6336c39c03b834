//! Where an order could be shown: the sampled requests that it may answer, and what it takes to win there.

use tuiliu_domain::money::Micros;
use tuiliu_domain::time::Timestamp;

use crate::auction::{Arm, Rival, StandingSlot, arm, price_against};
use crate::bidding::{Rank, Weight};
use crate::eligibility::request_refusal;
use crate::predict::{Context, Rate};
use crate::request::Slot;
use crate::snapshot::{Candidate, Snapshot};

use super::sample::{SampleView, Sampled};

/// One slot that the order could fill.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// The least bid per result with which it is shown here.
    pub win_at: Micros,
    /// What it then pays for a result.
    pub pays: Micros,
    /// From this bid on it pays so much instead: it stands above somebody who is not shown to this viewer.
    pub ghost_at: Option<Micros>,
    /// Whoever bids less here is in no later slot either: its room is shown already.
    pub is_last: bool,
    /// Probability that an impression brings a result, and a viewer.
    pub rate: f64,
    pub view_rate: f64,
}

/// One sampled request that the order may answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Opening {
    /// The viewer's number.
    pub viewer: u64,
    pub at: Timestamp,
    /// How many requests it stands for, and for how many viewers its viewer does.
    pub weight: f64,
    pub viewer_weight: f64,
    /// In the order in which slots are filled.
    pub places: Vec<Place>,
    /// Another order has shown the same content to this viewer since the sample began.
    pub has_seen_content: bool,
}

impl Opening {
    /// The slot that this bid wins, and what it pays for a result there.
    #[must_use]
    pub fn won(&self, bid: Micros) -> Option<(&Place, Micros)> {
        for place in &self.places {
            if bid >= place.win_at {
                let pays =
                    place.ghost_at.filter(|ghost_at| bid >= *ghost_at).map_or(place.pays, |pays| pays.max(place.pays));
                return Some((place, pays));
            }
            if place.is_last {
                return None;
            }
        }
        None
    }
}

/// Who could be reached.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Reach {
    /// Different viewers who came within the sample's span and whom the order is for, its holdout among them.
    pub viewers: f64,
    /// Their requests.
    pub requests: f64,
    /// All viewers and requests of the tenant.
    pub viewers_all: f64,
    pub requests_all: f64,
    /// Viewers to whom another order has shown the same content.
    pub viewers_again: f64,
}

/// All openings of one order, by viewer and time.
#[derive(Debug, Clone, Default)]
pub struct Openings {
    pub list: Vec<Opening>,
    pub reach: Reach,
    /// Since when requests were sampled.
    pub since: Option<Timestamp>,
    /// Requests looked at.
    pub sampled: usize,
}

/// Where an order like `candidate` could be shown; `viewers` is the same order for the goal of viewers, which tells how
/// likely an impression brings one.
///
/// Only audience, host and viewer decide: not whether its room is live, nor what its lease has left. Whoever is in a
/// holdout of it is no opening.
#[must_use]
pub fn openings(snapshot: &Snapshot, sample: &SampleView, candidate: &Candidate, viewers: &Candidate) -> Openings {
    let mut found = Openings { since: sample.since, sampled: sample.requests.len(), ..Openings::default() };
    for requests in sample.viewers() {
        let viewer_weight = 1.0 / requests.iter().map(|sampled| sampled.share).fold(0.0, f64::max);
        found.reach.viewers_all += viewer_weight;
        // A viewer is in the same arm in every request.
        let is_shown = requests.first().is_some_and(|first| is_shown(snapshot, candidate, first));
        let (mut is_meant, mut has_seen_content) = (false, false);
        for sampled in requests {
            found.reach.requests_all += 1.0 / sampled.share;
            if is_for(candidate, sampled) {
                let (weight, at) = (1.0 / sampled.share, sampled.asked.at);
                is_meant = true;
                found.reach.requests += weight;
                if is_shown {
                    let (viewer, places) = (sampled.viewer, places(snapshot, sampled, candidate, viewers));
                    found.list.push(Opening { viewer, at, weight, viewer_weight, places, has_seen_content });
                }
            }
            let is_other = |shown: &(_, _)| shown.1 == candidate.content && shown.0 != candidate.order;
            has_seen_content |= sampled.asked.shown.iter().any(is_other);
        }
        if is_meant {
            found.reach.viewers += viewer_weight;
            found.reach.viewers_again += if has_seen_content { viewer_weight } else { 0.0 };
        }
    }
    found
}

/// Whether audience, host and viewer let the order in.
pub(super) fn is_for(candidate: &Candidate, sampled: &Sampled) -> bool {
    let request = &sampled.asked.request;
    candidate.audience.accepts(&request.viewer.keys()) && request_refusal(candidate, request).is_none()
}

fn is_shown(snapshot: &Snapshot, candidate: &Candidate, sampled: &Sampled) -> bool {
    arm(snapshot, candidate, sampled.asked.request.viewer.hash) == Arm::Shown
}

fn places(snapshot: &Snapshot, sampled: &Sampled, candidate: &Candidate, viewers: &Candidate) -> Vec<Place> {
    let request = &sampled.asked.request;
    let context = Context::of(snapshot, request, sampled.asked.at, sampled.asked.draw);
    let own = Rates {
        tried: candidate.rate(&context),
        expected: candidate.expected_rate(&context),
        view: viewers.expected_rate(&context),
    };
    let place = |standing: &StandingSlot| {
        let slot = request.placement.slots.get(standing.slot)?;
        Some(place_in(candidate, slot, standing, own, viewers))
    };
    sampled.slots.iter().filter_map(place).collect()
}

/// What an order's result is thought to be as likely as.
#[derive(Debug, Clone, Copy)]
struct Rates {
    /// What it is ranked by.
    tried: Rate,
    expected: Rate,
    view: Rate,
}

fn place_in(candidate: &Candidate, slot: &Slot, standing: &StandingSlot, own: Rates, viewers: &Candidate) -> Place {
    let host = slot.predicted.of(candidate.goal);
    let weight = Weight::new(host.unwrap_or(own.tried), candidate.quality);
    let against = |rank: Rank| price_against(candidate, weight, slot, Some(rank));
    let is_own = |rival: &Rival| rival.content == candidate.content;
    let shown = standing.shown.map_or(Rank::ZERO, |rival| rival.rank);
    let own_ghost = standing.ghost.filter(is_own);
    let is_own_shown = standing.shown.is_some_and(|rival| is_own(&rival));
    // Two orders for one room never show together, so neither raises the other's price.
    let pays = if is_own_shown { against(standing.next) } else { against(shown) };
    let ghost_at = standing.ghost.filter(|ghost| !is_own(ghost)).map(|ghost| against(ghost.rank));
    Place {
        // Once its room has won, shown or not, no other order for it comes in.
        win_at: own_ghost.map_or_else(|| against(shown), |ghost| against(ghost.rank)),
        pays,
        ghost_at,
        is_last: is_own_shown || own_ghost.is_some(),
        rate: host.unwrap_or(own.expected).number(),
        view_rate: slot.predicted.of(viewers.goal).unwrap_or(own.view).number(),
    }
}
