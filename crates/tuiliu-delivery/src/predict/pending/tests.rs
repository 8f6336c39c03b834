use super::*;
use crate::predict::FEATURES;
use tuiliu_domain::id::{ContentId, RoomId};

const NOW: Timestamp = Timestamp::from_ms(1_000_000);

pub(in crate::predict) fn served(decision: u128) -> Served {
    Served {
        decision: DecisionId::new(decision),
        order: PromotionOrderId::new(1),
        place: Place { goal: Goal::ProductClicks, category: 3, content: ContentId::Room(RoomId::new(5)) },
        hour: 4,
        features: Features([9; FEATURES]),
        believed: Rate::from_number(0.02),
        predicted: Rate::from_number(0.03),
        price: Micros::new(1_000_000),
        is_drawn: false,
    }
}

struct Story {
    pending: Pending,
    windows: Windows,
}

impl Story {
    fn new() -> Self {
        let mut story = Self { pending: Pending::default(), windows: Windows::default() };
        story.pending.serve(served(1), NOW);
        story
    }

    fn show(&mut self, after_ms: i64) -> bool {
        self.pending.show(DecisionId::new(1), NOW.plus_ms(after_ms), &self.windows)
    }

    fn result(&mut self, after_ms: i64) -> Told {
        self.pending.result(DecisionId::new(1), NOW.plus_ms(after_ms), &mut self.windows)
    }

    fn mature(&mut self, after_ms: i64) -> Vec<bool> {
        self.pending.mature(NOW.plus_ms(after_ms)).into_iter().map(|(_, result)| result).collect()
    }
}

#[test]
fn an_impression_without_a_result_in_its_window_is_a_negative() {
    let mut story = Story::new();
    let window = story.windows.of(Goal::ProductClicks);
    assert!(story.show(10) && story.show(500), "reported twice, it is one");
    assert_eq!(story.mature(10 + window - 1), [false; 0]);
    assert_eq!(story.mature(10 + window), [false]);
    assert_eq!(story.mature(10 + 2 * window), [false; 0]);
}

#[test]
fn a_result_in_the_window_makes_it_a_positive() {
    let mut story = Story::new();
    assert!(story.show(10));
    assert!(matches!(story.result(2_000), Told::Noted));
    assert!(matches!(story.result(2_100), Told::Again));
    assert_eq!(story.mature(HALF_AN_HOUR), [true]);
}

const HALF_AN_HOUR: i64 = 30 * MINUTE_MS;

#[test]
fn a_result_that_overtakes_its_impression_counts() {
    let mut story = Story::new();
    assert!(matches!(story.result(5), Told::Noted));
    assert!(story.show(10));
    assert_eq!(story.mature(HALF_AN_HOUR), [true]);
}

#[test]
fn what_was_served_and_never_seen_is_no_example() {
    let mut story = Story::new();
    assert_eq!(story.mature(SERVED_FOR_MS), [false; 0]);
    assert!(story.pending.is_empty());
    assert!(!story.show(SERVED_FOR_MS));
    assert!(matches!(story.result(SERVED_FOR_MS), Told::Unknown));
}

#[test]
fn a_late_result_corrects_and_is_waited_for_longer_next_time() {
    let mut story = Story::new();
    story.show(0);
    let window = story.windows.of(Goal::ProductClicks);
    assert_eq!(story.mature(window), [false]);
    assert!(matches!(story.result(window + 1), Told::Late(late) if late.decision == DecisionId::new(1)));
    assert!(matches!(story.result(window + 2), Told::Again));
    assert!(story.windows.of(Goal::ProductClicks) > window);
    assert!(matches!(story.pending.undo(DecisionId::new(1)), Told::Late(_)));
    story.mature(window + LATE_FOR_MS);
    assert!(matches!(story.result(window + LATE_FOR_MS), Told::Unknown), "after a while nobody remembers");
}

#[test]
fn a_result_taken_back_in_time_never_was() {
    let mut story = Story::new();
    story.show(0);
    assert!(matches!(story.pending.undo(DecisionId::new(1)), Told::Again));
    story.result(10);
    assert!(matches!(story.pending.undo(DecisionId::new(1)), Told::Noted));
    assert_eq!(story.mature(HALF_AN_HOUR), [false]);
}

#[test]
fn the_window_follows_the_delays_of_its_goal() {
    let mut windows = Windows::default();
    let other = windows.of(Goal::Follows);
    for nth in 0..4_000 {
        windows.learn(Goal::Interactions, 1_000 * (nth * 7 % 400));
    }
    let window = windows.of(Goal::Interactions);
    assert!((450_000..720_000).contains(&window), "95% come within 380 s, half as long again is {window}");
    assert_eq!(windows.of(Goal::Follows), other);
}

/// Full of what was shown, each learnt from or waiting.
fn full(windows: &Windows) -> Pending {
    let mut pending = Pending::default();
    for n in 0..u128::try_from(PREDICTOR_EXAMPLES_MAX).unwrap() {
        pending.serve(served(n), NOW);
        pending.show(DecisionId::new(n), NOW, windows);
    }
    pending
}

#[test]
fn remembers_a_bounded_number_and_forgets_what_it_has_learnt_from() {
    let windows = Windows::default();
    let mut pending = full(&windows);
    let next = DecisionId::new(u128::MAX);
    pending.serve(served(u128::MAX), NOW);
    assert_eq!(pending.len(), PREDICTOR_EXAMPLES_MAX);
    assert_eq!(pending.is_open(next), None, "all others wait for their results");
    pending.mature(NOW.plus_ms(windows.of(Goal::ProductClicks)));
    pending.serve(served(u128::MAX), NOW);
    assert_eq!((pending.len(), pending.is_open(next)), (PREDICTOR_EXAMPLES_MAX, Some(true)));
    assert_eq!(pending.is_open(DecisionId::new(0)), None);
}

#[test]
fn a_host_that_never_reports_does_not_keep_others_from_being_learnt_from() {
    let windows = Windows::default();
    let mut pending = Pending::default();
    let many = u128::try_from(PREDICTOR_EXAMPLES_MAX).unwrap();
    pending.serve(served(0), NOW);
    pending.show(DecisionId::new(0), NOW, &windows);
    for n in 1..2 * many {
        pending.serve(served(n), NOW.plus_ms(i64::try_from(n / 1_000).unwrap()));
    }
    assert_eq!(pending.len(), PREDICTOR_EXAMPLES_MAX);
    let is_open = |n| pending.is_open(DecisionId::new(n));
    assert_eq!((is_open(0), is_open(1)), (Some(true), None), "who was seen stays, the oldest of the others goes");
    assert_eq!(is_open(2 * many - 1), Some(true));
    assert!(pending.show(DecisionId::new(2 * many - 1), NOW, &windows));
    assert_eq!(pending.mature(NOW.plus_ms(HALF_AN_HOUR)).len(), 2);
}
