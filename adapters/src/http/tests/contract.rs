//! Validates every response in the tests against the OpenAPI document: its status, media type, headers and body.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use jsonschema::Validator;
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Map, Value, json};

use super::super::openapi_document;

const BASE: &str = "/api/v1";

/// The parsed OpenAPI document.
pub(crate) static DOCUMENT: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(&openapi_document()).unwrap());
static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// A response that is validated.
pub(super) struct Seen<'answer> {
    pub(super) method: &'answer Method,
    pub(super) path: &'answer str,
    pub(super) status: u16,
    pub(super) headers: &'answer HeaderMap,
    pub(super) body: &'answer Value,
}

impl Seen<'_> {
    /// Fails the test if the document does not describe this response.
    pub(super) fn assert_documented(&self) {
        let Some((template, operation)) = self.operation() else {
            return;
        };
        let (method, status) = (self.method, self.status.to_string());
        let name = format!("{method} {template} {status}");
        let response = operation["responses"].get(&status);
        let response = response.unwrap_or_else(|| panic!("{name} is not in the document: {}", self.body));
        let response = resolved(response);
        for (header, described) in response["headers"].as_object().into_iter().flatten() {
            let is_there = self.headers.contains_key(header.to_ascii_lowercase());
            assert!(is_there || described["required"] != true, "{name} has no {header}");
        }
        let Some((media_type, content)) = response["content"].as_object().and_then(|content| content.iter().next())
        else {
            assert_eq!(self.body, &Value::Null, "{name} has a body");
            return;
        };
        assert_eq!(self.headers.get("content-type").unwrap(), media_type.as_str(), "{name}");
        assert_valid(&name, &content["schema"], self.body);
    }

    /// The operation and its path template; `None` for unknown paths and methods.
    fn operation(&self) -> Option<(&'static str, &'static Value)> {
        let segments: Vec<&str> = self.path.strip_prefix(BASE)?.split('/').collect();
        let paths = DOCUMENT["paths"].as_object().unwrap();
        let matching = paths.iter().filter(|(template, _)| {
            let expected: Vec<&str> = template.split('/').collect();
            let fits = |(expected, given): (&&str, &&str)| expected.starts_with('{') || expected == given;
            expected.len() == segments.len() && expected.iter().zip(&segments).all(fits)
        });
        let (template, item) = matching.min_by_key(|(template, _)| template.matches('{').count())?;
        let operation = item.get(self.method.as_str().to_ascii_lowercase())?;
        Some((template, operation))
    }
}

/// A response, which may be a reference to one that several operations share.
pub(super) fn resolved(response: &'static Value) -> &'static Value {
    match response["$ref"].as_str() {
        Some(reference) => DOCUMENT.pointer(reference.trim_start_matches('#')).unwrap(),
        None => response,
    }
}

/// Fails the test if a value does not match a schema of the document.
pub(crate) fn assert_valid(name: &str, schema: &Value, value: &Value) {
    let faults = faults(schema, value);
    assert!(faults.is_empty(), "{name}: {faults:?} in {value}");
}

/// The violations of a schema of the document by a value.
pub(crate) fn faults(schema: &Value, value: &Value) -> Vec<String> {
    let validator = validator(schema);
    validator.iter_errors(value).map(|fault| format!("{} at {}", fault, fault.instance_path())).collect()
}

fn validator(schema: &Value) -> Arc<Validator> {
    let mut validators = VALIDATORS.lock().unwrap();
    let known = validators.entry(schema.to_string());
    let build = || {
        let mut whole = schema.as_object().cloned().unwrap_or_else(Map::new);
        // References begin at the root of the document.
        whole.insert("components".to_owned(), json!({ "schemas": DOCUMENT["components"]["schemas"] }));
        let options = jsonschema::draft202012::options().should_validate_formats(true);
        Arc::new(options.build(&whole.into()).unwrap())
    };
    Arc::clone(known.or_insert_with(build))
}
