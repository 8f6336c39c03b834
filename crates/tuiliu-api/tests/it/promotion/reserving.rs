//! Packs for rooms that are not live yet.

use serde_json::json;

use super::stage::{HOUR_MS, Stage};

impl Stage {
    /// The creator has broadcast before, with a cart or without one.
    async fn broadcast_before(&self, with_cart: bool) {
        let room = if with_cart { self.live_with_cart("earlier").await } else { self.live("earlier").await };
        self.platform.clock.advance_ms(1_000);
        self.fact(&room, "ended").await;
    }

    /// A paid reservation for a planned room.
    async fn reserved(&self, draft: serde_json::Value) -> String {
        let boost = self.place(draft).await;
        let paid = self.pay(&boost).await;
        assert_eq!(paid["state"], "reserved", "{paid}");
        boost
    }
}

#[tokio::test]
async fn tp_10_a_reservation_needs_an_earlier_broadcast_like_this_one() {
    let stage = Stage::with_beans(5_000).await;
    let creator = stage.creator();
    let first = stage.planned(creator, "first").await;
    stage.refused(creator, "/v1/boosts", Stage::draft(&first), "boost.no_previous_broadcast").await;
    stage.broadcast_before(false).await;
    let plain = stage.planned(creator, "plain").await;
    let options = stage.get(&format!("/v1/boost_options?room_id={plain}")).await;
    assert_eq!(options["is_reservation"], true);
    stage.reserved(Stage::draft(&plain)).await;
    let cart = stage.planned(creator, "cart").await;
    stage.fact(&cart, "cart_mounted").await;
    stage.refused(creator, "/v1/boosts", Stage::draft_with_bid(&cart, 1), "boost.cart_unlike_previous").await;
}

#[tokio::test]
async fn tp_10_tp_20_a_reserved_order_is_reviewed_again_and_runs_when_the_room_goes_live() {
    let stage = Stage::with_beans(500).await;
    stage.broadcast_before(true).await;
    let room = stage.planned(stage.creator(), "room-1").await;
    let boost = stage.reserved(Stage::draft_with_bid(&room, 1)).await;
    stage.pass_ms(HOUR_MS).await;
    stage.fact(&room, "cart_mounted").await;
    stage.platform.clock.advance_ms(1_000);
    stage.fact(&room, "started").await;
    let seen = stage.get(&format!("/v1/boosts/{boost}")).await;
    assert_eq!(seen["state"], "running");
    let stages: Vec<_> = seen["reviews"].as_array().unwrap().iter().map(|review| review["stage"].clone()).collect();
    assert_eq!(stages, [json!("booking"), json!("start")]);
    stage.tick().await;
    stage.token("anna").await;
}

#[tokio::test]
async fn tp_11_a_cart_unlike_the_reservation_makes_it_invalid() {
    let stage = Stage::with_beans(500).await;
    stage.broadcast_before(false).await;
    let room = stage.planned(stage.creator(), "room-1").await;
    let boost = stage.reserved(Stage::draft(&room)).await;
    assert_eq!(stage.spendable(stage.creator()).await.0, 0);
    stage.fact(&room, "cart_mounted").await;
    stage.platform.clock.advance_ms(1_000);
    stage.fact(&room, "started").await;
    let seen = stage.get(&format!("/v1/boosts/{boost}")).await;
    assert_eq!((&seen["state"], &seen["state_detail"]["by"]), (&json!("reservation_invalid"), &json!("cart_mounted")));
    assert_eq!(stage.spendable(stage.creator()).await.0, 50_000, "everything is returned");
    stage.audit_is_clean().await;
}

#[tokio::test]
async fn tp_12_a_reservation_lapses_after_forty_eight_hours() {
    let stage = Stage::with_beans(500).await;
    stage.broadcast_before(false).await;
    let room = stage.planned(stage.creator(), "room-1").await;
    let boost = stage.reserved(Stage::draft(&room)).await;
    stage.pass_ms(48 * HOUR_MS - 1).await;
    assert_eq!(stage.state(&boost).await, "reserved");
    stage.pass_ms(1).await;
    assert_eq!(stage.state(&boost).await, "reservation_expired");
    assert_eq!(stage.spendable(stage.creator()).await.0, 50_000, "everything is returned");
    stage.audit_is_clean().await;
}
