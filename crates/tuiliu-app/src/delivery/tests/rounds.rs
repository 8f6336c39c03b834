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
