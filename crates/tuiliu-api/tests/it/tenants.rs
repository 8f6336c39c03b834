//! Who may what, over all endpoints of the document (AC-01).

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tuiliu_api::openapi;

use crate::platform::{TestActor, request};
use crate::promotion::stage::Stage;

/// Endpoints that are open to everybody, and why that is right.
const OPEN: &[&str] = &[
    "GET /healthz",
    "GET /readyz",
    "GET /metrics",
    "GET /errors/{code}",
    // Whoever signs in shows who they are by it.
    "POST /v1/sessions",
    // Signed by the provider.
    "POST /v1/payment_notices/{provider}",
];

/// Endpoints that speak of the caller alone, or of what everybody of a tenant may see and create of their own.
const OWN: &[&str] = &[
    "GET /v1/me",
    "GET /v1/sessions",
    "DELETE /v1/sessions/current",
    "POST /v1/sessions/current/proof",
    "GET /v1/policy",
    "GET /v1/wallet",
    "GET /v1/bean_rates",
    "GET /v1/rooms",
    "POST /v1/rooms",
    "GET /v1/boosts",
    "POST /v1/boosts",
    "GET /v1/boost_options",
    "POST /v1/boost_estimates",
    "POST /v1/payment_plans",
    "GET /v1/forecast/calibration",
    "GET /v1/coupons",
    "GET /v1/parties",
    "POST /v1/events",
];

struct Endpoint {
    method: String,
    /// As the document writes it.
    pattern: String,
}

fn endpoints() -> Vec<Endpoint> {
    let document = serde_json::to_value(openapi::document()).unwrap();
    let mut found = Vec::new();
    for (pattern, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys().filter(|key| *key != "parameters") {
            found.push(Endpoint { method: method.to_uppercase(), pattern: pattern.clone() });
        }
    }
    found
}

/// A path to a thing of ours in place of each pattern; the rest are filled with ids that nothing has.
struct Things {
    boost: String,
    room: String,
    party: String,
    coupon: String,
}

impl Things {
    fn path(&self, pattern: &str) -> String {
        let filled = pattern
            .replace("{boost}", &self.boost)
            .replace("{room}", &self.room)
            .replace("{party}", &self.party)
            .replace("{coupon}", &self.coupon)
            .replace("{agency}", &self.party)
            .replace("{api_key}", "key_00000000000000000000000001")
            .replace("{key}", "key_00000000000000000000000001")
            .replace("{session}", "ses_00000000000000000000000001")
            .replace("{top_up}", "pay_00000000000000000000000001")
            .replace("{account}", "paid_beans");
        assert!(!filled.contains('{'), "the tests know what `{pattern}` is about");
        match pattern.rsplit('/').next().unwrap() {
            "boost_options" => format!("{filled}?room_id={}", self.room),
            "balances" => format!("{filled}?at=2026-11-20T08:31:02Z"),
            "export" => format!("{filled}?format=csv"),
            _ => filled,
        }
    }
}

async fn status(stage: &Stage, endpoint: &Endpoint, path: &str, who: Option<&TestActor>, body: &Value) -> u16 {
    stage.platform.clock.advance_ms(2_000);
    let takes_body = matches!(endpoint.method.as_str(), "POST" | "PUT" | "PATCH");
    let headers = [("if-match", "\"v1\"")];
    let asked = request(&endpoint.method, who, path, &headers, takes_body.then(|| body.clone()));
    let (status, _, _) = stage.raw(asked).await;
    status.as_u16()
}

/// A body that each endpoint would take: a refusal is then about who asks.
fn body(pattern: &str, things: &Things) -> Value {
    let beans = json!({"amount": 10_000, "currency": "BEAN"});
    match pattern.rsplit('/').next().unwrap() {
        "facts" => json!({"fact": "ended", "occurred_at": "2026-11-20T08:31:02.120Z"}),
        "verdict" => json!({"verdict": "pass", "content_version": 1}),
        "top_up" => json!({"budget": beans}),
        "decisions" => json!({"placements": [{"id": "feed", "slots": 1, "positions": [4]}]}),
        "boosts" => Stage::draft(&things.room),
        "api_keys" => json!({"name": "feed", "kind": "sk_live", "scopes": ["boosts:read"]}),
        "parties" => json!({"kind": "creator", "display_name": "somebody"}),
        "coupons" => json!({"owners": [things.party], "kind": "traffic_coupon", "points": 1}),
        "split" => json!({"points": 1}),
        "gifts" => json!({"beans": beans, "note": "a gift"}),
        "frozen" => json!({"frozen": true}),
        "refunds" => json!({"amount": beans}),
        "top_ups" => json!({"price": {"amount": 100, "currency": "CNY"}, "channel": "direct"}),
        "{top_up}" => json!({"play": "pay"}),
        "password" => json!({"password": "correct horse battery"}),
        _ => json!({}),
    }
}

#[tokio::test]
async fn ac_01_every_endpoint_refuses_whoever_may_not() {
    let stage = Stage::with_beans(5_000).await;
    let room = stage.live("room-1").await;
    let things = Things {
        boost: stage.running(Stage::draft(&room)).await,
        party: stage.creator().party.to_string(),
        coupon: stage.coupon(stage.creator().party, 10).await,
        room,
    };
    let mut seen = BTreeSet::new();
    for endpoint in endpoints() {
        let name = format!("{} {}", endpoint.method, endpoint.pattern);
        seen.insert(name.clone());
        if OPEN.contains(&name.as_str()) {
            continue;
        }
        let path = things.path(&endpoint.pattern);
        let body = body(&endpoint.pattern, &things);
        let (ours, theirs) = (&stage.platform.ours, &stage.platform.theirs);
        stage.platform.clock.advance_ms(60_000);
        assert_eq!(status(&stage, &endpoint, &path, None, &body).await, 401, "nobody: {name}");
        if OWN.contains(&name.as_str()) {
            continue;
        }
        let met = status(&stage, &endpoint, &path, Some(&ours.stranger), &body).await;
        assert!(matches!(met, 403 | 404), "a stranger of the same tenant: {name}: {met}");
        let met = status(&stage, &endpoint, &path, Some(&ours.narrow_machine), &body).await;
        assert!(matches!(met, 403 | 404), "a key without the scope: {name}: {met}");
        for who in [&theirs.creator, &theirs.operator, &theirs.machine] {
            // What names nothing of ours speaks of the caller's own tenant, where they may.
            if !endpoint.pattern.contains('{') {
                continue;
            }
            let met = status(&stage, &endpoint, &path, Some(who), &body).await;
            assert!(matches!(met, 403 | 404), "another tenant: {name}: {met}");
        }
    }
    for name in OPEN.iter().chain(OWN) {
        assert!(seen.contains(*name), "`{name}` is in the document no more");
    }
    assert_eq!(stage.state(&things.boost).await, "running", "nothing was done");
}

#[tokio::test]
async fn ac_01_lists_show_nothing_of_another_tenant() {
    let stage = Stage::with_beans(5_000).await;
    let room = stage.live("room-1").await;
    stage.running(Stage::draft(&room)).await;
    for path in ["/v1/boosts", "/v1/rooms", "/v1/reviews", "/v1/coupons", "/v1/boosts?state=running"] {
        for who in [&stage.platform.theirs.operator, &stage.platform.theirs.machine] {
            let (status, json) = stage.platform.get(who, path).await;
            if status == 200 {
                assert_eq!(json["data"], json!([]), "{path}");
            }
        }
    }
    for filter in [format!("room_id={room}"), format!("payer_id={}", stage.creator().party)] {
        let (status, json) = stage.platform.get(&stage.platform.theirs.operator, &format!("/v1/boosts?{filter}")).await;
        assert!(status != 200 || json["data"] == json!([]), "{filter}: {status} {json}");
    }
    let ask = json!({"placements": [{"id": "feed", "slots": 1, "positions": [4]}]});
    let (_, answer) = stage.platform.post(&stage.platform.theirs.machine, "/v1/decisions", ask).await;
    assert_eq!(answer["placements"][0]["decisions"], json!([]), "their feed shows none of our rooms");
}

#[tokio::test]
async fn ac_01_an_agency_acts_only_for_those_who_agreed() {
    let stage = Stage::with_beans(5_000).await;
    let room = stage.live("room-1").await;
    let agency = &stage.platform.ours.agency;
    let mut draft = Stage::draft(&room);
    draft["payer_id"] = json!(stage.creator().party.to_string());
    stage.refused(agency, "/v1/boosts", draft.clone(), "access.forbidden").await;
    let consent = format!("/v1/parties/{}/agencies/{}", stage.creator().party, agency.party);
    let (status, json) = stage.platform.call("PUT", Some(stage.creator()), &consent, None).await;
    assert!(status.is_success(), "{json}");
    let placed = stage.expect(agency, "/v1/boosts", draft, 201).await;
    assert_eq!(placed["payer_id"], stage.creator().party.to_string());
    let pay = format!("/v1/boosts/{}/pay", placed["id"].as_str().unwrap());
    stage.expect(agency, &pay, json!({}), 200).await;
}
