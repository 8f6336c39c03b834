//! Who is not shown what they would have been shown, so that its effect can be measured (measurement.md §1.2).

use tuiliu_domain::id::ContentId;

use crate::bidding::WHOLE_SHARE;
use crate::snapshot::{Candidate, Snapshot};

/// Why a win is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arm {
    Shown,
    /// The viewer is in the holdout of this content.
    Ghost,
    /// The viewer is in the holdout of everything promoted.
    Universal,
}

/// The arm a viewer is in towards a winner's content: looked up only after it won, so that winning cannot depend
/// on it. Orders for the same content share the draw, so that they cannot spoil each other's measurement.
pub(crate) fn arm(snapshot: &Snapshot, winner: &Candidate, viewer: u128) -> Arm {
    let universal = snapshot.universal_holdout_millionths;
    if universal > 0 && draw(&snapshot.holdout_key, viewer, None) < universal {
        return Arm::Universal;
    }
    let share = winner.holdout_share_millionths;
    if share > 0 && draw(&snapshot.holdout_key, viewer, Some(winner.content)) < share { Arm::Ghost } else { Arm::Shown }
}

/// Where a viewer stands in the measurement of everything promoted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlatformArm {
    /// Is never shown anything promoted.
    HeldOut,
    /// Stands for everybody else: nine for each who is held out make the range hardly wider than all would, and what
    /// they did is little to keep.
    Compared,
}

/// Viewers who are compared with each who is held out.
const COMPARED: u32 = 9;

impl PlatformArm {
    /// The arm of a viewer where so many millionths are held out; `None` of whom nothing need be known.
    #[must_use]
    pub fn of(key: &[u8; 32], universal_millionths: u32, viewer: u128) -> Option<Self> {
        if universal_millionths == 0 {
            return None;
        }
        let drawn = draw(key, viewer, None);
        if drawn < universal_millionths {
            return Some(Self::HeldOut);
        }
        (drawn - universal_millionths < Self::compared_millionths(universal_millionths)).then_some(Self::Compared)
    }

    /// The part of all viewers who are compared, where so many millionths are held out.
    #[must_use]
    pub fn compared_millionths(universal_millionths: u32) -> u32 {
        let others = WHOLE_SHARE.saturating_sub(universal_millionths);
        universal_millionths.saturating_mul(COMPARED).min(others)
    }
}

/// A number below a million by a keyed hash, so that nobody can choose to be held out.
fn draw(key: &[u8; 32], viewer: u128, content: Option<ContentId>) -> u32 {
    let mut input = [0; 33];
    input[..16].copy_from_slice(&viewer.to_be_bytes());
    if let Some(content) = content {
        input[16] = 1;
        input[17..].copy_from_slice(&content.bytes());
    }
    let hash = blake3::keyed_hash(key, &input);
    let first = u64::from_be_bytes(*hash.as_bytes().first_chunk().expect("a hash has 32 bytes"));
    u32::try_from((u128::from(first) * u128::from(WHOLE_SHARE)) >> 64).expect("below a million")
}
