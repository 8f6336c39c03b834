//! Paying, and where every bean and point goes.

use serde_json::{Value, json};
use tuiliu_domain::coupon::CouponKind;

use super::stage::{HOUR_MS, MINUTE_MS, Stage, beans, keyed};
use crate::platform::request;

fn source<'a>(report: &'a Value, kind: &str) -> &'a Value {
    report["sources"].as_array().unwrap().iter().find(|source| source["kind"] == kind).unwrap()
}

fn units(view: &Value) -> i64 {
    view["amount"].as_i64().unwrap()
}

#[tokio::test]
async fn tp_05_coupons_offset_the_price_before_beans() {
    let stage = Stage::with_beans(500).await;
    let party = stage.creator().party;
    let (one, other) = (stage.coupon(party, 120).await, stage.coupon(party, 80).await);
    let room = stage.live("room-1").await;
    let boost = stage.place(Stage::draft(&room)).await;
    let paid = stage.pay(&boost).await;
    let sources = paid["sources"].as_array().unwrap();
    let kinds: Vec<&str> = sources.iter().map(|source| source["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["traffic_coupon", "traffic_coupon", "gift_beans"]);
    let points: i64 =
        sources.iter().filter(|one| one["kind"] == "traffic_coupon").map(|one| units(&one["amount"])).sum();
    assert_eq!(points, 200);
    assert_eq!(stage.spendable(stage.creator()).await.0, 20_000, "300 beans were needed beside them");
    for coupon in [one, other] {
        let seen = stage.get(&format!("/v1/coupons/{coupon}")).await;
        assert_eq!(seen["held_points"], seen["points"]);
    }
}

#[tokio::test]
async fn tp_05_only_the_chosen_coupons_are_used() {
    let stage = Stage::with_beans(5_000).await;
    let party = stage.creator().party;
    let (one, other) = (stage.coupon(party, 100).await, stage.coupon(party, 100).await);
    let room = stage.live("room-1").await;
    let pay = |boost: &str| format!("/v1/boosts/{boost}/pay");
    let boost = stage.place(Stage::draft(&room)).await;
    let body = json!({"coupon_use": "these", "coupons": [other]});
    let paid = stage.expect(stage.creator(), &pay(&boost), body, 200).await;
    assert_eq!(paid["sources"][0]["lot_id"], other);
    let boost = stage.place(Stage::draft(&room)).await;
    let body = json!({"coupon_use": "no"});
    let paid = stage.expect(stage.creator(), &pay(&boost), body, 200).await;
    assert_eq!(paid["sources"][0]["kind"], "gift_beans");
    let boost = stage.place(Stage::draft(&room)).await;
    let refused = async |coupons: Value, code: &str| {
        let body = json!({"coupon_use": "these", "coupons": coupons});
        stage.refused(stage.creator(), &pay(&boost), body, code).await;
    };
    refused(json!([one, one]), "boost.coupon_repeated").await;
    refused(json!([other]), "boost.coupon_unknown").await;
    refused(json!([]), "request.invalid").await;
    let foreign = stage.coupon(stage.platform.ours.stranger.party, 100).await;
    refused(json!([foreign]), "boost.coupon_unknown").await;
    stage.audit_is_clean().await;
}

#[tokio::test]
async fn tp_28_a_growth_card_is_used_by_name_and_burnt() {
    let stage = Stage::with_beans(5_000).await;
    let card = stage.coupon_of(stage.creator().party, CouponKind::GrowthCard, 300).await;
    let room = stage.live("room-1").await;
    let boost = stage.place(Stage::draft(&room)).await;
    let body = json!({"coupon_use": "these", "coupons": [card]});
    stage.expect(stage.creator(), &format!("/v1/boosts/{boost}/pay"), body, 200).await;
    stage.tick().await;
    stage.view("anna").await;
    stage.act(&boost, "stop").await;
    stage.pass_ms(30 * MINUTE_MS).await;
    assert_eq!(stage.state(&boost).await, "stopped");
    assert!(stage.coupons_left().await.is_empty(), "what is unused of a card lapses");
    stage.audit_is_clean().await;
}

#[tokio::test]
async fn tp_06_tp_19_every_source_gets_back_exactly_what_was_not_used() {
    let stage = Stage::dear(0).await;
    let party = stage.creator().party;
    let coupon = stage.coupon(party, 200).await;
    stage.give(party, 10_000).await;
    stage.buy(party, 40_000).await;
    let room = stage.live_with_cart("room-1").await;
    let boost = stage.running(Stage::draft_with_bid(&room, 30)).await;
    // A rival with the lower bid sets a price that uses up the coupon and goes on into the beans.
    stage.rival(29).await;
    stage.results(&boost, 8).await;
    stage.act(&boost, "stop").await;
    stage.pass_ms(30 * MINUTE_MS).await;
    let report = stage.report(&boost).await;
    assert_eq!(report["boost"]["state"], "stopped");
    let mut worth_used = 0;
    for source in report["sources"].as_array().unwrap() {
        let [paid, used, returned, held] = ["paid", "used", "returned", "held"].map(|part| units(&source[part]));
        assert_eq!(paid, used + returned, "{source}");
        assert_eq!(held, 0);
        worth_used += if source["kind"] == "traffic_coupon" { used * 1_000_000 } else { used * 10_000 };
    }
    let spent = report["money"]["spend"]["micros"].as_i64().unwrap();
    assert!(spent > 200_000_000, "the coupon was used up: {report}");
    assert!((0..10_000).contains(&(spent - worth_used)), "what is used is what was spent, to the smallest unit");
    let (gift, paid) = stage.spendable(stage.creator()).await;
    assert_eq!(gift, units(&source(&report, "gift_beans")["returned"]));
    assert_eq!(paid, 40_000 - units(&source(&report, "paid_beans")["used"]));
    assert_eq!(stage.coupons_left().await, [], "coupon {coupon} was used whole");
    stage.audit_is_clean().await;
}

#[tokio::test]
async fn tp_06_tp_24_a_remainder_comes_back_as_a_new_coupon_and_is_told() {
    let stage = Stage::dear(0).await;
    let coupon = stage.coupon(stage.creator().party, 800).await;
    let room = stage.live_with_cart("room-1").await;
    let boost = stage.running(Stage::draft_with_bid(&room, 30)).await;
    stage.rival(29).await;
    let left = stage.coupons_left().await;
    assert_eq!(left, [(coupon.clone(), 300)], "use takes what is needed, the rest stays");
    stage.results(&boost, 3).await;
    stage.act(&boost, "stop").await;
    stage.pass_ms(30 * MINUTE_MS).await;
    let used = units(&source(&stage.report(&boost).await, "traffic_coupon")["used"]);
    assert!((80..=90).contains(&used), "three results at 29 beans or a little less: {used}");
    let back = stage.coupons_left().await;
    let fresh = back.iter().find(|(id, _)| *id != coupon).expect("a new coupon");
    assert_eq!(fresh.1, 500 - used, "its face is the remainder");
    let remainder = stage.get(&format!("/v1/coupons/{}", fresh.0)).await;
    let source = stage.get(&format!("/v1/coupons/{coupon}")).await;
    assert_eq!(remainder["parent"], coupon);
    assert_eq!(remainder["valid_to"], source["valid_to"], "it keeps the expiry");
    let uses = stage.get(&format!("/v1/coupons/{coupon}/uses")).await;
    let lines: Vec<(&str, i64)> = uses["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (line["kind"].as_str().unwrap(), line["points"].as_i64().unwrap()))
        .collect();
    assert_eq!(lines[0], ("granted", 800));
    assert_eq!(lines[1], ("held", 500));
    let after: i64 = lines[2..].iter().map(|(_, points)| points).sum();
    assert_eq!(after, 500, "what was held was used or came back: {lines:?}");
    stage.audit_is_clean().await;
}

#[tokio::test]
async fn tp_13_a_rejected_order_is_refunded_in_full() {
    let stage = Stage::with_beans(500).await;
    let room = stage.planned(stage.creator(), "room-1").await;
    let title = json!({"title": "加微信领面包，限时", "category": "bakery", "visibility": "public"});
    let body = json!({"fact": "content_changed", "occurred_at": stage.at(0), "content": title});
    stage.expect(stage.machine(), &format!("/v1/rooms/{room}/facts"), body, 200).await;
    stage.fact(&room, "started").await;
    let boost = stage.place(Stage::draft(&room)).await;
    let paid = stage.pay(&boost).await;
    assert_eq!(paid["state"], "rejected");
    assert_eq!(paid["state_detail"]["reasons"][0]["code"], "blocked_word");
    assert_eq!(stage.spendable(stage.creator()).await.0, 50_000);
    stage.tick().await;
    assert_eq!(stage.decide("anna").await["decisions"], json!([]), "delivery begins only after review passes");
    stage.audit_is_clean().await;
}

#[tokio::test]
async fn tp_18_settlement_takes_at_most_thirty_minutes() {
    let stage = Stage::with_beans(500).await;
    let room = stage.live("room-1").await;
    let boost = stage.running(Stage::draft(&room)).await;
    let token = stage.token("anna").await;
    stage.report_events(vec![stage.event("i", "impression", &token), stage.event("e", "room_enter", &token)]).await;
    let stopped = stage.act(&boost, "stop").await;
    assert_eq!(stopped["state"], "settling");
    assert_eq!(stopped["state_detail"]["settled_by"], stage.at(30 * 60_000));
    // What was shown before the stop may still bring a result, and is charged.
    stage.pass_ms(5 * MINUTE_MS).await;
    let mut watch = stage.event("w", "watch", &token);
    watch["properties"] = json!({"watch_ms": 9_000});
    stage.report_events(vec![watch]).await;
    assert_eq!(stage.report(&boost).await["totals"]["results"], 1);
    stage.pass_ms(25 * MINUTE_MS).await;
    assert_eq!(stage.state(&boost).await, "stopped");
    let report = stage.report(&boost).await;
    let used = units(&source(&report, "gift_beans")["used"]);
    assert_eq!(stage.spendable(stage.creator()).await.0, 50_000 - used);
    stage.audit_is_clean().await;
}

#[tokio::test]
async fn tp_30_a_top_up_is_a_payment_of_its_own() {
    let stage = Stage::with_beans(1_000).await;
    let room = stage.live("room-1").await;
    let boost = stage.running(Stage::draft(&room)).await;
    let path = format!("/v1/boosts/{boost}/top_up");
    let refused = async |body: Value, code: &str| stage.refused(stage.creator(), &path, body, code).await;
    refused(json!({"budget": beans(0), "duration_ms": 0}), "boost.top_up_nothing").await;
    refused(json!({"budget": beans(99)}), "boost.top_up_too_little").await;
    refused(json!({"budget": beans(300_000)}), "boost.insufficient_funds").await;
    refused(json!({"budget": beans(100), "duration_ms": 86_400_001}), "boost.top_up_duration_out_of_range").await;
    refused(json!({"budget": beans(100), "duration_ms": -1}), "boost.top_up_duration_out_of_range").await;
    let before = stage.get(&format!("/v1/boosts/{boost}")).await;
    let topped = stage.expect(stage.creator(), &path, json!({"budget": beans(200), "duration_ms": HOUR_MS}), 200).await;
    assert_eq!(topped["budget"], beans(700));
    assert_eq!(topped["payments"].as_array().unwrap().len(), 2);
    assert_eq!(topped["sources"].as_array().unwrap().len(), before["sources"].as_array().unwrap().len() + 1);
    assert_eq!(topped["duration_ms"], 2 * HOUR_MS);
    stage.expect(stage.creator(), &path, json!({"budget": beans(0), "duration_ms": HOUR_MS}), 200).await;
    assert_eq!(stage.spendable(stage.creator()).await.0, 30_000);
    stage.act(&boost, "stop").await;
    refused(json!({"budget": beans(100)}), "boost.wrong_state").await;
    stage.pass_ms(30 * MINUTE_MS).await;
    assert_eq!(stage.spendable(stage.creator()).await.0, 100_000);
    stage.audit_is_clean().await;
}

#[tokio::test]
async fn wl_04_the_same_wish_is_carried_out_once() {
    let stage = Stage::with_beans(2_000).await;
    let room = stage.live("room-1").await;
    let send = async |path: &str, body: Value| {
        let (status, headers, json) = stage.platform.send(keyed(stage.creator(), path, "one-wish", body)).await;
        (status.as_u16(), headers.contains_key("idempotency-replayed"), json)
    };
    let (status, replayed, placed) = send("/v1/boosts", Stage::draft(&room)).await;
    assert_eq!((status, replayed), (201, false));
    let (status, replayed, again) = send("/v1/boosts", Stage::draft(&room)).await;
    assert_eq!((status, replayed, &again), (201, true, &placed));
    let (status, _, other) =
        send("/v1/boosts", json!({"room_id": room, "goal": "viewers", "budget": beans(600), "duration_ms": 3_600_000}))
            .await;
    assert_eq!((status, other["code"].as_str()), (422, Some("idempotency.key_reused")));
    assert_eq!(stage.get("/v1/boosts").await["data"].as_array().unwrap().len(), 1);
    let pay = format!("/v1/boosts/{}/pay", placed["id"].as_str().unwrap());
    for replayed in [false, true] {
        let (_, headers, json) = stage.platform.send(keyed(stage.creator(), &pay, "pay", json!({}))).await;
        assert_eq!((headers.contains_key("idempotency-replayed"), &json["state"]), (replayed, &json!("running")));
    }
    assert_eq!(stage.spendable(stage.creator()).await.0, 150_000, "paid once");
    let twice = request("POST", Some(stage.creator()), &pay, &[("idempotency-key", "")], Some(json!({})));
    assert_eq!(stage.platform.send(twice).await.2["code"], "idempotency.key_invalid");
    stage.audit_is_clean().await;
}

#[tokio::test]
async fn tp_05_a_plan_says_what_paying_would_take_and_holds_nothing() {
    let stage = Stage::with_beans(700).await;
    let (creator, room) = (stage.creator(), stage.live("room-1").await);
    let coupon = stage.coupon(creator.party, 200).await;
    let ask = |price: i64| json!({"room_id": room, "price": beans(price)});
    let plan = stage.expect(creator, "/v1/payment_plans", ask(500), 200).await;
    assert_eq!(
        (&plan["by_coupons"], &plan["by_wallet"], &plan["missing"]["amount"]),
        (&beans(200), &beans(300), &json!(0))
    );
    assert_eq!(plan["sources"][0]["lot_id"], coupon.as_str());
    let short = stage.expect(creator, "/v1/payment_plans", ask(1_000), 200).await;
    assert_eq!((&short["missing"], &short["sources"]), (&beans(100), &json!([])));
    let whole = json!({"room_id": room, "price": beans(500), "coupon_use": "no"});
    assert_eq!(stage.expect(creator, "/v1/payment_plans", whole, 200).await["by_wallet"], beans(500));
    let boost = stage.expect(creator, "/v1/boosts", Stage::draft(&room), 201).await["id"].clone();
    let of_order = json!({"boost_id": boost, "price": beans(500)});
    let planned = stage.expect(creator, "/v1/payment_plans", of_order.clone(), 200).await;
    assert_eq!(planned["sources"], plan["sources"]);
    let path = format!("/v1/boosts/{}/pay", boost.as_str().unwrap());
    let paid = stage.expect(creator, &path, json!({}), 200).await;
    for (paid, planned) in paid["sources"].as_array().unwrap().iter().zip(planned["sources"].as_array().unwrap()) {
        assert_eq!((&paid["lot_id"], &paid["amount"]), (&planned["lot_id"], &planned["amount"]));
    }
    stage.refused(creator, "/v1/payment_plans", json!({"price": beans(500)}), "request.invalid").await;
    let stranger = &stage.platform.theirs.creator;
    stage.refused(stranger, "/v1/payment_plans", of_order, "request.not_found").await;
}

impl Stage {
    /// Lets orders be bought for this placement alone.
    async fn sell_alone(&self, placement: &str) {
        let nobody = json!({"share_permille_min": 0, "share_permille_max": 0, "universal_permille": 0});
        let sold = json!({"placements_sold": [placement]});
        self.change_policy(json!({"holdout": nobody, "delivery": sold})).await;
    }

    /// Grants the creator a coupon under these conditions; its id.
    async fn coupon_for(&self, points: i64, conditions: Value) -> String {
        let owners = [self.creator().party.to_string()];
        let mut body = json!({"owners": owners, "kind": "traffic_coupon", "points": points});
        body.as_object_mut().unwrap().extend(conditions.as_object().unwrap().clone());
        let granted = self.expect(&self.platform.ours.operator, "/v1/coupons", body, 201).await;
        granted["data"][0]["id"].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn in_09_a_coupon_whose_conditions_are_not_met_is_refused_with_the_reason() {
    let stage = Stage::with_beans(1_000).await;
    stage.sell_alone("feed_home").await;
    let (creator, room) = (stage.creator(), stage.live("room-1").await);
    let cases = [
        (json!({"product": "quick_boost"}), "product"),
        (json!({"goal": "follows"}), "goal"),
        (json!({"placement": "feed_home"}), "placement"),
    ];
    let mut coupons = Vec::new();
    for (conditions, misfit) in cases {
        coupons.push((stage.coupon_for(100, conditions).await, misfit));
    }
    let fitting = stage.coupon_for(50, json!({"product": "traffic_pack", "goal": "viewers"})).await;
    // The picker says of each why it does not fit.
    let ask = json!({"room_id": room, "goal": "viewers", "price": beans(500)});
    let plan = stage.expect(creator, "/v1/payment_plans", ask, 200).await;
    assert_eq!((&plan["by_coupons"], plan["coupons"].as_array().unwrap().len()), (&beans(50), 4));
    let first = &plan["coupons"][0];
    assert_eq!(
        (first["id"].as_str(), &first["usable"], &first["reason"]),
        (Some(&*fitting), &json!(true), &Value::Null)
    );
    for (coupon, misfit) in &coupons {
        let told = plan["coupons"].as_array().unwrap().iter().find(|told| told["id"] == coupon.as_str()).unwrap();
        let code = json!("boost.coupon_does_not_fit");
        assert_eq!(
            (&told["usable"], &told["condition"], &told["reason"]["code"]),
            (&json!(false), &json!(misfit), &code)
        );
        let boost = stage.place(Stage::draft(&room)).await;
        let by_name = json!({"coupon_use": "these", "coupons": [coupon]});
        let (path, code) = (format!("/v1/boosts/{boost}/pay"), "boost.coupon_does_not_fit");
        stage.refused(creator, &path, by_name, code).await;
        stage.act(&boost, "cancel").await;
    }
    // Shown in the coupon's placement alone, an order can be paid with it.
    let in_placement =
        |goal: &str| json!({"room_id": room, "goal": goal, "placement": "feed_home", "price": beans(500)});
    let plan = stage.expect(creator, "/v1/payment_plans", in_placement("viewers"), 200).await;
    assert_eq!(plan["by_coupons"], beans(150));
    let mut draft = Stage::draft(&room);
    draft["placement"] = json!("feed_home");
    let boost = stage.place(draft).await;
    let paid = stage.expect(creator, &format!("/v1/boosts/{boost}/pay"), json!({}), 200).await;
    assert_eq!((&paid["placement"], paid["sources"].as_array().unwrap().len()), (&json!("feed_home"), 3));
    let read = stage.get(&format!("/v1/coupons/{}", coupons[2].0)).await;
    assert_eq!(
        (&read["placement"], &read["goal"], &read["product"]),
        (&json!("feed_home"), &Value::Null, &json!("any"))
    );
    stage.audit_is_clean().await;
}

#[tokio::test]
async fn in_09_conditions_that_nothing_meets_and_placements_that_are_not_sold_are_refused() {
    let stage = Stage::with_beans(1_000).await;
    let owners = [stage.creator().party.to_string()];
    let operator = &stage.platform.ours.operator;
    let body =
        json!({"owners": owners, "kind": "traffic_coupon", "points": 5, "product": "plain", "goal": "purchases"});
    stage.refused(operator, "/v1/coupons", body, "coupon.never_fits").await;
    let mut draft = Stage::draft(&stage.live("room-1").await);
    draft["placement"] = json!("feed_home");
    stage.refused(stage.creator(), "/v1/boosts", draft.clone(), "boost.placement_not_offered").await;
    stage.sell_alone("feed_home").await;
    let options = stage.get(&format!("/v1/boost_options?room_id={}", draft["room_id"].as_str().unwrap())).await;
    assert_eq!(options["placements"], json!(["feed_home"]));
    // The host asks for another placement: there it is not shown.
    let boost = stage.running(draft).await;
    assert_eq!(stage.decide("a").await["decisions"], json!([]));
    let body =
        json!({"placements": [{"id": "feed_home", "slots": 1, "positions": [4]}], "user": {"opaque_user_id": "a"}});
    let asked = stage.expect(stage.machine(), "/v1/decisions", body, 200).await;
    assert_eq!(asked["placements"][0]["decisions"][0]["boost_id"], json!(boost));
}
