//! Wallets: topping up, giving back, freezing, statements; and who may.

mod access;
mod bank_transfers;
mod invoices;
mod refunds;
mod statements;
mod top_ups;
mod withdrawals;

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::platform::{TestActor, TestPlatform};

/// An amount as it is sent.
pub(crate) fn amount(units: i64, currency: &str) -> Value {
    json!({ "amount": units, "currency": currency })
}

pub(crate) fn wallet_of(who: &TestActor) -> String {
    format!("/v1/wallets/{}", who.party)
}

/// A top-up that is not paid yet.
pub(crate) async fn begin(platform: &TestPlatform, who: &TestActor, fen: i64) -> Value {
    begin_with(platform, who, json!({ "price": amount(fen, "CNY"), "channel": "direct" })).await
}

/// The same, of whatever is asked for.
pub(crate) async fn begin_with(platform: &TestPlatform, who: &TestActor, body: Value) -> Value {
    let (status, top_up) = platform.post(who, &format!("{}/top_ups", wallet_of(who)), body).await;
    assert_eq!(status, StatusCode::CREATED, "{top_up}");
    top_up
}

/// Plays the payer; what came of each notification.
pub(crate) async fn play(platform: &TestPlatform, who: &TestActor, top_up: &Value, body: Value) -> Vec<String> {
    let path = format!("/v1/sandbox/top_ups/{}", text(&top_up["id"]));
    let (status, receipts) = platform.post(who, &path, body).await;
    assert_eq!(status, StatusCode::OK, "{receipts}");
    receipts["data"].as_array().unwrap().iter().map(|receipt| text(&receipt["outcome"])).collect()
}

/// A top-up that is paid.
pub(crate) async fn top_up(platform: &TestPlatform, who: &TestActor, fen: i64) -> Value {
    let begun = begin(platform, who, fen).await;
    assert_eq!(play(platform, who, &begun, json!({ "play": "pay" })).await, ["credited"]);
    begun
}

/// The state of a top-up.
async fn state(platform: &TestPlatform, who: &TestActor, top_up: &Value) -> String {
    let (status, now) = platform.get(who, &format!("/v1/top_ups/{}", text(&top_up["id"]))).await;
    assert_eq!(status, StatusCode::OK, "{now}");
    text(&now["state"])
}

/// Whole beans to spend.
pub(crate) async fn beans(platform: &TestPlatform, who: &TestActor) -> i64 {
    let (status, wallet) = platform.get(who, "/v1/wallet").await;
    assert_eq!(status, StatusCode::OK, "{wallet}");
    wallet["spendable_beans"].as_i64().unwrap()
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// Status and code of a refusal.
pub(crate) fn refusal((status, problem): (StatusCode, Value)) -> (u16, String) {
    (status.as_u16(), text(&problem["code"]))
}

pub(crate) fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

/// The books add up, whatever happened.
pub(crate) async fn is_clean(platform: &TestPlatform) {
    let audit = platform.app.audit(|_| {}).await.unwrap();
    assert!(audit.is_clean(), "{}", audit.verdict());
}

#[tokio::test]
async fn wl_07_the_audit_is_for_whoever_keeps_the_books() {
    let stage = crate::promotion::stage::Stage::with_beans(5_000).await;
    let room = stage.live("room-1").await;
    stage.running(crate::promotion::stage::Stage::draft(&room)).await;
    let operator = &stage.platform.ours.operator;
    let (status, found) = stage.platform.get(operator, "/v1/audit").await;
    assert_eq!((status.as_u16(), &found["is_clean"], &found["orders"]), (200, &true.into(), &1.into()), "{found}");
    assert!(found["entries"].as_u64().is_some_and(|entries| entries > 0), "{found}");
    let (status, _) = stage.platform.get(stage.creator(), "/v1/audit").await;
    assert_eq!(status, 403);
}

#[tokio::test]
async fn ac_01_an_audit_tells_a_platform_nothing_of_how_much_another_does() {
    let stage = crate::promotion::stage::Stage::with_beans(5_000).await;
    let theirs = &stage.platform.theirs.operator;
    let audit = async || {
        let (_, mut found) = stage.platform.get(theirs, "/v1/audit").await;
        found.as_object_mut().unwrap().remove("as_of");
        found
    };
    let before = audit().await;
    assert_eq!(
        (&before["is_clean"], &before["orders"], &before["entries"]),
        (&true.into(), &0.into(), &0.into()),
        "beans of ours are none of theirs: {before}"
    );
    let room = stage.live("room-1").await;
    stage.running(crate::promotion::stage::Stage::draft(&room)).await;
    stage.view("anna").await;
    assert_eq!(audit().await, before);
    let (_, ours) = stage.platform.get(&stage.platform.ours.operator, "/v1/audit").await;
    assert_eq!((&ours["orders"], &ours["charges"]), (&1.into(), &1.into()), "{ours}");
    let expected = ["as_of", "broken_invariant", "charges", "entries", "is_clean", "order_is_broken", "orders"];
    assert_eq!(ours.as_object().unwrap().keys().collect::<Vec<_>>(), expected, "a new figure is the tenant's alone");
}
