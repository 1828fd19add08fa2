//! Tests of logging in and out, as a browser and as another client.

use boxoffice_domain::shared::Role;
use futures_util::{StreamExt, stream};
use reqwest::Method;
use reqwest::header::COOKIE;
use serde_json::{Value, json};

use super::{Answer, HttpConfig, Shop, answer, limited_to};

/// The number of concurrent requests; the test server accepts 100 connections.
const CONNECTIONS: usize = 50;
const PASSWORD: &str = "hash of ana's password";

async fn log_in(shop: &Shop, body: &Value) -> Answer {
    answer(shop.request(Method::POST, "/api/v1/sessions").json(body)).await
}

/// The cookie that a browser stores from `Set-Cookie`.
fn cookie(answer: &Answer) -> String {
    answer.header("set-cookie").split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_browser_refreshes_its_session_with_the_cookie() {
    let shop = Shop::open().await;
    shop.add_user("ana", Role::User).await;
    let session = log_in(&shop, &json!({ "login": "ana", "password": PASSWORD })).await;
    assert_eq!(session.status, 200);
    assert_eq!((&session.body["token_type"], &session.body["expires_in"]), (&json!("Bearer"), &json!(600)));
    assert_eq!(session.body["user"]["username"], "ana");
    assert!(session.body.get("refresh_token").is_none());
    assert!(session.header("set-cookie").contains("HttpOnly; SameSite=Strict; Secure; Path=/api/v1/sessions"));
    assert_eq!(session.header("cache-control"), "no-store");

    let refresh = || shop.request(Method::POST, "/api/v1/sessions/refresh").header(COOKIE, cookie(&session));
    let elsewhere = answer(refresh().header("origin", "https://evil.example")).await;
    assert_eq!(elsewhere.problem(), (403, "cross_site_request"));
    let next = answer(refresh().header("origin", &shop.origin)).await;
    assert_eq!(next.status, 200);
    assert_ne!(cookie(&next), cookie(&session));

    shop.clock.advance(60);
    assert_eq!(cookie(&answer(refresh()).await), cookie(&next), "a lost response is repeated");
    let go_on = || shop.request(Method::POST, "/api/v1/sessions/refresh").header(COOKIE, cookie(&next));
    let last = answer(go_on()).await;
    assert_eq!(last.status, 200);
    assert_eq!(answer(refresh()).await.problem(), (401, "invalid_refresh_token"));
    let stolen = shop.request(Method::POST, "/api/v1/sessions/refresh").header(COOKIE, cookie(&last));
    assert_eq!(answer(stolen).await.problem(), (401, "invalid_refresh_token"), "the whole session has ended");
}

#[tokio::test]
async fn another_client_sends_the_refresh_token_in_the_body() {
    let shop = Shop::open().await;
    shop.add_user("ana", Role::User).await;
    let body = json!({ "login": "ana", "password": PASSWORD, "refresh_token_in": "body" });
    let session = log_in(&shop, &body).await;
    assert_eq!(session.header("set-cookie"), "");
    let body = json!({ "refresh_token": session.body["refresh_token"] });
    let next = answer(shop.request(Method::POST, "/api/v1/sessions/refresh").json(&body)).await;
    assert_eq!(next.status, 200);

    let body = json!({ "refresh_token": next.body["refresh_token"] });
    let gone = answer(shop.request(Method::DELETE, "/api/v1/sessions/current").json(&body)).await;
    assert_eq!(gone.status, 204);
    let late = answer(shop.request(Method::POST, "/api/v1/sessions/refresh").json(&body)).await;
    assert_eq!(late.problem(), (401, "invalid_refresh_token"));
}

#[tokio::test]
async fn logging_out_clears_the_cookie_and_needs_none() {
    let shop = Shop::open().await;
    shop.add_user("ana", Role::User).await;
    let session = log_in(&shop, &json!({ "login": "ana", "password": PASSWORD })).await;
    let log_out = || shop.request(Method::DELETE, "/api/v1/sessions/current");
    let gone = answer(log_out().header(COOKIE, cookie(&session))).await;
    assert_eq!(gone.status, 204);
    assert!(gone.header("set-cookie").starts_with("boxoffice_refresh=;"));
    assert!(gone.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(answer(log_out()).await.status, 204);
    let refresh = shop.request(Method::POST, "/api/v1/sessions/refresh").header(COOKIE, cookie(&session));
    assert_eq!(answer(refresh).await.problem(), (401, "invalid_refresh_token"));
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_are_the_same_problem() {
    let shop = Shop::open().await;
    shop.add_user("ana", Role::User).await;
    let wrong = log_in(&shop, &json!({ "login": "ana", "password": "wrong" })).await;
    let unknown = log_in(&shop, &json!({ "login": "unknown", "password": "wrong" })).await;
    assert_eq!(wrong.problem(), (401, "wrong_credentials"));
    assert_eq!(unknown.problem(), wrong.problem());
    assert_eq!(wrong.header("www-authenticate"), r#"Bearer realm="boxoffice""#);
}

#[tokio::test]
async fn a_malformed_refresh_token_is_refused_at_log_out() {
    let shop = Shop::open().await;
    for text in ["", "abc", &"9f".repeat(33), &"zz".repeat(32)] {
        let body = json!({ "refresh_token": text });
        let refused = answer(shop.request(Method::DELETE, "/api/v1/sessions/current").json(&body)).await;
        assert_eq!(refused.problem(), (401, "invalid_refresh_token"), "{text}");
    }
    let unknown = json!({ "refresh_token": "9f".repeat(32) });
    assert_eq!(answer(shop.request(Method::DELETE, "/api/v1/sessions/current").json(&unknown)).await.status, 204);
}

#[tokio::test]
async fn guessing_passwords_does_not_delay_other_clients() {
    let settings = HttpConfig { trusted_proxies: vec!["127.0.0.1".parse().unwrap()], ..limited_to(5) };
    let shop = Shop::open_with(settings).await;
    for number in 0..40 {
        shop.add_user(&format!("fan-{number}"), Role::User).await;
    }
    let log_in = |network: &'static str, login: String, password: String| {
        let body = json!({ "login": login, "password": password });
        answer(shop.request(Method::POST, "/api/v1/sessions").header("x-forwarded-for", network).json(&body))
    };
    let guesses = (0..160).map(|number| log_in("198.51.100.1", format!("fan-{}", number % 40), "wrong".to_owned()));
    let guesses: Vec<Answer> = stream::iter(guesses).buffer_unordered(CONNECTIONS).collect().await;
    let refused = guesses.iter().filter(|guess| guess.problem() == (429, "too_many_attempts")).count();
    let wrong = guesses.iter().filter(|guess| guess.problem() == (401, "wrong_credentials")).count();
    assert_eq!((wrong, refused), (60, 100));
    assert!(guesses.iter().filter(|guess| guess.status == 429).all(|guess| !guess.header("retry-after").is_empty()));

    for number in 0..40 {
        let name = format!("fan-{number}");
        let honest = log_in("198.51.100.2", name.clone(), format!("hash of {name}'s password")).await;
        assert_eq!(honest.status, 200, "{name}: {}", honest.body);
    }
}
