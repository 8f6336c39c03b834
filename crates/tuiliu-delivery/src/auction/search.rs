//! Looking at orders best bound first, and at no more of them than can matter.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use tuiliu_domain::id::{ContentId, PromotionOrderId};
use tuiliu_domain::money::Micros;
use tuiliu_domain::time::Timestamp;

use crate::approximate::round_to_count;
use crate::audience::ViewerKeys;
use crate::bidding::Rank;
use crate::eligibility::{LossReason, is_paced_out, refusal};
use crate::guarantee::{Entrant, take_turns};
use crate::index::{Bits, ones_of_word};
use crate::predict::{Context, Rate};
use crate::random::{Rng, fold, mix};
use crate::request::{HostRates, Request};
use crate::snapshot::{Bound, Candidate, Shelf, Snapshot};

use super::stake::stake;

/// An eligible order.
#[derive(Debug)]
pub(super) struct Contender<'a> {
    pub(super) candidate: &'a Candidate,
    /// Pacing leaves this request out; it is still told what it would have cost.
    pub(super) paced_out: bool,
    /// The engine's own prediction.
    pub(super) rate: Rate,
    /// What pacing lets it bid.
    pub(super) paced: Micros,
    /// What its lease had left when it was looked at.
    pub(super) available: Micros,
    /// Decides between equal ranks.
    pub(super) lot: u64,
    /// Its lease did not give the price after all.
    pub(super) is_broke: bool,
}

/// The audiences of one shelf, asked for this viewer.
#[derive(Debug)]
pub(super) struct Found {
    /// Places whose audience accepts the viewer.
    pub(super) matching: Bits,
    /// Places whose order was looked at.
    pub(super) seen: Bits,
    /// Words of which every order was looked at.
    visited: u64,
}

/// A contender in its place among the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ranked {
    pub(super) rank: Rank,
    lot: u64,
    order: PromotionOrderId,
    pub(super) nth: usize,
}

/// Orders that a decision looks at before it is content with the best of them.
pub(super) const LOOKED_MAX: usize = 256;
/// Orders that it looks at before it believes that all are refused.
pub(super) const REFUSED_MAX: usize = 4_096;
/// As many it may look at for another set of predictions, however many it looked at before.
const LOOKED_MORE: usize = 64;

/// What can be looked at next: a shelf, or a word of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Unseen {
    bound: u64,
    /// Decides between equal bounds, see [`Lots`].
    lot: u64,
    place: Reverse<(usize, Option<usize>)>,
}

/// The ranking by one set of predictions; slots with the same predictions share it.
#[derive(Debug)]
struct Ranking {
    predicted: HostRates,
    unseen: BinaryHeap<Unseen>,
    ranked: BinaryHeap<Ranked>,
    /// Contenders that were ranked or found out of the race.
    known: usize,
}

/// One viewer's way through the snapshot.
#[derive(Debug)]
pub(super) struct Search<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) request: &'a Request,
    now: Timestamp,
    context: Context,
    keys: ViewerKeys,
    draw: u64,
    /// Place of each shelf in `found`.
    places: Vec<Option<usize>>,
    pub(super) found: Vec<Found>,
    pub(super) contenders: Vec<Contender<'a>>,
    pub(super) refusals: Vec<(PromotionOrderId, LossReason)>,
    rankings: Vec<Ranking>,
    /// Orders that were looked at best bound first, and how many may be.
    looked: usize,
    looked_max: usize,
    /// Somebody who might have stood higher was not looked at.
    pub(super) is_cut_short: bool,
    /// Rooms that can be in no further slot.
    pub(super) gone: Vec<ContentId>,
}

impl<'a> Search<'a> {
    pub(super) fn new(snapshot: &'a Snapshot, request: &'a Request, draw: u64, now: Timestamp) -> Self {
        let mut search = Self {
            snapshot,
            request,
            now,
            context: Context::of(snapshot, request, now, draw),
            keys: request.viewer.keys(),
            draw,
            places: vec![None; snapshot.shelves.len()],
            found: Vec::new(),
            contenders: Vec::with_capacity(64),
            refusals: Vec::new(),
            rankings: Vec::with_capacity(1),
            looked: 0,
            looked_max: LOOKED_MAX,
            is_cut_short: false,
            gone: Vec::new(),
        };
        match &request.candidate_contents {
            Some(rooms) => search.look_into_contents(rooms),
            None => search.look_at_contracts(),
        }
        search.take_turns();
        search
    }

    /// The number of the ranking by these predictions.
    pub(super) fn ranking(&mut self, predicted: HostRates) -> usize {
        if let Some(nth) = self.rankings.iter().position(|ranking| ranking.predicted == predicted) {
            return nth;
        }
        // Where the host names the rooms, these were looked at and nobody else can come.
        let shelves = if self.request.candidate_contents.is_some() { 0 } else { self.snapshot.shelves.len() };
        let unseen = (0..shelves)
            .filter(|shelf| !self.snapshot.kinds[*shelf].takes_turns)
            .map(|shelf| Unseen {
                bound: rounded(self.snapshot.bounds[shelf].load(), predicted.of(self.snapshot.kinds[shelf].goal)),
                lot: Lots::of_shelf(self.draw, shelf).highest,
                place: Reverse((shelf, None)),
            })
            .collect::<Vec<_>>();
        self.looked_max = self.looked_max.max(self.looked + LOOKED_MORE);
        self.rankings.push(Ranking { predicted, unseen: unseen.into(), ranked: BinaryHeap::new(), known: 0 });
        self.rankings.len() - 1
    }

    /// Looks until there is a contender, whatever its rank; `false` when there is none.
    pub(super) fn has_any(&mut self, ranking: usize) -> bool {
        while self.contenders.is_empty() {
            if !self.advance(ranking) {
                return false;
            }
        }
        true
    }

    /// Looks at every order whose audience matches, however many they are.
    pub(super) fn look_at_all(&mut self) {
        self.looked_max = usize::MAX;
        let snapshot = self.snapshot;
        for (place, shelf) in snapshot.shelves.iter().enumerate() {
            let found = self.ask(place);
            (0..64).for_each(|word| self.visit(shelf, found, word));
        }
    }

    /// Takes the best contender off a ranking that has at least this rank and may still be shown: certain to be the
    /// best, since nobody who was not looked at can stand as high, unless the decision is cut short.
    pub(super) fn take_best(&mut self, ranking: usize, least: Rank) -> Option<Ranked> {
        loop {
            self.rank_newcomers(ranking);
            let best = self.best(ranking).filter(|best| best.rank >= least);
            let to_beat = best.map_or(least, |best| best.rank);
            let unseen = self.rankings[ranking].unseen.peek().map_or(0, |unseen| unseen.bound);
            if to_beat.is_above(unseen) {
                return best.and_then(|_| self.rankings[ranking].ranked.pop());
            }
            if !self.advance(ranking) {
                return best.and_then(|_| self.rankings[ranking].ranked.pop());
            }
        }
    }

    /// Puts back what was only looked at.
    pub(super) fn put_back(&mut self, ranking: usize, ranked: Ranked) {
        self.rankings[ranking].ranked.push(ranked);
    }

    /// The answer of a shelf's index for this viewer.
    pub(super) fn ask(&mut self, shelf: usize) -> usize {
        if let Some(place) = self.places[shelf] {
            return place;
        }
        let mut matching = [0; 64];
        self.snapshot.shelves[shelf].audiences.search(&self.keys, &mut matching);
        self.found.push(Found { matching, seen: [0; 64], visited: 0 });
        self.places[shelf] = Some(self.found.len() - 1);
        self.found.len() - 1
    }

    /// Looks at an order: it becomes a contender or is refused.
    pub(super) fn look(&mut self, shelf: &'a Shelf, home: usize) {
        let Some((candidate, limit)) = shelf.at(home) else { return };
        if let Some(reason) = refusal(self.snapshot, candidate, self.request, self.now) {
            self.refusals.push((candidate.order, reason));
            return;
        }
        let lot = mix(self.draw ^ fold(candidate.order.value()));
        self.contenders.push(Contender {
            candidate,
            paced_out: candidate.bid.turn().is_some() || is_paced_out(candidate, mix(lot)),
            rate: candidate.rate(&self.context).min(limit.rate()),
            paced: candidate.pacing.price().min(limit.price()),
            available: candidate.lease.available(),
            lot,
            is_broke: false,
        });
    }

    fn look_into_contents(&mut self, rooms: &[ContentId]) {
        let snapshot = self.snapshot;
        for (nth, content) in rooms.iter().enumerate() {
            if rooms[..nth].contains(content) {
                continue;
            }
            for (place, home) in snapshot.places_of_content(*content) {
                let shelf = &snapshot.shelves[place];
                if shelf.at(home).is_some_and(|(candidate, _)| candidate.audience.accepts(&self.keys)) {
                    let found = self.ask(place);
                    self.found[found].seen[home / 64] |= 1 << (home % 64);
                    self.look(shelf, home);
                }
            }
        }
    }

    /// Looks at every contract that fits: there are few, and whose turn it is depends on all of them.
    fn look_at_contracts(&mut self) {
        let snapshot = self.snapshot;
        for (place, kind) in snapshot.kinds.iter().enumerate() {
            if kind.takes_turns {
                let found = self.ask(place);
                (0..64).for_each(|word| self.visit(&snapshot.shelves[place], found, word));
            }
        }
    }

    /// Lets the contracts take part whose turn it is (DL-07).
    fn take_turns(&mut self) {
        let contenders = self.contenders.iter().enumerate();
        let mut entrants: Vec<Entrant> = contenders
            .filter_map(|(place, Contender { candidate, .. })| {
                let participation_millionths = candidate.pacing.participation_millionths();
                candidate.bid.turn().map(|turn| Entrant { turn, place, participation_millionths })
            })
            .collect();
        take_turns(&mut entrants, self.request.placement.slots.len(), &mut Rng::seeded(mix(self.draw ^ TURNS)));
        for entrant in entrants {
            self.contenders[entrant.place].paced_out = false;
        }
    }

    /// Looks at whoever can stand highest among those not looked at; `false` when there is nobody.
    fn advance(&mut self, ranking: usize) -> bool {
        // As long as everybody was refused, an empty slot would cost more than looking on.
        let most = if self.contenders.is_empty() { self.looked_max.max(REFUSED_MAX) } else { self.looked_max };
        if self.looked >= most {
            self.is_cut_short |= self.rankings[ranking].unseen.peek().is_some_and(|unseen| unseen.bound > 0);
            return false;
        }
        let Some(Unseen { place: Reverse((place, word)), .. }) = self.rankings[ranking].unseen.pop() else {
            return false;
        };
        let snapshot = self.snapshot;
        let shelf: &Shelf = &snapshot.shelves[place];
        let nth = self.ask(place);
        match word {
            None => {
                let Found { matching, visited, .. } = &self.found[nth];
                let Ranking { predicted, unseen, .. } = &mut self.rankings[ranking];
                let rate = predicted.of(shelf.kind.goal);
                let lots = Lots::of_shelf(self.draw, place);
                for (word, (matching, standing)) in matching.iter().zip(&shelf.standing).enumerate() {
                    if matching & standing != 0 && visited & (1 << word) == 0 {
                        let bound = rounded(shelf.word_bound(word), rate);
                        let lot = lots.of_word(word);
                        unseen.push(Unseen { bound, lot, place: Reverse((place, Some(word))) });
                    }
                }
            }
            Some(word) => {
                let before = self.contenders.len() + self.refusals.len();
                self.visit(shelf, nth, word);
                self.looked += self.contenders.len() + self.refusals.len() - before;
            }
        }
        true
    }

    fn visit(&mut self, shelf: &'a Shelf, nth: usize, word: usize) {
        let found = &mut self.found[nth];
        if found.visited & (1 << word) != 0 {
            return;
        }
        found.visited |= 1 << word;
        let standing = found.matching[word] & shelf.standing[word];
        ones_of_word(standing, |bit| {
            let home = shelf.home(word * 64 + bit);
            let seen = &mut self.found[nth].seen[home / 64];
            let own = 1 << (home % 64);
            if *seen & own == 0 {
                *seen |= own;
                self.look(shelf, home);
            }
        });
    }

    fn rank_newcomers(&mut self, ranking: usize) {
        let Ranking { predicted, ranked, known, .. } = &mut self.rankings[ranking];
        for (nth, contender) in self.contenders.iter().enumerate().skip(*known) {
            let stake = stake(contender, *predicted);
            if stake.out.is_none() {
                ranked.push(Ranked { rank: stake.rank, lot: contender.lot, order: contender.candidate.order, nth });
            }
        }
        *known = self.contenders.len();
    }

    /// The best contender that was looked at and may still be shown.
    fn best(&mut self, ranking: usize) -> Option<Ranked> {
        let ranked = &mut self.rankings[ranking].ranked;
        while let Some(best) = ranked.peek() {
            let contender = &self.contenders[best.nth];
            if !contender.is_broke && !self.gone.contains(&contender.candidate.content) {
                return Some(*best);
            }
            ranked.pop();
        }
        None
    }
}

/// Keeps the draws of turns apart from the others that follow from a decision's number.
pub(super) const TURNS: u64 = 0x2B7E_1516_28AE_D2A6;

/// Keeps the lots of words apart from those of orders.
const WORDS_DRAWN: u64 = 0x9216_D5D9_8979_FB1B;

/// The places in line of a shelf and its words among those with the same bound: every word of every shelf has the same
/// chances, whatever lies there.
///
/// The lots of 64 words are independent and even; the shelf's is the highest of them and drawn first, so that nobody
/// has to look into a shelf before its turn comes.
#[derive(Debug, Clone, Copy)]
struct Lots {
    seed: u64,
    highest: u64,
}

impl Lots {
    fn of_shelf(draw: u64, shelf: usize) -> Self {
        let seed = mix(draw ^ WORDS_DRAWN ^ number(shelf));
        let even = f64::from(u32::try_from(seed >> 32).expect("half of 64 bits")) / f64::from(u32::MAX);
        // The highest of 64 is distributed as the 64th root of one.
        let highest = (0..6).fold(even, |root, _| root.sqrt());
        let highest = u64::try_from(round_to_count(highest * LOTS)).unwrap_or(0);
        Self { seed, highest }
    }

    fn of_word(self, word: usize) -> u64 {
        if number(word) == self.seed & 63 {
            return self.highest;
        }
        let even = u128::from(mix(self.seed ^ number(word + 1)));
        u64::try_from((even * u128::from(self.highest)) >> 64).expect("below 64 bits")
    }
}

/// As many different lots there are.
const LOTS: f64 = 9_007_199_254_740_992.0;

fn number(place: usize) -> u64 {
    u64::try_from(place).expect("places are counted in 32 bits")
}

/// A bound at the host's rate, or at the engine's own.
fn rounded(bound: Bound, host: Option<Rate>) -> u64 {
    host.map_or(bound.ranked, |rate| bound.at(rate))
}
