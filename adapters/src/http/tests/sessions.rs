//! Logging in and out, as a browser and as another client.

use boxoffice_domain::shared::Role;
use reqwest::Method;
use reqwest::header::COOKIE;
use serde_json::{Value, json};

use super::{Answer, Shop, answer};

const PASSWORD: &str = "hash of ana's password";

async fn log_in(shop: &Shop, body: &Value) -> Answer {
    answer(shop.request(Method::POST, "/api/v1/sessions").json(body)).await
}

/// What the browser keeps of a `Set-Cookie`.
fn cookie(answer: &Answer) -> String {
    answer.header("set-cookie").split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_browser_goes_on_with_its_cookie() {
    let shop = Shop::open().await;
    shop.somebody("ana", Role::User).await;
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
    assert_eq!(answer(refresh()).await.problem(), (401, "invalid_refresh_token"));
    let stolen = shop.request(Method::POST, "/api/v1/sessions/refresh").header(COOKIE, cookie(&next));
    assert_eq!(answer(stolen).await.problem(), (401, "invalid_refresh_token"), "the whole log-in has ended");
}

#[tokio::test]
async fn another_client_keeps_the_token_itself() {
    let shop = Shop::open().await;
    shop.somebody("ana", Role::User).await;
    let wish = json!({ "login": "ana", "password": PASSWORD, "refresh_token_in": "body" });
    let session = log_in(&shop, &wish).await;
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
    shop.somebody("ana", Role::User).await;
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
async fn a_wrong_password_looks_like_an_unknown_name() {
    let shop = Shop::open().await;
    shop.somebody("ana", Role::User).await;
    let wrong = log_in(&shop, &json!({ "login": "ana", "password": "wrong" })).await;
    let unknown = log_in(&shop, &json!({ "login": "nobody", "password": "wrong" })).await;
    assert_eq!(wrong.problem(), (401, "wrong_credentials"));
    assert_eq!(unknown.problem(), wrong.problem());
    assert_eq!(wrong.header("www-authenticate"), r#"Bearer realm="boxoffice""#);
}
