//! Which orders want this viewer: bit sets of conjunctions, combined block by block (delivery.md §1).

use std::collections::{BTreeMap, HashMap};

use crate::audience::{CompiledAudience, Dimension, Key};
use crate::request::Viewer;

const WORD_BITS: usize = 64;
/// Words looked at together: 4 096 conjunctions, whose bits fit the nearest cache.
const BLOCK_WORDS: usize = 64;

/// The `n`th list over one dimension within a conjunction.
type Layer = (Dimension, usize);

/// The conjunctions that hold one value: as bits where they are many, as numbers where they are few.
#[derive(Debug)]
enum Row {
    Dense(Vec<u64>),
    /// Ascending.
    Sparse(Vec<u32>),
}

/// Every order's audience, prepared to be asked for one viewer.
#[derive(Debug)]
pub struct AudienceIndex {
    /// Which order each conjunction belongs to; ascending.
    owners: Vec<u32>,
    words: usize,
    /// Conjunctions that ask nothing in this layer.
    unconstrained: BTreeMap<Layer, Vec<u64>>,
    wanted: HashMap<(Key, usize), Row>,
    excluded: HashMap<Key, Row>,
}

impl AudienceIndex {
    /// The index over these audiences; an order is known by its place in them.
    ///
    /// # Panics
    /// With more than 2^32 conjunctions, which the limit on snapshots rules out.
    #[must_use]
    pub fn build<'a>(audiences: impl Iterator<Item = &'a CompiledAudience>) -> Self {
        let mut owners = Vec::new();
        let mut constrained: BTreeMap<Layer, Vec<u32>> = BTreeMap::new();
        let mut wanted: HashMap<(Key, usize), Vec<u32>> = HashMap::new();
        let mut excluded: HashMap<Key, Vec<u32>> = HashMap::new();
        for (order, audience) in audiences.enumerate() {
            for conjunction in &audience.conjunctions {
                let number = u32::try_from(owners.len()).expect("conjunctions are counted in 32 bits");
                owners.push(u32::try_from(order).expect("orders are counted in 32 bits"));
                let mut previous = None;
                let mut layer = 0;
                for group in &conjunction.groups {
                    layer = if previous == Some(group.dimension) { layer + 1 } else { 0 };
                    previous = Some(group.dimension);
                    constrained.entry((group.dimension, layer)).or_default().push(number);
                    for value in &group.values {
                        let key = Key { dimension: group.dimension, value: *value };
                        wanted.entry((key, layer)).or_default().push(number);
                    }
                }
                for key in &conjunction.none_of {
                    excluded.entry(*key).or_default().push(number);
                }
            }
        }
        let words = owners.len().div_ceil(WORD_BITS);
        Self {
            words,
            unconstrained: constrained
                .into_iter()
                .map(|(layer, numbers)| (layer, bits(&numbers, words).iter().map(|word| !word).collect()))
                .collect(),
            wanted: wanted.into_iter().map(|(key, numbers)| (key, row(numbers, words))).collect(),
            excluded: excluded.into_iter().map(|(key, numbers)| (key, row(numbers, words))).collect(),
            owners,
        }
    }

    /// The places of the orders whose audience the viewer belongs to, ascending.
    #[must_use]
    pub fn matching(&self, viewer: &Viewer) -> Vec<usize> {
        let keys = viewer.keys();
        let layers: Vec<(&[u64], Vec<&Row>)> = self
            .unconstrained
            .iter()
            .map(|((dimension, layer), free)| {
                let of_dimension = keys.iter().filter(|key| key.dimension == *dimension);
                let rows = of_dimension.filter_map(|key| self.wanted.get(&(*key, *layer))).collect();
                (&free[..], rows)
            })
            .collect();
        let excluded: Vec<&Row> = keys.iter().filter_map(|key| self.excluded.get(key)).collect();
        let mut found = Vec::new();
        for first in (0..self.words).step_by(BLOCK_WORDS) {
            let words = BLOCK_WORDS.min(self.words - first);
            let mut survivors = [u64::MAX; BLOCK_WORDS];
            if narrow(&mut survivors[..words], first, &layers, &excluded) {
                self.collect(&survivors[..words], first, &mut found);
            }
        }
        found
    }

    fn collect(&self, survivors: &[u64], first: usize, found: &mut Vec<usize>) {
        for (word_index, word) in survivors.iter().enumerate() {
            let mut rest = *word;
            while rest != 0 {
                let bit = usize::try_from(rest.trailing_zeros()).expect("below 64");
                rest &= rest - 1;
                // The bits after the last conjunction of the last word belong to nobody.
                let Some(owner) = self.owners.get((first + word_index) * WORD_BITS + bit) else { return };
                let order = usize::try_from(*owner).expect("32 bits fit");
                if found.last() != Some(&order) {
                    found.push(order);
                }
            }
        }
    }
}

/// Leaves in a block only what every layer accepts and nothing excludes; false when nothing is left.
fn narrow(survivors: &mut [u64], first: usize, layers: &[(&[u64], Vec<&Row>)], excluded: &[&Row]) -> bool {
    let mut accepted = [0; BLOCK_WORDS];
    let accepted = &mut accepted[..survivors.len()];
    for (free, rows) in layers {
        accepted.copy_from_slice(&free[first..first + survivors.len()]);
        rows.iter().for_each(|row| row.add_to(accepted, first));
        let mut any = 0;
        for (survivor, accepted) in survivors.iter_mut().zip(&*accepted) {
            *survivor &= accepted;
            any |= *survivor;
        }
        if any == 0 {
            return false;
        }
    }
    if !excluded.is_empty() {
        accepted.fill(0);
        excluded.iter().for_each(|row| row.add_to(accepted, first));
        survivors.iter_mut().zip(&*accepted).for_each(|(survivor, excluded)| *survivor &= !excluded);
    }
    true
}

impl Row {
    /// Sets its bits in a block that starts at this word.
    fn add_to(&self, block: &mut [u64], first: usize) {
        match self {
            Self::Dense(words) => {
                let own = &words[first..first + block.len()];
                block.iter_mut().zip(own).for_each(|(word, own)| *word |= own);
            }
            Self::Sparse(numbers) => {
                let place = |number: u32| usize::try_from(number).expect("32 bits fit");
                let start = numbers.partition_point(|number| place(*number) < first * WORD_BITS);
                for number in &numbers[start..] {
                    let word = place(*number) / WORD_BITS - first;
                    let Some(word) = block.get_mut(word) else { return };
                    *word |= 1 << (number % 64);
                }
            }
        }
    }
}

fn bits(numbers: &[u32], words: usize) -> Vec<u64> {
    let mut bits = vec![0; words];
    for number in numbers {
        let place = usize::try_from(*number).expect("32 bits fit");
        bits[place / WORD_BITS] |= 1_u64 << (number % 64);
    }
    bits
}

/// Sparse as long as the numbers take less room than the bits.
fn row(mut numbers: Vec<u32>, words: usize) -> Row {
    numbers.dedup();
    if numbers.len() < words * 2 { Row::Sparse(numbers) } else { Row::Dense(bits(&numbers, words)) }
}

#[cfg(test)]
mod tests;
