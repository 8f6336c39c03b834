use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{amount, beans, is_clean, play, refusal, refused, text, top_up, wallet_of};
use crate::platform::{TestActor, TestPlatform, request};

async fn refund(platform: &TestPlatform, who: &TestActor, centibeans: i64) -> (StatusCode, Value) {
    let body = json!({ "amount": amount(centibeans, "BEAN") });
    platform.post(who, &format!("{}/refunds", wallet_of(who)), body).await
}

/// Payment and fen of each refund, in the order in which they were made.
fn parts(refunds: &Value) -> Vec<(String, i64)> {
    let part = |refund: &Value| (text(&refund["payment"]), refund["refunded"]["amount"].as_i64().unwrap());
    refunds["data"].as_array().unwrap().iter().map(part).collect()
}

async fn cheap_top_up(platform: &TestPlatform, who: &TestActor, fen: i64) -> Value {
    let body = json!({ "price": amount(fen, "CNY"), "channel": "app_store" });
    let (_, begun) = platform.post(who, &format!("{}/top_ups", wallet_of(who)), body).await;
    assert_eq!(play(platform, who, &begun, json!({ "play": "pay" })).await, ["credited"]);
    begun
}

#[tokio::test]
async fn wl_05_the_last_top_up_goes_back_first_and_each_gets_at_most_what_it_gave() {
    let platform = TestPlatform::new().await;
    let creator = &platform.ours.creator;
    let first = top_up(&platform, creator, 1_000).await;
    platform.clock.advance_ms(1_000);
    let second = cheap_top_up(&platform, creator, 1_000).await;
    assert_eq!(beans(&platform, creator).await, 170);
    // 50 of the 70 beans that 1000 fen bought: ⌊1000 · 5000 ÷ 7000⌋ fen.
    let (status, asked) = refund(&platform, creator, 5_000).await;
    assert_eq!(status, StatusCode::CREATED, "{asked}");
    assert_eq!(parts(&asked), [(text(&second["id"]), 714)]);
    assert_eq!(beans(&platform, creator).await, 120);
    // The rest of it to the last fen, then the one before.
    let (_, asked) = refund(&platform, creator, 3_000).await;
    assert_eq!(parts(&asked), [(text(&second["id"]), 286), (text(&first["id"]), 100)]);
    let (_, asked) = refund(&platform, creator, 9_000).await;
    assert_eq!(parts(&asked), [(text(&first["id"]), 900)]);
    assert_eq!(beans(&platform, creator).await, 0);
    assert_eq!(refusal(refund(&platform, creator, 1).await), refused(409, "wallet.insufficient_refundable"));
    assert_eq!(platform.app.send_refunds(10).await.unwrap(), 4);
    assert_eq!(platform.app.send_refunds(10).await.unwrap(), 0, "each once");
    let (_, listed) = platform.get(creator, &format!("{}/refunds", wallet_of(creator))).await;
    let states: Vec<&Value> = listed["data"].as_array().unwrap().iter().map(|refund| &refund["state"]).collect();
    assert_eq!(states, ["succeeded"; 4]);
    for begun in [&first, &second] {
        let (_, now) = platform.get(creator, &format!("/v1/top_ups/{}", text(&begun["id"]))).await;
        assert_eq!(now["refunded"], amount(1_000, "CNY"), "everything is back, to the fen");
    }
    is_clean(&platform).await;
}

#[tokio::test]
async fn wl_05_one_top_up_can_be_named() {
    let platform = TestPlatform::new().await;
    let creator = &platform.ours.creator;
    let first = top_up(&platform, creator, 100).await;
    platform.clock.advance_ms(1_000);
    top_up(&platform, creator, 100).await;
    let path = format!("{}/refunds", wallet_of(creator));
    let body = |centibeans: i64| json!({ "amount": amount(centibeans, "BEAN"), "top_up": first["id"] });
    let (_, asked) = platform.post(creator, &path, body(1_000)).await;
    assert_eq!(parts(&asked), [(text(&first["id"]), 100)]);
    let more = platform.post(creator, &path, body(1)).await;
    assert_eq!(refusal(more), refused(409, "wallet.insufficient_refundable"));
    assert_eq!(beans(&platform, creator).await, 10);
}

#[tokio::test]
async fn wl_05_what_the_provider_keeps_comes_back_into_the_wallet() {
    let platform = TestPlatform::new().await;
    let creator = &platform.ours.creator;
    let begun = top_up(&platform, creator, 1_000).await;
    assert_eq!(play(&platform, creator, &begun, json!({ "play": "keep_money" })).await, ["already_known"]);
    let (_, asked) = refund(&platform, creator, 10_000).await;
    assert_eq!(parts(&asked), [(text(&begun["id"]), 1_000)]);
    assert_eq!(beans(&platform, creator).await, 0);
    assert_eq!(platform.app.send_refunds(10).await.unwrap(), 1);
    let (_, listed) = platform.get(creator, &format!("{}/refunds", wallet_of(creator))).await;
    assert_eq!(listed["data"][0]["state"], "failed");
    assert_eq!(beans(&platform, creator).await, 100);
    let (_, now) = platform.get(creator, &format!("/v1/top_ups/{}", text(&begun["id"]))).await;
    assert_eq!(now["refunded"], amount(0, "CNY"));
    let lots = platform.get(creator, &format!("{}/lots/paid_beans", wallet_of(creator))).await.1;
    let payments: Vec<&Value> = lots["data"].as_array().unwrap().iter().map(|lot| &lot["payment"]).collect();
    assert_eq!(payments, [&begun["id"], &begun["id"]], "it is still of the same payment");
    is_clean(&platform).await;
}

#[tokio::test]
async fn wl_05_money_goes_back_as_it_came() {
    let platform = TestPlatform::new().await;
    let creator = &platform.ours.creator;
    let body = json!({ "price": amount(1_000, "CNY"), "channel": "direct", "into": "CNY" });
    let (_, begun) = platform.post(creator, &format!("{}/top_ups", wallet_of(creator)), body).await;
    play(&platform, creator, &begun, json!({ "play": "pay" })).await;
    let path = format!("{}/refunds", wallet_of(creator));
    let (_, asked) = platform.post(creator, &path, json!({ "amount": amount(400, "CNY") })).await;
    assert_eq!(parts(&asked), [(text(&begun["id"]), 400)]);
    assert_eq!(platform.app.send_refunds(10).await.unwrap(), 1);
    is_clean(&platform).await;
}

#[tokio::test]
async fn wl_04_a_repeated_refund_is_answered_and_not_made_again() {
    let platform = TestPlatform::new().await;
    let creator = &platform.ours.creator;
    top_up(&platform, creator, 1_000).await;
    let path = format!("{}/refunds", wallet_of(creator));
    let wish = async |centibeans: i64| {
        let body = json!({ "amount": amount(centibeans, "BEAN") });
        platform.send(request("POST", Some(creator), &path, &[("idempotency-key", "k")], Some(body))).await
    };
    let (_, _, first) = wish(3_000).await;
    let (status, headers, second) = wish(3_000).await;
    assert_eq!((status, &second), (StatusCode::CREATED, &first));
    assert!(headers.contains_key("idempotency-replayed"));
    let (status, _, problem) = wish(4_000).await;
    assert_eq!(refusal((status, problem)), refused(422, "idempotency.key_reused"));
    assert_eq!(beans(&platform, creator).await, 70);
}

#[tokio::test]
async fn bad_refunds_are_refused() {
    let platform = TestPlatform::new().await;
    let creator = &platform.ours.creator;
    top_up(&platform, creator, 1_000).await;
    let path = format!("{}/refunds", wallet_of(creator));
    let check = async |body: Value, status: u16, code: &str| {
        let asked = platform.post(creator, &path, body.clone()).await;
        assert_eq!(refusal(asked), refused(status, code), "{body}");
    };
    check(json!({ "amount": amount(0, "BEAN") }), 422, "request.invalid_amount").await;
    check(json!({ "amount": amount(-100, "BEAN") }), 422, "request.invalid_amount").await;
    check(json!({ "amount": amount(100, "POINT") }), 422, "request.invalid_amount").await;
    check(json!({ "amount": amount(9_007_199_254_740_992, "BEAN") }), 422, "request.invalid_amount").await;
    check(json!({ "amount": amount(9_007_199_254_740_991, "BEAN") }), 409, "wallet.insufficient_refundable").await;
    check(json!({ "amount": amount(100, "CNY") }), 409, "wallet.insufficient_refundable").await;
    check(json!({ "amount": amount(9, "BEAN") }), 422, "wallet.refund_too_small").await;
    check(json!({ "amount": amount(100, "BEAN"), "top_up": "lot_1" }), 400, "request.invalid_id").await;
    check(json!({}), 422, "request.invalid").await;
    assert_eq!(beans(&platform, creator).await, 100);
}

#[tokio::test]
async fn ac_02_money_leaves_only_soon_after_the_password_was_given() {
    let platform = TestPlatform::new().await;
    let creator = &platform.ours.creator;
    top_up(&platform, creator, 1_000).await;
    platform.clock.advance_ms(16 * 60_000);
    assert_eq!(refusal(refund(&platform, creator, 1_000).await), refused(403, "access.password_required"));
    assert_eq!(beans(&platform, creator).await, 100);
    // A machine has no password to be asked for.
    let body = json!({ "amount": amount(1_000, "BEAN") });
    let (status, _) = platform.post(&platform.ours.machine, &format!("{}/refunds", wallet_of(creator)), body).await;
    assert_eq!(status, StatusCode::CREATED);
}

#[tokio::test]
async fn gifts_are_never_refunded() {
    let platform = TestPlatform::new().await;
    let (creator, operator) = (&platform.ours.creator, &platform.ours.operator);
    let body = json!({ "beans": amount(10_000, "BEAN"), "note": "welcome" });
    let (status, _) = platform.post(operator, &format!("{}/gifts", wallet_of(creator)), body).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(beans(&platform, creator).await, 100);
    assert_eq!(refusal(refund(&platform, creator, 100).await), refused(409, "wallet.insufficient_refundable"));
}
