//! Describes the events of a concert's stream. OpenAPI 3.1 describes a body as a whole; the content of the events is
//! described as the content of that text.

use serde_json::{Value, json};

const MEDIA_TYPE: &str = "text/event-stream";

/// Adds the schemas of the events, and refers to them from every stream.
pub(super) fn describe(document: &mut Value) {
    let events = [("SeatsDelta", seats_delta()), ("SeatsResync", seats_resync())];
    if let Some(schemas) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
        schemas.extend(events.map(|(name, schema)| (name.to_owned(), schema)));
    }
    let operations = document["paths"].as_object_mut().into_iter().flat_map(|paths| paths.values_mut());
    for operation in operations.filter_map(Value::as_object_mut).flat_map(|operations| operations.values_mut()) {
        if let Some(schema) = operation.pointer_mut("/responses/200/content/text~1event-stream/schema") {
            *schema = stream();
        }
    }
}

fn stream() -> Value {
    json!({
        "type": "string",
        "description": "Server-sent events, each named `delta` or `resync`, with the version as its id and one of these in its data.",
        "contentMediaType": MEDIA_TYPE,
        "contentSchema": {
            "oneOf": [
                { "$ref": "#/components/schemas/SeatsDelta" },
                { "$ref": "#/components/schemas/SeatsResync" },
            ],
        },
    })
}

fn version(description: &str) -> Value {
    json!({ "type": "integer", "format": "int64", "minimum": 0, "description": description })
}

fn seats_delta() -> Value {
    let section = json!({
        "type": "object",
        "properties": {
            "code": { "type": "string", "description": "The section's code." },
            "available": {
                "type": "integer", "format": "int64", "minimum": 0, "description": "Tickets that can be booked.",
            },
        },
        "required": ["code", "available"],
    });
    let seat = json!({
        "type": "array",
        "prefixItems": [
            { "type": "string", "description": "The seat's label." },
            { "type": "string", "description": "`a` available, `h` held, `s` sold, `b` blocked.", "enum": ["a", "h", "s", "b"] },
        ],
        "items": { "type": "string" },
        "minItems": 2,
        "maxItems": 2,
    });
    json!({
        "title": "SeatsDelta",
        "description": "The event `delta`: what changed between two versions of a concert's seats.",
        "type": "object",
        "properties": {
            "from": version("The event applies to a client that has this version or a later one."),
            "version": version("The version after the changes."),
            "sections": {
                "type": "array", "items": section, "description": "The sections whose number of available tickets changed.",
            },
            "seats": { "type": "array", "items": seat, "description": "The seats whose state changed." },
        },
        "required": ["from", "version", "sections", "seats"],
        "examples": [{
            "from": 288,
            "version": 289,
            "sections": [{ "code": "A", "available": 310 }],
            "seats": [["A-12-7", "h"], ["A-12-8", "h"]],
        }],
    })
}

fn seats_resync() -> Value {
    json!({
        "title": "SeatsResync",
        "description": "The event `resync`: the changes cannot be listed seat by seat. Read the seats again.",
        "type": "object",
        "properties": { "version": version("The newest version.") },
        "required": ["version"],
        "examples": [{ "version": 290 }],
    })
}
