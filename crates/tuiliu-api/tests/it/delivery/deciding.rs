//! What is shown to whom, and why.

use std::collections::HashSet;

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::platform::{TestActor, request};
use crate::promotion::stage::{MINUTE_MS, Stage, beans};

impl Stage {
    /// Asks with a body of its own and takes the first placement of the answer.
    async fn ask(&self, body: Value) -> Value {
        self.expect(self.machine(), "/v1/decisions", body, 200).await["placements"][0].clone()
    }

    /// The same question for one viewer, as the host tells of them.
    async fn ask_for(&self, user: Value) -> Value {
        self.ask(json!({"placements": [{"id": "feed", "slots": 1, "positions": [4]}], "user": user})).await
    }

    async fn explain(&self, who: &TestActor, viewer: &str) -> (StatusCode, Value) {
        let body = json!({
            "placements": [{"id": "feed", "slots": 1, "positions": [4]}], "user": {"opaque_user_id": viewer},
        });
        let asked = request("POST", Some(who), "/v1/decisions", &[("x-boost-explain", "1")], Some(body));
        let (status, _, json) = self.platform.send(asked).await;
        (status, json)
    }
}

fn is_shown(placement: &Value) -> bool {
    !placement["decisions"].as_array().unwrap().is_empty()
}

#[tokio::test]
async fn dl_01_items_come_ranked_with_a_token_each() {
    let stage = Stage::with_beans(5_000).await;
    let rooms = [stage.live("one").await, stage.live("two").await, stage.live("three").await];
    for room in &rooms {
        stage.running(Stage::draft(room)).await;
    }
    let answer = stage.expect(stage.machine(), "/v1/decisions", json!({
        "request_id": "r-1", "tmax_ms": 80,
        "placements": [
            {"id": "feed_home", "slots": 2, "content_types": ["live_room", "video"], "positions": [4, 12]},
            {"id": "side", "slots": 1, "positions": [4]},
        ],
        "user": {"opaque_user_id": "u_7f", "age_range": "24-30", "gender": "f", "region": "CN-44", "interests": ["bakery"]},
        "device": {"type": "mobile", "os": "ios", "ip": "1.2.3.4", "user_agent": "test"},
        "context": {"page": "/feed", "search_query": null, "session_id": "s_1"},
        "privacy": {"personalized": true, "minor_mode": false},
    }), 200).await;
    assert_eq!((&answer["request_id"], &answer["ttl_seconds"]), (&json!("r-1"), &json!(300)));
    let home = answer["placements"][0]["decisions"].as_array().unwrap();
    let side = answer["placements"][1]["decisions"].as_array().unwrap();
    assert_eq!((home.len(), side.len()), (2, 1));
    let all: Vec<&Value> = home.iter().chain(side).collect();
    let unique = |field: &str| all.iter().map(|item| item[field].to_string()).collect::<HashSet<_>>().len();
    assert_eq!(
        (unique("tracking_token"), unique("decision_id"), unique("entity")),
        (3, 3, 3),
        "no room twice on a page"
    );
    assert_eq!(home.iter().map(|item| item["rank"].clone()).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(home.iter().map(|item| item["position"].clone()).collect::<Vec<_>>(), [4, 12]);
    for item in all {
        assert_eq!(item["entity"]["type"], "live_room");
        assert!(rooms.contains(&item["entity"]["id"].as_str().unwrap().to_owned()));
        assert!(["one", "two", "three"].contains(&item["entity"]["external_id"].as_str().unwrap()));
        assert_eq!(item["expires_at"], stage.at(300_000));
        let text = item.to_string();
        assert!(!text.contains("bid") && !text.contains("price") && !text.contains("micros"), "never bids or prices");
    }
}

#[tokio::test]
async fn dl_01_nothing_to_show_is_a_normal_answer() {
    let stage = Stage::new().await;
    let placement = stage.decide("anna").await;
    assert_eq!((&placement["decisions"], &placement["no_fill_reason"]), (&json!([]), &json!("nothing_promoted")));
}

#[tokio::test]
async fn dl_02_only_whoever_belongs_to_the_audience_is_shown_it() {
    let stage = Stage::with_beans(500).await;
    let room = stage.live("room-1").await;
    let mut draft = Stage::draft(&room);
    draft["audience"] = json!("and(gender:female,region:CN-44,not(segment:visited))");
    stage.running(draft).await;
    let shown = async |user: Value| is_shown(&stage.ask_for(user).await);
    assert!(shown(json!({"opaque_user_id": "1", "gender": "f", "region": "CN-4401"})).await);
    assert!(!shown(json!({"opaque_user_id": "2", "gender": "m", "region": "CN-44"})).await);
    assert!(!shown(json!({"opaque_user_id": "3", "gender": "female", "region": "CN-11"})).await);
    assert!(!shown(json!({"opaque_user_id": "4", "gender": "f", "region": "CN-44", "segments": ["visited"]})).await);
    let body = json!({
        "placements": [{"id": "feed", "slots": 1, "positions": [4]}], "privacy": {"personalized": false},
        "user": {"opaque_user_id": "5", "gender": "f", "region": "CN-44"},
    });
    assert!(!is_shown(&stage.ask(body).await), "without consent nothing told of the viewer is used");
}

#[tokio::test]
async fn dl_02_nobody_sees_their_own_hidden_or_excluded_rooms() {
    let stage = Stage::with_beans(500).await;
    let room = stage.live("room-1").await;
    stage.running(Stage::draft(&room)).await;
    let creator = stage.creator().party.to_string();
    let shown = async |user: Value| is_shown(&stage.ask_for(user).await);
    assert!(!shown(json!({"opaque_user_id": "1", "party_id": creator})).await);
    assert!(!shown(json!({"opaque_user_id": "2", "hidden_rooms": ["room-1"]})).await);
    assert!(!shown(json!({"opaque_user_id": "3", "hidden_rooms": [room]})).await);
    assert!(!shown(json!({"opaque_user_id": "4", "blocked_creators": [creator]})).await);
    let with = async |context: Value| {
        let placements = json!([{"id": "feed", "slots": 1, "positions": [4]}]);
        is_shown(&stage.ask(json!({"placements": placements, "context": context})).await)
    };
    assert!(!with(json!({"exclude": [{"type": "creator", "id": creator}]})).await);
    assert!(!with(json!({"exclude": [{"type": "live_room", "id": "room-1"}]})).await);
    assert!(!with(json!({"candidates": [{"type": "live_room", "id": "another"}]})).await);
    assert!(with(json!({"candidates": [{"type": "live_room", "id": "room-1"}]})).await);
    assert!(shown(json!({"opaque_user_id": "5"})).await);
}

#[tokio::test]
async fn dl_02_a_viewer_sees_an_order_at_most_three_times_a_day() {
    let stage = Stage::with_beans(500).await;
    let room = stage.live("room-1").await;
    stage.running(Stage::draft(&room)).await;
    for _ in 0..3 {
        stage.token("anna").await;
    }
    assert!(!is_shown(&stage.decide("anna").await));
    assert!(is_shown(&stage.decide("bert").await));
}

#[tokio::test]
async fn dl_04_dl_05_the_price_is_the_second_and_never_above_the_bid() {
    let stage = Stage::dear(5_000).await;
    let (high, low) = (stage.live_with_cart("high").await, stage.live_with_cart("low").await);
    let winner = stage.running(Stage::draft_with_bid(&high, 40)).await;
    stage.running(Stage::draft_with_bid(&low, 10)).await;
    stage.view("anna").await;
    let spent = stage.report(&winner).await["money"]["spend"]["micros"].as_i64().unwrap();
    assert!((10_000_000..=10_100_000).contains(&spent), "what the second would have paid, not 40 beans: {spent}");
}

#[tokio::test]
async fn dl_05_overspend_is_zero_however_many_ask_at_once() {
    let stage = Stage::dear(2_000).await;
    let (one, other) = (stage.live_with_cart("one").await, stage.live_with_cart("other").await);
    let boosts =
        [stage.running(Stage::draft_with_bid(&one, 60)).await, stage.running(Stage::draft_with_bid(&other, 60)).await];
    for round in 0..6 {
        let asks = (0..20).map(|viewer| {
            let router = stage.platform.router.clone();
            let body = json!({
                "placements": [{"id": "feed", "slots": 1, "positions": [4]}],
                "user": {"opaque_user_id": format!("viewer-{round}-{viewer}")},
            });
            let asked = request("POST", Some(stage.machine()), "/v1/decisions", &[], Some(body));
            tokio::spawn(async move { tower::ServiceExt::oneshot(router, asked).await.unwrap() })
        });
        let asks: Vec<_> = asks.collect();
        let mut events = Vec::new();
        for ask in asks {
            let bytes = crate::harness::body_of(ask.await.unwrap()).await;
            let json: Value = serde_json::from_slice(&bytes).unwrap();
            let Some(token) = json["placements"][0]["decisions"][0]["tracking_token"].as_str() else { continue };
            let mut watch = stage.event(&format!("{round}-{}-w", events.len()), "watch", token);
            watch["properties"] = json!({"watch_ms": 9_000});
            events.push(stage.event(&format!("{round}-{}-i", events.len()), "impression", token));
            events.push(watch);
        }
        if !events.is_empty() {
            stage.report_events(events).await;
        }
    }
    let mut spent = Vec::new();
    for boost in &boosts {
        let report = stage.report(boost).await;
        let micros = report["money"]["spend"]["micros"].as_i64().unwrap();
        assert!(micros <= 500_000_000, "{micros}");
        spent.push(micros);
    }
    assert!(spent.iter().sum::<i64>() > 500_000_000, "the budgets were fought for: {spent:?}");
    stage.pass_ms(60 * MINUTE_MS).await;
    stage.pass_ms(30 * MINUTE_MS).await;
    stage.audit_is_clean().await;
}

#[tokio::test]
async fn dl_09_every_decision_can_be_explained_to_those_who_may() {
    let stage = Stage::dear(50_000).await;
    let (high, low) = (stage.live_with_cart("high").await, stage.live_with_cart("low").await);
    let winner = stage.running(Stage::draft_with_bid(&high, 40)).await;
    let loser = stage.running(Stage::draft_with_bid(&low, 10)).await;
    let mut picky = Stage::draft_with_bid(&low, 10);
    picky["audience"] = json!("gender:female");
    let picky = stage.running(picky).await;
    let books = stage.books().await;
    let (status, json) = stage.explain(stage.machine(), "anna").await;
    assert_eq!(status, StatusCode::OK, "{json}");
    let placement = &json["placements"][0];
    assert_eq!(placement["decisions"], json!([]), "nothing is shown");
    let of = |boost: &str| {
        let list = placement["explanation"].as_array().unwrap();
        list.iter().find(|one| one["boost_id"] == boost).unwrap().clone()
    };
    assert_eq!(of(&picky)["filtered_by"], "audience");
    let (won, lost) = (of(&winner)["auctions"][0].clone(), of(&loser)["auctions"][0].clone());
    assert_eq!((&won["lost_by"], &lost["lost_by"]), (&Value::Null, &json!("lost_auction")));
    assert_eq!((&won["bid"]["micros"], &lost["bid"]["micros"]), (&json!(40_000_000), &json!(10_000_000)));
    assert!(lost["price_to_win"]["micros"].as_i64().unwrap() >= 10_000_000);
    assert_eq!(stage.books().await, books, "nothing is reserved or charged");
    assert_eq!(stage.explain(&stage.platform.ours.operator, "anna").await.0, StatusCode::OK, "staff may");
    for who in [stage.creator(), &stage.platform.ours.page, &stage.platform.ours.narrow_machine] {
        assert_eq!(stage.explain(who, "anna").await.0, StatusCode::FORBIDDEN);
    }
    stage.decide("bert").await;
    let losses = stage.get(&format!("/v1/boosts/{loser}/losses")).await;
    assert_eq!((&losses["auctions"], &losses["wins"]), (&json!(1), &json!(0)));
    assert_eq!((&losses["lost"][0]["code"], &losses["lost"][0]["count"]), (&json!("lost_auction"), &json!(1)));
    assert!(losses["lost"][0]["text"]["zh-CN"].is_string());
}

#[tokio::test]
async fn dl_10_what_was_paid_for_is_labelled_and_never_natural() {
    let stage = Stage::with_beans(500).await;
    let room = stage.live("room-1").await;
    stage.running(Stage::draft(&room)).await;
    let item = stage.decide("anna").await["decisions"][0].clone();
    assert_eq!((&item["label"], &item["natural"]), (&json!("广告"), &json!(false)));
    assert!(item["why"].as_str().unwrap().contains("付费推广"));
}

#[tokio::test]
async fn dl_10_the_promoted_share_of_a_feed_is_capped() {
    let stage = Stage::with_beans(10_000).await;
    for name in ["one", "two", "three", "four"] {
        let room = stage.live(name).await;
        stage.running(Stage::draft(&room)).await;
    }
    let shown = async |placement: Value| {
        let seen = stage.ask(json!({"placements": [placement]})).await;
        (seen["decisions"].as_array().unwrap().len(), seen["no_fill_reason"].clone())
    };
    assert_eq!(shown(json!({"id": "feed", "slots": 1, "positions": [3]})).await, (0, json!("promoted_share")));
    assert_eq!(shown(json!({"id": "feed", "slots": 3, "positions": [1, 2, 8]})).await.0, 2, "a quarter of eight");
    assert_eq!(shown(json!({"id": "feed", "slots": 3, "feed_items": 100})).await.0, 3);
}

#[tokio::test]
async fn minors_and_pages_for_videos_are_shown_nothing_promoted() {
    let stage = Stage::with_beans(500).await;
    let room = stage.live("room-1").await;
    stage.running(Stage::draft(&room)).await;
    let placements = json!([{"id": "feed", "slots": 1, "positions": [4]}]);
    let seen = stage.ask(json!({"placements": placements, "privacy": {"minor_mode": true}})).await;
    assert_eq!((is_shown(&seen), &seen["no_fill_reason"]), (false, &json!("minor_mode")));
    let videos = json!([{"id": "feed", "slots": 1, "positions": [4], "content_types": ["video"]}]);
    let seen = stage.ask(json!({"placements": videos})).await;
    assert_eq!((is_shown(&seen), &seen["no_fill_reason"]), (false, &json!("nothing_eligible")));
}

#[tokio::test]
async fn questions_that_cannot_be_are_refused() {
    let stage = Stage::new().await;
    let refused = async |placement: Value, code: &str| {
        stage.refused(stage.machine(), "/v1/decisions", json!({"placements": [placement]}), code).await;
    };
    refused(json!({"id": "", "slots": 1, "positions": [4]}), "decision.placement_invalid").await;
    refused(json!({"id": "feed", "slots": 0, "positions": []}), "decision.placement_invalid").await;
    refused(json!({"id": "feed", "slots": 41, "feed_items": 400}), "decision.placement_invalid").await;
    refused(json!({"id": "feed", "slots": 1}), "decision.placement_invalid").await;
    refused(json!({"id": "feed", "slots": 2, "positions": [4]}), "decision.placement_invalid").await;
    refused(json!({"id": "feed", "slots": 2, "positions": [4, 4]}), "decision.placement_invalid").await;
    refused(json!({"id": "feed", "slots": 1, "positions": [0]}), "decision.placement_invalid").await;
    refused(json!({"id": "feed", "slots": -1, "positions": [4]}), "request.invalid").await;
    let many = json!({"placements": [{"id": "a", "slots": 30, "feed_items": 200}, {"id": "b", "slots": 30, "feed_items": 200}]});
    stage.refused(stage.machine(), "/v1/decisions", many, "decision.too_many_slots").await;
    stage.refused(stage.machine(), "/v1/decisions", json!({"placements": []}), "decision.placement_invalid").await;
    let creator = json!({
        "placements": [{"id": "feed", "slots": 1, "positions": [4]}],
        "context": {"exclude": [{"type": "creator", "id": "somebody"}]},
    });
    stage.refused(stage.machine(), "/v1/decisions", creator, "request.invalid_id").await;
    let (status, _) = stage.platform.post(stage.creator(), "/v1/decisions", json!({"placements": []})).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "people do not ask for feeds");
}

#[tokio::test]
async fn the_data_plane_asks_no_database_who_calls() {
    let stage = Stage::with_beans(500).await;
    let room = stage.live("room-1").await;
    stage.running(Stage::draft(&room)).await;
    stage.token("anna").await;
    // The writer, which is also the reader of a store in memory, is kept busy: a decision does not wait for it.
    let (release, held) = std::sync::mpsc::channel::<()>();
    let (begun, busy) = tokio::sync::oneshot::channel::<()>();
    let app = stage.platform.app.clone();
    let mut begun = Some(begun);
    let work = tokio::spawn(async move {
        let kept = app.write(move |_, _| {
            if let Some(begun) = begun.take() {
                begun.send(()).unwrap();
            }
            // The other end is dropped when the writer may go on.
            let _released = held.recv();
            Ok::<_, tuiliu_app::CommandError<std::convert::Infallible>>(())
        });
        kept.await.unwrap();
    });
    busy.await.unwrap();
    assert!(is_shown(&stage.decide("bert").await));
    drop(release);
    work.await.unwrap();
    assert_eq!(stage.get("/v1/boosts").await["data"][0]["budget"], beans(500));
}
