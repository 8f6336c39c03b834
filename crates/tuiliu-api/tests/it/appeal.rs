//! Appeals (RV-04): evidence, a promised answer, a second reviewer.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::platform::{TestActor, request};
use crate::promotion::stage::Stage;

impl Stage {
    fn appeal(subject: &str, id: &str) -> Value {
        json!({"subject": subject, "subject_id": id, "text": "it was not so", "links": ["https://example.org/a"]})
    }

    async fn answer(&self, who: &TestActor, appeal: &Value, grant: bool, status: u16) -> Value {
        let path = format!("/v1/appeals/{}/verdict", appeal["id"].as_str().unwrap());
        self.expect(who, &path, json!({"grant": grant, "answer": "looked at it again"}), status).await
    }

    async fn ban(&self, version: &str, banned: bool) {
        let path = format!("/v1/parties/{}", self.creator().party);
        let body = Some(json!({"banned": banned}));
        let (status, _, json) =
            self.platform.send(request("PATCH", Some(self.operator()), &path, &[("if-match", version)], body)).await;
        assert_eq!(status, StatusCode::OK, "{json}");
    }
}

#[tokio::test]
async fn rv_04_an_appeal_has_evidence_a_promised_answer_and_a_second_reviewer() {
    let stage = Stage::new().await;
    let creator = stage.creator();
    let measure = stage.measure(creator, json!({})).await;
    let id = measure["id"].as_str().unwrap();
    for change in [json!({"text": " "}), json!({"links": ["http://example.org"]})] {
        let mut body = Stage::appeal("incentive_measure", id);
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        stage.refused(creator, "/v1/appeals", body, "request.invalid").await;
    }
    let appeal = stage.expect(creator, "/v1/appeals", Stage::appeal("incentive_measure", id), 201).await;
    assert_eq!((&appeal["state"], &appeal["text"]), (&json!("open"), &json!("it was not so")));
    assert_eq!(appeal["promised_at"], "2026-11-27T16:00:00.000Z", "five working days");
    stage.refused(creator, "/v1/appeals", Stage::appeal("incentive_measure", id), "appeal.already_appealed").await;
    let queue = stage.read(stage.a_reviewer(), "/v1/appeals?open=true").await;
    assert_eq!(queue["data"][0]["id"], appeal["id"]);
    let path = format!("/v1/appeals/{}/verdict", appeal["id"].as_str().unwrap());
    let verdict = json!({"grant": false, "answer": "no"});
    stage.refused(stage.operator(), &path, verdict, "appeal.same_reviewer").await;
    stage.refused(stage.a_reviewer(), &path, json!({"grant": false, "answer": " "}), "appeal.no_reason").await;
    let decided = stage.answer(stage.a_reviewer(), &appeal, false, 200).await;
    assert_eq!((&decided["state"], &decided["answer"]), (&json!("dismissed"), &json!("looked at it again")));
    assert_eq!(stage.answer(stage.a_reviewer(), &appeal, true, 409).await["code"], "appeal.wrong_state");
    assert_eq!(stage.get(&format!("/v1/incentive-measures/{id}")).await["state"], "in_force");
    let message = stage.get("/v1/messages").await["data"][0].clone();
    assert_eq!((&message["topic"], &message["data"]["subject_id"]), (&json!("appeal_decided"), &json!(id)));
}

#[tokio::test]
async fn rv_04_an_appeal_that_was_withdrawn_can_be_filed_again() {
    let stage = Stage::new().await;
    let measure = stage.measure(stage.creator(), json!({})).await;
    let body = Stage::appeal("incentive_measure", measure["id"].as_str().unwrap());
    let first = stage.expect(stage.creator(), "/v1/appeals", body.clone(), 201).await;
    let path = format!("/v1/appeals/{}/withdraw", first["id"].as_str().unwrap());
    assert_eq!(stage.expect(stage.creator(), &path, json!({}), 200).await["state"], "withdrawn");
    let second = stage.expect(stage.creator(), "/v1/appeals", body, 201).await;
    let list = stage.get("/v1/appeals").await;
    assert_eq!((list["data"].as_array().unwrap().len(), &list["data"][0]["id"]), (2, &second["id"]));
}

#[tokio::test]
async fn rv_04_a_banned_account_is_free_when_its_appeal_is_granted() {
    let stage = Stage::new().await;
    let party = stage.creator().party.to_string();
    let body = || Stage::appeal("banned_account", &party);
    stage.refused(stage.creator(), "/v1/appeals", body(), "appeal.nothing_to_appeal").await;
    stage.ban("\"v1\"", true).await;
    let appeal = stage.expect(stage.creator(), "/v1/appeals", body(), 201).await;
    stage.answer(stage.a_reviewer(), &appeal, true, 200).await;
    let seen = stage.read(stage.operator(), &format!("/v1/parties/{party}")).await;
    assert_eq!(seen["banned"], false);
    stage.ban("\"v3\"", true).await;
    stage.expect(stage.creator(), "/v1/appeals", body(), 201).await;
}

#[tokio::test]
async fn rv_04_a_rejected_order_is_looked_at_by_another_reviewer() {
    let stage = Stage::with_beans(500).await;
    let content = json!({"title": "保健食品专场直播", "category": "health_food", "visibility": "public"});
    let plan = json!({"creator_id": stage.creator().party.to_string(), "external_id": "one", "content": content});
    let room = stage.expect(stage.machine(), "/v1/rooms", plan, 201).await;
    stage.fact(room["id"].as_str().unwrap(), "started").await;
    let boost = stage.place(Stage::draft(room["id"].as_str().unwrap())).await;
    assert_eq!(stage.pay(&boost).await["state"], "in_review");
    stage
        .refused(stage.creator(), "/v1/appeals", Stage::appeal("rejected_order", &boost), "appeal.nothing_to_appeal")
        .await;
    let version = stage.read(stage.a_reviewer(), "/v1/reviews").await["data"][0]["content_version"].clone();
    let verdict = json!({
        "verdict": "reject", "content_version": version, "reasons": [{"code": "misleading", "text": "it cures nothing"}],
    });
    stage.expect(stage.a_reviewer(), &format!("/v1/reviews/{boost}/verdict"), verdict, 200).await;
    let appeal = stage.expect(stage.creator(), "/v1/appeals", Stage::appeal("rejected_order", &boost), 201).await;
    assert_eq!(appeal["first_decider_id"], stage.a_reviewer().party.to_string());
    assert_eq!(stage.answer(stage.a_reviewer(), &appeal, true, 403).await["code"], "appeal.same_reviewer");
    assert_eq!(stage.answer(stage.operator(), &appeal, true, 200).await["state"], "granted");
}

#[tokio::test]
async fn ac_01_appeals_are_closed_to_strangers_and_other_tenants() {
    let stage = Stage::new().await;
    let platform = &stage.platform;
    let measure = stage.measure(stage.creator(), json!({})).await;
    let body = Stage::appeal("incentive_measure", measure["id"].as_str().unwrap());
    platform.is_closed("POST", "/v1/appeals", Some(body.clone()), 404).await;
    platform.is_hidden("POST", "/v1/appeals", Some(body.clone())).await;
    let appeal = stage.expect(stage.creator(), "/v1/appeals", body, 201).await;
    let path = format!("/v1/appeals/{}", appeal["id"].as_str().unwrap());
    platform.is_closed("GET", &path, None, 404).await;
    platform.is_hidden("GET", &path, None).await;
    platform.is_closed("POST", &format!("{path}/withdraw"), Some(json!({})), 404).await;
    let verdict = json!({"grant": true, "answer": "x"});
    platform.is_closed("POST", &format!("{path}/verdict"), Some(verdict.clone()), 403).await;
    platform.is_hidden("POST", &format!("{path}/verdict"), Some(verdict)).await;
    platform.is_closed("GET", &format!("/v1/appeals?party={}", stage.creator().party), None, 403).await;
}

#[tokio::test]
async fn rv_04_who_banned_an_account_does_not_answer_its_appeal() {
    let stage = Stage::new().await;
    stage.ban("\"v1\"", true).await;
    let body = Stage::appeal("banned_account", &stage.creator().party.to_string());
    let appeal = stage.expect(stage.creator(), "/v1/appeals", body, 201).await;
    assert_eq!(appeal["first_decider_id"], stage.operator().party.to_string());
    assert_eq!(stage.answer(stage.operator(), &appeal, true, 403).await["code"], "appeal.same_reviewer");
    assert_eq!(stage.answer(stage.a_reviewer(), &appeal, false, 200).await["state"], "dismissed");
}
