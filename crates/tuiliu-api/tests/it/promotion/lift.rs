//! What an order brought beyond what would have come anyway (AT-01).

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::stage::{HOUR_MS, Stage};

/// A running order with half of the viewers held out.
async fn measured() -> (Stage, String, String) {
    let stage = Stage::with_beans(500).await;
    let half = json!({"holdout": {
        "share_permille_min": 500, "share_permille_max": 500, "share_permille_unknown": 500, "universal_permille": 0,
    }});
    let operator = stage.platform.caller(&stage.platform.ours.operator).await;
    stage.platform.app.change_policy(operator.actor.clone(), 2, half).await.unwrap();
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
