//! A shelf: up to 4 096 places with orders of one kind, their audiences, and what they can bid at most.

use std::sync::Arc;

use tuiliu_domain::promotion::Goal;

use super::Candidate;
use super::bound::{Bound, Limit, SharedBound};
use crate::eligibility::standing_refusal;
use crate::index::{AudienceBlock, BLOCK_PLACES, Bits, ones};
use crate::predict::goal_index;

/// Places of a word.
const WORD: usize = 64;
/// Words of a shelf.
const WORDS: usize = BLOCK_PLACES / WORD;

/// 64 places; a change of one order copies these.
#[derive(Debug, Clone, Default)]
struct Boxes {
    candidates: Vec<Option<Candidate>>,
    limits: Vec<Limit>,
}

/// What lies on a shelf: orders whose rates the host predicts together, and that take part in the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kind {
    pub(crate) goal: Goal,
    /// Contracts take turns (DL-07), so that all that match have to be known before any takes part.
    pub(crate) takes_turns: bool,
}

impl Kind {
    pub(super) const fn of(candidate: &Candidate) -> Self {
        Self { goal: candidate.goal, takes_turns: candidate.bid.turn().is_some() }
    }

    /// For sorting.
    pub(super) fn number(self) -> usize {
        goal_index(self.goal) * 2 + usize::from(self.takes_turns)
    }
}

/// See the module. Orders with several alternatives have as many places and are kept at the first.
#[derive(Debug, Clone)]
pub(crate) struct Shelf {
    pub(crate) kind: Kind,
    pub(crate) audiences: AudienceBlock,
    /// Places of orders that may be shown, as far as that lies in order and room alone.
    pub(crate) standing: Bits,
    /// Whether any order has several places.
    pub(crate) has_aliases: bool,
    /// Where the order of each place is kept.
    homes: Vec<u16>,
    words: Vec<Arc<Boxes>>,
    /// The highest bound of each word.
    bounds: Vec<SharedBound>,
    taken: usize,
}

impl Shelf {
    pub(super) fn empty(kind: Kind) -> Self {
        Self {
            kind,
            audiences: AudienceBlock::default(),
            standing: [0; WORDS],
            has_aliases: false,
            homes: Vec::new(),
            words: Vec::new(),
            bounds: Vec::new(),
            taken: 0,
        }
    }

    /// Places that nothing is at.
    pub(super) const fn room(&self) -> usize {
        BLOCK_PLACES - self.taken
    }

    /// The highest bound of all.
    pub(super) fn bound(&self) -> Bound {
        self.bounds.iter().fold(Bound::default(), |most, bound| most.max(bound.load()))
    }

    /// The highest bound of a word.
    pub(crate) fn word_bound(&self, word: usize) -> Bound {
        self.bounds.get(word).map_or_else(Bound::default, SharedBound::load)
    }

    /// Where the order of a place is kept.
    pub(crate) fn home(&self, place: usize) -> usize {
        self.homes.get(place).map_or(place, |home| usize::from(*home))
    }

    /// The places at which the orders of these places are kept.
    pub(crate) fn homes_of(&self, places: &Bits) -> Bits {
        if !self.has_aliases {
            return *places;
        }
        let mut homes = [0; WORDS];
        ones(places, |place| {
            let home = self.home(place);
            homes[home / WORD] |= 1 << (home % WORD);
        });
        homes
    }

    /// The order that is kept at a place, and what it can bid at most.
    pub(crate) fn at(&self, home: usize) -> Option<(&Candidate, &Limit)> {
        let boxes = self.words.get(home / WORD)?;
        Some((boxes.candidates.get(home % WORD)?.as_ref()?, &boxes.limits[home % WORD]))
    }

    /// Every order with its place.
    pub(crate) fn candidates(&self) -> impl Iterator<Item = (usize, &Candidate)> {
        let homes = 0..self.words.len() * WORD;
        homes.filter_map(|home| self.at(home).map(|(candidate, _)| (home, candidate)))
    }

    /// Puts an order to the free places nearest to `wanted`, and tells where it is kept. There must be room.
    pub(super) fn put(&mut self, candidate: Candidate, wanted: usize) -> usize {
        let home = self.put_unbounded(candidate, wanted);
        self.bound_words(&self.places_of(home));
        home
    }

    /// [`put`](Self::put) by whoever reprices the shelf afterwards.
    pub(super) fn put_unbounded(&mut self, candidate: Candidate, wanted: usize) -> usize {
        let mut home = None;
        let audience = candidate.audience.clone();
        for alternative in audience.alternatives() {
            let place = self.free_place(wanted);
            let own = *home.get_or_insert(place);
            self.audiences.put(place, alternative);
            self.taken += 1;
            self.has_aliases |= own != place;
            if self.homes.len() <= place {
                self.homes.resize(place + 1, 0);
            }
            self.homes[place] = u16::try_from(own).expect("a block has 4 096 places");
        }
        let home = home.expect("an audience has an alternative");
        self.keep(home, candidate);
        home
    }

    /// Puts an order in the place of one with the same audience and goal.
    pub(super) fn replace(&mut self, home: usize, candidate: Candidate) {
        self.keep(home, candidate);
        self.bound_words(&self.places_of(home));
    }

    /// Removes the order that is kept at a place.
    pub(super) fn take(&mut self, home: usize) -> Option<Candidate> {
        let candidate = Arc::make_mut(self.words.get_mut(home / WORD)?).candidates.get_mut(home % WORD)?.take()?;
        let places = self.places_of(home);
        let audience = candidate.audience.clone();
        for (place, alternative) in places.iter().zip(audience.alternatives()) {
            self.audiences.remove(*place, alternative);
            self.standing[place / WORD] &= !(1 << (place % WORD));
            self.taken -= 1;
        }
        self.bound_words(&places);
        Some(candidate)
    }

    /// Where an order with this bound would lie best: in a word that can bid as much anyway.
    pub(super) fn place_for(&self, bound: Bound) -> usize {
        let fitting = (0..WORDS).filter(|word| self.audiences.taken()[*word] != u64::MAX).min_by_key(|word| {
            let own = self.word_bound(*word).ranked;
            (own < bound.ranked, own.abs_diff(bound.ranked))
        });
        fitting.unwrap_or(0) * WORD
    }

    pub(super) fn tighten(&mut self) {
        self.audiences.tighten();
        self.homes.shrink_to_fit();
        self.words.shrink_to_fit();
        self.bounds.shrink_to_fit();
    }

    /// Takes over what every order may bid now, and tells the highest bound; and of how many orders the bound is less
    /// than half of that of their word.
    pub(super) fn reprice(&self) -> (Bound, usize) {
        let (mut highest, mut out_of_order) = (Bound::default(), 0);
        for (word, (boxes, shared)) in self.words.iter().zip(&self.bounds).enumerate() {
            let mut bounds = [Bound::default(); WORD];
            for (nth, candidate) in boxes.candidates.iter().enumerate() {
                let Some(candidate) = candidate else { continue };
                boxes.limits[nth].set(candidate);
                bounds[nth] = Bound::of(candidate, &boxes.limits[nth]);
            }
            let mut bound = bounds.iter().fold(Bound::default(), |most, bound| most.max(*bound));
            if self.has_aliases {
                bound = bound.max(self.alias_bound(word));
            }
            out_of_order += bounds.iter().filter(|own| own.ranked > 0 && own.ranked < bound.ranked / 2).count();
            shared.store(bound);
            highest = highest.max(bound);
        }
        (highest, out_of_order)
    }

    /// The highest bound of the orders that have a place in this word and are kept in another.
    fn alias_bound(&self, word: usize) -> Bound {
        let taken = self.audiences.taken()[word];
        let own = (0..WORD).filter(|bit| taken & (1 << bit) != 0).map(|bit| self.home(word * WORD + bit));
        own.filter(|home| home / WORD != word)
            .filter_map(|home| self.at(home))
            .fold(Bound::default(), |most, (candidate, limit)| most.max(Bound::of(candidate, limit)))
    }

    /// Keeps an order whose places are given out.
    fn keep(&mut self, home: usize, candidate: Candidate) {
        let word = home / WORD;
        let places = self.places_of(home);
        let last_word = places.iter().max().map_or(word, |last| last / WORD);
        if self.words.len() <= last_word {
            self.words.resize_with(last_word + 1, Arc::default);
            self.bounds.resize_with(last_word + 1, SharedBound::default);
        }
        let stands = standing_refusal(&candidate).is_none();
        for place in &places {
            let bit = 1 << (place % WORD);
            let standing = &mut self.standing[place / WORD];
            *standing = if stands { *standing | bit } else { *standing & !bit };
        }
        let boxes = Arc::make_mut(&mut self.words[word]);
        if boxes.candidates.len() <= home % WORD {
            boxes.candidates.resize_with(home % WORD + 1, || None);
            boxes.limits.resize_with(home % WORD + 1, Limit::default);
        }
        boxes.limits[home % WORD] = Limit::of(&candidate);
        boxes.candidates[home % WORD] = Some(candidate);
    }

    /// Corrects the bounds of the words of these places.
    fn bound_words(&self, places: &[usize]) {
        let mut done = None;
        for place in places {
            let word = place / WORD;
            if done.replace(word) == Some(word) {
                continue;
            }
            let taken = self.audiences.taken()[word];
            let own = (0..WORD).filter(|bit| taken & (1 << bit) != 0).map(|bit| self.home(word * WORD + bit));
            let bound = own
                .filter_map(|home| self.at(home))
                .fold(Bound::default(), |most, (candidate, limit)| most.max(Bound::of(candidate, limit)));
            self.bounds[word].store(bound);
        }
    }

    /// The places of the order that is kept at this one, in the order of its alternatives.
    fn places_of(&self, home: usize) -> Vec<usize> {
        if !self.has_aliases {
            return vec![home];
        }
        let taken = self.audiences.taken();
        let is_own =
            |place: &usize| usize::from(self.homes[*place]) == home && taken[place / WORD] & (1 << (place % WORD)) != 0;
        let mut places: Vec<usize> = (0..self.homes.len()).filter(is_own).collect();
        // As they were given out: forwards from the first, then from the start.
        places.sort_by_key(|place| (*place < home, *place));
        places
    }

    /// The free place nearest to this one, forwards and then from the start.
    fn free_place(&self, wanted: usize) -> usize {
        let taken = self.audiences.taken();
        let is_free = |place: &usize| taken[place / WORD] & (1 << (place % WORD)) == 0;
        (wanted..BLOCK_PLACES).chain(0..wanted).find(is_free).expect("there is room")
    }
}
