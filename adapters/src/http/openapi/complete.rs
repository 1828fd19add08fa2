//! Completes the document that poem-openapi writes: merges all problems of a status into one response with an example
//! of each, adds the problems of the framework to every operation that can have them, and lists the codes of all
//! problems and faults and all currencies.

use boxoffice_domain::shared::Currency;
use serde_json::{Map, Value, json};

use super::super::problem::{CONTENT_TYPE, FaultDocument, Kind, ProblemDocument, RESPONSE_KEY_SEPARATOR, kind};

/// The response of a process that does not serve an operation. It is the same for all operations, and so written once.
const NOT_SERVED_HERE: &str = "NotServedHere";

/// Completes the document.
pub(super) fn complete(document: &mut Value) {
    if let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) {
        for (path, operations) in paths {
            for (_, operation) in operations.as_object_mut().into_iter().flatten() {
                complete_operation(path, operation);
            }
        }
    }
    describe_misdirection(document);
    list_codes(document, "Problem", &ProblemDocument::codes());
    list_codes(document, "Fault", &FaultDocument::codes());
    list_currencies(document);
}

fn describe_misdirection(document: &mut Value) {
    if let Some(components) = document.get_mut("components").and_then(Value::as_object_mut) {
        let response = problem_response(&[kind::NOT_SERVED_HERE], &Value::Null);
        components.insert("responses".to_owned(), json!({ NOT_SERVED_HERE: response }));
    }
}

/// Lists the known codes without closing the list: generated clients must be able to read codes that are added later.
fn list_codes(document: &mut Value, schema: &str, codes: &[&str]) {
    let code = document.pointer_mut(&format!("/components/schemas/{schema}/properties/code"));
    if let Some(code) = code.and_then(Value::as_object_mut) {
        code.insert("x-extensible-enum".to_owned(), json!(codes));
    }
}

/// Lists the supported currencies and the number of decimals of each.
fn list_currencies(document: &mut Value) {
    let currencies = Currency::CODES.iter().filter_map(|code| Currency::parse(code));
    let digits: Map<String, Value> =
        currencies.map(|currency| (currency.code().to_owned(), json!(currency.exponent()))).collect();
    let currency = document.pointer_mut("/components/schemas/CreateConcert/properties/currency");
    if let Some(currency) = currency.and_then(Value::as_object_mut) {
        currency.insert("x-minor-digits".to_owned(), digits.into());
    }
}

fn complete_operation(path: &str, operation: &mut Value) {
    let Some(operation) = operation.as_object_mut() else {
        return;
    };
    // Explicit, so that a missing requirement is not mistaken for an oversight.
    operation.entry("security").or_insert_with(|| json!([]));
    let mut kinds = framework_kinds(path, operation);
    let takes_key = parameter(operation, "Idempotency-Key").is_some();
    let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else {
        return;
    };
    if !takes_key {
        remove_replay_header(responses);
    }
    let problems: Vec<String> = responses.keys().filter(|key| key.contains(RESPONSE_KEY_SEPARATOR)).cloned().collect();
    let mut headers = Value::Null;
    for key in problems {
        if let Some(mut response) = responses.remove(&key) {
            headers = response.get_mut("headers").map(Value::take).unwrap_or_default();
        }
        let code = key.split_once(RESPONSE_KEY_SEPARATOR).map_or("", |(_, code)| code);
        kinds.extend(kind::of_code(code));
    }
    kinds.sort_by_key(|kind| (kind.status, kind.code));
    kinds.dedup();
    for of_status in kinds.chunk_by(|one, other| one.status == other.status) {
        if let Some(first) = of_status.first() {
            responses.insert(first.status.to_string(), problem_response(of_status, &headers));
        }
    }
    let misdirected = format!("#/components/responses/{NOT_SERVED_HERE}");
    responses.insert(kind::NOT_SERVED_HERE.status.to_string(), json!({ "$ref": misdirected }));
    let is_condition_required = responses.contains_key("428");
    if let Some(if_match) = parameter(operation, "If-Match").filter(|_| is_condition_required) {
        if_match["required"] = json!(true);
    }
}

fn parameter<'operation>(operation: &'operation mut Map<String, Value>, name: &str) -> Option<&'operation mut Value> {
    let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut)?;
    parameters.iter_mut().find(|parameter| parameter["name"] == name)
}

/// An operation without an idempotency key has no replays.
fn remove_replay_header(responses: &mut Map<String, Value>) {
    for headers in responses.values_mut().filter_map(|response| response.get_mut("headers")?.as_object_mut()) {
        headers.remove("Idempotency-Replayed");
    }
}

/// The problems that the framework may return before the operation runs, and those of any internal failure.
fn framework_kinds(path: &str, operation: &Map<String, Value>) -> Vec<&'static Kind> {
    let mut kinds = vec![kind::INTERNAL_ERROR, kind::BUSY, kind::UNAVAILABLE];
    if operation.contains_key("requestBody") {
        kinds.extend([
            kind::MALFORMED_REQUEST,
            kind::REQUEST_TIMEOUT,
            kind::PAYLOAD_TOO_LARGE,
            kind::UNSUPPORTED_MEDIA_TYPE,
        ]);
    }
    let parameters = operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
    if parameters.clone().any(|parameter| parameter["in"] != "path" && parameter["name"] != "If-None-Match") {
        kinds.push(kind::MALFORMED_REQUEST);
    }
    if path.contains('{') {
        kinds.extend([kind::NOT_FOUND, kind::MALFORMED_ID]);
    }
    let alternatives = operation.get("security").and_then(Value::as_array).into_iter().flatten();
    let by_token = alternatives.clone().any(|scheme| scheme.get("access_token").is_some());
    if by_token {
        kinds.push(kind::INVALID_TOKEN);
        let anonymous_too = alternatives.clone().any(|scheme| scheme.as_object().is_some_and(Map::is_empty));
        if !anonymous_too {
            kinds.push(kind::LOGIN_REQUIRED);
        }
    }
    kinds
}

fn problem_response(kinds: &[&'static Kind], headers: &Value) -> Value {
    let sentences: Vec<String> = kinds.iter().map(|kind| format!("`{}`: {}.", kind.code, kind.title)).collect();
    let examples: Map<String, Value> = kinds.iter().map(|kind| (kind.code.to_owned(), example(kind))).collect();
    let mut all = headers.as_object().cloned().unwrap_or_default();
    let status = kinds.first().map(|kind| kind.status);
    if matches!(status, Some(429 | 503)) {
        all.insert("Retry-After".to_owned(), header("Seconds to wait before the next attempt.", "integer"));
    }
    if status == Some(401) {
        all.insert("WWW-Authenticate".to_owned(), header("The authentication scheme that is required.", "string"));
    }
    let mut response = json!({
        "description": sentences.join(" "),
        "content": {
            CONTENT_TYPE: { "schema": { "$ref": "#/components/schemas/Problem" }, "examples": examples }
        },
    });
    if let Some(response) = response.as_object_mut().filter(|_| !all.is_empty()) {
        response.insert("headers".to_owned(), all.into());
    }
    response
}

fn header(description: &str, r#type: &str) -> Value {
    json!({ "description": description, "schema": { "type": r#type } })
}

fn example(kind: &Kind) -> Value {
    json!({
        "summary": kind.title,
        "value": {
            "type": ProblemDocument::type_of(kind),
            "title": kind.title,
            "status": kind.status,
            "code": kind.code,
            "request_id": "01980c2a-7b1e-7000-8000-000000000001",
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::complete;

    fn completed(mut document: Value) -> Value {
        complete(&mut document);
        document
    }

    #[test]
    fn problems_of_one_status_become_one_response_with_an_example_each() {
        let document = json!({ "paths": { "/bookings/{id}": { "post": {
            "operationId": "x",
            "security": [{ "access_token": [] }],
            "requestBody": {},
            "responses": {
                "201": { "description": "Created" },
                "409 sold_out": { "description": "…" },
                "409 limit_reached": { "description": "…" },
            }
        } } } });
        let completed = completed(document);
        let responses = &completed["paths"]["/bookings/{id}"]["post"]["responses"];
        let statuses: Vec<&String> = responses.as_object().unwrap().keys().collect();
        assert_eq!(statuses, ["201", "400", "401", "404", "408", "409", "413", "415", "421", "500", "503"]);
        let examples = responses["409"]["content"]["application/problem+json"]["examples"].as_object().unwrap();
        assert_eq!(examples.keys().collect::<Vec<_>>(), ["limit_reached", "sold_out"]);
        assert!(responses["503"]["headers"]["Retry-After"].is_object());
        assert_eq!(responses["421"], json!({ "$ref": "#/components/responses/NotServedHere" }));
    }

    #[test]
    fn a_public_operation_has_an_empty_security_requirement() {
        let document = json!({ "paths": { "/concerts": { "get": { "responses": { "200": {} } } } } });
        let completed = completed(document);
        let operation = &completed["paths"]["/concerts"]["get"];
        assert_eq!(operation["security"], json!([]));
        assert!(operation["responses"].get("401").is_none());
    }
}
