//! Expensive requests only delay their own senders.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::harness::{Client, DatabaseKind, TestDatabase, TestProcess, concert_with, seated};

/// The letters of a password that takes long to check: each may stand for several others.
const LEET: &str = "4@8({[<3€6&#!1|0$5+7%2";
const LEET_LENGTH: usize = 128;
/// The longest permitted read during the attack. Without an attack a read takes a millisecond. A busy machine needs
/// longer, and a thread that checks passwords is blocked for seconds.
const READ_MAX: Duration = Duration::from_millis(500);
/// The time after the attack within which reads are as fast as before.
const RECOVERED_WITHIN: Duration = Duration::from_secs(2);

/// Checking the strength of a password can take long. An attacker sends many of the slowest passwords, with a wrong
/// current password, and does not wait for the responses. Others register with such passwords at the same time. Public
/// reads stay as fast as before.
#[expect(clippy::print_stdout, reason = "the measured figure is shown")]
#[tokio::test(flavor = "multi_thread")]
async fn slow_password_checks_delay_no_other_request() {
    let process = TestProcess::start(TestDatabase::create(DatabaseKind::Sqlite).await, &[]).await;
    let shop = &process.shop;
    let manager = shop.manager("the-organiser").await;
    let concert = shop.put_on_sale(&manager, concert_with(&[seated("A", 10, 10, 45_000)])).await;
    let concert = format!("/concerts/{concert}");
    let attacker = shop.fan("mallory").await;
    let leet: String = LEET.chars().cycle().take(LEET_LENGTH).collect();

    let reader = shop.anonymous();
    reader.get(&concert).await.expect(200);
    let quiet = reads_until(&reader, &concert, &Arc::new(AtomicBool::new(false)), Duration::from_millis(500)).await;

    let attack_is_over = Arc::new(AtomicBool::new(false));
    let reading = tokio::spawn({
        let (reader, concert, is_over) = (reader.clone(), concert.clone(), Arc::clone(&attack_is_over));
        async move { reads_until(&reader, &concert, &is_over, Duration::from_secs(60)).await }
    });
    let change = json!({"current_password": "not the password", "new_password": leet});
    for _ in 0..30 {
        send_and_hang_up(&attacker, &change.to_string()).await;
    }
    let register = |number: usize| {
        let anonymous = shop.anonymous();
        let body =
            json!({"username": format!("bot-{number}"), "email": format!("bot{number}@example.com"), "password": leet});
        async move { anonymous.post("/users", body).await.status }
    };
    let registered = join_all((0..10).map(register)).await;
    assert!(registered.iter().all(|status| matches!(status, 201 | 422)), "{registered:?}");
    attack_is_over.store(true, Ordering::Relaxed);
    let beside = reading.await.unwrap();
    println!("99 of 100 cached reads take {:?}, and {:?} beside the attack", at_99(&quiet), at_99(&beside));
    assert!(at_99(&beside) < READ_MAX.max(5 * at_99(&quiet)), "{:?} became {:?}", at_99(&quiet), at_99(&beside));

    tokio::time::sleep(RECOVERED_WITHIN).await;
    let after = reads_until(&reader, &concert, &Arc::new(AtomicBool::new(false)), Duration::from_millis(500)).await;
    assert!(at_99(&after) < READ_MAX.max(5 * at_99(&quiet)), "{:?} became {:?}", at_99(&quiet), at_99(&after));
    shop.log_in("mallory").await;
}

/// Sends a change of the client's own account over a separate connection, and closes it without waiting for the
/// response.
async fn send_and_hang_up(client: &Client, body: &str) {
    let host = client.host();
    let mut socket = TcpStream::connect(&host).await.expect("a connection");
    let request = format!(
        "PATCH /api/v1/users/me HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        client.token,
        body.len()
    );
    socket.write_all(request.as_bytes()).await.expect("the request is sent");
}

/// The durations of consecutive reads, until `is_over` or the time limit.
async fn reads_until(reader: &Client, path: &str, is_over: &AtomicBool, limit: Duration) -> Vec<Duration> {
    let (began, mut took) = (Instant::now(), Vec::new());
    while !is_over.load(Ordering::Relaxed) && began.elapsed() < limit {
        let asked = Instant::now();
        reader.get(path).await.expect(200);
        took.push(asked.elapsed());
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    took
}

fn at_99(took: &[Duration]) -> Duration {
    let mut sorted = took.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() * 99 / 100).copied().unwrap_or_default()
}
