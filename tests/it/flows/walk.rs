//! The main flow: register, publish, book, lose a seat to another fan, pay, cancel, let a hold expire.

use std::time::Duration;

use serde_json::json;

use crate::harness::{Client, TestApp, concert_with, eventually, seated};

on_each_database! {
    /// The main flow of two fans and an organiser.
    async fn the_main_flow(kind) {
        let app = TestApp::start(kind).await;
        let shop = &app.shop;
        let manager = shop.manager("the-organiser").await;
        let (ana, budi) = (shop.fan("ana").await, shop.fan("budi").await);
        let concert = shop.put_on_sale(&manager, concert_with(&[seated("A", 10, 20, 45_000)])).await;

        let booked = shop.book(&ana, &concert, &["A-5-10", "A-5-11"]).await.expect(201);
        assert_eq!((&booked["status"], &booked["total"]), (&json!("pending"), &json!(90_000)));
        assert_eq!(available(shop.anonymous(), &concert).await, 198);

        let late = shop.book(&budi, &concert, &["A-5-11", "A-5-12", "A-5-10"]).await;
        let late = late.expect_problem(409, "seats_unavailable");
        assert_eq!(late["seats"], json!(["A-5-11", "A-5-10"]), "all taken seats, in the requested order");

        let paid = pay(&ana, &booked["id"], "sandbox_approve").await;
        assert_eq!((&paid["status"], &paid["amount"]), (&json!("completed"), &json!(90_000)));
        let confirmed = ana.get(&path("bookings", &booked["id"])).await.expect(200);
        assert_eq!((&confirmed["status"], &confirmed["payment_id"]), (&json!("confirmed"), &paid["id"]));
        assert_eq!(row(shop.anonymous(), &concert, 5).await, "aaaaaaaaassaaaaaaaaa");

        let second = shop.book(&budi, &concert, &["A-1-1"]).await.expect(201);
        assert_eq!(row(shop.anonymous(), &concert, 1).await, "haaaaaaaaaaaaaaaaaaa");
        let cancelled = budi.post_nothing(&format!("{}/cancel", path("bookings", &second["id"]))).await.expect(200);
        assert_eq!((&cancelled["status"], &cancelled["cancel_reason"]), (&json!("cancelled"), &json!("user")));
        assert_eq!(row(shop.anonymous(), &concert, 1).await, "aaaaaaaaaaaaaaaaaaaa");
        shop.book(&ana, &concert, &["A-1-1"]).await.expect(201);
        app.finish().await;
    }

    /// An unpaid booking releases its seats when its hold expires, and can be neither paid nor cancelled after that.
    async fn a_hold_expires(kind) {
        let app = TestApp::start_with(kind, &[("BOOKINGS__HOLD_SECONDS", "1")]).await;
        let shop = &app.shop;
        let manager = shop.manager("the-organiser").await;
        let fan = shop.fan("ana").await;
        let concert = shop.put_on_sale(&manager, concert_with(&[seated("A", 1, 4, 45_000)])).await;
        let booked = shop.book(&fan, &concert, &["A-1-2"]).await.expect(201);

        let freed = || async {
            let row = row(shop.anonymous(), &concert, 1).await;
            if row == "aaaa" { Ok(()) } else { Err(row) }
        };
        eventually(Duration::from_secs(10), "the release of the seat", freed).await;

        let expired = fan.get(&path("bookings", &booked["id"])).await.expect(200);
        assert_eq!((&expired["status"], &expired["cancel_reason"]), (&json!("cancelled"), &json!("expired")));
        let payment = json!({"booking_id": booked["id"], "method": "sandbox_approve"});
        fan.post("/payments", payment).await.expect_problem(409, "booking_expired");
        let cancel = format!("{}/cancel", path("bookings", &booked["id"]));
        assert_eq!(fan.post_nothing(&cancel).await.expect(200)["status"], "cancelled");
        app.finish().await;
    }

    /// A slow payment completes after its customer has cancelled the booking, or is voided at the gateway in time. The
    /// booking stays cancelled, its seats stay free, and the money is refunded.
    async fn a_late_payment_does_not_restore_a_cancelled_booking(kind) {
        for (pending_seconds, ended) in [("1", "refunded"), ("600", "failed")] {
            let app = TestApp::start_with(kind, &[("PAYMENTS__SANDBOX_PENDING_SECONDS", pending_seconds)]).await;
            let shop = &app.shop;
            let manager = shop.manager("the-organiser").await;
            let fan = shop.fan("ana").await;
            let concert = shop.put_on_sale(&manager, concert_with(&[seated("A", 1, 4, 45_000)])).await;
            let booked = shop.book(&fan, &concert, &["A-1-1", "A-1-2"]).await.expect(201);
            let slow = pay(&fan, &booked["id"], "sandbox_pending").await;
            let cancel = format!("{}/cancel", path("bookings", &booked["id"]));
            let cancelled = fan.post_nothing(&cancel).await.expect(200);
            assert_eq!(fan.post_nothing(&cancel).await.expect(200), cancelled, "a repeat has the same response");

            let settled = || async {
                let payment = fan.get(&path("payments", &slow["id"])).await.expect(200);
                if payment["status"] == ended { Ok(payment) } else { Err(payment.to_string()) }
            };
            let payment = eventually(Duration::from_secs(20), "the end of the payment", settled).await;
            if ended == "failed" {
                assert_eq!(payment["failure"], "voided");
            } else {
                assert_eq!(payment["refunded"], 90_000);
            }
            assert_eq!(fan.get(&path("bookings", &booked["id"])).await.expect(200)["cancel_reason"], "user");
            assert_eq!(row(shop.anonymous(), &concert, 1).await, "aaaa");
            app.finish().await;
        }
    }

    /// A declined card leaves the booking pending, and a second card pays it. A slow payment completes by itself.
    async fn a_booking_can_be_paid_after_a_declined_card(kind) {
        let app = TestApp::start_with(kind, &[("PAYMENTS__SANDBOX_PENDING_SECONDS", "1")]).await;
        let shop = &app.shop;
        let manager = shop.manager("the-organiser").await;
        let fan = shop.fan("ana").await;
        let concert = shop.put_on_sale(&manager, concert_with(&[seated("A", 1, 4, 45_000)])).await;

        let booked = shop.book(&fan, &concert, &["A-1-1"]).await.expect(201);
        let declined = pay(&fan, &booked["id"], "sandbox_decline").await;
        assert_eq!(declined["status"], "failed");
        let still = fan.get(&path("bookings", &booked["id"])).await.expect(200);
        assert_eq!((&still["status"], &still["payment_id"]), (&json!("pending"), &json!(null)));

        let slow = pay(&fan, &booked["id"], "sandbox_pending").await;
        assert_eq!(slow["status"], "pending");
        let again = json!({"booking_id": booked["id"], "method": "sandbox_approve"});
        fan.post("/payments", again).await.expect_problem(409, "payment_in_progress");
        let confirmed = || async {
            let booking = fan.get(&path("bookings", &booked["id"])).await.expect(200);
            if booking["status"] == "confirmed" { Ok(()) } else { Err(booking.to_string()) }
        };
        eventually(Duration::from_secs(15), "the slow payment", confirmed).await;
        app.finish().await;
    }

    /// A full refund by the organiser returns the whole amount and releases the seats.
    async fn a_full_refund_frees_the_seats(kind) {
        let app = TestApp::start(kind).await;
        let shop = &app.shop;
        let manager = shop.manager("the-organiser").await;
        let fan = shop.fan("ana").await;
        let concert = shop.put_on_sale(&manager, concert_with(&[seated("A", 1, 4, 45_000)])).await;
        let booked = shop.book(&fan, &concert, &["A-1-1", "A-1-2"]).await.expect(201);
        let paid = pay(&fan, &booked["id"], "sandbox_approve").await;

        let cancel = format!("{}/cancel", path("bookings", &booked["id"]));
        fan.post_nothing(&cancel).await.expect_problem(409, "not_refundable");
        let refunds = format!("{}/refunds", path("payments", &paid["id"]));
        manager.post(&refunds, json!({"reason": "the row was taken out"})).await.expect(201);
        let refunded = || async {
            let payment = fan.get(&path("payments", &paid["id"])).await.expect(200);
            if payment["status"] == "refunded" { Ok(payment) } else { Err(payment.to_string()) }
        };
        let payment = eventually(Duration::from_secs(10), "the refund", refunded).await;
        assert_eq!(payment["refunded"], 90_000);
        assert_eq!(row(shop.anonymous(), &concert, 1).await, "aaaa");
        app.finish().await;
    }

    /// A request that is sent twice with the same key runs once.
    async fn a_key_is_used_once(kind) {
        let app = TestApp::start(kind).await;
        let shop = &app.shop;
        let manager = shop.manager("the-organiser").await;
        let fan = shop.fan("ana").await;
        let concert = shop.put_on_sale(&manager, concert_with(&[seated("A", 1, 9, 45_000)])).await;
        let request = json!({"concert_id": concert, "seats": ["A-1-1", "A-1-2"]});

        let first = fan.post_with_key("/bookings", "k1", request.clone()).await;
        assert_eq!(first.header("idempotency-replayed"), None);
        let first = first.expect(201);
        let again = fan.post_with_key("/bookings", "k1", request).await;
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
        assert_eq!(again.expect(201)["id"], first["id"]);
        let other = json!({"concert_id": concert, "seats": ["A-1-3"]});
        fan.post_with_key("/bookings", "k1", other).await.expect_problem(422, "idempotency_key_reused");
        assert_eq!(available(shop.anonymous(), &concert).await, 7);

        let payment = json!({"booking_id": first["id"], "method": "sandbox_approve"});
        let paid = fan.post_with_key("/payments", "k1", payment.clone()).await.expect(201);
        let again = fan.post_with_key("/payments", "k1", payment).await;
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
        assert_eq!(again.expect(201)["id"], paid["id"]);
        app.finish().await;
    }
}

async fn pay(fan: &Client, booking: &serde_json::Value, method: &str) -> serde_json::Value {
    fan.post("/payments", json!({"booking_id": booking, "method": method})).await.expect(201)
}

fn path(collection: &str, id: &serde_json::Value) -> String {
    format!("/{collection}/{}", id.as_str().expect("an id"))
}

async fn available(client: Client, concert: &str) -> u64 {
    let availability = client.get(&format!("/concerts/{concert}/availability")).await.expect(200);
    availability["available"].as_u64().expect("a number")
}

/// The state letters of a row of section A, counted from 1.
async fn row(client: Client, concert: &str, number: usize) -> String {
    let seats = client.get(&format!("/concerts/{concert}/seats?section=A")).await.expect(200);
    seats["sections"][0]["rows"][number - 1]["seats"].as_str().expect("letters").to_owned()
}
