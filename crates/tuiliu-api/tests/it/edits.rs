use axum::body::Body;
use axum::http::Request;
use expect_test::{Expect, expect};

use crate::harness::{KEY, World, request};

fn change(headers: &[(&str, &str)]) -> Request<Body> {
    let headers = [headers, &[("authorization", KEY), ("content-type", "application/json")]].concat();
    request("PATCH", "/v1/samples/po_00000000000000000000000001", &headers, "{}")
}

async fn check(if_match: &str, expected: Expect) {
    expected.assert_eq(&World::new().await.show(change(&[("if-match", if_match)]), &["etag"]).await);
}

#[tokio::test]
async fn an_edit_says_which_version_it_read() {
    check(
        "\"v7\"",
        expect![[r#"
        204
        etag: "v8"
    "#]],
    )
    .await;
    check(
        "\"v6\"",
        expect![[r#"
        412
        {
          "code": "request.version_conflict",
          "request_id": "req_01m7w196f80000000000000001",
          "retryable": false,
          "status": 412,
          "title": "内容已被修改",
          "type": "/errors/request.version_conflict"
        }"#]],
    )
    .await;
    let world = World::new().await;
    expect![[r#"
        428
        {
          "code": "request.version_required",
          "request_id": "req_01m7w196f80000000000000001",
          "retryable": false,
          "status": 428,
          "title": "缺少 If-Match",
          "type": "/errors/request.version_required"
        }"#]]
    .assert_eq(&world.show(change(&[]), &[]).await);
}

#[tokio::test]
async fn other_tags_never_match() {
    let world = World::new().await;
    for tag in ["v7", "\"7\"", "W/\"v7\"", "*", "\"v\"", "\"v07\"", "\"v7\", \"v8\"", "\"v99999999999999999999\""] {
        assert_eq!(world.send(change(&[("if-match", tag)])).await.status(), 412, "{tag}");
    }
}
