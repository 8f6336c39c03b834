use axum::http::StatusCode;
use serde_json::{Value, json};

use super::statements::file;
use super::{amount, begin_with, is_clean, play, refusal, refused, text, wallet_of};
use crate::platform::{TestActor, TestPlatform, request};

/// Money in the wallet, by an online top-up.
pub(crate) async fn money(platform: &TestPlatform, who: &TestActor, fen: i64) -> Value {
    let body = json!({ "price": amount(fen, "CNY"), "channel": "direct", "into": "CNY" });
    let begun = begin_with(platform, who, body).await;
    assert_eq!(play(platform, who, &begun, json!({ "play": "pay" })).await, ["credited"]);
    begun
}

/// Spendable, held and posted fen of money.
pub(crate) async fn balance(platform: &TestPlatform, who: &TestActor) -> [i64; 3] {
    let (_, wallet) = platform.get(who, "/v1/wallet").await;
    let accounts = wallet["accounts"].as_array().unwrap();
    let money = accounts.iter().find(|account| account["account"] == "money").unwrap();
    ["spendable", "held", "posted"].map(|part| money[part]["amount"].as_i64().unwrap())
}

async fn account(platform: &TestPlatform, who: &TestActor, number: &str) -> String {
    let body = json!({ "holder": "小明", "bank": "招商银行", "number": number });
    let (status, account) = platform.post(who, &format!("{}/payout_accounts", wallet_of(who)), body).await;
    assert_eq!(status, StatusCode::CREATED, "{account}");
    text(&account["id"])
}

async fn ask(platform: &TestPlatform, who: &TestActor, account: &str, fen: i64) -> (StatusCode, Value) {
    let body = json!({ "amount": amount(fen, "CNY"), "payout_account": account, "desk": "express" });
    platform.post(who, &format!("{}/withdrawals", wallet_of(who)), body).await
}

async fn asked(platform: &TestPlatform, who: &TestActor, account: &str, fen: i64) -> String {
    let (status, withdrawal) = ask(platform, who, account, fen).await;
    assert_eq!((status, &withdrawal["state"]), (StatusCode::CREATED, &json!("requested")), "{withdrawal}");
    text(&withdrawal["id"])
}

async fn approve(platform: &TestPlatform, who: &TestActor, withdrawal: &str) -> (StatusCode, Value) {
    platform.post(who, &format!("/v1/withdrawals/{withdrawal}/approve"), json!({})).await
}

async fn read(platform: &TestPlatform, who: &TestActor, withdrawal: &str) -> Value {
    let (status, found) = platform.get(who, &format!("/v1/withdrawals/{withdrawal}")).await;
    assert_eq!(status, StatusCode::OK, "{found}");
    found
}

fn steps(withdrawal: &Value) -> Vec<&str> {
    withdrawal["timeline"].as_array().unwrap().iter().map(|step| step["what"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn qb_16_money_goes_out_after_somebody_of_staff_said_yes() {
    let platform = TestPlatform::new().await;
    let (creator, operator) = (&platform.ours.creator, &platform.ours.operator);
    money(&platform, creator, 10_000).await;
    let account = account(&platform, creator, "6222 0212 3456 7890").await;
    let id = asked(&platform, creator, &account, 4_000).await;
    assert_eq!(balance(&platform, creator).await, [6_000, 4_000, 10_000], "held at once");
    let (status, waiting) = platform.get(operator, "/v1/withdrawals?state=requested").await;
    assert_eq!((status, &waiting["data"][0]["id"]), (StatusCode::OK, &json!(id)), "{waiting}");
    assert_eq!(waiting["data"][0]["payout_account"]["number"], "****7890");
    let (status, approved) = approve(&platform, operator, &id).await;
    assert_eq!((status, &approved["state"]), (StatusCode::OK, &json!("approved")), "{approved}");
    assert_eq!(platform.app.send_payouts(10).await.unwrap(), 0, "accepted is not done");
    assert_eq!(read(&platform, creator, &id).await["state"], "paying");
    platform.clock.advance_ms(61_000);
    assert_eq!(platform.app.send_payouts(10).await.unwrap(), 1);
    assert_eq!(platform.app.send_payouts(10).await.unwrap(), 0, "each once");
    let paid = read(&platform, creator, &id).await;
    assert_eq!((&paid["state"], &paid["transaction"]), (&json!("paid"), &json!(format!("sandbox-{id}"))));
    assert_eq!(steps(&paid), ["requested", "approved", "paying", "paid"]);
    assert_eq!(paid["timeline"][1]["by"], json!(operator.party.to_string()));
    assert_eq!(balance(&platform, creator).await, [6_000, 0, 6_000]);
    let (_, none) = platform.get(operator, "/v1/withdrawals?state=requested").await;
    assert_eq!(none["data"], json!([]));
    is_clean(&platform).await;
}

#[tokio::test]
async fn qb_16_a_refused_withdrawal_is_back_where_it_came_from() {
    let platform = TestPlatform::new().await;
    let (creator, operator) = (&platform.ours.creator, &platform.ours.operator);
    let top_up = money(&platform, creator, 10_000).await;
    let account = account(&platform, creator, "6222021234567890").await;
    let id = asked(&platform, creator, &account, 10_000).await;
    let refuse = format!("/v1/withdrawals/{id}/refuse");
    assert_eq!(
        refusal(platform.post(operator, &refuse, json!({ "reason": " " })).await),
        refused(422, "request.invalid")
    );
    let (status, no) = platform.post(operator, &refuse, json!({ "reason": "the name differs" })).await;
    assert_eq!((status, &no["state"], &no["reason"]), (StatusCode::OK, &json!("refused"), &json!("the name differs")));
    assert_eq!(balance(&platform, creator).await, [10_000, 0, 10_000]);
    assert_eq!(refusal(approve(&platform, operator, &id).await), refused(409, "withdrawal.wrong_state"));
    // It is the top-up's money as before: it can go back to where that was paid from.
    let body = json!({ "amount": amount(10_000, "CNY"), "top_up": top_up["id"] });
    let (status, _) = platform.post(creator, &format!("{}/refunds", wallet_of(creator)), body).await;
    assert_eq!(status, StatusCode::CREATED);
    is_clean(&platform).await;
}

#[tokio::test]
async fn qb_16_above_the_limit_somebody_else_approves_too() {
    let platform = TestPlatform::new().await;
    let (creator, operator) = (&platform.ours.creator, &platform.ours.operator);
    money(&platform, creator, 5_000_000).await;
    let account = account(&platform, creator, "6222021234567890").await;
    let id = asked(&platform, creator, &account, 1_000_001).await;
    let (_, once) = approve(&platform, operator, &id).await;
    assert_eq!((&once["state"], &once["approvals_needed"]), (&json!("requested"), &json!(2)));
    assert_eq!(refusal(approve(&platform, operator, &id).await), refused(403, "withdrawal.same_approver"));
    assert_eq!(platform.app.send_payouts(10).await.unwrap(), 0);
    let (status, twice) = approve(&platform, &platform.ours.finance, &id).await;
    assert_eq!((status, &twice["state"]), (StatusCode::OK, &json!("approved")), "{twice}");
    assert_eq!(steps(&twice), ["requested", "approved_once", "approved"]);
}

#[tokio::test]
async fn qb_16_nothing_is_withdrawn_in_the_mobile_flow() {
    let platform = TestPlatform::new().await;
    let creator = &platform.ours.creator;
    money(&platform, creator, 10_000).await;
    let account = account(&platform, creator, "6222021234567890").await;
    let path = format!("{}/withdrawals", wallet_of(creator));
    let body = |desk: &str, fen: i64| json!({ "amount": amount(fen, "CNY"), "payout_account": account, "desk": desk });
    let check = async |body: Value, status: u16, code: &str| {
        assert_eq!(refusal(platform.post(creator, &path, body.clone()).await), refused(status, code), "{body}");
    };
    check(body("mobile", 500), 409, "wallet.not_on_mobile").await;
    check(body("pro", 10_001), 409, "wallet.insufficient_balance").await;
    check(body("pro", 99), 422, "request.invalid_amount").await;
    check(body("pro", -1), 422, "request.invalid_amount").await;
    let beans = json!({ "amount": amount(500, "BEAN"), "payout_account": account, "desk": "pro" });
    check(beans, 422, "request.invalid_amount").await;
    let unknown =
        json!({ "amount": amount(500, "CNY"), "payout_account": "poa_00000000000000000000000001", "desk": "pro" });
    check(unknown, 422, "wallet.no_payout_account").await;
    assert_eq!(balance(&platform, creator).await, [10_000, 0, 10_000]);
    // An account that was taken off file takes nothing more.
    let (status, _) = platform.call("DELETE", Some(creator), &format!("/v1/payout_accounts/{account}"), None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    check(body("pro", 500), 422, "wallet.no_payout_account").await;
}

#[tokio::test]
async fn wl_10_a_frozen_wallet_pays_nothing_out() {
    let platform = TestPlatform::new().await;
    let (creator, operator) = (&platform.ours.creator, &platform.ours.operator);
    money(&platform, creator, 10_000).await;
    let account = account(&platform, creator, "6222021234567890").await;
    let id = asked(&platform, creator, &account, 4_000).await;
    let freeze = async |frozen: bool| {
        let path = format!("{}/frozen", wallet_of(creator));
        let (status, _) = platform.call("PUT", Some(operator), &path, Some(json!({ "frozen": frozen }))).await;
        assert_eq!(status, StatusCode::OK);
    };
    freeze(true).await;
    assert_eq!(refusal(ask(&platform, creator, &account, 500).await), refused(409, "wallet.frozen"));
    assert_eq!(refusal(approve(&platform, operator, &id).await), refused(409, "wallet.frozen"));
    freeze(false).await;
    approve(&platform, operator, &id).await;
    freeze(true).await;
    // Approved before it was frozen: it waits.
    assert_eq!(platform.app.send_payouts(10).await.unwrap(), 0);
    assert_eq!(read(&platform, creator, &id).await["state"], "approved");
    freeze(false).await;
    for _ in 0..2 {
        platform.clock.advance_ms(61_000);
        platform.app.send_payouts(10).await.unwrap();
    }
    assert_eq!(read(&platform, creator, &id).await["state"], "paid");
    is_clean(&platform).await;
}

#[tokio::test]
async fn wl_08_the_provider_says_no_or_nothing() {
    let platform = TestPlatform::new().await;
    let (creator, operator) = (&platform.ours.creator, &platform.ours.operator);
    money(&platform, creator, 10_000).await;
    let closed = account(&platform, creator, "6222021234560000").await;
    let lost = account(&platform, creator, "6222021234569999").await;
    let (no, unknown) =
        (asked(&platform, creator, &closed, 1_000).await, asked(&platform, creator, &lost, 2_000).await);
    for id in [&no, &unknown] {
        approve(&platform, operator, id).await;
    }
    assert_eq!(platform.app.send_payouts(10).await.unwrap(), 0);
    // The answer got lost: whether the money went is not known, so it stays held and the same is asked again.
    assert_eq!(read(&platform, creator, &unknown).await["state"], "paying");
    assert_eq!(balance(&platform, creator).await, [7_000, 3_000, 10_000]);
    platform.clock.advance_ms(61_000);
    assert_eq!(platform.app.send_payouts(10).await.unwrap(), 2);
    let failed = read(&platform, creator, &no).await;
    assert_eq!((&failed["state"], &failed["reason"]), (&json!("failed"), &json!("the account is closed")));
    assert_eq!(read(&platform, creator, &unknown).await["state"], "paid");
    assert_eq!(balance(&platform, creator).await, [8_000, 0, 8_000]);
    is_clean(&platform).await;
}

#[tokio::test]
async fn wl_08_a_notification_ends_a_payout_once() {
    let platform = TestPlatform::new().await;
    let (creator, operator) = (&platform.ours.creator, &platform.ours.operator);
    money(&platform, creator, 10_000).await;
    let account = account(&platform, creator, "6222021234567890").await;
    let id = asked(&platform, creator, &account, 4_000).await;
    let sandbox = format!("/v1/sandbox/withdrawals/{id}");
    let early = platform.post(creator, &sandbox, json!({ "play": "pay" })).await;
    assert_eq!(refusal(early), refused(409, "payment.not_opened"), "nobody asked for it yet");
    approve(&platform, operator, &id).await;
    platform.app.send_payouts(10).await.unwrap();
    let (_, told) = platform.post(creator, &sandbox, json!({ "play": "pay", "notices": 2 })).await;
    let outcomes: Vec<&Value> = told["data"].as_array().unwrap().iter().map(|told| &told["outcome"]).collect();
    assert_eq!(outcomes, ["paid_out", "already_known"]);
    platform.clock.advance_ms(61_000);
    assert_eq!(platform.app.send_payouts(10).await.unwrap(), 0, "it is at its end");
    assert_eq!(balance(&platform, creator).await, [6_000, 0, 6_000]);
    is_clean(&platform).await;
}

#[tokio::test]
async fn wl_04_a_repeated_withdrawal_is_answered_and_not_made_again() {
    let platform = TestPlatform::new().await;
    let creator = &platform.ours.creator;
    money(&platform, creator, 10_000).await;
    let account = account(&platform, creator, "6222021234567890").await;
    let path = format!("{}/withdrawals", wallet_of(creator));
    let wish = async |fen: i64| {
        let body = json!({ "amount": amount(fen, "CNY"), "payout_account": account, "desk": "pro" });
        platform.send(request("POST", Some(creator), &path, &[("idempotency-key", "k")], Some(body))).await
    };
    let (_, _, first) = wish(3_000).await;
    let (status, headers, second) = wish(3_000).await;
    assert_eq!((status, &second), (StatusCode::CREATED, &first));
    assert!(headers.contains_key("idempotency-replayed"));
    let (status, _, problem) = wish(4_000).await;
    assert_eq!(refusal((status, problem)), refused(422, "idempotency.key_reused"));
    assert_eq!(balance(&platform, creator).await, [7_000, 3_000, 10_000]);
}

#[tokio::test]
async fn ac_02_withdrawing_and_approving_ask_for_the_password_again() {
    let platform = TestPlatform::new().await;
    let (creator, operator) = (&platform.ours.creator, &platform.ours.operator);
    money(&platform, creator, 10_000).await;
    let account = account(&platform, creator, "6222021234567890").await;
    let id = asked(&platform, creator, &account, 4_000).await;
    platform.clock.advance_ms(16 * 60_000);
    assert_eq!(refusal(ask(&platform, creator, &account, 1_000).await), refused(403, "access.password_required"));
    assert_eq!(refusal(approve(&platform, operator, &id).await), refused(403, "access.password_required"));
}

#[tokio::test]
async fn qb_16_withdrawals_are_exported_for_finance() {
    let platform = TestPlatform::new().await;
    let creator = &platform.ours.creator;
    money(&platform, creator, 10_000).await;
    let account = account(&platform, creator, "6222021234567890").await;
    asked(&platform, creator, &account, 1_234).await;
    let (finance, path) = (&platform.ours.finance, "/v1/withdrawals/export?format=");
    let (status, _, bytes) = file(&platform, finance, &format!("{path}csv")).await;
    let text = String::from_utf8(bytes).unwrap();
    assert_eq!(status, StatusCode::OK, "{text}");
    let row = text.lines().nth(1).unwrap();
    assert!(row.contains(",12.34,CNY,小明,招商银行,****7890,requested,"), "{row}");
    let (status, _, bytes) = file(&platform, finance, &format!("{path}xlsx")).await;
    assert_eq!((status, &bytes[..2]), (StatusCode::OK, &b"PK"[..]));
    let (status, _) = platform.get(creator, &format!("{path}csv")).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}
