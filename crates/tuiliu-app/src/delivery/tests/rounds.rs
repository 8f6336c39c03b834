//! Rounds of the jobs: how far each goes, and what happens in the middle of one.

use super::*;

/// Appends batches of nothing.
async fn append_batches(world: &World, count: usize) -> i64 {
    let tenant = world.tenant;
    let append = world.app.write(move |shell, tx| {
        for _ in 0..count {
            tx.append_events(tenant, 0, b"[]", shell.now())?;
        }
        Ok::<_, CommandError<Infallible>>(tx.last_events()?)
    });
    append.await.unwrap()
}

async fn folded(world: &World) -> i64 {
    world.app.read(|_, tx| Ok::<_, CommandError<Infallible>>(tx.folded_events()?)).await.unwrap()
}

#[tokio::test]
async fn folding_does_not_hold_up_the_other_jobs_however_much_waits() {
    let world = World::new().await;
    let last = append_batches(&world, 1_100).await;
    world.app.deliver_once().await;
    assert_eq!(folded(&world).await, last - 1_100 + 16 * 64, "one round takes only so much");
    world.app.deliver_once().await;
    assert_eq!(folded(&world).await, last);
}

#[tokio::test]
async fn whoever_waits_for_what_was_acknowledged_does_not_wait_for_what_comes_later() {
    let world = World::new().await;
    let acknowledged = append_batches(&world, 100).await;
    append_batches(&world, 100).await;
    world.app.fold_until(acknowledged).await.unwrap();
    assert_eq!(folded(&world).await, acknowledged);
    let last = append_batches(&world, 100).await;
    world.app.fold_acknowledged().await.unwrap();
    assert_eq!(folded(&world).await, last);
}

#[tokio::test]
async fn tp_15_a_stop_in_the_middle_of_a_refresh_stands() {
    let world = World::new().await;
    let order = world.order(Goal::Viewers).await;
    // The refresh has read that the order runs, and has not yet made its snapshots.
    let before = world.app.read_world().await.unwrap();
    world.stop(order).await;
    world.app.install(before);
    assert_eq!(world.decide("after"), None);
    world.app.lend_budgets().await.unwrap();
    assert_eq!(world.decide("after"), None, "nothing is lent to it either");
    world.app.deliver_once().await;
    assert_eq!(world.decide("after"), None);
    assert!(world.app.pace_of(order).is_none(), "the next refresh has seen the stop");
    world.assert_audited().await;
}

#[tokio::test]
async fn tp_15_an_order_that_ended_before_the_engine_met_it_is_not_shown() {
    let world = World::new().await;
    let order = world.order_for(world.room, Goal::Viewers).await;
    let before = world.app.read_world().await.unwrap();
    world.stop(order).await;
    world.app.install(before);
    world.app.lend_budgets().await.unwrap();
    assert_eq!(world.decide("after"), None);
}

#[tokio::test]
async fn what_is_being_read_keeps_its_prices_while_the_next_snapshot_is_made() {
    let world = World::new().await;
    let order = world.order(Goal::Viewers).await;
    let slot = SlotAsk { predicted_billionths: Some(1_000_000_000), ..SlotAsk::default() };
    let ask =
        DecisionAsk { placement: "feed".to_owned(), slots: vec![slot], feed_items: Some(8), ..DecisionAsk::default() };
    let bid = || world.app.explain(world.tenant, &ask)[0].auctions[0].bid;
    let engine = &world.app.shell.engine;
    let before = bid();
    let raised = Micros::new(before.get() + 1_000);
    engine.live()[&order].pacing.set(raised, 1_000_000);
    let candidates: Vec<_> = engine.view(world.tenant).unwrap().snapshot.candidates().into_iter().cloned().collect();
    drop(refresh::next_snapshot(engine, world.tenant, candidates).unwrap());
    assert_eq!(bid(), before);
    world.app.refresh_delivery().await.unwrap();
    assert_eq!(bid(), raised, "the next one has the new price at once");
}
