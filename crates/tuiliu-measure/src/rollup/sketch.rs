//! A sketch of distinct viewers, for display over many rooms and days; money and lift count exactly.

use datasketches::hll::{HllSketch, HllType, HllUnion};
use thiserror::Error;

use crate::approximate::round_to_whole;

/// 2¹⁴ registers of one byte: a standard error below one percent, nothing below a hundred viewers.
const LG_REGISTERS: u8 = 14;

/// A stored sketch cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("read a sketch of viewers: {reason}")]
pub struct SketchError {
    reason: String,
}

/// Distinct viewers, roughly: sketches of parts can be put together.
#[derive(Debug, Clone)]
pub struct ViewerSketch(HllSketch);

impl Default for ViewerSketch {
    fn default() -> Self {
        Self(HllSketch::new(LG_REGISTERS, HllType::Hll8).expect("2¹⁴ registers are allowed"))
    }
}

impl ViewerSketch {
    /// Adds a viewer by the hash that stands for them.
    pub fn add(&mut self, viewer: u128) {
        self.0.update(viewer);
    }

    /// The viewers of all of these; the same whatever their order.
    #[must_use]
    pub fn union<'a>(parts: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut union = HllUnion::new(LG_REGISTERS).expect("2¹⁴ registers are allowed");
        parts.into_iter().for_each(|part| union.update(&part.0));
        Self(union.to_sketch(HllType::Hll8))
    }

    /// About how many distinct viewers there were. What was added in another order is the same sketch and number.
    #[must_use]
    pub fn estimate(&self) -> i64 {
        round_to_whole(self.0.composite_estimate())
    }

    /// The bytes that are stored; other implementations of the format read them.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.serialize()
    }

    /// The sketch in these bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SketchError> {
        HllSketch::deserialize(bytes).map(Self).map_err(|error| SketchError { reason: error.to_string() })
    }
}
