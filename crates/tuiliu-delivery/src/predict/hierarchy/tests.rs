use super::*;
use crate::Rng;
use tuiliu_domain::id::RoomId;

fn place(room: u128) -> Place {
    Place { goal: Goal::ProductClicks, category: 7, content: ContentId::Room(RoomId::new(room)) }
}

fn shown(hierarchy: &mut Hierarchy, place: Place, (impressions, results): (u32, u32)) {
    for nth in 0..impressions {
        hierarchy.add(place, 20, nth < results);
    }
}

fn own(impressions: u64, results: u64) -> OwnCounts {
    OwnCounts { impressions, results, is_known: false }
}

#[test]
fn without_anything_known_the_default_stands() {
    let hierarchy = Hierarchy::default();
    assert!((hierarchy.rate_above(place(1), 3) - 0.02).abs() < 1e-9);
    assert_eq!(hierarchy.belief(place(1), 3, own(0, 0), 0.0).rate, Prior::of(Goal::ProductClicks).rate);
}

#[test]
fn a_new_order_starts_at_the_rate_of_its_room() {
    let mut hierarchy = Hierarchy::default();
    shown(&mut hierarchy, place(1), (20_000, 2_000));
    shown(&mut hierarchy, place(2), (20_000, 200));
    let start = |room| hierarchy.belief(place(room), 20, own(0, 0), 0.0).rate.number();
    assert!((start(1) - 0.1).abs() < 0.002, "{}", start(1));
    assert!((start(2) - 0.01).abs() < 0.002, "{}", start(2));
    // An unknown room starts between them, where its category is.
    assert!((start(3) - 0.055).abs() < 0.003, "{}", start(3));
    let elsewhere = Place { goal: Goal::Follows, ..place(1) };
    assert_eq!(hierarchy.belief(elsewhere, 20, own(0, 0), 0.0).rate, Prior::of(Goal::Follows).rate);
}

#[test]
fn the_order_is_believed_in_the_end() {
    let mut hierarchy = Hierarchy::default();
    shown(&mut hierarchy, place(1), (20_000, 2_000));
    let rate = |impressions, results| hierarchy.belief(place(1), 20, own(impressions, results), 0.0).rate.number();
    let rates = [rate(0, 0), rate(200, 0), rate(2_000, 0), rate(1_000_000, 300_000)];
    assert!(rates[0] > rates[1] && rates[1] > rates[2] && (rates[3] - 0.3).abs() < 0.001, "{rates:?}");
}

#[test]
fn an_hour_differs_from_its_category_once_it_has_shown_so() {
    let mut hierarchy = Hierarchy::default();
    for room in 0..40 {
        for nth in 0..500 {
            hierarchy.add(place(room), 8, nth < 5);
            hierarchy.add(place(room), 21, nth < 15);
        }
    }
    let unknown = place(99);
    let rates = [8, 12, 21].map(|hour| hierarchy.rate_above(unknown, hour));
    assert!(rates[0] < rates[1] && rates[1] < rates[2], "{rates:?}");
}

#[test]
fn a_result_taken_back_is_as_if_it_never_came() {
    let (mut one, mut other) = (Hierarchy::default(), Hierarchy::default());
    one.add(place(1), 5, true);
    one.take_back_result(place(1), 5);
    other.add(place(1), 5, false);
    assert_eq!(one.cells, other.cells);
    one.add_late_result(place(1), 5);
    assert!(one.rate_above(place(1), 5) > other.rate_above(place(1), 5));
}

/// The strength fitted to members whose rates follow a Beta distribution of this strength.
fn fitted(strength: f64) -> f64 {
    let mut rng = Rng::seeded(11);
    let mut moments = Moments::default();
    let mean = 0.05;
    for _ in 0..3_000 {
        let belief = Belief {
            rate: Rate::from_number(mean),
            ceiling: Rate::from_number(1.0),
            weight: u32::try_from(round_to_count(strength)).unwrap(),
        };
        let rate = belief.draw(rng.next_u64());
        let results = (0..400).filter(|_| f64::from(rng.below_million()) < rate * 1e6).count();
        moments.add(400.0, f64::from(u32::try_from(results).unwrap()), mean);
    }
    moments.strength().unwrap()
}

#[test]
fn the_strength_follows_from_how_much_members_differ() {
    for strength in [50.0, 300.0, 2_000.0] {
        let fitted = fitted(strength);
        assert!((0.7..1.4).contains(&(fitted / strength)), "{fitted} fitted to {strength}");
    }
}

#[test]
fn too_little_to_tell_keeps_the_default() {
    let mut hierarchy = Hierarchy::default();
    shown(&mut hierarchy, place(1), (100, 3));
    hierarchy.fit();
    assert_eq!(hierarchy.strengths(), Strengths::default());
    assert_eq!(Moments::default().strength(), None);
}

#[test]
fn rooms_that_are_all_alike_believe_their_category() {
    let mut hierarchy = Hierarchy::default();
    let mut rng = Rng::seeded(4);
    for room in 0..60 {
        for _ in 0..400 {
            hierarchy.add(place(room), 20, rng.below_million() < 50_000);
        }
    }
    hierarchy.fit();
    assert!(hierarchy.strengths().0[3] > 1_000.0, "{:?}", hierarchy.strengths());
}

#[test]
fn keeps_no_more_rooms_than_fit() {
    let mut hierarchy = Hierarchy::default();
    shown(&mut hierarchy, place(1), (50, 10));
    for room in 2..80_000 {
        hierarchy.add(place(room), 1, false);
    }
    assert!(hierarchy.cells.len() <= PREDICTOR_CELLS_MAX);
    let busy = hierarchy.rate_above(place(1), 1);
    assert!(busy > hierarchy.rate_above(place(70_000), 1), "a room that was shown much is kept");
}

#[test]
fn the_ceiling_is_the_rate_with_the_furthest_correction() {
    let belief = Hierarchy::default().belief(place(1), 0, own(0, 0), crate::predict::CORRECTION_MAX);
    let odds = |rate: Rate| rate.number() / (1.0 - rate.number());
    assert!((odds(belief.ceiling) / odds(belief.rate) - 4.0).abs() < 0.001);
    let known = Hierarchy::default().belief(place(1), 0, OwnCounts { is_known: true, ..own(5_000, 1) }, 0.0);
    assert_eq!((known.ceiling, known.weight), (known.rate, 0));
}
