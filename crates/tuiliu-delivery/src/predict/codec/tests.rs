use proptest::prelude::*;

use super::*;
use crate::Rng;
use crate::predict::pending::tests::served;
use crate::predict::{FEATURES, Features, Served, TABLE_BITS};
use tuiliu_domain::promotion::Goal;

fn taught(examples: u32, seed: u64) -> Learner {
    let mut rng = Rng::seeded(seed);
    let mut learner = Learner::default();
    for _ in 0..examples {
        let mut features = Features([1; FEATURES]);
        for place in &mut features.0 {
            *place = rng.below_million() % 5_000 * 3;
        }
        let served = Served { features, ..served(1) };
        learner.learn_one(&served, rng.below_million() < 100_000);
    }
    learner
}

#[test]
fn a_restart_forgets_nothing_but_examples() {
    let learner = taught(20_000, 1);
    let bytes = learner.to_bytes();
    let restored = Learner::from_bytes(&bytes, FtrlSettings::default()).unwrap();
    assert_eq!(restored.to_bytes(), bytes, "and storing it again changes nothing");
    let place = served(1).place;
    for counts in [(0, 0), (100, 3), (100_000, 3)] {
        assert_eq!(restored.belief(place, 4, counts), learner.belief(place, 4, counts));
    }
    for nth in 0..1_000_u32 {
        let (one, other) = (learner.model().sum(&[nth * 3]), restored.model().sum(&[nth * 3]));
        assert!((one - other).abs() <= 0.01 * one.abs() + 1e-4, "{one} {other}");
    }
    let (one, other) = (learner.won(Goal::ProductClicks), restored.won(Goal::ProductClicks));
    assert!((one.predicted - other.predicted).abs() < 0.01 && (one.results - other.results).abs() < 0.01);
    assert_eq!(learner.windows.usual_ms.map(narrow), restored.windows.usual_ms.map(narrow));
}

#[test]
fn takes_a_few_bytes_for_each_weight() {
    let learner = taught(20_000, 1);
    let bytes = learner.to_bytes().len();
    assert!(bytes < 5_000 * 8 + 1_000, "{bytes} bytes for 5000 weights");
    assert!(Learner::default().to_bytes().len() < 100);
}

#[test]
fn refuses_what_it_does_not_know() {
    let restored = |bytes: &[u8]| Learner::from_bytes(bytes, FtrlSettings::default()).map(drop);
    let sealed = |mut body: Vec<u8>| {
        let check = check_of(&body);
        body.extend_from_slice(&check);
        body
    };
    assert_eq!(restored(b""), Err(RestoreError::Damaged));
    assert_eq!(restored(&sealed(b"TLPR\x01anything".to_vec())), Err(RestoreError::UnknownVersion));
    assert_eq!(restored(&sealed(MARK.to_vec())), Err(RestoreError::Damaged));
    assert_eq!(restored(&sealed(vec![0; 40])), Err(RestoreError::UnknownVersion));
    let mut long = taught(10, 2).to_bytes();
    long.truncate(long.len() - CHECK_BYTES);
    long.push(0);
    assert_eq!(restored(&sealed(long)), Err(RestoreError::Damaged));
    let bytes = taught(10, 2).to_bytes();
    assert_eq!(u32::from(bytes[MARK.len()]), TABLE_BITS);
}

#[test]
fn refuses_counts_that_no_learner_has() {
    for (impressions, results, is_sound) in [(u32::MAX, 0, false), (IMPRESSIONS_MAX, 3, true), (2, 3, false)] {
        let mut learner = taught(10, 2);
        let cell = learner.hierarchy.cells.values_mut().next().unwrap();
        (cell.impressions, cell.results) = (impressions, results);
        let restored = Learner::from_bytes(&learner.to_bytes(), FtrlSettings::default());
        assert_eq!(restored.is_ok(), is_sound, "{results} of {impressions}");
    }
}

static SMALL: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(|| taught(30, 3).to_bytes());

proptest! {
    #[test]
    fn damage_is_noticed(place in any::<prop::sample::Index>(), bit in 0_u32..8) {
        let mut bytes = SMALL.clone();
        let place = place.index(bytes.len());
        bytes[place] ^= 1 << bit;
        prop_assert!(Learner::from_bytes(&bytes, FtrlSettings::default()).is_err());
    }

    #[test]
    fn nonsense_that_is_sealed_well_does_no_harm(mut body in proptest::collection::vec(any::<u8>(), 0..200)) {
        body.splice(0..0, MARK);
        body[MARK.len()..].iter_mut().take(1).for_each(|bits| *bits %= 12);
        let check = check_of(&body);
        body.extend_from_slice(&check);
        // Whatever it reads, it does not panic, and a bad read is refused.
        if let Ok(learner) = Learner::from_bytes(&body, FtrlSettings::default()) {
            prop_assert_eq!(Learner::from_bytes(&learner.to_bytes(), FtrlSettings::default()).is_ok(), true);
        }
    }
}
