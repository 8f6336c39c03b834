//! Alternatives as the index takes them: plain numbers, in one piece of memory that orders share.

use std::sync::{Arc, LazyLock};

use crate::random::mix;

/// What a key is about, a number below 64; the index need not know what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dimension(u8);

impl Dimension {
    pub const GENDER: Self = Self(0);
    pub const AGE: Self = Self(1);
    pub const DEVICE: Self = Self(2);
    pub const SYSTEM: Self = Self(3);
    pub const LIVE_WATCHER: Self = Self(4);
    pub const REGION: Self = Self(5);
    pub const SEGMENT: Self = Self(6);
    pub const INTEREST: Self = Self(7);
    pub const SIMILAR_TO: Self = Self(8);
    /// Creators the viewer has met before.
    pub const KNOWS: Self = Self(9);

    /// The dimension with this number.
    ///
    /// # Panics
    /// When the number is not below 64.
    #[must_use]
    pub const fn numbered(number: u8) -> Self {
        assert!(number < 64, "there are 64 dimensions");
        Self(number)
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    /// Whether a viewer has at most one value of it, so that two lists can be intersected.
    pub(super) const fn is_single(self) -> bool {
        self.0 <= Self::LIVE_WATCHER.0
    }
}

/// One value of one dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    pub dimension: Dimension,
    /// As good as unique among the values of the dimension, e.g. a hash.
    pub value: u64,
}

/// At least one of these values, all of one dimension; sorted, without doubles.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Group {
    pub dimension: Dimension,
    pub values: Vec<u64>,
}

/// All of the groups and none of the excluded keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Conjunction {
    pub groups: Vec<Group>,
    pub none_of: Vec<Key>,
}

/// The `nth` of rows that exclude; those that ask for something count from 0.
pub(crate) const EXCLUDED: u8 = u8::MAX;

/// Distance between the row ids of one key in two lists over its dimension.
const NTH_STEP: u64 = 0xD6E8_FEB8_6659_FD93;

/// The id of the index row of a value in the `nth` list over a dimension.
fn row_id(key: Key, nth: u8) -> u64 {
    mix(key.value ^ mix(u64::from(key.dimension.0))).wrapping_add(u64::from(nth).wrapping_mul(NTH_STEP))
}

/// An audience within the limits, as a short list of alternatives for the index; clones share it.
///
/// For each alternative: the number of lists; for each list its dimension, number and length in one word, and the
/// ids of its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompiledAudience {
    words: Arc<[u64]>,
}

static EVERYBODY: LazyLock<CompiledAudience> =
    LazyLock::new(|| CompiledAudience::packed(std::slice::from_ref(&Conjunction::default())));

/// One list of an alternative: index rows of which one must, or none may, hold the viewer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rows<'a> {
    pub(crate) dimension: Dimension,
    /// Which list over this dimension it is, or [`EXCLUDED`].
    pub(crate) nth: u8,
    pub(crate) ids: &'a [u64],
}

impl CompiledAudience {
    /// Everybody.
    #[must_use]
    pub fn everybody() -> Self {
        EVERYBODY.clone()
    }

    pub(super) fn packed(alternatives: &[Conjunction]) -> Self {
        let mut words = Vec::new();
        for conjunction in alternatives {
            let mut conjunction = conjunction.clone();
            conjunction.groups.sort_unstable();
            conjunction.none_of.sort_unstable();
            let start = words.len();
            words.push(0);
            let mut nth = 0;
            for (place, group) in conjunction.groups.iter().enumerate() {
                let again = place > 0 && conjunction.groups[place - 1].dimension == group.dimension;
                nth = if again { nth + 1 } else { 0 };
                let ids =
                    group.values.iter().map(|value| row_id(Key { dimension: group.dimension, value: *value }, nth));
                push(&mut words, start, group.dimension, nth, ids.collect());
            }
            for keys in conjunction.none_of.chunk_by(|left, right| left.dimension == right.dimension) {
                let ids = keys.iter().map(|key| row_id(*key, EXCLUDED)).collect();
                push(&mut words, start, keys[0].dimension, EXCLUDED, ids);
            }
        }
        Self { words: words.into() }
    }

    /// The alternatives, each as its lists.
    pub(crate) fn alternatives(&self) -> impl Iterator<Item = impl Iterator<Item = Rows<'_>>> {
        let mut rest = &self.words[..];
        std::iter::from_fn(move || {
            let (lists, mut own) = rest.split_first()?;
            rest = own;
            for _ in 0..*lists {
                (_, rest) = take_list(rest);
            }
            let lists = *lists;
            Some((0..lists).map(move |_| {
                let (list, others) = take_list(own);
                own = others;
                list
            }))
        })
    }

    /// How many alternatives there are.
    #[must_use]
    pub fn alternatives_count(&self) -> usize {
        self.alternatives().count()
    }

    /// Whether a viewer with these keys belongs to it.
    #[must_use]
    pub fn accepts(&self, keys: &ViewerKeys) -> bool {
        self.alternatives().any(|mut lists| {
            lists.all(|list| {
                let is_held = keys.row_ids(list.dimension, list.nth).any(|id| list.ids.contains(&id));
                is_held != (list.nth == EXCLUDED)
            })
        })
    }
}

fn push(words: &mut Vec<u64>, start: usize, dimension: Dimension, nth: u8, ids: Vec<u64>) {
    words[start] += 1;
    let length = u64::try_from(ids.len()).expect("an audience is short");
    words.push((length << 16) | (u64::from(dimension.0) << 8) | u64::from(nth));
    words.extend(ids);
}

fn take_list(words: &[u64]) -> (Rows<'_>, &[u64]) {
    let (header, rest) = words.split_first().expect("an alternative has as many lists as it says");
    let length = usize::try_from(header >> 16).expect("an audience is short");
    let (ids, rest) = rest.split_at(length);
    let [nth, dimension, ..] = header.to_le_bytes();
    (Rows { dimension: Dimension(dimension), nth, ids }, rest)
}

/// What is true of one viewer, as ids of index rows, by dimension.
#[derive(Debug, Clone)]
pub struct ViewerKeys {
    /// Ids of the rows of the first lists, those of one dimension beside each other.
    ids: Vec<u64>,
    /// Where the ids of each dimension begin, and where the last ends.
    starts: [u16; 65],
}

impl ViewerKeys {
    /// These keys; those beyond 65 535 are left out.
    #[must_use]
    pub fn new(keys: &[Key]) -> Self {
        let mut sorted: Vec<Key> = keys.iter().take(usize::from(u16::MAX)).copied().collect();
        sorted.sort_unstable();
        sorted.dedup();
        let mut starts = [0_u16; 65];
        for key in &sorted {
            starts[usize::from(key.dimension.0) + 1] += 1;
        }
        for place in 1..starts.len() {
            starts[place] += starts[place - 1];
        }
        Self { ids: sorted.into_iter().map(|key| row_id(key, 0)).collect(), starts }
    }

    /// The ids of the rows that hold this viewer in the `nth` list over a dimension.
    pub(crate) fn row_ids(&self, dimension: Dimension, nth: u8) -> impl Iterator<Item = u64> {
        let place = usize::from(dimension.0);
        let own = &self.ids[usize::from(self.starts[place])..usize::from(self.starts[place + 1])];
        let step = u64::from(nth).wrapping_mul(NTH_STEP);
        own.iter().map(move |id| id.wrapping_add(step))
    }
}
