//! Converts the document from OpenAPI 3.0, which poem-openapi writes, to 3.1, whose schemas are JSON Schema: references
//! may have siblings, `null` is a type, bounds of integers are integers, examples are lists.

use serde_json::{Map, Value, json};

/// The largest unsigned 32-bit integer.
const UINT32_MAX: u64 = 0xffff_ffff;
/// The largest unsigned 16-bit integer.
const UINT16_MAX: u64 = 0xffff;

/// Converts a document from OpenAPI 3.0 to 3.1.
pub(super) fn modernise(document: &mut Value) {
    document["openapi"] = json!("3.1.1");
    if let Some(schemas) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
        schemas.values_mut().for_each(modernise_schema);
    }
    if let Some(paths) = document.get_mut("paths") {
        modernise_schemas_in(paths);
    }
}

/// Converts the schemas of parameters, headers and bodies wherever they occur, but nothing inside examples.
fn modernise_schemas_in(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match name.as_str() {
                    "schema" => modernise_schema(member),
                    "example" | "examples" => {}
                    _ => modernise_schemas_in(member),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(modernise_schemas_in),
        _ => {}
    }
}

fn modernise_schema(value: &mut Value) {
    let Some(schema) = value.as_object_mut() else {
        return;
    };
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.values_mut().for_each(modernise_schema);
    }
    for member in ["items", "additionalProperties"] {
        if let Some(inner) = schema.get_mut(member) {
            modernise_schema(inner);
        }
    }
    join_reference_with_neighbours(schema);
    for member in ["allOf", "anyOf", "oneOf"] {
        schema.get_mut(member).and_then(Value::as_array_mut).into_iter().flatten().for_each(modernise_schema);
    }
    widen_by_null(schema);
    make_whole(schema);
    if let Some(example) = schema.remove("example") {
        schema.insert("examples".to_owned(), json!([example]));
    }
}

/// In 3.0, `allOf: [{$ref}, {description, …}]` was the only way to add something beside a reference.
fn join_reference_with_neighbours(schema: &mut Map<String, Value>) {
    let Some(parts) = schema.get("allOf").and_then(Value::as_array) else {
        return;
    };
    let mut references = parts.iter().filter_map(|part| part.get("$ref")).cloned();
    let (Some(reference), None) = (references.next(), references.next()) else {
        return;
    };
    let neighbours: Vec<Value> = parts.iter().filter(|part| part.get("$ref").is_none()).cloned().collect();
    schema.remove("allOf");
    for (name, member) in neighbours.into_iter().filter_map(|part| part.as_object().cloned()).flatten() {
        schema.insert(name, member);
    }
    schema.insert("$ref".to_owned(), reference);
}

/// Replaces `nullable` by the type `null`.
fn widen_by_null(schema: &mut Map<String, Value>) {
    if schema.remove("nullable") != Some(Value::Bool(true)) {
        return;
    }
    if let Some(reference) = schema.remove("$ref") {
        schema.insert("anyOf".to_owned(), json!([{ "$ref": reference }, { "type": "null" }]));
    } else if let Some(of) = schema.get("type").cloned() {
        schema.insert("type".to_owned(), json!([of, "null"]));
    }
}

/// Writes bounds of integers as integers, exclusive bounds under their new name, and the unsigned formats, which few
/// tools know, as bounds.
fn make_whole(schema: &mut Map<String, Value>) {
    for (bound, exclusive) in [("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")] {
        if schema.get(exclusive).is_some_and(Value::is_boolean) {
            let is_exclusive = schema.remove(exclusive) == Some(Value::Bool(true));
            if let Some(number) = schema.remove(bound) {
                schema.insert((if is_exclusive { exclusive } else { bound }).to_owned(), number);
            }
        }
    }
    if !is_whole(schema) {
        return;
    }
    for bound in ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"] {
        if let Some(number) = schema.get_mut(bound) {
            *number = without_fraction(number);
        }
    }
    let most = match schema.get("format").and_then(Value::as_str) {
        Some("uint64") => None,
        Some("uint32") => Some(UINT32_MAX),
        Some("uint16") => Some(UINT16_MAX),
        _ => return,
    };
    schema.insert("format".to_owned(), json!("int64"));
    schema.entry("minimum").or_insert(json!(0));
    if let Some(most) = most {
        schema.entry("maximum").or_insert(json!(most));
    }
}

fn is_whole(schema: &Map<String, Value>) -> bool {
    match schema.get("type") {
        Some(Value::String(name)) => name == "integer",
        Some(Value::Array(names)) => names.iter().any(|name| name == "integer"),
        _ => false,
    }
}

/// Writes `1.0` as `1`.
fn without_fraction(number: &Value) -> Value {
    let text = number.to_string();
    text.strip_suffix(".0").and_then(|whole| serde_json::from_str(whole).ok()).unwrap_or_else(|| number.clone())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{modernise, modernise_schema};

    fn modern(mut schema: Value) -> Value {
        modernise_schema(&mut schema);
        schema
    }

    #[test]
    fn references_keep_their_siblings() {
        let described = json!({ "allOf": [{ "$ref": "#/x" }, { "description": "why" }], "description": "why" });
        assert_eq!(modern(described), json!({ "$ref": "#/x", "description": "why" }));
        let nullable = json!({ "allOf": [{ "$ref": "#/x" }, { "nullable": true }], "nullable": true });
        assert_eq!(modern(nullable), json!({ "anyOf": [{ "$ref": "#/x" }, { "type": "null" }] }));
        let defaulted = json!({ "allOf": [{ "$ref": "#/x" }, { "default": "day" }] });
        assert_eq!(modern(defaulted), json!({ "$ref": "#/x", "default": "day" }));
        let both = json!({ "allOf": [{ "$ref": "#/x" }, { "$ref": "#/y" }] });
        assert_eq!(modern(both.clone()), both);
    }

    #[test]
    fn null_is_a_type() {
        let text = json!({ "type": "string", "nullable": true });
        assert_eq!(modern(text), json!({ "type": ["string", "null"] }));
        let inside = json!({ "type": "array", "items": { "type": "string", "nullable": true } });
        assert_eq!(modern(inside)["items"]["type"], json!(["string", "null"]));
        let property = json!({ "properties": { "nullable": { "type": "boolean" } } });
        assert_eq!(modern(property.clone()), property, "a property may have this name");
    }

    #[test]
    fn bounds_of_integers_are_integers() {
        let cap = json!({ "type": "integer", "nullable": true, "minimum": 1.0, "maximum": 10000.0, "exclusiveMaximum": true });
        let expected = json!({ "type": ["integer", "null"], "minimum": 1, "exclusiveMaximum": 10000 });
        assert_eq!(modern(cap).to_string(), expected.to_string());
        let count = json!({ "type": "integer", "format": "uint16" });
        let expected = json!({ "type": "integer", "format": "int64", "minimum": 0, "maximum": 65535 });
        assert_eq!(modern(count), expected);
        assert_eq!(modern(json!({ "type": "number", "minimum": 0.5 })), json!({ "type": "number", "minimum": 0.5 }));
    }

    #[test]
    fn schemas_are_converted_everywhere_except_in_examples() {
        let example = json!({ "schema": { "nullable": true, "type": "string" } });
        let mut document = json!({
            "openapi": "3.0.0",
            "components": { "schemas": { "X": { "type": "object", "example": { "nullable": true } } } },
            "paths": { "/x": { "get": { "parameters": [{ "schema": { "type": "string", "nullable": true } }],
                "responses": { "200": { "content": { "application/json": { "example": example } } } } } } },
        });
        modernise(&mut document);
        assert_eq!(document["openapi"], "3.1.1");
        assert_eq!(document["components"]["schemas"]["X"]["examples"], json!([{ "nullable": true }]));
        let operation = &document["paths"]["/x"]["get"];
        assert_eq!(operation["parameters"][0]["schema"]["type"], json!(["string", "null"]));
        assert_eq!(operation["responses"]["200"]["content"]["application/json"]["example"], example);
    }
}
