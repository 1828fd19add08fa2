//! Tests of query parameters that are unknown, repeated or out of range, and of malformed headers.

use boxoffice_domain::shared::Role;
use reqwest::Method;
use serde_json::json;

use super::{Answer, Shop, answer};

/// The parameters at fault, each with its fault code.
fn faults(refused: &Answer) -> Vec<(&str, &str)> {
    let errors = refused.body["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    errors.iter().map(|error| (error["parameter"].as_str().unwrap(), error["code"].as_str().unwrap())).collect()
}

#[tokio::test]
async fn unknown_and_repeated_parameters_are_refused() {
    let shop = Shop::open().await;
    let (_, admin) = shop.add_user("admin", Role::Admin).await;
    let concert = shop.given.concert().await.concert.id;
    for (path, expected) in [
        ("/api/v1/bookings?stauts=confirmed".to_owned(), vec![("stauts", "unknown_parameter")]),
        ("/api/v1/concerts?Limit=5&limit=5".to_owned(), vec![("Limit", "unknown_parameter")]),
        ("/api/v1/users?role=admin&role=user".to_owned(), vec![("role", "duplicate")]),
        (
            format!("/api/v1/concerts/{concert}/seats?section=A&section=B&x"),
            vec![("section", "duplicate"), ("x", "unknown_parameter")],
        ),
        (format!("/api/v1/concerts/{concert}?section=A"), vec![("section", "unknown_parameter")]),
    ] {
        let refused = shop.get(&path, &admin).await;
        assert_eq!(refused.problem(), (400, "malformed_request"), "{path}");
        assert_eq!(faults(&refused), expected, "{path}");
    }
    for path in ["/api/v1/concerts?search=%ff", "/api/v1/concerts?location=a%C3", "/api/v1/users?%fe=1"] {
        assert_eq!(shop.get(path, &admin).await.problem(), (400, "malformed_request"), "{path}");
    }
    for path in ["/api/v1/concerts?", "/api/v1/concerts?search=&limit=5", "/api/v1/users?%6Cimit=5"] {
        assert_eq!(shop.get(path, &admin).await.status, 200, "{path}");
    }
    let create = shop.post("/api/v1/concerts?draft=true", &admin, &json!({})).await;
    assert_eq!(faults(&create), [("draft", "unknown_parameter")]);
}

#[tokio::test]
async fn a_parameter_out_of_range_is_named_with_its_range() {
    let shop = Shop::open().await;
    let (_, admin) = shop.add_user("admin", Role::Admin).await;
    let concert = shop.given.concert().await.concert.id;
    let sales = format!("/api/v1/reports/concerts/{concert}/sales");
    for (path, parameter, detail) in [
        ("/api/v1/concerts?limit=101".to_owned(), "limit", "The parameter `limit` is a whole number from 1 to 100."),
        ("/api/v1/users?limit=".to_owned(), "limit", "The parameter `limit` is a whole number from 1 to 100."),
        (
            "/api/v1/concerts?sort=price".to_owned(),
            "sort",
            "The parameter `sort` is one of `starts_at`, `-starts_at`, `name`.",
        ),
        (format!("{sales}?bucket=minute"), "bucket", "The parameter `bucket` is one of `hour`, `day`."),
        ("/api/v1/concerts?mine=maybe".to_owned(), "mine", "The parameter `mine` is `true` or `false`."),
        (
            "/api/v1/bookings?concert_id=7".to_owned(),
            "concert_id",
            "The parameter `concert_id` is a UUID such as 01980c2a-7b1e-7000-8000-000000000001.",
        ),
        (
            format!("{sales}?from=today"),
            "from",
            "The parameter `from` is an RFC 3339 instant with an offset, such as 2026-12-31T20:30:00+07:00.",
        ),
    ] {
        let refused = shop.get(&path, &admin).await;
        assert_eq!(refused.problem(), (400, "malformed_request"), "{path}");
        assert_eq!(faults(&refused), [(parameter, "malformed")], "{path}");
        assert_eq!(refused.body["errors"][0]["detail"], detail, "{path}");
    }
    for (path, parameter) in [
        (format!("{sales}?from=2026-06-02T00:00:00Z&to=2026-06-01T00:00:00Z"), "to"),
        (format!("/api/v1/bookings?concert_id={concert}&search=ab"), "search"),
        (format!("/api/v1/concerts/{concert}/seats?section=Z"), "section"),
    ] {
        let refused = shop.get(&path, &admin).await;
        assert_eq!(refused.problem(), (422, "validation_failed"), "{path}");
        assert_eq!(refused.body["errors"][0]["parameter"], parameter, "{path}: {}", refused.body);
        assert_eq!(refused.body["errors"][0].get("pointer"), None, "{path}");
    }
    let cursor = shop.get("/api/v1/users?cursor=x", &admin).await;
    assert_eq!((cursor.problem(), faults(&cursor)), ((400, "invalid_cursor"), vec![("cursor", "malformed")]));
    let alone = shop.get("/api/v1/bookings?status=pending", &admin).await;
    assert_eq!(faults(&alone), [("concert_id", "malformed")]);
}

#[tokio::test]
async fn a_header_of_the_wrong_shape_is_named() {
    let shop = Shop::open().await;
    let (_, admin) = shop.add_user("admin", Role::Admin).await;
    let concert = shop.given.concert().await.concert.id;
    let publish = shop.request(Method::POST, &format!("/api/v1/concerts/{concert}/publish")).bearer_auth(&admin);
    assert_eq!(faults(&answer(publish.header("if-match", "7")).await), [("If-Match", "malformed")]);
    let book = shop.request(Method::POST, "/api/v1/bookings").bearer_auth(&admin);
    let book = book.header("idempotency-key", "two words").json(&json!({ "concert_id": concert.to_string() }));
    assert_eq!(faults(&answer(book).await)[0], ("Idempotency-Key", "malformed"));
}
