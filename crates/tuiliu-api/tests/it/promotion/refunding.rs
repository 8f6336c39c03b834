//! Money back: rejected orders, banned accounts (QB-14, QB-15).

use serde_json::{Value, json};

use super::stage::{MINUTE_MS, Stage};
use crate::wallet::play;

fn yuan(whole: i64) -> Value {
    json!({"amount": whole * 100, "currency": "CNY"})
}

impl Stage {
    /// A top-up of the creator's that was paid and stays money.
    async fn paid_yuan(&self, whole: i64) -> Value {
        let path = format!("/v1/wallets/{}/top_ups", self.creator().party);
        let body = json!({"price": yuan(whole), "channel": "direct", "into": "CNY"});
        let begun = self.expect(self.creator(), &path, body, 201).await;
        assert_eq!(play(&self.platform, self.creator(), &begun, json!({"play": "pay"})).await, ["credited"]);
        begun
    }

    async fn shown_video(&self, visibility: &str) -> String {
        let body = json!({
            "creator_id": self.creator().party.to_string(), "external_id": "v1", "title": "十分钟烤一炉面包",
            "category": "bakery", "visibility": visibility, "duration_ms": 15_000, "published_at": self.at(0),
        });
        let video = self.expect(self.machine(), "/v1/videos", body, 200).await;
        video["id"].as_str().unwrap().to_owned()
    }

    fn boost(video: &str) -> Value {
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
