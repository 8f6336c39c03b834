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
    let (zone, day, views) = steps("grain=day&time_zone=America/New_York").await;
    // November: the summer's offset would begin this day at four.
    assert_eq!((zone.as_str(), day.ends_with("T05:00:00.000Z"), views), ("America/New_York", true, 2), "{day}");
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
    let part = &account["parts"][0];
    assert_eq!((&account["orders"], &part["currency"], count(part, "views")), (&json!(1), &json!("BEAN"), 1));
    assert_eq!(metric(part, "results")["value"], 1);
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
async fn at_05_beans_and_yuan_of_an_account_are_never_added() {
    let stage = Stage::with_yuan(500).await;
    stage.give(stage.creator().party, 50_000).await;
    let room = stage.live("room-1").await;
    let pack = stage.running(Stage::draft(&room)).await;
    stage.view("anna").await;
    stage.act(&pack, "stop").await;
    stage.tick().await;
    let video = stage.video("v1").await;
    let boost = stage.running(Stage::boost_of_video(&video, "profile_visits")).await;
    let token = stage.token("bert").await;
    stage.report_events(vec![stage.event("v", "profile_visit", &token)]).await;
    let account = stage.get("/v1/reports/boosts").await;
    let parts = account["parts"].as_array().unwrap();
    assert_eq!((&account["orders"], parts.len()), (&json!(2), 2), "{account}");
    for (part, (currency, order)) in parts.iter().zip([("BEAN", pack), ("CNY", boost)]) {
        let own = stage.report(&order).await;
        assert_eq!((&part["currency"], &part["orders"]), (&json!(currency), &json!(1)));
        assert_eq!(metric(part, "spend"), metric(&own, "spend"), "{currency}");
        assert_ne!(metric(part, "spend")["value"], 0, "{currency}");
        assert_eq!(part["trend"]["steps"][0]["promoted"]["charged_micros"], metric(part, "spend")["value"]);
    }
}

#[tokio::test]
async fn at_05_a_product_is_told_everywhere_in_a_room_and_by_an_order() {
    let (stage, room) = on_air().await;
    let boost = stage.running(Stage::draft(&room)).await;
    let token = stage.view("anna").await;
    let sku = |quantity: i64| json!({"contents": [{"content_id": "sku/1", "quantity": quantity}]});
    let paid = |value: i64| json!({"value": value, "currency": "CNY", "contents": [{"content_id": "sku/1"}]});
    stage
        .report_events(vec![
            stage.with(stage.event("s", "product_show", &token), sku(1)),
            stage.with(stage.event("c", "product_click", &token), sku(1)),
            stage.with(stage.event("p", "order_paid", &token), paid(300)),
            stage.with(stage.natural("c2", "product_click", "bert"), sku(1)),
            stage.with(stage.natural("p2", "order_paid", "bert"), paid(700)),
            stage.with(stage.natural("r2", "order_refunded", "bert"), paid(200)),
        ])
        .await;
    let other = stage.planned(stage.creator(), "room-2").await;
    let operator = &stage.platform.ours.operator;
    let read = async |who: &crate::platform::TestActor, query: &str| {
        stage.platform.get(who, &format!("/v1/reports/products/sku%2F1?grain=day{query}")).await
    };
    let (_, everywhere) = read(operator, "").await;
    let (_, here) = read(stage.creator(), &format!("&room_id={room}")).await;
    for told in [&everywhere, &here] {
        assert_eq!(told["product"], "sku/1", "{told}");
        for (name, gmv, net) in [("all", 1_000, 800), ("natural", 700, 500), ("promoted", 300, 300)] {
            let figure = |id: &str| metric(scope(told, name), id)["value"].clone();
            assert_eq!((figure("gmv"), figure("net_gmv")), (json!(gmv), json!(net)), "{name}");
        }
        let step = &told["trend"]["steps"][0];
        assert_eq!((&step["natural"]["gmv_fen"], &step["promoted"]["gmv_fen"]), (&json!(700), &json!(300)));
        assert_eq!(metric(scope(told, "all"), "click_to_pay_rate")["value"], 1.0);
        assert_eq!(metric(scope(told, "all"), "spend"), &Value::Null, "a product has no spend of its own");
        assert_eq!(told["breakdown"][0]["classes"][0]["natural"]["payers"], 1, "{told}");
    }
    let (_, promoted) = read(stage.creator(), &format!("&boost_id={boost}")).await;
    assert_eq!(promoted["scopes"].as_array().unwrap().len(), 1);
    assert_eq!(metric(scope(&promoted, "promoted"), "gmv")["value"], 300, "{promoted}");
    assert_eq!(promoted["trend"]["steps"][0]["promoted"]["product_clicks"], 1);
    let (_, list) = stage.platform.get(operator, "/v1/reports/products").await;
    assert_eq!((&list["data"][0]["product"], &list["has_more"]), (&json!("sku/1"), &json!(false)), "{list}");
    let listed = stage.get(&format!("/v1/reports/products?room_id={room}")).await;
    assert_eq!(listed["data"][0]["scopes"], here["scopes"]);
    // What was never there is not found, and strangers learn nothing.
    for (query, expected) in [("", 403), ("&room_id=x", 400), (&format!("&room_id={other}"), 404)] {
        assert_eq!(read(stage.creator(), query).await.0.as_u16(), expected, "{query}");
    }
    let both = format!("&room_id={room}&boost_id={boost}");
    assert_eq!(read(stage.creator(), &both).await.0, StatusCode::BAD_REQUEST);
    for place in [format!("room_id={room}"), format!("boost_id={boost}")] {
        for who in [&stage.platform.ours.stranger, &stage.platform.theirs.operator] {
            for path in ["/v1/reports/products", "/v1/reports/products/sku%2F1"] {
                let (status, _) = stage.platform.get(who, &format!("{path}?{place}")).await;
                assert!(matches!(status.as_u16(), 403 | 404), "{path}?{place}: {status}");
            }
        }
    }
    assert_eq!(read(&stage.platform.theirs.operator, "").await.0, StatusCode::NOT_FOUND, "their sku1 is another");
    stage.audit_is_clean().await;
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
async fn lv_20_a_settled_recap_never_changes() {
    let (stage, room) = on_air().await;
    broadcast(&stage, &room).await;
    let path = format!("/v1/rooms/{room}/recap");
    stage.fact(&room, "ended").await;
    let (status, problem) = stage.platform.get(stage.creator(), &format!("{path}?version=settled")).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("report.not_settled")));
    let before = stage.get(&path).await;
    assert_eq!((&before["version"], &before["settled_at"]), (&json!("now"), &Value::Null));
    stage.pass_ms(48 * HOUR_MS - 1).await;
    stage.platform.app.housekeep_once().await;
    assert_eq!(stage.get(&path).await["version"], "now", "purchases may still come");
    stage.pass_ms(1).await;
    stage.platform.app.housekeep_once().await;
    let settled = stage.get(&path).await;
    assert_eq!((&settled["version"], &settled["settled_at"]), (&json!("settled"), &json!(stage.at(0))));
    for scope in ["all", "natural", "promoted", "promotions"] {
        assert_eq!(settled[scope], before[scope], "{scope}: nothing came meanwhile");
    }
    // A purchase that is told of days later changes what is known, and nothing that is settled.
    let mut late = stage.with(
        stage.natural("late", "order_paid", "dora"),
        json!({"value": 100, "currency": "CNY", "contents": [{"content_id": "sku1"}]}),
    );
    late["occurred_at"] = settled["ended_at"].clone();
    stage.report_events(vec![late]).await;
    stage.platform.app.housekeep_once().await;
    let again = stage.get(&format!("{path}?version=settled")).await;
    assert_eq!((&again["all"], &again["settled_at"]), (&settled["all"], &settled["settled_at"]));
    let orders = |recap: &Value| recap["all"]["products"][0]["orders"].as_i64().unwrap();
    assert_eq!(orders(&stage.get(&format!("{path}?version=now")).await), orders(&settled) + 1);
}

#[tokio::test]
async fn lv_22_a_recap_is_exported_as_csv_xlsx_and_json() {
    let (stage, room) = on_air().await;
    let boost = broadcast(&stage, &room).await;
    stage.fact(&room, "ended").await;
    let path = format!("/v1/rooms/{room}/recap/export");
    let read = async |query: &str| {
        let response = request("GET", Some(stage.creator()), &format!("{path}?{query}"), &[], None);
        let response = tower::ServiceExt::oneshot(stage.platform.router.clone(), response).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{query}");
        let rows: usize = response.headers()["x-total-rows"].to_str().unwrap().parse().unwrap();
        (rows, crate::harness::body_of(response).await.to_vec())
    };
    let heads = [
        ("figures", "scope,started_at,ended_at,viewers,sessions,", "all,"),
        (
            "products",
            "scope,product,visits,clicks,orders,buyers,units,sales_fen,sell_through",
            "all,sku1,1,1,1,1,2,5000,0.2",
        ),
        ("presentations", "scope,product,started_at,", "promoted,sku1,"),
        ("draws", "scope,draw,opened_at,", "all,bag1,"),
        ("curves", "scope,start,entries,online", ",2,2\r\n"),
        ("promotions", "boost_id,from,to,spend_micros,currency", boost.as_str()),
    ];
    for (part, head, row) in heads {
        let (rows, csv) = read(&format!("format=csv&part={part}")).await;
        let text = String::from_utf8(csv).unwrap();
        assert!(text.starts_with(&format!("\u{feff}{head}")) && text.contains(row), "{part}: {text}");
        assert_eq!(text.lines().count(), rows + 1, "{part}");
    }
    let (_, workbook) = read("format=xlsx").await;
    assert!(workbook.starts_with(b"PK"), "a workbook is an archive");
    let (_, json) = read("format=json&version=now").await;
    let tables: Value = serde_json::from_slice(&json).unwrap();
    assert_eq!((&tables["figures"][0]["viewers"], &tables["draws"][0]["draw"]), (&json!(3), &json!("bag1")));
    stage.platform.is_closed("GET", &format!("{path}?format=csv"), None, 403).await;
    stage.platform.is_hidden("GET", &format!("{path}?format=csv"), None).await;
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
