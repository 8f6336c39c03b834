use super::*;

#[test]
fn tp_13_delivery_begins_only_after_review_passes() {
    let mut story = Story::live();
    let order = story.place(500);
    let order = story.pay(order);
    let order = story.follow(order);
    assert_eq!(order.state.name(), "in_review");
    let order = story.review(order, Verdict::Escalate(Vec::new()));
    assert_eq!(order.state.name(), "in_review", "waits for a person");
    let order = story.review(order, Verdict::Pass);
    let ends_at = story.now.plus_ms(HOUR_MS);
    assert_eq!(order.state, OrderState::Running { started_at: story.now, ends_at });
    assert_eq!(story.names(), ["boost.placed", "boost.paid", "boost.reviewed", "boost.reviewed", "boost.started"]);
}

#[test]
fn tp_13_a_rejected_order_is_refunded_in_full() {
    let mut story = Story::live();
    let order = story.place(500);
    let order = story.pay(order);
    let no_reason = order.clone().review(Verdict::Reject(Vec::new()), 1, &story.content(), story.now).unwrap_err();
    assert_eq!(no_reason, ReviewOrderError::NoReason);
    let order = story.review(order, rejection());
    assert!(matches!(&order.state, OrderState::Rejected { reasons, .. } if reasons[0].code == ReasonCode::Misleading));
    assert_eq!(story.wallet(), FULL_WALLET);
    assert!(again(&order, PromotionOrderId::new(78), &story.content()).is_ok(), "it can be corrected and placed again");
}

#[test]
fn rv_03_a_verdict_on_older_content_is_refused() {
    let mut story = Story::live();
    let order = story.place(500);
    let order = story.pay(order);
    story.change_title("bread and something new");
    let stale = order.clone().review(Verdict::Pass, 1, &story.content(), story.now).unwrap_err();
    assert_eq!(stale.to_string(), "judge version `1` of content that is at version `2` now");
    assert_eq!(story.review(order, Verdict::Pass).state.name(), "running");
}

#[test]
fn rv_03_changed_content_pauses_delivery_until_it_passed_again() {
    let mut story = Story::live();
    let order = story.run(500);
    assert_eq!(order.review_due(&story.content()), None);
    story.change_title("bread and something new");
    let order = story.follow(order);
    let re_review = PauseReasons { re_review: true, interrupted: false };
    assert!(matches!(order.state, OrderState::Paused { reasons, .. } if reasons == re_review));
    assert_eq!(order.review_due(&story.content()), Some(ReviewRequest { stage: None, content_version: 2 }));
    let order = story.review(order, Verdict::Pass);
    assert_eq!((order.state.name(), order.reviewed_content), ("running", Some(2)));
    assert_eq!(story.names()[3..], ["boost.started", "boost.paused", "boost.reviewed", "boost.resumed"]);
}

#[test]
fn rv_03_changed_content_that_is_refused_ends_the_order_and_returns_the_rest() {
    let mut story = Story::live();
    let order = story.run(500);
    story.spend(&order, 350_000_000);
    story.change_title("bread and something bad");
    let order = story.follow(order);
    let order = story.review(order, rejection());
    assert_eq!(order.state.name(), "settling");
    let order = story.settle(order);
    assert_eq!(order.state.name(), "rejected");
    assert_eq!(story.wallet(), [0, 200, 10_050 - 5000, 2_000_000], "what was delivered stays charged");
}

#[test]
fn lv_08_an_interruption_pauses_delivery_and_it_resumes_by_itself() {
    let mut story = Story::live();
    let order = story.run(500);
    let due = order.due_at();
    story.fact(RoomFact::Interrupted);
    let order = story.follow(order);
    assert_eq!(order.state.name(), "paused");
    assert_eq!(order.due_at(), due, "a pause does not lengthen the window");
    // Content changes meanwhile: both have to be over.
    story.change_title("bread and something new");
    let order = story.follow(order);
    let both = PauseReasons { interrupted: true, re_review: true };
    assert!(matches!(order.state, OrderState::Paused { reasons, .. } if reasons == both));
    story.fact(RoomFact::Resumed);
    let order = story.follow(order);
    assert_eq!(order.state.name(), "paused");
    let order = story.review(order, Verdict::Pass);
    assert_eq!(order.state.name(), "running");
}

#[test]
fn following_a_room_twice_changes_nothing() {
    let mut story = Story::live();
    let order = story.run(500);
    for fact in [RoomFact::Interrupted, RoomFact::Resumed, RoomFact::Ended] {
        story.fact(fact);
        let once = order.clone().follow(&story.content(), story.now);
        let twice = once.state.clone().follow(&story.content(), story.now.plus_ms(5));
        assert_eq!(twice, Outcome { state: once.state, postings: Vec::new(), events: Vec::new() });
    }
}

#[test]
fn tp_14_the_end_of_the_broadcast_ends_delivery() {
    let mut story = Story::live();
    let order = story.run(500);
    story.fact(RoomFact::Ended);
    let order = story.follow(order);
    let order = story.settle(order);
    assert_eq!(order.state.name(), "room_ended");

    // Before delivery: everything is back, nothing has to settle.
    let mut story = Story::live();
    let order = story.place(500);
    let order = story.pay(order);
    story.fact(RoomFact::Ended);
    let order = story.follow(order);
    assert_eq!((order.state.name(), story.wallet()), ("room_ended", FULL_WALLET));
}

#[test]
fn qb_10_a_cart_ends_orders_for_a_room_without_one() {
    let mut story = Story::live();
    let order = story.run(500);
    story.fact(RoomFact::CartMounted);
    // Gone again before anybody looked.
    story.fact(RoomFact::CartUnmounted);
    let order = story.follow(order);
    let ending = Ending::Stopped(StopCause::CartMounted);
    assert!(matches!(&order.state, OrderState::Settling { ending: found, .. } if *found == ending));

    let mut story = Story::live();
    let order = story.place(500);
    let order = story.pay(order);
    story.fact(RoomFact::CartMounted);
    let order = story.review(order, Verdict::Pass);
    assert_eq!((order.state.name(), story.wallet()), ("stopped", FULL_WALLET));
}

#[test]
fn tp_20_a_reservation_is_reviewed_when_booked_and_again_at_the_start() {
    let mut story = Story::planned(Some(false));
    let order = story.place(500);
    let order = story.pay(order);
    let expires_at = story.now.plus_ms(48 * HOUR_MS);
    assert_eq!(order.state, OrderState::InReview { since: story.now, stage: ReviewStage::Booking { expires_at } });
    let order = story.review(order, Verdict::Pass);
    assert_eq!(order.state, OrderState::Reserved { since: story.now, expires_at });
    story.wait(HOUR_MS);
    story.fact(RoomFact::Started);
    let order = story.follow(order);
    assert_eq!(order.state, OrderState::InReview { since: story.now, stage: ReviewStage::Start });
    let order = story.review(order, Verdict::Pass);
    assert_eq!(order.state.name(), "running");
    assert_eq!(
        story.names(),
        ["boost.placed", "boost.paid", "boost.reviewed", "boost.reserved", "boost.reviewed", "boost.started"]
    );
}

#[test]
fn tp_20_a_room_that_goes_live_during_the_booking_review_is_reviewed_again() {
    let mut story = Story::planned(Some(false));
    let order = story.place(500);
    let order = story.pay(order);
    story.fact(RoomFact::Started);
    let order = story.follow(order);
    assert!(matches!(order.state, OrderState::InReview { stage: ReviewStage::Booking { .. }, .. }));
    let order = story.review(order, Verdict::Pass);
    assert_eq!(order.state, OrderState::InReview { since: story.now, stage: ReviewStage::Start });
}

#[test]
fn tp_11_another_cart_state_at_the_start_makes_the_reservation_invalid() {
    let start = |previous: bool, facts: &[RoomFact]| {
        let mut story = Story::planned(Some(previous));
        let order = story.run(500);
        assert_eq!(order.state.name(), "reserved");
        for fact in facts {
            story.fact(fact.clone());
        }
        let order = story.follow(order);
        (order.state, story.wallet())
    };
    use RoomFact::{CartMounted, CartUnmounted, Started};
    let (state, wallet) = start(false, &[CartMounted, Started]);
    assert!(matches!(state, OrderState::ReservationInvalid { reason: InvalidReason::CartMounted, .. }));
    assert_eq!(wallet, FULL_WALLET);
    let (state, wallet) = start(true, &[Started]);
    assert!(matches!(state, OrderState::ReservationInvalid { reason: InvalidReason::CartMissing, .. }));
    assert_eq!(wallet, FULL_WALLET);
    assert_eq!(start(true, &[CartMounted, Started]).0.name(), "in_review");
    assert_eq!(start(false, &[Started]).0.name(), "in_review");
    // What counts is the cart at the start, not before and not after.
    assert_eq!(start(false, &[CartMounted, CartUnmounted, Started]).0.name(), "in_review");
    assert_eq!(start(true, &[Started, CartMounted]).0.name(), "reservation_invalid");
}

#[test]
fn tp_12_a_creator_who_does_not_go_live_in_48_hours_loses_the_reservation() {
    let mut story = Story::planned(Some(false));
    let order = story.run(500);
    let expires_at = START.plus_ms(48 * HOUR_MS);
    assert_eq!(order.due_at(), Some((expires_at, Due::ExpireReservation)));
    let early = order.clone().expire_reservation(&story.room, expires_at.plus_ms(-1)).unwrap_err();
    assert_eq!(early, ExpireReservationError::TooEarly { expires_at });

    // Live at the last moment, told late.
    let mut late = Story::planned(Some(false));
    late.wait(48 * HOUR_MS - 2);
    late.fact(RoomFact::Started);
    let started_at = expires_at.plus_ms(-1);
    let went_live = order.clone().expire_reservation(&late.room, expires_at).unwrap_err();
    assert_eq!(went_live, ExpireReservationError::WentLive { started_at });

    // Live too late by nothing, told before the job came.
    late.room = room(Some(false));
    late.fact(RoomFact::Started);
    assert_eq!(order.clone().follow_room(&late.room, late.now).state.state.name(), "reservation_expired");
    assert!(order.clone().expire_reservation(&late.room, late.now).is_ok());

    story.wait(48 * HOUR_MS);
    let outcome = order.expire_reservation(&story.room, story.now).unwrap();
    let order = story.save(outcome);
    assert_eq!((order.state.name(), story.wallet()), ("reservation_expired", FULL_WALLET));
}

#[test]
fn tp_12_a_booking_still_in_review_lapses_too() {
    let mut story = Story::planned(Some(false));
    let order = story.place(500);
    let order = story.pay(order);
    story.wait(48 * HOUR_MS);
    assert_eq!(order.due_at(), Some((story.now, Due::ExpireReservation)));
    let outcome = order.expire_reservation(&story.room, story.now).unwrap();
    assert_eq!(story.save(outcome).state.name(), "reservation_expired");
}

#[test]
fn a_commerce_order_does_not_start_without_its_cart() {
    let mut story = Story::live_with_cart();
    let order = story.place(5000);
    let order = story.pay(order);
    story.fact(RoomFact::CartUnmounted);
    let order = story.review(order, Verdict::Pass);
    assert!(matches!(&order.state, OrderState::Rejected { reasons, .. } if reasons[0].code == ReasonCode::CartMissing));
    assert_eq!(story.wallet(), FULL_WALLET);
}

#[test]
fn rv_01_an_order_is_screened_by_the_cart_except_when_booked() {
    let mut story = Story::planned(Some(true));
    let draft = story.draft(Goal::ProductClicks, 5000);
    let order = place(draft, &story.content(), &story.policy, story.now).unwrap();
    let order = story.save(order);
    let order = story.pay(order);
    assert_eq!(order.screen(&story.content(), &story.policy.review), Verdict::Pass);
    story.fact(RoomFact::CartMounted);
    story.fact(RoomFact::Started);
    let order = story.review(order, Verdict::Pass);
    assert_eq!(order.screen(&story.content(), &story.policy.review), Verdict::Pass);
    story.fact(RoomFact::CartUnmounted);
    assert_eq!(order.screen(&story.content(), &story.policy.review).code(), "reject");
}
