use std::sync::atomic::Ordering;

use axum::http::StatusCode;
use expect_test::expect;
use tower::ServiceExt as _;
use tuiliu_api::stop::Phase;

use crate::harness::{World, body_of, get};

#[tokio::test]
async fn health_and_readiness() {
    let world = World::new().await;
    expect![[r#"
        200
        {
          "status": "ok"
        }"#]]
    .assert_eq(&world.show(get("/healthz"), &[]).await);
    assert_eq!(world.send(get("/readyz")).await.status(), 200);
    world.ready.store(false, Ordering::Relaxed);
    expect![[r#"
        503
        {
          "code": "server.unavailable",
          "request_id": "req_01m7w196f80000000000000003",
          "retryable": true,
          "status": 503,
          "title": "服务暂不可用",
          "type": "/errors/server.unavailable"
        }"#]]
    .assert_eq(&world.show(get("/readyz"), &[]).await);
    world.ready.store(true, Ordering::Relaxed);
    assert_eq!(world.send(get("/readyz")).await.status(), 200);
    world.api.stop().enter(Phase::Draining);
    assert_eq!(world.send(get("/readyz")).await.status(), 503);
    assert_eq!(world.send(get("/healthz")).await.status(), 200);
}

#[tokio::test]
async fn metrics_are_read_as_text() {
    let world = World::new().await;
    world.send(get("/healthz")).await;
    let response = world.send(get("/metrics")).await;
    assert_eq!(response.headers()["content-type"], tuiliu_api::metrics::OPEN_METRICS);
    let text = String::from_utf8(body_of(response).await.to_vec()).unwrap();
    assert!(text.contains(r#"tuiliu_http_requests_total{route="/healthz",method="GET",status="200"} 1"#), "{text}");
    assert!(text.contains("tuiliu_http_requests_in_flight 1\n"), "this very request");
    assert!(text.contains("tuiliu_write_queue_depth 7\n"), "gauges are set before a scrape");
    assert!(text.ends_with("# EOF\n"));
}

#[tokio::test]
async fn the_type_of_a_problem_can_be_read() {
    let world = World::new().await;
    expect![[r#"
        200
        content-type: text/plain; charset=utf-8
        cache-control: public, max-age=86400
        request.rate_limited
        请求过于频繁
        Too many requests
        status: 429
        retryable: true
    "#]]
    .assert_eq(&world.show(get("/errors/request.rate_limited"), &["content-type", "cache-control"]).await);
    assert_eq!(world.send(get("/errors/no.such")).await.status(), 404);
}

#[tokio::test]
async fn the_docs_page_needs_nothing_from_elsewhere() {
    let world = World::new().await;
    let page = world.send(get("/docs/")).await;
    assert_eq!(page.status(), 200);
    expect!["default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"].assert_eq(page.headers()["content-security-policy"].to_str().unwrap());
    let html = String::from_utf8(body_of(page).await.to_vec()).unwrap();
    for source in html.split("src=\"").chain(html.split("href=\"")).skip(1) {
        assert!(!source.starts_with("http") && !source.starts_with("//"), "{source}");
    }
    assert!(!html.contains("<script>"), "the policy forbids inline scripts");
    for asset in ["swagger-ui.css", "swagger-ui-bundle.js", "swagger-initializer.js"] {
        assert_eq!(world.send(get(&format!("/docs/{asset}"))).await.status(), 200, "{asset}");
    }
    let script = body_of(world.send(get("/docs/swagger-initializer.js")).await).await;
    let script = String::from_utf8(script.to_vec()).unwrap();
    assert!(script.contains("/openapi.json") && script.contains(r#""validatorUrl": "none""#), "{script}");
    assert_eq!(world.send(get("/docs/nothing.js")).await.status(), 404);
    let document = body_of(world.send(get("/openapi.json")).await).await;
    let document: serde_json::Value = serde_json::from_slice(&document).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
}

#[tokio::test]
async fn pages_are_found_at_every_address_below_them() {
    let platform = crate::platform::TestPlatform::new().await;
    let get = async |path: &str| {
        let asked = crate::platform::request("GET", None, path, &[], None);
        let response = platform.router.clone().oneshot(asked).await.unwrap();
        (response.status(), response.headers().clone())
    };
    let (status, headers) = get("/").await;
    assert_eq!((status, &headers["location"]), (StatusCode::SEE_OTHER, &"/app".parse().unwrap()));
    for path in ["/app", "/app/orders/po_1", "/console", "/console/reviews"] {
        let (status, headers) = get(path).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        assert_eq!(headers["content-type"], "text/html; charset=utf-8", "{path}");
        assert!(headers["content-security-policy"].to_str().unwrap().contains("script-src 'self'"), "{path}");
    }
    assert_eq!(get("/assets/nothing.js").await.0, StatusCode::NOT_FOUND);
}
