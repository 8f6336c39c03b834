//! Parties, their passwords, and agencies.

use expect_test::expect;
use serde_json::{Value, json};
use tuiliu_domain::id::PartyId;

use crate::platform::{NOBODY, PASSWORD, TestPlatform, request};

fn creator(external_ref: &str) -> Value {
    json!({"kind": "creator", "display_name": "五月的小店", "external_ref": external_ref})
}

fn path(party: PartyId) -> String {
    format!("/v1/parties/{party}")
}

#[tokio::test]
async fn makes_a_party_known_once() {
    let platform = TestPlatform::new().await;
    let register = |body| request("POST", Some(&platform.ours.machine), "/v1/parties", &[], Some(body));
    expect![[r#"
        201
        etag: "v1"
        {
          "banned": false,
          "created_at": "2026-11-20T08:31:02.120Z",
          "credit_score": 100,
          "display_name": "五月的小店",
          "external_ref": "u1",
          "id": "pt_01m7w196f8000000000000001b",
          "kind": "creator"
        }"#]]
    .assert_eq(&platform.show(register(creator("u1")), &["etag"]).await);
    expect![[r#"
        409
        {
          "code": "party.external_ref_taken",
          "detail": "failed to register a second party for `u1`",
          "request_id": "req_01m7w196f80000000000000002",
          "retryable": false,
          "status": 409,
          "title": "外部编号已被使用",
          "type": "/errors/party.external_ref_taken"
        }"#]]
    .assert_eq(&platform.show(register(creator("u1")), &[]).await);
    let elsewhere = platform.post(&platform.theirs.machine, "/v1/parties", creator("u1")).await;
    assert_eq!(elsewhere.0, 201, "another tenant may call its parties the same");
    platform.is_closed("POST", "/v1/parties", Some(creator("u2")), 403).await;
}

#[tokio::test]
async fn a_party_with_a_login_can_sign_in() {
    let platform = TestPlatform::new().await;
    let body = json!({"kind": "reviewer", "display_name": "Rae", "login": {"name": "Rae", "password": PASSWORD}});
    assert_eq!(platform.post(&platform.ours.machine, "/v1/parties", body.clone()).await.0, 403, "no staff by machines");
    assert_eq!(platform.post(&platform.ours.operator, "/v1/parties", body.clone()).await.0, 201);
    let again = platform.post(&platform.ours.operator, "/v1/parties", body).await;
    assert_eq!((again.0.as_u16(), again.1["code"].as_str()), (409, Some("party.login_taken")));
    let rae = platform.sign_in_again("rae").await;
    assert_eq!(platform.get(&rae, "/v1/me").await.1["roles"], json!(["reviewer"]));
    let short = json!({"kind": "creator", "display_name": "x", "login": {"name": "x", "password": "short"}});
    let sent = request("POST", Some(&platform.ours.operator), "/v1/parties", &[("accept-language", "en")], Some(short));
    expect![[r#"
        422
        {
          "code": "request.invalid",
          "errors": [
            {
              "detail": "failed to set a password of less than `10` characters",
              "pointer": "/password"
            }
          ],
          "request_id": "req_01m7w196f80000000000000005",
          "retryable": false,
          "status": 422,
          "title": "The request content is not valid",
          "type": "/errors/request.invalid"
        }"#]]
    .assert_eq(&platform.show(sent, &[]).await);
}

#[tokio::test]
async fn shows_parties_to_whom_they_concern() {
    let platform = TestPlatform::new().await;
    let creator = path(platform.ours.creator.party);
    platform.is_closed("GET", &creator, None, 404).await;
    platform.is_hidden("GET", &creator, None).await;
    let own = request("GET", Some(&platform.ours.creator), &creator, &[], None);
    expect![[r#"
        200
        etag: "v1"
        {
          "banned": false,
          "created_at": "2026-11-20T08:31:02.120Z",
          "credit_score": 100,
          "display_name": "creator of ours",
          "external_ref": "creator-1",
          "id": "pt_01m7w196f80000000000000004",
          "kind": "creator"
        }"#]]
    .assert_eq(&platform.show(own, &["etag"]).await);
    for staff in [&platform.ours.operator, &platform.ours.reviewer, &platform.ours.finance, &platform.ours.machine] {
        assert_eq!(platform.get(staff, &creator).await.0, 200);
    }
    let names = async |who, query: &str| {
        let (status, json) = platform.get(who, &format!("/v1/parties{query}")).await;
        assert_eq!(status, 200);
        let names =
            json["data"].as_array().unwrap().iter().map(|party| party["display_name"].as_str().unwrap().to_owned());
        (names.collect::<Vec<_>>(), json["next_cursor"].as_str().map(str::to_owned))
    };
    assert_eq!(names(&platform.ours.creator, "").await.0, ["creator of ours"]);
    let (first, cursor) = names(&platform.ours.operator, "?limit=6").await;
    let (rest, end) = names(&platform.ours.operator, &format!("?limit=6&cursor={}", cursor.unwrap())).await;
    assert_eq!((first.len(), rest.len(), end), (6, 4, None));
    assert!(first.iter().chain(&rest).all(|name| !name.contains("theirs")), "tenants never see each other");
    assert_eq!(platform.call("GET", NOBODY, "/v1/parties", None).await.0, 401);
    assert_eq!(platform.get(&platform.ours.narrow_machine, "/v1/parties").await.0, 403);
}

#[tokio::test]
async fn staff_change_a_party_over_the_version_they_read() {
    let platform = TestPlatform::new().await;
    let target = path(platform.ours.creator.party);
    let change = |who, tag: &str, body| request("PATCH", Some(who), &target, &[("if-match", tag)], Some(body));
    let ban = || json!({"banned": true, "credit_score": 59});
    let operator = &platform.ours.operator;
    expect![[r#"
        200
        etag: "v2"
        {
          "banned": true,
          "created_at": "2026-11-20T08:31:02.120Z",
          "credit_score": 59,
          "display_name": "creator of ours",
          "external_ref": "creator-1",
          "id": "pt_01m7w196f80000000000000004",
          "kind": "creator"
        }"#]]
    .assert_eq(&platform.show(change(operator, "\"v1\"", ban()), &["etag"]).await);
    assert_eq!(platform.send(change(operator, "\"v1\"", ban())).await.0, 412);
    assert_eq!(platform.send(change(operator, "\"v2\"", json!({"credit_score": 101}))).await.0, 422);
    assert_eq!(platform.send(change(operator, "\"v2\"", json!({"display_name": " "}))).await.0, 422);
    assert_eq!(platform.call("PATCH", Some(operator), &target, Some(ban())).await.0, 428);
    let denied = async |who| platform.send(change(who, "\"v2\"", ban())).await.0.as_u16();
    assert_eq!(denied(&platform.ours.creator).await, 403, "nobody lifts their own ban");
    assert_eq!(denied(&platform.ours.stranger).await, 403);
    assert_eq!(denied(&platform.ours.narrow_machine).await, 403);
    assert_eq!(denied(&platform.theirs.operator).await, 404);
    let anonymous = request("PATCH", NOBODY, &target, &[("if-match", "\"v2\"")], Some(ban()));
    assert_eq!(platform.send(anonymous).await.0, 401);
}

#[tokio::test]
async fn changes_passwords() {
    let platform = TestPlatform::new().await;
    let target = format!("{}/password", path(platform.ours.creator.party));
    let body = json!({"current": PASSWORD, "password": "another long one"});
    platform.is_closed("PUT", &target, Some(body.clone()), 403).await;
    platform.is_hidden("PUT", &target, Some(body.clone())).await;
    let put = async |who, body: Value| platform.call("PUT", Some(who), &target, Some(body)).await.0.as_u16();
    let creator = &platform.ours.creator;
    assert_eq!(put(creator, json!({"password": "another long one"})).await, 401);
    assert_eq!(put(creator, json!({"current": "wrong password", "password": "another long one"})).await, 401);
    assert_eq!(put(creator, json!({"current": PASSWORD, "password": "short"})).await, 422);
    assert_eq!(put(creator, body).await, 204);
    assert_eq!(platform.get(creator, "/v1/me").await.0, 200, "the own session stays");
    assert_eq!(put(&platform.ours.operator, json!({"password": "set by operator"})).await, 204);
    assert_eq!(platform.get(creator, "/v1/me").await.0, 401);
}

#[tokio::test]
async fn an_agency_acts_while_its_client_agrees() {
    let platform = TestPlatform::new().await;
    let (creator, agency) = (&platform.ours.creator, &platform.ours.agency);
    let target = format!("{}/agencies/{}", path(creator.party), agency.party);
    platform.is_closed("PUT", &target, None, 403).await;
    platform.is_hidden("PUT", &target, None).await;
    platform.is_closed("DELETE", &target, None, 403).await;
    platform.is_hidden("DELETE", &target, None).await;
    assert_eq!(platform.get(agency, &path(creator.party)).await.0, 404);
    assert_eq!(platform.call("PUT", Some(creator), &target, None).await.0, 204);
    assert_eq!(platform.call("PUT", Some(creator), &target, None).await.0, 204);
    assert_eq!(platform.get(agency, &path(creator.party)).await.0, 200);
    assert_eq!(platform.get(agency, "/v1/me").await.1["clients"], json!([creator.party.to_string()]));
    assert_eq!(platform.delete(creator, &target).await.0, 204);
    assert_eq!(platform.get(agency, &path(creator.party)).await.0, 404);

    let no_agency = format!("{}/agencies/{}", path(creator.party), platform.ours.merchant.party);
    let (status, json) = platform.call("PUT", Some(creator), &no_agency, None).await;
    assert_eq!((status.as_u16(), json["code"].as_str()), (422, Some("party.no_agency")));
    let foreign = format!("{}/agencies/{}", path(creator.party), platform.theirs.agency.party);
    assert_eq!(platform.call("PUT", Some(creator), &foreign, None).await.0, 404);
}
