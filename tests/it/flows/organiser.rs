//! An organiser's changes to a concert on sale.

use serde_json::json;

use crate::harness::{TestApp, concert_with, seated};

on_each_database! {
    /// Two concurrent edits of a concert do not overwrite each other, even during a busy sale.
    async fn edits_do_not_overwrite_each_other(kind) {
        let app = TestApp::start(kind).await;
        let shop = &app.shop;
        let manager = shop.manager("the-organiser").await;
        let fan = shop.fan("ana").await;
        let concert = shop.put_on_sale(&manager, concert_with(&[seated("A", 1, 4, 45_000)])).await;
        let path = format!("/concerts/{concert}");
        let read = manager.get(&path).await;

        shop.book(&fan, &concert, &["A-1-1"]).await.expect(201);
        manager.patch(&path, Some(read.etag()), json!({"name": "A second name"})).await.expect(200);
        let late = manager.patch(&path, Some(read.etag()), json!({"name": "A third name"})).await;
        assert_eq!(late.status, 412, "{}", late.text);
        let blind = manager.patch(&path, None, json!({"name": "A fourth name"})).await;
        assert_eq!(blind.status, 428, "{}", blind.text);
        assert_eq!(manager.get(&path).await.expect(200)["name"], "A second name");
        app.finish().await;
    }

    /// Blocked seats cannot be booked until they are unblocked.
    async fn blocked_seats_cannot_be_booked(kind) {
        let app = TestApp::start(kind).await;
        let shop = &app.shop;
        let manager = shop.manager("the-organiser").await;
        let fan = shop.fan("ana").await;
        let concert = shop.put_on_sale(&manager, concert_with(&[seated("A", 1, 4, 45_000)])).await;
        let blocks = format!("/concerts/{concert}/blocks");

        manager.put(&blocks, json!({"block": ["A-1-2", "A-1-3"], "unblock": []})).await.expect(200);
        let refused = shop.book(&fan, &concert, &["A-1-1", "A-1-2"]).await;
        assert_eq!(refused.expect_problem(409, "seats_unavailable")["seats"], json!(["A-1-2"]));
        manager.put(&blocks, json!({"block": [], "unblock": ["A-1-2"]})).await.expect(200);
        shop.book(&fan, &concert, &["A-1-1", "A-1-2"]).await.expect(201);
        app.finish().await;
    }
}
