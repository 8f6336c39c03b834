use tuiliu_domain::id::PromotionOrderId;
use tuiliu_domain::live::{RoomContent, RoomFact};
use tuiliu_domain::promotion::{Goal, OrderState, ReviewStage};
use tuiliu_domain::review::{Verdict, Visibility};
use tuiliu_domain::time::HOUR_MS;

use super::*;
use crate::delivery::tests::{World, staff};

/// A booking that waits for a person, for a room that went live meanwhile.
async fn booking_in_doubt(world: &World) -> PromotionOrderId {
    world.fact(world.room, RoomFact::Ended).await;
    world.clock.advance_ms(1);
    let room = world.room("second", "今晚直播聊聊理财那些事").await;
    let order = world.order_for(room, Goal::Viewers).await;
    world.fact(room, RoomFact::Started).await;
    let state = world.view(order).await.order.state;
    let is_booking = matches!(state, OrderState::InReview { stage: ReviewStage::Booking { .. }, .. });
    assert!(is_booking, "{state:?}");
    order
}

#[tokio::test]
async fn a_booking_that_waits_for_a_person_is_left_alone_by_the_clock() {
    let world = World::new().await;
    let order = booking_in_doubt(&world).await;
    let before = world.view(order).await;
    world.clock.advance_ms(u32::try_from(49 * HOUR_MS).unwrap());
    for _ in 0..3 {
        assert_eq!(world.app.run_due().await.unwrap().orders, 0);
    }
    let after = world.view(order).await;
    assert_eq!((after.order, after.reviews.len()), (before.order, before.reviews.len()));
}

#[tokio::test]
async fn a_booking_that_passes_when_its_room_is_live_is_reviewed_once_more() {
    let world = World::new().await;
    let order = booking_in_doubt(&world).await;
    let content_version = world.view(order).await.content.content_version();
    let judge = JudgeOrder { order, verdict: Verdict::Pass, content_version };
    world.app.judge_promotion_order(staff(world.tenant), judge).await.unwrap();
    let view = world.view(order).await;
    let is_start = matches!(view.order.state, OrderState::InReview { stage: ReviewStage::Start, .. });
    assert!(is_start, "{:?}", view.order.state);
    assert_eq!(stages(&view), ["booking", "booking", "start"], "by rules, by a person, and by rules at the start");
}

#[tokio::test]
async fn a_booking_whose_content_is_mended_while_it_waits_needs_nobody() {
    let world = World::new().await;
    let order = booking_in_doubt(&world).await;
    let content = RoomContent {
        title: "十分钟通勤妆，跟着画".to_owned(),
        category: "beauty".to_owned(),
        visibility: Visibility::Public,
    };
    world.clock.advance_ms(1);
    let room = world.view(order).await.content.id().room().unwrap();
    world.fact(room, RoomFact::ContentChanged(content)).await;
    let view = world.view(order).await;
    assert!(matches!(view.order.state, OrderState::Running { .. }), "{:?}", view.order.state);
    assert_eq!(stages(&view), ["booking", "booking", "start"], "by rules each time");
}

fn stages(view: &OrderView) -> Vec<&str> {
    view.reviews.iter().map(|review| review.stage.as_str()).collect()
}
