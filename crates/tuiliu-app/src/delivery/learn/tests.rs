use tuiliu_domain::live::RoomFact;
use tuiliu_domain::time::MINUTE_MS;

use super::*;
use crate::delivery::tests::{World, staff, watched};
use crate::delivery::{DecisionAsk, EventKind, ReportedEvent, Shown, SlotAsk, ViewerAsk};

/// What a viewer is shown, ranked by the engine's own predictions.
fn shown(world: &World, viewer: &str, gender: &str) -> Shown {
    let ask = DecisionAsk {
        placement: "feed".to_owned(),
        slots: vec![SlotAsk::default()],
        feed_items: Some(8),
        viewer: ViewerAsk { id: Some(viewer.to_owned()), gender: Some(gender.to_owned()), ..ViewerAsk::default() },
        ..DecisionAsk::default()
    };
    world.app.decide(world.tenant, &ask).shown.pop().expect("the order is shown to everybody")
}

/// Shows an order to so many viewers each of two kinds; of one kind, this share in tenths watches.
async fn lived(world: &World, viewers: u32, tenths: u32) {
    for nth in 0..viewers {
        for gender in ["female", "male"] {
            let shown = shown(world, &format!("{gender} {viewers} {nth}"), gender);
            let events = watched(&shown, world.now());
            let is_result = gender == "female" && nth % 10 < tenths;
            world.report(if is_result { events } else { events.into_iter().take(1).collect() }).await;
        }
        if nth % 50 == 49 {
            world.app.deliver_once().await;
        }
    }
    world.app.deliver_once().await;
}

fn rate(world: &World, order: PromotionOrderId) -> f64 {
    world.app.believed_rate(world.tenant, order).unwrap().number()
}

#[tokio::test]
async fn what_impressions_bring_becomes_the_rate_once_their_results_had_time() {
    let world = World::new().await;
    let order = world.order(Goal::Viewers).await;
    world.app.learn_delivery();
    let start = rate(&world, order);
    assert!((start - 0.1).abs() < 0.001, "the default of the goal: {start}");
    lived(&world, 100, 2).await;
    world.app.learn_delivery();
    assert!((rate(&world, order) - start).abs() < 0.001, "nobody knows yet who will still watch");
    world.pass(10 * MINUTE_MS).await;
    world.app.learn_delivery();
    world.pass(MINUTE_MS).await;
    world.app.learn_delivery();
    let won = world.app.won_results(world.tenant);
    assert_eq!(won.len(), 1);
    assert!(won[0].impressions >= 150.0 && (won[0].results - 20.0).abs() < 5.0, "{won:?}");
    assert!((rate(&world, order) - 0.1).abs() < 0.02, "one in ten: {}", rate(&world, order));
}

#[tokio::test]
async fn what_was_learnt_survives_a_restart() {
    let mut world = World::new().await;
    let order = world.order(Goal::Viewers).await;
    lived(&world, 100, 8).await;
    world.pass(10 * MINUTE_MS).await;
    for _ in 0..2 {
        world.app.learn_delivery();
        world.pass(MINUTE_MS).await;
    }
    world.app.learn_delivery();
    let (learnt, won) = (rate(&world, order), world.app.won_results(world.tenant));
    assert!(learnt > 0.2, "{learnt}");
    assert_eq!(world.app.save_predictions().await.unwrap(), 1);
    assert_eq!(world.app.save_predictions().await.unwrap(), 0, "nothing was learnt since");
    world.restart().await;
    world.app.learn_delivery();
    assert!((rate(&world, order) / learnt - 1.0).abs() < 0.05, "{} before, {} after", learnt, rate(&world, order));
    assert_eq!(world.app.won_results(world.tenant).len(), won.len());
    world.assert_audited().await;
}

#[tokio::test]
async fn what_was_learnt_for_a_tenant_without_orders_rests_in_the_store() {
    let world = World::new().await;
    let order = world.order(Goal::Viewers).await;
    lived(&world, 100, 8).await;
    world.pass(10 * MINUTE_MS).await;
    for _ in 0..2 {
        world.app.learn_delivery();
        world.pass(MINUTE_MS).await;
    }
    let knows = || world.app.shell.engine.learning.desk().learners.contains_key(&world.tenant);
    let won = || world.app.won_results(world.tenant).first().map_or(0.0, |won| won.results);
    let before = won();
    assert!(before > 50.0, "{before}");
    world.app.save_predictions().await.unwrap();
    world.stop(order).await;
    world.pass(DAY_MS).await;
    world.app.learn_delivery();
    assert!(knows(), "its next order may come any day");
    world.app.save_predictions().await.unwrap();
    world.pass(7 * DAY_MS).await;
    world.app.learn_delivery();
    assert!(!knows());
    world.app.save_predictions().await.unwrap();
    let room = world.room("later", "十分钟通勤妆，跟着画").await;
    world.fact(room, RoomFact::Started).await;
    world.order_for(room, Goal::Viewers).await;
    world.app.deliver_once().await;
    world.app.learn_delivery();
    assert!(knows() && (won() / before - 1.0).abs() < 0.05, "{before} before, {} after", won());
}

#[tokio::test]
async fn what_cannot_be_read_is_learnt_again() {
    let mut world = World::new().await;
    let order = world.order(Goal::Viewers).await;
    let (tenant, node, saved_at) = (world.tenant, 1, world.now());
    let stored = StoredPrediction { tenant, node, saved_at, body: b"TLPR\x09from another world".to_vec() };
    world.app.write(move |_, tx| Ok::<_, CommandError<Infallible>>(tx.save_prediction(&stored)?)).await.unwrap();
    world.restart().await;
    world.app.learn_delivery();
    assert!((rate(&world, order) - 0.1).abs() < 0.001);
    assert_eq!(world.app.won_results(world.tenant), []);
}

#[tokio::test]
async fn an_order_of_a_known_room_starts_where_the_room_is() {
    let world = World::new().await;
    world.order(Goal::Viewers).await;
    lived(&world, 200, 10).await;
    world.pass(10 * MINUTE_MS).await;
    for _ in 0..2 {
        world.app.learn_delivery();
        world.pass(MINUTE_MS).await;
    }
    let next = world.order(Goal::Viewers).await;
    world.app.learn_delivery();
    let start = rate(&world, next);
    assert!(start > 0.2, "half of all viewers have stayed in this room: {start}");
}

#[tokio::test]
async fn a_follow_taken_back_was_no_result() {
    let world = World::new().await;
    world.order(Goal::Follows).await;
    for nth in 0..40_u32 {
        let shown = shown(&world, &format!("viewer {nth}"), "female");
        let event = |kind: EventKind, after_ms: i64| ReportedEvent {
            id: format!("{nth}-{}", kind.code()),
            kind: Some(kind),
            occurred_at: world.now().plus_ms(after_ms),
            token: Some(shown.token.clone()),
            undone: (kind == EventKind::Undo).then_some(EventKind::Follow),
            ..ReportedEvent::default()
        };
        let mut events = vec![event(EventKind::Impression, 0), event(EventKind::Follow, 1)];
        if nth % 2 == 0 {
            events.push(event(EventKind::Undo, 2));
        }
        assert!(world.report(events).await.rejected.is_empty());
    }
    world.pass(MINUTE_MS).await;
    world.pass(20 * MINUTE_MS).await;
    world.app.learn_delivery();
    let won = world.app.won_results(world.tenant);
    assert!((won[0].impressions - won[0].results * 2.0).abs() < 6.0, "half of them stayed: {won:?}");
}

#[tokio::test]
async fn what_should_have_been_spent_by_the_predictions_is_known_for_pacing() {
    let world = World::new().await;
    let order = world.order(Goal::Viewers).await;
    let predicted = |spent| world.app.shell.engine.learning.predicted_cost(order, spent, Micros::new(10_000));
    assert_eq!(predicted(Micros::ZERO), None, "nothing was learnt from it yet");
    // One in ten was predicted to watch; nobody does.
    lived(&world, 200, 0).await;
    world.pass(10 * MINUTE_MS).await;
    world.app.learn_delivery();
    world.pass(MINUTE_MS).await;
    world.app.learn_delivery();
    let due = predicted(Micros::ZERO).unwrap();
    assert!(due > Micros::new(200_000), "forty results at a hundredth of a bean each, and more: {due:?}");
    // Charges of impressions of which nothing is known are as good as predicted.
    let more = predicted(Micros::new(5_000_000)).unwrap();
    assert_eq!(more.get() - due.get(), 5_000_000);
}

#[tokio::test]
async fn dl_02_ghosts_are_no_examples() {
    let world = World::new().await;
    let half = r#"{"holdout": {"share_permille_min": 500, "share_permille_max": 500, "share_permille_unknown": 500}}"#;
    world.app.change_policy(staff(world.tenant), 2, half.parse().unwrap()).await.unwrap();
    let order = world.order(Goal::Follows).await;
    let mut served = 0;
    for number in 0..60 {
        let id = format!("viewer {number}");
        let ask = DecisionAsk {
            placement: "feed".to_owned(),
            slots: vec![SlotAsk::default()],
            feed_items: Some(8),
            viewer: ViewerAsk { id: Some(id.clone()), ..ViewerAsk::default() },
            ..DecisionAsk::default()
        };
        let shown = world.app.decide(world.tenant, &ask).shown.pop();
        served += usize::from(shown.is_some());
        if shown.is_none() {
            // What a ghost does by itself is nobody's result.
            let follow = ReportedEvent {
                id: format!("follow-{number}"),
                kind: Some(EventKind::Follow),
                occurred_at: world.now(),
                viewer: ask.viewer.id.clone(),
                content: Some(world.room.into()),
                ..ReportedEvent::default()
            };
            world.report(vec![follow]).await;
        }
    }
    let learning = &world.app.shell.engine.learning;
    let told: Vec<_> = learning.desk().taken.try_iter().collect();
    assert!((15..45).contains(&served), "{served}");
    assert_eq!(told.len(), served, "only what was shown waits to become an example");
    assert!(told.iter().all(|(_, example)| example.order == order));
    world.app.deliver_once().await;
    world.app.learn_delivery();
    assert!(learning.desk().learners.values().all(|learner| learner.examples() == 0));
}
