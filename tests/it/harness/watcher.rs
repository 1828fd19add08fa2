//! A browser that watches the seats of a concert.

use std::time::Duration;

use serde_json::Value;

use super::shop::Shop;

/// Longer than any wait in these tests.
const LIMIT: Duration = Duration::from_secs(30);

/// A client that watches a concert.
pub(crate) struct Watcher {
    stream: reqwest::Response,
    unread: String,
}

impl Watcher {
    /// Watches a concert; `last` is the newest version that the client has.
    pub(crate) async fn of(shop: &Shop, concert: &str, last: Option<u64>) -> Self {
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
    pub(crate) async fn event(&mut self, name: &str) -> Value {
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
    pub(crate) async fn rest(mut self) -> String {
        while let Some(more) =
            tokio::time::timeout(LIMIT, self.stream.chunk()).await.expect("the stream ends in time").unwrap()
        {
            self.unread.push_str(std::str::from_utf8(&more).unwrap());
        }
        self.unread
    }
}
