//! The sales reports of an organiser.

use serde_json::{Value, json};

use crate::harness::{Client, Shop, TestApp, concert_with, seated, standing};

/// Books and pays a seat. Returns the ids of booking and payment.
async fn buy(shop: &Shop, fan: &Client, concert: &str, seat: &str) -> (String, String) {
    let booking = shop.book(fan, concert, &[seat]).await.expect(201)["id"].clone();
    let payment = fan.post("/payments", json!({"booking_id": booking, "method": "sandbox_approve"})).await.expect(201);
    assert_eq!(payment["status"], "completed");
    let id = |value: &Value| value.as_str().unwrap().to_owned();
    (id(&booking), id(&payment["id"]))
}

on_each_database! {
    /// The money, tickets and bookings of a report match the preceding requests.
    async fn a_report_shows_sales_cancellations_and_refunds(kind) {
        let app = TestApp::start(kind).await;
        let shop = &app.shop;
        let manager = shop.manager("the-organiser").await;
        let fan = shop.fan("ana").await;
        let sections = [seated("A", 1, 4, 45_000), standing("GA", 6, 10_000)];
        let concert = shop.put_on_sale(&manager, concert_with(&sections)).await;
        let (cancelled, _) = buy(shop, &fan, &concert, "A-1-1").await;
        let (_, refunded) = buy(shop, &fan, &concert, "A-1-2").await;
        buy(shop, &fan, &concert, "GA-000001").await;
        shop.book(&fan, &concert, &["A-1-3"]).await.expect(201);
        manager.post_nothing(&format!("/bookings/{cancelled}/cancel")).await.expect(200);
        let refund = json!({"amount": 5_000, "reason": "a broken chair"});
        manager.post(&format!("/payments/{refunded}/refunds"), refund).await.expect(201);

        let path = format!("/reports/concerts/{concert}/sales");
        let went_back = || async {
            let report = manager.get(&path).await.expect(200);
            if report["refunded"] == 50_000 { Ok(report) } else { Err(report.to_string()) }
        };
        let report = crate::harness::eventually(std::time::Duration::from_secs(60), "the refund", went_back).await;
        assert_eq!(report["tickets"], json!({"total": 10, "available": 7, "held": 1, "sold": 2, "blocked": 0}));
        let money = ["revenue", "gross", "pending_refunds", "net"].map(|word| report[word].clone());
        assert_eq!(money, [55_000, 100_000, 0, 50_000]);
        let of_sections: Vec<_> = report["sections"].as_array().unwrap().iter().map(|section| &section["revenue"]).collect();
        assert_eq!(of_sections, [45_000, 10_000]);
        let counts = json!({"placed": 4, "confirmed": 2, "pending": 1, "expired": 0, "cancelled": 1});
        assert_eq!(report["bookings"], counts);
        let hours = manager.get(&format!("{path}?bucket=hour")).await.expect(200);
        let sold: i64 = hours["sales"].as_array().unwrap().iter().map(|hour| hour["revenue"].as_i64().unwrap()).sum();
        assert_eq!(sold, 55_000);

        let file = manager.get(&format!("/reports/concerts/{concert}/bookings.csv")).await;
        assert_eq!(file.status, 200, "{}", file.text);
        assert_eq!(file.text.lines().count(), 5);
        assert_eq!(file.text.lines().filter(|line| line.contains(",confirmed,")).count(), 2);
        for (query, count) in [("status=confirmed", 2), ("search=ANA", 4), ("search=ana&status=cancelled", 1), ("search=bob", 0)] {
            let found = manager.get(&format!("/bookings?concert_id={concert}&{query}")).await.expect(200);
            let names: Vec<_> = found["items"].as_array().unwrap().iter().map(|booking| &booking["username"]).collect();
            assert_eq!(names, vec!["ana"; count], "{query}");
        }
        app.finish().await;
    }
}
