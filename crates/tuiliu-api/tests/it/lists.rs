use expect_test::{Expect, expect};

use crate::harness::{KEY, World, body_of, request};

async fn check(path: &str, expected: Expect) {
    expected.assert_eq(&World::new().await.show(request("GET", path, &[("authorization", KEY)], ""), &[]).await);
}

#[tokio::test]
async fn a_page_says_how_to_go_on() {
    check(
        "/v1/samples?limit=1",
        expect![[r#"
        200
        {
          "data": [
            {
              "id": "po_00000000000000000000000001",
              "placed_at": "2026-11-20T08:31:02.120Z",
              "price": {
                "amount": 12990,
                "currency": "CNY"
              }
            }
          ],
          "has_more": true,
          "next_cursor": "AQAAAAAAAAAAAAAAAAAAAAE"
        }"#]],
    )
    .await;
    check(
        "/v1/samples?from=9",
        expect![[r#"
        200
        {
          "data": [],
          "has_more": false,
          "next_cursor": null
        }"#]],
    )
    .await;
}

#[tokio::test]
async fn pages_together_are_the_whole_list() {
    let world = World::new().await;
    let (mut path, mut ids, mut pages) = ("/v1/samples?limit=2".to_owned(), Vec::new(), 0);
    loop {
        let response = world.send(request("GET", &path, &[("authorization", KEY)], "")).await;
        let page: serde_json::Value = serde_json::from_slice(&body_of(response).await).unwrap();
        ids.extend(page["data"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()));
        pages += 1;
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/v1/samples?limit=2&cursor={cursor}");
    }
    assert_eq!(pages, 3);
    let expected: Vec<String> = (1..=5).map(|n| format!("po_0000000000000000000000000{n}")).collect();
    assert_eq!(ids, expected);
}

#[tokio::test]
async fn bad_limits_and_cursors_are_refused() {
    check(
        "/v1/samples?limit=0",
        expect![[r#"
        400
        {
          "code": "request.invalid_query",
          "detail": "`limit` must be from 1 to 100",
          "request_id": "req_01m7w196f80000000000000001",
          "retryable": false,
          "status": 400,
          "title": "查询参数无效",
          "type": "/errors/request.invalid_query"
        }"#]],
    )
    .await;
    check(
        "/v1/samples?limit=101",
        expect![[r#"
        400
        {
          "code": "request.invalid_query",
          "detail": "`limit` must be from 1 to 100",
          "request_id": "req_01m7w196f80000000000000001",
          "retryable": false,
          "status": 400,
          "title": "查询参数无效",
          "type": "/errors/request.invalid_query"
        }"#]],
    )
    .await;
    check(
        "/v1/samples?limit=ten",
        expect![[r#"
        400
        {
          "code": "request.invalid_query",
          "detail": "limit: invalid digit found in string",
          "request_id": "req_01m7w196f80000000000000001",
          "retryable": false,
          "status": 400,
          "title": "查询参数无效",
          "type": "/errors/request.invalid_query"
        }"#]],
    )
    .await;
    check(
        "/v1/samples?limit=1&limit=2",
        expect![[r#"
        400
        {
          "code": "request.invalid_query",
          "detail": "duplicate field `limit`",
          "request_id": "req_01m7w196f80000000000000001",
          "retryable": false,
          "status": 400,
          "title": "查询参数无效",
          "type": "/errors/request.invalid_query"
        }"#]],
    )
    .await;
    check(
        "/v1/samples?cursor=nonsense!",
        expect![[r#"
        400
        {
          "code": "request.invalid_cursor",
          "detail": "`cursor` must be the `next_cursor` of a page of this same list",
          "request_id": "req_01m7w196f80000000000000001",
          "retryable": false,
          "status": 400,
          "title": "分页游标无效",
          "type": "/errors/request.invalid_cursor"
        }"#]],
    )
    .await;
    check(
        "/v1/samples?cursor=AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQ",
        expect![[r#"
        400
        {
          "code": "request.invalid_cursor",
          "detail": "`cursor` must be the `next_cursor` of a page of this same list",
          "request_id": "req_01m7w196f80000000000000001",
          "retryable": false,
          "status": 400,
          "title": "分页游标无效",
          "type": "/errors/request.invalid_cursor"
        }"#]],
    )
    .await;
}

#[tokio::test]
async fn bad_ids_are_refused_and_unknown_ones_not_found() {
    check(
        "/v1/samples/po_00000000000000000000000001",
        expect![[r#"
        200
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
        "/v1/samples/po_00000000000000000000000009",
        expect![[r#"
        404
        {
          "code": "request.not_found",
          "request_id": "req_01m7w196f80000000000000001",
          "retryable": false,
          "status": 404,
          "title": "未找到",
          "type": "/errors/request.not_found"
        }"#]],
    )
    .await;
    check(
        "/v1/samples/po_123",
        expect![[r#"
        400
        {
          "code": "request.invalid_id",
          "detail": "failed to read an id that is not 26 characters of base 32",
          "request_id": "req_01m7w196f80000000000000001",
          "retryable": false,
          "status": 400,
          "title": "标识符无效",
          "type": "/errors/request.invalid_id"
        }"#]],
    )
    .await;
    check(
        "/v1/samples/room_00000000000000000000000001",
        expect![[r#"
        400
        {
          "code": "request.invalid_id",
          "detail": "failed to read an id that does not start with `po_`",
          "request_id": "req_01m7w196f80000000000000001",
          "retryable": false,
          "status": 400,
          "title": "标识符无效",
          "type": "/errors/request.invalid_id"
        }"#]],
    )
    .await;
    check(
        "/v1/samples/%FF",
        expect![[r#"
        400
        {
          "code": "request.invalid_path",
          "detail": "Invalid UTF-8 in `sample`",
          "request_id": "req_01m7w196f80000000000000001",
          "retryable": false,
          "status": 400,
          "title": "路径参数无效",
          "type": "/errors/request.invalid_path"
        }"#]],
    )
    .await;
}
