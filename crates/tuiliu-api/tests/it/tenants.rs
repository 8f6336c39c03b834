//! Who may what, over all endpoints of the document (AC-01).

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tuiliu_api::openapi;

use crate::access::everywhere::filled;
use crate::platform::{TestActor, request};
use crate::promotion::stage::Stage;

/// Endpoints that are open to everybody, and why that is right.
const OPEN: &[&str] = &[
    "GET /healthz",
    "GET /readyz",
    "GET /metrics",
    "GET /errors/{code}",
    // The dictionary of metrics.
    "GET /v1/metrics",
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
    "GET /v1/videos",
    "GET /v1/appeals",
    "GET /v1/guarantee-creators",
    "GET /v1/guarantee-services",
    "GET /v1/incentive-applications",
    "GET /v1/incentive-measures",
    "GET /v1/incentive-presets/{kind}",
    "GET /v1/incentive-programmes",
    "GET /v1/incentive-reward-export",
    "GET /v1/incentive-rewards",
    "GET /v1/incentive-tasks",
    "GET /v1/message-count",
    "GET /v1/messages",
    "POST /v1/messages/read",
    "GET /v1/valid-traffic/rules",
    "GET /v1/reports/boosts",
    "GET /v1/reports/broadcasts",
    "POST /v1/events",
];

struct Endpoint {
    method: String,
    /// As the document writes it.
    pattern: String,
    /// With an id that nothing has in place of each thing that the stage has none of.
    filled: String,
}

fn endpoints() -> Vec<Endpoint> {
    let document = serde_json::to_value(openapi::document()).unwrap();
    let mut found = Vec::new();
    for (pattern, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap().iter().filter(|(key, _)| *key != "parameters") {
            let filled = with_unknown_ids(pattern, operation, &document);
            found.push(Endpoint { method: method.to_uppercase(), pattern: pattern.clone(), filled });
        }
    }
    found
}

/// Names of what the stage has, or of what is no id.
const KNOWN: &[&str] = &["{boost}", "{room}", "{party}", "{coupon}", "{agency}", "{account}"];

/// The pattern with an id that nothing has wherever the stage has no such thing.
fn with_unknown_ids(pattern: &str, operation: &Value, document: &Value) -> String {
    let examples = filled(pattern, operation, document);
    let part = |(pattern, example): (&str, &str)| if KNOWN.contains(&pattern) { pattern } else { example }.to_owned();
    pattern.split('/').zip(examples.split('/')).map(part).collect::<Vec<_>>().join("/")
}

/// A path to a thing of ours in place of each pattern; the rest are filled with ids that nothing has.
struct Things {
    boost: String,
    room: String,
    party: String,
    coupon: String,
}

impl Things {
    fn path(&self, Endpoint { pattern, filled, .. }: &Endpoint) -> String {
        let filled = filled
            .replace("{boost}", &self.boost)
            .replace("{room}", &self.room)
            .replace("{party}", &self.party)
            .replace("{coupon}", &self.coupon)
            .replace("{agency}", &self.party)
            .replace("{account}", "paid_beans");
        match pattern.rsplit('/').next().unwrap() {
            "boost_options" => format!("{filled}?room_id={}", self.room),
            "balances" => format!("{filled}?at=2026-11-20T08:31:02Z"),
            "export" if pattern.contains("dry-run") => {
                format!("{filled}?from=2026-11-01T00:00:00Z&to=2026-11-20T00:00:00Z")
            }
            "search" => format!("{filled}?text={}", self.boost),
            "export" => format!("{filled}?format=csv"),
            "dry-run" => format!("{filled}?from=2026-11-01T00:00:00Z&to=2026-11-20T00:00:00Z"),
            "invoice_figures" => format!("{filled}?from=2026-11-01T00:00:00Z&to=2026-11-20T00:00:00Z"),
            "guarantee-quotes" => format!("{filled}?creators={}", self.party),
            "{kind}" => filled.replace("/none", "/cold_start"),
            "lift" if pattern == "/v1/lift" => {
                format!("{filled}?creator_id={}&from=2026-11-01T00:00:00Z&to=2026-11-20T00:00:00Z", self.party)
            }
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

/// A body for endpoints whose last word is not theirs alone.
fn body_of_pattern(pattern: &str, things: &Things) -> Option<Value> {
    let yuan = json!({"amount": 10_000, "currency": "CNY"});
    let (party, boost) = (&things.party, &things.boost);
    Some(match pattern {
        "/v1/appeals" => json!({"subject": "rejected_order", "subject_id": boost, "text": "it was fine"}),
        "/v1/appeals/{appeal}/verdict" => json!({"grant": true, "answer": "it was"}),
        "/v1/boosts/{boost}/bid" => json!({"bid": {"amount": 100, "currency": "BEAN"}}),
        "/v1/creator-videos/{external_id}" => {
            json!({"creator_id": party, "published_at": "2026-11-20T08:31:02Z", "state": "visible"})
        }
        "/v1/creator-videos/{external_id}/readings" => {
            json!({"readings": [{"at": "2026-11-20T08:31:02Z", "plays": 1}]})
        }
        "/v1/events/replay" => json!({"events": ["evt_00000000000000000000000001"]}),
        "/v1/guarantee-orders" => json!({"buyer_id": party, "creators": [party], "fee_max": yuan}),
        "/v1/guarantee-prices/{creator}" => json!({"fixed_price": yuan}),
        "/v1/guarantee-services/{service}/decision" => json!({"decision": "resume", "reason": "it is back"}),
        "/v1/incentive-applications/{application}/verdict" => json!({"approve": true}),
        "/v1/incentive-measures" => {
            json!({"party_id": party, "kind": "end", "reason": "script", "evidence": "seen"})
        }
        "/v1/incentive-programmes/{programme}/applications" => {
            json!({"goods": "bread", "broadcasts": [{"starts_at": "2026-11-25T08:31:02Z", "length_ms": 7_200_000}], "party_id": party})
        }
        "/v1/wallets/{party}/unspent_refunds" => {
            json!({"amount": {"amount": 100, "currency": "BEAN"}, "reason": "the account is closed"})
        }
        "/v1/webhook_endpoints" => json!({"url": "https://host.example/"}),
        "/v1/webhook_endpoints/{endpoint}/test" => json!({"type": "room.live"}),
        "/v1/webhook_endpoints/{endpoint}/replay" => json!({"since": "2026-11-20T08:31:02Z"}),
        "/v1/messages/read" => json!({"last": "msg_00000000000000000000000001"}),
        "/v1/review-samples/{task}/verdict" => json!({"verdict": "pass"}),
        "/v1/bank_lines" => json!({"lines": [{
            "reference": "b-1", "amount": yuan, "payer_name": "a company", "booked_on": "2026-11-20",
        }]}),
        "/v1/bank_lines/{bank_line}/match" => json!({"top_up": "pay_00000000000000000000000001"}),
        "/v1/bank_lines/{bank_line}/send_back" => json!({"note": "nobody announced it"}),
        "/v1/sandbox/withdrawals/{withdrawal}" => json!({"play": "pay"}),
        "/v1/wallets/{party}/bank_transfers" => {
            json!({"amount": yuan, "payer_name": "a company", "desk": "express"})
        }
        "/v1/wallets/{party}/payout_accounts" => {
            json!({"holder": "somebody", "bank": "a bank", "number": "6222021234567890"})
        }
        "/v1/wallets/{party}/withdrawals" => {
            json!({"amount": yuan, "payout_account": "poa_00000000000000000000000001", "desk": "express"})
        }
        "/v1/parties/{party}/company_qualification" => json!({
            "state": "verified", "subject_name": "a company", "tax_number": "91350100M000100Y43", "note": "seen",
        }),
        "/v1/wallets/{party}/invoice_subjects" => json!({"kind": "individual", "subject_name": "somebody"}),
        "/v1/invoice_mismatches/{invoice_mismatch}/resolve" => json!({"note": "looked at"}),
        "/v1/withdrawals/{withdrawal}/refuse" => json!({"reason": "the account is in another name"}),
        "/v1/videos" => json!({
            "external_id": "video-1", "title": "today's bread", "category": "bakery", "visibility": "public",
            "duration_ms": 15_000, "creator_id": party, "published_at": "2026-11-20T08:31:02Z",
        }),
        _ => return None,
    })
}

/// A body that each endpoint would take: a refusal is then about who asks.
fn body(pattern: &str, things: &Things) -> Value {
    let beans = json!({"amount": 10_000, "currency": "BEAN"});
    if let Some(body) = body_of_pattern(pattern, things) {
        return body;
    }
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
        let path = things.path(&endpoint);
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
            if !endpoint.pattern.contains('{') || endpoint.pattern.contains("{external_id}") {
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
