//! What keeps a node right beside decisions: leases looked after, others followed, books audited.

use super::*;

#[tokio::test]
async fn a_lease_is_looked_after_when_it_was_spent_from() {
    let world = World::new().await;
    let order = world.order(Goal::Viewers).await;
    let is_low = || {
        let live = world.app.shell.engine.live();
        let order = &live[&order];
        order.lease.available() < order.lend_below
    };
    assert!(!is_low(), "nobody was shown it since");
    let mut loans = 0;
    for viewer in 0..4 {
        world.decide(&format!("viewer {viewer}")).unwrap();
        loans += world.app.lend_budgets().await.unwrap();
        assert!(!is_low(), "it was looked after");
    }
    assert!(loans > 0);
    assert!(world.decide("one more").is_some());
    world.app.lend_budgets().await.unwrap();
    world.app.pace_delivery();
    assert!(!is_low(), "what holds enough for its bid is not looked at because time has passed");
}

#[tokio::test]
async fn a_node_follows_what_another_node_changed() {
    let world = World::new().await;
    let engine = EngineConfig { node: 2, nodes: 2, ..EngineConfig::default() };
    let second = node(&world.store, &world.clock, engine);
    second.start_delivery().await.unwrap();
    let order = world.order(Goal::Viewers).await;
    second.due_once().await;
    second.deliver_once().await;
    let shown = decide(&second, world.tenant, "ann").unwrap();
    // Reported to, and folded by, the first node; paid from the second one's lease.
    world.report(watched(&shown, world.now())).await;
    world.app.deliver_once().await;
    assert_eq!(world.spent(order).await, BEAN);
    world.stop(order).await;
    second.due_once().await;
    second.deliver_once().await;
    assert_eq!(decide(&second, world.tenant, "bob"), None);
    world.pass(10 * MINUTE_MS).await;
    assert!(world.view(order).await.order.state.is_final(), "the other node's lease was taken back");
    world.assert_audited().await;
}

#[tokio::test]
async fn the_audit_names_an_order_that_was_tampered_with() {
    let world = World::new().await;
    let order = world.order(Goal::Viewers).await;
    world.assert_audited().await;
    let tamper = world.app.write(move |_, tx| {
        let mut order = tx.promotion_order(order)?.ok_or(CommandError::NotFound)?;
        order.sources[0].plan.amount = Amount::new(1);
        Ok::<_, CommandError<Infallible>>(tx.update_promotion_order(&order)?)
    });
    tamper.await.unwrap();
    let audit = world.app.audit(|_| {}).await.unwrap();
    assert_eq!(audit.broken_order, Some(BrokenOrder { order, fault: OrderFault::SourcesAreNotHolds }));
}
