//! The requests of the API as bytes.

use std::fmt::Write;

use crate::subject::Concert;

const BASE: &str = "/api/v1";

/// An anonymous read.
pub(crate) fn get(path: &str, fields: &[(&str, &str)]) -> Vec<u8> {
    let mut text = format!("GET {BASE}{path} HTTP/1.1\r\nhost: bench\r\n");
    for (name, value) in fields {
        let _ = write!(text, "{name}: {value}\r\n");
    }
    text.push_str("\r\n");
    text.into_bytes()
}

/// A write with an access token. An empty body means no body.
pub(crate) fn post(path: &str, token: &str, body: &str) -> Vec<u8> {
    written(path, token, "", body)
}

/// A booking of named seats.
pub(crate) fn book_seats(concert: &Concert, token: &str, key: &str, seats: &[String]) -> Vec<u8> {
    let seats = seats.join("\",\"");
    let body = format!("{{\"concert_id\":\"{}\",\"seats\":[\"{seats}\"]}}", concert.id);
    written("/bookings", token, key, &body)
}

/// A booking of the best seats or of any places of a section.
pub(crate) fn book_best(concert: &Concert, token: &str, key: &str, section: &str, quantity: u32) -> Vec<u8> {
    let body = format!("{{\"concert_id\":\"{}\",\"section\":\"{section}\",\"quantity\":{quantity}}}", concert.id);
    written("/bookings", token, key, &body)
}

/// A payment that the sandbox approves.
pub(crate) fn pay(token: &str, key: &str, booking: &str) -> Vec<u8> {
    written("/payments", token, key, &format!("{{\"booking_id\":\"{booking}\",\"method\":\"sandbox_approve\"}}"))
}

/// The `id` of a created resource. It is the first field, so the rest is not parsed.
pub(crate) fn id_of(body: &[u8]) -> Option<String> {
    const UUID_LENGTH: usize = 36;
    let text = std::str::from_utf8(body).ok()?;
    let id = text.split_once("\"id\":\"")?.1.get(..UUID_LENGTH)?;
    Some(id.to_owned())
}

fn written(path: &str, token: &str, key: &str, body: &str) -> Vec<u8> {
    let mut text = format!("POST {BASE}{path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {token}\r\n");
    if !key.is_empty() {
        let _ = write!(text, "idempotency-key: {key}\r\n");
    }
    if !body.is_empty() {
        text.push_str("content-type: application/json\r\n");
    }
    let _ = write!(text, "content-length: {}\r\n\r\n{body}", body.len());
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::{get, id_of, pay};

    #[test]
    fn requests_are_well_formed() {
        assert_eq!(get("/x", &[("a", "b")]), b"GET /api/v1/x HTTP/1.1\r\nhost: bench\r\na: b\r\n\r\n");
        let text = String::from_utf8(pay("t", "k", "b")).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert_eq!(body, "{\"booking_id\":\"b\",\"method\":\"sandbox_approve\"}");
        assert!(head.contains(&format!("\r\ncontent-length: {}", body.len())), "{head}");
        assert!(head.contains("\r\nauthorization: Bearer t\r\nidempotency-key: k\r\n"), "{head}");
    }

    #[test]
    fn the_id_is_found() {
        let id = "0198c2a7-b1e7-7000-8000-000000000003";
        assert_eq!(id_of(format!("{{\"id\":\"{id}\",\"reference\":\"X\"}}").as_bytes()).as_deref(), Some(id));
        assert_eq!(id_of(b"{\"title\":\"no\"}"), None);
    }
}
