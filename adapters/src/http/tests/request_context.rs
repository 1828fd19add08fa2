//! Tests of what holds for every request.

use boxoffice_domain::shared::Role;
use boxoffice_testing::BookingBuilder;
use reqwest::Method;
use serde_json::json;

use super::{HttpConfig, Shop, answer, config, limited_to};

#[tokio::test]
async fn the_clients_request_id_is_kept() {
    let shop = Shop::open().await;
    let named = answer(shop.request(Method::GET, "/api/v1/nothing").header("x-request-id", "trace-7")).await;
    assert_eq!(named.header("x-request-id"), "trace-7");
    let forged = answer(shop.request(Method::GET, "/api/v1/nothing").header("x-request-id", "a b")).await;
    assert_ne!(forged.header("x-request-id"), "a b");
}

#[tokio::test]
async fn addresses_and_methods_that_do_not_exist_are_problems() {
    let shop = Shop::open().await;
    for path in ["/api", "/api/v1", "/api/v1/nothing", "/api/v2/users", "/nothing"] {
        let request = shop.request(Method::GET, path).header("accept", "application/json");
        assert_eq!(answer(request).await.problem(), (404, "not_found"), "{path}");
    }
    let wrong = answer(shop.request(Method::PUT, "/api/v1/users/me")).await;
    assert_eq!(wrong.problem(), (405, "method_not_allowed"));
    assert_eq!(wrong.header("allow"), "GET, PATCH, DELETE, HEAD");
    // An address that two resources share.
    assert_eq!(answer(shop.request(Method::PUT, "/api/v1/concerts")).await.header("allow"), "GET, POST, HEAD");
}

#[tokio::test]
async fn protected_operations_require_a_token() {
    let shop = Shop::open().await;
    let missing = answer(shop.request(Method::GET, "/api/v1/users/me")).await;
    assert_eq!(missing.problem(), (401, "login_required"));
    assert_eq!(missing.header("www-authenticate"), r#"Bearer realm="boxoffice""#);
    let forged = shop.get("/api/v1/users/me", "forged").await;
    assert_eq!(forged.problem(), (401, "invalid_token"));
    assert_eq!(forged.header("www-authenticate"), r#"Bearer realm="boxoffice", error="invalid_token""#);
    // Authentication comes first, so that anonymous clients learn nothing about bodies.
    let body = shop.request(Method::POST, "/api/v1/bookings").body("not json");
    assert_eq!(answer(body).await.problem(), (401, "login_required"));
}

#[tokio::test]
async fn responses_have_security_headers() {
    let shop = Shop::open().await;
    let (_, token) = shop.add_user("ana", Role::User).await;
    let answer = shop.get("/api/v1/users/me", &token).await;
    assert_eq!(answer.header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("strict-transport-security"), "max-age=31536000; includeSubDomains");
    assert_eq!(answer.header("cache-control"), "no-store");

    let plain = Shop::open_with(HttpConfig { secure_cookies: false, ..config() }).await;
    assert_eq!(plain.get("/api/v1/users/me", "x").await.header("strict-transport-security"), "");
}

#[tokio::test]
async fn registrations_behind_a_proxy_are_counted_by_client() {
    let settings = HttpConfig { trusted_proxies: vec!["127.0.0.1".parse().unwrap()], ..limited_to(1) };
    let shop = Shop::open_with(settings).await;
    let attempt = |number: u32, client: &'static str| {
        let body = json!({ "username": format!("fan-{number}"), "email": format!("fan{number}@example.com"),
                           "password": "velvet otter harbour 9" });
        answer(shop.request(Method::POST, "/api/v1/users").header("x-forwarded-for", client).json(&body))
    };
    assert_eq!(attempt(1, "198.51.100.1").await.status, 201);
    assert_eq!(attempt(2, "198.51.100.1").await.status, 429);
    assert_eq!(attempt(3, "198.51.100.2").await.status, 201);
    assert_eq!(attempt(4, "203.0.113.9, 198.51.100.2").await.status, 429);
    assert_eq!(attempt(5, "[2001:db8::1]:443").await.status, 201);
    assert_eq!(attempt(6, "2001:db8::2").await.status, 429);
}

/// One household leaves places to others, and each client of a proxy is a household of its own.
#[tokio::test]
async fn watchers_are_counted_by_client() {
    let settings = HttpConfig { trusted_proxies: vec!["127.0.0.1".parse().unwrap()], ..config() };
    let shop = Shop::open_with(settings).await;
    let path = format!("/api/v1/concerts/{}/events", shop.given.concert().await.concert.id);
    let watch = |client: &'static str| shop.request(Method::GET, &path).header("x-forwarded-for", client);
    let mut watching = Vec::new();
    for client in ["198.51.100.1", "198.51.100.1"] {
        watching.push(watch(client).send().await.unwrap());
    }
    // Its body is not waited for: that of a watch has no end.
    assert_eq!(watch("198.51.100.1").send().await.unwrap().status(), 503);
    watching.push(watch("198.51.100.2").send().await.unwrap());
    assert!(watching.iter().all(|watch| watch.status() == 200), "{watching:?}");
}

#[tokio::test]
async fn the_document_is_compressed_and_has_an_etag() {
    let shop = Shop::open().await;
    for path in ["/openapi.json", "/docs"] {
        let get = |headers: &[(&'static str, String)]| {
            let request = shop.request(Method::GET, path);
            headers.iter().fold(request, |request, (name, value)| request.header(*name, value)).send()
        };
        let plain = get(&[]).await.unwrap();
        assert_eq!(plain.headers()["vary"], "accept-encoding");
        let plain = plain.bytes().await.unwrap();
        // It is compressed in the background of the first requests.
        let compressed = loop {
            let answer = get(&[("accept-encoding", "gzip".to_owned())]).await.unwrap();
            if answer.headers().contains_key("content-encoding") {
                break answer;
            }
        };
        assert_eq!(compressed.headers()["content-encoding"], "gzip");
        let etag = compressed.headers()["etag"].to_str().unwrap().to_owned();
        assert!(etag.ends_with("-gzip\""), "{etag}");
        assert!(compressed.bytes().await.unwrap().len() < plain.len() / 2);
        assert_eq!(get(&[("if-none-match", etag)]).await.unwrap().status(), 304);
    }
}

#[tokio::test]
async fn private_lists_are_compressed_and_have_an_etag() {
    let shop = Shop::open().await;
    let (ana, token) = shop.add_user("ana", Role::User).await;
    let view = shop.given.concert().await;
    for number in 1..=8 {
        let booking = BookingBuilder::new(shop.given.ids(), &view).user(ana.id).tickets([number]);
        shop.given.booking(booking.build()).await;
    }
    let get = |name: &'static str, value: String| {
        shop.request(Method::GET, "/api/v1/bookings").bearer_auth(&token).header(name, value).send()
    };
    let plain = get("accept-encoding", "identity".to_owned()).await.unwrap();
    assert_eq!(plain.headers()["cache-control"], "private, max-age=0, must-revalidate");
    let plain = plain.bytes().await.unwrap();
    let compressed = get("accept-encoding", "gzip".to_owned()).await.unwrap();
    assert_eq!(compressed.headers()["content-encoding"], "gzip");
    assert_eq!(compressed.headers()["vary"], "accept-encoding");
    let etag = compressed.headers()["etag"].to_str().unwrap().to_owned();
    assert!(compressed.bytes().await.unwrap().len() < plain.len());
    assert_eq!(get("if-none-match", etag).await.unwrap().status(), 304);
}

#[tokio::test]
async fn the_documentation_page_may_run_its_own_scripts_only() {
    let shop = Shop::open().await;
    let page = shop.request(Method::GET, "/docs").send().await.unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert_eq!(page.status(), 200);
    assert_eq!(policy.matches("'sha256-").count(), 2);
    let etag = page.headers()["etag"].clone();
    let text = page.text().await.unwrap();
    assert!(text.contains("\"operationId\": \"registerUser\"") && text.contains("seats_unavailable"));
    let known = shop.request(Method::GET, "/docs").header("if-none-match", etag).send().await.unwrap();
    assert_eq!(known.status(), 304);
}
