use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{amount, beans, begin, is_clean, play, refusal, refused, text, top_up, wallet_of};
use crate::platform::{TestPlatform, request};

/// Every closed endpoint about somebody's wallet, with a body that is fine.
fn endpoints(wallet: &str, top_up: &str) -> Vec<(&'static str, String, Option<Value>, u16)> {
    let price = json!({ "price": amount(100, "CNY"), "channel": "direct" });
    vec![
        ("GET", wallet.to_owned(), None, 403),
        ("GET", format!("{wallet}/balances?at=2026-11-20T00:00:00Z"), None, 403),
        ("GET", format!("{wallet}/lots/paid_beans"), None, 403),
        ("GET", format!("{wallet}/statements/paid_beans"), None, 403),
        ("GET", format!("{wallet}/statements/paid_beans/export?format=csv"), None, 403),
        ("GET", format!("{wallet}/top_ups"), None, 403),
        ("POST", format!("{wallet}/top_ups"), Some(price), 403),
        ("GET", format!("{wallet}/refunds"), None, 403),
        ("POST", format!("{wallet}/refunds"), Some(json!({ "amount": amount(100, "BEAN") })), 403),
        ("POST", format!("{wallet}/gifts"), Some(json!({ "beans": amount(100, "BEAN"), "note": "n" })), 403),
        ("PUT", format!("{wallet}/frozen"), Some(json!({ "frozen": true })), 403),
        ("GET", format!("/v1/top_ups/{top_up}"), None, 404),
        ("POST", format!("/v1/sandbox/top_ups/{top_up}"), Some(json!({ "play": "pay" })), 403),
    ]
}

#[tokio::test]
async fn ac_01_a_wallet_is_closed_to_strangers() {
    let platform = TestPlatform::new().await;
    let creator = &platform.ours.creator;
    let begun = begin(&platform, creator, 100).await;
    for (method, path, body, stranger) in endpoints(&wallet_of(creator), &text(&begun["id"])) {
        // A wrong scope looks like no permission, or as if there were nothing.
        if stranger == 404 {
            let status = platform.call(method, Some(&platform.ours.stranger), &path, body).await.0;
            assert_eq!(status, StatusCode::NOT_FOUND, "{method} {path}");
            continue;
        }
        platform.is_closed(method, &path, body, stranger).await;
    }
    assert_eq!(platform.get(&platform.ours.creator, "/v1/suspended_money").await.0, StatusCode::FORBIDDEN);
    assert_eq!(beans(&platform, creator).await, 0);
    is_clean(&platform).await;
}

#[tokio::test]
async fn ac_01_a_wallet_is_hidden_from_other_tenants() {
    let platform = TestPlatform::new().await;
    let creator = &platform.ours.creator;
    let begun = begin(&platform, creator, 100).await;
    for (method, path, body, _) in endpoints(&wallet_of(creator), &text(&begun["id"])) {
        for who in [&platform.theirs.operator, &platform.theirs.finance, &platform.theirs.machine] {
            let (status, json) = platform.call(method, Some(who), &path, body.clone()).await;
            assert!(matches!(status.as_u16(), 403 | 404), "{method} {path}: {status} {json}");
        }
        // The machine may do all of this at home, so for it there is nothing here; freezing is for people.
        let (status, json) = platform.call(method, Some(&platform.theirs.machine), &path, body).await;
        let expected = if path.ends_with("/frozen") { 403 } else { 404 };
        assert_eq!(status.as_u16(), expected, "{method} {path}: {json}");
    }
    assert_eq!(beans(&platform, creator).await, 0);
}

#[tokio::test]
async fn ac_01_an_agency_looks_but_takes_nothing_out() {
    let platform = TestPlatform::new().await;
    let (creator, agency) = (&platform.ours.creator, &platform.ours.agency);
    assert_eq!(platform.get(agency, &wallet_of(creator)).await.0, StatusCode::FORBIDDEN);
    let consent = format!("/v1/parties/{}/agencies/{}", creator.party, agency.party);
    assert_eq!(platform.call("PUT", Some(creator), &consent, None).await.0, StatusCode::NO_CONTENT);
    top_up(&platform, creator, 100).await;
    let (status, wallet) = platform.get(agency, &wallet_of(creator)).await;
    assert_eq!((status, &wallet["spendable_beans"]), (StatusCode::OK, &json!(10)));
    let body = json!({ "amount": amount(100, "BEAN") });
    let asked = platform.post(agency, &format!("{}/refunds", wallet_of(creator)), body).await;
    assert_eq!(refusal(asked).0, 403);
}

#[tokio::test]
async fn wl_10_a_frozen_wallet_receives_and_does_not_pay() {
    let platform = TestPlatform::new().await;
    let (creator, finance, operator) = (&platform.ours.creator, &platform.ours.finance, &platform.ours.operator);
    let begun = begin(&platform, creator, 1_000).await;
    top_up(&platform, creator, 1_000).await;
    let frozen = format!("{}/frozen", wallet_of(creator));
    let set = async |frozen_now: bool| {
        platform.call("PUT", Some(finance), &frozen, Some(json!({ "frozen": frozen_now }))).await
    };
    let (status, wallet) = set(true).await;
    assert_eq!((status, &wallet["frozen"]), (StatusCode::OK, &json!(true)));
    assert_eq!(set(true).await.1, wallet, "again it stays so");
    // Money out is refused, money in is not.
    let body = json!({ "amount": amount(100, "BEAN") });
    let refunds = format!("{}/refunds", wallet_of(creator));
    let asked = platform.post(creator, &refunds, body.clone()).await;
    assert_eq!(refusal(asked), refused(409, "wallet.frozen"));
    assert_eq!(play(&platform, creator, &begun, json!({ "play": "pay" })).await, ["credited"]);
    let gift = json!({ "beans": amount(500, "BEAN"), "note": "n" });
    let (status, _) = platform.post(operator, &format!("{}/gifts", wallet_of(creator)), gift).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(beans(&platform, creator).await, 205);
    assert_eq!(set(false).await.1["frozen"], false);
    assert_eq!(platform.post(creator, &refunds, body).await.0, StatusCode::CREATED);
    is_clean(&platform).await;
}

#[tokio::test]
async fn ac_02_freezing_asks_for_the_password_again() {
    let platform = TestPlatform::new().await;
    let (creator, finance) = (&platform.ours.creator, &platform.ours.finance);
    platform.clock.advance_ms(16 * 60_000);
    let path = format!("{}/frozen", wallet_of(creator));
    let asked = platform.call("PUT", Some(finance), &path, Some(json!({ "frozen": true }))).await;
    assert_eq!(refusal(asked), refused(403, "access.password_required"));
    assert_eq!(platform.get(creator, "/v1/wallet").await.1["frozen"], false);
    let malformed = platform.call("PUT", Some(finance), &path, Some(json!({ "frozen": "yes" }))).await;
    assert_eq!(refusal(malformed), refused(422, "request.invalid"));
}

#[tokio::test]
async fn the_sandbox_takes_what_it_was_asked_to_take() {
    let platform = TestPlatform::new().await;
    let creator = &platform.ours.creator;
    let begun = begin(&platform, creator, 100).await;
    let path = format!("/v1/sandbox/top_ups/{}", text(&begun["id"]));
    let asked = platform.post(creator, &path, json!({ "play": "steal" })).await;
    assert_eq!(refusal(asked), refused(422, "request.invalid"));
    let asked = platform.post(creator, &path, json!({ "play": "pay", "notices": 4 })).await;
    assert_eq!(refusal(asked), refused(422, "request.invalid"));
    let nothing =
        platform.post(creator, "/v1/sandbox/top_ups/pay_01kah2qm7ke8c9b5t0d4zqv3xw", json!({ "play": "pay" }));
    assert_eq!(refusal(nothing.await), refused(404, "request.not_found"));
    let no_session = request("POST", None, &path, &[], Some(json!({ "play": "pay" })));
    assert_eq!(platform.send(no_session).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(beans(&platform, creator).await, 0);
}
