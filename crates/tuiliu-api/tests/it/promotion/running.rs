//! Orders that run, pause and end.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::stage::{HOUR_MS, MINUTE_MS, Stage, beans};
use crate::platform::request;

#[tokio::test]
async fn tp_14_delivery_ends_with_the_broadcast_or_the_duration() {
    let stage = Stage::with_beans(1_000).await;
    let room = stage.live("room-1").await;
    let timed = stage.running(Stage::draft(&room)).await;
    stage.pass_ms(HOUR_MS).await;
    let seen = stage.get(&format!("/v1/boosts/{timed}")).await;
    assert_eq!((&seen["state"], &seen["state_detail"]["by"]), (&json!("settling"), &json!("duration")));
    let ended = stage.running(Stage::draft(&room)).await;
    stage.fact(&room, "ended").await;
    assert_eq!(stage.state(&ended).await, "settling");
    stage.tick().await;
    assert_eq!(stage.decide("anna").await["decisions"], json!([]));
    stage.pass_ms(30 * MINUTE_MS).await;
    assert_eq!((stage.state(&timed).await.as_str(), stage.state(&ended).await.as_str()), ("completed", "room_ended"));
    stage.audit_is_clean().await;
}

#[tokio::test]
async fn tp_14_delivery_ends_when_the_budget_is_used() {
    let stage = Stage::dear(2_000).await;
    let room = stage.live_with_cart("one").await;
    let first = stage.running(Stage::draft_with_bid(&room, 100)).await;
    let rival = stage.rival(90).await;
    // More is shown than the budget pays for: what nobody watched in time is offered again.
    let mut tokens = Vec::new();
    for viewer in 0..60 {
        let shown = stage.decide(&format!("viewer-{viewer}")).await;
        if shown["decisions"][0]["boost_id"] == first {
            tokens.push(shown["decisions"][0]["tracking_token"].as_str().unwrap().to_owned());
        }
        stage.pass_ms(5_000).await;
    }
    assert!(tokens.len() > 8, "{}", tokens.len());
    for (place, token) in tokens.iter().enumerate() {
        let mut watch = stage.event(&format!("w-{place}"), "watch", token);
        watch["properties"] = json!({"watch_ms": 9_000});
        stage.report_events(vec![watch]).await;
    }
    let seen = stage.get(&format!("/v1/boosts/{first}")).await;
    assert_eq!((&seen["state"], &seen["state_detail"]["by"]), (&json!("settling"), &json!("budget")), "{seen}");
    assert_eq!(seen["spent"]["micros"], 500_000_000, "to the last millionth");
    assert!(
        stage.report(&first).await["money"]["absorbed"]["micros"].as_i64().unwrap() > 0,
        "the rest is the platform's"
    );
    stage.pass_ms(30 * MINUTE_MS).await;
    assert_eq!(stage.state(&first).await, "completed");
    assert_eq!(stage.spendable(stage.creator()).await.0, 150_000);
    let (_, rivals) = stage.platform.get(&stage.platform.ours.stranger, &format!("/v1/boosts/{rival}")).await;
    assert!(rivals["spent"]["micros"].as_i64().unwrap() <= 5_000_000_000);
    stage.audit_is_clean().await;
}

#[tokio::test]
async fn tp_15_a_stop_works_at_once() {
    let stage = Stage::with_beans(500).await;
    let room = stage.live("room-1").await;
    let boost = stage.running(Stage::draft(&room)).await;
    stage.token("anna").await;
    stage.act(&boost, "stop").await;
    // No job has run since.
    assert_eq!(stage.decide("bert").await["decisions"], json!([]));
    stage.refused(stage.creator(), &format!("/v1/boosts/{boost}/stop"), json!({}), "boost.wrong_state").await;
    stage.pass_ms(30 * MINUTE_MS).await;
    assert_eq!(stage.spendable(stage.creator()).await.0, 50_000, "nothing was charged, all is back");
    stage.audit_is_clean().await;
}

#[tokio::test]
async fn tp_20_an_interrupted_stream_pauses_the_order() {
    let stage = Stage::with_beans(500).await;
    let room = stage.live("room-1").await;
    let boost = stage.running(Stage::draft(&room)).await;
    stage.platform.clock.advance_ms(1_000);
    stage.fact(&room, "interrupted").await;
    let seen = stage.get(&format!("/v1/boosts/{boost}")).await;
    assert_eq!((&seen["state"], &seen["state_detail"]["paused_for"]), (&json!("paused"), &json!(["interrupted"])));
    stage.tick().await;
    assert_eq!(stage.decide("anna").await["decisions"], json!([]));
    stage.platform.clock.advance_ms(1_000);
    stage.fact(&room, "resumed").await;
    stage.tick().await;
    assert_eq!(stage.state(&boost).await, "running");
    stage.token("anna").await;
    stage.platform.clock.advance_ms(1_000);
    stage.fact(&room, "interrupted").await;
    stage.pass_ms(10 * MINUTE_MS).await;
    assert_eq!(stage.state(&boost).await, "settling", "a broadcast that does not come back has ended");
}

#[tokio::test]
async fn tp_20_only_the_state_allows_what_can_be_done() {
    let stage = Stage::with_beans(1_000).await;
    let room = stage.live("room-1").await;
    let boost = stage.place(Stage::draft(&room)).await;
    let refused = async |verb: &str, body: Value| {
        stage.refused(stage.creator(), &format!("/v1/boosts/{boost}/{verb}"), body, "boost.wrong_state").await;
    };
    refused("stop", json!({})).await;
    refused("top_up", json!({"budget": beans(100)})).await;
    stage.pay(&boost).await;
    refused("pay", json!({})).await;
    refused("cancel", json!({})).await;
    stage.act(&boost, "stop").await;
    for verb in ["pay", "cancel", "stop"] {
        refused(verb, json!({})).await;
    }
    let states = ["pending_payment", "running", "settling", "stopped"];
    for (state, expected) in states.into_iter().zip([0, 0, 1, 0]) {
        let listed = stage.get(&format!("/v1/boosts?state={state}")).await;
        assert_eq!(listed["data"].as_array().unwrap().len(), expected, "{state}");
    }
    let (status, json) = stage.platform.get(stage.creator(), "/v1/boosts?state=delivering").await;
    assert_eq!((status, json["code"].as_str()), (StatusCode::BAD_REQUEST, Some("request.invalid_query")));
}

#[tokio::test]
async fn tp_20_the_timeline_tells_the_whole_life() {
    let stage = Stage::with_beans(500).await;
    let room = stage.live("room-1").await;
    let boost = stage.running(Stage::draft(&room)).await;
    stage.act(&boost, "stop").await;
    stage.pass_ms(30 * MINUTE_MS).await;
    let mut names = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = stage.get(&format!("/v1/boosts/{boost}/timeline?limit=2{cursor}")).await;
        names.extend(page["data"].as_array().unwrap().iter().map(|entry| entry["name"].as_str().unwrap().to_owned()));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    for part in ["placed", "paid", "reviewed", "started", "settled"] {
        assert!(names.iter().any(|name| name.ends_with(part)), "`{part}` is told: {names:?}");
    }
    assert!(names.last().unwrap().ends_with("settled"), "{names:?}");
}

#[tokio::test]
async fn tp_29_a_guard_rule_stops_the_order_and_is_told() {
    let stage = Stage::with_beans(2_000).await;
    let room = stage.live("room-1").await;
    let guarded = async |rules: Value| {
        let mut draft = Stage::draft(&room);
        draft["guard_rules"] = rules;
        stage.running(draft).await
    };
    let idle = guarded(json!([{"first": {"kind": "idle_longer_than", "ms": 600_000}}])).await;
    let both = guarded(json!([{
        "first": {"kind": "idle_longer_than", "ms": 600_000},
        "then": {"joint": "and", "condition": {"kind": "spend_above", "limit": beans(400)}},
    }]))
    .await;
    stage.pass_ms(10 * MINUTE_MS).await;
    assert_eq!(stage.state(&idle).await, "running", "a limit is crossed by going beyond it");
    stage.pass_ms(1).await;
    let seen = stage.get(&format!("/v1/boosts/{idle}")).await;
    assert_eq!((&seen["state"], &seen["state_detail"]["by"]), (&json!("settling"), &json!("guard_rule")));
    assert_eq!(stage.state(&both).await, "running", "both conditions must hold");
    let told = stage.get(&format!("/v1/boosts/{idle}/timeline")).await;
    assert!(
        told["data"].as_array().unwrap().iter().any(|entry| entry["name"].as_str().unwrap().contains("guard_rule"))
    );
    let mut draft = Stage::draft(&room);
    draft["guard_rules"] = json!([{"first": {"kind": "idle_longer_than", "ms": 0}}]);
    stage.refused(stage.creator(), "/v1/boosts", draft.clone(), "boost.guard_rule_invalid").await;
    let rule = json!({"first": {"kind": "return_below", "permille": 1_000}});
    draft["guard_rules"] = Value::Array(vec![rule; 9]);
    stage.refused(stage.creator(), "/v1/boosts", draft, "boost.too_many_guard_rules").await;
}

#[tokio::test]
async fn a_stream_tells_the_timeline_and_ends_with_the_server() {
    let stage = Stage::with_beans(500).await;
    let room = stage.live("room-1").await;
    let boost = stage.running(Stage::draft(&room)).await;
    let path = format!("/v1/boosts/{boost}/events");
    let timeline = stage.get(&format!("/v1/boosts/{boost}/timeline")).await;
    let first = timeline["data"][0]["number"].to_string();
    // A stream ends at once when the server is stopping; what is there already is told before.
    stage.platform.stop.enter(tuiliu_api::stop::Phase::Ending);
    let read = async |headers: &[(&str, &str)]| {
        let asked = request("GET", Some(stage.creator()), &path, headers, None);
        let (status, headers, text) = stage.raw(asked).await;
        assert_eq!((status, &headers["content-type"]), (StatusCode::OK, &"text/event-stream".parse().unwrap()));
        text
    };
    let text = read(&[]).await;
    assert!(text.contains(": open"), "{text}");
    let resumed = read(&[("last-event-id", &first)]).await;
    assert!(!resumed.contains(&format!("id: {first}\n")), "{resumed}");
    let (status, _, _) = stage.raw(request("GET", Some(&stage.platform.ours.stranger), &path, &[], None)).await;
    assert!(matches!(status.as_u16(), 403 | 404));
}
