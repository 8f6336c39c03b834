//! Which orders want this viewer: bit sets of alternatives, combined block by block (delivery.md §1).
//!
//! A block holds the audiences of 4 096 places. For each value it has the set of places that ask for it, as bits
//! where they are many and as a list where they are few; a viewer's places are what every attribute accepts and
//! nothing excludes, found with operations on 64 words. Blocks know nothing of each other, so that a change copies
//! one block and shares the others.

mod block;
mod rows;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::audience::{CompiledAudience, ViewerKeys};

pub(crate) use block::ones_of_word;
pub use block::{AudienceBlock, BLOCK_PLACES, Bits, ones};

/// Audiences known by numbers, prepared to be asked for one viewer.
///
/// A clone shares all blocks until one of the two changes.
#[derive(Debug, Clone, Default)]
pub struct AudienceIndex {
    blocks: Vec<Arc<AudienceBlock>>,
    /// The number at each place of each block.
    numbers: Vec<Arc<Vec<u32>>>,
    /// The place of each number's first alternative, in parts of as many as a block has places.
    firsts: Vec<Arc<Vec<u32>>>,
    /// The places of the other alternatives.
    others: BTreeMap<u32, Vec<u32>>,
    free: Vec<u32>,
}

impl AudienceIndex {
    /// The index over these audiences; each is known by its place among them.
    #[must_use]
    pub fn build<'a>(audiences: impl Iterator<Item = &'a CompiledAudience>) -> Self {
        let mut index = Self::default();
        for (number, audience) in (0_u32..).zip(audiences) {
            index.put(number, audience);
        }
        index.blocks.iter_mut().for_each(|block| Arc::make_mut(block).tighten());
        index
    }

    /// Adds an audience under a number that is not in use.
    pub fn put(&mut self, number: u32, audience: &CompiledAudience) {
        for (nth, alternative) in audience.alternatives().enumerate() {
            let at = self.free.pop().unwrap_or_else(|| self.next_place());
            let (block, place) = split(at);
            Arc::make_mut(&mut self.blocks[block]).put(place, alternative);
            Arc::make_mut(&mut self.numbers[block])[place] = number;
            if nth > 0 {
                self.others.entry(number).or_default().push(at);
                continue;
            }
            let (part, place) = split(number);
            while self.firsts.len() <= part {
                self.firsts.push(Arc::new(vec![0; BLOCK_PLACES]));
            }
            Arc::make_mut(&mut self.firsts[part])[place] = at;
        }
    }

    /// Takes the audience with this number away; it has to be told which it was.
    pub fn remove(&mut self, number: u32, audience: &CompiledAudience) {
        let (part, place) = split(number);
        let first = self.firsts[part][place];
        let others = self.others.remove(&number).unwrap_or_default();
        for (at, alternative) in std::iter::once(first).chain(others).zip(audience.alternatives()) {
            let (block, place) = split(at);
            Arc::make_mut(&mut self.blocks[block]).remove(place, alternative);
            self.free.push(at);
        }
    }

    /// The numbers of the audiences that the viewer belongs to, ascending.
    #[must_use]
    pub fn matching(&self, viewer: &ViewerKeys) -> Vec<u32> {
        let mut found = Vec::new();
        self.search(viewer, &mut found);
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Adds the numbers of the audiences that the viewer belongs to, in no order; one with several alternatives that
    /// match may come several times.
    pub fn search(&self, viewer: &ViewerKeys, found: &mut Vec<u32>) {
        let mut bits = [0; 64];
        for (block, numbers) in self.blocks.iter().zip(&self.numbers) {
            if block.search(viewer, &mut bits) {
                ones(&bits, |place| found.push(numbers[place]));
            }
        }
    }

    /// Bytes that the blocks take.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.blocks.iter().map(|block| block.bytes() + BLOCK_PLACES * 8).sum()
    }

    /// A place that was never used.
    fn next_place(&mut self) -> u32 {
        let block = self.blocks.len();
        let first = u32::try_from(block * BLOCK_PLACES).expect("places are counted in 32 bits");
        let last = u32::try_from((block + 1) * BLOCK_PLACES).expect("places are counted in 32 bits");
        self.blocks.push(Arc::default());
        self.numbers.push(Arc::new(vec![0; BLOCK_PLACES]));
        // Lowest first.
        self.free.extend((first + 1..last).rev());
        first
    }
}

fn split(at: u32) -> (usize, usize) {
    let at = usize::try_from(at).expect("32 bits fit");
    (at / BLOCK_PLACES, at % BLOCK_PLACES)
}

#[cfg(test)]
mod tests;
