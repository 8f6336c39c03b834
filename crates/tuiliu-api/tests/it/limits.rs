use std::net::SocketAddr;

use axum::body::Body;
use axum::http::Request;
use expect_test::expect;
use tuiliu_api::Peer;
use tuiliu_api::api::ApiSettings;
use tuiliu_api::rate::RatePolicy;

use crate::harness::{KEY, World, get, request, show};

async fn world(quota: u32) -> World {
    let rate = RatePolicy { name: "default", quota, window_s: 60 };
    let refusal_rate = RatePolicy { name: "refusals", quota: 2, window_s: 60 };
    World::with(ApiSettings { rate, refusal_rate, ..ApiSettings::default() }).await
}

fn me() -> Request<Body> {
    request("GET", "/v1/me", &[("authorization", KEY)], "")
}

const HEADERS: [&str; 3] = ["ratelimit-policy", "ratelimit", "retry-after"];

#[tokio::test]
async fn a_caller_over_its_share_is_told_when_to_come_back() {
    let world = world(2).await;
    expect![[r#"
        200
        {
          "means": "key",
          "party": "pt_01m7w196f80000000000000003"
        }"#]]
    .assert_eq(&world.show(me(), &HEADERS).await);
    assert_eq!(world.send(me()).await.status(), 200);
    expect![[r#"
        429
        ratelimit-policy: "default";q=2;w=60
        ratelimit: "default";r=0;t=30
        retry-after: 30
        {
          "code": "request.rate_limited",
          "request_id": "req_01m7w196f80000000000000003",
          "retryable": true,
          "status": 429,
          "title": "请求过于频繁",
          "type": "/errors/request.rate_limited"
        }"#]]
    .assert_eq(&world.show(me(), &HEADERS).await);
    let another = request("GET", "/v1/me", &[("cookie", crate::harness::SESSION)], "");
    assert_eq!(world.send(another).await.status(), 200, "others have their own share");
    world.clock.advance_ms(30_000);
    assert_eq!(world.send(me()).await.status(), 200);
}

#[tokio::test]
async fn the_headers_are_sparse() {
    let world = world(100).await;
    let response = world.send(me()).await;
    assert!(!response.headers().contains_key("ratelimit"));
    for _ in 0..74 {
        world.send(me()).await;
    }
    expect![[r#"
        200
        ratelimit-policy: "default";q=100;w=60
        ratelimit: "default";r=24;t=46
        {
          "means": "key",
          "party": "pt_01m7w196f80000000000000003"
        }"#]]
    .assert_eq(&world.show(me(), &HEADERS).await);
}

#[tokio::test]
async fn whoever_tries_key_after_key_is_stopped_by_address() {
    let world = world(100).await;
    let from = |address: &str, headers: &[(&str, &str)]| {
        let mut request = request("GET", "/v1/me", headers, "");
        request.extensions_mut().insert(Peer(SocketAddr::new(address.parse().unwrap(), 1)));
        request
    };
    for n in 0..2 {
        let key = format!("Bearer sk_live_guess00000000000{n}");
        assert_eq!(world.send(from("1.2.3.4", &[("authorization", &key)])).await.status(), 401);
    }
    let stopped = world.send(from("1.2.3.4", &[("authorization", "Bearer sk_live_guess000000000002")])).await;
    expect![[r#"
        429
        ratelimit-policy: "refusals";q=2;w=60
        ratelimit: "refusals";r=0;t=30
        retry-after: 30
        {
          "code": "request.rate_limited",
          "request_id": "req_01m7w196f80000000000000003",
          "retryable": true,
          "status": 429,
          "title": "请求过于频繁",
          "type": "/errors/request.rate_limited"
        }"#]]
    .assert_eq(&show(stopped, &HEADERS).await);
    assert_eq!(world.send(from("1.2.3.5", &[("authorization", KEY)])).await.status(), 200);
}

#[tokio::test]
async fn health_is_answered_whatever_the_load() {
    let settings = ApiSettings { requests_in_flight_max: 0, ..ApiSettings::default() };
    let world = World::with(settings).await;
    assert_eq!(world.send(get("/healthz")).await.status(), 200);
    expect![[r#"
        503
        retry-after: 1
        {
          "code": "server.busy",
          "request_id": "req_01m7w196f80000000000000002",
          "retryable": true,
          "status": 503,
          "title": "服务器繁忙",
          "type": "/errors/server.busy"
        }"#]]
    .assert_eq(&world.show(me(), &HEADERS).await);
}

#[tokio::test]
async fn a_place_is_free_again_after_an_answer_or_a_caller_that_left() {
    let world = World::with(ApiSettings { requests_in_flight_max: 1, ..ApiSettings::default() }).await;
    {
        let waiting = world.send(get("/v1/never"));
        tokio::pin!(waiting);
        assert!(futures_util::FutureExt::now_or_never(waiting.as_mut()).is_none());
        assert_eq!(world.send(me()).await.status(), 503);
    }
    assert_eq!(world.send(me()).await.status(), 200);
    assert_eq!(world.send(me()).await.status(), 200);
}
