//! The tenant's policy.

use expect_test::expect;
use serde_json::{Value, json};

use crate::platform::{NOBODY, TestPlatform, request};

#[tokio::test]
async fn everybody_reads_the_policy_of_their_tenant() {
    let platform = TestPlatform::new().await;
    let sent = request("GET", Some(&platform.ours.creator), "/v1/policy", &[], None);
    expect![[r#"
        200
        etag: "v1"
        {
          "settings": {
            "charge": {
              "commerce_window_ms": 172800000,
              "dedup_window_ms": 1800000,
              "effective_view_ms": 5000,
              "follow_hold_ms": 600000,
              "play_ms": 3000,
              "video_window_ms": 604800000
            },
            "coupon": {
              "growth_card_credit_score_min": 85,
              "offset_permille_max": 1000,
              "point_worth": 100,
              "remainder_grace_ms": 604800000,
              "task_reward_validity_ms": 1296000000,
              "validity_ms": 2592000000
            },
            "delivery": {
              "frequency_cap": 3,
              "frequency_window_ms": 86400000,
              "placements_sold": [],
              "promoted_permille_by_placement": [],
              "promoted_permille_max": 250
            },
            "estimate": {
              "comparables_min": 30,
              "cost_per_result": {
                "follows": {
                  "high": 30000000,
                  "low": 8000000,
                  "mid": 15000000
                },
                "interactions": {
                  "high": 16000000,
                  "low": 4000000,
                  "mid": 8000000
                },
                "product_clicks": {
                  "high": 12000000,
                  "low": 3000000,
                  "mid": 6000000
                },
                "viewers": {
                  "high": 3000000,
                  "low": 800000,
                  "mid": 1500000
                }
              },
              "duration_permille_low": 500
            },
            "guarantee": {
              "closing_wait_ms": 86400000,
              "exposure_max": 100000000,
              "fixed_price_max": 1000000000,
              "half_life_days": 20,
              "history_days": 45,
              "loss_permille": 420,
              "loss_permille_min": 500,
              "premium_permille_max": 500,
              "premium_permille_min": 100,
              "promise": "p50",
              "refund_wait_ms": 86400000,
              "refund_working_days": 7,
              "report_wait_ms": 3600000,
              "stop_loss_permille": 750,
              "stop_loss_services_min": 10,
              "stop_loss_window_ms": 2592000000,
              "term_ms": 1209600000,
              "valid_months": 1,
              "videos_min": 5
            },
            "holdout": {
              "share_permille_max": 500,
              "share_permille_min": 50,
              "share_permille_unknown": 100,
              "supply_permille": 500,
              "universal_permille": 10
            },
            "incentive": {
              "appeal_working_days": 5,
              "complaints_max": 20,
              "credit_score_min": 85,
              "linkage_address_permille": 250,
              "linkage_behaviour_permille": 400,
              "linkage_crowd_max": 20,
              "linkage_device_permille": 500,
              "linkage_identity_permille": 1000,
              "linkage_payout_account_permille": 850,
              "linkage_threshold_permille": 700,
              "refund_rate_permille_max": 400,
              "shop_score_hundredths_min": 410
            },
            "order": {
              "bid_max": 10000000000,
              "bid_min": 10000,
              "budget_max": 300000,
              "durations_ms": [
                1800000,
                3600000,
                5400000,
                7200000,
                9000000,
                10800000,
                12600000,
                14400000,
                16200000,
                18000000,
                19800000,
                21600000,
                43200000,
                86400000
              ],
              "payment_timeout_ms": 1800000,
              "presets": {
                "follows": [
                  3000,
                  4000,
                  5000,
                  6000,
                  7000,
                  8000
                ],
                "interactions": [
                  2000,
                  3000,
                  4000,
                  5000,
                  6000
                ],
                "product_clicks": [
                  5000,
                  6000,
                  7000,
                  8000,
                  9000,
                  10000
                ],
                "viewers": [
                  500,
                  1000,
                  2000,
                  3000,
                  4000,
                  5000
                ]
              },
              "reservation_ms": 172800000,
              "settle_limit_ms": 1800000,
              "settle_wait_ms": 600000,
              "top_up_duration_ms_max": 86400000,
              "top_up_min": 100,
              "wallet_low": 500
            },
            "quick_boost": {
              "bid_max": 10000000000,
              "bid_min": 10000,
              "budget_max": 5000000,
              "budget_min": 100,
              "budget_step": 10,
              "complete_after_ms": 3600000,
              "cost_per_result": [
                {
                  "goal": "viewers",
                  "high": 200000,
                  "low": 40000,
                  "mid": 80000
                },
                {
                  "goal": "comments",
                  "high": 2000000,
                  "low": 400000,
                  "mid": 800000
                },
                {
                  "goal": "follows",
                  "high": 4000000,
                  "low": 800000,
                  "mid": 1500000
                },
                {
                  "goal": "product_clicks",
                  "high": 1500000,
                  "low": 300000,
                  "mid": 600000
                },
                {
                  "goal": "sales",
                  "high": 60000000,
                  "low": 10000000,
                  "mid": 20000000
                },
                {
                  "goal": "purchases",
                  "high": 60000000,
                  "low": 10000000,
                  "mid": 20000000
                },
                {
                  "goal": "content_interest",
                  "high": 800000,
                  "low": 150000,
                  "mid": 300000
                },
                {
                  "goal": "profile_visits",
                  "high": 1000000,
                  "low": 200000,
                  "mid": 400000
                }
              ],
              "durations_ms": [
                7200000,
                21600000,
                43200000,
                86400000
              ],
              "guarantee_paid_in": "grant",
              "hard_end_permille": 2000,
              "long_from": 500,
              "offset_permille_max": 0,
              "payment_timeout_ms": 900000,
              "point_worth": 10,
              "presets": [
                100,
                200,
                500,
                1000,
                2000,
                5000
              ],
              "purchase_usual": 10000,
              "refund_working_days": 7,
              "refund_working_days_min": 1,
              "roi_goal_permille_max": 100000,
              "roi_goal_permille_min": 100,
              "wallet_low": 100
            },
            "review": {
              "blocked_categories": [
                "tobacco",
                "weapons",
                "prescription_drugs",
                "gambling"
              ],
              "blocked_words": [
                "国家级",
                "全网最低价",
                "包治百病",
                "加微信",
                "私下交易",
                "代开发票"
              ],
              "check_silence": "escalate",
              "check_wait_ms": 30000,
              "claim_ms": 600000,
              "four_eyes_categories": [
                "medical_devices",
                "finance"
              ],
              "sample_ms": 86400000,
              "sample_permille": 50,
              "title_length_max": 60,
              "title_length_min": 5,
              "verdict_ms": 1800000,
              "video_duration_ms_min": 4000,
              "watched_categories": [
                "health_food",
                "medical_devices",
                "finance",
                "alcohol"
              ],
              "watched_words": [
                "减肥",
                "投资",
                "理财",
                "返现",
                "治疗"
              ]
            },
            "room": {
              "interruption_grace_ms": 600000
            },
            "sale": {
              "beans_per_yuan_app_store": 7,
              "beans_per_yuan_direct": 10
            },
            "traffic": {
              "bots": [
                "googlebot",
                "bingbot",
                "baiduspider",
                "bytespider",
                "sogou web spider",
                "yisouspider",
                "petalbot",
                "semrushbot",
                "ahrefsbot",
                "headlesschrome",
                "phantomjs",
                "puppeteer",
                "playwright",
                "selenium",
                "python-requests",
                "python-urllib",
                "aiohttp",
                "curl/",
                "wget/",
                "go-http-client",
                "scrapy"
              ],
              "clicks_per_hour_max": 600,
              "clock_skew_ms": 60000,
              "datacentres": [],
              "interactions_per_hour_max": 3600,
              "purchases_per_hour_max": 60,
              "session_idle_ms": 1800000,
              "views_per_hour_max": 400,
              "watched_ms_per_hour_max": 10800000
            },
            "wallet": {
              "bank_transfer_ms": 1209600000,
              "withdrawal_max": 50000000,
              "withdrawal_min": 100,
              "withdrawal_one_approval_max": 1000000,
              "withdrawal_working_days": 5,
              "withdrawals_open_max": 5
            }
          },
          "version": 1
        }"#]]
    .assert_eq(&platform.show(sent, &["etag"]).await);
    assert_eq!(platform.call("GET", NOBODY, "/v1/policy", None).await.0, 401);
    assert_eq!(platform.get(&platform.ours.narrow_machine, "/v1/policy").await.0, 403);
    assert_eq!(platform.get(&platform.ours.page, "/v1/policy").await.0, 403);
}

#[tokio::test]
async fn an_operator_changes_it_over_the_version_they_read() {
    let platform = TestPlatform::new().await;
    let change = |who, tag: &str, body| request("PATCH", Some(who), "/v1/policy", &[("if-match", tag)], Some(body));
    let operator = &platform.ours.operator;
    let cap = || json!({"delivery": {"frequency_cap": 5}});
    let (status, headers, body) = platform.send(change(operator, "\"v1\"", cap())).await;
    assert_eq!((status.as_u16(), headers["etag"].to_str().unwrap()), (200, "\"v2\""));
    assert_eq!((&body["version"], &body["settings"]["delivery"]["frequency_cap"]), (&json!(2), &json!(5)));
    expect![[r#"
        412
        {
          "code": "request.version_conflict",
          "detail": "failed to change version `1` where `2` is present",
          "request_id": "req_01m7w196f80000000000000002",
          "retryable": false,
          "status": 412,
          "title": "内容已被修改",
          "type": "/errors/request.version_conflict"
        }"#]]
    .assert_eq(&platform.show(change(operator, "\"v1\"", cap()), &[]).await);
    let (_, read) = platform.get(&platform.ours.creator, "/v1/policy").await;
    assert_eq!(read, body);
    let (_, theirs) = platform.get(&platform.theirs.creator, "/v1/policy").await;
    assert_eq!((&theirs["version"], &theirs["settings"]["delivery"]["frequency_cap"]), (&json!(1), &json!(3)));
    assert_eq!(platform.call("PATCH", Some(operator), "/v1/policy", Some(cap())).await.0, 428);
    let denied = async |who| platform.send(change(who, "\"v2\"", cap())).await.0.as_u16();
    for who in [&platform.ours.creator, &platform.ours.reviewer, &platform.ours.finance, &platform.ours.machine] {
        assert_eq!(denied(who).await, 403);
    }
    let anonymous = request("PATCH", NOBODY, "/v1/policy", &[("if-match", "\"v2\"")], Some(cap()));
    assert_eq!(platform.send(anonymous).await.0, 401);
}

#[tokio::test]
async fn refuses_what_is_no_policy() {
    let platform = TestPlatform::new().await;
    let show = async |body: Value| {
        let headers = [("if-match", "\"v1\""), ("accept-language", "en")];
        platform.show(request("PATCH", Some(&platform.ours.operator), "/v1/policy", &headers, Some(body)), &[]).await
    };
    expect![[r#"
        422
        {
          "code": "request.invalid",
          "detail": "failed to read the change: unknown field `cap`, expected one of `promoted_permille_max`, `promoted_permille_by_placement`, `placements_sold`, `frequency_cap`, `frequency_window_ms`",
          "request_id": "req_01m7w196f80000000000000001",
          "retryable": false,
          "status": 422,
          "title": "The request content is not valid",
          "type": "/errors/request.invalid"
        }"#]].assert_eq(&show(json!({"delivery": {"cap": 5}})).await);
    expect![[r#"
        422
        {
          "code": "policy.invalid",
          "detail": "failed to set `delivery.promoted_permille_max` to `1001`: it must be from `0` to `1000`",
          "request_id": "req_01m7w196f80000000000000002",
          "retryable": false,
          "status": 422,
          "title": "The policy is not valid",
          "type": "/errors/policy.invalid"
        }"#]]
    .assert_eq(&show(json!({"delivery": {"promoted_permille_max": 1_001}})).await);
    expect![[r#"
        422
        {
          "code": "request.invalid",
          "detail": "failed to read the change: a policy is an object of objects",
          "request_id": "req_01m7w196f80000000000000003",
          "retryable": false,
          "status": 422,
          "title": "The request content is not valid",
          "type": "/errors/request.invalid"
        }"#]]
    .assert_eq(&show(json!([1])).await);
    let (_, unchanged) = platform.get(&platform.ours.operator, "/v1/policy").await;
    assert_eq!(unchanged["version"], 1);
}
