use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{refusal, refused, text, wallet_of};
use crate::platform::{TestActor, TestPlatform};

const NUMBER: &str = "91350100M000100Y43";

fn qualification(state: &str, number: &str, version: u64) -> Value {
    json!({ "state": state, "subject_name": "某某商贸有限公司", "tax_number": number, "note": "licence seen",
        "version": version })
}

async fn kinds(platform: &TestPlatform, who: &TestActor) -> Vec<String> {
    let period = "from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z";
    let (_, figures) = platform.get(who, &format!("{}/invoice_figures?{period}", wallet_of(who))).await;
    let told = |kind: &Value| kind["reason"].as_str().unwrap_or("yes").to_owned();
    figures["kinds"].as_array().unwrap().iter().map(told).collect()
}

#[tokio::test]
async fn qb_17_an_operator_verifies_the_company_behind_an_account() {
    let platform = TestPlatform::new().await;
    let (merchant, operator) = (&platform.ours.merchant, &platform.ours.operator);
    let path = format!("/v1/parties/{}/company_qualification", merchant.party);
    assert_eq!(kinds(&platform, merchant).await, ["not_an_individual", "not_verified"]);
    let put = async |who: &TestActor, body: Value| platform.call("PUT", Some(who), &path, Some(body)).await;
    let bad = put(operator, qualification("verified", "91350100M000100Y44", 0)).await;
    assert_eq!(refusal(bad), refused(422, "invoice.bad_tax_number"));
    let (status, said) = put(operator, qualification("pending", NUMBER, 0)).await;
    assert_eq!((status, &said["state"], &said["version"]), (StatusCode::OK, &json!("pending"), &json!(1)), "{said}");
    assert_eq!(kinds(&platform, merchant).await, ["not_an_individual", "verification_pending"]);
    let stale = put(operator, qualification("verified", NUMBER, 0)).await;
    assert_eq!(refusal(stale), refused(412, "request.version_conflict"));
    let (status, _) = put(operator, qualification("verified", NUMBER, 1)).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(kinds(&platform, merchant).await, ["not_an_individual", "yes"]);
    let (_, read) = platform.get(merchant, &path).await;
    assert_eq!((&read["tax_number"], &read["decided_by"]), (&json!(NUMBER), &json!(operator.party.to_string())));
    let own = put(merchant, qualification("verified", NUMBER, 2)).await;
    assert_eq!(own.0, StatusCode::FORBIDDEN, "nobody verifies themselves");
}

#[tokio::test]
async fn qb_17_a_subject_that_is_not_the_accounts_is_routed_to_an_operator() {
    let platform = TestPlatform::new().await;
    let (creator, operator) = (&platform.ours.creator, &platform.ours.operator);
    let path = format!("{}/invoice_subjects", wallet_of(creator));
    let (_, party) = platform.get(creator, &format!("/v1/parties/{}", creator.party)).await;
    let own = json!({ "kind": "individual", "subject_name": party["display_name"] });
    let (status, fits) = platform.post(creator, &path, own).await;
    assert_eq!((status, &fits["fits"]), (StatusCode::OK, &json!(true)), "{fits}");
    let other = json!({ "kind": "individual", "subject_name": "somebody else" });
    let (_, routed) = platform.post(creator, &path, other).await;
    assert_eq!((&routed["fits"], &routed["mismatch"]["open"]), (&json!(false), &json!(true)), "{routed}");
    let company = json!({ "kind": "company", "subject_name": "某某商贸有限公司", "tax_number": NUMBER });
    assert_eq!(refusal(platform.post(creator, &path, company).await), refused(409, "invoice.kind_unavailable"));
    let (_, open) = platform.get(operator, "/v1/invoice_mismatches?open=true").await;
    assert_eq!((open["data"].as_array().unwrap().len(), &open["data"][0]), (1, &routed["mismatch"]));
    let resolve = format!("/v1/invoice_mismatches/{}/resolve", text(&routed["mismatch"]["id"]));
    let (status, done) = platform.post(operator, &resolve, json!({ "note": "asked to use the own name" })).await;
    assert_eq!((status, &done["open"]), (StatusCode::OK, &json!(false)), "{done}");
    let again = platform.post(operator, &resolve, json!({ "note": "again" })).await;
    assert_eq!(refusal(again), refused(409, "invoice.mismatch_resolved"));
    let (_, open) = platform.get(operator, "/v1/invoice_mismatches?open=true").await;
    assert_eq!(open["data"], json!([]));
    let (_, all) = platform.get(operator, "/v1/invoice_mismatches").await;
    assert_eq!(all["data"][0]["note"], "asked to use the own name");
}
