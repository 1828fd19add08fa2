//! Watching browsers receive seat changes.

use serde_json::json;

use crate::harness::{TestApp, Watcher, concert_with, seated};

on_each_database! {
    /// Two fans watch, each through a separate instance, while a third books and cancels.
    async fn watchers_see_what_is_booked_through_any_instance(kind) {
        let app = TestApp::start(kind).await;
        let other = app.another_instance().await;
        let manager = app.shop.manager("the-organiser").await;
        let concert = app.shop.put_on_sale(&manager, concert_with(&[seated("A", 2, 10, 45_000)])).await;
        let mut here = Watcher::of(&app.shop, &concert, None).await;
        let mut there = Watcher::of(&other.shop, &concert, None).await;
        let version = here.event("delta").await["version"].as_u64().unwrap();
        assert_eq!(there.event("delta").await["version"], version);

        let fan = app.shop.fan("a-fan").await;
        let booking = app.shop.book(&fan, &concert, &["A-1-4", "A-1-5"]).await.expect(201);
        let taken = json!({
            "from": version, "version": version + 1,
            "sections": [{"code": "A", "available": 18}],
            "seats": [["A-1-4", "h"], ["A-1-5", "h"]],
        });
        assert_eq!(here.event("delta").await, taken);
        assert_eq!(there.event("delta").await, taken);

        drop(there);
        fan.post_nothing(&format!("/bookings/{}/cancel", booking["id"].as_str().unwrap())).await.expect(200);
        let free = here.event("delta").await;
        assert_eq!(free["seats"], json!([["A-1-4", "a"], ["A-1-5", "a"]]));
        let mut comes_back = Watcher::of(&app.shop, &concert, Some(version + 1)).await;
        assert_eq!(comes_back.event("delta").await, free);

        other.stop().await;
        app.finish().await;
        assert_eq!(here.rest().await, "", "the program stops although a client watches");
    }

    /// A draft has no public event stream.
    async fn a_draft_is_not_watched(kind) {
        let app = TestApp::start(kind).await;
        let manager = app.shop.manager("the-organiser").await;
        let draft = manager.post("/concerts", concert_with(&[seated("A", 2, 10, 45_000)])).await.expect(201);
        let anonymous = app.shop.anonymous();
        let path = format!("/concerts/{}/events", draft["id"].as_str().unwrap());
        anonymous.get(&path).await.expect_problem(404, "not_found");
        anonymous.get("/concerts/not-a-concert/events").await.expect_problem(400, "malformed_id");
        app.finish().await;
    }
}
