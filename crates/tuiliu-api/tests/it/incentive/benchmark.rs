//! Benchmark cases (IN-08): planned two weeks ahead, paid in steps while the target comes nearer.

use serde_json::{Value, json};

use super::desk::{lines, sales};
use crate::platform::TestActor;
use crate::promotion::stage::{HOUR_MS, Stage};

const DAY_MS: i64 = 86_400_000;

/// A form for a broadcast of so many hours, so many days ahead, with a target in yuan.
fn plan(stage: &Stage, days: i64, hours: i64, target: Option<i64>) -> Value {
    let starts_at = stage.at(days * DAY_MS);
    json!({
        "goods": "sourdough, only here", "target_gmv_fen": target.map(|yuan| yuan * 100),
        "broadcasts": [{"starts_at": starts_at, "length_ms": hours * i64::from(HOUR_MS)}],
    })
}

/// An approved plan for a million yuan, and the broadcast itself, which has just started.
async fn started(stage: &Stage) -> (String, String) {
    let programme = stage.programme("benchmark").await;
    let path = format!("/v1/incentive-programmes/{programme}/applications");
    let application = stage.expect(stage.creator(), &path, plan(stage, 14, 5, Some(1_000_000)), 201).await;
    stage.judged(&application, true).await;
    stage.platform.clock.advance_ms(14 * 24 * HOUR_MS);
    let creator: &TestActor = stage.creator();
    let room = stage.planned(creator, "benchmark").await;
    stage.fact(&room, "cart_mounted").await;
    stage.fact(&room, "started").await;
    (programme, room)
}

#[tokio::test]
async fn in_08_a_plan_lies_two_weeks_ahead_and_is_of_five_hours_with_a_target() {
    let stage = Stage::new().await;
    let programme = stage.programme("benchmark").await;
    let path = format!("/v1/incentive-programmes/{programme}/applications");
    for (days, hours, target) in [(13, 5, Some(1_000)), (14, 4, Some(1_000)), (14, 5, None), (14, 5, Some(0))] {
        let form = plan(&stage, days, hours, target);
        stage.refused(stage.creator(), &path, form, "incentive.form_invalid").await;
    }
    let application = stage.expect(stage.creator(), &path, plan(&stage, 14, 5, Some(1_000)), 201).await;
    assert_eq!(application["target_gmv_fen"], 100_000);
    stage.judged(&application, true).await;
    assert!(stage.rewards(stage.creator()).await.is_empty(), "nothing is given on approval");
}

#[tokio::test]
async fn in_08_coupons_come_in_steps_during_the_broadcast_and_a_bonus_after_settlement() {
    let stage = Stage::new().await;
    let (_, room) = started(&stage).await;
    let told = async |paid: i64| {
        stage.told(&room, json!({"paid_gmv_fen": paid * 100})).await;
        stage.rewards(stage.creator()).await.len()
    };
    assert_eq!(told(249_999).await, 0);
    assert_eq!(told(250_000).await, 1);
    assert_eq!(told(251_000).await, 1, "between the steps nothing comes");
    assert_eq!(told(760_000).await, 3, "two steps at once");
    assert_eq!(told(1_100_000).await, 4);
    stage.platform.clock.advance_ms(6 * HOUR_MS);
    stage.fact(&room, "ended").await;
    stage.told(&room, sales(1_200_000, 700_000, 0)).await;
    let mut expected = vec![
        ("step", "issued", 2_500),
        ("step", "issued", 2_500),
        ("step", "issued", 2_500),
        // 1% of 1 100 000 less what was issued.
        ("step", "issued", 3_500),
        ("rest", "issued", 1_000),
    ];
    assert_eq!(stage.rewards(stage.creator()).await, lines(&expected), "1% in total");
    stage.told(&room, sales(1_200_000, 719_999, 0)).await;
    assert_eq!(stage.rewards(stage.creator()).await.len(), 5, "59.9% settled");
    stage.told(&room, sales(1_200_000, 720_000, 0)).await;
    expected.push(("bonus", "issued", 6_000));
    assert_eq!(stage.rewards(stage.creator()).await, lines(&expected), "0.5% more at 60%");
    stage.told(&room, sales(1_200_000, 1_100_000, 0)).await;
    assert_eq!(stage.rewards(stage.creator()).await.len(), 6);
    stage.audit_is_clean().await;
}

#[tokio::test]
async fn in_08_a_broadcast_on_another_day_or_a_second_one_is_not_the_planned_one() {
    let stage = Stage::new().await;
    let (_, room) = started(&stage).await;
    stage.told(&room, json!({"paid_gmv_fen": 25_000_000})).await;
    stage.platform.clock.advance_ms(HOUR_MS);
    stage.fact(&room, "ended").await;
    let second = stage.broadcast(stage.creator(), "second", 60, 900_000).await;
    stage.platform.clock.advance_ms(24 * HOUR_MS);
    stage.broadcast(stage.creator(), "next day", 60, 900_000).await;
    assert_eq!(stage.rewards(stage.creator()).await, lines(&[("step", "issued", 2_500)]), "{second}");
}

#[tokio::test]
async fn in_08_all_of_it_is_at_most_300000_points() {
    let stage = Stage::new().await;
    let (_, room) = started(&stage).await;
    stage.platform.clock.advance_ms(6 * HOUR_MS);
    stage.fact(&room, "ended").await;
    stage.told(&room, sales(90_000_000, 90_000_000, 0)).await;
    let all: i64 = stage.rewards(stage.creator()).await.iter().map(|(_, _, points)| *points).sum();
    assert_eq!(all, 300_000);
}
