//! Fisher's exact test of two counts.

use crate::lift::arm::CountArms;
use crate::quantile::binomial_density;

/// Tables that are as unlikely but for rounding count as equal; the reference implementations take the same slack.
const EQUAL: f64 = 1.0 + 1e-7;

/// How likely a table as unlikely as this one is when the arms do not differ.
#[must_use]
pub fn fisher_exact(arms: CountArms) -> f64 {
    let (treated, ghost) = (arms.treated.users(), arms.ghost.users());
    let observed = arms.treated.events();
    let events = observed + arms.ghost.events();
    if events == 0.0 {
        return 1.0;
    }
    let share = treated / (treated + ghost);
    let density = |hits: f64| {
        let event_share = events / (treated + ghost);
        let miss = 1.0 - event_share;
        if miss <= 0.0 {
            return 1.0;
        }
        binomial_density(hits, treated, event_share, miss) * binomial_density(events - hits, ghost, event_share, miss)
            / binomial_density(events, treated + ghost, event_share, miss)
    };
    let limit = density(observed) * EQUAL;
    let (low, high) = ((events - ghost).max(0.0), events.min(treated));
    let mode = (events * share).floor().clamp(low, high);
    let mut sum = 0.0;
    // From the mode outwards; what is too likely to count is walked over.
    for direction in [1.0, -1.0] {
        let mut hits = if direction > 0.0 { mode } else { mode - 1.0 };
        let mut own = if hits >= low { density(hits) } else { 0.0 };
        while hits >= low && hits <= high {
            if own <= limit {
                sum += own;
                if own < sum * 1e-18 {
                    break;
                }
            }
            let up = (events - hits) * (treated - hits);
            let down = hits * (ghost - events + hits);
            own *= if direction > 0.0 {
                up / ((hits + 1.0) * (ghost - events + hits + 1.0))
            } else {
                down / ((events - hits + 1.0) * (treated - hits + 1.0))
            };
            hits += direction;
        }
    }
    sum.min(1.0)
}
