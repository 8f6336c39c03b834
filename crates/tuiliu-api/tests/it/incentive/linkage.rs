//! Linkage (IN-13): scored, shown with its evidence.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::platform::TestActor;
use crate::promotion::stage::Stage;

fn mark(thing: &str) -> String {
    blake3::hash(thing.as_bytes()).to_hex().to_string()
}

impl Stage {
    async fn marks(&self, who: &TestActor, marks: Value) {
        self.put(self.machine(), &format!("/v1/account-marks/{}", who.party), marks, 204).await;
    }
}

#[tokio::test]
async fn in_13_links_are_scored_and_shown_to_the_operator_with_their_evidence() {
    let stage = Stage::new().await;
    let (creator, other, merchant) = (stage.creator(), &stage.platform.ours.stranger, &stage.platform.ours.merchant);
    stage.marks(creator, json!({"device": [mark("phone"), mark("tablet")], "address": [mark("home")]})).await;
    stage
        .marks(other, json!({"device": [mark("phone")], "address": [mark("home")], "payout_account": [mark("bank")]}))
        .await;
    stage.marks(merchant, json!({"payout_account": [mark("bank")]})).await;
    let path = |who: &TestActor| format!("/v1/account-links/{}", who.party);
    let seen = stage.read(stage.operator(), &path(creator)).await;
    let link = &seen["links"][0];
    assert_eq!((&link["other_id"], &link["score_permille"]), (&json!(other.party.to_string()), &json!(625)));
    let evidence = json!([
        {"kind": "device", "hash": mark("phone")}, {"kind": "address", "hash": mark("home")},
    ]);
    assert_eq!(link["evidence"], evidence);
    assert_eq!(seen["cluster"], json!([creator.party.to_string()]), "625 is below the threshold");
    let seen = stage.read(stage.operator(), &path(merchant)).await;
    assert_eq!(seen["cluster"].as_array().unwrap().len(), 2, "a payout account is above it");
    // Weights and threshold are the tenant's policy.
    let caller = stage.platform.caller(stage.operator()).await;
    let version = stage.platform.app.policy(caller.actor.clone()).await.unwrap().version;
    let change = json!({"incentive": {"linkage_threshold_permille": 600}});
    stage.platform.app.change_policy(caller.actor.clone(), version, change).await.unwrap();
    let seen = stage.read(stage.operator(), &path(creator)).await;
    assert_eq!(seen["cluster"].as_array().unwrap().len(), 3, "by a chain");
    let list = stage.read(stage.operator(), "/v1/account-links?limit=2").await;
    assert_eq!((list["data"].as_array().unwrap().len(), &list["has_more"]), (2, &json!(true)));
    // What is told again takes the place of what was told before, kind by kind.
    stage.marks(other, json!({"device": []})).await;
    let seen = stage.read(stage.operator(), &path(creator)).await;
    assert_eq!(seen["links"][0]["score_permille"], 250);
}

#[tokio::test]
async fn in_13_only_keyed_hashes_are_taken() {
    let stage = Stage::new().await;
    let path = format!("/v1/account-marks/{}", stage.creator().party);
    for marks in [json!({"identity": ["310101199001011234"]}), json!({"name": [mark("May")]})] {
        let (status, json) = stage.platform.call("PUT", Some(stage.machine()), &path, Some(marks)).await;
        assert_eq!((status, &json["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("request.invalid")));
    }
    let many: Vec<String> = (0..51).map(|number| mark(&number.to_string())).collect();
    let (_, json) = stage.platform.call("PUT", Some(stage.machine()), &path, Some(json!({"device": many}))).await;
    assert_eq!(json["code"], "incentive.facts_invalid");
}
