//! Webhooks, the log of requests and the event debugger: what developers of a host work with (AC-04).

use std::collections::VecDeque;
use std::sync::Mutex;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use tuiliu_app::outside::{Carrying, Parcel, Receipt, WebhookCarrier};
use tuiliu_domain::webhook::Reachable;

use crate::platform::{TestActor, TestPlatform, request};
use crate::promotion::stage::{HOUR_MS, MINUTE_MS, Stage, beans};

/// Servers of the host: all take what comes unless told otherwise.
#[derive(Default)]
pub(crate) struct HostServer {
    answers: Mutex<VecDeque<u16>>,
    parcels: Mutex<Vec<Parcel>>,
}

impl WebhookCarrier for HostServer {
    fn carry(&self, parcel: Parcel) -> Carrying<'_> {
        self.parcels.lock().unwrap().push(parcel);
        let status = Some(self.answers.lock().unwrap().pop_front().unwrap_or(200));
        let (signatures, answer) = ("v1,c2lnbmVk".to_owned(), "thanks".to_owned());
        Box::pin(
            async move { Receipt { status, fault: None, retry_after_ms: None, duration_ms: 12, signatures, answer } },
        )
    }

    fn reachable(&self) -> Reachable {
        Reachable::Public
    }
}

impl HostServer {
    fn taken(&self) -> Vec<Parcel> {
        std::mem::take(&mut *self.parcels.lock().unwrap())
    }
}

/// What arrived of this type, as JSON.
async fn arrived(platform: &TestPlatform, event_type: &str) -> Vec<Value> {
    platform.app.send_webhooks().await.unwrap();
    let bodies = platform.host.taken().into_iter().map(|parcel| serde_json::from_str::<Value>(&parcel.body).unwrap());
    bodies.filter(|body| body["type"] == event_type).collect()
}

async fn made(platform: &TestPlatform, who: &TestActor, body: Value) -> Value {
    let (status, json) = platform.post(who, "/v1/webhook_endpoints", body).await;
    assert_eq!(status, 201, "{json}");
    json
}

fn wants(event_types: &[&str]) -> Value {
    json!({"url": "https://host.example/tuiliu", "description": "orders", "event_types": event_types})
}

async fn get(platform: &TestPlatform, path: &str) -> Value {
    let (status, json) = platform.get(&platform.ours.machine, path).await;
    assert_eq!(status, 200, "GET {path}: {json}");
    json
}

#[tokio::test]
async fn ac_04_an_endpoint_is_told_what_happens_and_everything_sent_can_be_looked_at() {
    let stage = Stage::with_beans(5_000).await;
    let (platform, operator) = (&stage.platform, &stage.platform.ours.operator);
    let endpoint = made(platform, operator, wants(&["boost.started", "room.live"])).await;
    let (id, secret) = (endpoint["id"].as_str().unwrap(), endpoint["secret"].as_str().unwrap());
    let room = stage.live("room-1").await;
    let boost = stage.running(Stage::draft(&room)).await;
    platform.app.send_webhooks().await.unwrap();
    let parcels = platform.host.taken();
    let types: Vec<Value> =
        parcels.iter().map(|parcel| serde_json::from_str::<Value>(&parcel.body).unwrap()["type"].clone()).collect();
    assert_eq!(types, ["room.live", "boost.started"]);
    let shown = BASE64_STANDARD.encode(parcels[0].secrets[0]);
    assert_eq!(secret, format!("whsec_{shown}"), "what signs is what was shown once");
    let body: Value = serde_json::from_str(&parcels[1].body).unwrap();
    assert_eq!((&body["data"]["order"], &body["data"]["room"]), (&json!(boost), &json!(room)));
    assert!(body["timestamp"].as_str().unwrap().ends_with('Z'));
    let read = get(platform, &format!("/v1/webhook_endpoints/{id}")).await;
    assert!(read["secret"].is_null() && read["enabled"] == true, "{read}");
    let sent = get(platform, &format!("/v1/webhook_endpoints/{id}/deliveries?limit=1")).await;
    assert_eq!((&sent["data"][0]["state"], &sent["has_more"]), (&json!("delivered"), &json!(true)));
    let delivery = sent["data"][0]["id"].as_str().unwrap();
    assert_eq!(delivery, parcels[1].id.to_string(), "the id is what is sent as `webhook-id`");
    let detail = get(platform, &format!("/v1/webhook_deliveries/{delivery}")).await;
    assert_eq!(detail["body"], parcels[1].body);
    let attempt = &detail["attempt_log"][0];
    assert_eq!((&attempt["status"], &attempt["answer"]), (&json!(200), &json!("thanks")));
    assert_eq!((&attempt["signature"], &attempt["duration_ms"]), (&json!("v1,c2lnbmVk"), &json!(12)));
    let failed = get(platform, &format!("/v1/webhook_endpoints/{id}/deliveries?state=failed")).await;
    assert_eq!(failed["data"], json!([]));
}

#[tokio::test]
async fn ac_04_private_addresses_and_plain_http_are_refused() {
    let platform = TestPlatform::new().await;
    let machine = &platform.ours.machine;
    let check = async |url: &str, code: &str| {
        let (status, json) = platform.post(machine, "/v1/webhook_endpoints", json!({"url": url})).await;
        assert_eq!((status.as_u16(), &json["code"]), (422, &json!(code)), "{url}: {json}");
        assert_eq!(json["errors"][0]["pointer"], "/url");
    };
    for url in ["https://127.0.0.1/", "https://localhost:8080/", "https://169.254.169.254/", "https://[fd00::1]/"] {
        check(url, "webhook.private_address").await;
    }
    for url in ["http://host.example/", "https://user:word@host.example/", "file:///etc/passwd", ""] {
        check(url, "request.invalid").await;
    }
    let endpoint = made(&platform, machine, json!({"url": "https://host.example/"})).await;
    let path = format!("/v1/webhook_endpoints/{}", endpoint["id"].as_str().unwrap());
    let change = Some(json!({"url": "https://10.0.0.1/"}));
    let (status, _, json) =
        platform.send(request("PATCH", Some(machine), &path, &[("if-match", "\"v1\"")], change)).await;
    assert_eq!((status.as_u16(), &json["code"]), (422, &json!("webhook.private_address")));
}

#[tokio::test]
async fn ac_04_what_was_sent_can_be_sent_again_one_by_one_or_since() {
    let stage = Stage::new().await;
    let (platform, machine) = (&stage.platform, &stage.platform.ours.machine);
    let since = stage.at(-1);
    stage.live("room-0").await;
    let endpoint = made(platform, machine, wants(&["room.live"])).await;
    let id = endpoint["id"].as_str().unwrap().to_owned();
    assert_eq!(arrived(platform, "room.live").await.len(), 1);
    platform.host.answers.lock().unwrap().push_back(500);
    stage.live("room-1").await;
    platform.app.send_webhooks().await.unwrap();
    let first = platform.host.taken();
    let pending = get(platform, &format!("/v1/webhook_endpoints/{id}/deliveries?state=pending")).await;
    assert_eq!(pending["data"][0]["attempts"], 1);
    assert!(pending["data"][0]["next_attempt_at"].is_string());
    let failing = get(platform, &format!("/v1/webhook_endpoints/{id}")).await;
    assert!(failing["failing_since"].is_string());
    let path = format!("/v1/webhook_deliveries/{}/replay", first[0].id);
    stage.expect(machine, &path, json!({}), 202).await;
    platform.app.send_webhooks().await.unwrap();
    let again = platform.host.taken();
    assert_eq!((again[0].id, &again[0].body), (first[0].id, &first[0].body), "a receiver knows it again");
    let replay = format!("/v1/webhook_endpoints/{id}/replay");
    let replayed = stage.expect(machine, &replay, json!({"since": since}), 202).await;
    assert_eq!(replayed, json!({"queued": 2, "next_since": null}));
    assert_eq!(arrived(platform, "room.live").await.len(), 2);
    let test = format!("/v1/webhook_endpoints/{id}/test");
    stage.expect(machine, &test, json!({"type": "boost.settled"}), 202).await;
    assert_eq!(arrived(platform, "boost.settled").await[0]["data"]["test"], true);
    let path = format!("/v1/webhook_endpoints/{id}");
    let tag = format!("\"v{}\"", 3);
    let off = request("PATCH", Some(machine), &path, &[("if-match", &tag)], Some(json!({"enabled": false})));
    let (status, headers, json) = platform.send(off).await;
    assert_eq!((status.as_u16(), &json["disabled_by"]), (200, &json!("request")), "{json}");
    assert_eq!(headers["etag"], "\"v4\"");
    let stale = request("PATCH", Some(machine), &path, &[("if-match", &tag)], Some(json!({"enabled": true})));
    assert_eq!(platform.send(stale).await.0.as_u16(), 412);
    stage.refused(machine, &test, json!({"type": "room.live"}), "webhook.endpoint_disabled").await;
    stage.refused(machine, &replay, json!({"since": since}), "webhook.endpoint_disabled").await;
    stage.live("room-2").await;
    assert_eq!(arrived(platform, "room.live").await, Vec::<Value>::new());
    let (status, _) = platform.delete(machine, &path).await;
    assert_eq!(status.as_u16(), 204);
    assert_eq!(platform.get(machine, &path).await.0.as_u16(), 404);
}

#[tokio::test]
async fn ac_04_a_new_secret_signs_beside_the_old_one_and_asks_for_the_password() {
    let platform = TestPlatform::new().await;
    let operator = &platform.ours.operator;
    let endpoint = made(&platform, operator, json!({"url": "https://host.example/"})).await;
    let path = format!("/v1/webhook_endpoints/{}/rotate_secret", endpoint["id"].as_str().unwrap());
    let (status, rotated) = platform.post(operator, &path, json!({"overlap_hours": 1})).await;
    assert_eq!(status.as_u16(), 200, "{rotated}");
    assert_ne!(rotated["secret"], endpoint["secret"]);
    assert_eq!(rotated["overlap_until"], "2026-11-20T09:31:02.120Z");
    let (status, json) = platform.post(operator, &path, json!({"overlap_hours": 200})).await;
    assert_eq!((status.as_u16(), &json["errors"][0]["pointer"]), (422, &json!("/overlap_hours")));
    platform.clock.advance_ms(16 * MINUTE_MS);
    for (path, body) in [(path.as_str(), json!({})), ("/v1/webhook_endpoints", json!({"url": "https://host.example/"}))]
    {
        let (_, json) = platform.post(operator, path, body).await;
        assert_eq!(json["code"], "access.password_required");
    }
}

#[tokio::test]
async fn ac_04_endpoints_are_closed_to_strangers_and_hidden_from_other_tenants() {
    let platform = TestPlatform::new().await;
    let endpoint = made(&platform, &platform.ours.machine, json!({"url": "https://host.example/"})).await;
    let path = format!("/v1/webhook_endpoints/{}", endpoint["id"].as_str().unwrap());
    let test = Some(json!({"type": "room.live"}));
    platform.post(&platform.ours.machine, &format!("{path}/test"), test.clone().unwrap()).await;
    let sent = get(&platform, &format!("{path}/deliveries")).await;
    let delivery = format!("/v1/webhook_deliveries/{}", sent["data"][0]["id"].as_str().unwrap());
    let since = Some(json!({"since": "2026-11-20T08:31:02Z"}));
    for (method, path, body) in [
        ("GET", path.clone(), None),
        ("DELETE", path.clone(), None),
        ("GET", format!("{path}/deliveries"), None),
        ("POST", format!("{path}/test"), test),
        ("POST", format!("{path}/replay"), since),
        ("POST", format!("{path}/rotate_secret"), Some(json!({}))),
        ("GET", delivery.clone(), None),
        ("POST", format!("{delivery}/replay"), Some(json!({}))),
    ] {
        platform.is_closed(method, &path, body.clone(), 403).await;
        platform.is_hidden(method, &path, body).await;
    }
    for who in [&platform.theirs.operator, &platform.theirs.machine] {
        assert_eq!(platform.get(who, "/v1/webhook_endpoints").await.1["data"], json!([]));
    }
    assert_eq!(get(&platform, &path).await["enabled"], true, "nothing was done");
}

#[tokio::test]
async fn a_tenant_has_so_many_endpoints_and_no_more() {
    let platform = TestPlatform::new().await;
    let machine = &platform.ours.machine;
    for _ in 0..50 {
        made(&platform, machine, json!({"url": "https://host.example/"})).await;
    }
    let (status, json) = platform.post(machine, "/v1/webhook_endpoints", json!({"url": "https://host.example/"})).await;
    assert_eq!((status.as_u16(), &json["code"]), (409, &json!("webhook.too_many_endpoints")));
}

#[tokio::test]
async fn ac_04_a_wallet_that_a_payment_leaves_low_is_told_of_once() {
    let stage = Stage::with_beans(1_600).await;
    let platform = &stage.platform;
    made(platform, stage.machine(), wants(&["wallet.low"])).await;
    let pays = async |room: &str| {
        let mut draft = Stage::draft(&stage.live(room).await);
        draft["budget"] = beans(500);
        stage.running(draft).await;
        arrived(platform, "wallet.low").await
    };
    assert_eq!(pays("room-1").await, Vec::<Value>::new(), "1100 are left");
    assert_eq!(pays("room-2").await, Vec::<Value>::new(), "600 are left");
    let low = pays("room-3").await;
    let party = stage.creator().party.to_string();
    assert_eq!(low[0]["data"], json!({"party": party, "left": {"amount": 10_000, "currency": "BEAN"}}));
    stage.give(stage.creator().party, 45_000).await;
    assert_eq!(pays("room-4").await.len(), 1, "it was above the line again");
}

#[tokio::test]
async fn ac_04_a_coupon_that_ends_soon_is_told_of_once() {
    let stage = Stage::new().await;
    let platform = &stage.platform;
    made(platform, stage.machine(), wants(&["coupon.expiring"])).await;
    stage.change_policy(json!({"coupon": {"validity_ms": 10 * 24 * i64::from(HOUR_MS)}})).await;
    let coupon = stage.coupon(stage.creator().party, 30).await;
    let told = async |days: u32| {
        platform.clock.advance_ms(days * 24 * HOUR_MS);
        platform.app.tell_expiring_coupons(100).await.unwrap();
        arrived(platform, "coupon.expiring").await
    };
    assert_eq!(told(6).await, Vec::<Value>::new());
    let ending = told(1).await;
    let data = &ending[0]["data"];
    assert_eq!((ending.len(), &data["coupon"], &data["points"]), (1, &json!(coupon), &json!(30)));
    assert_eq!(told(1).await, Vec::<Value>::new());
}

#[tokio::test]
async fn requests_of_keys_are_logged_with_what_was_refused_and_without_persons() {
    let platform = TestPlatform::new().await;
    let (machine, operator) = (&platform.ours.machine, &platform.ours.operator);
    platform.get(machine, "/v1/boosts?limit=1").await;
    let wrong = json!({"kind": "creator", "display_name": "Anna", "ticket": "sk_live_0123", "password": "x"});
    platform.post(machine, "/v1/parties", wrong).await;
    platform.get(operator, "/v1/boosts").await;
    platform.get(&platform.theirs.machine, "/v1/boosts").await;
    platform.app.save_logged_requests().await.unwrap();
    let key = machine.key.unwrap().to_string();
    let all = get(&platform, &format!("/v1/request-log?key={key}")).await;
    assert_eq!(all["data"].as_array().unwrap().len(), 2, "keys only, and ours only: {all}");
    let refused = get(&platform, "/v1/request-log?status=4xx").await["data"][0].clone();
    assert_eq!((&refused["method"], &refused["route"]), (&json!("POST"), &json!("/v1/parties")));
    assert_eq!((&refused["status"], &refused["code"]), (&json!(422), &json!("request.invalid")));
    assert_eq!(refused["body"], r#"{"display_name":"…","kind":"creator","password":"…","ticket":"…"}"#);
    let well = get(&platform, "/v1/request-log?status=200").await["data"][0].clone();
    assert_eq!((&well["path"], &well["body"]), (&json!("/v1/boosts?limit=1"), &Value::Null));
    assert!(well["answer_bytes"].as_i64().unwrap() > 0 && well["request_id"].as_str().unwrap().starts_with("req_"));
    let later = get(&platform, "/v1/request-log?from=2026-11-21T00:00:00Z").await;
    assert_eq!(later["data"], json!([]));
    let (status, json) = platform.get(machine, "/v1/request-log?status=teapot").await;
    assert_eq!((status.as_u16(), &json["code"]), (400, &json!("request.invalid_query")));
    platform.is_closed("GET", "/v1/request-log", None, 403).await;
    platform.app.save_logged_requests().await.unwrap();
    let (_, theirs) = platform.get(&platform.theirs.machine, "/v1/request-log").await;
    assert_eq!(theirs["data"].as_array().unwrap().len(), 1, "{theirs}");
}

#[tokio::test]
async fn of_the_data_plane_refusals_are_logged_and_of_the_rest_a_sample() {
    let stage = Stage::new().await;
    let ask = json!({"placements": [{"id": "feed", "slots": 1, "positions": [4]}]});
    for _ in 0..150 {
        stage.expect(stage.machine(), "/v1/decisions", ask.clone(), 200).await;
    }
    for _ in 0..3 {
        stage.platform.post(stage.machine(), "/v1/decisions", json!({"placements": 7})).await;
    }
    stage.platform.app.save_logged_requests().await.unwrap();
    let log = get(&stage.platform, "/v1/request-log?limit=100").await;
    let statuses: Vec<i64> =
        log["data"].as_array().unwrap().iter().map(|row| row["status"].as_i64().unwrap()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 422).count(), 3);
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 2, "one in a hundred: {statuses:?}");
}

#[tokio::test]
async fn events_are_shown_as_they_come_in_with_what_became_of_them() {
    let stage = Stage::new().await;
    let platform = &stage.platform;
    let room = stage.live("room-1").await;
    let natural = |id: &str| {
        json!({"id": id, "type": "room_enter", "occurred_at": stage.at(0), "user": {"opaque_user_id": "anna"},
               "entity": {"type": "live_room", "id": room}})
    };
    let mut old = natural("old");
    old["occurred_at"] = json!(stage.at(-8 * 24 * i64::from(HOUR_MS)));
    let test = json!({"test_event_code": "T1", "events": [natural("a"), old, {"id": "b", "type": 7}]});
    stage.expect(stage.machine(), "/v1/events", test, 202).await;
    stage.expect(stage.machine(), "/v1/events", json!({"events": [natural("c")]}), 202).await;
    let seen = get(platform, "/v1/events/seen").await;
    let fates: Vec<(&str, &str)> = seen["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| (event["event_id"].as_str().unwrap(), event["fate"].as_str().unwrap()))
        .collect();
    let taken = ("c", "taken");
    let (good, refused) = (("a", "judged"), [("old", "refused"), ("b", "refused")]);
    assert_eq!(fates, [taken, refused[1], refused[0], good], "newest first");
    assert_eq!(seen["data"][2]["code"], "event.too_old");
    assert_eq!(seen["data"][1]["code"], "event.malformed");
    assert!(!seen.to_string().contains("anna"), "nothing tells who it was");
    let of_test = get(platform, "/v1/events/seen?test_event_code=T1").await;
    assert_eq!(of_test["data"].as_array().unwrap().len(), 3);
    platform.is_closed("GET", "/v1/events/seen", None, 403).await;
    let (_, theirs) = platform.get(&platform.theirs.machine, "/v1/events/seen").await;
    assert_eq!(theirs["data"], json!([]));
}

#[tokio::test]
async fn ac_02_a_key_is_replaced_while_both_are_good() {
    let platform = TestPlatform::new().await;
    let (operator, machine) = (&platform.ours.operator, &platform.ours.machine);
    let key = format!("/v1/api_keys/{}", machine.key.unwrap());
    let rotate = format!("{key}/rotate");
    platform.is_hidden("POST", &rotate, Some(json!({}))).await;
    let (status, made) = platform.post(operator, &rotate, json!({"overlap_hours": 1})).await;
    assert_eq!(status.as_u16(), 201, "{made}");
    assert_eq!(made["party"], machine.party.to_string(), "the same machine");
    let with = |secret: &Value| format!("Bearer {}", secret.as_str().unwrap());
    let fresh = with(&made["secret"]);
    let me = async || {
        let new = request("GET", None, "/v1/me", &[("authorization", &fresh)], None);
        let statuses = (platform.get(machine, "/v1/me").await.0, platform.send(new).await.0);
        (statuses.0.as_u16(), statuses.1.as_u16())
    };
    assert_eq!(me().await, (200, 200));
    platform.clock.advance_ms(59 * MINUTE_MS);
    assert_eq!(me().await, (200, 200));
    platform.clock.advance_ms(2 * MINUTE_MS);
    assert_eq!(me().await, (401, 200));
    let operator = &platform.sign_in_again("operator").await;
    let (_, json) = platform.post(operator, &rotate, json!({})).await;
    assert_eq!(json["code"], "access.key_revoked");
    let second = format!("/v1/api_keys/{}/rotate", made["id"].as_str().unwrap());
    let (_, third) = platform.post(operator, &second, json!({"overlap_hours": 24})).await;
    assert_eq!(me().await.1, 200);
    let (status, _) = platform.delete(operator, &format!("/v1/api_keys/{}", made["id"].as_str().unwrap())).await;
    assert_eq!(status.as_u16(), 204, "what still is good can be ended at once");
    assert_eq!(me().await.1, 401);
    assert!(third["secret"].is_string());
}
