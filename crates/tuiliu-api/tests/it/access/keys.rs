//! Keys of machines.

use expect_test::expect;
use serde_json::{Value, json};

use crate::platform::{TestPlatform, request};

fn body() -> Value {
    json!({"name": "feed server", "kind": "sk_live", "scopes": ["decisions:read", "events:write"]})
}

#[tokio::test]
async fn makes_a_key_and_shows_it_once() {
    let platform = TestPlatform::new().await;
    let operator = &platform.ours.operator;
    let made = platform.show(request("POST", Some(operator), "/v1/api_keys", &[], Some(body())), &[]).await;
    expect![[r#"
        201
        {
          "created_at": "2026-11-20T08:31:02.120Z",
          "id": "key_01m7w196f8000000000000001c",
          "kind": "sk_live",
          "last_used_at": null,
          "name": "feed server",
          "party": "pt_01m7w196f8000000000000001b",
          "revoked_at": null,
          "scopes": [
            "decisions:read",
            "events:write"
          ],
          "secret": "sk_live_605370cd95fe9dec81946f962ffdc73e21fbab0b19809a6705b4931cba456dc2",
          "shown": "sk_live_605370"
        }"#]]
    .assert_eq(&made);
    let listed = platform.show(request("GET", Some(operator), "/v1/api_keys?limit=1", &[], None), &[]).await;
    expect![[r#"
        200
        {
          "data": [
            {
              "created_at": "2026-11-20T08:31:02.120Z",
              "id": "key_01m7w196f8000000000000000h",
              "kind": "sk_live",
              "last_used_at": null,
              "name": "machine",
              "party": "pt_01m7w196f8000000000000000g",
              "revoked_at": null,
              "scopes": [
                "boosts:read",
                "boosts:write",
                "coupons:read",
                "coupons:write",
                "decisions:read",
                "events:write",
                "guarantees:read",
                "guarantees:write",
                "incentives:read",
                "incentives:write",
                "parties:read",
                "parties:write",
                "policies:read",
                "policies:write",
                "reviews:read",
                "reviews:write",
                "rooms:read",
                "rooms:write",
                "wallet:read",
                "wallet:write",
                "webhooks:read",
                "webhooks:write"
              ],
              "shown": "sk_live_7e31dd"
            }
          ],
          "has_more": true,
          "next_cursor": "AQGh-BSZ6AAAAAAAAAAAABE"
        }"#]]
    .assert_eq(&listed);
    let (_, first) = platform.get(operator, "/v1/api_keys?limit=3").await;
    assert_eq!((first["has_more"].as_bool(), first["data"].as_array().unwrap().len()), (Some(true), 3));
    let next = format!("/v1/api_keys?limit=3&cursor={}", first["next_cursor"].as_str().unwrap());
    let (_, second) = platform.get(operator, &next).await;
    assert_eq!((second["has_more"].as_bool(), second["data"].as_array().unwrap().len()), (Some(false), 1));
    assert!(!first.to_string().contains("secret") && !second.to_string().contains("secret"));
}

#[tokio::test]
async fn keys_are_the_operators_business() {
    let platform = TestPlatform::new().await;
    platform.is_closed("POST", "/v1/api_keys", Some(body()), 403).await;
    platform.is_closed("GET", "/v1/api_keys", None, 403).await;
    let key = format!("/v1/api_keys/{}", platform.ours.machine.key.unwrap());
    platform.is_closed("DELETE", &key, None, 403).await;
    platform.is_hidden("DELETE", &key, None).await;
    assert_eq!(platform.get(&platform.ours.machine, "/v1/me").await.0, 200, "nobody could end it");
    let (_, theirs) = platform.get(&platform.theirs.operator, "/v1/api_keys").await;
    let (_, ours) = platform.get(&platform.ours.operator, "/v1/api_keys").await;
    for key in ours["data"].as_array().unwrap() {
        assert!(!theirs.to_string().contains(key["id"].as_str().unwrap()), "tenants never see each other");
    }
}

#[tokio::test]
async fn a_revoked_key_opens_nothing_at_once() {
    let platform = TestPlatform::new().await;
    let machine = &platform.ours.machine;
    let path = format!("/v1/api_keys/{}", machine.key.unwrap());
    assert_eq!(platform.get(machine, "/v1/me").await.0, 200);
    assert_eq!(platform.delete(&platform.ours.operator, &path).await.0, 204);
    assert_eq!(platform.get(machine, "/v1/me").await.0, 401);
    assert_eq!(platform.delete(&platform.ours.operator, &path).await.0, 404);
    let unknown = platform.delete(&platform.ours.operator, "/v1/api_keys/key_00000000000000000000000001").await;
    assert_eq!(unknown.0, 404);
}

#[tokio::test]
async fn refuses_keys_that_cannot_be() {
    let platform = TestPlatform::new().await;
    let show = async |body: Value| {
        let sent =
            request("POST", Some(&platform.ours.operator), "/v1/api_keys", &[("accept-language", "en")], Some(body));
        platform.show(sent, &[]).await
    };
    expect![[r#"
        422
        {
          "code": "request.invalid",
          "errors": [
            {
              "detail": "failed to make a publishable key with the scope `wallet:read`",
              "pointer": "/scopes"
            }
          ],
          "request_id": "req_01m7w196f80000000000000001",
          "retryable": false,
          "status": 422,
          "title": "The request content is not valid",
          "type": "/errors/request.invalid"
        }"#]]
    .assert_eq(&show(json!({"name": "page", "kind": "pk", "scopes": ["wallet:read"]})).await);
    expect![[r#"
        422
        {
          "code": "request.invalid",
          "errors": [
            {
              "detail": "`all` is none of `boosts:read`, `boosts:write`, `coupons:read`, `coupons:write`, `decisions:read`, `events:write`, `guarantees:read`, `guarantees:write`, `incentives:read`, `incentives:write`, `parties:read`, `parties:write`, `policies:read`, `policies:write`, `reviews:read`, `reviews:write`, `rooms:read`, `rooms:write`, `wallet:read`, `wallet:write`, `webhooks:read`, `webhooks:write` at line 1 column 45",
              "pointer": "/scopes/0"
            }
          ],
          "request_id": "req_01m7w196f80000000000000002",
          "retryable": false,
          "status": 422,
          "title": "The request content is not valid",
          "type": "/errors/request.invalid"
        }"#]].assert_eq(&show(json!({"name": "x", "kind": "sk_live", "scopes": ["all"]})).await);
    expect![[r#"
        422
        {
          "code": "request.invalid",
          "errors": [
            {
              "detail": "failed to make a key without scopes",
              "pointer": "/scopes"
            }
          ],
          "request_id": "req_01m7w196f80000000000000003",
          "retryable": false,
          "status": 422,
          "title": "The request content is not valid",
          "type": "/errors/request.invalid"
        }"#]]
    .assert_eq(&show(json!({"name": "x", "kind": "sk_live", "scopes": []})).await);
    let status = async |body: Value| platform.post(&platform.ours.operator, "/v1/api_keys", body).await.0.as_u16();
    assert_eq!(status(json!({"name": "", "kind": "sk_live", "scopes": ["events:write"]})).await, 422);
    assert_eq!(status(json!({"name": "x".repeat(257), "kind": "sk_live", "scopes": ["events:write"]})).await, 422);
    assert_eq!(status(json!({"name": "x", "kind": "sk", "scopes": ["events:write"]})).await, 422);
    assert_eq!(status(json!({"name": "x", "kind": "sk_live", "scopes": ["events:write"], "a": 1})).await, 422);
}

#[tokio::test]
async fn shows_when_a_key_was_used_last() {
    let platform = TestPlatform::new().await;
    platform.clock.advance_ms(1_000);
    let machine = platform.caller(&platform.ours.machine).await;
    assert_eq!(machine.actor.party, platform.ours.machine.party);
    platform.clock.advance_ms(1_000);
    assert_eq!(platform.get(&platform.ours.machine, "/v1/me").await.0, 200);
    platform.app.save_last_used().await.unwrap();
    let (_, listed) = platform.get(&platform.ours.operator, "/v1/api_keys?limit=1").await;
    assert_eq!(listed["data"][0]["id"], json!(platform.ours.machine.key.unwrap().to_string()));
    assert_eq!(listed["data"][0]["last_used_at"], "2026-11-20T08:31:04.120Z");
}
