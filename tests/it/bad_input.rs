//! Bad input is refused with a clear problem document and the right status, and changes nothing.

use serde_json::{Value, json};

use crate::harness::{Client, TestApp, concert_with, from_now, seated, standing};

on_each_database! {
    /// Every kind of invalid booking request.
    async fn bookings(kind) {
        let app = TestApp::start(kind).await;
        let shop = &app.shop;
        let manager = shop.manager("the-organiser").await;
        let fan = shop.fan("ana").await;
        let concert = shop.put_on_sale(&manager, concert_with(&[seated("A", 2, 5, 45_000)])).await;
        let other = shop.put_on_sale(&manager, concert_with(&[seated("B", 2, 5, 45_000)])).await;
        let before = state(&fan, &concert).await;

        for (body, status, code) in malformed(&concert) {
            fan.request(reqwest::Method::POST, "/bookings")
                .body("application/json", body.clone())
                .send()
                .await
                .expect_problem(status, code);
        }
        for (request, pointer) in [
            (json!({"seats": ["A-1-1", "A-1-2", "A-1-1"]}), "/seats/2"),
            (json!({"seats": ["A-1-1", "A-9-9"]}), "/seats/1"),
            (json!({"seats": ["A-1-1", "B-1-1"]}), "/seats/1"),
            (json!({"seats": ["A-1-\u{0}"]}), "/seats/0"),
            (json!({"seats": ["🎫"]}), "/seats/0"),
            (json!({"seats": ["A-01-1"]}), "/seats/0"),
            (json!({"seats": []}), "/seats"),
            (json!({"section": "A", "quantity": 0}), "/quantity"),
            (json!({"section": "A", "quantity": -1}), "/quantity"),
            (json!({"section": "A", "quantity": 10_000}), "/quantity"),
            (json!({"section": "ZZ", "quantity": 1}), "/section"),
            (json!({"section": "a b\u{0}", "quantity": 1}), "/section"),
            (json!({"section": "A", "quantity": 1, "category": "gold"}), "/category"),
            (json!({"section": "A", "quantity": 1, "seats": ["A-1-1"]}), "/seats"),
        ] {
            let mut body = request.clone();
            body["concert_id"] = json!(concert);
            let problem = fan.post("/bookings", body).await.expect_problem(422, "validation_failed");
            assert_eq!(problem["errors"][0]["pointer"], pointer, "{request} {problem}");
        }
        let unknown = json!({"concert_id": "01980c2a-7b1e-7000-8000-000000000002", "seats": ["A-1-1"]});
        fan.post("/bookings", unknown).await.expect_problem(404, "concert_not_found");
        fan.get("/bookings/01980c2a-7b1e-7000-8000-000000000002").await.expect_problem(404, "not_found");
        for path in ["/bookings/not-an-id", "/bookings/%00"] {
            fan.get(path).await.expect_problem(400, "malformed_id");
        }
        let request = json!({"concert_id": concert, "seats": ["A-1-1"]});
        fan.post_with_key("/bookings", "two words", request).await.expect_problem(400, "malformed_request");

        assert_eq!(state(&fan, &concert).await, before, "nothing was changed");
        assert_eq!(state(&fan, &other).await["available"], 10);
        app.finish().await;
    }

    /// Bookings outside of the sale.
    async fn closed_sales(kind) {
        let app = TestApp::start(kind).await;
        let shop = &app.shop;
        let manager = shop.manager("the-organiser").await;
        let fan = shop.fan("ana").await;
        let mut early = concert_with(&[standing("GA", 5, 100)]);
        early["sales_start_at"] = json!(from_now(3_600));
        let mut over = concert_with(&[standing("GA", 5, 100)]);
        over["sales_end_at"] = json!(from_now(-60));
        for (concert, code) in [(early, "sale_not_started"), (over, "sale_ended")] {
            let concert = shop.put_on_sale(&manager, concert).await;
            let request = json!({"concert_id": concert, "section": "GA", "quantity": 1});
            fan.post("/bookings", request).await.expect_problem(409, code);
        }
        let paused = shop.put_on_sale(&manager, concert_with(&[standing("GA", 5, 100)])).await;
        manager.post_nothing(&format!("/concerts/{paused}/pause")).await.expect(200);
        let request = json!({"concert_id": paused, "section": "GA", "quantity": 1});
        fan.post("/bookings", request).await.expect_problem(409, "sale_paused");
        let draft = manager.post("/concerts", concert_with(&[standing("GA", 5, 100)])).await.expect(201);
        let request = json!({"concert_id": draft["id"], "section": "GA", "quantity": 1});
        fan.post("/bookings", request).await.expect_problem(404, "concert_not_found");
        app.finish().await;
    }

    /// Invalid concerts and accounts are refused with every fault named.
    async fn concerts_and_accounts(kind) {
        let app = TestApp::start(kind).await;
        let shop = &app.shop;
        let manager = shop.manager("the-organiser").await;
        let mut concert = concert_with(&[seated("A", 2, 5, -1), seated("A", 0, 501, 5)]);
        concert["name"] = json!("");
        concert["currency"] = json!("XXX");
        concert["time_zone"] = json!("Mars/Olympus");
        let problem = manager.post("/concerts", concert).await.expect_problem(422, "validation_failed");
        let pointers: Vec<&str> =
            problem["errors"].as_array().unwrap().iter().map(|e| e["pointer"].as_str().unwrap()).collect();
        for expected in ["/name", "/currency", "/time_zone", "/sections/0/price", "/sections/1/code"] {
            assert!(pointers.contains(&expected), "{expected} is not in {pointers:?}");
        }

        shop.fan("ana").await;
        let anonymous = shop.anonymous();
        let weak = json!({"username": "A B", "email": "unknown", "password": "short"});
        let problem = anonymous.post("/users", weak).await.expect_problem(422, "validation_failed");
        assert_eq!(problem["errors"].as_array().unwrap().len(), 3, "{problem}");
        let twin = json!({"username": "ana2", "email": "ANA@EXAMPLE.com", "password": "velvet otter harbour 9"});
        anonymous.post("/users", twin).await.expect_problem(409, "email_taken");
        let wrong = json!({"login": "ana", "password": "wrong wrong wrong"});
        anonymous.post("/sessions", wrong).await.expect_problem(401, "wrong_credentials");
        app.finish().await;
    }

    /// Refusals by the framework are also problem documents.
    async fn paths_methods_and_types(kind) {
        let app = TestApp::start(kind).await;
        let fan = app.shop.fan("ana").await;
        fan.get("/nothing-here").await.expect_problem(404, "not_found");
        fan.delete("/bookings").await.expect_problem(405, "method_not_allowed");
        fan.get("/concerts?limit=0").await.expect_problem(400, "malformed_request");
        fan.get("/concerts?limit=many").await.expect_problem(400, "malformed_request");
        fan.get("/concerts?cursor=forged").await.expect_problem(400, "invalid_cursor");
        fan.request(reqwest::Method::POST, "/bookings")
            .body("text/plain", "seats please")
            .send()
            .await
            .expect_problem(415, "unsupported_media_type");
        app.finish().await;
    }
}

/// Bodies that do not have the shape of a booking request, with status and code.
fn malformed(concert: &str) -> Vec<(Vec<u8>, u16, &'static str)> {
    let text = |body: Value| (body.to_string().into_bytes(), 400, "malformed_request");
    vec![
        (b"{\"concert_id\":".to_vec(), 400, "malformed_request"),
        (b"".to_vec(), 400, "malformed_request"),
        (b"[1,2".to_vec(), 400, "malformed_request"),
        (vec![0xff, 0xfe, 0x00], 400, "malformed_request"),
        text(json!({"concert_id": 5, "seats": ["A-1-1"]})),
        text(json!({"concert_id": "not-an-id", "seats": ["A-1-1"]})),
        text(json!({"seats": ["A-1-1"]})),
        text(json!({"concert_id": concert, "seats": "A-1-1"})),
        text(json!({"concert_id": concert, "section": "A", "quantity": "two"})),
        text(json!({"concert_id": concert, "section": "A", "quantity": 1.5})),
        text(json!({"concert_id": concert, "seats": ["A-1-1"], "price": 1})),
        (vec![b' '; 70_000], 413, "payload_too_large"),
    ]
}

async fn state(client: &Client, concert: &str) -> Value {
    client.get(&format!("/concerts/{concert}/availability")).await.expect(200)
}
