//! One budget paced by two nodes: the plan is the order's, whoever shows it.

use tuiliu_domain::promotion::{ChargedBy, Desk, Product};

use super::*;

/// Large beside what one result costs.
const LARGE: u32 = 200;

async fn large_order(world: &World) -> PromotionOrderId {
    let presets = format!(
        r#"{{"order": {{"presets": {{"viewers": [{LARGE}], "interactions": [20], "follows": [20], "product_clicks": [20]}}}}}}"#
    );
    world.app.change_policy(staff(world.tenant), 2, presets.parse().unwrap()).await.unwrap();
    let command = PlacePromotionOrder {
        product: Product::TrafficPack,
        content: world.room.into(),
        desk: Desk::default(),
        charged_by: ChargedBy::default(),
        payer: world.creator,
        goal: Goal::Viewers,
        placement: None,
        audience: None,
        bidding: Bidding::Automatic,
        budget: Beans::from(LARGE),
        duration_ms: HOUR_MS,
        guard_rules: Vec::new(),
    };
    let order = world.app.place_promotion_order(staff(world.tenant), command).await.unwrap().id;
    let pay = PayPromotionOrder { order, coupons: CouponChoice::Automatic };
    world.app.pay_promotion_order(staff(world.tenant), pay).await.unwrap();
    order
}

#[tokio::test]
async fn dl_06_an_order_that_two_nodes_show_lasts_its_window() {
    let mut nodes = Nodes::on(memory()).await;
    nodes.order = large_order(&nodes.world).await;
    nodes.tick().await;
    let mut part_at = Vec::new();
    for step in 0..360 {
        for viewer in 0..4 {
            for (number, app) in [&nodes.world.app, &nodes.second].into_iter().enumerate() {
                if let Some(shown) = nodes.shown(app, &format!("viewer {step} {viewer} {number}")) {
                    nodes.watch(&shown).await;
                }
            }
        }
        nodes.world.clock.advance_ms(10_000);
        nodes.tick().await;
        nodes.world.app.pace_delivery();
        nodes.second.pace_delivery();
        if step % 36 == 35 {
            part_at.push(nodes.ledger().await.0.spent.get() * 100 / (i64::from(LARGE) * BEAN.get()));
        }
    }
    let is_on_plan = |(nth, part): (usize, &i64)| (part - i64::try_from(nth).unwrap() * 10 - 10).abs() <= 15;
    assert!(part_at.iter().enumerate().all(is_on_plan), "percent of the budget spent by each tenth: {part_at:?}");
}

#[test]
fn dl_06_what_an_earlier_epoch_is_charged_for_counts_for_the_plan() {
    on_both_nodes(|nodes| async move {
        let spent_as_known = |app: &App| app.pace_of(nodes.order).unwrap().spent;
        let [first, second] = ["ann", "bob"].map(|viewer| nodes.shown(&nodes.second, viewer).unwrap());
        nodes.watch(&first).await;
        // Another epoch of the same process: what was acknowledged is charged to the lease of the one before.
        nodes.second.start_delivery().await.unwrap();
        assert_eq!(spent_as_known(&nodes.second), BEAN);
        // What the other node folds is heard of as well.
        nodes.watch(&second).await;
        nodes.world.app.deliver_once().await;
        nodes.second.follow_other_nodes().await;
        let both = Micros::new(2 * BEAN.get());
        assert_eq!([&nodes.world.app, &nodes.second].map(spent_as_known), [both, both]);
    });
}
