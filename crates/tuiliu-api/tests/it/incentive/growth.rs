//! Growth (IN-06): by itself, weekly, within the month's quota.

use serde_json::json;
use tuiliu_domain::calendar::Day;

use super::desk::{lines, sales};
use crate::promotion::stage::{MINUTE_MS, Stage};

impl Stage {
    /// Time passes until this day begins in Shanghai, and the jobs run.
    async fn until(&self, day: &str) {
        self.platform.clock.advance_to(day.parse::<Day>().unwrap().start());
        self.platform.app.judge_periods(100).await.unwrap();
    }
}

#[tokio::test]
async fn in_06_a_week_brings_one_percent_of_settled_sales_without_an_application() {
    let stage = Stage::new().await;
    let programme = stage.programme("growth").await;
    let (creator, other) = (stage.creator(), &stage.platform.ours.stranger);
    stage.apply_refused(creator, &programme, "incentive.no_application_needed").await;
    stage.broadcast(creator, "one", 100, 700).await;
    stage.broadcast(creator, "two", 30, 800).await;
    stage.broadcast(other, "three", 30, 90_000).await;
    stage.platform.app.judge_periods(100).await.unwrap();
    assert!(stage.rewards(creator).await.is_empty(), "the week is not over");
    let tasks = stage.get("/v1/incentive-tasks").await;
    let tier = &tasks["data"][0]["tiers"][0];
    assert_eq!((&tier["is_reached"], &tier["points"]), (&json!(true), &json!(15)), "the creator sees it coming");
    stage.until("2026-11-23").await;
    assert_eq!(stage.rewards(creator).await, lines(&[("period", "issued", 15)]));
    assert!(stage.rewards(other).await.is_empty(), "two hours are needed");
    // Once for each week, whatever is told of it later and however often the jobs run.
    stage.platform.app.judge_periods(100).await.unwrap();
    stage.until("2026-11-24").await;
    assert_eq!(stage.rewards(creator).await.len(), 1);
    stage.audit_is_clean().await;
}

#[tokio::test]
async fn in_06_a_month_brings_at_most_20000_points() {
    let stage = Stage::new().await;
    stage.programme("growth").await;
    let creator = stage.creator();
    let week = async |name: &str, next: &str| {
        stage.broadcast(creator, name, 11 * 60, 1_900_000).await;
        stage.until(next).await;
    };
    // Weeks that end on the 23rd and the 30th are November's.
    week("one", "2026-11-23").await;
    week("two", "2026-11-30").await;
    let expected = [("period", "issued", 19_000), ("period", "issued", 1_000)];
    assert_eq!(stage.rewards(creator).await, lines(&expected));
}

#[tokio::test]
async fn in_06_what_the_quota_did_not_cover_is_not_made_up_later() {
    let stage = Stage::new().await;
    let mut terms = stage.preset("growth").await;
    terms["coupons_per_month"] = json!(1);
    stage.published(terms).await;
    let (creator, other) = (stage.creator(), &stage.platform.ours.stranger);
    stage.broadcast(creator, "one", 150, 2_000).await;
    stage.broadcast(other, "two", 150, 2_000).await;
    stage.until("2026-11-23").await;
    let states = [stage.rewards(creator).await, stage.rewards(other).await].concat();
    let mut states: Vec<String> = states.into_iter().map(|(_, state, _)| state).collect();
    states.sort();
    assert_eq!(states, ["issued", "over_quota"]);
    stage.until("2026-12-01").await;
    stage.until("2026-12-07").await;
    let later = [stage.rewards(creator).await, stage.rewards(other).await].concat();
    assert_eq!(later.len(), 2, "the next month has coupons, but that week is over");
}

#[tokio::test]
async fn in_06_a_platform_that_was_away_makes_up_for_the_weeks_it_missed() {
    let stage = Stage::new().await;
    stage.programme("growth").await;
    stage.broadcast(stage.creator(), "one", 150, 2_000).await;
    stage.platform.clock.advance_to("2026-11-25".parse::<Day>().unwrap().start());
    stage.broadcast(stage.creator(), "two", 150, 3_000).await;
    stage.until("2026-12-01").await;
    let mut points: Vec<i64> = stage.rewards(stage.creator()).await.into_iter().map(|(_, _, points)| points).collect();
    points.sort_unstable();
    assert_eq!(points, [20, 30]);
}

#[tokio::test]
async fn in_06_tasks_of_single_broadcasts_are_rewarded_at_once() {
    let stage = Stage::new().await;
    let mut terms = stage.preset("growth").await;
    let condition = json!({"all": [
        {"at_least": {"metric": "viewers", "value": 1_000}},
        {"any": [
            {"at_least": {"metric": "sell_through_permille", "value": 500}},
            {"at_least": {"metric": "own_traffic_permille", "value": 300}},
        ]},
    ]});
    let tier = json!({"condition": condition, "face": {"base_points": 200, "points_max": 200}, "coupons": 2});
    terms["rewards"] = json!({"broadcasts": {"tiers": [tier], "broadcasts_max": 100}});
    stage.published(terms).await;
    let told = async |name: &str, viewers: i64, own: i64, sold: i64| {
        let room = stage.ended(stage.creator(), name, 30).await;
        let mut counts = sales(0, 0, 0);
        counts["viewers"] = json!(viewers);
        counts["own_viewers"] = json!(own);
        counts["products_listed"] = json!(10);
        counts["products_sold"] = json!(sold);
        stage.told(&room, counts).await;
        stage.rewards(stage.creator()).await.len()
    };
    assert_eq!(told("few", 999, 900, 9).await, 0);
    assert_eq!(told("neither", 1_000, 299, 4).await, 0);
    assert_eq!(told("sold", 1_000, 0, 5).await, 1);
    assert_eq!(told("own", 1_000, 300, 0).await, 2);
    let reward = stage.last_reward(stage.creator()).await;
    assert_eq!((&reward["points"], reward["coupons"].as_array().unwrap().len()), (&json!(400), 2));
    // The creator sees every threshold with what is known of it.
    let tasks = stage.get("/v1/incentive-tasks").await;
    let tier = &tasks["data"][0]["tiers"][0];
    assert_eq!((&tier["is_reached"], &tier["points"]), (&json!(true), &json!(200)));
    let threshold = &tier["thresholds"][2];
    assert_eq!((&threshold["value"], &threshold["source"]), (&json!(300), &json!("reported")));
    assert_eq!(threshold["threshold"], json!({"at_least": {"metric": "own_traffic_permille", "value": 300}}));
    let minutes = i64::from(30 * MINUTE_MS);
    let facts = stage.get(&format!("/v1/broadcast-facts/{}", reward["room_id"].as_str().unwrap())).await;
    assert_eq!(facts["figures"]["length_ms"], json!({"value": minutes, "source": "measured"}));
}
