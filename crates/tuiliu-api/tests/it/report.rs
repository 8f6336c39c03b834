//! Reports: figures of orders, rooms, creators and accounts, live figures, streams, recaps.

use axum::http::StatusCode;
use serde_json::{Value, json};
use tuiliu_domain::id::RoomKind;

use crate::platform::request;
use crate::promotion::stage::{HOUR_MS, MINUTE_MS, Stage, unknown};

/// A stage with a room on air, named `room-1`.
async fn on_air() -> (Stage, String) {
    let stage = Stage::with_beans(500).await;
    let room = stage.live("room-1").await;
    (stage, room)
}

impl Stage {
    /// What somebody did in the room by themselves.
    fn natural(&self, id: &str, kind: &str, viewer: &str) -> Value {
        json!({
            "id": id, "type": kind, "occurred_at": self.at(0), "user": {"opaque_user_id": viewer},
            "entity": {"type": "live_room", "id": "room-1"},
        })
    }

    fn with(&self, mut event: Value, properties: Value) -> Value {
        event["properties"] = properties;
        event
    }
}

/// A scope of a room's report by its name.
fn scope<'v>(report: &'v Value, name: &str) -> &'v Value {
    let scopes = report["scopes"].as_array().unwrap();
    scopes.iter().find(|scope| scope["scope"] == name).unwrap_or_else(|| panic!("no scope {name}"))
}

fn count(of: &Value, code: &str) -> i64 {
    of["counts"][code].as_i64().unwrap_or(0)
}

/// A metric's figure; `null` when it is not told.
fn metric<'v>(of: &'v Value, id: &str) -> &'v Value {
    let found = of["metrics"].as_array().unwrap().iter().find(|metric| metric["id"] == id);
    found.unwrap_or(&Value::Null)
}

#[tokio::test]
async fn at_04_the_dictionary_is_published() {
    let stage = Stage::new().await;
    let (status, _, dictionary) = stage.platform.send(request("GET", None, "/v1/metrics", &[], None)).await;
    assert_eq!(status, StatusCode::OK);
    let metrics = dictionary["metrics"].as_array().unwrap();
    let entry = metrics.iter().find(|metric| metric["id"] == "entry_rate").unwrap();
    let expected = json!({
        "id": "entry_rate", "name_zh": "曝光进入率", "name_en": "Entry rate", "numerator": "viewers",
        "denominator": "reach", "unit": "ratio", "window": "asked time, by event time",
        "deduplication": "none beyond that of its parts", "is_effect": true,
    });
    assert_eq!(*entry, expected);
    let blended = metrics.iter().find(|metric| metric["id"] == "blended_roas").unwrap();
    assert_eq!(blended["is_effect"], false);
    let codes: Vec<&Value> = dictionary["counts"].as_array().unwrap().iter().map(|count| &count["code"]).collect();
    assert!(metrics.len() >= 45 && codes.contains(&&json!("viewers")));
}

#[tokio::test]
async fn at_04_at_05_an_order_is_told_in_the_metrics_of_the_dictionary() {
    let (stage, room) = on_air().await;
    let boost = stage.running(Stage::draft(&room)).await;
    let token = stage.view("anna").await;
    let paid = stage.with(
        stage.event("p", "order_paid", &token),
        json!({"value": 10_000, "currency": "CNY", "order_id": "o1", "contents": [{"content_id": "sku1", "quantity": 2}]}),
    );
    let again = stage.with(stage.event("p2", "order_paid", &token), paid["properties"].clone());
    stage.report_events(vec![paid, again, stage.event("f", "follow", &token)]).await;
    let report = stage.report(&boost).await;
    assert_eq!(
        metric(&report, "entry_rate"),
        &json!({"id": "entry_rate", "value": 1.0, "numerator": 1, "denominator": 1, "unit": "ratio"})
    );
    assert_eq!(metric(&report, "gmv")["value"], 10_000, "one purchase told under two events is one");
    assert_eq!(metric(&report, "new_follows")["value"], 1);
    assert_eq!(metric(&report, "average_watch_time")["value"], 6_000.0);
    let spend = metric(&report, "spend")["value"].as_i64().unwrap();
    assert_eq!(report["money"]["spend"]["micros"], spend);
    // A hundred yuan are a thousand beans.
    let roas = metric(&report, "roas_paid");
    assert_eq!((&roas["numerator"], &roas["denominator"]), (&json!(1_000_000_000_i64), &json!(spend)));
    assert_eq!(metric(&report, "blended_roas"), &Value::Null);
    assert_eq!(metric(&report, "settled_gmv_7d")["value"], 0, "the return window is open");
    stage.pass_ms(7 * 24 * HOUR_MS).await;
    assert_eq!(metric(&stage.report(&boost).await, "settled_gmv_7d")["value"], 10_000);
    stage.audit_is_clean().await;
}

#[tokio::test]
async fn at_05_hours_and_days_follow_the_clocks_that_are_asked_for() {
    let (stage, room) = on_air().await;
    let boost = stage.running(Stage::draft(&room)).await;
    stage.view("anna").await;
    stage.platform.clock.advance_ms(40 * MINUTE_MS);
    stage.view("bert").await;
    let steps = async |query: &str| {
        let report = stage.get(&format!("/v1/boosts/{boost}/report?{query}")).await;
        let trend = report["trend"].clone();
        let views: i64 =
            trend["steps"].as_array().unwrap().iter().map(|step| step["promoted"]["views"].as_i64().unwrap_or(0)).sum();
        (
            trend["time_zone"].as_str().unwrap().to_owned(),
            trend["steps"][0]["start"].as_str().unwrap().to_owned(),
            views,
        )
    };
    let (zone, _, views) = steps("").await;
    assert_eq!((zone.as_str(), views), ("+08:00", 2));
    let (_, minute, views) = steps("grain=minute").await;
    assert_eq!((minute.ends_with(":00.000Z"), views), (true, 2));
    let (zone, day, views) = steps("grain=day&time_zone=%2B08:00").await;
    assert_eq!((zone.as_str(), day.ends_with("T16:00:00.000Z"), views), ("+08:00", true, 2));
    let (_, day, _) = steps("grain=day&time_zone=Z").await;
    assert!(day.ends_with("T00:00:00.000Z"), "{day}");
    let (_, hour, _) = steps("grain=hour&time_zone=%2B05:30").await;
    assert!(hour.ends_with(":30:00.000Z"), "{hour}");
    for bad in ["grain=week", "time_zone=Shanghai", "time_zone=%2B08:10", "from=today"] {
        let (status, problem) = stage.platform.get(stage.creator(), &format!("/v1/boosts/{boost}/report?{bad}")).await;
        assert!(status.is_client_error(), "{bad}: {problem}");
    }
}

#[tokio::test]
async fn at_05_viewers_are_broken_down_by_what_decisions_and_hosts_told() {
    let (stage, room) = on_air().await;
    let boost = stage.running(Stage::draft(&room)).await;
    let body = json!({
        "placements": [{"id": "feed", "slots": 1, "positions": [4]}],
        "user": {"opaque_user_id": "anna", "gender": "f", "age_range": "24-30", "region": "CN-4403"},
        "device": {"os": "ios"},
    });
    let answer = stage.expect(stage.machine(), "/v1/decisions", body, 200).await;
    let token = answer["placements"][0]["decisions"][0]["tracking_token"].as_str().unwrap().to_owned();
    let mut shown = stage.event("i", "impression", &token);
    shown["user"] = json!({"opaque_user_id": "anna", "gender": "m", "is_new": true});
    stage.report_events(vec![shown]).await;
    stage.view("bert").await;
    let report = stage.report(&boost).await;
    let of = |dimension: &str, class: &str| {
        let found = report["breakdown"].as_array().unwrap().iter().find(|own| own["dimension"] == dimension).unwrap();
        let class = found["classes"].as_array().unwrap().iter().find(|own| own["class"] == class);
        class.map_or(0, |class| class["promoted"]["impressions"].as_i64().unwrap_or(0))
    };
    assert_eq!([of("gender", "female"), of("gender", "male"), of("gender", "unknown")], [1, 0, 1]);
    assert_eq!([of("age", "24-30"), of("region", "CN-44"), of("system", "ios")], [1, 1, 1]);
    assert_eq!([of("newness", "new"), of("newness", "unknown")], [1, 1], "the host told later");
}

#[tokio::test]
async fn lv_21_natural_and_promoted_traffic_are_apart_in_every_figure_of_a_room() {
    let (stage, room) = on_air().await;
    stage.running(Stage::draft(&room)).await;
    let token = stage.view("anna").await;
    let bought = stage.with(stage.event("p1", "order_paid", &token), json!({"value": 100, "currency": "CNY"}));
    let leave =
        |id: &str, viewer: &str, ms: i64| stage.with(stage.natural(id, "room_leave", viewer), json!({"watch_ms": ms}));
    let sold = stage.with(stage.natural("p2", "order_paid", "cleo"), json!({"value": 900, "currency": "CNY"}));
    let natural = vec![
        stage.natural("e1", "room_enter", "bert"),
        leave("l1", "bert", 3_000),
        // Two devices of one viewer are one viewer.
        leave("l2", "cleo", 60_000),
        leave("l3", "cleo", 50_000),
        stage.natural("c", "comment", "bert"),
        // Promotion brought her once: she is a promoted viewer, and no natural one.
        leave("l4", "anna", 1_000),
        sold,
    ];
    stage.report_events(natural).await;
    stage.report_events(vec![bought]).await;
    let report = stage.get(&format!("/v1/rooms/{room}/report")).await;
    let [all, natural, promoted] = ["all", "natural", "promoted"].map(|name| scope(&report, name));
    for (code, expected) in [
        ("viewers", [3, 2, 1]),
        ("views", [2, 1, 1]),
        ("commenters", [1, 1, 0]),
        ("gmv_fen", [1_000, 900, 100]),
        ("watch_ms", [69_000, 63_000, 6_000]),
        ("effective_views", [2, 1, 1]),
        ("payers", [2, 1, 1]),
    ] {
        assert_eq!([all, natural, promoted].map(|of| count(of, code)), expected, "{code}");
    }
    assert_eq!((&report["online"]["peak"], &metric(all, "peak_online")["value"]), (&json!(3), &json!(3)));
    // What natural traffic has a part in is never an effect of the promotion.
    assert_ne!(metric(all, "blended_roas"), &Value::Null);
    assert_eq!([metric(all, "roas_paid"), metric(promoted, "blended_roas")], [&Value::Null, &Value::Null]);
    assert_ne!(metric(promoted, "roas_paid"), &Value::Null);
    assert_eq!([metric(natural, "spend"), metric(natural, "roas_paid")], [&Value::Null, &Value::Null]);
    let step = &report["trend"]["steps"][0];
    assert_eq!((&step["natural"]["views"], &step["promoted"]["views"]), (&json!(1), &json!(1)));
    assert_eq!(report["freshness"]["up_to_date"], true);
}

#[tokio::test]
async fn at_05_creators_and_accounts_are_told_over_rooms_and_orders() {
    let (stage, room) = on_air().await;
    stage.running(Stage::draft(&room)).await;
    stage.view("anna").await;
    let listed = json!({"contents": [{"content_id": "sku1"}, {"content_id": "sku2"}]});
    let bought = json!({"value": 100, "currency": "CNY", "contents": [{"content_id": "sku1"}]});
    stage
        .report_events(vec![
            stage.with(stage.natural("l", "product_listed", "x"), listed),
            stage.with(stage.natural("p", "order_paid", "bert"), bought),
            stage.natural("e", "room_enter", "bert"),
            stage.natural("f", "follow", "bert"),
        ])
        .await;
    let account = stage.get("/v1/reports/boosts").await;
    assert_eq!((&account["orders"], count(&account, "views")), (&json!(1), 1));
    assert_eq!(metric(&account, "results")["value"], 1);
    let report = stage.get("/v1/reports/broadcasts").await;
    let facts = &report["broadcasts"][0];
    assert_eq!(facts["room_id"], json!(room));
    let told = ["viewers", "own_traffic_permille", "follower_gain", "paid_fen", "sell_through_permille"];
    assert_eq!(told.map(|field| facts[field].as_i64().unwrap()), [2, 500, 1, 100, 500]);
    assert_eq!((&report["distinct_viewers"], &report["distinct_promoted_viewers"]), (&json!(2), &json!(1)));
    assert_eq!(count(scope(&report, "all"), "views"), 2);
    // A stranger is told of nobody but himself.
    let (status, own) = stage.platform.get(&stage.platform.ours.stranger, "/v1/reports/boosts").await;
    assert_eq!((status, &own["orders"]), (StatusCode::OK, &json!(0)));
    for path in ["boosts?payer_id=", "broadcasts?creator_id="] {
        let path = format!("/v1/reports/{path}{}", stage.creator().party);
        let (status, _) = stage.platform.get(&stage.platform.ours.stranger, &path).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{path}");
    }
    let (status, _) = stage.platform.get(stage.creator(), "/v1/reports/boosts?from=2020-01-01T00:00:00Z").await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "years at once");
}

#[tokio::test]
async fn tp_22_live_figures_stand_beside_what_was_before() {
    let (stage, room) = on_air().await;
    let boost = stage.running(Stage::draft(&room)).await;
    stage.view("anna").await;
    stage.platform.clock.advance_ms(11 * MINUTE_MS);
    stage.report_events(vec![stage.natural("e", "room_enter", "bert")]).await;
    stage.platform.clock.advance_ms(MINUTE_MS);
    let live = stage.get(&format!("/v1/rooms/{room}/live")).await;
    let figure = |name: &str, id: &str| metric(scope(&live, name), id).clone();
    let views = figure("all", "views");
    assert_eq!((&views["now"], &views["before"], &views["session"]), (&json!(1.0), &json!(1.0), &json!(2.0)));
    assert_eq!(figure("natural", "views")["now"], 1.0);
    assert_eq!(
        (figure("promoted", "views")["now"].clone(), figure("promoted", "views")["before"].clone()),
        (json!(0.0), json!(1.0))
    );
    assert_eq!(views["usual"], Value::Null, "there was no session before");
    let inflow = scope(&live, "all")["inflow"].as_array().unwrap();
    assert_eq!((inflow.len(), &inflow[29]["views"], &inflow[29]["smoothed"]), (30, &json!(1), &json!(0.2)));
    let live = stage.get(&format!("/v1/boosts/{boost}/live")).await;
    assert_eq!(metric(scope(&live, "promoted"), "views")["session"], 1.0);
    assert_eq!(live["freshness"]["up_to_date"], true);
}

#[tokio::test]
async fn tp_22_a_stream_of_live_figures_resumes_and_refuses_strangers() {
    let (stage, room) = on_air().await;
    let boost = stage.running(Stage::draft(&room)).await;
    stage.view("anna").await;
    // A stream ends at once when the server is stopping; what is there already is told before.
    stage.platform.stop.enter(tuiliu_api::stop::Phase::Ending);
    for path in [format!("/v1/boosts/{boost}/report/stream"), format!("/v1/rooms/{room}/report/stream")] {
        let read = async |headers: &[(&str, &str)]| {
            let (status, headers, text) = stage.raw(request("GET", Some(stage.creator()), &path, headers, None)).await;
            assert_eq!((status, &headers["content-type"]), (StatusCode::OK, &"text/event-stream".parse().unwrap()));
            text
        };
        let live = read(&[]).await;
        assert!(live.starts_with(": open") || live.contains(": open"), "{live}");
        let (status, _, _) = stage.raw(request("GET", Some(&stage.platform.ours.stranger), &path, &[], None)).await;
        assert!(matches!(status.as_u16(), 403 | 404), "{path}: {status}");
    }
}

/// A broadcast of ten minutes: two come by themselves, one is brought by promotion.
async fn broadcast(stage: &Stage, room: &str) -> String {
    let boost = stage.running(Stage::draft(room)).await;
    let token = stage.token("anna").await;
    let sku = json!({"contents": [{"content_id": "sku1", "quantity": 10}]});
    let of = |event: Value, properties: &Value| stage.with(event, properties.clone());
    let draw = json!({"draw_id": "bag1"});
    stage
        .report_events(vec![
            of(stage.natural("pl", "product_listed", "x"), &sku),
            stage.event("i", "impression", &token),
            stage.event("e", "room_enter", &token),
            stage.natural("e2", "room_enter", "bert"),
        ])
        .await;
    stage.platform.clock.advance_ms(2 * MINUTE_MS);
    stage.report_events(vec![of(stage.natural("ps", "presentation_start", "x"), &sku)]).await;
    stage.platform.clock.advance_ms(MINUTE_MS);
    let bought = |id: &str| json!({"value": 5_000, "currency": "CNY", "order_id": id, "contents": [{"content_id": "sku1", "quantity": 2}]});
    stage
        .report_events(vec![
            stage.with(stage.event("p", "order_paid", &token), bought("o1")),
            stage.with(stage.natural("p2", "order_paid", "bert"), bought("o2")),
            of(stage.natural("do", "draw_open", "x"), &draw),
            of(stage.event("de", "draw_enter", &token), &draw),
            of(stage.event("pc", "product_click", &token), &sku),
            of(stage.natural("psh", "product_show", "bert"), &sku),
            stage.event("f", "follow", &token),
            stage.natural("f2", "follow", "bert"),
            stage.natural("u2", "unfollow", "bert"),
        ])
        .await;
    stage.platform.clock.advance_ms(7 * MINUTE_MS);
    stage
        .report_events(vec![
            of(stage.natural("pe", "presentation_end", "x"), &sku),
            stage.with(stage.event("l", "room_leave", &token), json!({"watch_ms": 10 * MINUTE_MS})),
            stage.with(stage.natural("l2", "room_leave", "bert"), json!({"watch_ms": 10 * MINUTE_MS})),
            stage.with(stage.natural("l3", "room_leave", "cleo"), json!({"watch_ms": 60_000})),
        ])
        .await;
    let refund = json!({"value": 5_000, "currency": "CNY", "order_id": "o2"});
    stage.report_events(vec![stage.with(stage.natural("r", "order_refunded", "bert"), refund)]).await;
    boost
}

#[tokio::test]
async fn lv_20_a_recap_is_told_after_the_broadcast() {
    let (stage, room) = on_air().await;
    let boost = broadcast(&stage, &room).await;
    let path = format!("/v1/rooms/{room}/recap");
    let (status, problem) = stage.platform.get(stage.creator(), &path).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("report.not_ended")));
    stage.fact(&room, "ended").await;
    let recap = stage.get(&path).await;
    let all = &recap["all"];
    let whole =
        |of: &Value, fields: &[&str]| -> Vec<i64> { fields.iter().map(|field| of[field].as_i64().unwrap()).collect() };
    let fields = ["viewers", "sessions", "peak_online", "new_followers", "lost_followers"];
    assert_eq!(whole(all, &fields), [3, 3, 3, 1, 0]);
    assert_eq!((&all["average_online"], &all["average_watch_seconds"]), (&json!(2.1), &json!(420.0)));
    let product = &all["products"][0];
    assert_eq!(product["product"], "sku1");
    let sold = ["visits", "clicks", "orders", "buyers", "units", "sales_fen"];
    assert_eq!(whole(product, &sold), [1, 1, 1, 1, 2, 5_000], "what was given back in full was not bought");
    assert_eq!(product["sell_through"], 0.2);
    let presented = &all["presentations"][0];
    assert_eq!((&presented["product"], &presented["presentation_conversion"]), (&json!("sku1"), &json!(1.0 / 3.0)));
    assert_eq!(whole(presented, &["viewers", "orders", "sales_fen"]), [3, 1, 5_000]);
    let draw = &all["draws"][0];
    assert_eq!((&draw["draw"], &draw["draw_entry_rate"]), (&json!("bag1"), &json!(0.5)));
    assert_eq!(all["entries_each_minute"], json!([2, 0, 0, 0, 0, 0, 0, 0, 0, 1]));
    assert_eq!(all["online_each_minute"], json!([2, 2, 2, 2, 2, 2, 2, 2, 2, 3]));
    assert_eq!(recap["promotions"][0]["boost_id"], json!(boost));
    let facts: Vec<&Value> = recap["incidents"].as_array().unwrap().iter().map(|fact| &fact["fact"]).collect();
    assert_eq!(facts, ["started", "ended"]);
    stage.platform.is_closed("GET", &path, None, 403).await;
    let (status, _) = stage.platform.get(stage.creator(), &format!("/v1/rooms/{}/recap", unknown::<RoomKind>())).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn lv_21_every_figure_of_a_recap_is_told_of_natural_and_promoted_viewers() {
    let (stage, room) = on_air().await;
    broadcast(&stage, &room).await;
    stage.fact(&room, "ended").await;
    let recap = stage.get(&format!("/v1/rooms/{room}/recap")).await;
    let parts = ["natural", "promoted"].map(|part| &recap[part]);
    for field in ["viewers", "sessions", "new_followers", "lost_followers"] {
        let sum: i64 = parts.iter().map(|part| part[field].as_i64().unwrap()).sum();
        assert_eq!(sum, recap["all"][field].as_i64().unwrap(), "{field}");
    }
    assert_eq!(parts.map(|part| part["viewers"].as_i64().unwrap()), [2, 1]);
    assert_eq!(parts.map(|part| part["products"][0]["orders"].as_i64().unwrap()), [0, 1]);
    assert_eq!(parts.map(|part| part["draws"][0]["entrants"].as_i64().unwrap()), [0, 1]);
    assert_eq!(parts.map(|part| part["new_followers"].as_i64().unwrap()), [0, 1]);
    let names = |of: &Value| of.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert!(parts.iter().all(|part| names(part) == names(&recap["all"])), "the same figures of everybody");
}

#[tokio::test]
async fn at_05_reports_are_exported_as_csv_xlsx_and_json() {
    let (stage, room) = on_air().await;
    let boost = stage.running(Stage::draft(&room)).await;
    stage.view("anna").await;
    for (of, scope) in [(format!("/v1/boosts/{boost}"), "promoted"), (format!("/v1/rooms/{room}"), "all")] {
        let read = async |query: &str| {
            let path = format!("{of}/report/export?{query}");
            let response = request("GET", Some(stage.creator()), &path, &[], None);
            let response = tower::ServiceExt::oneshot(stage.platform.router.clone(), response).await.unwrap();
            assert_eq!(response.status(), StatusCode::OK, "{path}");
            let rows: usize = response.headers()["x-total-rows"].to_str().unwrap().parse().unwrap();
            (rows, crate::harness::body_of(response).await.to_vec())
        };
        let (rows, csv) = read("format=csv").await;
        let text = String::from_utf8(csv).unwrap();
        assert!(text.starts_with("\u{feff}scope,id,name_zh,name_en,value,unit\r\n"), "{text}");
        assert!(text.contains(&format!("{scope},viewers,累计观看人数,Viewers,1,persons\r\n")), "{text}");
        assert_eq!(text.lines().count(), rows + 1);
        let (_, trend) = read("format=csv&part=trend&grain=day").await;
        let trend = String::from_utf8(trend).unwrap();
        assert!(trend.starts_with("\u{feff}start,time_zone,scope,impressions,reach,"), "{trend}");
        let (_, classes) = read("format=csv&part=breakdown").await;
        assert!(String::from_utf8(classes).unwrap().contains("gender,unknown,promoted,1,"));
        let (_, workbook) = read("format=xlsx").await;
        assert!(workbook.starts_with(b"PK"), "a workbook is an archive");
        let (_, json) = read("format=json").await;
        let tables: Value = serde_json::from_slice(&json).unwrap();
        assert_eq!(tables["trend"][0]["time_zone"], "+08:00");
        assert!(tables["metrics"].as_array().unwrap().iter().any(|row| row["id"] == "viewers" && row["value"] == 1));
        stage.platform.is_closed("GET", &format!("{of}/report/export?format=csv"), None, 403).await;
    }
}

#[tokio::test]
async fn reports_are_closed_to_strangers() {
    let (stage, room) = on_air().await;
    let boost = stage.running(Stage::draft(&room)).await;
    for path in [
        format!("/v1/boosts/{boost}/report"),
        format!("/v1/boosts/{boost}/live"),
        format!("/v1/rooms/{room}/report"),
        format!("/v1/rooms/{room}/live"),
    ] {
        stage.platform.is_closed("GET", &path, None, 403).await;
    }
}
