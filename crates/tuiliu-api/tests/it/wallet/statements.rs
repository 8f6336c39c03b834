use axum::http::StatusCode;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use tuiliu_app::access::RegisterParty;
use tuiliu_domain::party::Role;
use tuiliu_domain::time::DAY_MS;

use super::{amount, beans, is_clean, refusal, refused, text, top_up, wallet_of};
use crate::harness::body_of;
use crate::platform::{TestActor, TestPlatform, request};

pub(super) async fn file(platform: &TestPlatform, who: &TestActor, path: &str) -> (StatusCode, String, Vec<u8>) {
    let response = platform.router.clone().oneshot(request("GET", Some(who), path, &[], None)).await.unwrap();
    let status = response.status();
    let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
    (status, kind, body_of(response).await.to_vec())
}

fn amounts(page: &Value) -> Vec<(i64, i64)> {
    let line = |line: &Value| (line["amount"]["amount"].as_i64().unwrap(), line["balance"]["amount"].as_i64().unwrap());
    page["data"].as_array().unwrap().iter().map(line).collect()
}

#[tokio::test]
async fn wl_07_a_statement_lists_what_moved_page_by_page() {
    let platform = TestPlatform::new().await;
    let creator = &platform.ours.creator;
    for fen in [100, 200, 300] {
        top_up(&platform, creator, fen).await;
    }
    let refunds = format!("{}/refunds", wallet_of(creator));
    platform.post(creator, &refunds, json!({ "amount": amount(500, "BEAN") })).await;
    let path = format!("{}/statements/paid_beans", wallet_of(creator));
    let (status, first) = platform.get(creator, &format!("{path}?limit=3")).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(amounts(&first), [(1_000, 1_000), (2_000, 3_000), (3_000, 6_000)]);
    let cursor = text(&first["next_cursor"]);
    let (_, second) = platform.get(creator, &format!("{path}?limit=3&cursor={cursor}")).await;
    assert_eq!(amounts(&second), [(-500, 5_500)]);
    assert_eq!((&second["data"][0]["cause"], &second["data"][0]["number"]), (&json!("take_from_lot"), &json!(4)));
    assert_eq!(second["has_more"], false);
    let (_, empty) = platform.get(creator, &format!("{}/statements/gift_beans", wallet_of(creator))).await;
    assert_eq!(empty["data"], json!([]));
}

#[tokio::test]
async fn wl_07_a_wallet_tells_what_it_had_at_any_moment() {
    let platform = TestPlatform::new().await;
    let creator = &platform.ours.creator;
    let before = platform.now();
    platform.clock.advance_ms(1_000);
    top_up(&platform, creator, 100).await;
    let between = platform.now();
    platform.clock.advance_ms(1_000);
    top_up(&platform, creator, 200).await;
    let after = platform.now();
    for (at, centibeans) in [(before, 0), (between, 1_000), (after, 3_000), (after.plus_ms(DAY_MS), 3_000)] {
        let shown = tuiliu_api::views::TimeView(at);
        let (status, had) = platform.get(creator, &format!("{}/balances?at={shown}", wallet_of(creator))).await;
        assert_eq!(status, StatusCode::OK, "{had}");
        assert_eq!(had["accounts"][0], json!({ "account": "paid_beans", "posted": amount(centibeans, "BEAN") }));
    }
    let none = platform.get(creator, &format!("{}/balances", wallet_of(creator))).await;
    assert_eq!(refusal(none), refused(400, "request.invalid_query"));
    let never = platform.get(creator, &format!("{}/balances?at=yesterday", wallet_of(creator))).await;
    assert_eq!(refusal(never), refused(422, "request.invalid_time"));
}

#[tokio::test]
async fn wl_07_a_statement_can_be_taken_home_as_csv() {
    let platform = TestPlatform::new().await;
    let operator = platform.caller(&platform.ours.operator).await;
    let command = RegisterParty {
        kind: Role::Creator,
        display_name: "=HYPERLINK(\"x\"),小明".to_owned(),
        external_ref: None,
        login: None,
    };
    let party = platform.app.register_party(operator, command).await.unwrap().id;
    let machine = &platform.ours.machine;
    let body = json!({ "price": amount(15, "CNY"), "channel": "direct" });
    let (_, begun) = platform.post(machine, &format!("/v1/wallets/{party}/top_ups"), body).await;
    super::play(&platform, machine, &begun, json!({ "play": "pay" })).await;
    let give_back = json!({ "amount": amount(10, "BEAN") });
    platform.post(machine, &format!("/v1/wallets/{party}/refunds"), give_back).await;
    let path = format!("/v1/wallets/{party}/statements/paid_beans/export?format=csv");
    let (status, kind, bytes) = file(&platform, machine, &path).await;
    assert_eq!((status, kind.as_str()), (StatusCode::OK, "text/csv; charset=utf-8"));
    let text = String::from_utf8(bytes).unwrap();
    let text = text.strip_prefix('\u{feff}').expect("it says that it is UTF-8");
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert_eq!(lines[0], "number,time,cause,amount,balance,currency,party,party_name,command");
    let name = "\"'=HYPERLINK(\"\"x\"\"),小明\"";
    assert!(lines[1].starts_with("1,2026-") && lines[1].contains(",open_lot,1.50,1.50,BEAN,"), "{}", lines[1]);
    assert!(lines[1].contains(name), "{}", lines[1]);
    assert!(lines[2].contains(",take_from_lot,-0.10,1.40,BEAN,"), "{}", lines[2]);
    assert_eq!((lines.len(), lines[3]), (4, ""));
}

#[tokio::test]
async fn wl_07_a_statement_can_be_taken_home_as_xlsx() {
    let platform = TestPlatform::new().await;
    let creator = &platform.ours.creator;
    top_up(&platform, creator, 100).await;
    let path = format!("{}/statements/paid_beans/export?format=xlsx", wallet_of(creator));
    let (status, kind, bytes) = file(&platform, creator, &path).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(kind, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
    assert!(bytes.starts_with(b"PK"), "a spreadsheet is an archive");
    let unknown = platform.get(creator, &path.replace("xlsx", "pdf")).await;
    assert_eq!(refusal(unknown), refused(400, "request.invalid_query"));
    let nowhere = platform.get(creator, &format!("{}/statements/savings", wallet_of(creator))).await;
    assert_eq!(refusal(nowhere), refused(400, "request.invalid_path"));
}

#[tokio::test]
async fn gifts_lapse_when_their_time_is_over() {
    let platform = TestPlatform::new().await;
    let (creator, operator) = (&platform.ours.creator, &platform.ours.operator);
    let valid_to = tuiliu_api::views::TimeView(platform.now().plus_ms(DAY_MS)).to_string();
    let path = format!("{}/gifts", wallet_of(creator));
    let body = json!({ "beans": amount(5_000, "BEAN"), "valid_to": valid_to, "note": "late settlement" });
    let (status, gift) = platform.post(operator, &path, body).await;
    assert_eq!(status, StatusCode::CREATED, "{gift}");
    assert_eq!((&gift["note"], &gift["valid_to"]), (&json!("late settlement"), &json!(valid_to)));
    assert_eq!(gift["giver"], operator.party.to_string());
    assert_eq!(platform.app.expire_gifts(10).await.unwrap(), 0);
    assert_eq!(beans(&platform, creator).await, 50);
    platform.clock.advance_ms(u32::try_from(DAY_MS).unwrap());
    assert_eq!(beans(&platform, creator).await, 0, "what is over cannot be spent, lapsed or not");
    assert_eq!(platform.app.expire_gifts(10).await.unwrap(), 1);
    assert_eq!(platform.app.expire_gifts(10).await.unwrap(), 0);
    let (_, lots) = platform.get(creator, &format!("{}/lots/gift_beans", wallet_of(creator))).await;
    assert_eq!(lots["data"][0]["expired"], amount(5_000, "BEAN"));
    is_clean(&platform).await;
}

#[tokio::test]
async fn bad_gifts_are_refused() {
    let platform = TestPlatform::new().await;
    let (creator, operator) = (&platform.ours.creator, &platform.ours.operator);
    let path = format!("{}/gifts", wallet_of(creator));
    let check = async |body: Value, code: &str| {
        let asked = platform.post(operator, &path, body.clone()).await;
        assert_eq!(refusal(asked), refused(422, code), "{body}");
    };
    check(json!({ "beans": amount(0, "BEAN"), "note": "n" }), "request.invalid_amount").await;
    check(json!({ "beans": amount(-1, "BEAN"), "note": "n" }), "request.invalid_amount").await;
    check(json!({ "beans": amount(100_000_001, "BEAN"), "note": "n" }), "request.invalid_amount").await;
    check(json!({ "beans": amount(100, "CNY"), "note": "n" }), "request.invalid_amount").await;
    check(json!({ "beans": amount(100, "BEAN"), "note": " " }), "request.invalid").await;
    check(json!({ "beans": amount(100, "BEAN"), "note": "x".repeat(513) }), "request.invalid").await;
    check(json!({ "beans": amount(100, "BEAN") }), "request.invalid").await;
    let past = json!({ "beans": amount(100, "BEAN"), "note": "n", "valid_to": "2026-01-01T00:00:00Z" });
    check(past, "request.invalid").await;
    assert_eq!(beans(&platform, creator).await, 0);
}
