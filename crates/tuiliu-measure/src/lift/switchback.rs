//! How many more viewers a promotion brings by way of the room itself: a fuller room draws natural viewers.
//!
//! Ghosts sit in the same full room, so the user-level increment cannot see this; it is a lower bound. A few rooms take
//! turns of promotion on and off (20 minutes each), or have whole sessions without; what all their traffic gains beside
//! the direct increment is the multiplier. It is pooled over the rooms of a category and a month (I. Bojinov et al.
//! 2023 for switchbacks; Fieller for the ratio, with rooms as the independent units).

use super::arm::InputError;
use super::fieller::{RatioInput, RatioInterval, fieller};
use super::interval::{Confidence, Estimate};
use super::moments::PairMoments;
use crate::approximate::approximate;

/// A stretch of a session with promotion on or off all through.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    pub is_promoted: bool,
    pub seconds: f64,
    /// Everybody who came in after the burn-in, natural or promoted.
    pub entries: f64,
    /// What passed before counting began: at least half the mean stay, so that the last window's viewers are gone.
    pub burn_in_seconds: f64,
}

/// One session of a room that took part.
#[derive(Debug, Clone, PartialEq)]
pub struct RoomSession {
    pub windows: Vec<Window>,
    /// The direct increment of entries by the user-level ghosts, over the promoted seconds that `windows` count.
    pub direct_increment: f64,
}

impl RoomSession {
    /// What promotion brought to the counted promoted seconds, direct and indirect; nothing without both kinds.
    fn total_increment(&self) -> Option<f64> {
        let sum = |is_promoted: bool| {
            let own = self.windows.iter().filter(move |window| window.is_promoted == is_promoted);
            own.fold((0.0, 0.0), |(entries, seconds), window| {
                let counted = (window.seconds - window.burn_in_seconds).max(0.0);
                if counted > 0.0 { (entries + window.entries, seconds + counted) } else { (entries, seconds) }
            })
        };
        let ((on_entries, on_seconds), (off_entries, off_seconds)) = (sum(true), sum(false));
        (on_seconds > 0.0 && off_seconds > 0.0).then(|| on_entries - off_entries / off_seconds * on_seconds)
    }
}

/// The total increment for each direct one, with its range; it is displayed only when the range leaves out 1.
///
/// Sessions without both kinds of windows are left out. Two are the least.
pub fn indirect_multiplier(
    sessions: &[RoomSession],
    confidence: Confidence,
) -> Result<(Estimate, bool), MultiplierError> {
    let mut pairs = PairMoments::new(1);
    for session in sessions {
        if let Some(total) = session.total_increment() {
            pairs.add(total, &[session.direct_increment]);
        }
    }
    if pairs.count() < 2 {
        return Err(MultiplierError::Input(InputError::TooFewUsers { users: pairs.count() }));
    }
    let count = approximate(pairs.count());
    let scale = 1.0 / (count - 1.0) / count;
    let input = RatioInput {
        numerator: pairs.mean(0),
        numerator_variance: pairs.product(0, 0) * scale,
        denominator: pairs.mean(1),
        denominator_variance: pairs.product(1, 1) * scale,
        covariance: pairs.product(0, 1) * scale,
    };
    match fieller(input, confidence) {
        RatioInterval::Bounded(interval) => {
            let point = input.numerator / input.denominator;
            Ok((Estimate { point, interval }, !interval.contains(1.0)))
        }
        RatioInterval::AtLeast(_) | RatioInterval::NotBounded => Err(MultiplierError::NotBounded),
    }
}

/// A multiplier that cannot be told.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum MultiplierError {
    #[error("too few rooms took turns")]
    Input(#[source] InputError),
    #[error("the direct increment of these rooms may be nothing")]
    NotBounded,
}
