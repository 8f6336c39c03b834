//! Signing in and out, and sessions.

use expect_test::{Expect, expect};
use serde_json::{Value, json};
use tuiliu_api::api::ApiSettings;
use tuiliu_app::access::{PROOF_MS, SESSION_MS};

use crate::platform::{NOBODY, PASSWORD, TestPlatform, request};

fn sign_in(platform: &TestPlatform, login: &str, password: &str) -> Value {
    json!({"tenant": platform.ours.id.to_string(), "login": login, "password": password})
}

async fn check(body: Value, expected: Expect) {
    expected.assert_eq(&shown(body).await);
}

async fn shown(mut body: Value) -> String {
    let platform = TestPlatform::new().await;
    if body.get("tenant").is_none() {
        body["tenant"] = json!(platform.ours.id.to_string());
    }
    let sent = request("POST", NOBODY, "/v1/sessions", &[], Some(body));
    platform.show(sent, &["set-cookie", "retry-after"]).await
}

#[tokio::test]
async fn signs_in_with_login_and_password() {
    check(json!({"login": "creator", "password": PASSWORD}), expect![[r#"
        201
        set-cookie: __Host-tuiliu_session=tss_605370cd95fe9dec81946f962ffdc73e21fbab0b19809a6705b4931cba456dc2; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=1209600
        {
          "expires_at": "2026-12-04T08:31:02.120Z",
          "id": "ses_01m7w196f8000000000000001b",
          "party": "pt_01m7w196f80000000000000004",
          "tenant": "tn_01m7w196f80000000000000001"
        }"#]]).await;
}

#[tokio::test]
async fn says_the_same_of_a_wrong_password_and_an_unknown_login() {
    let wrong_password = shown(json!({"login": "creator", "password": "wrong password"})).await;
    expect![[r#"
        401
        {
          "code": "access.wrong_credentials",
          "request_id": "req_01m7w196f80000000000000001",
          "retryable": false,
          "status": 401,
          "title": "账号或密码错误",
          "type": "/errors/access.wrong_credentials"
        }"#]]
    .assert_eq(&wrong_password);
    assert_eq!(shown(json!({"login": "nobody", "password": PASSWORD})).await, wrong_password);
    let unknown = "tn_00000000000000000000000009";
    let elsewhere = shown(json!({"tenant": unknown, "login": "creator", "password": PASSWORD})).await;
    assert_eq!(elsewhere, wrong_password);
}

#[tokio::test]
async fn wants_to_know_the_tenant_where_there_are_several() {
    check(
        json!({"tenant": null, "login": "creator", "password": PASSWORD}),
        expect![[r#"
        422
        {
          "code": "access.tenant_required",
          "request_id": "req_01m7w196f80000000000000001",
          "retryable": false,
          "status": 422,
          "title": "请指定租户",
          "type": "/errors/access.tenant_required"
        }"#]],
    )
    .await;
    check(
        json!({"login": "creator"}),
        expect![[r#"
        422
        {
          "code": "request.invalid",
          "errors": [
            {
              "detail": "missing field `password` at line 1 column 60",
              "pointer": ""
            }
          ],
          "request_id": "req_01m7w196f80000000000000001",
          "retryable": false,
          "status": 422,
          "title": "请求内容不符合要求",
          "type": "/errors/request.invalid"
        }"#]],
    )
    .await;
}

#[tokio::test]
async fn slows_guessing_down() {
    let platform = TestPlatform::new().await;
    let attempt =
        |password: &str| request("POST", NOBODY, "/v1/sessions", &[], Some(sign_in(&platform, "creator", password)));
    for _ in 0..6 {
        assert_eq!(platform.send(attempt("wrong password")).await.0, 401);
    }
    expect![[r#"
        429
        retry-after: 2
        {
          "code": "access.throttled",
          "request_id": "req_01m7w196f80000000000000007",
          "retryable": true,
          "status": 429,
          "title": "登录失败次数过多，请稍后再试",
          "type": "/errors/access.throttled"
        }"#]]
    .assert_eq(&platform.show(attempt(PASSWORD), &["retry-after"]).await);
    platform.clock.advance_ms(2_000);
    assert_eq!(platform.send(attempt(PASSWORD)).await.0, 201);
}

#[tokio::test]
async fn nobody_is_signed_in_by_a_foreign_page() {
    let platform = TestPlatform::new().await;
    let body = sign_in(&platform, "creator", PASSWORD);
    let status = async |headers: &[(&str, &str)]| {
        let sent = request("POST", NOBODY, "/v1/sessions", headers, Some(body.clone()));
        platform.send(sent).await.0.as_u16()
    };
    assert_eq!(status(&[("sec-fetch-site", "cross-site")]).await, 403);
    assert_eq!(status(&[("host", "our.example"), ("origin", "https://evil.example")]).await, 403);
    assert_eq!(status(&[("host", "our.example"), ("origin", "https://our.example")]).await, 201);
    let mut bare = request("POST", NOBODY, "/v1/sessions", &[], Some(body.clone()));
    bare.headers_mut().remove("x-tuiliu-csrf");
    assert_eq!(platform.send(bare).await.0, 403);
}

#[tokio::test]
async fn a_session_changes_nothing_for_a_foreign_page() {
    let platform = TestPlatform::new().await;
    let mut sent = request("DELETE", Some(&platform.ours.creator), "/v1/sessions/current", &[], None);
    sent.headers_mut().remove("x-tuiliu-csrf");
    let (status, _, json) = platform.send(sent).await;
    assert_eq!((status.as_u16(), json["code"].as_str()), (403, Some("access.cross_site")));
    assert_eq!(platform.get(&platform.ours.creator, "/v1/me").await.0, 200);
}

#[tokio::test]
async fn lists_and_ends_own_sessions() {
    let platform = TestPlatform::new().await;
    platform.clock.advance_ms(60_000);
    let again = platform.sign_in_again("creator").await;
    let sent = request("GET", Some(&again), "/v1/sessions", &[], None);
    expect![[r#"
        200
        {
          "data": [
            {
              "address": "127.0.0.1",
              "agent": "test",
              "created_at": "2026-11-20T08:32:02.120Z",
              "expires_at": "2026-12-04T08:32:02.120Z",
              "id": "ses_01m7w1b128000000000000001b",
              "is_current": true,
              "last_seen_at": "2026-11-20T08:32:02.120Z"
            },
            {
              "address": "127.0.0.1",
              "agent": "test",
              "created_at": "2026-11-20T08:31:02.120Z",
              "expires_at": "2026-12-04T08:31:02.120Z",
              "id": "ses_01m7w196f80000000000000005",
              "is_current": false,
              "last_seen_at": "2026-11-20T08:31:02.120Z"
            }
          ],
          "has_more": false,
          "next_cursor": null
        }"#]]
    .assert_eq(&platform.show(sent, &[]).await);

    let first = format!("/v1/sessions/{}", platform.ours.creator.session.unwrap());
    platform.is_closed("DELETE", &first, None, 404).await;
    platform.is_hidden("DELETE", &first, None).await;
    assert_eq!(platform.get(&platform.ours.creator, "/v1/me").await.0, 200, "nobody else could end it");
    assert_eq!(platform.delete(&again, &first).await.0, 204);
    assert_eq!(platform.get(&platform.ours.creator, "/v1/me").await.0, 401);
    assert_eq!(platform.delete(&again, &first).await.0, 404);

    let sent = request("DELETE", Some(&again), "/v1/sessions/current", &[], None);
    expect![[r#"
        204
        set-cookie: __Host-tuiliu_session=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0
    "#]]
    .assert_eq(&platform.show(sent, &["set-cookie"]).await);
    assert_eq!(platform.get(&again, "/v1/me").await.0, 401);
}

#[tokio::test]
async fn machines_have_no_sessions() {
    let platform = TestPlatform::new().await;
    assert_eq!(platform.call("GET", NOBODY, "/v1/sessions", None).await.0, 401);
    assert_eq!(platform.get(&platform.ours.machine, "/v1/sessions").await.0, 403);
    assert_eq!(platform.delete(&platform.ours.machine, "/v1/sessions/current").await.0, 403);
    let proof = json!({"password": PASSWORD});
    assert_eq!(platform.post(&platform.ours.machine, "/v1/sessions/current/proof", proof.clone()).await.0, 403);
    assert_eq!(platform.call("POST", NOBODY, "/v1/sessions/current/proof", Some(proof)).await.0, 401);
}

#[tokio::test]
async fn an_operator_ends_anybodys_session() {
    let platform = TestPlatform::new().await;
    let path = format!("/v1/sessions/{}", platform.ours.creator.session.unwrap());
    assert_eq!(platform.delete(&platform.ours.operator, &path).await.0, 204);
    assert_eq!(platform.get(&platform.ours.creator, "/v1/me").await.0, 401);
}

#[tokio::test]
async fn a_session_ends_by_itself() {
    let platform = TestPlatform::new().await;
    platform.clock.advance_ms(u32::try_from(SESSION_MS).unwrap() - 1);
    assert_eq!(platform.get(&platform.ours.creator, "/v1/me").await.0, 200);
    platform.clock.advance_ms(1);
    let sent = request("GET", Some(&platform.ours.creator), "/v1/me", &[], None);
    expect![[r#"
        401
        www-authenticate: Bearer realm="tuiliu"
        {
          "code": "access.unauthenticated",
          "detail": "the key or session is unknown, revoked or expired",
          "request_id": "req_01m902v8f80000000000000002",
          "retryable": false,
          "status": 401,
          "title": "未登录或凭证无效",
          "type": "/errors/access.unauthenticated"
        }"#]]
    .assert_eq(&platform.show(sent, &["www-authenticate"]).await);
}

#[tokio::test]
async fn sensitive_actions_ask_for_the_password_again() {
    let platform = TestPlatform::new().await;
    let key = || json!({"name": "feed", "kind": "sk_live", "scopes": ["events:write"]});
    platform.clock.advance_ms(u32::try_from(PROOF_MS).unwrap() + 1);
    let sent = request("POST", Some(&platform.ours.operator), "/v1/api_keys", &[], Some(key()));
    expect![[r#"
        403
        {
          "code": "access.password_required",
          "detail": "failed to do `api_key.manage` without asking for the password again",
          "request_id": "req_01m7w24nc90000000000000001",
          "retryable": false,
          "status": 403,
          "title": "请重新输入密码",
          "type": "/errors/access.password_required"
        }"#]]
    .assert_eq(&platform.show(sent, &[]).await);
    let prove = async |password: &str| {
        let body = json!({"password": password});
        platform.post(&platform.ours.operator, "/v1/sessions/current/proof", body).await.0.as_u16()
    };
    assert_eq!(prove("wrong password").await, 401);
    assert_eq!(prove(PASSWORD).await, 204);
    assert_eq!(platform.post(&platform.ours.operator, "/v1/api_keys", key()).await.0, 201);
}

#[tokio::test]
async fn tells_who_calls() {
    let platform = TestPlatform::new().await;
    let show = async |who| platform.show(request("GET", Some(who), "/v1/me", &[], None), &[]).await;
    expect![[r#"
        200
        {
          "actions": [
            "order.read",
            "room.read",
            "video.read",
            "review.read",
            "review.judge",
            "incentive.read_programme",
            "incentive.review_application",
            "incentive.read",
            "appeal.read",
            "appeal.decide",
            "traffic.read_rules",
            "policy.read",
            "party.read"
          ],
          "clients": [],
          "credential": {
            "expires_at": "2026-12-04T08:31:02.120Z",
            "id": "ses_01m7w196f8000000000000000d",
            "password_asked_at": "2026-11-20T08:46:02.120Z",
            "type": "session"
          },
          "display_name": "reviewer of ours",
          "party": "pt_01m7w196f8000000000000000c",
          "roles": [
            "reviewer"
          ],
          "scopes": [],
          "tenant": "tn_01m7w196f80000000000000001"
        }"#]]
    .assert_eq(&show(&platform.ours.reviewer).await);
    expect![[r#"
        200
        {
          "actions": [
            "event.report"
          ],
          "clients": [],
          "credential": {
            "id": "key_01m7w196f8000000000000000k",
            "kind": "sk_live",
            "type": "api_key"
          },
          "display_name": "machine",
          "party": "pt_01m7w196f8000000000000000j",
          "roles": [
            "integrator"
          ],
          "scopes": [
            "events:write"
          ],
          "tenant": "tn_01m7w196f80000000000000001"
        }"#]]
    .assert_eq(&show(&platform.ours.narrow_machine).await);
    assert_eq!(platform.call("GET", NOBODY, "/v1/me", None).await.0, 401);
}

#[tokio::test]
async fn a_cookie_without_tls_has_another_name() {
    let platform = TestPlatform::with(ApiSettings { plain_http: true, ..ApiSettings::default() }).await;
    let sent = request("POST", NOBODY, "/v1/sessions", &[], Some(sign_in(&platform, "creator", PASSWORD)));
    let (status, headers, _) = platform.send(sent).await;
    let cookie = headers["set-cookie"].to_str().unwrap();
    assert_eq!(status, 201);
    assert!(cookie.starts_with("tuiliu_session=tss_") && !cookie.contains("Secure"), "{cookie}");
    let pair = cookie.split(';').next().unwrap();
    let me = request("GET", NOBODY, "/v1/me", &[("cookie", pair)], None);
    assert_eq!(platform.send(me).await.0, 200);
    assert_eq!(platform.get(&platform.ours.creator, "/v1/me").await.0, 401, "the other name does not count here");
}
