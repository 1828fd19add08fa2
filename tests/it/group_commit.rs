//! The group commit under load, over real sockets: a caller that disconnects before its batch leaves nothing behind,
//! and a caller that waits too long is refused.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use crate::harness::{
    Answer, Client, DatabaseKind, Shop, TestApp, TestDatabase, TestProcess, concert_with, eventually, seated,
};

/// Clients that disconnect while they wait.
const LEAVING: usize = 1_000;

/// Long waits, so that no request is refused while a test blocks the database.
const LONG_WAITS: [(&str, &str); 3] =
    [("BOOKINGS__WAIT_MS", "60000"), ("DATABASE__WAIT_MS", "60000"), ("DATABASE__LOCK_TIMEOUT_SECONDS", "60")];

/// The number of batches that can begin, each with one booking, while none can finish.
const fn batches_under_way(kind: DatabaseKind) -> usize {
    match kind {
        DatabaseKind::Sqlite => 1,
        DatabaseKind::Server => 2,
    }
}

on_each_database! {
    /// A thousand clients disconnect before their batch begins. No booking, ticket or connection remains of them.
    async fn a_caller_that_disconnects_while_waiting_leaves_nothing(kind) {
        let process = TestProcess::start(TestDatabase::create(kind).await, &LONG_WAITS).await;
        let shop = &process.shop;
        let manager = shop.manager("the-organiser").await;
        let concert = shop.put_on_sale(&manager, concert_with(&[seated("A", 40, 30, 45_000)])).await;
        let fan = shop.fan("ana").await;

        let lock = process.database.lock_concerts().await;
        let begun = begin(shop, kind, &fan, &concert).await;
        let mut sockets = Vec::with_capacity(LEAVING);
        for index in 0..LEAVING {
            sockets.push(send(&fan, &concert, begun.len() + index).await);
        }
        until(shop, "boxoffice_group_commit_waiting{work=\"place\"}", LEAVING).await;
        drop(sockets);
        until(shop, "boxoffice_group_commit_waiting{work=\"place\"}", 0).await;
        drop(lock);

        let booked = begun.len();
        for answer in join_all(begun).await {
            answer.unwrap().expect(201);
        }
        until(shop, "boxoffice_group_commit_batches_under_way{work=\"place\"}", 0).await;
        until(shop, "boxoffice_pool_connections_in_use{pool=\"units\"}", 0).await;
        let path = format!("/bookings?concert_id={concert}&limit=100");
        assert_eq!(manager.get(&path).await.expect(200)["items"].as_array().unwrap().len(), booked);
        let seats = manager.get(&format!("/concerts/{concert}/availability")).await.expect(200);
        assert_eq!(seats["available"], 1_200 - booked);

        // Others can book the same seats, over the same database connections.
        let others = join_all((booked..booked + 32).map(|index| tokio::spawn(book(&fan, &concert, index)))).await;
        for answer in others {
            answer.unwrap().expect(201);
        }
        process.audit().await;
    }

    /// A request that would wait too long is refused with a time to retry, and is not placed later.
    async fn a_request_that_waits_too_long_is_refused_with_a_retry_time(kind) {
        let settings = [LONG_WAITS[1], LONG_WAITS[2], ("BOOKINGS__WAIT_MS", "50")];
        let process = TestProcess::start(TestDatabase::create(kind).await, &settings).await;
        let shop = &process.shop;
        let manager = shop.manager("the-organiser").await;
        let concert = shop.put_on_sale(&manager, concert_with(&[seated("A", 10, 30, 45_000)])).await;
        let fan = shop.fan("ana").await;

        let lock = process.database.lock_concerts().await;
        let begun = begin(shop, kind, &fan, &concert).await;
        let refused = book(&fan, &concert, begun.len()).await;
        assert_eq!((refused.status, refused.code()), (503, "busy"), "{}", refused.text);
        assert_eq!(refused.header("retry-after"), Some("1"));
        drop(lock);
        let booked = begun.len();
        for answer in join_all(begun).await {
            answer.unwrap().expect(201);
        }
        let seats = manager.get(&format!("/concerts/{concert}/availability")).await.expect(200);
        assert_eq!(seats["available"], 300 - booked);
        process.audit().await;
    }

    /// After one refusal, further refusals need no write, and released seats are not refused.
    async fn sold_seats_are_refused_while_the_database_is_blocked(kind) {
        let process = TestProcess::start(TestDatabase::create(kind).await, &[("BOOKINGS__WAIT_MS", "50")]).await;
        let shop = &process.shop;
        let manager = shop.manager("the-organiser").await;
        let concert = shop.put_on_sale(&manager, concert_with(&[seated("A", 1, 2, 45_000)])).await;
        let fans = shop.fans(3).await;
        let request = json!({"concert_id": concert, "section": "A", "quantity": 2});
        let booking = fans[0].post("/bookings", request.clone()).await.expect(201);
        assert_eq!(fans[1].post("/bookings", request.clone()).await.code(), "sold_out");

        let lock = process.database.lock_concerts().await;
        for fan in &fans {
            assert_eq!(fan.post("/bookings", request.clone()).await.code(), "sold_out");
            assert_eq!(fan.post_with_key("/bookings", "once", request.clone()).await.code(), "sold_out");
            assert_eq!(book(fan, &concert, 1).await.code(), "seats_unavailable");
        }
        until(shop, "boxoffice_sold_out_filter_refusals_total", 9).await;
        drop(lock);

        let path = format!("/bookings/{}/cancel", booking["id"].as_str().unwrap());
        fans[0].post_nothing(&path).await.expect(200);
        let again = fans[1].post_with_key("/bookings", "once", request.clone()).await.expect(201);
        // No ticket is free, but this request was granted before.
        let replayed = fans[1].post_with_key("/bookings", "once", request.clone()).await.expect(201);
        assert_eq!(replayed["id"], again["id"]);
        process.audit().await;
    }

    /// After another instance released seats, this instance stops refusing them.
    async fn seats_released_by_another_instance_are_sold_again(kind) {
        let app = TestApp::start(kind).await;
        let other = app.another_instance().await;
        let manager = app.shop.manager("the-organiser").await;
        let concert = app.shop.put_on_sale(&manager, concert_with(&[seated("A", 1, 2, 45_000)])).await;
        let fans = app.shop.fans(2).await;
        let there = other.shop.log_in("fan-1").await;
        let booking = app.shop.book(&fans[0], &concert, &["A-1-1"]).await.expect(201);
        for _ in 0..2 {
            assert_eq!(book(&there, &concert, 0).await.code(), "seats_unavailable");
        }
        let path = format!("/bookings/{}/cancel", booking["id"].as_str().unwrap());
        fans[0].post_nothing(&path).await.expect(200);
        let ask = || async {
            let answer = book(&there, &concert, 0).await;
            if answer.status == 201 { Ok(()) } else { Err(answer.text) }
        };
        eventually(Duration::from_secs(10), "selling it again", ask).await;
        other.stop().await;
        app.finish().await;
    }

    /// The direct mode, which serves as the baseline of measurements, has the same outcome.
    async fn without_group_commit_each_seat_is_sold_once(kind) {
        let app = TestApp::start_with(kind, &[("BOOKINGS__DESK", "direct")]).await;
        let manager = app.shop.manager("the-organiser").await;
        let concert = app.shop.put_on_sale(&manager, concert_with(&[seated("A", 1, 10, 45_000)])).await;
        let fans = app.shop.fans(16).await;
        let answers = join_all(fans.iter().map(|fan| app.shop.book(fan, &concert, &["A-1-5", "A-1-6"]))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
        assert_eq!(answers.iter().filter(|answer| answer.code() == "seats_unavailable").count(), 15);
        app.finish().await;
    }
}

/// Starts as many batches as can run at once, each with one booking.
async fn begin(shop: &Shop, kind: DatabaseKind, fan: &Client, concert: &str) -> Vec<JoinHandle<Answer>> {
    let mut begun = Vec::new();
    for index in 0..batches_under_way(kind) {
        begun.push(tokio::spawn(book(fan, concert, index)));
        until(shop, "boxoffice_group_commit_batches_under_way{work=\"place\"}", begun.len()).await;
    }
    begun
}

fn seat(index: usize) -> String {
    format!("A-{}-{}", index / 30 + 1, index % 30 + 1)
}

fn book(fan: &Client, concert: &str, index: usize) -> impl Future<Output = Answer> + use<> {
    let (fan, request) = (fan.clone(), json!({"concert_id": concert, "seats": [seat(index)]}));
    async move { fan.post("/bookings", request).await }
}

/// Sends a request for a seat on a separate connection and does not wait for the response.
async fn send(fan: &Client, concert: &str, index: usize) -> TcpStream {
    let body = json!({"concert_id": concert, "seats": [seat(index)]}).to_string();
    let (host, token, length) = (fan.host(), &fan.token, body.len());
    let request = format!(
        "POST /api/v1/bookings HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    let mut socket = TcpStream::connect(&host).await.expect("a connection");
    socket.write_all(request.as_bytes()).await.expect("the request is sent");
    socket
}

/// Waits until a metric of the program reaches a value.
async fn until(shop: &Shop, figure: &str, value: usize) {
    let operator = shop.operator();
    let expected = format!("{figure} {value}");
    let read = || async {
        let page = operator.get("//metrics").await.text;
        match page.lines().find(|line| line.starts_with(figure)) {
            Some(line) if line == expected => Ok(()),
            None if value == 0 => Ok(()),
            line => Err(format!("{line:?}")),
        }
    };
    eventually(Duration::from_secs(60), &expected, read).await;
}
