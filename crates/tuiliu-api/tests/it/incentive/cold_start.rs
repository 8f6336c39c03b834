//! Cold start (IN-01…IN-05) and its messages (IN-09).

use serde_json::{Value, json};

use super::desk::lines;
use crate::promotion::stage::{HOUR_MS, Stage};

const DAY_MS: i64 = 86_400_000;

#[tokio::test]
async fn in_01_only_new_accounts_and_those_long_away_may_apply_and_no_flagship() {
    let stage = Stage::new().await;
    let programme = stage.programme("cold_start").await;
    let creator = stage.creator();
    let standing = async |first_days: i64, last_days: i64, flagship: bool| {
        let body = json!({
            "first_broadcast_at": stage.at(-first_days * DAY_MS), "last_broadcast_at": stage.at(-last_days * DAY_MS),
            "brand_flagship": flagship,
        });
        stage.put(stage.machine(), &format!("/v1/account-standings/{}", creator.party), body, 200).await
    };
    let seen = standing(31, 1, false).await;
    let age = &seen["figures"]["first_broadcast_age_ms"];
    assert_eq!(age, &json!({"value": 31 * DAY_MS, "source": "reported"}), "the source of each fact is told");
    stage.apply_refused(creator, &programme, "incentive.not_eligible").await;
    standing(400, 59, false).await;
    stage.apply_refused(creator, &programme, "incentive.not_eligible").await;
    standing(400, 60, true).await;
    stage.apply_refused(creator, &programme, "incentive.not_eligible").await;
    standing(400, 60, false).await;
    stage.apply(creator, &programme).await;
    // Nobody has ever seen the other one live.
    stage.apply(&stage.platform.ours.stranger, &programme).await;
}

#[tokio::test]
async fn in_01_a_broadcast_that_sells_nothing_is_not_rewarded() {
    let stage = Stage::new().await;
    let programme = stage.programme("cold_start").await;
    stage.enrolled(stage.creator(), &programme).await;
    let room = stage.planned(stage.creator(), "talk").await;
    stage.fact(&room, "started").await;
    stage.platform.clock.advance_ms(2 * HOUR_MS);
    stage.fact(&room, "ended").await;
    stage.told(&room, super::desk::sales(0, 0, 0)).await;
    assert_eq!(stage.rewards(stage.creator()).await, lines(&[("approval", "issued", 500)]));
}

#[tokio::test]
async fn in_02_an_account_is_helped_once_ever_and_so_are_those_linked_to_it() {
    let stage = Stage::new().await;
    let (creator, other) = (stage.creator(), &stage.platform.ours.stranger);
    let first = stage.programme("cold_start").await;
    let second = stage.programme("cold_start").await;
    stage.enrolled(creator, &first).await;
    for programme in [&first, &second] {
        stage.apply_refused(creator, programme, "incentive.already_helped").await;
    }
    let mark = |thing: &str| blake3::hash(thing.as_bytes()).to_hex().to_string();
    let marks = async |who: &crate::platform::TestActor, identity: &str| {
        let body = json!({"identity": [mark(identity)]});
        stage.put(stage.machine(), &format!("/v1/account-marks/{}", who.party), body, 204).await;
    };
    marks(creator, "May").await;
    marks(other, "May").await;
    stage.apply_refused(other, &second, "incentive.already_helped").await;
    marks(other, "June").await;
    let application = stage.apply(other, &second).await;
    // What links them is told after the application: it is found before anything is given.
    marks(other, "May").await;
    let path = format!("/v1/incentive-applications/{}/verdict", application["id"].as_str().unwrap());
    stage.refused(stage.a_reviewer(), &path, json!({"approve": true}), "incentive.already_helped").await;
    assert!(stage.rewards(other).await.is_empty());
}

#[tokio::test]
async fn in_02_an_application_that_came_to_nothing_is_no_help() {
    let stage = Stage::new().await;
    let programme = stage.programme("cold_start").await;
    let application = stage.apply(stage.creator(), &programme).await;
    stage.apply_refused(stage.creator(), &programme, "incentive.already_applied").await;
    assert_eq!(stage.judged(&application, false).await["state"], "rejected");
    let again = stage.apply(stage.creator(), &programme).await;
    let path = format!("/v1/incentive-applications/{}/withdraw", again["id"].as_str().unwrap());
    assert_eq!(stage.expect(stage.creator(), &path, json!({}), 200).await["state"], "withdrawn");
    stage.enrolled(stage.creator(), &programme).await;
}

#[tokio::test]
async fn in_03_an_application_is_reviewed_within_the_promised_working_days() {
    let stage = Stage::new().await;
    let programme = stage.programme("cold_start").await;
    let path = format!("/v1/incentive-programmes/{programme}/applications");
    let application = stage.expect(stage.creator(), &path, stage.form(3 * DAY_MS), 201).await;
    // A Friday; five working days later is the Friday after, to its end in Shanghai.
    assert_eq!(application["created_at"], "2026-11-20T08:31:02.120Z");
    assert_eq!(application["promised_at"], "2026-11-27T16:00:00.000Z");
    let queue = stage.read(stage.a_reviewer(), "/v1/incentive-applications?waiting=true").await;
    assert_eq!(queue["data"][0]["id"], application["id"]);
    let verdict = format!("/v1/incentive-applications/{}/verdict", application["id"].as_str().unwrap());
    stage.refused(stage.a_reviewer(), &verdict, json!({"approve": false}), "incentive.no_reason").await;
    let decided = stage.judged(&application, true).await;
    assert_eq!((&decided["state"], &decided["reason"]), (&json!("approved"), &json!("as the rules say")));
    assert_eq!(decided["reviewer_id"], stage.a_reviewer().party.to_string());
    stage.refused(stage.a_reviewer(), &verdict, json!({"approve": true}), "incentive.wrong_state").await;
    let queue = stage.read(stage.a_reviewer(), "/v1/incentive-applications?waiting=true").await;
    assert_eq!(queue["data"], json!([]));
    // The coupon is released at the broadcast that was agreed on, and lives fifteen days from then.
    let reward = stage.last_reward(stage.creator()).await;
    let coupon = stage.get(&format!("/v1/coupons/{}", reward["coupons"][0].as_str().unwrap())).await;
    assert_eq!((&coupon["state"], &coupon["valid_from"]), (&json!("upcoming"), &json!(stage.at(3 * DAY_MS))));
    assert_eq!(coupon["valid_to"], stage.at(18 * DAY_MS));
    stage.audit_is_clean().await;
}

#[tokio::test]
async fn in_03_a_form_says_what_is_sold_and_when() {
    let stage = Stage::new().await;
    let programme = stage.programme("cold_start").await;
    let path = format!("/v1/incentive-programmes/{programme}/applications");
    let refused = async |change: Value| {
        let mut form = stage.form(0);
        for (name, value) in change.as_object().unwrap() {
            form[name] = value.clone();
        }
        stage.refused(stage.creator(), &path, form, "incentive.form_invalid").await;
    };
    refused(json!({"goods": " "})).await;
    refused(json!({"broadcasts": []})).await;
    refused(json!({"broadcasts": [{"starts_at": stage.at(-1), "length_ms": 1}]})).await;
    refused(json!({"target_gmv_fen": 100})).await;
}

#[tokio::test]
async fn in_04_who_comes_after_the_last_coupon_is_told_so_and_who_gives_up_makes_room() {
    let stage = Stage::new().await;
    let mut terms = stage.preset("cold_start").await;
    terms["coupons_per_month"] = json!(1);
    let programme = stage.published(terms).await;
    let first = stage.apply(stage.creator(), &programme).await;
    let (other, merchant) = (&stage.platform.ours.stranger, &stage.platform.ours.merchant);
    stage.apply_refused(other, &programme, "incentive.quota_exhausted").await;
    stage.judged(&first, false).await;
    stage.enrolled(other, &programme).await;
    stage.apply_refused(merchant, &programme, "incentive.quota_exhausted").await;
    let seen = stage.read(stage.operator(), &format!("/v1/incentive-programmes/{programme}")).await;
    assert_eq!(seen["coupons_taken"], 1);
    // An instalment finds no coupon left either: it is told, and not made up next month.
    let room = stage.broadcast(other, "one", 90, 0).await;
    assert_eq!(stage.rewards(other).await, lines(&[("approval", "issued", 500), ("broadcast", "over_quota", 500)]));
    assert_eq!(stage.messages(other).await[0]["topic"], "reward_over_quota");
    stage.platform.clock.advance_ms(12 * 24 * HOUR_MS);
    stage.told(&room, super::desk::sales(0, 0, 0)).await;
    assert_eq!(stage.rewards(other).await.len(), 2);
}

#[tokio::test]
async fn in_05_nine_broadcasts_bring_500_and_one_percent_each_after_500_on_approval() {
    let stage = Stage::new().await;
    let programme = stage.programme("cold_start").await;
    let creator = stage.creator();
    stage.broadcast(creator, "before", 90, 50_000).await;
    stage.enrolled(creator, &programme).await;
    stage.broadcast(creator, "short", 59, 50_000).await;
    for (number, yuan) in [(1, 10_000), (2, 0), (3, 99), (4, 150_000), (5, 900_000), (6, 0), (7, 0), (8, 0), (9, 0)] {
        stage.broadcast(creator, &format!("help {number}"), 60, yuan).await;
    }
    stage.broadcast(creator, "the tenth", 60, 10_000).await;
    let points: Vec<i64> = stage.rewards(creator).await.iter().map(|(_, _, points)| *points).collect();
    assert_eq!(points, [500, 600, 500, 500, 2_000, 2_000, 500, 500, 500, 500], "ten instalments");
    let list = stage.get(&format!("/v1/coupons?limit=100&owner={}", creator.party)).await;
    let faces: i64 = list["data"].as_array().unwrap().iter().map(|one| one["points"].as_i64().unwrap()).sum();
    assert_eq!(faces, points.iter().sum::<i64>(), "what was issued lies on the ledger");
    stage.audit_is_clean().await;
}

#[tokio::test]
async fn in_05_facts_told_twice_bring_one_reward_and_only_when_they_are_final() {
    let stage = Stage::new().await;
    let programme = stage.programme("cold_start").await;
    stage.enrolled(stage.creator(), &programme).await;
    let room = stage.ended(stage.creator(), "one", 90).await;
    stage.told(&room, json!({"paid_gmv_fen": 100})).await;
    assert_eq!(stage.rewards(stage.creator()).await.len(), 1, "it may still grow");
    for yuan in [10_000, 90_000] {
        stage.told(&room, super::desk::sales(yuan, yuan, 0)).await;
    }
    let expected = [("approval", "issued", 500), ("broadcast", "issued", 600)];
    assert_eq!(stage.rewards(stage.creator()).await, lines(&expected));
}

#[tokio::test]
async fn in_05_facts_told_during_the_broadcast_count_when_it_ends() {
    let stage = Stage::new().await;
    let programme = stage.programme("cold_start").await;
    stage.enrolled(stage.creator(), &programme).await;
    let room = stage.planned(stage.creator(), "one").await;
    stage.fact(&room, "cart_mounted").await;
    stage.fact(&room, "started").await;
    stage.platform.clock.advance_ms(2 * HOUR_MS);
    stage.told(&room, super::desk::sales(10_000, 0, 0)).await;
    assert_eq!(stage.rewards(stage.creator()).await.len(), 1);
    stage.fact(&room, "ended").await;
    stage.platform.app.due_once().await;
    assert_eq!(stage.rewards(stage.creator()).await.len(), 2, "the jobs look again");
}

#[tokio::test]
async fn in_09_after_the_broadcast_a_message_tells_the_coupons_and_their_data() {
    let stage = Stage::new().await;
    let mut terms = stage.preset("cold_start").await;
    terms["coupon"] = json!({"product": "commerce", "validity_ms": 5 * DAY_MS});
    let programme = stage.published(terms).await;
    let creator = stage.creator();
    stage.enrolled(creator, &programme).await;
    let room = stage.broadcast(creator, "one", 90, 10_000).await;
    let list = stage.get("/v1/messages").await;
    let topics: Vec<&str> = list["data"].as_array().unwrap().iter().map(|one| one["topic"].as_str().unwrap()).collect();
    assert_eq!(topics, ["reward_issued", "application_decided", "reward_issued", "application_received"]);
    let message = &list["data"][0];
    let data = &message["data"];
    assert_eq!((&data["room"], &data["points"], &data["title"]), (&json!(room), &json!(600), &json!("冷启动扶持")));
    assert_eq!(data["figures"]["length_ms"], json!({"value": 5_400_000, "source": "measured"}));
    assert_eq!(data["figures"]["paid_gmv_fen"], json!({"value": 1_000_000, "source": "reported"}));
    let coupon = stage.get(&format!("/v1/coupons/{}", data["coupons"][0]["coupon"].as_str().unwrap())).await;
    assert_eq!((&coupon["points"], &coupon["product"]), (&json!(600), &json!("commerce")));
    assert_eq!(
        (&coupon["valid_to"], &data["coupons"][0]["valid_to"]),
        (&json!(stage.at(5 * DAY_MS)), &coupon["valid_to"])
    );
    // A box: counted, marked as read one by one or all at once, closed to others.
    assert_eq!(stage.get("/v1/message-count").await["unread"], 4);
    let path = format!("/v1/messages/{}/read", message["id"].as_str().unwrap());
    assert_eq!(stage.expect(creator, &path, json!({}), 200).await["read_at"], stage.at(0));
    assert_eq!(stage.get("/v1/message-count").await["unread"], 3);
    assert_eq!(stage.get("/v1/messages?unread=true").await["data"].as_array().unwrap().len(), 3);
    stage.expect(&stage.platform.ours.stranger, &path, json!({}), 404).await;
    let all = json!({"last": message["id"]});
    assert_eq!(stage.expect(creator, "/v1/messages/read", all, 200).await["marked"], 3);
    assert_eq!(stage.get("/v1/message-count").await["unread"], 0);
}

#[tokio::test]
async fn in_11_taking_part_costs_nothing_and_a_coupon_is_its_owners_alone() {
    let stage = Stage::with_beans(0).await;
    let programme = stage.programme("cold_start").await;
    let before = stage.spendable(stage.creator()).await;
    stage.enrolled(stage.creator(), &programme).await;
    assert_eq!(stage.spendable(stage.creator()).await, before);
    let reward = stage.last_reward(stage.creator()).await;
    let coupon = reward["coupons"][0].as_str().unwrap();
    // Somebody else's order cannot be paid with it, whoever asks.
    let other = &stage.platform.ours.stranger;
    let room = stage.planned(other, "others").await;
    stage.fact(&room, "started").await;
    let mut draft = Stage::draft(&room);
    draft["payer_id"] = json!(other.party.to_string());
    let boost = stage.expect(stage.machine(), "/v1/boosts", draft, 201).await;
    let path = format!("/v1/boosts/{}/pay", boost["id"].as_str().unwrap());
    stage.refused(other, &path, json!({"coupon_use": "these", "coupons": [coupon]}), "boost.coupon_unknown").await;
    let document = serde_json::to_value(tuiliu_api::openapi::document()).unwrap();
    let mut paths = document["paths"].as_object().unwrap().keys().filter(|path| path.contains("coupon"));
    assert!(paths.all(|path| !path.contains("transfer") && !path.contains("sell")), "nothing hands coupons on");
}

#[tokio::test]
async fn in_05_what_the_host_does_not_tell_is_measured_and_final_after_two_days() {
    let stage = Stage::new().await;
    let programme = stage.programme("cold_start").await;
    stage.enrolled(stage.creator(), &programme).await;
    let room = stage.planned(stage.creator(), "one").await;
    stage.fact(&room, "cart_mounted").await;
    stage.fact(&room, "started").await;
    let purchase = |id: &str, fen: i64| {
        json!({
            "id": id, "type": "purchase_paid", "occurred_at": stage.at(0), "entity": {"type": "live_room", "id": "one"},
            "user": {"opaque_user_id": id}, "properties": {"value": fen, "currency": "CNY"},
        })
    };
    stage.report_events(vec![purchase("anna", 700_000), purchase("ben", 300_000)]).await;
    stage.platform.clock.advance_ms(2 * HOUR_MS);
    stage.fact(&room, "ended").await;
    stage.platform.app.due_once().await;
    assert_eq!(stage.rewards(stage.creator()).await.len(), 1, "sales may still come in");
    stage.platform.clock.advance_ms(48 * HOUR_MS);
    stage.platform.app.due_once().await;
    let expected = [("approval", "issued", 500), ("broadcast", "issued", 600)];
    assert_eq!(stage.rewards(stage.creator()).await, lines(&expected));
    let reward = stage.last_reward(stage.creator()).await;
    assert_eq!(reward["figures"]["paid_gmv_fen"], json!({"value": 1_000_000, "source": "measured"}));
}
