//! The desk: claims, four eyes, promised times, samples.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::platform::TestActor;
use crate::promotion::stage::{MINUTE_MS, Stage};

impl Stage {
    fn reviewer(&self) -> &TestActor {
        &self.platform.ours.reviewer
    }

    async fn at_desk(&self, who: &TestActor, path: &str, status: u16) -> Value {
        self.expect(who, path, json!({}), status).await
    }

    async fn desk_report(&self) -> Value {
        let (status, report) = self.platform.get(self.reviewer(), "/v1/reviews/report").await;
        assert_eq!(status, StatusCode::OK, "{report}");
        report
    }
}

#[tokio::test]
async fn rv_02_who_takes_a_review_keeps_others_away_for_a_while() {
    let stage = Stage::with_beans(500).await;
    let (_, boost) = stage.escalated().await;
    let taken = stage.at_desk(stage.reviewer(), "/v1/reviews/next", 200).await;
    let claim = &taken["review"]["task"]["claim"];
    assert_eq!(taken["review"]["boost"]["id"], boost);
    assert_eq!(claim["reviewer_id"], stage.reviewer().party.to_string());
    let nothing_left = stage.at_desk(stage.machine(), "/v1/reviews/next", 200).await;
    assert!(nothing_left["review"].is_null(), "{nothing_left}");
    let (claim_path, release) = (format!("/v1/reviews/{boost}/claim"), format!("/v1/reviews/{boost}/release"));
    stage.refused(stage.machine(), &claim_path, json!({}), "review.claimed").await;
    stage.refused(stage.machine(), &release, json!({}), "review.claimed").await;
    let verdict = json!({"verdict": "pass", "content_version": 2});
    stage.refused(stage.machine(), &format!("/v1/reviews/{boost}/verdict"), verdict.clone(), "review.claimed").await;
    assert!(stage.at_desk(stage.reviewer(), &release, 200).await["task"]["claim"].is_null());
    stage.refused(stage.reviewer(), &release, json!({}), "review.not_claimed").await;
    stage.at_desk(stage.machine(), &claim_path, 200).await;
    stage.platform.clock.advance_ms(10 * MINUTE_MS);
    stage.judge(&boost, verdict, 200).await;
    assert_eq!(stage.state(&boost).await, "running", "a claim is over after its time");
    stage.refused(stage.reviewer(), &claim_path, json!({}), "review.not_due").await;
}

#[tokio::test]
async fn rv_02_the_most_urgent_comes_first_and_lateness_is_told() {
    let stage = Stage::with_beans(2_000).await;
    let (_, waits) = stage.escalated().await;
    let room = stage.live("room-2").await;
    let stands_still = stage.running(Stage::draft(&room)).await;
    stage.platform.clock.advance_ms(MINUTE_MS);
    stage.content(&room, "周五晚上的减肥面包课", "bakery").await;
    let queue = stage.queue().await;
    let seen: Vec<_> = queue.iter().map(|row| (&row["boost"]["id"], &row["task"]["priority"])).collect();
    assert_eq!(seen, [(&json!(stands_still), &json!("urgent")), (&json!(waits), &json!("normal"))]);
    assert_eq!(queue[0]["task"]["is_overdue"], false);
    assert_eq!(stage.desk_report().await["judgements"], json!({"open": 2, "overdue": 0}));
    stage.platform.clock.advance_ms(30 * MINUTE_MS);
    assert_eq!(stage.queue().await[1]["task"]["is_overdue"], true);
    assert_eq!(stage.desk_report().await["judgements"]["overdue"], 2);
}

#[tokio::test]
async fn rv_02_two_people_must_agree_on_what_needs_four_eyes() {
    let stage = Stage::with_beans(500).await;
    let room = stage.planned(stage.creator(), "room-1").await;
    stage.content(&room, "家用医疗器械专场", "medical_devices").await;
    stage.fact(&room, "started").await;
    let boost = stage.place(Stage::draft(&room)).await;
    stage.pay(&boost).await;
    assert_eq!(stage.queue().await[0]["task"]["four_eyes"], true);
    let pass = json!({"verdict": "pass", "content_version": 2});
    let path = format!("/v1/reviews/{boost}/verdict");
    let first = stage.judge(&boost, pass.clone(), 200).await;
    assert_eq!(first["state"], "in_review", "one pair of eyes is not enough");
    stage.refused(stage.reviewer(), &path, pass.clone(), "review.already_judged").await;
    let (_, seen) = stage.platform.get(stage.machine(), "/v1/reviews").await;
    assert_eq!(seen["data"][0]["task"]["judgements"], 1);
    assert_eq!(seen["data"][0]["reviews"].as_array().unwrap().len(), 1, "what the first thought is not shown");
    let second = stage.expect(stage.machine(), &path, pass, 200).await;
    assert_eq!(second["state"], "running");
    assert!(stage.queue().await.is_empty());
    stage.audit_is_clean().await;
}

#[tokio::test]
async fn rv_02_a_task_goes_when_nothing_is_left_to_decide() {
    let stage = Stage::with_beans(500).await;
    let (room, boost) = stage.escalated().await;
    stage.at_desk(stage.reviewer(), "/v1/reviews/next", 200).await;
    stage.platform.clock.advance_ms(1_000);
    stage.fact(&room, "ended").await;
    assert!(stage.queue().await.is_empty());
    assert_eq!(stage.desk_report().await["judgements"]["open"], 0);
    let path = format!("/v1/reviews/{boost}/verdict");
    stage.refused(stage.reviewer(), &path, json!({"verdict": "pass", "content_version": 2}), "review.not_due").await;
}

#[tokio::test]
async fn rv_02_a_sample_is_judged_by_somebody_else_and_changes_nothing() {
    let stage = Stage::with_beans(500).await;
    stage.change_policy(json!({"review": {"sample_permille": 1000}})).await;
    let (_, boost) = stage.escalated().await;
    stage.judge(&boost, json!({"verdict": "pass", "content_version": 2}), 200).await;
    let (_, samples) = stage.platform.get(stage.reviewer(), "/v1/review-samples").await;
    assert_eq!(samples["data"][0]["boost"]["id"], boost);
    let path = format!("/v1/review-samples/{}/verdict", samples["data"][0]["task"]["id"].as_str().unwrap());
    stage.refused(stage.reviewer(), &path, json!({"verdict": "pass"}), "review.already_judged").await;
    stage.refused(stage.machine(), &path, json!({"verdict": "reject"}), "review.no_reason").await;
    let (status, _) = stage.platform.post(stage.creator(), &path, json!({"verdict": "pass"})).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (status, _) = stage.platform.post(&stage.platform.theirs.reviewer, &path, json!({"verdict": "pass"})).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let reason = json!({"code": "misleading", "text": "夸大功效"});
    stage.expect(stage.machine(), &path, json!({"verdict": "reject", "reasons": [reason]}), 200).await;
    assert_eq!(stage.state(&boost).await, "running", "the verdict stands");
    let report = stage.desk_report().await;
    let expected = json!({
        "reviewer_id": stage.reviewer().party.to_string(),
        "passed": 1, "rejected": 0, "escalated": 0, "sampled": 1, "agreed": 0,
    });
    assert_eq!(report["reviewers"], json!([expected]));
    assert_eq!(report["samples"]["open"], 0);
    let (status, _) = stage.platform.get(stage.creator(), "/v1/reviews/report").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn rv_03_content_that_changes_while_it_waits_is_looked_at_from_the_beginning() {
    let stage = Stage::with_beans(500).await;
    let (room, boost) = stage.escalated().await;
    stage.at_desk(stage.reviewer(), "/v1/reviews/next", 200).await;
    stage.content(&room, "保健食品和面包专场", "health_food").await;
    let queue = stage.queue().await;
    assert_eq!((&queue[0]["content_version"], &queue[0]["task"]["claim"]), (&json!(3), &Value::Null));
    stage.content(&room, "周五晚上的面包课", "bakery").await;
    assert_eq!(stage.state(&boost).await, "running", "what is there now needs nobody");
    assert!(stage.queue().await.is_empty());
}
