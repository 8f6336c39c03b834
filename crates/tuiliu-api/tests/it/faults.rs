use std::time::Duration;

use expect_test::expect;
use tuiliu_api::api::ApiSettings;

use crate::harness::{World, get, post, request};

#[tokio::test]
async fn an_unknown_address_is_not_found() {
    let world = World::new().await;
    let shown = world.show(get("/v1/nowhere"), &["content-language", "vary", "cache-control"]).await;
    expect![[r#"
        404
        content-language: zh-CN
        vary: accept-language
        cache-control: no-store
        {
          "code": "request.not_found",
          "request_id": "req_01m7w196f80000000000000001",
          "retryable": false,
          "status": 404,
          "title": "未找到",
          "type": "/errors/request.not_found"
        }"#]]
    .assert_eq(&shown);
}

#[tokio::test]
async fn an_english_reader_gets_english() {
    let world = World::new().await;
    let shown = world
        .show(request("GET", "/v1/nowhere", &[("accept-language", "en-GB,en;q=0.8")], ""), &["content-language"])
        .await;
    expect![[r#"
        404
        content-language: en
        {
          "code": "request.not_found",
          "request_id": "req_01m7w196f80000000000000001",
          "retryable": false,
          "status": 404,
          "title": "Not found",
          "type": "/errors/request.not_found"
        }"#]]
    .assert_eq(&shown);
}

#[tokio::test]
async fn another_method_is_not_allowed() {
    let world = World::new().await;
    expect![[r#"
        405
        allow: GET,HEAD,POST
        {
          "code": "request.method_not_allowed",
          "request_id": "req_01m7w196f80000000000000001",
          "retryable": false,
          "status": 405,
          "title": "不支持该请求方法",
          "type": "/errors/request.method_not_allowed"
        }"#]]
    .assert_eq(&world.show(request("DELETE", "/v1/samples", &[], ""), &["allow"]).await);
}

#[tokio::test]
async fn a_panic_is_a_problem_and_tells_nothing() {
    let world = World::new().await;
    expect![[r#"
        500
        {
          "code": "server.panic",
          "request_id": "req_01m7w196f80000000000000001",
          "retryable": true,
          "status": 500,
          "title": "服务器内部错误",
          "type": "/errors/server.panic"
        }"#]]
    .assert_eq(&world.show(get("/v1/panic"), &[]).await);
    assert!(
        world
            .api
            .metrics()
            .text()
            .contains(r#"tuiliu_http_requests_total{route="/v1/panic",method="GET",status="500"} 1"#)
    );
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_takes_too_long_is_answered_for() {
    let settings = ApiSettings { request_timeout: Duration::from_secs(3), ..ApiSettings::default() };
    let world = World::with(settings).await;
    expect![[r#"
        504
        {
          "code": "server.timeout",
          "request_id": "req_01m7w196f80000000000000001",
          "retryable": true,
          "status": 504,
          "title": "服务器处理超时",
          "type": "/errors/server.timeout"
        }"#]]
    .assert_eq(&world.show(get("/v1/never"), &[]).await);
}

#[tokio::test]
async fn the_callers_request_id_is_kept_when_well_formed() {
    let world = World::new().await;
    let with_id = |id: &str| request("GET", "/healthz", &[("x-request-id", id)], "");
    expect![[r#"
        200
        x-request-id: 01JD-abc
        {
          "status": "ok"
        }"#]]
    .assert_eq(&world.show(with_id("01JD-abc"), &["x-request-id"]).await);
    expect![[r#"
        200
        x-request-id: req_01m7w196f80000000000000001
        {
          "status": "ok"
        }"#]]
    .assert_eq(&world.show(with_id("forged \" line"), &["x-request-id"]).await);
}

#[tokio::test]
async fn a_caller_that_goes_away_is_counted_once() {
    let world = World::new().await;
    let gone = futures_util::FutureExt::now_or_never(world.send(get("/v1/never")));
    assert!(gone.is_none());
    assert_eq!(world.api.metrics().requests_in_flight.get(), 0);
    assert!(world.api.metrics().text().contains(r#"{route="/v1/never",method="GET",status="499"} 1"#));
}

#[tokio::test]
async fn made_up_methods_and_addresses_make_no_labels() {
    let world = World::new().await;
    world.send(request("BREW", "/v1/tea-4711", &[], "")).await;
    let text = world.api.metrics().text();
    assert!(text.contains(r#"{route="unmatched",method="OTHER",status="404"} 1"#), "{text}");
    assert!(!text.contains("4711"));
}

#[tokio::test]
async fn every_answer_has_the_security_headers() {
    let world = World::new().await;
    let headers = [
        "x-content-type-options",
        "referrer-policy",
        "content-security-policy",
        "cross-origin-opener-policy",
        "cross-origin-resource-policy",
        "cache-control",
    ];
    expect![[r#"
        404
        x-content-type-options: nosniff
        referrer-policy: same-origin
        content-security-policy: default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'
        cross-origin-opener-policy: same-origin
        cross-origin-resource-policy: same-origin
        cache-control: no-store
        {
          "code": "request.not_found",
          "request_id": "req_01m7w196f80000000000000001",
          "retryable": false,
          "status": 404,
          "title": "未找到",
          "type": "/errors/request.not_found"
        }"#]]
    .assert_eq(&world.show(post("/v1/nowhere", "{}"), &headers).await);
}
