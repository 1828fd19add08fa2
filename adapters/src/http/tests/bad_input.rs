//! Tests of invalid input: it is answered with a clear problem, never with an internal error, and changes nothing.

use boxoffice_domain::shared::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Shop, answer};

const UNKNOWN_ID: &str = "01980c2a-7b1e-7000-8000-00000000ffff";

#[tokio::test]
async fn a_body_of_the_wrong_shape_is_malformed() {
    let shop = Shop::open().await;
    let (_, token) = shop.add_user("ana", Role::User).await;
    let events = shop.store.events().len();
    let bodies = [
        ("", ""),
        ("{", ""),
        ("null", ""),
        ("[1]", ""),
        (r#"["01980c2a-7b1e-7000-8000-00000000ffff",["A-1-1"],null,null,null]"#, ""),
        ("\u{0}", ""),
        (r#"{"seats":["A-1-1"]}"#, ""),
        (r#"{"concert_id":"concert","seats":["A-1-1"]}"#, "/concert_id"),
        (r#"{"concert_id":7,"seats":["A-1-1"]}"#, "/concert_id"),
        (r#"{"concert_id":"01980c2a-7b1e-7000-8000-00000000ffff","seats":"A-1-1"}"#, "/seats"),
        (r#"{"concert_id":"01980c2a-7b1e-7000-8000-00000000ffff","seats":[7]}"#, "/seats/0"),
        (r#"{"concert_id":"01980c2a-7b1e-7000-8000-00000000ffff","section":"A","quantity":"2"}"#, "/quantity"),
        (r#"{"concert_id":"01980c2a-7b1e-7000-8000-00000000ffff","section":"A","quantity":1.5}"#, "/quantity"),
        (r#"{"concert_id":"01980c2a-7b1e-7000-8000-00000000ffff","section":"A","quantity":1e99}"#, "/quantity"),
        (r#"{"concert_id":"01980c2a-7b1e-7000-8000-00000000ffff","seats":["A-1-1"],"price":0}"#, "/price"),
        (r#"{"concert_id":"01980c2a-7b1e-7000-8000-00000000ffff","seats":["A-1-1"],"seats":[]}"#, ""),
    ];
    for (body, pointer) in bodies {
        let request = shop.request(Method::POST, "/api/v1/bookings").bearer_auth(&token);
        let refused = answer(request.header("content-type", "application/json").body(body)).await;
        assert_eq!(refused.problem(), (400, "malformed_request"), "{body}");
        assert_eq!(refused.body["errors"][0]["pointer"], pointer, "{body}");
    }
    let deep = "[".repeat(60_000);
    let request = shop.request(Method::POST, "/api/v1/bookings").bearer_auth(&token);
    let refused = answer(request.header("content-type", "application/json").body(deep)).await;
    assert_eq!(refused.problem(), (400, "malformed_request"));
    assert_eq!(shop.store.events().len(), events);
}

#[tokio::test]
async fn all_invalid_values_are_named_at_once() {
    let shop = Shop::open().await;
    let concert = shop.given.concert().await.concert.id;
    let (_, token) = shop.add_user("ana", Role::User).await;
    let events = shop.store.events().len();
    let best = |quantity: i64| json!({ "concert_id": concert.to_string(), "section": "A", "quantity": quantity });
    let seats = |seats: Value| json!({ "concert_id": concert.to_string(), "seats": seats });
    let bodies = [
        (best(0), vec!["/quantity"]),
        (best(-1), vec!["/quantity"]),
        (best(10_000), vec!["/quantity"]),
        (best(i64::MAX), vec!["/quantity"]),
        (seats(json!([])), vec!["/seats"]),
        (seats(json!(["A-1-1", "A-1-1"])), vec!["/seats/1"]),
        (seats(json!(["A-1-1", "Z-9-9", "a\u{0}b", "🎫", ""])), vec!["/seats/2", "/seats/3", "/seats/4"]),
        (seats(json!(["A-1-1", "Z-9-9", "A-1-11"])), vec!["/seats/1", "/seats/2"]),
        (json!({ "concert_id": concert.to_string(), "section": "🎫", "quantity": 0 }), vec!["/section", "/quantity"]),
        (json!({ "concert_id": concert.to_string(), "section": "Z", "quantity": 1 }), vec!["/section"]),
        (json!({ "concert_id": concert.to_string() }), vec!["/section", "/quantity"]),
        (json!({ "concert_id": concert.to_string(), "seats": ["A-1-1"], "category": "child" }), vec!["/category"]),
    ];
    for (body, pointers) in bodies {
        let refused = shop.post("/api/v1/bookings", &token, &body).await;
        assert_eq!(refused.problem(), (422, "validation_failed"), "{body}");
        let errors = refused.body["errors"].as_array().unwrap();
        let named: Vec<&str> = errors.iter().map(|error| error["pointer"].as_str().unwrap()).collect();
        assert_eq!(named, pointers, "{body}");
    }
    assert_eq!(shop.store.events().len(), events);
    shop.assert_sound().await;
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let shop = Shop::open().await;
    let (_, token) = shop.add_user("ana", Role::User).await;
    let paths = |id: &str| {
        ["users/ID", "concerts/ID", "concerts/ID/seats", "concerts/ID/events", "bookings/ID", "payments/ID"]
            .map(|path| format!("/api/v1/{}", path.replace("ID", id)))
    };
    for path in paths(UNKNOWN_ID).into_iter().chain(paths("%2e%2e")) {
        assert_eq!(shop.get(&path, &token).await.problem(), (404, "not_found"), "{path}");
    }
    for path in ["7", "me%00", "🎫", "01980c2a-7b1e-7000-8000-00000000fff"].into_iter().flat_map(paths) {
        let refused = shop.get(&path, &token).await;
        assert_eq!(refused.problem(), (400, "malformed_id"), "{path}");
        assert_eq!(refused.body["errors"][0]["parameter"], "id", "{path}");
    }
    let unknown = shop.post("/api/v1/bookings", &token, &json!({ "concert_id": UNKNOWN_ID, "seats": ["A-1-1"] })).await;
    assert_eq!(unknown.problem(), (404, "concert_not_found"));
    let unknown = shop.post("/api/v1/payments", &token, &json!({ "booking_id": UNKNOWN_ID, "method": "card" })).await;
    assert_eq!(unknown.problem(), (404, "booking_not_found"));
}

#[tokio::test]
async fn parameters_of_the_wrong_shape_are_malformed() {
    let shop = Shop::open().await;
    let (_, token) = shop.add_user("ana", Role::User).await;
    for query in ["limit=0", "limit=-1", "limit=101", "limit=ten", "limit=", "concert_id=7", "concert_id=%00"] {
        let refused = shop.get(&format!("/api/v1/bookings?{query}"), &token).await;
        assert_eq!(refused.problem(), (400, "malformed_request"), "{query}");
    }
    for cursor in ["", "x", "%F0%9F%8E%AB", "AAAAAAAAAAAAAAAAAAAAAAAA"] {
        let refused = shop.get(&format!("/api/v1/bookings?cursor={cursor}"), &token).await;
        assert_eq!(refused.problem(), (400, "invalid_cursor"), "{cursor}");
    }
}

#[tokio::test]
async fn only_json_up_to_the_limit_is_accepted() {
    let shop = Shop::open().await;
    let (_, token) = shop.add_user("ana", Role::User).await;
    let send = |content_type: Option<&'static str>, body: reqwest::Body| {
        let request = shop.request(Method::POST, "/api/v1/bookings").bearer_auth(&token).body(body);
        answer(match content_type {
            Some(content_type) => request.header("content-type", content_type),
            None => request,
        })
    };
    for content_type in [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("application/xml")] {
        let refused = send(content_type, "{}".into()).await;
        assert_eq!(refused.problem(), (415, "unsupported_media_type"), "{content_type:?}");
    }
    let spaces = |length: usize| " ".repeat(length);
    assert_eq!(send(Some("application/json"), spaces(64 * 1024).into()).await.status, 400);
    for length in [64 * 1024 + 1, 900_000] {
        let refused = send(Some("application/json"), spaces(length).into()).await;
        assert_eq!(refused.problem(), (413, "payload_too_large"));
    }
    // The operation needs no access token, so the body is read before anything else is checked.
    let request = shop.request(Method::POST, "/api/v1/sessions").header("content-type", "application/json");
    assert_eq!(answer(request.body(spaces(70_000))).await.problem(), (413, "payload_too_large"));
}

#[tokio::test]
async fn the_limit_holds_for_a_body_without_a_content_length() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let shop = Shop::open().await;
    let address = shop.origin.strip_prefix("http://").unwrap();
    let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = "POST /api/v1/sessions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nconnection: close\r\n\
                transfer-encoding: chunked\r\n\r\n";
    socket.write_all(head.as_bytes()).await.unwrap();
    let chunk = format!("4000\r\n{}\r\n", " ".repeat(0x4000));
    for _ in 0..5 {
        socket.write_all(chunk.as_bytes()).await.unwrap();
    }
    socket.write_all(b"0\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(answer.contains("payload_too_large"), "{answer}");
}

/// The first bytes that the server sends after the header of a request, before any body.
async fn answer_to_header(shop: &Shop, header: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let address = shop.origin.strip_prefix("http://").unwrap();
    let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
    socket.write_all(format!("{header}\r\nhost: x\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = [0; 1024];
    let length = socket.read(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer[..length]).into_owned()
}

#[tokio::test]
async fn a_body_is_requested_only_if_the_header_is_acceptable() {
    let shop = Shop::open().await;
    let (_, token) = shop.add_user("ana", Role::User).await;
    let token = format!("authorization: Bearer {token}");
    let json = "content-type: application/json";
    for (fields, expected) in [
        (vec![json, "content-length: 2"], "401 Unauthorized"),
        (vec![json, "content-length: 2", "authorization: Bearer forged"], "401 Unauthorized"),
        (vec![&token, json, "content-length: 99000000"], "413 Payload Too Large"),
        (vec![&token, "content-type: text/plain", "content-length: 2"], "415 Unsupported Media Type"),
        (vec![&token, json, "content-length: 2"], "100 Continue"),
    ] {
        let header = format!("POST /api/v1/bookings HTTP/1.1\r\nexpect: 100-continue\r\n{}", fields.join("\r\n"));
        let answer = answer_to_header(&shop, &header).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {expected}")), "{fields:?}: {answer}");
    }
}

#[tokio::test]
async fn a_body_in_another_coding_is_refused_with_the_accepted_coding() {
    let shop = Shop::open().await;
    let (_, token) = shop.add_user("ana", Role::User).await;
    let send = |coding: &'static str| {
        let request = shop.request(Method::POST, "/api/v1/bookings").bearer_auth(&token).body("{}");
        answer(request.header("content-type", "application/json").header("content-encoding", coding))
    };
    for coding in ["gzip", "br", "identity, gzip"] {
        let refused = send(coding).await;
        assert_eq!(refused.problem(), (415, "unsupported_media_type"), "{coding}");
        assert_eq!(refused.header("accept-encoding"), "identity");
    }
    assert_eq!(send("Identity").await.status, 400);
}
