//! Review: rules at once, people for what remains.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::promotion::stage::{MINUTE_MS, Stage};

mod check;
mod desk;

impl Stage {
    async fn content(&self, room: &str, title: &str, category: &str) {
        let content = json!({"title": title, "category": category, "visibility": "public"});
        let body = json!({"fact": "content_changed", "occurred_at": self.at(0), "content": content});
        self.expect(self.machine(), &format!("/v1/rooms/{room}/facts"), body, 200).await;
        self.platform.clock.advance_ms(1_000);
    }

    async fn queue(&self) -> Vec<Value> {
        let (status, json) = self.platform.get(&self.platform.ours.reviewer, "/v1/reviews").await;
        assert_eq!(status, StatusCode::OK, "{json}");
        json["data"].as_array().unwrap().clone()
    }

    /// An order that waits for a person.
    async fn escalated(&self) -> (String, String) {
        let room = self.planned(self.creator(), "room-1").await;
        self.content(&room, "保健食品专场直播", "health_food").await;
        self.fact(&room, "started").await;
        let boost = self.place(Self::draft(&room)).await;
        assert_eq!(self.pay(&boost).await["state"], "in_review");
        (room, boost)
    }

    async fn judge(&self, boost: &str, body: Value, status: u16) -> Value {
        self.expect(&self.platform.ours.reviewer, &format!("/v1/reviews/{boost}/verdict"), body, status).await
    }
}

#[tokio::test]
async fn rv_01_rules_pass_reject_or_escalate() {
    let stage = Stage::with_beans(5_000).await;
    let verdict = async |name: &str, title: &str, category: &str| {
        let room = stage.planned(stage.creator(), name).await;
        stage.content(&room, title, category).await;
        stage.fact(&room, "started").await;
        let boost = stage.place(Stage::draft(&room)).await;
        let state = stage.pay(&boost).await["state"].clone();
        let seen = stage.get(&format!("/v1/boosts/{boost}")).await;
        assert!(seen["reviews"][0]["reviewer_id"].is_null(), "the rules said so");
        (state, seen["reviews"][0]["reasons"][0]["code"].clone())
    };
    assert_eq!(verdict("a", "周五晚上的面包课", "bakery").await, (json!("running"), Value::Null));
    assert_eq!(verdict("b", "面包", "bakery").await, (json!("rejected"), json!("title_too_short")));
    assert_eq!(verdict("c", "加微信领取优惠面包", "bakery").await, (json!("rejected"), json!("blocked_word")));
    assert_eq!(verdict("d", "周五晚上的烟草课", "tobacco").await, (json!("rejected"), json!("blocked_category")));
    assert_eq!(verdict("e", "周五晚上的减肥课", "bakery").await, (json!("in_review"), json!("watched_word")));
    assert_eq!(stage.queue().await.len(), 1);
    stage.audit_is_clean().await;
}

#[tokio::test]
async fn rv_01_a_reviewer_passes_what_was_escalated() {
    let stage = Stage::with_beans(500).await;
    let (_, boost) = stage.escalated().await;
    let queue = stage.queue().await;
    assert_eq!((&queue[0]["boost"]["id"], &queue[0]["stage"]), (&json!(boost), &json!("start")));
    assert_eq!(queue[0]["reviews"][0]["verdict"], "escalate");
    let version = queue[0]["content_version"].clone();
    let judged = stage.judge(&boost, json!({"verdict": "pass", "content_version": version}), 200).await;
    assert_eq!(judged["state"], "running");
    assert!(stage.queue().await.is_empty());
    let seen = stage.get(&format!("/v1/boosts/{boost}")).await;
    assert_eq!(seen["reviews"][1]["reviewer_id"], stage.platform.ours.reviewer.party.to_string());
    stage.tick().await;
    stage.token("anna").await;
}

#[tokio::test]
async fn rv_01_a_rejection_has_a_reason_and_gives_everything_back() {
    let stage = Stage::with_beans(500).await;
    let (_, boost) = stage.escalated().await;
    let version = stage.queue().await[0]["content_version"].clone();
    let path = format!("/v1/reviews/{boost}/verdict");
    let reviewer = stage.platform.ours.reviewer.clone();
    let refused = async |body: Value, code: &str| stage.refused(&reviewer, &path, body, code).await;
    refused(json!({"verdict": "reject", "content_version": version}), "review.no_reason").await;
    let reason = json!({"code": "misleading", "element": "cover", "text": "夸大功效"});
    let odd = json!({"code": "misleading", "element": "smell", "text": ""});
    refused(json!({"verdict": "reject", "reasons": [odd], "content_version": version}), "request.invalid").await;
    let other = json!({"code": "ugly", "text": ""});
    refused(json!({"verdict": "reject", "reasons": [other], "content_version": version}), "review.unknown_reason")
        .await;
    refused(json!({"verdict": "pass", "reasons": [reason], "content_version": version}), "request.invalid").await;
    refused(json!({"verdict": "reject", "reasons": [reason], "content_version": 99}), "review.stale_content").await;
    let body = json!({"verdict": "reject", "reasons": [reason], "content_version": version});
    let judged = stage.judge(&boost, body.clone(), 200).await;
    assert_eq!(judged["state"], "rejected");
    assert_eq!(judged["state_detail"]["reasons"], json!([reason]));
    assert_eq!(stage.spendable(stage.creator()).await.0, 50_000);
    refused(body, "review.not_due").await;
    stage.audit_is_clean().await;
}

#[tokio::test]
async fn rv_03_changed_content_pauses_delivery_until_it_passed_again() {
    let stage = Stage::with_beans(1_000).await;
    let room = stage.live("room-1").await;
    let boost = stage.running(Stage::draft(&room)).await;
    stage.token("anna").await;
    stage.platform.clock.advance_ms(1_000);
    stage.content(&room, "周五晚上的减肥面包课", "bakery").await;
    let seen = stage.get(&format!("/v1/boosts/{boost}")).await;
    assert_eq!((&seen["state"], &seen["state_detail"]["paused_for"]), (&json!("paused"), &json!(["re_review"])));
    stage.tick().await;
    assert_eq!(stage.decide("bert").await["decisions"], json!([]));
    let queue = stage.queue().await;
    assert_eq!((&queue[0]["stage"], &queue[0]["content_version"]), (&json!("change"), &json!(2)));
    stage.judge(&boost, json!({"verdict": "pass", "content_version": 2}), 200).await;
    stage.tick().await;
    assert_eq!(stage.state(&boost).await, "running");
    stage.content(&room, "周五晚上的蛋糕课堂", "bakery").await;
    assert_eq!(stage.state(&boost).await, "running", "harmless changes pass at once");
    stage.content(&room, "国家级蛋糕课堂直播", "bakery").await;
    assert_eq!(stage.state(&boost).await, "settling");
    stage.pass_ms(30 * MINUTE_MS).await;
    let seen = stage.get(&format!("/v1/boosts/{boost}")).await;
    assert_eq!(
        (&seen["state"], &seen["state_detail"]["reasons"][0]["code"]),
        (&json!("rejected"), &json!("blocked_word"))
    );
    stage.audit_is_clean().await;
}

#[tokio::test]
async fn rv_02_the_queue_is_paged_and_for_reviewers_only() {
    let stage = Stage::with_beans(2_000).await;
    let room = stage.planned(stage.creator(), "room-1").await;
    stage.content(&room, "保健食品专场直播", "health_food").await;
    stage.fact(&room, "started").await;
    let mut placed = Vec::new();
    for _ in 0..3 {
        stage.platform.clock.advance_ms(1);
        let boost = stage.place(Stage::draft(&room)).await;
        stage.pay(&boost).await;
        placed.push(boost);
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let reviewer = &stage.platform.ours.reviewer;
        let (_, page) = stage.platform.get(reviewer, &format!("/v1/reviews?limit=2{cursor}")).await;
        seen.extend(page["data"].as_array().unwrap().iter().map(|row| row["boost"]["id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, placed, "oldest first");
    let (status, _) = stage.platform.get(stage.creator(), "/v1/reviews").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let body = json!({"verdict": "pass", "content_version": 2});
    let (status, _) = stage.platform.post(stage.creator(), &format!("/v1/reviews/{}/verdict", placed[0]), body).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn rv_02_paused_orders_that_wait_for_nobody_do_not_hide_those_that_do() {
    let stage = Stage::with_beans(5_000).await;
    let broken = stage.live("broken").await;
    for _ in 0..3 {
        stage.running(Stage::draft(&broken)).await;
    }
    let changed = stage.live("changed").await;
    stage.platform.clock.advance_ms(1);
    let waiting = stage.running(Stage::draft(&changed)).await;
    stage.platform.clock.advance_ms(1_000);
    stage.fact(&broken, "interrupted").await;
    stage.content(&changed, "周五晚上的减肥面包课", "bakery").await;
    let (_, page) = stage.platform.get(&stage.platform.ours.reviewer, "/v1/reviews?limit=1").await;
    assert_eq!(page["data"][0]["boost"]["id"], waiting, "{page}");
    assert_eq!(page["has_more"], false);
}
