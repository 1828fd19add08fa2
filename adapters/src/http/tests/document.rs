//! Tests that the OpenAPI document is complete for every operation.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::super::openapi_document;
use super::contract::{DOCUMENT, assert_valid, resolved};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

fn document() -> &'static Value {
    &DOCUMENT
}

/// All operations with method and path.
fn operations(document: &'static Value) -> Vec<(String, &'static Map<String, Value>)> {
    let paths = document["paths"].as_object().unwrap();
    let mut operations = Vec::new();
    for (path, item) in paths {
        for (method, operation) in item.as_object().unwrap() {
            operations.push((format!("{method} {path}"), operation.as_object().unwrap()));
        }
    }
    operations
}

#[test]
fn every_operation_is_named_and_explained() {
    let document = document();
    let mut ids = HashSet::new();
    for (name, operation) in operations(document) {
        assert!(METHODS.contains(&name.split(' ').next().unwrap()), "{name}");
        for member in ["operationId", "summary", "description"] {
            assert!(operation[member].as_str().is_some_and(|text| !text.is_empty()), "{name} has no {member}");
        }
        assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "{name}");
        assert!(!operation["tags"].as_array().unwrap().is_empty(), "{name}");
        assert!(operation["security"].is_array(), "{name} says nothing about security");
        for parameter in operation.get("parameters").and_then(Value::as_array).into_iter().flatten() {
            assert!(parameter["description"].is_string(), "{name}: {}", parameter["name"]);
        }
    }
    // Resources that share an address do not hide each other's operations.
    for id in ["listConcerts", "createConcert", "readConcert", "changeConcert", "removeConcert"] {
        assert!(ids.contains(id), "{id} is missing");
    }
}

#[test]
fn every_operation_lists_its_errors_as_problem_documents() {
    let document = document();
    for (name, operation) in operations(document) {
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.keys().any(|status| status.starts_with('2')), "{name}");
        assert!(responses.contains_key("500") && responses.contains_key("503"), "{name}");
        let has_body = operation.contains_key("requestBody");
        for status in ["400", "413", "415"] {
            assert!(!has_body || responses.contains_key(status), "{name} has a body but no {status}");
        }
        let needs_login = operation["security"].as_array().unwrap() == &[serde_json::json!({ "access_token": [] })];
        assert!(!needs_login || responses.contains_key("401"), "{name}");
        for (status, response) in responses {
            let response = resolved(response);
            assert!(status.len() == 3 && status.bytes().all(|b| b.is_ascii_digit()), "{name}: {status}");
            assert!(response["description"].as_str().is_some_and(|text| !text.is_empty()), "{name}: {status}");
            if status.starts_with('4') || status.starts_with('5') {
                let content = &response["content"]["application/problem+json"];
                assert_eq!(content["schema"]["$ref"], "#/components/schemas/Problem", "{name}: {status}");
                assert!(
                    content["examples"].as_object().is_some_and(|examples| !examples.is_empty()),
                    "{name}: {status}"
                );
            }
        }
    }
}

#[test]
fn all_codes_of_problems_and_faults_are_listed() {
    let document = document();
    let listed = |schema: &str| -> HashSet<String> {
        let codes = &document["components"]["schemas"][schema]["properties"]["code"]["x-extensible-enum"];
        codes.as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned()).collect()
    };
    let problems = listed("Problem");
    for (name, operation) in operations(document) {
        for (status, response) in operation["responses"].as_object().unwrap() {
            let examples = resolved(response)["content"]["application/problem+json"]["examples"].as_object();
            for code in examples.into_iter().flat_map(Map::keys) {
                assert!(problems.contains(code), "{name} answers {status} {code}");
            }
        }
    }
    let faults = listed("Fault");
    for code in ["too_long", "malformed", "not_changeable"] {
        assert!(faults.contains(code), "{code}");
    }
}

#[test]
fn currencies_are_listed_with_their_decimals() {
    let digits = &document()["components"]["schemas"]["CreateConcert"]["properties"]["currency"]["x-minor-digits"];
    let of = |code: &str| digits[code].as_u64();
    assert_eq!(["JPY", "IDR", "KWD", "CLF", "XDR"].map(of), [Some(0), Some(2), Some(3), Some(4), None]);
}

#[test]
fn every_body_has_an_example_and_every_reference_resolves() {
    let document = document();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for (name, operation) in operations(document) {
        let Some(body) = operation.get("requestBody") else { continue };
        let schema = body["content"]["application/json"]["schema"]["$ref"].as_str().unwrap();
        let schema = &schemas[schema.strip_prefix("#/components/schemas/").unwrap()];
        assert!(schema["examples"][0].is_object(), "{name} has no example");
    }
    for (name, schema) in schemas {
        for example in schema["examples"].as_array().into_iter().flatten() {
            assert_valid(name, schema, example);
        }
    }
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"#/components/schemas/").skip(1) {
        let schema = reference.split('"').next().unwrap();
        assert!(schemas.contains_key(schema), "{schema}");
    }
}

#[test]
fn replays_are_documented_where_idempotency_keys_are_accepted() {
    let document = document();
    let mut keyed = Vec::new();
    for (name, operation) in operations(document) {
        let parameters = operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
        let takes_key = parameters.clone().any(|parameter| parameter["name"] == "Idempotency-Key");
        let promises = operation["responses"].to_string().contains("Idempotency-Replayed");
        assert_eq!(takes_key, promises, "{name}");
        keyed.extend(takes_key.then_some(name));
        for if_match in parameters.filter(|parameter| parameter["name"] == "If-Match") {
            let is_required = operation["responses"].get("428").is_some();
            assert_eq!(if_match["required"], is_required, "{}", operation["operationId"]);
            assert!(operation["responses"].get("412").is_some(), "{}", operation["operationId"]);
        }
    }
    keyed.sort();
    assert_eq!(keyed, ["post /bookings", "post /concerts", "post /payments", "post /payments/{id}/refunds"]);
}

#[test]
fn the_document_is_openapi_3_1() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.1");
    let text = document.to_string();
    for of_3_0 in ["\"nullable\":", "\"example\":", "\"allOf\":", "\"format\":\"uint"] {
        assert!(!text.contains(of_3_0), "{of_3_0}");
    }
    let booking = &document["components"]["schemas"]["Booking"];
    let reason = serde_json::json!([{ "$ref": "#/components/schemas/CancelReason" }, { "type": "null" }]);
    assert_eq!(booking["properties"]["cancel_reason"]["anyOf"], reason);
}

#[test]
fn the_committed_document_is_up_to_date() {
    let committed = include_str!("../../../../web/openapi.json");
    assert!(committed == openapi_document(), "web/openapi.json is out of date: run `make openapi`");
}

#[test]
fn the_document_is_deterministic() {
    assert_eq!(openapi_document(), openapi_document());
    assert!(openapi_document().ends_with("}\n"));
}
