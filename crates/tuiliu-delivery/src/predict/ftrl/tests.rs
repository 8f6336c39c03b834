use proptest::prelude::*;

use super::*;
use crate::Rng;
use crate::predict::FEATURES;
use crate::random::mix;

/// Features of a made-up viewer: field `n` has one of a few values.
fn features(values: &[u64]) -> Features {
    let mut places = [0; FEATURES];
    for (field, place) in places.iter_mut().enumerate() {
        let Some(value) = values.get(field) else { continue };
        *place = u32::try_from(mix(value << 8 | u64::try_from(field).unwrap()) >> 40).unwrap();
    }
    Features(places)
}

/// The true effects of two fields on log-odds.
const EFFECTS: [[f32; 3]; 2] = [[-0.6, 0.0, 0.6], [0.4, 0.0, -0.4]];
const ODDS: f32 = -3.0;

fn taught(examples: u32, seed: u64) -> Ftrl {
    let mut rng = Rng::seeded(seed);
    let mut ftrl = Ftrl::new(16, FtrlSettings::default());
    for _ in 0..examples {
        let values = [rng.next_u64() % 3, rng.next_u64() % 3];
        let truth = logistic(ODDS + effect(values));
        let result = f64::from(rng.below_million()) < f64::from(truth) * 1e6;
        ftrl.learn(Example { features: &features(&values), log_odds: ODDS, result });
    }
    ftrl
}

fn effect(values: [u64; 2]) -> f32 {
    (0..2).map(|field| EFFECTS[field][usize::try_from(values[field]).unwrap()]).sum()
}

/// Largest error in log-odds over all kinds of viewers.
fn error(ftrl: &Ftrl) -> f32 {
    let kinds = (0..9_u64).map(|kind| [kind % 3, kind / 3]);
    kinds.map(|values| (ftrl.sum(&features(&values)) - effect(values)).abs()).fold(0.0, f32::max)
}

#[test]
fn finds_what_the_circumstances_do() {
    let errors = [1_000, 30_000, 400_000].map(|examples| error(&taught(examples, 5)));
    assert!(errors[0] > errors[2], "{errors:?}");
    assert!(errors[2] < 0.12, "{errors:?}");
}

#[test]
fn knows_nothing_before_the_first_example() {
    let ftrl = Ftrl::new(16, FtrlSettings::default());
    assert!((ftrl.probability(&features(&[1]), 0.0) - 0.5).abs() < 1e-6);
    assert!(ftrl.model(Exploration::default()).is_empty());
    assert!(ftrl.z.is_empty(), "a tenant without traffic takes no memory");
}

#[test]
fn what_makes_no_difference_gets_no_weight() {
    let mut rng = Rng::seeded(9);
    let mut ftrl = Ftrl::new(16, FtrlSettings::default());
    for n in 0..1_000 {
        let result = rng.below_million() < 10_000;
        ftrl.learn(Example { features: &features(&[1, 1_000 + n]), log_odds: -4.6, result });
    }
    let rare = features(&[1, 1_500]).0[1];
    assert_eq!(ftrl.model(Exploration::default()).sum(&[rare]).to_bits(), 0.0_f32.to_bits());
}

#[test]
fn the_other_label_takes_the_first_one_back() {
    let (one, two) = (features(&[1]), features(&[2]));
    let learn = |ftrl: &mut Ftrl, features, result| ftrl.learn(Example { features, log_odds: 0.0, result });
    let (mut late, mut early) = (taught(10, 1), taught(10, 1));
    let before = late.sum(&one);
    learn(&mut late, &one, false);
    let without = late.sum(&one);
    late.relabel(&one, true);
    learn(&mut early, &one, true);
    assert!(late.sum(&one) > without.max(before), "a result that comes late still raises");
    assert!((late.sum(&one) - early.sum(&one)).abs() < 0.05);
    late.relabel(&one, false);
    assert!((late.sum(&one) - without).abs() < 0.05);
    learn(&mut late, &two, true);
}

#[test]
fn at_its_bound_a_correction_is_pushed_no_further() {
    let mut ftrl = Ftrl::new(16, FtrlSettings::default());
    for _ in 0..50_000 {
        ftrl.learn(Example { features: &features(&[1]), log_odds: -6.0, result: true });
    }
    let correction = ftrl.sum(&features(&[1]));
    assert!((CORRECTION_MAX..CORRECTION_MAX + 0.5).contains(&correction), "{correction}");
    for _ in 0..2_000 {
        ftrl.learn(Example { features: &features(&[1]), log_odds: -0.5, result: false });
    }
    assert!(ftrl.sum(&features(&[1])) < 0.0, "so it comes back when the world changes");
}

proptest! {
    #[test]
    fn the_same_examples_make_the_same_weights(seed in any::<u64>()) {
        let (one, other) = (taught(300, seed), taught(300, seed));
        prop_assert_eq!(one.z, other.z);
        prop_assert!(one.weights.iter().all(|weight| weight.is_finite()));
    }
}
