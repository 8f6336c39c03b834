//! What an order brought beyond what would have come anyway (AT-01).

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::stage::{HOUR_MS, MINUTE_MS, Stage};

/// Holds half of the viewers out of orders that are placed from now on.
async fn hold_half_out(stage: &Stage) {
    let half = json!({"holdout": {
        "share_permille_min": 500, "share_permille_max": 500, "share_permille_unknown": 500, "universal_permille": 0,
    }});
    stage.change_policy(half).await;
}

/// A running order with half of the viewers held out.
async fn measured() -> (Stage, String, String) {
    let stage = Stage::with_beans(500).await;
    hold_half_out(&stage).await;
    let room = stage.live("room-1").await;
    let boost = stage.running(Stage::draft(&room)).await;
    (stage, room, boost)
}

/// So many viewers meet the order; everybody who is shown it enters, every fourth of the others does too.
async fn watched(stage: &Stage, viewers: u32) {
    for number in 0..viewers {
        let viewer = format!("viewer-{number}");
        let placement = stage.decide(&viewer).await;
        let event = match placement["decisions"][0]["tracking_token"].as_str() {
            Some(token) => stage.event(&format!("e{number}"), "room_enter", token),
            None if number % 4 == 0 => json!({
                "id": format!("e{number}"), "type": "room_enter", "occurred_at": stage.at(0),
                "entity": {"type": "live_room", "id": "room-1"}, "user": {"opaque_user_id": viewer},
            }),
            None => continue,
        };
        stage.report_events(vec![event]).await;
    }
}

fn metric<'l>(lift: &'l Value, name: &str) -> &'l Value {
    lift["metrics"].as_array().unwrap().iter().find(|metric| metric["metric"] == name).unwrap()
}

#[tokio::test]
async fn at_01_an_order_tells_its_increment_with_range_and_natural_part() {
    let (stage, room, boost) = measured().await;
    let shown = stage.get(&format!("/v1/boosts/{boost}")).await;
    assert_eq!(shown["holdout_share_millionths"], 500_000);
    watched(&stage, 80).await;
    let path = format!("/v1/boosts/{boost}/lift");
    let running = stage.get(&path).await;
    assert_eq!((&running["version"], &running["final_at"]), (&json!("running"), &Value::Null));
    assert_eq!(running["treated_viewers"].as_i64().unwrap() + running["ghost_viewers"].as_i64().unwrap(), 80);
    stage.fact(&room, "ended").await;
    stage.pass_ms(24 * HOUR_MS).await;
    assert_eq!(stage.get(&path).await["version"], "after_one_day");
    stage.pass_ms(24 * HOUR_MS).await;
    let lift = stage.get(&path).await;
    assert_eq!((&lift["version"], &lift["final_at"]), (&json!("final"), &lift["as_of"]));
    let viewers = metric(&lift, "viewers");
    assert_eq!((&viewers["state"], &viewers["treated"]), (&json!("measured"), &lift["treated_viewers"]), "{viewers}");
    let number = |field: &str| viewers[field].as_i64().unwrap();
    assert_eq!(number("increment") + number("natural"), number("treated"));
    assert!(0 < number("low") && number("low") < number("increment") && number("increment") < number("high"));
    assert!(number("natural") > 0, "{viewers}");
    assert_eq!(viewers["state_text"]["zh-CN"], "已测量");
    assert_eq!(lift["indirect"]["state"], "not_enough_data", "no room takes turns of promotion");
    let payers = metric(&lift, "payers");
    assert_eq!((&payers["state"], &payers["increment"]), (&json!("not_enough_data"), &Value::Null));
    let creator = stage.creator().party;
    let of = |from: &str, to: &str| format!("/v1/lift?creator_id={creator}&from={from}T00:00:00Z&to={to}T00:00:00Z");
    let sum = stage.get(&of("2026-01-01", "2027-01-01")).await;
    assert_eq!((&sum["broadcasts"], &sum["left_out"]), (&json!(1), &json!(0)));
    for field in ["treated", "increment", "low", "high", "natural"] {
        assert_eq!(metric(&sum, "viewers")[field], viewers[field], "{field}: one broadcast is its own sum");
    }
    assert_eq!(stage.get(&of("2026-01-01", "2026-02-01")).await["broadcasts"], 0);
}

#[tokio::test]
async fn at_01_a_boost_of_a_video_is_measured_like_one_of_a_room() {
    let stage = Stage::with_yuan(500).await;
    hold_half_out(&stage).await;
    let video = stage.video("v1").await;
    let boost = stage.running(Stage::boost_of_video(&video, "follows")).await;
    assert_eq!(stage.get(&format!("/v1/boosts/{boost}")).await["holdout_share_millionths"], 500_000);
    let natural = |id: String, kind: &str, viewer: &str| {
        json!({
            "id": id, "type": kind, "occurred_at": stage.at(0), "user": {"opaque_user_id": viewer},
            "entity": {"type": "video", "id": "v1"},
        })
    };
    let mut ghost = String::new();
    for number in 0..60 {
        let viewer = format!("viewer-{number}");
        match stage.decide(&viewer).await["decisions"][0]["tracking_token"].as_str() {
            Some(token) => stage.report_events(vec![stage.event(&format!("p{number}"), "play", token)]).await,
            None if number % 4 == 0 => {
                stage.report_events(vec![natural(format!("p{number}"), "play", &viewer)]).await;
                ghost = viewer;
            }
            None => {}
        }
    }
    let path = format!("/v1/boosts/{boost}/lift");
    let running = stage.get(&path).await;
    assert_eq!((&running["version"], &running["final_at"]), (&json!("running"), &Value::Null));
    assert_eq!(running["treated_viewers"].as_i64().unwrap() + running["ghost_viewers"].as_i64().unwrap(), 60);
    stage.act(&boost, "stop").await;
    stage.pass_ms(30 * MINUTE_MS).await;
    let creator = stage.creator().party;
    let sum_path = format!("/v1/lift?creator_id={creator}&from=2026-01-01T00:00:00Z&to=2027-01-01T00:00:00Z");
    let sum = stage.get(&sum_path).await;
    assert_eq!((&sum["videos"], &sum["left_out"]), (&json!(0), &json!(1)), "a video's window is seven days");
    stage.pass_ms(7 * 24 * HOUR_MS).await;
    let told = stage.get(&path).await;
    let viewers = metric(&told, "viewers");
    assert_eq!((&told["version"], &viewers["state"]), (&json!("final"), &json!("measured")), "{told}");
    assert_eq!((&viewers["treated"], viewers["natural"].as_i64() > Some(0)), (&told["treated_viewers"], true));
    // What a ghost does after the window is nobody's.
    stage.report_events(vec![natural("late".to_owned(), "follow", &ghost)]).await;
    assert_eq!(stage.get(&path).await["metrics"], told["metrics"]);
    let sum = stage.get(&sum_path).await;
    assert_eq!((&sum["broadcasts"], &sum["videos"], &sum["left_out"]), (&json!(0), &json!(1), &json!(0)));
    assert_eq!(metric(&sum, "viewers")["increment"], viewers["increment"], "one video is its own sum");
    stage.audit_is_clean().await;
}

#[tokio::test]
async fn at_01_a_lift_is_the_owners_and_the_staffs() {
    let (stage, _, boost) = measured().await;
    let path = format!("/v1/boosts/{boost}/lift");
    let ours = &stage.platform.ours;
    let of_creator =
        format!("/v1/lift?creator_id={}&from=2026-01-01T00:00:00Z&to=2027-01-01T00:00:00Z", stage.creator().party);
    let both = [StatusCode::OK; 2];
    let neither = [StatusCode::FORBIDDEN; 2];
    for (who, expected) in [(&ours.creator, both), (&ours.operator, both), (&ours.stranger, neither)] {
        assert_eq!([stage.platform.get(who, &path).await.0, stage.platform.get(who, &of_creator).await.0], expected);
    }
    let foreign = stage.platform.get(&stage.platform.theirs.operator, &path).await.0;
    assert!(foreign.is_client_error(), "{foreign}");
    let (status, problem) = stage.platform.get(&ours.creator, "/v1/lift?creator_id=x&from=y&to=z").await;
    assert!(status.is_client_error() && problem["code"].is_string(), "{status} {problem}");
}

/// A platform where a tenth of the viewers is never shown anything promoted, and nobody else is held out.
async fn with_a_tenth_held_out() -> (Stage, String) {
    let stage = Stage::with_beans(5_000).await;
    stage.change_policy(json!({"holdout": {"universal_permille": 100}})).await;
    let room = stage.live("room-1").await;
    let boost = stage.running(Stage::draft(&room)).await;
    (stage, boost)
}

#[tokio::test]
async fn at_01_all_promotion_of_a_platform_is_told_against_none() {
    let (stage, boost) = with_a_tenth_held_out().await;
    let operator = &stage.platform.ours.operator;
    let read = async |query: &str| stage.platform.get(operator, &format!("/v1/lift/platform{query}")).await.1;
    let before = read("").await;
    assert_eq!((&before["month"], &before["compared_viewers"]), (&json!("2026-11"), &json!(0)));
    assert_eq!(metric(&before, "viewers")["state"], "not_enough_data", "nobody was won yet");
    watched(&stage, 200).await;
    let running = read("?month=2026-11").await;
    let arms = [&running["compared_viewers"], &running["held_out_viewers"]].map(|count| count.as_i64().unwrap());
    assert_eq!((arms[0] + arms[1], &running["version"]), (200, &json!("running")), "{running}");
    assert!((8..40).contains(&arms[1]), "a tenth of 200: {}", arms[1]);
    let shares = (&running["held_out_share_millionths"], &running["compared_share_millionths"]);
    assert_eq!(shares, (&json!(100_000), &json!(900_000)), "here all others are compared");
    assert_eq!(
        stage.get(&format!("/v1/boosts/{boost}/lift")).await["universal_viewers"],
        0,
        "this order holds nobody out"
    );
    // December in China, and the days in which November may still change.
    stage.pass_ms(13 * 24 * HOUR_MS).await;
    let told = read("?month=2026-11").await;
    assert_eq!(told["version"], "final");
    let viewers = metric(&told, "viewers");
    assert_eq!((&viewers["state"], &viewers["treated"]), (&json!("measured"), &json!(arms[0])), "{told}");
    let number = |field: &str| viewers[field].as_i64().unwrap();
    assert!(0 < number("low") && number("low") < number("increment") && number("increment") < number("high"));
    assert!(number("natural") > 0, "some of those who are held out came by themselves: {viewers}");
    assert_eq!(read("").await["held_out_viewers"], 0, "the next month begins anew");
    // What comes later changes nothing.
    let late = json!({
        "id": "late", "type": "follow", "occurred_at": stage.at(-i64::from(6 * 24 * HOUR_MS)),
        "entity": {"type": "live_room", "id": "room-1"}, "user": {"opaque_user_id": "viewer-1"},
    });
    stage.platform.post(stage.machine(), "/v1/events", json!({"events": [late]})).await;
    stage.tick().await;
    assert_eq!(read("?month=2026-11").await["metrics"], told["metrics"]);
}

#[tokio::test]
async fn at_01_the_platforms_figure_is_its_staffs_alone() {
    let (stage, _) = with_a_tenth_held_out().await;
    watched(&stage, 20).await;
    stage.platform.is_closed("GET", "/v1/lift/platform", None, 403).await;
    assert_eq!(stage.platform.get(stage.creator(), "/v1/lift/platform").await.0, StatusCode::FORBIDDEN);
    let (status, theirs) = stage.platform.get(&stage.platform.theirs.operator, "/v1/lift/platform").await;
    assert_eq!((status, &theirs["compared_viewers"]), (StatusCode::OK, &json!(0)), "they see their own");
    for bad in ["2026", "2026-13", "november"] {
        let path = format!("/v1/lift/platform?month={bad}");
        assert_eq!(stage.platform.get(&stage.platform.ours.operator, &path).await.0, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn at_01_unnamed_viewers_break_the_platforms_figure_and_it_says_so() {
    let (stage, _) = with_a_tenth_held_out().await;
    watched(&stage, 20).await;
    let nobody = |number: u32| {
        json!({
            "id": format!("n{number}"), "type": "room_enter", "occurred_at": stage.at(0),
            "entity": {"type": "live_room", "id": "room-1"},
        })
    };
    stage.report_events((0..20).map(nobody).collect()).await;
    let (_, told) = stage.platform.get(&stage.platform.ours.operator, "/v1/lift/platform").await;
    assert_eq!(
        (&told["broken_by"], &metric(&told, "payers")["state"]),
        (&json!("viewers_unnamed"), &json!("broken_experiment"))
    );
    assert_eq!(metric(&told, "payers")["increment"], Value::Null);
}
