//! Rows by key, with a note of what changed and how to take it back.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, Hash, Hasher};

/// Mixes the words of an id by multiplication. Ids are made by the platform, so nobody can choose collisions.
#[derive(Debug, Clone, Copy, Default)]
pub struct IdHasher(u64);

impl IdHasher {
    fn mix(&mut self, word: u64) {
        let product = (self.0.rotate_left(23) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 = product ^ (product >> 32);
    }
}

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0.wrapping_mul(0xD6E8_FEB8_6659_FD93)
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.mix(u64::from(*byte));
        }
    }

    fn write_u32(&mut self, word: u32) {
        self.mix(u64::from(word));
    }

    fn write_u64(&mut self, word: u64) {
        self.mix(word);
    }

    fn write_u128(&mut self, words: u128) {
        let [high, low] = halves(words);
        self.mix(high);
        self.mix(low);
    }

    // How `derive(Hash)` tells the variants of an enum apart.
    fn write_isize(&mut self, word: isize) {
        self.mix(u64::from_ne_bytes(i64::try_from(word).unwrap_or(i64::MAX).to_ne_bytes()));
    }
}

const fn halves(value: u128) -> [u64; 2] {
    let b = value.to_be_bytes();
    [
        u64::from_be_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]),
        u64::from_be_bytes([b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]]),
    ]
}

/// A map over ids.
pub type IdMap<K, V> = HashMap<K, V, BuildHasherDefault<IdHasher>>;

/// Rows of one kind that changed: each once, as it is now, in the order in which they were first touched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes<R> {
    /// Rows that did not exist before.
    pub created: Vec<R>,
    /// Rows that existed and are different or were at least touched.
    pub updated: Vec<R>,
}

impl<R> Changes<R> {
    /// Whether no row changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.created.is_empty() && self.updated.is_empty()
    }
}

impl<R> Default for Changes<R> {
    fn default() -> Self {
        Self { created: Vec::new(), updated: Vec::new() }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Stored,
    Updated,
    Created,
}

#[derive(Debug, Clone)]
struct Slot<R> {
    row: R,
    standing: Standing,
}

/// The rows of one kind, and what each was before each change since the last diff.
#[derive(Debug, Clone)]
pub(super) struct Table<K, R> {
    slots: IdMap<K, Slot<R>>,
    undo: Vec<(K, Option<Slot<R>>)>,
}

impl<K, R> Default for Table<K, R> {
    fn default() -> Self {
        Self { slots: IdMap::default(), undo: Vec::new() }
    }
}

impl<K: Copy + Eq + Hash, R: Clone> Table<K, R> {
    pub(super) fn get(&self, key: &K) -> Option<&R> {
        self.slots.get(key).map(|slot| &slot.row)
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = &R> {
        self.slots.values().map(|slot| &slot.row)
    }

    /// Takes in a stored row. A row that is here already stays: it is the same or newer.
    pub(super) fn load(&mut self, key: K, row: R) {
        self.slots.entry(key).or_insert(Slot { row, standing: Standing::Stored });
    }

    /// The row, to be changed.
    pub(super) fn change(&mut self, key: K) -> Option<&mut R> {
        let slot = self.slots.get_mut(&key)?;
        Some(touch(&mut self.undo, key, slot))
    }

    /// The row, to be changed; created when it does not exist.
    pub(super) fn change_or_create(&mut self, key: K, create: impl FnOnce() -> R) -> &mut R {
        match self.slots.entry(key) {
            Entry::Occupied(occupied) => touch(&mut self.undo, key, occupied.into_mut()),
            Entry::Vacant(vacant) => {
                self.undo.push((key, None));
                &mut vacant.insert(Slot { row: create(), standing: Standing::Created }).row
            }
        }
    }

    /// Adds a row; says no when there is one already.
    #[must_use]
    pub(super) fn create(&mut self, key: K, row: R) -> bool {
        match self.slots.entry(key) {
            Entry::Occupied(_) => false,
            Entry::Vacant(vacant) => {
                self.undo.push((key, None));
                vacant.insert(Slot { row, standing: Standing::Created });
                true
            }
        }
    }

    /// How many changes there were since the last diff.
    pub(super) fn mark(&self) -> usize {
        self.undo.len()
    }

    /// Takes back every change after the mark; tells of each row that ceased to exist.
    pub(super) fn roll_back(&mut self, mark: usize, mut gone: impl FnMut(R)) {
        while self.undo.len() > mark {
            let Some((key, before)) = self.undo.pop() else { return };
            match before {
                Some(slot) => {
                    self.slots.insert(key, slot);
                }
                None => {
                    if let Some(slot) = self.slots.remove(&key) {
                        gone(slot.row);
                    }
                }
            }
        }
    }

    /// The changed rows; afterwards they count as stored.
    pub(super) fn take_changes(&mut self) -> Changes<R> {
        let mut changes = Changes::default();
        for (key, _) in self.undo.drain(..) {
            let Some(slot) = self.slots.get_mut(&key) else { continue };
            match slot.standing {
                Standing::Stored => {}
                Standing::Updated => changes.updated.push(slot.row.clone()),
                Standing::Created => changes.created.push(slot.row.clone()),
            }
            slot.standing = Standing::Stored;
        }
        changes
    }

    pub(super) fn clear(&mut self) {
        self.slots.clear();
        self.undo.clear();
    }
}

fn touch<'a, K, R: Clone>(undo: &mut Vec<(K, Option<Slot<R>>)>, key: K, slot: &'a mut Slot<R>) -> &'a mut R {
    undo.push((key, Some(slot.clone())));
    if slot.standing == Standing::Stored {
        slot.standing = Standing::Updated;
    }
    &mut slot.row
}
