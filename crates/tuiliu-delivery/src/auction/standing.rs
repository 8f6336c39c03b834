//! Who stands in the slots of a request now: what an order that is not there yet would meet.

use tuiliu_domain::id::ContentId;
use tuiliu_domain::time::Timestamp;

use crate::bidding::Rank;
use crate::request::{HostRates, Request};
use crate::snapshot::Snapshot;

use super::search::Search;
use super::{Decision, Purpose, hold_all, hopeless};

/// Somebody in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rival {
    pub rank: Rank,
    pub content: ContentId,
}

/// One slot that may be filled, and who fills it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StandingSlot {
    /// Place among the slots of the request.
    pub slot: usize,
    /// Who is shown; `None` where nobody reaches the floor.
    pub shown: Option<Rival>,
    /// The rank behind whoever is shown, of another room; zero when there is none that sets a price.
    pub next: Rank,
    /// The last who won and was not shown to this viewer; it stands above whoever is shown.
    pub ghost: Option<Rival>,
}

/// The slots that would be filled and by whom; takes nothing from any lease.
///
/// `draw` is the number of the decision that is made again (see [`Decision::draw`]). Slots before the first that a
/// newcomer wins are filled as they are here, so what it meets in each is what is told.
#[must_use]
pub fn standing(snapshot: &Snapshot, request: &Request, draw: u64, now: Timestamp) -> Vec<StandingSlot> {
    if hopeless(snapshot, request).is_some() {
        return Vec::new();
    }
    let mut search = Search::new(snapshot, request, draw, now);
    let mut decision = Decision::default();
    let first = search.ranking(request.placement.slots.first().map_or(HostRates::NONE, |slot| slot.predicted));
    let held = hold_all(&mut search, &mut decision, first, Purpose::Rehearse);
    if held.is_empty() {
        // Nobody is eligible: a newcomer would find every slot empty.
        let empty = |slot: usize| StandingSlot { slot, shown: None, next: Rank::ZERO, ghost: None };
        return (0..request.placement.slots.len()).map(empty).collect();
    }
    held.iter().map(|held| held.standing(&search)).collect()
}

/// The same as far as a decision that was taken tells: who won, and no rank behind them.
#[must_use]
pub fn stood(decision: &Decision, request: &Request) -> Vec<StandingSlot> {
    let won = |slot: usize| {
        let shown = decision.wins.iter().find(|won| won.slot == slot);
        let shown = shown.map(|won| Rival { rank: won.rank, content: won.content });
        StandingSlot { slot, shown, next: Rank::ZERO, ghost: None }
    };
    let held = decision.wins.iter().map(|won| won.slot + 1).max().unwrap_or(0);
    let filled = decision.wins.len() >= request.placement.promoted_max();
    (0..if filled { held } else { request.placement.slots.len() }).map(won).collect()
}
