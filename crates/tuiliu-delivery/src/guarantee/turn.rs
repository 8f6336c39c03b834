//! Whose turn it is: among the contracts that fit a slot, at most one takes part (DL-07).

use crate::bidding::WHOLE_SHARE;
use crate::random::Rng;

/// A contract that fits a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entrant {
    /// Its place in the plan's order; the lowest comes first.
    pub turn: u32,
    /// Where the caller finds it again.
    pub place: usize,
    /// Share of its slots that it is to take part in, in millionths.
    pub participation_millionths: u32,
}

/// Leaves the entrants that take part: for each of so many slots at most one, drawn in the order of turns.
///
/// The first takes part with its own share, the next with its share of what the first leaves over, and so on until
/// the shares add up to one: exactly what the plan counted on. Without entrants no number is drawn.
pub fn take_turns(entrants: &mut Vec<Entrant>, slots: usize, rng: &mut Rng) {
    if entrants.is_empty() {
        return;
    }
    entrants.sort_unstable();
    let draws: Vec<u32> = (0..slots).map(|_| rng.below_million()).collect();
    let mut passed = 0_u32;
    entrants.retain(|entrant| {
        let from = passed;
        passed = passed.saturating_add(entrant.participation_millionths).min(WHOLE_SHARE);
        draws.iter().any(|draw| (from..passed).contains(draw))
    });
}
