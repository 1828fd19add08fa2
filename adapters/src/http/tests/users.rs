//! Tests of accounts.

use boxoffice_domain::shared::Role;
use reqwest::Method;
use serde_json::json;

use super::{Shop, answer, limited_to};

fn ana() -> serde_json::Value {
    json!({ "username": "Ana", "email": "Ana@Example.com", "password": "velvet otter harbour 9" })
}

#[tokio::test]
async fn a_registered_user_can_log_in_and_read_the_account() {
    let shop = Shop::open().await;
    let created = answer(shop.request(Method::POST, "/api/v1/users").json(&ana())).await;
    assert_eq!(created.status, 201);
    assert_eq!(created.body["username"], "ana");
    assert_eq!(created.body["role"], "user");
    assert_eq!(created.body["created_at"], "2026-05-01T12:00:00Z");
    assert!(!created.body.to_string().contains("otter"));

    let log_in = json!({ "login": "ana@example.com", "password": "velvet otter harbour 9" });
    let session = answer(shop.request(Method::POST, "/api/v1/sessions").json(&log_in)).await;
    let token = session.body["access_token"].as_str().unwrap();
    assert_eq!(shop.get("/api/v1/users/me", token).await.body, created.body);
    assert_eq!(shop.get(created.header("location"), token).await.body, created.body);
}

#[tokio::test]
async fn usernames_and_emails_are_unique() {
    let shop = Shop::open().await;
    answer(shop.request(Method::POST, "/api/v1/users").json(&ana())).await;
    let mut other = ana();
    other["email"] = "other@example.com".into();
    let taken = answer(shop.request(Method::POST, "/api/v1/users").json(&other)).await;
    assert_eq!(taken.problem(), (409, "username_taken"));
    let mut other = ana();
    other["username"] = "other".into();
    let taken = answer(shop.request(Method::POST, "/api/v1/users").json(&other)).await;
    assert_eq!(taken.problem(), (409, "email_taken"));
}

#[tokio::test]
async fn all_faults_of_a_registration_are_named_at_once() {
    let shop = Shop::open().await;
    let body = json!({ "username": "ä\u{0}", "email": "🎫", "password": "short" });
    let refused = answer(shop.request(Method::POST, "/api/v1/users").json(&body)).await;
    assert_eq!(refused.problem(), (422, "validation_failed"));
    let errors = refused.body["errors"].as_array().unwrap();
    for pointer in ["/username", "/email", "/password"] {
        assert!(errors.iter().any(|error| error["pointer"] == pointer), "{pointer}");
    }
}

#[tokio::test]
async fn the_sixth_registration_in_a_minute_is_refused() {
    let shop = Shop::open_with(limited_to(5)).await;
    let attempt = |number: u32| {
        let body = json!({ "username": format!("fan-{number}"), "email": format!("fan{number}@example.com"),
                           "password": "velvet otter harbour 9" });
        answer(shop.request(Method::POST, "/api/v1/users").json(&body))
    };
    for number in 0..5 {
        // A refused request does not count, and its response says how many are left.
        for (body, code) in
            [(json!({ "username": 7 }), 400), (json!({ "username": "a", "email": "b", "password": "c" }), 422)]
        {
            let refused = answer(shop.request(Method::POST, "/api/v1/users").json(&body)).await;
            assert_eq!(refused.status, code);
            assert_eq!(refused.header("x-ratelimit-remaining"), (5 - number).to_string());
        }
        let allowed = attempt(number).await;
        assert_eq!(allowed.status, 201);
        assert_eq!(allowed.header("x-ratelimit-limit"), "5");
        assert_eq!(allowed.header("x-ratelimit-remaining"), (4 - number).to_string());
    }
    let refused = attempt(5).await;
    assert_eq!(refused.problem(), (429, "too_many_requests"));
    assert_eq!(refused.header("retry-after"), "12");
    assert_eq!(refused.header("x-ratelimit-reset"), "60");
    assert_eq!(refused.header("ratelimit"), r#""registrations";r=0;t=60"#);
    assert_eq!(refused.header("ratelimit-policy"), r#""registrations";q=5;w=60"#);
    // Other operations do not have this limit.
    assert_eq!(shop.get("/api/v1/users/me", "x").await.header("x-ratelimit-limit"), "");

    shop.clock.advance(12);
    assert_eq!(attempt(6).await.status, 201);
}

#[tokio::test]
async fn disclosures_of_existing_accounts_are_limited() {
    let shop = Shop::open_with(limited_to(5)).await;
    let (_, bens) = shop.add_user("ben", Role::User).await;
    shop.add_user("ana", Role::User).await;
    let register = |number: usize| {
        let body = json!({ "username": format!("fan-{number}"), "email": "ana@example.com",
                           "password": "velvet otter harbour 9" });
        answer(shop.request(Method::POST, "/api/v1/users").json(&body))
    };
    let change = json!({ "email": "ana@example.com", "current_password": "hash of ben's password" });
    for number in 0..10 {
        assert_eq!(register(number).await.problem(), (409, "email_taken"));
        assert_eq!(shop.patch("/api/v1/users/me", &bens, &change).await.problem(), (409, "email_taken"));
    }
    let refused = register(10).await;
    assert_eq!(refused.problem(), (429, "too_many_requests"));
    assert_eq!(refused.header("retry-after"), "3");
    assert_eq!(shop.patch("/api/v1/users/me", &bens, &change).await.problem(), (429, "too_many_requests"));
    shop.clock.advance(3);
    assert_eq!(register(11).await.problem(), (409, "email_taken"));
}

#[tokio::test]
async fn guessing_the_current_password_is_slowed_down() {
    let shop = Shop::open_with(limited_to(5)).await;
    let (_, token) = shop.add_user("ana", Role::User).await;
    let guess = json!({ "email": "new@example.com", "current_password": "wrong" });
    for _ in 0..5 {
        assert_eq!(shop.patch("/api/v1/users/me", &token, &guess).await.problem(), (403, "wrong_password"));
    }
    let refused = shop.patch("/api/v1/users/me", &token, &guess).await;
    assert_eq!((refused.problem(), refused.header("retry-after")), ((429, "too_many_attempts"), "1"));
    let erase = || shop.request(Method::DELETE, "/api/v1/users/me").bearer_auth(&token);
    let refused = answer(erase().json(&json!({ "password": "wrong" }))).await;
    assert_eq!(refused.problem(), (429, "too_many_attempts"));
    shop.clock.advance(1);
    assert_eq!(answer(erase().json(&json!({ "password": "hash of ana's password" }))).await.status, 204);
}

#[tokio::test]
async fn admins_list_users_page_by_page_and_change_roles() {
    let shop = Shop::open().await;
    let (_, admin) = shop.add_user("root", Role::Admin).await;
    let (bob, _) = shop.add_user("bob", Role::User).await;
    shop.add_user("carla", Role::User).await;

    let first = shop.get("/api/v1/users?limit=2", &admin).await;
    assert_eq!(first.body["items"].as_array().unwrap().len(), 2);
    let cursor = first.body["next_cursor"].as_str().unwrap();
    let second = shop.get(&format!("/api/v1/users?limit=2&cursor={cursor}"), &admin).await;
    assert_eq!(second.body["items"].as_array().unwrap().len(), 1);
    assert_eq!(second.body["next_cursor"], json!(null));
    let misused = shop.get(&format!("/api/v1/users?role=user&cursor={cursor}"), &admin).await;
    assert_eq!(misused.problem(), (400, "invalid_cursor"));

    let path = format!("/api/v1/users/{}", bob.id);
    let changed = shop.patch(&path, &admin, &json!({ "role": "manager" })).await;
    assert_eq!((changed.status.as_u16(), &changed.body["role"]), (200, &json!("manager")));
    assert_eq!(shop.patch(&path, &admin, &json!({ "role": "king" })).await.problem(), (400, "malformed_request"));
}

#[tokio::test]
async fn an_account_is_erased_with_its_password_only() {
    let shop = Shop::open().await;
    let (_, token) = shop.add_user("ana", Role::User).await;
    let erase = |password: &str| {
        let body = json!({ "password": password });
        answer(shop.request(Method::DELETE, "/api/v1/users/me").bearer_auth(&token).json(&body))
    };
    assert_eq!(erase("wrong").await.problem(), (403, "wrong_password"));
    assert_eq!(erase("hash of ana's password").await.status, 204);
    assert_eq!(shop.get("/api/v1/users/me", &token).await.problem(), (404, "not_found"));
}
