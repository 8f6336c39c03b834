//! Abuse (IN-12): kept back, taken back, owed, appealed.

use serde_json::{Value, json};

use super::desk::{lines, sales};
use crate::promotion::stage::{HOUR_MS, MINUTE_MS, Stage};

const DAY_MS: i64 = 86_400_000;

#[tokio::test]
async fn in_12_refunds_of_more_than_40_percent_of_a_session_keep_its_reward_back() {
    let stage = Stage::new().await;
    let programme = stage.programme("cold_start").await;
    stage.enrolled(stage.creator(), &programme).await;
    let told = async |name: &str, refunded: i64| {
        let room = stage.ended(stage.creator(), name, 90).await;
        stage.told(&room, sales(1_000, 500, refunded)).await;
        stage.last_reward(stage.creator()).await
    };
    assert_eq!(told("honest", 400).await["state"], "issued");
    let kept_back = told("refunded", 401).await;
    assert_eq!((&kept_back["state"], &kept_back["reasons"]), (&json!("withheld"), &json!(["refund_rate"])));
    assert_eq!(kept_back["figures"]["refund_rate_permille"], json!({"value": 401, "source": "reported"}));
    assert_eq!(stage.messages(stage.creator()).await[0]["topic"], "reward_withheld");
}

#[tokio::test]
async fn in_12_what_is_known_of_a_shop_or_an_account_keeps_it_from_taking_part() {
    let stage = Stage::new().await;
    let programme = stage.programme("cold_start").await;
    let path = format!("/v1/account-standings/{}", stage.creator().party);
    for standing in [
        json!({"shop_score_hundredths": 409}),
        json!({"counterfeit_goods": true}),
        json!({"shop_closed": true}),
        json!({"content_violation": true}),
    ] {
        stage.put(stage.machine(), &path, standing, 200).await;
        stage.apply_refused(stage.creator(), &programme, "incentive.limited").await;
    }
    stage.put(stage.machine(), &path, json!({"shop_score_hundredths": 410}), 200).await;
    let party = format!("/v1/parties/{}", stage.creator().party);
    let credit = async |version: &str, score: i64| {
        let body = Some(json!({"credit_score": score}));
        let asked = crate::platform::request("PATCH", Some(stage.operator()), &party, &[("if-match", version)], body);
        let (status, _, json) = stage.platform.send(asked).await;
        assert_eq!(status.as_u16(), 200, "{json}");
    };
    credit("\"v1\"", 84).await;
    stage.apply_refused(stage.creator(), &programme, "incentive.limited").await;
    credit("\"v2\"", 85).await;
    stage.apply(stage.creator(), &programme).await;
}

impl Stage {
    /// The ledger adds up. Orders are not looked at: what these spend was used up past the engine.
    async fn ledger_is_clean(&self) {
        let audit = self.platform.app.audit(|_| {}).await.unwrap();
        assert!(audit.ledger.broken.is_none(), "{}", audit.verdict());
    }
}

/// Points, product, goal, placement and days left of each coupon that can be spent.
async fn conditions(stage: &Stage) -> Vec<(i64, String, String, String, i64)> {
    let page = stage.get("/v1/coupons?state=spendable&limit=100").await;
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let days = |coupon: &Value| {
        let end: jiff::Timestamp = text(&coupon["valid_to"]).parse().unwrap();
        (end.as_millisecond() - stage.now().ms()) / DAY_MS
    };
    let told = |coupon: &Value| {
        let [product, goal, placement] = ["product", "goal", "placement"].map(|name| text(&coupon[name]));
        (coupon["remaining_points"].as_i64().unwrap(), product, goal, placement, days(coupon))
    };
    let mut all: Vec<_> = page["data"].as_array().unwrap().iter().map(told).collect();
    all.sort();
    all
}

#[tokio::test]
async fn in_12_coupons_that_come_back_have_the_conditions_and_the_time_that_they_had() {
    let stage = Stage::new().await;
    let mut terms = stage.preset("cold_start").await;
    terms["coupon"] = json!({"product": "traffic_pack", "goal": "viewers", "validity_ms": 40 * DAY_MS});
    let programme = stage.published(terms).await;
    stage.publish(&programme).await;
    let creator = stage.creator();
    stage.enrolled(creator, &programme).await;
    let room = stage.live("one").await;
    let boost = stage.running(Stage::draft(&room)).await;
    stage.spend(&boost, 300).await;
    stage.act(&boost, "stop").await;
    stage.pass_ms(30 * MINUTE_MS).await;
    let had = |points: i64, days: i64| (points, "traffic_pack".to_owned(), "viewers".to_owned(), "-".to_owned(), days);
    assert_eq!(conditions(&stage).await, [had(200, 39)]);
    let until = stage.at(7 * DAY_MS);
    let measure = stage.measure(creator, json!({"kind": "limit", "until": until})).await;
    assert_eq!(conditions(&stage).await, []);
    stage.platform.clock.advance_ms(7 * 24 * HOUR_MS);
    // A reward pays the debt of 300, and 200 of it are left.
    stage.broadcast(creator, "two", 90, 0).await;
    assert_eq!(conditions(&stage).await, [had(200, 40)]);
    let appeal = json!({"subject": "incentive_measure", "subject_id": measure["id"], "text": "it was our till"});
    let appeal = stage.expect(creator, "/v1/appeals", appeal, 201).await;
    let path = format!("/v1/appeals/{}/verdict", appeal["id"].as_str().unwrap());
    stage.expect(stage.a_reviewer(), &path, json!({"grant": true, "answer": "it was"}), 200).await;
    // What was taken has the days that were left then; what paid the debt is what the reward would have been.
    assert_eq!(conditions(&stage).await, [had(200, 39), had(200, 40), had(300, 40)]);
    stage.ledger_is_clean().await;
}

/// A creator with 500 points on approval, of which 300 were used for an order, and 500 of a broadcast.
async fn used_some(stage: &Stage) -> String {
    let programme = stage.programme("cold_start").await;
    stage.enrolled(stage.creator(), &programme).await;
    let room = stage.live("one").await;
    let boost = stage.running(Stage::draft(&room)).await;
    stage.spend(&boost, 300).await;
    stage.act(&boost, "stop").await;
    stage.pass_ms(30 * MINUTE_MS).await;
    assert_eq!(stage.state(&boost).await, "stopped");
    stage.broadcast(stage.creator(), "two", 90, 0).await;
    let expected = [("approval", "issued", 500), ("broadcast", "issued", 500)];
    assert_eq!(stage.rewards(stage.creator()).await, lines(&expected));
    programme
}

#[tokio::test]
async fn in_12_unused_rewards_are_recalled_and_used_ones_are_owed() {
    let stage = Stage::new().await;
    let programme = used_some(&stage).await;
    let creator = stage.creator();
    let measure = stage.measure(creator, json!({"kind": "limit", "until": stage.at(7 * DAY_MS)})).await;
    let told = ["reason", "evidence", "operator_id", "at", "state"].map(|field| measure[field].clone());
    let operator = stage.operator().party.to_string();
    let expected = ["fake_orders", "orders 7 to 90 came from one device", &operator, &stage.at(0), "in_force"]
        .map(|one| json!(one));
    assert_eq!(told, expected, "a reason, evidence, an operator and a date");
    assert_eq!((&measure["recalled_points"], &measure["owed_points"]), (&json!(700), &json!(300)));
    assert!(stage.coupons_left().await.is_empty(), "also what the order left of the first one");
    let expected = [("approval", "taken_back", 500), ("broadcast", "taken_back", 500)];
    assert_eq!(stage.rewards(creator).await, lines(&expected));
    assert_eq!(stage.messages(creator).await[0]["topic"], "measure_taken");
    let debt = stage.get(&format!("/v1/incentive-debts/{}", creator.party)).await;
    assert_eq!((&debt["owed_points"], &debt["data"][0]["kind"]), (&json!(300), &json!("booked")));
    // While it holds nothing is earned and nothing can be applied for.
    stage.broadcast(creator, "three", 90, 0).await;
    let kept_back = stage.last_reward(creator).await;
    assert_eq!(kept_back["reasons"], json!(["measure", "fake_orders"]));
    stage.apply_refused(creator, &programme, "incentive.limited").await;
    // Afterwards the debt is paid first.
    stage.platform.clock.advance_ms(7 * 24 * HOUR_MS);
    stage.broadcast(creator, "four", 90, 0).await;
    let reward = stage.last_reward(creator).await;
    assert_eq!((&reward["points"], &reward["netted_points"]), (&json!(500), &json!(300)));
    let left: Vec<i64> = stage.coupons_left().await.into_iter().map(|(_, points)| points).collect();
    assert_eq!(left, [200]);
    assert_eq!(stage.get(&format!("/v1/incentive-debts/{}", creator.party)).await["owed_points"], 0);
    assert_eq!(stage.get("/v1/incentive-measures").await["data"][0]["state"], "over");
    stage.ledger_is_clean().await;
}

#[tokio::test]
async fn in_12_a_measure_without_evidence_or_with_a_wrong_end_is_refused() {
    let stage = Stage::new().await;
    let body = |change: Value| {
        let party = stage.creator().party.to_string();
        let mut body = json!({"party_id": party, "kind": "end", "reason": "script", "evidence": "seen"});
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    };
    let refused = async |change: Value, code: &str| {
        stage.refused(stage.operator(), "/v1/incentive-measures", body(change), code).await;
    };
    refused(json!({"evidence": " "}), "incentive.measure_invalid").await;
    refused(json!({"kind": "limit"}), "incentive.measure_invalid").await;
    refused(json!({"until": stage.at(DAY_MS)}), "incentive.measure_invalid").await;
    let nothing = crate::promotion::stage::unknown::<tuiliu_domain::id::IncentiveRewardKind>();
    refused(json!({"rewards": [nothing]}), "incentive.measure_invalid").await;
    refused(json!({"reason": "dislike"}), "request.invalid").await;
    let nobody = crate::promotion::stage::unknown::<tuiliu_domain::id::PartyKind>();
    refused(json!({"party_id": nobody}), "incentive.no_party").await;
    stage.platform.clock.advance_ms(20 * MINUTE_MS);
    refused(json!({}), "access.password_required").await;
}

#[tokio::test]
async fn in_12_every_measure_can_be_appealed_and_lifting_it_gives_everything_back() {
    let stage = Stage::new().await;
    let _programme = used_some(&stage).await;
    let creator = stage.creator();
    let measure = stage.measure(creator, json!({})).await;
    stage.broadcast(creator, "three", 90, 0).await;
    assert_eq!(stage.last_reward(creator).await["state"], "withheld");
    let appeal = json!({
        "subject": "incentive_measure", "subject_id": measure["id"], "text": "the device is our shop's till",
        "links": ["https://example.org/till"],
    });
    let appeal = stage.expect(creator, "/v1/appeals", appeal, 201).await;
    let path = format!("/v1/appeals/{}/verdict", appeal["id"].as_str().unwrap());
    let decided = stage.expect(stage.a_reviewer(), &path, json!({"grant": true, "answer": "it is"}), 200).await;
    assert_eq!(decided["state"], "granted");
    let seen = stage.get(&format!("/v1/incentive-measures/{}", measure["id"].as_str().unwrap())).await;
    assert_eq!(seen["state"], "lifted");
    // What was recalled, coupon by coupon, and what was kept back meanwhile; the debt is gone.
    let mut left: Vec<i64> = stage.coupons_left().await.into_iter().map(|(_, points)| points).collect();
    left.sort_unstable();
    assert_eq!(left, [200, 500, 500]);
    assert_eq!(stage.get(&format!("/v1/incentive-debts/{}", creator.party)).await["owed_points"], 0);
    assert_eq!(stage.last_reward(creator).await["state"], "issued");
    stage.ledger_is_clean().await;
}
