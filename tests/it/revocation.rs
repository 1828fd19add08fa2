//! Rights end when an account changes, and not when its access token expires.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use crate::harness::{Answer, Client, PASSWORD, TestApp, concert_with, eventually, seated};

/// The documentation promises one second. The rest is for a busy machine.
const EVERYWHERE_WITHIN: Duration = Duration::from_secs(5);

on_each_database! {
    /// After an account was suspended, demoted, erased or given another password, its earlier token permits no read and
    /// no write: immediately on this instance, and soon on another.
    async fn a_token_is_revoked_when_its_account_changes(kind) {
        let app = TestApp::start(kind).await;
        let (shop, other) = (&app.shop, app.another_instance().await);
        let admin = shop.admin().await;
        let manager = shop.manager("the-organiser").await;
        let concert = shop.put_on_sale(&manager, concert_with(&[seated("A", 1, 10, 45_000)])).await;
        let patch = json!({"current_password": PASSWORD, "new_password": "copper lantern tide 4"});
        let changes = [
            ("suspended", Method::PATCH, json!({"status": "suspended"})),
            ("demoted", Method::PATCH, json!({"role": "user"})),
            ("with-another-password", Method::PATCH, patch),
            ("erased", Method::DELETE, json!({"password": PASSWORD})),
        ];
        for (name, method, change) in changes {
            let here = shop.manager(name).await;
            let there = other.shop.anonymous().logged_in(&here.id, &here.token);
            there.get("/users/me").await.expect(200);
            here.get("/users/me").await.expect(200);

            let is_own = change.get("status").or(change.get("role")).is_none();
            let (by, path) = if is_own { (&here, "/users/me".to_owned()) } else { (&admin, format!("/users/{}", here.id)) };
            let changed = by.request(method, &path).json(&change).send().await;
            assert!(matches!(changed.status, 200 | 204), "{name}: {}", changed.text);

            for answer in read_and_write(&here, &concert).await {
                let problem = answer.expect_problem(401, "token_revoked");
                assert!(problem.get("errors").is_none(), "{name}: {problem}");
            }
            eventually(EVERYWHERE_WITHIN, name, || async {
                match there.get("/users/me").await.code() {
                    "token_revoked" => Ok(()),
                    code => Err(code.to_owned()),
                }
            })
            .await;
            for answer in read_and_write(&there, &concert).await {
                answer.expect_problem(401, "token_revoked");
            }
        }
        let seats = shop.anonymous().get(&format!("/concerts/{concert}/availability")).await.expect(200);
        assert_eq!(seats["available"], 10, "no booking was placed");
        other.stop().await;
        app.finish().await;
    }

    /// A refreshed session has a token with the current rights of the account.
    async fn a_session_is_refreshed_after_a_change(kind) {
        let app = TestApp::start(kind).await;
        let (shop, admin) = (&app.shop, app.shop.admin().await);
        let fan = shop.fan("ana").await;
        let log_in = json!({"login": "ana", "password": PASSWORD, "refresh_token_in": "body"});
        let session = shop.anonymous().post("/sessions", log_in).await.expect(200);
        admin.patch(&format!("/users/{}", fan.id), None, json!({"role": "manager"})).await.expect(200);
        fan.get("/users/me").await.expect_problem(401, "token_revoked");

        let refresh = json!({"refresh_token": session["refresh_token"]});
        let session = shop.anonymous().post("/sessions/refresh", refresh).await.expect(200);
        let manager = shop.anonymous().logged_in(&fan.id, session["access_token"].as_str().unwrap());
        assert_eq!(manager.get("/users/me").await.expect(200)["role"], "manager");
        shop.put_on_sale(&manager, concert_with(&[seated("A", 1, 10, 45_000)])).await;
        app.finish().await;
    }

    /// Memberships only count for accounts with a role that may sell concerts, even after a new log-in.
    async fn a_demoted_manager_has_no_powers_over_their_concerts(kind) {
        let app = TestApp::start(kind).await;
        let (shop, admin) = (&app.shop, app.shop.admin().await);
        let manager = shop.manager("the-organiser").await;
        let fan = shop.fan("ana").await;
        let concert = shop.put_on_sale(&manager, concert_with(&[seated("A", 1, 10, 45_000)])).await;
        let booking = shop.book(&fan, &concert, &["A-1-1"]).await.expect(201)["id"].as_str().unwrap().to_owned();
        let account = format!("/users/{}", manager.id);

        admin.patch(&account, None, json!({"role": "user"})).await.expect(200);
        let demoted = shop.log_in("the-organiser").await;
        demoted.get(&format!("/reports/concerts/{concert}/sales")).await.expect_problem(403, "forbidden");
        demoted.get(&format!("/bookings/{booking}")).await.expect_problem(404, "not_found");
        assert_eq!(demoted.get("/concerts?mine=true").await.expect(200)["items"], json!([]));
        assert_eq!(fan.get(&format!("/bookings/{booking}")).await.expect(200)["status"], "pending");

        admin.patch(&account, None, json!({"role": "manager"})).await.expect(200);
        let again = shop.log_in("the-organiser").await;
        again.get(&format!("/reports/concerts/{concert}/sales")).await.expect(200);
        app.finish().await;
    }

    /// A demoted admin can manage nothing, with the earlier token or with a new one.
    async fn a_demoted_admin_manages_nothing(kind) {
        let app = TestApp::start(kind).await;
        let (shop, admin) = (&app.shop, app.shop.admin().await);
        let manager = shop.manager("the-organiser").await;
        let concert = shop.put_on_sale(&manager, concert_with(&[seated("A", 1, 10, 45_000)])).await;
        let deputy = shop.fan("deputy").await;
        let account = format!("/users/{}", deputy.id);
        admin.patch(&account, None, json!({"role": "admin"})).await.expect(200);
        let before = shop.log_in("deputy").await;
        before.get("/users").await.expect(200);

        admin.patch(&account, None, json!({"role": "user"})).await.expect(200);
        let after = shop.log_in("deputy").await;
        for (client, status) in [(before, 401), (after, 403)] {
            assert_eq!(client.get("/users").await.status, status);
            assert_eq!(client.delete(&format!("/concerts/{concert}")).await.status, status);
            assert_eq!(client.patch(&account, None, json!({"role": "admin"})).await.status, status);
        }
        assert_eq!(manager.get(&format!("/concerts/{concert}")).await.expect(200)["status"], "on_sale");
        app.finish().await;
    }
}

async fn read_and_write(client: &Client, concert: &str) -> [Answer; 3] {
    let request = json!({"concert_id": concert, "seats": ["A-1-1"]});
    [
        client.get("/users/me").await,
        client.post("/bookings", request).await,
        client.get(&format!("/reports/concerts/{concert}/bookings.csv")).await,
    ]
}
