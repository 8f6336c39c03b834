//! The outside check: after the rules, before people.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tuiliu_app::outside::{CheckFault, Checking, ContentCheck, ContentQuestion};
use tuiliu_domain::review::{Reason, ReasonCode, Verdict};

use crate::promotion::stage::Stage;

/// Answers as it was told to; then it is silent.
#[derive(Default)]
struct Scripted {
    answers: Mutex<VecDeque<Verdict>>,
    asked: Mutex<Vec<ContentQuestion>>,
}

impl ContentCheck for Scripted {
    fn check(&self, question: ContentQuestion) -> Checking<'_> {
        self.asked.lock().unwrap().push(question);
        let answer = self.answers.lock().unwrap().pop_front();
        Box::pin(async move { answer.ok_or_else(|| CheckFault { reason: "silent".to_owned() }) })
    }
}

fn found(text: &str) -> Vec<Reason> {
    vec![Reason::new(ReasonCode::OutsideCheck, text.to_owned())]
}

/// A stage with an outside check that gives these answers.
async fn checked(answers: impl Into<VecDeque<Verdict>>) -> (Stage, Arc<Scripted>) {
    let stage = Stage::with_beans(500).await;
    let check = Arc::new(Scripted { answers: Mutex::new(answers.into()), ..Scripted::default() });
    drop(stage.platform.app.clone().with_content_check(Arc::<Scripted>::clone(&check)));
    (stage, check)
}

/// An order on harmless content, paid.
async fn paid(stage: &Stage) -> String {
    let room = stage.planned(stage.creator(), "room-1").await;
    stage.fact(&room, "started").await;
    let boost = stage.place(Stage::draft(&room)).await;
    assert_eq!(stage.pay(&boost).await["state"], "in_review", "the check is asked first");
    boost
}

async fn asked(stage: &Stage) -> usize {
    stage.platform.app.ask_content_checks(10).await.unwrap()
}

#[tokio::test]
async fn rv_01_the_outside_check_is_asked_after_the_rules_and_before_people() {
    let (stage, check) = checked([Verdict::Pass]).await;
    let boost = paid(&stage).await;
    assert!(stage.queue().await.is_empty(), "people are not asked yet");
    let verdict = json!({"verdict": "pass", "content_version": 1});
    let path = format!("/v1/reviews/{boost}/verdict");
    stage.refused(&stage.platform.ours.reviewer, &path, verdict, "review.awaits_check").await;
    assert_eq!(asked(&stage).await, 1);
    assert_eq!(stage.state(&boost).await, "running");
    assert_eq!(asked(&stage).await, 0, "once is enough");
    let question = check.asked.lock().unwrap()[0].clone();
    assert_eq!((question.external_id.as_str(), question.content_version), ("room-1", 1));
    assert_eq!(check.asked.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn rv_01_the_outside_check_refuses_or_calls_people() {
    let (stage, _) = checked([Verdict::Reject(found("假货")), Verdict::Escalate(found("看不清"))]).await;
    let refused = paid(&stage).await;
    asked(&stage).await;
    let seen = stage.get(&format!("/v1/boosts/{refused}")).await;
    assert_eq!(seen["state"], "rejected");
    let reason = json!({"code": "outside_check", "element": "whole", "text": "假货"});
    assert_eq!(seen["state_detail"]["reasons"], json!([reason]));
    let room = stage.live("room-2").await;
    let boost = stage.place(Stage::draft(&room)).await;
    stage.pay(&boost).await;
    asked(&stage).await;
    assert_eq!(stage.queue().await[0]["boost"]["id"], boost);
    stage.judge(&boost, json!({"verdict": "pass", "content_version": 1}), 200).await;
    assert_eq!(stage.state(&boost).await, "running");
    stage.audit_is_clean().await;
}

#[tokio::test]
async fn rv_01_silence_is_waited_for_and_then_the_policy_says_what_follows() {
    let silence = async |policy: &str| -> (String, Vec<Value>) {
        let (stage, _) = checked([]).await;
        stage.change_policy(json!({"review": {"check_silence": policy}})).await;
        let boost = paid(&stage).await;
        stage.platform.clock.advance_ms(29_000);
        assert_eq!(asked(&stage).await, 0, "not long enough yet");
        assert_eq!(stage.state(&boost).await, "in_review");
        stage.platform.clock.advance_ms(1_000);
        assert_eq!(asked(&stage).await, 1);
        (stage.state(&boost).await, stage.queue().await)
    };
    let (state, queue) = silence("escalate").await;
    assert_eq!((state.as_str(), queue.len()), ("in_review", 1));
    assert_eq!(silence("pass").await, ("running".to_owned(), Vec::new()));
    assert_eq!(silence("reject").await, ("rejected".to_owned(), Vec::new()));
}

#[tokio::test]
async fn rv_03_an_answer_about_content_that_changed_since_is_not_taken() {
    let (stage, check) = checked([Verdict::Pass]).await;
    let room = stage.live("room-1").await;
    let boost = stage.place(Stage::draft(&room)).await;
    stage.pay(&boost).await;
    stage.content(&room, "周五晚上的蛋糕课堂", "bakery").await;
    asked(&stage).await;
    let versions: Vec<u32> = check.asked.lock().unwrap().iter().map(|question| question.content_version).collect();
    assert_eq!(versions, [2], "only what is there now is asked for");
    assert_eq!(stage.state(&boost).await, "running");
}
