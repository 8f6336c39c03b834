pub(crate) mod everywhere;
mod keys;
mod parties;
mod policies;
mod sessions;

use std::sync::Arc;

use expect_test::{Expect, expect};
use tuiliu_app::access::{Credential, Credentials};

use crate::harness::{KEY, PUBLISHABLE, SESSION, World, request};

async fn check(method: &str, headers: &[(&str, &str)], expected: Expect) {
    let shown = World::new().await.show(request(method, "/v1/me", headers, ""), &["www-authenticate"]).await;
    expected.assert_eq(&shown);
}

#[tokio::test]
async fn a_stranger_is_refused() {
    check(
        "GET",
        &[],
        expect![[r#"
        401
        www-authenticate: Bearer realm="tuiliu"
        {
          "code": "access.unauthenticated",
          "detail": "the request has neither a key nor a session",
          "request_id": "req_01m7w196f80000000000000001",
          "retryable": false,
          "status": 401,
          "title": "未登录或凭证无效",
          "type": "/errors/access.unauthenticated"
        }"#]],
    )
    .await;
    check(
        "GET",
        &[("authorization", "Basic dXNlcjpwYXNz")],
        expect![[r#"
        401
        www-authenticate: Bearer realm="tuiliu"
        {
          "code": "access.unauthenticated",
          "detail": "`Authorization` is not `Bearer` and a key",
          "request_id": "req_01m7w196f80000000000000001",
          "retryable": false,
          "status": 401,
          "title": "未登录或凭证无效",
          "type": "/errors/access.unauthenticated"
        }"#]],
    )
    .await;
    check(
        "GET",
        &[("authorization", "Bearer sk_live_9999999999999999999")],
        expect![[r#"
            401
            www-authenticate: Bearer realm="tuiliu"
            {
              "code": "access.unauthenticated",
              "detail": "the key or session is unknown, revoked or expired",
              "request_id": "req_01m7w196f80000000000000001",
              "retryable": false,
              "status": 401,
              "title": "未登录或凭证无效",
              "type": "/errors/access.unauthenticated"
            }"#]],
    )
    .await;
    let world = World::new().await;
    for bad in
        ["Bearer", "Bearer ", "Bearer sk_live_short", "Bearer xx_0123456789abcdefghij", "Bearer sk_live_0123 456789"]
    {
        let response = world.send(request("GET", "/v1/me", &[("authorization", bad)], "")).await;
        assert_eq!(response.status(), 401, "{bad}");
    }
}

#[tokio::test]
async fn a_key_and_a_session_are_known() {
    check(
        "POST",
        &[("authorization", KEY)],
        expect![[r#"
            200
            {
              "means": "key",
              "party": "pt_01m7w196f80000000000000003"
            }"#]],
    )
    .await;
    check(
        "GET",
        &[("cookie", &format!("theme=dark; {SESSION}"))],
        expect![[r#"
            200
            {
              "means": "session",
              "party": "pt_01m7w196f80000000000000002"
            }"#]],
    )
    .await;
}

#[tokio::test]
async fn a_wrong_key_is_not_mended_by_a_session() {
    let world = World::new().await;
    let headers = [("authorization", "Bearer nonsense"), ("cookie", SESSION)];
    assert_eq!(world.send(request("GET", "/v1/me", &headers, "")).await.status(), 401);
}

#[tokio::test]
async fn a_key_in_the_query_is_for_beacons_only() {
    let world = World::new().await;
    let status = async |path: &str| {
        let headers = [("content-type", "text/plain")];
        world.send(request("POST", path, &headers, r#"{"events":[]}"#)).await.status().as_u16()
    };
    assert_eq!(status(&format!("/v1/events?k={PUBLISHABLE}")).await, 202);
    assert_eq!(status("/v1/events?k=sk_live_0123456789abcdefghij").await, 401);
    assert_eq!(status(&format!("/v1/me?k={PUBLISHABLE}")).await, 401);
}

#[tokio::test]
async fn a_session_changes_state_only_from_our_own_pages() {
    let world = World::new().await;
    let status = async |headers: &[(&str, &str)]| {
        let headers = [&[("cookie", SESSION), ("host", "live.example:8080")], headers].concat();
        world.send(request("POST", "/v1/me", &headers, "")).await.status().as_u16()
    };
    let own = ("x-tuiliu-csrf", "1");
    assert_eq!(status(&[]).await, 403);
    assert_eq!(status(&[own]).await, 200);
    assert_eq!(status(&[("x-tuiliu-csrf", "0")]).await, 403);
    assert_eq!(status(&[own, ("origin", "https://live.example:8080")]).await, 200);
    assert_eq!(status(&[own, ("origin", "https://live.example")]).await, 403);
    assert_eq!(status(&[own, ("origin", "https://evil.example")]).await, 403);
    assert_eq!(status(&[own, ("origin", "null")]).await, 403);
    assert_eq!(status(&[own, ("sec-fetch-site", "same-origin")]).await, 200);
    assert_eq!(status(&[own, ("sec-fetch-site", "same-site")]).await, 403);
    assert_eq!(status(&[own, ("sec-fetch-site", "cross-site")]).await, 403);
    check(
        "POST",
        &[("cookie", SESSION)],
        expect![[r#"
        403
        {
          "code": "access.cross_site",
          "detail": "the request lacks `X-Tuiliu-Csrf: 1`",
          "request_id": "req_01m7w196f80000000000000001",
          "retryable": false,
          "status": 403,
          "title": "跨站请求被拒绝",
          "type": "/errors/access.cross_site"
        }"#]],
    )
    .await;
}

#[tokio::test]
async fn behind_a_proxy_the_public_origin_counts() {
    let settings = tuiliu_api::api::ApiSettings {
        public_origin: Some("https://live.example".to_owned()),
        ..tuiliu_api::api::ApiSettings::default()
    };
    let world = World::with(settings).await;
    let status = async |origin: &str| {
        let headers = [("cookie", SESSION), ("host", "10.0.0.7"), ("x-tuiliu-csrf", "1"), ("origin", origin)];
        world.send(request("POST", "/v1/me", &headers, "")).await.status().as_u16()
    };
    assert_eq!(status("https://live.example").await, 200);
    assert_eq!(status("http://live.example").await, 403);
    assert_eq!(status("http://10.0.0.7").await, 403);
}

#[tokio::test]
async fn other_sites_may_report_events_and_nothing_else() {
    let world = World::new().await;
    let preflight = async |path: &str| {
        let headers = [
            ("origin", "https://host.example"),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "authorization,content-type"),
        ];
        let response = world.send(request("OPTIONS", path, &headers, "")).await;
        (response.status().as_u16(), response.headers().get("access-control-allow-origin").cloned())
    };
    let (status, origin) = preflight("/v1/events").await;
    assert_eq!((status, origin.unwrap().to_str().unwrap()), (200, "*"));
    let (status, origin) = preflight("/v1/samples").await;
    assert_eq!((status, origin), (405, None));
}

#[tokio::test]
async fn a_revoked_key_and_an_ended_session_are_refused() {
    let world = World::new().await;
    let status =
        async |headers: &[(&str, &str)]| world.send(request("GET", "/v1/me", headers, "")).await.status().as_u16();
    let operator =
        world.api.app().authenticate(Credentials::Session(SESSION.split_once('=').unwrap().1)).await.unwrap();
    let machine = world.api.app().authenticate(Credentials::ApiKey(KEY.split_once(' ').unwrap().1)).await.unwrap();
    let Credential::ApiKey { key, .. } = machine.credential else { panic!("a machine has a key") };
    assert_eq!(status(&[("authorization", KEY)]).await, 200);
    world.api.app().revoke_api_key(Arc::clone(&operator), key).await.unwrap();
    assert_eq!(status(&[("authorization", KEY)]).await, 401);
    assert_eq!(status(&[("cookie", SESSION)]).await, 200);
    world.api.app().sign_out(operator).await.unwrap();
    assert_eq!(status(&[("cookie", SESSION)]).await, 401);
}
