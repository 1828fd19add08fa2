//! A process that serves a part of the API.

use boxoffice_domain::shared::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::super::openapi_document;
use super::{Shop, answer, config};

const NOT_SERVED_HERE: (u16, &str) = (421, "not_served_here");

/// Leaves everything but accounts and sessions to other processes.
async fn users_only() -> Shop {
    Shop::open_serving(config(), |served| {
        let users = served.users.take();
        *served = super::UseCases { users, ..super::UseCases::default() };
    })
    .await
}

#[tokio::test]
async fn what_another_process_serves_is_refused_before_anything_is_checked() {
    let shop = users_only().await;
    let (_, token) = shop.add_user("ana", Role::User).await;
    let id = "01980c2a-7b1e-7000-8000-000000000002";
    for path in ["/concerts", &format!("/concerts/{id}/seats"), "/bookings/no-id", "/payments", "/parked-events"] {
        let path = format!("/api/v1{path}?colour=blue");
        assert_eq!(shop.get(&path, &token).await.problem(), NOT_SERVED_HERE, "{path}");
        assert_eq!(shop.get(&path, "no token").await.problem(), NOT_SERVED_HERE, "{path}");
    }
    let anonymous = shop.request(Method::POST, "/api/v1/bookings").body("no json");
    assert_eq!(answer(anonymous).await.problem(), NOT_SERVED_HERE);
    let unknown_method = shop.request(Method::DELETE, "/api/v1/bookings");
    assert_eq!(answer(unknown_method).await.problem(), NOT_SERVED_HERE);
    for page in ["/", "/login", "/robots.txt", "/sitemap.xml"] {
        assert_eq!(answer(shop.request(Method::GET, page)).await.problem(), NOT_SERVED_HERE, "{page}");
    }
}

#[tokio::test]
async fn what_it_serves_is_answered_and_what_is_unknown_is_not_found() {
    let shop = users_only().await;
    let (user, token) = shop.add_user("ana", Role::User).await;
    let own = shop.get("/api/v1/users/me", &token).await;
    assert_eq!((own.status.as_u16(), &own.body["id"]), (200, &json!(user.id.to_string())));
    assert_eq!(shop.get("/api/v1/menus", &token).await.problem(), (404, "not_found"));
    assert_eq!(answer(shop.request(Method::GET, "/wp-login.php")).await.problem(), (404, "not_found"));
    assert_eq!(answer(shop.request(Method::PUT, "/api/v1/users/me")).await.problem(), (405, "method_not_allowed"));
    let document = answer(shop.request(Method::GET, "/openapi.json")).await;
    assert_eq!(document.body, serde_json::from_str::<Value>(&openapi_document()).unwrap());
}
