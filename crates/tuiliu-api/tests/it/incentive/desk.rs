//! A platform with programmes, broadcasts that were told about, and rewards that follow.

use axum::http::StatusCode;
use serde_json::{Value, json};
use tuiliu_domain::id::{CommandId, PromotionOrderId};
use tuiliu_domain::ledger::{LeaseId, LedgerCommand, LedgerGroup};
use tuiliu_domain::money::Micros;

use crate::platform::{TestActor, request};
use crate::promotion::stage::{MINUTE_MS, Stage};

impl Stage {
    pub(crate) fn operator(&self) -> &TestActor {
        &self.platform.ours.operator
    }

    pub(crate) fn a_reviewer(&self) -> &TestActor {
        &self.platform.ours.reviewer
    }

    pub(crate) async fn read(&self, who: &TestActor, path: &str) -> Value {
        let (status, json) = self.platform.get(who, path).await;
        assert_eq!(status, StatusCode::OK, "GET {path}: {json}");
        json
    }

    pub(crate) async fn put(&self, who: &TestActor, path: &str, body: Value, status: u16) -> Value {
        let (met, json) = self.platform.call("PUT", Some(who), path, Some(body)).await;
        assert_eq!(met.as_u16(), status, "PUT {path}: {json}");
        json
    }

    // Programmes.

    pub(crate) async fn preset(&self, kind: &str) -> Value {
        self.read(self.operator(), &format!("/v1/incentive-presets/{kind}")).await
    }

    /// A published programme with this text.
    pub(crate) async fn published(&self, terms: Value) -> String {
        let made = self.expect(self.operator(), "/v1/incentive-programmes", terms, 201).await;
        let id = made["id"].as_str().unwrap().to_owned();
        self.publish(&id).await;
        id
    }

    /// A published programme of this kind, as the rule book has it.
    pub(crate) async fn programme(&self, kind: &str) -> String {
        let terms = self.preset(kind).await;
        self.published(terms).await
    }

    pub(crate) async fn publish(&self, programme: &str) -> Value {
        self.expect(self.operator(), &format!("/v1/incentive-programmes/{programme}/publish"), json!({}), 200).await
    }

    /// Changes the draft of a programme.
    pub(crate) async fn edit(&self, programme: &str, terms: Value) -> Value {
        let path = format!("/v1/incentive-programmes/{programme}");
        let version = self.read(self.operator(), &path).await["version"].clone();
        let tag = format!("\"v{version}\"");
        let asked = request("PUT", Some(self.operator()), &path, &[("if-match", &tag)], Some(terms));
        let (status, _, json) = self.platform.send(asked).await;
        assert_eq!(status, StatusCode::OK, "{json}");
        json
    }

    // Applications.

    /// A form for one broadcast, so many milliseconds from now.
    pub(crate) fn form(&self, ahead_ms: i64) -> Value {
        json!({"goods": "fresh bread", "broadcasts": [{"starts_at": self.at(ahead_ms), "length_ms": 7_200_000}]})
    }

    pub(crate) async fn apply(&self, who: &TestActor, programme: &str) -> Value {
        let path = format!("/v1/incentive-programmes/{programme}/applications");
        self.expect(who, &path, self.form(0), 201).await
    }

    pub(crate) async fn apply_refused(&self, who: &TestActor, programme: &str, code: &str) {
        let path = format!("/v1/incentive-programmes/{programme}/applications");
        self.refused(who, &path, self.form(0), code).await;
    }

    pub(crate) async fn judged(&self, application: &Value, approve: bool) -> Value {
        let path = format!("/v1/incentive-applications/{}/verdict", application["id"].as_str().unwrap());
        self.expect(self.a_reviewer(), &path, json!({"approve": approve, "reason": "as the rules say"}), 200).await
    }

    /// Applied and approved.
    pub(crate) async fn enrolled(&self, who: &TestActor, programme: &str) -> Value {
        let application = self.apply(who, programme).await;
        self.judged(&application, true).await
    }

    // Broadcasts.

    /// A broadcast with a cart that ends now, so many minutes after it started; its counts are not told yet.
    pub(crate) async fn ended(&self, who: &TestActor, name: &str, minutes: u32) -> String {
        let room = self.planned(who, name).await;
        self.fact(&room, "cart_mounted").await;
        self.fact(&room, "started").await;
        self.platform.clock.advance_ms(minutes * MINUTE_MS);
        self.fact(&room, "ended").await;
        room
    }

    /// Tells the counts of a broadcast; programmes look at it at once.
    pub(crate) async fn told(&self, room: &str, counts: Value) -> Value {
        let told = self.put(self.machine(), &format!("/v1/broadcast-facts/{room}"), counts, 200).await;
        self.platform.app.judge_broadcasts(100).await.unwrap();
        told
    }

    /// A whole broadcast with so many yuan paid, all settled, none refunded.
    pub(crate) async fn broadcast(&self, who: &TestActor, name: &str, minutes: u32, yuan: i64) -> String {
        let room = self.ended(who, name, minutes).await;
        self.told(&room, sales(yuan, yuan, 0)).await;
        room
    }

    // What came of it.

    /// Rewards of somebody, oldest first: task without ids, state, points.
    pub(crate) async fn rewards(&self, who: &TestActor) -> Vec<(String, String, i64)> {
        let list = self.read(self.machine(), &format!("/v1/incentive-rewards?limit=100&party={}", who.party)).await;
        let short = |reward: &Value| {
            let task = reward["task"].as_str().unwrap().split(':').next().unwrap().to_owned();
            (task, reward["state"].as_str().unwrap().to_owned(), reward["points"].as_i64().unwrap())
        };
        list["data"].as_array().unwrap().iter().rev().map(short).collect()
    }

    pub(crate) async fn last_reward(&self, who: &TestActor) -> Value {
        let list = self.read(self.machine(), &format!("/v1/incentive-rewards?limit=1&party={}", who.party)).await;
        list["data"][0].clone()
    }

    pub(crate) async fn messages(&self, who: &TestActor) -> Vec<Value> {
        let list = self.read(self.machine(), &format!("/v1/messages?limit=100&party={}", who.party)).await;
        list["data"].as_array().unwrap().clone()
    }

    pub(crate) async fn measure(&self, who: &TestActor, change: Value) -> Value {
        let operator = self.platform.sign_in_again("operator").await;
        let mut body = json!({
            "party_id": who.party.to_string(), "kind": "end", "reason": "fake_orders",
            "evidence": "orders 7 to 90 came from one device",
        });
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        self.expect(&operator, "/v1/incentive-measures", body, 201).await
    }

    /// Delivery uses up so many beans of an order.
    pub(crate) async fn spend(&self, boost: &str, beans: i64) {
        let order: PromotionOrderId = boost.parse().unwrap();
        let lease = LeaseId { order, node: 9, epoch: 1 };
        let micros = Micros::new(beans * 1_000_000);
        let commands = vec![
            LedgerCommand::Lend { lease, amount: micros },
            LedgerCommand::ReportSpent { lease, cumulative: micros },
            LedgerCommand::CloseLease { lease },
        ];
        let group = LedgerGroup { id: CommandId::new(order.value() + 99), commands };
        let done = self.platform.app.write(move |shell, tx| {
            Ok::<_, tuiliu_app::CommandError<std::convert::Infallible>>(tx.ledger(&group, shell.now())?)
        });
        done.await.unwrap().unwrap();
    }
}

/// Final counts with so many yuan paid, settled and refunded.
pub(crate) fn sales(paid: i64, settled: i64, refunded: i64) -> Value {
    json!({
        "paid_gmv_fen": paid * 100, "settled_gmv_fen": settled * 100, "refunded_fen": refunded * 100, "is_final": true,
    })
}

/// Lines as they are expected: task, state, points.
pub(crate) fn lines(expected: &[(&str, &str, i64)]) -> Vec<(String, String, i64)> {
    expected.iter().map(|(task, state, points)| ((*task).to_owned(), (*state).to_owned(), *points)).collect()
}
