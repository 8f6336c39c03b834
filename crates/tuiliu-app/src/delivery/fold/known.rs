//! What a step knows of impressions and people: read in a few questions before the events of a batch, written in a few
//! at its end. Whoever folds does so alone, so nothing of it changes meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use tuiliu_domain::id::{DecisionId, Id, RoomId};
use tuiliu_store::{Exposure, ExposureRow, PersonRow, StoreError, Tx};

use super::Fold;
use crate::delivery::event::{EventKind, TakenEvent};

/// Impressions and people by what they are kept under.
#[derive(Debug, Default)]
pub(super) struct Known {
    impressions: BTreeMap<DecisionId, Impression>,
    /// By subject and viewer.
    persons: BTreeMap<(u128, u128), Person>,
}

/// An impression; nothing while nothing was heard of it.
#[derive(Debug, Clone, Copy, Default)]
struct Impression {
    row: Option<ExposureRow>,
    is_changed: bool,
}

/// What one person did under a subject, once each: codes with a space between.
#[derive(Debug, Default)]
struct Person {
    kinds: String,
    is_changed: bool,
}

impl Person {
    fn has(&self, kind: &str) -> bool {
        self.kinds.split(' ').any(|known| known == kind)
    }

    /// `false` when it was known.
    fn add(&mut self, kind: &str) -> bool {
        if self.has(kind) {
            return false;
        }
        if !self.kinds.is_empty() {
            self.kinds.push(' ');
        }
        self.kinds.push_str(kind);
        self.is_changed = true;
        true
    }

    /// `false` when it was not known.
    fn remove(&mut self, kind: &str) -> bool {
        if !self.has(kind) {
            return false;
        }
        let others: Vec<&str> = self.kinds.split(' ').filter(|known| *known != kind).collect();
        self.kinds = others.join(" ");
        self.is_changed = true;
        true
    }
}

/// What is to be read before some events.
#[derive(Debug, Default)]
struct Wanted {
    impressions: BTreeSet<DecisionId>,
    persons: BTreeSet<(u128, u128)>,
    /// Viewers of whom attribution may have to know everything, and of whom stays.
    viewers: BTreeSet<(RoomId, u128)>,
    stays: BTreeSet<(RoomId, u128)>,
}

impl Wanted {
    fn add(&mut self, event: &TakenEvent) {
        let (content, viewer) = match (event.promoted, event.content(), event.natural_viewer) {
            (Some(promoted), _, _) => {
                self.impressions.insert(DecisionId::new(promoted.decision));
                self.persons.insert((promoted.order, promoted.viewer));
                (promoted.content, promoted.viewer)
            }
            (None, Some(content), Some(viewer)) => (content.value(), viewer),
            _ => return,
        };
        self.persons.insert((content, viewer));
        let place = (RoomId::new(content), viewer);
        self.viewers.insert(place);
        if matches!(event.kind, EventKind::RoomEnter | EventKind::Watch | EventKind::RoomLeave | EventKind::Play) {
            self.stays.insert(place);
        }
    }
}

impl Fold<'_, '_> {
    /// Reads what these events will ask for, as far as it is not known yet.
    pub(super) fn read_ahead(&mut self, events: &[TakenEvent]) -> Result<(), StoreError> {
        let mut wanted = Wanted::default();
        for event in events {
            wanted.add(event);
        }
        let Wanted { mut impressions, mut persons, viewers, mut stays } = wanted;
        impressions.retain(|decision| !self.known.impressions.contains_key(decision));
        self.known.read_impressions(self.tx, &Vec::from_iter(impressions))?;
        persons.retain(|person| !self.known.persons.contains_key(person));
        self.known.read_persons(self.tx, &Vec::from_iter(persons))?;
        let mut attributed = Vec::with_capacity(viewers.len());
        for place in viewers {
            if !self.viewers.contains_key(&place) && self.is_promoted_room(place.0)? {
                attributed.push(place);
            }
        }
        self.read_viewers(&attributed)?;
        stays.retain(|place| !self.tally.knows_stays_of(*place));
        self.tally.read_stays(self.tx, &Vec::from_iter(stays))
    }

    /// Uses the token of an impression up; `false` when it was used before.
    pub(super) fn show(&mut self, exposure: Exposure) -> Result<bool, StoreError> {
        let Impression { row, is_changed } = self.impression(exposure.decision)?;
        let known = row.get_or_insert(ExposureRow { exposure, shown: false, watched_ms: 0 });
        if known.shown {
            return Ok(false);
        }
        known.shown = true;
        known.exposure.at = exposure.at;
        *is_changed = true;
        Ok(true)
    }

    /// Records how long what was shown was watched so far; answers how long it was known to be before.
    /// Reports may repeat and cross: the longest counts.
    pub(super) fn watch(&mut self, exposure: Exposure, watched_ms: i64) -> Result<i64, StoreError> {
        let Impression { row, is_changed } = self.impression(exposure.decision)?;
        let before = row.map_or(0, |known| known.watched_ms);
        if before < watched_ms {
            row.get_or_insert(ExposureRow { exposure, shown: false, watched_ms: 0 }).watched_ms = watched_ms;
            *is_changed = true;
        }
        Ok(before)
    }

    fn impression(&mut self, decision: DecisionId) -> Result<&mut Impression, StoreError> {
        if !self.known.impressions.contains_key(&decision) {
            self.known.read_impressions(self.tx, &[decision])?;
        }
        Ok(self.known.impressions.entry(decision).or_default())
    }

    /// Whether a person has done this under an order, in a room, with a product.
    pub(super) fn has_person<K>(&mut self, subject: Id<K>, kind: &str, viewer: u128) -> Result<bool, StoreError> {
        Ok(self.person(subject.value(), viewer)?.has(kind))
    }

    /// Records that a person did this; `false` when they had done so before.
    pub(super) fn add_person<K>(
        &mut self,
        subject: Id<K>,
        kind: &'static str,
        viewer: u128,
    ) -> Result<bool, StoreError> {
        Ok(self.person(subject.value(), viewer)?.add(kind))
    }

    /// Forgets that a person did this; `false` when they had not.
    pub(super) fn remove_person<K>(
        &mut self,
        subject: Id<K>,
        kind: &'static str,
        viewer: u128,
    ) -> Result<bool, StoreError> {
        Ok(self.person(subject.value(), viewer)?.remove(kind))
    }

    fn person(&mut self, subject: u128, viewer: u128) -> Result<&mut Person, StoreError> {
        if !self.known.persons.contains_key(&(subject, viewer)) {
            self.known.read_persons(self.tx, &[(subject, viewer)])?;
        }
        Ok(self.known.persons.entry((subject, viewer)).or_default())
    }

    /// Whether orders were placed for a room or video.
    pub(super) fn is_promoted_room(&mut self, room: RoomId) -> Result<bool, StoreError> {
        if let Some(known) = self.promoted_rooms.get(&room) {
            return Ok(*known);
        }
        let found = self.tx.is_promoted(room)?;
        self.promoted_rooms.insert(room, found);
        Ok(found)
    }
}

impl Known {
    fn read_impressions(&mut self, tx: &mut Tx<'_>, decisions: &[DecisionId]) -> Result<(), StoreError> {
        self.impressions.extend(decisions.iter().map(|decision| (*decision, Impression::default())));
        for row in tx.exposures(decisions)? {
            self.impressions.insert(row.exposure.decision, Impression { row: Some(row), is_changed: false });
        }
        Ok(())
    }

    fn read_persons(&mut self, tx: &mut Tx<'_>, people: &[(u128, u128)]) -> Result<(), StoreError> {
        self.persons.extend(people.iter().map(|person| (*person, Person::default())));
        for PersonRow { subject, viewer, kinds } in tx.persons(people)? {
            self.persons.insert((subject, viewer), Person { kinds, is_changed: false });
        }
        Ok(())
    }

    /// Writes what has changed.
    pub(super) fn write(self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let changed = self.impressions.into_values().filter(|impression| impression.is_changed);
        tx.put_exposures(&changed.filter_map(|impression| impression.row).collect::<Vec<_>>())?;
        let changed = self.persons.into_iter().filter(|(_, person)| person.is_changed);
        let row = |((subject, viewer), person): (_, Person)| PersonRow { subject, viewer, kinds: person.kinds };
        tx.put_persons(&changed.map(row).collect::<Vec<_>>())
    }
}
