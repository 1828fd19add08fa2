//! Watching browsers receive seat changes.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Shop, TestApp, concert_with, seated};

/// Longer than any wait in these tests.
const LIMIT: Duration = Duration::from_secs(30);

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

/// A client that watches a concert.
struct Watcher {
    stream: reqwest::Response,
    unread: String,
}

impl Watcher {
    async fn of(shop: &Shop, concert: &str, last: Option<u64>) -> Self {
        let url = format!("http://{}/api/v1/concerts/{concert}/events", shop.anonymous().host());
        let mut request = reqwest::Client::new().get(url);
        if let Some(last) = last {
            request = request.header("Last-Event-ID", last.to_string());
        }
        let stream = request.send().await.unwrap();
        assert_eq!(stream.status(), 200);
        assert_eq!(stream.headers()["content-type"], "text/event-stream");
        Self { stream, unread: String::new() }
    }

    /// The data of the next event with this name.
    async fn event(&mut self, name: &str) -> Value {
        loop {
            if let Some((event, rest)) = self.unread.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.unread = rest;
                let data = event.lines().find_map(|line| line.strip_prefix("data: "));
                if let Some(data) = data {
                    assert!(event.contains(&format!("event: {name}\n")), "{event}");
                    return serde_json::from_str(data).unwrap();
                }
                continue;
            }
            let more =
                tokio::time::timeout(LIMIT, self.stream.chunk()).await.expect("an event arrives in time").unwrap();
            self.unread.push_str(std::str::from_utf8(&more.expect("the stream continues")).unwrap());
        }
    }

    /// Everything that is sent until the stream ends.
    async fn rest(mut self) -> String {
        while let Some(more) =
            tokio::time::timeout(LIMIT, self.stream.chunk()).await.expect("the stream ends in time").unwrap()
        {
            self.unread.push_str(std::str::from_utf8(&more).unwrap());
        }
        self.unread
    }
}
