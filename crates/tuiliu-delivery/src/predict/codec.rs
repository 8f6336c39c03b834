//! What a learner knows as bytes, so that a restart forgets nothing but examples.
//!
//! One blob: a mark with the version, the parts in turn, and eight bytes of BLAKE3 over all. Only weights that were
//! ever touched are in it, each as the distance to the last one, `z` whole and the upper half of `n`.

use thiserror::Error;

use super::calibration::{CELLS, Sums};
use super::ftrl::{Ftrl, FtrlSettings, TABLE_BITS_MAX};
use super::hierarchy::{Cell, IMPRESSIONS_MAX, Level};
use super::learner::{Learner, narrow};
use super::{GOALS, KINDS, goal_index};
use tuiliu_domain::limits::PREDICTOR_CELLS_MAX;

const MARK: [u8; 5] = *b"TLPR\x02";
const CHECK_BYTES: usize = 8;

/// Why bytes are not a learner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RestoreError {
    #[error("read what was learnt in a version that is not known")]
    UnknownVersion,
    #[error("read what was learnt: the bytes are damaged")]
    Damaged,
}

fn check_of(bytes: &[u8]) -> [u8; CHECK_BYTES] {
    *blake3::hash(bytes).as_bytes().first_chunk().expect("a hash has 32 bytes")
}

impl Learner {
    /// Everything learnt, as one blob.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer(MARK.to_vec());
        write_weights(&mut writer, &self.ftrl);
        writer.number(u64::try_from(self.hierarchy.cells.len()).unwrap_or(u64::MAX));
        for (key, cell) in &self.hierarchy.cells {
            writer.0.extend_from_slice(&key.to_le_bytes());
            writer.0.extend_from_slice(&cell.parent.to_le_bytes());
            writer.index(cell.level.number() * GOALS + goal_index(cell.goal));
            writer.number(u64::from(cell.impressions));
            writer.number(u64::from(cell.results));
        }
        for strength in self.hierarchy.strengths.0 {
            writer.float(narrow(strength));
        }
        for sums in &self.calibration.goals {
            let used = || sums.cells.iter().enumerate().filter(|(_, cell)| cell.impressions > 0.0);
            writer.index(used().count());
            for (place, cell) in used() {
                writer.index(place);
                for number in [cell.impressions, cell.predicted, cell.results] {
                    writer.float(narrow(number));
                }
            }
        }
        for usual in self.windows.usual_ms {
            writer.float(narrow(usual));
        }
        writer.float(self.reach);
        let check = check_of(&writer.0);
        writer.0.extend_from_slice(&check);
        writer.0
    }

    /// The learner that these bytes were made of.
    pub fn from_bytes(bytes: &[u8], settings: FtrlSettings) -> Result<Self, RestoreError> {
        let (body, check) = bytes.split_last_chunk::<CHECK_BYTES>().ok_or(RestoreError::Damaged)?;
        if check_of(body) != *check {
            return Err(RestoreError::Damaged);
        }
        let Some(rest) = body.strip_prefix(&MARK) else { return Err(RestoreError::UnknownVersion) };
        read(Reader(rest), settings).ok_or(RestoreError::Damaged)
    }
}

fn write_weights(writer: &mut Writer, ftrl: &Ftrl) {
    let touched = || ftrl.n.iter().zip(&ftrl.z).enumerate().filter(|(_, (n, z))| **n > 0.0 || **z != 0.0);
    writer.number(u64::from(ftrl.bits()));
    writer.index(touched().count());
    let mut last = 0;
    for (place, (n, z)) in touched() {
        writer.index(place - last);
        last = place;
        writer.float(*z);
        let [_, _, low, high] = n.to_le_bytes();
        writer.0.extend_from_slice(&[low, high]);
    }
}

fn read(mut reader: Reader<'_>, settings: FtrlSettings) -> Option<Learner> {
    let bits = u32::try_from(reader.number()?).ok().filter(|bits| *bits <= TABLE_BITS_MAX)?;
    let mut learner = Learner::new(bits, settings);
    read_weights(&mut reader, &mut learner.ftrl)?;
    let cells = reader.index().filter(|count| *count <= PREDICTOR_CELLS_MAX)?;
    for _ in 0..cells {
        let (key, parent) = (reader.word()?, reader.word()?);
        let kind = reader.index()?;
        let (level, goal) = (*Level::ALL.get(kind / GOALS)?, *KINDS.get(kind % GOALS)?);
        let (impressions, results) = (u32::try_from(reader.number()?).ok()?, u32::try_from(reader.number()?).ok()?);
        if impressions > IMPRESSIONS_MAX || results > impressions {
            return None;
        }
        learner.hierarchy.cells.insert(key, Cell { level, goal, parent, impressions, results });
    }
    for strength in &mut learner.hierarchy.strengths.0 {
        *strength = reader.positive()?;
    }
    for sums in &mut learner.calibration.goals {
        let used = reader.index().filter(|used| *used <= CELLS)?;
        for _ in 0..used {
            let place = reader.index()?;
            let cell =
                Sums { impressions: reader.positive()?, predicted: reader.positive()?, results: reader.amount()? };
            sums.put(place, cell)?;
        }
        sums.refresh();
    }
    for usual in &mut learner.windows.usual_ms {
        *usual = reader.positive()?;
    }
    learner.reach = narrow(reader.amount()?);
    reader.0.is_empty().then_some(learner)
}

fn read_weights(reader: &mut Reader<'_>, ftrl: &mut Ftrl) -> Option<()> {
    let count = reader.index()?;
    if count > 0 {
        ftrl.allocate();
    }
    let mut place = 0_usize;
    for _ in 0..count {
        place = place.checked_add(reader.index()?)?;
        let z = reader.float()?;
        let [low, high] = reader.bytes()?;
        let n = f32::from_le_bytes([0, 0, low, high]);
        *ftrl.z.get_mut(place)? = z;
        *ftrl.n.get_mut(place)? = if n.is_finite() && n >= 0.0 { n } else { return None };
    }
    ftrl.restore();
    Some(())
}

struct Writer(Vec<u8>);

impl Writer {
    /// Seven bits a byte, the lowest first.
    fn number(&mut self, mut number: u64) {
        while number >= 128 {
            self.0.push(u8::try_from(number & 127 | 128).expect("eight bits"));
            number >>= 7;
        }
        self.0.push(u8::try_from(number).expect("seven bits"));
    }

    fn index(&mut self, index: usize) {
        self.number(u64::try_from(index).unwrap_or(u64::MAX));
    }

    fn float(&mut self, number: f32) {
        self.0.extend_from_slice(&number.to_le_bytes());
    }
}

struct Reader<'b>(&'b [u8]);

impl Reader<'_> {
    fn bytes<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*first)
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..63).step_by(7) {
            let [byte] = self.bytes()?;
            number |= u64::from(byte & 127) << shift;
            if byte < 128 {
                return Some(number);
            }
        }
        None
    }

    fn index(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    fn word(&mut self) -> Option<u64> {
        self.bytes().map(u64::from_le_bytes)
    }

    fn float(&mut self) -> Option<f32> {
        self.bytes().map(f32::from_le_bytes).filter(|number| number.is_finite())
    }

    /// A number that is not negative.
    fn amount(&mut self) -> Option<f64> {
        self.float().map(f64::from).filter(|number| *number >= 0.0)
    }

    fn positive(&mut self) -> Option<f64> {
        self.amount().filter(|number| *number > 0.0)
    }
}

#[cfg(test)]
mod tests;
