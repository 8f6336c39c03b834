//! The score of the large public auto-bidding competitions, of what came and of what was to be expected.

/// Results × min(1, (cap ÷ cost of a result)²).
pub(crate) fn score(results: f64, cost: f64, cap: f64) -> f64 {
    let kept = if cost > cap * results { (cap * results / cost).powi(2) } else { 1.0 };
    results * kept
}

/// Its mean when so many results are expected and their number is Poisson.
pub(crate) fn expected_score(expected: f64, cost: f64, cap: f64) -> f64 {
    if expected <= 0.0 {
        return 0.0;
    }
    let highest = (expected + 9.0 * expected.sqrt() + 12.0).ceil() as u32;
    let mut log_chance = -expected;
    let mut mean = 0.0;
    for results in 1..=highest {
        log_chance += (expected / f64::from(results)).ln();
        mean += log_chance.exp() * score(f64::from(results), cost, cap);
    }
    mean
}
