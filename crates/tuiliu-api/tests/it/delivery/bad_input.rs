//! Bad input: a clear error with a stable code, and nothing changed.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::platform::request;
use crate::promotion::stage::{HOUR_MS, Stage, beans, unknown};

/// Two tenants, each with a running order, and what the other's token looks like.
struct Scene {
    stage: Stage,
    room: String,
    boost: String,
    token: String,
}

async fn scene() -> Scene {
    let stage = Stage::with_beans(5_000).await;
    let room = stage.live("room-1").await;
    let boost = stage.running(Stage::draft(&room)).await;
    let token = stage.token("anna").await;
    Scene { stage, room, boost, token }
}

/// Events of products, draws and leaving that lack what they need, and their codes.
fn bad_products_and_draws(stage: &Stage, token: &str) -> Vec<(Value, &'static str)> {
    let event = |kind: &str, change: &dyn Fn(&mut Value)| {
        let mut event = stage.event("bad", kind, token);
        change(&mut event);
        event
    };
    let contents = |id: &str, quantity: Value| json!({"contents": [{"content_id": id, "quantity": quantity}]});
    vec![
        (event("room_leave", &|_| {}), "event.bad_value"),
        (event("product_show", &|_| {}), "event.bad_value"),
        (event("product_listed", &|event| event["properties"] = json!({"contents": []})), "event.bad_value"),
        (event("product_show", &|event| event["properties"] = contents("", json!(1))), "event.bad_value"),
        (event("product_show", &|event| event["properties"] = contents(&"x".repeat(129), json!(1))), "event.bad_value"),
        (event("product_show", &|event| event["properties"] = contents("sku", json!(1_000_001))), "event.bad_value"),
        (event("product_show", &|event| event["properties"] = contents("sku", json!(-1))), "event.malformed"),
        (event("draw_enter", &|_| {}), "event.bad_value"),
        (event("draw_open", &|event| event["properties"] = json!({"draw_id": ""})), "event.bad_value"),
    ]
}

#[tokio::test]
async fn bad_events_are_refused_and_change_nothing() {
    let Scene { stage, boost, token, .. } = scene().await;
    let books = stage.books().await;
    let report = stage.report(&boost).await;
    let event = |kind: &str, change: &dyn Fn(&mut Value)| {
        let mut event = stage.event("bad", kind, &token);
        change(&mut event);
        event
    };
    let mut forged = token.clone();
    let last = if forged.ends_with('A') { 'B' } else { 'A' };
    forged.pop();
    forged.push(last);
    let middle = token.len() / 2;
    let tampered: String = token
        .chars()
        .enumerate()
        .map(|(at, letter)| if at == middle { if letter == 'x' { 'y' } else { 'x' } } else { letter })
        .collect();
    let day = 24 * i64::from(HOUR_MS);
    let money = |value: Value, currency: &str| json!({"value": value, "currency": currency});
    let mut cases: Vec<(Value, &str)> = vec![
        (json!(7), "event.malformed"),
        (json!({}), "event.malformed"),
        (event("impression", &|event| event["id"] = json!("")), "event.bad_id"),
        (event("impression", &|event| event["id"] = json!("x".repeat(129))), "event.bad_id"),
        (event("impression", &|event| event["id"] = json!("two words")), "event.bad_id"),
        (event("teleport", &|_| {}), "event.unknown_type"),
        (event("impression", &|event| event["occurred_at"] = json!("today")), "event.malformed"),
        (event("impression", &|event| event["occurred_at"] = json!(stage.at(-7 * day - 1))), "event.too_old"),
        (event("impression", &|event| event["occurred_at"] = json!(stage.at(600_001))), "event.in_future"),
        (event("impression", &|event| event["occurred_at"] = json!(stage.at(300_001))), "event.token_expired"),
        (event("impression", &|event| event["tracking_token"] = json!("nonsense")), "event.token_malformed"),
        (event("impression", &|event| event["tracking_token"] = json!(tampered)), "event.token_forged"),
        (event("impression", &|event| event["user"] = json!({"opaque_user_id": "bert"})), "event.viewer_mismatch"),
        (event("impression", &|event| event["tracking_token"] = Value::Null), "event.no_subject"),
        (event("watch", &|_| {}), "event.bad_value"),
        (event("watch", &|event| event["properties"] = json!({"watch_ms": -1})), "event.bad_value"),
        (event("watch", &|event| event["properties"] = json!({"watch_ms": day + 1})), "event.bad_value"),
        (event("watch", &|event| event["properties"] = json!({"watch_ms": 1e300})), "event.malformed"),
        (event("undo", &|_| {}), "event.bad_value"),
        (event("undo", &|event| event["properties"] = json!({"undone": "impression"})), "event.bad_value"),
        (event("order_paid", &|_| {}), "event.bad_value"),
        (event("order_paid", &|event| event["properties"] = money(json!(0), "CNY")), "event.bad_value"),
        (event("order_paid", &|event| event["properties"] = money(json!(-1), "CNY")), "event.bad_value"),
        (event("order_paid", &|event| event["properties"] = money(json!(i64::MAX), "CNY")), "event.bad_value"),
        (event("order_paid", &|event| event["properties"] = money(json!(1), "USD")), "event.wrong_currency"),
        (event("order_paid", &|event| event["properties"] = json!({"value": 1})), "event.wrong_currency"),
        (event("order_paid", &|event| event["properties"] = money(json!(1.5), "CNY")), "event.malformed"),
    ];
    cases.extend(bad_products_and_draws(&stage, &token));
    for (event, code) in &cases {
        let answer = stage.expect(stage.machine(), "/v1/events", json!({"events": [event]}), 202).await;
        assert_eq!(
            (&answer["accepted"], &answer["rejected"][0]["code"]),
            (&json!(0), &json!(code)),
            "{event}: {answer}"
        );
    }
    let all: Vec<&Value> = cases.iter().map(|(event, _)| event).collect();
    let answer = stage.expect(stage.machine(), "/v1/events", json!({"events": all}), 202).await;
    assert_eq!((&answer["accepted"], answer["rejected"].as_array().unwrap().len()), (&json!(0), cases.len()));
    // A token of ours is nothing to another tenant.
    let foreign = json!({"events": [stage.event("f", "impression", &token)]});
    let (_, answer) = stage.platform.post(&stage.platform.theirs.machine, "/v1/events", foreign).await;
    assert_eq!(answer["rejected"][0]["code"], "event.token_foreign");
    stage.platform.app.deliver_once().await;
    assert_eq!(stage.books().await, books);
    assert_eq!(stage.report(&boost).await["totals"], report["totals"]);
}

#[tokio::test]
async fn bad_reports_are_refused_whole() {
    let Scene { stage, .. } = scene().await;
    let books = stage.books().await;
    let machine = stage.machine();
    let send = async |headers: &[(&str, &str)], body: Vec<u8>| {
        let shell = request("POST", Some(machine), "/v1/events", headers, None);
        let (mut parts, _) = shell.into_parts();
        parts.headers.entry("content-type").or_insert("application/json".parse().unwrap());
        let (_, _, text) = stage.raw(Request::from_parts(parts, Body::from(body))).await;
        serde_json::from_str::<Value>(&text).unwrap()["code"].as_str().unwrap().to_owned()
    };
    assert_eq!(send(&[], b"{\"events\": [".to_vec()).await, "request.malformed");
    assert_eq!(send(&[], b"{}".to_vec()).await, "request.invalid");
    assert_eq!(send(&[], b"{\"events\": 7}".to_vec()).await, "request.invalid");
    assert_eq!(send(&[], b"{\"events\": [], \"sent_at\": \"now\"}".to_vec()).await, "request.invalid_time");
    assert_eq!(send(&[], vec![b' '; 500 * 1_024 + 1]).await, "request.too_large");
    assert_eq!(send(&[("content-encoding", "gzip")], b"{}".to_vec()).await, "request.malformed");
    assert_eq!(send(&[("content-type", "application/xml")], b"<a/>".to_vec()).await, "request.unsupported_media_type");
    let many = json!({"events": vec![json!({}); 1_001]}).to_string();
    assert_eq!(send(&[], many.into_bytes()).await, "event.too_many");
    assert_eq!(stage.books().await, books);
}

#[tokio::test]
async fn bad_orders_are_refused_and_change_nothing() {
    let Scene { stage, room, boost, .. } = scene().await;
    let books = stage.books().await;
    let good = Stage::draft(&room);
    let with = |field: &str, value: Value| {
        let mut draft = good.clone();
        draft[field] = value;
        draft
    };
    let amount = |amount: Value, currency: &str| json!({"amount": amount, "currency": currency});
    let cases: Vec<(Value, &str)> = vec![
        (json!([]), "request.invalid"),
        (with("room_id", json!("room-1")), "request.invalid_id"),
        (with("room_id", json!(boost)), "request.invalid_id"),
        (with("room_id", json!(unknown::<tuiliu_domain::id::RoomKind>())), "boost.room_not_found"),
        (with("payer_id", json!(stage.platform.theirs.creator.party.to_string())), "access.forbidden"),
        (with("goal", json!("fame")), "request.invalid"),
        (with("budget", amount(json!(50_000), "CNY")), "request.invalid_amount"),
        (with("budget", amount(json!(50_000), "USD")), "request.invalid"),
        (with("budget", amount(json!(0), "BEAN")), "request.invalid_amount"),
        (with("budget", amount(json!(-50_000), "BEAN")), "request.invalid_amount"),
        (with("budget", amount(json!(i64::MAX), "BEAN")), "request.invalid_amount"),
        (with("budget", amount(json!(u64::MAX), "BEAN")), "request.invalid"),
        (with("budget", amount(json!(500.5), "BEAN")), "request.invalid"),
        (with("budget", amount(json!("50000"), "BEAN")), "request.invalid"),
        (with("budget", amount(json!(50_001), "BEAN")), "boost.fractional_beans"),
        (with("duration_ms", json!(0)), "boost.duration_not_offered"),
        (with("duration_ms", json!(-3_600_000)), "boost.duration_not_offered"),
        (with("duration_ms", json!(i64::MAX)), "boost.duration_not_offered"),
        (with("bid", amount(json!(i64::MAX), "BEAN")), "request.invalid_amount"),
        (with("bid", beans(-1)), "request.invalid_amount"),
        (with("cost_cap", amount(json!(i64::MAX), "BEAN")), "request.invalid_amount"),
        (with("cost_cap", beans(-1)), "request.invalid_amount"),
        (with("surprise", json!(1)), "request.invalid"),
    ];
    for (body, code) in &cases {
        stage.refused(stage.creator(), "/v1/boosts", body.clone(), code).await;
    }
    // A machine may order for anybody of its own tenant, and for nobody else's.
    let foreign = with("payer_id", json!(stage.platform.theirs.creator.party.to_string()));
    stage.refused(stage.machine(), "/v1/boosts", foreign, "boost.payer_not_found").await;
    let (_, theirs) = stage.platform.post(&stage.platform.theirs.creator, "/v1/boosts", good.clone()).await;
    assert_eq!(theirs["code"], "boost.room_not_found", "another tenant's room is not there");
    let top_up = format!("/v1/boosts/{boost}/top_up");
    for (body, code) in [
        (json!({"budget": amount(json!(1), "POINT")}), "request.invalid_amount"),
        (json!({"budget": amount(json!(-1), "BEAN")}), "request.invalid_amount"),
        (json!({"budget": amount(json!(9_007_199_254_740_991_i64), "BEAN")}), "boost.fractional_beans"),
        (json!({"budget": amount(json!(9_007_199_254_740_900_i64), "BEAN")}), "request.invalid_amount"),
        (json!({"budget": beans(100), "duration_ms": i64::MIN}), "boost.top_up_duration_out_of_range"),
    ] {
        stage.refused(stage.creator(), &top_up, body, code).await;
    }
    assert_eq!(stage.books().await, books);
    assert_eq!(stage.spendable(stage.creator()).await.0, 450_000);
}

#[tokio::test]
async fn a_key_is_needed_for_every_change_of_money() {
    let Scene { stage, boost, .. } = scene().await;
    let verbs = ["pay", "cancel", "stop", "top_up", "order_again"].map(|verb| format!("/v1/boosts/{boost}/{verb}"));
    for path in ["/v1/boosts".to_owned(), format!("/v1/reviews/{boost}/verdict")].iter().chain(&verbs) {
        let (mut parts, body) = request("POST", Some(stage.machine()), path, &[], Some(json!({}))).into_parts();
        parts.headers.remove("idempotency-key");
        let (_, _, json) = stage.platform.send(Request::from_parts(parts, body)).await;
        assert_eq!(json["code"], "idempotency.key_required", "{path}");
    }
}
