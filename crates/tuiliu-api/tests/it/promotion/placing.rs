//! Placing orders, and what they would bring.

use serde_json::{Value, json};

use super::stage::{MINUTE_MS, Stage, beans};

fn goal<'a>(options: &'a Value, name: &str) -> &'a Value {
    options["goals"].as_array().unwrap().iter().find(|goal| goal["goal"] == name).unwrap()
}

#[tokio::test]
async fn tp_01_several_packs_run_on_one_room_each_with_its_own_report() {
    let stage = Stage::with_beans(5_000).await;
    let room = stage.live("room-1").await;
    let first = stage.running(Stage::draft(&room)).await;
    let mut larger = Stage::draft(&room);
    larger["budget"] = beans(1_000);
    let second = stage.running(larger).await;
    stage.view("anna").await;
    stage.view("bert").await;
    let results = |report: &Value| report["totals"]["results"].as_i64().unwrap_or(0);
    let (one, other) = (stage.report(&first).await, stage.report(&second).await);
    assert_eq!(results(&one) + results(&other), 2, "each result belongs to one order");
    assert_eq!(one["money"]["budget"], beans(500));
    assert_eq!(other["money"]["budget"], beans(1_000));
    stage.act(&first, "stop").await;
    assert_eq!(stage.state(&second).await, "running", "the other pack goes on");
    let listed = stage.get(&format!("/v1/boosts?room_id={room}")).await;
    assert_eq!(listed["data"].as_array().unwrap().len(), 2);
    stage.audit_is_clean().await;
}

#[tokio::test]
async fn tp_02_a_room_with_views_already_can_be_promoted() {
    let stage = Stage::with_beans(500).await;
    let room = stage.live("room-1").await;
    let natural = json!({
        "id": "n1", "type": "room_enter", "occurred_at": stage.at(0), "entity": {"type": "live_room", "id": "room-1"},
    });
    stage.report_events(vec![natural]).await;
    let boost = stage.running(Stage::draft(&room)).await;
    assert!(stage.report(&boost).await["totals"]["views"].is_null(), "earlier natural views are not the order's");
}

#[tokio::test]
async fn tp_03_goals_and_bids_follow_the_cart() {
    let stage = Stage::with_beans(50_000).await;
    let creator = stage.creator();
    let plain = stage.live("plain").await;
    let options = stage.get(&format!("/v1/boost_options?room_id={plain}")).await;
    for name in ["viewers", "interactions", "follows"] {
        assert_eq!(goal(&options, name)["available"], true, "{name}");
        assert_eq!(goal(&options, name)["bid_required"], false, "{name}");
    }
    let clicks = goal(&options, "product_clicks");
    assert_eq!(clicks["available"], false);
    assert_eq!(clicks["reason"]["code"], "boost.goal_needs_cart");
    assert!(clicks["reason"]["title"]["zh-CN"].is_string() && clicks["charged"]["en"].is_string());
    let mut draft = Stage::draft(&plain);
    draft["goal"] = json!("product_clicks");
    draft["budget"] = beans(5_000);
    stage.refused(creator, "/v1/boosts", draft, "boost.goal_needs_cart").await;
    stage.refused(creator, "/v1/boosts", Stage::draft_with_bid(&plain, 1), "boost.bid_not_allowed").await;

    let cart = stage.live_with_cart("cart").await;
    let options = stage.get(&format!("/v1/boost_options?room_id={cart}")).await;
    for name in ["viewers", "interactions", "follows", "product_clicks"] {
        assert_eq!(goal(&options, name)["available"], true, "{name}");
        assert_eq!(goal(&options, name)["bid_required"], true, "{name}");
    }
    stage.refused(creator, "/v1/boosts", Stage::draft(&cart), "boost.bid_required").await;
    stage.refused(creator, "/v1/boosts", Stage::draft_with_bid(&cart, 501), "boost.bid_out_of_range").await;
    stage.place(Stage::draft_with_bid(&cart, 500)).await;
}

/// A draft for a room with a cart, with a cost cap in whole beans instead of a bid.
fn capped(room: &str, cost_cap: i64) -> Value {
    let mut draft = Stage::draft(room);
    draft["cost_cap"] = beans(cost_cap);
    draft
}

#[tokio::test]
async fn dl_04_a_cost_cap_is_taken_where_a_bid_is_and_instead_of_one() {
    let stage = Stage::with_beans(5_000).await;
    let creator = stage.creator();
    let (plain, cart) = (stage.live("plain").await, stage.live_with_cart("cart").await);
    let options = stage.get(&format!("/v1/boost_options?room_id={cart}")).await;
    assert_eq!((&options["cost_cap_min"], &options["cost_cap_max"]), (&options["bid_min"], &options["bid_max"]));
    assert_eq!(options["cost_cap_results_min"], 50);

    let mut both = capped(&cart, 3);
    both["bid"] = beans(3);
    let amount = |amount: Value, currency: &str| {
        let mut draft = capped(&cart, 3);
        draft["cost_cap"] = json!({"amount": amount, "currency": currency});
        draft
    };
    let cases = [
        (both, "boost.bid_and_cost_cap"),
        (capped(&plain, 3), "boost.bid_not_allowed"),
        (capped(&cart, 501), "boost.cost_cap_out_of_range"),
        (capped(&cart, 0), "request.invalid_amount"),
        (capped(&cart, -1), "request.invalid_amount"),
        (amount(json!(i64::MAX), "BEAN"), "request.invalid_amount"),
        (amount(json!(300), "CNY"), "request.invalid_amount"),
        (amount(json!("300"), "BEAN"), "request.invalid"),
        (amount(json!(3.5), "BEAN"), "request.invalid"),
    ];
    for (draft, code) in cases {
        stage.refused(creator, "/v1/boost_estimates", draft.clone(), code).await;
        stage.refused(creator, "/v1/boosts", draft, code).await;
    }
    let mut paid_by_us = capped(&cart, 3);
    paid_by_us["payer_id"] = json!(creator.party.to_string());
    stage.platform.is_closed("POST", "/v1/boosts", Some(paid_by_us), 403).await;

    let boost = stage.running(capped(&cart, 3)).await;
    let shown = stage.get(&format!("/v1/boosts/{boost}")).await;
    assert_eq!((&shown["cost_cap"], &shown["bid"]), (&beans(3), &json!(null)));
    let again = stage.expect(creator, &format!("/v1/boosts/{boost}/order_again"), json!({}), 201).await;
    assert_eq!((&again["cost_cap"], &again["bid"]), (&beans(3), &json!(null)), "TP-09");
    let (status, _) = stage.platform.get(&stage.platform.ours.stranger, &format!("/v1/boosts/{boost}")).await;
    assert_eq!(status, 403, "another's order and its cap are not theirs to read");
    let bid = stage.get(&format!("/v1/boosts/{}", stage.place(Stage::draft_with_bid(&cart, 2)).await)).await;
    assert_eq!((&bid["cost_cap"], &bid["bid"]), (&json!(null), &beans(2)));
}

#[tokio::test]
async fn dl_04_an_estimate_tells_whether_a_cap_can_be_promised() {
    let stage = Stage::new().await;
    let cart = stage.live_with_cart("cart").await;
    let estimate = |draft: Value| stage.expect(stage.creator(), "/v1/boost_estimates", draft, 200);
    // The platform supposes 333 to 1000 viewers for 500 beans, of which a low cap may win none.
    let usual = estimate(capped(&cart, 2)).await;
    assert_eq!((&usual["results"]["low"], &usual["cost_cap_can_be_promised"]), (&json!(166), &json!(true)));
    let low = estimate(capped(&cart, 1)).await;
    assert_eq!((&low["results"]["low"], &low["cost_cap_can_be_promised"]), (&json!(0), &json!(false)));
    assert!(estimate(Stage::draft_with_bid(&cart, 2)).await["cost_cap_can_be_promised"].is_null());
}

#[tokio::test]
async fn tp_03_an_audience_is_kept_as_it_was_written() {
    let stage = Stage::new().await;
    let room = stage.live("room-1").await;
    let text = "and(gender:female,or(age:18-23,age:24-30),not(segment:visited))";
    let mut draft = Stage::draft(&room);
    draft["audience"] = json!(text);
    let boost = stage.place(draft.clone()).await;
    assert_eq!(stage.get(&format!("/v1/boosts/{boost}")).await["audience"], text);
    for wrong in ["", "and()", "colour:red", "gender:female,", "not(gender:female"] {
        draft["audience"] = json!(wrong);
        stage.refused(stage.creator(), "/v1/boosts", draft.clone(), "boost.audience_invalid").await;
    }
    draft["audience"] = json!("not(".repeat(20) + "live_watcher" + &")".repeat(20));
    stage.refused(stage.creator(), "/v1/boosts", draft, "boost.audience_too_complex").await;
}

#[tokio::test]
async fn tp_04_a_fraction_of_a_bean_stays_in_the_wallet() {
    let stage = Stage::new().await;
    let room = stage.live("room-1").await;
    let mut draft = Stage::draft(&room);
    draft["budget"] = json!({"amount": 50_050, "currency": "BEAN"});
    stage.refused(stage.creator(), "/v1/boosts", draft, "boost.fractional_beans").await;
    let boost = stage.place(Stage::draft(&room)).await;
    stage.give(stage.creator().party, 49_999).await;
    let pay = format!("/v1/boosts/{boost}/pay");
    stage.refused(stage.creator(), &pay, json!({}), "boost.insufficient_funds").await;
    assert_eq!(stage.spendable(stage.creator()).await.0, 49_999, "a refused payment takes nothing");
    stage.give(stage.creator().party, 51).await;
    stage.pay(&boost).await;
    assert_eq!(stage.spendable(stage.creator()).await.0, 50, "half a bean stays");
}

#[tokio::test]
async fn tp_07_an_estimate_names_its_prior_and_refuses_what_cannot_be_placed() {
    let stage = Stage::new().await;
    let (creator, room) = (stage.creator(), stage.live("room-1").await);
    let estimate = stage.expect(creator, "/v1/boost_estimates", Stage::draft(&room), 200).await;
    assert_eq!(estimate["basis"], "prior");
    assert_eq!(estimate["comparables"], 0);
    assert!(estimate["note"]["zh-CN"].as_str().unwrap().contains("先验"));
    for range in ["results", "views", "duration_ms"] {
        let of = |end: &str| estimate[range][end].as_i64().unwrap();
        assert!(0 <= of("low") && of("low") <= of("mid") && of("mid") <= of("high"), "{range}: {estimate}");
    }
    let mut small = Stage::draft(&room);
    small["budget"] = beans(499);
    stage.refused(creator, "/v1/boost_estimates", small, "boost.budget_out_of_range").await;
    stage.refused(creator, "/v1/boost_estimates", Stage::draft_with_bid(&room, 1), "boost.bid_not_allowed").await;
}

#[tokio::test]
async fn tp_08_an_unpaid_order_closes_after_thirty_minutes() {
    let stage = Stage::with_beans(500).await;
    let room = stage.live("room-1").await;
    let boost = stage.place(Stage::draft(&room)).await;
    stage.pass_ms(30 * MINUTE_MS - 1).await;
    assert_eq!(stage.state(&boost).await, "pending_payment");
    stage.pass_ms(1).await;
    assert_eq!(stage.state(&boost).await, "closed");
    stage.refused(stage.creator(), &format!("/v1/boosts/{boost}/pay"), json!({}), "boost.wrong_state").await;
    let late = stage.place(Stage::draft(&room)).await;
    stage.platform.clock.advance_ms(30 * MINUTE_MS);
    let pay = format!("/v1/boosts/{late}/pay");
    stage.refused(stage.creator(), &pay, json!({}), "boost.payment_too_late").await;
    let unwanted = stage.place(Stage::draft(&room)).await;
    assert_eq!(stage.act(&unwanted, "cancel").await["state"], "canceled");
    assert_eq!(stage.spendable(stage.creator()).await.0, 50_000);
}

#[tokio::test]
async fn tp_09_order_again_says_why_the_cart_does_not_fit() {
    let stage = Stage::with_beans(5_000).await;
    let (plain, cart) = (stage.live("plain").await, stage.live_with_cart("cart").await);
    let mut draft = Stage::draft(&plain);
    draft["audience"] = json!("gender:female");
    draft["guard_rules"] = json!([{"first": {"kind": "idle_longer_than", "ms": 600_000}}]);
    let first = stage.place(draft).await;
    let path = format!("/v1/boosts/{first}/order_again");
    let twin = stage.expect(stage.creator(), &path, json!({}), 201).await;
    assert_eq!(twin["again_of"], first);
    let earlier = stage.get(&format!("/v1/boosts/{first}")).await;
    for same in ["goal", "audience", "bid", "budget", "duration_ms", "guard_rules", "room_id"] {
        assert_eq!(twin[same], earlier[same], "{same}");
    }
    stage.refused(stage.creator(), &path, json!({"room_id": cart}), "boost.again_cart_mounted").await;
    let commerce = stage.place(Stage::draft_with_bid(&cart, 2)).await;
    let path = format!("/v1/boosts/{commerce}/order_again");
    stage.refused(stage.creator(), &path, json!({"room_id": plain}), "boost.again_cart_missing").await;
    stage.fact(&plain, "ended").await;
    let path = format!("/v1/boosts/{first}/order_again");
    stage.refused(stage.creator(), &path, json!({}), "boost.room_ended").await;
}

#[tokio::test]
async fn tp_26_budgets_and_durations_are_those_of_the_rule_book() {
    let stage = Stage::new().await;
    let room = stage.live_with_cart("room-1").await;
    let options = stage.get(&format!("/v1/boost_options?room_id={room}")).await;
    let presets = |name: &str| {
        let list = goal(&options, name)["presets"].as_array().unwrap();
        list.iter().map(|preset| preset["amount"].as_i64().unwrap() / 100).collect::<Vec<_>>()
    };
    assert_eq!(presets("viewers"), [500, 1_000, 2_000, 3_000, 4_000, 5_000]);
    assert_eq!(presets("interactions").first(), Some(&2_000));
    assert_eq!(presets("follows").last(), Some(&8_000));
    assert_eq!((presets("product_clicks").first(), presets("product_clicks").last()), (Some(&5_000), Some(&10_000)));
    assert_eq!(options["budget_max"], beans(300_000));
    let durations: Vec<i64> =
        options["durations_ms"].as_array().unwrap().iter().map(|one| one.as_i64().unwrap() / 1_800_000).collect();
    assert_eq!(durations, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 24, 48], "half hours");
    let direct = &options["bean_prices"][0];
    assert_eq!((&direct["channel"], &direct["beans_per_yuan"]), (&json!("direct"), &json!(10)), "TP-25");
    let mut draft = Stage::draft_with_bid(&room, 1);
    for budget in [499, 300_001] {
        draft["budget"] = beans(budget);
        stage.refused(stage.creator(), "/v1/boosts", draft.clone(), "boost.budget_out_of_range").await;
    }
    draft["budget"] = beans(300_000);
    draft["duration_ms"] = json!(1_800_001);
    stage.refused(stage.creator(), "/v1/boosts", draft.clone(), "boost.duration_not_offered").await;
    draft["duration_ms"] = json!(1_800_000);
    stage.place(draft).await;
}
