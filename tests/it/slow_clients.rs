//! Slow clients, on purpose or not, delay no other client.

use std::future::pending;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use boxoffice_adapters::system::raise_open_files_limit;
use bytes::Bytes;
use futures_util::stream;
use http_body_util::StreamBody;
use hyper::Request;
use hyper::body::Frame;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinHandle;

use crate::harness::{
    Client, DatabaseKind, Shop, TestApp, TestDatabase, TestProcess, concert_with, eventually, seated,
};

/// Connections of the HTTP/2 attack, each from a separate address, and the number of requests on each.
const HTTP2_CONNECTIONS: u8 = 16;
const STREAMS: usize = 128;
/// Connections of the HTTP/1.1 attack, each from a separate address.
const HTTP1_CONNECTIONS: usize = 2_048;
/// How long reads are measured during the attack.
const MEASURED: Duration = Duration::from_secs(4);
/// The longest permitted cached read at the 99th percentile. An idle machine needs a few milliseconds, and the rest is
/// for a machine that is building something else.
const READ_P99_MAX: Duration = Duration::from_secs(1);

/// Announced bodies that are never sent delay no reads, log-ins or pages.
#[expect(clippy::print_stdout, reason = "the measured figure is shown")]
#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_are_never_sent_delay_no_other_request() {
    raise_open_files_limit();
    let process = TestProcess::start(TestDatabase::create(DatabaseKind::Sqlite).await, &[]).await;
    let shop = &process.shop;
    let manager = shop.manager("the-organiser").await;
    let concert = shop.put_on_sale(&manager, concert_with(&[seated("A", 20, 30, 45_000)])).await;
    shop.fan("ana").await;

    let attack = [by_http2(shop).await, by_http1(shop).await];
    let mut took = Vec::new();
    let began = Instant::now();
    while began.elapsed() < MEASURED {
        for path in ["/concerts".to_owned(), format!("/concerts/{concert}/seats")] {
            let asked = Instant::now();
            shop.anonymous().get(&path).await.expect(200);
            took.push(asked.elapsed());
        }
    }
    took.sort_unstable();
    let p99 = took[took.len() * 99 / 100];
    println!("{} cached reads, 99th percentile {p99:?}", took.len());
    assert!(p99 < READ_P99_MAX, "{p99:?}");
    shop.log_in("ana").await;
    assert_eq!(shop.anonymous().get("//openapi.json").await.status, 200);

    drop(attack);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let fan = shop.log_in("ana").await;
    shop.book(&fan, &concert, &["A-1-1"]).await.expect(201);
    process.audit().await;
}

/// Requests that continue until the value is dropped.
struct Attack(Vec<JoinHandle<()>>);

impl Drop for Attack {
    fn drop(&mut self) {
        self.0.iter().for_each(JoinHandle::abort);
    }
}

async fn connect_from(last: u8, shop: &Shop) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::new(Ipv4Addr::new(127, 0, 0, last).into(), 0)).unwrap();
    socket.connect(shop.anonymous().host().parse().unwrap()).await.unwrap()
}

async fn by_http2(shop: &Shop) -> Attack {
    let mut tasks = Vec::new();
    for number in 0..HTTP2_CONNECTIONS {
        let io = TokioIo::new(connect_from(10 + number, shop).await);
        let (mut sender, connection) = http2::handshake(TokioExecutor::new(), io).await.unwrap();
        tasks.push(tokio::spawn(async move { drop(connection.await) }));
        for _ in 0..STREAMS {
            let body = StreamBody::new(stream::pending::<Result<Frame<Bytes>, std::io::Error>>());
            let request = Request::post(format!("http://{}/api/v1/sessions", shop.anonymous().host()));
            let request = request.header("content-type", "application/json").body(body).unwrap();
            sender.ready().await.unwrap();
            let answer = sender.send_request(request);
            tasks.push(tokio::spawn(async move { drop(answer.await) }));
        }
    }
    Attack(tasks)
}

async fn by_http1(shop: &Shop) -> Attack {
    let mut sockets = Vec::new();
    let head =
        "POST /api/v1/sessions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 60\r\n\r\n";
    for number in 0..HTTP1_CONNECTIONS {
        let last = 30 + u8::try_from(number % usize::from(HTTP2_CONNECTIONS)).unwrap();
        let mut socket = connect_from(last, shop).await;
        socket.write_all(head.as_bytes()).await.unwrap();
        sockets.push(socket);
    }
    Attack(vec![tokio::spawn(async move {
        let _open = sockets;
        pending().await
    })])
}

/// Payments that wait for the gateway delay no reads, even with few permits.
#[tokio::test(flavor = "multi_thread")]
async fn slow_payments_only_delay_other_payments() {
    let settings = [("HTTP__MAX_REQUESTS", "2"), ("PAYMENTS__SANDBOX_LATENCY_MS", "4000")];
    let app = TestApp::start_with(DatabaseKind::Sqlite, &settings).await;
    let shop = &app.shop;
    let manager = shop.manager("the-organiser").await;
    let concert = shop.put_on_sale(&manager, concert_with(&[seated("A", 2, 5, 45_000)])).await;
    let mut paying = Vec::new();
    for (fan, seat) in shop.fans(2).await.into_iter().zip(["A-1-1", "A-1-2"]) {
        let booking = shop.book(&fan, &concert, &[seat]).await.expect(201);
        paying.push((tokio::spawn(pay(fan.clone(), booking["id"].clone())), fan, booking));
    }
    let late = shop.fan("late").await;
    let booking = shop.book(&late, &concert, &["A-1-3"]).await.expect(201);
    for (_, fan, booking) in &paying {
        until_payment_has_begun(fan, booking).await;
    }
    pay(late.clone(), booking["id"].clone()).await.unwrap_err();
    shop.anonymous().get("/concerts").await.expect(200);
    late.get("/bookings").await.expect(200);
    shop.book(&late, &concert, &["A-1-4"]).await.expect(201);
    assert_ne!(shop.anonymous().get("//").await.status, 503);
    for (payment, ..) in paying {
        payment.await.unwrap().unwrap();
    }
    app.finish().await;
}

async fn pay(fan: Client, booking: Value) -> Result<(), u16> {
    let paid = fan.post("/payments", json!({"booking_id": booking, "method": "sandbox_approve"})).await;
    if paid.status == 201 { Ok(()) } else { Err(paid.status) }
}

async fn until_payment_has_begun(fan: &Client, booking: &Value) {
    let path = format!("/bookings/{}", booking["id"].as_str().unwrap());
    let begun = || async {
        let booking = fan.get(&path).await.expect(200);
        if booking["payment_id"].is_string() { Ok(()) } else { Err(booking.to_string()) }
    };
    eventually(Duration::from_secs(10), "a payment", begun).await;
}
