//! What an order brought, and what was charged for.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::stage::{HOUR_MS, MINUTE_MS, Stage, beans};
use crate::platform::request;

fn total(report: &Value, metric: &str) -> i64 {
    report["totals"][metric].as_i64().unwrap_or(0)
}

#[tokio::test]
async fn tp_21_a_report_counts_promoted_traffic_only() {
    let stage = Stage::with_beans(500).await;
    let room = stage.live("room-1").await;
    let boost = stage.running(Stage::draft(&room)).await;
    let token = stage.view("anna").await;
    let mut bought = stage.event("p1", "order_paid", &token);
    bought["properties"] = json!({"value": 12_990, "currency": "CNY"});
    stage.report_events(vec![bought, stage.event("c1", "comment", &token)]).await;
    let natural = |id: &str, kind: &str| json!({"id": id, "type": kind, "occurred_at": stage.at(0), "entity": {"type": "live_room", "id": "room-1"}});
    let mut sale = natural("n4", "order_paid");
    sale["properties"] = json!({"value": 99_900, "currency": "CNY"});
    let natural = vec![natural("n1", "impression"), natural("n2", "room_enter"), natural("n3", "comment"), sale];
    stage.report_events(natural).await;
    let report = stage.report(&boost).await;
    let figures = ["impressions", "reach", "views", "viewers", "effective_views", "comments", "purchases", "gmv_fen"];
    assert_eq!(figures.map(|metric| total(&report, metric)), [1, 1, 1, 1, 1, 1, 1, 12_990]);
    assert_eq!(total(&report, "results"), 1);
    assert_eq!(report["rates"]["cost_per_result"], report["money"]["spend"]);
    assert_eq!(report["rates"]["entry_rate_permille"], 1_000);
    let minutes = report["minutes"].as_array().unwrap();
    assert_eq!(minutes.iter().map(|minute| minute["figures"]["impressions"].as_i64().unwrap_or(0)).sum::<i64>(), 1);
    let listed = stage.get("/v1/boosts").await;
    assert_eq!(listed["data"][0]["totals"]["impressions"], 1, "the list tells what each order brought");
}

#[tokio::test]
async fn tp_22_tp_23_a_report_says_how_fresh_it_is() {
    let stage = Stage::with_beans(500).await;
    let room = stage.live("room-1").await;
    let boost = stage.running(Stage::draft(&room)).await;
    let token = stage.token("anna").await;
    let events = json!({"events": [stage.event("i1", "impression", &token)]});
    stage.expect(stage.machine(), "/v1/events", events, 202).await;
    let report = stage.report(&boost).await;
    assert_eq!(report["freshness"]["up_to_date"], false, "what was acknowledged is not counted yet");
    stage.tick().await;
    let report = stage.report(&boost).await;
    assert_eq!(report["freshness"]["up_to_date"], true);
    assert_eq!(report["freshness"]["changed_at"], stage.at(0));
    assert!(report["freshness"]["lag_ms_max"].as_i64().unwrap() <= 600_000);
    assert_eq!((&report["freshness"]["final_at"], &report["freshness"]["is_final"]), (&Value::Null, &json!(false)));
    assert!(report["pace"]["planned"]["micros"].is_i64() && report["pace"]["actual"]["micros"].is_i64());
    // DL-06: the buyer sees plan and actual over the whole window.
    let curve = report["pace"]["curve"].as_array().unwrap();
    assert_eq!((&curve[0]["planned"]["micros"], &curve[0]["actual"]["micros"]), (&json!(0), &json!(0)));
    assert!(curve.len() > 2 && curve.last().unwrap()["actual"].is_null(), "the end is still to come");
    stage.fact(&room, "ended").await;
    let ended = stage.at(0);
    stage.pass_ms(47 * HOUR_MS).await;
    let mut bought = stage.event("p1", "purchase_paid", &token);
    bought["properties"] = json!({"value": 100, "currency": "CNY"});
    stage.report_events(vec![bought]).await;
    let report = stage.report(&boost).await;
    assert_eq!((total(&report, "gmv_fen"), &report["freshness"]["is_final"]), (100, &json!(false)), "after {ended}");
    stage.pass_ms(HOUR_MS).await;
    assert_eq!(stage.report(&boost).await["freshness"]["is_final"], true);
}

/// Runs an order for this goal, sends what one viewer does, and tells how many results were charged.
async fn charged(goal: &str, budget: i64, story: &[&[Value]]) -> i64 {
    let stage = Stage::with_beans(20_000).await;
    let room = stage.live_with_cart("room-1").await;
    let draft = json!({
        "room_id": room, "goal": goal, "budget": beans(budget), "bid": beans(3), "duration_ms": 7_200_000,
    });
    let boost = stage.running(draft).await;
    let token = stage.token("anna").await;
    stage.report_events(vec![stage.event("i", "impression", &token), stage.event("e", "room_enter", &token)]).await;
    for (step, events) in story.iter().enumerate() {
        let events = events.iter().enumerate().map(|(place, event)| {
            let mut sent = stage.event(&format!("{step}-{place}"), event["type"].as_str().unwrap(), &token);
            if !event["properties"].is_null() {
                sent["properties"] = event["properties"].clone();
            }
            sent
        });
        stage.report_events(events.collect()).await;
        stage.pass_ms(5 * MINUTE_MS).await;
    }
    let report = stage.report(&boost).await;
    let results = total(&report, "results");
    let ledger = stage.get(&format!("/v1/boosts/{boost}/delivery_ledger")).await;
    assert_eq!(i64::try_from(ledger["data"].as_array().unwrap().len()).unwrap(), results, "one row for each result");
    stage.audit_is_clean().await;
    results
}

fn did(kind: &str) -> Value {
    json!({"type": kind})
}

fn watched(ms: i64) -> Value {
    json!({"type": "watch", "properties": {"watch_ms": ms}})
}

#[tokio::test]
async fn tp_27_viewers_pay_for_a_first_effective_view() {
    assert_eq!(charged("viewers", 500, &[&[watched(4_999)]]).await, 0);
    assert_eq!(charged("viewers", 500, &[&[watched(4_999)], &[watched(5_000)]]).await, 1);
    assert_eq!(charged("viewers", 500, &[&[watched(5_000)], &[watched(60_000)]]).await, 1, "once for each person");
    assert_eq!(charged("viewers", 500, &[&[did("comment"), did("follow"), did("product_click")]]).await, 0);
}

#[tokio::test]
async fn tp_27_interactions_pay_for_a_first_comment() {
    assert_eq!(charged("interactions", 2_000, &[&[watched(60_000), did("like")]]).await, 0);
    assert_eq!(charged("interactions", 2_000, &[&[did("comment")], &[did("comment")]]).await, 1);
    let muted = json!({"type": "comment", "properties": {"muted": true}});
    assert_eq!(charged("interactions", 2_000, &[&[muted]]).await, 0);
}

#[tokio::test]
async fn tp_27_follows_pay_for_a_follow_that_stays_ten_minutes() {
    assert_eq!(charged("follows", 3_000, &[&[did("follow")]]).await, 0, "five minutes later");
    assert_eq!(charged("follows", 3_000, &[&[did("follow")], &[]]).await, 1, "ten minutes later");
    let undone = json!({"type": "undo", "properties": {"undone": "follow"}});
    assert_eq!(charged("follows", 3_000, &[&[did("follow")], &[undone], &[]]).await, 0, "taken back in time");
    assert_eq!(charged("follows", 3_000, &[&[did("follow")], &[did("unfollow")], &[]]).await, 0);
    assert_eq!(charged("follows", 3_000, &[&[did("follow")], &[], &[did("unfollow")], &[]]).await, 1, "too late");
}

#[tokio::test]
async fn tp_27_product_clicks_pay_for_a_first_click() {
    assert_eq!(charged("product_clicks", 5_000, &[&[did("click"), watched(60_000)]]).await, 0);
    assert_eq!(charged("product_clicks", 5_000, &[&[did("product_click")], &[did("product_click")]]).await, 1);
}

#[tokio::test]
async fn tp_31_the_delivery_ledger_has_a_row_for_each_charge_and_nobodys_data() {
    let stage = Stage::with_beans(500).await;
    let room = stage.live("room-1").await;
    let boost = stage.running(Stage::draft(&room)).await;
    for viewer in ["anna-secret", "bert-secret", "carl-secret"] {
        stage.view(viewer).await;
        stage.platform.clock.advance_ms(1_000);
    }
    let path = format!("/v1/boosts/{boost}/delivery_ledger");
    let (mut rows, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = stage.get(&format!("{path}?limit=2{cursor}")).await;
        rows.extend(page["data"].as_array().unwrap().clone());
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(rows.iter().map(|row| row["number"].as_i64().unwrap()).collect::<Vec<_>>(), [1, 2, 3]);
    let mut spent = 0;
    for row in &rows {
        spent += row["price"]["micros"].as_i64().unwrap();
        assert_eq!(row["kind"], "watch");
        assert_eq!(row["spent_after"]["micros"], spent);
        assert_eq!(row["balance_after"]["micros"], 500_000_000 - spent);
    }
    assert_eq!(stage.report(&boost).await["money"]["spend"]["micros"], spent, "the rows add up to the spend");

    let headers = [("accept", "text/csv"), ("accept-language", "zh-CN")];
    let (status, headers, text) = stage.raw(request("GET", Some(stage.creator()), &path, &headers, None)).await;
    assert_eq!((status, &headers["content-type"]), (StatusCode::OK, &"text/csv; charset=utf-8".parse().unwrap()));
    assert!(headers["content-disposition"].to_str().unwrap().contains(&boost));
    let text = text.strip_prefix('\u{feff}').expect("a byte order mark tells spreadsheets that it is UTF-8");
    let lines: Vec<&str> = text.split_terminator("\r\n").collect();
    assert_eq!(lines.len(), 4);
    assert_eq!(lines[0], "序号,时间,类型,扣费(微信豆),平台承担(微信豆),累计消耗(微信豆),余额(微信豆)");
    let first = rows[0]["price"]["micros"].as_i64().unwrap();
    let price = format!("{}.{:06}", first / 1_000_000, first % 1_000_000);
    let export = async |format: &str| {
        let path = format!("{path}/export?format={format}");
        let asked = request("GET", Some(stage.creator()), &path, &[("accept-language", "zh-CN")], None);
        let response = tower::ServiceExt::oneshot(stage.platform.router.clone(), asked).await.unwrap();
        assert_eq!((response.status(), &response.headers()["x-total-rows"]), (StatusCode::OK, &"3".parse().unwrap()));
        let name = format!("delivery-ledger-{boost}.{format}\"");
        assert!(response.headers()["content-disposition"].to_str().unwrap().ends_with(&name), "{format}");
        stage.platform.is_closed("GET", &path, None, 403).await;
        stage.platform.is_hidden("GET", &path, None).await;
        crate::harness::body_of(response).await.to_vec()
    };
    assert_eq!(String::from_utf8(export("csv").await).unwrap(), format!("\u{feff}{text}"));
    assert_eq!(serde_json::from_slice::<Value>(&export("json").await).unwrap(), json!(rows));
    assert!(export("xlsx").await.starts_with(b"PK"), "a workbook is an archive");
    assert!(lines[1].starts_with("1,2026-") && lines[1].contains(&format!(",watch,{price},0.000000,")), "{}", lines[1]);
    assert!(!text.contains("secret"));
}

#[tokio::test]
async fn tp_31_a_long_ledger_is_streamed_whole() {
    let stage = Stage::with_beans(5_000).await;
    let room = stage.live("room-1").await;
    let mut draft = Stage::draft(&room);
    draft["budget"] = beans(5_000);
    let boost = stage.running(draft).await;
    let app = stage.platform.app.clone();
    // Written past the feed: two pages and a bit.
    let order: tuiliu_domain::id::PromotionOrderId = boost.parse().unwrap();
    let written = app.write(move |shell, tx| {
        for number in 1..=2_001 {
            let charge = tuiliu_store::DeliveryCharge {
                number,
                at: shell.now(),
                kind: "watch",
                price: tuiliu_domain::money::Micros::new(1),
                absorbed: tuiliu_domain::money::Micros::ZERO,
                spent_after: tuiliu_domain::money::Micros::new(number),
                decision: shell.id(),
                viewer: None,
            };
            tx.charge(order, &charge)?;
        }
        Ok::<_, tuiliu_app::CommandError<std::convert::Infallible>>(())
    });
    written.await.unwrap();
    let path = format!("/v1/boosts/{boost}/delivery_ledger");
    let headers = [("accept", "text/csv"), ("accept-language", "en")];
    let (_, _, text) = stage.raw(request("GET", Some(stage.creator()), &path, &headers, None)).await;
    let numbers: Vec<i64> =
        text.split_terminator("\r\n").skip(1).map(|line| line.split(',').next().unwrap().parse().unwrap()).collect();
    assert_eq!(numbers, (1..=2_001).collect::<Vec<_>>());
    let path = format!("{path}/export?format=json");
    let (_, _, text) = stage.raw(request("GET", Some(stage.creator()), &path, &[], None)).await;
    let rows: Vec<Value> = serde_json::from_str(&text).expect("pages make one list");
    assert_eq!(rows.iter().map(|row| row["number"].as_i64().unwrap()).collect::<Vec<_>>(), numbers);
}
