//! Adds to request bodies what poem-openapi cannot express: that unknown members are refused, and that some members
//! exclude or require each other.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

const REFERENCE: &str = "#/components/schemas/";

/// A variant of a request body: some of the members of its schema, and no others.
struct BodyVariant {
    name: &'static str,
    description: &'static str,
    required: &'static [&'static str],
    optional: &'static [&'static str],
    /// A member that must have this one value.
    constant: Option<(&'static str, &'static str)>,
}

/// The request bodies with several variants.
const FORMS: [(&str, &[BodyVariant]); 2] = [
    (
        "PlaceBooking",
        &[
            BodyVariant {
                name: "BookSeats",
                description: "A request for these tickets and no others.",
                required: &["concert_id", "seats"],
                optional: &["category", "expected_total"],
                constant: None,
            },
            BodyVariant {
                name: "BookBestAvailable",
                description: "A request for the best tickets of a section.",
                required: &["concert_id", "section", "quantity"],
                optional: &["category", "expected_total"],
                constant: None,
            },
        ],
    ),
    (
        "CreateSection",
        &[
            BodyVariant {
                name: "CreateSectionOfEqualRows",
                description: "A seated section whose rows have the same number of seats.",
                required: &["code", "name", "kind", "rows", "seats_per_row"],
                optional: &["price", "prices", "plan"],
                constant: Some(("kind", "seated")),
            },
            BodyVariant {
                name: "CreateSectionByLayout",
                description: "A seated section with every row for itself.",
                required: &["code", "name", "kind", "layout"],
                optional: &["price", "prices", "plan"],
                constant: Some(("kind", "seated")),
            },
            BodyVariant {
                name: "CreateStandingSection",
                description: "A section where people stand.",
                required: &["code", "name", "kind", "capacity"],
                optional: &["price", "prices", "plan"],
                constant: Some(("kind", "standing")),
            },
        ],
    ),
];

/// Completes all request bodies of the document.
pub(super) fn complete(document: &mut Value) {
    if let Some(schemas) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
        for (name, forms) in FORMS {
            split(schemas, name, forms);
        }
    }
    let names = in_requests(document);
    let Some(schemas) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) else {
        return;
    };
    for (name, schema) in schemas {
        let Some(schema) = schema.as_object_mut().filter(|schema| schema.contains_key("properties")) else {
            continue;
        };
        if names.contains(name) {
            schema.insert("additionalProperties".to_owned(), json!(false));
            allow_one_way_to_price(schema);
        } else {
            require_what_may_be_null(schema);
        }
    }
}

/// Makes a schema of each variant, and the schema itself a choice of them.
fn split(schemas: &mut Map<String, Value>, name: &str, forms: &[BodyVariant]) {
    let Some(members) = schemas.get(name).and_then(|whole| whole.get("properties")).cloned() else {
        return;
    };
    let choice: Vec<Value> = forms.iter().map(|form| json!({ "$ref": format!("{REFERENCE}{}", form.name) })).collect();
    for form in forms {
        schemas.insert(form.name.to_owned(), schema_of(form, &members));
    }
    if let Some(schema) = schemas.get_mut(name).and_then(Value::as_object_mut) {
        for member in ["type", "properties", "required"] {
            schema.remove(member);
        }
        schema.insert("oneOf".to_owned(), choice.into());
    }
}

fn schema_of(form: &BodyVariant, all: &Value) -> Value {
    let mut properties = Map::new();
    for member in [form.required, form.optional].concat() {
        let whole = all.get(member).cloned().unwrap_or_default();
        let schema = match form.constant {
            Some((constant, value)) if constant == member => {
                json!({ "type": "string", "const": value, "description": whole.get("description") })
            }
            _ => whole,
        };
        properties.insert(member.to_owned(), schema);
    }
    json!({
        "title": form.name,
        "description": form.description,
        "type": "object",
        "properties": properties,
        "required": form.required,
    })
}

/// The names of the schemas that occur in request bodies.
fn in_requests(document: &Value) -> BTreeSet<String> {
    let operations = document["paths"].as_object().into_iter().flat_map(Map::values);
    let bodies =
        operations.filter_map(Value::as_object).flat_map(Map::values).map(|operation| &operation["requestBody"]);
    let mut names = BTreeSet::new();
    let mut to_visit: Vec<&Value> = bodies.collect();
    while let Some(value) = to_visit.pop() {
        match value {
            Value::Object(members) => {
                to_visit.extend(members.values());
                let reference = members.get("$ref").and_then(Value::as_str);
                if let Some(name) = reference.and_then(|reference| reference.strip_prefix(REFERENCE))
                    && names.insert(name.to_owned())
                {
                    to_visit.extend(document.pointer("/components/schemas").and_then(|schemas| schemas.get(name)));
                }
            }
            Value::Array(items) => to_visit.extend(items),
            _ => {}
        }
    }
    names
}

/// Requires exactly one of `price` and `prices`. A condition and not `oneOf`, from which client generators make
/// unwieldy types.
fn allow_one_way_to_price(schema: &mut Map<String, Value>) {
    let has = |name: &str| schema.get("properties").is_some_and(|properties| properties.get(name).is_some());
    if has("price") && has("prices") {
        schema.insert("if".to_owned(), json!({ "required": ["price"] }));
        schema.insert("then".to_owned(), json!({ "properties": { "prices": false } }));
        schema.insert("else".to_owned(), json!({ "required": ["prices"] }));
    }
}

/// Members that may be `null` in a response are always present.
fn require_what_may_be_null(schema: &mut Map<String, Value>) {
    let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    let nullable: Vec<Value> = properties.filter(|(_, of)| may_be_null(of)).map(|(name, _)| json!(name)).collect();
    if nullable.is_empty() {
        return;
    }
    if let Some(required) = schema.entry("required").or_insert_with(|| json!([])).as_array_mut() {
        required.extend(nullable);
    }
}

fn may_be_null(schema: &Value) -> bool {
    let types = schema["type"].as_array().into_iter().flatten();
    let choices = schema["anyOf"].as_array().into_iter().flatten().map(|choice| &choice["type"]);
    types.chain(choices).any(|of| of == "null")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{FORMS, complete};
    use crate::http::openapi_document;

    #[test]
    fn request_schemas_are_closed_and_response_schemas_are_open() {
        let body = json!({ "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Order" } } } });
        let mut document = json!({
            "paths": { "/orders": { "post": { "requestBody": body } } },
            "components": { "schemas": {
                "Order": { "properties": { "lines": { "items": { "$ref": "#/components/schemas/Line" } } } },
                "Line": { "properties": { "price": {}, "prices": {} } },
                "Receipt": { "properties": { "total": {}, "paid_at": { "type": ["string", "null"] } }, "required": ["total"] },
            } },
        });
        complete(&mut document);
        let schemas = &document["components"]["schemas"];
        for closed in ["Order", "Line"] {
            assert_eq!(schemas[closed]["additionalProperties"], false, "{closed}");
        }
        assert_eq!(schemas["Line"]["else"], json!({ "required": ["prices"] }));
        assert_eq!(schemas["Receipt"].get("additionalProperties"), None);
        assert_eq!(schemas["Receipt"]["required"], json!(["total", "paid_at"]));
    }

    #[test]
    fn variants_describe_all_their_members() {
        let document: Value = serde_json::from_str(&openapi_document()).unwrap();
        let schemas = &document["components"]["schemas"];
        for (name, forms) in FORMS {
            assert_eq!(schemas[name]["oneOf"].as_array().unwrap().len(), forms.len());
            for form in forms {
                let schema = &schemas[form.name];
                assert_eq!(schema["additionalProperties"], false, "{}", form.name);
                for (member, property) in schema["properties"].as_object().unwrap() {
                    assert!(property["description"].is_string(), "{}: {member}", form.name);
                }
            }
        }
    }
}
