//! Money back, and what of the rest can be invoiced (QB-14, QB-15, QB-17).

use axum::http::StatusCode;
use serde_json::{Value, json};
use tuiliu_store::Store;
use tuiliu_store::testing::on_both;

use super::stage::{HOUR_MS, MINUTE_MS, Stage, keyed};
use crate::platform::request;
use crate::wallet::play;

pub(super) fn yuan(whole: i64) -> Value {
    json!({"amount": whole * 100, "currency": "CNY"})
}

impl Stage {
    /// A top-up of the creator's that was paid and stays money.
    pub(super) async fn paid_yuan(&self, whole: i64) -> Value {
        let path = format!("/v1/wallets/{}/top_ups", self.creator().party);
        let body = json!({"price": yuan(whole), "channel": "direct", "into": "CNY"});
        let begun = self.expect(self.creator(), &path, body, 201).await;
        assert_eq!(play(&self.platform, self.creator(), &begun, json!({"play": "pay"})).await, ["credited"]);
        begun
    }

    pub(super) async fn shown_video(&self, visibility: &str) -> String {
        let body = json!({
            "creator_id": self.creator().party.to_string(), "external_id": "v1", "title": "十分钟烤一炉面包",
            "category": "bakery", "visibility": visibility, "duration_ms": 15_000, "published_at": self.at(0),
        });
        let video = self.expect(self.machine(), "/v1/videos", body, 200).await;
        video["id"].as_str().unwrap().to_owned()
    }

    pub(super) fn boost(video: &str) -> Value {
        json!({
            "product": "quick_boost", "video_id": video, "goal": "follows", "budget": yuan(100),
            "duration_ms": 7_200_000, "desk": "mobile",
        })
    }
}

#[tokio::test]
async fn qb_14_a_rejected_boost_shows_when_its_money_is_back_and_how_far_it_is() {
    let stage = Stage::new().await;
    let top_up = stage.paid_yuan(100).await;
    let video = stage.shown_video("private").await;
    let boost = stage.place(Stage::boost(&video)).await;
    let path = format!("/v1/boosts/{boost}");
    assert_eq!(stage.get(&path).await["refund"], Value::Null, "nothing was rejected");
    let rejected_at = stage.at(0);
    assert_eq!(stage.pay(&boost).await["state"], "rejected");
    let promised = json!({
        "rejected_at": rejected_at, "amount": yuan(100), "calendar": "announced",
        // A Friday: Monday is the first working day after it, and Tuesday of the week after next the seventh.
        "promised_from": "2026-11-23", "promised_by": "2026-12-01",
        "state": "done", "done_at": rejected_at, "of_top_ups": [],
    });
    assert_eq!(stage.get(&path).await["refund"], promised);
    // The money can go on, to where it came from; the order shows how far it is.
    stage.platform.clock.advance_ms(MINUTE_MS);
    let refunds = format!("/v1/wallets/{}/refunds", stage.creator().party);
    stage.expect(stage.creator(), &refunds, json!({"amount": yuan(100)}), 201).await;
    let of_top_ups = async || stage.get(&path).await["refund"]["of_top_ups"].clone();
    let asked = of_top_ups().await;
    assert_eq!(
        (&asked[0]["payment"], &asked[0]["refunded"], &asked[0]["state"]),
        (&top_up["id"], &yuan(100), &json!("requested"))
    );
    assert_eq!(stage.platform.app.send_refunds(10).await.unwrap(), 1);
    assert_eq!(of_top_ups().await[0]["state"], "succeeded");
    stage.audit_is_clean().await;
}

#[tokio::test]
async fn qb_14_a_boost_that_is_rejected_while_it_runs_pays_back_what_is_left_when_it_is_settled() {
    let stage = Stage::new().await;
    stage.paid_yuan(100).await;
    let video = stage.shown_video("public").await;
    let boost = stage.running(Stage::boost(&video)).await;
    let token = stage.token("ann").await;
    stage.report_events(["impression", "follow"].map(|kind| stage.event(kind, kind, &token)).to_vec()).await;
    stage.platform.clock.advance_ms(MINUTE_MS);
    let rejected_at = stage.at(0);
    stage.shown_video("private").await;
    let path = format!("/v1/boosts/{boost}");
    let read = stage.get(&path).await;
    assert_eq!((&read["state"], &read["refund"]["state"]), (&json!("settling"), &json!("pending")), "{read}");
    stage.pass_ms(30 * MINUTE_MS).await;
    let read = stage.get(&path).await;
    let refund = &read["refund"];
    assert_eq!((&read["state"], &refund["state"]), (&json!("rejected"), &json!("done")), "{read}");
    assert_eq!((&refund["rejected_at"], &refund["done_at"]), (&json!(rejected_at), &json!(stage.at(0))));
    assert_eq!(refund["promised_by"], "2026-12-01");
    let spent = stage.report(&boost).await["money"]["spend"]["micros"].as_i64().unwrap();
    assert!(spent > 0);
    assert_eq!(refund["amount"]["amount"], json!(10_000 - (spent + 9_999) / 10_000));
    stage.audit_is_clean().await;
}

impl Stage {
    /// Staff freeze the creator's wallet, or no longer.
    async fn freeze(&self, frozen: bool) {
        let path = format!("/v1/wallets/{}/frozen", self.creator().party);
        let operator = &self.platform.ours.operator;
        let (status, json) = self.platform.call("PUT", Some(operator), &path, Some(json!({"frozen": frozen}))).await;
        assert_eq!(status, StatusCode::OK, "{json}");
    }

    async fn bar(&self) {
        let path = format!("/v1/parties/{}", self.creator().party);
        let (headers, body) = ([("if-match", "\"v1\"")], Some(json!({"banned": true})));
        let request = request("PATCH", Some(&self.platform.ours.operator), &path, &headers, body);
        let (status, _, json) = self.platform.send(request).await;
        assert_eq!((status, &json["banned"]), (StatusCode::OK, &json!(true)), "{json}");
    }

    fn unspent(&self) -> String {
        format!("/v1/wallets/{}/unspent_refunds", self.creator().party)
    }
}

#[tokio::test]
async fn qb_15_staff_give_unspent_money_of_a_frozen_account_back_and_say_why() {
    let stage = Stage::new().await;
    let top_up = stage.paid_yuan(200).await;
    let (operator, path) = (&stage.platform.ours.operator, stage.unspent());
    let body = json!({"amount": yuan(200), "reason": "closed at the owner's wish"});
    stage.refused(operator, &path, body.clone(), "wallet.not_barred").await;
    stage.freeze(true).await;
    let own = format!("/v1/wallets/{}/refunds", stage.creator().party);
    stage.refused(stage.creator(), &own, json!({"amount": yuan(200)}), "wallet.frozen").await;
    for bad in ["", "  ", &"x".repeat(513)] {
        stage.refused(operator, &path, json!({"amount": yuan(200), "reason": bad}), "request.invalid").await;
    }
    let more = json!({"amount": yuan(201), "reason": "too much"});
    stage.refused(operator, &path, more, "wallet.insufficient_refundable").await;
    // The same wish twice is one refund.
    let wish = async || stage.platform.send(keyed(operator, &path, "once", body.clone())).await;
    let (status, _, first) = wish().await;
    assert_eq!(status, StatusCode::CREATED, "{first}");
    assert_eq!(wish().await.2, first);
    let refund = &first["data"][0];
    assert_eq!((&refund["payment"], &refund["refunded"]), (&top_up["id"], &yuan(200)));
    assert_eq!((first["data"].as_array().unwrap().len(), &refund["reason"]), (1, &body["reason"]));
    assert_eq!(stage.platform.app.send_refunds(10).await.unwrap(), 1);
    let listed = stage.get(&own).await;
    assert_eq!(
        (&listed["data"][0]["state"], &listed["data"][0]["reason"]),
        (&json!("succeeded"), &body["reason"]),
        "its owner sees that it happened, and why"
    );
    let wallet = stage.get("/v1/wallet").await;
    assert_eq!(wallet["frozen"], true, "it stays frozen for all else");
    stage.audit_is_clean().await;
}

#[tokio::test]
async fn qb_15_what_a_banned_account_did_not_spend_goes_back_and_what_it_spent_does_not() {
    let stage = Stage::new().await;
    stage.paid_yuan(200).await;
    let video = stage.shown_video("public").await;
    let boost = stage.running(Stage::boost(&video)).await;
    let token = stage.token("ann").await;
    stage.report_events(["impression", "follow"].map(|kind| stage.event(kind, kind, &token)).to_vec()).await;
    stage.bar().await;
    let finance = &stage.platform.ours.finance;
    let body = |fen: i64| json!({"amount": {"amount": fen, "currency": "CNY"}, "reason": "banned for fraud"});
    // What is promised to an order is not there to go back before the order is settled.
    stage.refused(finance, &stage.unspent(), body(10_001), "wallet.insufficient_refundable").await;
    stage.act(&boost, "stop").await;
    stage.pass_ms(30 * MINUTE_MS).await;
    let finance = &stage.platform.sign_in_again("finance").await;
    let spent = stage.report(&boost).await["money"]["spend"]["micros"].as_i64().unwrap();
    let left = 20_000 - (spent + 9_999) / 10_000;
    assert!(left < 20_000);
    stage.refused(finance, &stage.unspent(), body(left + 1), "wallet.insufficient_refundable").await;
    let given = stage.expect(finance, &stage.unspent(), body(left), 201).await;
    assert_eq!(given["data"][0]["refunded"]["amount"], json!(left));
    stage.audit_is_clean().await;
}

#[tokio::test]
async fn qb_15_nobody_else_gives_unspent_money_back() {
    let stage = Stage::new().await;
    stage.paid_yuan(200).await;
    stage.freeze(true).await;
    let (ours, path) = (&stage.platform.ours, stage.unspent());
    let body = json!({"amount": yuan(200), "reason": "mine"});
    stage.platform.is_closed("POST", &path, Some(body.clone()), 403).await;
    stage.platform.is_hidden("POST", &path, Some(body.clone())).await;
    for who in [&ours.creator, &ours.merchant, &ours.agency, &ours.reviewer, &ours.machine] {
        let (status, json) = stage.platform.post(who, &path, body.clone()).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{json}");
    }
    stage.platform.clock.advance_ms(16 * MINUTE_MS);
    stage.refused(&ours.operator, &path, body, "access.password_required").await;
    assert_eq!(stage.get(&format!("/v1/wallets/{}/refunds", stage.creator().party)).await["data"], json!([]));
}

#[tokio::test]
async fn qb_14_the_promise_is_that_of_the_policy_when_the_order_was_placed() {
    let stage = Stage::new().await;
    stage.paid_yuan(200).await;
    let video = stage.shown_video("private").await;
    let before = stage.place(Stage::boost(&video)).await;
    let change = json!({"quick_boost": {"refund_working_days_min": 2, "refund_working_days": 3}});
    stage.change_policy(change).await;
    let after = stage.place(Stage::boost(&video)).await;
    for (boost, from, by) in [(before, "2026-11-23", "2026-12-01"), (after, "2026-11-24", "2026-11-25")] {
        assert_eq!(stage.pay(&boost).await["state"], "rejected");
        let refund = &stage.get(&format!("/v1/boosts/{boost}")).await["refund"];
        assert_eq!((&refund["promised_from"], &refund["promised_by"]), (&json!(from), &json!(by)));
    }
}

async fn invoices_are_for_what_was_spent(store: Store) {
    let stage = Stage::on(store).await;
    // A gift of beans pays nothing of a boost in yuan, and is never invoiced.
    stage.give(stage.creator().party, 100_000).await;
    stage.paid_yuan(200).await;
    let video = stage.shown_video("public").await;
    let (from, period_ends) = (stage.at(0), stage.at(i64::from(24 * HOUR_MS)));
    let path =
        |from: &str, to: &str| format!("/v1/wallets/{}/invoice_figures?from={from}&to={to}", stage.creator().party);
    let eligible = async || {
        let read = stage.get(&path(&from, &period_ends)).await;
        let [person, company] = [0, 1].map(|place| &read["kinds"][place]);
        assert_eq!((&read["invoiced"], &person["available"]), (&yuan(0), &json!(true)), "{read}");
        assert_eq!((&company["kind"], &company["reason"]), (&json!("company"), &json!("not_verified")));
        assert_eq!(read["spent"], read["eligible"]);
        read["eligible"]["amount"].as_i64().unwrap()
    };
    let boost = stage.running(Stage::boost(&video)).await;
    let token = stage.token("ann").await;
    stage.report_events(["impression", "follow"].map(|kind| stage.event(kind, kind, &token)).to_vec()).await;
    assert_eq!(eligible().await, 0, "what runs is not spent yet");
    stage.act(&boost, "stop").await;
    stage.pass_ms(30 * MINUTE_MS).await;
    let spent = stage.report(&boost).await["money"]["spend"]["micros"].as_i64().unwrap();
    let fen = (spent + 9_999) / 10_000;
    assert!(0 < fen && fen < 10_000);
    assert_eq!(eligible().await, fen, "what came back is not spent");
    // An order that gifts paid is not for an invoice.
    let room = stage.live("r1").await;
    let gifted = stage.running(Stage::draft(&room)).await;
    stage.view("bob").await;
    stage.act(&gifted, "stop").await;
    stage.pass_ms(30 * MINUTE_MS).await;
    assert!(stage.report(&gifted).await["money"]["spend"]["micros"].as_i64().unwrap() > 0);
    assert_eq!(eligible().await, fen);
    let later = stage.get(&path(&period_ends, &stage.at(i64::from(48 * HOUR_MS)))).await;
    assert_eq!(later["eligible"], yuan(0), "each order is in one period");
    stage.platform.is_closed("GET", &path(&from, &period_ends), None, 403).await;
    stage.platform.is_hidden("GET", &path(&from, &period_ends), None).await;
    let (status, json) = stage.platform.get(stage.creator(), &path("yesterday", &period_ends)).await;
    assert!(status.is_client_error(), "{status} {json}");
}

#[test]
fn qb_17_only_paid_money_that_was_spent_can_be_invoiced() {
    on_both(|store| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(invoices_are_for_what_was_spent(store));
    });
}
