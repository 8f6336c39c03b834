use super::*;
use crate::Rng;
use crate::predict::pending::tests::served;
use tuiliu_domain::time::{HOUR_MS, MINUTE_MS};

const NOW: Timestamp = Timestamp::from_ms(1_000_000);
const GOAL: Goal = Goal::ProductClicks;

/// Serves and shows so many impressions, with a result in the window for the first ones.
fn lived(learner: &mut Learner, impressions: u128, results: u128) -> Vec<Learnt> {
    for n in 1..=impressions {
        learner.serve(served(n), NOW);
        assert!(learner.show(DecisionId::new(n), NOW));
        if n <= results {
            assert!(matches!(learner.result(DecisionId::new(n), NOW.plus_ms(1_000)), Told::Noted));
        }
    }
    learner.learn(NOW.plus_ms(20 * MINUTE_MS))
}

#[test]
fn each_impression_is_learnt_from_once_when_its_time_is_over() {
    let mut learner = Learner::default();
    learner.serve(served(1), NOW);
    learner.show(DecisionId::new(1), NOW);
    assert!(learner.learn(NOW.plus_ms(1_000)).is_empty());
    let learnt = learner.learn(NOW.plus_ms(20 * MINUTE_MS));
    assert_eq!(learnt.iter().map(|one| (one.order, one.result)).collect::<Vec<_>>(), [(served(1).order, false)]);
    assert!(learner.learn(NOW.plus_ms(25 * MINUTE_MS)).is_empty());
    assert_eq!((learner.examples(), learner.is_open(DecisionId::new(1))), (1, Some(false)));
}

#[test]
fn what_is_learnt_of_one_order_helps_the_next_of_its_room() {
    let mut learner = Learner::default();
    let place = served(1).place;
    let before = learner.belief(place, 4, (0, 0)).rate;
    lived(&mut learner, 3_000, 300);
    let after = learner.belief(place, 4, (0, 0)).rate;
    assert!(before.number() < 0.021 && (after.number() - 0.1).abs() < 0.01, "{before:?} {after:?}");
}

#[test]
fn a_late_result_and_one_taken_back_correct_all_that_was_learnt() {
    let mut learner = Learner::default();
    lived(&mut learner, 1_000, 10);
    let (before, place) = (learner.won(GOAL), served(1).place);
    let rate = learner.belief(place, 4, (0, 0)).rate;
    assert!(matches!(learner.result(DecisionId::new(500), NOW.plus_ms(21 * MINUTE_MS)), Told::Late(_)));
    assert!((learner.won(GOAL).results - before.results - 1.0).abs() < 1e-9);
    assert!(learner.belief(place, 4, (0, 0)).rate > rate);
    assert!(matches!(learner.undo(DecisionId::new(500)), Told::Late(_)));
    assert_eq!((learner.won(GOAL), learner.belief(place, 4, (0, 0)).rate), (before, rate));
    assert!(matches!(learner.undo(DecisionId::new(500)), Told::Again));
    assert!(matches!(learner.result(DecisionId::new(500), NOW.plus_ms(2 * HOUR_MS)), Told::Late(_)));
}

#[test]
fn drawn_rates_say_nothing_about_predictions() {
    let mut learner = Learner::default();
    for _ in 0..100 {
        learner.learn_one(&Served { is_drawn: true, ..served(1) }, true);
    }
    assert!(learner.won(GOAL).impressions < 0.5);
    assert!(learner.belief(served(1).place, 4, (0, 0)).rate.number() > 0.3, "but about rates they do");
}

#[test]
fn the_ratio_of_what_was_won_goes_from_one_to_the_truth() {
    let mut learner = Learner::default();
    assert!((learner.won_ratio(GOAL) - 1.0).abs() < 1e-9);
    let mut rng = Rng::seeded(2);
    for _ in 0..30_000 {
        // Predicted 3%, really 2%.
        learner.learn_one(&served(1), rng.below_million() < 20_000);
    }
    assert!((learner.won_ratio(GOAL) - 0.667).abs() < 0.05, "{}", learner.won_ratio(GOAL));
}

#[test]
fn an_order_that_is_known_is_not_explored() {
    let learner = Learner::default();
    let belief = |counts| learner.belief(served(1).place, 4, counts);
    assert!(belief((999, 10)).weight > 999 && belief((1_000, 10)).weight == 0);
    assert_eq!(belief((1_000, 10)).ceiling, belief((1_000, 10)).rate, "without weights nothing moves it");
}

#[test]
fn strengths_are_fitted_to_orders_too() {
    let mut learner = Learner::default();
    let mut moments = Moments::default();
    let before = learner.belief(served(1).place, 4, (200, 0)).rate;
    for nth in 0..40 {
        let counts = if nth % 2 == 0 { (1_000, 0) } else { (1_000, 40) };
        learner.add_to_moments(&mut moments, served(1).place, 4, counts);
    }
    learner.fit_strengths(moments);
    assert!(learner.belief(served(1).place, 4, (200, 0)).rate < before, "orders that differ believe themselves");
}
