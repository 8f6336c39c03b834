//! The log of what people changed (AC-03).

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::platform::request;
use crate::promotion::stage::Stage;

impl Stage {
    /// What the log says, newest first, as `action subject`.
    async fn log(&self, query: &str) -> Vec<String> {
        let log = self.read(self.operator(), &format!("/v1/audit-log?limit=100{query}")).await;
        let line =
            |entry: &Value| format!("{} {}", entry["action"].as_str().unwrap(), entry["subject"].as_str().unwrap());
        log["data"].as_array().unwrap().iter().map(line).collect()
    }
}

#[tokio::test]
async fn ac_03_what_a_person_changes_is_in_the_log_with_the_change_and_chained() {
    let stage = Stage::with_beans(5_000).await;
    let room = stage.live("room-1").await;
    let before = stage.log("").await.len();
    let party = stage.creator().party.to_string();
    let order = stage.expect(stage.creator(), "/v1/boosts", Stage::draft(&room), 201).await;
    let order = order["id"].as_str().unwrap().to_owned();
    let pay = format!("/v1/boosts/{order}/pay");
    let paid = request("POST", Some(stage.creator()), &pay, &[("idempotency-key", "pay-once")], Some(json!({})));
    let again = request("POST", Some(stage.creator()), &pay, &[("idempotency-key", "pay-once")], Some(json!({})));
    assert_eq!(stage.platform.send(paid).await.0, StatusCode::OK);
    assert_eq!(stage.platform.send(again).await.0, StatusCode::OK);
    let ban = json!({"banned": true});
    let path = format!("/v1/parties/{party}");
    let answer =
        stage.platform.send(request("PATCH", Some(stage.operator()), &path, &[("if-match", "\"v1\"")], Some(ban)));
    assert_eq!(answer.await.0, StatusCode::OK);
    // Refused, read, or done by a machine: nothing that a person changed.
    let refused =
        request("PATCH", Some(stage.operator()), &path, &[("if-match", "\"v1\"")], Some(json!({"banned": true})));
    assert_eq!(stage.platform.send(refused).await.0, StatusCode::PRECONDITION_FAILED);
    stage.live("room-2").await;
    let log = stage.log("").await;
    let expected = [
        format!("PATCH /v1/parties/{{party}} {party}"),
        format!("POST /v1/boosts/{{boost}}/pay {order}"),
        "POST /v1/boosts ".to_owned(),
    ];
    assert_eq!(log[..3], expected);
    assert_eq!(log.len(), before + 3, "{log:?}");
    assert_eq!(stage.log(&format!("&subject={order}")).await, expected[1..2]);
    assert_eq!(stage.log(&format!("&party={}", stage.operator().party)).await[0], expected[0]);
    let entries = stage.read(stage.operator(), "/v1/audit-log").await;
    assert_eq!(entries["data"][0]["content"], r#"{"banned":true}"#);
    assert_eq!(entries["data"][0]["party_id"], stage.operator().party.to_string());
    let check = stage.read(stage.operator(), "/v1/audit-log/check").await;
    assert_eq!((&check["is_whole"], &check["broken_at"]), (&json!(true), &Value::Null));
    assert_eq!(check["entries"], json!(log.len()));
}

#[tokio::test]
async fn ac_03_the_log_keeps_no_secrets_and_is_for_those_who_may() {
    let stage = Stage::new().await;
    let login = json!({"name": "new-creator", "password": "correct horse battery staple", "roles": ["creator"]});
    let party = json!({"kind": "creator", "display_name": "新人", "login": login});
    stage.expect(stage.operator(), "/v1/parties", party, 201).await;
    let entries = stage.read(stage.operator(), "/v1/audit-log").await;
    let content = entries["data"][0]["content"].as_str().unwrap();
    assert!(content.contains("新人") && !content.contains("horse"), "{content}");
    for who in [stage.creator(), stage.a_reviewer(), stage.machine()] {
        assert_eq!(stage.platform.get(who, "/v1/audit-log").await.0, StatusCode::FORBIDDEN);
    }
    let theirs = stage.read(&stage.platform.theirs.operator, "/v1/audit-log").await;
    assert_eq!(theirs["data"], json!([]));
}
