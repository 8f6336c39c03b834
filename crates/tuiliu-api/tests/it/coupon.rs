//! Coupons: granted, split, recalled, lapsed, and the ledger of their use; and who may.

use axum::http::StatusCode;
use serde_json::{Value, json};
use tuiliu_app::CommandError;
use tuiliu_app::live::{PlanRoom, RecordRoomFact};
use tuiliu_app::promotion::{PayPromotionOrder, PlacePromotionOrder, StopPromotionOrder};
use tuiliu_domain::coupon::CouponChoice;
use tuiliu_domain::id::{CommandId, PromotionOrderId};
use tuiliu_domain::ledger::{LeaseId, LedgerCommand, LedgerGroup};
use tuiliu_domain::live::{RoomContent, RoomFact};
use tuiliu_domain::money::{Beans, Micros};
use tuiliu_domain::promotion::{Bidding, ChargedBy, Desk, Goal, Product};
use tuiliu_domain::review::Visibility;
use tuiliu_domain::time::{DAY_MS, HOUR_MS, MINUTE_MS};

use crate::platform::{TestActor, TestPlatform, request};
use crate::wallet::{is_clean, refusal, refused, text, wallet_of};

fn grant_body(owners: &[&TestActor], points: i64) -> Value {
    let owners: Vec<String> = owners.iter().map(|owner| owner.party.to_string()).collect();
    json!({ "owners": owners, "kind": "traffic_coupon", "points": points })
}

/// A traffic coupon for somebody.
async fn grant(platform: &TestPlatform, owner: &TestActor, points: i64) -> Value {
    let (status, granted) = platform.post(&platform.ours.operator, "/v1/coupons", grant_body(&[owner], points)).await;
    assert_eq!(status, StatusCode::CREATED, "{granted}");
    granted["data"][0].clone()
}

async fn coupon(platform: &TestPlatform, coupon: &Value) -> Value {
    let (status, now) = platform.get(&platform.ours.operator, &format!("/v1/coupons/{}", text(&coupon["id"]))).await;
    assert_eq!(status, StatusCode::OK, "{now}");
    now
}

/// Kind and points of each line in the ledger of a coupon's use.
async fn uses(platform: &TestPlatform, coupon: &Value) -> Vec<(String, i64)> {
    let path = format!("/v1/coupons/{}/uses?limit=100", text(&coupon["id"]));
    let (_, page) = platform.get(&platform.ours.operator, &path).await;
    let line = |line: &Value| (text(&line["kind"]), line["points"].as_i64().unwrap());
    page["data"].as_array().unwrap().iter().map(line).collect()
}

fn lines(expected: &[(&str, i64)]) -> Vec<(String, i64)> {
    expected.iter().map(|(kind, points)| ((*kind).to_owned(), *points)).collect()
}

/// Ids of a list of coupons.
async fn listed(platform: &TestPlatform, who: &TestActor, query: &str) -> Vec<Value> {
    let (status, page) = platform.get(who, &format!("/v1/coupons?{query}")).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    page["data"].as_array().unwrap().iter().map(|coupon| coupon["id"].clone()).collect()
}

async fn advance(platform: &TestPlatform, mut ms: i64) {
    while ms > 0 {
        let step = ms.min(DAY_MS);
        platform.clock.advance_ms(u32::try_from(step).unwrap());
        ms -= step;
    }
}

#[tokio::test]
async fn tp_28_a_coupon_is_valid_as_long_as_the_policy_says() {
    let platform = TestPlatform::new().await;
    let (creator, operator) = (&platform.ours.creator, &platform.ours.operator);
    let now = platform.now();
    let shown = |ms: i64| tuiliu_api::views::TimeView(now.plus_ms(ms)).to_string();
    let check = async |more: Value, days: i64| {
        let mut body = grant_body(&[creator], 500);
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let (status, granted) = platform.post(operator, "/v1/coupons", body).await;
        assert_eq!(status, StatusCode::CREATED, "{granted}");
        assert_eq!(granted["data"][0]["valid_to"], shown(days * DAY_MS));
    };
    check(json!({}), 30).await;
    check(json!({ "task_reward": true }), 15).await;
    check(json!({ "valid_to": shown(3 * DAY_MS) }), 3).await;
    let later = json!({ "valid_from": shown(DAY_MS), "valid_to": shown(2 * DAY_MS) });
    check(later, 2).await;
    grant(&platform, &platform.ours.merchant, 500).await;
    assert_eq!(listed(&platform, creator, "state=upcoming").await.len(), 1);
    assert_eq!(listed(&platform, creator, "state=spendable").await.len(), 3, "their own and nobody else's");
    assert_eq!(listed(&platform, operator, "state=spendable").await.len(), 4, "everybody's");
    let own = format!("owner={}&limit=2", creator.party);
    assert_eq!(listed(&platform, operator, &own).await.len(), 2);
}

#[tokio::test]
async fn a_batch_is_granted_to_all_or_to_none() {
    let platform = TestPlatform::new().await;
    let (creator, merchant, operator) = (&platform.ours.creator, &platform.ours.merchant, &platform.ours.operator);
    let (status, granted) =
        platform.post(operator, "/v1/coupons", grant_body(&[creator, merchant, creator], 100)).await;
    assert_eq!(status, StatusCode::CREATED);
    let owners: Vec<String> = granted["data"].as_array().unwrap().iter().map(|one| text(&one["owner"])).collect();
    assert_eq!(owners, [creator, merchant, creator].map(|owner| owner.party.to_string()));
    // One who is nobody here, and the others get nothing either.
    let asked = platform.post(operator, "/v1/coupons", grant_body(&[creator, &platform.theirs.creator], 100)).await;
    assert_eq!(refusal(asked), refused(422, "coupon.unknown_owner"));
    assert_eq!(listed(&platform, operator, "limit=100").await.len(), 3);
    let many = vec![creator; 1_000];
    let (status, granted) = platform.post(operator, "/v1/coupons", grant_body(&many, 1)).await;
    assert_eq!((status, granted["data"].as_array().unwrap().len()), (StatusCode::CREATED, 1_000));
    let too_many = vec![creator; 1_001];
    let asked = platform.post(operator, "/v1/coupons", grant_body(&too_many, 1)).await;
    assert_eq!(refusal(asked), refused(422, "request.invalid"));
    let nobody = platform.post(operator, "/v1/coupons", grant_body(&[], 1)).await;
    assert_eq!(refusal(nobody), refused(422, "request.invalid"));
    is_clean(&platform).await;
}

#[tokio::test]
async fn bad_grants_are_refused() {
    let platform = TestPlatform::new().await;
    let (creator, operator) = (&platform.ours.creator, &platform.ours.operator);
    let check = async |change: (&str, Value), code: &str| {
        let mut body = grant_body(&[creator], 500);
        body[change.0] = change.1;
        let asked = platform.post(operator, "/v1/coupons", body.clone()).await;
        assert_eq!(refusal(asked).1, code, "{body}");
    };
    check(("points", json!(0)), "request.invalid_amount").await;
    check(("points", json!(-5)), "request.invalid_amount").await;
    check(("points", json!(10_000_001)), "request.invalid_amount").await;
    check(("points", json!(u64::MAX)), "request.invalid").await;
    check(("points", json!({ "amount": 1, "currency": "BEAN" })), "request.invalid").await;
    check(("kind", json!("cash")), "request.invalid").await;
    check(("product", json!("everything")), "request.invalid").await;
    check(("owners", json!(["lot_1"])), "request.invalid_id").await;
    check(("valid_to", json!("2026-01-01T00:00:00Z")), "request.invalid").await;
    check(("valid_from", json!("2026-12-01T00:00:00Z")), "request.invalid").await;
    check(("valid_to", json!("soon")), "request.invalid_time").await;
    check(("price", json!(1)), "request.invalid").await;
    assert!(listed(&platform, operator, "limit=100").await.is_empty());
}

#[tokio::test]
async fn wl_04_a_repeated_grant_is_answered_and_not_given_again() {
    let platform = TestPlatform::new().await;
    let (creator, operator) = (&platform.ours.creator, &platform.ours.operator);
    let wish = async |points: i64| {
        let body = grant_body(&[creator], points);
        platform.send(request("POST", Some(operator), "/v1/coupons", &[("idempotency-key", "k")], Some(body))).await
    };
    let (_, _, first) = wish(500).await;
    let (status, headers, second) = wish(500).await;
    assert_eq!((status, second), (StatusCode::CREATED, first));
    assert!(headers.contains_key("idempotency-replayed"));
    let (status, _, problem) = wish(600).await;
    assert_eq!(refusal((status, problem)), refused(422, "idempotency.key_reused"));
    assert_eq!(listed(&platform, operator, "").await.len(), 1);
}

#[tokio::test]
async fn tp_06_a_coupon_can_be_split() {
    let platform = TestPlatform::new().await;
    let creator = &platform.ours.creator;
    let whole = grant(&platform, creator, 500).await;
    let path = format!("/v1/coupons/{}/split", text(&whole["id"]));
    let (status, part) = platform.post(creator, &path, json!({ "points": 200 })).await;
    assert_eq!(status, StatusCode::CREATED, "{part}");
    assert_eq!((&part["points"], &part["parent"], &part["valid_to"]), (&json!(200), &whole["id"], &whole["valid_to"]));
    let rest = coupon(&platform, &whole).await;
    let left = (&rest["remaining_points"], &rest["split_points"], &rest["state"]);
    assert_eq!(left, (&json!(300), &json!(200), &json!("spendable")));
    assert_eq!(uses(&platform, &whole).await, lines(&[("granted", 500), ("split_into", 200)]));
    assert_eq!(uses(&platform, &part).await, lines(&[("split_from", 200)]));
    for points in [0, -1, 300, 301, i64::MAX] {
        let asked = platform.post(creator, &path, json!({ "points": points })).await;
        assert_eq!(refusal(asked), refused(422, "request.invalid_amount"), "{points}");
    }
    let mut card = grant_body(&[creator], 500);
    card["kind"] = json!("growth_card");
    let (_, card) = platform.post(&platform.ours.operator, "/v1/coupons", card).await;
    let path = format!("/v1/coupons/{}/split", text(&card["data"][0]["id"]));
    let asked = platform.post(creator, &path, json!({ "points": 100 })).await;
    assert_eq!(refusal(asked), refused(422, "coupon.indivisible"));
    is_clean(&platform).await;
}

#[tokio::test]
async fn wl_10_a_coupon_of_a_frozen_wallet_stays_as_it_is() {
    let platform = TestPlatform::new().await;
    let (creator, finance) = (&platform.ours.creator, &platform.ours.finance);
    let granted = grant(&platform, creator, 500).await;
    let frozen = format!("{}/frozen", wallet_of(creator));
    platform.call("PUT", Some(finance), &frozen, Some(json!({ "frozen": true }))).await;
    let id = text(&granted["id"]);
    let asked = platform.post(creator, &format!("/v1/coupons/{id}/split"), json!({ "points": 100 })).await;
    assert_eq!(refusal(asked), refused(409, "wallet.frozen"));
    let asked = platform.post(finance, &format!("/v1/coupons/{id}/recall"), json!({})).await;
    assert_eq!(refusal(asked), refused(409, "wallet.frozen"));
    // It still receives.
    grant(&platform, creator, 100).await;
    assert_eq!(coupon(&platform, &granted).await["remaining_points"], 500);
}

#[tokio::test]
async fn a_coupon_can_be_taken_back() {
    let platform = TestPlatform::new().await;
    let (creator, finance) = (&platform.ours.creator, &platform.ours.finance);
    let granted = grant(&platform, creator, 500).await;
    let path = format!("/v1/coupons/{}/recall", text(&granted["id"]));
    let (status, recalled) = platform.post(finance, &path, json!({})).await;
    assert_eq!((status, &recalled["state"]), (StatusCode::OK, &json!("returned")));
    assert_eq!((&recalled["remaining_points"], &recalled["returned_points"]), (&json!(0), &json!(500)));
    assert_eq!(uses(&platform, &granted).await, lines(&[("granted", 500), ("recalled", 500)]));
    let again = platform.post(finance, &path, json!({})).await;
    assert_eq!(refusal(again), refused(409, "coupon.nothing_left"));
    let old = grant(&platform, creator, 100).await;
    advance(&platform, 16 * MINUTE_MS).await;
    let asked = platform.post(finance, &format!("/v1/coupons/{}/recall", text(&old["id"])), json!({})).await;
    assert_eq!(refusal(asked), refused(403, "access.password_required"));
    is_clean(&platform).await;
}

#[tokio::test]
async fn tp_28_a_coupon_lapses_when_its_time_is_over() {
    let platform = TestPlatform::new().await;
    let creator = &platform.ours.creator;
    let granted = grant(&platform, creator, 500).await;
    advance(&platform, 7 * DAY_MS).await;
    assert_eq!(platform.app.expire_coupons(10).await.unwrap(), 0);
    advance(&platform, 23 * DAY_MS).await;
    let machine = &platform.ours.machine;
    let seen = async || platform.get(machine, &format!("/v1/coupons/{}", text(&granted["id"]))).await.1;
    assert_eq!(seen().await["state"], "expired", "before the job as after it");
    let split = format!("/v1/coupons/{}/split", text(&granted["id"]));
    let asked = platform.post(machine, &split, json!({ "points": 100 })).await;
    assert_eq!(refusal(asked), refused(409, "coupon.not_valid"));
    assert_eq!(platform.app.expire_coupons(10).await.unwrap(), 1);
    assert_eq!(platform.app.expire_coupons(10).await.unwrap(), 0);
    let lapsed = seen().await;
    assert_eq!((&lapsed["state"], &lapsed["expired_points"]), (&json!("expired"), &json!(500)));
    let (_, page) = platform.get(machine, &format!("/v1/coupons/{}/uses", text(&granted["id"]))).await;
    let kinds: Vec<String> = page["data"].as_array().unwrap().iter().map(|line| text(&line["kind"])).collect();
    assert_eq!(kinds, ["granted", "expired"]);
    is_clean(&platform).await;
}

/// A running order of the creator, paid from coupons.
async fn running_order(platform: &TestPlatform, beans: u32) -> PromotionOrderId {
    let host = platform.caller(&platform.ours.machine).await.actor.clone();
    let creator = platform.caller(&platform.ours.creator).await.actor.clone();
    let content = RoomContent {
        title: "Bread at dawn".to_owned(),
        category: "bakery".to_owned(),
        visibility: Visibility::Public,
    };
    let plan = PlanRoom { creator: creator.party, external_id: format!("room-{beans}"), content };
    let room = platform.app.plan_room(host.clone(), plan).await.unwrap().id;
    let started = RecordRoomFact { room, fact: RoomFact::Started, at: platform.now() };
    platform.app.record_room_fact(host, started).await.unwrap();
    let place = PlacePromotionOrder {
        product: Product::TrafficPack,
        content: room.into(),
        desk: Desk::default(),
        charged_by: ChargedBy::default(),
        payer: creator.party,
        goal: Goal::Viewers,
        audience: None,
        placement: None,
        bidding: Bidding::Automatic,
        budget: Beans::from(beans),
        duration_ms: HOUR_MS,
        guard_rules: Vec::new(),
    };
    let order = platform.app.place_promotion_order(creator.clone(), place).await.unwrap().id;
    let pay = PayPromotionOrder { order, coupons: CouponChoice::Automatic };
    let order = platform.app.pay_promotion_order(creator, pay).await.unwrap();
    assert_eq!(order.state.name(), "running");
    order.id
}

/// Delivery uses up so many beans of an order.
async fn spend(platform: &TestPlatform, order: PromotionOrderId, beans: i64) {
    let lease = LeaseId { order, node: 9, epoch: 1 };
    let micros = Micros::new(beans * 1_000_000);
    let commands = vec![
        LedgerCommand::Lend { lease, amount: micros },
        LedgerCommand::ReportSpent { lease, cumulative: micros },
        LedgerCommand::CloseLease { lease },
    ];
    let group = LedgerGroup { id: CommandId::new(order.value() + 99), commands };
    let done: Result<_, CommandError<std::convert::Infallible>> =
        platform.app.write(move |shell, tx| Ok(tx.ledger(&group, shell.now())?)).await;
    done.unwrap().unwrap();
}

/// The buyer stops the order, and it is settled.
async fn settle(platform: &TestPlatform, order: PromotionOrderId) {
    let creator = platform.caller(&platform.ours.creator).await;
    let stop = StopPromotionOrder { order };
    platform.app.stop_promotion_order(creator.actor.clone(), stop).await.unwrap();
    advance(platform, 30 * MINUTE_MS).await;
    platform.app.run_due().await.unwrap();
    let seen = platform.app.promotion_order(creator.actor.clone(), order).await.unwrap();
    assert_eq!(seen.order.state.name(), "stopped");
}

#[tokio::test]
async fn tp_24_the_ledger_of_use_shows_what_became_of_a_coupon() {
    let platform = TestPlatform::new().await;
    let creator = &platform.ours.creator;
    let granted = grant(&platform, creator, 3_000).await;
    let order = running_order(&platform, 2_000).await;
    let held = coupon(&platform, &granted).await;
    assert_eq!((&held["held_points"], &held["remaining_points"]), (&json!(2_000), &json!(1_000)));
    spend(&platform, order, 500).await;
    settle(&platform, order).await;
    let expected = [("granted", 3_000), ("held", 2_000), ("used", 500), ("returned_into", 1_500)];
    assert_eq!(uses(&platform, &granted).await, lines(&expected));
    let own = format!("owner={}&state=spendable", creator.party);
    let spendable = listed(&platform, creator, &own).await;
    assert_eq!(spendable.len(), 2, "what was never held, and the remainder as a new coupon (TP-06)");
    let remainder = json!({ "id": spendable.iter().find(|id| **id != granted["id"]).unwrap() });
    let remainder = coupon(&platform, &remainder).await;
    assert_eq!((&remainder["points"], &remainder["parent"]), (&json!(1_500), &granted["id"]));
    assert_eq!(remainder["valid_to"], granted["valid_to"], "it keeps its source's time");
    assert_eq!(uses(&platform, &remainder).await, lines(&[("remainder_of", 1_500)]));
    let path = format!("/v1/coupons/{}/uses", text(&granted["id"]));
    let (_, page) = platform.get(creator, &path).await;
    assert_eq!(page["data"][1]["order"], order.to_string());
    assert_eq!(page["data"][3]["other"], remainder["id"]);
    // Page by page it is the same ledger.
    let (_, first) = platform.get(creator, &format!("{path}?limit=3")).await;
    let cursor = text(&first["next_cursor"]);
    let (_, second) = platform.get(creator, &format!("{path}?limit=3&cursor={cursor}")).await;
    let both = [first["data"].as_array().unwrap().clone(), second["data"].as_array().unwrap().clone()].concat();
    assert_eq!(json!(both), page["data"]);
}

#[tokio::test]
async fn tp_06_a_coupon_that_expired_during_the_order_comes_back_for_seven_days() {
    let platform = TestPlatform::new().await;
    let (creator, operator) = (&platform.ours.creator, &platform.ours.operator);
    let soon = platform.now().plus_ms(10 * MINUTE_MS);
    let mut body = grant_body(&[creator], 2_000);
    body["valid_to"] = json!(tuiliu_api::views::TimeView(soon).to_string());
    let (_, granted) = platform.post(operator, "/v1/coupons", body).await;
    let granted = granted["data"][0].clone();
    let order = running_order(&platform, 2_000).await;
    spend(&platform, order, 1_999).await;
    settle(&platform, order).await;
    let own = format!("owner={}&state=spendable", creator.party);
    let back = json!({ "id": listed(&platform, creator, &own).await[0] });
    let back = coupon(&platform, &back).await;
    let week = tuiliu_api::views::TimeView(platform.now().plus_ms(7 * DAY_MS)).to_string();
    assert_eq!((&back["points"], &back["valid_to"]), (&json!(1), &json!(week)));
    platform.app.expire_coupons(10).await.unwrap();
    let used = coupon(&platform, &granted).await;
    assert_eq!((&used["state"], &used["used_points"]), (&json!("used"), &json!(1_999)));
}

#[tokio::test]
async fn ac_01_coupons_are_closed_to_strangers_and_other_tenants() {
    let platform = TestPlatform::new().await;
    let (creator, stranger) = (&platform.ours.creator, &platform.ours.stranger);
    let granted = grant(&platform, creator, 500).await;
    let id = text(&granted["id"]);
    let own = format!("/v1/coupons?owner={}", creator.party);
    platform.is_closed("POST", "/v1/coupons", Some(grant_body(&[creator], 5)), 403).await;
    platform.is_closed("GET", &own, None, 403).await;
    for (method, path, body) in [
        ("GET", format!("/v1/coupons/{id}"), None),
        ("GET", format!("/v1/coupons/{id}/uses"), None),
        ("POST", format!("/v1/coupons/{id}/split"), Some(json!({ "points": 100 }))),
        ("POST", format!("/v1/coupons/{id}/recall"), Some(json!({}))),
    ] {
        let (status, _) = platform.call(method, Some(stranger), &path, body.clone()).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "a stranger: {method} {path}");
        let (status, _) = platform.call(method, Some(&platform.ours.narrow_machine), &path, body.clone()).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "a wrong scope: {method} {path}");
        platform.is_hidden(method, &path, body).await;
    }
    // The owner may look and split, and not take back.
    assert_eq!(platform.get(creator, &format!("/v1/coupons/{id}")).await.0, StatusCode::OK);
    let (status, _) = platform.post(creator, &format!("/v1/coupons/{id}/recall"), json!({})).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(platform.get(&platform.theirs.operator, &own).await.0, StatusCode::NOT_FOUND);
    assert!(listed(&platform, &platform.theirs.operator, "").await.is_empty());
    assert_eq!(coupon(&platform, &granted).await["remaining_points"], 500);
}
