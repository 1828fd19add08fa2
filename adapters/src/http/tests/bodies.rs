//! Tests that the server enforces exactly what the document says of request bodies.

use boxoffice_domain::concerts::{
    BLOCKED_AT_ONCE_MAX, CAP_MAX, CATEGORIES_MAX, DESCRIPTION_LENGTH_MAX, DRAWING_MAX, FIRST_SEAT_MAX,
    FULL_TURN_DEGREES, GAPS_IN_A_ROW_MAX, NAME_LENGTH_MAX, PRICE_MAX, ROWS_MAX, SEATS_IN_A_ROW_MAX,
    SECTION_NAME_LENGTH_MAX, SECTIONS_MAX, SeatLabel, TicketNumber,
};
use boxoffice_domain::payments::Refund;
use boxoffice_domain::sales::placement::MAX_TICKETS_IN_A_BOOKING;
use boxoffice_domain::shared::{Money, Role};
use boxoffice_domain::users::Password;
use reqwest::Method;
use serde_json::{Value, json};

use super::contract::{DOCUMENT, faults};
use super::{Shop, answer};

const SOME_ID: &str = "01980c2a-7b1e-7000-8000-00000000ffff";

/// The operations with a request body: method, path, schema.
fn operations() -> Vec<(Method, String, Value)> {
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let all = paths.iter().flat_map(|(path, item)| item.as_object().unwrap().iter().map(move |found| (path, found)));
    let with_body = all.filter_map(|(path, (method, operation))| {
        let schema = operation["requestBody"]["content"]["application/json"]["schema"].clone();
        let method = Method::from_bytes(method.to_ascii_uppercase().as_bytes()).unwrap();
        schema.is_object().then(|| (method, format!("/api/v1{}", path.replace("{id}", SOME_ID)), schema))
    });
    with_body.collect()
}

/// An example of every variant of a body.
fn examples(schema: &Value) -> Vec<Value> {
    let name = schema["$ref"].as_str().unwrap().rsplit('/').next().unwrap();
    let mut examples = vec![DOCUMENT["components"]["schemas"][name]["examples"][0].clone()];
    match name {
        "PlaceBooking" => {
            examples.push(json!({ "concert_id": SOME_ID, "section": "A", "quantity": 2, "category": "child" }));
        }
        "CreateConcert" => {
            let mut every = examples[0].clone();
            every["sections"] = json!([
                { "code": "B", "name": "Balcony", "kind": "seated", "price": 4500, "layout": [
                    { "label": "1", "seats": 4, "first": 3, "gaps": [4], "marks": [{ "seat": 3, "kind": "wheelchair" }] },
                ], "plan": { "x": 0, "y": 0, "width": 5, "height": 5, "rotation": 45 } },
                { "code": "GA", "name": "Floor", "kind": "standing", "price": 2500, "capacity": 30 },
            ]);
            every["organiser_id"] = json!(SOME_ID);
            every["refundable_until"] = json!("2026-05-20T12:00:00Z");
            for cap in ["max_tickets_per_booking", "max_tickets_per_user", "max_pending_bookings_per_user"] {
                every[cap] = json!(5);
            }
            examples.push(every);
        }
        "ChangeConcert" => examples.push(json!({
            "name": "A", "artist": "B", "description": "C", "venue": "D", "location": "E", "time_zone": "Asia/Jakarta",
            "starts_at": "2026-05-20T12:00:00Z", "sales_start_at": "2026-05-20T12:00:00Z",
            "sales_end_at": "2026-05-20T12:00:00Z", "refundable_until": "2026-05-20T12:00:00Z",
            "max_tickets_per_booking": 5, "max_tickets_per_user": 5, "max_pending_bookings_per_user": 5,
            "sections": [{ "code": "A", "prices": [{ "code": "standard", "name": "Standard", "price": 1 }] }],
        })),
        "ChangeUser" => examples.push(json!({ "role": "user", "status": "suspended" })),
        "ChangeOwnAccount" => {
            examples
                .push(json!({ "current_password": "a", "email": "b@example.com", "new_password": "velvet otter 9" }));
        }
        "RefundPayment" => examples.push(json!({ "amount": 5, "reason": "A pillar" })),
        "LogIn" => examples.push(json!({ "login": "ana", "password": "x", "refresh_token_in": "body" })),
        _ => {}
    }
    examples
}

/// The pointers of all members of a value, and of an unknown member of each of its objects.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                found.push(format!("{at}/{name}"));
                pointers(member, &format!("{at}/{name}"), found);
            }
            found.push(format!("{at}/colour"));
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                found.push(format!("{at}/{index}"));
                pointers(item, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

fn with_null(value: &Value, pointer: &str) -> Value {
    let mut changed = value.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match changed.pointer_mut(parent).unwrap() {
        Value::Object(members) => members.insert(name.to_owned(), Value::Null),
        Value::Array(items) => Some(std::mem::replace(&mut items[name.parse::<usize>().unwrap()], Value::Null)),
        _ => unreachable!("only objects and arrays have members"),
    };
    changed
}

#[tokio::test]
async fn null_and_unknown_members_are_refused_where_the_document_refuses_them() {
    let shop = Shop::open().await;
    let (_, admin) = shop.add_user("an-admin", Role::Admin).await;
    let (mut refused, mut accepted) = (0, 0);
    for (method, path, schema) in operations() {
        for example in examples(&schema) {
            assert_eq!(faults(&schema, &example), Vec::<String>::new(), "{method} {path}");
            let mut all = Vec::new();
            pointers(&example, "", &mut all);
            for pointer in all {
                let body = with_null(&example, &pointer);
                let is_refused = !faults(&schema, &body).is_empty();
                let request = shop.request(method.clone(), &path).bearer_auth(&admin).header("if-match", "\"1\"");
                let reply = answer(request.json(&body)).await;
                let is_malformed = reply.problem() == (400, "malformed_request");
                assert_eq!(is_malformed, is_refused, "{method} {path}: {body} is {}", reply.body);
                if is_malformed {
                    refused += 1;
                    let pointed_at = reply.body["errors"][0]["pointer"].as_str().unwrap();
                    assert_eq!(pointed_at, pointer, "{method} {path}: {}", reply.body);
                } else {
                    accepted += 1;
                }
            }
        }
    }
    assert!(refused > 100 && accepted >= 4, "{refused} refused, {accepted} accepted");
}

#[test]
fn the_limits_of_the_document_are_those_of_the_domain() {
    let bounds: [(&str, &str, Value); 42] = [
        ("BookSeats", "seats/maxItems", json!(MAX_TICKETS_IN_A_BOOKING)),
        ("BookSeats", "seats/items/maxLength", json!(SeatLabel::MAX_LENGTH)),
        ("BookBestAvailable", "quantity/maximum", json!(MAX_TICKETS_IN_A_BOOKING)),
        ("BlockSeats", "block/maxItems", json!(BLOCKED_AT_ONCE_MAX)),
        ("BlockSeats", "unblock/maxItems", json!(BLOCKED_AT_ONCE_MAX)),
        ("BlockSeats", "block/items/maxLength", json!(SeatLabel::MAX_LENGTH)),
        ("CreateConcert", "name/maxLength", json!(NAME_LENGTH_MAX)),
        ("CreateConcert", "artist/maxLength", json!(NAME_LENGTH_MAX)),
        ("CreateConcert", "venue/maxLength", json!(NAME_LENGTH_MAX)),
        ("CreateConcert", "location/maxLength", json!(NAME_LENGTH_MAX)),
        ("CreateConcert", "description/maxLength", json!(DESCRIPTION_LENGTH_MAX)),
        ("CreateConcert", "sections/maxItems", json!(SECTIONS_MAX)),
        ("CreateConcert", "max_tickets_per_booking/maximum", json!(CAP_MAX)),
        ("CreateConcert", "max_tickets_per_user/maximum", json!(CAP_MAX)),
        ("CreateConcert", "max_pending_bookings_per_user/maximum", json!(CAP_MAX)),
        ("ChangeConcert", "name/maxLength", json!(NAME_LENGTH_MAX)),
        ("ChangeConcert", "description/maxLength", json!(DESCRIPTION_LENGTH_MAX)),
        ("ChangeConcert", "max_tickets_per_user/maximum", json!(CAP_MAX)),
        ("ChangeConcert", "sections/maxItems", json!(SECTIONS_MAX)),
        ("ChangeSection", "price/maximum", json!(PRICE_MAX)),
        ("ChangeSection", "prices/maxItems", json!(CATEGORIES_MAX)),
        ("CreateSectionOfEqualRows", "rows/maximum", json!(ROWS_MAX)),
        ("CreateSectionOfEqualRows", "seats_per_row/maximum", json!(SEATS_IN_A_ROW_MAX)),
        ("CreateSectionOfEqualRows", "name/maxLength", json!(SECTION_NAME_LENGTH_MAX)),
        ("CreateSectionOfEqualRows", "price/maximum", json!(PRICE_MAX)),
        ("CreateSectionByLayout", "layout/maxItems", json!(ROWS_MAX)),
        ("CreateStandingSection", "capacity/maximum", json!(TicketNumber::MAX)),
        ("Price", "name/maxLength", json!(SECTION_NAME_LENGTH_MAX)),
        ("Price", "price/maximum", json!(PRICE_MAX)),
        ("Row", "seats/maximum", json!(SEATS_IN_A_ROW_MAX)),
        ("Row", "first/maximum", json!(FIRST_SEAT_MAX)),
        ("Row", "gaps/maxItems", json!(GAPS_IN_A_ROW_MAX)),
        ("Row", "gaps/items/maximum", json!(FIRST_SEAT_MAX + SEATS_IN_A_ROW_MAX - 2)),
        ("Row", "marks/maxItems", json!(SEATS_IN_A_ROW_MAX)),
        ("Mark", "seat/maximum", json!(FIRST_SEAT_MAX + SEATS_IN_A_ROW_MAX - 1)),
        ("SectionPlan", "x/minimum", json!(-DRAWING_MAX)),
        ("SectionPlan", "width/maximum", json!(DRAWING_MAX)),
        ("SectionPlan", "rotation/maximum", json!(FULL_TURN_DEGREES)),
        ("RefundPayment", "amount/maximum", json!(Money::MAX_MINOR)),
        ("RefundPayment", "reason/maxLength", json!(Refund::REASON_MAX_LENGTH)),
        ("RegisterUser", "password/minLength", json!(Password::MIN_LENGTH)),
        ("RegisterUser", "password/maxLength", json!(Password::MAX_LENGTH)),
    ];
    for (schema, bound, expected) in bounds {
        let found = DOCUMENT.pointer(&format!("/components/schemas/{schema}/properties/{bound}"));
        assert_eq!(found, Some(&expected), "{schema} {bound}");
    }
}
