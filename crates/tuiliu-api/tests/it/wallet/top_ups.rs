use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use tuiliu_app::wallet::Signed;
use tuiliu_domain::time::Timestamp;

use super::{amount, beans, begin, is_clean, play, refusal, refused, state, text, top_up, wallet_of};
use crate::platform::{TestActor, TestPlatform, request};

const HOURS_3_MS: u32 = 3 * 3_600_000;

#[tokio::test]
async fn tp_25_the_rate_is_shown_and_each_channel_has_its_own() {
    let platform = TestPlatform::new().await;
    let creator = &platform.ours.creator;
    let (_, rates) = platform.get(creator, "/v1/bean_rates").await;
    let shown = json!([
        { "channel": "direct", "beans_per_yuan": 10 },
        { "channel": "app_store", "beans_per_yuan": 7 },
    ]);
    assert_eq!(rates["data"], shown);
    for (channel, centibeans) in [("direct", 10_000), ("app_store", 7_000)] {
        let body = json!({ "price": amount(1_000, "CNY"), "channel": channel });
        let (status, begun) = platform.post(creator, &format!("{}/top_ups", wallet_of(creator)), body).await;
        assert_eq!(status, StatusCode::CREATED);
        assert_eq!(begun["bought"], amount(centibeans, "BEAN"), "{channel}");
        assert_eq!(play(&platform, creator, &begun, json!({ "play": "pay" })).await, ["credited"]);
    }
    assert_eq!(beans(&platform, creator).await, 170);
    is_clean(&platform).await;
}

#[tokio::test]
async fn tp_04_a_fraction_of_a_bean_stays_in_the_wallet() {
    let platform = TestPlatform::new().await;
    let creator = &platform.ours.creator;
    top_up(&platform, creator, 15).await;
    let (_, wallet) = platform.get(creator, &wallet_of(creator)).await;
    assert_eq!((&wallet["spendable_beans"], &wallet["fraction"]), (&json!(1), &amount(50, "BEAN")));
    top_up(&platform, creator, 5).await;
    let (_, wallet) = platform.get(creator, &wallet_of(creator)).await;
    assert_eq!((&wallet["spendable_beans"], &wallet["fraction"]), (&json!(2), &amount(0, "BEAN")));
}

#[tokio::test]
async fn wl_08_a_top_up_waits_for_the_money() {
    let platform = TestPlatform::new().await;
    let creator = &platform.ours.creator;
    let begun = begin(&platform, creator, 1_000).await;
    assert_eq!(begun["state"], "pending");
    assert_eq!(begun["provider"], "sandbox");
    assert!(text(&begun["pay_link"]).contains(&text(&begun["id"])), "{begun}");
    assert_eq!(beans(&platform, creator).await, 0);
    assert_eq!(play(&platform, creator, &begun, json!({ "play": "pay" })).await, ["credited"]);
    let (_, paid) = platform.get(creator, &format!("/v1/top_ups/{}", text(&begun["id"]))).await;
    assert_eq!((&paid["state"], &paid["pay_link"]), (&json!("paid"), &begun["pay_link"]));
    let lots = platform.get(creator, &format!("{}/lots/paid_beans", wallet_of(creator))).await.1;
    assert_eq!(lots["data"][0]["id"], paid["lot"]);
    assert_eq!(lots["data"][0]["payment"], paid["id"]);
    assert_eq!(beans(&platform, creator).await, 100);
}

#[tokio::test]
async fn wl_08_money_can_stay_money() {
    let platform = TestPlatform::new().await;
    let creator = &platform.ours.creator;
    let body = json!({ "price": amount(1_000, "CNY"), "channel": "direct", "into": "CNY" });
    let (_, begun) = platform.post(creator, &format!("{}/top_ups", wallet_of(creator)), body).await;
    assert_eq!(begun["bought"], amount(1_000, "CNY"));
    assert_eq!(play(&platform, creator, &begun, json!({ "play": "pay" })).await, ["credited"]);
    let (_, wallet) = platform.get(creator, "/v1/wallet").await;
    let money = wallet["accounts"].as_array().unwrap().iter().find(|one| one["account"] == "money").unwrap();
    assert_eq!(money["spendable"], amount(1_000, "CNY"));
    assert_eq!(wallet["spendable_beans"], 0);
    is_clean(&platform).await;
}

#[tokio::test]
async fn wl_08_a_duplicate_notification_credits_once() {
    let platform = TestPlatform::new().await;
    let creator = &platform.ours.creator;
    let begun = begin(&platform, creator, 1_000).await;
    let played = play(&platform, creator, &begun, json!({ "play": "pay", "notices": 3 })).await;
    assert_eq!(played, ["credited", "already_known", "already_known"]);
    let again = play(&platform, creator, &begun, json!({ "play": "tell" })).await;
    assert_eq!(again, ["already_known"]);
    assert_eq!(beans(&platform, creator).await, 100);
    is_clean(&platform).await;
}

#[tokio::test]
async fn wl_08_a_lost_notification_is_made_up_for_by_asking() {
    let platform = TestPlatform::new().await;
    let creator = &platform.ours.creator;
    let begun = begin(&platform, creator, 1_000).await;
    assert!(play(&platform, creator, &begun, json!({ "play": "pay", "notices": 0 })).await.is_empty());
    assert_eq!(platform.app.expire_payments(10).await.unwrap(), 0, "its time is not over");
    assert_eq!(beans(&platform, creator).await, 0);
    platform.clock.advance_ms(HOURS_3_MS);
    assert_eq!(platform.app.expire_payments(10).await.unwrap(), 1);
    assert_eq!(state(&platform, creator, &begun).await, "paid");
    assert_eq!(beans(&platform, creator).await, 100);
    // The notification that was lost arrives after all.
    assert_eq!(play(&platform, creator, &begun, json!({ "play": "tell" })).await, ["already_known"]);
    assert_eq!(beans(&platform, creator).await, 100);
    is_clean(&platform).await;
}

#[tokio::test]
async fn wl_08_money_that_comes_late_is_credited_all_the_same() {
    let platform = TestPlatform::new().await;
    let creator = &platform.ours.creator;
    let begun = begin(&platform, creator, 1_000).await;
    platform.clock.advance_ms(HOURS_3_MS);
    assert_eq!(platform.app.expire_payments(10).await.unwrap(), 1);
    assert_eq!(state(&platform, creator, &begun).await, "expired");
    assert_eq!(platform.app.expire_payments(10).await.unwrap(), 0, "once");
    assert_eq!(play(&platform, creator, &begun, json!({ "play": "pay" })).await, ["credited"]);
    assert_eq!(state(&platform, creator, &begun).await, "paid");
    assert_eq!(beans(&platform, creator).await, 100);
}

#[tokio::test]
async fn wl_08_a_failed_payment_credits_nothing_until_the_money_comes() {
    let platform = TestPlatform::new().await;
    let creator = &platform.ours.creator;
    let begun = begin(&platform, creator, 1_000).await;
    assert_eq!(
        play(&platform, creator, &begun, json!({ "play": "fail", "notices": 2 })).await,
        ["failed", "already_known"]
    );
    assert_eq!(state(&platform, creator, &begun).await, "failed");
    assert_eq!(beans(&platform, creator).await, 0);
    assert_eq!(play(&platform, creator, &begun, json!({ "play": "pay" })).await, ["credited"]);
    assert_eq!(beans(&platform, creator).await, 100);
}

/// Pays something that was not asked for: it is put aside, once, told to finance, and never credited.
async fn is_put_aside(paid: Value, reason: &str) {
    let platform = TestPlatform::new().await;
    let creator = &platform.ours.creator;
    let begun = begin(&platform, creator, 1_000).await;
    assert_eq!(play(&platform, creator, &begun, paid).await, ["suspended", "already_known"]);
    assert_eq!(play(&platform, creator, &begun, json!({ "play": "tell" })).await, ["already_known"]);
    assert_eq!(state(&platform, creator, &begun).await, "suspended");
    assert_eq!(beans(&platform, creator).await, 0);
    let (_, listed) = platform.get(&platform.ours.finance, "/v1/suspended_money").await;
    assert_eq!(listed["data"].as_array().unwrap().len(), 1, "{listed}");
    assert_eq!(listed["data"][0]["reason"], reason);
    assert_eq!(listed["data"][0]["top_up"], begun["id"]);
    // The right money, paid after all, is credited.
    assert_eq!(play(&platform, creator, &begun, json!({ "play": "pay" })).await, ["credited"]);
    assert_eq!(beans(&platform, creator).await, 100);
    let theirs = platform.get(&platform.theirs.finance, "/v1/suspended_money").await.1;
    assert_eq!(theirs["data"], json!([]));
    is_clean(&platform).await;
}

#[tokio::test]
async fn wl_08_money_that_was_not_asked_for_is_put_aside() {
    is_put_aside(json!({ "play": "pay", "amount": 999, "notices": 2 }), "wrong_amount").await;
    is_put_aside(json!({ "play": "pay", "amount": 1_001, "notices": 2 }), "wrong_amount").await;
    is_put_aside(json!({ "play": "pay", "amount": -1_000, "notices": 2 }), "wrong_amount").await;
    is_put_aside(json!({ "play": "pay", "currency": "USD", "notices": 2 }), "wrong_currency").await;
}

#[tokio::test]
async fn wl_08_a_second_payment_is_put_aside() {
    let platform = TestPlatform::new().await;
    let creator = &platform.ours.creator;
    let begun = top_up(&platform, creator, 1_000).await;
    assert_eq!(
        play(&platform, creator, &begun, json!({ "play": "pay", "notices": 2 })).await,
        ["suspended", "already_known"]
    );
    assert_eq!(state(&platform, creator, &begun).await, "paid");
    assert_eq!(beans(&platform, creator).await, 100);
    let (_, listed) = platform.get(&platform.ours.finance, "/v1/suspended_money").await;
    assert_eq!((&listed["data"][0]["reason"], &listed["data"][0]["amount"]), (&json!("paid_twice"), &json!(1_000)));
    is_clean(&platform).await;
}

/// A notification as it comes from outside.
fn notice(signed: &Signed, provider: &str) -> Request<Body> {
    let Signed { timestamp, nonce, signature, body } = signed;
    Request::builder()
        .method("POST")
        .uri(format!("/v1/payment_notices/{provider}"))
        .header("content-type", "application/json")
        .header("payment-timestamp", timestamp)
        .header("payment-nonce", nonce)
        .header("payment-signature", signature)
        .body(Body::from(body.clone()))
        .unwrap()
}

fn paid_notice(top_up: &Value) -> Vec<u8> {
    let body = json!({
        "id": "notice-1", "event": "payment.succeeded", "payment": top_up["id"], "transaction": "t-1",
        "amount": { "total": 1_000, "currency": "CNY" },
    });
    serde_json::to_vec(&body).unwrap()
}

fn sign(platform: &TestPlatform, body: Vec<u8>, at: Timestamp) -> Signed {
    platform.app.payment_provider().unwrap().sandbox().unwrap().sign(body, at)
}

async fn sent(platform: &TestPlatform, signed: &Signed, provider: &str) -> (StatusCode, Value) {
    let (status, _, json) = platform.send(notice(signed, provider)).await;
    (status, json)
}

#[tokio::test]
async fn wl_08_a_notification_is_believed_for_its_signature_and_time() {
    let platform = TestPlatform::new().await;
    let creator = &platform.ours.creator;
    let begun = begin(&platform, creator, 1_000).await;
    let now = platform.now();
    let signed = sign(&platform, paid_notice(&begun), now);
    let forged = Signed { signature: "0".repeat(64), ..signed.clone() };
    let check = async |signed: &Signed, code: &str| {
        assert_eq!(refusal(sent(&platform, signed, "sandbox").await), refused(403, code), "{signed:?}");
    };
    check(&forged, "payment.notice_bad_signature").await;
    check(&Signed { signature: "none".to_owned(), ..signed.clone() }, "payment.notice_bad_signature").await;
    let tampered = String::from_utf8(signed.body.clone()).unwrap().replace("1000", "1001");
    check(&Signed { body: tampered.into_bytes(), ..signed.clone() }, "payment.notice_bad_signature").await;
    check(&Signed { nonce: "other".to_owned(), ..signed.clone() }, "payment.notice_bad_signature").await;
    let later = (now.ms() / 1_000 + 1).to_string();
    check(&Signed { timestamp: later, ..signed.clone() }, "payment.notice_bad_signature").await;
    for drift_ms in [-301_000, 301_000] {
        check(&sign(&platform, paid_notice(&begun), now.plus_ms(drift_ms)), "payment.notice_stale").await;
    }
    assert_eq!(beans(&platform, creator).await, 0);
    assert_eq!(refusal(sent(&platform, &signed, "other").await), refused(404, "request.not_found"));
    let (status, receipt) = sent(&platform, &signed, "sandbox").await;
    assert_eq!((status, receipt), (StatusCode::OK, json!({ "outcome": "credited" })));
    // Somebody who overheard it sends it again.
    assert_eq!(sent(&platform, &signed, "sandbox").await.1, json!({ "outcome": "already_known" }));
    platform.clock.advance_ms(301_000);
    check(&signed, "payment.notice_stale").await;
    assert_eq!(beans(&platform, creator).await, 100);
}

#[tokio::test]
async fn wl_08_a_notification_that_means_nothing_changes_nothing() {
    let platform = TestPlatform::new().await;
    let now = platform.now();
    let unknown = json!({ "id": "pay_01kah2qm7ke8c9b5t0d4zqv3xw" });
    let signed = sign(&platform, paid_notice(&unknown), now);
    assert_eq!(refusal(sent(&platform, &signed, "sandbox").await), refused(404, "request.not_found"));
    for body in ["{}", "[]", "", r#"{"id":"1","event":"payment.succeeded","payment":"pay_1"}"#] {
        let signed = sign(&platform, body.as_bytes().to_vec(), now);
        assert_eq!(refusal(sent(&platform, &signed, "sandbox").await), refused(400, "request.malformed"), "{body}");
    }
    let unsigned = Request::builder().method("POST").uri("/v1/payment_notices/sandbox").body(Body::empty()).unwrap();
    let (status, _, problem) = platform.send(unsigned).await;
    assert_eq!(refusal((status, problem)), refused(403, "payment.notice_bad_signature"));
}

/// The same wish, sent with this key.
async fn wish(platform: &TestPlatform, who: &TestActor, key: &str, body: Value) -> (StatusCode, bool, Value) {
    let path = format!("{}/top_ups", wallet_of(who));
    let sent = request("POST", Some(who), &path, &[("idempotency-key", key)], Some(body));
    let (status, headers, json) = platform.send(sent).await;
    (status, headers.contains_key("idempotency-replayed"), json)
}

#[tokio::test]
async fn wl_04_a_repeated_top_up_is_answered_and_not_begun_again() {
    let platform = TestPlatform::new().await;
    let creator = &platform.ours.creator;
    let body = |fen: i64| json!({ "price": amount(fen, "CNY"), "channel": "direct" });
    let (status, replayed, first) = wish(&platform, creator, "k", body(1_000)).await;
    assert_eq!((status, replayed), (StatusCode::CREATED, false));
    assert_eq!(play(&platform, creator, &first, json!({ "play": "pay" })).await, ["credited"]);
    let (status, replayed, second) = wish(&platform, creator, "k", body(1_000)).await;
    assert_eq!((status, replayed), (StatusCode::CREATED, true));
    assert_eq!(second, first, "the first answer, whatever happened since");
    let (status, _, problem) = wish(&platform, creator, "k", body(2_000)).await;
    assert_eq!(refusal((status, problem)), refused(422, "idempotency.key_reused"));
    // Another caller's key of the same name is another key.
    let (status, replayed, _) = wish(&platform, &platform.ours.merchant, "k", body(2_000)).await;
    assert_eq!((status, replayed), (StatusCode::CREATED, false));
    let (_, listed) = platform.get(creator, &format!("{}/top_ups", wallet_of(creator))).await;
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
    // A refusal by the rules is kept like an answer.
    let (status, replayed, problem) = wish(&platform, creator, "r", body(50_000_001)).await;
    assert!(!replayed);
    assert_eq!(refusal((status, problem)), refused(422, "request.invalid_amount"));
    let (status, replayed, problem) = wish(&platform, creator, "r", body(50_000_001)).await;
    assert!(replayed);
    assert_eq!(refusal((status, problem)), refused(422, "request.invalid_amount"));
}

#[tokio::test]
async fn bad_top_ups_are_refused() {
    let platform = TestPlatform::new().await;
    let creator = &platform.ours.creator;
    let path = format!("{}/top_ups", wallet_of(creator));
    let check = async |body: Value, code: &str| {
        let (status, problem) = platform.post(creator, &path, body.clone()).await;
        assert_eq!(refusal((status, problem)), refused(422, code), "{body}");
    };
    let price = |units: Value, currency: &str| json!({ "price": { "amount": units, "currency": currency }, "channel": "direct" });
    check(price(json!(0), "CNY"), "request.invalid_amount").await;
    check(price(json!(-1), "CNY"), "request.invalid_amount").await;
    check(price(json!(50_000_001), "CNY"), "request.invalid_amount").await;
    check(price(json!(9_007_199_254_740_992_i64), "CNY"), "request.invalid_amount").await;
    check(price(json!(1_000), "BEAN"), "request.invalid_amount").await;
    check(price(json!(1_000), "POINT"), "request.invalid_amount").await;
    check(price(json!(18_446_744_073_709_551_615_u64), "CNY"), "request.invalid").await;
    check(price(json!(1.5), "CNY"), "request.invalid").await;
    check(price(json!("1000"), "CNY"), "request.invalid").await;
    check(price(json!(1_000), "USD"), "request.invalid").await;
    check(json!({ "price": amount(1_000, "CNY") }), "request.invalid").await;
    check(json!({ "price": amount(1_000, "CNY"), "channel": "shop" }), "request.invalid").await;
    check(json!({ "price": amount(1_000, "CNY"), "channel": "direct", "into": "POINT" }), "request.invalid").await;
    check(json!({ "price": amount(1_000, "CNY"), "channel": "direct", "gift": true }), "request.invalid").await;
    let (_, listed) = platform.get(creator, &path).await;
    assert_eq!(listed["data"], json!([]), "nothing was begun");
    let keyless = request("POST", Some(creator), &path, &[("idempotency-key", "")], Some(price(json!(1_000), "CNY")));
    let (status, _, problem) = platform.send(keyless).await;
    assert_eq!(refusal((status, problem)), refused(400, "idempotency.key_invalid"));
}

#[tokio::test]
async fn a_banned_party_tops_up_no_more() {
    let platform = TestPlatform::new().await;
    let (creator, operator) = (&platform.ours.creator, &platform.ours.operator);
    let path = format!("/v1/parties/{}", creator.party);
    let (_, headers, _) = platform.send(request("GET", Some(operator), &path, &[], None)).await;
    let version = headers["etag"].to_str().unwrap();
    let ban = request("PATCH", Some(operator), &path, &[("if-match", version)], Some(json!({ "banned": true })));
    assert_eq!(platform.send(ban).await.0, StatusCode::OK);
    let body = json!({ "price": amount(1_000, "CNY"), "channel": "direct" });
    // A session of somebody banned may have ended; a machine of the host still asks for them.
    let asked = platform.post(&platform.ours.machine, &format!("{}/top_ups", wallet_of(creator)), body).await;
    assert_eq!(refusal(asked), refused(403, "wallet.party_banned"));
}

#[tokio::test]
async fn top_ups_are_listed_newest_first() {
    let platform = TestPlatform::new().await;
    let creator = &platform.ours.creator;
    let mut begun = Vec::new();
    for fen in [100, 200, 300] {
        begun.push(begin(&platform, creator, fen).await["id"].clone());
        platform.clock.advance_ms(1_000);
    }
    let path = format!("{}/top_ups", wallet_of(creator));
    let (_, first) = platform.get(creator, &format!("{path}?limit=2")).await;
    let cursor = text(&first["next_cursor"]);
    let (_, second) = platform.get(creator, &format!("{path}?limit=2&cursor={cursor}")).await;
    let ids = |page: &Value| page["data"].as_array().unwrap().iter().map(|row| row["id"].clone()).collect::<Vec<_>>();
    assert_eq!([ids(&first), ids(&second)].concat(), [begun[2].clone(), begun[1].clone(), begun[0].clone()]);
    assert_eq!(second["has_more"], false);
}
