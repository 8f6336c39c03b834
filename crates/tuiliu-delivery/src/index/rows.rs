//! The rows of one block: for each value the places that ask for it, dense where dense, lists where rare.

use super::block::Bits;

/// A row of so many places becomes bits: adding 64 words takes as long as adding about so many numbers.
const DENSE_FROM: u16 = 64;
/// The `room` of a row that is dense.
const DENSE: u16 = u16::MAX;
const NO_ROW: u64 = 0;

#[derive(Debug, Clone, Copy)]
struct Row {
    id: u64,
    /// Place of its bits among the dense ones, or of its first number among the sparse.
    start: u32,
    length: u16,
    /// Numbers that fit before it has to move, or [`DENSE`].
    room: u16,
}

const VACANT: Row = Row { id: NO_ROW, start: 0, length: 0, room: 0 };

/// Rows by id.
#[derive(Debug, Clone, Default)]
pub(super) struct RowTable {
    /// Open addressing; a power of two, at most three quarters full.
    table: Vec<Row>,
    rows: usize,
    dense: Vec<Bits>,
    sparse: Vec<u16>,
}

/// The places of one row.
#[derive(Debug, Clone, Copy)]
pub(super) enum Places<'a> {
    Dense(&'a Bits),
    Sparse(&'a [u16]),
}

impl Places<'_> {
    pub(super) fn add_to(self, bits: &mut Bits) {
        match self {
            Self::Dense(own) => bits.iter_mut().zip(own).for_each(|(word, own)| *word |= own),
            Self::Sparse(numbers) => numbers.iter().for_each(|number| {
                let (word, bit) = (usize::from(*number >> 6), *number & 63);
                bits[word & 63] |= 1 << bit;
            }),
        }
    }

    pub(super) fn remove_from(self, bits: &mut Bits) {
        match self {
            Self::Dense(own) => bits.iter_mut().zip(own).for_each(|(word, own)| *word &= !own),
            Self::Sparse(numbers) => numbers.iter().for_each(|number| {
                let (word, bit) = (usize::from(*number >> 6), *number & 63);
                bits[word & 63] &= !(1 << bit);
            }),
        }
    }
}

const fn real(id: u64) -> u64 {
    if id == NO_ROW { 1 } else { id }
}

impl RowTable {
    /// Where the row is, or where it would be put; the table is not empty.
    fn seek(&self, id: u64) -> usize {
        let mask = self.table.len() - 1;
        // Ids are mixed already.
        let mut at = usize::try_from(id >> 32).expect("half of 64 bits") & mask;
        while self.table[at].id != id && self.table[at].id != NO_ROW {
            at = (at + 1) & mask;
        }
        at
    }

    pub(super) fn find(&self, id: u64) -> Option<Places<'_>> {
        if self.table.is_empty() {
            return None;
        }
        let row = &self.table[self.seek(real(id))];
        if row.length == 0 {
            return None;
        }
        let start = usize::try_from(row.start).expect("32 bits fit");
        Some(if row.room == DENSE {
            Places::Dense(&self.dense[start])
        } else {
            Places::Sparse(&self.sparse[start..start + usize::from(row.length)])
        })
    }

    /// Adds a place that is not in the row.
    pub(super) fn add(&mut self, id: u64, place: u16) {
        if (self.rows + 1) * 4 > self.table.len() * 3 {
            self.grow();
        }
        let at = self.seek(real(id));
        let mut row = self.table[at];
        if row.id == NO_ROW {
            self.rows += 1;
            row.id = real(id);
        }
        if row.room != DENSE && row.length == row.room {
            self.make_room(&mut row);
        }
        let start = usize::try_from(row.start).expect("32 bits fit");
        if row.room == DENSE {
            self.dense[start][usize::from(place >> 6)] |= 1 << (place & 63);
        } else {
            self.sparse[start + usize::from(row.length)] = place;
        }
        row.length += 1;
        self.table[at] = row;
    }

    /// Removes a place that is in the row.
    pub(super) fn remove(&mut self, id: u64, place: u16) {
        let at = self.seek(real(id));
        let row = &mut self.table[at];
        let start = usize::try_from(row.start).expect("32 bits fit");
        if row.room == DENSE {
            self.dense[start][usize::from(place >> 6)] &= !(1 << (place & 63));
            row.length -= 1;
            return;
        }
        let numbers = &mut self.sparse[start..start + usize::from(row.length)];
        if let Some(found) = numbers.iter().position(|number| *number == place) {
            numbers.swap(found, usize::from(row.length) - 1);
            row.length -= 1;
        }
    }

    /// Moves a full row to where it can grow; what it leaves behind is lost until the block is tightened.
    fn make_room(&mut self, row: &mut Row) {
        let start = usize::try_from(row.start).expect("32 bits fit");
        let own = start..start + usize::from(row.length);
        if row.length >= DENSE_FROM {
            let mut bits = [0; 64];
            Places::Sparse(&self.sparse[own]).add_to(&mut bits);
            row.start = u32::try_from(self.dense.len()).expect("rows are counted in 32 bits");
            row.room = DENSE;
            self.dense.push(bits);
            return;
        }
        row.start = u32::try_from(self.sparse.len()).expect("rows are counted in 32 bits");
        row.room = (row.length * 2).max(1);
        self.sparse.extend_from_within(own);
        let grown = usize::try_from(row.start).expect("32 bits fit") + usize::from(row.room);
        self.sparse.resize(grown, 0);
    }

    fn grow(&mut self) {
        let size = (self.table.len() * 2).max(16);
        let old = std::mem::replace(&mut self.table, vec![VACANT; size]);
        for row in old.into_iter().filter(|row| row.id != NO_ROW) {
            let at = self.seek(row.id);
            self.table[at] = row;
        }
    }

    /// The same rows without what they left behind, and without empty ones.
    pub(super) fn tightened(&self) -> Self {
        let kept = self.table.iter().filter(|row| row.id != NO_ROW && row.length > 0).count();
        let size = if kept == 0 { 0 } else { (kept * 4 / 3 + 1).next_power_of_two().max(4) };
        let numbers = self.table.iter().filter(|row| row.room != DENSE).map(|row| usize::from(row.length)).sum();
        let mut tight = Self {
            table: vec![VACANT; size],
            rows: kept,
            dense: Vec::with_capacity(self.dense.len()),
            sparse: Vec::with_capacity(numbers),
        };
        for row in self.table.iter().filter(|row| row.id != NO_ROW && row.length > 0) {
            let start = usize::try_from(row.start).expect("32 bits fit");
            let mut row = *row;
            if row.room == DENSE {
                row.start = u32::try_from(tight.dense.len()).expect("rows are counted in 32 bits");
                tight.dense.push(self.dense[start]);
            } else {
                row.start = u32::try_from(tight.sparse.len()).expect("rows are counted in 32 bits");
                row.room = row.length;
                tight.sparse.extend_from_slice(&self.sparse[start..start + usize::from(row.length)]);
            }
            let at = tight.seek(row.id);
            tight.table[at] = row;
        }
        tight.dense.shrink_to_fit();
        tight
    }

    pub(super) fn bytes(&self) -> usize {
        self.table.capacity() * size_of::<Row>()
            + self.dense.capacity() * size_of::<Bits>()
            + self.sparse.capacity() * 2
    }

    /// Numbers that lie in rows no more, or were reserved and never used.
    pub(super) fn wasted(&self) -> usize {
        let used: usize = self.table.iter().filter(|row| row.room != DENSE).map(|row| usize::from(row.length)).sum();
        self.sparse.len() - used
    }
}
