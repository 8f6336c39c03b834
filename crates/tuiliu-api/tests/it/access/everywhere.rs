//! What holds for every endpoint of every column: read from the document, so that none is forgotten.

use serde_json::{Value, json};
use tuiliu_api::openapi;

use crate::platform::{NOBODY, TestActor, TestPlatform, request};

/// One operation of the document that takes a key or a session.
struct Operation {
    method: String,
    /// With an id of the right kind in every place.
    path: String,
}

fn operations() -> Vec<Operation> {
    let document = serde_json::to_value(openapi::document()).unwrap();
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if operation["security"].as_array().unwrap().iter().any(|way| !way.as_object().unwrap().is_empty()) {
                found.push(Operation { method: method.to_uppercase(), path: filled(path, operation, &document) });
            }
        }
    }
    assert!(found.len() >= 15, "the document describes {} closed endpoints", found.len());
    found
}

/// The path with an id in place of each parameter.
pub(crate) fn filled(path: &str, operation: &Value, document: &Value) -> String {
    let mut path = path.to_owned();
    for parameter in operation["parameters"].as_array().into_iter().flatten().filter(|one| one["in"] == "path") {
        let schema = match parameter["schema"]["$ref"].as_str() {
            Some(reference) => document.pointer(reference.strip_prefix('#').unwrap()).unwrap(),
            None => &parameter["schema"],
        };
        let example = schema["examples"][0].as_str().unwrap_or("none");
        path = path.replace(&format!("{{{}}}", parameter["name"].as_str().unwrap()), example);
    }
    assert!(!path.contains('{'), "{path}");
    path
}

async fn status(
    platform: &TestPlatform,
    operation: &Operation,
    who: Option<&TestActor>,
    headers: &[(&str, &str)],
) -> u16 {
    let Operation { method, path } = operation;
    let body = (method != "GET" && method != "DELETE").then(|| json!({}));
    platform.send(request(method, who, path, headers, body)).await.0.as_u16()
}

#[tokio::test]
async fn nobody_gets_in_anywhere() {
    let platform = TestPlatform::new().await;
    for operation in &operations() {
        let name = format!("{} {}", operation.method, operation.path);
        // The failed attempts of an address are counted; each endpoint is asked by itself.
        platform.clock.advance_ms(60_000);
        assert_eq!(status(&platform, operation, NOBODY, &[]).await, 401, "{name}");
        let unknown = ("authorization", "Bearer sk_live_0123456789abcdefghij");
        assert_eq!(status(&platform, operation, NOBODY, &[unknown]).await, 401, "{name}");
        let unknown = ("cookie", "__Host-tuiliu_session=tss_0123456789abcdefghij");
        assert_eq!(status(&platform, operation, NOBODY, &[unknown]).await, 401, "{name}");
    }
}

#[tokio::test]
async fn a_foreign_page_changes_nothing_anywhere() {
    let platform = TestPlatform::new().await;
    for operation in operations().iter().filter(|operation| operation.method != "GET") {
        platform.clock.advance_ms(1_000);
        let foreign = [("sec-fetch-site", "cross-site")];
        let met = status(&platform, operation, Some(&platform.ours.operator), &foreign).await;
        assert_eq!(met, 403, "{} {}", operation.method, operation.path);
    }
}

#[tokio::test]
async fn a_publishable_key_opens_only_what_pages_need() {
    let platform = TestPlatform::new().await;
    let for_pages = ["/v1/events", "/v1/me"];
    for operation in operations().iter().filter(|operation| !for_pages.contains(&operation.path.as_str())) {
        platform.clock.advance_ms(60_000);
        let met = status(&platform, operation, Some(&platform.ours.page), &[]).await;
        assert!((400..500).contains(&met), "{} {}: {met}", operation.method, operation.path);
    }
}
