use super::*;
use crate::random::mix;

fn belief(rate: f64, weight: u32) -> Belief {
    Belief { rate: Rate::from_number(rate), ceiling: Rate::from_number(1.0), weight }
}

/// Mean and deviation of many draws.
fn spread(rate: f64, weight: u32) -> (f64, f64) {
    let belief = belief(rate, weight);
    let draws: Vec<f64> = (0..20_000).map(|n| belief.draw(mix(n))).collect();
    let mean = draws.iter().sum::<f64>() / 20_000.0;
    let variance = draws.iter().map(|draw| (draw - mean) * (draw - mean)).sum::<f64>() / 20_000.0;
    (mean, variance.sqrt())
}

#[test]
fn draws_have_the_mean_and_the_deviation_of_the_posterior() {
    for (rate, weight) in [(0.1, 400), (0.01, 2_000), (0.3, 200), (0.5, 100)] {
        let (mean, deviation) = spread(rate, weight);
        let expected = (rate * (1.0 - rate) / f64::from(weight)).sqrt();
        assert!((mean / rate - 1.0).abs() < 0.03, "mean {mean} of {rate}");
        assert!((deviation / expected - 1.0).abs() < 0.15, "deviation {deviation}, expected {expected}");
    }
}

#[test]
fn the_more_is_known_the_closer_the_draws() {
    let mut last = f64::INFINITY;
    for weight in [20, 200, 2_000, 20_000] {
        let (_, deviation) = spread(0.05, weight);
        assert!(deviation < last);
        last = deviation;
    }
}

#[test]
fn the_same_bits_draw_the_same() {
    let [one, again, other] = [7, 7, 8].map(|n| belief(0.2, 500).draw(mix(n)));
    assert_eq!(one.to_bits(), again.to_bits());
    assert_ne!(one.to_bits(), other.to_bits());
}

#[test]
fn a_correction_multiplies_the_odds() {
    assert!((corrected(0.5, CORRECTION_MAX) - 0.8).abs() < 1e-6);
    assert!((corrected(0.5, -CORRECTION_MAX) - 0.2).abs() < 1e-6);
    assert!((corrected(0.001, CORRECTION_MAX) / 0.001 - 4.0).abs() < 0.02);
    assert!((corrected(0.37, 0.0) - 0.37).abs() < 1e-12);
    for (rate, odds) in [(0.5, 0.0), (0.25, -(3.0_f64.ln()))] {
        assert!((log_odds(Rate::from_number(rate)) - odds).abs() < 1e-9);
    }
    assert!(log_odds(Rate::from_number(1.0)).is_finite());
}
