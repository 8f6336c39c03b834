//! Programmes: composed, tried on the past, published, changed, cancelled (IN-07, IN-10).

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::desk::lines;
use crate::platform::{NOBODY, request};
use crate::promotion::stage::{HOUR_MS, Stage};

const DAY_MS: i64 = 86_400_000;

#[tokio::test]
async fn in_07_only_sound_texts_are_taken() {
    let stage = Stage::new().await;
    let refused = async |change: Value| {
        let mut terms = stage.preset("cold_start").await;
        for (name, value) in change.as_object().unwrap() {
            terms[name] = value.clone();
        }
        stage.refused(stage.operator(), "/v1/incentive-programmes", terms, "incentive.terms_invalid").await;
    };
    refused(json!({"title": ""})).await;
    refused(json!({"lottery": true})).await;
    refused(json!({"kind": "benchmark"})).await;
    refused(json!({"eligibility": {"any": []}})).await;
    refused(json!({"eligibility": {"at_least": {"metric": "luck", "value": 7}}})).await;
    refused(json!({"eligibility": {"at_least": {"metric": "viewers", "value": -7}}})).await;
    refused(json!({"coupon": {"product": "everything"}})).await;
    refused(json!({"starts_at": stage.at(0), "ends_at": stage.at(0)})).await;
}

#[tokio::test]
async fn in_07_a_dry_run_shows_who_would_have_won_and_what_it_would_have_cost() {
    let stage = Stage::new().await;
    let (creator, other) = (stage.creator(), &stage.platform.ours.stranger);
    let from = stage.at(0);
    stage.broadcast(creator, "one", 90, 10_000).await;
    stage.broadcast(other, "two", 59, 10_000).await;
    let room = stage.ended(creator, "three", 90).await;
    stage.told(&room, super::desk::sales(10_000, 10_000, 4_001)).await;
    let mut terms = stage.preset("cold_start").await;
    terms["coupons_per_month"] = json!(2);
    let made = stage.expect(stage.operator(), "/v1/incentive-programmes", terms, 201).await;
    let path = format!("/v1/incentive-programmes/{}/dry-run", made["id"].as_str().unwrap());
    let query = format!("?from={from}&to={}", stage.at(1));
    let run = stage.read(stage.operator(), &format!("{path}{query}")).await;
    assert_eq!((&run["broadcasts"], &run["winners"]), (&json!(3), &json!(1)));
    // Two approvals and an instalment of 600 are earned; the quota covers two, and the refunds keep one back.
    assert_eq!(run["issued"], json!({"rewards": 2, "coupons": 2, "points": 1_100}));
    assert_eq!(run["over_quota"], json!({"rewards": 1, "coupons": 1, "points": 500}));
    assert_eq!(run["withheld"], json!({"rewards": 1, "coupons": 1, "points": 600}));
    assert_eq!(
        run["data"][1]["task"],
        format!("broadcast:{}", run["data"][1]["task"].as_str().unwrap().split_once(':').unwrap().1)
    );
    assert!(stage.rewards(creator).await.is_empty(), "nothing was issued");
    let asked = request("GET", Some(stage.operator()), &format!("{path}/export{query}"), &[], None);
    let (status, headers, text) = stage.raw(asked).await;
    assert_eq!((status, headers["content-type"].to_str().unwrap()), (StatusCode::OK, "text/csv; charset=utf-8"));
    assert_eq!(text.lines().count(), 5, "{text}");
    assert!(text.starts_with("\u{feff}party,task,at,outcome,coupons,points_each,points\r\n"), "{text}");
    let (status, refused) = stage.platform.get(stage.operator(), &format!("{path}?from={from}&to={from}")).await;
    assert_eq!((status, &refused["code"]), (StatusCode::BAD_REQUEST, &json!("request.invalid_query")));
}

#[tokio::test]
async fn in_07_rewards_are_exported_with_what_they_were_for() {
    let stage = Stage::new().await;
    let programme = stage.programme("cold_start").await;
    stage.enrolled(stage.creator(), &programme).await;
    let asked = request("GET", Some(stage.operator()), "/v1/incentive-reward-export", &[], None);
    let (status, _, text) = stage.raw(asked).await;
    assert_eq!(status, StatusCode::OK);
    let line = text.lines().nth(1).unwrap();
    assert!(line.contains("approval:iap_") && line.contains(",issued,202611,1,500,0,"), "{line}");
}

#[tokio::test]
async fn in_10_a_change_takes_effect_on_publication_and_takes_nothing_back() {
    let stage = Stage::new().await;
    let programme = stage.programme("cold_start").await;
    let creator = stage.creator();
    stage.enrolled(creator, &programme).await;
    let early = stage.ended(creator, "early", 90).await;
    let mut terms = stage.preset("cold_start").await;
    terms["rewards"]["broadcasts"]["tiers"][0]["face"] = json!({"base_points": 100, "points_max": 100});
    stage.edit(&programme, terms).await;
    stage.broadcast(creator, "draft", 90, 0).await;
    stage.platform.clock.advance_ms(1_000);
    let published = stage.publish(&programme).await;
    assert_eq!((&published["published"]["number"], &published["state"]), (&json!(2), &json!("published")));
    stage.broadcast(creator, "late", 90, 0).await;
    // What ended before is under the old text, even when it is told only now.
    stage.told(&early, super::desk::sales(0, 0, 0)).await;
    let expected = [
        ("approval", "issued", 500),
        ("broadcast", "issued", 500),
        ("broadcast", "issued", 100),
        ("broadcast", "issued", 500),
    ];
    assert_eq!(stage.rewards(creator).await, lines(&expected));
    let editions = stage.get(&format!("/v1/incentive-programmes/{programme}/editions")).await;
    assert_eq!(editions["data"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn in_10_a_cancelled_programme_leaves_what_was_earned() {
    let stage = Stage::new().await;
    let programme = stage.programme("cold_start").await;
    let creator = stage.creator();
    stage.enrolled(creator, &programme).await;
    let before = stage.ended(creator, "before", 90).await;
    stage.platform.clock.advance_ms(1_000);
    let path = format!("/v1/incentive-programmes/{programme}");
    stage.expect(stage.operator(), &format!("{path}/cancel"), json!({}), 200).await;
    stage.broadcast(creator, "after", 90, 0).await;
    stage.told(&before, super::desk::sales(0, 0, 0)).await;
    let expected = [("approval", "issued", 500), ("broadcast", "issued", 500)];
    assert_eq!(stage.rewards(creator).await, lines(&expected));
    stage.apply_refused(&stage.platform.ours.stranger, &programme, "incentive.not_open").await;
    stage.refused(stage.operator(), &format!("{path}/publish"), json!({}), "incentive.wrong_state").await;
}

#[tokio::test]
async fn in_10_a_window_opens_and_closes_a_programme() {
    let stage = Stage::new().await;
    let mut terms = stage.preset("cold_start").await;
    terms["starts_at"] = json!(stage.at(DAY_MS));
    terms["ends_at"] = json!(stage.at(2 * DAY_MS));
    let programme = stage.published(terms).await;
    stage.apply_refused(stage.creator(), &programme, "incentive.not_open").await;
    stage.platform.clock.advance_ms(24 * HOUR_MS);
    stage.enrolled(stage.creator(), &programme).await;
    stage.broadcast(stage.creator(), "inside", 90, 0).await;
    stage.platform.clock.advance_ms(24 * HOUR_MS);
    stage.broadcast(stage.creator(), "outside", 90, 0).await;
    assert_eq!(stage.rewards(stage.creator()).await.len(), 2);
}

#[tokio::test]
async fn in_10_drafts_are_the_operators_and_edits_name_the_version_read() {
    let stage = Stage::new().await;
    let terms = stage.preset("growth").await;
    let made = stage.expect(stage.operator(), "/v1/incentive-programmes", terms.clone(), 201).await;
    let path = format!("/v1/incentive-programmes/{}", made["id"].as_str().unwrap());
    let (status, _) = stage.platform.get(stage.creator(), &path).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "a draft is not there for others");
    assert_eq!(stage.get("/v1/incentive-programmes").await["data"], json!([]));
    stage.publish(made["id"].as_str().unwrap()).await;
    let seen = stage.get(&path).await;
    assert_eq!((&seen["draft"], &seen["published"]["terms"]), (&Value::Null, &terms));
    let put = |headers: &[(&str, &str)]| request("PUT", Some(stage.operator()), &path, headers, Some(terms.clone()));
    let (status, _, json) = stage.platform.send(put(&[("if-match", "\"v1\"")])).await;
    assert_eq!((status, &json["code"]), (StatusCode::PRECONDITION_FAILED, &json!("request.version_conflict")));
    let (_, _, json) = stage.platform.send(put(&[])).await;
    assert_eq!(json["code"], "request.version_required");
}

#[tokio::test]
async fn ac_01_incentives_are_closed_to_strangers_and_other_tenants() {
    let stage = Stage::new().await;
    let platform = &stage.platform;
    let programme = stage.programme("cold_start").await;
    let application = stage.enrolled(stage.creator(), &programme).await;
    let reward = stage.last_reward(stage.creator()).await;
    let measure = stage.measure(stage.creator(), json!({"rewards": []})).await;
    let text = |value: &Value| value["id"].as_str().unwrap().to_owned();
    let party = stage.creator().party;
    let terms = stage.preset("growth").await;
    // What is another's is not there for a stranger.
    for path in [
        format!("/v1/incentive-applications/{}", text(&application)),
        format!("/v1/incentive-rewards/{}", text(&reward)),
        format!("/v1/incentive-measures/{}", text(&measure)),
    ] {
        platform.is_closed("GET", &path, None, 404).await;
        platform.is_hidden("GET", &path, None).await;
    }
    let withdraw = format!("/v1/incentive-applications/{}/withdraw", text(&application));
    platform.is_closed("POST", &withdraw, Some(json!({})), 404).await;
    // What a creator may not do, to nobody.
    let marks = format!("/v1/account-marks/{party}");
    for (method, path, body) in [
        ("GET", format!("/v1/incentive-tasks?party={party}"), None),
        ("GET", format!("/v1/incentive-rewards?party={party}"), None),
        ("GET", format!("/v1/incentive-measures?party={party}"), None),
        ("GET", format!("/v1/incentive-debts/{party}"), None),
        ("GET", format!("/v1/incentive-applications?party={party}"), None),
        ("GET", format!("/v1/account-standings/{party}"), None),
        ("GET", format!("/v1/account-links/{party}"), None),
        ("GET", "/v1/account-links".to_owned(), None),
        ("GET", format!("/v1/messages?party={party}"), None),
        ("PUT", format!("/v1/account-standings/{party}"), Some(json!({}))),
        ("PUT", marks, Some(json!({"device": []}))),
        ("POST", "/v1/incentive-programmes".to_owned(), Some(terms)),
        ("POST", format!("/v1/incentive-programmes/{programme}/publish"), Some(json!({}))),
        ("POST", format!("/v1/incentive-programmes/{programme}/cancel"), Some(json!({}))),
        (
            "POST",
            "/v1/incentive-measures".to_owned(),
            Some(json!({"party_id": party.to_string(), "kind": "end", "reason": "script", "evidence": "x"})),
        ),
    ] {
        platform.is_closed(method, &path, body, 403).await;
    }
    let verdict = format!("/v1/incentive-applications/{}/verdict", text(&application));
    platform.is_closed("POST", &verdict, Some(json!({"approve": true})), 403).await;
    for path in ["publish", "cancel"] {
        platform.is_hidden("POST", &format!("/v1/incentive-programmes/{programme}/{path}"), Some(json!({}))).await;
    }
    let path = format!("/v1/incentive-programmes/{programme}/applications");
    for who in [&platform.theirs.creator, &platform.theirs.machine] {
        let (status, _) = platform.post(who, &path, stage.form(0)).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "another tenant's programme is not there");
    }
    let (status, _) = platform.call("GET", NOBODY, "/v1/messages", None).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    stage.audit_is_clean().await;
}
