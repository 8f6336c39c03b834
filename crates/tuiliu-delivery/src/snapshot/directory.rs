//! Where things are: numbers found by a key, in parts that snapshots share.

use std::sync::Arc;

/// Parts, a power of two; a change copies one.
const PARTS: usize = 1_024;

/// Places by key; several may have the same key.
#[derive(Debug, Clone, Default)]
pub(super) struct Directory {
    /// Each sorted; empty until the first key.
    parts: Vec<Arc<Vec<(u64, u32)>>>,
}

impl Directory {
    /// The directory of these keys.
    pub(super) fn build(entries: impl Iterator<Item = (u64, u32)>) -> Self {
        let mut parts = vec![Vec::new(); PARTS];
        entries.for_each(|(key, at)| parts[part(key)].push((key, at)));
        let sorted = |mut part: Vec<_>| {
            part.sort_unstable();
            part.shrink_to_fit();
            Arc::new(part)
        };
        Self { parts: parts.into_iter().map(sorted).collect() }
    }

    /// The places with this key.
    pub(super) fn of(&self, key: u64) -> impl Iterator<Item = u32> {
        let own = self.parts.get(part(key)).map_or(&[][..], |part| {
            let start = part.partition_point(|entry| entry.0 < key);
            &part[start..]
        });
        own.iter().take_while(move |entry| entry.0 == key).map(|entry| entry.1)
    }

    pub(super) fn insert(&mut self, key: u64, at: u32) {
        if self.parts.is_empty() {
            self.parts = vec![Arc::default(); PARTS];
        }
        let part = Arc::make_mut(&mut self.parts[part(key)]);
        let place = part.partition_point(|entry| *entry < (key, at));
        part.insert(place, (key, at));
    }

    pub(super) fn remove(&mut self, key: u64, at: u32) {
        if let Some(part) = self.parts.get_mut(part(key)) {
            let part = Arc::make_mut(part);
            if let Ok(place) = part.binary_search(&(key, at)) {
                part.remove(place);
            }
        }
    }
}

fn part(key: u64) -> usize {
    // The low bits; the order within a part is that of the high ones.
    usize::try_from(key & 0xFFFF_FFFF).expect("half of 64 bits") & (PARTS - 1)
}
