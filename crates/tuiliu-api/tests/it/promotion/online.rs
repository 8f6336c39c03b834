//! Paying from the payment account, and what races with it (QB-07, QB-16), on either database.

use std::sync::Arc;

use axum::http::StatusCode;
use serde_json::{Value, json};
use tokio::sync::Barrier;
use tuiliu_store::Store;
use tuiliu_store::testing::on_both;

use super::refunding::yuan;
use super::stage::{MINUTE_MS, Stage};
use crate::wallet::play;

/// Orders that each race is about, one after the other.
const ROUNDS: usize = 8;

impl Stage {
    async fn begin_payment(&self, boost: &str) -> Value {
        self.expect(self.creator(), &format!("/v1/boosts/{boost}/payments"), json!({}), 201).await
    }

    async fn payer_plays(&self, top_up: &Value, body: Value) -> Vec<String> {
        play(&self.platform, self.creator(), top_up, body).await
    }

    /// Spendable, held and posted fen of money.
    async fn money(&self) -> [i64; 3] {
        let wallet = self.get("/v1/wallet").await;
        let accounts = wallet["accounts"].as_array().unwrap();
        let money = accounts.iter().find(|account| account["account"] == "money").unwrap();
        ["spendable", "held", "posted"].map(|part| money[part]["amount"].as_i64().unwrap())
    }

    async fn payout_account(&self) -> String {
        let path = format!("/v1/wallets/{}/payout_accounts", self.creator().party);
        let body = json!({"holder": "小明", "bank": "招商银行", "number": "6222021234567890"});
        self.expect(self.creator(), &path, body, 201).await["id"].as_str().unwrap().to_owned()
    }

    async fn withdraw(&self, account: &str, whole: i64) -> (StatusCode, Value) {
        let path = format!("/v1/wallets/{}/withdrawals", self.creator().party);
        let body = json!({"amount": yuan(whole), "payout_account": account, "desk": "express"});
        // A machine is never asked for its password again, however long a story takes.
        self.platform.post(self.machine(), &path, body).await
    }
}

#[tokio::test]
async fn qb_07_the_order_waits_for_the_money_and_is_paid_when_it_comes() {
    let stage = Stage::new().await;
    let video = stage.shown_video("public").await;
    let boost = stage.place(Stage::boost(&video)).await;
    let payment = stage.begin_payment(&boost).await;
    assert_eq!((&payment["state"], &payment["price"]), (&json!("pending"), &yuan(100)), "{payment}");
    assert!(payment["pay_link"].as_str().unwrap().starts_with("sandbox://pay/"), "{payment}");
    assert_eq!(stage.begin_payment(&boost).await["id"], payment["id"], "one payment at a time");
    assert_eq!(stage.state(&boost).await, "pending_payment");
    // Told twice, it pays once.
    assert_eq!(stage.payer_plays(&payment, json!({"play": "pay", "notices": 2})).await, ["credited", "already_known"]);
    assert_eq!(stage.state(&boost).await, "running");
    assert_eq!(stage.money().await, [0, 10_000, 10_000], "all of it is held for the order");
    stage.refused(stage.creator(), &format!("/v1/boosts/{boost}/payments"), json!({}), "boost.wrong_state").await;
    stage.audit_is_clean().await;
}

#[tokio::test]
async fn qb_07_money_that_comes_too_late_is_in_the_balance() {
    let stage = Stage::new().await;
    let video = stage.shown_video("public").await;
    let boost = stage.place(Stage::boost(&video)).await;
    let payment = stage.begin_payment(&boost).await;
    stage.pass_ms(15 * MINUTE_MS).await;
    assert_eq!(stage.state(&boost).await, "closed");
    assert_eq!(stage.payer_plays(&payment, json!({"play": "pay"})).await, ["credited"]);
    assert_eq!((stage.state(&boost).await.as_str(), stage.money().await), ("closed", [10_000, 0, 10_000]));
    // From there it goes back to where it was paid from.
    let refunds = format!("/v1/wallets/{}/refunds", stage.creator().party);
    stage.expect(stage.creator(), &refunds, json!({"amount": yuan(100), "top_up": payment["id"]}), 201).await;
    stage.audit_is_clean().await;
}

#[tokio::test]
async fn qb_07_a_lost_notice_is_asked_for_and_wrong_money_pays_nothing() {
    let stage = Stage::new().await;
    let video = stage.shown_video("public").await;
    let [lost, less] = [stage.place(Stage::boost(&video)).await, stage.place(Stage::boost(&video)).await];
    let payment = stage.begin_payment(&lost).await;
    assert!(stage.payer_plays(&payment, json!({"play": "pay", "notices": 0})).await.is_empty());
    let payment = stage.begin_payment(&less).await;
    assert_eq!(stage.payer_plays(&payment, json!({"play": "pay", "amount": 9_999})).await, ["suspended"]);
    assert_eq!(stage.state(&less).await, "pending_payment");
    stage.pass_ms(15 * MINUTE_MS).await;
    assert_eq!(stage.state(&lost).await, "closed", "its time was over before anybody knew");
    assert_eq!(stage.money().await, [10_000, 0, 10_000], "and its money is not lost");
    stage.audit_is_clean().await;
}

#[tokio::test]
async fn qb_07_beans_are_not_paid_with_money() {
    let stage = Stage::with_beans(5_000).await;
    let room = stage.live("room-1").await;
    let boost = stage.place(Stage::draft(&room)).await;
    stage.refused(stage.creator(), &format!("/v1/boosts/{boost}/payments"), json!({}), "boost.not_for_money").await;
}

/// One withdrawal and one order that both want the same hundred yuan, at the same instant.
async fn withdraw_while_paying(store: Store) {
    let stage = Arc::new(Stage::on(store).await);
    let account = stage.payout_account().await;
    let video = stage.shown_video("public").await;
    for round in 0..ROUNDS {
        stage.paid_yuan(100).await;
        let boost = stage.place(Stage::boost(&video)).await;
        let gate = Arc::new(Barrier::new(2));
        let pays = {
            let (stage, gate, boost) = (Arc::clone(&stage), Arc::clone(&gate), boost.clone());
            tokio::spawn(async move {
                gate.wait().await;
                stage.platform.post(stage.creator(), &format!("/v1/boosts/{boost}/pay"), json!({})).await
            })
        };
        let withdraws = {
            let (stage, gate, account) = (Arc::clone(&stage), Arc::clone(&gate), account.clone());
            tokio::spawn(async move {
                gate.wait().await;
                stage.withdraw(&account, 100).await
            })
        };
        let (paid, withdrawn) = (pays.await.unwrap(), withdraws.await.unwrap());
        let won = (paid.0.is_success(), withdrawn.0.is_success());
        assert!(won.0 != won.1, "round {round}: {paid:?} {withdrawn:?}");
        let [spendable, held, _] = stage.money().await;
        assert_eq!((spendable, held), (0, 10_000), "the hundred yuan are promised once");
        if won.0 {
            assert_eq!(withdrawn.1["code"], "wallet.insufficient_balance", "{withdrawn:?}");
            stage.act(&boost, "stop").await;
            stage.pass_ms(31 * MINUTE_MS).await;
        } else {
            assert_eq!(paid.1["code"], "boost.insufficient_funds", "{paid:?}");
        }
        // Whichever it was, it is over before the next round.
        let id = withdrawn.1["id"].as_str().unwrap_or_default();
        let refused = format!("/v1/withdrawals/{id}/refuse");
        let (operator, why) = (stage.platform.sign_in_again("operator").await, json!({"reason": "a test"}));
        if won.1 {
            stage.expect(&operator, &refused, why, 200).await;
        }
        let all = stage.money().await;
        assert_eq!(all, [10_000, 0, 10_000], "all of it is back");
        let path = format!("/v1/wallets/{}/refunds", stage.creator().party);
        stage.expect(stage.machine(), &path, json!({"amount": yuan(100)}), 201).await;
    }
    stage.audit_is_clean().await;
}

#[test]
fn qb_16_a_withdrawal_and_an_order_never_spend_the_same_money() {
    on_both(|store| {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap();
        runtime.block_on(withdraw_while_paying(store));
    });
}
