//! Rooms and their facts.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::platform::request;
use crate::promotion::stage::{MINUTE_MS, Stage};

fn content(title: &str) -> Value {
    json!({"title": title, "category": "bakery", "visibility": "public"})
}

#[tokio::test]
async fn lv_10_facts_move_a_room_through_its_life() {
    let stage = Stage::new().await;
    let room = stage.planned(stage.creator(), "room-1").await;
    let told = async |fact: &str, state: &str, has_cart: bool| {
        stage.platform.clock.advance_ms(1_000);
        let seen = stage.fact(&room, fact).await;
        assert_eq!((&seen["state"], &seen["has_cart"]), (&json!(state), &json!(has_cart)), "after {fact}");
    };
    told("cart_mounted", "planned", true).await;
    told("started", "live", true).await;
    told("cart_unmounted", "live", false).await;
    told("interrupted", "interrupted", false).await;
    told("resumed", "live", false).await;
    told("ended", "ended", false).await;
    let seen = stage.get(&format!("/v1/rooms/{room}")).await;
    let facts: Vec<&str> = seen["facts"].as_array().unwrap().iter().map(|one| one["fact"].as_str().unwrap()).collect();
    assert_eq!(facts, ["cart_mounted", "started", "cart_unmounted", "interrupted", "resumed", "ended"]);
    assert_eq!(seen["ended_at"], stage.at(0));
}

#[tokio::test]
async fn lv_10_a_fact_told_twice_changes_nothing() {
    let stage = Stage::new().await;
    let room = stage.live("room-1").await;
    let body = json!({"fact": "started", "occurred_at": stage.at(0)});
    stage.platform.clock.advance_ms(60_000);
    let path = format!("/v1/rooms/{room}/facts");
    for _ in 0..2 {
        stage.expect(stage.machine(), &path, body.clone(), 200).await;
    }
    assert_eq!(stage.get(&format!("/v1/rooms/{room}")).await["facts"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn lv_10_facts_that_cannot_be_are_refused() {
    let stage = Stage::new().await;
    let room = stage.live("room-1").await;
    let path = format!("/v1/rooms/{room}/facts");
    let refused = async |body: Value, code: &str| stage.refused(stage.machine(), &path, body, code).await;
    refused(json!({"fact": "resumed", "occurred_at": stage.at(0)}), "room.wrong_state").await;
    refused(json!({"fact": "interrupted", "occurred_at": stage.at(-1)}), "room.fact_out_of_order").await;
    refused(json!({"fact": "ended", "occurred_at": stage.at(600_001)}), "room.fact_in_future").await;
    refused(json!({"fact": "exploded", "occurred_at": stage.at(0)}), "request.invalid").await;
    refused(json!({"fact": "ended", "occurred_at": "yesterday"}), "request.invalid_time").await;
    refused(json!({"fact": "content_changed", "occurred_at": stage.at(0)}), "request.invalid").await;
    refused(json!({"fact": "ended", "occurred_at": stage.at(0), "content": content("x")}), "request.invalid").await;
    let empty = json!({"fact": "content_changed", "occurred_at": stage.at(0), "content": content(" ")});
    refused(empty, "room.text_missing").await;
    let long = json!({"fact": "content_changed", "occurred_at": stage.at(0), "content": content(&"长".repeat(200))});
    refused(long, "room.text_too_long").await;
    stage.fact(&room, "interrupted").await;
    stage.platform.clock.advance_ms(11 * MINUTE_MS);
    refused(json!({"fact": "resumed", "occurred_at": stage.at(0)}), "room.grace_over").await;
    assert_eq!(stage.get(&format!("/v1/rooms/{room}")).await["state"], "interrupted", "nothing changed");
}

#[tokio::test]
async fn rooms_are_planned_once_and_by_whom_they_belong_to() {
    let stage = Stage::new().await;
    let creator = stage.creator();
    let body = json!({"external_id": "room-1", "content": content("面包课第一讲")});
    let room = stage.expect(creator, "/v1/rooms", body.clone(), 201).await;
    assert_eq!(room["creator_id"], creator.party.to_string());
    stage.refused(creator, "/v1/rooms", body, "room.already_planned").await;
    let other = &stage.platform.ours.stranger;
    let foreign =
        json!({"external_id": "x", "creator_id": creator.party.to_string(), "content": content("抢别人的直播")});
    let (status, _) = stage.platform.post(other, "/v1/rooms", foreign).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let nobody = crate::promotion::stage::unknown::<tuiliu_domain::id::PartyKind>();
    let body = json!({"external_id": "x", "creator_id": nobody, "content": content("谁的直播")});
    stage.refused(stage.machine(), "/v1/rooms", body, "room.creator_not_found").await;
    for (field, code) in [("external_id", "room.text_missing")] {
        let mut body = json!({"external_id": "y", "content": content("面包课第二讲")});
        body[field] = json!("");
        stage.refused(creator, "/v1/rooms", body, code).await;
    }
}

#[tokio::test]
async fn rooms_are_listed_newest_first_page_by_page() {
    let stage = Stage::new().await;
    for name in ["one", "two", "three"] {
        stage.platform.clock.advance_ms(1);
        stage.planned(stage.creator(), name).await;
    }
    stage.planned(&stage.platform.ours.stranger, "other").await;
    let (mut names, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = stage.get(&format!("/v1/rooms?limit=2{cursor}")).await;
        names.extend(
            page["data"].as_array().unwrap().iter().map(|room| room["external_id"].as_str().unwrap().to_owned()),
        );
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(names, ["three", "two", "one"], "a creator sees their own");
    let (_, all) = stage.platform.get(&stage.platform.ours.operator, "/v1/rooms").await;
    assert_eq!(all["data"].as_array().unwrap().len(), 4, "staff see all");
    let of_one = format!("/v1/rooms?creator_id={}", stage.creator().party);
    let (_, some) = stage.platform.get(&stage.platform.ours.operator, &of_one).await;
    assert_eq!(some["data"].as_array().unwrap().len(), 3);
    let (status, _, _) =
        stage.platform.send(request("GET", Some(&stage.platform.ours.stranger), &of_one, &[], None)).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}
