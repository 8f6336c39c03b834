use axum::http::StatusCode;
use serde_json::{Value, json};

use super::withdrawals::balance;
use super::{amount, is_clean, refusal, refused, text, wallet_of};
use crate::platform::{TestActor, TestPlatform};

async fn announce(platform: &TestPlatform, who: &TestActor, fen: i64, payer: &str) -> Value {
    let body = json!({ "amount": amount(fen, "CNY"), "payer_name": payer, "desk": "express" });
    let (status, announced) = platform.post(who, &format!("{}/bank_transfers", wallet_of(who)), body).await;
    assert_eq!(status, StatusCode::CREATED, "{announced}");
    announced
}

fn line(reference: &str, fen: i64, payer: &str, remittance: &str) -> Value {
    json!({ "reference": reference, "amount": amount(fen, "CNY"), "payer_name": payer, "remittance": remittance,
        "booked_on": "2026-11-20" })
}

async fn enter(platform: &TestPlatform, body: Value) -> Value {
    let (status, entered) = platform.post(&platform.ours.finance, "/v1/bank_lines", body).await;
    assert_eq!(status, StatusCode::OK, "{entered}");
    entered
}

async fn settle(platform: &TestPlatform, line: &Value, how: &str, body: Value) -> (StatusCode, Value) {
    let path = format!("/v1/bank_lines/{}/{how}", text(&line["id"]));
    platform.post(&platform.ours.finance, &path, body).await
}

#[tokio::test]
async fn qb_16_a_transfer_is_credited_when_it_is_found_on_the_statement() {
    let platform = TestPlatform::new().await;
    let creator = &platform.ours.creator;
    let announced = announce(&platform, creator, 500_000, "杭州某某（商贸）有限公司").await;
    let code = text(&announced["remittance_code"]);
    assert_eq!(announced["top_up"]["state"], "pending");
    let (_, waiting) = platform.get(&platform.ours.finance, "/v1/bank_transfers?state=pending").await;
    assert_eq!(waiting["data"][0]["remittance_code"], json!(code), "{waiting}");
    let entered =
        enter(&platform, json!({ "lines": [line("b-1", 500_000, "杭州某某(商贸)有限公司", &format!("充值 {code}"))] }))
            .await;
    let came = &entered["added"][0];
    assert_eq!((&came["state"], &came["suggestion"]["top_up"]), (&json!("open"), &announced["top_up"]["id"]));
    assert_eq!(came["suggestion"]["mismatch"], Value::Null);
    assert_eq!(balance(&platform, creator).await, [0, 0, 0], "a line alone is nobody's");
    let body = json!({ "top_up": announced["top_up"]["id"] });
    let (status, matched) = settle(&platform, came, "match", body.clone()).await;
    assert_eq!((status, &matched["state"]), (StatusCode::OK, &json!("matched")), "{matched}");
    assert_eq!(balance(&platform, creator).await, [500_000, 0, 500_000]);
    assert_eq!(refusal(settle(&platform, came, "match", body).await), refused(409, "bank_line.wrong_state"));
    // No provider can give it back; it is withdrawn.
    let refund = json!({ "amount": amount(1_000, "CNY") });
    let asked = platform.post(creator, &format!("{}/refunds", wallet_of(creator)), refund).await;
    assert_eq!(refusal(asked), refused(409, "wallet.insufficient_refundable"));
    is_clean(&platform).await;
}

#[tokio::test]
async fn qb_16_what_was_not_announced_is_put_aside_and_stays_the_payers() {
    let platform = TestPlatform::new().await;
    let creator = &platform.ours.creator;
    let announced = announce(&platform, creator, 500_000, "甲公司").await;
    let entered = enter(
        &platform,
        json!({ "lines": [line("b-1", 499_900, "甲公司", ""), line("b-2", 500_000, "乙公司", ""),
            line("b-3", 700, "丙公司", "")] }),
    )
    .await;
    let [less, other, nobody] = [0, 1, 2].map(|place| &entered["added"][place]);
    let body = json!({ "top_up": announced["top_up"]["id"] });
    for (line, reason) in [(less, "wrong_amount"), (other, "wrong_payer")] {
        let (status, aside) = settle(&platform, line, "match", body.clone()).await;
        assert_eq!((status, &aside["state"], &aside["reason"]), (StatusCode::OK, &json!("suspended"), &json!(reason)));
    }
    let (_, aside) = settle(&platform, nobody, "suspend", json!({})).await;
    assert_eq!(aside["reason"], "not_announced");
    assert_eq!(balance(&platform, creator).await, [0, 0, 0]);
    is_clean(&platform).await;
    // The buyer announces what really came: it is matched out of suspense.
    let again = announce(&platform, creator, 499_900, "甲公司").await;
    let body = json!({ "top_up": again["top_up"]["id"] });
    assert_eq!(refusal(settle(&platform, other, "match", body.clone()).await), refused(409, "bank_line.mismatch"));
    let (_, matched) = settle(&platform, less, "match", body).await;
    assert_eq!(matched["state"], "matched");
    assert_eq!(balance(&platform, creator).await, [499_900, 0, 499_900]);
    let (_, back) = settle(&platform, nobody, "send_back", json!({ "note": "the payer asked for it" })).await;
    assert_eq!((&back["state"], &back["note"]), (&json!("returned"), &json!("the payer asked for it")));
    let (_, left) = platform.get(&platform.ours.finance, "/v1/bank_lines?state=suspended").await;
    assert_eq!(left["data"].as_array().unwrap().len(), 1);
    is_clean(&platform).await;
}

#[tokio::test]
async fn qb_16_a_file_is_entered_once() {
    let platform = TestPlatform::new().await;
    let file = "reference,amount,payer_name,remittance,booked_on\n\
        b-1,\"5,000.00\",甲公司,,2026-11-20\nb-2,x,甲公司,,2026-11-20\nb-1,6.00,甲公司,,2026-11-20\n";
    let first = enter(&platform, json!({ "csv": file })).await;
    assert_eq!((first["added"].as_array().unwrap().len(), &first["known"]), (1, &json!(0)));
    assert_eq!(first["added"][0]["amount"], amount(500_000, "CNY"));
    let refused_lines: Vec<&Value> = first["refused"].as_array().unwrap().iter().map(|one| &one["line"]).collect();
    assert_eq!(refused_lines, [2, 3], "no amount, and a number that says something else now: {first}");
    let second = enter(&platform, json!({ "csv": file })).await;
    assert_eq!((second["added"].as_array().unwrap().len(), &second["known"]), (0, &json!(1)));
    let check = async |body: Value, status: u16, code: &str| {
        let met = platform.post(&platform.ours.finance, "/v1/bank_lines", body.clone()).await;
        assert_eq!(refusal(met), refused(status, code), "{body}");
    };
    check(json!({}), 422, "request.invalid").await;
    check(json!({ "csv": file, "lines": [line("b", 1, "a", "")] }), 422, "request.invalid").await;
    check(json!({ "csv": "a,b\n" }), 422, "bank_line.unreadable_file").await;
    check(json!({ "lines": [line("b", 0, "a", "")] }), 422, "request.invalid_amount").await;
}

#[tokio::test]
async fn qb_16_no_transfer_is_announced_in_the_mobile_flow() {
    let platform = TestPlatform::new().await;
    let creator = &platform.ours.creator;
    let path = format!("{}/bank_transfers", wallet_of(creator));
    let body = |desk: &str, payer: &str| json!({ "amount": amount(1, "CNY"), "payer_name": payer, "desk": desk });
    let met = platform.post(creator, &path, body("mobile", "甲公司")).await;
    assert_eq!(refusal(met), refused(409, "wallet.not_on_mobile"));
    let met = platform.post(creator, &path, body("pro", " ")).await;
    assert_eq!(refusal(met), refused(422, "request.invalid"));
}

#[tokio::test]
async fn qb_16_a_late_transfer_is_still_the_payers() {
    let mut platform = TestPlatform::new().await;
    let announced = announce(&platform, &platform.ours.creator, 500_000, "甲公司").await;
    platform.clock.advance_ms(15 * 24 * 60 * 60 * 1_000 - 1);
    platform.app.expire_payments(10).await.unwrap();
    platform.ours.finance = platform.sign_in_again("finance").await;
    platform.ours.creator = platform.sign_in_again("creator").await;
    let creator = &platform.ours.creator;
    let (_, own) = platform.get(creator, &format!("{}/bank_transfers?state=expired", wallet_of(creator))).await;
    assert_eq!(own["data"][0]["top_up"]["id"], announced["top_up"]["id"], "{own}");
    let entered = enter(&platform, json!({ "lines": [line("b-1", 500_000, "甲公司", "")] })).await;
    let body = json!({ "top_up": announced["top_up"]["id"] });
    let (_, matched) = settle(&platform, &entered["added"][0], "match", body).await;
    assert_eq!(matched["state"], "matched");
    assert_eq!(balance(&platform, creator).await, [500_000, 0, 500_000]);
    is_clean(&platform).await;
}
