use tuiliu_delivery::approximate::approximate;
use tuiliu_domain::promotion::Goal;
use tuiliu_domain::time::{DAY_MS, HOUR_MS, MINUTE_MS};

use super::*;
use crate::delivery::DecisionAsk;
use crate::delivery::tests::World;

/// China is eight hours ahead.
fn local_hour(at: Timestamp) -> i64 {
    at.plus_ms(8 * HOUR_MS).ms().rem_euclid(DAY_MS) / HOUR_MS
}

/// Lets a day pass in ticks of ten minutes; in the evening twelve times as many viewers come as in other hours.
async fn live_a_day(world: &World) {
    for _ in 0..DAY_MS / (10 * MINUTE_MS) {
        let viewers = if (19..23).contains(&local_hour(world.now())) { 96 } else { 8 };
        for _ in 0..viewers {
            let _ = world.app.decide(world.tenant, &DecisionAsk::default());
        }
        world.clock.advance_ms(u32::try_from(10 * MINUTE_MS).unwrap());
        world.app.pace_delivery();
    }
}

/// The share of its budget that a new order of a day plans to spend from 19:00 to 23:00.
async fn evening_share(world: &World) -> f64 {
    let order = world.order_of(Goal::Viewers, DAY_MS).await;
    let plan = world.app.pace_of(order).unwrap().plan;
    assert_eq!(plan.ends_at.since_ms(plan.starts_at), DAY_MS);
    let mut spent = 0;
    let mut at = plan.starts_at;
    while at < plan.ends_at {
        let next = at.plus_ms(MINUTE_MS);
        if (19..23).contains(&local_hour(at)) {
            spent += plan.planned_spend(next).get() - plan.planned_spend(at).get();
        }
        at = next;
    }
    world.stop(order).await;
    approximate(spent) / approximate(plan.budget.get())
}

#[tokio::test]
async fn dl_06_after_an_evening_peak_a_new_order_is_planned_for_the_evening() {
    let mut world = World::new().await;
    let flat = evening_share(&world).await;
    assert!((flat - 4.0 / 24.0).abs() < 0.02, "nothing is known yet: {flat}");
    // No order runs: requests are counted all the same.
    live_a_day(&world).await;
    let learnt = evening_share(&world).await;
    // Of all requests 4 × 96 in 4 × 96 + 20 × 8; one day is not quite believed.
    assert!((0.55..0.75).contains(&learnt), "most of it is spent in the evening: {learnt}");
    assert_eq!(world.app.save_predictions().await.unwrap(), 1);
    assert_eq!(world.app.save_predictions().await.unwrap(), 0, "no hour was completed since");
    world.restart().await;
    let restored = evening_share(&world).await;
    assert!((restored - learnt).abs() < 0.01, "{restored} after the restart, {learnt} before");
    // What was learnt before and after the restart is one history, and believed more.
    live_a_day(&world).await;
    let longer = evening_share(&world).await;
    assert!((restored + 0.01..0.75).contains(&longer), "{longer} after two days, {restored} after one");
}

#[tokio::test]
async fn dl_06_running_orders_follow_what_is_learnt_of_the_traffic() {
    let world = World::new().await;
    let order = world.order_of(Goal::Viewers, DAY_MS).await;
    let shape = || world.app.pace_of(order).unwrap().plan.shape;
    let flat = shape();
    live_a_day(&world).await;
    world.app.deliver_once().await;
    let learnt = shape();
    assert_ne!(flat, learnt);
    let of_tenant = world.app.shell.engine.learning.traffic.shape(world.tenant);
    let of_other = world.app.pace_of(world.order(Goal::Viewers).await).unwrap().plan.shape;
    assert!(Arc::ptr_eq(&learnt, &of_tenant) && Arc::ptr_eq(&learnt, &of_other), "one for all orders");
}
