//! The process is killed in the middle of a storm: what was answered is there afterwards.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Client, TestDatabase, TestProcess, concert_with, eventually, seated};

/// Fans that book and pay at once.
const FANS: usize = 24;
/// Bookings that are answered before the process is killed.
const ANSWERED_MIN: usize = 60;

on_each_database! {
    /// Kill -9 during a storm of bookings, payments and refunds.
    async fn nothing_answered_is_lost(kind) {
        let settings = [("BOOKINGS__HOLD_SECONDS", "600"), ("PAYMENTS__SANDBOX_PENDING_SECONDS", "1")];
        let mut process = TestProcess::start(TestDatabase::create(kind).await, &settings).await;
        let shop = process.shop.clone();
        let manager = shop.manager("the-organiser").await;
        let concert = shop.put_on_sale(&manager, concert_with(&[seated("A", 100, 100, 45_000)])).await;
        let fans = shop.fans(FANS).await;

        let over = Arc::new(AtomicBool::new(false));
        let answered = Arc::new(std::sync::Mutex::new(Vec::new()));
        let storm: Vec<_> = fans
            .into_iter()
            .map(|fan| tokio::spawn(book_and_pay(fan, concert.clone(), Arc::clone(&over), Arc::clone(&answered))))
            .collect();
        let enough = || async {
            let count = answered.lock().unwrap().len();
            if count >= ANSWERED_MIN { Ok(()) } else { Err(format!("{count} bookings")) }
        };
        eventually(Duration::from_secs(60), "the storm", enough).await;
        process.kill().await;
        over.store(true, Ordering::SeqCst);
        for fan in storm {
            fan.await.unwrap();
        }

        process.start_again().await;
        let admin = shop.admin().await;
        let answered = std::mem::take(&mut *answered.lock().unwrap());
        for Kept { booking, payment } in &answered {
            let stored = admin.get(&format!("/bookings/{}", booking["id"].as_str().unwrap())).await.expect(200);
            assert_eq!(stored["tickets"], booking["tickets"]);
            if let Some(payment) = payment {
                let path = format!("/payments/{}", payment["id"].as_str().unwrap());
                if payment["status"] == "completed" {
                    assert_eq!(admin.get(&path).await.expect(200)["status"], "completed");
                    assert_eq!(stored["status"], "confirmed");
                }
                let settled = || async {
                    let status = admin.get(&path).await.expect(200)["status"].clone();
                    if status == "pending" { Err(status.to_string()) } else { Ok(()) }
                };
                eventually(Duration::from_secs(20), "reconciling", settled).await;
            }
        }
        process.audit().await;
        assert!(process.terminate().await, "{}", process.log());
    }
}

/// What a fan was told before the process was killed.
struct Kept {
    booking: Value,
    payment: Option<Value>,
}

/// Books the best two seats and pays them, again and again, until the storm is over.
async fn book_and_pay(fan: Client, concert: String, over: Arc<AtomicBool>, answered: Arc<std::sync::Mutex<Vec<Kept>>>) {
    let methods = ["sandbox_approve", "sandbox_pending", "sandbox_approve", "sandbox_decline"];
    for method in methods.iter().cycle() {
        let wish = json!({"concert_id": concert, "section": "A", "quantity": 2});
        let Ok(booked) = fan.request(reqwest::Method::POST, "/bookings").json(&wish).try_send().await else { return };
        if over.load(Ordering::SeqCst) || booked.status != 201 {
            return;
        }
        let payment = json!({"booking_id": booked.body["id"], "method": method});
        let paid = fan.request(reqwest::Method::POST, "/payments").json(&payment).try_send().await;
        let payment = paid.ok().filter(|paid| paid.status == 201).map(|paid| paid.body);
        answered.lock().unwrap().push(Kept { booking: booked.body, payment });
    }
}
