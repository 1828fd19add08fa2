//! A cancelled concert.

use std::time::Duration;

use serde_json::json;

use crate::harness::{TestApp, concert_with, eventually, seated, standing};

on_each_database! {
    /// Cancelling a concert responds immediately. Its bookings are cancelled and refunded in the background.
    async fn all_payments_are_refunded(kind) {
        let app = TestApp::start(kind).await;
        let shop = &app.shop;
        let manager = shop.manager("the-organiser").await;
        let fan = shop.fan("ana").await;
        let sections = [seated("A", 5, 10, 45_000), standing("GA", 100, 20_000)];
        let concert = shop.put_on_sale(&manager, concert_with(&sections)).await;
        let paid = shop.book(&fan, &concert, &["A-1-1", "A-1-2"]).await.expect(201);
        let payment = json!({"booking_id": paid["id"], "method": "sandbox_approve"});
        let payment = fan.post("/payments", payment).await.expect(201);
        let request = json!({"concert_id": concert, "section": "GA", "quantity": 3});
        let unpaid = fan.post("/bookings", request.clone()).await.expect(201);

        manager.delete(&format!("/concerts/{concert}")).await.expect(202);
        fan.post("/bookings", request).await.expect_problem(409, "concert_cancelled");
        for booking in [&paid, &unpaid] {
            let path = format!("/bookings/{}", booking["id"].as_str().unwrap());
            let cancelled = || async {
                let booking = fan.get(&path).await.expect(200);
                if booking["cancel_reason"] == "concert_cancelled" { Ok(()) } else { Err(booking.to_string()) }
            };
            eventually(Duration::from_secs(15), "cancelling the booking", cancelled).await;
        }
        let path = format!("/payments/{}", payment["id"].as_str().unwrap());
        let refunded = || async {
            let payment = fan.get(&path).await.expect(200);
            if payment["status"] == "refunded" { Ok(()) } else { Err(payment.to_string()) }
        };
        eventually(Duration::from_secs(15), "the refund", refunded).await;
        app.finish().await;
    }

    /// A draft without bookings is deleted completely.
    async fn a_draft_is_deleted(kind) {
        let app = TestApp::start(kind).await;
        let shop = &app.shop;
        let manager = shop.manager("the-organiser").await;
        let created = manager.post("/concerts", concert_with(&[standing("GA", 5, 0)])).await.expect(201);
        let path = format!("/concerts/{}", created["id"].as_str().unwrap());
        shop.anonymous().get(&path).await.expect_problem(404, "not_found");
        manager.delete(&path).await.expect(204);
        manager.get(&path).await.expect_problem(404, "not_found");
        app.finish().await;
    }
}
