use tuiliu_domain::live::RoomFact;
use tuiliu_domain::promotion::Goal;
use tuiliu_domain::time::HOUR_MS;

use super::*;
use crate::delivery::tests::{World, staff, watched};
use crate::delivery::{DecisionAsk, SlotAsk, ViewerAsk};

/// A platform on which an order was shown, charged for, and ended with its broadcast.
async fn world() -> (World, PromotionOrderId, u128) {
    let world = World::new().await;
    let order = world.order(Goal::Viewers).await;
    let ask = DecisionAsk {
        placement: "feed".to_owned(),
        slots: vec![SlotAsk { predicted_billionths: Some(1_000_000_000), ..SlotAsk::default() }],
        feed_items: Some(8),
        viewer: ViewerAsk { id: Some("ann".to_owned()), ..ViewerAsk::default() },
        ..DecisionAsk::default()
    };
    let shown = world.app.decide(world.tenant, &ask).shown.pop().unwrap();
    world.report(watched(&shown, world.now())).await;
    world.app.deliver_once().await;
    world.fact(world.room, RoomFact::Ended).await;
    world.pass(2 * HOUR_MS).await;
    assert!(world.view(order).await.order.state.is_final());
    let viewer = world.app.viewer_hash(world.tenant, "ann");
    (world, order, viewer)
}

/// What is left of single events and viewers: batches, people, and sums by minute.
async fn left(world: &World, order: PromotionOrderId, viewer: u128) -> [usize; 3] {
    let room = world.room.value();
    let left = world.app.read(move |_, tx| {
        let people = tx.persons(&[(order.value(), viewer), (room, viewer)])?;
        let minutes = tx.metric_minutes(order, Timestamp::from_ms(0), Timestamp::from_ms(i64::MAX))?;
        Ok::<_, CommandError<Infallible>>([tx.events_after(0, 100)?.len(), people.len(), minutes.len()])
    });
    left.await.unwrap()
}

async fn pass_days(world: &World, days: i64) {
    for _ in 0..days {
        world.pass(DAY_MS).await;
    }
}

#[tokio::test]
async fn what_single_viewers_did_is_forgotten_and_what_it_came_to_stays() {
    let (world, order, viewer) = world().await;
    let before = world.view(order).await;
    assert_eq!(world.app.forget_old().await.unwrap(), 0, "nothing is old yet");
    let [batches, people, minutes] = left(&world, order, viewer).await;
    assert!(batches > 0 && people > 0 && minutes > 0);
    pass_days(&world, 8).await;
    world.app.forget_old().await.unwrap();
    assert_eq!(left(&world, order, viewer).await, [0, people, minutes], "folded events go first");
    pass_days(&world, 20).await;
    world.app.forget_old().await.unwrap();
    assert_eq!(left(&world, order, viewer).await, [0, 0, minutes], "then who it was");
    pass_days(&world, 70).await;
    world.app.forget_old().await.unwrap();
    assert_eq!(left(&world, order, viewer).await, [0, 0, 0], "then which minute it was");
    let after = world.view(order).await;
    assert_eq!((after.totals, after.escrow), (before.totals, before.escrow));
    world.assert_audited().await;
}

#[tokio::test]
async fn nobody_is_forgotten_while_an_order_runs() {
    let world = World::new().await;
    let order = world.order_of(Goal::Viewers, 5 * HOUR_MS).await;
    let person = tuiliu_store::PersonRow { subject: order.value(), viewer: 1, kinds: "charged".to_owned() };
    world
        .app
        .write(move |_, tx| Ok::<_, CommandError<Infallible>>(tx.put_persons(std::slice::from_ref(&person))?))
        .await
        .unwrap();
    world.clock.advance_ms(u32::try_from(40 * DAY_MS).unwrap());
    world.app.forget_old().await.unwrap();
    let kept = world.app.read(move |_, tx| Ok::<_, CommandError<Infallible>>(tx.persons(&[(order.value(), 1)])?));
    assert_eq!(kept.await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_answer_is_remembered_for_as_long_as_is_promised() {
    let world = World::new().await;
    let tenant = staff(world.tenant).tenant;
    let answer = tuiliu_store::StoredAnswer { digest: [1; 32], status: 201, body: b"{}".to_vec() };
    let keep = world.app.write(move |shell, tx| {
        Ok::<_, CommandError<Infallible>>(tx.store_answer(tenant, "key", &answer, shell.now())?)
    });
    keep.await.unwrap();
    let is_known =
        || world.app.read(move |_, tx| Ok::<_, CommandError<Infallible>>(tx.stored_answer(tenant, "key")?.is_some()));
    let days = i64::from(Retention::default().answer_days);
    for (passed, known) in [(days, true), (1, false)] {
        for _ in 0..passed {
            world.clock.advance_ms(u32::try_from(DAY_MS).unwrap());
        }
        world.app.forget_old().await.unwrap();
        assert_eq!(is_known().await.unwrap(), known, "after {passed} days more");
    }
}
