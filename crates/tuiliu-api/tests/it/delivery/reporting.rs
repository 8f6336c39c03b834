//! Events: at least once, late, out of order, one by one.

use std::io::Write as _;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::platform::request;
use crate::promotion::stage::{HOUR_MS, MINUTE_MS, Stage};

impl Stage {
    async fn send_events(&self, body: Value) -> Value {
        let answer = self.expect(self.machine(), "/v1/events", body, 202).await;
        self.platform.app.deliver_once().await;
        answer
    }
}

fn results(report: &Value) -> i64 {
    report["totals"]["results"].as_i64().unwrap_or(0)
}

async fn one_running() -> (Stage, String) {
    let stage = Stage::with_beans(500).await;
    let room = stage.live("room-1").await;
    let boost = stage.running(Stage::draft(&room)).await;
    (stage, boost)
}

#[tokio::test]
async fn dl_08_a_duplicate_counts_once() {
    let (stage, boost) = one_running().await;
    let token = stage.token("anna").await;
    let mut watch = stage.event("w", "watch", &token);
    watch["properties"] = json!({"watch_ms": 6_000});
    let impression = stage.event("i", "impression", &token);
    let batch = json!({"events": [impression, impression, watch]});
    let answer = stage.send_events(batch.clone()).await;
    assert_eq!((&answer["accepted"], &answer["duplicates"]), (&json!(2), &json!(1)));
    let answer = stage.send_events(batch).await;
    assert_eq!((&answer["accepted"], &answer["duplicates"]), (&json!(0), &json!(3)));
    let same_id = json!({"events": [stage.event("i", "room_enter", &token)]});
    assert_eq!(stage.send_events(same_id).await["accepted"], 1, "an event is the same by type and id");
    let report = stage.report(&boost).await;
    assert_eq!((&report["totals"]["impressions"], results(&report)), (&json!(1), 1));
    stage.audit_is_clean().await;
}

#[tokio::test]
async fn dl_08_events_out_of_order_and_late_count_the_same() {
    let (stage, boost) = one_running().await;
    let token = stage.token("anna").await;
    let mut watch = stage.event("w", "watch", &token);
    watch["properties"] = json!({"watch_ms": 6_000});
    stage.send_events(json!({"events": [watch]})).await;
    let mut entered = stage.event("e", "room_enter", &token);
    entered["occurred_at"] = json!(stage.at(-3_000));
    stage.platform.clock.advance_ms(4 * MINUTE_MS);
    stage.send_events(json!({"events": [entered]})).await;
    let mut impression = stage.event("i", "impression", &token);
    impression["occurred_at"] = json!(stage.at(-i64::from(4 * MINUTE_MS)));
    stage.platform.clock.advance_ms(10 * MINUTE_MS);
    stage.send_events(json!({"events": [impression]})).await;
    let report = stage.report(&boost).await;
    let figures = ["impressions", "views", "effective_views", "results"].map(|metric| report["totals"][metric].clone());
    assert_eq!(figures, [1, 1, 1, 1].map(Value::from));
    stage.act(&boost, "stop").await;
    stage.pass_ms(30 * MINUTE_MS).await;
    let mut late = stage.event("late", "watch", &token);
    late["properties"] = json!({"watch_ms": 60_000});
    assert_eq!(stage.send_events(json!({"events": [late]})).await["accepted"], 1);
    let settled = stage.report(&boost).await;
    assert_eq!(settled["money"]["spend"], report["money"]["spend"], "after the settlement nothing is charged");
    stage.audit_is_clean().await;
}

#[tokio::test]
async fn dl_08_a_replayed_token_counts_once() {
    let (stage, boost) = one_running().await;
    let token = stage.token("anna").await;
    let shown = |id: &str| stage.event(id, "impression", &token);
    stage.send_events(json!({"events": [shown("1"), shown("2")]})).await;
    stage.send_events(json!({"events": [shown("3")]})).await;
    let mut events = Vec::new();
    for id in ["w1", "w2", "w3"] {
        let mut watch = stage.event(id, "watch", &token);
        watch["properties"] = json!({"watch_ms": 9_000});
        events.push(watch);
    }
    stage.send_events(json!({"events": events})).await;
    let report = stage.report(&boost).await;
    assert_eq!((&report["totals"]["impressions"], &report["totals"]["replayed_tokens"]), (&json!(1), &json!(2)));
    assert_eq!(results(&report), 1, "a person is charged once");
}

#[tokio::test]
async fn one_bad_event_does_not_lose_its_neighbours() {
    let (stage, _) = one_running().await;
    let token = stage.token("anna").await;
    let good = stage.event("good", "impression", &token);
    let mut old = stage.event("old", "click", &token);
    old["occurred_at"] = json!(stage.at(-7 * 24 * i64::from(HOUR_MS) - 1));
    let shapeless = json!({"id": "shapeless", "type": 7});
    let unknown = stage.event("unknown", "teleport", &token);
    let answer = stage.send_events(json!({"events": [old, good, shapeless, unknown]})).await;
    assert_eq!(answer["accepted"], 1);
    let rejected = answer["rejected"].as_array().unwrap();
    let told: Vec<_> = rejected
        .iter()
        .map(|one| (one["index"].as_u64().unwrap(), one["id"].as_str().unwrap(), one["code"].as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        [(0, "old", "event.too_old"), (2, "shapeless", "event.malformed"), (3, "unknown", "event.unknown_type")]
    );
    assert!(rejected.iter().all(|one| one["detail"].is_string()));
}

#[tokio::test]
async fn strict_handling_takes_all_or_none() {
    let (stage, boost) = one_running().await;
    let token = stage.token("anna").await;
    let strict = async |events: Value| {
        let headers = [("prefer", "handling=strict")];
        let body = json!({"events": events});
        let sent =
            stage.platform.send(request("POST", Some(stage.machine()), "/v1/events", &headers, Some(body))).await;
        stage.platform.app.deliver_once().await;
        sent
    };
    let good = stage.event("i", "impression", &token);
    for bad in [stage.event("b", "teleport", &token), json!({"id": 7})] {
        let (status, _, json) = strict(json!([good, bad])).await;
        assert_eq!((status, json["code"].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, Some("event.report_refused")));
        assert_eq!(json["errors"][0]["pointer"], "/events/1");
    }
    assert!(stage.report(&boost).await["totals"]["impressions"].is_null());
    let (status, headers, json) = strict(json!([good])).await;
    assert_eq!((status, &json["accepted"]), (StatusCode::ACCEPTED, &json!(1)));
    assert_eq!(headers["preference-applied"], "handling=strict");
}

#[tokio::test]
async fn a_trial_report_is_judged_and_not_taken() {
    let (stage, boost) = one_running().await;
    let token = stage.token("anna").await;
    let events = json!([stage.event("i", "impression", &token), stage.event("b", "teleport", &token)]);
    for mode in [json!({"validate_only": true}), json!({"test_event_code": "T1"})] {
        let mut body = mode;
        body["events"] = events.clone();
        let answer = stage.send_events(body).await;
        assert_eq!((&answer["accepted"], answer["rejected"].as_array().unwrap().len()), (&json!(1), 1));
    }
    assert!(stage.report(&boost).await["totals"]["impressions"].is_null());
    assert_eq!(stage.send_events(json!({"events": [events[0]]})).await["accepted"], 1, "it was not remembered either");
}

#[tokio::test]
async fn a_page_reports_by_beacon_and_packed_but_no_money() {
    let (stage, boost) = one_running().await;
    let token = stage.token("anna").await;
    let key = stage.platform.ours.page.clone();
    let bearer = key.key_text();
    let text = json!({"events": [stage.event("i", "impression", &token)]}).to_string();
    let beacon = Request::post(format!("/v1/events?k={bearer}")).header("content-type", "text/plain;charset=UTF-8");
    let (status, _, body) = stage.raw(beacon.body(Body::from(text)).unwrap()).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{body}");
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(json!({"events": [stage.event("e", "room_enter", &token)]}).to_string().as_bytes()).unwrap();
    let packed = Request::post("/v1/events")
        .header("authorization", format!("Bearer {bearer}"))
        .header("content-type", "application/json")
        .header("content-encoding", "gzip");
    let (status, _, body) = stage.raw(packed.body(Body::from(packer.finish().unwrap())).unwrap()).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{body}");
    let mut paid = stage.event("p", "order_paid", &token);
    paid["properties"] = json!({"value": 100, "currency": "CNY"});
    let (_, answer) = stage.platform.post(&key, "/v1/events", json!({"events": [paid]})).await;
    assert_eq!(answer["rejected"][0]["code"], "event.money_not_allowed");
    stage.platform.app.deliver_once().await;
    let report = stage.report(&boost).await;
    assert_eq!((&report["totals"]["impressions"], &report["totals"]["views"]), (&json!(1), &json!(1)));
}

#[tokio::test]
async fn a_clock_that_is_off_is_put_right_by_when_it_was_sent() {
    let (stage, boost) = one_running().await;
    let token = stage.token("anna").await;
    let mut event = stage.event("i", "impression", &token);
    event["occurred_at"] = json!(stage.at(-i64::from(3 * HOUR_MS)));
    let body = json!({"events": [event]});
    assert_eq!(stage.send_events(body.clone()).await["rejected"][0]["code"], "event.token_expired");
    let mut sent = body;
    sent["sent_at"] = json!(stage.at(-i64::from(3 * HOUR_MS) + 500));
    assert_eq!(stage.send_events(sent).await["accepted"], 1);
    assert_eq!(stage.report(&boost).await["totals"]["impressions"], 1);
}

#[tokio::test]
async fn natural_events_name_their_room_by_the_hosts_id_or_ours() {
    let stage = Stage::new().await;
    let room = stage.live("room-1").await;
    let entered = |id: &str, room: &str| json!({"id": id, "type": "room_enter", "occurred_at": stage.at(0), "entity": {"type": "live_room", "id": room}});
    let answer = stage
        .send_events(json!({"events": [entered("1", &room), entered("2", "room-1"), entered("3", "elsewhere")]}))
        .await;
    assert_eq!(answer["accepted"], 2);
    assert_eq!(
        (&answer["rejected"][0]["index"], &answer["rejected"][0]["code"]),
        (&json!(2), &json!("event.no_subject"))
    );
}
