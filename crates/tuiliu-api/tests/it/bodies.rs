use std::io::Write as _;

use axum::body::{Body, Bytes};
use axum::http::Request;
use expect_test::{Expect, expect};
use flate2::Compression;
use flate2::write::GzEncoder;
use tuiliu_api::body::{BODY_BYTES_MAX, EVENTS_BYTES_MAX, EVENTS_BYTES_UNPACKED_MAX};

use crate::harness::{KEY, PUBLISHABLE, World, request};

fn place(content_type: &str, body: impl Into<Bytes>) -> Request<Body> {
    request("POST", "/v1/samples", &[("content-type", content_type), ("authorization", KEY)], body)
}

async fn check(body: &str, expected: Expect) {
    expected.assert_eq(&World::new().await.show(place("application/json", body.to_owned()), &[]).await);
}

const ROOM: &str = "po_00000000000000000000000003";

#[tokio::test]
async fn a_good_body_is_taken() {
    let body = format!(
        r#"{{"room":"{ROOM}","price":{{"amount":1,"currency":"CNY"}},"begins_at":"2026-11-20T08:31:02Z","parts":[{{"count":1}}]}}"#
    );
    check(
        &body,
        expect![[r#"
        200
        {
          "id": "po_00000000000000000000000003",
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
async fn malformed_json_is_told_with_its_place() {
    check(
        "",
        expect![[r#"
        400
        {
          "code": "request.malformed",
          "detail": "the body is not JSON: EOF while parsing a value at line 1 column 0",
          "request_id": "req_01m7w196f80000000000000001",
          "retryable": false,
          "status": 400,
          "title": "请求无法解析",
          "type": "/errors/request.malformed"
        }"#]],
    )
    .await;
    check(
        r#"{"room":"#,
        expect![[r#"
        400
        {
          "code": "request.malformed",
          "detail": "the body is not JSON: EOF while parsing a value at line 1 column 8",
          "request_id": "req_01m7w196f80000000000000001",
          "retryable": false,
          "status": 400,
          "title": "请求无法解析",
          "type": "/errors/request.malformed"
        }"#]],
    )
    .await;
    check(
        "{} {}",
        expect![[r#"
        422
        {
          "code": "request.invalid",
          "errors": [
            {
              "detail": "missing field `room` at line 1 column 2",
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
    check(
        &"[".repeat(1_000),
        expect![[r#"
        422
        {
          "code": "request.invalid",
          "errors": [
            {
              "detail": "invalid type: sequence, expected a string at line 1 column 1",
              "pointer": "/0"
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
    let not_utf8 = place("application/json", Bytes::from_static(b"{\"room\":\"\xff\"}"));
    expect![[r#"
        400
        {
          "code": "request.malformed",
          "detail": "the body is not JSON: invalid unicode code point at line 1 column 10",
          "request_id": "req_01m7w196f80000000000000001",
          "retryable": false,
          "status": 400,
          "title": "请求无法解析",
          "type": "/errors/request.malformed"
        }"#]]
    .assert_eq(&world.show(not_utf8, &[]).await);
}

#[tokio::test]
async fn json_of_another_shape_is_told_with_the_field() {
    check(
        "[]",
        expect![[r#"
        422
        {
          "code": "request.invalid",
          "errors": [
            {
              "detail": "invalid length 0, expected struct PlaceSample with 4 elements at line 1 column 2",
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
    let body = format!(
        r#"{{"room":"{ROOM}","price":{{"amount":1,"currency":"CNY"}},"parts":[{{"count":1}},{{"count":"2"}}]}}"#
    );
    check(
        &body,
        expect![[r#"
        422
        {
          "code": "request.invalid",
          "errors": [
            {
              "detail": "invalid type: string \"2\", expected u32 at line 1 column 111",
              "pointer": "/parts/1/count"
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
    check(
        &format!(r#"{{"room":"{ROOM}","price":{{"amount":1.5,"currency":"CNY"}}}}"#),
        expect![[r#"
        422
        {
          "code": "request.invalid",
          "errors": [
            {
              "detail": "invalid type: floating point `1.5`, expected i64 at line 1 column 61",
              "pointer": "/price/amount"
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
    check(&format!(r#"{{"room":"{ROOM}","a/b~c":1}}"#), expect![[r#"
        422
        {
          "code": "request.invalid",
          "errors": [
            {
              "detail": "unknown field `a/b~c`, expected one of `room`, `price`, `begins_at`, `parts` at line 1 column 47",
              "pointer": "/a~1b~0c"
            }
          ],
          "request_id": "req_01m7w196f80000000000000001",
          "retryable": false,
          "status": 422,
          "title": "请求内容不符合要求",
          "type": "/errors/request.invalid"
        }"#]]).await;
}

#[tokio::test]
async fn ids_times_and_amounts_have_their_own_codes() {
    check(
        r#"{"room":"room_00000000000000000000000003"}"#,
        expect![[r#"
        400
        {
          "code": "request.invalid_id",
          "errors": [
            {
              "detail": "failed to read an id that does not start with `po_` at line 1 column 42",
              "pointer": "/room"
            }
          ],
          "request_id": "req_01m7w196f80000000000000001",
          "retryable": false,
          "status": 400,
          "title": "标识符无效",
          "type": "/errors/request.invalid_id"
        }"#]],
    )
    .await;
    check(&format!(r#"{{"room":"{ROOM}","begins_at":"tomorrow"}}"#), expect![[r#"
        422
        {
          "code": "request.invalid_time",
          "errors": [
            {
              "detail": "failed to read a time that is not RFC 3339 between the years 1970 and 9999, such as `2026-11-20T08:31:02.120Z` at line 1 column 63",
              "pointer": "/begins_at"
            }
          ],
          "request_id": "req_01m7w196f80000000000000001",
          "retryable": false,
          "status": 422,
          "title": "时间无效",
          "type": "/errors/request.invalid_time"
        }"#]]).await;
    check(
        &format!(r#"{{"room":"{ROOM}","price":{{"amount":0,"currency":"CNY"}}}}"#),
        expect![[r#"
        422
        {
          "code": "request.invalid_amount",
          "errors": [
            {
              "detail": "the amount must be from 1 to 9007199254740991",
              "pointer": "/price"
            }
          ],
          "request_id": "req_01m7w196f80000000000000001",
          "retryable": false,
          "status": 422,
          "title": "金额无效",
          "type": "/errors/request.invalid_amount"
        }"#]],
    )
    .await;
    check(
        &format!(r#"{{"room":"{ROOM}","price":{{"amount":5,"currency":"BEAN"}}}}"#),
        expect![[r#"
        422
        {
          "code": "request.invalid_amount",
          "errors": [
            {
              "detail": "the currency must be `CNY`",
              "pointer": "/price"
            }
          ],
          "request_id": "req_01m7w196f80000000000000001",
          "retryable": false,
          "status": 422,
          "title": "金额无效",
          "type": "/errors/request.invalid_amount"
        }"#]],
    )
    .await;
}

#[tokio::test]
async fn other_media_types_are_refused() {
    let world = World::new().await;
    expect![[r#"
        415
        {
          "code": "request.unsupported_media_type",
          "detail": "the body must be `application/json`",
          "request_id": "req_01m7w196f80000000000000001",
          "retryable": false,
          "status": 415,
          "title": "不支持的内容类型",
          "type": "/errors/request.unsupported_media_type"
        }"#]]
    .assert_eq(&world.show(place("text/xml", "<a/>"), &[]).await);
    let untyped = request("POST", "/v1/samples", &[("authorization", KEY)], "{}");
    expect![[r#"
        415
        {
          "code": "request.unsupported_media_type",
          "detail": "the body must be `application/json`",
          "request_id": "req_01m7w196f80000000000000002",
          "retryable": false,
          "status": 415,
          "title": "不支持的内容类型",
          "type": "/errors/request.unsupported_media_type"
        }"#]]
    .assert_eq(&world.show(untyped, &[]).await);
    let headers = [("content-type", "application/json"), ("content-encoding", "gzip"), ("authorization", KEY)];
    let packed = request("POST", "/v1/samples", &headers, "{}");
    expect![[r#"
        415
        accept-encoding: gzip
        {
          "code": "request.unsupported_media_type",
          "detail": "the body may not be packed",
          "request_id": "req_01m7w196f80000000000000003",
          "retryable": false,
          "status": 415,
          "title": "不支持的内容类型",
          "type": "/errors/request.unsupported_media_type"
        }"#]]
    .assert_eq(&world.show(packed, &["accept-encoding"]).await);
}

#[tokio::test]
async fn large_bodies_are_refused_announced_or_not() {
    let world = World::new().await;
    let large = Bytes::from(vec![b' '; BODY_BYTES_MAX + 1]);
    expect![[r#"
        413
        {
          "code": "request.too_large",
          "detail": "the body may have at most 65536 bytes",
          "request_id": "req_01m7w196f80000000000000001",
          "retryable": false,
          "status": 413,
          "title": "请求体过大",
          "type": "/errors/request.too_large"
        }"#]]
    .assert_eq(&world.show(place("application/json", large.clone()), &[]).await);

    let chunks = futures_util::stream::iter((0..3).map(move |_| Ok::<_, std::io::Error>(large.clone())));
    let mut streamed = place("application/json", "");
    *streamed.body_mut() = Body::from_stream(chunks);
    assert_eq!(world.send(streamed).await.status(), 413);

    let headers = [("content-type", "application/json"), ("content-length", "99999999999"), ("authorization", KEY)];
    let announced = request("POST", "/v1/samples", &headers, "{}");
    assert_eq!(world.send(announced).await.status(), 413);

    let spaces = " ".repeat(BODY_BYTES_MAX - 2);
    let fitting = place("application/json", format!("{{}}{spaces}"));
    assert_eq!(world.send(fitting).await.status(), 422);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_never_arrives_is_given_up() {
    let world = World::new().await;
    let mut request = place("application/json", "");
    *request.body_mut() = Body::from_stream(futures_util::stream::pending::<Result<Bytes, std::io::Error>>());
    expect![[r#"
        408
        {
          "code": "request.timeout",
          "request_id": "req_01m7w196f80000000000000001",
          "retryable": true,
          "status": 408,
          "title": "接收请求超时",
          "type": "/errors/request.timeout"
        }"#]]
    .assert_eq(&world.show(request, &[]).await);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_malformed() {
    let world = World::new().await;
    let broken = futures_util::stream::iter([Ok(Bytes::from_static(b"{")), Err(std::io::Error::other("gone"))]);
    let mut request = place("application/json", "");
    *request.body_mut() = Body::from_stream(broken);
    expect![[r#"
        400
        {
          "code": "request.malformed",
          "detail": "the body ended before its end",
          "request_id": "req_01m7w196f80000000000000001",
          "retryable": false,
          "status": 400,
          "title": "请求无法解析",
          "type": "/errors/request.malformed"
        }"#]]
    .assert_eq(&world.show(request, &[]).await);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn report(headers: &[(&str, &str)], body: impl Into<Bytes>) -> Request<Body> {
    request("POST", "/v1/events", &[headers, &[("authorization", KEY)]].concat(), body)
}

const JSON: (&str, &str) = ("content-type", "application/json");
const GZIP: (&str, &str) = ("content-encoding", "gzip");

#[tokio::test]
async fn events_come_plain_packed_or_as_a_beacon() {
    let world = World::new().await;
    let events = br#"{"events":["a","b"]}"#;
    for request in [
        report(&[JSON], &events[..]),
        report(&[JSON, GZIP], gzip(events)),
        report(&[JSON, ("content-encoding", "identity")], &events[..]),
        report(&[("content-type", "application/cloudevents-batch+json; charset=utf-8")], &events[..]),
        request(
            "POST",
            &format!("/v1/events?k={PUBLISHABLE}"),
            &[("content-type", "text/plain;charset=UTF-8")],
            &events[..],
        ),
    ] {
        let shown = world.show(request, &[]).await;
        assert_eq!(shown, "202\n{\n  \"accepted\": 2\n}");
    }
}

#[tokio::test]
async fn a_packed_bomb_is_stopped_while_unpacking() {
    let world = World::new().await;
    let bomb = gzip(&vec![b' '; EVENTS_BYTES_UNPACKED_MAX * 8]);
    assert!(bomb.len() < EVENTS_BYTES_MAX);
    expect![[r#"
        413
        {
          "code": "request.too_large",
          "detail": "the body may unpack to at most 4194304 bytes",
          "request_id": "req_01m7w196f80000000000000001",
          "retryable": false,
          "status": 413,
          "title": "请求体过大",
          "type": "/errors/request.too_large"
        }"#]]
    .assert_eq(&world.show(report(&[JSON, GZIP], bomb), &[]).await);
}

#[tokio::test]
async fn what_is_not_gzip_is_malformed() {
    let world = World::new().await;
    expect![[r#"
        400
        {
          "code": "request.malformed",
          "detail": "the body is not gzip",
          "request_id": "req_01m7w196f80000000000000001",
          "retryable": false,
          "status": 400,
          "title": "请求无法解析",
          "type": "/errors/request.malformed"
        }"#]]
    .assert_eq(&world.show(report(&[JSON, GZIP], "{}"), &[]).await);
    let mut cut_short = gzip(br#"{"events":["a","b"]}"#);
    cut_short.truncate(15);
    assert_eq!(world.send(report(&[JSON, GZIP], cut_short)).await.status(), 400);
    assert_eq!(world.send(report(&[JSON, ("content-encoding", "br")], "{}")).await.status(), 415);
    let large = vec![b' '; EVENTS_BYTES_MAX + 1];
    assert_eq!(world.send(report(&[JSON], large)).await.status(), 413);
}
