//! One block of the index: the audiences of 4 096 places.

use crate::audience::{Dimension, EXCLUDED, Rows, ViewerKeys};

use super::rows::RowTable;

/// Words of a block.
const WORDS: usize = 64;
/// Places of a block.
pub const BLOCK_PLACES: usize = WORDS * 64;

/// One bit for each place of a block.
pub type Bits = [u64; WORDS];

/// Calls with every place whose bit is set, ascending.
pub fn ones(bits: &Bits, mut call: impl FnMut(usize)) {
    for (nth, word) in bits.iter().enumerate() {
        ones_of_word(*word, |bit| call(nth * 64 + bit));
    }
}

/// Calls with the number of every bit that is set, ascending.
pub(crate) fn ones_of_word(word: u64, mut call: impl FnMut(usize)) {
    let mut rest = word;
    while rest != 0 {
        call(usize::try_from(rest.trailing_zeros()).expect("below 64"));
        rest &= rest - 1;
    }
}

/// The `nth` list over one dimension.
#[derive(Debug, Clone)]
struct Layer {
    dimension: Dimension,
    nth: u8,
    /// Places whose alternative has such a list.
    constrained: u16,
    /// The other places; what is set where nothing is does not matter.
    free: Bits,
}

/// The audiences at the places of one block.
#[derive(Debug, Clone)]
pub struct AudienceBlock {
    taken: Bits,
    /// Those that most places ask for first, as of the last tightening.
    layers: Vec<Layer>,
    /// One bit for each dimension that anything is excluded by.
    excluding: u64,
    rows: RowTable,
}

impl Default for AudienceBlock {
    fn default() -> Self {
        Self { taken: [0; WORDS], layers: Vec::new(), excluding: 0, rows: RowTable::default() }
    }
}

impl AudienceBlock {
    /// Puts one alternative to a place where nothing is.
    pub(crate) fn put<'a>(&mut self, place: usize, lists: impl Iterator<Item = Rows<'a>>) {
        let (word, bit) = (place / 64, 1_u64 << (place % 64));
        let number = u16::try_from(place).expect("a block has 4 096 places");
        self.taken[word] |= bit;
        self.layers.iter_mut().for_each(|layer| layer.free[word] |= bit);
        for list in lists {
            list.ids.iter().for_each(|id| self.rows.add(*id, number));
            if list.nth == EXCLUDED {
                self.excluding |= 1 << list.dimension.number();
                continue;
            }
            let layer = self.layer(list.dimension, list.nth);
            layer.constrained += 1;
            layer.free[word] &= !bit;
        }
    }

    /// Removes the alternative that is at a place.
    pub(crate) fn remove<'a>(&mut self, place: usize, lists: impl Iterator<Item = Rows<'a>>) {
        let number = u16::try_from(place).expect("a block has 4 096 places");
        self.taken[place / 64] &= !(1 << (place % 64));
        for list in lists {
            list.ids.iter().for_each(|id| self.rows.remove(*id, number));
            if list.nth != EXCLUDED {
                self.layer(list.dimension, list.nth).constrained -= 1;
            }
        }
        if self.rows.wasted() > BLOCK_PLACES * 8 {
            self.tighten();
        }
    }

    /// Gives back what changes left behind, and brings the layers into the best order.
    pub(crate) fn tighten(&mut self) {
        self.rows = self.rows.tightened();
        self.layers.retain(|layer| layer.constrained > 0);
        self.layers.sort_by_key(|layer| std::cmp::Reverse(layer.constrained));
        self.layers.shrink_to_fit();
    }

    /// The places at which an alternative is.
    pub(crate) const fn taken(&self) -> &Bits {
        &self.taken
    }

    /// Sets the bits of the places whose alternative accepts this viewer; `false` when there is none.
    pub fn search(&self, viewer: &ViewerKeys, found: &mut Bits) -> bool {
        *found = self.taken;
        let mut accepted;
        for layer in &self.layers {
            accepted = layer.free;
            for id in viewer.row_ids(layer.dimension, layer.nth) {
                if let Some(places) = self.rows.find(id) {
                    places.add_to(&mut accepted);
                }
            }
            let mut any = 0;
            for (word, accepted) in found.iter_mut().zip(&accepted) {
                *word &= accepted;
                any |= *word;
            }
            if any == 0 {
                return false;
            }
        }
        ones_of_word(self.excluding, |number| {
            let dimension = Dimension::numbered(u8::try_from(number).expect("below 64"));
            for id in viewer.row_ids(dimension, EXCLUDED) {
                if let Some(places) = self.rows.find(id) {
                    places.remove_from(found);
                }
            }
        });
        found.iter().any(|word| *word != 0)
    }

    /// Bytes it takes.
    #[must_use]
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Self>() + self.layers.capacity() * size_of::<Layer>() + self.rows.bytes()
    }

    fn layer(&mut self, dimension: Dimension, nth: u8) -> &mut Layer {
        let found = self.layers.iter().position(|layer| (layer.dimension, layer.nth) == (dimension, nth));
        let place = found.unwrap_or_else(|| {
            self.layers.push(Layer { dimension, nth, constrained: 0, free: [u64::MAX; WORDS] });
            self.layers.len() - 1
        });
        &mut self.layers[place]
    }
}
