//! IN-04: the quota is never exceeded by one coupon, however many apply at once, on either database.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use serde_json::json;
use tuiliu_api::api::ApiSettings;
use tuiliu_app::access::RegisterParty;
use tuiliu_domain::id::PartyId;
use tuiliu_domain::party::Role;
use tuiliu_store::Store;
use tuiliu_store::testing::on_both;

use crate::platform::TestPlatform;
use crate::promotion::stage::Stage;

const QUOTA: usize = 100;
const CLAIMS: usize = 1_000;

async fn a_thousand_claims(store: Store) {
    let stage = Stage { platform: TestPlatform::on(store, ApiSettings::default()).await };
    let mut terms = stage.preset("cold_start").await;
    terms["coupons_per_month"] = json!(QUOTA);
    let programme = stage.published(terms).await;
    let manager = stage.platform.caller(stage.operator()).await;
    let register = (0..CLAIMS).map(|number| {
        let command = RegisterParty {
            kind: Role::Creator,
            display_name: format!("creator {number}"),
            external_ref: None,
            login: None,
        };
        stage.platform.app.register_party(std::sync::Arc::clone(&manager), command)
    });
    let parties: Vec<PartyId> = join_all(register).await.into_iter().map(|party| party.unwrap().id).collect();
    let path = format!("/v1/incentive-programmes/{programme}/applications");
    let claims = parties.iter().map(|party| {
        let mut form = stage.form(0);
        form["party_id"] = json!(party.to_string());
        stage.platform.post(stage.machine(), &path, form)
    });
    let mut answers: BTreeMap<String, usize> = BTreeMap::new();
    for (status, json) in join_all(claims).await {
        let code = json["code"].as_str().map_or_else(|| status.as_u16().to_string(), str::to_owned);
        *answers.entry(code).or_default() += 1;
    }
    let expected = [("201", QUOTA), ("incentive.quota_exhausted", CLAIMS - QUOTA)];
    assert_eq!(answers, expected.map(|(code, count)| (code.to_owned(), count)).into());
    let seen = stage.read(stage.operator(), &format!("/v1/incentive-programmes/{programme}")).await;
    assert_eq!(seen["coupons_taken"], QUOTA);
}

#[test]
fn in_04_a_thousand_claims_at_once_take_what_there_is_and_no_more() {
    on_both(|store| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(a_thousand_claims(store));
    });
}
