//! Valid traffic and attribution through the public API: published rules, reports in versions, refused events.

use serde_json::{Value, json};

use crate::promotion::stage::{HOUR_MS, Stage};

async fn one_running() -> (Stage, String) {
    let stage = Stage::with_beans(500).await;
    let room = stage.live("room-1").await;
    let boost = stage.running(Stage::draft(&room)).await;
    (stage, boost)
}

#[tokio::test]
async fn at_03_the_rules_are_published_with_their_version() {
    let stage = Stage::new().await;
    let rules = stage.get("/v1/valid-traffic/rules").await;
    assert_eq!((&rules["version"], &rules["dedup_window_ms"]), (&json!(1), &json!(1_800_000)));
    let codes: Vec<&str> =
        rules["rules"].as_array().unwrap().iter().map(|rule| rule["code"].as_str().unwrap()).collect();
    for code in ["known_bot", "datacentre", "impossible_speed", "replayed_token", "own_account", "repeat_view"] {
        assert!(codes.contains(&code), "{codes:?}");
    }
}

#[tokio::test]
async fn at_01_a_report_tells_what_followed_a_touch_and_what_did_not_count() {
    let (stage, boost) = one_running().await;
    let token = stage.token("anna").await;
    let machine = stage.token("robot").await;
    let mut crawled = stage.event("crawled", "impression", &machine);
    crawled["context"] = json!({"user_agent": "python-requests/2.32", "ip": "203.0.113.9"});
    let like = stage.event("like", "like", &token);
    stage.report_events(vec![stage.event("click", "click", &token), like, crawled]).await;
    let report = stage.report(&boost).await;
    let attribution = &report["attribution"];
    assert_eq!(attribution["method"], "last_touch");
    assert_eq!(
        (&attribution["as_of_now"]["touched_viewers"], &attribution["as_of_now"]["net_likes"]),
        (&json!(1), &json!(1))
    );
    assert_eq!((&attribution["as_settled"], &attribution["changes"]), (&Value::Null, &json!([])));
    assert_eq!(report["valid_traffic"]["not_counted"], json!({"known_bot": 1}));
    assert_eq!(
        (&report["valid_traffic"]["rules_version"], &report["totals"]["impressions"]),
        (&json!(1), &Value::Null)
    );
    stage.audit_is_clean().await;
}

#[tokio::test]
async fn refused_events_are_listed_in_pages_and_taken_again_on_demand() {
    let (stage, _) = one_running().await;
    let token = stage.token("anna").await;
    let old = |id: &str| {
        let mut event = stage.event(id, "click", &token);
        event["occurred_at"] = json!(stage.at(-7 * 24 * i64::from(HOUR_MS) - 1));
        event
    };
    let body = json!({"events": [old("a"), old("b"), stage.event("c", "teleport", &token)]});
    let answer = stage.expect(stage.machine(), "/v1/events", body, 202).await;
    assert_eq!(answer["rejected"].as_array().unwrap().len(), 3);
    let read = async |path: &str| -> Value {
        let (status, page) = stage.platform.get(stage.machine(), path).await;
        assert_eq!(status, 200, "{page}");
        page
    };
    let page = read("/v1/events/refused?limit=2").await;
    assert_eq!((page["data"].as_array().unwrap().len(), &page["has_more"]), (2, &json!(true)));
    let next = read(&format!("/v1/events/refused?limit=2&cursor={}", page["next_cursor"].as_str().unwrap())).await;
    assert_eq!((next["data"].as_array().unwrap().len(), &next["has_more"]), (1, &json!(false)));
    let unknown = read("/v1/events/refused?reason=event.unknown_type").await;
    let row = &unknown["data"][0];
    assert_eq!((&row["event_id"], &row["type"], &row["replayed_at"]), (&json!("c"), &Value::Null, &Value::Null));
    let id = row["id"].as_str().unwrap();
    let answer = stage.expect(stage.machine(), "/v1/events/replay", json!({"events": [id]}), 200).await;
    assert_eq!(answer["data"], json!([{"id": id, "outcome": "event.unknown_type"}]));
    stage.refused(stage.machine(), "/v1/events/replay", json!({"events": []}), "event.replay_count").await;
    stage.platform.is_closed("GET", "/v1/events/refused", None, 403).await;
}
