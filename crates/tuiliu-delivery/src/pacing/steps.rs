//! Prices on a scale of equal proportions: four steps to each doubling.

use tuiliu_domain::money::Micros;

use crate::approximate::approximate;

/// Two to this power steps between a price and its double.
const STEP_BITS: u32 = 2;
const STEPS: i64 = 1 << STEP_BITS;
/// How many steps there are up to the dearest price.
const STEPS_MAX: usize = 63 * 4 + 4;

/// The step a price falls on, and where between its edges: 0 to 1. Anything below one millionth counts as one.
pub(super) fn step_of(price: Micros) -> (usize, f64) {
    let price = price.get().max(1);
    let shift = price.ilog2().saturating_sub(STEP_BITS);
    let step = (i64::from(shift) << STEP_BITS) + (price >> shift);
    let within = price & ((1 << shift) - 1);
    let place = approximate(within) / approximate(1 << shift);
    (usize::try_from(step).expect("there are few steps"), place)
}

/// The lower edge of a step, and how wide it is.
pub(super) fn edge_of(step: usize) -> (f64, f64) {
    let step = i64::try_from(step.min(STEPS_MAX - 1)).expect("there are few steps");
    let shift = (step / STEPS - 1).max(0);
    let width = 1_i64 << shift;
    (approximate(step - shift * STEPS) * approximate(width), approximate(width))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_lies_between_the_edges_of_its_step() {
        let mut last = 0;
        for price in (0..63).flat_map(|bits| [1_i64 << bits, (1_i64 << bits) + (1_i64 << bits) / 3]) {
            let (step, place) = step_of(Micros::new(price));
            let (edge, width) = edge_of(step);
            assert!(step >= last && step < STEPS_MAX, "{price}: step {step}");
            assert!((edge + place * width - approximate(price)).abs() <= approximate(price) * 1e-12, "{price}");
            assert!((0.0..1.0).contains(&place) && width <= (edge / 4.0).max(1.0), "{price}: {edge} + {width}");
            last = step;
        }
        assert_eq!(step_of(Micros::new(-5)), step_of(Micros::new(1)));
    }
}
