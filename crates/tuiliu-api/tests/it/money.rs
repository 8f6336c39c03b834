use axum::body::{Body, Bytes};
use axum::http::Request;
use expect_test::{Expect, expect};

use crate::harness::{KEY, World, request};

fn pay(sample: u8, key: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Request<Body> {
    let headers = [headers, &[("authorization", KEY), ("idempotency-key", key)]].concat();
    request("POST", &format!("/v1/samples/po_0000000000000000000000000{sample}/pay"), &headers, body)
}

async fn check(request: Request<Body>, expected: Expect) {
    let headers = ["idempotency-replayed", "x-once-key"];
    expected.assert_eq(&World::new().await.show(request, &headers).await);
}

#[tokio::test]
async fn an_answer_is_kept_and_given_again() {
    check(
        pay(1, "first", &[], ""),
        expect![[r#"
            201
            x-once-key: pt_01m7w196f80000000000000003:first
            {
              "id": "po_00000000000000000000000001",
              "placed_at": "2026-11-20T08:31:02.120Z",
              "price": {
                "amount": 12990,
                "currency": "CNY"
              }
            }"#]],
    )
    .await;
    check(
        pay(1, "again", &[], ""),
        expect![[r#"
            201
            idempotency-replayed: true
            x-once-key: pt_01m7w196f80000000000000003:again
            {
              "id": "po_00000000000000000000000001",
              "placed_at": "2026-11-20T08:31:02.120Z",
              "price": {
                "amount": 12990,
                "currency": "CNY"
              }
            }"#]],
    )
    .await;
}

#[tokio::test]
async fn a_kept_refusal_gets_the_id_and_language_of_each_sending() {
    check(
        pay(2, "first", &[], ""),
        expect![[r#"
            422
            x-once-key: pt_01m7w196f80000000000000003:first
            {
              "code": "request.invalid_amount",
              "detail": "failed to pay `2` out of `1`",
              "request_id": "req_01m7w196f80000000000000001",
              "retryable": false,
              "status": 422,
              "title": "金额无效",
              "type": "/errors/request.invalid_amount"
            }"#]],
    )
    .await;
    let other = [("accept-language", "en"), ("x-request-id", "second")];
    check(
        pay(2, "again", &other, ""),
        expect![[r#"
            422
            idempotency-replayed: true
            x-once-key: pt_01m7w196f80000000000000003:again
            {
              "code": "request.invalid_amount",
              "detail": "failed to pay `2` out of `1`",
              "request_id": "second",
              "retryable": false,
              "status": 422,
              "title": "The amount is not valid",
              "type": "/errors/request.invalid_amount"
            }"#]],
    )
    .await;
}

#[tokio::test]
async fn the_digest_tells_requests_apart() {
    let world = World::new().await;
    let digest = async |request| {
        let response = world.send(request).await;
        response.headers()["x-digest"].to_str().unwrap().to_owned()
    };
    let json = [("content-type", "application/json")];
    let one = digest(pay(1, "a", &[], "")).await;
    assert_eq!(one, digest(pay(1, "b", &[], "")).await, "the key is no part of the content");
    assert_ne!(one, digest(pay(3, "a", &[], "")).await);
    let explicit = digest(pay(1, "a", &json, "{}")).await;
    assert_ne!(explicit, digest(pay(1, "a", &json, "{ }")).await);
}

#[tokio::test]
async fn a_payment_without_a_good_key_is_refused() {
    let without = request("POST", "/v1/samples/po_00000000000000000000000001/pay", &[("authorization", KEY)], "");
    check(
        without,
        expect![[r#"
        400
        {
          "code": "idempotency.key_required",
          "request_id": "req_01m7w196f80000000000000001",
          "retryable": false,
          "status": 400,
          "title": "缺少 Idempotency-Key",
          "type": "/errors/idempotency.key_required"
        }"#]],
    )
    .await;
    check(
        pay(1, "two words", &[], ""),
        expect![[r#"
        400
        {
          "code": "idempotency.key_invalid",
          "detail": "`Idempotency-Key` must be one text of 1 to 200 visible ASCII characters",
          "request_id": "req_01m7w196f80000000000000001",
          "retryable": false,
          "status": 400,
          "title": "Idempotency-Key 无效",
          "type": "/errors/idempotency.key_invalid"
        }"#]],
    )
    .await;
    let world = World::new().await;
    assert_eq!(world.send(pay(1, "", &[], "")).await.status(), 400);
    assert_eq!(world.send(pay(1, &"k".repeat(200), &[], "")).await.status(), 201);
    assert_eq!(world.send(pay(1, &"k".repeat(201), &[], "")).await.status(), 400);
    assert_eq!(world.send(pay(1, "a", &[("idempotency-key", "b")], "")).await.status(), 400);
}

#[tokio::test]
async fn a_body_where_none_belongs_is_refused() {
    let json = [("content-type", "application/json")];
    check(
        pay(1, "a", &json, r#"{"price":1}"#),
        expect![[r#"
        422
        {
          "code": "request.invalid",
          "errors": [
            {
              "detail": "unknown field `price`, there are no fields at line 1 column 8",
              "pointer": "/price"
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
    let world = World::new().await;
    assert_eq!(world.send(pay(1, "a", &[], "{}")).await.status(), 415);
}
