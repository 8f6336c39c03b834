use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use axum::http::Method;
use expect_test::{expect, expect_file};
use tuiliu_api::openapi;
use utoipa::openapi::OpenApi;

use crate::column;
use crate::harness::{World, request};

#[test]
fn the_document_in_the_repository_is_current() {
    expect_file!["../../../../openapi.json"].assert_eq(&openapi::document_text());
}

fn sample() -> serde_json::Value {
    let document = openapi::described(openapi::kernel().merge(column::routes()).into_openapi());
    serde_json::to_value(document).unwrap()
}

#[test]
fn every_operation_can_answer_with_a_problem_and_says_who_may_call() {
    let document = sample();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = format!("{method} {path}");
            assert_eq!(operation["responses"]["default"]["$ref"], "#/components/responses/Problem", "{name}");
            assert!(operation["security"].is_array(), "{name}");
            for (status, response) in operation["responses"].as_object().unwrap() {
                assert!(status == "default" || response["description"].is_string(), "{name} {status}");
            }
            assert!(operation["operationId"].is_string() && operation["summary"].is_string(), "{name}");
        }
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = serde_json::to_value(openapi::document()).unwrap();
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(references.len() > 20);
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

fn collect(value: &serde_json::Value, references: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(fields) => {
            references.extend(fields.get("$ref").and_then(|text| text.as_str()).map(str::to_owned));
            fields.values().for_each(|field| collect(field, references));
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| collect(item, references)),
        _ => {}
    }
}

#[test]
fn views_are_described_once() {
    let document = sample();
    let names: Vec<&String> = document["components"]["schemas"].as_object().unwrap().keys().collect();
    expect![[r#"["Amount", "Currency", "EventsAnswer", "EventsReport", "FieldError", "HealthView", "MeView", "Nothing", "Part", "PlaceSample", "Problem", "PromotionOrderId", "SampleList", "SampleView", "Time"]"#]].assert_eq(&format!("{names:?}"));
    expect![[r##"
        {
          "description": "A sample.",
          "properties": {
            "id": {
              "$ref": "#/components/schemas/PromotionOrderId"
            },
            "placed_at": {
              "$ref": "#/components/schemas/Time"
            },
            "price": {
              "$ref": "#/components/schemas/Amount"
            }
          },
          "required": [
            "id",
            "price",
            "placed_at"
          ],
          "type": "object"
        }"##]]
    .assert_eq(&serde_json::to_string_pretty(&document["components"]["schemas"]["SampleView"]).unwrap());
}

/// Sends every operation that is not open to all without credentials, and expects to be refused.
async fn a_stranger_is_refused_everywhere(world: &World, document: &OpenApi) -> usize {
    let document = serde_json::to_value(document).unwrap();
    let mut tried = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if operation["security"][0].as_object().is_some_and(serde_json::Map::is_empty) {
                continue;
            }
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let path = path.split('/').map(|part| if part.starts_with('{') { "x" } else { part });
            let path = path.collect::<Vec<_>>().join("/");
            let response = world.send(request(method.as_str(), &path, &[], "")).await;
            assert_eq!(response.status(), 401, "{method} {path}");
            tried += 1;
        }
    }
    tried
}

#[tokio::test]
async fn strangers_are_refused_before_anything_else_is_looked_at() {
    let world = World::new().await;
    let document = openapi::described(openapi::kernel().merge(column::routes()).into_openapi());
    assert!(a_stranger_is_refused_everywhere(&world, &document).await >= 7);
}

/// Two views under one name would be one in the document, and one of them wrong.
#[test]
fn no_name_is_given_to_two_views() {
    let mut names = BTreeMap::new();
    let mut folders = vec![PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                for (name, place) in names_in(&fs::read_to_string(&path).unwrap(), &path) {
                    assert_eq!(names.insert(name.clone(), place.clone()), None, "{name} again in {place}");
                }
            }
        }
    }
    assert!(names.len() > 50);
}

fn names_in(text: &str, path: &Path) -> Vec<(String, String)> {
    let given = text.split("schema(as = ").skip(1);
    let names = given.map(|rest| rest.split(|c: char| !c.is_alphanumeric()).next().unwrap().to_owned());
    names.map(|name| (name, path.display().to_string())).collect()
}
