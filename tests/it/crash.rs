//! The process is killed under load. Everything that it confirmed is still there afterwards.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Client, TestDatabase, TestProcess, concert_with, eventually, seated};

/// Fans that book and pay concurrently.
const FANS: usize = 24;
/// The number of confirmed bookings before the process is killed.
const BOOKINGS_MIN: usize = 60;
/// The number of confirmed refunds before the process is killed.
const REFUNDS_MIN: usize = 10;
/// The amount of a partial refund, in minor units.
const PART: i64 = 1_000;

on_each_database! {
    /// Sends SIGKILL during a load of bookings, payments and refunds.
    async fn no_confirmed_change_is_lost(kind) {
        let settings = [("BOOKINGS__HOLD_SECONDS", "600"), ("PAYMENTS__SANDBOX_PENDING_SECONDS", "1")];
        let mut process = TestProcess::start(TestDatabase::create(kind).await, &settings).await;
        let shop = process.shop.clone();
        let manager = shop.manager("the-organiser").await;
        let concert = shop.put_on_sale(&manager, concert_with(&[seated("A", 100, 100, 45_000)])).await;
        let load = Arc::new(Load { manager, concert, over: AtomicBool::new(false), answered: Mutex::default() });

        let fans: Vec<_> =
            shop.fans(FANS).await.into_iter().map(|fan| tokio::spawn(Arc::clone(&load).run(fan))).collect();
        eventually(Duration::from_secs(60), "the load", || async { load.has_enough_answers() }).await;
        process.kill().await;
        load.over.store(true, Ordering::SeqCst);
        for fan in fans {
            fan.await.unwrap();
        }

        process.start_again().await;
        let admin = shop.admin().await;
        let answered = std::mem::take(&mut *load.answered.lock().unwrap());
        for confirmed in &answered {
            confirmed.is_still_there(&admin).await;
        }
        process.audit().await;
        assert!(process.terminate().await, "{}", process.log());
    }
}

/// The concurrent requests of the fans and the organiser, and the responses that they received.
struct Load {
    manager: Client,
    concert: String,
    over: AtomicBool,
    answered: Mutex<Vec<Confirmed>>,
}

impl Load {
    /// Books the best two seats, pays them and requests refunds, repeatedly.
    async fn run(self: Arc<Self>, fan: Client) {
        let methods = ["sandbox_approve", "sandbox_pending", "sandbox_approve", "sandbox_decline"];
        for (round, method) in methods.iter().cycle().enumerate() {
            let request = json!({"concert_id": self.concert, "section": "A", "quantity": 2});
            let Some(booking) = self.ask(&fan, "/bookings", &request).await else { return };
            let pay = json!({"booking_id": booking["id"], "method": method});
            let payment = self.ask(&fan, "/payments", &pay).await;
            let refund = match &payment {
                Some(payment) if payment["status"] == "completed" => self.refund(payment, round).await,
                _ => None,
            };
            self.answered.lock().unwrap().push(Confirmed { booking, payment, refund });
        }
    }

    /// Refunds every second approved payment, half of these in part.
    async fn refund(&self, payment: &Value, round: usize) -> Option<Value> {
        let path = format!("/payments/{}/refunds", payment["id"].as_str().unwrap());
        match round % 8 {
            0 => self.ask(&self.manager, &path, &json!({"reason": "storm"})).await,
            4 => self.ask(&self.manager, &path, &json!({"reason": "storm", "amount": PART})).await,
            _ => None,
        }
    }

    /// The created resource, if the response arrived while the process was alive.
    async fn ask(&self, client: &Client, path: &str, body: &Value) -> Option<Value> {
        let answer = client.request(Method::POST, path).json(body).try_send().await.ok()?;
        let created = !self.over.load(Ordering::SeqCst) && answer.status == 201;
        created.then_some(answer.body)
    }

    fn has_enough_answers(&self) -> Result<(), String> {
        let answered = self.answered.lock().unwrap();
        let refunds = answered.iter().filter(|confirmed| confirmed.refund.is_some()).count();
        let enough = answered.len() >= BOOKINGS_MIN && refunds >= REFUNDS_MIN;
        if enough { Ok(()) } else { Err(format!("{} bookings, {refunds} refunds", answered.len())) }
    }
}

/// The responses that a fan and the organiser received before the process was killed.
struct Confirmed {
    booking: Value,
    payment: Option<Value>,
    refund: Option<Value>,
}

impl Confirmed {
    async fn is_still_there(&self, admin: &Client) {
        let stored = admin.get(&format!("/bookings/{}", self.booking["id"].as_str().unwrap())).await.expect(200);
        assert_eq!(stored["tickets"], self.booking["tickets"]);
        let Some(payment) = &self.payment else { return };
        let path = format!("/payments/{}", payment["id"].as_str().unwrap());
        let settled = || async {
            let stored = admin.get(&path).await.expect(200);
            if stored["status"] == "pending" { Err(stored.to_string()) } else { Ok(()) }
        };
        eventually(Duration::from_secs(20), "reconciling", settled).await;
        let paid = admin.get(&path).await.expect(200);
        if payment["status"] == "completed" {
            // A refund may be stored although its response was lost.
            let fully_refunded = self.refund.as_ref().map(|refund| refund["amount"] == payment["amount"]);
            let cancelled = fully_refunded.unwrap_or_else(|| paid["status"] == "refunded");
            assert_eq!(stored["status"], if cancelled { "cancelled" } else { "confirmed" });
        }
        if let Some(refund) = &self.refund {
            let refunded = || async {
                let stored = admin.get(&path).await.expect(200);
                if stored["refunded"] == refund["amount"] { Ok(()) } else { Err(stored.to_string()) }
            };
            eventually(Duration::from_secs(20), "the refund", refunded).await;
        }
    }
}
