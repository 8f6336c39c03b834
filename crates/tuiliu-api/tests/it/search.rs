//! One box for everything that staff look for, and the way from an amount to what moved it.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::platform::TestActor;
use crate::promotion::stage::Stage;

impl Stage {
    /// What the search answers, as `kind id title state`, without the ids.
    async fn found(&self, who: &TestActor, text: &str) -> Vec<String> {
        let encoded: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let (status, json) = self.platform.get(who, &format!("/v1/search?text={encoded}")).await;
        assert_eq!(status, StatusCode::OK, "{json}");
        let line =
            |hit: &Value| ["kind", "title", "state"].map(|name| hit[name].as_str().unwrap().to_owned()).join(" ");
        json["data"].as_array().unwrap().iter().map(line).collect()
    }
}

#[tokio::test]
async fn staff_find_things_by_id_by_name_and_by_the_hosts_id() {
    let stage = Stage::with_beans(5_000).await;
    let room = stage.live("room-77").await;
    let order = stage.running(Stage::draft(&room)).await;
    let coupon = stage.coupon(stage.creator().party, 10).await;
    let operator = stage.operator();
    let title = stage.read(operator, &format!("/v1/rooms/{room}")).await["content"]["title"].clone();
    let title = title.as_str().unwrap();
    assert_eq!(stage.found(operator, &order).await, [format!("boost {title} running")]);
    assert_eq!(stage.found(operator, &room).await, [format!("room {title} live")]);
    assert_eq!(stage.found(operator, &coupon).await, ["coupon  "]);
    assert_eq!(stage.found(operator, &stage.creator().party.to_string()).await.len(), 1);
    assert_eq!(
        stage.found(operator, "ROOM-77").await,
        [format!("room {title} live"), format!("boost {title} running")]
    );
    assert_eq!(stage.found(operator, "nothing is called so").await, [""; 0]);
    // Whom the creator's coupons are no business of finds none of them.
    assert_eq!(stage.found(stage.a_reviewer(), &coupon).await, [""; 0]);
}

#[tokio::test]
async fn ac_01_a_search_knows_nothing_of_other_tenants_and_serves_no_buyers() {
    let stage = Stage::with_beans(5_000).await;
    let room = stage.live("room-77").await;
    let order = stage.running(Stage::draft(&room)).await;
    let theirs = &stage.platform.theirs.operator;
    for text in [&order, &room, "room-77", &stage.creator().party.to_string()] {
        assert_eq!(stage.found(theirs, text).await, [""; 0], "{text}");
    }
    for who in [stage.creator(), &stage.platform.ours.merchant, &stage.platform.ours.agency] {
        assert_eq!(stage.platform.get(who, "/v1/search?text=room").await.0, StatusCode::FORBIDDEN);
    }
    for text in ["%20", &"x".repeat(201)] {
        let (status, json) = stage.platform.get(stage.operator(), &format!("/v1/search?text={text}")).await;
        assert_eq!((status, &json["code"]), (StatusCode::BAD_REQUEST, &json!("request.invalid_query")), "{json}");
    }
}

#[tokio::test]
async fn wl_07_every_line_of_a_statement_leads_to_what_moved_it() {
    let stage = Stage::with_beans(5_000).await;
    let room = stage.live("room-1").await;
    let order = stage.running(Stage::draft(&room)).await;
    let stop = format!("/v1/boosts/{order}/stop");
    stage.expect(stage.creator(), &stop, json!({}), 200).await;
    stage.platform.clock.advance_ms(3_600_000);
    stage.tick().await;
    let operator = stage.operator();
    let party = stage.creator().party;
    let lines = stage.read(operator, &format!("/v1/wallets/{party}/statements/gift_beans?limit=100")).await;
    let lines = lines["data"].as_array().unwrap().clone();
    assert!(!lines.is_empty());
    for line in &lines {
        let command = line["command"].as_str().unwrap();
        let path = format!("/v1/ledger-commands/{command}");
        let movement = stage.read(operator, &path).await;
        assert_eq!(movement["at"], line["at"]);
        assert!(!movement["steps"].as_array().unwrap().is_empty(), "{movement}");
        assert_eq!(stage.platform.get(&stage.platform.theirs.operator, &path).await.0, StatusCode::NOT_FOUND);
        assert_eq!(stage.found(operator, command).await, ["movement  "]);
        assert_eq!(stage.found(&stage.platform.theirs.operator, command).await, [""; 0]);
    }
    let first = stage.read(operator, &format!("/v1/ledger-commands/{}", lines[0]["command"].as_str().unwrap())).await;
    let given = &first["steps"][0];
    assert_eq!(
        (&given["what"], &given["amount"]),
        (&json!("open_lot"), &json!({"amount": 500_000, "currency": "BEAN"}))
    );
    assert_eq!((&given["to"]["kind"], &given["to"]["party_id"]), (&json!("wallet_gift"), &json!(party.to_string())));
    assert_eq!(given["from"], json!({"kind": "gift_expense", "party_id": null}));
}
